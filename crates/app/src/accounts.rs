//! Keeping accounts: create, change, move, find again, delete, restore. Each write brings the account's
//! place, territory and surroundings columns along, and the engine follows before the caller hears back.

use crate::App;
use crate::error::AppError;
use crate::geocoding::place_of;
use crate::session::SignedIn;
use chrono::{DateTime, NaiveDate, Utc};
use geocrm_domain::record::Setting;
use geocrm_domain::region::{RegionId, RegionLevel};
use geocrm_domain::{
    Account, AccountId, AccountKind, AccountStatus, AddressId, LngLat, PlaceState, PostalAddress,
    UserId, VisibleScope,
};
use geocrm_geocode::State;
use geocrm_roads::Which;
use geocrm_store::{AccountRecord, Actor};
use std::collections::HashMap;

/// An account with the names of its owner and regions.
#[derive(Debug, Clone)]
pub struct AccountView {
    pub account: Account,
    pub owner_name: Option<String>,
    /// Level, code and name, widest first.
    pub regions: Vec<(RegionLevel, String, String)>,
}

#[derive(Debug, Clone)]
pub struct NewAccount {
    pub name: String,
    pub kind: AccountKind,
    pub status: AccountStatus,
    pub category: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub note: Option<String>,
    pub address: PostalAddress,
    /// `None`: found from the address.
    pub place: Option<LngLat>,
    pub territory: Option<String>,
    pub owner: Option<UserId>,
    pub revenue_cents: Option<i64>,
    pub customer_since_on: Option<NaiveDate>,
    pub last_contact_on: Option<NaiveDate>,
}

/// Fields to change: the outer `None` keeps, the inner clears.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    pub name: Option<String>,
    pub kind: Option<AccountKind>,
    pub status: Option<AccountStatus>,
    pub category: Option<Option<String>>,
    pub email: Option<Option<String>>,
    pub phone: Option<Option<String>>,
    pub note: Option<Option<String>>,
    pub address: Option<PostalAddress>,
    pub territory: Option<Option<String>>,
    pub owner: Option<Option<UserId>>,
    pub revenue_cents: Option<Option<i64>>,
    pub customer_since_on: Option<Option<NaiveDate>>,
    pub last_contact_on: Option<Option<NaiveDate>>,
}

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

/// A pin this close to a loaded address stands at that address, in metres.
const AT_THE_DOOR_M: f64 = 15.0;
const ROAD_REACH_M: f64 = 100.0;
const LONGEST_NAME: usize = 200;
const LONGEST_NOTE: usize = 10_000;

fn checked_name(name: &str) -> Result<String, AppError> {
    match name.trim() {
        "" => Err(AppError::field("name", None, "fill in a name")),
        long if long.chars().count() > LONGEST_NAME => Err(AppError::field(
            "name",
            None,
            format!("take at most {LONGEST_NAME} characters"),
        )),
        name => Ok(name.to_owned()),
    }
}

fn checked_text(
    field: &str,
    text: Option<String>,
    longest: usize,
) -> Result<Option<String>, AppError> {
    match text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()) {
        Some(long) if long.chars().count() > longest => Err(AppError::field(
            field,
            None,
            format!("take at most {longest} characters"),
        )),
        kept => Ok(kept),
    }
}

fn gone(id: AccountId) -> AppError {
    AppError::not_found("account", id)
}

impl App {
    fn actor(&self, viewer: &SignedIn) -> Actor {
        Actor {
            user: Some(viewer.user.id),
            at: self.clock.now(),
        }
    }

    /// What stands around a place; of an address that was matched, the address's own columns.
    pub(crate) async fn setting_at(
        &self,
        at: LngLat,
        address: Option<AddressId>,
    ) -> Result<Setting, AppError> {
        let found = self.settings_at(&[(at, address)]).await?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// The same for many places in one round trip.
    pub(crate) async fn settings_at(
        &self,
        places: &[(LngLat, Option<AddressId>)],
    ) -> Result<Vec<Setting>, AppError> {
        let atlas = self.atlas();
        let near = |at: LngLat| {
            let nearest = atlas.geocoder.reverse(at, 1).into_iter().next()?;
            (nearest.distance_m <= AT_THE_DOOR_M).then_some(nearest.id)
        };
        let doors: Vec<Option<AddressId>> = places
            .iter()
            .map(|(at, known)| known.or_else(|| near(*at)))
            .collect();
        let mut ids: Vec<i64> = doors.iter().flatten().map(|id| id.0).collect();
        ids.sort_unstable();
        ids.dedup();
        let loaded = self.store.addresses_by_ids(&ids).await?;
        let by_id: HashMap<i64, Setting> =
            loaded.into_iter().map(|a| (a.id, a.row.setting)).collect();
        let setting = |((at, _), door): (&(LngLat, Option<AddressId>), Option<AddressId>)| {
            let mut setting = door
                .and_then(|id| by_id.get(&id.0).cloned())
                .unwrap_or_else(|| Setting {
                    park_distance_m: atlas
                        .nearest_park(*at)
                        .map(|(_, metres)| metres.round() as i32),
                    road_condition: atlas
                        .roads
                        .nearest_road(*at, ROAD_REACH_M, Which::Drivable)
                        .and_then(|near| atlas.road(near.road_id)?.condition)
                        .map(i32::from),
                    ..Setting::default()
                });
            setting.leaves = atlas.index.leaves(*at);
            setting
        };
        Ok(places.iter().zip(doors).map(setting).collect())
    }

    /// The territory whose regions hold a place; `None` where there is none.
    pub(crate) fn territory_of(
        territories: &[geocrm_store::Territory],
        path: &[(RegionLevel, String)],
    ) -> Option<String> {
        territories
            .iter()
            .find(|t| t.regions.iter().any(|region| path.contains(region)))
            .map(|t| t.code.clone())
    }

    pub(crate) fn region_path(&self, leaf: Option<RegionId>) -> Vec<(RegionLevel, String)> {
        let atlas = self.atlas();
        leaf.map(|leaf| {
            atlas
                .path(leaf)
                .into_iter()
                .map(|r| (r.level, r.code.clone()))
                .collect()
        })
        .unwrap_or_default()
    }

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

    /// Finds the place of an address and says how sure it is.
    fn locate(&self, account: &mut Account) {
        let found = self.geocode_one(&account.address);
        let candidate = place_of(&found);
        account.place = candidate.map(|c| c.place);
        account.address_id = candidate.map(|c| c.id);
        account.place_state = match found.state {
            State::Matched => PlaceState::Matched,
            State::Doubtful if candidate.is_some() => PlaceState::Doubtful,
            State::Doubtful | State::Failed => PlaceState::Failed,
        };
    }

    async fn setting_of(&self, account: &Account) -> Result<Setting, AppError> {
        match account.place.filter(|_| account.place_state.is_confirmed()) {
            Some(at) => self.setting_at(at, account.address_id).await,
            None => Ok(Setting::default()),
        }
    }

    async fn check_assignment(&self, viewer: &SignedIn, account: &Account) -> Result<(), AppError> {
        if let Some(owner) = account.owner
            && !viewer.may_assign_to(owner)
        {
            return Err(AppError::field(
                "owner_id",
                None,
                "you may give accounts to yourself only",
            ));
        }
        if let Some(code) = &account.territory
            && !self
                .store
                .territories()
                .await?
                .iter()
                .any(|t| t.code == *code)
        {
            return Err(AppError::field(
                "territory",
                Some(code),
                "there is no such territory",
            ));
        }
        Ok(())
    }

    pub async fn create_account(
        &self,
        viewer: &SignedIn,
        new: NewAccount,
    ) -> Result<AccountView, AppError> {
        let now = self.clock.now();
        let mut account = Account {
            id: AccountId(self.clock.new_id()),
            version: 1,
            name: checked_name(&new.name)?,
            kind: new.kind,
            status: new.status,
            category: checked_text("category", new.category, LONGEST_NAME)?,
            email: checked_text("email", new.email, LONGEST_NAME)?,
            phone: checked_text("phone", new.phone, LONGEST_NAME)?,
            note: checked_text("note", new.note, LONGEST_NOTE)?,
            address: new.address,
            place: new.place,
            place_state: PlaceState::Pinned,
            address_id: None,
            territory: new.territory,
            owner: new.owner,
            revenue_cents: new.revenue_cents,
            currency: "EUR".to_owned(),
            external_key: None,
            customer_since_on: new.customer_since_on,
            last_contact_on: new.last_contact_on,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        };
        if account.place.is_none() {
            self.locate(&mut account);
        }
        let setting = self.setting_of(&account).await?;
        if account.territory.is_none() {
            let path = self.region_path(setting.leaves.admin);
            account.territory = Self::territory_of(&self.store.territories().await?, &path);
        }
        self.check_assignment(viewer, &account).await?;
        let id = account.id;
        self.store
            .create_account(&viewer.scope, self.actor(viewer), account, setting)
            .await?;
        self.catch_up().await?;
        self.account(viewer, id).await
    }

    pub async fn change_account(
        &self,
        viewer: &SignedIn,
        id: AccountId,
        expected: i64,
        change: AccountChange,
    ) -> Result<AccountView, AppError> {
        let record = self
            .store
            .account(&viewer.scope, id)
            .await?
            .ok_or_else(|| gone(id))?;
        let (mut account, mut setting) = (record.account, record.setting);
        if let Some(name) = change.name {
            account.name = checked_name(&name)?;
        }
        account.kind = change.kind.unwrap_or(account.kind);
        account.status = change.status.unwrap_or(account.status);
        for (field, sent, kept, longest) in [
            (
                "category",
                change.category,
                &mut account.category,
                LONGEST_NAME,
            ),
            ("email", change.email, &mut account.email, LONGEST_NAME),
            ("phone", change.phone, &mut account.phone, LONGEST_NAME),
            ("note", change.note, &mut account.note, LONGEST_NOTE),
        ] {
            if let Some(text) = sent {
                *kept = checked_text(field, text, longest)?;
            }
        }
        account.territory = change.territory.unwrap_or(account.territory);
        account.owner = change.owner.unwrap_or(account.owner);
        account.revenue_cents = change.revenue_cents.unwrap_or(account.revenue_cents);
        account.customer_since_on = change
            .customer_since_on
            .unwrap_or(account.customer_since_on);
        account.last_contact_on = change.last_contact_on.unwrap_or(account.last_contact_on);
        if let Some(address) = change.address.filter(|a| *a != account.address) {
            account.address = address;
            if account.place_state != PlaceState::Pinned {
                self.locate(&mut account);
                setting = self.setting_of(&account).await?;
            }
        }
        self.check_assignment(viewer, &account).await?;
        let changed = self
            .store
            .update_account(
                &viewer.scope,
                self.actor(viewer),
                expected,
                account,
                setting,
            )
            .await?;
        self.followed(id, changed).await
    }

    pub async fn move_account(
        &self,
        viewer: &SignedIn,
        id: AccountId,
        expected: i64,
        to: LngLat,
    ) -> Result<AccountView, AppError> {
        let mut account = self
            .store
            .account(&viewer.scope, id)
            .await?
            .ok_or_else(|| gone(id))?
            .account;
        account.place = Some(to);
        account.place_state = PlaceState::Pinned;
        account.address_id = None;
        let setting = self.setting_of(&account).await?;
        let moved = self
            .store
            .move_account(
                &viewer.scope,
                self.actor(viewer),
                expected,
                account,
                setting,
            )
            .await?;
        self.followed(id, moved).await
    }

    /// Takes a pin away and finds the place from the address.
    pub async fn geocode_account(
        &self,
        viewer: &SignedIn,
        id: AccountId,
        expected: i64,
    ) -> Result<AccountView, AppError> {
        let mut account = self
            .store
            .account(&viewer.scope, id)
            .await?
            .ok_or_else(|| gone(id))?
            .account;
        self.locate(&mut account);
        let setting = self.setting_of(&account).await?;
        let moved = self
            .store
            .move_account(
                &viewer.scope,
                self.actor(viewer),
                expected,
                account,
                setting,
            )
            .await?;
        self.followed(id, moved).await
    }

    pub async fn delete_account(
        &self,
        viewer: &SignedIn,
        id: AccountId,
        expected: i64,
    ) -> Result<AccountView, AppError> {
        let deleted = self
            .store
            .delete_account(&viewer.scope, self.actor(viewer), id, expected)
            .await?;
        self.followed(id, deleted).await
    }

    pub async fn restore_account(
        &self,
        viewer: &SignedIn,
        id: AccountId,
    ) -> Result<AccountView, AppError> {
        let restored = self
            .store
            .restore_account(&viewer.scope, self.actor(viewer), id)
            .await?;
        self.followed(id, restored).await
    }

    /// After a write: the engine catches up, then the caller sees what it wrote.
    async fn followed(
        &self,
        id: AccountId,
        written: Option<AccountRecord>,
    ) -> Result<AccountView, AppError> {
        let record = written.ok_or_else(|| gone(id))?;
        self.catch_up().await?;
        let names = self.user_names().await?;
        Ok(self.view(record, &names))
    }

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
