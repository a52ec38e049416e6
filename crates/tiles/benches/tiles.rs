//! Tiles a second of W4 (choropleth zoom 8, hexagons zoom 9, points zoom 12), encoding alone: the values
//! are there, no HTTP, no compression, one thread. Prints medians of several rounds; asserts nothing.
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]

#[path = "../tests/support/patchwork.rs"]
mod patchwork;

use geocrm_domain::region::RegionLevel;
use geocrm_domain::{LngLat, TileId};
use geocrm_tiles::{
    AccountPoint, HexCell, HexagonTiles, TileSet, cells_touching_tile, default_resolution,
    encode_accounts, region_tiles,
};
use patchwork::{at, patchwork};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeSet, HashMap};
use std::hint::black_box;
use std::time::Instant;

const SEED: u64 = 42;
const ROUNDS: usize = 7;
/// 114 × 114 = 12,996 regions, a country's neighbourhoods.
const SIDE: usize = 114;
const POINTS: usize = 1_000_000;

fn main() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    println!("seed {SEED}, {ROUNDS} rounds, median (minimum – maximum) tiles a second, one thread");
    let regions = patchwork(&mut rng, SIDE, 3.4, 53.5, 0.028);
    let vertices: usize = regions.iter().map(|r| r.geometry.vertex_count()).sum();
    let built = Instant::now();
    let set = region_tiles(RegionLevel::Neighbourhood, &regions).expect("a tile set");
    println!(
        "{} regions, {vertices} vertices: built in {} ms, {} bytes",
        regions.len(),
        built.elapsed().as_millis(),
        set.byte_size()
    );
    for zoom in [8, 10] {
        choropleth(&mut rng, &set, &regions, zoom);
    }
    hexagons(&mut rng);
    points(&mut rng);
}

fn report(what: &str, tiles: usize, bytes: usize, mut round: impl FnMut()) {
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            round();
            tiles as f64 / start.elapsed().as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    println!(
        "{what}: {:.0} ({:.0} – {:.0}), {tiles} tiles of {} bytes",
        rates[ROUNDS / 2],
        rates[0],
        rates[ROUNDS - 1],
        bytes / tiles
    );
}

fn tiles_of(west: f64, north: f64, east: f64, south: f64, zoom: u8) -> Vec<TileId> {
    let (low, high) = (
        at(west, north).quadkey().tile(zoom),
        at(east, south).quadkey().tile(zoom),
    );
    (low.x..=high.x)
        .flat_map(|x| (low.y..=high.y).map(move |y| TileId { z: zoom, x, y }))
        .collect()
}

fn choropleth(
    rng: &mut ChaCha8Rng,
    set: &TileSet,
    regions: &[geocrm_tiles::RegionShape],
    zoom: u8,
) {
    let tiles = tiles_of(3.5, 53.4, 6.5, 50.4, zoom);
    let values: HashMap<&str, f64> = regions
        .iter()
        .map(|r| (r.code.as_str(), f64::from(rng.random_range(0..5_000u32))))
        .collect();
    let value = |code: &str| values.get(code).copied();
    let cold = Instant::now();
    let bytes: usize = tiles
        .iter()
        .map(|t| set.tile_with_values(*t, &value).len())
        .sum();
    println!(
        "choropleth z{zoom}, geometry cut for the first time: {:.0} tiles a second",
        tiles.len() as f64 / cold.elapsed().as_secs_f64()
    );
    report(
        &format!("choropleth z{zoom}, new values on known geometry"),
        tiles.len(),
        bytes,
        || {
            for tile in &tiles {
                black_box(set.tile_with_values(*tile, &value));
            }
        },
    );
}

fn hexagons(rng: &mut ChaCha8Rng) {
    let zoom = 9;
    let resolution = default_resolution(zoom);
    let work = tiles_of(3.5, 53.4, 6.5, 50.8, zoom);
    let cells = |tile: &TileId| cells_touching_tile(*tile, resolution).expect("cells");
    let all: BTreeSet<u64> = work.iter().flat_map(cells).collect();
    let figures: Vec<HexCell> = all
        .into_iter()
        .map(|cell| HexCell {
            cell,
            value: Some(f64::from(rng.random_range(0..5_000u32))),
            count: 1,
        })
        .collect();
    let cold = HexagonTiles::new();
    let known = HexagonTiles::new();
    let encode = |tiles: &HexagonTiles, tile: &TileId| {
        tiles
            .tile(*tile, resolution, &figures)
            .expect("a tile")
            .len()
    };
    let start = Instant::now();
    let bytes = work.iter().map(|tile| encode(&cold, tile)).sum();
    println!(
        "hexagons z9, outlines cut for the first time: {:.0} tiles a second",
        work.len() as f64 / start.elapsed().as_secs_f64()
    );
    report(
        "hexagons z9, new values on known outlines",
        work.len(),
        bytes,
        || {
            for tile in &work {
                black_box(encode(&known, tile));
            }
        },
    );
}

fn points(rng: &mut ChaCha8Rng) {
    let zoom = 12;
    let mut by_tile: HashMap<TileId, Vec<LngLat>> = HashMap::new();
    for _ in 0..POINTS {
        let place = at(rng.random_range(3.5..6.5), rng.random_range(50.8..53.4));
        by_tile
            .entry(place.quadkey().tile(zoom))
            .or_default()
            .push(place);
    }
    let mut work: Vec<(TileId, Vec<LngLat>)> = by_tile.into_iter().collect();
    work.sort_unstable();
    work.truncate(1_000);
    let ids: Vec<String> = (0..POINTS)
        .map(|i| format!("0190f3c1-2b6a-7c3d-9e4f-{i:012}"))
        .collect();
    let single = |(tile, places): &(TileId, Vec<LngLat>)| {
        let points = places.iter().zip(&ids).map(|(place, id)| AccountPoint {
            id,
            name: "Bakkerij De Korenaar",
            status: "customer",
            place_state: "matched",
            kind: "company",
            revenue_cents: Some(i64::from(place.lng_e7)),
            place: *place,
        });
        encode_accounts(*tile, points, &[]).expect("a tile").len()
    };
    let bytes = work.iter().map(single).sum();
    report("points z12, single", work.len(), bytes, || {
        for one in &work {
            black_box(single(one));
        }
    });
}
