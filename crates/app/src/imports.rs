//! Importing account files: read, find places and territories, say per row what would happen, then publish
//! everything in one transaction that can be taken back exactly. The same file twice changes nothing.

use crate::App;
use crate::error::AppError;
use crate::geocoding::{Query, State, place_of};
use geocrm_domain::dataset::Rejection;
use geocrm_domain::record::{AccountRow, Setting};
use geocrm_domain::{
    Account, AccountId, AddressId, ImportId, LngLat, PlaceState, UserId, VisibleScope,
};
use geocrm_store::{AccountRecord, Actor, Import, ImportMeta};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;

/// What an import does or would do; the verdicts add up to the rows of the file.
#[derive(Debug, Clone, Default)]
pub struct ImportReport {
    /// `None` for a dry run, or when there is nothing to write.
    pub id: Option<ImportId>,
    pub created: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub rejections: Vec<Rejection>,
    /// Of the rows to be written.
    pub matched: u64,
    pub doubtful: u64,
    pub failed: u64,
}

/// Rows of a file on their way into accounts.
struct Prepared {
    created: Vec<AccountRecord>,
    updated: Vec<AccountRecord>,
    unchanged: u64,
}

/// Records of an import that write nothing to an account when they are equal to it.
fn same_content(a: &Account, b: &Account) -> bool {
    let blank = |account: &Account| {
        let mut copy = account.clone();
        (copy.version, copy.created_at, copy.updated_at) =
            (0, account.created_at, account.created_at);
        copy.created_at = b.created_at;
        copy.updated_at = b.created_at;
        copy
    };
    blank(a) == blank(b)
}

impl App {
    /// Reads an account file and imports it; a dry run only says what would happen.
    pub async fn import_file(&self, path: &Path, dry_run: bool) -> Result<ImportReport, AppError> {
        let bytes = std::fs::read(path).map_err(|source| AppError::Io {
            context: format!("reading {}", path.display()),
            source,
        })?;
        let file_sha256 = hex::encode(Sha256::digest(&bytes));
        drop(bytes);
        let owned = path.to_owned();
        let (rows, rejections) =
            tokio::task::spawn_blocking(move || geocrm_ingest::accounts::read(&owned, None))
                .await
                .map_err(|e| AppError::internal("reading accounts", e))?
                .map_err(|e| AppError::invalid(e.to_string()))?;
        let name = path
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let source = path
            .file_stem()
            .map_or_else(|| name.clone(), |n| n.to_string_lossy().into_owned());
        let meta = ImportMeta {
            id: ImportId(self.clock.new_id()),
            file_name: name,
            file_sha256,
            source,
        };
        let mut report = self.import_rows(meta, rows, dry_run).await?;
        report.rejections = rejections;
        Ok(report)
    }

    /// Imports rows under a source; records of the same source and key are updated.
    pub(crate) async fn import_rows(
        &self,
        meta: ImportMeta,
        rows: Vec<AccountRow>,
        dry_run: bool,
    ) -> Result<ImportReport, AppError> {
        let prepared = self.prepare(&meta.source, rows).await?;
        let mut report = ImportReport {
            created: prepared.created.len() as u64,
            updated: prepared.updated.len() as u64,
            unchanged: prepared.unchanged,
            ..ImportReport::default()
        };
        let written: Vec<AccountRecord> = prepared
            .created
            .into_iter()
            .chain(prepared.updated)
            .collect();
        for record in &written {
            match record.account.place_state {
                PlaceState::Matched | PlaceState::Pinned => report.matched += 1,
                PlaceState::Doubtful => report.doubtful += 1,
                PlaceState::Failed => report.failed += 1,
            }
        }
        if dry_run || written.is_empty() {
            return Ok(report);
        }
        let actor = Actor {
            user: None,
            at: self.clock.now(),
        };
        report.id = Some(meta.id);
        self.store.import_accounts(actor, meta, &written).await?;
        self.catch_up().await?;
        Ok(report)
    }

    /// Takes an import back exactly.
    pub async fn undo_import(&self, id: ImportId) -> Result<Import, AppError> {
        let actor = Actor {
            user: None,
            at: self.clock.now(),
        };
        let undone = self.store.undo_import(actor, id).await?;
        self.catch_up().await?;
        Ok(undone)
    }

    async fn prepare(&self, source: &str, rows: Vec<AccountRow>) -> Result<Prepared, AppError> {
        let owners: HashMap<String, UserId> = self
            .store
            .users()
            .await?
            .into_iter()
            .map(|u| (u.email.to_lowercase(), u.id))
            .collect();
        let territories = self.store.territories().await?;
        let keys: Vec<String> = rows.iter().map(|row| row.external_key.clone()).collect();
        let known = self
            .store
            .accounts_by_external_keys(&VisibleScope::everything(), source, &keys)
            .await?;
        let known: HashMap<String, AccountRecord> = known
            .into_iter()
            .filter_map(|r| Some((r.account.external_key.clone()?, r)))
            .collect();
        let places = self.places(&rows).await?;
        let settings = self.settings_of(&places).await?;
        let now = self.clock.now();
        let mut prepared = Prepared {
            created: Vec::new(),
            updated: Vec::new(),
            unchanged: 0,
        };
        for ((row, place), setting) in rows.into_iter().zip(places).zip(settings) {
            let before = known.get(&row.external_key);
            let path = self.region_path(setting.leaves.admin);
            let territory = row
                .territory
                .or_else(|| Self::territory_of(&territories, &path));
            let account = Account {
                id: before.map_or_else(|| AccountId(self.clock.new_id()), |b| b.account.id),
                version: before.map_or(1, |b| b.account.version),
                name: row.name,
                kind: row.kind,
                status: row.status,
                category: row.category,
                email: row.email,
                phone: row.phone,
                note: row.note,
                address: row.address,
                place: place.at,
                place_state: place.state,
                address_id: place.address,
                territory,
                owner: row
                    .owner_email
                    .and_then(|email| owners.get(&email.to_lowercase()).copied()),
                revenue_cents: row.revenue_cents,
                currency: "EUR".to_owned(),
                external_key: Some(row.external_key),
                customer_since_on: row.customer_since_on,
                last_contact_on: row.last_contact_on,
                created_at: before.map_or(now, |b| b.account.created_at),
                updated_at: now,
                // A deleted record stays deleted; it is restored by hand.
                deleted_at: before.and_then(|b| b.account.deleted_at),
            };
            let record = AccountRecord { account, setting };
            match before {
                None => prepared.created.push(record),
                Some(before) if same_content(&before.account, &record.account) => {
                    prepared.unchanged += 1;
                }
                Some(_) => prepared.updated.push(record),
            }
        }
        Ok(prepared)
    }

    /// The place each row gives, else the one its address leads to.
    async fn places(&self, rows: &[AccountRow]) -> Result<Vec<Placed>, AppError> {
        let mut places = vec![
            Placed {
                at: None,
                state: PlaceState::Failed,
                address: None
            };
            rows.len()
        ];
        let mut asked = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            match row.place {
                Some(place) => {
                    places[at] = Placed {
                        at: Some(place),
                        state: PlaceState::Matched,
                        address: None,
                    }
                }
                None => asked.push(at),
            }
        }
        let queries = asked
            .iter()
            .map(|at| Query {
                text: None,
                address: rows[*at].address.clone(),
            })
            .collect();
        for (at, found) in asked.into_iter().zip(self.geocode(queries).await?) {
            let candidate = place_of(&found);
            places[at] = Placed {
                at: candidate.map(|c| c.place),
                address: candidate.map(|c| c.id),
                state: match found.state {
                    State::Matched => PlaceState::Matched,
                    State::Doubtful if candidate.is_some() => PlaceState::Doubtful,
                    State::Doubtful | State::Failed => PlaceState::Failed,
                },
            };
        }
        Ok(places)
    }

    async fn settings_of(&self, places: &[Placed]) -> Result<Vec<Setting>, AppError> {
        let confirmed: Vec<(LngLat, Option<AddressId>)> = places
            .iter()
            .filter(|p| p.state.is_confirmed())
            .filter_map(|p| Some((p.at?, p.address)))
            .collect();
        let mut found = self.settings_at(&confirmed).await?.into_iter();
        let setting = |p: &Placed| match (p.state.is_confirmed(), p.at) {
            (true, Some(_)) => found.next().unwrap_or_default(),
            _ => Setting::default(),
        };
        Ok(places.iter().map(setting).collect())
    }
}

#[derive(Debug, Clone, Copy)]
struct Placed {
    at: Option<LngLat>,
    state: PlaceState,
    address: Option<AddressId>,
}
