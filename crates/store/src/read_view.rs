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
        let (text, data_version, database): (String, i64, String) = sqlx::query_as(
            "SELECT pg_current_snapshot()::text, o.pruned + (SELECT count(*) FROM outbox),
                    concat_ws(':', s.system_identifier, c.timeline_id, d.oid, o.epoch)
             FROM outbox_state o, pg_control_system() s, pg_control_checkpoint() c, pg_database d
             WHERE d.datname = current_database()",
        )
        .fetch_one(&mut *tx)
        .await
        .doing(doing)?;
        Ok(Self {
            tx,
            snapshot: Snapshot::new(text, data_version, database),
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
