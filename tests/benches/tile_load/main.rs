//! How many tiles a second does the built binary serve, and how long does one take (W4)? Sixteen keep-alive
//! connections of a signed-in user on loopback ask for choropleths, hexagons and account points, each in three
//! ways that are kept apart: with filters never seen, with twenty filters again and again but every tile made
//! anew, and with finished tiles. Rounds take turns; the client's share of the processor is said.
//!
//! `BENCH_SIZE` addresses of the region of `SEED`, `BENCH_ACCOUNTS` of them with an account, are loaded into
//! `BENCH_HOME`, or into a folder that is gone afterwards; `BENCH_SECONDS` is the length of a round, and `BENCH_ONLY`
//! a part of the names of those works and cases that are wanted (`hexagons z9 filters never`). Where
//! `BENCH_MARTIN` and `BENCH_MARTIN_KEEPING` name two martins over the same records (`tools/peers/tiles.py`), one
//! that keeps no tile and one that does, they are asked in the same turns: the first with filters never seen.

#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

mod drive;

use drive::{Load, Measured};
use geocrm_tests::{Client, Home, Server};
use serde_json::{Value, json};
use std::f64::consts::PI;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const CONNECTIONS: usize = 16;
const ROUNDS: usize = 3;
/// Places that tiles are taken around, by density.
const PLACES: usize = 500;
/// Filters that come again.
const KNOWN_FILTERS: usize = 20;

/// What a request costs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// A filter nobody has asked with.
    NeverSeen,
    /// Known filters, every tile made anew.
    Repeated,
    /// Tiles that were sent before.
    Finished,
}

const CASES: [(Case, &str); 3] = [
    (Case::NeverSeen, "filters never seen"),
    (Case::Repeated, "filters repeated"),
    (Case::Finished, "finished tiles"),
];

/// Who is asked in a turn, and how.
struct Side {
    title: String,
    case: Case,
    address: String,
    /// The function of martin; ours has none.
    function: Option<&'static str>,
}

struct Work {
    name: &'static str,
    layer: &'static str,
    zoom: u8,
    values: &'static str,
    /// Functions of martin that draw the same, or nearly.
    functions: &'static [&'static str],
}

const WORKS: [Work; 4] = [
    Work {
        name: "choropleth z8",
        layer: "regions_neighbourhood",
        zoom: 8,
        values: "cube=addresses&measure=count&",
        functions: &["choropleth", "choropleth_by_region"],
    },
    Work {
        name: "hexagons z9",
        layer: "hexagons",
        zoom: 9,
        values: "cube=addresses&measure=count&",
        functions: &["hexagon_counts", "hexagon_counts_by_cell"],
    },
    Work {
        name: "accounts z12",
        layer: "accounts",
        zoom: 12,
        values: "",
        functions: &["account_cells", "account_points"],
    },
    Work {
        name: "accounts z14",
        layer: "accounts",
        zoom: 14,
        values: "",
        functions: &["account_points"],
    },
];

fn main() {
    let size = number("BENCH_SIZE", 1_000_000);
    let seed = number("SEED", 20_261_122);
    let round = Duration::from_secs(number("BENCH_SECONDS", 3));
    let home = std::env::var_os("BENCH_HOME").map_or_else(Home::new, |at| Home::at(at.into()));
    let (size_text, seed_text) = (size.to_string(), seed.to_string());
    let mut arguments = vec!["demo", "--size", &size_text, "--seed", &seed_text];
    let accounts = std::env::var("BENCH_ACCOUNTS").ok();
    if let Some(accounts) = &accounts {
        arguments.extend(["--accounts", accounts]);
    }
    let server = Server::start(&home, &arguments);
    let mut client = Client::new(&server);
    if let Some(token) = &server.setup_token {
        client.set_up(token);
    } else {
        let reply = client.sign_in("ada@example.org", "correct horse battery");
        let _ = reply.expect(200);
    }
    let accounts = count(&mut client, "accounts");
    println!(
        "{} addresses, {accounts} accounts, seed {seed}, {CONNECTIONS} connections, {ROUNDS} rounds of {} s in turns",
        count(&mut client, "addresses"),
        round.as_secs()
    );
    let places = places(&mut client);
    println!(
        "{:<14} {:<48} {:>9} {:>17} {:>8} {:>8} {:>8} {:>7}",
        "work", "case", "tiles/s", "least - most", "p50 ms", "p99 ms", "bytes", "client"
    );
    // The counter goes on from round to round, so that a new filter stays new.
    let unseen = AtomicUsize::new(0);
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    for work in &WORKS {
        let mut sides = sides(work, client.address());
        sides.retain(|side| format!("{} {}", work.name, side.title).contains(&only));
        let mut measured: Vec<Measured> = sides.iter().map(|_| Measured::default()).collect();
        for turn in 0..=ROUNDS {
            for (side, measured) in sides.iter().zip(&mut measured) {
                let load = Load {
                    address: &side.address,
                    cookie: client.cookie().expect("signed in"),
                    connections: CONNECTIONS,
                    // The first turn warms up and is not counted.
                    length: if turn == 0 { round / 3 } else { round },
                    anew: side.case != Case::Finished,
                };
                let path = |n: usize| path(work, side, &places, n, &unseen);
                let figures = load.drive(&path);
                if turn > 0 {
                    measured.add(figures);
                }
            }
        }
        for (side, measured) in sides.iter().zip(&measured) {
            println!("{:<14} {:<48} {}", work.name, side.title, measured.line());
        }
    }
    server.stop();
}

/// `GeoCRM` in three ways, and the martins that are there.
fn sides(work: &Work, address: &str) -> Vec<Side> {
    let ours = CASES.iter().map(|(case, title)| Side {
        title: (*title).to_owned(),
        case: *case,
        address: address.trim_start_matches("http://").to_owned(),
        function: None,
    });
    let martins = [
        ("BENCH_MARTIN", Case::NeverSeen, "never seen"),
        ("BENCH_MARTIN_KEEPING", Case::Finished, "kept"),
    ];
    let theirs = martins.into_iter().filter_map(|(name, case, how)| {
        let address = std::env::var(name).ok()?;
        Some(work.functions.iter().map(move |function| Side {
            title: format!("martin {function}, {how}"),
            case,
            address: address.clone(),
            function: Some(function),
        }))
    });
    ours.chain(theirs.flatten()).collect()
}

fn number<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is not a number: {text}"))
    })
}

fn count(client: &mut Client, cube: &str) -> u64 {
    let path = format!("/api/v1/cubes/{cube}/query");
    let answer = client.post(&path, &json!({"measures": ["count"]}));
    let answer = answer.expect(200).json();
    answer["rows"][0]["values"][0].as_u64().expect("a count")
}

/// Places of addresses, as dense as these lie: a few of every building year.
fn places(client: &mut Client) -> Vec<(f64, f64)> {
    let mut places = Vec::with_capacity(PLACES);
    for year in (1930..2025).cycle().take(PLACES * 4) {
        let body = json!({
            "filter": format!("building_year = {year}"),
            "order": [{"by": "footprint_m2", "descending": places.len() % 2 == 0}],
            "limit": 5,
        });
        let page = client.post("/api/v1/cubes/addresses/records", &body);
        let page: Value = page.expect(200).json();
        let rows = page["rows"].as_array().expect("rows");
        places.extend(rows.iter().map(|row| {
            let degrees = |name: &str| row[name].as_f64().expect("degrees");
            (degrees("lng"), degrees("lat"))
        }));
        if places.len() >= PLACES {
            break;
        }
    }
    assert!(!places.is_empty(), "no address has a building year");
    places
}

fn path(work: &Work, side: &Side, places: &[(f64, f64)], n: usize, unseen: &AtomicUsize) -> String {
    let (lng, lat) = places[n.wrapping_mul(7_919) % places.len()];
    let tiles = f64::from(1u32 << work.zoom);
    let x = ((lng / 360.0 + 0.5) * tiles) as u32;
    let y = ((lat.to_radians().tan().asinh() / PI).mul_add(-0.5, 0.5) * tiles) as u32;
    let asked = Asked::new(match side.case {
        Case::NeverSeen => KNOWN_FILTERS + unseen.fetch_add(1, Ordering::Relaxed),
        Case::Repeated | Case::Finished => n % KNOWN_FILTERS,
    });
    if let Some(function) = side.function {
        return format!("/{function}/{}/{x}/{y}?{}", work.zoom, asked.fields());
    }
    let filter = asked.text();
    let mut encoded = String::with_capacity(filter.len() * 2);
    for byte in filter.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!(
        "/tiles/{}/{}/{x}/{y}.mvt?{}filter={encoded}",
        work.layer, work.zoom, work.values
    )
}

const TYPES: [&str; 5] = [
    "apartment",
    "terraced",
    "corner",
    "semi_detached",
    "detached",
];
/// Those that a filter leaves out.
const LEFT_OUT: [(usize, usize); 10] = [
    (0, 1),
    (0, 2),
    (0, 3),
    (0, 4),
    (1, 2),
    (1, 3),
    (1, 4),
    (2, 3),
    (2, 4),
    (3, 4),
];

/// Three of five kinds of dwelling and a span of building years: 36,000 filters before one comes again.
struct Asked {
    kept: Vec<usize>,
    since: usize,
    before: usize,
    again: usize,
}

impl Asked {
    fn new(n: usize) -> Self {
        let (a, b) = LEFT_OUT[n % LEFT_OUT.len()];
        let years = n / LEFT_OUT.len() % 3_600;
        Self {
            kept: (0..TYPES.len()).filter(|at| *at != a && *at != b).collect(),
            since: 1_890 + years % 60,
            before: 1_960 + years / 60,
            again: n / 36_000,
        }
    }

    /// In our query language. Round and round, yet never the same.
    fn text(&self) -> String {
        let kept: Vec<String> = self
            .kept
            .iter()
            .map(|at| format!("'{}'", TYPES[*at]))
            .collect();
        format!(
            "housing_type IN ({}) AND building_year >= {} AND building_year < {}{}",
            kept.join(", "),
            self.since,
            self.before,
            " AND building_year > 0".repeat(self.again)
        )
    }

    /// As martin's functions take it.
    fn fields(&self) -> String {
        let kept: Vec<String> = self.kept.iter().map(usize::to_string).collect();
        let (kept, since, before) = (kept.join(","), self.since, self.before);
        format!("types={kept}&since={since}&before={before}")
    }
}
