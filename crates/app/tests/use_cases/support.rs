//! A demo region of 2,000 addresses, loaded once through the program's own loader and copied for every test
//! that wants one, with an administrator signed in. The clock stands still, so that identifiers repeat.

use chrono::{DateTime, Utc};
use geocrm_app::App;
use geocrm_app::answer::Asked;
use geocrm_app::load::Progress;
use geocrm_app::session::SignedIn;
use geocrm_domain::catalogue::Cube;
use geocrm_domain::clock::Clock;
use geocrm_domain::{Answer, CubeQuery, VisibleScope};
use geocrm_store::testing::TestDatabase;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, LazyLock};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

pub const SEED: u64 = 20_261_122;
pub const ADDRESSES: usize = 2_000;
pub const PASSWORD: &str = "kreupelhout onder de brug";

/// Pools live as long as their runtime, so all tests share one.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime")
});
static DEMO: OnceCell<TestDatabase> = OnceCell::const_new();

pub fn run<T>(test: impl Future<Output = T>) -> T {
    RUNTIME.block_on(test)
}

/// Which run of `make soak` this is, from 1; `None` under `make test`.
pub fn soak_run() -> Option<u64> {
    let run = std::env::var("GEOCRM_SOAK_RUN").ok()?;
    Some(run.parse().expect("GEOCRM_SOAK_RUN is a number"))
}

/// The seed of a harness: under `make test` always its own, in every run of `make soak` another.
pub fn seed(own: u64) -> u64 {
    own + 1_000 * soak_run().unwrap_or(0)
}

pub struct Quiet;

impl Progress for Quiet {
    fn step(&self, _: &str, _: u64, _: u64) {}
}

/// The clock of a world; another hour gives other identifiers.
pub fn clock(hour: u32) -> Clock {
    let start: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().expect("an instant");
    Clock::fixed(start + chrono::Duration::hours(i64::from(hour)))
}

fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

/// An open installation of its own.
pub struct World {
    pub app: Arc<App>,
    pub db: TestDatabase,
    pub admin: SignedIn,
    pub home: TempDir,
}

impl World {
    /// The demo region with its accounts.
    pub async fn demo() -> Self {
        let demo = DEMO
            .get_or_init(async || {
                let db = TestDatabase::new().await.expect("a test database");
                let home = folder();
                let app = App::over(db.store.clone(), home.path().to_owned(), clock(0))
                    .await
                    .expect("an installation");
                let reports = app
                    .load_demo_once(SEED, ADDRESSES, None, &Quiet)
                    .await
                    .expect("the demo loads");
                assert_eq!(reports.len(), 2);
                app.close().await.expect("it closes");
                db
            })
            .await;
        Self::of(demo.copy().await.expect("a copy of the demo")).await
    }

    /// Nothing loaded.
    pub async fn empty() -> Self {
        Self::of(TestDatabase::new().await.expect("a test database")).await
    }

    async fn of(db: TestDatabase) -> Self {
        let home = folder();
        let app = App::over(db.store.clone(), home.path().to_owned(), clock(1))
            .await
            .expect("an installation");
        let token = app.setup_link().await.expect("a link").expect("it is open");
        let (admin, _) = app
            .set_up(&token, "Ada", "ada@example.org", PASSWORD.to_owned())
            .await
            .expect("an administrator");
        Self {
            app,
            db,
            admin,
            home,
        }
    }

    /// Signs the representative of a territory in.
    pub async fn representative(&self, territory: &str) -> SignedIn {
        let email = format!("{}@example.org", territory.to_lowercase());
        self.app
            .add_user(
                "Rita",
                &email,
                geocrm_app::session::Role::Representative,
                vec![territory.to_owned()],
                Some(PASSWORD.to_owned()),
            )
            .await
            .expect("a new user");
        let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let signed_in = self.app.sign_in(&email, PASSWORD.to_owned(), here).await;
        signed_in.expect("a session").0
    }

    /// The engine's answer.
    pub async fn ask(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        query: &CubeQuery,
    ) -> Answer {
        ask(&self.app, scope, cube, query).await
    }

    /// What the database answers to the same question.
    pub async fn ask_sql(
        &self,
        scope: &VisibleScope,
        cube: &'static Cube,
        query: &CubeQuery,
    ) -> Answer {
        let answer = self.db.store.query_cube(scope, cube, query).await;
        answer.unwrap_or_else(|e| panic!("{e}\n{query:?}"))
    }
}

pub async fn ask(
    app: &App,
    scope: &VisibleScope,
    cube: &'static Cube,
    query: &CubeQuery,
) -> Answer {
    let asked = Asked {
        query: query.clone(),
        at: None,
    };
    let answers = app.answer(scope, cube, &[asked]).await;
    let (_, mut answers) = answers.unwrap_or_else(|e| panic!("{e}\n{query:?}"));
    answers.remove(0)
}

/// `count` of everything that passes.
pub fn count_query(query: CubeQuery) -> CubeQuery {
    CubeQuery {
        measures: vec!["count".to_owned()],
        ..query
    }
}
