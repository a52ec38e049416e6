//! Importing a file of accounts in one publishing transaction, and undoing it exactly. Every touched record keeps
//! an image of what it was; the undo refuses to lose edits made since.

use crate::account_write::{COLUMNS, push_values};
use crate::{AccountRecord, Actor, Doing, Result, Store, StoreError, audit};
use chrono::{DateTime, Utc};
use geocrm_domain::{AccountId, ImportId, UserId};
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, QueryBuilder, Row};
use uuid::Uuid;

/// The file an import comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportMeta {
    pub id: ImportId,
    pub file_name: String,
    /// SHA-256 in hexadecimal.
    pub file_sha256: String,
    /// Within it external keys are unique: the same source imported again updates its records.
    pub source: String,
}

/// A finished import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub meta: ImportMeta,
    pub user: Option<UserId>,
    pub created: i64,
    pub updated: i64,
    pub imported_at: DateTime<Utc>,
    pub undone_at: Option<DateTime<Utc>>,
}

/// Rows of one INSERT: PostgreSQL takes 65,535 binds a statement, an account has 44.
const ROWS_PER_STATEMENT: usize = 1_000;
/// Edited records that an error names.
const NAMED_RECORDS: i64 = 100;

fn import(row: &PgRow) -> Result<Import, sqlx::Error> {
    Ok(Import {
        meta: ImportMeta {
            id: ImportId(row.try_get("id")?),
            file_name: row.try_get("file_name")?,
            file_sha256: row.try_get("file_sha256")?,
            source: row.try_get("source")?,
        },
        user: row.try_get::<Option<Uuid>, _>("user_id")?.map(UserId),
        created: row.try_get("created")?,
        updated: row.try_get("updated")?,
        imported_at: row.try_get("imported_at")?,
        undone_at: row.try_get("undone_at")?,
    })
}

impl Store {
    /// Publishes the rows: an id that is there is updated (its `version` must be the stored one, else
    /// [`StoreError::Conflict`]), any other is created at version 1. All or nothing, one change notice.
    pub async fn import_accounts(
        &self,
        actor: Actor,
        meta: ImportMeta,
        rows: &[AccountRecord],
    ) -> Result<Import> {
        let doing = "importing accounts";
        let mut tx = self.pool.begin().await.doing(doing)?;
        sqlx::query("CREATE TEMPORARY TABLE accounts_in (LIKE accounts) ON COMMIT DROP")
            .execute(&mut *tx)
            .await
            .doing(doing)?;
        for chunk in rows.chunks(ROWS_PER_STATEMENT) {
            stage(&mut tx, actor, chunk).await.doing(doing)?;
        }
        refuse_outdated(&mut tx).await?;
        sqlx::query(
            "INSERT INTO imports (id, file_name, file_sha256, source, user_id, created, updated, imported_at)
             SELECT $1, $2, $3, $4, $5, count(*) FILTER (WHERE a.id IS NULL), count(a.id), $6
             FROM accounts_in i LEFT JOIN accounts a ON a.id = i.id",
        )
        .bind(meta.id.0)
        .bind(&meta.file_name)
        .bind(&meta.file_sha256)
        .bind(&meta.source)
        .bind(actor.user.map(|u| u.0))
        .bind(actor.at)
        .execute(&mut *tx)
        .await
        .doing(doing)?;
        publish(&mut tx, &meta).await.doing(doing)?;
        notice(&mut tx, actor, "import", meta.id)
            .await
            .doing(doing)?;
        let stored = sqlx::query("SELECT * FROM imports WHERE id = $1")
            .bind(meta.id.0)
            .try_map(|row| import(&row))
            .fetch_one(&mut *tx)
            .await
            .doing(doing)?;
        tx.commit().await.doing(doing)?;
        Ok(stored)
    }

    /// Puts every record back as it was before the import and removes those it created. Refuses with
    /// [`StoreError::EditedSinceImport`] when one was edited since; nothing is changed then.
    pub async fn undo_import(&self, actor: Actor, id: ImportId) -> Result<Import> {
        let doing = "undoing an import";
        let mut tx = self.pool.begin().await.doing(doing)?;
        let before = sqlx::query("SELECT * FROM imports WHERE id = $1 FOR UPDATE")
            .bind(id.0)
            .try_map(|row| import(&row))
            .fetch_optional(&mut *tx)
            .await
            .doing(doing)?
            .ok_or(StoreError::UnknownImport(id))?;
        if before.undone_at.is_some() {
            return Err(StoreError::AlreadyUndone(id));
        }
        refuse_edited(&mut tx, id).await?;
        take_back(&mut tx, id).await.doing(doing)?;
        let undone = sqlx::query(
            "UPDATE imports SET undone_at = $2, undone_by = $3 WHERE id = $1 RETURNING *",
        )
        .bind(id.0)
        .bind(actor.at)
        .bind(actor.user.map(|u| u.0))
        .try_map(|row| import(&row))
        .fetch_one(&mut *tx)
        .await
        .doing(doing)?;
        notice(&mut tx, actor, "undo", id).await.doing(doing)?;
        tx.commit().await.doing(doing)?;
        Ok(undone)
    }

    /// Newest first.
    pub async fn imports(&self) -> Result<Vec<Import>> {
        sqlx::query("SELECT * FROM imports ORDER BY imported_at DESC, id DESC")
            .try_map(|row| import(&row))
            .fetch_all(&self.pool)
            .await
            .doing("reading the imports")
    }
}

async fn stage(
    conn: &mut PgConnection,
    actor: Actor,
    rows: &[AccountRecord],
) -> Result<(), sqlx::Error> {
    let mut sql = QueryBuilder::new("INSERT INTO accounts_in (");
    sql.push(COLUMNS).push(") VALUES ");
    for (i, row) in rows.iter().enumerate() {
        let mut row = row.clone();
        row.account.created_at = actor.at;
        row.account.updated_at = actor.at;
        sql.push(if i == 0 { "(" } else { ", (" });
        push_values(&mut sql, &row);
        sql.push(")");
    }
    sql.build().execute(conn).await?;
    Ok(())
}

async fn refuse_outdated(conn: &mut PgConnection) -> Result<()> {
    let doing = "comparing versions";
    // Locks every record the import touches, in one order.
    sqlx::query("SELECT a.id FROM accounts a JOIN accounts_in i ON i.id = a.id ORDER BY a.id FOR UPDATE OF a")
        .execute(&mut *conn)
        .await
        .doing(doing)?;
    let outdated = sqlx::query(
        "SELECT a.* FROM accounts a JOIN accounts_in i ON i.id = a.id WHERE a.version <> i.version ORDER BY a.id LIMIT 1",
    )
    .try_map(|row| crate::accounts::record(&row))
    .fetch_optional(conn)
    .await
    .doing(doing)?;
    match outdated {
        None => Ok(()),
        Some(current) => Err(StoreError::Conflict(Box::new(current))),
    }
}

async fn publish(conn: &mut PgConnection, meta: &ImportMeta) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE accounts_in i SET source = $1, version = coalesce(a.version, 0) + 1,
                created_at = coalesce(a.created_at, i.created_at)
         FROM accounts_in j LEFT JOIN accounts a ON a.id = j.id WHERE j.id = i.id",
    )
    .bind(&meta.source)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO import_rows (import_id, account_id, before, after, after_version)
         SELECT $1, i.id, to_jsonb(a), to_jsonb(i), i.version FROM accounts_in i LEFT JOIN accounts a ON a.id = i.id",
    )
    .bind(meta.id.0)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM accounts a USING accounts_in i WHERE a.id = i.id")
        .execute(&mut *conn)
        .await?;
    sqlx::query("INSERT INTO accounts SELECT * FROM accounts_in")
        .execute(conn)
        .await?;
    Ok(())
}

async fn refuse_edited(conn: &mut PgConnection, id: ImportId) -> Result<()> {
    let doing = "looking for edits since the import";
    sqlx::query(
        "SELECT a.id FROM accounts a JOIN import_rows r ON r.account_id = a.id AND r.import_id = $1
         ORDER BY a.id FOR UPDATE OF a",
    )
    .bind(id.0)
    .execute(&mut *conn)
    .await
    .doing(doing)?;
    let edited: Vec<Uuid> = sqlx::query_scalar(
        "SELECT r.account_id FROM import_rows r LEFT JOIN accounts a ON a.id = r.account_id
         WHERE r.import_id = $1 AND a.version IS DISTINCT FROM r.after_version ORDER BY 1 LIMIT $2",
    )
    .bind(id.0)
    .bind(NAMED_RECORDS)
    .fetch_all(conn)
    .await
    .doing(doing)?;
    if edited.is_empty() {
        Ok(())
    } else {
        Err(StoreError::EditedSinceImport {
            accounts: edited.into_iter().map(AccountId).collect(),
        })
    }
}

async fn take_back(conn: &mut PgConnection, id: ImportId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "DELETE FROM accounts a USING import_rows r WHERE r.import_id = $1 AND a.id = r.account_id",
    )
    .bind(id.0)
    .execute(&mut *conn)
    .await?;
    // The version goes on: whoever holds the imported one must not pass for up to date later.
    sqlx::query(
        "INSERT INTO accounts
         SELECT p.* FROM import_rows r
         CROSS JOIN LATERAL jsonb_populate_record(
             NULL::accounts, r.before || jsonb_build_object('version', r.after_version + 1)) p
         WHERE r.import_id = $1 AND r.before IS NOT NULL",
    )
    .bind(id.0)
    .execute(&mut *conn)
    .await?;
    // What an earlier import wrote is there again, under a new version: it can be undone in turn.
    sqlx::query(
        "UPDATE import_rows e SET after_version = r.after_version + 1
         FROM import_rows r
         WHERE r.import_id = $1 AND e.account_id = r.account_id AND e.import_id <> r.import_id
           AND e.after_version = (r.before ->> 'version')::bigint",
    )
    .bind(id.0)
    .execute(conn)
    .await?;
    Ok(())
}

async fn notice(
    conn: &mut PgConnection,
    actor: Actor,
    action: &str,
    id: ImportId,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO outbox (kind, id) VALUES ('import', $1)")
        .bind(id.to_string())
        .execute(&mut *conn)
        .await?;
    audit::append(conn, actor, action, "import", &id.to_string(), Vec::new()).await
}
