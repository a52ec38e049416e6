//! Accounts as they are read, with the names of their owners and regions. Writing them is `edit`, where they
//! stand and what surrounds them `place`, what was done to them `history`.

mod edit;
mod history;
mod place;

pub use edit::{AccountChange, NewAccount};
pub use history::{FieldChange, HistoryEntry};

use crate::App;
use crate::error::AppError;
use crate::session::SignedIn;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{Account, AccountId, UserId, VisibleScope};
use geocrm_store::AccountRecord;
use std::collections::HashMap;

/// An account with the names of its owner and regions.
#[derive(Debug, Clone)]
pub struct AccountView {
    pub account: Account,
    pub owner_name: Option<String>,
    /// Level, code and name, widest first.
    pub regions: Vec<(RegionLevel, String, String)>,
}

fn gone(id: AccountId) -> AppError {
    AppError::not_found("account", id)
}

impl App {
    fn view(&self, record: AccountRecord, names: &HashMap<UserId, String>) -> AccountView {
        let atlas = self.atlas();
        let path = record
            .setting
            .leaves
            .admin
            .map(|leaf| atlas.path(leaf))
            .unwrap_or_default();
        AccountView {
            owner_name: record.account.owner.and_then(|id| names.get(&id).cloned()),
            regions: path
                .into_iter()
                .map(|r| (r.level, r.code.clone(), r.name.clone()))
                .collect(),
            account: record.account,
        }
    }

    async fn user_names(&self) -> Result<HashMap<UserId, String>, AppError> {
        Ok(self
            .store
            .users()
            .await?
            .into_iter()
            .map(|u| (u.id, u.name))
            .collect())
    }

    pub(crate) async fn account_views(
        &self,
        scope: &VisibleScope,
        ids: &[AccountId],
    ) -> Result<Vec<AccountView>, AppError> {
        let records = self.store.accounts_by_ids(scope, ids).await?;
        let names = self.user_names().await?;
        Ok(records
            .into_iter()
            .map(|record| self.view(record, &names))
            .collect())
    }

    pub async fn account(&self, viewer: &SignedIn, id: AccountId) -> Result<AccountView, AppError> {
        let record = self
            .store
            .account(&viewer.scope, id)
            .await?
            .ok_or_else(|| gone(id))?;
        Ok(self.view(record, &self.user_names().await?))
    }
}
