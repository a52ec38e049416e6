//! OGC `GeoPackage` 1.3: one feature table of points (or an attribute table for records without places), SRS 4326,
//! in one transaction on a fresh file. Without a journal and with every time given, `SQLite` itself writes the
//! same pages for the same rows. A spatial index is left to the reader's program: it would need triggers that
//! call functions plain `SQLite` does not have.

use crate::cell::{Typed, date, float, typed_row};
use crate::{Column, ExportError, Kind, Layer, Meta, Row};
use geocrm_domain::{BBox, LngLat};
use rusqlite::types::{ToSqlOutput, Value as SqlValue, ValueRef};
use rusqlite::{Connection, ToSql, params, params_from_iter};
use std::path::Path;

/// "GPKG" in ASCII (`GeoPackage` 1.3, requirement 2).
const APPLICATION_ID: i32 = 0x4750_4B47;
const USER_VERSION: i32 = 10_300;

const WGS_84: &str = "GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,298.257223563,\
    AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,\
    AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],\
    AUTHORITY[\"EPSG\",\"4326\"]]";

const TABLES: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
";

pub fn write(
    path: &Path,
    layer: Layer<'_>,
    rows: impl Iterator<Item = Row>,
    meta: &Meta,
) -> Result<u64, ExportError> {
    let mut db = Connection::open(path)?;
    db.pragma_update(None, "journal_mode", "OFF")?;
    db.pragma_update(None, "synchronous", "OFF")?;
    db.pragma_update(None, "cache_size", -8_000)?;
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    db.pragma_update(None, "user_version", USER_VERSION)?;
    let table = table_name(layer.name);
    let transaction = db.transaction()?;
    create(&transaction, &table, layer)?;
    let (count, extent) = insert(&transaction, &table, layer, rows)?;
    describe(&transaction, &table, layer, meta, extent)?;
    transaction.commit()?;
    db.close().map_err(|(_, error)| error)?;
    Ok(count)
}

fn create(db: &Connection, table: &str, layer: Layer<'_>) -> Result<(), ExportError> {
    db.execute_batch(TABLES)?;
    let mut srs = db.prepare("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)")?;
    srs.execute(params![
        "Undefined Cartesian SRS",
        -1,
        "NONE",
        -1,
        "undefined",
        "undefined Cartesian coordinate reference system"
    ])?;
    srs.execute(params![
        "Undefined geographic SRS",
        0,
        "NONE",
        0,
        "undefined",
        "undefined geographic coordinate reference system"
    ])?;
    srs.execute(params![
        "WGS 84 geodetic",
        4326,
        "EPSG",
        4326,
        WGS_84,
        "longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid"
    ])?;
    let mut columns = "fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL".to_owned();
    if layer.placed {
        columns.push_str(", geom POINT");
    }
    for column in layer.columns {
        columns.push_str(", ");
        columns.push_str(&quoted(&column.name));
        columns.push_str(sql_type(column));
    }
    db.execute_batch(&format!("CREATE TABLE {} ({columns});", quoted(table)))?;
    Ok(())
}

/// A key is text in every format, so that it reads the same everywhere.
fn sql_type(column: &Column) -> &'static str {
    match column.kind {
        Kind::Text | Kind::Id => " TEXT",
        Kind::Int => " INTEGER",
        Kind::Decimal(_) | Kind::Money => " DOUBLE",
        Kind::Date => " DATE",
    }
}

fn insert(
    db: &Connection,
    table: &str,
    layer: Layer<'_>,
    rows: impl Iterator<Item = Row>,
) -> Result<(u64, Option<BBox>), ExportError> {
    let names: Vec<String> = layer
        .placed
        .then(|| "geom".to_owned())
        .into_iter()
        .chain(layer.columns.iter().map(|column| quoted(&column.name)))
        .collect();
    let marks = vec!["?"; names.len()].join(", ");
    let mut statement = db.prepare(&format!(
        "INSERT INTO {} ({}) VALUES ({marks})",
        quoted(table),
        names.join(", ")
    ))?;
    let mut count = 0;
    let mut extent: Option<BBox> = None;
    for row in rows {
        count += 1;
        let cells = typed_row(&row, layer, count)?;
        let place = row.place.filter(|_| layer.placed);
        let geometry = layer.placed.then(|| Field::Geometry(place.map(point_blob)));
        let fields = geometry
            .into_iter()
            .chain(cells.into_iter().map(Field::Cell));
        statement.execute(params_from_iter(fields))?;
        if let Some(place) = place {
            let so_far = extent.unwrap_or(BBox {
                min: place,
                max: place,
            });
            extent = Some(so_far.extended(place));
        }
    }
    Ok((count, extent))
}

fn describe(
    db: &Connection,
    table: &str,
    layer: Layer<'_>,
    meta: &Meta,
    extent: Option<BBox>,
) -> Result<(), ExportError> {
    db.execute(
        "INSERT INTO gpkg_contents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            table,
            if layer.placed {
                "features"
            } else {
                "attributes"
            },
            meta.title,
            format!(
                "{} | data version {} | {}",
                meta.query_text, meta.data_version, meta.created_by
            ),
            meta.version_time
                .format("%Y-%m-%dT%H:%M:%S%.3fZ")
                .to_string(),
            extent.map(|extent| extent.min.lng()),
            extent.map(|extent| extent.min.lat()),
            extent.map(|extent| extent.max.lng()),
            extent.map(|extent| extent.max.lat()),
            layer.placed.then_some(4326),
        ],
    )?;
    if layer.placed {
        db.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'POINT', 4326, 0, 0)",
            [table],
        )?;
    }
    Ok(())
}

enum Field<'a> {
    Geometry(Option<[u8; 29]>),
    Cell(Typed<'a>),
}

impl ToSql for Field<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let owned = |value: SqlValue| Ok(ToSqlOutput::Owned(value));
        match self {
            Self::Geometry(None) | Self::Cell(Typed::Empty) => owned(SqlValue::Null),
            Self::Geometry(Some(blob)) => Ok(ToSqlOutput::Borrowed(ValueRef::Blob(blob))),
            Self::Cell(Typed::Text(text) | Typed::TextId(text)) => {
                Ok(ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())))
            }
            Self::Cell(Typed::Int(int)) => owned(SqlValue::Integer(*int)),
            Self::Cell(Typed::IntId(int)) => owned(SqlValue::Text(int.to_string())),
            Self::Cell(Typed::Decimal { unscaled, scale }) => {
                owned(SqlValue::Real(float(*unscaled, *scale)))
            }
            Self::Cell(Typed::Date(day)) => owned(SqlValue::Text(date(*day))),
        }
    }
}

/// `GeoPackage` 1.3, clause 2.1.3: header "GP", version 0, flags (little-endian, no envelope), SRS id, then WKB.
fn point_blob(place: LngLat) -> [u8; 29] {
    let mut blob = [0; 29];
    blob[..4].copy_from_slice(&[b'G', b'P', 0, 1]);
    blob[4..8].copy_from_slice(&4326i32.to_le_bytes());
    blob[8] = 1;
    blob[9..13].copy_from_slice(&1u32.to_le_bytes());
    blob[13..21].copy_from_slice(&place.lng().to_le_bytes());
    blob[21..].copy_from_slice(&place.lat().to_le_bytes());
    blob
}

/// A table name may not be empty nor start as the tables of the format and of `SQLite` do.
fn table_name(name: &str) -> String {
    let clean: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect();
    let lower = clean.to_lowercase();
    let kept = ["gpkg_", "sqlite_", "rtree_"]
        .iter()
        .any(|prefix| lower.starts_with(prefix));
    if clean.is_empty() || kept {
        format!("layer_{clean}")
    } else {
        clean
    }
}

fn quoted(identifier: &str) -> String {
    format!("\"{}\"", identifier.replace('"', "\"\""))
}
