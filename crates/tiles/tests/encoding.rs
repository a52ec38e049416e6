//! What every tile must hold, whatever shapes it is made of: valid rings inside the buffer, borders that
//! meet, labels and totals that do not depend on where the map is cut.

#[path = "support/areas.rs"]
mod areas;
#[path = "support/patchwork.rs"]
mod patchwork;
mod support;

use areas::{area, area_sum, union_area};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{LngLat, MultiPolygon, Polygon, TileId};
use geocrm_tiles::{HexCell, RegionShape, TileSet, cells_touching_tile, default_resolution};
use patchwork::{at, patchwork, region};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use support::{Value, checked};

const BUFFER: i64 = 64;

fn regions(shapes: &[RegionShape]) -> TileSet {
    geocrm_tiles::region_tiles(RegionLevel::Country, shapes).expect("a tile set")
}

/// A ring around a centre with as many vertices and as rough as asked.
fn rough_ring(
    rng: &mut ChaCha8Rng,
    centre: (f64, f64),
    radius: f64,
    vertices: usize,
) -> Vec<LngLat> {
    (0..vertices)
        .map(|i| {
            let angle = i as f64 / vertices as f64 * std::f64::consts::TAU;
            let r = radius * rng.random_range(0.3..1.0);
            at(centre.0 + r * angle.cos(), centre.1 + r * angle.sin())
        })
        .collect()
}

fn tiles_around(rng: &mut ChaCha8Rng, shape: &MultiPolygon, zoom: u8) -> Vec<TileId> {
    let vertices: Vec<LngLat> = shape
        .0
        .iter()
        .flat_map(Polygon::rings)
        .flatten()
        .copied()
        .collect();
    (0..4)
        .map(|_| {
            vertices[rng.random_range(0..vertices.len())]
                .quadkey()
                .tile(zoom)
        })
        .collect()
}

#[test]
fn any_polygon_gives_valid_tiles() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for round in 0..400 {
        let centre = (
            rng.random_range(-180.0..180.0),
            rng.random_range(-89.0..89.0),
        );
        let radius = 10f64.powf(rng.random_range(-5.0..2.3));
        let vertices = rng.random_range(3..60);
        let mut exterior = rough_ring(&mut rng, centre, radius, vertices);
        let mut holes = Vec::new();
        match round % 5 {
            // Self-crossing nonsense.
            1 => exterior.sort_by_key(|p| (p.lng_e7 ^ p.lat_e7) & 0xffff),
            // Spikes: there and back again.
            2 => {
                let far = at(centre.0 + radius * 50.0, centre.1);
                exterior.insert(1, far);
                exterior.insert(1, exterior[0]);
            }
            // Holes inside, outside and on top of each other.
            3 => {
                for _ in 0..4 {
                    let shift = (
                        centre.0 + radius * rng.random_range(-0.3..0.3),
                        centre.1 + radius * rng.random_range(-0.3..0.3),
                    );
                    holes.push(rough_ring(&mut rng, shift, radius * 0.2, 7));
                }
            }
            // All vertices in one spot or on one line.
            4 => exterior
                .iter_mut()
                .for_each(|p| p.lat_e7 = p.lat_e7 / 1_000_000 * 1_000_000),
            _ => {}
        }
        let shape = MultiPolygon(vec![Polygon { exterior, holes }]);
        let set = regions(&[region("A", shape.clone(), at(centre.0, centre.1))]);
        for zoom in [0, 1, 3, 6, 9, 12, 14] {
            for tile in tiles_around(&mut rng, &shape, zoom) {
                checked(&set.tile(tile), BUFFER);
            }
        }
    }
}

#[test]
fn a_shape_around_the_world_fills_every_tile() {
    let world = MultiPolygon(vec![Polygon {
        exterior: vec![
            at(-180.0, -90.0),
            at(180.0, -90.0),
            at(180.0, 90.0),
            at(-180.0, 90.0),
        ],
        holes: Vec::new(),
    }]);
    let set = regions(&[region("A", world, at(0.0, 0.0))]);
    for (z, x, y) in [(2, 1, 1), (7, 65, 42), (14, 8_400, 5_400)] {
        let layers = checked(&set.tile(TileId::new(z, x, y).expect("a tile")), BUFFER);
        let area = area(&layers[0].features[0]);
        assert!((area - 4_224.0f64.powi(2)).abs() < 1.0, "{area}");
    }
}

#[test]
fn neighbours_share_their_border_at_every_zoom() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let n = 8;
    let shapes = patchwork(&mut rng, n, 4.0, 53.0, 0.25);
    let set = regions(&shapes);
    let mut thinned = usize::MAX;
    for zoom in (4..=14).rev() {
        let middle = at(5.0, 52.0).quadkey().tile(zoom);
        let layers = checked(&set.tile(middle), BUFFER);
        let features = &layers[0].features;
        let (sum, union) = (area_sum(features), union_area(features));
        assert!(
            (sum - union).abs() <= union * 1e-4 + 8.0,
            "zoom {zoom}: {sum} drawn on {union}, neighbours overlap"
        );
        if zoom >= 9 {
            let window = 4_224.0f64.powi(2);
            assert!(
                (union - window).abs() <= window * 1e-5,
                "zoom {zoom}: {} of {window} steps are a gap",
                window - union
            );
        } else if zoom == 4 {
            let vertices: usize = features.iter().flat_map(|f| &f.parts).map(Vec::len).sum();
            thinned = vertices;
        }
    }
    assert!(thinned < n * n * 20, "{thinned} vertices at zoom 4");
}

#[test]
fn every_label_is_in_one_tile_only() {
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    let mut shapes = patchwork(&mut rng, 6, 4.0, 53.0, 0.3);
    // One label exactly on the corner of four tiles of zoom 9.
    shapes[7].label_point = TileId {
        z: 9,
        x: 264,
        y: 168,
    }
    .bbox(0.0)
    .min;
    let set = regions(&shapes);
    for zoom in [6, 8, 9, 10] {
        let bounds = set.bounds().expect("bounds");
        let (low, high) = (
            LngLat::from_e7(bounds.min.lng_e7, bounds.max.lat_e7)
                .quadkey()
                .tile(zoom),
            LngLat::from_e7(bounds.max.lng_e7, bounds.min.lat_e7)
                .quadkey()
                .tile(zoom),
        );
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for x in low.x - 1..=high.x + 1 {
            for y in low.y - 1..=high.y + 1 {
                for layer in checked(&set.tile(TileId { z: zoom, x, y }), BUFFER) {
                    for feature in layer.features.iter().filter(|_| layer.name == "labels") {
                        *seen.entry(feature.text("code").to_owned()).or_default() += 1;
                    }
                }
            }
        }
        assert!(seen.values().all(|n| *n == 1), "zoom {zoom}: {seen:?}");
        if zoom == 10 {
            assert_eq!(seen.len(), shapes.len());
        }
    }
}

#[test]
fn a_hexagon_has_the_same_total_in_every_tile() {
    for zoom in [5, 8, 9, 12, 13] {
        let resolution = default_resolution(zoom);
        let middle = at(5.0, 52.2).quadkey().tile(zoom);
        let mut totals: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut drawn: BTreeMap<String, usize> = BTreeMap::new();
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let tile = TileId {
                z: zoom,
                x: middle.x + dx,
                y: middle.y + dy,
            };
            let cells: Vec<HexCell> = cells_touching_tile(tile, resolution)
                .expect("cells")
                .into_iter()
                .map(|cell| HexCell {
                    cell,
                    value: Some((cell % 1_000) as f64 + 0.5),
                    count: cell % 77,
                })
                .collect();
            let bytes = geocrm_tiles::encode_hexagons(tile, &cells).expect("a tile");
            for feature in &checked(&bytes, BUFFER)[0].features {
                let id = feature.text("id").to_owned();
                let figures = format!("{:?} {:?}", feature.tag("value"), feature.tag("count"));
                assert_eq!(
                    feature.tag("count"),
                    Some(&Value::Int(
                        (u64::from_str_radix(&id, 16).expect("hex") % 77) as i64
                    ))
                );
                totals.entry(id.clone()).or_default().insert(figures);
                *drawn.entry(id).or_default() += 1;
            }
        }
        assert!(totals.values().all(|figures| figures.len() == 1));
        assert!(
            drawn.values().any(|n| *n == 4),
            "zoom {zoom}: the common corner"
        );
    }
}

#[test]
fn hexagons_leave_no_gap() {
    for zoom in [6, 9, 12] {
        let tile = at(5.0, 52.2).quadkey().tile(zoom);
        let cells: Vec<HexCell> = cells_touching_tile(tile, default_resolution(zoom))
            .expect("cells")
            .into_iter()
            .map(|cell| HexCell {
                cell,
                value: None,
                count: 1,
            })
            .collect();
        let bytes = geocrm_tiles::encode_hexagons(tile, &cells).expect("a tile");
        let layers = checked(&bytes, BUFFER);
        let window = 4_224.0f64.powi(2);
        let union = union_area(&layers[0].features);
        assert!(
            (union - window).abs() < window * 1e-4,
            "zoom {zoom}: {union} of {window}"
        );
    }
}

#[test]
fn values_join_by_code_and_the_geometry_stays() {
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    let set = regions(&patchwork(&mut rng, 4, 4.0, 53.0, 0.5));
    let tile = at(5.0, 52.0).quadkey().tile(7);
    let plain = checked(&set.tile(tile), BUFFER);
    let value = |code: &str| (code != "R001001").then_some(code.len() as f64 + 0.25);
    let valued = checked(&set.tile_with_values(tile, &value), BUFFER);
    assert_eq!(plain.len(), valued.len());
    for (a, b) in plain.iter().zip(&valued) {
        for (a, b) in a.features.iter().zip(&b.features) {
            assert_eq!(a.parts, b.parts);
            let expected = value(a.text("code")).map(Value::Double);
            assert_eq!(b.tag("value"), expected.as_ref());
            assert_eq!(a.tags, b.tags[..a.tags.len()]);
        }
    }
}

#[test]
fn tiles_outside_the_zooms_or_without_shapes_are_empty() {
    let mut rng = ChaCha8Rng::seed_from_u64(19);
    let set = regions(&patchwork(&mut rng, 2, 4.0, 53.0, 0.5));
    assert!(set.tile(at(-100.0, 0.0).quadkey().tile(8)).is_empty());
    assert!(set.tile(at(4.5, 52.5).quadkey().tile(15)).is_empty());
    assert!(!set.tile(at(4.5, 52.5).quadkey().tile(14)).is_empty());
}

#[test]
#[should_panic(expected = "is no exterior")]
fn the_checks_catch_a_ring_wound_the_wrong_way() {
    // A tile with one polygon feature, counter-clockwise on the screen: (0,0) (0,9) (9,9) (9,0).
    let geometry = [9, 0, 0, 26, 0, 18, 18, 0, 0, 17, 15];
    checked(&hand_made(&geometry), BUFFER);
}

#[test]
#[should_panic(expected = "Invalid")]
fn the_checks_catch_a_bow_tie() {
    // (0,0) (20,0) (0,10) (20,10) has its crossing in the middle but some positive area left: (5,20).
    let geometry = [9, 0, 0, 34, 40, 0, 39, 20, 40, 0, 29, 20, 15];
    checked(&hand_made(&geometry), BUFFER);
}

fn hand_made(geometry: &[u8]) -> Vec<u8> {
    let mut feature = vec![0x18, 3, 0x22, geometry.len() as u8];
    feature.extend_from_slice(geometry);
    let mut layer = vec![0x0a, 1, b'x', 0x12, feature.len() as u8];
    layer.extend_from_slice(&feature);
    layer.extend_from_slice(&[0x28, 0x80, 0x20, 0x78, 2]);
    let mut tile = vec![0x1a, layer.len() as u8];
    tile.extend_from_slice(&layer);
    tile
}
