//! Rows of the record tables beside the map: figures and flows by the ids the engine found. Addresses, roads and
//! accounts have their own questions (`addresses_by_ids`, `roads_by_ids`, `accounts_by_ids`).

use crate::regions::flow;
use crate::row;
use crate::{Doing, RegionFlow, Result, Store};
use geocrm_domain::record::IndicatorRow;
use sqlx::Row;
use sqlx::postgres::PgRow;

/// A row of the regions cube.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureRecord {
    pub id: i64,
    pub figure: IndicatorRow,
    /// Where the region is loaded.
    pub name: Option<String>,
}

/// A row of the flows cube.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowRecord {
    pub id: i64,
    pub flow: RegionFlow,
}

impl Store {
    /// In the order asked; unknown ids are left out.
    pub async fn figures_by_ids(&self, ids: &[i64]) -> Result<Vec<FigureRecord>> {
        sqlx::query(
            "SELECT i.id, i.level, i.region_code, i.indicator, i.year, i.value_e4, i.suppressed, r.name
             FROM unnest($1::bigint[]) WITH ORDINALITY asked (id, place)
             JOIN indicators i ON i.id = asked.id
             LEFT JOIN regions r ON r.level = i.level AND r.code = i.region_code
             ORDER BY asked.place",
        )
        .bind(ids)
        .try_map(|row: PgRow| {
            Ok(FigureRecord {
                id: row.try_get("id")?,
                figure: IndicatorRow {
                    level: row::level(&row, "level")?,
                    region_code: row.try_get("region_code")?,
                    indicator: row.try_get("indicator")?,
                    year: row.try_get("year")?,
                    value_e4: row.try_get("value_e4")?,
                    suppressed: row.try_get("suppressed")?,
                },
                name: row.try_get("name")?,
            })
        })
        .fetch_all(&self.pool)
        .await
        .doing("reading figures")
    }

    /// In the order asked; unknown ids are left out.
    pub async fn flows_by_ids(&self, ids: &[i64]) -> Result<Vec<FlowRecord>> {
        sqlx::query(
            "SELECT f.id, f.level, f.origin_code, f.destination_code, f.mode, f.year, f.persons_e3,
                    o.name AS origin_name, t.name AS destination_name
             FROM unnest($1::bigint[]) WITH ORDINALITY asked (id, place)
             JOIN flows f ON f.id = asked.id
             LEFT JOIN regions o ON o.level = f.level AND o.code = f.origin_code
             LEFT JOIN regions t ON t.level = f.level AND t.code = f.destination_code
             ORDER BY asked.place",
        )
        .bind(ids)
        .try_map(|row: PgRow| {
            Ok(FlowRecord {
                id: row.try_get("id")?,
                flow: flow(&row)?,
            })
        })
        .fetch_all(&self.pool)
        .await
        .doing("reading flows")
    }
}
