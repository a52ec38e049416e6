//! Why a file could not be written; rows are counted from one, as a reader of the file would.

use crate::Kind;
use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("cannot write {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("cannot write the rows: {0}")]
    Write(#[from] io::Error),
    #[error("cannot write the CSV rows: {0}")]
    Csv(#[from] csv::Error),
    #[error("cannot write the workbook: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    #[error("cannot write the GeoPackage: {0}")]
    GeoPackage(#[from] rusqlite::Error),
    #[error("cannot write the Parquet file: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    #[error("{} is there already: name a folder that is not, or remove it", path.display())]
    FolderExists { path: PathBuf },
    #[error("a batch of the cube does not fit its declaration: {column}")]
    CubeBatch { column: String },
    #[error("an export needs at least one column")]
    NoColumns,
    #[error(
        "column name {column:?} is empty, used twice or kept for the writer (fid, geom, lng, lat)"
    )]
    ColumnName { column: String },
    #[error("column {column:?} has more than 18 decimals")]
    Scale { column: String },
    #[error("row {row} has {found} values for {expected} columns")]
    Width {
        row: u64,
        found: usize,
        expected: usize,
    },
    #[error("row {row}, column {column:?}: a {found} cannot go into a column of kind {kind:?}")]
    CellKind {
        row: u64,
        column: String,
        kind: Kind,
        found: &'static str,
    },
    #[error("more than {limit} rows do not fit in one sheet: choose CSV or GeoPackage")]
    TooManyRows { limit: u64 },
    #[error("more than {limit} columns do not fit in one sheet: choose fewer columns")]
    TooManyColumns { limit: usize },
    #[error(
        "row {row}, column {column:?}: {length} characters, and a cell holds {limit}: choose CSV or GeoPackage"
    )]
    CellTooLong {
        row: u64,
        column: String,
        length: usize,
        limit: usize,
    },
    #[error(
        "row {row}, column {column:?}: the date {date} lies outside the years 1900 to 9999 of a workbook"
    )]
    Date {
        row: u64,
        column: String,
        date: chrono::NaiveDate,
    },
}
