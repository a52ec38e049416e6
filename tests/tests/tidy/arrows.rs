//! Which crate may use which, of ours and of others'. `ARCHITECTURE.md` draws the arrows; here they are enforced.

use crate::none;
use crate::tree::{Source, root, sources};
use serde_json::{Value, json};
use std::process::Command;

/// The libraries that know `domain` and nothing else of ours. Not all of them have been begun.
const LIBRARIES: [&str; 10] = [
    "geocrm-store",
    "geocrm-ingest",
    "geocrm-geocode",
    "geocrm-olap",
    "geocrm-tiles",
    "geocrm-roads",
    "geocrm-territories",
    "geocrm-insight",
    "geocrm-campaign",
    "geocrm-export",
];

/// Others' crates that belong in few places: SQL to `store`, HTTP to `server`, wire formats to those who read or
/// write files and requests.
const RESERVED: [(&str, &[&str]); 9] = [
    ("sqlx", &["geocrm-store"]),
    ("axum", &["geocrm-server"]),
    ("tower-http", &["geocrm-server"]),
    ("utoipa", &["geocrm-server"]),
    ("rusqlite", &["geocrm-ingest", "geocrm-export"]),
    // `app` reads folders back in its tests.
    ("parquet", &["geocrm-export", "geocrm-app"]),
    (
        "serde_json",
        &[
            "geocrm-server",
            "geocrm-app",
            "geocrm-ingest",
            "geocrm-export",
            "geocrm",
            "geocrm-tests",
        ],
    ),
    (
        "serde",
        &[
            "geocrm-server",
            "geocrm-app",
            "geocrm-ingest",
            "geocrm-tiles",
        ],
    ),
    (
        "tokio",
        &["geocrm-store", "geocrm-app", "geocrm-server", "geocrm"],
    ),
];

/// `None` for a crate the plan does not know.
fn allowed(name: &str) -> Option<Vec<&'static str>> {
    let domain = ["geocrm-domain"];
    Some(match name {
        "geocrm-domain" => vec![],
        "geocrm-tests" => domain.to_vec(),
        "geocrm-app" => [&domain[..], &LIBRARIES].concat(),
        "geocrm-server" => vec!["geocrm-domain", "geocrm-app"],
        "geocrm" => vec!["geocrm-domain", "geocrm-app", "geocrm-server"],
        library if LIBRARIES.contains(&library) => domain.to_vec(),
        _ => return None,
    })
}

/// Names of a package's dependencies, those of its tests and build script included.
fn dependencies(package: &Value) -> impl Iterator<Item = &str> {
    let list = package["dependencies"].as_array();
    list.into_iter()
        .flatten()
        .filter_map(|d| d["name"].as_str())
}

fn wrong_arrows(metadata: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let Some(allowed) = allowed(name) else {
            findings.push(format!("{name} is not in the plan of crates"));
            continue;
        };
        for dependency in dependencies(package) {
            if dependency.starts_with("geocrm") && !allowed.contains(&dependency) {
                findings.push(format!("{name} may not use {dependency}"));
            }
        }
    }
    findings
}

fn misplaced(metadata: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        for dependency in dependencies(package) {
            let reserved = RESERVED.iter().find(|(other, _)| *other == dependency);
            if let Some((_, homes)) = reserved
                && !homes.contains(&name)
            {
                findings.push(format!("{name} may not use {dependency}: {homes:?} may"));
            }
        }
    }
    findings
}

/// Versions and features stand in the root manifest only, so that no library is built twice.
fn own_versions(files: &[Source]) -> Vec<String> {
    let mut findings = Vec::new();
    for file in files {
        let is_member = file.is_in("crates/") || file.is_in("tests/");
        if !is_member || !file.ends(&["/Cargo.toml"]) {
            continue;
        }
        let mut inside = false;
        for (number, line) in file.lines() {
            if line.starts_with('[') {
                inside = line.ends_with("dependencies]");
            } else if inside
                && !line.trim().is_empty()
                && !line.starts_with('#')
                && !line.ends_with(".workspace = true")
            {
                findings.push(format!("{}:{number}: {line}", file.path));
            }
        }
    }
    findings
}

/// More than one version of a library whose types cross crates.
fn doubled(duplicates: &str) -> Vec<String> {
    let mut lines: Vec<&str> = duplicates
        .lines()
        .filter(|line| {
            let name = line.split(' ').next().unwrap_or_default();
            ["geo-types", "rstar", "sqlx", "axum"].contains(&name)
        })
        .collect();
    lines.sort_unstable();
    lines.dedup();
    lines.into_iter().map(str::to_owned).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn metadata() -> Value {
    let text = cargo(&[
        "metadata",
        "--no-deps",
        "--offline",
        "--format-version",
        "1",
    ]);
    let metadata: Value = serde_json::from_str(&text).expect("JSON");
    let packages = metadata["packages"].as_array().map_or(0, Vec::len);
    assert!(packages >= 12, "only {packages} packages");
    metadata
}

#[test]
fn crates_use_each_other_as_the_plan_says() {
    none(&wrong_arrows(&metadata()));
}

#[test]
fn a_wrong_arrow_is_found() {
    let bad = json!({"packages": [
        {"name": "geocrm-olap", "dependencies": [{"name": "geocrm-domain"}, {"name": "geocrm-store"}]},
        {"name": "geocrm-server", "dependencies": [{"name": "geocrm-tiles", "kind": "dev"}]},
        {"name": "geocrm-common", "dependencies": []},
        {"name": "geocrm-app", "dependencies": [{"name": "geocrm-store"}]}
    ]});
    assert_eq!(
        wrong_arrows(&bad),
        [
            "geocrm-olap may not use geocrm-store",
            "geocrm-server may not use geocrm-tiles",
            "geocrm-common is not in the plan of crates"
        ]
    );
}

#[test]
fn sql_http_and_json_stay_where_they_belong() {
    none(&misplaced(&metadata()));
}

#[test]
fn a_misplaced_library_is_found() {
    let bad = json!({"packages": [
        {"name": "geocrm-app", "dependencies": [{"name": "sqlx"}, {"name": "serde_json"}]},
        {"name": "geocrm-domain", "dependencies": [{"name": "serde"}]}
    ]});
    assert_eq!(misplaced(&bad).len(), 2);
}

#[test]
fn versions_and_features_stand_in_the_root_manifest() {
    none(&own_versions(&sources()));
}

#[test]
fn an_own_version_is_found() {
    let bad = Source::new(
        "crates/olap/Cargo.toml",
        "[package]\nname = \"x\"\n[dev-dependencies]\ngeo.workspace = true\ncsv = \"1\"\n\
         geojson = { workspace = true, features = [\"x\"] }\n[[bench]]\nname = \"y\"\n",
    );
    assert_eq!(own_versions(&[bad]).len(), 2);
}

#[test]
fn there_is_one_version_of_each_library_whose_types_are_shared() {
    let tree = cargo(&[
        "tree",
        "--workspace",
        "-e",
        "normal",
        "-d",
        "--depth",
        "0",
        "--prefix",
        "none",
        "--offline",
    ]);
    none(&doubled(&tree));
}

#[test]
fn a_second_version_is_found() {
    let bad = "rstar v0.12.2\n\nrstar v0.13.1\n\nsyn v1.0.0\n\nrstar v0.13.1 (*)\n";
    assert_eq!(doubled(bad).len(), 3);
    assert!(doubled("syn v1.0.0\n\nsyn v2.0.0\n").is_empty());
}

/// What keeps the scale-out apart: a workspace and a lock file of its own, none of our crates in it and none of its
/// engine in ours.
fn entangled(files: &[Source], lock: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let text = |path: &str| {
        files
            .iter()
            .find(|file| file.path == path)
            .map(|file| &file.text)
    };
    match text("cluster/Cargo.toml") {
        Some(manifest) if !manifest.contains("[workspace]") => {
            findings.push("cluster is no workspace of its own".to_owned());
        }
        Some(manifest) if manifest.contains("../crates") => {
            findings.push("cluster uses a crate of ours".to_owned());
        }
        Some(_) => {}
        None => findings.push("cluster has no manifest".to_owned()),
    }
    if text("cluster/Cargo.lock").is_none() {
        findings.push("cluster has no lock file".to_owned());
    }
    for name in ["datafusion", "ballista"] {
        if lock.contains(&format!("name = \"{name}")) {
            findings.push(format!("{name} is in the lock file of the main workspace"));
        }
    }
    findings
}

#[test]
fn the_scale_out_is_a_workspace_of_its_own() {
    let files = sources();
    let lock = files.iter().find(|file| file.path == "Cargo.lock");
    none(&entangled(&files, &lock.expect("a lock file").text));
}

#[test]
fn an_entangled_scale_out_is_found() {
    assert_eq!(entangled(&[], "name = \"datafusion-common\"").len(), 3);
    let bad = Source::new(
        "cluster/Cargo.toml",
        "[workspace]\ngeocrm-app = { path = \"../crates/app\" }",
    );
    let lock = Source::new("cluster/Cargo.lock", "version = 4");
    assert_eq!(entangled(&[bad, lock], "").len(), 1);
}
