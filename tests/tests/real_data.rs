//! The built binary on the open data that `GEOCRM_DATA` names: loaded once, geocoded, drawn and read back by another
//! implementation. What the crates' own tests count row by row is only walked here from end to end.

use geocrm_tests::tiles::{Sweep, tiles_over};
use geocrm_tests::{Client, Home, Server, good};
use std::fs;
use std::path::{Path, PathBuf};

/// The centre of Amsterdam in degrees: west, south, east, north.
const AMSTERDAM: [f64; 4] = [4.87, 52.36, 4.92, 52.385];

fn data() -> PathBuf {
    let folder = std::env::var_os("GEOCRM_DATA");
    PathBuf::from(
        folder.expect("GEOCRM_DATA names the folder of real data; `make test-real` sets it"),
    )
}

#[test]
fn real_data_is_loaded_geocoded_and_drawn() {
    let data = data();
    let home = Home::new();
    let folder = data.display().to_string();
    let load = ["demo", "--data", &folder, "--no-serve"];
    let said = home.say(&load);
    eprintln!("{said}");
    // One line per dataset; rejected rows are indented below theirs.
    let lines: Vec<&str> = said.lines().filter(|line| !line.starts_with(' ')).collect();
    assert!(lines.len() >= 10, "{said}");
    for line in &lines {
        let (code, rest) = line.split_once(": ").expect("a code");
        assert!(!code.is_empty() && rest.ends_with(" rejected"), "{line}");
    }
    let doctor = home.say(&["doctor"]);
    eprintln!("{doctor}");
    assert_eq!(doctor.matches("equals SQL").count(), 5, "{doctor}");
    assert_eq!(home.say(&load), "", "nothing is loaded twice");
    let data_lines = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with("database: "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(data_lines(&home.say(&["doctor"])), data_lines(&doctor));

    let server = Server::start(&home, &["serve"]);
    geocode(&home, &data.join("business"));
    let mut client = Client::new(&server);
    client.set_up(server.setup_token.as_deref().expect("a one-time link"));
    draw(&mut client);
    server.stop();
}

fn geocode(home: &Home, folder: &Path) {
    for name in ["amsterdam_dirty.csv", "muenchen_dirty.csv"] {
        let path = folder.join(name);
        let rows = fs::read_to_string(&path).expect("a file").lines().count() - 1;
        let out = home.path().join(name).display().to_string();
        let arguments = ["geocode", &path.display().to_string(), "-o", &out];
        let output = home.run(&arguments);
        let _ = good(&arguments, &output);
        let counts = String::from_utf8_lossy(&output.stderr).into_owned();
        eprintln!("{name}: {counts}");
        assert!(counts.contains(&format!("{rows} rows: ")), "{counts}");
        let found = fs::read_to_string(&out).expect("a file");
        let matched = found
            .lines()
            .filter(|line| line.contains(",matched,"))
            .count();
        assert!(
            matched * 10 > rows * 7,
            "{name}: {matched} of {rows} matched"
        );
    }
}

fn draw(client: &mut Client) {
    let mut sweep = Sweep::default();
    for (layer, query, zooms) in [
        ("base", "", [10, 13, 15]),
        ("buildings", "", [13, 14, 15]),
        ("roads", "", [10, 13, 15]),
        ("business_parks", "", [8, 11, 13]),
        ("flows", "", [5, 8, 11]),
        ("accounts", "", [9, 12, 15]),
        ("hexagons", "cube=addresses&measure=count", [9, 12, 14]),
        ("regions_neighbourhood", "", [9, 12, 14]),
        (
            "regions_municipality",
            "cube=accounts&measure=count",
            [6, 9, 12],
        ),
    ] {
        for zoom in zooms {
            let places = tiles_over(AMSTERDAM, zoom);
            sweep.fetch(client, layer, layer, query, &places);
        }
    }
    eprintln!("{} tiles", sweep.fetched);
    let decoded = sweep.decode();
    let first: Vec<&String> = decoded.faults.iter().take(20).collect();
    assert!(
        first.is_empty(),
        "{} faults: {first:#?}",
        decoded.faults.len()
    );
    for layer in [
        "base",
        "buildings",
        "roads",
        "accounts",
        "hexagons",
        "regions_neighbourhood",
    ] {
        assert!(decoded.names().contains(layer), "nothing of {layer}");
    }
}
