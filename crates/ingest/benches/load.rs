//! How long the loaders take: each real extract read and enriched, and points looked up in regions.
//! Prints sizes and figures; asserts nothing. Needs `GEOCRM_DATA`; `make bench` runs it.

use geocrm_domain::region::{Region, RegionId};
use geocrm_domain::spatial::LngLat;
use geocrm_ingest::{Context, Kind, RegionIndex, derive, read, recipes};
use rand::{Rng, SeedableRng};
use rayon::prelude::*;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

const SEED: u64 = 1;
const POINTS: usize = 10_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let Ok(data) = std::env::var("GEOCRM_DATA").map(PathBuf::from) else {
        writeln!(
            std::io::stderr(),
            "GEOCRM_DATA is not set: nothing to measure"
        )?;
        return Ok(());
    };
    let mut out = std::io::stdout();
    let mut regions = Vec::new();
    let mut context = Context::default();
    for recipe in recipes() {
        let start = Instant::now();
        let loaded = read(&recipe, &data, &context)?;
        let read_ms = start.elapsed().as_secs_f64() * 1e3;
        let mut bundle = loaded.bundle;
        if recipe.kind == Kind::Regions {
            context.add_rows(&bundle.regions);
            regions.append(&mut bundle.regions);
        }
        let start = Instant::now();
        if recipe.kind == Kind::Osm {
            derive::enrich(&mut bundle, &RegionIndex::new(&[]), &[]);
        }
        let enrich_ms = start.elapsed().as_secs_f64() * 1e3;
        writeln!(
            out,
            "{}: {} bytes read {read_ms:.0} ms, enriched {enrich_ms:.0} ms, {:?}",
            recipe.code, loaded.meta.bytes, loaded.meta.row_counts
        )?;
    }
    let regions: Vec<Region> = regions
        .into_iter()
        .zip(1..)
        .map(|(row, id)| Region {
            id: RegionId(id),
            level: row.level,
            code: row.code,
            name: row.name,
            parent: None,
            label_point: LngLat::from_e7(0, 0),
            area_m2: 0.0,
            geometry: row.geometry,
        })
        .collect();
    let start = Instant::now();
    let index = RegionIndex::new(&regions);
    let build_ms = start.elapsed().as_secs_f64() * 1e3;
    for (name, west, south, east, north) in [
        ("Netherlands", 3.4, 50.8, 7.2, 53.5),
        ("Amsterdam", 4.75, 52.29, 5.05, 52.42),
    ] {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(SEED);
        let points: Vec<LngLat> = (0..POINTS)
            .filter_map(|_| {
                LngLat::from_degrees(rng.random_range(west..east), rng.random_range(south..north))
            })
            .collect();
        let start = Instant::now();
        let found = points
            .par_iter()
            .filter(|p| index.leaves(**p).admin.is_some())
            .count();
        writeln!(
            out,
            "{name}, seed {SEED}: {POINTS} points in {} regions (index {build_ms:.0} ms): {:.2} s, {found} found",
            regions.len(),
            start.elapsed().as_secs_f64()
        )?;
    }
    Ok(())
}
