//! The lines between regions: how many persons go from where to where, of one way to travel or of one region.

use super::TileAsked;
use super::values::{ValueKey, Values};
use crate::App;
use crate::atlas::Atlas;
use crate::engine::Snapshot;
use crate::error::AppError;
use geocrm_domain::catalogue::FLOWS;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{CubeQuery, Filter, Number, TileId, Value, VisibleScope};
use geocrm_olap::LiveCube;
use geocrm_tiles::{FlowLine, FlowTable};
use std::sync::Arc;

impl App {
    pub(super) async fn flow_tile(
        &self,
        snapshot: &Arc<Snapshot>,
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
        let key = ValueKey {
            scope: scope.clone(),
            cube: FLOWS.name,
            dimension: "origin,destination".to_owned(),
            measure: "persons_e3".to_owned(),
            selection,
            version: snapshot.version.clone(),
        };
        let (atlas, data) = (self.atlas(), Arc::clone(snapshot.cube(&FLOWS)));
        let values = self
            .kept(key, move |key| flow_lines(&atlas, &data, key))
            .await?;
        let Values::Flows(table) = values.as_ref() else {
            return Ok(Vec::new());
        };
        table
            .tile(tile)
            .map_err(|e| AppError::internal("encoding a tile", e))
    }
}

fn flow_lines(atlas: &Atlas, data: &LiveCube, key: &ValueKey) -> Result<Values, AppError> {
    let query = CubeQuery {
        measures: vec![key.measure.clone()],
        dimensions: vec!["origin".to_owned(), "destination".to_owned()],
        filter: key.selection.filter.clone(),
        geometry: key.selection.geometry.clone(),
        ..CubeQuery::default()
    };
    let answer = data.query(&key.scope, &query)?;
    let lines = answer
        .rows
        .iter()
        .filter_map(|row| flow_line(atlas, &row.keys, row.values[0]));
    let table = FlowTable::new(lines).map_err(|e| AppError::internal("encoding a tile", e))?;
    Ok(Values::Flows(table))
}

fn flow_line(atlas: &Atlas, keys: &[Value], persons: Option<Number>) -> Option<FlowLine> {
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
        origin: origin.to_string(),
        destination: destination.to_string(),
        persons: persons?.to_f64() / 1e3,
    })
}
