//! Do densities per dwelling of accounts divide by the right dwellings? By those of all addresses of the same place and
//! kind, figured here from two plain answers.

use crate::language::both;
use crate::support::{World, run};
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES};
use geocrm_domain::{
    Compare, CubeQuery, Defined, Expression, Filter, Number, PivotQuery, Value, VisibleScope,
};

#[test]
fn accounts_per_dwelling_count_the_addresses_beside_them() {
    run(async {
        let world = World::demo().await;
        let scope = VisibleScope::everything();
        let question = |dimensions: &[&str], filter: Option<Filter>| CubeQuery {
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
        };
        let equal = |property: &str, value: &Value| Filter::Compare {
            property: property.to_owned(),
            op: Compare::Equal,
            value: value.clone(),
        };
        let by_place = question(&["district", "housing_type"], None);
        let addresses = CubeQuery {
            measures: vec!["dwellings".to_owned()],
            defined: Vec::new(),
            ..by_place.clone()
        };
        let dwellings = world.ask(&scope, &ADDRESSES, &addresses).await.rows;
        let int = |number: Option<Number>| match number {
            Some(Number::Int(int)) => i128::from(int),
            other => panic!("{other:?}"),
        };
        let told = world.ask(&scope, &ACCOUNTS, &by_place).await.rows;
        let mut compared = 0;
        for row in &told {
            let beside = dwellings.iter().find(|beside| beside.keys == row.keys);
            let beside = beside.map_or(0, |beside| int(beside.values[0]));
            assert_eq!(row.values[1], Number::fraction(int(row.values[0]), beside));
            compared += usize::from(beside > 0);
        }
        assert!(compared > 5, "{compared} groups with dwellings");
        // What only accounts have narrows the accounts alone; what addresses have, both.
        let all: i128 = dwellings.iter().map(|row| int(row.values[0])).sum();
        let district = &told.last().expect("a group").keys[0];
        let inside = dwellings.iter().filter(|row| row.keys[0] == *district);
        let inside: i128 = inside.map(|row| int(row.values[0])).sum();
        let customers = equal("status", &Value::text("customer"));
        let there = Filter::And(vec![customers.clone(), equal("district", district)]);
        for (filter, dwellings) in [(customers, all), (there, inside)] {
            let one = world
                .ask(&scope, &ACCOUNTS, &question(&[], Some(filter)))
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
            query: question(&["district"], Some(few)),
            columns: vec!["status".to_owned()],
            ..PivotQuery::default()
        };
        let [engine, sql] = both(&world, &scope, &ACCOUNTS, &table).await;
        assert_eq!(engine, sql);
        let table = engine.expect("a table");
        let districts: std::collections::BTreeSet<_> =
            dwellings.iter().map(|row| &row.keys[0]).collect();
        assert!(
            table.rows.len() < districts.len(),
            "some district has no such account"
        );
        assert_eq!(
            table.total[1],
            Number::fraction(int(table.total[0]), all),
            "{table:?}"
        );
    });
}
