//! Where files are, how long they may be and how they begin.

use crate::none;
use crate::tree::{Source, sources, top_level};

/// Everything that may stand at the root. `.git`, `target` and `data` are not committed.
const TOP_LEVEL: [&str; 27] = [
    ".cargo",
    ".ci",
    ".git",
    ".gitattributes",
    ".gitignore",
    ".sqlx",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "Makefile",
    "README.md",
    "clippy.toml",
    "cluster",
    "crates",
    "data",
    "datasets",
    "docs",
    "migrations",
    "target",
    "tests",
    "tiles",
    "tools",
    "web",
];

const CRATE_LINES: usize = 500;
const WEB_LINES: usize = 400;

/// Files that may be longer, each with its reason. One that no longer needs it must leave the list.
const LONG: [(&str, &str); 1] = [(
    "crates/domain/src/catalogue.rs",
    "one declarative table: the dimensions and measures of every cube",
)];

/// Written by a generator.
const GENERATED: [&str; 1] = ["web/src/api/openapi.ts"];

fn strange_names(names: &[String]) -> Vec<String> {
    names
        .iter()
        .filter(|name| !TOP_LEVEL.contains(&name.as_str()))
        .map(|name| format!("{name} does not belong at the root"))
        .collect()
}

fn limit(file: &Source) -> Option<usize> {
    if file.is_crate_code() {
        Some(CRATE_LINES)
    } else if file.is_in("web/src/")
        && file.ends(&[".ts", ".tsx", ".css", ".mjs"])
        && !GENERATED.contains(&file.path.as_str())
    {
        Some(WEB_LINES)
    } else {
        None
    }
}

fn too_long(files: &[Source], exceptions: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        let Some(limit) = limit(file) else { continue };
        let lines = file.text.lines().count();
        let excepted = exceptions.iter().any(|(path, _)| *path == file.path);
        if lines > limit && !excepted {
            findings.push(format!("{}: {lines} lines, at most {limit}", file.path));
        }
        if lines <= limit && excepted {
            findings.push(format!("{} is short enough now", file.path));
        }
    }
    for (path, reason) in exceptions {
        if reason.is_empty() || !files.iter().any(|file| file.path == *path) {
            findings.push(format!("{path}: exception without reason or file"));
        }
    }
    findings
}

/// Crate code opens with a paragraph about itself, a migration by saying why, a script with its interpreter.
fn mute(files: &[Source]) -> Vec<String> {
    let opening = |file: &Source| {
        if file.is_crate_code() {
            Some("//! ")
        } else if file.is_in("migrations/") && file.ends(&[".sql"]) {
            Some("-- ")
        } else if file.is_in("tools/") || file.is_in(".ci/") {
            Some("#")
        } else {
            None
        }
    };
    files
        .iter()
        .filter_map(|file| Some((file, opening(file)?)))
        .filter(|(file, opening)| !file.text.starts_with(opening))
        .map(|(file, opening)| format!("{} does not open with {opening:?}", file.path))
        .collect()
}

/// Every migration has a number of its own.
fn doubled_numbers(files: &[Source]) -> Vec<String> {
    let number = |file: &Source| {
        let name = file.path.strip_prefix("migrations/")?;
        Some(name.split('_').next()?.to_owned())
    };
    let mut numbers: Vec<String> = files.iter().filter_map(number).collect();
    numbers.sort();
    numbers
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| format!("two migrations have the number {}", pair[0]))
        .collect()
}

#[test]
fn the_root_holds_what_it_should() {
    none(&strange_names(&top_level()));
}

#[test]
fn a_strange_folder_is_found() {
    let names = ["crates", "common", "notes.md"].map(str::to_owned);
    assert_eq!(strange_names(&names).len(), 2);
}

#[test]
fn files_are_short_enough_to_be_read() {
    none(&too_long(&sources(), &LONG));
}

#[test]
fn a_long_file_and_a_stale_exception_are_found() {
    let bad = [
        Source::new("crates/olap/src/scan.rs", &"x\n".repeat(501)),
        Source::new("crates/olap/src/ok.rs", &"x\n".repeat(500)),
        Source::new("crates/olap/tests/long.rs", &"x\n".repeat(900)),
        Source::new("web/src/map/Map.tsx", &"x\n".repeat(401)),
    ];
    assert_eq!(too_long(&bad, &[]).len(), 2);
    let stale = [("crates/olap/src/ok.rs", "a table"), ("gone.rs", "a table")];
    assert_eq!(too_long(&bad, &stale).len(), 4);
    let excepted = [("crates/olap/src/scan.rs", "a table")];
    assert_eq!(too_long(&bad, &excepted).len(), 1);
}

#[test]
fn files_open_by_saying_what_they_are() {
    none(&mute(&sources()));
}

#[test]
fn a_mute_file_is_found() {
    let bad = [
        Source::new("crates/olap/src/scan.rs", "use std::fs;\n"),
        Source::new("crates/olap/src/good.rs", "//! Which rows?\n"),
        Source::new("migrations/0001_start.sql", "CREATE TABLE a ();\n"),
        Source::new("migrations/0002_more.sql", "-- Because.\n"),
        Source::new("tools/x", "echo\n"),
    ];
    assert_eq!(mute(&bad).len(), 3);
}

#[test]
fn migrations_have_numbers_of_their_own() {
    none(&doubled_numbers(&sources()));
}

#[test]
fn a_doubled_number_is_found() {
    let bad = [
        Source::new("migrations/0001_a.sql", ""),
        Source::new("migrations/0001_b.sql", ""),
        Source::new("migrations/0002_c.sql", ""),
    ];
    assert_eq!(doubled_numbers(&bad).len(), 1);
}
