//! Which of many neighbouring boxes do the edges of one ring leave alone? All boxes against one edge at a time, without a
//! branch, as [`super::inside`] does with rows. It says what [`super::open::narrow`] says of each box by itself.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is compiled for the oldest processors"
)]

use super::open::{Edge, OpenRing, Stacks};
use geocrm_domain::BBox;
use multiversion::multiversion;

/// Boxes that are tested side by side.
const LANES: usize = 32;
/// Boxes of a quad, a cut one at either end included.
pub(super) const MAX_BOXES: usize = 3 * LANES;

/// A byte of 1 or 0 for each box.
type Flags = [u8; MAX_BOXES];

/// Boxes side by side; those behind the last one are empty.
pub(super) struct Boxes {
    west: [i32; MAX_BOXES],
    south: [i32; MAX_BOXES],
    east: [i32; MAX_BOXES],
    north: [i32; MAX_BOXES],
    len: usize,
}

/// How a ring lies to a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lies {
    Inside,
    Outside,
    /// An edge may touch the box.
    Across,
}

impl Boxes {
    pub(super) fn new() -> Self {
        let none = [0; MAX_BOXES];
        Self {
            west: none,
            south: none,
            east: none,
            north: none,
            len: 0,
        }
    }

    /// One more, below [`MAX_BOXES`].
    pub(super) fn push(&mut self, bbox: BBox) {
        let at = self.len;
        (self.west[at], self.east[at]) = (bbox.min.lng_e7, bbox.max.lng_e7);
        (self.south[at], self.north[at]) = (bbox.min.lat_e7, bbox.max.lat_e7);
        self.len += 1;
    }

    /// How the only polygon of a quad lies to each box, if it has one exterior and no hole.
    pub(super) fn against(
        &self,
        open: (usize, usize),
        stacks: &Stacks,
    ) -> Option<[Lies; MAX_BOXES]> {
        let ring = only_ring(open, stacks)?;
        let edges = &stacks.edges[ring.edges.0..ring.edges.1];
        let flips = &stacks.flips[ring.flips.0..ring.flips.1];
        let (inside, touched) = test(self, edges, flips, ring.parity);
        Some(std::array::from_fn(|at| match (touched[at], inside[at]) {
            (0, 0) => Lies::Outside,
            (0, _) => Lies::Inside,
            _ => Lies::Across,
        }))
    }
}

/// The exterior of the only polygon, if it has no hole.
pub(super) fn only_ring(open: (usize, usize), stacks: &Stacks) -> Option<&OpenRing> {
    let [polygon] = &stacks.polygons[open.0..open.1] else {
        return None;
    };
    let [ring] = &stacks.rings[polygon.rings.0..polygon.rings.1] else {
        return None;
    };
    (!ring.hole && !polygon.in_hole).then_some(ring)
}

/// Whether the ring holds each box, and whether one of its edges may touch it, which makes the first say nothing.
#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
fn test(boxes: &Boxes, edges: &[Edge], flips: &[i32], parity: bool) -> (Flags, Flags) {
    let (mut inside, mut touched) = ([u8::from(parity); MAX_BOXES], [0; MAX_BOXES]);
    for flip in flips {
        for (inside, south) in inside.iter_mut().zip(&boxes.south) {
            *inside ^= u8::from(flip <= south);
        }
    }
    let stretches = inside
        .as_chunks_mut::<LANES>()
        .0
        .iter_mut()
        .zip(touched.as_chunks_mut::<LANES>().0);
    for (stretch, (inside, touched)) in stretches.enumerate().take(boxes.len.div_ceil(LANES)) {
        let sides = [&boxes.west, &boxes.south, &boxes.east, &boxes.north];
        let sides = sides.map(|side| &side.as_chunks::<LANES>().0[stretch]);
        for edge in edges {
            test_edge(sides, edge, inside, touched);
        }
    }
    (inside, touched)
}

#[inline(always)]
fn test_edge(
    [west, south, east, north]: [&[i32; LANES]; 4],
    edge: &Edge,
    inside: &mut [u8; LANES],
    touched: &mut [u8; LANES],
) {
    let Edge { low, high } = *edge;
    let (least, most) = (low.lng_e7.min(high.lng_e7), low.lng_e7.max(high.lng_e7));
    let less = |a: i32, b: i32| i64::from(a) - i64::from(b);
    let (across, up) = (less(high.lng_e7, low.lng_e7), less(high.lat_e7, low.lat_e7));
    let rises = across >= 0;
    for at in 0..LANES {
        let (west, south, east, north) = (west[at], south[at], east[at], north[at]);
        // Of the corners, the one least and the one most to the left of the edge.
        let (first, last) = if rises {
            (south, north)
        } else {
            (north, south)
        };
        let sides =
            |lng: i32, lat: i32| (across * less(lat, low.lat_e7), up * less(lng, low.lng_e7));
        let (left, right) = sides(east, first);
        let all_left = u8::from(left > right);
        let (left, right) = sides(west, last);
        let all_right = u8::from(left < right);
        let beside = u8::from(high.lat_e7 >= south) & u8::from(low.lat_e7 <= north);
        let behind = u8::from(least > east);
        let before = u8::from(most < west);
        let passes_right = beside & (behind | (all_left & (1 ^ before)));
        let clear = (1 ^ beside) | ((1 ^ behind) & (before | ((1 ^ all_left) & all_right)));
        touched[at] |= (1 ^ passes_right) & (1 ^ clear);
        inside[at] ^=
            passes_right & (u8::from(low.lat_e7 <= south) ^ u8::from(high.lat_e7 <= south));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::area::open::{OpenPolygon, State, narrow};
    use geocrm_domain::LngLat;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    #[test]
    fn many_boxes_at_once_lie_as_each_by_itself() {
        let rng = &mut StdRng::seed_from_u64(5);
        let mut seen = [0; 3];
        for round in 0..2_000 {
            let reach = if round % 4 == 0 { 1_700_000_000 } else { 40 };
            let mut place = |by: i32| {
                let lat = rng.random_range(-by / 2..=by / 2);
                LngLat::from_e7(rng.random_range(-by..=by), lat)
            };
            let ring: Vec<LngLat> = (0..3 + round % 9).map(|_| place(reach)).collect();
            let mut stacks = Stacks::default();
            for (at, b) in ring.iter().enumerate() {
                let a = ring[(at + ring.len() - 1) % ring.len()];
                let (low, high) = if a.lat_e7 < b.lat_e7 {
                    (a, *b)
                } else {
                    (*b, a)
                };
                stacks.edges.push(Edge { low, high });
            }
            stacks.rings.push(OpenRing {
                hole: false,
                parity: false,
                edges: (0, ring.len()),
                flips: (0, 0),
            });
            stacks.polygons.push(OpenPolygon {
                rings: (0, 1),
                in_hole: false,
            });
            // As a quad below the whole leaves it, now and then.
            let (from, to) = (place(reach / 2), place(reach / 2));
            let around = BBox::around_point(from, 0.0).union(BBox::around_point(to, 0.0));
            let open = match narrow(around, (0, 1), &mut stacks) {
                State::Mixed(open) => open,
                State::Inside | State::Outside => continue,
            };
            let mut boxes = Boxes::new();
            let side = |rng: &mut StdRng, low: i32, high: i32| {
                let (a, b) = (rng.random_range(low..=high), rng.random_range(low..=high));
                (a.min(b), a.max(b))
            };
            let all: Vec<BBox> = (0..=round % MAX_BOXES)
                .map(|_| {
                    let (west, east) = side(rng, around.min.lng_e7, around.max.lng_e7);
                    let (south, north) = side(rng, around.min.lat_e7, around.max.lat_e7);
                    BBox {
                        min: LngLat::from_e7(west, south),
                        max: LngLat::from_e7(east, north),
                    }
                })
                .collect();
            for bbox in &all {
                boxes.push(*bbox);
            }
            let lies = boxes.against(open, &stacks).expect("one ring");
            for (bbox, lies) in all.iter().zip(lies) {
                let marks = stacks.marks();
                let alone = match narrow(*bbox, open, &mut stacks) {
                    State::Inside => Lies::Inside,
                    State::Outside => Lies::Outside,
                    State::Mixed(_) => Lies::Across,
                };
                stacks.truncate(marks);
                assert_eq!(lies, alone, "{ring:?} {around:?} {bbox:?}");
                seen[lies as usize] += 1;
            }
        }
        assert!(seen.iter().all(|seen| *seen > 1_000), "{seen:?}");
    }
}
