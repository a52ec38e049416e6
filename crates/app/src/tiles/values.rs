//! Sums that colour regions and hexagons. They are computed for the whole layer once per question, scope and
//! data version and kept, since every tile of the map asks for the same.

use super::TileAsked;
use crate::App;
use crate::error::AppError;
use crate::selection::Selection;
use geocrm_domain::catalogue::{self, ACCOUNTS, Cube, H3_COARSEST, H3_FINEST};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{CubeQuery, TileId, Value, VisibleScope};
use geocrm_tiles::{FlowTable, default_resolution};
use std::collections::HashMap;
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
    ByCode(HashMap<String, f64>),
    ByCell(HashMap<u64, (f64, u64)>),
    Flows(FlowTable),
}

impl App {
    /// Values of one dimension for one selection, computed once per data version and scope.
    fn values(
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

    pub(super) async fn choropleth_tile(
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
        let values = self.values(scope, cube, dimension, measure, selection)?;
        let atlas = self.atlas();
        let set = atlas
            .region_tiles
            .get(name)
            .ok_or_else(|| AppError::not_found("tile layer", name))?;
        Ok(
            set.tile_with_values(tile, &|code: &str| match values.as_ref() {
                Values::ByCode(values) => values.get(code).copied(),
                _ => None,
            }),
        )
    }

    pub(super) async fn hexagon_tile(
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
        let values = self.values(scope, cube, &format!("h3_{resolution}"), measure, selection)?;
        let Values::ByCell(values) = values.as_ref() else {
            return Ok(Vec::new());
        };
        self.hexagon_tiles
            .tile(tile, resolution, values)
            .map_err(|e| AppError::internal("encoding a tile", e))
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
