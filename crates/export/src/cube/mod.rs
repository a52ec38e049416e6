//! How does a whole cube become a folder that another engine can read? As `GeoParquet`, one file per quad of the
//! Web-Mercator grid and rows in quadkey order, so that a place on the map is a few files, and in them a few
//! row groups. It is fed by iterators of batches, so that a cube larger than memory can be written.
//!
//! The folder is written under another name beside its destination and moved there when it is complete; the same
//! rows always give the same bytes.

mod file;
mod geo;
mod manifest;

use crate::{ExportError, digest};
use file::CubeFile;
use geocrm_domain::TileId;
use geocrm_domain::batch::CubeBatch;
use geocrm_domain::catalogue::{ColumnType, Cube};
use manifest::{PartEntry, manifest_json};
use std::fs::{self, File};
use std::path::Path;

/// Rows of a batch, and so of a row group: what a reader can leave out by its least and greatest quadkey.
pub const CUBE_BATCH_ROWS: usize = 65_536;

/// The cube as it goes into the folder.
#[derive(Debug, Clone, Copy)]
pub struct CubeLayer<'a> {
    pub cube: &'static Cube,
    pub data_version: &'a str,
    /// Names and types, in the order of the columns of every batch; hexagons are 64-bit indexes.
    pub columns: &'a [(&'static str, ColumnType)],
}

/// The rows of one file: all that lie in a quad, or those without a place. `batches` hold up to
/// [`CUBE_BATCH_ROWS`] rows each, in quadkey order, then by key.
#[derive(Debug)]
pub struct CubePart<I> {
    pub quad: Option<TileId>,
    pub batches: I,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenCube {
    pub rows: u64,
    pub files: usize,
    /// Of all files but the manifest.
    pub bytes: u64,
    /// Of the manifest, which holds the digest of every other file; 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Writes the folder `out`, which must not be there yet; on an error nothing is left behind.
pub fn write_cube<I: IntoIterator<Item = CubeBatch>>(
    layer: CubeLayer<'_>,
    parts: impl IntoIterator<Item = CubePart<I>>,
    out: &Path,
) -> Result<WrittenCube, ExportError> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| ExportError::File { path, source }
    };
    if fs::symlink_metadata(out).is_ok() {
        return Err(ExportError::FolderExists {
            path: out.to_owned(),
        });
    }
    let beside = match out.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let scratch = tempfile::Builder::new()
        .prefix(".cube-")
        .tempdir_in(beside)
        .map_err(at(beside))?;
    // A folder of its own inside: the scratch folder is closed to others, the cube should not be.
    let folder = scratch.path().join("cube");
    fs::create_dir(&folder).map_err(at(&folder))?;
    let mut entries = Vec::new();
    for part in parts {
        entries.push(write_part(layer, part, &folder)?);
    }
    let manifest = folder.join(manifest::NAME);
    fs::write(&manifest, manifest_json(layer, &entries)).map_err(at(&manifest))?;
    let (_, sha256) = File::open(&manifest)
        .and_then(|file| {
            file.sync_all()?;
            digest(file)
        })
        .map_err(at(&manifest))?;
    fs::rename(&folder, out).map_err(at(out))?;
    Ok(WrittenCube {
        rows: entries.iter().map(|entry| entry.rows).sum(),
        files: entries.len(),
        bytes: entries.iter().map(|entry| entry.bytes).sum(),
        sha256,
    })
}

fn write_part<I: IntoIterator<Item = CubeBatch>>(
    layer: CubeLayer<'_>,
    part: CubePart<I>,
    folder: &Path,
) -> Result<PartEntry, ExportError> {
    let quad = part.quad.map_or("none".to_owned(), quad_digits);
    let path = format!("quad={quad}/rows.parquet");
    let whole = folder.join(&path);
    let failed = |source| ExportError::File {
        path: whole.clone(),
        source,
    };
    fs::create_dir(folder.join(format!("quad={quad}"))).map_err(failed)?;
    let mut file = CubeFile::create(layer, File::create(&whole).map_err(failed)?)?;
    for batch in part.batches {
        file.write(&batch)?;
    }
    let rows = file.finish()?;
    let (bytes, sha256) = File::open(&whole)
        .and_then(|finished| {
            finished.sync_all()?;
            digest(finished)
        })
        .map_err(failed)?;
    Ok(PartEntry {
        quad: part.quad.map(|_| quad),
        path,
        rows,
        bytes,
        sha256,
    })
}

/// Digits 0 to 3 from the widest quad inwards: 0 north-west, 1 north-east, 2 south-west, 3 south-east. Empty for
/// the whole world.
fn quad_digits(tile: TileId) -> String {
    (0..tile.z)
        .rev()
        .map(|bit| char::from(b'0' + ((tile.x >> bit) & 1) as u8 + 2 * ((tile.y >> bit) & 1) as u8))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_of_a_quad_begin_with_those_of_its_parent() {
        let tile = |z, x, y| quad_digits(TileId { z, x, y });
        assert_eq!(tile(0, 0, 0), "");
        assert_eq!(tile(3, 4, 2), "120");
        assert_eq!(tile(4, 8, 5), "1202");
    }
}
