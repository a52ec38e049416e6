//! Tables of rows × columns, by the engine at one data version.

use crate::App;
use crate::error::AppError;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::{Pivot, PivotQuery, VisibleScope};
use std::sync::Arc;

impl App {
    /// At the version named, else at the newest.
    pub async fn pivot(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        asked: &PivotQuery,
        at: Option<&str>,
    ) -> Result<(String, Pivot), AppError> {
        let snapshot = self.engine.at(at)?;
        let (cubes, scope, asked) = (Arc::clone(&snapshot), scope.clone(), asked.clone());
        let pivot = tokio::task::spawn_blocking(move || cubes.pivot(&scope, cube, &asked))
            .await
            .map_err(|e| AppError::internal("answering", e))??;
        Ok((snapshot.version.clone(), pivot))
    }
}
