//! Files of what is selected. A receipt keeps the query and a digest of every row, so that the same query
//! can be run again: at the same data the bytes are the same, at later data it says what changed.

mod columns;
mod cube;
mod produce;
mod receipt;

pub use cube::write_cube;
pub use geocrm_export::{Format, Written, WrittenCube};

use crate::App;
use crate::error::AppError;
use crate::selection::Selection;
use crate::session::SignedIn;
use chrono::{DateTime, Utc};
use geocrm_domain::catalogue::Cube;
use geocrm_domain::{OrderBy, VisibleScope};
use receipt::{compare, parse_query, query_json, query_text, stamp_of};
use std::path::PathBuf;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub struct ExportAsked {
    pub selection: Selection,
    pub order: Vec<OrderBy>,
    pub format: Format,
    /// `en` or `nl`.
    pub locale: String,
}

#[derive(Debug, Clone)]
pub struct ExportReceipt {
    pub id: Uuid,
    pub cube: String,
    pub format: Format,
    pub file_name: String,
    pub rows: u64,
    pub bytes: u64,
    pub sha256: String,
    pub data_version: String,
    pub query_text: String,
    pub created_at: DateTime<Utc>,
    pub user_name: String,
}

impl App {
    fn export_path(&self, id: Uuid, format: Format) -> PathBuf {
        self.home
            .join("exports")
            .join(format!("{id}.{}", format.extension()))
    }

    /// Writes to a file of the operator's own, without a receipt.
    pub async fn export_to(
        &self,
        cube: &'static Cube,
        asked: &ExportAsked,
        out: &std::path::Path,
    ) -> Result<Written, AppError> {
        let everything = VisibleScope::everything();
        Ok(self
            .produce(
                &everything,
                cube,
                asked,
                "command line",
                None,
                out.to_owned(),
            )
            .await?
            .written)
    }

    pub async fn export(
        &self,
        viewer: &SignedIn,
        cube: &'static Cube,
        asked: ExportAsked,
    ) -> Result<ExportReceipt, AppError> {
        let id = self.clock.new_id();
        let now = self.clock.now();
        let out = self.export_path(id, asked.format);
        let produced = self
            .produce(&viewer.scope, cube, &asked, &viewer.user.name, None, out)
            .await?;
        let receipt = geocrm_store::ExportReceipt {
            id,
            user: Some(viewer.user.id),
            cube: cube.name.to_owned(),
            format: asked.format.extension().to_owned(),
            file_name: format!(
                "geocrm-{}-{}.{}",
                cube.name,
                now.format("%Y%m%d-%H%M%S"),
                asked.format.extension()
            ),
            rows: produced.written.rows as i64,
            bytes: produced.written.bytes as i64,
            sha256: produced.written.sha256,
            data_version: produced.data_version.parse().unwrap_or_default(),
            query: query_json(cube, &asked, &produced.stamp).to_string(),
            row_digests: Some(produced.digests.concat()),
            created_at: now,
        };
        self.store.put_export(&receipt).await?;
        described(receipt, &viewer.user.name)
    }

    /// Only one's own: another's receipt is as absent as one that never was.
    async fn own_receipt(
        &self,
        viewer: &SignedIn,
        id: Uuid,
    ) -> Result<geocrm_store::ExportReceipt, AppError> {
        let receipt = self.store.export(id).await?;
        receipt
            .filter(|r| r.user == Some(viewer.user.id))
            .ok_or_else(|| AppError::not_found("export", id))
    }

    pub async fn export_receipt(
        &self,
        viewer: &SignedIn,
        id: Uuid,
    ) -> Result<ExportReceipt, AppError> {
        described(self.own_receipt(viewer, id).await?, &viewer.user.name)
    }

    pub async fn export_file(
        &self,
        viewer: &SignedIn,
        id: Uuid,
    ) -> Result<(ExportReceipt, Vec<u8>), AppError> {
        let receipt = self.export_receipt(viewer, id).await?;
        let path = self.export_path(id, receipt.format);
        let bytes = tokio::fs::read(&path)
            .await
            .map_err(|_| AppError::not_found("export file", id))?;
        Ok((receipt, bytes))
    }

    /// Runs the query of a receipt again: the sha-256 when the rows, and so the bytes, are the same, else what
    /// changed.
    pub async fn rerun_export(&self, viewer: &SignedIn, id: Uuid) -> Result<String, AppError> {
        let receipt = self.own_receipt(viewer, id).await?;
        let (cube, asked) = parse_query(&receipt.query)?;
        let again = self
            .home
            .join("exports")
            .join(format!("{}.rerun", self.clock.new_id()));
        let produced = self
            .produce(
                &viewer.scope,
                cube,
                &asked,
                &viewer.user.name,
                Some(stamp_of(&receipt)?),
                again.clone(),
            )
            .await;
        // It may not have come to be written.
        let _ = tokio::fs::remove_file(&again).await;
        let produced = produced?;
        if produced.written.sha256 == receipt.sha256 {
            return Ok(receipt.sha256);
        }
        let (added, gone, changed) = compare(
            receipt.row_digests.as_deref().unwrap_or_default(),
            &produced.digests,
        );
        Err(AppError::Changed {
            detail: format!(
                "the data is at version {} now, the receipt was written at {}: {added} rows added, {gone} gone, {changed} changed",
                produced.data_version, receipt.data_version
            ),
            added,
            gone,
            changed,
        })
    }
}

fn described(
    receipt: geocrm_store::ExportReceipt,
    user_name: &str,
) -> Result<ExportReceipt, AppError> {
    let (cube, asked) = parse_query(&receipt.query)?;
    Ok(ExportReceipt {
        id: receipt.id,
        query_text: query_text(cube, &asked),
        cube: receipt.cube,
        format: asked.format,
        file_name: receipt.file_name,
        rows: receipt.rows.unsigned_abs(),
        bytes: receipt.bytes.unsigned_abs(),
        sha256: receipt.sha256,
        data_version: receipt.data_version.to_string(),
        created_at: receipt.created_at,
        user_name: user_name.to_owned(),
    })
}
