//! Which data is large enough to tell? Addresses like a country's: most in a few hundred towns, 13,000
//! neighbourhoods that are finer where people live, four in a hundred values missing, one in a hundred records
//! without a place. The same seed and number give the same folder. Rows go through the engine and the writer that
//! `geocrm cube export` uses, without a database, so that ten million of them take minutes and show what an export
//! costs.
//!
//! `cargo run -p geocrm-app --example generated_cube -- write FOLDER [ROWS [SEED]]` writes the folder; `answer`
//! in place of `write FOLDER` says `ready` and then answers every line of JSON, as the API takes it, by the engine.

use geocrm_app::cql2;
use geocrm_app::exports::write_cube;
use geocrm_app::geojson::parse_area;
use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_INT};
use geocrm_domain::catalogue::{ADDRESSES, Column, ColumnType, H3_FINEST};
use geocrm_domain::region::{RegionId, RegionLevel, RegionTree};
use geocrm_domain::{
    BBox, CubeQuery, Filter, LngLat, MultiPolygon, Number, OrderBy, Value, VisibleScope,
};
use geocrm_olap::{CubeBuilder, CubeData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value as Json, json};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const WEST: f64 = 3.3;
const SOUTH: f64 = 50.7;
const EAST: f64 = 7.3;
const NORTH: f64 = 53.6;
const TOWNS: usize = 400;
const MUNICIPALITIES: usize = 340;
const DISTRICTS: usize = 3_000;
/// Columns and rows of the warped grid of neighbourhoods.
const GRID: (usize, usize) = (130, 100);
const NEIGHBOURHOODS: usize = GRID.0 * GRID.1;
/// Number of the first neighbourhood.
const FIRST_LEAF: usize = 10_000;
/// One value in this many is missing.
const ONE_MISSING_IN: u32 = 25;
/// One record in this many has no place.
const ONE_UNPLACED_IN: u32 = 100;
/// Rows made at a time.
const BATCH_ROWS: usize = 65_536;

struct Town {
    lng: f64,
    lat: f64,
    /// Share of the records in this town and those before it.
    upto: f64,
    spread: f64,
}

struct Country {
    rng: ChaCha8Rng,
    towns: Vec<Town>,
    lng_cuts: Vec<i32>,
    lat_cuts: Vec<Vec<i32>>,
}

impl Country {
    fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let weight = |rank: usize| (rank as f64).powf(-0.8);
        let total: f64 = (1..=TOWNS).map(weight).sum();
        let mut upto = 0.0;
        let towns = (1..=TOWNS)
            .map(|rank| {
                upto += weight(rank) / total;
                Town {
                    lng: rng.random_range(WEST + 0.15..EAST - 0.15),
                    lat: rng.random_range(SOUTH + 0.1..NORTH - 0.1),
                    upto,
                    spread: 0.008 + 0.09 * weight(rank).sqrt() * rng.random_range(0.6..1.2),
                }
            })
            .collect();
        let mut country = Self {
            rng,
            towns,
            lng_cuts: Vec::new(),
            lat_cuts: Vec::new(),
        };
        let mut sample: Vec<LngLat> = (0..20 * NEIGHBOURHOODS).map(|_| country.place()).collect();
        sample.sort_unstable();
        for column in sample.chunks_mut(20 * GRID.1) {
            country.lng_cuts.push(column[0].lng_e7);
            column.sort_unstable_by_key(|at| at.lat_e7);
            let cuts = column.iter().step_by(20).map(|at| at.lat_e7);
            country.lat_cuts.push(cuts.collect());
        }
        country
    }

    /// Standard normal by the polar form of Box and Muller.
    fn normal(&mut self) -> f64 {
        let (u, v): (f64, f64) = (self.rng.random_range(1e-12..1.0), self.rng.random());
        (-2.0 * u.ln()).sqrt() * (v * std::f64::consts::TAU).cos()
    }

    fn place(&mut self) -> LngLat {
        loop {
            let (lng, lat) = if self.rng.random_ratio(1, 20) {
                (
                    self.rng.random_range(WEST..EAST),
                    self.rng.random_range(SOUTH..NORTH),
                )
            } else {
                let pick: f64 = self.rng.random();
                let town = self.towns.partition_point(|t| t.upto < pick).min(TOWNS - 1);
                let (east, north) = (self.normal(), self.normal());
                let town = &self.towns[town];
                (
                    town.lng + east * town.spread,
                    town.lat + north * town.spread * 0.62,
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

    /// Number of the neighbourhood, from 0.
    fn neighbourhood(&self, at: LngLat) -> usize {
        let cell = |cuts: &[i32], value: i32| cuts.partition_point(|cut| *cut <= value).max(1) - 1;
        let x = cell(&self.lng_cuts, at.lng_e7);
        x * GRID.1 + cell(&self.lat_cuts[x], at.lat_e7)
    }

    fn batch(&mut self, first: usize, rows: usize) -> CubeBatch {
        let homes: Vec<LngLat> = (0..rows).map(|_| self.place()).collect();
        let leaves: Vec<usize> = homes.iter().map(|at| self.neighbourhood(*at)).collect();
        let placed: Vec<bool> = (0..rows)
            .map(|_| !self.rng.random_ratio(1, ONE_UNPLACED_IN))
            .collect();
        let columns = ADDRESSES
            .columns
            .iter()
            .map(|column| match column.kind {
                ColumnType::Leaf(_) if column.name == "region_id" => {
                    let leaf = |leaf: &usize| (FIRST_LEAF + leaf) as i64;
                    ColumnData::Int(leaves.iter().map(leaf).collect())
                }
                ColumnType::Leaf(_) => ColumnData::Int(vec![NULL_INT; rows]),
                ColumnType::H3 => ColumnData::Int(
                    homes
                        .iter()
                        .zip(&placed)
                        .map(|(at, placed)| {
                            if *placed {
                                at.h3_cell(H3_FINEST) as i64
                            } else {
                                NULL_INT
                            }
                        })
                        .collect(),
                ),
                ColumnType::Date => ColumnData::Date(
                    (0..rows)
                        .map(|_| self.rng.random_range(15_000..20_500))
                        .collect(),
                ),
                ColumnType::Int => self.ints(column, rows),
                ColumnType::Text => self.texts(column, &leaves),
            })
            .collect();
        CubeBatch {
            keys: Keys::Int((first as i64..(first + rows) as i64).collect()),
            places: homes
                .into_iter()
                .zip(placed)
                .map(|(at, placed)| placed.then_some(at))
                .collect(),
            columns,
        }
    }

    fn ints(&mut self, column: &Column, rows: usize) -> ColumnData {
        let range = match column.name {
            "building_year" => 1_900..=2_024,
            "storeys" => 1..=12,
            "footprint_m2" => 25..=900,
            "dwellings" => 0..=3,
            "park_distance_m" => 0..=9_000,
            _ => 0..=100,
        };
        let mut int = || {
            if self.rng.random_ratio(1, ONE_MISSING_IN) {
                NULL_INT
            } else {
                self.rng.random_range(range.clone())
            }
        };
        ColumnData::Int((0..rows).map(|_| int()).collect())
    }

    fn texts(&mut self, column: &Column, leaves: &[usize]) -> ColumnData {
        let named = |count: usize, name: &dyn Fn(usize) -> String| (0..count).map(name).collect();
        // Postcodes and cities follow the neighbourhood; the rest is drawn, the first word most often.
        let (dictionary, by_leaf): (Vec<String>, Option<usize>) = match column.name {
            "postcode" => (
                named(NEIGHBOURHOODS, &|n| format!("{}BU", 1_000 + n / 2)),
                Some(1),
            ),
            "city" => (
                named(MUNICIPALITIES, &|m| format!("Plaats {m}")),
                Some(NEIGHBOURHOODS.div_ceil(MUNICIPALITIES)),
            ),
            "dataset" => (vec!["generated".to_owned()], None),
            "housing_type" => (
                [
                    "apartment",
                    "terraced",
                    "semi_detached",
                    "detached",
                    "corner",
                    "houseboat",
                ]
                .map(str::to_owned)
                .to_vec(),
                None,
            ),
            other => (named(6, &|n| format!("{other}_{n}")), None),
        };
        let most = dictionary.len() as f64;
        let codes = leaves
            .iter()
            .map(|leaf| match by_leaf {
                _ if self.rng.random_ratio(1, ONE_MISSING_IN) => NULL_CODE,
                Some(leaves_each) => (leaf / leaves_each) as u32,
                None => (self.rng.random::<f64>().powi(2) * most) as u32,
            })
            .collect();
        ColumnData::Text { dictionary, codes }
    }

    /// As many addresses as asked for, in the engine.
    fn addresses(&mut self, rows: usize) -> Result<CubeData, geocrm_olap::OlapError> {
        let mut builder = CubeBuilder::new(&ADDRESSES, &region_tree());
        for first in (0..rows).step_by(BATCH_ROWS) {
            builder.push(self.batch(first, BATCH_ROWS.min(rows - first)))?;
        }
        Ok(builder.finish())
    }
}

fn region_tree() -> RegionTree {
    let id = |number: usize| RegionId(number as i32);
    let country = (id(1), RegionLevel::Country, "NL".to_owned(), None);
    let municipalities = (0..MUNICIPALITIES).map(|m| {
        let code = format!("GM{m:04}");
        (id(10 + m), RegionLevel::Municipality, code, Some(id(1)))
    });
    let districts = (0..DISTRICTS).map(|d| {
        let parent = id(10 + d * MUNICIPALITIES / DISTRICTS);
        (
            id(1_000 + d),
            RegionLevel::District,
            format!("WK{d:06}"),
            Some(parent),
        )
    });
    let neighbourhoods = (0..NEIGHBOURHOODS).map(|n| {
        let parent = id(1_000 + n * DISTRICTS / NEIGHBOURHOODS);
        (
            id(FIRST_LEAF + n),
            RegionLevel::Neighbourhood,
            format!("BU{n:08}"),
            Some(parent),
        )
    });
    RegionTree::new(
        std::iter::once(country)
            .chain(municipalities)
            .chain(districts)
            .chain(neighbourhoods),
    )
}

/// The JSON of a question about the generated addresses, as the API takes it, answered by the engine.
fn answered(data: &CubeData, question: &Json) -> Result<Json, Box<dyn Error>> {
    let names = |key: &str| -> Vec<String> {
        let items = question[key].as_array().into_iter().flatten();
        items.filter_map(Json::as_str).map(str::to_owned).collect()
    };
    let present = |key: &str| question.get(key).filter(|value| !value.is_null());
    let order = question["order"].as_array().into_iter().flatten();
    let mut query = CubeQuery {
        measures: names("measures"),
        dimensions: names("dimensions"),
        filter: present("filter")
            .map(|json| cql2::parse_json(&ADDRESSES, json))
            .transpose()?,
        geometry: present("geometry").map(parse_area).transpose()?,
        order: order
            .map(|by| OrderBy {
                name: by["by"].as_str().unwrap_or_default().to_owned(),
                descending: by["descending"] == true,
            })
            .collect(),
        limit: question["limit"].as_u64().map(|limit| limit as usize),
        ..CubeQuery::default()
    };
    if let Some(sides) = present("bbox").and_then(Json::as_array) {
        let side = |i: usize| sides.get(i).and_then(Json::as_f64).unwrap_or(f64::NAN);
        let corner = |lng, lat| LngLat::from_degrees(lng, lat).ok_or("a box outside the globe");
        let area = MultiPolygon::from_bbox(BBox {
            min: corner(side(0), side(1))?,
            max: corner(side(2), side(3))?,
        });
        // As a request's: the first area is the question's, a second one a condition.
        if query.geometry.is_none() {
            query.geometry = Some(area);
        } else {
            query.filter = Filter::and(query.filter, Some(Filter::Within(area)));
        }
    }
    let answer = data.query(&VisibleScope::everything(), &query)?;
    let key = |value: Value| match value {
        Value::Null => Json::Null,
        Value::Int(int) => json!(int),
        other => json!(other.to_string()),
    };
    let figure = |number: Option<Number>| match number {
        Some(Number::Int(int)) => json!(int),
        Some(ratio) => json!(ratio.to_f64()),
        None => Json::Null,
    };
    let rows = answer.rows.into_iter().map(|row| {
        json!({
            "keys": row.keys.into_iter().map(key).collect::<Vec<_>>(),
            "values": row.values.into_iter().map(figure).collect::<Vec<_>>(),
        })
    });
    Ok(json!({
        "rows": rows.collect::<Vec<_>>(),
        "matched": answer.matched,
        "without_place": answer.without_place,
        "groups": answer.groups,
    }))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let work = arguments.next().ok_or("say `write FOLDER` or `answer`")?;
    let out = if work == "write" {
        arguments.next()
    } else {
        None
    };
    let rows: usize = arguments
        .next()
        .map_or(Ok(10_000_000), |rows| rows.parse())?;
    let seed: u64 = arguments
        .next()
        .map_or(Ok(20_261_122), |seed| seed.parse())?;
    let start = Instant::now();
    let data = Country::new(seed).addresses(rows)?;
    let made_s = start.elapsed().as_secs_f64();
    let mut answers = std::io::stdout().lock();
    let Some(out) = out else {
        writeln!(answers, "ready")?;
        for line in std::io::stdin().lines() {
            let asked = serde_json::from_str(&line?)?;
            let answer = answered(&data, &asked);
            let answer = answer.unwrap_or_else(|e| json!({"error": e.to_string()}));
            writeln!(answers, "{answer}")?;
            answers.flush()?;
        }
        return Ok(());
    };
    let start = Instant::now();
    let version = format!("generated-{seed}-{rows}");
    let written = write_cube(
        &data,
        &version,
        &VisibleScope::everything(),
        Path::new(&out),
    )?;
    writeln!(
        answers,
        "{} rows: made in {made_s:.1} s, {:.1} column bytes a row in the engine; written in {:.1} s: {} files, {} bytes, sha-256 {}",
        written.rows,
        data.memory_bytes().bytes_per_row(),
        start.elapsed().as_secs_f64(),
        written.files,
        written.bytes,
        written.sha256
    )?;
    Ok(())
}
