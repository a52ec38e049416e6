//! How does a cube leave for another engine? One snapshot of it goes out, inside the asker's scope and at one data
//! version: the engine orders and cuts the rows, the files are written as they come.

use crate::App;
use crate::error::AppError;
use geocrm_domain::VisibleScope;
use geocrm_domain::catalogue::Cube;
use geocrm_export::{CUBE_BATCH_ROWS, CubeLayer, CubePart, ExportError, WrittenCube};
use geocrm_olap::CubeData;
use std::path::Path;
use std::sync::Arc;

/// Most rows of one file, where the deepest quad does not hold more: eight row groups.
const PART_ROWS: usize = 8 * CUBE_BATCH_ROWS;
/// Deepest quad that is a file of its own: some 40 km wide at the equator.
const DEEPEST: u8 = 10;

/// Writes what the scope may see of one snapshot into a new folder.
pub fn write_cube(
    data: &CubeData,
    data_version: &str,
    scope: &VisibleScope,
    out: &Path,
) -> Result<WrittenCube, AppError> {
    let selection = data.select(scope, None, None)?;
    let rows: Vec<u32> = selection.rows().map(|row| row as u32).collect();
    let (placed, unplaced) = rows.split_at(rows.len() - selection.without_place());
    let unload = data.unload()?;
    let in_quads = unload
        .quads(placed, PART_ROWS, DEEPEST)
        .into_iter()
        .map(|(tile, range)| (Some(tile), &placed[range]));
    let without = (!unplaced.is_empty()).then_some((None, unplaced));
    let parts = in_quads.chain(without).map(|(quad, rows)| CubePart {
        quad,
        batches: rows.chunks(CUBE_BATCH_ROWS).map(|rows| unload.batch(rows)),
    });
    let layer = CubeLayer {
        cube: data.cube(),
        data_version,
        columns: unload.columns(),
    };
    geocrm_export::write_cube(layer, parts, out).map_err(|error| match error {
        ExportError::FolderExists { .. } => AppError::invalid(error.to_string()),
        other => AppError::internal("writing a cube", other),
    })
}

impl App {
    /// Writes what the scope may see of a cube into a new folder; the version it is at comes first.
    pub async fn export_cube(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        out: &Path,
    ) -> Result<(String, WrittenCube), AppError> {
        let snapshot = self.engine.newest();
        let data = Arc::clone(snapshot.cube(cube));
        let (version, scope, out) = (snapshot.version.clone(), scope.clone(), out.to_owned());
        tokio::task::spawn_blocking(move || {
            let written = write_cube(&data.settled()?, &version, &scope, &out)?;
            Ok((version, written))
        })
        .await
        .map_err(|e| AppError::internal("writing a cube", e))?
    }
}
