//! What changed since a snapshot. Every write leaves a row in the outbox in its own transaction; sequence numbers
//! and transaction ids are not in commit order, so a follower asks for the rows its last snapshot did not show
//! and the present one does. Notices only wake it up; they may be lost.

use crate::{Doing, ReadView, Result, Store, StoreError};
use geocrm_domain::AccountId;
use sqlx::postgres::PgListener;
use std::time::Duration;
use uuid::Uuid;

/// What a reader has seen: PostgreSQL's snapshot and the data version it stands for.
///
/// The data version is the number of outbox rows visible, pruned ones included. Every published change adds at
/// least one, and a later snapshot shows all an earlier one shows, so it grows with every visible change, never
/// goes back, and two views with the same number show the same data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    text: String,
    data_version: i64,
    /// Identity of the database it was taken of.
    database: String,
}

impl Snapshot {
    /// From the parts that [`Snapshot::as_text`], [`Snapshot::data_version`] and [`Snapshot::database`] gave.
    pub fn new(text: String, data_version: i64, database: String) -> Self {
        Self {
            text,
            data_version,
            database,
        }
    }

    pub fn data_version(&self) -> i64 {
        self.data_version
    }

    /// Names the database itself: system identifier, timeline, number and epoch. A restored database differs in
    /// one of them, and a follower that meets it reads everything again.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// `xmin:xmax:xip,…`, as PostgreSQL writes it.
    pub fn as_text(&self) -> &str {
        &self.text
    }
}

/// A dataset that has a new version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatasetChange {
    pub code: String,
    /// Cubes whose rows it changed; a change of regions names every cube.
    pub cubes: Vec<String>,
    /// Whether regions came, went or changed, and the tree must be read again.
    pub regions: bool,
}

/// What to read again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Created, edited, deleted, imported or undone; each once, sorted.
    pub accounts: Vec<AccountId>,
    pub datasets: Vec<DatasetChange>,
    /// Tables whose rows were given other regions: `addresses`, `buildings`, `roads`, `accounts`.
    pub leaves: Vec<String>,
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty() && self.datasets.is_empty() && self.leaves.is_empty()
    }
}

impl ReadView {
    /// Changes this view shows and `last` did not; without `last` nothing, for the caller reads everything.
    /// A snapshot of another (restored, rebuilt) database, or one older than what was pruned, is
    /// [`StoreError::BadSnapshot`]: read everything again.
    pub async fn changes_since(&mut self, last: Option<&Snapshot>) -> Result<Changes> {
        let Some(last) = last else {
            return Ok(Changes::default());
        };
        if last.database != self.snapshot().database || last.data_version > self.data_version() {
            return Err(StoreError::BadSnapshot);
        }
        let doing = "reading what changed";
        let forgotten: bool = sqlx::query_scalar(
            "SELECT pruned_below > pg_snapshot_xmin($1::pg_snapshot) FROM outbox_state",
        )
        .bind(&last.text)
        .fetch_one(&mut *self.tx)
        .await
        .doing(doing)?;
        if forgotten {
            return Err(StoreError::BadSnapshot);
        }
        let accounts: Vec<Uuid> = sqlx::query_scalar(
            "WITH seen AS (
                 SELECT kind, id FROM outbox
                 WHERE xid >= pg_snapshot_xmin($1::pg_snapshot) AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot))
             SELECT id::uuid FROM seen WHERE kind = 'account'
             UNION
             SELECT r.account_id FROM seen JOIN import_rows r ON r.import_id = seen.id::uuid WHERE kind = 'import'
             ORDER BY 1",
        )
        .bind(&last.text)
        .fetch_all(&mut *self.tx)
        .await
        .doing(doing)?;
        let datasets: Vec<(String, Vec<String>)> = sqlx::query_as(
            "SELECT d.code, v.cubes FROM outbox o
             JOIN dataset_versions v ON v.id = o.id::bigint JOIN datasets d ON d.id = v.dataset_id
             WHERE o.kind = 'dataset' AND o.xid >= pg_snapshot_xmin($1::pg_snapshot)
               AND NOT pg_visible_in_snapshot(o.xid, $1::pg_snapshot)
             ORDER BY v.id",
        )
        .bind(&last.text)
        .fetch_all(&mut *self.tx)
        .await
        .doing(doing)?;
        let leaves: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT id FROM outbox WHERE kind = 'leaves' AND xid >= pg_snapshot_xmin($1::pg_snapshot)
               AND NOT pg_visible_in_snapshot(xid, $1::pg_snapshot) ORDER BY id",
        )
        .bind(&last.text)
        .fetch_all(&mut *self.tx)
        .await
        .doing(doing)?;
        Ok(Changes {
            accounts: accounts.into_iter().map(AccountId).collect(),
            datasets: datasets
                .into_iter()
                .map(|(code, cubes)| DatasetChange {
                    regions: cubes.len() == geocrm_domain::catalogue::CUBES.len(),
                    code,
                    cubes,
                })
                .collect(),
            leaves,
        })
    }
}

impl Store {
    /// What changed since a snapshot, with the snapshot to ask from next time. To re-read the records at the same
    /// instant, use [`Store::read_view`] and [`ReadView::changes_since`].
    pub async fn changes_since(&self, last: Option<&Snapshot>) -> Result<(Changes, Snapshot)> {
        let mut view = self.read_view().await?;
        let changes = view.changes_since(last).await?;
        Ok((changes, view.snapshot().clone()))
    }

    /// Data version of this moment.
    pub async fn data_version(&self) -> Result<i64> {
        sqlx::query_scalar("SELECT s.pruned + (SELECT count(*) FROM outbox) FROM outbox_state s")
            .fetch_one(&self.pool)
            .await
            .doing("reading the data version")
    }

    /// Forgets changes that this snapshot shows. A follower that has seen less reads everything again.
    pub async fn prune_outbox(&self, seen: &Snapshot) -> Result<u64> {
        let doing = "pruning the outbox";
        let mut tx = self.pool.begin().await.doing(doing)?;
        // Locked first, so that two prunings cannot both count a row.
        sqlx::query("SELECT pruned FROM outbox_state FOR UPDATE")
            .execute(&mut *tx)
            .await
            .doing(doing)?;
        let gone = sqlx::query("DELETE FROM outbox WHERE xid < pg_snapshot_xmin($1::pg_snapshot)")
            .bind(&seen.text)
            .execute(&mut *tx)
            .await
            .doing(doing)?
            .rows_affected();
        sqlx::query(
            "UPDATE outbox_state SET pruned = pruned + $1,
                 pruned_below = greatest(pruned_below, pg_snapshot_xmin($2::pg_snapshot))",
        )
        .bind(gone as i64)
        .bind(&seen.text)
        .execute(&mut *tx)
        .await
        .doing(doing)?;
        tx.commit().await.doing(doing)?;
        Ok(gone)
    }

    /// A wake-up for followers.
    pub async fn listen(&self) -> Result<OutboxListener> {
        let doing = "listening for changes";
        let mut listener = PgListener::connect_with(&self.pool).await.doing(doing)?;
        listener.listen("geocrm_outbox").await.doing(doing)?;
        Ok(OutboxListener(listener))
    }
}

/// Wakes up a follower; never the only reason to look.
pub struct OutboxListener(PgListener);

impl OutboxListener {
    /// Returns after a notice, a lost connection, or `at_most`, whichever is first: then ask for the changes.
    pub async fn wait(&mut self, at_most: Duration) -> Result<()> {
        match tokio::time::timeout(at_most, self.0.try_recv()).await {
            Ok(received) => {
                received.doing("listening for changes")?;
                // One look serves all notices that came together.
                while self.0.next_buffered().is_some() {}
                Ok(())
            }
            Err(_elapsed) => Ok(()),
        }
    }
}
