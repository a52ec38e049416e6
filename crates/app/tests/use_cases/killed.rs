//! Does a kill amid the writing of the engine's files or amid a merge leave anything wrong behind? A process of its own
//! writes thousands of accounts, merges and saves all the time and is killed where it hurts: while a file is unfinished,
//! while a merge runs, or anywhere. What is opened next must go by the files, equal SQL and hold every acknowledged
//! write. A writer that puts the list in place before the files it names must be caught by the same checks.

use crate::differential::{Asker, difference};
use crate::random;
use crate::support::{World, clock, run, seed};
use geocrm_app::App;
use geocrm_domain::catalogue::{ACCOUNTS, CUBES};
use geocrm_domain::clock::Clock;
use geocrm_domain::{CubeQuery, VisibleScope};
use geocrm_store::Store;
use geocrm_store::testing::set_revenues;
use rand::Rng;
use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Groups of accounts that are written in one transaction each: large ones, each enough for a merge, and small ones.
const LARGE: usize = 14;
const SMALL: usize = 3;
/// Many accounts at the places of the demo's own.
const MORE_ACCOUNTS: &str = "
    WITH known AS (SELECT row_number() OVER (ORDER BY id) - 1 AS at, count(*) OVER () AS of, id FROM accounts),
    wanted AS (
        SELECT 'group' || g AS source, n FROM generate_series(0, 13) g, generate_series(1, 1400) n
        UNION ALL SELECT 'group' || g, n FROM generate_series(14, 16) g, generate_series(1, 20) n)
    INSERT INTO accounts
    SELECT r.*
    FROM wanted w JOIN known ON known.at = w.n % known.of JOIN accounts a ON a.id = known.id,
    LATERAL jsonb_populate_record(a, jsonb_build_object(
        'id', gen_random_uuid(), 'source', w.source, 'external_key', w.n, 'revenue_cents', 0, 'deleted_at', NULL)) r
    RETURNING id::text";

const FOLLOWING: &str = "the victim is following";
const ACKNOWLEDGED: &str = "acknowledged: ";
/// Said by the follower.
const MERGING: &str = "merging recent edits";
const MERGED: &str = "recent edits are merged";
const FROM_FILES: &str = "beginning from the engine's files";

/// What a victim is told in its environment.
const VICTIM: [&str; 4] = [
    "GEOCRM_VICTIM_APP_URL",
    "GEOCRM_VICTIM_OWNER_URL",
    "GEOCRM_VICTIM_HOME",
    "GEOCRM_VICTIM_ROUND",
];
/// Where a wrong writer keeps the engine's files, if it is to be tried.
const WRONG: &str = "GEOCRM_VICTIM_WRONG";

/// Writes, merges and saves until it is killed, when this process was started for that.
fn be_the_victim() {
    let told = VICTIM.map(|name| env::var(name).ok());
    let [Some(app_url), Some(owner_url), Some(home), Some(round)] = told else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter("geocrm_app=debug")
        .with_writer(std::io::stderr)
        .init();
    let round: i64 = round.parse().expect("a number");
    if let Ok(folder) = env::var(WRONG) {
        let home = PathBuf::from(&home);
        thread::spawn(move || keep_wrongly(&home.join("engine"), Path::new(&folder)));
    }
    run(async {
        let store = Store::connect(&app_url).await.expect("connected");
        let app = App::over(store, home.into(), Clock::System).await;
        let app = app.expect("an installation");
        app.follow(Duration::from_millis(1));
        say(FOLLOWING);
        let write = async |groups: std::ops::Range<usize>| {
            let mut revenue = (round + 1) * 1_000_000;
            for group in groups.cycle() {
                revenue += 1;
                let written = set_revenues(&owner_url, &format!("group{group}"), revenue).await;
                assert!(written.expect("written") > 10);
                say(&format!("{ACKNOWLEDGED}{group} {revenue}"));
                app.catch_up().await.expect("it follows");
            }
        };
        tokio::join!(write(0..LARGE), write(LARGE..LARGE + SMALL));
    });
}

fn say(line: &str) {
    writeln!(std::io::stderr(), "{line}").expect("somebody listens");
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    let unfinished = folder.join(format!("{name}.new"));
    let mut file = File::create(&unfinished).expect("a file");
    file.write_all(bytes).expect("written");
    file.sync_all().expect("written");
    fs::rename(unfinished, folder.join(name)).expect("renamed");
}

/// A writer that writes every file whole, but the list before the files that it names.
fn keep_wrongly(right: &Path, wrong: &Path) {
    let mut last = Vec::new();
    loop {
        thread::sleep(Duration::from_micros(200));
        let Some(list) = fs::read(right.join(LIST)).ok().filter(|list| *list != last) else {
            continue;
        };
        let mut names: serde_json::Value = serde_json::from_slice(&list).expect("JSON");
        let mut cubes = Vec::new();
        for cube in CUBES {
            let name = names["cubes"][cube.name].take();
            let bytes = fs::read(right.join(name.as_str().expect("a name")));
            names["cubes"][cube.name] = format!("{}.cube", cube.name).into();
            cubes.push((format!("{}.cube", cube.name), bytes));
        }
        if cubes.iter().any(|(_, bytes)| bytes.is_err()) {
            // Replaced while it was read.
            continue;
        }
        put(wrong, LIST, names.to_string().as_bytes());
        for (name, bytes) in cubes {
            put(wrong, &name, &bytes.expect("looked at above"));
        }
        last = list;
    }
}

const LIST: &str = "engine.json";

/// When to kill.
#[derive(Debug, Clone, Copy)]
enum Moment {
    AmidFile,
    AmidMerge,
    Anywhere,
    /// A wrong writer has put its list in place.
    AfterList,
}

/// What is known of a victim after its end.
#[derive(Debug, Default)]
struct Remains {
    amid_file: bool,
    amid_merge: bool,
    from_files: bool,
    /// By group the greatest revenue whose commit was heard of.
    acknowledged: BTreeMap<usize, i64>,
}

struct Victim {
    process: Child,
    said: Receiver<String>,
    heard: Vec<String>,
}

impl Victim {
    fn start(arena: &Arena, round: u64) -> Self {
        let mut command = Command::new(env::current_exe().expect("this program"));
        let (home, round) = (arena.home.path(), round.to_string());
        let db = &arena.world.db;
        command
            .args([arena.test, "--exact", "--nocapture"])
            .env(VICTIM[0], &db.app_url)
            .env(VICTIM[1], &db.owner_url)
            .env(VICTIM[2], home)
            .env(VICTIM[3], round)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if let Some(wrong) = &arena.wrong {
            command.env(WRONG, wrong.path());
        }
        let mut process = command.spawn().expect("it starts");
        let stderr = BufReader::new(process.stderr.take().expect("piped"));
        let (tell, said) = channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            process,
            said,
            heard: Vec::new(),
        }
    }

    /// Whether it has said this since the last call that found it.
    fn has_said(&mut self, words: &str) -> bool {
        for line in self.said.try_iter() {
            let found = line.contains(words);
            self.heard.push(line);
            if found {
                return true;
            }
        }
        false
    }

    /// Waits for something, as closely as a processor allows.
    fn until(&mut self, what: &str, mut happens: impl FnMut(&mut Self) -> bool) {
        let started = Instant::now();
        while !happens(self) {
            let ended = self.process.try_wait().expect("its state");
            if ended.is_some() || started.elapsed() > Duration::from_mins(1) {
                let _ = self.process.kill();
                self.heard.extend(self.said.iter());
                let said = self.heard.join("\n");
                panic!("waiting for {what}, {ended:?}:\n{said}");
            }
            thread::sleep(Duration::from_micros(50));
        }
    }

    fn kill(mut self, arena: &Arena, moment: Moment, rng: &mut impl Rng) -> Remains {
        let engine = arena.home.path().join("engine");
        self.until("the victim", |v| v.has_said(FOLLOWING));
        for _ in 0..=rng.random_range(0..3) {
            match moment {
                Moment::AmidFile => {
                    self.until("no unfinished file", |_| !unfinished(&engine));
                    self.until("an unfinished file", |_| unfinished(&engine));
                }
                Moment::AmidMerge => self.until("a merge", |v| v.has_said(MERGING)),
                Moment::Anywhere => {
                    thread::sleep(Duration::from_millis(rng.random_range(0..150)));
                }
                Moment::AfterList => {
                    let list = arena.wrong.as_ref().expect("a folder").path().join(LIST);
                    let inode = || fs::metadata(&list).map(|list| list.ino()).ok();
                    let before = inode();
                    self.until("a list", |_| inode() != before);
                }
            }
        }
        if matches!(moment, Moment::AmidFile | Moment::AmidMerge) {
            thread::sleep(Duration::from_micros(rng.random_range(0..2_000)));
        }
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        self.heard.extend(self.said.iter());
        let mut remains = Remains {
            amid_file: unfinished(&engine),
            ..Remains::default()
        };
        for line in &self.heard {
            remains.amid_merge |= line.contains(MERGING);
            remains.amid_merge &= !line.contains(MERGED);
            remains.from_files |= line.contains(FROM_FILES);
            if let Some((group, revenue)) = line
                .strip_prefix(ACKNOWLEDGED)
                .and_then(|said| said.split_once(' '))
            {
                let group = group.parse().expect("a group");
                let revenue = revenue.parse().expect("a revenue");
                remains.acknowledged.insert(group, revenue);
            }
        }
        remains
    }
}

fn unfinished(folder: &Path) -> bool {
    let mut entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.any(|entry| entry.path().extension().is_some_and(|e| e == "unfinished"))
}

/// A database with many accounts and the folder of those who are killed over it.
struct Arena {
    /// Name of the test, which a victim runs too.
    test: &'static str,
    world: World,
    asker: Asker,
    home: TempDir,
    wrong: Option<TempDir>,
}

impl Arena {
    async fn new(test: &'static str, with_wrong_writer: bool) -> Self {
        let mut world = World::demo().await;
        let more = world.db.ask(MORE_ACCOUNTS).await.expect("more accounts");
        assert_eq!(more.len(), 1_400 * LARGE + 20 * SMALL);
        let home = tempfile::tempdir().expect("a folder");
        world.app = Self::open(&world, home.path()).await;
        let asker = Asker::of(&world).await;
        let wrong = with_wrong_writer.then(|| tempfile::tempdir().expect("a folder"));
        Self {
            test,
            world,
            asker,
            home,
            wrong,
        }
    }

    async fn open(world: &World, home: &Path) -> std::sync::Arc<App> {
        let app = App::over(world.db.store.clone(), home.to_owned(), clock(2)).await;
        app.expect("an installation")
    }

    /// Puts what the wrong writer left where it is looked for.
    fn restore(&self) {
        let Some(wrong) = &self.wrong else { return };
        let engine = self.home.path().join("engine");
        let _ = fs::remove_dir_all(&engine);
        fs::create_dir(&engine).expect("a folder");
        for file in fs::read_dir(wrong.path()).expect("a folder") {
            let file = file.expect("a file");
            fs::copy(file.path(), engine.join(file.file_name())).expect("copied");
        }
    }

    /// Opens what was left and compares it with SQL; what differs.
    async fn check(&mut self, seed: u64, remains: &Remains) -> Option<String> {
        self.restore();
        self.world.app = Self::open(&self.world, self.home.path()).await;
        let everything = CubeQuery {
            measures: vec!["count".to_owned(), "revenue_cents".to_owned()],
            ..CubeQuery::default()
        };
        let mut questions = self.asker.questions(seed, 12);
        questions.push((VisibleScope::everything(), &ACCOUNTS, everything));
        let answers = self.world.app.engine_and_sql(&questions).await;
        let groups = self.world.db.ask(
            "SELECT substr(source, 6) || ' ' || min(revenue_cents) FROM accounts WHERE source LIKE 'group%' GROUP BY source",
        );
        for group in groups.await.expect("groups") {
            let (group, least) = group.split_once(' ').expect("a group");
            let (group, least): (usize, i64) =
                (group.parse().expect("one"), least.parse().expect("one"));
            if remains.acknowledged.get(&group) > Some(&least) {
                return Some(format!("group {group} is at {least}: {remains:?}"));
            }
        }
        let answers = answers.expect("answers");
        let mut both = questions.iter().zip(answers);
        both.find_map(|(question, (engine, sql))| {
            let difference = difference(&engine, &sql)?;
            Some(format!("{difference}\n{question:#?}"))
        })
    }
}

#[test]
fn a_kill_amid_files_and_merges_leaves_nothing_wrong() {
    be_the_victim();
    run(async {
        // A busy machine may let an act end before the kill arrives: more are tried then.
        let (least, most, acts) = (12, 36, 3);
        let mut kills = 0;
        let test = "killed::a_kill_amid_files_and_merges_leaves_nothing_wrong";
        let mut arena = Arena::new(test, false).await;
        let mut rng = random::rng(seed(61));
        let (mut amid_file, mut amid_merge, mut from_files, mut acknowledged) = (0, 0, 0, 0);
        let mut with_list = 0;
        let moments = [Moment::AmidFile, Moment::AmidMerge, Moment::Anywhere];
        while kills < least || (amid_file.min(amid_merge) < acts && kills < most) {
            let round = kills;
            kills += 1;
            let list = arena.home.path().join("engine").join("engine.json");
            with_list += u64::from(list.exists());
            let moment = moments[round as usize % moments.len()];
            let remains = Victim::start(&arena, round).kill(&arena, moment, &mut rng);
            amid_file += u64::from(remains.amid_file);
            amid_merge += u64::from(remains.amid_merge);
            from_files += u64::from(remains.from_files);
            acknowledged += remains.acknowledged.len();
            let difference = arena.check(seed(1_000 * round), &remains).await;
            assert_eq!(difference, None, "round {round}, {moment:?}");
        }
        println!(
            "soak: {kills} kills, {amid_file} amid a file, {amid_merge} amid a merge, {from_files} of {with_list} restarts from files, \
             {acknowledged} acknowledged groups found again"
        );
        assert!(
            amid_file >= acts && amid_merge >= acts,
            "{amid_file} {amid_merge}"
        );
        // The first finds no list, and the second none if that one was killed before its own was whole; nothing that is
        // killed may leave one that cannot be used.
        assert_eq!(from_files, with_list);
        assert!(with_list >= kills - 2, "{with_list}");
    });
}

#[test]
fn a_list_that_is_written_before_its_files_is_caught() {
    be_the_victim();
    run(async {
        let test = "killed::a_list_that_is_written_before_its_files_is_caught";
        let mut arena = Arena::new(test, true).await;
        let mut rng = random::rng(seed(62));
        let mut caught = None;
        for round in 0..12 {
            let victim = Victim::start(&arena, round);
            let remains = victim.kill(&arena, Moment::AfterList, &mut rng);
            if arena.check(seed(round), &remains).await.is_some() {
                caught = Some(round + 1);
                break;
            }
        }
        println!("soak: a wrong writer was caught by kill {caught:?}");
        assert!(caught.is_some(), "a wrong writer passes");
    });
}
