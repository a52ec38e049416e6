//! A cube that leaves for another engine: its folder must hold every record once, in the quad it lies in, and give
//! the same counts by every dimension as the engine.

use crate::support::{World, count_query, run};
use geocrm_app::error::AppError;
use geocrm_domain::catalogue::{CUBES, Dimension, Source};
use geocrm_domain::levels::Rule;
use geocrm_domain::{CubeQuery, Number, Value, VisibleScope};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

/// Quads (their digits, `None` without a place) with their records.
pub fn read(out: &Path) -> Vec<(Option<String>, Vec<Row>)> {
    let text = fs::read_to_string(out.join("_cube.json")).expect("a manifest");
    let manifest: Json = serde_json::from_str(&text).expect("JSON");
    let parts = manifest["parts"].as_array().expect("parts").iter();
    parts
        .map(|part| {
            let path = out.join(part["path"].as_str().expect("a path"));
            let reader = SerializedFileReader::new(File::open(path).expect("a file"));
            let reader = reader.expect("Parquet");
            let rows = reader.get_row_iter(None).expect("rows");
            let rows: Vec<Row> = rows.collect::<Result<_, _>>().expect("whole rows");
            assert_eq!(part["rows"], rows.len());
            (part["quad"].as_str().map(str::to_owned), rows)
        })
        .collect()
}

pub fn field(row: &Row, name: &str) -> Field {
    let found = row.get_column_iter().find(|(known, _)| *known == name);
    found
        .unwrap_or_else(|| panic!("no column {name}"))
        .1
        .clone()
}

/// Least and greatest quadkey of the quad with these digits.
fn range(quad: &str) -> (u64, u64) {
    let prefix = quad
        .bytes()
        .fold(0u64, |key, digit| key << 2 | u64::from(digit - b'0'));
    let open = 64 - 2 * quad.len() as u32;
    let low = prefix.checked_shl(open).unwrap_or(0);
    (low, low | u64::MAX.checked_shr(64 - open).unwrap_or(0))
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Long(int) => Value::Int(*int),
        Field::Date(days) => {
            Value::Date(chrono::NaiveDate::from_epoch_days(*days).expect("a date"))
        }
        Field::Str(text) => Value::text(text.as_str()),
        Field::ULong(cell) => Value::text(format!("{cell:x}")),
        other => panic!("{other:?} in a dimension"),
    }
}

/// A record's member of a dimension; coarser hexagons follow from the finest.
fn member(row: &Row, dimension: &Dimension) -> Value {
    match dimension.source {
        Source::Derived("h3", rule @ Rule::H3Parent(_)) => rule.apply(&value(&field(row, "h3_10"))),
        _ => value(&field(row, dimension.name)),
    }
}

#[test]
fn every_cube_leaves_whole_in_its_quads_and_counts_as_the_engine_does() {
    run(async {
        let world = World::demo().await;
        let everything = VisibleScope::everything();
        for cube in CUBES {
            let out = world.home.path().join(cube.name);
            let (version, written) = world
                .app
                .export_cube(&everything, cube, &out)
                .await
                .expect("a folder");
            assert_eq!(version, world.app.data_version());
            let parts = read(&out);
            let mut last = None;
            for (quad, rows) in &parts {
                let Some(quad) = quad else { continue };
                let (low, high) = range(quad);
                assert!(last < Some(low), "{quad} comes after its neighbour");
                last = Some(high);
                let keys = rows.iter().map(|row| match field(row, "quadkey") {
                    Field::ULong(key) => key,
                    other => panic!("{other:?}"),
                });
                let keys: Vec<u64> = keys.collect();
                assert!(keys.is_sorted() && low <= keys[0] && keys[keys.len() - 1] <= high);
            }
            let rows: Vec<&Row> = parts.iter().flat_map(|(_, rows)| rows).collect();
            assert_eq!(rows.len() as u64, written.rows);
            assert!(!rows.is_empty(), "{}", cube.name);
            for dimension in cube.dimensions {
                let query = CubeQuery {
                    dimensions: vec![dimension.name.to_owned()],
                    ..count_query(CubeQuery::default())
                };
                let answer = world.ask(&everything, cube, &query).await;
                let expected: BTreeMap<Value, i64> = answer
                    .rows
                    .into_iter()
                    .map(|mut row| match row.values[0] {
                        Some(Number::Int(count)) => (row.keys.remove(0), count),
                        other => panic!("{other:?}"),
                    })
                    .collect();
                let mut counted: BTreeMap<Value, i64> = BTreeMap::new();
                for row in &rows {
                    *counted.entry(member(row, dimension)).or_default() += 1;
                }
                assert_eq!(counted, expected, "{} by {}", cube.name, dimension.name);
            }
        }
    });
}

#[test]
fn a_folder_is_not_written_over() {
    run(async {
        let world = World::empty().await;
        let everything = VisibleScope::everything();
        let out = world.home.path().join("cube");
        let write = || world.app.export_cube(&everything, CUBES[0], &out);
        let (_, first) = write().await.expect("a folder");
        assert_eq!(first.rows, 0);
        let again = write().await;
        assert!(matches!(again, Err(AppError::Invalid { .. })), "{again:?}");
    });
}
