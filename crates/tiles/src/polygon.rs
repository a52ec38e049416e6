//! From rings on the grid to valid polygons inside the tile. Rounding to the grid can fold a valid ring
//! onto itself and cutting leaves edges along the box; the overlay of `i_overlay` on whole numbers
//! dissolves both and hands back simple rings, exteriors and holes apart.

use crate::clip::clip_ring;
use crate::grid::{Step, Window};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{ContourDirection, IntOverlayOptions, Overlay, ShapeType};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::solver::Solver;
use i_overlay::i_float::int::point::IntPoint;

/// An exterior ring and its holes, open rings in steps.
pub(crate) type Area = Vec<Vec<[i32; 2]>>;

/// Collects the rings of one feature at a time and keeps its buffers between features.
pub(crate) struct AreaCutter {
    window: Window,
    overlay: Overlay,
    ring: Vec<Step>,
    scratch: Vec<Step>,
    /// The feature's first ring, kept back: most features have no other and need no overlay.
    first: Vec<IntPoint>,
    rings: usize,
}

impl AreaCutter {
    pub fn new(window: Window) -> Self {
        let options = IntOverlayOptions {
            output_direction: ContourDirection::CounterClockwise,
            ..IntOverlayOptions::ogc()
        };
        Self {
            window,
            overlay: Overlay::new_custom(64, options, Solver::default()),
            ring: Vec::new(),
            scratch: Vec::new(),
            first: Vec::new(),
            rings: 0,
        }
    }

    /// Adds a ring; exteriors must have positive area on the grid (y down), holes negative.
    pub fn add_ring(&mut self, ring: impl Iterator<Item = Step>) {
        self.ring.clear();
        self.ring.extend(ring);
        self.ring.dedup();
        clip_ring(&mut self.ring, &mut self.scratch, self.window);
        self.ring.dedup();
        if self.ring.len() > 1 && self.ring.first() == self.ring.last() {
            self.ring.pop();
        }
        if self.ring.len() < 3 {
            return;
        }
        let points = self
            .ring
            .iter()
            .map(|p| IntPoint::new(p[0] as i32, p[1] as i32));
        self.rings += 1;
        if self.rings == 1 {
            self.first.clear();
            self.first.extend(points);
        } else {
            self.overlay.add_path_iter(points, ShapeType::Subject);
        }
    }

    /// The feature's polygons inside the window; empty when nothing of it is left at this zoom.
    pub fn finish(&mut self) -> Vec<Area> {
        let rings = std::mem::take(&mut self.rings);
        if rings == 0 {
            return Vec::new();
        }
        if rings == 1 && is_convex(&self.first) {
            return vec![vec![self.first.iter().map(|p| [p.x, p.y]).collect()]];
        }
        self.overlay.add_contour(&self.first, ShapeType::Subject);
        let shapes = self
            .overlay
            .overlay(OverlayRule::Subject, FillRule::Positive);
        self.overlay.clear();
        shapes
            .into_iter()
            .map(|shape| {
                shape
                    .into_iter()
                    .map(|contour| contour.into_iter().map(|p| [p.x, p.y]).collect())
                    .collect()
            })
            .collect()
    }
}

/// Whether a ring of positive area turns the same way at every vertex and goes round once: such a ring is
/// valid as it is.
fn is_convex(ring: &[IntPoint]) -> bool {
    let n = ring.len();
    let side = |i: usize| {
        let (a, b) = (ring[i % n], ring[(i + 1) % n]);
        (
            i64::from(b.x) - i64::from(a.x),
            i64::from(b.y) - i64::from(a.y),
        )
    };
    let mut turns = 0;
    for i in 0..n {
        let (a, b) = (side(i), side(i + 1));
        if a.0 * b.1 - a.1 * b.0 <= 0 {
            return false;
        }
        turns += usize::from((a > (0, 0)) != (b > (0, 0)));
    }
    turns == 2
}

/// Twice the signed area by the surveyor's formula: positive is clockwise on the screen (y down), which
/// MVT 2.1 section 4.3.4.4 demands of an exterior ring.
pub(crate) fn double_area(ring: &[[i32; 2]]) -> i64 {
    let Some(&last) = ring.last() else { return 0 };
    let mut a = last;
    let mut twice = 0i64;
    for &b in ring {
        twice += i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]);
        a = b;
    }
    twice
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;

    fn cut(rings: &[Vec<Step>]) -> Vec<Area> {
        let mut cutter = AreaCutter::new(Grid::window(64));
        for ring in rings {
            cutter.add_ring(ring.iter().copied());
        }
        cutter.finish()
    }

    fn area(areas: &[Area]) -> i64 {
        areas
            .iter()
            .map(|rings| {
                double_area(&rings[0]).abs()
                    - rings[1..].iter().map(|r| double_area(r).abs()).sum::<i64>()
            })
            .sum::<i64>()
            / 2
    }

    #[test]
    fn a_positive_ring_is_filled_and_a_negative_one_is_a_hole() {
        let outer = vec![[0, 0], [100, 0], [100, 100], [0, 100]];
        let hole = vec![[40, 40], [40, 60], [60, 60], [60, 40]];
        let areas = cut(&[outer, hole]);
        assert_eq!(areas.len(), 1);
        assert_eq!(areas[0].len(), 2);
        assert_eq!(area(&areas), 10_000 - 400);
    }

    #[test]
    fn a_horseshoe_cut_in_two_gives_two_polygons() {
        let ring = vec![
            [4000, 0],
            [5000, 0],
            [5000, 300],
            [4000, 300],
            [4000, 200],
            [4900, 200],
            [4900, 100],
            [4000, 100],
        ];
        let areas = cut(&[ring]);
        assert_eq!(areas.len(), 2);
        assert_eq!(area(&areas), 2 * 160 * 100);
    }

    #[test]
    fn a_star_is_not_convex_though_it_always_turns_right() {
        let points = |ring: &[(i32, i32)]| -> Vec<IntPoint> {
            ring.iter().map(|p| IntPoint::new(p.0, p.1)).collect()
        };
        assert!(is_convex(&points(&[(0, 0), (9, 0), (9, 9), (0, 9)])));
        assert!(
            !is_convex(&points(&[(0, 0), (0, 9), (9, 9), (9, 0)])),
            "wound left"
        );
        assert!(
            !is_convex(&points(&[(0, 0), (5, 0), (9, 0), (9, 9)])),
            "straight"
        );
        let star = [(50, 0), (79, 90), (2, 35), (98, 35), (21, 90)];
        assert!(!is_convex(&points(&star)));
    }

    #[test]
    fn a_spike_and_a_flat_ring_leave_nothing_behind() {
        assert!(cut(&[vec![[0, 0], [100, 0], [50, 0]]]).is_empty());
        let spiked = vec![
            [0, 0],
            [100, 0],
            [100, 100],
            [100, 900],
            [100, 100],
            [0, 100],
        ];
        assert_eq!(area(&cut(&[spiked])), 10_000);
    }
}
