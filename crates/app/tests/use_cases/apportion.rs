//! Figures of areas that no region is: is what is apportioned what SQL and the published figures give, is the area of a
//! density the one PostGIS finds, and is a published figure never added up?

use crate::differential::Asker;
use crate::random;
use crate::support::{World, run, seed};
use geocrm_app::answer::Asked;
use geocrm_app::apportion::{ApportionAsked, Method};
use geocrm_app::area::Area;
use geocrm_domain::catalogue::{ADDRESSES, REGIONS};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{Compare, CubeQuery, Filter, Number, Value, VisibleScope};
use rand::Rng;
use rand::seq::IndexedRandom;
use std::collections::BTreeMap;

const COUNT: usize = 120;

/// Figures by region, of one indicator, level and year.
type Published = BTreeMap<(String, String, i32), BTreeMap<String, i64>>;

async fn published(world: &World) -> Published {
    let rows = world.db.ask(
        "SELECT concat_ws('|', indicator, level, year, region_code, value_e4) FROM indicators
         WHERE value_e4 IS NOT NULL",
    );
    let mut all = Published::new();
    for row in rows.await.expect("figures") {
        let [indicator, level, year, code, value] = row.split('|').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let year = year.parse().expect("a year");
        all.entry((indicator.to_owned(), level.to_owned(), year))
            .or_default()
            .insert(code.to_owned(), value.parse().expect("a number"));
    }
    all
}

/// Dwellings by region, as SQL counts them.
async fn dwellings(
    world: &World,
    level: RegionLevel,
    area: Option<&Area>,
) -> BTreeMap<String, i64> {
    let (geometry, filter) = match area {
        Some(Area::Drawn(area)) => (Some(area.clone()), None),
        Some(Area::Set(filter)) => (None, Some(filter.clone())),
        None => (None, None),
    };
    let query = CubeQuery {
        measures: vec!["dwellings".to_owned()],
        dimensions: vec![level.code().to_owned()],
        geometry,
        filter,
        ..CubeQuery::default()
    };
    let scope = VisibleScope::everything();
    let answer = world.ask_sql(&scope, &ADDRESSES, &query);
    let rows = answer.await.rows.into_iter();
    rows.filter_map(|row| match row.values[0] {
        Some(Number::Int(n)) if n > 0 => Some((row.keys[0].as_text().unwrap_or("").to_owned(), n)),
        _ => None,
    })
    .collect()
}

fn near(found: Option<f64>, wanted: Option<f64>) -> bool {
    match (found, wanted) {
        (Some(found), Some(wanted)) => (found - wanted).abs() <= 1e-12 * wanted.abs().max(1.0),
        (found, wanted) => found == wanted,
    }
}

#[test]
fn apportioned_figures_are_those_of_sql() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let figures = published(&world).await;
        let additive: BTreeMap<String, bool> = {
            let rows = world
                .db
                .ask("SELECT DISTINCT indicator || '|' || additive FROM indicator_defs");
            let rows = rows.await.expect("definitions").into_iter();
            rows.filter_map(|row| {
                let (name, additive) = row.split_once('|')?;
                Some((name.to_owned(), additive == "true"))
            })
            .collect()
        };
        let scope = VisibleScope::everything();
        let keys: Vec<_> = figures.keys().collect();
        let mut rng = random::rng(seed(31));
        let (mut told, mut amounts, mut partial) = (0, 0, 0);
        for _ in 0..COUNT {
            let (indicator, level, year) = *keys.choose(&mut rng).expect("a figure");
            let found = &figures[&(indicator.clone(), level.clone(), *year)];
            let level = RegionLevel::parse(level).expect("a level");
            let drawn = asker.addresses().area(&mut rng);
            let area = if rng.random_ratio(1, 4) {
                Area::Set(Filter::Not(Box::new(Filter::Within(drawn))))
            } else {
                Area::Drawn(drawn)
            };
            let asked = ApportionAsked {
                level,
                indicator: indicator.clone(),
                year: Some(*year),
                area: area.clone(),
            };
            let answer = world.app.apportion(&scope, &asked);
            let answer = answer.await.expect("an answer");

            let inside = dwellings(&world, level, Some(&area)).await;
            let whole = dwellings(&world, level, None).await;
            let all: i64 = inside.values().sum();
            let covered: Vec<(i64, i64, f64)> = inside
                .iter()
                .filter_map(|(code, n)| Some((*n, whole[code], *found.get(code)? as f64 / 1e4)))
                .collect();
            let of_covered: i64 = covered.iter().map(|(n, ..)| n).sum();
            let exact: i64 = covered
                .iter()
                .filter(|(n, w, _)| n == w)
                .map(|(n, ..)| n)
                .sum();
            let ratio = |a: i64, b: i64| (b > 0).then(|| a as f64 / b as f64);
            let adds = additive[indicator];
            let value = (of_covered > 0).then(|| {
                covered
                    .iter()
                    .map(|(n, w, value)| {
                        value * *n as f64 / if adds { *w } else { of_covered } as f64
                    })
                    .sum()
            });
            assert!(
                near(answer.value, value),
                "{asked:?}: {answer:?}, not {value:?}"
            );
            assert_eq!(answer.dwellings, all, "{asked:?}");
            assert!(
                near(answer.coverage, ratio(of_covered, all)),
                "{asked:?}: {answer:?}"
            );
            assert!(
                near(answer.exact, ratio(exact, of_covered)),
                "{asked:?}: {answer:?}"
            );
            let regions = inside.keys().filter(|code| !code.is_empty());
            assert_eq!(answer.regions, regions.count(), "{asked:?}");
            assert_eq!(adds, answer.method == Method::DwellingShare);
            told += usize::from(value.is_some());
            amounts += usize::from(adds && value.is_some());
            partial += usize::from(answer.exact.is_some_and(|exact| exact < 1.0));
        }
        println!(
            "soak: {COUNT} apportioned figures of seed {}, {told} with a value, {amounts} amounts, {partial} partly estimated",
            seed(31)
        );
        assert!(
            told > 60 && amounts > 10 && partial > 30,
            "{told} {amounts} {partial}"
        );
    });
}

#[test]
fn areas_are_those_of_postgis() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let mut rng = random::rng(seed(32));
        for _ in 0..200 {
            let area = asker.addresses().area(&mut rng);
            let ours = area.covered_m2();
            let theirs = world.db.geography_m2(&area).await.expect("an area");
            assert!(
                (ours - theirs).abs() <= 1e-7 * theirs + 1e-2,
                "{ours} m², PostGIS {theirs}: {area:?}"
            );
        }
    });
}

#[test]
fn published_figures_are_never_added_up() {
    run(async {
        let world = World::demo().await;
        let scope = VisibleScope::everything();
        let all = published(&world).await.into_iter();
        let mut several = all.filter(|(_, figures)| figures.len() > 1);
        let ((indicator, level, year), _) = several.next().expect("figures of several regions");
        let equals = |property: &str, value: Value| Filter::Compare {
            property: property.to_owned(),
            op: Compare::Equal,
            value,
        };
        let held = CubeQuery {
            measures: vec!["value_e4".to_owned()],
            dimensions: vec!["code".to_owned()],
            filter: Some(Filter::And(vec![
                equals("level", Value::text(&level)),
                equals("indicator", Value::text(&indicator)),
                equals("year", Value::Int(year.into())),
            ])),
            ..CubeQuery::default()
        };
        assert!(world.ask(&scope, &REGIONS, &held).await.rows.len() > 1);
        let mut over_regions = held.clone();
        over_regions.dimensions.clear();
        let mut over_years = held;
        over_years.filter = Some(equals("level", Value::text(&level)));
        for (query, missing) in [
            (over_regions, "group by code or"),
            (over_years, "group by indicator, year or"),
        ] {
            let asked = Asked {
                query: query.clone(),
                at: None,
            };
            let refused = world.app.answer(&scope, &REGIONS, &[asked]).await;
            let refused = refused.expect_err("refused").to_string();
            assert!(
                refused.contains(missing) && refused.contains("not added up"),
                "{refused}"
            );
            let by_sql = world.db.store.query_cube(&scope, &REGIONS, &query).await;
            assert!(by_sql.expect_err("refused").to_string().contains(missing));
        }
    });
}
