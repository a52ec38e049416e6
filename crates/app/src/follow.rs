//! Following the outbox: what changed since the engine's snapshot is read in the same view of the database
//! that the next snapshot stands for, so that every answer equals the database at its version. Edited accounts
//! go on top of the cube; when they have become many, they are merged into it beside the one that answers.

use crate::App;
use crate::atlas::Atlas;
use crate::cards::Cards;
use crate::change::{Change, Touched, touched};
use crate::engine::Snapshot;
use crate::engine_files::{EngineFiles, keep_files};
use crate::error::AppError;
use futures::TryStreamExt;
use geocrm_domain::batch::Keys;
use geocrm_domain::catalogue::{ACCOUNTS, CUBES, Cube};
use geocrm_domain::region::RegionTree;
use geocrm_domain::{Answer, CubeQuery, VisibleScope};
use geocrm_olap::{CubeBuilder, CubeData, LiveCube, OlapError};
use geocrm_store::{ReadView, Store, StoreError};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Looks at least this often, notice or not.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A load is seen at most so much later.
const LOOK_AT_GROUND_EVERY: Duration = Duration::from_millis(200);
/// Wait after a failure before looking again.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What the engine has seen of the database, and the merge that is under way.
pub(crate) struct Following {
    seen: geocrm_store::Snapshot,
    merging: Option<JoinHandle<Result<CubeData, OlapError>>>,
}

impl Following {
    pub(crate) fn from(seen: geocrm_store::Snapshot) -> Self {
        Self {
            seen,
            merging: None,
        }
    }

    pub(crate) fn seen(&self) -> &geocrm_store::Snapshot {
        &self.seen
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
        let data = read_cube(&mut view, cube, &atlas.tree).await?;
        cubes.push(Arc::new(LiveCube::from(data)));
    }
    let cards = Cards::read(&mut view).await?;
    let seen = view.snapshot().clone();
    Ok((
        atlas,
        Snapshot::new(seen.data_version().to_string(), cubes, cards),
        seen,
    ))
}

/// All cubes as they were last written to files, or read from the database, and the atlas.
pub async fn read_again(
    store: &Store,
    files: &Arc<EngineFiles>,
) -> Result<(Atlas, Snapshot, geocrm_store::Snapshot), AppError> {
    let tree = store.region_tree().await?;
    let files = Arc::clone(files);
    let read = tokio::task::spawn_blocking(move || files.read(&tree))
        .await
        .map_err(|e| AppError::internal("reading the engine's files", e))?;
    match read {
        Some((cubes, seen)) => {
            tracing::info!(
                version = seen.data_version(),
                "beginning from the engine's files"
            );
            let atlas = Atlas::read(store).await?;
            // Of a later instant than the cubes; catching up reads again what was changed between the two.
            let cards = Cards::read(&mut store.read_view().await?).await?;
            let version = seen.data_version().to_string();
            Ok((atlas, Snapshot::new(version, cubes, cards), seen))
        }
        None => read_everything(store).await,
    }
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
        let mut following = self.following.lock().await;
        let mut view = self.store.read_view().await?;
        self.catch_up_to(&mut view, &mut following).await
    }

    /// Brings the engine to what a view shows; the lock is held by the caller, so that nobody goes on from there.
    async fn catch_up_to(
        &self,
        view: &mut ReadView,
        following: &mut Following,
    ) -> Result<(), AppError> {
        self.take_merged(following).await;
        let changes = match view.changes_since(Some(&following.seen)).await {
            Ok(changes) => changes,
            // Another database than the one that was read: a restored back-up, say.
            Err(StoreError::BadSnapshot) => {
                let (atlas, snapshot, now) = read_everything(&self.store).await?;
                self.put_atlas(atlas);
                let kinds = CUBES.iter().map(|c| c.name.to_owned()).collect();
                self.publish(snapshot, kinds, Vec::new());
                following.seen = now;
                return Ok(());
            }
            Err(other) => return Err(other.into()),
        };
        let now = view.snapshot().clone();
        if changes.is_empty() {
            following.seen = now;
            return Ok(());
        }
        let mut next = (*self.engine.newest()).clone();
        next.version = now.data_version().to_string();
        let cards_before = next.cards.clone();
        next.cards = next.cards.follow(view, &changes).await?;
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
            // What lies on the ground is read again later, beside this: its shapes have their own version in their URLs.
            self.put_atlas(Atlas::read(&self.store).await?);
        }
        let atlas = self.atlas();
        for cube in CUBES {
            if kinds.iter().any(|kind| kind == cube.name) {
                let data = read_cube(view, cube, &atlas.tree).await?;
                next = next.with_cube(cube, data.into());
            }
        }
        let whole = kinds.iter().any(|kind| kind == ACCOUNTS.name);
        let mut records = Vec::new();
        if !changes.accounts.is_empty() && !whole {
            let keys = Keys::Uuid(changes.accounts.iter().map(|id| id.0).collect());
            let rows = view.cube_rows(&ACCOUNTS, &keys).await?;
            let before = Arc::clone(next.cube(&ACCOUNTS));
            let cards = next.cards.clone();
            let applying = tokio::task::spawn_blocking(move || {
                let applied = before.apply(keys, rows)?;
                let records = touched(
                    (&before, &cards_before),
                    (&applied, &cards),
                    &changes.accounts,
                )?;
                Ok::<_, OlapError>((applied, records))
            });
            let (mut applied, seen) = applying
                .await
                .map_err(|e| AppError::internal("applying changes", e))??;
            records = seen;
            if applied.wants_merge() && following.merging.is_none() {
                let (remembering, merge) = applied.begin_merge();
                applied = remembering;
                following.merging = Some(tokio::task::spawn_blocking(move || {
                    tracing::debug!("merging recent edits");
                    let merged = merge.run();
                    tracing::debug!("recent edits are merged");
                    merged
                }));
            }
            next = next.with_cube(&ACCOUNTS, applied);
        }
        following.seen = now;
        self.publish(next, kinds, records);
        Ok(())
    }

    /// The engine's answers and SQL's to the same questions, at one instant whatever is written meanwhile.
    pub async fn engine_and_sql(
        &self,
        questions: &[(VisibleScope, &'static Cube, CubeQuery)],
    ) -> Result<Vec<(Answer, Answer)>, AppError> {
        let mut following = self.following.lock().await;
        let mut view = self.store.read_view().await?;
        self.catch_up_to(&mut view, &mut following).await?;
        let snapshot = self.engine.newest();
        drop(following);
        let mut answers = Vec::with_capacity(questions.len());
        for (scope, cube, query) in questions {
            answers.push((
                snapshot.query(scope, cube, query)?,
                view.query_cube(scope, cube, query).await?,
            ));
        }
        Ok(answers)
    }

    /// Puts a finished merge in place. One that failed is forgotten: answers are right without it, and the next edit
    /// begins another.
    async fn take_merged(&self, following: &mut Following) {
        let Some(merging) = following.merging.take_if(|merging| merging.is_finished()) else {
            return;
        };
        let newest = self.engine.newest();
        let live = newest.cube(&ACCOUNTS);
        let next = match merging.await {
            Ok(merged) => merged.and_then(|merged| live.end_merge(merged)),
            Err(error) => {
                tracing::error!(%error, "a merge of recent edits was broken off");
                Ok(live.forget_merge())
            }
        };
        match next {
            Ok(next) => self.engine.reshape(newest.with_cube(&ACCOUNTS, next)),
            Err(error) => {
                tracing::error!(%error, "recent edits could not be merged");
                self.engine
                    .reshape(newest.with_cube(&ACCOUNTS, live.forget_merge()));
            }
        }
    }

    fn publish(&self, snapshot: Snapshot, kinds: Vec<String>, records: Vec<Touched>) {
        let change = Change::new(snapshot.version.clone(), kinds, records);
        self.engine.replace(snapshot);
        self.tile_cache.invalidate_all();
        // Nobody listening is fine.
        let _ = self.events.send(change);
    }

    /// Follows the writes of others until the app is gone, and renews the engine's files that often while people edit.
    pub fn follow(self: &Arc<Self>, save_every: Duration) {
        let app = Arc::downgrade(self);
        tokio::spawn(keep_files(Weak::clone(&app), save_every));
        tokio::spawn(read_ground(Weak::clone(&app)));
        tokio::spawn(async move { while let Some(()) = follow_once(&app).await {} });
    }
}

/// Reads what lies on the ground beside the answers: at first and after every load.
async fn read_ground(app: Weak<App>) {
    while let Some(app) = app.upgrade().filter(|app| !app.is_closed()) {
        match app.read_ground().await {
            Ok(()) => {}
            Err(_) if app.is_closed() => return,
            Err(error) => {
                tracing::error!(%error, "cannot read addresses, roads and buildings; trying again");
                tokio::time::sleep(AFTER_FAILURE).await;
            }
        }
        drop(app);
        tokio::time::sleep(LOOK_AT_GROUND_EVERY).await;
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
        let caught_up = tokio::select! {
            caught_up = app.catch_up() => caught_up,
            () = app.closing() => return None,
        };
        if let Err(error) = caught_up {
            tracing::error!(%error, "cannot follow changes; trying again");
            tokio::time::sleep(AFTER_FAILURE).await;
        }
        if waited.is_err() {
            return Some(());
        }
    }
}
