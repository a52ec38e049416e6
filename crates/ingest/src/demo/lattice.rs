//! The land as a bent honeycomb: cells share their corners and the wiggling lines between them to the
//! last bit, so that every wider region is a union without gaps. Lines on the coast wiggle more.

use super::frame::{Dice, Part, Pt};
use std::collections::{BinaryHeap, HashMap, HashSet};

/// Axial coordinates of a cell of the honeycomb.
pub(super) type Hex = (i32, i32);
/// A corner, named by the sum of the three cells that meet there.
pub(super) type Corner = (i32, i32);

/// Neighbours counter-clockwise from the east; the edge towards `k` runs from corner `k - 1` to corner `k`.
const AROUND: [Hex; 6] = [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)];

pub(super) struct Lattice {
    seed: u64,
    /// Distance between the centres of neighbouring cells, in metres.
    pub pitch_m: f64,
    pub land: HashSet<Hex>,
    /// Land in the order it was found from the middle.
    pub order: Vec<Hex>,
    /// Phases of the waves that bend the honeycomb.
    waves: Vec<f64>,
}

pub(super) fn neighbour(hex: Hex, k: usize) -> Hex {
    let (q, r) = AROUND[k % 6];
    (hex.0 + q, hex.1 + r)
}

/// Every cell within `rings` steps.
pub(super) fn disc(hex: Hex, rings: i32) -> Vec<Hex> {
    let mut out = Vec::new();
    for q in -rings..=rings {
        for r in (-rings).max(-q - rings)..=rings.min(-q + rings) {
            out.push((hex.0 + q, hex.1 + r));
        }
    }
    out
}

fn flat(hex: Hex, pitch_m: f64) -> Pt {
    let (q, r) = (f64::from(hex.0), f64::from(hex.1));
    Pt::new((q + r / 2.0) * pitch_m, r * 0.866_025_403_784 * pitch_m)
}

fn number(a: i32, b: i32) -> u64 {
    ((a as u32 as u64) << 32) | b as u32 as u64
}

impl Lattice {
    /// Land of `count` connected cells around the middle, with bays and capes.
    pub fn new(seed: u64, count: usize, pitch_m: f64) -> Self {
        let mut dice = Dice::new(seed, Part::Lattice, 0);
        let mut phases = |count: usize| -> Vec<f64> {
            (0..count)
                .map(|_| dice.between(0.0, std::f64::consts::TAU))
                .collect()
        };
        let waves = phases(8);
        let phases = phases(4);
        let mut lattice = Self {
            seed,
            pitch_m,
            land: HashSet::new(),
            order: Vec::new(),
            waves,
        };
        let score = |hex: Hex, lattice: &Self| {
            let p = lattice.flat_centre(hex);
            let angle = p.angle();
            let coast = 0.16 * (2.0 * angle + phases[0]).sin()
                + 0.13 * (3.0 * angle + phases[1]).sin()
                + 0.09 * (5.0 * angle + phases[2]).sin()
                + 0.06 * (9.0 * angle + phases[3]).sin();
            (p.length() * (1.0 + coast) * 1_000.0) as i64
        };
        let mut seen = HashSet::from([(0, 0)]);
        let mut edge = BinaryHeap::from([std::cmp::Reverse((0_i64, (0, 0)))]);
        while let Some(std::cmp::Reverse((_, hex))) = edge.pop() {
            if lattice.order.len() == count {
                break;
            }
            lattice.order.push(hex);
            lattice.land.insert(hex);
            for k in 0..6 {
                let next = neighbour(hex, k);
                if seen.insert(next) {
                    edge.push(std::cmp::Reverse((score(next, &lattice), next)));
                }
            }
        }
        lattice
    }

    pub fn flat_centre(&self, hex: Hex) -> Pt {
        flat(hex, self.pitch_m)
    }

    /// Where the middle of a cell lies once the honeycomb is bent.
    pub fn centre(&self, hex: Hex) -> Pt {
        self.bent(self.flat_centre(hex))
    }

    /// Long waves in both directions widen some cells and narrow others; no two points change places.
    fn bent(&self, p: Pt) -> Pt {
        let unit = std::f64::consts::TAU / self.pitch_m;
        let wave = |from: usize, u: f64, v: f64| {
            0.16 * (unit * u / 3.1 + self.waves[from]).sin()
                * (unit * v / 4.3 + self.waves[from + 1]).cos()
                + 0.10 * (unit * (u + v) / 2.3 + self.waves[from + 2]).sin()
                + 0.30 * (unit * (v - 0.4 * u) / 7.9 + self.waves[from + 3]).sin()
        };
        let shift = Pt::new(wave(0, p.x, p.y), wave(4, p.y, p.x));
        p.plus(shift, self.pitch_m)
    }

    pub fn corner(hex: Hex, k: usize) -> Corner {
        let (a, b) = (neighbour(hex, k), neighbour(hex, k + 1));
        (hex.0 + a.0 + b.0, hex.1 + a.1 + b.1)
    }

    pub fn corner_point(&self, corner: Corner) -> Pt {
        let mut dice = Dice::new(self.seed, Part::Edge, number(corner.0, corner.1));
        let flat = flat(corner, self.pitch_m / 3.0);
        let angle = dice.between(0.0, std::f64::consts::TAU);
        self.bent(flat.plus(
            Pt::polar(angle, 1.0),
            self.pitch_m * 0.13 * dice.unit().sqrt(),
        ))
    }

    /// The line from one corner to the next along the border of `hex` with its neighbour `k`, both ends
    /// included, always of 2ⁿ + 1 points.
    pub fn edge(&self, hex: Hex, k: usize) -> Vec<Pt> {
        let (from, to) = (Self::corner(hex, k + 5), Self::corner(hex, k));
        let other = neighbour(hex, k);
        let coast = self.land.contains(&hex) != self.land.contains(&other);
        let flipped = from > to;
        let (a, b) = if flipped { (to, from) } else { (from, to) };
        let mut dice = Dice::new(
            self.seed,
            Part::Edge,
            number(a.0, a.1).wrapping_mul(31) ^ number(b.0, b.1).rotate_left(17),
        );
        let (strength, levels) = if coast { (0.23, 5) } else { (0.12, 4) };
        let mut line = vec![self.corner_point(a), self.corner_point(b)];
        for level in 0..levels {
            let strength = if level == 0 { strength * 0.6 } else { strength };
            let mut finer = Vec::with_capacity(line.len() * 2);
            for pair in line.windows(2) {
                let d = pair[0].to(pair[1]);
                let shift = dice.between(-strength, strength);
                finer.push(pair[0]);
                finer.push(pair[0].mix(pair[1], 0.5).plus(d.left(), shift));
            }
            finer.extend(line.last().copied());
            line = finer;
        }
        if flipped {
            line.reverse();
        }
        line
    }

    /// Outline of a connected group of cells without a hole, counter-clockwise.
    pub fn outline(&self, group: &[Hex]) -> Vec<Pt> {
        let inside: HashSet<Hex> = group.iter().copied().collect();
        let mut edges: HashMap<Corner, (Corner, Hex, usize)> = HashMap::new();
        let mut start = None;
        for &hex in group {
            for k in 0..6 {
                if !inside.contains(&neighbour(hex, k)) {
                    let from = Self::corner(hex, k + 5);
                    edges.insert(from, (Self::corner(hex, k), hex, k));
                    start = start.or(Some(from));
                }
            }
        }
        let mut ring = Vec::new();
        let mut at = start;
        while let Some((next, hex, k)) = at.and_then(|corner| edges.remove(&corner)) {
            let line = self.edge(hex, k);
            ring.extend_from_slice(&line[..line.len() - 1]);
            at = Some(next);
        }
        ring
    }
}
