//! Do densities per dwelling of accounts divide by the right dwellings? By those of all addresses of the same place and
//! kind, figured here from two plain answers.

use crate::analyst::analyst;
use crate::differential::Asker;
use crate::edits::Editor;
use crate::language::both;
use crate::support::{World, run, seed};
use geocrm_app::surroundings::circle;
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES};
use geocrm_domain::{
    AnswerRow, Compare, CubeQuery, Defined, Expression, Filter, Number, PersonsTold, PivotQuery,
    Top, Value, VisibleScope,
};
use std::collections::BTreeSet;

/// Accounts, and accounts per dwelling.
fn reach(dimensions: &[&str], filter: Option<Filter>) -> CubeQuery {
    CubeQuery {
        measures: vec!["count".to_owned(), "reach".to_owned()],
        dimensions: dimensions.iter().map(|d| (*d).to_owned()).collect(),
        defined: vec![Defined {
            name: "reach".to_owned(),
            expression: Expression::PerDwelling {
                of: Box::new(Expression::measure("count")),
            },
        }],
        filter,
        ..CubeQuery::default()
    }
}

fn equal(property: &str, value: &Value) -> Filter {
    Filter::Compare {
        property: property.to_owned(),
        op: Compare::Equal,
        value: value.clone(),
    }
}

fn int(number: Option<Number>) -> i128 {
    match number {
        Some(Number::Int(int)) => int.into(),
        other => panic!("{other:?}"),
    }
}

/// Dwellings of all addresses by some dimensions.
async fn dwellings(world: &World, dimensions: &[&str]) -> Vec<AnswerRow> {
    let question = CubeQuery {
        measures: vec!["dwellings".to_owned()],
        defined: Vec::new(),
        ..reach(dimensions, None)
    };
    let scope = VisibleScope::everything();
    world.ask(&scope, &ADDRESSES, &question).await.rows
}

#[test]
fn accounts_per_dwelling_count_the_addresses_beside_them() {
    run(async {
        let world = World::demo().await;
        let scope = VisibleScope::everything();
        let by_place = ["district", "housing_type"];
        let dwellings = dwellings(&world, &by_place).await;
        let told = world.ask(&scope, &ACCOUNTS, &reach(&by_place, None)).await;
        let mut compared = 0;
        for row in &told.rows {
            // Without a place there are no addresses beside it.
            let beside = dwellings
                .iter()
                .find(|beside| beside.keys == row.keys && !row.keys.contains(&Value::Null));
            let beside = beside.map_or(0, |beside| int(beside.values[0]));
            assert_eq!(row.values[1], Number::fraction(int(row.values[0]), beside));
            compared += usize::from(beside > 0);
        }
        assert!(compared > 5, "{compared} groups with dwellings");
        // What only accounts have narrows the accounts alone; what addresses have, both.
        let all: i128 = dwellings.iter().map(|row| int(row.values[0])).sum();
        let district = &told.rows.last().expect("a group").keys[0];
        let inside = dwellings.iter().filter(|row| row.keys[0] == *district);
        let inside: i128 = inside.map(|row| int(row.values[0])).sum();
        let customers = equal("status", &Value::text("customer"));
        let there = Filter::And(vec![customers.clone(), equal("district", district)]);
        for (filter, dwellings) in [(customers, all), (there, inside)] {
            let one = world
                .ask(&scope, &ACCOUNTS, &reach(&[], Some(filter)))
                .await;
            let [count, reach] = one.rows[0].values[..] else {
                panic!("two figures");
            };
            assert_eq!(reach, Number::fraction(int(count), dwellings));
        }
        // The total of a table divides by the dwellings of districts without an account, too.
        let few = Filter::Compare {
            property: "revenue_cents".to_owned(),
            op: Compare::Greater,
            value: Value::Int(90_000_000),
        };
        let table = PivotQuery {
            query: reach(&["district"], Some(few)),
            columns: vec!["status".to_owned()],
            ..PivotQuery::default()
        };
        let [engine, sql] = both(&world, &scope, &ACCOUNTS, &table).await;
        assert_eq!(engine, sql);
        let table = engine.expect("a table");
        let districts: BTreeSet<_> = dwellings.iter().map(|row| &row.keys[0]).collect();
        assert!(
            table.rows.len() < districts.len(),
            "some district has no such account"
        );
        assert_eq!(table.total[1], Number::fraction(int(table.total[0]), all));
    });
}

/// The accounts lie in the base and in the edits since.
#[test]
fn accounts_per_dwelling_follow_the_edits() {
    run(async {
        let world = World::demo().await;
        let asker = Asker::of(&world).await;
        let mut editor = Editor::of(&world, seed(41)).await;
        let table = PivotQuery {
            query: reach(&["district"], None),
            columns: vec!["housing_type".to_owned()],
            top: vec![Top {
                dimension: "district".to_owned(),
                by: "reach".to_owned(),
                count: 2,
            }],
            ..PivotQuery::default()
        };
        let scope = VisibleScope::everything();
        let mut seen = BTreeSet::new();
        for _ in 0..5 {
            for _ in 0..20 {
                editor.edit(&world, &asker).await;
            }
            let [engine, sql] = both(&world, &scope, &ACCOUNTS, &table).await;
            assert_eq!(engine, sql);
            seen.insert(format!("{:?}", engine.expect("a table").total));
        }
        assert!(seen.len() > 1, "{seen:?}");
    });
}

/// Households in an area are told by whole hexagons, dwellings by the area itself: one cannot be divided by the other.
#[test]
fn an_analyst_is_told_accounts_per_dwelling_by_region_and_not_in_an_area() {
    run(async {
        let world = World::demo().await;
        let scope = analyst(&world.app).await.scope;
        let dwellings = dwellings(&world, &["municipality"]).await;
        let told = world
            .ask(&scope, &ACCOUNTS, &reach(&["municipality"], None))
            .await;
        assert_eq!(told.persons, PersonsTold::Rounded);
        let mut compared = 0;
        for row in told.rows.iter().filter(|row| !row.keys[0].is_null()) {
            let beside = dwellings.iter().find(|beside| beside.keys == row.keys);
            let beside = int(beside.expect("dwellings").values[0]);
            assert_eq!(row.values[1], Number::fraction(int(row.values[0]), beside));
            compared += 1;
        }
        assert!(compared > 1, "{compared} municipalities");
        let middle = Asker::of(&world).await.addresses().places()[0];
        let inside = CubeQuery {
            geometry: Some(circle(middle, 2_000.0)),
            ..reach(&[], None)
        };
        let told = world.ask(&scope, &ACCOUNTS, &inside).await;
        let PersonsTold::LeftOut(why) = told.persons else {
            panic!("{told:?}");
        };
        assert!(why.contains("per dwelling"), "{why}");
    });
}
