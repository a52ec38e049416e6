//! `GeoJSON` feature collections. The `crs` member of the older standard is honoured, because Dutch
//! and German authorities still write it; without it the standard says WGS 84.

use super::{Feature, Raw};
use crate::crs::Crs;
use crate::error::IngestError;
use crate::table;
use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon};
use geojson::{PolygonType, Position, Value};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) fn read(path: &Path) -> Result<Raw, IngestError> {
    let data = table::read_bounded(path, super::VECTOR_BYTES)?;
    let malformed = |place: String, reason: String| IngestError::Malformed {
        path: path.to_owned(),
        format: "GeoJSON",
        place,
        reason,
    };
    let mut parsed: serde_json::Value = serde_json::from_slice(&data).map_err(|e| {
        let place = format!("line {} column {}", e.line(), e.column());
        if e.is_eof() {
            IngestError::Truncated {
                path: path.to_owned(),
                place,
            }
        } else {
            malformed(place, e.to_string())
        }
    })?;
    let crs = parsed
        .pointer("/crs/properties/name")
        .and_then(serde_json::Value::as_str)
        .map(str::to_owned);
    let serde_json::Value::Array(list) = parsed["features"].take() else {
        return Err(malformed(
            "document".to_owned(),
            "a FeatureCollection is needed".to_owned(),
        ));
    };
    let features = list
        .into_iter()
        .enumerate()
        .map(|(index, value)| feature(index + 1, value))
        .collect();
    Ok(Raw {
        features,
        crs,
        implied: Some(Crs::WGS84),
    })
}

/// One feature by itself, so that a fault in it is told with its number.
fn feature(number: usize, value: serde_json::Value) -> Feature {
    let element = format!("feature {number}");
    let feature = match geojson::Feature::from_json_value(value) {
        Ok(feature) => feature,
        Err(error) => {
            return Feature {
                element,
                properties: BTreeMap::new(),
                geometry: Err(error.to_string()),
            };
        }
    };
    Feature {
        element,
        geometry: match &feature.geometry {
            Some(geometry) => convert(&geometry.value),
            None => Err("the feature has no geometry".to_owned()),
        },
        properties: feature
            .properties
            .unwrap_or_default()
            .into_iter()
            .map(|(name, value)| (name, text(value)))
            .collect(),
    }
}

fn text(value: serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

fn convert(value: &Value) -> Result<Geometry<f64>, String> {
    match value {
        Value::Point(position) => Ok(Geometry::Point(coord(position)?.into())),
        Value::Polygon(rings) => Ok(Geometry::Polygon(polygon(rings)?)),
        Value::MultiPolygon(polygons) => {
            let polygons: Result<Vec<_>, _> = polygons.iter().map(polygon).collect();
            Ok(Geometry::MultiPolygon(MultiPolygon(polygons?)))
        }
        other => Err(format!(
            "{} is neither a point nor an area",
            other.type_name()
        )),
    }
}

fn polygon(rings: &PolygonType) -> Result<Polygon<f64>, String> {
    let mut lines = rings.iter().map(|ring| {
        let coords: Result<Vec<_>, _> = ring.iter().map(coord).collect();
        coords.map(LineString)
    });
    let exterior = lines.next().ok_or("a polygon without rings")??;
    let holes: Result<Vec<_>, String> = lines.collect();
    Ok(Polygon::new(exterior, holes?))
}

fn coord(position: &Position) -> Result<Coord<f64>, String> {
    match position.as_slice() {
        [x, y, ..] => Ok(Coord { x: *x, y: *y }),
        _ => Err("a position needs two numbers".to_owned()),
    }
}
