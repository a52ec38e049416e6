//! Why a whole file could not be read. A single bad row is a `Rejection` instead; an error here means
//! that nothing of the file may be stored.

use std::path::PathBuf;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum IngestError {
    #[error("{path}: cannot be read: {source}", path = path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },

    #[error("{path}: the file is empty", path = path.display())]
    Empty { path: PathBuf },

    #[error("{path}: {bytes} bytes, but at most {limit} bytes of this format are read", path = path.display())]
    TooLarge {
        path: PathBuf,
        bytes: u64,
        limit: u64,
    },

    #[error("recipe {recipe}: {reason}")]
    Recipe { recipe: String, reason: RecipeFault },

    #[error("{path}: not a valid {format} file: {reason} ({place})", path = path.display())]
    Malformed {
        path: PathBuf,
        format: &'static str,
        /// `byte 4711`, `row 3`, `layer wijken`.
        place: String,
        reason: String,
    },

    #[error("{path}: ends in the middle of {place}; it is truncated, fetch it again", path = path.display())]
    Truncated { path: PathBuf, place: String },

    #[error("{path}: says nothing of its coordinate system ({place}); give it in the recipe as crs = \"EPSG:…\"", path = path.display())]
    MissingCrs { path: PathBuf, place: String },

    #[error("{path}: coordinate system {found} is not known here; known are EPSG:4326, 28992, 3857, 25831–25833 and 32601–32660", path = path.display())]
    UnknownCrs { path: PathBuf, found: String },

    #[error("{path}: the recipe says {expected}, the file says {found}", path = path.display())]
    CrsMismatch {
        path: PathBuf,
        expected: String,
        found: String,
    },

    #[error("{path}: {element} lies at {value}, outside the area of {crs}: the coordinate system is wrong", path = path.display())]
    WrongCrs {
        path: PathBuf,
        element: String,
        value: String,
        crs: String,
    },

    #[error("{path}: column {column:?} is not there; the file has {found}", path = path.display())]
    MissingColumn {
        path: PathBuf,
        column: String,
        found: String,
    },

    #[error("{path}: looks like binary data, not text (byte {offset})", path = path.display())]
    Binary { path: PathBuf, offset: usize },
}

/// What is wrong with a recipe.
#[derive(Debug, Error)]
pub enum RecipeFault {
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    #[error("kind {kind:?} needs a [{table}] table")]
    MissingTable {
        kind: &'static str,
        table: &'static str,
    },
    #[error("{field} = {value:?}: {expected}")]
    Field {
        field: &'static str,
        value: String,
        expected: &'static str,
    },
}
