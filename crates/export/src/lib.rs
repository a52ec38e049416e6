//! How does a selection become a file that somebody can take away and check later? One call per file, fed by
//! an iterator so that a million rows need no memory; the same input always gives the same bytes (every
//! embedded time is the data version's own), which is what lets a [`Receipt`] be re-run and compared.
//!
//! A file is written beside its destination under a temporary name and moved there when it is complete, so
//! that a failed export leaves nothing behind.

mod cell;
mod csv_file;
mod cube;
mod error;
mod geojson_file;
mod geopackage;
mod guard;
mod receipt;
mod xlsx;

pub use cube::{CUBE_BATCH_ROWS, CubeLayer, CubePart, WrittenCube, write_cube};
pub use error::ExportError;
pub use geocrm_domain::Value as Cell;
pub use receipt::Receipt;

use chrono::{DateTime, Utc};
use geocrm_domain::LngLat;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// File formats that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Csv,
    Xlsx,
    GeoJson,
    GeoPackage,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Csv, Self::Xlsx, Self::GeoJson, Self::GeoPackage];

    /// By its name in the API: `csv`, `xlsx`, `geojson`, `gpkg`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|format| format.extension() == name)
    }

    /// Name in the API and ending of the file, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::GeoJson => "geojson",
            Self::GeoPackage => "gpkg",
        }
    }

    /// Media type for `Content-Type`.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::GeoJson => "application/geo+json",
            Self::GeoPackage => "application/geopackage+sqlite3",
        }
    }
}

/// How numbers and fields are written where a format leaves it open (CSV), and the language of the words the
/// writer adds itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locale {
    /// Comma between fields, decimal point.
    #[default]
    English,
    /// Semicolon between fields, decimal comma, and a byte order mark: what a Dutch spreadsheet opens rightly.
    Dutch,
}

/// What the cells of a column hold. Empty cells ([`Cell::Null`]) are allowed in every kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Text,
    Int,
    /// [`Cell::Int`] in units of ten to the minus this scale: 1234 at scale 2 is 12.34. At most 18.
    Decimal(u8),
    /// [`Cell::Int`] in cents, written as whole units with two decimals.
    Money,
    Date,
    /// A key, text or number; never rounded, never summed by a spreadsheet.
    Id,
}

/// One column of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Column {
    /// Property name in `GeoJSON` and column name in `GeoPackage`.
    pub name: String,
    /// Header in CSV and XLSX.
    pub title: String,
    pub kind: Kind,
}

impl Column {
    pub fn new(name: impl Into<String>, title: impl Into<String>, kind: Kind) -> Self {
        Self {
            name: name.into(),
            title: title.into(),
            kind,
        }
    }
}

/// The table to be written.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// Sheet, layer or table name; characters a format does not allow become `_`.
    pub name: &'a str,
    pub columns: &'a [Column],
    /// Whether the records have places. CSV and XLSX then end in the columns `lng` and `lat` (degrees).
    pub placed: bool,
}

/// One record. `values` has one cell per column, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub values: Vec<Cell>,
    pub place: Option<LngLat>,
}

/// Where the rows come from; goes into the file where the format has room for it, and into the receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    pub title: String,
    /// The query in canonical form.
    pub query_text: String,
    pub data_version: String,
    /// When that version came about. The only time that gets into a file.
    pub version_time: DateTime<Utc>,
    pub created_by: String,
    pub locale: Locale,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub rows: u64,
    pub bytes: u64,
    /// Of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Writes all rows to `out`, replacing a file that is there; on an error `out` is as it was.
pub fn write(
    format: Format,
    layer: Layer<'_>,
    rows: impl IntoIterator<Item = Row>,
    meta: &Meta,
    out: &Path,
) -> Result<Written, ExportError> {
    check(layer)?;
    let folder = match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = |source| ExportError::File {
        path: out.to_owned(),
        source,
    };
    let scratch = tempfile::Builder::new()
        .prefix(".export-")
        .tempfile_in(folder)
        .map_err(file)?;
    let rows = rows.into_iter();
    let count = match format {
        Format::Csv => csv_file::write(scratch.as_file(), layer, rows, meta.locale)?,
        Format::GeoJson => geojson_file::write(scratch.as_file(), layer, rows, meta)?,
        Format::Xlsx => xlsx::write(scratch.as_file(), folder, layer, rows, meta)?,
        Format::GeoPackage => geopackage::write(scratch.path(), layer, rows, meta)?,
    };
    let (bytes, sha256) = File::open(scratch.path())
        .and_then(|finished| {
            finished.sync_all()?;
            digest(finished)
        })
        .map_err(file)?;
    scratch.persist(out).map_err(|error| file(error.error))?;
    Ok(Written {
        rows: count,
        bytes,
        sha256,
    })
}

fn check(layer: Layer<'_>) -> Result<(), ExportError> {
    if layer.columns.is_empty() {
        return Err(ExportError::NoColumns);
    }
    let reserved = ["fid", "geom", "lng", "lat"];
    for (index, column) in layer.columns.iter().enumerate() {
        let taken = layer.columns[..index]
            .iter()
            .any(|other| other.name.eq_ignore_ascii_case(&column.name));
        let reserved = reserved
            .iter()
            .any(|name| name.eq_ignore_ascii_case(&column.name));
        if taken || reserved || column.name.is_empty() || column.name.contains('\0') {
            return Err(ExportError::ColumnName {
                column: column.name.clone(),
            });
        }
        if matches!(column.kind, Kind::Decimal(19..)) {
            return Err(ExportError::Scale {
                column: column.name.clone(),
            });
        }
    }
    Ok(())
}

fn digest(mut reader: impl Read) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0;
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex::encode(hash.finalize())));
        }
        bytes += read as u64;
        hash.update(&buffer[..read]);
    }
}
