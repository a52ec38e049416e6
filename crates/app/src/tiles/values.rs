//! Sums that colour regions and hexagons. They are computed for the whole layer once per question, scope and
//! data version and kept, since every tile of the map asks for the same; tiles that ask at the same time
//! wait for one computation, away from the threads that answer.

use super::TileAsked;
use crate::App;
use crate::engine::Snapshot;
use crate::error::AppError;
use crate::selection::Selection;
use foldhash::quality::RandomState;
use geocrm_domain::catalogue::{self, ACCOUNTS, Cube, H3_COARSEST, H3_FINEST};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{AccountId, CubeQuery, Quadkey, TileId, VisibleScope};
use geocrm_olap::{KeyedFigures, LiveCube};
use geocrm_tiles::{FlowTable, HexCell, default_resolution};
use std::cell::Cell;
use std::sync::Arc;

/// Values of a whole layer (regions, hexagons) or its lines (flows), kept until the data changes.
pub type TileCache = moka::sync::Cache<ValueKey, Arc<Values>, RandomState>;

pub fn new_cache() -> TileCache {
    moka::sync::Cache::builder()
        .max_capacity(256)
        .build_with_hasher(RandomState::default())
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
    /// As the engine answers, looked up for the regions of a tile.
    ByCode(KeyedFigures),
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
        let Values::ByCode(values) = values.as_ref() else {
            return Ok(set.tile(tile));
        };
        let text = |at| values.text(at);
        let rising = Rising::new(values.len(), &text);
        let value = |code: &str| Some(values.figures(rising.find(code)?)[0]?.to_f64());
        Ok(set.tile_with_values(tile, &value))
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

/// Texts looked up mostly in their own order, as regions lie in a tile: found a few steps behind the one before.
struct Rising<'a> {
    len: usize,
    /// Rising; null comes first.
    text: &'a dyn Fn(usize) -> Option<&'a str>,
    next: Cell<usize>,
}

impl<'a> Rising<'a> {
    fn new(len: usize, text: &'a dyn Fn(usize) -> Option<&'a str>) -> Self {
        Self {
            len,
            text,
            next: Cell::new(0),
        }
    }

    /// Where the text stands.
    fn find(&self, text: &str) -> Option<usize> {
        let before = |at: usize| at < self.len && (self.text)(at) < Some(text);
        let (mut low, mut step) = (self.next.get(), 1);
        if low > 0 && !before(low - 1) {
            low = 0;
            step = self.len;
        }
        while before(low + step - 1) {
            low += step;
            step *= 2;
        }
        let mut high = (low + step).min(self.len);
        while low < high {
            let middle = low.midpoint(high);
            if before(middle) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.next.set(low);
        (low < self.len && (self.text)(low) == Some(text)).then_some(low)
    }
}

/// One number per region or hexagon, and for hexagons the count.
fn layer_values(data: &LiveCube, key: &ValueKey) -> Result<Values, AppError> {
    let hexagons = key.dimension.starts_with("h3_");
    let mut measures = vec![key.measure.clone()];
    if hexagons {
        measures.push("count".to_owned());
    }
    let query = CubeQuery {
        measures,
        dimensions: vec![key.dimension.clone()],
        filter: key.selection.filter.clone(),
        geometry: key.selection.geometry.clone(),
        ..CubeQuery::default()
    };
    let keyed = data.query_keyed(&key.scope, &query)?;
    if !hexagons {
        return Ok(Values::ByCode(keyed));
    }
    let cells = keyed.cells().filter_map(|(cell, figures)| {
        Some(HexCell {
            cell,
            value: Some(figures[0]?.to_f64()),
            count: figures[1].map_or(0, |n| n.to_f64() as u64),
        })
    });
    Ok(Values::ByCell(cells.collect()))
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

#[cfg(test)]
mod tests {
    use super::Rising;

    #[test]
    fn texts_are_found_in_any_order() {
        let all = [
            None,
            Some("a"),
            Some("b"),
            Some("d"),
            Some("e"),
            Some("f"),
            Some("h"),
            Some("i"),
            Some("k"),
        ];
        for known in [&all[..], &all[1..], &all[..1], &[]] {
            let text = |at: usize| known[at];
            for start in 0..12usize {
                for step in 1..12usize {
                    let rising = Rising::new(known.len(), &text);
                    for n in 0..30usize {
                        let code =
                            char::from(b"`abcdefghijkl"[(start + n * step) % 13]).to_string();
                        let at = known.iter().position(|known| *known == Some(&code));
                        assert_eq!(rising.find(&code), at, "{code}");
                    }
                }
            }
        }
    }
}
