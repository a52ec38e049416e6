//! The way in: one pool of connections to a PostGIS database, our own or an outside one.

use crate::read_view::ReadView;
use crate::{Doing, Result, StoreError};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};
use std::str::FromStr;
use std::time::Duration;

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// PostgreSQL as it numbers itself: 15.0.
const OLDEST_POSTGRES: i32 = 150_000;
const OLDEST_POSTGIS: (u32, u32) = (3, 3);

/// Handle on the database; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pub(crate) pool: PgPool,
}

impl Store {
    /// Connects as whoever the URL names; the schema must be up to date (see [`Store::migrate`]).
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_with(url, 16).await
    }

    /// As [`Store::connect`], with at most this many connections.
    pub async fn connect_with(url: &str, connections: u32) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options(url)?)
            .await
            .doing("connecting to the database")?;
        let store = Self { pool };
        store.check_versions().await?;
        Ok(store)
    }

    /// Brings the schema up to date; give it the URL of the owner. Refuses a schema newer than this program.
    pub async fn migrate(owner_url: &str) -> Result<()> {
        let mut owner = PgConnection::connect_with(&options(owner_url)?)
            .await
            .doing("connecting as owner")?;
        let ran = MIGRATIONS.run(&mut owner).await;
        owner.close().await.doing("disconnecting")?;
        Ok(ran?)
    }

    /// Hash of the schema this program brings, for naming what was made with it.
    pub(crate) fn schema_fingerprint() -> String {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        for migration in MIGRATIONS.iter() {
            hash.update(&migration.checksum);
        }
        hex::encode(&hash.finalize()[..8])
    }

    /// Everything read through one view shows the same instant.
    pub async fn read_view(&self) -> Result<ReadView> {
        ReadView::begin(&self.pool).await
    }

    /// Renews the planner's statistics; done by itself after large loads.
    pub async fn analyze(&self) -> Result<()> {
        sqlx::query("SELECT analyze_loaded()")
            .execute(&self.pool)
            .await
            .doing("analysing the tables")?;
        Ok(())
    }

    /// Fails unless the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("SELECT 1")
            .execute(&self.pool)
            .await
            .doing("asking whether the database is there")?;
        Ok(())
    }

    /// `15.20` and `3.3.2`.
    pub async fn versions(&self) -> Result<(String, String)> {
        sqlx::query_as("SELECT current_setting('server_version'), postgis_lib_version()")
            .fetch_one(&self.pool)
            .await
            .doing("asking for the versions")
    }

    /// Bytes the database takes on disk.
    pub async fn size_bytes(&self) -> Result<i64> {
        sqlx::query_scalar("SELECT pg_database_size(current_database())")
            .fetch_one(&self.pool)
            .await
            .doing("asking for the size")
    }

    /// Waits for the connections to be given back and closes them.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn check_versions(&self) -> Result<()> {
        let server: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&self.pool)
            .await
            .doing("asking for the version")?;
        if server < OLDEST_POSTGRES {
            return Err(StoreError::Unsuitable(format!(
                "PostgreSQL {} is older than 15",
                server / 10_000
            )));
        }
        let postgis: Option<String> =
            sqlx::query_scalar("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
                .fetch_optional(&self.pool)
                .await
                .doing("asking for PostGIS")?;
        let Some(postgis) = postgis else {
            return Err(StoreError::Unsuitable(
                "PostGIS is not installed in it, or the schema was never set up".to_owned(),
            ));
        };
        let mut parts = postgis.split('.').map(|p| p.parse().unwrap_or(0u32));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        if version < OLDEST_POSTGIS {
            return Err(StoreError::Unsuitable(format!(
                "PostGIS {postgis} is older than 3.3"
            )));
        }
        Ok(())
    }
}

fn options(url: &str) -> Result<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).doing("reading the database address")?;
    // Parameters and times of the session must not change what a statement means.
    Ok(options
        .application_name("geocrm")
        .options([("timezone", "UTC"), ("datestyle", "ISO")]))
}
