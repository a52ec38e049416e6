//! The lines between regions: how many persons go from where to where, of one way to travel or of one region.

use super::TileAsked;
use super::values::{ValueKey, Values};
use crate::App;
use crate::error::AppError;
use geocrm_domain::catalogue::FLOWS;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{CubeQuery, Filter, Number, TileId, Value, VisibleScope};
use geocrm_tiles::{FlowLine, FlowTable};
use std::sync::Arc;

impl App {
    pub(super) async fn flow_tile(
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
        let values = if let Some(values) = self.tile_cache.get(&key) {
            values
        } else {
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
