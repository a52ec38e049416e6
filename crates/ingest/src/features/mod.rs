//! Vector files as features: text properties and a shape in the file's own coordinates. Four formats,
//! one outcome; which coordinate system the file claims is part of it, because a file that claims
//! another one than its recipe must not be loaded.

mod flatgeobuf;
mod geojson;
mod geopackage;
mod shapefile;
mod wkb;

use crate::crs::Crs;
use crate::error::IngestError;
use crate::recipe::{Format, Recipe};
use crate::table;
use geo_types::Geometry;
use geozero::ToGeo;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Bytes of one vector file.
pub const VECTOR_BYTES: u64 = 1 << 30;

#[derive(Debug, Clone)]
pub struct Feature {
    /// `feature 3`, `row 17`: counted from 1 as the file counts.
    pub element: String,
    pub properties: BTreeMap<String, String>,
    /// The shape, or why it cannot be used.
    pub geometry: Result<Geometry<f64>, String>,
}

impl Feature {
    /// Trimmed text of a property; `None` when it is absent or empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.properties
            .get(name)
            .map(|text| text.trim())
            .filter(|text| !text.is_empty())
    }
}

/// What a reader hands over before the coordinate system is settled.
#[derive(Debug)]
struct Raw {
    features: Vec<Feature>,
    /// As the file writes it; `None` when it says nothing.
    crs: Option<String>,
    /// A format whose standard fixes the system when nothing is said (RFC 7946).
    implied: Option<Crs>,
}

/// All features of the recipe's file and the coordinate system of their shapes.
pub fn read(recipe: &Recipe, path: &Path) -> Result<(Vec<Feature>, Crs), IngestError> {
    let layer = recipe.layer.as_deref();
    let raw = match recipe.format {
        Format::Geojson => geojson::read(path)?,
        Format::Geopackage => geopackage::read(path, layer)?,
        Format::Shapefile => guarded(path, "Shapefile", || shapefile::read(path))?,
        Format::Flatgeobuf => guarded(path, "FlatGeobuf", || flatgeobuf::read(path))?,
        Format::Csv | Format::Xlsx => wkt_table(recipe, path)?,
        Format::OsmPbf => Raw {
            features: Vec::new(),
            crs: None,
            implied: Some(Crs::WGS84),
        },
    };
    if raw.features.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    let crs = settle(recipe, path, &raw)?;
    Ok((raw.features, crs))
}

fn settle(recipe: &Recipe, path: &Path, raw: &Raw) -> Result<Crs, IngestError> {
    let claimed = match &raw.crs {
        Some(text) => Some(Crs::parse(text).ok_or_else(|| IngestError::UnknownCrs {
            path: path.to_owned(),
            found: shorten(text),
        })?),
        None => None,
    };
    match (recipe.crs, claimed) {
        (Some(expected), Some(found)) if expected != found => Err(IngestError::CrsMismatch {
            path: path.to_owned(),
            expected: expected.to_string(),
            found: found.to_string(),
        }),
        (expected, found) => {
            expected
                .or(found)
                .or(raw.implied)
                .ok_or_else(|| IngestError::MissingCrs {
                    path: path.to_owned(),
                    place: "no coordinate system in the file and none in the recipe".to_owned(),
                })
        }
    }
}

/// At most 80 characters of a value, for messages.
pub fn shorten(text: &str) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(80).collect();
    if chars.next().is_some() {
        format!("{head}…")
    } else {
        head
    }
}

/// Runs a decoder that indexes its bytes unchecked; its panic becomes an error about the file.
pub fn guarded<T>(
    path: &Path,
    format: &'static str,
    decode: impl FnOnce() -> Result<T, IngestError>,
) -> Result<T, IngestError> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(IngestError::Malformed {
            path: path.to_owned(),
            format,
            place: "contents".to_owned(),
            reason: "lengths in the file contradict each other".to_owned(),
        })
    })
}

/// A table with the shape as (E)WKT in one column.
fn wkt_table(recipe: &Recipe, path: &Path) -> Result<Raw, IngestError> {
    let column = recipe
        .regions
        .as_ref()
        .and_then(|r| r.geometry.clone())
        .unwrap_or_else(|| "geometry".to_owned());
    let table = table::read(path, &recipe.csv, recipe.layer.as_deref())?;
    let shape = table.column(path, &column)?;
    let mut crs = None;
    let mut features = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let text = row.cell(shape);
        let (srid, wkt) = match text.split_once(';') {
            Some((srid, wkt)) if srid.to_uppercase().starts_with("SRID=") => {
                (Some(format!("EPSG:{}", &srid[5..])), wkt)
            }
            _ => (None, text),
        };
        let mut geometry = parse_wkt(wkt);
        if crs.is_none() {
            crs.clone_from(&srid);
        } else if srid.is_some() && srid != crs {
            geometry = Err("the coordinate system changes within the file".to_owned());
        }
        let properties = table
            .columns
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != shape)
            .map(|(i, name)| (name.clone(), row.cell(i).to_owned()))
            .collect();
        features.push(Feature {
            element: format!("row {}", row.number),
            properties,
            geometry,
        });
    }
    Ok(Raw {
        features,
        crs,
        implied: None,
    })
}

fn parse_wkt(wkt: &str) -> Result<Geometry<f64>, String> {
    let upper = wkt.trim_start().to_uppercase();
    if !["POLYGON", "MULTIPOLYGON", "POINT"]
        .iter()
        .any(|k| upper.starts_with(k))
    {
        return Err(format!("not a WKT point or polygon: {}", shorten(wkt)));
    }
    geozero::wkt::Wkt(wkt)
        .to_geo()
        .map_err(|e| format!("not readable WKT: {}", shorten(&e.to_string())))
}
