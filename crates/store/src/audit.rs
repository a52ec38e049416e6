//! The audit log: who did what to which record, chained by hashes. The chain is made inside the database, by a
//! trigger, so that no writer can leave it out; the application's role can only add.

use crate::{Actor, Doing, Result, Store};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Field, value before, value after.
pub(crate) type FieldChanges = Vec<(&'static str, Option<String>, Option<String>)>;

/// The first entry that does not follow from the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditBreak {
    /// Number of the entry in the log, from 1.
    pub seq: i64,
    pub at: DateTime<Utc>,
    /// Whether entries are missing before it; else its own content was changed.
    pub missing_before: bool,
}

pub(crate) async fn append(
    conn: &mut PgConnection,
    actor: Actor,
    action: &str,
    subject_kind: &str,
    subject_id: &str,
    changes: FieldChanges,
) -> Result<(), sqlx::Error> {
    let fields: Vec<&str> = changes.iter().map(|c| c.0).collect();
    let old: Vec<Option<&str>> = changes.iter().map(|c| c.1.as_deref()).collect();
    let new: Vec<Option<&str>> = changes.iter().map(|c| c.2.as_deref()).collect();
    sqlx::query(
        "INSERT INTO audit_log (at, user_id, action, subject_kind, subject_id, fields, old_values, new_values)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(actor.at)
    .bind(actor.user.map(|u| u.0))
    .bind(action)
    .bind(subject_kind)
    .bind(subject_id)
    .bind(fields)
    .bind(old)
    .bind(new)
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// Enters something that changed no record: a sign-in, an export, a user made.
    pub async fn audit(
        &self,
        actor: Actor,
        action: &str,
        subject_kind: &str,
        subject_id: &str,
    ) -> Result<()> {
        let doing = "writing the audit log";
        let mut conn = self.pool.acquire().await.doing(doing)?;
        append(
            &mut conn,
            actor,
            action,
            subject_kind,
            subject_id,
            Vec::new(),
        )
        .await
        .doing(doing)
    }

    /// Recomputes every hash; `None` when the chain is whole. Entries cut off at the end cannot be seen from the
    /// log alone: keep the returned length elsewhere.
    pub async fn verify_audit(&self) -> Result<(i64, Option<AuditBreak>)> {
        let doing = "verifying the audit log";
        let broken: Option<(i64, DateTime<Utc>, bool)> = sqlx::query_as(
            "SELECT e.seq, e.at, e.missing FROM (
                 SELECT a.seq, a.at, a.hash <> audit_hash(a) AS changed,
                        a.seq <> coalesce(lag(a.seq) OVER w, 0) + 1
                        OR a.previous_hash <> coalesce(lag(a.hash) OVER w, ''::bytea) AS missing
                 FROM audit_log a WINDOW w AS (ORDER BY a.seq)) e
             WHERE e.changed OR e.missing ORDER BY e.seq LIMIT 1",
        )
        .fetch_optional(&self.pool)
        .await
        .doing(doing)?;
        let length: i64 = sqlx::query_scalar("SELECT count(*) FROM audit_log")
            .fetch_one(&self.pool)
            .await
            .doing(doing)?;
        let broken = broken.map(|(seq, at, missing_before)| AuditBreak {
            seq,
            at,
            missing_before,
        });
        Ok((length, broken))
    }
}
