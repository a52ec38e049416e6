//! Partial answers of snapshots with dictionaries of their own, joined before they are finished, against the
//! answer of one snapshot that holds all records.

use crate::random::{Random, region_tree};
use crate::{build, everything};
use geocrm_domain::catalogue::{ACCOUNTS, Aggregate, CUBES, ColumnType, Cube};
use geocrm_domain::{CubeQuery, Defined, Expression, Number, Step, Value, VisibleScope};
use geocrm_olap::{CubeBuilder, CubeData, OlapError, Partial};
use rand::Rng;
use rand::seq::IndexedRandom;

fn column(rng: &mut impl Rng, cube: &'static Cube) -> String {
    let whole = cube.columns.iter().filter(|c| c.kind == ColumnType::Int);
    let names: Vec<&str> = whole.map(|c| c.name).collect();
    (*names.choose(rng).expect("a column")).to_owned()
}

/// Any expression, whether it makes sense or not.
fn expression(rng: &mut impl Rng, cube: &'static Cube, depth: u8) -> Expression {
    let of = |rng: &mut _| Box::new(expression(rng, cube, depth.saturating_sub(1)));
    let step = if rng.random() {
        Step::Period
    } else {
        Step::Year
    };
    match rng.random_range(0..if depth == 0 { 4 } else { 12 }) {
        0 => Expression::measure(cube.measures.choose(rng).expect("a measure").name),
        1 => Expression::Column {
            aggregate: *[
                Aggregate::Sum,
                Aggregate::Min,
                Aggregate::Max,
                Aggregate::Mean,
            ]
            .choose(rng)
            .expect("an aggregate"),
            column: column(rng, cube),
        },
        2 => Expression::Distinct {
            dimension: cube.dimensions.choose(rng).expect("some").name.to_owned(),
        },
        3 => Expression::Quantile {
            column: column(rng, cube),
            permille: rng.random_range(0..=1_000),
        },
        4 | 5 => Expression::Share {
            of: of(rng),
            within: rng.random_range(0..3),
        },
        6 => Expression::Ratio {
            of: of(rng),
            per: of(rng),
        },
        7 => Expression::PerKm2 { of: of(rng) },
        8 => Expression::Cumulative { of: of(rng) },
        9 => Expression::Earlier { of: of(rng), step },
        10 => Expression::Change { of: of(rng), step },
        _ => Expression::Growth { of: of(rng), step },
    }
}

/// A random question with figures that make sense.
fn question(random: &mut Random) -> CubeQuery {
    let cube = random.cube;
    let mut query = random.query();
    if cube.name == ACCOUNTS.name && random.rng.random() {
        query.dimensions.truncate(1);
        query.order.clear();
        query.dimensions.push("last_contact_month".to_owned());
    }
    if query.check_figures(cube).is_err() {
        query.measures.retain(|m| m != "value_e4");
        query
            .order
            .retain(|by| query.dimensions.contains(&by.name) || query.measures.contains(&by.name));
    }
    let mut kept = Vec::new();
    for i in 0..40 {
        query.defined = vec![Defined {
            name: format!("figure_{i}"),
            expression: expression(&mut random.rng, cube, 2),
        }];
        if query.check_figures(cube).is_ok() && kept.len() < 4 {
            kept.append(&mut query.defined);
        }
    }
    query.measures.truncate(4);
    query
        .order
        .retain(|by| query.dimensions.contains(&by.name) || query.measures.contains(&by.name));
    query.measures.extend(kept.iter().map(|d| d.name.clone()));
    query.defined = kept;
    query
}

fn halves(cube: &'static Cube, random: &mut Random, rows: u64) -> (CubeData, [CubeData; 2]) {
    let tree = region_tree();
    let batches = [0..rows / 10, rows / 10..rows].map(|ids| {
        let keys = random.keys(ids);
        random.batch(keys)
    });
    let parts = batches.clone().map(|batch| {
        let mut builder = CubeBuilder::new(cube, &tree);
        builder.push(batch).expect("a batch of the cube");
        builder.finish()
    });
    (build(cube, batches).0, parts)
}

fn merged(
    parts: &[CubeData; 2],
    scope: &VisibleScope,
    query: &CubeQuery,
) -> Result<Partial, OlapError> {
    let [a, b] = parts;
    a.partial(scope, query)?.merge(b.partial(scope, query)?)
}

#[test]
fn merged_partials_finish_as_one_snapshot_answers() {
    let mut figures = 0;
    for (seed, cube) in CUBES.iter().enumerate() {
        let mut random = Random::new(cube, 400 + seed as u64);
        let (whole, parts) = halves(cube, &mut random, 3_000);
        for number in 0..80 {
            let (scope, query) = (random.scope(), question(&mut random));
            let answer = whole.query(&scope, &query).expect("a valid question");
            let joined = merged(&parts, &scope, &query).expect("a valid question");
            assert_eq!(
                joined.finish().expect("it fits"),
                answer,
                "cube {} question {number} {query:?}",
                cube.name
            );
            let named = answer.rows.iter().flat_map(|row| {
                let defined = query.measures.len() - query.defined.len();
                row.values[defined..].iter().flatten()
            });
            figures += named.count();
        }
    }
    assert!(figures > 2_000, "the figures must say something: {figures}");
}

#[test]
fn plain_measures_are_the_same_either_way() {
    let mut random = Random::new(&ACCOUNTS, 500);
    let (whole, _) = halves(&ACCOUNTS, &mut random, 2_000);
    for _ in 0..60 {
        let (scope, query) = (random.scope(), random.query());
        let partial = whole.partial(&scope, &query).expect("a valid question");
        let answer = whole.query(&scope, &query).expect("a valid question");
        assert_eq!(partial.finish().expect("it fits"), answer, "{query:?}");
    }
}

/// Without a merge of what is behind them, distinct counts and quantiles would be wrong; the test above would
/// notice, since here the halves' own figures do not add up.
#[test]
fn distinct_counts_of_the_parts_are_not_that_of_the_whole() {
    let mut random = Random::new(&ACCOUNTS, 501);
    let (whole, parts) = halves(&ACCOUNTS, &mut random, 2_000);
    let distinct = Expression::Distinct {
        dimension: "city".to_owned(),
    };
    let query = CubeQuery {
        measures: vec!["cities".to_owned()],
        defined: vec![Defined {
            name: "cities".to_owned(),
            expression: distinct,
        }],
        ..CubeQuery::default()
    };
    let ask = |data: &CubeData| {
        let answer = data.query(&everything(), &query).expect("valid");
        match answer.rows[0].values[0] {
            Some(Number::Int(n)) => n,
            other => panic!("{other:?}"),
        }
    };
    let members = whole
        .dimension_members(&everything(), "city")
        .expect("a dimension");
    let known = members.iter().filter(|(v, _)| *v != Value::Null).count();
    assert_eq!(ask(&whole), known as i64);
    assert!(ask(&parts[0]) + ask(&parts[1]) > ask(&whole));
}

#[test]
fn what_does_not_add_up_is_refused_with_its_reason() {
    let mut random = Random::new(&ACCOUNTS, 502);
    let (data, _) = halves(&ACCOUNTS, &mut random, 50);
    let share = |of| Expression::Share {
        of: Box::new(of),
        within: 0,
    };
    let refuse = |expression| {
        let query = CubeQuery {
            measures: vec!["x".to_owned()],
            defined: vec![Defined {
                name: "x".to_owned(),
                expression,
            }],
            ..CubeQuery::default()
        };
        data.query(&everything(), &query)
            .expect_err("refused")
            .to_string()
    };
    assert!(refuse(share(Expression::measure("revenue_mean_cents"))).contains("means of groups"));
    assert!(refuse(share(Expression::measure("revenue_max_cents"))).contains("not a part of it"));
    assert!(
        refuse(Expression::Column {
            aggregate: Aggregate::Sum,
            column: "building_year".to_owned(),
        })
        .contains("its mean")
    );
    assert!(
        refuse(Expression::Cumulative {
            of: Box::new(Expression::measure("count")),
        })
        .contains("dimension of time")
    );
    let per_km2 = Expression::PerKm2 {
        of: Box::new(Expression::measure("count")),
    };
    assert!(refuse(per_km2).contains("needs an area"));
    let other = data.partial(&everything(), &CubeQuery::default());
    let count = CubeQuery {
        measures: vec!["count".to_owned()],
        ..CubeQuery::default()
    };
    let one = data.partial(&everything(), &count).expect("valid");
    let both = one.merge(other.expect("valid"));
    assert_eq!(both.err(), Some(OlapError::OtherQuestion));
}
