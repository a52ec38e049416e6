//! A long export must not be held in memory. The only test of its process, so that the peak is its own.

use chrono::{DateTime, Utc};
use geocrm_domain::LngLat;
use geocrm_export::{Cell, Column, Format, Kind, Layer, Locale, Meta, Row, write};
use std::fs;

/// Peak resident size since the process started, in KiB.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|size| size.trim().parse().ok())
        .expect("VmHWM")
}

fn rows(count: i32) -> impl Iterator<Item = Row> {
    (0..count).map(|n| Row {
        values: vec![
            Cell::Int(n.into()),
            Cell::text(format!("{n:0>400}")),
            Cell::Int(i64::from(n) * 7),
        ],
        place: Some(LngLat::from_e7(n, n)),
    })
}

#[test]
fn a_hundred_thousand_rows_need_no_more_memory_than_a_thousand() {
    let folder = tempfile::tempdir().expect("a folder");
    let columns = [
        Column::new("id", "Id", Kind::Id),
        Column::new("note", "Note", Kind::Text),
        Column::new("revenue", "Revenue", Kind::Money),
    ];
    let layer = Layer {
        name: "big",
        columns: &columns,
        placed: true,
    };
    let meta = Meta {
        title: "Big".to_owned(),
        query_text: String::new(),
        data_version: "1".to_owned(),
        version_time: DateTime::<Utc>::UNIX_EPOCH,
        created_by: "Ada".to_owned(),
        locale: Locale::English,
    };
    for format in Format::ALL {
        let out = folder.path().join("big");
        let run = |count| {
            let written = write(format, layer, rows(count), &meta, &out).expect("writes");
            assert_eq!(written.rows, count as u64);
        };
        run(1_000);
        let before = peak_kib();
        run(100_000);
        let grown = peak_kib() - before;
        assert!(
            grown < 16 * 1024,
            "{format:?}: 40 MB of text took {grown} KiB"
        );
    }
}
