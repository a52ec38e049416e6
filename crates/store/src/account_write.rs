//! Changing one account: the record, its audit entry and its change notice in one transaction. Whoever edits
//! names the version they saw; a record that moved on meanwhile is returned as it is now.

use crate::accounts::record;
use crate::row::signed_quadkey;
use crate::scope::push_account_scope;
use crate::{AccountRecord, Actor, Doing, Result, Store, StoreError, audit};
use geocrm_domain::catalogue::H3_FINEST;
use geocrm_domain::place::Confidence;
use geocrm_domain::record::Setting;
use geocrm_domain::region::RegionId;
use geocrm_domain::{Account, AccountId, VisibleScope};
use sqlx::query_builder::Separated;
use sqlx::{PgConnection, Postgres, QueryBuilder};

/// Columns that [`push_values`] binds, in its order; `id` first.
pub(crate) const COLUMNS: &str = "id, version, name, kind, status, category, email, phone, note, street, house_number,
    postcode, city, country, lng_e7, lat_e7, quadkey, h3, place_state, address_id, territory, owner_id, revenue_cents,
    currency, external_key, customer_since_on, last_contact_on, housing_type, housing_type_confidence, building_form,
    building_form_confidence, building_use, building_use_confidence, building_year, storeys, footprint_m2,
    park_distance_m, road_condition, region_id, region_2016_id, region_2015_id, created_at, updated_at, deleted_at";

/// A field of an account as people see it, for differences and audit.
pub type AccountField = (&'static str, Option<String>);

/// Field names and values of an account as text, in a fixed order.
pub(crate) fn fields(a: &Account) -> Vec<AccountField> {
    let text = |t: &str| Some(t.to_owned());
    vec![
        ("name", text(&a.name)),
        ("kind", text(a.kind.code())),
        ("status", text(a.status.code())),
        ("category", a.category.clone()),
        ("email", a.email.clone()),
        ("phone", a.phone.clone()),
        ("note", a.note.clone()),
        ("street", a.address.street.clone()),
        ("house_number", a.address.house_number.clone()),
        ("postcode", a.address.postcode.clone()),
        ("city", a.address.city.clone()),
        ("country", a.address.country.clone()),
        ("lng", a.place.map(|p| format!("{:.7}", p.lng()))),
        ("lat", a.place.map(|p| format!("{:.7}", p.lat()))),
        ("place_state", text(a.place_state.code())),
        ("territory", a.territory.clone()),
        ("owner_id", a.owner.map(|o| o.to_string())),
        ("revenue_cents", a.revenue_cents.map(|c| c.to_string())),
        ("currency", text(&a.currency)),
        ("external_key", a.external_key.clone()),
        (
            "customer_since_on",
            a.customer_since_on.map(|d| d.to_string()),
        ),
        ("last_contact_on", a.last_contact_on.map(|d| d.to_string())),
        ("deleted_at", a.deleted_at.map(|t| t.to_rfc3339())),
    ]
}

pub(crate) fn push_values(sql: &mut QueryBuilder<Postgres>, r: &AccountRecord) {
    let (a, s) = (&r.account, &r.setting);
    let mut values = sql.separated(", ");
    values
        .push_bind(a.id.0)
        .push_bind(a.version)
        .push_bind(a.name.clone())
        .push_bind(a.kind.code())
        .push_bind(a.status.code())
        .push_bind(a.category.clone())
        .push_bind(a.email.clone())
        .push_bind(a.phone.clone())
        .push_bind(a.note.clone())
        .push_bind(a.address.street.clone())
        .push_bind(a.address.house_number.clone())
        .push_bind(a.address.postcode.clone())
        .push_bind(a.address.city.clone())
        .push_bind(a.address.country.clone())
        .push_bind(a.place.map(|p| p.lng_e7))
        .push_bind(a.place.map(|p| p.lat_e7))
        .push_bind(a.place.map(signed_quadkey))
        .push_bind(a.place.map(|p| p.h3_cell(H3_FINEST) as i64))
        .push_bind(a.place_state.code())
        .push_bind(a.address_id.map(|id| id.0))
        .push_bind(a.territory.clone())
        .push_bind(a.owner.map(|o| o.0))
        .push_bind(a.revenue_cents)
        .push_bind(a.currency.clone())
        .push_bind(a.external_key.clone())
        .push_bind(a.customer_since_on)
        .push_bind(a.last_contact_on);
    push_setting(&mut values, s);
    values
        .push_bind(a.created_at)
        .push_bind(a.updated_at)
        .push_bind(a.deleted_at);
}

fn push_setting(values: &mut Separated<'_, Postgres, &'static str>, s: &Setting) {
    fn sure<T>(
        values: &mut Separated<'_, Postgres, &'static str>,
        value: Option<(T, Confidence)>,
        code: impl Fn(T) -> &'static str,
    ) {
        let (value, confidence) = value.map(|(v, c)| (code(v), c.code())).unzip();
        values.push_bind(value).push_bind(confidence);
    }
    sure(
        values,
        s.housing_type,
        geocrm_domain::place::HousingType::code,
    );
    sure(
        values,
        s.building_form,
        geocrm_domain::place::BuildingForm::code,
    );
    sure(
        values,
        s.building_use,
        geocrm_domain::place::BuildingUse::code,
    );
    let leaf = |leaf: Option<RegionId>| leaf.map(|r| r.0);
    values
        .push_bind(s.building_year)
        .push_bind(s.storeys)
        .push_bind(s.footprint_m2)
        .push_bind(s.park_distance_m)
        .push_bind(s.road_condition)
        .push_bind(leaf(s.leaves.admin))
        .push_bind(leaf(s.leaves.admin_2016))
        .push_bind(leaf(s.leaves.admin_2015));
}

impl Store {
    /// Stores a new account at version 1; its times become the actor's. It must lie inside the scope.
    pub async fn create_account(
        &self,
        scope: &VisibleScope,
        actor: Actor,
        account: Account,
        setting: Setting,
    ) -> Result<AccountRecord> {
        let doing = "creating an account";
        require_inside(scope, &account)?;
        let mut new = AccountRecord { account, setting };
        new.account.version = 1;
        new.account.created_at = actor.at;
        new.account.updated_at = actor.at;
        new.account.deleted_at = None;
        let mut tx = self.pool.begin().await.doing(doing)?;
        let mut sql = QueryBuilder::new("INSERT INTO accounts (");
        sql.push(COLUMNS).push(") VALUES (");
        push_values(&mut sql, &new);
        sql.push(") RETURNING *");
        let stored = sql
            .build()
            .try_map(|row| record(&row))
            .fetch_one(&mut *tx)
            .await
            .doing(doing)?;
        let changes = fields(&stored.account)
            .into_iter()
            .filter(|(_, value)| value.is_some())
            .map(|(field, value)| (field, None, value))
            .collect();
        announce(&mut tx, actor, "create", stored.account.id, changes)
            .await
            .doing(doing)?;
        tx.commit().await.doing(doing)?;
        Ok(stored)
    }

    /// Replaces the contents of an account that is still at `expected`; `None` when it is not in the scope or
    /// deleted. Its id, version and times are kept by the store; nothing is written when nothing differs.
    pub async fn update_account(
        &self,
        scope: &VisibleScope,
        actor: Actor,
        expected: i64,
        account: Account,
        setting: Setting,
    ) -> Result<Option<AccountRecord>> {
        self.change_account(
            scope,
            actor,
            account.id,
            Some(expected),
            "update",
            |current| {
                if current.account.deleted_at.is_some() {
                    return None;
                }
                let mut account = account;
                account.created_at = current.account.created_at;
                account.deleted_at = None;
                Some(AccountRecord { account, setting })
            },
        )
        .await
    }

    /// As [`Store::update_account`], entered in the history as a move.
    pub async fn move_account(
        &self,
        scope: &VisibleScope,
        actor: Actor,
        expected: i64,
        account: Account,
        setting: Setting,
    ) -> Result<Option<AccountRecord>> {
        self.change_account(
            scope,
            actor,
            account.id,
            Some(expected),
            "move",
            |current| {
                if current.account.deleted_at.is_some() {
                    return None;
                }
                let mut account = account;
                account.created_at = current.account.created_at;
                account.deleted_at = None;
                Some(AccountRecord { account, setting })
            },
        )
        .await
    }

    /// Marks an account as deleted; `None` when it is not in the scope or deleted already.
    pub async fn delete_account(
        &self,
        scope: &VisibleScope,
        actor: Actor,
        id: AccountId,
        expected: i64,
    ) -> Result<Option<AccountRecord>> {
        self.change_account(scope, actor, id, Some(expected), "delete", |current| {
            let mut next = current.clone();
            next.account.deleted_at = Some(actor.at);
            current.account.deleted_at.is_none().then_some(next)
        })
        .await
    }

    /// Takes a deletion back; `None` when the account is not in the scope or not deleted.
    pub async fn restore_account(
        &self,
        scope: &VisibleScope,
        actor: Actor,
        id: AccountId,
    ) -> Result<Option<AccountRecord>> {
        self.change_account(scope, actor, id, None, "restore", |current| {
            let mut next = current.clone();
            next.account.deleted_at = None;
            current.account.deleted_at.is_some().then_some(next)
        })
        .await
    }

    async fn change_account(
        &self,
        scope: &VisibleScope,
        actor: Actor,
        id: AccountId,
        expected: Option<i64>,
        action: &'static str,
        change: impl FnOnce(&AccountRecord) -> Option<AccountRecord> + Send,
    ) -> Result<Option<AccountRecord>> {
        let doing = "changing an account";
        let mut tx = self.pool.begin().await.doing(doing)?;
        let Some(current) = lock(&mut tx, scope, id).await.doing(doing)? else {
            return Ok(None);
        };
        let Some(mut next) = change(&current) else {
            return Ok(None);
        };
        if expected.is_some_and(|version| version != current.account.version) {
            return Err(StoreError::Conflict(Box::new(current)));
        }
        require_inside(scope, &next.account)?;
        next.account.version = current.account.version;
        next.account.updated_at = current.account.updated_at;
        if next == current {
            return Ok(Some(current));
        }
        next.account.version += 1;
        next.account.updated_at = actor.at;
        let mut sql = QueryBuilder::new("UPDATE accounts SET (");
        sql.push(COLUMNS).push(") = ROW(");
        push_values(&mut sql, &next);
        sql.push(") WHERE id = ")
            .push_bind(id.0)
            .push(" RETURNING *");
        let stored = sql
            .build()
            .try_map(|row| record(&row))
            .fetch_one(&mut *tx)
            .await
            .doing(doing)?;
        let changes = differences(&current.account, &stored.account);
        announce(&mut tx, actor, action, id, changes)
            .await
            .doing(doing)?;
        tx.commit().await.doing(doing)?;
        Ok(Some(stored))
    }
}

fn require_inside(scope: &VisibleScope, account: &Account) -> Result<()> {
    if scope.sees(account.territory.as_deref(), account.owner) {
        Ok(())
    } else {
        Err(StoreError::OutsideScope)
    }
}

async fn lock(
    conn: &mut PgConnection,
    scope: &VisibleScope,
    id: AccountId,
) -> Result<Option<AccountRecord>, sqlx::Error> {
    let mut sql = QueryBuilder::new("SELECT a.* FROM accounts a WHERE a.id = ");
    sql.push_bind(id.0).push(" AND (");
    push_account_scope(&mut sql, scope);
    sql.push(") FOR UPDATE");
    sql.build()
        .try_map(|row| record(&row))
        .fetch_optional(conn)
        .await
}

fn differences(old: &Account, new: &Account) -> audit::FieldChanges {
    fields(old)
        .into_iter()
        .zip(fields(new))
        .filter(|((_, old), (_, new))| old != new)
        .map(|((field, old), (_, new))| (field, old, new))
        .collect()
}

/// The change notice, then the audit entry: its chain makes writers wait, so it comes last.
async fn announce(
    conn: &mut PgConnection,
    actor: Actor,
    action: &'static str,
    id: AccountId,
    changes: audit::FieldChanges,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO outbox (kind, id) VALUES ('account', $1)")
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    audit::append(conn, actor, action, "account", &id.to_string(), changes).await
}
