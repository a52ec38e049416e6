//! A small hand-made region whose figures can be counted by hand: one municipality of two neighbourhoods side by
//! side, a municipality of 2016, addresses in a row from west to east.

use chrono::{DateTime, NaiveDate, Utc};
use geocrm_domain::place::{AreaKind, BuildingForm, BuildingUse, Confidence, HousingType};
use geocrm_domain::record::*;
use geocrm_domain::region::RegionLevel;
use geocrm_domain::road::RoadClass;
use geocrm_domain::{
    Account, AccountId, AccountKind, AccountStatus, LngLat, MultiPolygon, PlaceState, Polygon,
    PostalAddress, Ring, UserId,
};
use geocrm_store::testing::TestDatabase;
use geocrm_store::{AccountRecord, Actor, DatasetMeta, NewUser, Role, Store};
use uuid::Uuid;

/// West, south of everything.
pub const WEST: i32 = 49_000_000;
pub const SOUTH: i32 = 523_000_000;

pub fn at(x: i32, y: i32) -> LngLat {
    LngLat::from_e7(WEST + x, SOUTH + y)
}

pub fn noon(day: u32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2026, 3, day)
        .and_then(|d| d.and_hms_opt(12, 0, 0))
        .expect("a valid time")
        .and_utc()
}

pub fn boxed(from: (i32, i32), to: (i32, i32)) -> MultiPolygon {
    MultiPolygon(vec![Polygon {
        exterior: ring(from, to),
        holes: vec![],
    }])
}

pub fn ring(from: (i32, i32), to: (i32, i32)) -> Ring {
    vec![
        at(from.0, from.1),
        at(to.0, from.1),
        at(to.0, to.1),
        at(from.0, to.1),
    ]
}

pub fn meta(code: &str) -> DatasetMeta {
    DatasetMeta {
        code: code.to_owned(),
        title: format!("Title of {code}"),
        source: "a hand".to_owned(),
        licence: "CC0".to_owned(),
        attribution: "© hand".to_owned(),
        vintage: "2024".to_owned(),
        loaded_at: noon(1),
    }
}

fn region(level: RegionLevel, code: &str, parent: Option<&str>, shape: MultiPolygon) -> RegionRow {
    RegionRow {
        level,
        code: code.to_owned(),
        name: format!("Name of {code}"),
        parent_code: parent.map(str::to_owned),
        geometry: shape,
    }
}

/// Width and height 10,000; the border of the neighbourhoods is at x = 5,000.
pub fn regions() -> Bundle {
    Bundle {
        regions: vec![
            // Children before parents: their order must not matter.
            region(
                RegionLevel::Neighbourhood,
                "BU1",
                Some("GM1"),
                boxed((0, 0), (5_000, 10_000)),
            ),
            region(
                RegionLevel::Neighbourhood,
                "BU2",
                Some("GM1"),
                boxed((5_000, 0), (10_000, 10_000)),
            ),
            region(
                RegionLevel::Municipality,
                "GM1",
                None,
                boxed((0, 0), (10_000, 10_000)),
            ),
            region(
                RegionLevel::Municipality2016,
                "0363",
                None,
                boxed((0, 0), (10_000, 10_000)),
            ),
        ],
        ..Bundle::default()
    }
}

pub async fn leaf(
    store: &Store,
    level: RegionLevel,
    code: &str,
) -> geocrm_domain::region::RegionId {
    store
        .region(level, code)
        .await
        .expect("it reads")
        .expect("it is there")
        .id
}

/// Twelve addresses at x = 0, 1,000, … 11,000; the last has no region.
pub async fn addresses(store: &Store) -> Bundle {
    let west = leaf(store, RegionLevel::Neighbourhood, "BU1").await;
    let east = leaf(store, RegionLevel::Neighbourhood, "BU2").await;
    let old = leaf(store, RegionLevel::Municipality2016, "0363").await;
    let rows = (0..12).map(|i| AddressRow {
        source_key: format!("n{i}"),
        address: PostalAddress {
            street: Some("Dam\trak \\ of zo".to_owned()),
            house_number: Some(format!("{i}-H")),
            postcode: [None, Some("1012LG"), Some("80331")][i as usize % 3].map(str::to_owned),
            city: (i != 4).then(|| ["Amsterdam", "Ærø", "ÉVORA"][i as usize % 3].to_owned()),
            country: Some("NL".to_owned()),
        },
        place: at(i * 1_000, 5_000),
        building_key: (i < 3).then(|| "w1".to_owned()),
        dwellings: i % 3,
        setting: Setting {
            housing_type: (i % 4 != 0)
                .then_some((HousingType::ALL[i as usize % 3], Confidence::Derived)),
            building_form: (i % 2 == 0).then_some((BuildingForm::Row, Confidence::Stated)),
            building_use: Some((BuildingUse::Dwelling, Confidence::Assumed)),
            building_year: (i != 5).then_some(1690 + i * 35),
            storeys: (i != 6).then_some(i),
            footprint_m2: Some(50 + i),
            park_distance_m: (i > 1).then_some(i * 500),
            road_condition: (i > 2).then_some(i * 9),
            leaves: Leaves {
                admin: match i {
                    0..=5 => Some(west),
                    6..=10 => Some(east),
                    _ => None,
                },
                admin_2016: (i != 11).then_some(old),
                admin_2015: None,
            },
        },
    });
    Bundle {
        addresses: rows.collect(),
        ..Bundle::default()
    }
}

pub async fn objects(store: &Store) -> Bundle {
    let west = leaf(store, RegionLevel::Neighbourhood, "BU1").await;
    let leaves = Leaves {
        admin: Some(west),
        ..Leaves::default()
    };
    let road = |n: i32, condition: Option<(u8, Confidence)>| RoadRow {
        source_key: format!("w9{n}"),
        geometry: vec![at(0, n * 10), at(1_000, n * 10 + 7), at(4_001, n * 10)],
        name: (n == 1).then(|| "Dam\nstraat".to_owned()),
        class: RoadClass::Residential,
        surface: Some("asphalt".to_owned()),
        smoothness: None,
        maxspeed_kmh: (n > 1).then_some(30),
        oneway: n == 2,
        is_bridge_or_tunnel: n == 3,
        condition,
        length_cm: 10_000 * i64::from(n),
        midpoint: at(2_000, n * 10),
        leaves,
    };
    Bundle {
        buildings: vec![BuildingRow {
            source_key: "w1".to_owned(),
            geometry: MultiPolygon(vec![
                Polygon {
                    exterior: ring((0, 0), (3_000, 300)),
                    holes: vec![ring((100, 100), (200, 200))],
                },
                Polygon {
                    exterior: ring((0, 1_000), (10, 1_010)),
                    holes: vec![],
                },
            ]),
            name: Some("Het Paleis".to_owned()),
            housing_type: Some((HousingType::Apartment, Confidence::Derived)),
            form: None,
            building_use: Some((BuildingUse::Public, Confidence::Stated)),
            building_year: Some(1655),
            storeys: Some(4),
            footprint_m2: 4_000,
            dwellings: 3,
            leaves,
        }],
        roads: vec![
            road(1, Some((90, Confidence::Stated))),
            road(2, Some((40, Confidence::Derived))),
            road(3, None),
        ],
        areas: vec![
            AreaRow {
                source_key: "r5".to_owned(),
                kind: AreaKind::Water,
                name: None,
                geometry: boxed((0, 0), (50, 60)),
                area_m2: 12,
            },
            AreaRow {
                source_key: "r6".to_owned(),
                kind: AreaKind::BusinessPark,
                name: Some("Sloterdijk".to_owned()),
                geometry: boxed((100, 0), (150, 60)),
                area_m2: 13,
            },
        ],
        places: vec![PlaceRow {
            source_key: "n7".to_owned(),
            name: "Amsterdam".to_owned(),
            kind: "city".to_owned(),
            place: at(1, 2),
            population: Some(931_298),
        }],
        ..Bundle::default()
    }
}

fn figure(code: &str, indicator: &str, year: i32, value_e4: Option<i64>) -> IndicatorRow {
    IndicatorRow {
        level: RegionLevel::Neighbourhood,
        region_code: code.to_owned(),
        indicator: indicator.to_owned(),
        year,
        value_e4,
        suppressed: value_e4.is_none(),
    }
}

pub fn statistics() -> Bundle {
    let flow = |from: &str, to: &str, persons_e3| FlowRow {
        level: RegionLevel::Municipality2016,
        origin_code: from.to_owned(),
        destination_code: to.to_owned(),
        mode: "car".to_owned(),
        year: 2016,
        persons_e3,
    };
    Bundle {
        indicator_defs: vec![IndicatorDef {
            indicator: "population".to_owned(),
            title_en: "Population".to_owned(),
            title_nl: "Inwoners".to_owned(),
            unit: "persons".to_owned(),
            additive: true,
        }],
        indicators: vec![
            figure("BU1", "population", 2023, Some(10_050_000)),
            figure("BU1", "population", 2024, Some(10_100_000)),
            figure("BU2", "population", 2024, None),
            // Published for a region whose shape is not loaded.
            figure("BU9", "population", 2024, Some(7)),
        ],
        postcodes: vec![PostcodeRow {
            postcode: "1012LG".to_owned(),
            households: Some(20),
            inhabitants: None,
            suppressed: true,
        }],
        flows: vec![
            flow("0363", "0363", 5_500),
            flow("0363", "0344", 700),
            flow("0344", "0363", 1),
        ],
        territories: vec![
            TerritoryRow {
                code: "T1".to_owned(),
                name: "West".to_owned(),
                region_codes: vec![(RegionLevel::Neighbourhood, "BU1".to_owned())],
                representative: Some(("west@example.org".to_owned(), "W. Est".to_owned())),
            },
            TerritoryRow {
                code: "T2".to_owned(),
                name: "East".to_owned(),
                region_codes: vec![],
                representative: None,
            },
        ],
        ..Bundle::default()
    }
}

/// A database with all of the above.
pub async fn loaded() -> TestDatabase {
    let db = TestDatabase::new().await.expect("a test database");
    let store = &db.store;
    store
        .replace_dataset(meta("regions"), &regions(), 0)
        .await
        .expect("regions load");
    let rows = addresses(store).await;
    store
        .replace_dataset(meta("addresses"), &rows, 2)
        .await
        .expect("addresses load");
    let rows = objects(store).await;
    store
        .replace_dataset(meta("objects"), &rows, 0)
        .await
        .expect("objects load");
    store
        .replace_dataset(meta("statistics"), &statistics(), 0)
        .await
        .expect("statistics load");
    db
}

pub fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub fn actor(day: u32) -> Actor {
    Actor {
        user: None,
        at: noon(day),
    }
}

/// A customer in BU1 without a leaf; change what matters.
pub fn account(n: u128) -> AccountRecord {
    AccountRecord {
        account: Account {
            id: AccountId(uuid(n)),
            version: 1,
            name: format!("Café {n}"),
            kind: AccountKind::Organisation,
            status: AccountStatus::Customer,
            category: Some("amenity=cafe".to_owned()),
            email: None,
            phone: None,
            note: Some("line one\nline two".to_owned()),
            address: PostalAddress {
                street: Some("Damrak".to_owned()),
                house_number: Some(n.to_string()),
                postcode: Some("1012LG".to_owned()),
                city: Some("Amsterdam".to_owned()),
                country: Some("NL".to_owned()),
            },
            place: Some(at(1_000, 1_000)),
            place_state: PlaceState::Matched,
            address_id: None,
            territory: Some("T1".to_owned()),
            owner: None,
            revenue_cents: Some(123_456),
            currency: "EUR".to_owned(),
            external_key: Some(format!("key-{n}")),
            customer_since_on: NaiveDate::from_ymd_opt(2021, 8, 30),
            last_contact_on: NaiveDate::from_ymd_opt(2026, 1, 2),
            created_at: noon(1),
            updated_at: noon(1),
            deleted_at: None,
        },
        setting: Setting {
            housing_type: Some((HousingType::Apartment, Confidence::Assumed)),
            building_year: Some(1900),
            ..Setting::default()
        },
    }
}

pub async fn create(store: &Store, record: AccountRecord) -> AccountRecord {
    store
        .create_account(
            &geocrm_domain::VisibleScope::everything(),
            actor(2),
            record.account,
            record.setting,
        )
        .await
        .expect("it is created")
}

pub async fn make_user(store: &Store, n: u128, role: Role, territories: &[&str]) -> UserId {
    let id = UserId(uuid(n));
    let new = NewUser {
        id,
        email: format!("user{n}@example.org"),
        name: format!("User {n}"),
        role,
        password_hash: None,
        locale: "nl".to_owned(),
        territories: territories.iter().map(|t| (*t).to_owned()).collect(),
    };
    store
        .create_user(new, noon(1))
        .await
        .expect("the user is made");
    id
}
