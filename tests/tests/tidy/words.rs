//! Words that must not stand in a file. The needles are put together from parts, so that this file passes itself.

use crate::none;
use crate::tree::{Source, sources};

/// What a needle is looked for in.
type Within = fn(&Source) -> bool;

struct Rule {
    needles: &'static [&'static str],
    within: Within,
    why: &'static str,
}

fn is_code(file: &Source) -> bool {
    file.ends(&[
        ".rs", ".ts", ".tsx", ".mjs", ".sql", ".toml", ".css", ".html",
    ]) || file.is_in("tools/")
        || file.is_in(".ci/")
}

/// All but the two measured places that ask of the processor what no safe call does.
fn is_checked_rust(file: &Source) -> bool {
    let measured = ["crates/olap/src/ahead.rs", "crates/olap/src/compress.rs"];
    is_rust(file) && !measured.contains(&file.path.as_str())
}

fn is_rust(file: &Source) -> bool {
    file.ends(&[".rs"])
}

/// The lock files of Cargo name the registry by design.
fn is_not_cargo_lock(file: &Source) -> bool {
    !["Cargo.lock", "cluster/Cargo.lock"].contains(&file.path.as_str())
}

fn is_web_test(file: &Source) -> bool {
    file.ends(&[".test.ts", ".test.tsx", ".test.mjs"]) || file.is_in("web/tests/")
}

/// Crates that hold no SQL: not of the database, nor of the `SQLite` files that are read and written.
fn is_without_sql(file: &Source) -> bool {
    let speaks = ["store", "ingest", "export"];
    file.is_crate_code()
        && !speaks
            .iter()
            .any(|name| file.is_in(&format!("crates/{name}/")))
}

const RULES: [Rule; 8] = [
    Rule {
        needles: &[
            concat!("uns", "afe {"),
            concat!("uns", "afe fn"),
            concat!("uns", "afe impl"),
            concat!("uns", "afe extern"),
        ],
        within: is_checked_rust,
        why: "no unchecked code",
    },
    Rule {
        needles: &[
            concat!("#[al", "low("),
            concat!("#![al", "low("),
            concat!("cfg_attr(test, al", "low("),
        ],
        within: is_rust,
        why: "expect a lint with a reason instead",
    },
    Rule {
        needles: &[concat!("#[ign", "ore"), concat!("should_", "panic]")],
        within: is_rust,
        why: "a test runs, and says what it expects",
    },
    Rule {
        needles: &[
            concat!("TO", "DO"),
            concat!("FIX", "ME"),
            concat!("X", "XX"),
            concat!("to", "do!("),
            concat!("unimpl", "emented!("),
        ],
        within: is_code,
        why: "finish it",
    },
    Rule {
        needles: &[
            concat!("registry.", "npmjs"),
            concat!("registry.", "yarnpkg"),
            concat!("crates", ".io"),
            concat!("pypi", ".org"),
            concat!("files.python", "hosted"),
            concat!("deb.", "debian"),
        ],
        within: is_not_cargo_lock,
        why: "where packages come from is the machine's business",
    },
    Rule {
        needles: &[
            concat!("/wo", "rk/"),
            concat!("/ro", "ot/"),
            concat!("/ho", "me/"),
            concat!("/tm", "p/"),
        ],
        within: |_| true,
        why: "no path of one machine",
    },
    Rule {
        needles: &[
            concat!("SELECT", " "),
            concat!("INSERT", " INTO"),
            concat!("DELETE", " FROM"),
            concat!("CREATE", " TABLE"),
        ],
        within: is_without_sql,
        why: "SQL lives in store",
    },
    Rule {
        needles: &[
            concat!(".on", "ly("),
            concat!(".sk", "ip("),
            concat!("skip", ": true"),
        ],
        within: is_web_test,
        why: "a test runs, and not alone",
    },
];

/// Whether the needle stands there by itself: not as the end of a longer path or word.
fn holds(line: &str, needle: &str) -> bool {
    line.match_indices(needle).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let joined = |c: char| c.is_alphanumeric() || "_-.}*".contains(c);
        !before.is_some_and(joined)
            || !needle.starts_with(|c: char| c == '/' || c.is_alphanumeric())
    })
}

fn bad_words(files: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        for rule in RULES.iter().filter(|rule| (rule.within)(file)) {
            for (number, line) in file.lines() {
                if let Some(needle) = rule.needles.iter().find(|needle| holds(line, needle)) {
                    findings.push(format!("{}:{number}: {needle:?}: {}", file.path, rule.why));
                }
            }
        }
    }
    findings
}

#[test]
fn no_file_holds_a_word_it_must_not() {
    none(&bad_words(&sources()));
}

/// One line for every needle of every rule, in a file the rule looks at.
#[test]
fn every_bad_word_is_found() {
    let places = [
        "crates/app/src/a.rs",
        "web/src/a.test.ts",
        "web/package-lock.json",
    ];
    for (index, rule) in RULES.iter().enumerate() {
        for needle in rule.needles {
            let found = places.iter().any(|path| {
                let file = Source::new(path, &format!("first\nlet a = {needle}b\n"));
                (rule.within)(&file)
                    && bad_words(&[file])
                        .iter()
                        .any(|finding| finding.contains(&format!("{path}:2: {needle:?}")))
            });
            assert!(found, "rule {index} overlooks {needle}");
        }
    }
}

#[test]
fn longer_words_and_paths_are_left_alone() {
    let fine = [
        Source::new(
            "crates/app/src/a.rs",
            concat!(
                "// see net",
                "/wo",
                "rk/plan, a METHO",
                "DO, un",
                "safety\n"
            ),
        ),
        Source::new("Cargo.lock", concat!("crates", ".io-index\n")),
        Source::new("crates/store/src/a.rs", concat!("\"SELECT", " 1\"\n")),
    ];
    none(&bad_words(&fine));
}
