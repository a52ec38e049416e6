//! Every format is read back by a reader that shares no code with its writer, and must give the same cells.

use calamine::{Data, Reader, Xlsx};
use chrono::{DateTime, NaiveDate, Utc};
use geocrm_domain::LngLat;
use geocrm_export::{
    Cell, Column, ExportError, Format, Kind, Layer, Locale, Meta, Receipt, Row, Written, write,
};
use rusqlite::types::Value::{Integer, Null, Real, Text};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn columns() -> Vec<Column> {
    vec![
        Column::new("id", "Key", Kind::Id),
        Column::new("name", "Name", Kind::Text),
        Column::new("revenue", "Revenue", Kind::Money),
        Column::new("share", "Share", Kind::Decimal(4)),
        Column::new("visits", "Visits", Kind::Int),
        Column::new("since_on", "Since", Kind::Date),
    ]
}

fn layer(columns: &[Column]) -> Layer<'_> {
    Layer {
        name: "accounts",
        columns,
        placed: true,
    }
}

fn meta(locale: Locale) -> Meta {
    Meta {
        title: "Accounts in \"West\"".to_owned(),
        query_text: "status = 'customer'".to_owned(),
        data_version: "4711".to_owned(),
        version_time: DateTime::<Utc>::from_timestamp(1_760_000_000, 0).expect("an instant"),
        created_by: "Ada".to_owned(),
        locale,
    }
}

fn rows() -> Vec<Row> {
    let day = NaiveDate::from_ymd_opt(2024, 2, 29);
    vec![
        Row {
            values: vec![
                Cell::Int(9_007_199_254_740_993),
                Cell::text("Bakkerij \"De Zon\"; 's-Gravenhage, <NL> & co\nonder"),
                Cell::Int(-1_234_505),
                Cell::Int(-5),
                Cell::Int(-3),
                Cell::from(day),
            ],
            place: Some(LngLat::from_e7(49_000_001, 523_700_000)),
        },
        Row {
            values: vec![
                Cell::text("018f-ü"),
                Cell::text("=HYPERLINK(\"x\")"),
                Cell::Null,
                Cell::Null,
                Cell::Null,
                Cell::Null,
            ],
            place: None,
        },
    ]
}

fn written(folder: &TempDir, format: Format, locale: Locale, rows: Vec<Row>) -> (PathBuf, Written) {
    let out = folder.path().join(format!("out.{}", format.extension()));
    let columns = columns();
    let written = write(format, layer(&columns), rows, &meta(locale), &out).expect("writes");
    assert_eq!(written.bytes, fs::metadata(&out).expect("there").len());
    (out, written)
}

fn csv_cells(path: &Path, delimiter: u8) -> Vec<Vec<String>> {
    let text = fs::read_to_string(path).expect("UTF-8");
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes())
        .records()
        .map(|record| {
            let record = record.expect("a record");
            record.iter().map(str::to_owned).collect()
        })
        .collect()
}

#[test]
fn csv_reads_back_in_both_locales() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, written_en) = written(&folder, Format::Csv, Locale::English, rows());
    assert_eq!(written_en.rows, 2);
    let cells = csv_cells(&path, b',');
    assert_eq!(
        cells[0],
        [
            "Key", "Name", "Revenue", "Share", "Visits", "Since", "lng", "lat"
        ]
    );
    assert_eq!(
        cells[1],
        [
            "9007199254740993",
            "Bakkerij \"De Zon\"; 's-Gravenhage, <NL> & co\nonder",
            "-12345.05",
            "-0.0005",
            "-3",
            "2024-02-29",
            "4.9000001",
            "52.3700000"
        ]
    );
    assert_eq!(
        cells[2],
        ["018f-ü", "'=HYPERLINK(\"x\")", "", "", "", "", "", ""]
    );

    let (path, _) = written(&folder, Format::Csv, Locale::Dutch, rows());
    assert!(
        fs::read(&path)
            .expect("there")
            .starts_with(b"\xef\xbb\xbfKey;Name;")
    );
    let cells = csv_cells(&path, b';');
    assert_eq!(cells[1][2..4], ["-12345,05", "-0,0005"]);
    assert_eq!(cells[1][6..], ["4,9000001", "52,3700000"]);
}

fn sheet_cells(path: &Path, sheet: &str) -> Vec<((u32, u32), Data)> {
    let mut book: Xlsx<_> = calamine::open_workbook(path).expect("a workbook");
    let mut reader = book.worksheet_cells_reader(sheet).expect("a sheet");
    let mut cells = Vec::new();
    while let Some(cell) = reader.next_cell().expect("a cell") {
        cells.push((cell.get_position(), Data::from(cell.get_value().clone())));
    }
    cells
}

#[test]
fn xlsx_reads_back_typed_and_without_formulas() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, _) = written(&folder, Format::Xlsx, Locale::English, rows());
    let cells = sheet_cells(&path, "accounts");
    let at = |row, column| {
        cells
            .iter()
            .find(|(place, _)| *place == (row, column))
            .map(|(_, value)| value.clone())
    };
    let text = |text: &str| Some(Data::String(text.to_owned()));
    assert_eq!(at(0, 1), text("Name"));
    assert_eq!(at(1, 0), text("9007199254740993"));
    assert_eq!(
        at(1, 1),
        text("Bakkerij \"De Zon\"; 's-Gravenhage, <NL> & co\nonder")
    );
    assert_eq!(at(1, 2), Some(Data::Float(-12345.05)));
    assert_eq!(at(1, 3), Some(Data::Float(-0.0005)));
    assert_eq!(at(1, 4), Some(Data::Float(-3.0)));
    let Some(Data::DateTime(day)) = at(1, 5) else {
        panic!("a date is a date: {:?}", at(1, 5));
    };
    assert_eq!(day.to_ymd_hms_milli(), (2024, 2, 29, 0, 0, 0, 0));
    assert_eq!(at(1, 6), Some(Data::Float(4.900_000_1)));
    assert_eq!(at(1, 7), Some(Data::Float(52.37)));
    assert_eq!(at(2, 1), text("=HYPERLINK(\"x\")"));
    assert_eq!(at(2, 2), None);

    let mut book: Xlsx<_> = calamine::open_workbook(&path).expect("a workbook");
    assert!(
        book.worksheet_formula("accounts")
            .expect("a sheet")
            .is_empty()
    );
    let origin = sheet_cells(&path, "Origin");
    assert!(origin.contains(&((1, 1), Data::String("status = 'customer'".to_owned()))));
    assert!(origin.contains(&((5, 1), Data::Float(2.0))));
}

#[test]
fn geojson_reads_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, _) = written(&folder, Format::GeoJson, Locale::Dutch, rows());
    let text = fs::read_to_string(path).expect("UTF-8");
    assert!(text.contains("\"revenue\":-12345.05,\"share\":-0.0005"));
    let collection: geojson::FeatureCollection = text.parse().expect("GeoJSON");
    let [first, second] = &collection.features[..] else {
        panic!("two features");
    };
    let foreign = collection.foreign_members.expect("the origin");
    assert_eq!(foreign["data_version"], "4711");
    assert_eq!(foreign["version_time"], "2025-10-09T08:53:20Z");
    assert_eq!(
        first.id,
        Some(geojson::feature::Id::String("9007199254740993".to_owned()))
    );
    let geometry = first.geometry.as_ref().expect("a place");
    assert_eq!(
        geometry.value,
        geojson::Value::Point(vec![4.900_000_1, 52.37])
    );
    assert_eq!(first.property("visits"), Some(&(-3).into()));
    assert_eq!(first.property("since_on"), Some(&"2024-02-29".into()));
    assert_eq!(second.geometry, None);
    assert_eq!(second.property("name"), Some(&"=HYPERLINK(\"x\")".into()));
    assert_eq!(second.property("revenue"), Some(&serde_json::Value::Null));
}

#[test]
fn geopackage_reads_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, _) = written(&folder, Format::GeoPackage, Locale::English, rows());
    let db = rusqlite::Connection::open(path).expect("a database");
    let one = |sql: &str| -> rusqlite::types::Value {
        db.query_row(sql, [], |row| row.get(0)).expect(sql)
    };
    assert_eq!(one("PRAGMA application_id"), Integer(0x4750_4B47));
    assert_eq!(one("PRAGMA user_version"), Integer(10_300));
    assert_eq!(one("PRAGMA integrity_check"), Text("ok".to_owned()));
    assert_eq!(
        one("SELECT count(*) FROM pragma_foreign_key_check"),
        Integer(0)
    );
    assert_eq!(
        one("SELECT last_change FROM gpkg_contents"),
        Text("2025-10-09T08:53:20.000Z".to_owned())
    );
    assert_eq!(one("SELECT min_x FROM gpkg_contents"), Real(4.900_000_1));
    assert_eq!(
        one("SELECT geometry_type_name || srs_id FROM gpkg_geometry_columns"),
        Text("POINT4326".to_owned())
    );
    assert_eq!(
        one("SELECT count(*) FROM gpkg_spatial_ref_sys WHERE srs_id IN (-1, 0, 4326)"),
        Integer(3)
    );
    let blob: Vec<u8> = db
        .query_row("SELECT geom FROM accounts WHERE fid = 1", [], |row| {
            row.get(0)
        })
        .expect("a blob");
    assert_eq!(&blob[..4], b"GP\0\x01");
    assert_eq!(blob[4..8], 4326u32.to_le_bytes());
    assert_eq!(blob[8..13], [1, 1, 0, 0, 0]);
    assert_eq!(blob[13..21], 4.900_000_1f64.to_le_bytes());
    assert_eq!(blob[21..], 52.37f64.to_le_bytes());
    assert_eq!(
        one("SELECT id FROM accounts WHERE fid = 1"),
        Text("9007199254740993".to_owned())
    );
    assert_eq!(
        one("SELECT revenue FROM accounts WHERE fid = 1"),
        Real(-12345.05)
    );
    assert_eq!(
        one("SELECT since_on FROM accounts WHERE fid = 1"),
        Text("2024-02-29".to_owned())
    );
    assert_eq!(
        one("SELECT name FROM accounts WHERE fid = 2"),
        Text("=HYPERLINK(\"x\")".to_owned())
    );
    assert_eq!(one("SELECT geom FROM accounts WHERE fid = 2"), Null);
}

#[test]
fn every_dangerous_beginning_is_guarded_and_numbers_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\0=1",
    ];
    let rows: Vec<Row> = names
        .iter()
        .map(|name| Row {
            values: vec![
                Cell::text(*name),
                Cell::text(*name),
                Cell::Int(-1),
                Cell::Int(-1),
                Cell::Int(-1),
                Cell::Null,
            ],
            place: None,
        })
        .collect();
    let (path, _) = written(&folder, Format::Csv, Locale::English, rows.clone());
    for (cells, name) in csv_cells(&path, b',')[1..].iter().zip(names) {
        assert_eq!(cells[0], format!("'{name}"));
        assert_eq!(cells[1], format!("'{name}"));
        assert_eq!(cells[2..5], ["-0.01", "-0.0001", "-1"]);
    }
    let (path, _) = written(&folder, Format::Xlsx, Locale::English, rows);
    let mut book: Xlsx<_> = calamine::open_workbook(&path).expect("a workbook");
    assert!(
        book.worksheet_formula("accounts")
            .expect("a sheet")
            .is_empty()
    );
    let cells = sheet_cells(&path, "accounts");
    for (row, name) in (1..).zip(&names[..4]) {
        assert!(cells.contains(&((row, 1), Data::String((*name).to_owned()))));
        assert!(cells.contains(&((row, 4), Data::Float(-1.0))));
    }
}

#[test]
fn a_title_is_guarded_like_any_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let columns = [Column::new("a", "=cmd()", Kind::Text)];
    let out = folder.path().join("t.csv");
    let layer = Layer {
        name: "t",
        columns: &columns,
        placed: false,
    };
    write(Format::Csv, layer, [], &meta(Locale::English), &out).expect("writes");
    assert_eq!(fs::read_to_string(out).expect("UTF-8"), "'=cmd()\r\n");
}

#[test]
fn the_same_rows_give_the_same_bytes_in_another_place() {
    for format in Format::ALL {
        let (here, there) = (
            tempfile::tempdir().expect("a folder"),
            tempfile::tempdir().expect("a folder"),
        );
        let many = || rows().into_iter().cycle().take(3_000).collect::<Vec<_>>();
        let (first_path, first) = written(&here, format, Locale::English, many());
        let (second_path, second) = written(&there, format, Locale::English, many());
        assert_eq!(first, second, "{format:?}");
        assert_eq!(
            fs::read(first_path).expect("there"),
            fs::read(second_path).expect("there"),
            "{format:?}"
        );
        let mut changed = many();
        changed[2_999].values[4] = Cell::Int(1);
        let (_, third) = written(&there, format, Locale::English, changed);
        assert_ne!(
            first.sha256, third.sha256,
            "{format:?}: a changed cell must show"
        );
    }
}

/// The named file of a zip archive.
fn unzipped(archive: &[u8], name: &str) -> String {
    let header = archive
        .windows(30 + name.len())
        .position(|window| window.starts_with(b"PK\x03\x04") && window.ends_with(name.as_bytes()))
        .expect("an entry");
    let extra = u16::from_le_bytes([archive[header + 28], archive[header + 29]]);
    let data = &archive[header + 30 + name.len() + usize::from(extra)..];
    let mut text = String::new();
    flate2::read::DeflateDecoder::new(data)
        .read_to_string(&mut text)
        .expect("deflated text");
    text
}

/// Instead of waiting for another second, every place a format has for a time is looked at.
#[test]
fn the_only_time_in_a_file_is_the_versions() {
    let folder = tempfile::tempdir().expect("a folder");
    let today = geocrm_domain::clock::Clock::System.today().to_string();
    for format in Format::ALL {
        let (path, _) = written(&folder, format, Locale::English, rows());
        let bytes = fs::read(path).expect("there");
        let found = bytes
            .windows(today.len())
            .any(|window| window == today.as_bytes());
        assert!(!found, "{format:?} holds today's date");
        if format != Format::Xlsx {
            continue;
        }
        let core = unzipped(&bytes, "docProps/core.xml");
        assert!(core.contains(">2025-10-09T08:53:20Z</dcterms:created>"));
        assert!(core.contains(">2025-10-09T08:53:20Z</dcterms:modified>"));
        // Central directory: DOS time 00:00, date 1980-01-01 for every entry.
        let entries: Vec<&[u8]> = bytes
            .windows(46)
            .filter(|window| window.starts_with(b"PK\x01\x02"))
            .collect();
        assert!(entries.len() > 5);
        for entry in entries {
            assert_eq!(entry[12..16], [0, 0, 0x21, 0]);
        }
    }
}

#[test]
fn an_empty_selection_is_a_valid_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in Format::ALL {
        let (path, result) = written(&folder, format, Locale::English, Vec::new());
        assert_eq!(result.rows, 0);
        match format {
            Format::Csv => assert_eq!(csv_cells(&path, b',').len(), 1),
            Format::Xlsx => assert_eq!(sheet_cells(&path, "accounts").len(), 8),
            Format::GeoJson => {
                let text = fs::read_to_string(path).expect("UTF-8");
                let collection: geojson::FeatureCollection = text.parse().expect("GeoJSON");
                assert!(collection.features.is_empty());
            }
            Format::GeoPackage => {
                let db = rusqlite::Connection::open(path).expect("a database");
                let (count, min): (i64, Option<f64>) = db
                    .query_row(
                        "SELECT (SELECT count(*) FROM accounts), min_x FROM gpkg_contents",
                        [],
                        |row| Ok((row.get(0)?, row.get(1)?)),
                    )
                    .expect("a row");
                assert_eq!((count, min), (0, None));
            }
        }
    }
}

#[test]
fn records_without_places_become_an_attribute_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let columns = columns();
    let layer = Layer {
        name: "gpkg flows/2024",
        columns: &columns,
        placed: false,
    };
    let out = folder.path().join("f.gpkg");
    write(
        Format::GeoPackage,
        layer,
        rows(),
        &meta(Locale::English),
        &out,
    )
    .expect("writes");
    let db = rusqlite::Connection::open(out).expect("a database");
    let (name, kind): (String, String) = db
        .query_row("SELECT table_name, data_type FROM gpkg_contents", [], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })
        .expect("a row");
    assert_eq!(
        (name.as_str(), kind.as_str()),
        ("layer_gpkg_flows_2024", "attributes")
    );
}

#[test]
fn a_failed_export_leaves_the_old_file_and_no_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    for format in Format::ALL {
        let out = folder.path().join("old");
        fs::write(&out, "old").expect("writes");
        let columns = columns();
        let mut bad = rows();
        bad[1].values[2] = Cell::text("much");
        let error = write(format, layer(&columns), bad, &meta(Locale::English), &out)
            .expect_err("text is no money");
        assert!(matches!(error, ExportError::CellKind { row: 2, .. }));
        assert_eq!(fs::read_to_string(&out).expect("there"), "old");
        let left = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 1, "{format:?}");
    }
}

#[test]
fn bad_tables_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("x.csv");
    let attempt = |columns: &[Column], rows: Vec<Row>| {
        write(
            Format::Csv,
            layer(columns),
            rows,
            &meta(Locale::English),
            &out,
        )
        .expect_err("refused")
    };
    assert!(matches!(attempt(&[], vec![]), ExportError::NoColumns));
    for names in [["a", "A"], ["a", "geom"], ["a", ""]] {
        let columns = names.map(|name| Column::new(name, "T", Kind::Text));
        assert!(matches!(
            attempt(&columns, vec![]),
            ExportError::ColumnName { .. }
        ));
    }
    let columns = [Column::new("a", "A", Kind::Decimal(19))];
    assert!(matches!(
        attempt(&columns, vec![]),
        ExportError::Scale { .. }
    ));
    let columns = [Column::new("a", "A", Kind::Text)];
    let short = Row {
        values: vec![],
        place: None,
    };
    assert!(matches!(
        attempt(&columns, vec![short]),
        ExportError::Width {
            row: 1,
            found: 0,
            expected: 1
        }
    ));
    let long = Row {
        values: vec![Cell::text("x".repeat(32_768))],
        place: None,
    };
    let error = write(
        Format::Xlsx,
        layer(&columns),
        [long],
        &meta(Locale::English),
        &out,
    )
    .expect_err("refused");
    assert!(matches!(error, ExportError::CellTooLong { row: 1, .. }));
}

#[test]
fn a_receipt_has_one_text_and_one_hash() {
    let columns = columns();
    let result = Written {
        rows: 2,
        bytes: 10,
        sha256: "ab".repeat(32),
    };
    let receipt = Receipt::new(Format::Csv, layer(&columns), meta(Locale::English), result);
    assert_eq!(
        receipt.canonical_text(),
        format!(
            "receipt: 1\ntitle: \"Accounts in \\\"West\\\"\"\nquery: \"status = 'customer'\"\n\
             data_version: \"4711\"\nversion_time: 2025-10-09T08:53:20Z\ncreated_by: \"Ada\"\n\
             format: csv\nlocale: en\nlayer: \"accounts\"\n\
             columns: [\"id\",\"name\",\"revenue\",\"share\",\"visits\",\"since_on\"]\n\
             rows: 2\nbytes: 10\nsha256: {}\n",
            "ab".repeat(32)
        )
    );
    let mut other = receipt.clone();
    assert_eq!(receipt.digest(), other.digest());
    other.written.rows = 3;
    assert_ne!(receipt.digest(), other.digest());
}
