//! The work of the performance document on generated addresses: W1 a choropleth of every neighbourhood, W2
//! the hexagons of one viewport, W3 a drawn polygon of 200 vertices that holds 5 % of the points. Prints
//! medians with minimum and maximum; asserts nothing. `BENCH_ROWS` sets the number of points,
//! `RAYON_NUM_THREADS` the threads.

use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_INT};
use geocrm_domain::catalogue::{ACCOUNTS, ADDRESSES, ColumnType, Cube, H3_FINEST, KeyType};
use geocrm_domain::region::{RegionId, RegionLevel, RegionTree};
use geocrm_domain::{
    BBox, Compare, CubeQuery, Filter, LngLat, MultiPolygon, Polygon, TileId, Value, VisibleScope,
};
use geocrm_olap::{CubeBuilder, CubeData};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::hint::black_box;
use std::io::Write;
use std::time::Instant;
use uuid::Uuid;

const SEED: u64 = 20_240_601;
const WEST: f64 = 3.3;
const SOUTH: f64 = 50.7;
const EAST: f64 = 7.3;
const NORTH: f64 = 53.6;
const TOWNS: usize = 400;
const GRID: (usize, usize) = (130, 100);
const BATCH: usize = 50_000;

/// Prints a line of the report.
fn say(line: &str) {
    // A closed pipe ends the report, not the program.
    let _ = writeln!(std::io::stdout(), "{line}");
}

struct Town {
    lng: f64,
    lat: f64,
    /// Cumulative share of the points up to this town.
    upto: f64,
    spread: f64,
}

fn towns(rng: &mut StdRng) -> Vec<Town> {
    let weights: Vec<f64> = (1..=TOWNS).map(|rank| (rank as f64).powf(-0.8)).collect();
    let total: f64 = weights.iter().sum();
    let mut upto = 0.0;
    weights
        .iter()
        .map(|weight| {
            upto += weight / total;
            Town {
                lng: rng.random_range(WEST + 0.15..EAST - 0.15),
                lat: rng.random_range(SOUTH + 0.1..NORTH - 0.1),
                upto,
                spread: 0.008 + 0.09 * weight.sqrt() * rng.random_range(0.6..1.2),
            }
        })
        .collect()
}

/// Standard normal by the polar form of Box and Muller.
fn normal(rng: &mut StdRng) -> f64 {
    let (u, v): (f64, f64) = (rng.random_range(1e-12..1.0), rng.random());
    (-2.0 * u.ln()).sqrt() * (v * std::f64::consts::TAU).cos()
}

fn point(rng: &mut StdRng, towns: &[Town]) -> LngLat {
    loop {
        let (lng, lat) = if rng.random_range(0..20) == 0 {
            (rng.random_range(WEST..EAST), rng.random_range(SOUTH..NORTH))
        } else {
            let pick: f64 = rng.random();
            let town = &towns[towns.partition_point(|t| t.upto < pick).min(TOWNS - 1)];
            (
                town.lng + normal(rng) * town.spread,
                town.lat + normal(rng) * town.spread * 0.62,
            )
        };
        if (WEST..EAST).contains(&lng)
            && (SOUTH..NORTH).contains(&lat)
            && let Some(place) = LngLat::from_degrees(lng, lat)
        {
            return place;
        }
    }
}

/// 13,000 neighbourhoods: cells of a warped grid that is finer where points are dense.
struct Neighbourhoods {
    lng_cuts: Vec<i32>,
    lat_cuts: Vec<Vec<i32>>,
}

impl Neighbourhoods {
    fn new(rng: &mut StdRng, towns: &[Town]) -> Self {
        let mut sample: Vec<LngLat> = (0..200_000).map(|_| point(rng, towns)).collect();
        sample.sort_unstable();
        let column = sample.len() / GRID.0;
        let mut out = Self {
            lng_cuts: Vec::new(),
            lat_cuts: Vec::new(),
        };
        for x in 0..GRID.0 {
            let part = &mut sample[x * column..(x + 1) * column];
            out.lng_cuts.push(part[0].lng_e7);
            let mut lats: Vec<i32> = part.iter().map(|p| p.lat_e7).collect();
            lats.sort_unstable();
            let cuts = (0..GRID.1).map(|y| lats[y * lats.len() / GRID.1]).collect();
            out.lat_cuts.push(cuts);
        }
        out
    }

    fn of(&self, p: LngLat) -> i64 {
        let x = self.lng_cuts.partition_point(|cut| *cut <= p.lng_e7).max(1) - 1;
        let y = self.lat_cuts[x]
            .partition_point(|cut| *cut <= p.lat_e7)
            .max(1)
            - 1;
        10_000 + (x * GRID.1 + y) as i64
    }
}

fn region_tree() -> RegionTree {
    let mut regions = vec![(RegionId(1), RegionLevel::Country, "NL".to_owned(), None)];
    for m in 0..340 {
        let code = format!("GM{m:04}");
        regions.push((
            RegionId(10 + m),
            RegionLevel::Municipality,
            code,
            Some(RegionId(1)),
        ));
    }
    for d in 0..3_000 {
        let code = format!("WK{d:06}");
        let parent = RegionId(10 + d * 340 / 3_000);
        regions.push((
            RegionId(1_000 + d),
            RegionLevel::District,
            code,
            Some(parent),
        ));
    }
    for n in 0..13_000 {
        let code = format!("BU{n:08}");
        let parent = RegionId(1_000 + n * 3_000 / 13_000);
        regions.push((
            RegionId(10_000 + n),
            RegionLevel::Neighbourhood,
            code,
            Some(parent),
        ));
    }
    RegionTree::new(regions)
}

const HOUSING: [(&str, f64); 8] = [
    ("apartment", 0.30),
    ("terraced", 0.22),
    ("semi_detached", 0.16),
    ("detached", 0.12),
    ("corner", 0.08),
    ("maisonette", 0.06),
    ("houseboat", 0.04),
    ("care_home", 0.02),
];

struct Generator {
    rng: StdRng,
    cube: &'static Cube,
    towns: Vec<Town>,
    neighbourhoods: Neighbourhoods,
}

impl Generator {
    fn batch(&mut self, first: usize, rows: usize) -> CubeBatch {
        let Self {
            rng,
            cube,
            towns,
            neighbourhoods,
        } = self;
        let places: Vec<LngLat> = (0..rows).map(|_| point(rng, towns)).collect();
        let leaves: Vec<i64> = places.iter().map(|p| neighbourhoods.of(*p)).collect();
        let columns = cube
            .columns
            .iter()
            .map(|column| match (column.kind, column.name) {
                (ColumnType::Text, "housing_type") => {
                    text(rows, &HOUSING.map(|(name, _)| name.to_owned()), |_| {
                        let mut pick: f64 = rng.random();
                        HOUSING
                            .iter()
                            .position(|(_, share)| {
                                pick -= share;
                                pick < 0.0
                            })
                            .unwrap_or(0) as u32
                    })
                }
                (ColumnType::Text, "postcode") => {
                    let names: Vec<String> = leaves
                        .iter()
                        .map(|leaf| format!("{}{}", leaf / 13 + 1_000, "LG"))
                        .collect();
                    text(rows, &names, |row| row as u32)
                }
                (ColumnType::Text, "city" | "territory") => {
                    let names: Vec<String> = (0..340).map(|m| format!("Plaats {m}")).collect();
                    text(rows, &names, |row| {
                        ((leaves[row] - 10_000) * 340 / 13_000) as u32
                    })
                }
                (ColumnType::Text, "owner") => {
                    let names: Vec<String> =
                        (1..13).map(|u| Uuid::from_u128(u).to_string()).collect();
                    text(rows, &names, |_| rng.random_range(0..12))
                }
                // A quarter in one class, as the customers and prospects of the peers' work.
                (ColumnType::Text, "building_use") => {
                    let names = ["mixed", "retail", "residential"].map(str::to_owned);
                    text(rows, &names, |_| match rng.random_range(0..20) {
                        0 => 0,
                        1..6 => 1,
                        _ => 2,
                    })
                }
                (ColumnType::Text, "dataset") => text(rows, &["demo".to_owned()], |_| 0),
                (ColumnType::Text, _) => {
                    let names: Vec<String> = (0..6).map(|n| format!("form_{n}")).collect();
                    text(rows, &names, |_| match rng.random_range(0..7) {
                        6 => NULL_CODE,
                        code => code,
                    })
                }
                (ColumnType::Int, name) => {
                    let (low, high) = match name {
                        "building_year" => (1_900, 2_024),
                        "storeys" => (1, 12),
                        "footprint_m2" => (25, 900),
                        "dwellings" => (0, 3),
                        "park_distance_m" => (0, 9_000),
                        "revenue_cents" => (0, 5_000_000),
                        _ => (0, 100),
                    };
                    ColumnData::Int((0..rows).map(|_| rng.random_range(low..=high)).collect())
                }
                (ColumnType::Date, _) => ColumnData::Date(
                    (0..rows)
                        .map(|_| rng.random_range(15_000..20_500))
                        .collect(),
                ),
                (ColumnType::Leaf(_), "region_id") => ColumnData::Int(leaves.clone()),
                (ColumnType::Leaf(_), _) => ColumnData::Int(vec![NULL_INT; rows]),
                (ColumnType::H3, _) => {
                    ColumnData::Int(places.iter().map(|p| p.h3_cell(H3_FINEST) as i64).collect())
                }
            })
            .collect();
        let ids = first as i64..(first + rows) as i64;
        CubeBatch {
            keys: match cube.key {
                KeyType::Int => Keys::Int(ids.collect()),
                KeyType::Uuid => {
                    Keys::Uuid(ids.map(|id| Uuid::from_u128(id as u128 * 7)).collect())
                }
            },
            places: places.into_iter().map(Some).collect(),
            columns,
        }
    }
}

fn text(rows: usize, names: &[String], code: impl FnMut(usize) -> u32) -> ColumnData {
    ColumnData::Text {
        dictionary: names.to_vec(),
        codes: (0..rows).map(code).collect(),
    }
}

/// The drawn polygon: a star around the biggest town, grown until it holds 5 % of a sample.
fn drawn_polygon(rng: &mut StdRng, towns: &[Town]) -> MultiPolygon {
    let sample: Vec<LngLat> = (0..20_000).map(|_| point(rng, towns)).collect();
    let radii: Vec<f64> = (0..200)
        .map(|i| {
            let angle = f64::from(i) / 200.0 * std::f64::consts::TAU;
            1.0 + 0.25 * (3.0 * angle + 1.0).sin()
                + 0.12 * (7.0 * angle).sin()
                + rng.random_range(-0.06..0.06)
        })
        .collect();
    let with = |size: f64| {
        let ring = radii.iter().enumerate().map(|(i, radius)| {
            let angle = i as f64 / 200.0 * std::f64::consts::TAU;
            let lng = towns[0].lng + size * radius * angle.cos();
            let lat = towns[0].lat + 0.62 * size * radius * angle.sin();
            LngLat::from_e7((lng * 1e7) as i32, (lat * 1e7) as i32)
        });
        MultiPolygon(vec![Polygon {
            exterior: ring.collect(),
            holes: Vec::new(),
        }])
    };
    let (mut low, mut high) = (0.001, 2.0);
    for _ in 0..16 {
        let middle = f64::midpoint(low, high);
        let area = with(middle);
        let held = sample.iter().filter(|p| area.contains(**p)).count();
        if held * 20 < sample.len() {
            low = middle;
        } else {
            high = middle;
        }
    }
    with(high)
}

/// The box of a 1920 × 1080 window of 512-pixel tiles.
fn viewport(zoom: u8, center: (f64, f64)) -> BBox {
    let width = 1_920.0 / 512.0 / f64::from(zoom).exp2() * 360.0;
    let height = 1_080.0 / 512.0 / f64::from(zoom).exp2() * 360.0 * center.1.to_radians().cos();
    let corner = |x: f64, y: f64| LngLat::from_e7((x * 1e7) as i32, (y * 1e7) as i32);
    BBox {
        min: corner(center.0 - width / 2.0, center.1 - height / 2.0),
        max: corner(center.0 + width / 2.0, center.1 + height / 2.0),
    }
}

/// CPU time of all threads of the process in milliseconds; 0 where the system does not tell.
fn cpu_ms() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let ran = tasks.filter_map(|task| {
        let stat = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<f64>().ok()
    });
    ran.sum::<f64>() / 1e6
}

/// Runs a work and prints its median, minimum and maximum in milliseconds, and the CPU time of one run.
fn measure<R>(
    name: &str,
    runs: usize,
    mut work: impl FnMut(usize) -> R,
    tell: impl Fn(&R) -> String,
) {
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    if !name.contains(&only) {
        return;
    }
    let mut last = work(0);
    for run in 0..3 {
        last = black_box(work(run));
    }
    let cpu = cpu_ms();
    let mut times: Vec<f64> = (0..runs)
        .map(|run| {
            let start = Instant::now();
            last = black_box(work(run));
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let cpu = (cpu_ms() - cpu) / runs as f64;
    times.sort_by(f64::total_cmp);
    let (least, median, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
    say(&format!(
        "{name:<50} {median:>8.3} ms (min {least:.3}, max {most:.3}, CPU {cpu:.3}; {runs} runs)  {}",
        tell(&last)
    ));
}

fn w1_filter() -> Filter {
    let types = ["apartment", "semi_detached", "corner"];
    Filter::And(vec![
        Filter::In {
            property: "housing_type".to_owned(),
            values: types.map(Value::text).to_vec(),
        },
        Filter::Compare {
            property: "building_year".to_owned(),
            op: Compare::Less,
            value: Value::Int(1_980),
        },
    ])
}

fn generate(cube: &'static Cube, rows: usize) -> (CubeData, Generator) {
    let mut rng = StdRng::seed_from_u64(SEED);
    let towns = towns(&mut rng);
    let neighbourhoods = Neighbourhoods::new(&mut rng, &towns);
    let mut generator = Generator {
        rng,
        cube,
        towns,
        neighbourhoods,
    };
    let mut builder = CubeBuilder::new(cube, &region_tree());
    let mut pushed = 0.0;
    for first in (0..rows).step_by(BATCH) {
        let batch = generator.batch(first, BATCH.min(rows - first));
        let start = Instant::now();
        builder.push(batch).expect("a batch of the cube");
        pushed += start.elapsed().as_secs_f64();
    }
    let start = Instant::now();
    let data = builder.finish();
    let finished = start.elapsed().as_secs_f64();
    say(&format!(
        "{} rows of {}: push {pushed:.2} s, finish {finished:.2} s",
        data.len(),
        cube.name
    ));
    (data, generator)
}

fn main() {
    let setting = std::env::var("BENCH_ROWS")
        .ok()
        .and_then(|rows| rows.parse().ok());
    let rows: usize = setting.unwrap_or(1_000_000);
    say(&format!(
        "seed {SEED}, {rows} rows, {} threads",
        rayon::current_num_threads()
    ));
    let (data, mut generator) = generate(&ADDRESSES, rows);
    let report = data.memory_bytes();
    say(&format!("{:.1} bytes a row", report.bytes_per_row()));
    for column in &report.columns {
        let share = column.bytes as f64 / rows as f64;
        if share >= 0.05 {
            say(&format!("  {:<24} {share:>6.2}", column.name));
        }
    }
    let scope = VisibleScope::everything();
    let area = drawn_polygon(&mut generator.rng, &generator.towns);
    let measures = vec!["count".to_owned(), "dwellings".to_owned()];
    let ask = |dimension: Option<&str>, filter: bool, geometry: Option<MultiPolygon>| CubeQuery {
        measures: measures.clone(),
        dimensions: dimension.map(str::to_owned).into_iter().collect(),
        filter: filter.then(w1_filter),
        geometry,
        ..CubeQuery::default()
    };
    let answer = |query: &CubeQuery| data.query(&scope, query).expect("a valid question");
    let tell = |a: &geocrm_domain::Answer| format!("{} groups, {} records", a.groups, a.matched);

    let query = ask(Some("neighbourhood"), true, None);
    measure("W1 neighbourhoods, filter", 15, |_| answer(&query), tell);
    let mut query = ask(Some("neighbourhood"), true, None);
    let narrow = Filter::Compare {
        property: "building_use".to_owned(),
        op: Compare::Equal,
        value: Value::text("retail"),
    };
    query.filter = Filter::and(Some(narrow), query.filter);
    measure(
        "W1 with the third predicate of the peers",
        15,
        |_| answer(&query),
        tell,
    );
    let query = ask(Some("neighbourhood"), false, None);
    measure("   neighbourhoods, no filter", 15, |_| answer(&query), tell);
    let query = ask(None, true, None);
    measure("   total, filter", 15, |_| answer(&query), tell);

    for (zoom, dimension) in [(8, "h3_6"), (10, "h3_7"), (12, "h3_9")] {
        let queries: Vec<CubeQuery> = generator.towns[..12]
            .iter()
            .map(|town| {
                let center = if zoom == 8 {
                    (f64::midpoint(WEST, EAST), f64::midpoint(SOUTH, NORTH))
                } else {
                    (town.lng, town.lat)
                };
                let bbox = viewport(zoom, center);
                ask(Some(dimension), true, Some(MultiPolygon::from_bbox(bbox)))
            })
            .collect();
        let name = format!("W2 hexagons {dimension}, zoom {zoom}, filter");
        measure(&name, 24, |run| answer(&queries[run % 12]), tell);
        if zoom > 8 {
            let name = "   the same, whole hexagons of the viewport";
            let boxes: Vec<BBox> = generator.towns[..12]
                .iter()
                .map(|town| viewport(zoom, (town.lng, town.lat)))
                .collect();
            let query = ask(None, true, None);
            measure(
                name,
                24,
                |run| {
                    data.hexagons(&scope, &query, dimension, boxes[run % 12])
                        .expect("valid")
                },
                |rows| format!("{} hexagons", rows.len()),
            );
        }
    }

    let query = ask(None, false, Some(area.clone()));
    measure(
        "W3 polygon of 200 vertices, no filter",
        51,
        |_| answer(&query),
        tell,
    );
    let query = ask(None, true, Some(area.clone()));
    measure(
        "W3 polygon of 200 vertices, filter",
        51,
        |_| answer(&query),
        tell,
    );
    let query = ask(Some("housing_type"), false, Some(area.clone()));
    measure("   polygon by housing type", 15, |_| answer(&query), tell);

    let center = LngLat::from_degrees(generator.towns[0].lng, generator.towns[0].lat);
    let tile = center.map_or(TileId { z: 12, x: 0, y: 0 }, |c| c.quadkey().tile(12));
    let filter = w1_filter();
    measure(
        "   points of one tile, zoom 12, filter",
        51,
        |_| {
            data.tile_points(&scope, Some(&filter), None, tile, 0.0, &["housing_type"])
                .expect("valid")
                .len()
        },
        |points| format!("{points} points"),
    );
    let wide = center.map_or(TileId { z: 8, x: 0, y: 0 }, |c| c.quadkey().tile(8));
    measure(
        "   64 × 64 clusters of one tile, zoom 8, filter",
        15,
        |_| {
            data.tile_clusters(&scope, Some(&filter), None, wide, 64, &measures)
                .expect("valid")
                .len()
        },
        |clusters| format!("{clusters} clusters"),
    );
    measure(
        "   64 × 64 clusters of one tile, zoom 8, no filter",
        15,
        |_| {
            data.tile_clusters(&scope, None, None, wide, 64, &measures)
                .expect("valid")
                .len()
        },
        |clusters| format!("{clusters} clusters"),
    );
    drop(data);

    let (accounts, mut generator) = generate(&ACCOUNTS, rows.min(250_000));
    let none = Keys::Uuid(Vec::new());
    for edits in [1, 100, 10_000] {
        let name = format!("   {edits} edits of {} accounts", accounts.len());
        let batches: Vec<CubeBatch> = (0..12)
            .map(|run| generator.batch(run * 17, edits))
            .collect();
        measure(
            &name,
            9,
            |run| accounts.apply(&none, batches[run].clone()).expect("valid"),
            |next| format!("{} rows", next.len()),
        );
    }
}
