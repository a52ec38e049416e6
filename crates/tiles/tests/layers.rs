//! The layers as the application builds them: what is drawn at which zoom, with which properties, and
//! that nothing is lost or doubled where tiles meet.

mod support;

use geocrm_domain::place::{AreaKind, BuildingForm, HousingType};
use geocrm_domain::road::RoadClass;
use geocrm_domain::{LngLat, MultiPolygon, Polygon, TileId};
use geocrm_tiles::{
    AccountCluster, AccountPoint, AreaShape, BuildingShape, FlowLine, FlowTable, ParkShape,
    PlacePoint, RoadShape, TileSet, base_tiles, building_tiles, business_park_tiles,
    encode_accounts, road_tiles,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use support::{Feature, Layer, Value, checked};

const BUFFER: i64 = 64;

fn at(lng: f64, lat: f64) -> LngLat {
    LngLat::from_degrees(lng, lat).expect("a position")
}

/// A square of `side` degrees.
fn square(lng: f64, lat: f64, side: f64) -> MultiPolygon {
    MultiPolygon(vec![Polygon {
        exterior: vec![
            at(lng, lat),
            at(lng + side, lat),
            at(lng + side, lat + side),
            at(lng, lat + side),
        ],
        holes: Vec::new(),
    }])
}

fn road(id: i64, class: RoadClass, geometry: Vec<LngLat>, condition: Option<i32>) -> RoadShape {
    RoadShape {
        id,
        name: Some(format!("Road {id}")),
        class,
        surface: None,
        condition,
        is_bridge_or_tunnel: id % 7 == 0,
        geometry,
    }
}

fn layer<'l>(layers: &'l [Layer], name: &str) -> &'l [Feature] {
    layers
        .iter()
        .find(|layer| layer.name == name)
        .map_or(&[], |layer| &layer.features)
}

fn tiles(set: &TileSet, zoom: u8) -> Vec<TileId> {
    let bounds = set.bounds().expect("bounds");
    let corner = |lng, lat| LngLat::from_e7(lng, lat).quadkey().tile(zoom);
    let (low, high) = (
        corner(bounds.min.lng_e7, bounds.max.lat_e7),
        corner(bounds.max.lng_e7, bounds.min.lat_e7),
    );
    (low.x - 1..=high.x + 1)
        .flat_map(|x| (low.y - 1..=high.y + 1).map(move |y| TileId { z: zoom, x, y }))
        .collect()
}

fn winding_road(rng: &mut ChaCha8Rng) -> Vec<LngLat> {
    let (mut lng, mut lat) = (rng.random_range(4.8..5.0), rng.random_range(52.3..52.4));
    (0..rng.random_range(2..40))
        .map(|_| {
            lng += rng.random_range(-0.004..0.006);
            lat += rng.random_range(-0.003..0.003);
            at(lng, lat)
        })
        .collect()
}

#[test]
fn the_base_map_is_valid_and_complete_at_every_zoom() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let areas: Vec<AreaShape> = (0..60)
        .map(|i| AreaShape {
            kind: [AreaKind::Water, AreaKind::Park, AreaKind::Residential][i % 3],
            name: (i % 2 == 0).then(|| format!("Area {i}")),
            area_m2: 1_000 * i as i64,
            geometry: square(
                rng.random_range(4.8..5.0),
                rng.random_range(52.3..52.4),
                0.0005 * i as f64 + 1e-6,
            ),
        })
        .collect();
    let classes = [RoadClass::Motorway, RoadClass::Residential, RoadClass::Path];
    let roads: Vec<RoadShape> = (0..60)
        .map(|i| road(i, classes[i as usize % 3], winding_road(&mut rng), None))
        .collect();
    let places: Vec<PlacePoint> = (0..40)
        .map(|i| PlacePoint {
            name: format!("Place {i}"),
            kind: ["city", "village", "hamlet", "locality"][i % 4].to_owned(),
            population: None,
            place: at(rng.random_range(4.8..5.0), rng.random_range(52.3..52.4)),
        })
        .collect();
    let houses = (0..50).map(|i| (i, square(4.9 + i as f64 * 2e-4, 52.35, 1e-4)));
    let set = base_tiles(areas, houses, &roads, &places).expect("a tile set");
    for zoom in [3, 6, 9, 12, 13, 15] {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for tile in tiles(&set, zoom) {
            let layers = checked(&set.tile(tile), BUFFER);
            for place in layer(&layers, "places") {
                *names.entry(place.text("name").to_owned()).or_default() += 1;
            }
            for name in ["land", "water", "roads", "buildings"] {
                *seen.entry(name).or_default() += layer(&layers, name).len();
            }
            if zoom < 12 {
                let wide = ["motorway"];
                let classes = layer(&layers, "roads");
                assert!(
                    classes
                        .iter()
                        .all(|road| wide.contains(&road.text("class")))
                );
            }
        }
        assert!(names.values().all(|n| *n == 1), "zoom {zoom}: {names:?}");
        assert_eq!(seen["buildings"] > 0, zoom >= 13, "zoom {zoom}");
        assert_eq!(seen["roads"] > 0, zoom >= 5, "zoom {zoom}");
        if zoom >= 13 {
            assert_eq!(names.len(), places.len());
            assert!(
                seen["land"] >= 40 && seen["water"] >= 20,
                "zoom {zoom}: {seen:?}"
            );
        }
    }
}

#[test]
fn a_road_goes_on_where_its_tile_ends() {
    let line: Vec<LngLat> = (0..=100)
        .map(|i| {
            at(
                4.85 + f64::from(i) * 0.001,
                52.35 + f64::from(i % 2) * 0.0004,
            )
        })
        .collect();
    let set = road_tiles(&[road(1, RoadClass::Primary, line, Some(90))]).expect("a tile set");
    for zoom in [10, 13, 15] {
        // Every step of the tile's own width must be covered, from the first tile to the last.
        let mut spans: Vec<(i64, i64)> = Vec::new();
        for tile in tiles(&set, zoom) {
            for feature in layer(&checked(&set.tile(tile), BUFFER), "roads") {
                assert_eq!(feature.text("condition_class"), "excellent");
                assert_eq!(feature.tag("condition"), Some(&Value::Int(90)));
                for part in &feature.parts {
                    let x = |p: &[i64; 2]| p[0] + i64::from(tile.x) * 4096;
                    let low = part.iter().map(x).min().expect("a vertex");
                    let high = part.iter().map(x).max().expect("a vertex");
                    spans.push((low, high));
                }
            }
        }
        spans.sort_unstable();
        let gaps = spans
            .windows(2)
            .filter(|pair| pair[1].0 > pair[0].1)
            .count();
        assert_eq!(gaps, 0, "zoom {zoom}: {spans:?}");
        assert!(zoom == 10 || spans.len() > 1);
    }
}

#[test]
fn thematic_layers_carry_codes_and_leave_out_what_is_unknown() {
    let building = BuildingShape {
        id: 77,
        name: None,
        housing_type: Some(HousingType::Terraced),
        form: Some(BuildingForm::Row),
        building_use: None,
        building_year: Some(1931),
        storeys: None,
        geometry: square(4.9, 52.35, 1e-4),
    };
    let tile = at(4.90005, 52.35005).quadkey().tile(15);
    let set = building_tiles([building]).expect("a tile set");
    let layers = checked(&set.tile(tile), BUFFER);
    let feature = &layer(&layers, "buildings")[0];
    assert_eq!(feature.tag("id"), Some(&Value::Int(77)));
    assert_eq!(feature.text("housing_type"), "terraced");
    assert_eq!(feature.text("age_class"), "1900_1944");
    assert_eq!(feature.tag("building_use"), None);
    assert_eq!(feature.tag("storeys"), None);

    let parks = [ParkShape {
        id: 5,
        name: Some("De Vesting".to_owned()),
        area_m2: 90_000,
        geometry: square(4.9, 52.35, 4e-3),
    }];
    let set = business_park_tiles(&parks).expect("a tile set");
    let mut labels = 0;
    for tile in tiles(&set, 15) {
        labels += layer(&checked(&set.tile(tile), BUFFER), "labels").len();
    }
    assert_eq!(labels, 1);
}

#[test]
fn accounts_outside_the_tile_are_in_none_of_its_bytes() {
    let tile = at(4.9, 52.35).quadkey().tile(14);
    let bbox = tile.bbox(0.0);
    let step = |lng_e7: i32| LngLat::from_e7(bbox.max.lng_e7 + lng_e7, 523_500_000);
    let point = |id: &'static str, place| AccountPoint {
        id,
        name: id,
        status: "prospect",
        place_state: "pinned",
        kind: "company",
        revenue_cents: None,
        place,
    };
    let inside = point("inside", at(4.9, 52.35));
    let beside = point("secret", step(40));
    let clusters = [AccountCluster {
        place: at(4.9, 52.35),
        count: 4,
        customers: 1,
        revenue_cents: -250,
    }];
    let bytes = encode_accounts(tile, [inside, beside], &clusters).expect("a tile");
    assert!(!bytes.windows(6).any(|w| w == b"secret"));
    let layers = checked(&bytes, BUFFER);
    let features = layer(&layers, "accounts");
    assert_eq!(features.len(), 2);
    assert_eq!(features[0].tag("share"), Some(&Value::Double(0.25)));
    assert_eq!(features[0].tag("revenue_cents"), Some(&Value::Int(-250)));
    assert_eq!(features[0].tag("id"), None);
    assert_eq!(features[1].text("id"), "inside");
    assert_eq!(features[1].tag("cluster"), Some(&Value::Bool(false)));
}

#[test]
fn flows_are_valid_and_the_same_ones_in_every_tile_of_a_zoom() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let towns: Vec<LngLat> = (0..30)
        .map(|_| at(rng.random_range(4.0..6.5), rng.random_range(51.2..53.2)))
        .collect();
    let flows: Vec<FlowLine> = (0..900)
        .map(|i| FlowLine {
            origin: format!("GM{:02}", i / 30),
            destination: format!("GM{:02}", i % 30),
            origin_point: towns[i / 30],
            destination_point: towns[i % 30],
            persons: f64::from(rng.random_range(0..9_000u32)) / 10.0,
        })
        .collect();
    let table = FlowTable::new(flows).expect("a table");
    let mut last = 0;
    for zoom in [4, 6, 8] {
        let mut drawn: BTreeMap<(String, String), f64> = BTreeMap::new();
        let (low, high) = (
            at(3.0, 54.0).quadkey().tile(zoom),
            at(7.5, 50.5).quadkey().tile(zoom),
        );
        for x in low.x..=high.x {
            for y in low.y..=high.y {
                let bytes = table.tile(TileId { z: zoom, x, y }).expect("a tile");
                for feature in layer(&checked(&bytes, BUFFER), "flows") {
                    let pair = (
                        feature.text("origin").to_owned(),
                        feature.text("destination").to_owned(),
                    );
                    assert_ne!(pair.0, pair.1);
                    let Some(Value::Double(persons)) = feature.tag("persons") else {
                        panic!("{:?}", feature.tags);
                    };
                    let before = drawn.insert(pair, *persons);
                    assert!(before.is_none_or(|p| p.to_bits() == persons.to_bits()));
                }
            }
        }
        assert!(drawn.len() > last, "zoom {zoom}");
        last = drawn.len();
    }
}
