//! The use cases: load, import, geocode, follow the outbox, answer, tile, export. The libraries know
//! nothing of each other and meet here; HTTP and the command line know only this crate.

pub mod accounts;
pub mod answer;
pub mod apportion;
pub mod area;
mod atlas;
mod cards;
pub mod catalogue;
pub mod change;
pub mod cql2;
pub mod doctor;
mod engine;
mod engine_files;
pub mod error;
pub mod exports;
pub mod filters;
mod follow;
pub mod geocoding;
pub mod geojson;
mod ground;
pub mod imports;
pub mod load;
pub mod objects;
mod order;
pub mod password;
pub mod pivot;
pub mod regions;
pub mod selection;
pub mod session;
pub mod surroundings;
pub mod tiles;

use crate::atlas::Atlas;
use crate::change::Change;
use crate::engine::Engine;
use crate::error::AppError;
use geocrm_domain::clock::Clock;
use geocrm_store::{PrivateServer, Purpose, Store};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, broadcast, watch};

/// How long a stop waits for the connections to the database.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Where the data lives.
#[derive(Debug, Clone)]
pub struct OpenOptions {
    /// Folder of the private database and of written exports.
    pub home: PathBuf,
    /// An outside PostgreSQL with PostGIS instead of the private one.
    pub database_url: Option<String>,
}

/// An open installation: the database, the engine over it and everything indexed in memory.
pub struct App {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    /// Secret behind the noise of protected sums.
    pub(crate) cell_key: geocrm_domain::scope::CellKey,
    pub(crate) engine: Engine,
    pub(crate) filters: moka::sync::Cache<String, filters::StoredFilter>,
    pub(crate) tile_cache: tiles::TileCache,
    pub(crate) finished_tiles: tiles::FinishedTiles,
    pub(crate) hexagon_tiles: geocrm_tiles::HexagonTiles,
    pub(crate) events: broadcast::Sender<Change>,
    /// Held while the engine catches up.
    pub(crate) following: Mutex<follow::Following>,
    pub(crate) home: PathBuf,
    pub(crate) files: Arc<engine_files::EngineFiles>,
    pub(crate) attempts: session::Attempts,
    pub(crate) lately: session::Lately,
    atlas: RwLock<Arc<Atlas>>,
    /// `None` until it was read for the first time.
    ground: watch::Sender<Option<Arc<ground::Ground>>>,
    /// Held while it is read.
    reading_ground: Mutex<()>,
    server: Mutex<Option<PrivateServer>>,
    closed: watch::Sender<bool>,
}

impl App {
    /// Starts or adopts the private database (or connects to the outside one), brings its schema up to date
    /// and reads the cubes into memory. What lies on the ground is read by [`App::read_ground`].
    pub async fn open(options: OpenOptions) -> Result<Arc<Self>, AppError> {
        let (server, store) = if let Some(url) = &options.database_url {
            Store::migrate(url).await?;
            (None, Store::connect(url).await?)
        } else {
            let server =
                PrivateServer::start(&options.home.join("database"), Purpose::Live).await?;
            let store = Store::connect(&server.app_url()).await?;
            (Some(server), store)
        };
        let app = Self::cubes_over(store, options.home, Clock::System).await?;
        *app.server.lock().await = server;
        Ok(app)
    }

    /// Reads everything from a database whose schema is up to date; exports are written under `home`.
    pub async fn over(store: Store, home: PathBuf, clock: Clock) -> Result<Arc<Self>, AppError> {
        let app = Self::cubes_over(store, home, clock).await?;
        app.read_ground().await?;
        Ok(app)
    }

    async fn cubes_over(store: Store, home: PathBuf, clock: Clock) -> Result<Arc<Self>, AppError> {
        let exports = home.join("exports");
        std::fs::create_dir_all(&exports).map_err(|source| AppError::Io {
            context: format!("creating {}", exports.display()),
            source,
        })?;
        let files = Arc::new(engine_files::EngineFiles::new(home.join("engine")));
        let (atlas, snapshot, seen) = follow::read_again(&store, &files).await?;
        let app = Arc::new(Self {
            cell_key: store.cell_key().await?,
            store,
            clock,
            engine: Engine::new(snapshot),
            filters: moka::sync::Cache::new(10_000),
            tile_cache: tiles::new_cache(),
            finished_tiles: tiles::new_finished(),
            hexagon_tiles: geocrm_tiles::HexagonTiles::new(),
            events: broadcast::channel(256).0,
            following: Mutex::new(follow::Following::from(seen)),
            home,
            files,
            attempts: session::Attempts::default(),
            lately: session::new_lately(),
            atlas: RwLock::new(Arc::new(atlas)),
            ground: watch::Sender::new(None),
            reading_ground: Mutex::new(()),
            server: Mutex::new(None),
            closed: watch::Sender::new(false),
        });
        // What was written since the files were.
        app.catch_up().await?;
        Ok(app)
    }

    /// Ends what waits or works in the background: listening pages, following, reading what lies on the ground.
    /// Requests are still answered.
    pub fn begin_close(&self) {
        self.closed.send_replace(true);
    }

    /// Resolves once closing has begun.
    pub async fn closing(&self) {
        // The sender lives as long as the app.
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Lets the database finish and stops the private one.
    pub async fn close(&self) -> Result<(), AppError> {
        self.begin_close();
        let saved = self.save_engine().await;
        // A reading that was broken off may leave millions of rows on their way; the database breaks it off, too.
        let _ = tokio::time::timeout(LAST_WORDS, self.store.close()).await;
        if let Some(server) = self.server.lock().await.take() {
            tokio::task::spawn_blocking(move || server.stop())
                .await
                .map_err(|e| AppError::internal("stopping the database", e))??;
        }
        saved
    }

    /// Whether the database is this program's own, which nobody else follows.
    pub(crate) async fn owns_server(&self) -> bool {
        self.server.lock().await.is_some()
    }

    /// Version of the newest answers.
    pub fn data_version(&self) -> String {
        self.engine.newest().version.clone()
    }

    /// Whether the generated demo region is loaded.
    pub fn is_demo(&self) -> bool {
        self.atlas()
            .datasets
            .iter()
            .any(|dataset| dataset.code == load::DEMO_CODE)
    }

    /// A stream of what changes from now on.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.events.subscribe()
    }

    pub(crate) fn atlas(&self) -> Arc<Atlas> {
        Arc::clone(&self.atlas.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn put_atlas(&self, atlas: Atlas) {
        *self.atlas.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(atlas);
    }

    pub(crate) fn is_closed(&self) -> bool {
        *self.closed.borrow()
    }
}
