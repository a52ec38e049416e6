//! A cube's folder is read back and must hold what was written: every value, null and place, the quads in order,
//! the figures a reader prunes by. A folder is whole or not there.

use geocrm_domain::LngLat;
use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::{ADDRESSES, ColumnType};
use geocrm_export::{CubeLayer, CubePart, ExportError, WrittenCube, write_cube};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;
use parquet::record::{Field, Row};
use serde_json::Value;
use std::fs::{self, File};
use std::path::Path;

const COLUMNS: [(&str, ColumnType); 4] = [
    ("year", ColumnType::Int),
    ("since_on", ColumnType::Date),
    ("city", ColumnType::Text),
    ("h3_10", ColumnType::H3),
];

const LAYER: CubeLayer<'static> = CubeLayer {
    cube: &ADDRESSES,
    data_version: "42",
    columns: &COLUMNS,
};

/// Two records and one that misses every value, at these places.
fn batch(first: i64, places: [Option<LngLat>; 3]) -> CubeBatch {
    CubeBatch {
        keys: Keys::Int(vec![first, first + 1, first + 2]),
        places: places.to_vec(),
        columns: vec![
            ColumnData::Int(vec![-5, i64::MAX, NULL_INT]),
            ColumnData::Date(vec![20_000, -1, NULL_DATE]),
            ColumnData::Text {
                dictionary: vec!["’s-Gravenhage".to_owned(), String::new()],
                codes: vec![0, 1, NULL_CODE],
            },
            ColumnData::Int(vec![0x08a1_9695_364a_7fff, 1, NULL_INT]),
        ],
    }
}

const AT: [(i32, i32); 3] = [
    (48_951_679, 523_702_157),
    (48_951_680, 523_702_156),
    (-1, -1),
];

fn parts() -> Vec<CubePart<Vec<CubeBatch>>> {
    let at = |i: usize| Some(LngLat::from_e7(AT[i].0, AT[i].1));
    let amsterdam = at(0).map(|at| at.quadkey().tile(3));
    let island = at(2).map(|at| at.quadkey().tile(1));
    vec![
        CubePart {
            quad: amsterdam,
            batches: vec![
                batch(1, [at(0), at(1), at(0)]),
                batch(4, [at(1), at(1), at(1)]),
            ],
        },
        CubePart {
            quad: island,
            batches: vec![batch(7, [at(2), at(2), at(2)])],
        },
        CubePart {
            quad: None,
            batches: vec![batch(10, [None, None, None])],
        },
    ]
}

fn write(out: &Path) -> WrittenCube {
    write_cube(LAYER, parts(), out).expect("a folder")
}

fn manifest(out: &Path) -> Value {
    let text = fs::read_to_string(out.join("_cube.json")).expect("a manifest");
    serde_json::from_str(&text).expect("JSON")
}

fn reader(out: &Path, part: usize) -> SerializedFileReader<File> {
    let manifest = manifest(out);
    let path = manifest["parts"][part]["path"].as_str().expect("a path");
    SerializedFileReader::new(File::open(out.join(path)).expect("a file")).expect("Parquet")
}

fn rows(out: &Path, part: usize) -> Vec<Row> {
    let reader = reader(out, part);
    let rows = reader.get_row_iter(None).expect("rows");
    rows.collect::<Result<_, _>>().expect("whole rows")
}

fn field(row: &Row, name: &str) -> Field {
    let found = row.get_column_iter().find(|(known, _)| *known == name);
    found.expect("a column").1.clone()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder")
}

#[test]
fn every_value_null_and_place_comes_back() {
    let scratch = folder();
    let out = scratch.path().join("cube");
    let written = write(&out);
    assert_eq!((written.rows, written.files), (12, 3));
    let rows = rows(&out, 0);
    assert_eq!(rows.len(), 6);
    let first: Vec<Field> = [
        "id", "lng_e7", "lat_e7", "year", "since_on", "city", "h3_10",
    ]
    .map(|name| field(&rows[0], name))
    .to_vec();
    assert_eq!(
        first,
        [
            Field::Long(1),
            Field::Int(AT[0].0),
            Field::Int(AT[0].1),
            Field::Long(-5),
            Field::Date(20_000),
            Field::Str("’s-Gravenhage".to_owned()),
            Field::ULong(0x08a1_9695_364a_7fff),
        ]
    );
    let place = LngLat::from_e7(AT[0].0, AT[0].1);
    assert_eq!(field(&rows[0], "quadkey"), Field::ULong(place.quadkey().0));
    assert_eq!(field(&rows[1], "year"), Field::Long(i64::MAX));
    assert_eq!(field(&rows[1], "city"), Field::Str(String::new()));
    for name in ["year", "since_on", "city", "h3_10"] {
        assert_eq!(field(&rows[2], name), Field::Null, "{name}");
    }
    let Field::Bytes(wkb) = field(&rows[0], "geometry") else {
        panic!("a place without well-known binary");
    };
    let number =
        |at: usize| f64::from_le_bytes(wkb.data()[at..at + 8].try_into().expect("8 bytes"));
    assert_eq!(wkb.data()[..5], [1, 1, 0, 0, 0]);
    assert_eq!((number(5), number(13)), (4.895_167_9, 52.370_215_7));
}

#[test]
fn records_without_a_place_have_no_shape_and_a_file_of_their_own() {
    let scratch = folder();
    let out = scratch.path().join("cube");
    write(&out);
    assert_eq!(manifest(&out)["parts"][2]["quad"], Value::Null);
    for row in rows(&out, 2) {
        for name in ["quadkey", "lng_e7", "lat_e7", "geometry", "bbox"] {
            assert_eq!(field(&row, name), Field::Null, "{name}");
        }
        assert!(matches!(field(&row, "id"), Field::Long(10..=12)));
    }
}

#[test]
fn the_footer_says_what_geoparquet_asks_and_groups_say_their_quadkeys() {
    let scratch = folder();
    let out = scratch.path().join("cube");
    write(&out);
    let reader = reader(&out, 0);
    let metadata = reader.metadata();
    let notes = metadata
        .file_metadata()
        .key_value_metadata()
        .expect("notes");
    let note = notes.iter().find(|note| note.key == "geo").expect("geo");
    let geo: Value = serde_json::from_str(note.value.as_deref().expect("a value")).expect("JSON");
    assert_eq!(geo["version"], "1.1.0");
    let column = &geo["columns"][geo["primary_column"].as_str().expect("a name")];
    assert_eq!(column["encoding"], "WKB");
    assert_eq!(
        column["covering"]["bbox"]["ymax"],
        serde_json::json!(["bbox", "ymax"])
    );
    assert_eq!(column["bbox"][0], 4.895_167_9);
    let keys = AT.map(|(lng_e7, lat_e7)| LngLat::from_e7(lng_e7, lat_e7).quadkey().0);
    let groups: Vec<(u64, u64)> = metadata
        .row_groups()
        .iter()
        .map(|group| match group.column(1).statistics() {
            Some(Statistics::Int64(found)) => (
                *found.min_opt().expect("a least key") as u64,
                *found.max_opt().expect("a greatest key") as u64,
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    let (low, high) = (keys[0].min(keys[1]), keys[0].max(keys[1]));
    assert_eq!(groups, [(low, high), (keys[1], keys[1])]);
}

#[test]
fn the_same_rows_are_the_same_bytes_and_the_manifest_has_their_digest() {
    let scratch = folder();
    let (one, two) = (scratch.path().join("one"), scratch.path().join("two"));
    assert_eq!(write(&one), write(&two));
    for part in manifest(&one)["parts"].as_array().expect("parts") {
        let path = part["path"].as_str().expect("a path");
        let bytes = fs::read(one.join(path)).expect("a file");
        assert_eq!(bytes, fs::read(two.join(path)).expect("a file"), "{path}");
        assert_eq!(part["bytes"], bytes.len());
        let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
        assert_eq!(part["sha256"], hex::encode(digest));
    }
    let names: Vec<String> = manifest(&one)["parts"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|part| part["path"].as_str().expect("a path").to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "quad=120/rows.parquet",
            "quad=2/rows.parquet",
            "quad=none/rows.parquet"
        ]
    );
}

/// What lies in a folder, hidden files too.
fn entries(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    };
    entries.map(name).collect()
}

#[test]
fn a_batch_that_does_not_fit_leaves_nothing_behind() {
    let scratch = folder();
    let mut parts = parts();
    let Some(ColumnData::Int(values)) = parts[1].batches[0].columns.first_mut() else {
        panic!("the first column holds integers");
    };
    values.pop();
    let out = scratch.path().join("cube");
    let failed = write_cube(LAYER, parts, &out);
    assert!(matches!(failed, Err(ExportError::CubeBatch { column }) if column == "year"));
    assert_eq!(entries(scratch.path()), Vec::<String>::new());
}

#[test]
fn a_folder_that_is_there_is_left_as_it_is() {
    let scratch = folder();
    let out = scratch.path().join("cube");
    fs::create_dir(&out).expect("a folder");
    fs::write(out.join("mine.txt"), "mine").expect("a file");
    let failed = write_cube(LAYER, parts(), &out);
    assert!(matches!(failed, Err(ExportError::FolderExists { .. })));
    assert_eq!(entries(scratch.path()), ["cube"]);
    assert_eq!(entries(&out), ["mine.txt"]);
}

#[test]
fn the_manifest_says_what_can_be_asked() {
    let scratch = folder();
    let out = scratch.path().join("cube");
    let none: Vec<CubePart<Vec<CubeBatch>>> = Vec::new();
    let written = write_cube(LAYER, none, &out).expect("an empty cube");
    assert_eq!(written.rows, 0);
    let manifest = manifest(&out);
    let named = |list: &str, name: &str| {
        let mut found = manifest[list].as_array().expect("a list").iter();
        found.find(|one| one["name"] == name).expect(name).clone()
    };
    assert_eq!(named("columns", "h3_10")["kind"], "h3");
    assert_eq!(named("dimensions", "city")["column"], "city");
    let hexagon = named("dimensions", "h3_7");
    assert_eq!(
        (&hexagon["column"], &hexagon["h3_resolution"]),
        (&"h3_10".into(), &7.into())
    );
    let mean = named("measures", "footprint_mean_m2");
    assert_eq!(
        (&mean["aggregate"], &mean["column"]),
        (&"mean".into(), &"footprint_m2".into())
    );
}
