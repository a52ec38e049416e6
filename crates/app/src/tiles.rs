//! One tile of one layer for one viewer: geometry from the atlas, records and sums from the engine inside
//! the viewer's scope. Hexagons and regions carry their whole total, also where a tile cuts them.

use crate::App;
use crate::error::AppError;
use crate::selection::{Selection, SelectionRequest};
use geocrm_domain::catalogue::{self, ACCOUNTS, Cube, FLOWS, H3_COARSEST, H3_FINEST};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{
    Account, AccountId, BBox, CubeQuery, Filter, Number, TileId, Value, VisibleScope, limits,
};
use geocrm_olap::Key;
use geocrm_tiles::{
    AccountCluster, AccountPoint, CacheRule, FlowLine, FlowTable, default_resolution,
    encode_accounts,
};
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::Arc;

/// Longer filters belong under a hash.
const LONGEST_INLINE_FILTER: usize = 2_000;

/// From this zoom on every account is drawn by itself.
const SINGLE_FROM_ZOOM: u8 = 13;
/// Cluster cells along one side of a tile.
const CLUSTER_SIDE: u32 = 8;

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
    pub bytes: Vec<u8>,
    pub keep: Keep,
    pub data_version: String,
}

#[derive(Debug, Clone, Default)]
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

/// Values of a whole layer (regions, hexagons) or its lines (flows), kept until the data changes.
pub type TileCache = moka::sync::Cache<ValueKey, Arc<Values>>;

pub fn new_cache() -> TileCache {
    moka::sync::Cache::new(256)
}

/// Who asks for which sums of what; the data version goes with the cache itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ValueKey {
    scope: VisibleScope,
    cube: &'static str,
    dimension: String,
    measure: String,
    selection: Selection,
    version: String,
}

pub enum Values {
    ByCode(HashMap<String, f64>),
    ByCell(HashMap<u64, (f64, u64)>),
    Flows(FlowTable),
}

impl App {
    /// Description of a layer of the catalogue; `None` for another name.
    pub fn tile_layer(&self, name: &str) -> Option<DescribedLayer> {
        let layer = geocrm_tiles::layer(name).ok()?;
        let atlas = self.atlas();
        let own = atlas
            .tile_sets
            .get(name)
            .and_then(geocrm_tiles::TileSet::bounds);
        let mut attributions: Vec<&str> = atlas
            .datasets
            .iter()
            .map(|d| d.attribution.as_str())
            .collect();
        attributions.sort_unstable();
        attributions.dedup();
        let json = geocrm_tiles::tilejson(
            layer,
            "",
            own.or_else(|| atlas.extent()),
            Some(&attributions.join(" · ")),
            &atlas.version,
        );
        Some(DescribedLayer {
            title: layer.title_en.clone(),
            version: atlas.version.clone(),
            min_zoom: layer.min_zoom,
            max_zoom: layer.max_zoom,
            bounds: own.or_else(|| atlas.extent()),
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

    pub async fn tile(
        &self,
        scope: &VisibleScope,
        name: &str,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Tile, AppError> {
        let layer =
            geocrm_tiles::layer(name).map_err(|_| AppError::not_found("tile layer", name))?;
        let data_version = self.data_version();
        let (bytes, keep) = match name {
            "accounts" => (self.account_tile(scope, tile, asked).await?, Keep::Never),
            "hexagons" => (self.hexagon_tile(scope, tile, asked).await?, Keep::Never),
            "flows" => (self.flow_tile(scope, tile, asked).await?, Keep::Never),
            _ if asked.measure.is_some() => (
                self.choropleth_tile(scope, name, tile, asked).await?,
                Keep::Never,
            ),
            _ => {
                let atlas = self.atlas();
                let set = atlas
                    .tile_sets
                    .get(name)
                    .ok_or_else(|| AppError::not_found("tile layer", name))?;
                let current = asked.version.as_deref() == Some(atlas.version.as_str());
                let keep = if current && layer.cache == CacheRule::Immutable {
                    Keep::Forever
                } else {
                    Keep::Never
                };
                (set.tile(tile), keep)
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
            bytes,
            keep,
            data_version,
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

    async fn account_tile(
        &self,
        scope: &VisibleScope,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Vec<u8>, AppError> {
        let selection = self.tile_selection(&ACCOUNTS, asked).await?;
        let snapshot = self.engine.newest();
        let data = snapshot.cube(&ACCOUNTS);
        let (filter, geometry) = (selection.filter.as_ref(), selection.geometry.as_ref());
        let single = if tile.z >= SINGLE_FROM_ZOOM {
            let points = data.tile_points(scope, filter, geometry, tile, 0.0, &[])?;
            (points.len() <= limits::TILE_POINTS)
                .then(|| points.iter().map(|point| point.key()).collect::<Vec<_>>())
        } else {
            None
        };
        let (keys, clusters) = match single {
            Some(keys) => (keys, Vec::new()),
            None => {
                let measures = ["customers".to_owned(), "revenue_cents".to_owned()];
                let cells =
                    data.tile_clusters(scope, filter, geometry, tile, CLUSTER_SIDE, &measures)?;
                let keys = cells.iter().filter_map(|cell| cell.only).collect();
                let int = |number: Option<Number>| match number {
                    Some(Number::Int(int)) => int,
                    _ => 0,
                };
                let clusters = cells
                    .iter()
                    .filter(|cell| cell.only.is_none())
                    .map(|cell| AccountCluster {
                        place: cell.at,
                        count: cell.count,
                        customers: int(cell.values[0]).unsigned_abs(),
                        revenue_cents: int(cell.values[1]),
                    })
                    .collect();
                (keys, clusters)
            }
        };
        let ids: Vec<AccountId> = keys
            .into_iter()
            .filter_map(|key| match key {
                Key::Uuid(id) => Some(AccountId(id)),
                Key::Int(_) => None,
            })
            .collect();
        let accounts: Vec<(String, Account)> = self
            .store
            .accounts_by_ids(scope, &ids)
            .await?
            .into_iter()
            .map(|record| (record.account.id.to_string(), record.account))
            .collect();
        let points = accounts.iter().filter_map(|(id, account)| {
            Some(AccountPoint {
                id,
                name: &account.name,
                status: account.status.code(),
                place_state: account.place_state.code(),
                kind: account.kind.code(),
                revenue_cents: account.revenue_cents,
                place: account.place?,
            })
        });
        encode_accounts(tile, points, &clusters)
            .map_err(|e| AppError::internal("encoding a tile", e))
    }

    /// Values of one dimension for one selection, computed once per data version and scope.
    async fn values(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        dimension: &str,
        measure: &str,
        selection: Selection,
    ) -> Result<Arc<Values>, AppError> {
        let snapshot = self.engine.newest();
        let key = ValueKey {
            scope: scope.clone(),
            cube: cube.name,
            dimension: dimension.to_owned(),
            measure: measure.to_owned(),
            selection,
            version: snapshot.version.clone(),
        };
        if let Some(values) = self.tile_cache.get(&key) {
            return Ok(values);
        }
        let query = CubeQuery {
            measures: vec![measure.to_owned(), "count".to_owned()],
            dimensions: vec![dimension.to_owned()],
            filter: key.selection.filter.clone(),
            geometry: key.selection.geometry.clone(),
            ..CubeQuery::default()
        };
        let answer = snapshot.cube(cube).query(scope, &query)?;
        let cells = dimension.starts_with("h3_");
        let mut by_code = HashMap::new();
        let mut by_cell = HashMap::new();
        for row in answer.rows {
            let (Some(Value::Text(code)), Some(value)) =
                (row.keys.into_iter().next(), row.values[0])
            else {
                continue;
            };
            let count = row.values[1].map_or(0, |n| n.to_f64() as u64);
            if cells {
                if let Ok(cell) = u64::from_str_radix(&code, 16) {
                    by_cell.insert(cell, (value.to_f64(), count));
                }
            } else {
                by_code.insert(code, value.to_f64());
            }
        }
        let values = Arc::new(if cells {
            Values::ByCell(by_cell)
        } else {
            Values::ByCode(by_code)
        });
        self.tile_cache.insert(key, Arc::clone(&values));
        Ok(values)
    }

    async fn choropleth_tile(
        &self,
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
            .values(scope, cube, dimension, measure, selection)
            .await?;
        let atlas = self.atlas();
        let set = atlas
            .tile_sets
            .get(name)
            .ok_or_else(|| AppError::not_found("tile layer", name))?;
        Ok(
            set.tile_with_values(tile, &|code: &str| match values.as_ref() {
                Values::ByCode(values) => values.get(code).copied(),
                _ => None,
            }),
        )
    }

    async fn hexagon_tile(
        &self,
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
        let values = self
            .values(scope, cube, &format!("h3_{resolution}"), measure, selection)
            .await?;
        let Values::ByCell(values) = values.as_ref() else {
            return Ok(Vec::new());
        };
        self.hexagon_tiles
            .tile(tile, resolution, values)
            .map_err(|e| AppError::internal("encoding a tile", e))
    }

    async fn flow_tile(
        &self,
        scope: &VisibleScope,
        tile: TileId,
        asked: &TileAsked,
    ) -> Result<Vec<u8>, AppError> {
        let mut selection = self.tile_selection(&FLOWS, asked).await?;
        let equals = |property: &str, value: &str| Filter::Compare {
            property: property.to_owned(),
            op: geocrm_domain::Compare::Equal,
            value: Value::text(value),
        };
        if let Some(mode) = &asked.mode {
            selection.filter = Filter::and(selection.filter, Some(equals("mode", mode)));
        }
        if let Some(code) = &asked.code {
            let touches = Filter::Or(vec![equals("origin", code), equals("destination", code)]);
            selection.filter = Filter::and(selection.filter, Some(touches));
        }
        let snapshot = self.engine.newest();
        let key = ValueKey {
            scope: scope.clone(),
            cube: FLOWS.name,
            dimension: "origin,destination".to_owned(),
            measure: "persons_e3".to_owned(),
            selection,
            version: snapshot.version.clone(),
        };
        let values = match self.tile_cache.get(&key) {
            Some(values) => values,
            None => {
                let query = CubeQuery {
                    measures: vec!["persons_e3".to_owned()],
                    dimensions: vec!["origin".to_owned(), "destination".to_owned()],
                    filter: key.selection.filter.clone(),
                    geometry: key.selection.geometry.clone(),
                    ..CubeQuery::default()
                };
                let answer = snapshot.cube(&FLOWS).query(scope, &query)?;
                let table = FlowTable::new(
                    answer
                        .rows
                        .iter()
                        .filter_map(|row| self.flow_line(&row.keys, row.values[0])),
                );
                let values = Arc::new(Values::Flows(
                    table.map_err(|e| AppError::internal("encoding a tile", e))?,
                ));
                self.tile_cache.insert(key, Arc::clone(&values));
                values
            }
        };
        let Values::Flows(table) = values.as_ref() else {
            return Ok(Vec::new());
        };
        table
            .tile(tile)
            .map_err(|e| AppError::internal("encoding a tile", e))
    }

    fn flow_line(&self, keys: &[Value], persons: Option<Number>) -> Option<FlowLine> {
        let atlas = self.atlas();
        let [Value::Text(origin), Value::Text(destination)] = keys else {
            return None;
        };
        let point = |code: &str| {
            [RegionLevel::Municipality2016, RegionLevel::Municipality]
                .iter()
                .find_map(|level| atlas.region(*level, code))
                .map(|region| region.label_point)
        };
        Some(FlowLine {
            origin_point: point(origin)?,
            destination_point: point(destination)?,
            origin: origin.clone(),
            destination: destination.clone(),
            persons: persons?.to_f64() / 1e3,
        })
    }
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
    match cube.measure(measure) {
        Some(_) => Ok((cube, measure)),
        None => {
            let known: Vec<_> = cube.measures.iter().map(|m| m.name).collect();
            Err(AppError::field(
                "measure",
                Some(measure),
                format!("{name} has {}", known.join(", ")),
            ))
        }
    }
}
