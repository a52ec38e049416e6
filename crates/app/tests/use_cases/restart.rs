//! Is an engine that starts from its files the engine that was closed, plus what was written since? And one whose files
//! are damaged, missing or too old the one that the database says?

use crate::differential::{Asker, compare};
use crate::edits::Editor;
use crate::live::load_strips;
use crate::random;
use crate::support::{World, ask, clock, count_query, run};
use geocrm_app::App;
use geocrm_domain::catalogue::ACCOUNTS;
use geocrm_domain::{Answer, CubeQuery, VisibleScope};
use geocrm_store::Store;
use rand::Rng;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Another run of the program over the database of a world, at an hour of its own.
async fn open(world: &World, home: &Path) -> Arc<App> {
    static HOUR: AtomicU32 = AtomicU32::new(10);
    let hour = HOUR.fetch_add(1, Ordering::Relaxed);
    let store = Store::connect(&world.db.app_url).await.expect("connected");
    let app = App::over(store, home.to_owned(), clock(hour)).await;
    app.expect("an installation")
}

/// Sum of the revenue, by the engine of this run.
async fn revenue(app: &App) -> Answer {
    let query = CubeQuery {
        measures: vec!["count".to_owned(), "revenue_cents".to_owned()],
        ..CubeQuery::default()
    };
    ask(app, &VisibleScope::everything(), &ACCOUNTS, &query).await
}

async fn revenue_in_sql(world: &World, store: &Store) -> Answer {
    let query = CubeQuery {
        measures: vec!["count".to_owned(), "revenue_cents".to_owned()],
        ..CubeQuery::default()
    };
    let scope = VisibleScope::everything();
    let answer = store.query_cube(&scope, &ACCOUNTS, &query).await;
    let answer = answer.expect("an answer");
    assert!(answer.matched > 50, "{}", world.db.app_url);
    answer
}

fn files(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.join("engine")).expect("the engine's folder");
    let mut files: Vec<PathBuf> = entries.map(|e| e.expect("a file").path()).collect();
    files.retain(|path| !path.ends_with("lock"));
    files.sort();
    files
}

#[test]
fn a_restart_goes_on_from_the_files_and_catches_up() {
    run(async {
        let mut world = World::demo().await;
        let asker = Asker::of(&world).await;
        let mut editor = Editor::of(&world, 41).await;
        for _ in 0..150 {
            editor.edit(&world, &asker).await;
        }
        world.app.close().await.expect("it closes");
        assert_eq!(
            files(world.home.path()).len(),
            6,
            "five cubes and their list"
        );

        // Somebody else writes meanwhile, without these files.
        let other = tempfile::tempdir().expect("a folder");
        world.app = open(&world, other.path()).await;
        for _ in 0..150 {
            editor.edit(&world, &asker).await;
        }
        world.app.close().await.expect("it closes");

        world.app = open(&world, world.home.path()).await;
        world.db.store = Store::connect(&world.db.app_url).await.expect("connected");
        compare(&world, &asker.questions(42, 150)).await;
        for _ in 0..30 {
            editor.edit(&world, &asker).await;
        }
        compare(&world, &asker.questions(43, 60)).await;
    });
}

#[test]
fn damaged_files_are_not_trusted() {
    run(async {
        let world = World::demo().await;
        world.app.close().await.expect("it closes");
        let store = Store::connect(&world.db.app_url).await.expect("connected");
        let home = world.home.path();
        let before = revenue_in_sql(&world, &store).await;
        // A change that leaves no trace in the outbox: only who reads the database anew can know of it.
        let silently =
            "UPDATE accounts SET revenue_cents = coalesce(revenue_cents, 0) + 1 RETURNING id::text";
        world.db.ask(silently).await.expect("changed");
        let after = revenue_in_sql(&world, &store).await;
        assert_ne!(before, after);
        let from_files = open(&world, home).await;
        assert_eq!(revenue(&from_files).await, before, "it goes by the files");

        let whole: Vec<(PathBuf, Vec<u8>)> = files(home)
            .into_iter()
            .map(|path| (path.clone(), fs::read(path).expect("a file")))
            .collect();
        let mut rng = random::rng(44);
        for case in 0..16 {
            for (path, bytes) in &whole {
                fs::write(path, bytes).expect("written");
            }
            let (path, bytes) = &whole[case % whole.len()];
            let mut broken = bytes.clone();
            match case / whole.len() {
                0 => {
                    let at = rng.random_range(0..broken.len());
                    broken[at] ^= 0x40;
                }
                1 => broken.truncate(rng.random_range(0..bytes.len())),
                _ => broken.clear(),
            }
            fs::write(path, &broken).expect("written");
            let app = open(&world, home).await;
            assert_eq!(
                revenue(&app).await,
                after,
                "case {case}: {}",
                path.display()
            );
        }
        fs::remove_dir_all(home.join("engine")).expect("removed");
        let anew = open(&world, home).await;
        assert_eq!(revenue(&anew).await, after);
    });
}

#[test]
fn after_a_load_nobody_waits_for_what_lies_on_the_ground() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let home = tempfile::tempdir().expect("a folder");
        let beside = open(&world, home.path()).await;
        let version = |layer: &str| beside.tile_layer(layer).expect("a layer").version;
        let before = version("roads");
        assert_eq!(before, version("regions_municipality"));
        load_strips(&world, asker.addresses().places()[0], 0).await;
        // It has followed: regions and figures are new; addresses, roads and buildings are those of before and say so.
        beside.catch_up().await.expect("it follows");
        let after = version("regions_municipality");
        assert_ne!(after, before);
        assert_eq!(version("roads"), before);
        let answers = beside.engine_and_sql(&asker.questions(46, 20)).await;
        for (engine, sql) in answers.expect("answers") {
            assert_eq!(engine, sql);
        }
        let mut changes = beside.changes();
        beside.read_ground().await.expect("read");
        assert_eq!(version("roads"), after);
        let heard = changes.try_recv().expect("open pages are told");
        let seen = heard
            .visible_to(&VisibleScope::nothing())
            .expect("a change");
        assert!(seen.kinds.iter().any(|kind| kind == "roads"));
        // Nothing was loaded since: nothing is read.
        beside.read_ground().await.expect("read");
        assert!(changes.try_recv().is_err());
    });
}

#[test]
fn files_older_than_what_was_pruned_are_not_trusted() {
    run(async {
        let mut world = World::demo().await;
        let asker = Asker::of(&world).await;
        world.app.close().await.expect("it closes");
        let other = tempfile::tempdir().expect("a folder");
        world.app = open(&world, other.path()).await;
        world.db.store = Store::connect(&world.db.app_url).await.expect("connected");
        let mut editor = Editor::of(&world, 45).await;
        for _ in 0..40 {
            editor.edit(&world, &asker).await;
        }
        // Until no transaction of another test holds the horizon back, nothing is forgotten.
        let everything = count_query(CubeQuery::default());
        let (_, seen) = world
            .db
            .store
            .changes_since(None)
            .await
            .expect("a snapshot");
        world.db.store.prune_outbox(&seen).await.expect("pruned");
        let late = open(&world, world.home.path()).await;
        assert_eq!(late.data_version(), world.app.data_version());
        let scope = VisibleScope::everything();
        assert_eq!(
            ask(&late, &scope, &ACCOUNTS, &everything).await,
            ask(&world.app, &scope, &ACCOUNTS, &everything).await
        );
        assert_eq!(revenue(&late).await, revenue(&world.app).await);
    });
}
