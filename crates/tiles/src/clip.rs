//! Cutting lines and rings to a box of grid steps. A cut point is computed from the edge's end points in
//! a fixed order, so two neighbours that walk the same border in opposite directions are cut at the
//! same step. Rings may come out with edges that run back and forth along the box; `polygon` dissolves
//! those.

use crate::grid::{Step, Window};

/// Cuts an open ring (no repeated last vertex) in place; `scratch` is reused between calls.
pub(crate) fn clip_ring(ring: &mut Vec<Step>, scratch: &mut Vec<Step>, window: Window) {
    if ring.iter().all(|p| window.contains(*p)) {
        return;
    }
    for axis in 0..2 {
        clip_side(ring, scratch, axis, window.min[axis], |v, bound| v >= bound);
        clip_side(ring, scratch, axis, window.max[axis], |v, bound| v <= bound);
    }
}

/// One pass of Sutherland–Hodgman (Sutherland and Hodgman 1974).
fn clip_side(
    ring: &mut Vec<Step>,
    scratch: &mut Vec<Step>,
    axis: usize,
    bound: i64,
    inside: impl Fn(i64, i64) -> bool,
) {
    scratch.clear();
    let Some(&last) = ring.last() else { return };
    let mut a = last;
    for &b in ring.iter() {
        let (a_in, b_in) = (inside(a[axis], bound), inside(b[axis], bound));
        if a_in != b_in {
            scratch.push(crossing(a, b, axis, bound));
        }
        if b_in {
            scratch.push(b);
        }
        a = b;
    }
    std::mem::swap(ring, scratch);
}

/// Where the edge meets `bound` on `axis`, the same for a → b and b → a.
fn crossing(a: Step, b: Step, axis: usize, bound: i64) -> Step {
    let (a, b) = if a <= b { (a, b) } else { (b, a) };
    let other = 1 - axis;
    let share = (bound - a[axis]) as f64 / (b[axis] - a[axis]) as f64;
    let mut cut = [bound; 2];
    cut[other] = (a[other] as f64 + (b[other] - a[other]) as f64 * share).round() as i64;
    cut
}

/// The pieces of a line inside the box, each of two distinct vertices or more.
pub(crate) fn clip_line(line: &[Step], window: Window) -> Vec<Vec<Step>> {
    if line.iter().all(|p| window.contains(*p)) {
        return piece_of(line.to_vec()).into_iter().collect();
    }
    let mut pieces = Vec::new();
    let mut piece: Vec<Step> = Vec::new();
    for pair in line.windows(2) {
        let Some((from, to)) = clip_segment(pair[0], pair[1], window) else {
            pieces.extend(piece_of(std::mem::take(&mut piece)));
            continue;
        };
        if piece.last() != Some(&from) {
            pieces.extend(piece_of(std::mem::take(&mut piece)));
            piece.push(from);
        }
        piece.push(to);
        if to != pair[1] {
            pieces.extend(piece_of(std::mem::take(&mut piece)));
        }
    }
    pieces.extend(piece_of(piece));
    pieces
}

fn piece_of(mut piece: Vec<Step>) -> Option<Vec<Step>> {
    piece.dedup();
    (piece.len() > 1).then_some(piece)
}

/// The part of a segment inside the box, in the segment's direction.
fn clip_segment(a: Step, b: Step, window: Window) -> Option<(Step, Step)> {
    let (mut from, mut to) = (a, b);
    for axis in 0..2 {
        for (bound, below) in [(window.min[axis], true), (window.max[axis], false)] {
            let outside = |p: Step| {
                if below {
                    p[axis] < bound
                } else {
                    p[axis] > bound
                }
            };
            match (outside(from), outside(to)) {
                (true, true) => return None,
                (true, false) => from = crossing(from, to, axis, bound),
                (false, true) => to = crossing(from, to, axis, bound),
                (false, false) => {}
            }
        }
    }
    Some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOX: Window = Window {
        min: [0, 0],
        max: [10, 10],
    };

    #[test]
    fn a_line_that_leaves_and_returns_gives_two_pieces() {
        let line = [[-5, 5], [5, 5], [5, 20], [8, 20], [8, 2]];
        assert_eq!(
            clip_line(&line, BOX),
            vec![vec![[0, 5], [5, 5], [5, 10]], vec![[8, 10], [8, 2]],]
        );
    }

    #[test]
    fn a_line_outside_gives_nothing() {
        assert!(clip_line(&[[-5, -5], [-5, 20], [20, 20]], BOX).is_empty());
    }

    #[test]
    fn a_ring_around_the_box_becomes_the_box() {
        let mut ring = vec![[-100, -100], [100, -100], [100, 100], [-100, 100]];
        clip_ring(&mut ring, &mut Vec::new(), BOX);
        ring.sort_unstable();
        assert_eq!(ring, vec![[0, 0], [0, 10], [10, 0], [10, 10]]);
    }

    #[test]
    fn neighbours_are_cut_at_the_same_step() {
        let (a, b) = ([3, -7], [4_000_000_000, 9_999]);
        assert_eq!(crossing(a, b, 0, 10), crossing(b, a, 0, 10));
    }
}
