//! Keeping accounts: create, change, move, find again, delete, restore. Each write brings the account's
//! place, territory and surroundings columns along, and the engine follows before the caller hears back.

use super::{AccountView, gone};
use crate::App;
use crate::error::AppError;
use crate::session::SignedIn;
use chrono::NaiveDate;
use geocrm_domain::{
    Account, AccountId, AccountKind, AccountStatus, LngLat, PlaceState, PostalAddress, UserId,
};
use geocrm_store::{AccountRecord, Actor};

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

impl App {
    fn actor(&self, viewer: &SignedIn) -> Actor {
        Actor {
            user: Some(viewer.user.id),
            at: self.clock.now(),
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
            self.locate(&mut account).await?;
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
                self.locate(&mut account).await?;
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
        self.locate(&mut account).await?;
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
}
