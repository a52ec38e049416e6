//! Receipts of exports: what was asked, at which version, and what came out.

use crate::{Doing, Result, Store};
use chrono::{DateTime, Utc};
use geocrm_domain::UserId;
use sqlx::Row;
use sqlx::postgres::PgRow;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportReceipt {
    pub id: Uuid,
    pub user: Option<UserId>,
    pub cube: String,
    /// `csv`, `xlsx`, `geojson`, `gpkg`.
    pub format: String,
    pub file_name: String,
    pub rows: i64,
    pub bytes: i64,
    /// Hexadecimal.
    pub sha256: String,
    pub data_version: i64,
    /// The request in canonical JSON.
    pub query: String,
    /// Hash of each row under its key, packed by the caller, to tell later what changed.
    pub row_digests: Option<Vec<u8>>,
    pub created_at: DateTime<Utc>,
}

impl Store {
    pub async fn put_export(&self, receipt: &ExportReceipt) -> Result<()> {
        sqlx::query(
            "INSERT INTO exports (id, user_id, cube, format, file_name, rows, bytes, sha256, data_version, query,
                                  row_digests, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        )
        .bind(receipt.id)
        .bind(receipt.user.map(|u| u.0))
        .bind(&receipt.cube)
        .bind(&receipt.format)
        .bind(&receipt.file_name)
        .bind(receipt.rows)
        .bind(receipt.bytes)
        .bind(&receipt.sha256)
        .bind(receipt.data_version)
        .bind(&receipt.query)
        .bind(&receipt.row_digests)
        .bind(receipt.created_at)
        .execute(&self.pool)
        .await
        .doing("keeping a receipt")?;
        Ok(())
    }

    /// Whose it is must be checked by the caller: `user` says so.
    pub async fn export(&self, id: Uuid) -> Result<Option<ExportReceipt>> {
        sqlx::query("SELECT * FROM exports WHERE id = $1")
            .bind(id)
            .try_map(|row: PgRow| {
                Ok(ExportReceipt {
                    id: row.try_get("id")?,
                    user: row.try_get::<Option<Uuid>, _>("user_id")?.map(UserId),
                    cube: row.try_get("cube")?,
                    format: row.try_get("format")?,
                    file_name: row.try_get("file_name")?,
                    rows: row.try_get("rows")?,
                    bytes: row.try_get("bytes")?,
                    sha256: row.try_get("sha256")?,
                    data_version: row.try_get("data_version")?,
                    query: row.try_get("query")?,
                    row_digests: row.try_get("row_digests")?,
                    created_at: row.try_get("created_at")?,
                })
            })
            .fetch_optional(&self.pool)
            .await
            .doing("reading a receipt")
    }
}
