//! Random cubes and questions from a seed: clustered places that repeat, nulls everywhere, wide and narrow
//! integers, filters of every operator, areas whose edges run through records.

use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::{ColumnType, Cube, H3_FINEST, KeyType, PUBLISHED_FOR};
use geocrm_domain::region::{RegionId, RegionLevel, RegionTree};
use geocrm_domain::{
    Compare, CubeQuery, Filter, Geometry, LngLat, MultiPolygon, OrderBy, Polygon, Ring, UserId,
    Value, VisibleScope,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

pub struct Random {
    pub rng: StdRng,
    pub cube: &'static Cube,
    users: Vec<Uuid>,
}

pub fn region_tree() -> RegionTree {
    let mut regions = Vec::new();
    let mut add = |id: i32, level: RegionLevel, parent: Option<i32>| {
        // Codes run against ids, so that their order is not that of the ids.
        let code = format!("{}{:04}", level.code().to_uppercase(), 9_999 - id);
        regions.push((RegionId(id), level, code, parent.map(RegionId)));
        id
    };
    let country = add(1, RegionLevel::Country, None);
    for m in 0..5 {
        let municipality = add(10 + m, RegionLevel::Municipality, Some(country));
        for d in 0..4 {
            let district = add(100 + m * 10 + d, RegionLevel::District, Some(municipality));
            for n in 0..6 {
                add(
                    1_000 + (m * 4 + d) * 6 + n,
                    RegionLevel::Neighbourhood,
                    Some(district),
                );
            }
        }
        let old = add(3_000 + m, RegionLevel::Municipality2016, None);
        add(4_000 + old, RegionLevel::Neighbourhood2015, None);
    }
    let areas: Vec<(RegionId, f64)> = regions
        .iter()
        .map(|(id, ..)| (*id, 1e6 * f64::from(id.0) + 0.5))
        .collect();
    RegionTree::new(regions).with_areas(areas)
}

impl Random {
    pub fn new(cube: &'static Cube, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let users = (0..4).map(|_| Uuid::from_u128(rng.random())).collect();
        Self { rng, cube, users }
    }

    pub fn place(&mut self) -> LngLat {
        let rng = &mut self.rng;
        match rng.random_range(0..20) {
            // A coarse grid, so that places repeat and lie on straight lines.
            0..10 => LngLat::from_e7(
                49_000_000 + rng.random_range(0..60) * 10_000,
                523_700_000 + rng.random_range(0..60) * 10_000,
            ),
            10..18 => LngLat::from_e7(
                rng.random_range(40_000_000..60_000_000),
                rng.random_range(515_000_000..530_000_000),
            ),
            18 => LngLat::from_e7(
                rng.random_range(-1_800_000_000..=1_800_000_000),
                rng.random_range(-900_000_000..=900_000_000),
            ),
            _ => {
                let corners = [-1_800_000_000, 0, 1, 1_800_000_000];
                let heights = [-900_000_000, -850_511_288, 0, 850_511_287, 900_000_000];
                LngLat::from_e7(
                    *corners.choose(rng).expect("some"),
                    *heights.choose(rng).expect("some"),
                )
            }
        }
    }

    /// A batch of records with these keys.
    pub fn batch(&mut self, keys: Keys) -> CubeBatch {
        let rows = keys.len();
        let places: Vec<Option<LngLat>> = (0..rows)
            .map(|_| {
                let placed = self.rng.random_range(0..12) > 0;
                placed.then(|| self.place())
            })
            .collect();
        let columns = self.cube.columns;
        let columns = columns
            .iter()
            .map(|column| self.column(column.name, column.kind, &places))
            .collect();
        CubeBatch {
            keys,
            places,
            columns,
        }
    }

    pub fn keys(&mut self, ids: impl Iterator<Item = u64>) -> Keys {
        match self.cube.key {
            KeyType::Int => Keys::Int(ids.map(|id| id as i64 * 3 - 500).collect()),
            KeyType::Uuid => Keys::Uuid(ids.map(spread_uuid).collect()),
        }
    }

    fn column(&mut self, name: &str, kind: ColumnType, places: &[Option<LngLat>]) -> ColumnData {
        let rows = places.len();
        let often_null = name.len().is_multiple_of(3);
        let rng = &mut self.rng;
        let null = |rng: &mut StdRng| rng.random_range(0..if often_null { 3 } else { 15 }) == 0;
        match kind {
            ColumnType::Text => {
                let mut dictionary: Vec<String> = match name {
                    "territory" => (1..6).map(|t| format!("T{t:02}")).collect(),
                    "owner" => self.users.iter().map(Uuid::to_string).collect(),
                    "postcode" => (0..900)
                        .map(|p| {
                            format!("10{:02}A{}", p / 26 + 10, char::from(b'A' + p as u8 % 26))
                        })
                        .collect(),
                    _ => [
                        "zand", "Klei", "élan", "a_b", "50%", "", "grind", "veen", "Löss", "B",
                        "C", "D",
                    ]
                    .map(String::from)
                    .to_vec(),
                };
                dictionary.push("never used".to_owned());
                let last = dictionary.len() as u32 - 1;
                let codes = (0..rows).map(|_| {
                    if null(rng) {
                        NULL_CODE
                    } else {
                        rng.random_range(0..last)
                    }
                });
                let codes = codes.collect();
                ColumnData::Text { dictionary, codes }
            }
            ColumnType::Int => {
                let (low, high): (i64, i64) = match name {
                    "building_year" => (1_650, 2_026),
                    "customers" | "prospects" | "suppressed" => (0, 1),
                    "revenue_cents" => (-5_000, 40_000_000),
                    "value_e4" => (-3_000_000_000_000, 900_000_000_000_000),
                    "park_distance_m" => (0, 6_000),
                    "length_cm" => (100, 300_000),
                    _ => (0, 120),
                };
                let ints = (0..rows).map(|_| {
                    if null(rng) {
                        NULL_INT
                    } else {
                        rng.random_range(low..=high)
                    }
                });
                ColumnData::Int(ints.collect())
            }
            ColumnType::Date => {
                let days = (0..rows).map(|_| {
                    if null(rng) {
                        NULL_DATE
                    } else {
                        rng.random_range(-300..20_000)
                    }
                });
                ColumnData::Date(days.collect())
            }
            ColumnType::Leaf(_) => {
                let leaf = |rng: &mut StdRng| match rng.random_range(0..20) {
                    0 => 100,
                    1 => 99_999,
                    2 => 3_001,
                    3 => 7_003,
                    _ => 1_000 + rng.random_range(0..120),
                };
                let ints = (0..rows).map(|_| if null(rng) { NULL_INT } else { leaf(rng) });
                ColumnData::Int(ints.collect())
            }
            ColumnType::H3 => {
                let cell = |place: &Option<LngLat>| {
                    place.map_or(NULL_INT, |p| p.h3_cell(H3_FINEST) as i64)
                };
                ColumnData::Int(places.iter().map(cell).collect())
            }
        }
    }

    pub fn scope(&mut self) -> VisibleScope {
        match self.rng.random_range(0..10) {
            0 => VisibleScope::nothing(),
            1 | 2 => {
                VisibleScope::territories(["T02".to_owned(), "T04".to_owned(), "T99".to_owned()])
            }
            3 => VisibleScope::own(UserId(*self.users.choose(&mut self.rng).expect("some"))),
            _ => VisibleScope::everything(),
        }
    }

    fn property(&mut self) -> (&'static str, ColumnType) {
        loop {
            let cube = self.cube;
            let name = if self.rng.random() {
                cube.dimensions.choose(&mut self.rng).expect("some").name
            } else {
                cube.columns.choose(&mut self.rng).expect("some").name
            };
            if let Some(kind) = cube.property_type(name) {
                return (name, kind);
            }
        }
    }

    /// A value that a record may have, or nearly.
    fn value(&mut self, name: &str, kind: ColumnType) -> Value {
        let rng = &mut self.rng;
        if rng.random_range(0..25) == 0 {
            return Value::Null;
        }
        match kind {
            ColumnType::Int => Value::Int(match name {
                "building_year" | "year" => rng.random_range(1_600..2_050),
                "revenue_cents" => rng.random_range(-6_000..41_000_000),
                "value_e4" => rng.random_range(-4_000_000_000_000..910_000_000_000_000),
                _ => *[i64::MIN, -1, 0, 1, 3, 40, 60, 119, 2_500, i64::MAX]
                    .choose(rng)
                    .expect("some"),
            }),
            ColumnType::Date => Value::Date(
                chrono::NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date")
                    + chrono::TimeDelta::days(rng.random_range(-400..21_000)),
            ),
            _ if name.starts_with("h3_") => {
                let resolution = name[3..].parse().expect("a resolution");
                Value::text(format!("{:x}", self.place().h3_cell(resolution)))
            }
            _ => {
                let words = [
                    "zand",
                    "Klei",
                    "klei",
                    "élan",
                    "a_b",
                    "",
                    "grind",
                    "zz",
                    "T02",
                    "T04",
                    "from_2000",
                    "1945_1999",
                    "0_500",
                    "1000_2500",
                    "good",
                    "2_499",
                    "none",
                    "1010AB",
                    "1013AQ",
                    "3_4",
                    "NEIGHBOURHOOD8950",
                    "DISTRICT9880",
                    "MUNICIPALITY9987",
                    "COUNTRY9998",
                    "2001-Q3",
                    "1999",
                ];
                Value::text(*words.choose(rng).expect("some"))
            }
        }
    }

    pub fn filter(&mut self, depth: usize) -> Filter {
        if depth > 0 && self.rng.random_range(0..5) < 3 {
            let count = self.rng.random_range(0..4);
            let mut parts: Vec<Filter> = (0..count).map(|_| self.filter(depth - 1)).collect();
            return match self.rng.random_range(0..3) {
                0 => Filter::And(parts),
                1 => Filter::Or(parts),
                _ => {
                    let inner = parts.pop().unwrap_or_else(|| self.filter(depth - 1));
                    Filter::Not(Box::new(inner))
                }
            };
        }
        let (name, kind) = self.property();
        let property = name.to_owned();
        match self.rng.random_range(0..10) {
            0 | 1 => Filter::Compare {
                property,
                op: *[
                    Compare::Equal,
                    Compare::NotEqual,
                    Compare::Less,
                    Compare::LessOrEqual,
                    Compare::Greater,
                    Compare::GreaterOrEqual,
                ]
                .choose(&mut self.rng)
                .expect("some"),
                value: self.value(name, kind),
            },
            2 => Filter::Between {
                property,
                low: self.value(name, kind),
                high: self.value(name, kind),
            },
            3 => {
                let count = self.rng.random_range(0..14);
                let mut values: Vec<Value> = (0..count).map(|_| self.value(name, kind)).collect();
                if self.rng.random_range(0..3) > 0 {
                    values.retain(|v| !v.is_null());
                }
                Filter::In { property, values }
            }
            4 if kind == ColumnType::Text => Filter::Like {
                property,
                pattern: [
                    "%a%", "k%", "_1%", "a\\_b", "%", "", "é%", "%5", "1013A_", "8%",
                ]
                .choose(&mut self.rng)
                .expect("some")
                .to_string(),
                fold_case: self.rng.random(),
            },
            5 => Filter::IsNull { property },
            8 => Filter::IsNull {
                property: geocrm_domain::filter::PLACE.to_owned(),
            },
            6 if kind == ColumnType::Text => Filter::Folded {
                property,
                op: *[
                    Compare::Equal,
                    Compare::NotEqual,
                    Compare::Less,
                    Compare::GreaterOrEqual,
                ]
                .choose(&mut self.rng)
                .expect("some"),
                value: self.value(name, kind).to_string().to_uppercase(),
            },
            7 => self.near(),
            _ => Filter::Within(self.area()),
        }
    }

    fn near(&mut self) -> Filter {
        let mut around = Vec::new();
        for _ in 0..self.rng.random_range(1..4) {
            around.push(match self.rng.random_range(0..3) {
                0 => Geometry::Point(self.place()),
                1 => Geometry::Line((0..3).map(|_| self.place()).collect()),
                _ => match self.area() {
                    area if area.vertex_count() < 300 => Geometry::Area(area),
                    _ => Geometry::Point(self.place()),
                },
            });
        }
        let low_m = self.rng.random_range(0..3) * 900;
        let high_m = low_m + self.rng.random_range(0..20_000);
        Filter::Near {
            around,
            low_m,
            high_m: self.rng.random::<bool>().then_some(high_m),
        }
    }

    /// An area with some of its vertices and edges on the grid that many places lie on.
    pub fn area(&mut self) -> MultiPolygon {
        let polygons = if self.rng.random_range(0..4) == 0 {
            3
        } else {
            1
        };
        MultiPolygon((0..polygons).map(|_| self.polygon()).collect())
    }

    fn polygon(&mut self) -> Polygon {
        let holes = self.rng.random_range(0..3);
        let exterior = self.ring();
        Polygon {
            exterior,
            holes: (0..holes).map(|_| self.ring()).collect(),
        }
    }

    fn ring(&mut self) -> Ring {
        let vertices = self.rng.random_range(3..12);
        match self.rng.random_range(0..5) {
            // Vertices at places, in any order: edges cross each other and run through other places.
            0 | 1 => (0..vertices).map(|_| self.place()).collect(),
            2 => {
                let (a, b) = (self.place(), self.place());
                let corner = LngLat::from_e7;
                vec![a, corner(b.lng_e7, a.lat_e7), b, corner(a.lng_e7, b.lat_e7)]
            }
            _ => {
                let vertices = if self.rng.random_range(0..6) == 0 {
                    400
                } else {
                    vertices
                };
                self.star(vertices, 4_000_000)
            }
        }
    }

    /// A star-shaped ring around a place.
    pub fn star(&mut self, vertices: usize, radius_e7: i32) -> Ring {
        let center = self.place();
        (0..vertices)
            .map(|i| {
                let angle = i as f64 / vertices as f64 * std::f64::consts::TAU;
                let radius = f64::from(radius_e7) * self.rng.random_range(0.2..1.0);
                LngLat::from_e7(
                    (center.lng_e7 + (radius * angle.cos()) as i32)
                        .clamp(-1_800_000_000, 1_800_000_000),
                    (center.lat_e7 + (radius * angle.sin()) as i32)
                        .clamp(-900_000_000, 900_000_000),
                )
            })
            .collect()
    }

    pub fn query(&mut self) -> CubeQuery {
        let rng = &mut self.rng;
        let dimensions: Vec<String> = (0..rng.random_range(0..4))
            .map(|_| {
                self.cube
                    .dimensions
                    .choose(rng)
                    .expect("some")
                    .name
                    .to_owned()
            })
            .collect();
        let measures: Vec<String> = (0..rng.random_range(0..5))
            .map(|_| {
                self.cube
                    .measures
                    .choose(rng)
                    .expect("some")
                    .name
                    .to_owned()
            })
            .collect();
        let (mut dimensions, mut measures) = (dimensions, measures);
        if measures.iter().any(|m| m == "value_e4") {
            if rng.random() {
                dimensions.retain(|d| !PUBLISHED_FOR.contains(&d.as_str()));
                dimensions.truncate(2);
                dimensions.extend(PUBLISHED_FOR.map(str::to_owned));
            } else {
                measures.retain(|m| m != "value_e4");
            }
        }
        let names = [dimensions.as_slice(), &measures].concat();
        let orders = if names.is_empty() {
            0
        } else {
            rng.random_range(0..3)
        };
        let order = (0..orders)
            .map(|_| OrderBy {
                name: names.choose(rng).expect("some").clone(),
                descending: rng.random(),
            })
            .collect();
        let limit = (rng.random_range(0..3) == 0).then(|| rng.random_range(0..20));
        let filtered = rng.random_range(0..4) > 0;
        let spatial = rng.random_range(0..4) == 0;
        CubeQuery {
            measures,
            defined: Vec::new(),
            bands: None,
            dimensions,
            filter: filtered.then(|| self.filter(3)),
            geometry: spatial.then(|| self.area()),
            order,
            limit,
        }
    }
}

fn spread_uuid(id: u64) -> Uuid {
    Uuid::from_u128(u128::from(id.wrapping_mul(0x9E37_79B9_7F4A_7C15)) << 32 | u128::from(id))
}
