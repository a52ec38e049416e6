//! Filters by their hash, so that a short name in an address stands for a long condition. What a filter shows is
//! decided by the scope of whoever uses it.

use crate::{Doing, Result, Store};
use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::postgres::PgRow;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFilter {
    /// Hexadecimal, made by the caller from the canonical form.
    pub hash: String,
    pub cube: String,
    /// Canonical CQL2 in JSON.
    pub cql2: String,
    /// GeoJSON.
    pub geometry: Option<String>,
}

impl Store {
    /// Keeps a filter; the same hash twice is the same filter.
    pub async fn put_filter(&self, filter: &StoredFilter, now: DateTime<Utc>) -> Result<()> {
        sqlx::query(
            "INSERT INTO filters (hash, cube, cql2, geometry, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (hash) DO NOTHING",
        )
        .bind(&filter.hash)
        .bind(&filter.cube)
        .bind(&filter.cql2)
        .bind(&filter.geometry)
        .bind(now)
        .execute(&self.pool)
        .await
        .doing("keeping a filter")?;
        Ok(())
    }

    pub async fn filter(&self, hash: &str) -> Result<Option<StoredFilter>> {
        sqlx::query("SELECT hash, cube, cql2, geometry FROM filters WHERE hash = $1")
            .bind(hash)
            .try_map(|row: PgRow| {
                Ok(StoredFilter {
                    hash: row.try_get("hash")?,
                    cube: row.try_get("cube")?,
                    cql2: row.try_get("cql2")?,
                    geometry: row.try_get("geometry")?,
                })
            })
            .fetch_optional(&self.pool)
            .await
            .doing("looking up a filter")
    }
}
