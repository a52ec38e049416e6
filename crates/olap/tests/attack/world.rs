//! A city whose households somebody wants to know more about than they are told: neighbourhoods of a chessboard, most
//! of them full and some nearly empty, buildings of one to four households, customers more frequent in some quarters.

use geocrm_domain::LngLat;
use geocrm_domain::batch::{ColumnData, CubeBatch, Keys, NULL_CODE, NULL_DATE, NULL_INT};
use geocrm_domain::catalogue::{ACCOUNTS, ColumnType, H3_FINEST};
use geocrm_domain::region::{RegionId, RegionLevel, RegionTree};
use geocrm_olap::{CubeBuilder, LiveCube};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

pub const WIDE: i32 = 12;
pub const HIGH: i32 = 8;
/// Side of a neighbourhood in 1e-7 degrees, about two kilometres.
const SIDE_E7: i32 = 250_000;
const WEST_E7: i32 = 48_000_000;
const SOUTH_E7: i32 = 522_000_000;
/// Neighbourhoods of a district.
const DISTRICT: i32 = 6;

pub struct Building {
    pub at: LngLat,
    pub customers: u64,
    pub territory: String,
}

pub struct World {
    pub cube: LiveCube,
    pub buildings: Vec<Building>,
    /// Households by number of the neighbourhood.
    pub neighbourhoods: Vec<u64>,
}

pub fn code(neighbourhood: usize) -> String {
    format!("N{neighbourhood:03}")
}

pub fn district_of(neighbourhood: usize) -> usize {
    neighbourhood / DISTRICT as usize
}

pub fn district_code(district: usize) -> String {
    format!("D{district:02}")
}

fn tree() -> RegionTree {
    let mut regions = vec![(RegionId(1), RegionLevel::Country, "C".to_owned(), None)];
    regions.push((
        RegionId(2),
        RegionLevel::Municipality,
        "M".to_owned(),
        Some(RegionId(1)),
    ));
    for n in 0..WIDE * HIGH {
        let district = n / DISTRICT;
        if n % DISTRICT == 0 {
            let parent = Some(RegionId(2));
            let id = RegionId(10 + district);
            regions.push((
                id,
                RegionLevel::District,
                district_code(district as usize),
                parent,
            ));
        }
        let parent = Some(RegionId(10 + district));
        regions.push((
            RegionId(1_000 + n),
            RegionLevel::Neighbourhood,
            code(n as usize),
            parent,
        ));
    }
    RegionTree::new(regions)
}

struct Row {
    at: LngLat,
    neighbourhood: i32,
    household: bool,
    customer: bool,
    territory: u32,
    class: u32,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let (mut rows, mut buildings, mut neighbourhoods) = (Vec::new(), Vec::new(), Vec::new());
        for n in 0..WIDE * HIGH {
            let share = f64::from(rng.random_range(10..70)) / 100.0;
            let left: u64 = if n % 4 == 1 {
                rng.random_range(1..=4)
            } else {
                rng.random_range(60..140)
            };
            neighbourhoods.push(left);
            let mut left = left;
            while left > 0 {
                let side =
                    |rng: &mut StdRng| rng.random_range(SIDE_E7 / 50..SIDE_E7 - SIDE_E7 / 50);
                let at = LngLat::from_e7(
                    WEST_E7 + n % WIDE * SIDE_E7 + side(&mut rng),
                    SOUTH_E7 + n / WIDE * SIDE_E7 + side(&mut rng),
                );
                let households = rng.random_range(1..=4).min(left);
                let territory = rng.random_range(0..4);
                let mut customers = 0;
                for _ in 0..households {
                    let customer = rng.random_bool(share);
                    customers += u64::from(customer);
                    let class = rng.random_range(0..5);
                    rows.push(Row {
                        at,
                        neighbourhood: n,
                        household: true,
                        customer,
                        territory,
                        class,
                    });
                }
                let territory = format!("T{territory}");
                buildings.push(Building {
                    at,
                    customers,
                    territory,
                });
                left -= households;
                if rng.random_bool(0.2) {
                    let class = rng.random_range(0..5);
                    rows.push(Row {
                        at,
                        neighbourhood: n,
                        household: false,
                        customer: false,
                        territory: 0,
                        class,
                    });
                }
            }
        }
        let mut builder = CubeBuilder::new(&ACCOUNTS, &tree());
        builder.push(batch(&rows, &mut rng)).expect("a batch");
        Self {
            cube: builder.finish().into(),
            buildings,
            neighbourhoods,
        }
    }
}

fn batch(rows: &[Row], rng: &mut StdRng) -> CubeBatch {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    let column = |name: &str, kind: ColumnType, rng: &mut StdRng| {
        let text = |dictionary: Vec<String>, code: &dyn Fn(&Row) -> u32| ColumnData::Text {
            dictionary,
            codes: rows.iter().map(code).collect(),
        };
        match (name, kind) {
            ("kind", _) => text(words(&["household", "organisation"]), &|r| {
                u32::from(!r.household)
            }),
            ("status", _) => text(words(&["customer", "prospect"]), &|r| {
                u32::from(!r.customer)
            }),
            ("territory", _) => text(words(&["T0", "T1", "T2", "T3"]), &|r| r.territory),
            ("category" | "housing_type" | "building_form" | "building_use", _) => {
                let shift = name.len() as u32;
                text(words(&["a", "b", "c", "d", "e"]), &|r| {
                    (r.class + shift) % 5
                })
            }
            ("customers", _) => {
                ColumnData::Int(rows.iter().map(|r| i64::from(r.customer)).collect())
            }
            ("prospects", _) => {
                ColumnData::Int(rows.iter().map(|r| i64::from(!r.customer)).collect())
            }
            ("revenue_cents", _) => {
                ColumnData::Int(rows.iter().map(|_| rng.random_range(1..900_000)).collect())
            }
            ("building_year", _) => ColumnData::Int(
                rows.iter()
                    .map(|_| rng.random_range(1_900..2_020))
                    .collect(),
            ),
            ("region_id", _) => ColumnData::Int(
                rows.iter()
                    .map(|r| i64::from(1_000 + r.neighbourhood))
                    .collect(),
            ),
            ("h3", _) => ColumnData::Int(
                rows.iter()
                    .map(|r| r.at.h3_cell(H3_FINEST) as i64)
                    .collect(),
            ),
            (_, ColumnType::Text) => text(Vec::new(), &|_| NULL_CODE),
            (_, ColumnType::Date) => ColumnData::Date(vec![NULL_DATE; rows.len()]),
            _ => ColumnData::Int(vec![NULL_INT; rows.len()]),
        }
    };
    let columns = ACCOUNTS.columns.iter().map(|c| column(c.name, c.kind, rng));
    let columns = columns.collect();
    let keys = rows.iter().map(|_| Uuid::from_u128(rng.random())).collect();
    CubeBatch {
        keys: Keys::Uuid(keys),
        places: rows.iter().map(|row| Some(row.at)).collect(),
        columns,
    }
}
