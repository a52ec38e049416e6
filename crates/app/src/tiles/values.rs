//! Sums that colour regions and hexagons. They are computed for the whole layer once per question, scope and
//! data version and kept, since every tile of the map asks for the same; tiles that ask at the same time
//! wait for one computation, away from the threads that answer.

use super::TileAsked;
use crate::App;
use crate::engine::Snapshot;
use crate::error::AppError;
use crate::selection::Selection;
use geocrm_domain::catalogue::{self, ACCOUNTS, Cube, H3_COARSEST, H3_FINEST};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::value::CompactString;
use geocrm_domain::{AccountId, CubeQuery, Quadkey, TileId, Value, VisibleScope};
use geocrm_olap::LiveCube;
use geocrm_tiles::{FlowTable, HexCell, default_resolution};
use std::sync::Arc;

/// Values of a whole layer (regions, hexagons) or its lines (flows), kept until the data changes.
pub type TileCache = moka::sync::Cache<ValueKey, Arc<Values>>;

pub fn new_cache() -> TileCache {
    moka::sync::Cache::new(256)
}

/// Who asks for which sums of what; the data version goes with the cache itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ValueKey {
    pub(super) scope: VisibleScope,
    pub(super) cube: &'static str,
    pub(super) dimension: String,
    pub(super) measure: String,
    pub(super) selection: Selection,
    pub(super) version: String,
}

pub enum Values {
    /// Rising, as the engine answers: built once and looked up for the regions of a tile.
    ByCode(Vec<(CompactString, f64)>),
    /// Rising.
    ByCell(Vec<HexCell>),
    Flows(FlowTable),
    /// Accounts beside the sums, in quadkey order of their suggested places.
    Doubtful(Vec<(Quadkey, AccountId)>),
}

impl App {
    /// What is kept under the key, or computed now; several who ask at once compute once.
    pub(super) async fn kept(
        &self,
        key: ValueKey,
        compute: impl Fn(&ValueKey) -> Result<Values, AppError> + Send + 'static,
    ) -> Result<Arc<Values>, AppError> {
        if let Some(values) = self.tile_cache.get(&key) {
            return Ok(values);
        }
        let cache = self.tile_cache.clone();
        tokio::task::spawn_blocking(move || {
            let mut failed = None;
            let found = cache.optionally_get_with(key.clone(), || {
                compute(&key)
                    .map(Arc::new)
                    .map_err(|error| failed = Some(error))
                    .ok()
            });
            match (found, failed) {
                (Some(values), _) => Ok(values),
                (None, Some(error)) => Err(error),
                // Whoever computed it was told why it failed; this one has to ask for itself.
                (None, None) => compute(&key).map(Arc::new),
            }
        })
        .await
        .map_err(|e| AppError::internal("computing the values of a layer", e))?
    }

    /// Values of one dimension for one selection, computed once per data version and scope.
    async fn values(
        &self,
        snapshot: &Arc<Snapshot>,
        scope: &VisibleScope,
        cube: &'static Cube,
        dimension: &str,
        measure: &str,
        selection: Selection,
    ) -> Result<Arc<Values>, AppError> {
        let key = ValueKey {
            scope: scope.clone(),
            cube: cube.name,
            dimension: dimension.to_owned(),
            measure: measure.to_owned(),
            selection,
            version: snapshot.version.clone(),
        };
        let data = Arc::clone(snapshot.cube(cube));
        self.kept(key, move |key| layer_values(&data, key)).await
    }

    pub(super) async fn choropleth_tile(
        &self,
        snapshot: &Arc<Snapshot>,
        scope: &VisibleScope,
        name: &str,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Vec<u8>, AppError> {
        let level = name
            .strip_prefix("regions_")
            .and_then(RegionLevel::parse)
            .ok_or_else(|| {
                AppError::field(
                    "measure",
                    asked.measure.as_deref(),
                    format!("the layer {name} carries no measure"),
                )
            })?;
        let (cube, measure) = asked_measure(asked)?;
        let selection = self.tile_selection(cube, asked).await?;
        let dimension = if cube.name == catalogue::REGIONS.name {
            "code"
        } else {
            level.code()
        };
        let values = self
            .values(snapshot, scope, cube, dimension, measure, selection)
            .await?;
        let atlas = self.atlas();
        let set = atlas
            .region_tiles
            .get(name)
            .ok_or_else(|| AppError::not_found("tile layer", name))?;
        Ok(
            set.tile_with_values(tile, &|code: &str| match values.as_ref() {
                Values::ByCode(values) => {
                    let at = values.binary_search_by(|(known, _)| known.as_str().cmp(code));
                    at.ok().map(|at| values[at].1)
                }
                _ => None,
            }),
        )
    }

    pub(super) async fn hexagon_tile(
        &self,
        snapshot: &Arc<Snapshot>,
        scope: &VisibleScope,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Vec<u8>, AppError> {
        let (cube, measure) = asked_measure(asked)?;
        let resolution = asked
            .resolution
            .unwrap_or_else(|| default_resolution(tile.z));
        if !(H3_COARSEST..=H3_FINEST).contains(&resolution) {
            return Err(AppError::field(
                "resolution",
                None,
                format!("take an H3 resolution from {H3_COARSEST} to {H3_FINEST}"),
            ));
        }
        let selection = self.tile_selection(cube, asked).await?;
        let dimension = format!("h3_{resolution}");
        let values = self
            .values(snapshot, scope, cube, &dimension, measure, selection)
            .await?;
        let Values::ByCell(values) = values.as_ref() else {
            return Ok(Vec::new());
        };
        self.hexagon_tiles
            .tile(tile, resolution, values)
            .map_err(|e| AppError::internal("encoding a tile", e))
    }
}

/// One number per region or hexagon, and for hexagons the count.
fn layer_values(data: &LiveCube, key: &ValueKey) -> Result<Values, AppError> {
    let query = CubeQuery {
        measures: vec![key.measure.clone(), "count".to_owned()],
        dimensions: vec![key.dimension.clone()],
        filter: key.selection.filter.clone(),
        geometry: key.selection.geometry.clone(),
        ..CubeQuery::default()
    };
    let answer = data.query(&key.scope, &query)?;
    let rows = answer.rows.into_iter().filter_map(|row| {
        let Some(Value::Text(code)) = row.keys.into_iter().next() else {
            return None;
        };
        let count = row.values[1].map_or(0, |n| n.to_f64() as u64);
        Some((code, row.values[0]?.to_f64(), count))
    });
    Ok(if key.dimension.starts_with("h3_") {
        let cells = rows.filter_map(|(code, value, count)| {
            Some(HexCell {
                cell: u64::from_str_radix(&code, 16).ok()?,
                value: Some(value),
                count,
            })
        });
        Values::ByCell(cells.collect())
    } else {
        Values::ByCode(rows.map(|(code, value, _)| (code, value)).collect())
    })
}

fn asked_measure(asked: &TileAsked) -> Result<(&'static Cube, &str), AppError> {
    let name = asked.cube.as_deref().unwrap_or(ACCOUNTS.name);
    let cube = catalogue::cube(name).ok_or_else(|| {
        AppError::field(
            "cube",
            Some(name),
            "take accounts, addresses, roads, regions or flows",
        )
    })?;
    let measure = asked.measure.as_deref().unwrap_or("count");
    if cube.measure(measure).is_some() {
        return Ok((cube, measure));
    }
    let known: Vec<_> = cube.measures.iter().map(|m| m.name).collect();
    Err(AppError::field(
        "measure",
        Some(measure),
        format!("{name} has {}", known.join(", ")),
    ))
}
