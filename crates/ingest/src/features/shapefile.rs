//! Shapefiles: `.shp` with `.dbf` beside it, and `.prj`, without which nobody knows where it lies.

use super::{Feature, Raw};
use crate::error::IngestError;
use dbase_value::text;
use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon};
use shapefile::record::polygon::GenericPolygon;
use shapefile::{PolygonRing, Shape};
use std::path::Path;

pub(super) fn read(path: &Path) -> Result<Raw, IngestError> {
    let io = |source| IngestError::Io {
        path: path.to_owned(),
        source,
    };
    let bytes = std::fs::metadata(path).map_err(io)?.len();
    if bytes == 0 {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    if bytes > super::VECTOR_BYTES {
        return Err(IngestError::TooLarge {
            path: path.to_owned(),
            bytes,
            limit: super::VECTOR_BYTES,
        });
    }
    let malformed = |place: String, reason: String| IngestError::Malformed {
        path: path.to_owned(),
        format: "Shapefile",
        place,
        reason,
    };
    let mut reader = shapefile::Reader::from_path(path)
        .map_err(|e| malformed("header".to_owned(), e.to_string()))?;
    let claimed = u64::try_from(reader.header().file_length).unwrap_or(0) * 2;
    if claimed > bytes {
        return Err(IngestError::Truncated {
            path: path.to_owned(),
            place: format!("byte {bytes} of {claimed}"),
        });
    }
    let mut features = Vec::new();
    for (index, record) in reader.iter_shapes_and_records().enumerate() {
        let element = format!("record {}", index + 1);
        let (shape, record) = record.map_err(|e| malformed(element.clone(), e.to_string()))?;
        features.push(Feature {
            element,
            properties: record
                .into_iter()
                .map(|(name, value)| (name, text(&value)))
                .collect(),
            geometry: convert(shape),
        });
    }
    let prj = path.with_extension("prj");
    let crs = std::fs::read_to_string(&prj)
        .ok()
        .filter(|text| !text.trim().is_empty());
    Ok(Raw {
        features,
        crs,
        implied: None,
    })
}

fn convert(shape: Shape) -> Result<Geometry<f64>, String> {
    let point = |x, y| Geometry::Point(Coord { x, y }.into());
    match shape {
        Shape::Point(p) => Ok(point(p.x, p.y)),
        Shape::PointM(p) => Ok(point(p.x, p.y)),
        Shape::PointZ(p) => Ok(point(p.x, p.y)),
        Shape::Polygon(p) => Ok(polygons(p, |v| Coord { x: v.x, y: v.y })),
        Shape::PolygonM(p) => Ok(polygons(p, |v| Coord { x: v.x, y: v.y })),
        Shape::PolygonZ(p) => Ok(polygons(p, |v| Coord { x: v.x, y: v.y })),
        other => Err(format!(
            "{} is neither a point nor an area",
            other.shapetype()
        )),
    }
}

/// Outer rings with the holes that lie in them; the format gives the rings in any order.
fn polygons<P>(shape: GenericPolygon<P>, coord: impl Fn(&P) -> Coord<f64>) -> Geometry<f64> {
    let mut outers = Vec::new();
    let mut holes = Vec::new();
    for ring in shape.into_inner() {
        match ring {
            PolygonRing::Outer(vertices) => {
                outers.push((
                    LineString(vertices.iter().map(&coord).collect()),
                    Vec::new(),
                ));
            }
            PolygonRing::Inner(vertices) => {
                holes.push(LineString(vertices.iter().map(&coord).collect()));
            }
        }
    }
    for hole in holes {
        let home = outers
            .iter()
            .position(|(outer, _)| hole.0.iter().any(|v| inside(outer, *v)));
        if let Some(home) = home {
            outers[home].1.push(hole);
        }
    }
    let polygons = outers
        .into_iter()
        .map(|(outer, holes)| Polygon::new(outer, holes))
        .collect();
    Geometry::MultiPolygon(MultiPolygon(polygons))
}

fn inside(ring: &LineString<f64>, p: Coord<f64>) -> bool {
    let crossings = ring
        .lines()
        .filter(|l| (l.start.y > p.y) != (l.end.y > p.y))
        .filter(|l| {
            l.start.x + (p.y - l.start.y) / (l.end.y - l.start.y) * (l.end.x - l.start.x) > p.x
        })
        .count();
    crossings % 2 == 1
}

mod dbase_value {
    use shapefile::dbase::FieldValue;

    /// A field as text; whole numbers without a decimal point, dates as 2026-11-23.
    pub fn text(value: &FieldValue) -> String {
        match value {
            FieldValue::Character(text) => text.clone().unwrap_or_default(),
            FieldValue::Numeric(number) => number.map(|n| n.to_string()).unwrap_or_default(),
            FieldValue::Float(number) => number.map(|n| n.to_string()).unwrap_or_default(),
            FieldValue::Logical(flag) => flag.map(|f| f.to_string()).unwrap_or_default(),
            FieldValue::Integer(number) => number.to_string(),
            FieldValue::Double(number) | FieldValue::Currency(number) => number.to_string(),
            FieldValue::Memo(text) => text.clone(),
            FieldValue::Date(date) => date
                .map(|d| format!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day()))
                .unwrap_or_default(),
            FieldValue::DateTime(at) => {
                let d = at.date();
                format!("{:04}-{:02}-{:02}", d.year(), d.month(), d.day())
            }
        }
    }
}
