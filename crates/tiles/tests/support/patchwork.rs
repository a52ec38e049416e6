//! Made-up regions that fill a square without gap or overlap: a grid whose corners and borders wiggle.
//! Used by the tests and by the benchmark.

use geocrm_domain::{LngLat, MultiPolygon, Polygon};
use geocrm_tiles::RegionShape;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

pub fn at(lng: f64, lat: f64) -> LngLat {
    LngLat::from_degrees(lng.clamp(-180.0, 180.0), lat.clamp(-90.0, 90.0)).expect("a position")
}

pub fn region(code: &str, geometry: MultiPolygon, label_point: LngLat) -> RegionShape {
    RegionShape {
        code: code.to_owned(),
        name: format!("Region {code}"),
        parent_code: None,
        label_point,
        geometry,
    }
}

/// Regions in a grid of `n` × `n` whose borders wiggle; every region has both sides' vertices.
pub fn patchwork(
    rng: &mut ChaCha8Rng,
    n: usize,
    west: f64,
    north: f64,
    side: f64,
) -> Vec<RegionShape> {
    let corner: Vec<Vec<(f64, f64)>> = (0..=n)
        .map(|row| {
            (0..=n)
                .map(|column| {
                    let mut jitter = |i: usize| {
                        if i == 0 || i == n {
                            0.0
                        } else {
                            rng.random_range(-0.2..0.2)
                        }
                    };
                    let (x, y) = (column as f64 + jitter(column), row as f64 + jitter(row));
                    (west + x * side, north - y * side)
                })
                .collect()
        })
        .collect();
    let mut wiggly = |a: (f64, f64), b: (f64, f64), straight: bool| -> Vec<LngLat> {
        let pieces = 40;
        (0..pieces)
            .map(|i| {
                let t = f64::from(i) / f64::from(pieces);
                let off = if i == 0 || straight {
                    0.0
                } else {
                    rng.random_range(-0.02..0.02) * side
                };
                at(
                    a.0 + (b.0 - a.0) * t - (b.1 - a.1).signum() * off,
                    a.1 + (b.1 - a.1) * t + (b.0 - a.0).signum() * off,
                )
            })
            .collect()
    };
    // East-going edges of every row and south-going edges of every column.
    let mut east = BTreeMap::new();
    let mut south = BTreeMap::new();
    for row in 0..=n {
        for column in 0..=n {
            if column < n {
                let edge = wiggly(corner[row][column], corner[row][column + 1], row % n == 0);
                east.insert((row, column), edge);
            }
            if row < n {
                let edge = wiggly(
                    corner[row][column],
                    corner[row + 1][column],
                    column % n == 0,
                );
                south.insert((row, column), edge);
            }
        }
    }
    let place = |(x, y): (f64, f64)| at(x, y);
    let back = |edge: &[LngLat], end: LngLat| -> Vec<LngLat> {
        std::iter::once(end)
            .chain(edge[1..].iter().rev().copied())
            .collect()
    };
    let mut out = Vec::new();
    for row in 0..n {
        for column in 0..n {
            let (se, sw) = (
                place(corner[row + 1][column + 1]),
                place(corner[row + 1][column]),
            );
            let exterior = [
                east[&(row, column)].clone(),
                south[&(row, column + 1)].clone(),
                back(&east[&(row + 1, column)], se),
                back(&south[&(row, column)], sw),
            ]
            .concat();
            let label = at(
                west + (column as f64 + 0.5) * side,
                north - (row as f64 + 0.5) * side,
            );
            let shape = MultiPolygon(vec![Polygon {
                exterior,
                holes: Vec::new(),
            }]);
            out.push(region(&format!("R{row:03}{column:03}"), shape, label));
        }
    }
    out
}
