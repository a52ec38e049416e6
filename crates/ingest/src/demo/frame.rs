//! The flat drawing board of the demo region: metres east and north of a point in the open North Sea,
//! turned into longitude and latitude by one linear map, so that what is straight, shared or inside on
//! the board is so on the map. Also the dice: every part has its own stream, so no part disturbs another.

use geocrm_domain::geometry::{MultiPolygon, Polygon, Ring};
use geocrm_domain::spatial::{EARTH_RADIUS_M, LngLat};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Middle of the demo region: far enough from every coast for the largest one.
const CENTRE_LNG: f64 = 3.2;
const CENTRE_LAT: f64 = 54.0;

/// A point of the board, metres east (`x`) and north (`y`) of the centre.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Pt {
    pub x: f64,
    pub y: f64,
}

impl Pt {
    pub fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    pub fn polar(angle: f64, radius_m: f64) -> Self {
        Self::new(angle.cos() * radius_m, angle.sin() * radius_m)
    }

    pub fn to(self, other: Self) -> Self {
        Self::new(other.x - self.x, other.y - self.y)
    }

    pub fn plus(self, direction: Self, distance: f64) -> Self {
        Self::new(
            self.x + direction.x * distance,
            self.y + direction.y * distance,
        )
    }

    pub fn mix(self, other: Self, share: f64) -> Self {
        self.plus(self.to(other), share)
    }

    pub fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    /// Positive when `other` lies to the left of this direction.
    pub fn cross(self, other: Self) -> f64 {
        self.x * other.y - self.y * other.x
    }

    pub fn length(self) -> f64 {
        self.x.hypot(self.y)
    }

    pub fn distance(self, other: Self) -> f64 {
        self.to(other).length()
    }

    pub fn unit(self) -> Self {
        let length = self.length().max(1e-9);
        Self::new(self.x / length, self.y / length)
    }

    /// Turned a quarter to the left.
    pub fn left(self) -> Self {
        Self::new(-self.y, self.x)
    }

    pub fn turned(self, angle: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self::new(self.x * cos - self.y * sin, self.x * sin + self.y * cos)
    }

    pub fn angle(self) -> f64 {
        self.y.atan2(self.x)
    }

    pub fn place(self) -> LngLat {
        let degree_m = EARTH_RADIUS_M.to_radians();
        let lng = CENTRE_LNG + self.x / (degree_m * CENTRE_LAT.to_radians().cos());
        let lat = CENTRE_LAT + self.y / degree_m;
        LngLat::from_e7((lng * 1e7).round() as i32, (lat * 1e7).round() as i32)
    }
}

/// Distance in metres from `p` to the segment a–b.
pub(super) fn segment_distance(p: Pt, a: Pt, b: Pt) -> f64 {
    let d = a.to(b);
    let t = (a.to(p).dot(d) / d.dot(d).max(1e-9)).clamp(0.0, 1.0);
    p.distance(a.plus(d, t))
}

/// Signed area in square metres, positive when counter-clockwise.
pub(super) fn area(ring: &[Pt]) -> f64 {
    (0..ring.len())
        .map(|i| ring[i].cross(ring[(i + 1) % ring.len()]))
        .sum::<f64>()
        / 2.0
}

/// Mean of the vertices, inside any convex ring.
pub(super) fn middle(ring: &[Pt]) -> Pt {
    let n = ring.len().max(1) as f64;
    Pt::new(
        ring.iter().map(|p| p.x).sum::<f64>() / n,
        ring.iter().map(|p| p.y).sum::<f64>() / n,
    )
}

/// A convex counter-clockwise ring with every edge moved inwards by its own distance; `None` when
/// nothing sensible is left.
pub(super) fn inset(ring: &[Pt], distance_m: impl Fn(usize) -> f64) -> Option<Vec<Pt>> {
    let n = ring.len();
    let line = |i: usize| {
        let direction = ring[i].to(ring[(i + 1) % n]).unit();
        (ring[i].plus(direction.left(), distance_m(i)), direction)
    };
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        let (p, u) = line((i + n - 1) % n);
        let (q, v) = line(i);
        let turn = u.cross(v);
        if turn.abs() < 1e-3 {
            out.push(q);
        } else {
            out.push(p.plus(u, p.to(q).cross(v) / turn));
        }
    }
    let kept = (0..n).all(|i| {
        let old = ring[i].to(ring[(i + 1) % n]);
        old.dot(out[i].to(out[(i + 1) % n])) > 0.0
    });
    (kept && area(&out) > 1.0).then_some(out)
}

/// The part of a ring left of the line through `p` along `direction`; exact for convex rings.
pub(super) fn clip(ring: &[Pt], p: Pt, direction: Pt) -> Vec<Pt> {
    let side = |q: Pt| direction.cross(p.to(q));
    let mut out = Vec::with_capacity(ring.len() + 2);
    for i in 0..ring.len() {
        let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
        let (s, t) = (side(a), side(b));
        if s >= 0.0 {
            out.push(a);
        }
        if (s > 0.0 && t < 0.0) || (s < 0.0 && t > 0.0) {
            out.push(a.mix(b, s / (s - t)));
        }
    }
    out
}

/// Rounds the corners of a closed ring (Chaikin's corner cutting), `times` over.
pub(super) fn rounded(ring: &[Pt], times: usize) -> Vec<Pt> {
    let mut ring = ring.to_vec();
    for _ in 0..times {
        ring = (0..ring.len())
            .flat_map(|i| {
                let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
                [a.mix(b, 0.25), a.mix(b, 0.75)]
            })
            .collect();
    }
    ring
}

pub(super) fn ring_of(points: &[Pt]) -> Ring {
    let mut ring: Ring = points.iter().map(|p| p.place()).collect();
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

pub(super) fn shape(points: &[Pt]) -> MultiPolygon {
    MultiPolygon(vec![Polygon {
        exterior: ring_of(points),
        holes: Vec::new(),
    }])
}

/// One stream of chance, fixed by seed, part and number.
pub(super) struct Dice(ChaCha8Rng);

/// The parts that have streams of their own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Lattice,
    Settlements,
    Names,
    Town,
    Streets,
    Blocks,
    Rows,
    Country,
    Indicators,
    Territories,
    Accounts,
    Edge,
}

impl Dice {
    pub fn new(seed: u64, part: Part, number: u64) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&(part as u64).to_le_bytes());
        key[16..24].copy_from_slice(&number.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// 0 inclusive to 1 exclusive.
    pub fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Both ends belong to it.
    pub fn whole(&mut self, low: i32, high: i32) -> i32 {
        self.0.random_range(low..=high.max(low))
    }

    pub fn index(&mut self, len: usize) -> usize {
        self.0.random_range(0..len.max(1))
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }

    /// Entry of a list of (value, weight).
    pub fn weighted<T: Copy>(&mut self, list: &[(T, f64)]) -> T {
        let mut left = self.unit() * list.iter().map(|(_, w)| w).sum::<f64>();
        for (value, weight) in list {
            left -= weight;
            if left < 0.0 {
                return *value;
            }
        }
        list[list.len() - 1].0
    }

    /// Standard normal by Box and Muller (1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            let j = self.index(i + 1);
            list.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_inwards_too_far_leaves_nothing() {
        let square =
            [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0)].map(|(x, y)| Pt::new(x, y));
        assert!(inset(&square, |_| 4.0).is_some());
        assert!(inset(&square, |_| 6.0).is_none());
    }
}
