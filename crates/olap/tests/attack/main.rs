//! Can two readers of sums find out about a few households by asking ten thousand questions? The program here asks for
//! overlapping areas, unions, differences of filters and wholes less their parts, puts the answers of both together
//! and estimates what it was not told. It must do no better than a guess from what is published, and the same
//! program must succeed where sums are exact, and where only small figures are left out.

#![expect(clippy::print_stdout, reason = "a harness says what it measured")]

mod world;

use geocrm_domain::scope::CellKey;
use geocrm_domain::{
    Answer, BBox, Compare, CubeQuery, Filter, LngLat, MultiPolygon, Number, PersonsTold, Polygon,
    Value, VisibleScope,
};
use geocrm_olap::{LiveCube, OlapError};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::cell::Cell;
use world::{Building, World, code, district_code, district_of};

const LEAST: u64 = 5;
const QUESTIONS: usize = 10_000;

/// What guards the households.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// As the product does it.
    Cells,
    /// Figures of fewer than five are left out, all others are exact: what a screen could do by itself.
    SmallFigures,
    Off,
}

#[derive(Debug, Clone, Copy)]
enum Reader {
    Analyst,
    OtherAnalyst,
    /// Sees the records of one territory, and exact sums of these.
    Representative,
}

struct Asked<'w> {
    world: &'w World,
    rule: Rule,
    count: Cell<usize>,
}

const TERRITORY: &str = "T1";

impl Asked<'_> {
    fn answer(&self, reader: Reader, query: &CubeQuery) -> Result<Answer, OlapError> {
        self.count.set(self.count.get() + 1);
        let scope = match (reader, self.rule) {
            (Reader::Representative, _) => VisibleScope::territories([TERRITORY.to_owned()]),
            (_, Rule::Cells) => VisibleScope::protected_sums(CellKey([42; 16])),
            _ => VisibleScope::everything(),
        };
        let mut answer = self.world.cube.query(&scope, query)?;
        if self.rule == Rule::SmallFigures && !matches!(reader, Reader::Representative) {
            answer.rows.retain(|row| int(row.values[0]) >= LEAST as i64);
        }
        Ok(answer)
    }

    /// The whole figure, 0 where it is withheld or refused.
    fn figure(&self, reader: Reader, query: &CubeQuery) -> f64 {
        let answer = self.answer(reader, query);
        let rows = answer.map(|answer| answer.rows).unwrap_or_default();
        rows.iter().map(|row| int(row.values[0]) as f64).sum()
    }
}

fn int(number: Option<Number>) -> i64 {
    match number {
        Some(Number::Int(int)) => int,
        _ => 0,
    }
}

fn is(property: &str, value: &str) -> Filter {
    Filter::Compare {
        property: property.to_owned(),
        op: Compare::Equal,
        value: Value::text(value),
    }
}

fn households(test: Option<Filter>, area: Option<MultiPolygon>, by: Option<&str>) -> CubeQuery {
    CubeQuery {
        dimensions: by.iter().map(|by| (*by).to_owned()).collect(),
        measures: vec!["count".to_owned()],
        filter: Filter::and(Some(is("kind", "household")), test),
        geometry: area,
        ..CubeQuery::default()
    }
}

fn square(middle: LngLat, half_e7: i32) -> Polygon {
    let corner =
        |x: i32, y: i32| LngLat::from_e7(middle.lng_e7 + x * half_e7, middle.lat_e7 + y * half_e7);
    let bbox = BBox {
        min: corner(-1, -1),
        max: corner(1, 1),
    };
    MultiPolygon::from_bbox(bbox).0.remove(0)
}

/// Pairs of areas that differ by the building only.
fn areas(building: &Building, round: usize, rng: &mut StdRng) -> (MultiPolygon, MultiPolygon) {
    let shift = |rng: &mut StdRng| rng.random_range(-100_000..=100_000);
    let middle = LngLat::from_e7(
        building.at.lng_e7 + shift(rng),
        building.at.lat_e7 + shift(rng),
    );
    let large = square(middle, rng.random_range(120_000..400_000));
    let small = square(building.at, 3);
    match round % 3 {
        // An area, and the same with a hole round the building.
        0 => {
            let mut holed = large.clone();
            holed.holes.push(small.exterior);
            (MultiPolygon(vec![large]), MultiPolygon(vec![holed]))
        }
        // An area elsewhere with the building, and without.
        1 => {
            let away = LngLat::from_e7(building.at.lng_e7 + 700_000, building.at.lat_e7);
            let away = square(away, rng.random_range(120_000..400_000));
            (
                MultiPolygon(vec![away.clone(), small]),
                MultiPolygon(vec![away]),
            )
        }
        // Two areas whose common edge passes on either side of the building.
        _ => {
            let east = |lng_e7: i32| {
                let min = LngLat::from_e7(lng_e7, middle.lat_e7 - 300_000);
                let max = LngLat::from_e7(middle.lng_e7 + 500_000, middle.lat_e7 + 300_000);
                MultiPolygon::from_bbox(BBox { min, max })
            };
            (east(building.at.lng_e7 - 3), east(building.at.lng_e7 + 3))
        }
    }
}

/// Estimates of the customers in each building, from differences of areas and filters by two analysts and a
/// representative.
fn customers_in(asked: &Asked<'_>, buildings: &[&Building], rng: &mut StdRng) -> Vec<f64> {
    let pairs = QUESTIONS / buildings.len() / 4;
    let estimate = |building: &&Building| {
        let mut differences = Vec::new();
        for round in 0..pairs {
            let (with, without) = areas(building, round, rng);
            let reader = if round % 2 == 0 {
                Reader::Analyst
            } else {
                Reader::OtherAnalyst
            };
            let customers = |area: &MultiPolygon| {
                households(Some(is("status", "customer")), Some(area.clone()), None)
            };
            let others = |area: &MultiPolygon| {
                let not = Filter::Not(Box::new(is("status", "customer")));
                households(Some(not), Some(area.clone()), None)
            };
            // By the customers themselves, and by everybody less the others.
            let difference = if round % 4 == 3 {
                let all = |area: &MultiPolygon| households(None, Some(area.clone()), None);
                asked.figure(reader, &all(&with))
                    - asked.figure(reader, &others(&with))
                    - asked.figure(Reader::Analyst, &customers(&without))
            } else {
                asked.figure(reader, &customers(&with)) - asked.figure(reader, &customers(&without))
            };
            // What the representative sees of it is not the building's.
            let own = asked.figure(Reader::Representative, &customers(&with))
                - asked.figure(Reader::Representative, &customers(&without));
            differences.push(difference - own);
        }
        // The middle one: whoever attacks would notice that some ways lead astray.
        differences.sort_by(f64::total_cmp);
        differences[differences.len() / 2].clamp(0.0, 4.0)
    };
    buildings.iter().map(estimate).collect()
}

/// What anybody would guess of each building from the published figures of its hexagon.
fn customers_guessed(asked: &Asked<'_>, world: &World, buildings: &[&Building]) -> Vec<f64> {
    let by_hexagon = households(Some(is("status", "customer")), None, Some("h3_8"));
    let told = asked
        .answer(Reader::Analyst, &by_hexagon)
        .expect("a question of cells");
    let whole = asked.figure(
        Reader::Analyst,
        &households(Some(is("status", "customer")), None, None),
    );
    let cell = |building: &Building| format!("{:x}", building.at.h3_cell(8));
    let average = whole / world.buildings.len() as f64;
    let guess = |building: &&Building| {
        let key = Value::text(cell(building));
        let told = told.rows.iter().find(|row| row.keys[0] == key);
        let there = world
            .buildings
            .iter()
            .filter(|b| cell(b) == cell(building))
            .count();
        told.map_or(average, |row| int(row.values[0]) as f64 / there as f64)
    };
    buildings.iter().map(guess).collect()
}

const CLASSES: [&str; 8] = [
    "status",
    "category",
    "territory",
    "housing_type",
    "building_form",
    "building_use",
    "building_age_class",
    "revenue_band",
];

/// Estimates of the households of nearly empty neighbourhoods: the district less its other neighbourhoods, once as
/// they are and once by every class, the mean of all.
fn households_in(asked: &Asked<'_>, neighbourhoods: &[usize]) -> Vec<f64> {
    let estimate = |n: &usize| {
        let district = district_of(*n);
        let inside = is("district", &district_code(district));
        let siblings = Filter::And(vec![
            inside.clone(),
            Filter::Not(Box::new(is("neighbourhood", &code(*n)))),
        ]);
        let by = CLASSES.map(Some).into_iter().chain([None]);
        let differences = by.map(|by| {
            let whole = asked.figure(Reader::Analyst, &households(Some(inside.clone()), None, by));
            whole
                - asked.figure(
                    Reader::OtherAnalyst,
                    &households(Some(siblings.clone()), None, by),
                )
        });
        let differences: Vec<f64> = differences.collect();
        // Other neighbourhoods of the district are withheld too; they share what is left.
        let withheld = (0..world::WIDE as usize * world::HIGH as usize)
            .filter(|m| district_of(*m) == district && neighbourhoods.contains(m));
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let share = if asked.rule == Rule::Off {
            1
        } else {
            withheld.count()
        };
        (mean / share as f64).clamp(1.0, 4.0)
    };
    neighbourhoods.iter().map(estimate).collect()
}

fn mean_error(estimates: &[f64], truth: &[f64]) -> f64 {
    let errors = estimates.iter().zip(truth).map(|(e, t)| (e - t).abs());
    errors.sum::<f64>() / truth.len() as f64
}

/// Correlation of the estimates with what the guess does not know.
fn learned(estimates: &[f64], truth: &[f64], guess: &[f64]) -> f64 {
    let n = truth.len() as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n;
    let unknown: Vec<f64> = truth.iter().zip(guess).map(|(t, g)| t - g).collect();
    let (a, b) = (mean(estimates), mean(&unknown));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in estimates.iter().zip(&unknown) {
        ab += (x - a) * (y - b);
        aa += (x - a) * (x - a);
        bb += (y - b) * (y - b);
    }
    if aa == 0.0 {
        0.0
    } else {
        ab / (aa * bb).sqrt()
    }
}

struct Outcome {
    questions: usize,
    error: f64,
    guess_error: f64,
    learned: f64,
}

fn attack_buildings(world: &World, rule: Rule) -> Outcome {
    let asked = Asked {
        world,
        rule,
        count: Cell::new(0),
    };
    let targets: Vec<&Building> = world
        .buildings
        .iter()
        .filter(|b| b.territory != TERRITORY)
        .step_by(world.buildings.len() / 150)
        .take(100)
        .collect();
    let truth: Vec<f64> = targets.iter().map(|b| b.customers as f64).collect();
    let mut rng = StdRng::seed_from_u64(17);
    let estimates = customers_in(&asked, &targets, &mut rng);
    let published = Asked {
        world,
        rule: Rule::Cells,
        count: Cell::new(0),
    };
    let guess = customers_guessed(&published, world, &targets);
    Outcome {
        questions: asked.count.get(),
        error: mean_error(&estimates, &truth),
        guess_error: mean_error(&guess, &truth),
        learned: learned(&estimates, &truth, &guess),
    }
}

fn attack_neighbourhoods(world: &World, rule: Rule) -> Outcome {
    let asked = Asked {
        world,
        rule,
        count: Cell::new(0),
    };
    let small = |n: &usize| world.neighbourhoods[*n] < LEAST;
    let targets: Vec<usize> = (0..world.neighbourhoods.len()).filter(small).collect();
    let truth: Vec<f64> = targets
        .iter()
        .map(|n| world.neighbourhoods[*n] as f64)
        .collect();
    let estimates = households_in(&asked, &targets);
    // That it is one to four is published by its being withheld.
    let guess = vec![2.5; targets.len()];
    Outcome {
        questions: asked.count.get(),
        error: mean_error(&estimates, &truth),
        guess_error: mean_error(&guess, &truth),
        learned: learned(&estimates, &truth, &guess),
    }
}

fn say(what: &str, rule: Rule, outcome: &Outcome) {
    println!(
        "soak: {what}, {rule:?}: {} questions, mean error {:.2}, of the guess {:.2}, correlation with what the guess leaves open {:.2}",
        outcome.questions, outcome.error, outcome.guess_error, outcome.learned
    );
}

#[test]
fn ten_thousand_questions_tell_no_more_of_a_building_than_its_hexagon_does() {
    let world = World::new(2_026);
    let guarded = attack_buildings(&world, Rule::Cells);
    say("customers of a building", Rule::Cells, &guarded);
    assert!(guarded.questions >= QUESTIONS, "{}", guarded.questions);
    assert!(guarded.error >= guarded.guess_error);
    // Three standard deviations of chance among a hundred buildings.
    assert!(guarded.learned.abs() < 0.3, "{}", guarded.learned);

    let small = attack_buildings(&world, Rule::SmallFigures);
    say("customers of a building", Rule::SmallFigures, &small);
    assert!(small.error < 0.5 * small.guess_error, "{}", small.error);
    let off = attack_buildings(&world, Rule::Off);
    say("customers of a building", Rule::Off, &off);
    assert!(off.error < 0.05 && off.learned > 0.8, "{}", off.error);
}

#[test]
fn a_nearly_empty_neighbourhood_cannot_be_had_from_its_district() {
    let (mut error, mut guess) = (0.0, 0.0);
    for seed in 1..=6 {
        let world = World::new(seed);
        let guarded = attack_neighbourhoods(&world, Rule::Cells);
        say("households of a neighbourhood", Rule::Cells, &guarded);
        error += guarded.error;
        guess += guarded.guess_error;
        let off = attack_neighbourhoods(&world, Rule::Off);
        assert!(off.error < 0.05, "{}", off.error);
    }
    assert!(error >= guess, "{error} against {guess}");
}

/// The same figure, whoever asks and however the cells are asked for.
#[test]
fn cells_are_the_same_in_every_question() {
    let world = World::new(5);
    let asked = Asked {
        world: &world,
        rule: Rule::Cells,
        count: Cell::new(0),
    };
    let by = |test, by| {
        asked
            .answer(Reader::Analyst, &households(test, None, Some(by)))
            .expect("cells")
    };
    let all = by(None, "neighbourhood");
    assert_eq!(all.persons, PersonsTold::Rounded);
    for row in &all.rows {
        let told = int(row.values[0]);
        assert!(told >= LEAST as i64);
        let name = row.keys[0].as_text().expect("a code");
        let one = by(Some(is("neighbourhood", name)), "neighbourhood");
        assert_eq!(int(one.rows[0].values[0]), told);
        let number: usize = name[1..].parse().expect("a number");
        let truth = world.neighbourhoods[number] as i64;
        assert!((truth - told).abs() <= 4 && truth >= 5, "{truth} {told}");
    }
    let full = world.neighbourhoods.iter().filter(|n| **n > 8).count();
    assert_eq!(all.rows.len(), full);
    // The whole is told on its own and is not the sum of its parts.
    let whole = asked.figure(Reader::Analyst, &households(None, None, None));
    let truth: u64 = world.neighbourhoods.iter().sum();
    assert!((whole - truth as f64).abs() <= 4.0, "{whole} {truth}");
}

#[test]
fn organisations_stay_exact_and_are_added() {
    let world = World::new(6);
    let exact = VisibleScope::everything();
    let protected = VisibleScope::protected_sums(CellKey([1; 16]));
    let ask = |scope: &VisibleScope, filter: Option<Filter>| -> i64 {
        let query = CubeQuery {
            measures: vec!["count".to_owned()],
            filter,
            ..CubeQuery::default()
        };
        int(world.cube.query(scope, &query).expect("valid").rows[0].values[0])
    };
    let organisations = ask(&exact, Some(is("kind", "organisation")));
    assert!(organisations > 100);
    assert_eq!(
        ask(&protected, Some(is("kind", "organisation"))),
        organisations
    );
    let all = ask(&exact, None);
    assert!((ask(&protected, None) - all).abs() <= 4);
    let households = ask(&protected, Some(is("kind", "household")));
    assert_eq!(households + organisations, ask(&protected, None));
}

#[test]
fn persons_are_left_out_of_what_would_single_them_out_whatever_the_data() {
    let world = World::new(7);
    let empty = LiveCube::from(
        geocrm_olap::CubeBuilder::new(
            &geocrm_domain::catalogue::ACCOUNTS,
            &geocrm_domain::region::RegionTree::default(),
        )
        .finish(),
    );
    let scope = VisibleScope::protected_sums(CellKey([1; 16]));
    let area = MultiPolygon(vec![square(world.buildings[0].at, 100)]);
    let not = |filter: Filter| Filter::Not(Box::new(filter));
    let mut max = households(None, None, None);
    max.measures = vec!["revenue_max_cents".to_owned()];
    let refused = [
        households(
            Some(Filter::And(vec![
                is("status", "customer"),
                is("territory", "T1"),
            ])),
            None,
            None,
        ),
        households(Some(is("status", "customer")), None, Some("housing_type")),
        households(Some(is("postcode", "1012AB")), None, None),
        households(None, None, Some("h3_9")),
        households(None, None, Some("nuts3")),
        households(None, None, Some("owner")),
        households(
            Some(is("h3_7", "871969534ffffff")),
            None,
            Some("neighbourhood"),
        ),
        households(None, Some(area.clone()), Some("neighbourhood")),
        households(Some(not(Filter::Within(area.clone()))), None, None),
        households(
            Some(Filter::Near {
                around: vec![geocrm_domain::Geometry::Point(world.buildings[0].at)],
                low_m: 0,
                high_m: Some(50),
            }),
            None,
            None,
        ),
        max,
    ];
    for query in refused {
        let mut open = query.clone();
        open.filter = Filter::and(
            query.filter.clone(),
            Some(Filter::Not(Box::new(is("kind", "household")))),
        );
        for cube in [&world.cube, &empty] {
            let answer = cube.query(&scope, &query).expect("the others");
            assert!(
                matches!(&answer.persons, PersonsTold::LeftOut(_)),
                "{query:?}: {answer:?}"
            );
            let others = cube
                .query(&VisibleScope::everything(), &open)
                .expect("valid");
            assert_eq!((answer.rows, answer.matched), (others.rows, others.matched));
        }
    }
}
