//! One tile of one layer for one viewer: geometry from the atlas, records and sums from the engine inside
//! the viewer's scope. Hexagons and regions carry their whole total, also where a tile cuts them.

mod accounts;
mod finished;
mod flows;
mod values;

pub(crate) use finished::{FinishedTiles, new_finished};
pub use values::{TileCache, new_cache};

use crate::App;
use crate::engine::Snapshot;
use crate::error::AppError;
use crate::selection::{Selection, SelectionRequest};
use bytes::Bytes;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::{BBox, TileId, VisibleScope, limits};
use geocrm_tiles::CacheRule;
use serde_json::Value as Json;
use std::sync::Arc;

/// Longer filters belong under a hash.
const LONGEST_INLINE_FILTER: usize = 2_000;

/// Whether a browser may keep a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Geometry whose version is in the URL.
    Forever,
    /// Records or sums.
    Never,
}

#[derive(Debug, Clone)]
pub struct Tile {
    /// MVT, not compressed; empty when nothing lies in it.
    pub bytes: Bytes,
    pub keep: Keep,
    pub data_version: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TileAsked {
    pub stored_filter: Option<String>,
    /// Short CQL2 text.
    pub filter: Option<String>,
    pub cube: Option<String>,
    pub measure: Option<String>,
    pub resolution: Option<u8>,
    pub mode: Option<String>,
    /// Only flows that touch this region.
    pub code: Option<String>,
    /// Version of the geometry the caller has in its URL.
    pub version: Option<String>,
    /// Data version of the records and sums; the newest without one.
    pub at: Option<String>,
    /// Make it, whether or not it was made before.
    pub anew: bool,
}

/// What a `TileJSON` document says.
#[derive(Debug, Clone)]
pub struct DescribedLayer {
    pub title: String,
    pub version: String,
    pub min_zoom: u8,
    pub max_zoom: u8,
    pub bounds: Option<BBox>,
    pub attribution: String,
    /// Layers inside the tiles with their properties and types.
    pub layers: Vec<(String, Vec<(String, String)>)>,
}

impl App {
    /// Description of a layer of the catalogue; `None` for another name.
    pub fn tile_layer(&self, name: &str) -> Option<DescribedLayer> {
        let layer = geocrm_tiles::layer(name).ok()?;
        let atlas = self.atlas();
        let ground = self.ground_now();
        let sets = |name: &str| {
            let on_ground = ground.as_ref().and_then(|g| g.tile_sets.get(name));
            on_ground.or_else(|| atlas.region_tiles.get(name))
        };
        let version = match &ground {
            Some(ground) if ground.tile_sets.contains_key(name) => &ground.version,
            _ => &atlas.version,
        };
        let own = sets(name)
            .and_then(geocrm_tiles::TileSet::bounds)
            .or_else(|| ground.as_ref()?.extent())
            .or_else(|| atlas.extent());
        let mut attributions: Vec<&str> = atlas
            .datasets
            .iter()
            .map(|d| d.attribution.as_str())
            .collect();
        attributions.sort_unstable();
        attributions.dedup();
        let json = geocrm_tiles::tilejson(layer, "", own, Some(&attributions.join(" · ")), version);
        Some(DescribedLayer {
            title: layer.title_en.clone(),
            version: version.clone(),
            min_zoom: layer.min_zoom,
            max_zoom: layer.max_zoom,
            bounds: own,
            attribution: json.attribution,
            layers: json
                .vector_layers
                .into_iter()
                .map(|l| {
                    (
                        l.id,
                        l.fields
                            .into_iter()
                            .map(|(name, kind)| (name, kind.to_owned()))
                            .collect(),
                    )
                })
                .collect(),
        })
    }

    /// A tile at the version asked for, from those made before where it is among them.
    pub async fn tile(
        &self,
        scope: &VisibleScope,
        name: &str,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Tile, AppError> {
        let snapshot = self.engine.at(asked.at.as_deref())?;
        self.finished(&snapshot, scope, name, tile, asked).await
    }

    async fn make_tile(
        &self,
        snapshot: &Arc<Snapshot>,
        scope: &VisibleScope,
        name: &str,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Tile, AppError> {
        let layer =
            geocrm_tiles::layer(name).map_err(|_| AppError::not_found("tile layer", name))?;
        let (bytes, keep) = match name {
            "accounts" => (
                self.account_tile(snapshot, scope, tile, asked).await?,
                Keep::Never,
            ),
            "hexagons" => (
                self.hexagon_tile(snapshot, scope, tile, asked).await?,
                Keep::Never,
            ),
            "flows" => (
                self.flow_tile(snapshot, scope, tile, asked).await?,
                Keep::Never,
            ),
            _ if asked.measure.is_some() => (
                self.choropleth_tile(snapshot, scope, name, tile, asked)
                    .await?,
                Keep::Never,
            ),
            _ => {
                let atlas = self.atlas();
                let ground = if atlas.region_tiles.contains_key(name) {
                    None
                } else {
                    Some(self.ground().await?)
                };
                let (set, version) = match &ground {
                    None => (atlas.region_tiles.get(name), &atlas.version),
                    Some(ground) => (ground.tile_sets.get(name), &ground.version),
                };
                let set = set.ok_or_else(|| AppError::not_found("tile layer", name))?;
                let current = asked.version.as_ref() == Some(version);
                let keep = if current && layer.cache == CacheRule::Immutable {
                    Keep::Forever
                } else {
                    Keep::Never
                };
                let mut bytes = set.tile(tile);
                if name == "base"
                    && let Some(buildings) =
                        ground.as_ref().and_then(|g| g.tile_sets.get("buildings"))
                {
                    // Layers of a tile follow one another, so the outlines need no second table.
                    bytes.extend(buildings.tile(tile));
                }
                (bytes, keep)
            }
        };
        if bytes.len() > limits::TILE_BYTES {
            return Err(AppError::invalid(format!(
                "tile {}/{}/{} of {name} is larger than {} bytes; look closer",
                tile.z,
                tile.x,
                tile.y,
                limits::TILE_BYTES
            )));
        }
        Ok(Tile {
            bytes: bytes.into(),
            keep,
            data_version: snapshot.version.clone(),
        })
    }

    async fn tile_selection(
        &self,
        cube: &'static Cube,
        asked: &TileAsked,
    ) -> Result<Selection, AppError> {
        if asked
            .filter
            .as_ref()
            .is_some_and(|filter| filter.len() > LONGEST_INLINE_FILTER)
        {
            return Err(AppError::field(
                "filter",
                None,
                format!(
                    "store filters longer than {LONGEST_INLINE_FILTER} bytes with POST /api/v1/filters and send f"
                ),
            ));
        }
        let request = SelectionRequest {
            filter: asked.filter.clone().map(Json::String),
            stored: asked.stored_filter.clone(),
            ..SelectionRequest::default()
        };
        self.select(cube, &request).await
    }
}
