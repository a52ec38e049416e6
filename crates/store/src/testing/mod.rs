//! A database for every test, cheaply: all test processes of a user share one forgetful server in the folder for
//! temporary files, with a template that has the schema; a test copies the template. A watcher stops the server
//! and removes its folder when no test process has used it for a while, also when one of them was killed.

mod outbox;

pub use outbox::{LongWrite, Wrong, WrongFollower, set_revenues};

use crate::geometry::area_to_ewkb;
use crate::private_server::{PrivateServer, Purpose, ServerError};
use crate::server_files::is_root;
use crate::{Doing, Result, Store, StoreError};
use geocrm_domain::MultiPolygon;
use geocrm_domain::clock::Clock;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A fresh database with the schema and no rows.
#[derive(Debug)]
pub struct TestDatabase {
    /// Connected as the application's role.
    pub store: Store,
    pub owner_url: String,
    pub app_url: String,
    name: String,
    /// Says that the server is in use, as long as the test lives.
    _use: TestCluster,
}

/// The shared server, held for as long as this value lives.
#[derive(Debug)]
pub struct TestCluster {
    server: PrivateServer,
    _in_use: File,
}

const TEMPLATE: &str = "geocrm_template";

impl TestDatabase {
    /// A new database on the shared server.
    pub async fn new() -> Result<Self> {
        TestCluster::join().await?.database(TEMPLATE).await
    }

    /// A database of its own with everything that is in this one, which nobody may be connected to: close its
    /// `store` first.
    pub async fn copy(&self) -> Result<Self> {
        TestCluster::join().await?.database(&self.name).await
    }

    /// First column of the answer to an SQL question only a test asks, which casts it to text; put by the owner,
    /// null as empty text.
    pub async fn ask(&self, question: &'static str) -> Result<Vec<String>> {
        let doing = "asking for a test";
        let mut owner = PgConnection::connect(&self.owner_url).await.doing(doing)?;
        let answer: Vec<Option<String>> = sqlx::query_scalar(question)
            .fetch_all(&mut owner)
            .await
            .doing(doing)?;
        owner.close().await.doing(doing)?;
        Ok(answer.into_iter().map(Option::unwrap_or_default).collect())
    }

    /// Square metres of an area as PostGIS measures it, each part counted once. Its edges are geodesics and ours straight
    /// in degrees, which is the same for edges of ten metres.
    pub async fn geography_m2(&self, area: &MultiPolygon) -> Result<f64> {
        let doing = "measuring an area for a test";
        let shape = area_to_ewkb(area).map_err(|e| sqlx::Error::Encode(e.into()));
        let shape = shape.doing(doing)?;
        let mut owner = PgConnection::connect(&self.owner_url).await.doing(doing)?;
        let m2 = sqlx::query_scalar(
            "SELECT ST_Area(ST_Segmentize(ST_UnaryUnion(ST_Collect(part)), 0.0001)::geography)
             FROM (SELECT ST_Difference(
                       ST_MakeValid(ST_MakePolygon(ST_ExteriorRing(p.geom))),
                       coalesce(
                           (SELECT ST_Union(ST_MakeValid(ST_MakePolygon(ST_InteriorRingN(p.geom, n))))
                            FROM generate_series(1, ST_NumInteriorRings(p.geom)) n),
                           'SRID=4326;POLYGON EMPTY'::geometry)) AS part
                   FROM ST_Dump($1::geometry) p) parts",
        )
        .bind(shape)
        .fetch_one(&mut owner)
        .await
        .doing(doing)?;
        owner.close().await.doing(doing)?;
        Ok(m2)
    }

    /// Every table with the number of its rows and a digest of their contents, to compare before and after.
    pub async fn fingerprint(&self) -> Result<Vec<String>> {
        self.ask(
            "SELECT relname || ' ' || (xpath('/row/c/text()', query_to_xml(format(
                 'SELECT count(*) || '' rows '' || md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '''')) AS c
                  FROM %I t', relname), false, true, '')))[1]::text
             FROM pg_stat_user_tables WHERE relname NOT LIKE 'spatial%' ORDER BY relname",
        )
        .await
    }
}

impl TestCluster {
    /// Starts the shared server or joins it.
    pub async fn join() -> Result<Self> {
        let folder = folder();
        let file = |doing, path: &Path| {
            let path = path.to_owned();
            move |source| {
                StoreError::Server(ServerError::File {
                    doing,
                    path,
                    source,
                })
            }
        };
        // Locks lie beside the folder: the watcher removes the folder while it holds them.
        let gate = open(&folder.with_extension("gate")).map_err(file("opening", &folder))?;
        gate.lock().map_err(file("locking", &folder))?;
        let in_use = open(&folder.with_extension("use")).map_err(file("opening", &folder))?;
        in_use.lock_shared().map_err(file("locking", &folder))?;
        let server = match PrivateServer::start_process(&folder, Purpose::Tests) {
            // What is left where the watcher was killed while it removed the folder.
            Err(ServerError::ForeignFolder(_)) => {
                fs::remove_dir_all(&folder).map_err(file("removing", &folder))?;
                PrivateServer::start_process(&folder, Purpose::Tests)?
            }
            started => started?,
        };
        let cluster = Self {
            server,
            _in_use: in_use,
        };
        if cluster.server.started_here() {
            watch(&folder).map_err(file("watching", &folder))?;
        }
        if !folder.join("template.ready").exists() {
            cluster.make_template().await?;
            File::create(folder.join("template.ready")).map_err(file("marking", &folder))?;
        }
        Ok(cluster)
    }

    async fn make_template(&self) -> Result<()> {
        let doing = "making the template database";
        let mut owner = self.owner().await?;
        owner
            .execute("DROP DATABASE IF EXISTS geocrm_template")
            .await
            .doing(doing)?;
        owner
            .execute("CREATE DATABASE geocrm_template")
            .await
            .doing(doing)?;
        owner.close().await.doing(doing)?;
        Store::migrate(&self.server.url("geocrm_owner", TEMPLATE)).await
    }

    /// A copy of the named database.
    async fn database(self, template: &str) -> Result<TestDatabase> {
        let name = format!("t{}", Clock::System.new_id().simple());
        let (owner_url, app_url) = self.create_database(&name, template).await?;
        Ok(TestDatabase {
            store: Store::connect_with(&app_url, 8).await?,
            owner_url,
            app_url,
            name,
            _use: self,
        })
    }

    /// Addresses for the owner and the application.
    async fn create_database(&self, name: &str, template: &str) -> Result<(String, String)> {
        let doing = "copying the template database";
        let mut owner = self.owner().await?;
        // Both names are made above from hexadecimal digits.
        let statement = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
        owner.execute(AssertSqlSafe(statement)).await.doing(doing)?;
        owner.close().await.doing(doing)?;
        let url = |role| self.server.url(role, name);
        Ok((url("geocrm_owner"), url("geocrm_app")))
    }

    async fn owner(&self) -> Result<PgConnection> {
        PgConnection::connect(&self.server.url("geocrm_owner", "postgres"))
            .await
            .doing("connecting to the test server")
    }
}

/// One server per user and schema.
fn folder() -> PathBuf {
    let who = if is_root() {
        "root".to_owned()
    } else {
        std::env::var("USER").unwrap_or_default()
    };
    std::env::temp_dir().join(format!("geocrm-test-{who}-{}", Store::schema_fingerprint()))
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
}

/// Waits for the last user to go, grants newcomers a grace of half a minute, then stops the server for good.
const WATCH: &str = r#"
folder=$1
while :; do
    flock -x "$folder.use" -c true
    sleep 30
    flock -x "$folder.gate" -c '
        flock -n -x "'"$folder"'.use" -c true || exit 1
        pid=$(head -n 1 "'"$folder"'/pg/postmaster.pid" 2>/dev/null)
        [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null
        for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null && sleep 1; done
        rm -rf "'"$folder"'"
    ' && exit 0
done
"#;

fn watch(folder: &Path) -> std::io::Result<()> {
    Command::new("sh")
        .args(["-c", WATCH, "geocrm-test-watch"])
        .arg(folder)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    // Locks and folder of an older schema have a watcher of their own.
    fs::metadata(folder).map(|_| ())
}
