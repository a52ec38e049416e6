//! Where can the records of an area be? In a few runs of quadkeys, found by taking the world's quads apart as long
//! as they touch the area. They prune files by their quad and row groups by their least and greatest quadkey; they
//! may hold more than the area, never less, so the exact test still has the last word.

use crate::geometry::{Area, Bounds, LngLat, Polygon, Side, meets_edge, orientation};
use anyhow::Context;
use datafusion::prelude::{Expr, ident, lit};
use std::f64::consts::PI;

/// Quads of one cover, more or less: every one is a comparison for each row that is read.
const MOST_QUADS: usize = 24;
/// Deepest quads, some ten metres wide.
const DEEPEST: u8 = 22;
/// Latitude of the poles, in 1e-7 degrees.
const POLE_E7: i32 = 900_000_000;

/// A tile of the Web-Mercator pyramid; y counts from the north.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quad {
    pub z: u8,
    pub x: u32,
    pub y: u32,
}

impl Quad {
    /// Of its digits, 0 to 3 from the widest quad inwards: 1 is east, 2 is south.
    pub fn from_digits(digits: &str) -> anyhow::Result<Self> {
        let mut quad = Self { z: 0, x: 0, y: 0 };
        for digit in digits.chars() {
            let digit = digit.to_digit(4).filter(|_| quad.z < DEEPEST);
            quad = quad.child(digit.with_context(|| format!("{digits:?} is not a quad"))?);
        }
        Ok(quad)
    }

    fn child(self, digit: u32) -> Self {
        Self {
            z: self.z + 1,
            x: 2 * self.x + (digit & 1),
            y: 2 * self.y + (digit >> 1),
        }
    }

    /// First and last quadkey: 32 bits of x between 32 bits of y, x in the even bits.
    pub fn quadkeys(self) -> (u64, u64) {
        let spread = |v: u32| {
            (0..u32::from(self.z))
                .map(|bit| u64::from(v >> bit & 1) << (2 * bit))
                .sum::<u64>()
        };
        let key = spread(self.x) | spread(self.y) << 1;
        let open = 64 - 2 * u32::from(self.z);
        let low = key.checked_shl(open).unwrap_or(0);
        (
            low,
            low | 1u64.checked_shl(open).unwrap_or(0).wrapping_sub(1),
        )
    }

    /// Bounds around every place whose quadkey lies in the quad: two units more for the rounding of its corners,
    /// and to the poles where Web Mercator ends.
    pub fn bounds(self) -> Bounds {
        let n = f64::from(self.z).exp2();
        let lng_e7 = |x: u32| ((f64::from(x) / n - 0.5) * 3.6e9).round() as i32;
        let lat_e7 = |y: u32| {
            let mercator = (0.5 - f64::from(y) / n) * 2.0 * PI;
            (mercator.sinh().atan().to_degrees() * 1e7).round() as i32
        };
        let last = (1u32 << self.z) - 1;
        let south = if self.y == last {
            -POLE_E7
        } else {
            lat_e7(self.y + 1) - 2
        };
        let north = if self.y == 0 {
            POLE_E7
        } else {
            lat_e7(self.y) + 2
        };
        Bounds {
            min: LngLat::new(lng_e7(self.x) - 2, south),
            max: LngLat::new(lng_e7(self.x + 1) + 2, north),
        }
    }
}

/// Runs of quadkeys, first and last, rising and apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover(Vec<(u64, u64)>);

impl Cover {
    pub fn of(area: &Area) -> Self {
        let mut quads = vec![Quad { z: 0, x: 0, y: 0 }];
        for _ in 0..DEEPEST {
            let finer: Vec<Quad> = quads
                .iter()
                .flat_map(|quad| (0..4).map(|digit| quad.child(digit)))
                .filter(|quad| touches(area, quad.bounds()))
                .collect();
            if finer.len() > MOST_QUADS {
                break;
            }
            quads = finer;
        }
        let mut ranges: Vec<(u64, u64)> = quads.into_iter().map(Quad::quadkeys).collect();
        ranges.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::new();
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(run) if run.1.checked_add(1) == Some(first) => run.1 = last,
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    /// Whether a quadkey from `first` to `last` can be of the area.
    pub fn meets(&self, first: u64, last: u64) -> bool {
        self.0.iter().any(|run| run.0 <= last && first <= run.1)
    }

    /// True for the quadkeys of the runs.
    pub fn expression(&self) -> Expr {
        self.0
            .iter()
            .map(|(first, last)| ident("quadkey").between(lit(*first), lit(*last)))
            .reduce(Expr::or)
            .unwrap_or(lit(false))
    }
}

fn edges(ring: &[LngLat]) -> impl Iterator<Item = (LngLat, LngLat)> {
    let before = ring.iter().cycle().skip(ring.len().saturating_sub(1));
    before.copied().zip(ring.iter().copied())
}

/// Whether the area and the box share a place: an edge runs through it, or all of it lies inside.
fn touches(area: &Area, quad: Bounds) -> bool {
    area.0.iter().any(|Polygon(rings)| {
        rings
            .first()
            .and_then(|exterior| Bounds::around(exterior))
            .is_some_and(|all| all.meets(&quad))
            && (rings
                .iter()
                .any(|ring| edges(ring).any(|(a, b)| edge_touches(a, b, quad)))
                || holds(rings, quad.min))
    })
}

fn holds(rings: &[Vec<LngLat>], p: LngLat) -> bool {
    let side = |ring: &Vec<LngLat>| {
        let mut inside = false;
        for (a, b) in edges(ring) {
            match meets_edge(a, b, p) {
                None => return Side::Edge,
                Some(crosses) => inside ^= crosses,
            }
        }
        if inside { Side::Inside } else { Side::Outside }
    };
    side(&rings[0]) != Side::Outside && rings[1..].iter().all(|hole| side(hole) != Side::Inside)
}

/// Whether a segment and a box share a place: their bounds do, and not all corners lie on one side of it.
fn edge_touches(a: LngLat, b: LngLat, quad: Bounds) -> bool {
    if !Bounds::around(&[a, b]).is_some_and(|bounds| bounds.meets(&quad)) {
        return false;
    }
    let sides = quad
        .corners()
        .map(|corner| orientation(a, b, corner).signum());
    !(sides.iter().all(|side| *side > 0) || sides.iter().all(|side| *side < 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slabs::Slabs;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Quadkey of a place, from its Web-Mercator position.
    fn quadkey(at: LngLat) -> u64 {
        let limit = 85.051_128_779_806_59;
        let lat = at.lat().clamp(-limit, limit).to_radians();
        let cell = |v: f64| (v * 4_294_967_296.0).clamp(0.0, 4_294_967_295.0) as u32;
        let (x, y) = (
            cell(at.lng() / 360.0 + 0.5),
            cell(0.5 - lat.tan().asinh() / (2.0 * PI)),
        );
        (0..32)
            .map(|bit| (u64::from(x >> bit & 1) | u64::from(y >> bit & 1) << 1) << (2 * bit))
            .sum()
    }

    #[test]
    fn digits_name_the_quad_they_were_made_of() {
        let quad = |digits| Quad::from_digits(digits).map(|q| (q.z, q.x, q.y)).ok();
        assert_eq!(quad(""), Some((0, 0, 0)));
        assert_eq!(quad("120"), Some((3, 4, 2)));
        assert_eq!(quad("1204"), None);
        assert_eq!(Quad { z: 0, x: 0, y: 0 }.quadkeys(), (0, u64::MAX));
        assert_eq!(
            Quad { z: 1, x: 1, y: 0 }.quadkeys(),
            (1 << 62, (2 << 62) - 1)
        );
    }

    #[test]
    fn every_place_of_an_area_is_in_its_cover() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut seen = 0;
        for round in 0..60 {
            let size = 10_i32.pow(round % 8 + 1);
            let (lng, lat) = (
                rng.random_range(-1_700_000_000..1_700_000_000),
                rng.random_range(-890_000_000..890_000_000),
            );
            let mut place = || {
                LngLat::new(
                    lng + rng.random_range(-size..=size),
                    (lat + rng.random_range(-size..=size)).clamp(-POLE_E7, POLE_E7),
                )
            };
            let triangle = vec![place(), place(), place()];
            let area = Area(vec![Polygon(vec![triangle.clone()])]);
            let (cover, slabs) = (Cover::of(&area), Slabs::new(&area).expect("a ring"));
            let inside = (0..2_000).map(|_| place()).chain(triangle);
            for at in inside
                .collect::<Vec<_>>()
                .into_iter()
                .filter(|at| slabs.contains(*at, true))
            {
                let key = quadkey(at);
                assert!(cover.meets(key, key), "{at:?} of {area:?}");
                seen += 1;
            }
            assert!(cover.0.len() <= MOST_QUADS);
        }
        assert!(seen > 5_000, "{seen}");
    }

    #[test]
    fn a_small_area_is_a_small_part_of_the_world() {
        let min = LngLat::new(48_952_000, 523_702_000);
        let max = LngLat::new(min.lng_e7 + 10_000, min.lat_e7 + 10_000);
        let Cover(runs) = Cover::of(&Bounds { min, max }.area());
        let keys: u128 = runs.iter().map(|(a, b)| u128::from(b - a) + 1).sum();
        assert!(keys < 1 << 34, "{keys}");
    }
}
