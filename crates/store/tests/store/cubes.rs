//! The SQL oracle against brute force in Rust over the streamed rows, figures counted by hand, and the views'
//! level rules against the domain's.

use crate::sample::*;
use futures::TryStreamExt;
use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::*;
use geocrm_domain::filter::like_matches;
use geocrm_domain::levels::Rule;
use geocrm_domain::region::{RegionId, RegionTree};
use geocrm_domain::*;
use geocrm_store::testing::TestDatabase;
use geocrm_store::{Store, StoreError};
use std::collections::BTreeMap;

/// One streamed row with every property by name.
struct Row {
    place: Option<LngLat>,
    values: BTreeMap<&'static str, Value>,
}

fn day(days: i32) -> Value {
    let date = chrono::NaiveDate::from_ymd_opt(1970, 1, 1)
        .and_then(|d| d.checked_add_signed(chrono::Duration::days(days.into())));
    Value::Date(date.expect("a date"))
}

fn cell(column: &ColumnData, kind: ColumnType, i: usize) -> Value {
    match column {
        ColumnData::Int(v) if v[i] == NULL_INT => Value::Null,
        ColumnData::Int(v) if kind == ColumnType::H3 => Value::text(format!("{:x}", v[i])),
        ColumnData::Int(v) => Value::Int(v[i]),
        ColumnData::Date(v) if v[i] == NULL_DATE => Value::Null,
        ColumnData::Date(v) => day(v[i]),
        ColumnData::Text { codes, .. } if codes[i] == NULL_CODE => Value::Null,
        ColumnData::Text { dictionary, codes } => {
            Value::text(dictionary[codes[i] as usize].clone())
        }
    }
}

fn rows_of(cube: &'static Cube, batch: &CubeBatch, tree: &RegionTree) -> Vec<Row> {
    (0..batch.len())
        .map(|i| {
            let mut values = BTreeMap::new();
            for (column, data) in cube.columns.iter().zip(&batch.columns) {
                values.insert(column.name, cell(data, column.kind, i));
            }
            for dimension in cube.dimensions {
                let value = match dimension.source {
                    Source::Own => continue,
                    Source::Derived(base, rule) => rule.apply(&values[base]),
                    Source::Region(level) => {
                        let leaf = values[leaf_column(level.hierarchy())].as_int();
                        let code = leaf.and_then(|id| tree.code_at(RegionId(id as i32), level));
                        Value::from(code.map(str::to_owned))
                    }
                };
                values.insert(dimension.name, value);
            }
            Row {
                place: batch.places[i],
                values,
            }
        })
        .collect()
}

async fn rows(store: &Store, cube: &'static Cube) -> Vec<Row> {
    let tree = store.region_tree().await.expect("the tree reads");
    let mut view = store.read_view().await.expect("a view");
    let batches: Vec<CubeBatch> = view
        .stream_cube(cube)
        .await
        .expect("it streams")
        .try_collect()
        .await
        .expect("it streams");
    batches
        .iter()
        .flat_map(|b| rows_of(cube, b, &tree))
        .collect()
}

fn not(a: Option<bool>) -> Option<bool> {
    a.map(|a| !a)
}

/// SQL's three-valued logic.
fn truth(filter: &Filter, row: &Row) -> Option<bool> {
    let all = |parts: &[Filter], absorbing: bool| {
        let parts: Vec<_> = parts.iter().map(|p| truth(p, row)).collect();
        if parts.contains(&Some(absorbing)) {
            Some(absorbing)
        } else if parts.contains(&None) {
            None
        } else {
            Some(!absorbing)
        }
    };
    let compare = |property: &str, op: Compare, value: &Value| {
        let own = &row.values[property];
        (!own.is_null() && !value.is_null()).then(|| op.holds(own, value))
    };
    match filter {
        Filter::And(parts) => all(parts, false),
        Filter::Or(parts) => all(parts, true),
        Filter::Not(inner) => not(truth(inner, row)),
        Filter::Compare {
            property,
            op,
            value,
        } => compare(property, *op, value),
        Filter::Between {
            property,
            low,
            high,
        } => {
            let low = compare(property, Compare::GreaterOrEqual, low);
            let high = compare(property, Compare::LessOrEqual, high);
            match (low, high) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }
        }
        Filter::In { property, values } => {
            let own = &row.values[property.as_str()];
            if values.is_empty() {
                Some(false)
            } else if own.is_null() {
                None
            } else if values.contains(own) {
                Some(true)
            } else if values.contains(&Value::Null) {
                None
            } else {
                Some(false)
            }
        }
        Filter::Like {
            property,
            pattern,
            fold_case,
        } => row.values[property.as_str()]
            .as_text()
            .map(|text| like_matches(pattern, text, *fold_case)),
        Filter::IsNull { property } => Some(row.values[property.as_str()].is_null()),
        Filter::Folded {
            property,
            op,
            value,
        } => row.values[property.as_str()].as_text().map(|text| {
            let fold = |text: &str| Value::text(text.to_lowercase());
            op.holds(&fold(text), &fold(value))
        }),
        Filter::Near {
            around,
            low_m,
            high_m,
        } => row.place.map(|p| {
            let distance = geometry::distance_m(p, around);
            distance >= f64::from(*low_m) && high_m.is_none_or(|high| distance < f64::from(high))
        }),
        Filter::Within(area) => row.place.map(|p| area.contains(p)),
    }
}

fn measured(measure: &Measure, rows: &[&Row]) -> Option<Number> {
    let values: Vec<i64> = rows
        .iter()
        .filter_map(|r| r.values.get(measure.column)?.as_int())
        .collect();
    let some = !values.is_empty();
    match measure.aggregate {
        Aggregate::Count => Some(Number::Int(rows.len() as i64)),
        Aggregate::Single => (values.len() == 1).then(|| Number::Int(values[0])),
        Aggregate::Sum => some.then(|| Number::Int(values.iter().sum())),
        Aggregate::Min => values.iter().min().map(|v| Number::Int(*v)),
        Aggregate::Max => values.iter().max().map(|v| Number::Int(*v)),
        Aggregate::Mean => some.then(|| Number::Ratio {
            sum: values.iter().sum(),
            count: values.len() as i64,
        }),
    }
}

fn by_number(a: Option<Number>, b: Option<Number>) -> std::cmp::Ordering {
    let ratio = |n: Option<Number>| match n {
        None => None,
        Some(Number::Int(i)) => Some((i128::from(i), 1)),
        Some(other) => Some(other.parts()),
    };
    match (ratio(a), ratio(b)) {
        (Some((p, q)), Some((r, s))) => (p * s).cmp(&(r * q)),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn brute_force(
    scope: &VisibleScope,
    cube: &'static Cube,
    query: &CubeQuery,
    rows: &[Row],
) -> Answer {
    let visible = |row: &&Row| {
        !cube.scoped || {
            let text = |name: &str| row.values[name].as_text().map(str::to_owned);
            scope.sees(
                text("territory").as_deref(),
                text("owner").and_then(|o| o.parse().ok()),
            )
        }
    };
    let passing: Vec<&Row> = rows
        .iter()
        .filter(visible)
        .filter(|row| {
            query
                .filter
                .as_ref()
                .is_none_or(|f| truth(f, row) == Some(true))
        })
        .collect();
    let inside: Vec<&Row> = passing
        .iter()
        .copied()
        .filter(|row| {
            query
                .geometry
                .as_ref()
                .is_none_or(|area| row.place.is_some_and(|p| area.contains(p)))
        })
        .collect();
    let mut groups: BTreeMap<Vec<Value>, Vec<&Row>> = BTreeMap::new();
    if query.dimensions.is_empty() {
        groups.insert(Vec::new(), Vec::new());
    }
    for row in &inside {
        let keys = query
            .dimensions
            .iter()
            .map(|d| row.values[d.as_str()].clone())
            .collect();
        groups.entry(keys).or_default().push(row);
    }
    let mut found: Vec<AnswerRow> = groups
        .into_iter()
        .map(|(keys, rows)| AnswerRow {
            keys: keys.into(),
            values: query
                .measures
                .iter()
                .map(|m| measured(cube.measure(m).expect("known"), &rows))
                .collect(),
        })
        .collect();
    found.sort_by(|a, b| {
        for order in &query.order {
            let by = if let Some(i) = query.dimensions.iter().position(|d| *d == order.name) {
                a.keys[i].cmp(&b.keys[i])
            } else {
                let i = query
                    .measures
                    .iter()
                    .position(|m| *m == order.name)
                    .expect("known");
                by_number(a.values[i], b.values[i])
            };
            let by = if order.descending { by.reverse() } else { by };
            if by.is_ne() {
                return by;
            }
        }
        a.keys.cmp(&b.keys)
    });
    let groups = found.len();
    found.truncate(query.limit.unwrap_or(usize::MAX));
    Answer {
        rows: found,
        matched: inside.len() as u64,
        without_place: passing.iter().filter(|r| r.place.is_none()).count() as u64,
        groups,
        persons: geocrm_domain::PersonsTold::Exact,
    }
}

/// Xorshift: the same questions in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn area(&mut self) -> MultiPolygon {
        let polygon = |dice: &mut Self| {
            let mut side = || dice.below(12) as i32 * 1_000;
            let (x, y, w, h) = (side(), side(), side() + 1_000, side() + 1_000);
            let triangle = vec![at(x, y), at(x + w, y), at(x + w / 2, y + h)];
            let exterior = if w % 2_000 == 0 {
                triangle
            } else {
                ring((x, y), (x + w, y + h))
            };
            let holes = if w > 4_000 && exterior.len() == 4 {
                vec![ring((x + 1_000, y), (x + 2_000, y + h))]
            } else {
                vec![]
            };
            // The hole shares edges with the exterior: only a ring that stays inside is a valid polygon.
            let holes = holes
                .into_iter()
                .filter(|_| h > 3_000)
                .map(|_| ring((x + 1_000, y + 1_000), (x + 2_000, y + h - 1_000)))
                .collect();
            Polygon { exterior, holes }
        };
        let count = 1 + self.below(2);
        MultiPolygon((0..count).map(|_| polygon(self)).collect())
    }

    fn value(&mut self, rows: &[Row], property: &str) -> Value {
        if self.below(8) == 0 {
            return Value::Null;
        }
        self.pick(rows).values[property].clone()
    }

    fn filter(&mut self, cube: &'static Cube, rows: &[Row], depth: usize) -> Filter {
        let names: Vec<&str> = cube
            .dimensions
            .iter()
            .map(|d| d.name)
            .chain(cube.columns.iter().map(|c| c.name))
            .collect();
        let names: Vec<&str> = names
            .into_iter()
            .filter(|n| cube.property_type(n).is_some())
            .collect();
        let property = (*self.pick(&names)).to_owned();
        let parts = |dice: &mut Self| {
            (0..dice.below(4))
                .map(|_| dice.filter(cube, rows, depth - 1))
                .collect()
        };
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Filter::Compare {
                op: *self.pick(&[
                    Compare::Equal,
                    Compare::NotEqual,
                    Compare::Less,
                    Compare::LessOrEqual,
                    Compare::Greater,
                    Compare::GreaterOrEqual,
                ]),
                value: self.value(rows, &property),
                property,
            },
            1 => Filter::Between {
                low: self.value(rows, &property),
                high: self.value(rows, &property),
                property,
            },
            2 => Filter::In {
                values: (0..self.below(4))
                    .map(|_| self.value(rows, &property))
                    .collect(),
                property,
            },
            3 => Filter::IsNull { property },
            4 => Filter::Within(self.area()),
            5 => Filter::Like {
                property: if cube.name == "flows" {
                    "origin"
                } else if cube.column("city").is_some() {
                    "city"
                } else {
                    "dataset"
                }
                .to_owned(),
                pattern: (*self.pick(&[
                    "%", "a%", "Ams%", "_r%", "é%", "ÆRØ", "%A", "%\\", "0_6%", "\\%",
                ]))
                .to_owned(),
                fold_case: self.below(2) == 0,
            },
            6 => Filter::And(parts(self)),
            7 => Filter::Or(parts(self)),
            _ => Filter::Not(Box::new(self.filter(cube, rows, depth - 1))),
        }
    }

    fn query(&mut self, cube: &'static Cube, rows: &[Row]) -> CubeQuery {
        let names = |dice: &mut Self, all: Vec<&'static str>, most: usize| {
            let mut some: Vec<String> = (0..dice.below(most + 1))
                .map(|_| (*dice.pick(&all)).to_owned())
                .collect();
            some.sort();
            some.dedup();
            some
        };
        let measures = names(self, cube.measures.iter().map(|m| m.name).collect(), 4);
        let mut dimensions = names(self, cube.dimensions.iter().map(|d| d.name).collect(), 3);
        if measures.iter().any(|m| m == "value_e4") {
            dimensions = PUBLISHED_FOR.map(str::to_owned).to_vec();
        }
        let mut order = Vec::new();
        for name in dimensions.iter().chain(&measures) {
            if self.below(3) == 0 {
                order.insert(
                    self.below(order.len() + 1),
                    OrderBy {
                        name: name.clone(),
                        descending: self.below(2) == 0,
                    },
                );
            }
        }
        CubeQuery {
            measures,
            defined: Vec::new(),
            bands: None,
            dimensions,
            filter: (self.below(4) > 0).then(|| self.filter(cube, rows, 2)),
            geometry: (self.below(3) == 0).then(|| self.area()),
            order,
            limit: (self.below(3) == 0).then(|| self.below(4)),
        }
    }
}

async fn with_accounts() -> TestDatabase {
    let db = loaded().await;
    for n in 1..=12u128 {
        let mut record = account(n);
        let a = &mut record.account;
        a.place = (n % 4 != 0).then(|| at(n as i32 * 1_000, 2_000));
        a.place_state = [
            PlaceState::Failed,
            PlaceState::Matched,
            PlaceState::Doubtful,
            PlaceState::Pinned,
        ][n as usize % 4];
        a.status = AccountStatus::ALL[n as usize % 3];
        a.territory = [Some("T1"), Some("T2"), None][n as usize % 3].map(str::to_owned);
        a.revenue_cents = (n % 5 != 0).then_some(99_999 * 10_i64.pow(n as u32 % 4));
        a.last_contact_on = chrono::NaiveDate::from_ymd_opt(2025, n as u32, 28).filter(|_| n != 7);
        a.category = (n % 2 == 0).then(|| format!("cat{}", n % 4));
        create(&db.store, record).await;
    }
    db
}

#[tokio::test]
async fn sql_equals_brute_force_on_random_questions() {
    let db = with_accounts().await;
    let mut dice = Dice(20_261_122);
    let scopes = [
        VisibleScope::everything(),
        VisibleScope::territories(["T1".to_owned()]),
        VisibleScope::own(UserId(uuid(77))),
    ];
    for cube in CUBES {
        let rows = rows(&db.store, cube).await;
        assert!(!rows.is_empty(), "{}", cube.name);
        for round in 0..60 {
            let scope = &scopes[if round % 3 == 0 { dice.below(3) } else { 0 }];
            let query = dice.query(cube, &rows);
            let answer = db
                .store
                .query_cube(scope, cube, &query)
                .await
                .unwrap_or_else(|e| panic!("{e}: {query:?}"));
            assert_eq!(
                answer,
                brute_force(scope, cube, &query, &rows),
                "{} {query:#?}",
                cube.name
            );
        }
    }
}

fn ask(dimensions: &[&str], measures: &[&str]) -> CubeQuery {
    CubeQuery {
        dimensions: dimensions.iter().map(|d| (*d).to_owned()).collect(),
        measures: measures.iter().map(|m| (*m).to_owned()).collect(),
        ..CubeQuery::default()
    }
}

#[tokio::test]
async fn figures_counted_by_hand() {
    let db = loaded().await;
    let all = VisibleScope::everything();
    let answer = db
        .store
        .query_cube(
            &all,
            &ADDRESSES,
            &ask(
                &["neighbourhood"],
                &["count", "dwellings", "building_year_mean"],
            ),
        )
        .await
        .expect("it answers");
    // x = 0…5,000 in BU1 (0+1+2+0+1+2 dwellings), 6,000…10,000 in BU2 (0+1+2+0+1), 11,000 nowhere (2).
    let int = |v| Some(Number::Int(v));
    // Years 1690 + 35 i without i = 5: 5·1690 + 35·10.
    let mean = |sum, count| Some(Number::Ratio { sum, count });
    let want = [
        (Value::Null, [int(1), int(2), mean(2_075, 1)]),
        (Value::text("BU1"), [int(6), int(6), mean(8_800, 5)]),
        (Value::text("BU2"), [int(5), int(4), mean(9_850, 5)]),
    ];
    let got: Vec<_> = answer
        .rows
        .into_iter()
        .map(|r| (r.keys.into_vec(), r.values.into_vec()))
        .collect();
    assert_eq!(got, want.map(|(k, v)| (vec![k], v.to_vec())));
    assert_eq!(
        (answer.matched, answer.without_place, answer.groups),
        (12, 0, 3)
    );

    // The figure of BU9 has no place: in the sum, not in the area.
    let mut query = ask(&[], &["count", "value_min_e4", "suppressed"]);
    query.filter = Some(Filter::Compare {
        property: "year".to_owned(),
        op: Compare::Equal,
        value: Value::Int(2024),
    });
    let answer = db
        .store
        .query_cube(&all, &REGIONS, &query)
        .await
        .expect("it answers");
    assert_eq!(answer.rows[0].values.as_slice(), [int(3), int(7), int(1)]);
    assert_eq!((answer.matched, answer.without_place), (3, 1));
    query.geometry = Some(boxed((0, 0), (10_000, 10_000)));
    let answer = db
        .store
        .query_cube(&all, &REGIONS, &query)
        .await
        .expect("it answers");
    assert_eq!(
        answer.rows[0].values.as_slice(),
        [int(2), int(10_100_000), int(1)]
    );
    assert_eq!((answer.matched, answer.without_place), (2, 1));

    // Nothing matches: one row without dimensions, none with.
    let mut none = ask(&[], &["count", "length_cm", "condition_mean"]);
    none.filter = Some(Filter::Or(vec![]));
    let answer = db
        .store
        .query_cube(&all, &ROADS, &none)
        .await
        .expect("it answers");
    assert_eq!(answer.rows[0].values.as_slice(), [int(0), None, None]);
    none.dimensions = vec!["class".to_owned()];
    assert_eq!(
        db.store
            .query_cube(&all, &ROADS, &none)
            .await
            .expect("it answers")
            .groups,
        0
    );

    // Edges belong to an area; overlapping polygons count a record once.
    let mut edge = ask(&[], &["count"]);
    edge.geometry = Some(MultiPolygon(
        [
            boxed((2_000, 5_000), (4_000, 9_000)).0,
            boxed((3_000, 0), (4_000, 5_000)).0,
        ]
        .concat(),
    ));
    let answer = db
        .store
        .query_cube(&all, &ADDRESSES, &edge)
        .await
        .expect("it answers");
    assert_eq!(answer.rows[0].values.as_slice(), [int(3)]);
}

#[tokio::test]
async fn nobody_sees_sums_beyond_the_scope() {
    let db = with_accounts().await;
    let count = |answer: Answer| (answer.matched, answer.rows[0].values[0]);
    let query = ask(&[], &["count"]);
    let store = &db.store;
    let all = store
        .query_cube(&VisibleScope::everything(), &ACCOUNTS, &query)
        .await
        .expect("it answers");
    assert_eq!(count(all), (12, Some(Number::Int(12))));
    let one = VisibleScope::territories(["T2".to_owned()]);
    assert_eq!(
        count(
            store
                .query_cube(&one, &ACCOUNTS, &query)
                .await
                .expect("it answers")
        ),
        (4, Some(Number::Int(4)))
    );
    for cube in CUBES {
        let none = store
            .query_cube(&VisibleScope::nothing(), cube, &query)
            .await
            .expect("it answers");
        assert_eq!((none.matched, none.without_place), (0, 0), "{}", cube.name);
    }
    let own = VisibleScope::own(UserId(uuid(1)));
    assert_eq!(
        store
            .query_cube(&own, &ACCOUNTS, &query)
            .await
            .expect("it answers")
            .matched,
        0
    );
}

#[tokio::test]
async fn the_views_state_the_same_level_rules_as_the_domain() {
    let db = with_accounts().await;
    let pool = sqlx::PgPool::connect(&db.owner_url)
        .await
        .expect("the owner connects");
    for number in (-3..=6_000).chain([
        99_999,
        100_000,
        999_999,
        1_000_000,
        9_999_999,
        10_000_000,
        i64::MAX,
    ]) {
        let sql: (String, String, String, String, String) = sqlx::query_as(
            "SELECT level_age_class($1), level_condition_class($1), level_distance_band($1), level_storeys_band($1), level_revenue_band($1)",
        )
        .bind(number)
        .fetch_one(&pool)
        .await
        .expect("it answers");
        let rules = [
            Rule::AgeClass,
            Rule::ConditionClass,
            Rule::DistanceBand,
            Rule::StoreysBand,
            Rule::RevenueBand,
        ];
        let [a, b, c, d, e] = rules.map(|rule| rule.apply(&Value::Int(number)).to_string());
        assert_eq!(sql, (a, b, c, d, e), "{number}");
    }
    for postcode in [
        "1012LG",
        "1012lg",
        "1012 LG",
        "80331",
        "",
        "١٢٣٤AB",
        "1012LG\n",
    ] {
        let sql: String = sqlx::query_scalar("SELECT level_postcode4($1)")
            .bind(postcode)
            .fetch_one(&pool)
            .await
            .expect("it answers");
        assert_eq!(sql, levels::postcode4(postcode), "{postcode:?}");
    }
    for (lng, lat) in [
        (0, 0),
        (49_000_000, 523_000_000),
        (-1_799_999_999, -899_999_999),
        (1_790_000_000, 890_000_000),
    ] {
        let cell = LngLat::from_e7(lng, lat).h3_cell(H3_FINEST);
        for resolution in H3_COARSEST..=H3_FINEST {
            let sql: String = sqlx::query_scalar("SELECT level_h3_parent($1, $2)")
                .bind(cell as i64)
                .bind(i32::from(resolution))
                .fetch_one(&pool)
                .await
                .expect("it answers");
            assert_eq!(
                Value::text(sql),
                Rule::H3Parent(resolution).apply(&Value::text(format!("{cell:x}")))
            );
        }
    }
}

#[tokio::test]
async fn views_have_the_columns_of_the_catalogue_and_no_others() {
    let db = loaded().await;
    let pool = sqlx::PgPool::connect(&db.owner_url)
        .await
        .expect("the owner connects");
    for cube in CUBES {
        let has: Vec<String> = sqlx::query_scalar(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = ('cube_' || $1)::regclass AND attnum > 0 ORDER BY attname COLLATE \"C\"",
        )
        .bind(cube.name)
        .fetch_all(&pool)
        .await
        .expect("it answers");
        let mut wants: Vec<&str> = vec!["id", "lng_e7", "lat_e7"];
        wants.extend(cube.columns.iter().map(|c| c.name));
        wants.extend(cube.dimensions.iter().map(|d| d.name));
        wants.sort_unstable();
        wants.dedup();
        assert_eq!(has, wants, "{}", cube.name);
    }
}

#[tokio::test]
async fn an_unconfirmed_place_is_no_place_and_a_deleted_account_is_absent() {
    let db = loaded().await;
    let store = &db.store;
    let mut doubtful = account(1);
    doubtful.account.place_state = PlaceState::Doubtful;
    create(store, doubtful).await;
    let gone = create(store, account(2)).await.account;
    store
        .delete_account(&VisibleScope::everything(), actor(3), gone.id, 1)
        .await
        .expect("it is deleted");
    let mut view = store.read_view().await.expect("a view");
    let batch = view
        .cube_rows(&ACCOUNTS, &Keys::Uuid(vec![uuid(2), uuid(1), uuid(9)]))
        .await
        .expect("they read");
    assert_eq!(batch.keys, Keys::Uuid(vec![uuid(1)]));
    assert_eq!(batch.places, [None]);
    assert_eq!(
        batch.column(&ACCOUNTS, "h3"),
        Some(&ColumnData::Int(vec![NULL_INT]))
    );
    assert_eq!(
        batch.column(&ACCOUNTS, "building_year"),
        Some(&ColumnData::Int(vec![NULL_INT]))
    );
    assert_eq!(
        batch.column(&ACCOUNTS, "customers"),
        Some(&ColumnData::Int(vec![1]))
    );
    let text = ColumnData::Text {
        dictionary: vec!["1012LG".to_owned()],
        codes: vec![0],
    };
    assert_eq!(batch.column(&ACCOUNTS, "postcode"), Some(&text));
    let since = chrono::NaiveDate::from_ymd_opt(2021, 8, 30).map(Value::Date);
    assert_eq!(
        batch
            .column(&ACCOUNTS, "customer_since_on")
            .map(|c| cell(c, ColumnType::Date, 0)),
        since
    );

    let streamed: Vec<CubeBatch> = view
        .stream_cube(&ACCOUNTS)
        .await
        .expect("it streams")
        .try_collect()
        .await
        .expect("it streams");
    assert_eq!(streamed, [batch], "streaming and re-reading give the same");
    // The connection is free again after a stream.
    assert!(
        view.query_cube(
            &VisibleScope::everything(),
            &ACCOUNTS,
            &CubeQuery::default()
        )
        .await
        .is_ok()
    );
}

#[tokio::test]
async fn questions_the_catalogue_does_not_know_are_refused() {
    let db = loaded().await;
    let everything = VisibleScope::everything();
    let filter = |filter: Filter| CubeQuery {
        filter: Some(filter),
        ..CubeQuery::default()
    };
    let is_null = |name: &str| {
        filter(Filter::IsNull {
            property: name.to_owned(),
        })
    };
    let injection = "status\" IS NULL) OR true --";
    let mut ordered = ask(&["status"], &["count"]);
    ordered.order = vec![OrderBy {
        name: "1; DROP TABLE users".to_owned(),
        descending: false,
    }];
    for query in [
        ask(&["nonsense"], &[]),
        ask(&[injection], &[]),
        ask(&[], &["count(*)"]),
        is_null(injection),
        is_null("h3"),
        is_null("region_id"),
        ordered,
    ] {
        let error = db
            .store
            .query_cube(&everything, &ACCOUNTS, &query)
            .await
            .expect_err("unknown");
        assert!(
            matches!(
                &error,
                StoreError::UnknownName { .. }
                    | StoreError::UnknownOrder { .. }
                    | StoreError::Expression(_)
            ) && error.to_string().contains("known: "),
            "{error}"
        );
    }
    let compare = |property: &str, value| {
        filter(Filter::Compare {
            property: property.to_owned(),
            op: Compare::Equal,
            value,
        })
    };
    let like = filter(Filter::Like {
        property: "revenue_cents".to_owned(),
        pattern: "1%".to_owned(),
        fold_case: false,
    });
    for query in [
        compare("revenue_cents", Value::text("1")),
        compare("status", Value::Int(1)),
        compare("last_contact_on", Value::text("2024-01-01")),
        like,
    ] {
        let error = db
            .store
            .query_cube(&everything, &ACCOUNTS, &query)
            .await
            .expect_err("a mismatch");
        assert!(matches!(error, StoreError::TypeMismatch { .. }), "{error}");
    }
    let many = ask(
        &[
            "status",
            "kind",
            "category",
            "territory",
            "owner",
            "place_state",
            "city",
        ],
        &[],
    );
    let error = db
        .store
        .query_cube(&everything, &ACCOUNTS, &many)
        .await
        .expect_err("too many");
    assert!(
        matches!(error, StoreError::TooMany { limit: 6, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn figures_and_flows_are_listed_by_id() {
    let db = loaded().await;
    let mut view = db.store.read_view().await.expect("a view");
    let ids = |batch: &CubeBatch| match &batch.keys {
        Keys::Int(ids) => ids.clone(),
        Keys::Uuid(_) => vec![],
    };
    let figures: Vec<CubeBatch> = view
        .stream_cube(&REGIONS)
        .await
        .expect("it streams")
        .try_collect()
        .await
        .expect("it streams");
    let mut wanted = ids(&figures[0]);
    wanted.reverse();
    let records = db.store.figures_by_ids(&wanted).await.expect("they read");
    assert_eq!(records.iter().map(|r| r.id).collect::<Vec<_>>(), wanted);
    assert!(
        records
            .iter()
            .any(|r| r.name.is_none() && r.figure.region_code == "BU9")
    );
    let flows: Vec<CubeBatch> = view
        .stream_cube(&FLOWS)
        .await
        .expect("it streams")
        .try_collect()
        .await
        .expect("it streams");
    let records = db
        .store
        .flows_by_ids(&ids(&flows[0]))
        .await
        .expect("they read");
    assert_eq!(records[0].flow.flow, statistics().flows[0]);
}
