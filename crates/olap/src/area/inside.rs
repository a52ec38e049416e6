//! Are some neighbouring rows inside? All of them against one edge at a time, without a branch: differences of
//! coordinates fit 32 bits unless edge and rows lie halfway round the globe from each other, and their products are what
//! wide vectors can do.
//! Chosen when the program runs, as in [`crate::mask`].

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is compiled for the oldest processors"
)]

use super::open::{Edge, OpenRing, Stacks};
use crate::positions::MARK;
use multiversion::multiversion;

/// A byte of 1 or 0 for each row.
type Flags = [u8; MARK];

/// Coordinates of up to [`MARK`] rows; those behind the last one repeat it.
pub(super) struct Rows {
    lng_e7: [i32; MARK],
    lat_e7: [i32; MARK],
    west: i32,
    east: i32,
    len: usize,
}

impl Rows {
    /// Of at least one row and at most [`MARK`].
    pub(super) fn new(lng_e7: &[i32], lat_e7: &[i32], (west, east): (i32, i32)) -> Self {
        let filled = |values: &[i32]| {
            let mut out = [values.last().copied().unwrap_or(0); MARK];
            out[..values.len()].copy_from_slice(values);
            out
        };
        Self {
            lng_e7: filled(lng_e7),
            lat_e7: filled(lat_e7),
            west,
            east,
            len: lng_e7.len(),
        }
    }

    /// Bit `i` says whether row `i` is inside one of the polygons or on its edge.
    pub(super) fn inside(&self, polygons: (usize, usize), stacks: &Stacks) -> u64 {
        let bits = inside(self, polygons, stacks);
        bits & (u64::MAX >> (MARK - self.len))
    }
}

#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
fn inside(rows: &Rows, polygons: (usize, usize), stacks: &Stacks) -> u64 {
    let mut any = [0; MARK];
    for polygon in &stacks.polygons[polygons.0..polygons.1] {
        // What is decided, and how; the rings that are left decide in their order.
        let (mut decided, mut inside) = ([0u8; MARK], [0u8; MARK]);
        for ring in &stacks.rings[polygon.rings.0..polygon.rings.1] {
            let (within, on) = ring_state(rows, ring, stacks);
            for row in 0..MARK {
                let off = 1 ^ on[row];
                let (ends, as_inside) = if ring.hole {
                    (within[row] & off, 0)
                } else {
                    // The exterior's own boundary belongs to the polygon whatever the holes say.
                    (on[row] | (1 ^ within[row]), on[row])
                };
                let now = ends & (1 ^ decided[row]);
                inside[row] |= now & as_inside;
                decided[row] |= now;
            }
        }
        let rest = u8::from(!polygon.in_hole);
        for row in 0..MARK {
            any[row] |= inside[row] | (rest & (1 ^ decided[row]));
        }
    }
    bits(&any)
}

/// Even-odd state of every row, and whether it lies on the ring itself.
#[inline(always)]
fn ring_state(rows: &Rows, ring: &OpenRing, stacks: &Stacks) -> (Flags, Flags) {
    let (mut inside, mut on) = ([u8::from(ring.parity); MARK], [0; MARK]);
    for flip in &stacks.flips[ring.flips.0..ring.flips.1] {
        for (inside, lat) in inside.iter_mut().zip(&rows.lat_e7) {
            *inside ^= u8::from(flip <= lat);
        }
    }
    for edge in &stacks.edges[ring.edges.0..ring.edges.1] {
        let fits = |lng: i32| lng.checked_sub(edge.low.lng_e7).is_some();
        if fits(rows.west) && fits(rows.east) && fits(edge.high.lng_e7) {
            against(edge, rows, &mut inside, &mut on, |a, b| {
                i64::from(a.wrapping_sub(b))
            });
        } else {
            against(edge, rows, &mut inside, &mut on, |a, b| {
                i64::from(a) - i64::from(b)
            });
        }
    }
    (inside, on)
}

/// Flips the state of the rows to whose right the edge passes, and marks those on it.
#[inline(always)]
fn against(
    edge: &Edge,
    rows: &Rows,
    inside: &mut Flags,
    on: &mut Flags,
    less: impl Fn(i32, i32) -> i64,
) {
    let Edge { low, high } = *edge;
    let (west, east) = (low.lng_e7.min(high.lng_e7), low.lng_e7.max(high.lng_e7));
    let across = less(high.lng_e7, low.lng_e7);
    let up = less(high.lat_e7, low.lat_e7);
    for row in 0..MARK {
        let (lng, lat) = (rows.lng_e7[row], rows.lat_e7[row]);
        let left = across * less(lat, low.lat_e7);
        let right = up * less(lng, low.lng_e7);
        let beside = u8::from(low.lat_e7 <= lat) & u8::from(lat <= high.lat_e7);
        let between = u8::from(west <= lng) & u8::from(lng <= east);
        on[row] |= beside & between & u8::from(left == right);
        inside[row] ^= beside & u8::from(lat < high.lat_e7) & u8::from(left > right);
    }
}

/// One bit for every flag.
#[inline(always)]
fn bits(flags: &Flags) -> u64 {
    // Gathers the lowest bits of eight bytes into the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let words = flags.as_chunks::<8>().0.iter().rev();
    words.fold(0, |bits, word| {
        bits << 8 | u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56
    })
}
