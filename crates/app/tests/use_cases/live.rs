//! Does the engine follow whatever happens? Thirty-two writers edit at once, transactions are held open so that
//! commits come in another order than their numbers, imports come and go, regions are loaded, and the follower's
//! connection is cut. Meanwhile questions are put to engine and SQL at one instant; at rest the engine is
//! compared with SQL and with one built anew. Two followers that trust a wrong order must be caught.

use crate::differential::{Asker, compare, difference};
use crate::edits::Editor;
use crate::random;
use crate::support::{Quiet, World, ask, clock, run, soak_run};
use futures::future::join_all;
use geocrm_app::App;
use geocrm_domain::{AccountId, LngLat};
use geocrm_store::testing::{LongWrite, Wrong, WrongFollower};
use rand::Rng;
use rand::seq::IndexedRandom;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const WRITERS: usize = 32;
const LONG_WRITERS: usize = 4;
/// Accounts that only the long writers touch: few, so that they meet.
const CONTESTED: usize = 6;

/// What the actors share.
struct Stage<'a> {
    world: &'a World,
    asker: &'a Asker,
    writing: AtomicBool,
    seed: u64,
}

impl Stage<'_> {
    fn goes_on(&self) -> bool {
        self.writing.load(Ordering::Relaxed)
    }

    /// Holds transactions open over each other; returns the time from every commit until it was answered.
    async fn write_slowly(&self, number: u64, accounts: &[AccountId]) -> Vec<Duration> {
        let mut rng = random::rng(self.seed * 1_000 + number);
        let mut lags = Vec::new();
        while self.goes_on() {
            let db = &self.world.db;
            let mut write = LongWrite::begin(db).await.expect("a transaction");
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..60))).await;
            let id = *accounts.choose(&mut rng).expect("an account");
            let revenue = rng.random_range(0..1_000_000_000);
            write.set_revenue(id, revenue).await.expect("written");
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..30))).await;
            write.commit().await.expect("committed");
            let committed = Instant::now();
            let version = db.store.data_version().await.expect("a version");
            while self.answered() < version {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            lags.push(committed.elapsed());
        }
        lags
    }

    fn answered(&self) -> i64 {
        self.world.app.data_version().parse().expect("a number")
    }

    async fn follow_wrongly(&self, rule: Wrong) -> WrongFollower {
        let follower = WrongFollower::begin(&self.world.db, rule).await;
        let mut follower = follower.expect("a follower");
        while self.goes_on() {
            follower.follow().await.expect("it follows");
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        follower
    }

    /// Engine and SQL at one instant, again and again.
    async fn check(&self) -> usize {
        let mut rng = random::rng(self.seed * 1_000 + 900);
        let mut checked = 0;
        while self.goes_on() {
            let questions: Vec<_> = (0..3).map(|_| self.asker.question(&mut rng)).collect();
            let answers = self.world.app.engine_and_sql(&questions).await;
            for (question, (engine, sql)) in questions.iter().zip(answers.expect("answers")) {
                assert_eq!(difference(&engine, &sql), None, "{question:#?}");
                checked += 1;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        checked
    }

    /// Cuts the connection that the follower listens on.
    async fn cut(&self) -> usize {
        let mut rng = random::rng(self.seed * 1_000 + 901);
        let mut cuts = 0;
        while self.goes_on() {
            tokio::time::sleep(Duration::from_millis(rng.random_range(50..400))).await;
            let cut = self.world.db.ask(
                "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
                 WHERE datname = current_database() AND query ILIKE 'listen%'",
            );
            cuts += cut.await.expect("an answer").len();
        }
        cuts
    }

    /// A file that comes and goes.
    async fn import(&self, rounds: usize) {
        let file = self
            .world
            .home
            .path()
            .join(format!("import{}.csv", self.seed));
        for round in 0..rounds {
            let mut csv = "id;naam;status;omzet\n".to_owned();
            for row in 0..60 {
                writeln!(csv, "L{row};Lijst {row};prospect;{}", row * 7 + round).expect("text");
            }
            std::fs::write(&file, csv).expect("written");
            let report = self.world.app.import_file(&file, false).await;
            let id = report.expect("imported").id.expect("an import");
            tokio::time::sleep(Duration::from_millis(40)).await;
            self.world.app.undo_import(id).await.expect("undone");
        }
    }

    /// Regions of another hierarchy that move with every load, and with them the regions of every record.
    async fn move_regions(&self, rounds: usize) {
        let middle = self.asker.addresses().places()[0];
        for round in 0..rounds {
            load_strips(self.world, middle, round).await;
        }
    }
}

/// Loads three regions around a place, in every round others.
pub async fn load_strips(world: &World, middle: LngLat, round: usize) {
    let folder = world.home.path();
    let mut features = Vec::new();
    for part in 0..3 {
        let west = middle.lng() - 0.1 + 0.05 * f64::from(part) + 0.01 * round as f64;
        let (east, south, north) = (west + 0.05, middle.lat() - 0.2, middle.lat() + 0.2);
        features.push(format!(
                    r#"{{"type":"Feature","properties":{{"code":"N{part}","name":"Strook {part}"}},
                        "geometry":{{"type":"Polygon","coordinates":[[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]]}}}}"#
                ));
    }
    let json = format!(
        r#"{{"type":"FeatureCollection","features":[{}]}}"#,
        features.join(",")
    );
    std::fs::write(folder.join("strips.geojson"), json).expect("written");
    let recipe = folder.join("strips.toml");
    std::fs::write(&recipe, STRIPS).expect("written");
    let loaded = world.app.load_recipe_file(folder, &recipe, &Quiet);
    loaded.await.expect("loaded");
}

/// What chance may leave out or heal again: a number that is seen after a later one, and a record that the older of
/// two transactions writes last.
async fn cross(
    stage: &Stage<'_>,
    accounts: &[AccountId],
    mut followers: Vec<WrongFollower>,
) -> Vec<WrongFollower> {
    let begin = || async {
        let write = LongWrite::begin(&stage.world.db).await;
        write.expect("a transaction")
    };
    let mut late = begin().await;
    late.set_revenue(accounts[0], 1).await.expect("written");
    let (mut older, mut younger) = (begin().await, begin().await);
    younger.set_revenue(accounts[1], 2).await.expect("written");
    younger.commit().await.expect("committed");
    for follower in &mut followers {
        follower.follow().await.expect("it follows");
    }
    stage.world.app.catch_up().await.expect("it catches up");
    late.commit().await.expect("committed");
    older.set_revenue(accounts[1], 3).await.expect("written");
    older.commit().await.expect("committed");
    followers
}

const STRIPS: &str = "
code = 'strips'
title = 'Strips'
source = 'a test'
licence = 'CC0-1.0'
attribution = 'a test'
vintage = '2026'
file = 'strips.geojson'
format = 'geojson'
kind = 'regions'
crs = 'EPSG:4326'
order = 1
[regions]
level = 'neighbourhood_2015'
code = 'code'
name = 'name'
";

/// The 50th, 99th and last of a hundred, in milliseconds.
fn percentiles_ms(mut lags: Vec<Duration>) -> [u128; 3] {
    lags.sort_unstable();
    [50, 99, 100].map(|p| lags[(lags.len() * p / 100).min(lags.len() - 1)].as_millis())
}

async fn simulate(seed: u64, edits: usize) {
    let world = World::demo().await;
    let asker = Asker::of(&world).await;
    world.app.follow(Duration::from_millis(100));
    let mut editors = Editor::crew(&world, seed, WRITERS + 1).await;
    let contested: Vec<AccountId> = editors
        .pop()
        .map(|last| last.ids().into_iter().take(CONTESTED).collect())
        .expect("a share of the accounts");
    let stage = Stage {
        world: &world,
        asker: &asker,
        writing: AtomicBool::new(true),
        seed,
    };
    let busy = AtomicUsize::new(WRITERS + 1);
    let done = || {
        if busy.fetch_sub(1, Ordering::Relaxed) == 1 {
            stage.writing.store(false, Ordering::Relaxed);
        }
    };
    let writers = join_all(editors.iter_mut().map(|editor| {
        let (stage, done) = (&stage, &done);
        async move {
            while editor.done.values().sum::<usize>() < edits.div_ceil(WRITERS) {
                editor.edit(stage.world, stage.asker).await;
            }
            done();
        }
    }));
    let files = async {
        stage.import(1 + edits / 1_000).await;
        stage.move_regions(1 + edits / 2_000).await;
        done();
    };
    let slow = join_all((0..LONG_WRITERS as u64).map(|n| stage.write_slowly(n, &contested)));
    let wrong = join_all([Wrong::Number, Wrong::Transaction].map(|r| stage.follow_wrongly(r)));
    let (_, (), lags, wrong, checked, cuts) =
        futures::join!(writers, files, slow, wrong, stage.check(), stage.cut());

    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    for (action, times) in editors.iter().flat_map(|editor| &editor.done) {
        *done.entry(action).or_default() += times;
    }
    let edits: usize = done.values().sum();
    let mut wrong = cross(&stage, &contested, wrong).await;
    world.app.catch_up().await.expect("it catches up");
    let questions = asker.questions(seed, 120);
    let answers = compare(&world, &questions).await;
    let fresh = App::over(
        world.db.store.clone(),
        world.home.path().to_owned(),
        clock(2),
    )
    .await;
    let fresh = fresh.expect("an engine built anew");
    assert_eq!(fresh.data_version(), world.app.data_version());
    for ((scope, cube, query), answer) in questions.iter().zip(&answers) {
        let anew = ask(&fresh, scope, cube, query).await;
        assert_eq!(difference(answer, &anew), None, "{query:#?}");
    }
    let lags: Vec<Duration> = lags.into_iter().flatten().collect();
    let slow = lags.len();
    let mut mistaken = Vec::new();
    for follower in &mut wrong {
        follower.follow().await.expect("it follows");
        mistaken.push(follower.mistaken().await.expect("an answer"));
    }
    println!(
        "soak: seed {seed}: {edits} edits by {WRITERS} writers {done:?}, {slow} long transactions, {cuts} cuts, {checked} answers at \
         their version; lag p50, p99, most {:?} ms; wrong followers mistaken about {mistaken:?} accounts",
        percentiles_ms(lags)
    );
    assert!(
        checked > 20 && slow > 20 && cuts > 0,
        "{checked} {slow} {cuts}"
    );
    assert!(
        mistaken.iter().all(|accounts| *accounts > 0),
        "a wrong follower passed: {mistaken:?}"
    );
}

#[test]
fn the_engine_follows_whatever_happens() {
    run(async {
        let edits = if soak_run().is_some() { 10_000 } else { 960 };
        Box::pin(simulate(soak_run().unwrap_or(1), edits)).await;
    });
}
