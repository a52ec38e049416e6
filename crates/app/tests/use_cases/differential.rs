//! Is the engine the database? The same random questions go to both, after a load, after a thousand edits and
//! after an import was taken back, and the answers must be equal to the last digit.

use crate::edits::Editor;
use crate::random::{self, Vocabulary};
use crate::support::{World, ask, clock, run, seed};
use futures::{StreamExt, stream};
use geocrm_app::App;
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES, CUBES, Cube};
use geocrm_domain::{Answer, CubeQuery, Filter, Number, UserId, VisibleScope};
use rand::Rng;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Everything a random question is made of.
pub struct Asker {
    cubes: Vec<Vocabulary>,
    territories: Vec<String>,
    users: Vec<UserId>,
}

pub type Question = (VisibleScope, &'static Cube, CubeQuery);

impl Asker {
    pub async fn of(world: &World) -> Self {
        let mut cubes = Vec::new();
        for cube in CUBES {
            cubes.push(Vocabulary::of(world, cube).await);
        }
        let territories = world.db.store.territories().await.expect("territories");
        Self {
            cubes,
            territories: territories.iter().map(|t| t.code.clone()).collect(),
            users: territories.iter().filter_map(|t| t.user).collect(),
        }
    }

    pub fn cubes(&self) -> &[Vocabulary] {
        &self.cubes
    }

    pub fn accounts(&self) -> &Vocabulary {
        let accounts = self.cubes.iter().find(|v| v.cube.name == ACCOUNTS.name);
        accounts.expect("the accounts are a cube")
    }

    pub fn addresses(&self) -> &Vocabulary {
        let addresses = self.cubes.iter().find(|v| v.cube.name == ADDRESSES.name);
        addresses.expect("the addresses are a cube")
    }

    pub fn scope(&self, rng: &mut impl Rng) -> VisibleScope {
        random::scope(rng, &self.territories, &self.users)
    }

    /// Half of them about accounts, the cube that scope and edits are about.
    pub fn question(&self, rng: &mut impl Rng) -> Question {
        let vocabulary = match rng.random_range(0..10) {
            about @ 0..5 => &self.cubes[about],
            _ => self.accounts(),
        };
        (self.scope(rng), vocabulary.cube, vocabulary.query(rng))
    }

    pub fn questions(&self, seed: u64, count: usize) -> Vec<Question> {
        let mut rng = random::rng(seed);
        (0..count).map(|_| self.question(&mut rng)).collect()
    }
}

pub fn difference(engine: &Answer, sql: &Answer) -> Option<String> {
    if engine == sql {
        return None;
    }
    let row = engine.rows.iter().zip(&sql.rows).position(|(a, b)| a != b);
    let rows = row.map(|at| (&engine.rows[at], &sql.rows[at]));
    let numbers = |a: &Answer| (a.matched, a.without_place, a.groups, a.rows.len());
    Some(format!(
        "(matched, without place, groups, rows): engine {:?}, SQL {:?}; first other row {row:?}: {rows:?}",
        numbers(engine),
        numbers(sql)
    ))
}

/// Puts every question to both; returns the answers.
pub async fn compare(world: &World, questions: &[Question]) -> Vec<Answer> {
    let both = stream::iter(questions).map(async |(scope, cube, query)| {
        let (engine, sql) = tokio::join!(
            world.ask(scope, cube, query),
            world.ask_sql(scope, cube, query)
        );
        if let Some(difference) = difference(&engine, &sql) {
            panic!("{}: {difference}\n{scope:?}\n{query:#?}", cube.name);
        }
        engine
    });
    both.buffered(4).collect().await
}

/// How many of the answers say anything.
fn telling(answers: &[Answer]) -> usize {
    answers.iter().filter(|a| a.matched > 0).count()
}

/// How many of all measures and dimensions of all cubes are in some question.
fn asked_about(questions: &[Question]) -> [String; 2] {
    let (mut measures, mut dimensions) = (BTreeSet::new(), BTreeSet::new());
    for (_, cube, query) in questions {
        measures.extend(query.measures.iter().map(|name| (cube.name, name)));
        dimensions.extend(query.dimensions.iter().map(|name| (cube.name, name)));
    }
    let all = |of: fn(&Cube) -> usize| CUBES.iter().map(|cube| of(cube)).sum::<usize>();
    [
        format!(
            "{} of {} measures",
            measures.len(),
            all(|c| c.measures.len())
        ),
        format!(
            "{} of {} dimensions",
            dimensions.len(),
            all(|c| c.dimensions.len())
        ),
    ]
}

#[test]
fn the_engine_answers_as_sql_does() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let (seed, count) = (seed(1), 1_000);
        let questions = asker.questions(seed, count);
        let answers = compare(&world, &questions).await;
        let telling = telling(&answers);
        let areas = questions.iter().filter(|q| q.2.geometry.is_some()).count();
        let [measures, dimensions] = asked_about(&questions);
        println!(
            "soak: {count} queries of seed {seed}, {telling} match something, {areas} have an area, {measures} and {dimensions} \
             are asked for"
        );
        assert!(telling * 3 > count, "{telling} of {count} match anything");
        let grouped = answers.iter().filter(|a| a.rows.len() > 1).count();
        assert!(grouped * 5 > count, "{grouped} of {count} have groups");
    });
}

/// The comparison is worth something only if it notices when the two are not asked or do not say the same.
#[test]
fn a_wrong_answer_is_noticed() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let (mut asked, mut noticed, mut numbers) = (0, 0, 0);
        for (scope, cube, query) in asker.questions(2, 150) {
            let engine = world.ask(&scope, cube, &query).await;
            let mut wrong = engine.clone();
            let number = wrong
                .rows
                .iter_mut()
                .flat_map(|r| &mut r.values)
                .flatten()
                .last();
            if let Some(Number::Int(value) | Number::Ratio { sum: value, .. }) = number {
                *value += 1;
                numbers += 1;
                assert!(difference(&wrong, &engine).is_some());
            }
            let Some(filter) = query.filter.clone().filter(|_| engine.matched > 0) else {
                continue;
            };
            let other = CubeQuery {
                filter: Some(Filter::Not(Box::new(filter))),
                ..query
            };
            asked += 1;
            let sql = world.ask_sql(&scope, cube, &other).await;
            noticed += usize::from(difference(&engine, &sql).is_some());
        }
        assert!(
            numbers > 30 && asked > 30,
            "{numbers} numbers, {asked} filters"
        );
        assert_eq!(noticed, asked, "a negated filter passes for the filter");
    });
}

#[test]
fn a_thousand_edits_later_it_still_does() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let (own, count) = (seed(3), 1_000);
        let mut editor = Editor::of(&world, own).await;
        for round in 0..10 {
            for _ in 0..count / 10 {
                editor.edit(&world, &asker).await;
            }
            compare(&world, &asker.questions(seed(100 + round), 10)).await;
        }
        println!(
            "soak: {count} edits of seed {own} {:?}, then 1000 queries",
            editor.done
        );
        editor.check_variety(count);
        // Members that only came with the edits are asked about too.
        let asker = Asker::of(&world).await;
        let questions = asker.questions(seed(4), 1_000);
        let answers = compare(&world, &questions).await;
        assert!(telling(&answers) * 3 > questions.len());

        let fresh = App::over(
            world.db.store.clone(),
            world.home.path().to_owned(),
            clock(2),
        )
        .await
        .expect("an engine built anew");
        assert_eq!(fresh.data_version(), world.app.data_version());
        for ((scope, cube, query), answer) in questions.iter().zip(&answers).take(400) {
            let anew = ask(&fresh, scope, cube, query).await;
            assert_eq!(difference(answer, &anew), None, "{query:#?}");
        }
        let (entries, broken) = world.db.store.verify_audit().await.expect("an audit");
        assert!(
            entries > count as i64 / 2 && broken.is_none(),
            "{entries}: {broken:?}"
        );
    });
}

/// Columns of an account but its version, which goes on so that nobody takes an old one for the present.
const ACCOUNTS_BUT_VERSION: &str =
    "SELECT (to_jsonb(a) - 'version')::text FROM accounts a ORDER BY a.id";

#[test]
fn an_import_that_is_undone_leaves_no_trace() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let questions = asker.questions(5, 150);
        let rows = || async { world.db.ask(ACCOUNTS_BUT_VERSION).await.expect("rows") };
        let file = world.home.path().join("klanten.csv");
        let addresses: Vec<_> = world
            .db
            .store
            .addresses_by_ids(&(1..=40).collect::<Vec<_>>())
            .await
            .expect("addresses");
        let write = |revenue: i64, from: usize, to: usize| {
            let mut csv = "id;naam;straat;huisnummer;postcode;plaats;omzet\n".to_owned();
            for (i, a) in addresses.iter().enumerate().take(to).skip(from) {
                let address = &a.row.address;
                let part = |part: &Option<String>| part.clone().unwrap_or_default();
                writeln!(
                    csv,
                    "K{i};Klant {i};{};{};{};{};{}",
                    part(&address.street),
                    part(&address.house_number),
                    part(&address.postcode),
                    part(&address.city),
                    revenue * i as i64
                )
                .expect("text");
            }
            std::fs::write(&file, csv).expect("written");
        };
        let before = (rows().await, compare(&world, &questions).await);
        write(100, 0, 30);
        let first = world.app.import_file(&file, false).await.expect("imported");
        assert_eq!((first.created, first.updated), (30, 0), "{first:?}");
        assert!(first.matched >= 25, "{first:?}");
        let between = (rows().await, compare(&world, &questions).await);
        assert_ne!(between.0, before.0);

        write(200, 10, 40);
        let dry = world.app.import_file(&file, true).await.expect("a dry run");
        assert_eq!(
            (dry.id, dry.created, dry.updated),
            (None, 10, 20),
            "{dry:?}"
        );
        assert_eq!(rows().await, between.0, "a dry run writes nothing");
        let second = world.app.import_file(&file, false).await.expect("imported");
        assert_eq!((second.created, second.updated), (10, 20), "{second:?}");
        compare(&world, &questions).await;
        let again = world.app.import_file(&file, false).await.expect("imported");
        assert_eq!((again.id, again.unchanged), (None, 30), "{again:?}");

        world
            .app
            .undo_import(second.id.expect("an id"))
            .await
            .expect("undone");
        assert_eq!((rows().await, compare(&world, &questions).await), between);
        world
            .app
            .undo_import(first.id.expect("an id"))
            .await
            .expect("undone");
        assert_eq!((rows().await, compare(&world, &questions).await), before);
        let twice = world.app.undo_import(first.id.expect("an id")).await;
        assert!(twice.is_err(), "an import is undone once");
    });
}
