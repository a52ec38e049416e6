//! What goes wrong with an outbox, made to happen on purpose: a writer that holds its transaction open, so that
//! commits come in another order than numbers and transactions, and two followers that trust those orders.

use super::TestDatabase;
use crate::{Doing, Result};
use geocrm_domain::AccountId;
use sqlx::{Connection, PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const DOING: &str = "writing for a test";

/// A transaction that has its number already and writes later.
#[derive(Debug)]
pub struct LongWrite {
    connection: PgConnection,
}

impl LongWrite {
    pub async fn begin(db: &TestDatabase) -> Result<Self> {
        let mut connection = PgConnection::connect(&db.owner_url).await.doing(DOING)?;
        for statement in ["BEGIN", "SELECT pg_current_xact_id()::text"] {
            sqlx::query(statement)
                .execute(&mut connection)
                .await
                .doing(DOING)?;
        }
        Ok(Self { connection })
    }

    /// Changes an account with its row in the outbox; nobody sees either before the commit.
    pub async fn set_revenue(&mut self, id: AccountId, revenue_cents: i64) -> Result<()> {
        for statement in [
            "UPDATE accounts SET revenue_cents = $2, version = version + 1 WHERE id = $1",
            "INSERT INTO outbox (kind, id) SELECT 'account', $1::text WHERE $2 IS NOT NULL",
        ] {
            sqlx::query(statement)
                .bind(id.0)
                .bind(revenue_cents)
                .execute(&mut self.connection)
                .await
                .doing(DOING)?;
        }
        Ok(())
    }

    pub async fn commit(mut self) -> Result<()> {
        sqlx::query("COMMIT")
            .execute(&mut self.connection)
            .await
            .doing(DOING)?;
        self.connection.close().await.doing(DOING)
    }
}

/// Changes all accounts of a source in one transaction, each with its row in the outbox; returns how many, once that
/// is committed.
pub async fn set_revenues(owner_url: &str, source: &str, revenue_cents: i64) -> Result<u64> {
    let mut owner = PgConnection::connect(owner_url).await.doing(DOING)?;
    let written = sqlx::query(
        "WITH written AS (
             UPDATE accounts SET revenue_cents = $2, version = version + 1 WHERE source = $1 RETURNING id)
         INSERT INTO outbox (kind, id) SELECT 'account', id::text FROM written",
    )
    .bind(source)
    .bind(revenue_cents)
    .execute(&mut owner)
    .await
    .doing(DOING)?;
    owner.close().await.doing(DOING)?;
    Ok(written.rows_affected())
}

/// An order that looks like the order of commits and is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Rows with a number above the last one seen.
    Number,
    /// Of two changes of a record the one of the younger transaction counts.
    Transaction,
}

/// A follower that trusts such an order.
#[derive(Debug)]
pub struct WrongFollower {
    connection: PgConnection,
    rule: Wrong,
    last: i64,
    seen: BTreeSet<i64>,
    values: BTreeMap<AccountId, (i64, Option<i64>)>,
}

impl WrongFollower {
    pub async fn begin(db: &TestDatabase, rule: Wrong) -> Result<Self> {
        let mut connection = PgConnection::connect(&db.owner_url).await.doing(DOING)?;
        let last: i64 = sqlx::query_scalar("SELECT coalesce(max(seq), 0) FROM outbox")
            .fetch_one(&mut connection)
            .await
            .doing(DOING)?;
        Ok(Self {
            connection,
            rule,
            last,
            seen: BTreeSet::new(),
            values: BTreeMap::new(),
        })
    }

    /// Takes what is new, by its rule.
    pub async fn follow(&mut self) -> Result<()> {
        let rows: Vec<(i64, i64, Uuid, Option<i64>)> = sqlx::query_as(
            "SELECT o.seq, o.xid::text::bigint, a.id, a.revenue_cents FROM outbox o JOIN accounts a ON a.id = o.id::uuid
             WHERE o.kind = 'account' AND o.seq > $1 ORDER BY o.seq",
        )
        .bind(self.last)
        .fetch_all(&mut self.connection)
        .await
        .doing(DOING)?;
        for (seq, xid, id, value) in rows {
            match self.rule {
                Wrong::Number => {
                    self.last = seq;
                    self.values.insert(AccountId(id), (xid, value));
                }
                Wrong::Transaction => {
                    if !self.seen.insert(seq) {
                        continue;
                    }
                    let known = self.values.get(&AccountId(id));
                    if known.is_none_or(|(younger, _)| *younger <= xid) {
                        self.values.insert(AccountId(id), (xid, value));
                    }
                }
            }
        }
        Ok(())
    }

    /// Of the accounts it has heard of, those it takes for something else than they are.
    pub async fn mistaken(&mut self) -> Result<usize> {
        let rows: Vec<(Uuid, Option<i64>)> =
            sqlx::query_as("SELECT id, revenue_cents FROM accounts")
                .fetch_all(&mut self.connection)
                .await
                .doing(DOING)?;
        let truth: BTreeMap<AccountId, Option<i64>> =
            rows.into_iter().map(|(id, v)| (AccountId(id), v)).collect();
        let wrong = |(id, (_, value)): &(&AccountId, &(i64, Option<i64>))| truth[id] != *value;
        Ok(self.values.iter().filter(wrong).count())
    }
}
