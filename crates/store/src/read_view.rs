//! One instant of the database: a REPEATABLE READ transaction with its snapshot. What is read through one view
//! agrees with itself, and the snapshot is the version the engine keeps.

use crate::outbox::Snapshot;
use crate::{Doing, Result};
use sqlx::{PgPool, Postgres, Transaction};

/// Ends when it is dropped.
pub struct ReadView {
    pub(crate) tx: Transaction<'static, Postgres>,
    snapshot: Snapshot,
}

impl ReadView {
    pub(crate) async fn begin(pool: &PgPool) -> Result<Self> {
        let doing = "beginning to read";
        let mut tx = pool
            .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .await
            .doing(doing)?;
        let (text, data_version, epoch): (String, i64, uuid::Uuid) = sqlx::query_as(
            "SELECT pg_current_snapshot()::text, s.pruned + (SELECT count(*) FROM outbox), s.epoch FROM outbox_state s",
        )
        .fetch_one(&mut *tx)
        .await
        .doing(doing)?;
        Ok(Self {
            tx,
            snapshot: Snapshot::new(text, data_version, epoch),
        })
    }

    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Number of published changes this view shows; see [`Snapshot::data_version`].
    pub fn data_version(&self) -> i64 {
        self.snapshot.data_version()
    }
}
