//! Following the outbox: what changed since the engine's snapshot is read in the same view of the database
//! that the next snapshot stands for, so that every answer equals the database at its version.

use crate::App;
use crate::atlas::Atlas;
use crate::cards::Cards;
use crate::engine::Snapshot;
use crate::error::AppError;
use futures::TryStreamExt;
use geocrm_domain::VisibleScope;
use geocrm_domain::batch::Keys;
use geocrm_domain::catalogue::{ACCOUNTS, CUBES, Cube};
use geocrm_domain::region::RegionTree;
use geocrm_domain::scope::RecordScope;
use geocrm_olap::{CubeBuilder, CubeData};
use geocrm_store::{ReadView, Store, StoreError};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// Looks at least this often, notice or not.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Wait after a failure before looking again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// Told to open pages after a change; never says which records.
#[derive(Debug, Clone)]
pub struct Change {
    pub data_version: String,
    /// `accounts`, `addresses`, `roads`, `regions`, `flows`.
    pub kinds: Vec<String>,
}

impl Change {
    /// Whoever sees no record hears nothing of their changes.
    pub fn visible_to(&self, scope: &VisibleScope) -> bool {
        *scope.records() != RecordScope::None || self.kinds.iter().any(|kind| kind != ACCOUNTS.name)
    }
}

/// All cubes and the atlas, read at one instant.
pub async fn read_everything(
    store: &Store,
) -> Result<(Atlas, Snapshot, geocrm_store::Snapshot), AppError> {
    let atlas = Atlas::read(store).await?;
    let mut view = store.read_view().await?;
    let mut cubes = Vec::with_capacity(CUBES.len());
    for cube in CUBES {
        cubes.push(Arc::new(read_cube(&mut view, cube, &atlas.tree).await?));
    }
    let cards = Cards::read(&mut view).await?;
    let seen = view.snapshot().clone();
    Ok((
        atlas,
        Snapshot::new(seen.data_version().to_string(), cubes, cards),
        seen,
    ))
}

async fn read_cube(
    view: &mut ReadView,
    cube: &'static Cube,
    tree: &RegionTree,
) -> Result<CubeData, AppError> {
    let mut builder = CubeBuilder::new(cube, tree);
    let mut batches = std::pin::pin!(view.stream_cube(cube).await?);
    while let Some(batch) = batches.try_next().await? {
        builder.push(batch)?;
    }
    tokio::task::spawn_blocking(move || builder.finish())
        .await
        .map_err(|e| AppError::internal("building a cube", e))
}

impl App {
    /// Brings the engine to what the database holds now. Called after every own write, so that whoever wrote
    /// reads it back, and by the follower for the writes of others.
    pub async fn catch_up(&self) -> Result<(), AppError> {
        let mut seen = self.seen.lock().await;
        let mut view = self.store.read_view().await?;
        let changes = match view.changes_since(Some(&seen)).await {
            Ok(changes) => changes,
            // Another database than the one that was read: a restored back-up, say.
            Err(StoreError::BadSnapshot) => {
                drop(view);
                let (atlas, snapshot, now) = read_everything(&self.store).await?;
                self.put_atlas(atlas);
                let kinds = CUBES.iter().map(|c| c.name.to_owned()).collect();
                self.publish(snapshot, kinds);
                *seen = now;
                return Ok(());
            }
            Err(other) => return Err(other.into()),
        };
        let now = view.snapshot().clone();
        if changes.is_empty() {
            *seen = now;
            return Ok(());
        }
        let mut next = (*self.engine.newest()).clone();
        next.version = now.data_version().to_string();
        next.cards = next.cards.follow(&mut view, &changes).await?;
        let mut kinds: Vec<String> = changes
            .datasets
            .iter()
            .flat_map(|d| d.cubes.iter().cloned())
            .collect();
        kinds.extend(
            changes
                .leaves
                .iter()
                .filter(|table| geocrm_domain::catalogue::cube(table).is_some())
                .cloned(),
        );
        kinds.sort();
        kinds.dedup();
        if !changes.datasets.is_empty() {
            self.put_atlas(Atlas::read(&self.store).await?);
        }
        let atlas = self.atlas();
        for cube in CUBES {
            if kinds.iter().any(|kind| kind == cube.name) {
                next = next.with_cube(cube, read_cube(&mut view, cube, &atlas.tree).await?);
            }
        }
        let whole = kinds.iter().any(|kind| kind == ACCOUNTS.name);
        if !changes.accounts.is_empty() && !whole {
            let keys = Keys::Uuid(changes.accounts.iter().map(|id| id.0).collect());
            let rows = view.cube_rows(&ACCOUNTS, &keys).await?;
            let data = Arc::clone(next.cube(&ACCOUNTS));
            let applied = tokio::task::spawn_blocking(move || data.apply(&keys, rows))
                .await
                .map_err(|e| AppError::internal("applying changes", e))??;
            next = next.with_cube(&ACCOUNTS, applied);
            kinds.push(ACCOUNTS.name.to_owned());
        }
        *seen = now;
        self.publish(next, kinds);
        Ok(())
    }

    fn publish(&self, snapshot: Snapshot, kinds: Vec<String>) {
        let change = Change {
            data_version: snapshot.version.clone(),
            kinds,
        };
        self.engine.replace(snapshot);
        self.tile_cache.invalidate_all();
        // Nobody listening is fine.
        let _ = self.events.send(change);
    }

    /// Follows the writes of others until the app is gone.
    pub fn follow(self: &Arc<Self>) {
        let app = Arc::downgrade(self);
        tokio::spawn(async move { while let Some(()) = follow_once(&app).await {} });
    }
}

/// One listener's life: until its connection breaks or the app is gone (`None`).
async fn follow_once(app: &Weak<App>) -> Option<()> {
    let listening = app.upgrade()?.store.listen().await;
    let mut listener = match listening {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "cannot listen for changes; trying again");
            tokio::time::sleep(AFTER_FAILURE).await;
            return app.upgrade().map(drop);
        }
    };
    loop {
        let waited = listener.wait(LOOK_EVERY).await;
        let app = app.upgrade()?;
        if app.is_closed() {
            return None;
        }
        if let Err(error) = app.catch_up().await {
            tracing::error!(%error, "cannot follow changes; trying again");
            tokio::time::sleep(AFTER_FAILURE).await;
        }
        if waited.is_err() {
            return Some(());
        }
    }
}
