//! Tiles as they were sent. Two people of the same scope who look at the same place at the same version are
//! sent the same bytes, and so is one who comes back; the key holds everything a tile depends on.

use super::{Tile, TileAsked};
use crate::App;
use crate::engine::Snapshot;
use crate::error::AppError;
use foldhash::quality::RandomState;
use geocrm_domain::{TileId, VisibleScope};
use std::sync::Arc;

/// Bytes of finished tiles that are kept; those used least go first.
const BYTES: u64 = 64 * 1024 * 1024;
/// What an entry takes beside its bytes, about.
const ENTRY_BYTES: usize = 400;

pub type FinishedTiles = moka::sync::Cache<FinishedKey, Tile, RandomState>;

pub fn new_finished() -> FinishedTiles {
    moka::sync::Cache::builder()
        .max_capacity(BYTES)
        .weigher(|_, tile: &Tile| u32::try_from(tile.bytes.len() + ENTRY_BYTES).unwrap_or(u32::MAX))
        .build_with_hasher(RandomState::default())
}

/// Geometry has its version in the URL; all is forgotten when that of the ground changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FinishedKey {
    scope: VisibleScope,
    data_version: String,
    layer: String,
    tile: TileId,
    asked: TileAsked,
}

impl App {
    pub(super) async fn finished(
        &self,
        snapshot: &Arc<Snapshot>,
        scope: &VisibleScope,
        layer: &str,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Tile, AppError> {
        let key = FinishedKey {
            scope: scope.clone(),
            data_version: snapshot.version.clone(),
            layer: layer.to_owned(),
            tile,
            asked: TileAsked {
                at: None,
                anew: false,
                ..asked.clone()
            },
        };
        if !asked.anew
            && let Some(found) = self.finished_tiles.get(&key)
        {
            return Ok(found);
        }
        let made = self.make_tile(snapshot, scope, layer, tile, asked).await?;
        self.finished_tiles.insert(key, made.clone());
        Ok(made)
    }
}
