//! A cube in a file, so that a restart need not read and order every record again. A file is written whole or
//! not at all by its caller; every section carries its length and its checksum, and the head says for which
//! layout and which declaration of the cube it was written. Whatever does not fit is an error, never a guess:
//! the caller then builds the cube from the database.
//!
//! Layout, all numbers little-endian: [`MAGIC`], then sections of length (u64), bytes, CRC-32 (u32). Block
//! figures and dimensions are worked out anew on reading, which is faster than reading them.

mod read;
mod section;
mod write;

use geocrm_domain::catalogue::{CATALOGUE_VERSION, Cube};
use std::fmt::Write;

const MAGIC: &[u8; 8] = b"GeoCube\n";
/// Grows with every change of the layout.
const FORMAT: u32 = 1;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the file cannot be read or written")]
    Io(#[from] std::io::Error),
    #[error("the file does not begin as a cube does")]
    NotACube,
    #[error("the file was written for {found:?}, not for {wanted:?}")]
    OtherDeclaration { found: String, wanted: String },
    #[error("section {section} does not have the checksum it was written with")]
    Checksum { section: &'static str },
    #[error("section {section} does not fit the others")]
    Inconsistent { section: &'static str },
}

/// Layout and declaration in one line: a file written for another one is not read.
fn declaration(cube: &Cube) -> String {
    let mut out = format!(
        "format {FORMAT}, catalogue {CATALOGUE_VERSION}, {}:",
        cube.name
    );
    for column in cube.columns {
        // Writing to a String cannot fail.
        let _ = write!(out, " {} {:?}", column.name, column.kind);
    }
    out
}
