//! `GeoPackage` layers. The file is opened read-only and immutable, with its schema untrusted and its
//! pages checked first, so that a crafted database can run nothing and a damaged one is refused whole.

use super::{Feature, Raw, wkb};
use crate::error::IngestError;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::fmt::Write as _;
use std::path::Path;

/// Bytes of one geometry.
const GEOMETRY_BYTES: usize = 64 << 20;

pub(super) fn read(path: &Path, layer: Option<&str>) -> Result<Raw, IngestError> {
    let malformed = |place: &str, reason: String| IngestError::Malformed {
        path: path.to_owned(),
        format: "GeoPackage",
        place: place.to_owned(),
        reason,
    };
    let bytes = std::fs::metadata(path)
        .map_err(|source| IngestError::Io {
            path: path.to_owned(),
            source,
        })?
        .len();
    if bytes == 0 {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    if bytes > super::VECTOR_BYTES * 8 {
        return Err(IngestError::TooLarge {
            path: path.to_owned(),
            bytes,
            limit: super::VECTOR_BYTES * 8,
        });
    }
    let database = open(path).map_err(|e| malformed("file", e.to_string()))?;
    let check: String = database
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|e| malformed("file", e.to_string()))?;
    if check != "ok" {
        return Err(malformed("file", super::shorten(&check)));
    }
    let (table, column, srs) = find_layer(&database, layer)
        .map_err(|e| malformed("gpkg_geometry_columns", e.to_string()))?;
    let crs = match srs {
        -1 | 0 => None,
        srs => Some(authority(&database, srs).unwrap_or_else(|| format!("EPSG:{srs}"))),
    };
    let features =
        features(&database, &table, &column).map_err(|e| malformed(&table, e.to_string()))?;
    Ok(Raw {
        features,
        crs,
        implied: None,
    })
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                uri.push(char::from(byte));
            }
            other => {
                let _ = write!(uri, "%{other:02X}");
            }
        }
    }
    uri.push_str("?mode=ro&immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(uri, flags)?;
    database.execute_batch(
        "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;",
    )?;
    Ok(database)
}

fn find_layer(
    database: &Connection,
    layer: Option<&str>,
) -> rusqlite::Result<(String, String, i64)> {
    let mut statement = database.prepare(
        "SELECT g.table_name, g.column_name, g.srs_id FROM gpkg_geometry_columns g \
         JOIN sqlite_master m ON m.name = g.table_name AND m.type = 'table' \
         WHERE ?1 IS NULL OR g.table_name = ?1 ORDER BY g.table_name LIMIT 1",
    )?;
    statement.query_row([layer], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

fn authority(database: &Connection, srs: i64) -> Option<String> {
    database
        .query_row(
            "SELECT organization || ':' || organization_coordsys_id FROM gpkg_spatial_ref_sys \
             WHERE srs_id = ?1",
            [srs],
            |row| row.get(0),
        )
        .ok()
}

fn features(database: &Connection, table: &str, column: &str) -> rusqlite::Result<Vec<Feature>> {
    let quoted = table.replace('"', "\"\"");
    let mut statement = database.prepare(&format!("SELECT rowid, * FROM \"{quoted}\""))?;
    let names: Vec<String> = statement
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut rows = statement.query([])?;
    let mut features = Vec::new();
    while let Some(row) = rows.next()? {
        let mut geometry = Err("the row has no geometry".to_owned());
        let mut properties = std::collections::BTreeMap::new();
        for (index, name) in names.iter().enumerate().skip(1) {
            match row.get_ref(index)? {
                ValueRef::Blob(blob) if name == column => geometry = shape(blob),
                ValueRef::Integer(v) => {
                    properties.insert(name.clone(), v.to_string());
                }
                ValueRef::Real(v) => {
                    properties.insert(name.clone(), v.to_string());
                }
                ValueRef::Text(text) => {
                    properties.insert(name.clone(), String::from_utf8_lossy(text).into_owned());
                }
                ValueRef::Null | ValueRef::Blob(_) => {}
            }
        }
        let rowid: i64 = row.get(0)?;
        features.push(Feature {
            element: format!("{table} row {rowid}"),
            properties,
            geometry,
        });
    }
    Ok(features)
}

/// Strips the `GeoPackage` header (OGC 12-128r18, clause 2.1.3) from the WKB.
fn shape(blob: &[u8]) -> Result<geo_types::Geometry<f64>, String> {
    if blob.len() > GEOMETRY_BYTES {
        return Err(format!(
            "{} bytes, at most {GEOMETRY_BYTES} are read",
            blob.len()
        ));
    }
    let [b'G', b'P', _, flags, _, _, _, _, rest @ ..] = blob else {
        return Err("not a GeoPackage geometry".to_owned());
    };
    if flags & 0x10 != 0 {
        return Err("the geometry is empty".to_owned());
    }
    let envelope = match (flags >> 1) & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return Err(format!("envelope code {other} is not defined")),
    };
    wkb::parse(rest.get(envelope..).ok_or("the header is cut off")?)
}
