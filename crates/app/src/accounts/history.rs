//! What was done to an account, by whom and when: field by field, as the audit trail has it.

use super::gone;
use crate::App;
use crate::error::AppError;
use crate::session::SignedIn;
use chrono::{DateTime, Utc};
use geocrm_domain::{AccountId, UserId};

#[derive(Debug, Clone)]
pub struct FieldChange {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

#[derive(Debug, Clone)]
pub struct HistoryEntry {
    pub at: DateTime<Utc>,
    pub user: Option<(UserId, String)>,
    pub action: String,
    pub changes: Vec<FieldChange>,
}

impl App {
    pub async fn account_history(
        &self,
        viewer: &SignedIn,
        id: AccountId,
    ) -> Result<Vec<HistoryEntry>, AppError> {
        let entries = self
            .store
            .account_history(&viewer.scope, id)
            .await?
            .ok_or_else(|| gone(id))?;
        let names = self.user_names().await?;
        Ok(entries
            .into_iter()
            .map(|entry| HistoryEntry {
                at: entry.at,
                user: entry
                    .user
                    .map(|id| (id, names.get(&id).cloned().unwrap_or_default())),
                action: entry.action,
                changes: entry
                    .changes
                    .into_iter()
                    .map(|c| FieldChange {
                        field: c.field,
                        old: c.old,
                        new: c.new,
                    })
                    .collect(),
            })
            .collect())
    }
}
