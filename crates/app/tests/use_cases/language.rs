//! Is the whole query language the database's? Figures that a question defines and tables of rows × columns are put
//! to the engine and to SQL, which shares nothing with it but the question; the answers must be equal, fractions too.

use crate::differential::{Asker, difference};
use crate::random::{self, Vocabulary};
use crate::support::{World, run, seed};
use geocrm_domain::catalogue::{ACCOUNTS, Aggregate, ColumnType, Cube};
use geocrm_domain::query::DISTANCE_BAND;
use geocrm_domain::{
    Answer, Bands, CubeQuery, Defined, Expression, Geometry, Header, Number, Pivot, PivotQuery,
    Step, Top, VisibleScope,
};
use rand::Rng;
use rand::seq::IndexedRandom;

/// A figure that adds up, mostly.
fn amount(rng: &mut impl Rng, cube: &'static Cube) -> Expression {
    let additive: Vec<&str> = cube
        .measures
        .iter()
        .filter(|m| m.additive)
        .map(|m| m.name)
        .collect();
    if rng.random_ratio(1, 10) {
        return expression(rng, cube, 0);
    }
    Expression::measure(additive.choose(rng).expect("a count"))
}

/// Any expression, whether it makes sense or not.
fn expression(rng: &mut impl Rng, cube: &'static Cube, depth: u8) -> Expression {
    let whole = cube.columns.iter().filter(|c| c.kind == ColumnType::Int);
    let columns: Vec<&str> = whole.map(|c| c.name).collect();
    let column = (*columns.choose(rng).expect("a column")).to_owned();
    let of = |rng: &mut _| Box::new(expression(rng, cube, depth.saturating_sub(1)));
    let sum = |rng: &mut _| Box::new(amount(rng, cube));
    let step = if rng.random() {
        Step::Period
    } else {
        Step::Year
    };
    let aggregates = [
        Aggregate::Sum,
        Aggregate::Min,
        Aggregate::Max,
        Aggregate::Mean,
    ];
    match rng.random_range(0..if depth == 0 { 4 } else { 14 }) {
        0 => Expression::measure(cube.measures.choose(rng).expect("a measure").name),
        1 => Expression::Column {
            aggregate: *aggregates.choose(rng).expect("an aggregate"),
            column,
        },
        2 => Expression::Distinct {
            dimension: cube.dimensions.choose(rng).expect("some").name.to_owned(),
        },
        3 => Expression::Quantile {
            column,
            permille: *[0, 70, 100, 250, 500, 900, 999, 1_000]
                .choose(rng)
                .expect("one"),
        },
        4 | 5 => Expression::Share {
            of: sum(rng),
            within: rng.random_range(0..3),
        },
        6 => Expression::Ratio {
            of: sum(rng),
            per: sum(rng),
        },
        7 | 8 => Expression::PerKm2 { of: sum(rng) },
        9 => Expression::PerDwelling { of: sum(rng) },
        10 => Expression::Cumulative { of: sum(rng) },
        11 => Expression::Earlier { of: of(rng), step },
        12 => Expression::Change { of: of(rng), step },
        _ => Expression::Growth { of: of(rng), step },
    }
}

/// Adds figures that make sense in the question, and distance bands at times.
fn define(rng: &mut impl Rng, vocabulary: &Vocabulary, query: &mut CubeQuery) {
    let cube = vocabulary.cube;
    if rng.random_ratio(1, 4) {
        query.dimensions.truncate(2);
        query.dimensions.insert(0, DISTANCE_BAND.to_owned());
        let around = vec![
            Geometry::Point(vocabulary.anywhere(rng)),
            Geometry::Line(vec![vocabulary.anywhere(rng), vocabulary.anywhere(rng)]),
        ];
        query.bands = Some(Bands {
            around,
            edges_m: vec![300, 1_000, 2_500],
        });
    }
    let times: Vec<&str> = cube
        .dimensions
        .iter()
        .map(|d| d.name)
        .filter(|d| cube.grain(d).is_some())
        .collect();
    if let (Some(time), true) = (times.choose(rng), rng.random()) {
        query.dimensions.retain(|d| cube.grain(d).is_none());
        query.dimensions.push((*time).to_owned());
    }
    if query.check_figures(cube).is_err() {
        query.measures.retain(|m| m != "value_e4");
    }
    query
        .order
        .retain(|by| query.dimensions.contains(&by.name) || query.measures.contains(&by.name));
    let mut kept = Vec::new();
    for i in 0..60 {
        query.defined = vec![Defined {
            name: format!("figure_{i}"),
            expression: expression(rng, cube, 2),
        }];
        if kept.len() < 4 && query.check_figures(cube).is_ok() {
            kept.append(&mut query.defined);
        }
    }
    query.measures.extend(kept.iter().map(|d| d.name.clone()));
    query.defined = kept;
    if let (Some(defined), true) = (query.defined.first(), rng.random()) {
        query.order.insert(
            0,
            geocrm_domain::OrderBy {
                name: defined.name.clone(),
                descending: rng.random(),
            },
        );
    }
}

fn any_cube<'a>(asker: &'a Asker, rng: &mut impl Rng) -> &'a Vocabulary {
    if rng.random() {
        asker.accounts()
    } else {
        asker.cubes().choose(rng).expect("a cube")
    }
}

fn kind(cube: &Cube, expression: &Expression) -> &'static str {
    match expression {
        Expression::Measure(_) => "measure",
        Expression::Column { .. } => "column",
        Expression::Distinct { .. } => "distinct",
        Expression::Quantile { .. } => "quantile",
        Expression::Share { .. } => "share",
        Expression::Ratio { .. } => "ratio",
        Expression::PerKm2 { .. } => "per km²",
        Expression::PerDwelling { .. } if cube.has_dwellings() => "per dwelling",
        Expression::PerDwelling { .. } => "per dwelling of the addresses beside",
        Expression::Earlier { .. } => "earlier",
        Expression::Change { .. } => "change",
        Expression::Growth { .. } => "growth",
        Expression::Cumulative { .. } => "cumulative",
    }
}

#[test]
fn defined_figures_answer_as_sql_does() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let mut rng = random::rng(seed(11));
        let mut told = std::collections::BTreeMap::new();
        let count = 400;
        for _ in 0..count {
            let vocabulary = any_cube(&asker, &mut rng);
            let (cube, scope) = (vocabulary.cube, asker.scope(&mut rng));
            let mut query = vocabulary.query(&mut rng);
            define(&mut rng, vocabulary, &mut query);
            let engine = world.ask(&scope, cube, &query).await;
            let sql = world.ask_sql(&scope, cube, &query).await;
            if let Some(difference) = difference(&engine, &sql) {
                panic!("{}: {difference}\n{scope:?}\n{query:#?}", cube.name);
            }
            for (at, defined) in query.measures.iter().enumerate().filter_map(|(at, name)| {
                query
                    .defined
                    .iter()
                    .find(|d| d.name == *name)
                    .map(|d| (at, d))
            }) {
                let figures = engine
                    .rows
                    .iter()
                    .filter(|row| row.values[at].is_some())
                    .count();
                *told.entry(kind(cube, &defined.expression)).or_insert(0) += figures;
            }
        }
        println!(
            "soak: {count} queries for defined figures of seed {}, {told:?}",
            seed(11)
        );
        assert!(
            told.len() == 13 && told.values().all(|figures| *figures > 0),
            "{told:?}"
        );
    });
}

fn pivot(rng: &mut impl Rng, vocabulary: &Vocabulary, mut query: CubeQuery) -> PivotQuery {
    define(rng, vocabulary, &mut query);
    let across = rng.random_range(0..=query.dimensions.len());
    let columns = query.dimensions.split_off(across);
    query.order.retain(|by| !columns.contains(&by.name));
    let mut asked = PivotQuery {
        query,
        columns,
        top: Vec::new(),
        within: rng.random(),
    };
    if asked.query.measures.is_empty() {
        asked.query.measures.push("count".to_owned());
    }
    for dimension in asked.cells().dimensions {
        if rng.random() {
            asked.top.push(Top {
                dimension,
                by: asked.query.measures.choose(rng).expect("a measure").clone(),
                count: rng.random_range(0..6),
            });
        }
    }
    asked
}

/// The table by the engine and by SQL, where it is not refused.
pub async fn both(
    world: &World,
    scope: &VisibleScope,
    cube: &'static Cube,
    asked: &PivotQuery,
) -> [Option<Pivot>; 2] {
    let engine = world.app.pivot(scope, cube, asked, None).await;
    let sql = world.db.store.pivot_cube(scope, cube, asked).await;
    match (engine, sql) {
        (Ok((_, engine)), Ok(sql)) => [Some(engine), Some(sql)],
        (Err(engine), Err(sql)) => {
            let refused = |text: String| text.contains("pivot");
            assert!(
                refused(engine.to_string()) && refused(sql.to_string()),
                "{engine} {sql}"
            );
            [None, None]
        }
        (engine, sql) => panic!("{:?} {:?} {asked:#?}", engine.err(), sql.err()),
    }
}

#[test]
fn tables_of_rows_and_columns_answer_as_sql_does() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let mut rng = random::rng(seed(12));
        let (mut cells, mut others) = (0, 0);
        let count = 120;
        for _ in 0..count {
            let vocabulary = any_cube(&asker, &mut rng);
            let (cube, scope) = (vocabulary.cube, asker.scope(&mut rng));
            let query = vocabulary.query(&mut rng);
            let asked = pivot(&mut rng, vocabulary, query);
            let [engine, sql] = both(&world, &scope, cube, &asked).await;
            assert_eq!(engine, sql, "{} {scope:?}\n{asked:#?}", cube.name);
            if let Some(pivot) = engine {
                cells += pivot.cells.iter().flatten().flatten().count();
                let lines = pivot.rows.iter().chain(&pivot.columns);
                others += lines
                    .filter(|line| line.keys.contains(&Header::Other))
                    .count();
            }
        }
        println!(
            "soak: {count} pivots of seed {}, {cells} cells, {others} lines of others",
            seed(12)
        );
        assert!(cells > 250 && others > 25, "{cells} cells, {others} others");
    });
}

/// The comparison notices a figure of another kind, another period, another whole.
#[test]
fn a_figure_of_another_meaning_is_noticed() {
    run(async {
        let world = World::demo().await;
        let scope = VisibleScope::everything();
        let count = || Box::new(Expression::measure("count"));
        let revenue = || "revenue_cents".to_owned();
        let of = |expression: Expression| CubeQuery {
            measures: vec!["x".to_owned()],
            dimensions: vec!["status".to_owned(), "last_contact_month".to_owned()],
            defined: vec![Defined {
                name: "x".to_owned(),
                expression,
            }],
            ..CubeQuery::default()
        };
        let quantile = |permille| Expression::Quantile {
            column: revenue(),
            permille,
        };
        let share = |within| Expression::Share {
            of: count(),
            within,
        };
        let earlier = |step| Expression::Earlier { of: count(), step };
        for (ours, theirs) in [
            (quantile(500), quantile(510)),
            (share(0), share(1)),
            (earlier(Step::Period), earlier(Step::Year)),
            (
                Expression::Cumulative { of: count() },
                Expression::measure("count"),
            ),
        ] {
            let engine = world.ask(&scope, &ACCOUNTS, &of(ours.clone())).await;
            let same = world.ask_sql(&scope, &ACCOUNTS, &of(ours.clone())).await;
            assert_eq!(difference(&engine, &same), None, "{ours:?}");
            let other: Answer = world.ask_sql(&scope, &ACCOUNTS, &of(theirs)).await;
            assert!(difference(&engine, &other).is_some(), "{ours:?}");
        }
    });
}

/// Nothing grows from a ratio over zero, in neither.
#[test]
fn growth_from_a_ratio_over_zero_is_none() {
    run(async {
        let world = World::demo().await;
        let measure = |name| Box::new(Expression::measure(name));
        let ratio = Box::new(Expression::Ratio {
            of: measure("revenue_cents"),
            per: measure("prospects"),
        });
        let growth = Expression::Growth {
            of: ratio,
            step: Step::Year,
        };
        let earlier = |name| Expression::Earlier {
            of: measure(name),
            step: Step::Year,
        };
        let named = |(name, expression): (&str, Expression)| Defined {
            name: name.to_owned(),
            expression,
        };
        let figures = [
            ("growth", growth),
            ("revenue_before", earlier("revenue_cents")),
            ("prospects_before", earlier("prospects")),
        ];
        let query = CubeQuery {
            measures: ["growth", "revenue_before", "prospects_before", "prospects"]
                .map(str::to_owned)
                .to_vec(),
            dimensions: vec![
                "road_condition_class".to_owned(),
                "last_contact_quarter".to_owned(),
            ],
            defined: figures.map(named).to_vec(),
            ..CubeQuery::default()
        };
        let scope = VisibleScope::everything();
        let engine = world.ask(&scope, &ACCOUNTS, &query).await;
        let sql = world.ask_sql(&scope, &ACCOUNTS, &query).await;
        assert_eq!(difference(&engine, &sql), None);
        let zero = Some(Number::Int(0));
        let over_zero: Vec<_> = engine
            .rows
            .iter()
            .filter(|row| row.values[1].is_some() && row.values[2] == zero)
            .filter(|row| row.values[3].is_some_and(|now| Some(now) != zero))
            .collect();
        assert!(!over_zero.is_empty());
        assert!(over_zero.iter().all(|row| row.values[0].is_none()));
    });
}

/// The total of a column of means is the mean over the records, not that of the means.
#[test]
fn totals_are_figures_of_their_own() {
    run(async {
        let world = World::demo().await;
        let scope = VisibleScope::everything();
        let asked = PivotQuery {
            query: CubeQuery {
                measures: vec!["revenue_mean_cents".to_owned(), "cities".to_owned()],
                dimensions: vec!["category".to_owned()],
                defined: vec![Defined {
                    name: "cities".to_owned(),
                    expression: Expression::Distinct {
                        dimension: "city".to_owned(),
                    },
                }],
                ..CubeQuery::default()
            },
            columns: vec!["status".to_owned()],
            ..PivotQuery::default()
        };
        let [engine, sql] = both(&world, &scope, &ACCOUNTS, &asked).await;
        assert_eq!(engine, sql);
        let pivot = engine.expect("a table");
        let of = |figures: &[Option<Number>], at: usize| figures[at].map_or(0.0, Number::to_f64);
        let mean_of_means =
            pivot.rows.iter().map(|row| of(&row.total, 0)).sum::<f64>() / pivot.rows.len() as f64;
        assert!((mean_of_means - of(&pivot.total, 0)).abs() > 1.0);
        let sum_of_cities: f64 = pivot.rows.iter().map(|row| of(&row.total, 1)).sum();
        assert!(sum_of_cities > of(&pivot.total, 1));
    });
}
