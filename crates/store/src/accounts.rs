//! Reading accounts inside a scope: a record outside it is absent, whether its id was guessed or listed.

use crate::row;
use crate::scope::push_account_scope;
use crate::{Doing, Result, Store};
use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt};
use geocrm_domain::record::Setting;
use geocrm_domain::{
    Account, AccountId, AccountKind, AccountStatus, AddressId, LngLat, PlaceState, UserId,
    VisibleScope,
};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

/// An account with what stands around its place.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountRecord {
    pub account: Account,
    pub setting: Setting,
}

/// Who changes something, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// `None` for the program itself (a load, the command line).
    pub user: Option<UserId>,
    pub at: DateTime<Utc>,
}

/// One changed field, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryChange {
    pub field: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    pub at: DateTime<Utc>,
    pub user: Option<UserId>,
    /// `create`, `update`, `move`, `delete`, `restore`, `import`, `undo`.
    pub action: String,
    pub changes: Vec<HistoryChange>,
}

pub(crate) fn record(row: &PgRow) -> Result<AccountRecord, sqlx::Error> {
    Ok(AccountRecord {
        account: Account {
            id: AccountId(row.try_get("id")?),
            version: row.try_get("version")?,
            name: row.try_get("name")?,
            kind: row::code(row, "kind", AccountKind::parse)?,
            status: row::code(row, "status", AccountStatus::parse)?,
            category: row.try_get("category")?,
            email: row.try_get("email")?,
            phone: row.try_get("phone")?,
            note: row.try_get("note")?,
            address: row::address(row)?,
            place: row::place_opt(row)?,
            place_state: row::code(row, "place_state", PlaceState::parse)?,
            address_id: row.try_get::<Option<i64>, _>("address_id")?.map(AddressId),
            territory: row.try_get("territory")?,
            owner: row.try_get::<Option<Uuid>, _>("owner_id")?.map(UserId),
            revenue_cents: row.try_get("revenue_cents")?,
            currency: row.try_get("currency")?,
            external_key: row.try_get("external_key")?,
            customer_since_on: row.try_get("customer_since_on")?,
            last_contact_on: row.try_get("last_contact_on")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            deleted_at: row.try_get("deleted_at")?,
        },
        setting: row::setting(row)?,
    })
}

fn select(scope: &VisibleScope, from: &'static str) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT a.* FROM ");
    sql.push(from).push(" WHERE (");
    push_account_scope(&mut sql, scope);
    sql.push(")");
    sql
}

impl Store {
    /// Also a deleted one, so that it can be shown and restored.
    pub async fn account(
        &self,
        scope: &VisibleScope,
        id: AccountId,
    ) -> Result<Option<AccountRecord>> {
        let mut sql = select(scope, "accounts a");
        sql.push(" AND a.id = ").push_bind(id.0);
        sql.build()
            .try_map(|row| record(&row))
            .fetch_optional(&self.pool)
            .await
            .doing("reading an account")
    }

    /// In the order asked, without deleted ones; ids outside the scope are left out.
    pub async fn accounts_by_ids(
        &self,
        scope: &VisibleScope,
        ids: &[AccountId],
    ) -> Result<Vec<AccountRecord>> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let mut sql = QueryBuilder::new("SELECT a.* FROM unnest(");
        sql.push_bind(ids);
        sql.push("::uuid[]) WITH ORDINALITY asked (id, place) JOIN accounts a ON a.id = asked.id WHERE a.deleted_at IS NULL AND (");
        push_account_scope(&mut sql, scope);
        sql.push(") ORDER BY asked.place");
        sql.build()
            .try_map(|row| record(&row))
            .fetch_all(&self.pool)
            .await
            .doing("reading accounts")
    }

    /// Every account in the scope that is not deleted, by id.
    pub async fn accounts(&self, scope: &VisibleScope) -> Result<Vec<AccountRecord>> {
        let mut sql = select(scope, "accounts a");
        sql.push(" AND a.deleted_at IS NULL ORDER BY a.id");
        sql.build()
            .try_map(|row| record(&row))
            .fetch_all(&self.pool)
            .await
            .doing("reading accounts")
    }

    /// Accounts whose name, category, e-mail address or street has the text in it, names that begin with it first.
    pub async fn search_accounts(
        &self,
        scope: &VisibleScope,
        text: &str,
        limit: i64,
    ) -> Result<Vec<AccountRecord>> {
        let literal = text
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        let inside = format!("%{literal}%");
        let mut sql = select(scope, "accounts a");
        sql.push(" AND a.deleted_at IS NULL AND (a.name ILIKE ")
            .push_bind(inside.clone());
        sql.push(" OR a.category ILIKE ").push_bind(inside.clone());
        sql.push(" OR a.email ILIKE ").push_bind(inside.clone());
        sql.push(" OR a.street ILIKE ").push_bind(inside);
        sql.push(") ORDER BY (a.name ILIKE ")
            .push_bind(format!("{literal}%"));
        sql.push(") DESC, a.name, a.id LIMIT ").push_bind(limit);
        sql.build()
            .try_map(|row| record(&row))
            .fetch_all(&self.pool)
            .await
            .doing("searching accounts")
    }

    /// Accounts of a source by their keys in it, deleted ones too: what an import would meet.
    pub async fn accounts_by_external_keys(
        &self,
        scope: &VisibleScope,
        source: &str,
        keys: &[String],
    ) -> Result<Vec<AccountRecord>> {
        let mut sql = select(scope, "accounts a");
        sql.push(" AND a.source = ").push_bind(source.to_owned());
        sql.push(" AND a.external_key = ANY(")
            .push_bind(keys.to_vec())
            .push(") ORDER BY a.id");
        sql.build()
            .try_map(|row| record(&row))
            .fetch_all(&self.pool)
            .await
            .doing("looking up external keys")
    }

    /// Names and places of accounts in a scope, streamed for indexes.
    pub fn stream_account_places(
        &self,
    ) -> impl Stream<Item = Result<(AccountId, LngLat)>> + Send + '_ {
        sqlx::query(
            "SELECT id, lng_e7, lat_e7 FROM accounts
             WHERE deleted_at IS NULL AND place_state IN ('matched', 'pinned') ORDER BY id",
        )
        .fetch(&self.pool)
        .map(|row| {
            let parse = |row: PgRow| Ok((AccountId(row.try_get("id")?), row::place(&row)?));
            row.and_then(parse).doing("reading the places of accounts")
        })
    }

    /// What happened to an account, newest first; `None` when it is not in the scope.
    pub async fn account_history(
        &self,
        scope: &VisibleScope,
        id: AccountId,
    ) -> Result<Option<Vec<HistoryEntry>>> {
        if self.account(scope, id).await?.is_none() {
            return Ok(None);
        }
        let entries = sqlx::query(
            "SELECT at, user_id, action, fields, old_values, new_values FROM (
                 SELECT seq AS tie, at, user_id, action, fields, old_values, new_values
                 FROM audit_log WHERE subject_kind = 'account' AND subject_id = $1::text
                 UNION ALL
                 SELECT r.after_version, w.at, w.user_id, w.action, c.fields,
                        CASE WHEN w.action = 'import' THEN c.before ELSE c.after END,
                        CASE WHEN w.action = 'import' THEN c.after ELSE c.before END
                 FROM import_rows r
                 JOIN imports i ON i.id = r.import_id
                 CROSS JOIN LATERAL (VALUES ('import', i.imported_at, i.user_id), ('undo', i.undone_at, i.undone_by))
                     w (action, at, user_id)
                 CROSS JOIN LATERAL (
                     SELECT coalesce(array_agg(key ORDER BY key), '{}') AS fields,
                            coalesce(array_agg(r.before ->> key ORDER BY key), '{}') AS before,
                            coalesce(array_agg(r.after ->> key ORDER BY key), '{}') AS after
                     FROM jsonb_object_keys(r.after) key
                     WHERE (r.before ->> key) IS DISTINCT FROM (r.after ->> key)
                       AND key NOT IN ('id', 'version', 'quadkey', 'h3', 'created_at', 'updated_at')) c
                 WHERE r.account_id = $1 AND w.at IS NOT NULL) every
             ORDER BY at DESC, tie DESC",
        )
        .bind(id.0)
        .try_map(|row: PgRow| {
            let fields: Vec<String> = row.try_get("fields")?;
            let old: Vec<Option<String>> = row.try_get("old_values")?;
            let new: Vec<Option<String>> = row.try_get("new_values")?;
            let changes = fields.into_iter().zip(old.into_iter().zip(new));
            Ok(HistoryEntry {
                at: row.try_get("at")?,
                user: row.try_get::<Option<Uuid>, _>("user_id")?.map(UserId),
                action: row.try_get("action")?,
                changes: changes
                    .map(|(field, (old, new))| HistoryChange { field, old, new })
                    .collect(),
            })
        })
        .fetch_all(&self.pool)
        .await
        .doing("reading the history of an account")?;
        Ok(Some(entries))
    }
}
