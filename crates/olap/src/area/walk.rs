//! The way down from a quad to its rows.

use super::Places;
use super::boxes::{Boxes, Lies, MAX_BOXES, only_ring};
use super::inside::Rows;
use super::open::{Stacks, State, narrow};
use super::quad::{Quad, quarters, shared};
use crate::ahead::touch;
use crate::positions::{MARK, Slice};
use crate::rows::RowSet;
use crate::spread::spread;
use std::ops::Range;

/// Rows × edges up to which every row is tested.
const DIRECT_COST: usize = 192;
/// Boxes × edges up to which boxes are tested rather than the quad split: all together against one ring, or each by itself.
const TOGETHER_COST: usize = 960;
const APART_COST: usize = 320;
/// Rows up to which a quad is left to one thread.
const PART_ROWS: usize = 1 << 15;
/// Parts from which threads share them, some 5 µs each; and edges in them, which make fewer parts as dear.
pub(super) const PARTS_ALONE: usize = 64;
const EDGES_ALONE: usize = 4_096;

/// Where a walk leaves what it finds.
pub(super) trait Found {
    /// The rows of the area, rising.
    fn rows(&mut self, start: usize, end: usize);
    /// Takes a quad over to walk it later.
    fn defers(&mut self, quad: Quad, open: (usize, usize), stacks: &Stacks) -> bool;
}

impl Found for RowSet {
    fn rows(&mut self, start: usize, end: usize) {
        self.push(start, end);
    }

    fn defers(&mut self, _: Quad, _: (usize, usize), _: &Stacks) -> bool {
        false
    }
}

/// The rows found so far, and the smaller quads still to be walked, with the place of their rows among them.
#[derive(Default)]
pub(super) struct Parts {
    found: RowSet,
    open: Vec<Part>,
    /// What is undecided in the open quads, one after the other.
    stacks: Stacks,
}

struct Part {
    quad: Quad,
    /// Its polygons on the stacks.
    polygons: (usize, usize),
    /// Ranges found before it.
    before: usize,
}

impl Found for Parts {
    fn rows(&mut self, start: usize, end: usize) {
        // Rows of an open quad lie between those before and behind it, so that these do not touch each other.
        self.found.push(start, end);
    }

    fn defers(&mut self, quad: Quad, open: (usize, usize), stacks: &Stacks) -> bool {
        let defers = quad.slice.rows() <= PART_ROWS;
        if defers {
            self.open.push(Part {
                quad,
                polygons: self.stacks.append(stacks, open),
                before: self.found.ranges().len(),
            });
        }
        defers
    }
}

/// What one thread walked: the rows of all its parts, and which ranges of them are of which part.
#[derive(Default)]
struct Walked {
    rows: RowSet,
    /// Part and the end of its ranges.
    parts: Vec<(usize, usize)>,
    stacks: Stacks,
}

impl Parts {
    /// Walks what is open, on as many threads as are free.
    pub(super) fn walk(self, places: Places<'_>, alone: usize) -> RowSet {
        let open = &self.open;
        let alone = if self.stacks.edges.len() < EDGES_ALONE {
            alone
        } else {
            2
        };
        let walked = spread(open.len(), alone, 2, Walked::default, |walked, at| {
            let part = &open[at];
            walked.stacks.clear();
            let polygons = walked.stacks.append(&self.stacks, part.polygons);
            walk(
                part.quad,
                polygons,
                &mut walked.stacks,
                places,
                &mut walked.rows,
            );
            walked.parts.push((at, walked.rows.ranges().len()));
        });
        let mut parts = Vec::with_capacity(open.len());
        for walked in &walked {
            let mut start = 0;
            for (at, end) in &walked.parts {
                parts.push((*at, &walked.rows.ranges()[start..*end]));
                start = *end;
            }
        }
        parts.sort_unstable_by_key(|(at, _)| *at);
        let (mut out, mut done) = (RowSet::default(), 0);
        let found = self.found.ranges();
        for (part, (_, rows)) in open.iter().zip(parts) {
            out.extend(&found[done..part.before]);
            out.extend(rows);
            done = part.before;
        }
        out.extend(&found[done..]);
        out
    }
}

pub(super) fn walk(
    quad: Quad,
    open: (usize, usize),
    stacks: &mut Stacks,
    places: Places<'_>,
    out: &mut impl Found,
) {
    if out.defers(quad, open, stacks) {
        return;
    }
    let rows = quad.slice.rows();
    let edges = stacks.edges_of(open);
    if rows * edges <= DIRECT_COST || rows <= 2 || quad.slice.shift == 0 {
        for rows in boxes(&quad.slice) {
            test_rows(rows, open, stacks, places, out);
        }
        return;
    }
    let boxes = rows.div_ceil(MARK);
    let cost = if only_ring(open, stacks).is_some() {
        TOGETHER_COST
    } else {
        APART_COST
    };
    if boxes < MAX_BOXES && boxes * edges <= cost {
        return test_boxes(&quad, open, stacks, places, out);
    }
    for part in quarters(quad, &places.quadkeys) {
        if part.slice.rows() > 0 {
            let marks = stacks.marks();
            match narrow(part.bbox, open, stacks) {
                State::Inside => out.rows(part.slice.start, part.slice.end),
                State::Outside => {}
                State::Mixed(open) => walk(part, open, stacks, places, out),
            }
            stacks.truncate(marks);
        }
    }
}

/// Tests the boxes around neighbouring rows, then the rows of those that an edge touches. The places of these are
/// fetched together first: they lie far apart, and one wait for memory after the other would cost most of the time.
fn test_boxes(
    quad: &Quad,
    open: (usize, usize),
    stacks: &mut Stacks,
    places: Places<'_>,
    out: &mut impl Found,
) {
    let marks = stacks.marks();
    let bbox_of = |rows: &Range<usize>| shared(places.boxes[rows.start / MARK], quad.bbox);
    let mut all = Boxes::new();
    boxes(&quad.slice).for_each(|rows| all.push(bbox_of(&rows)));
    let lies = all.against(open, stacks);
    let mut found: [(u32, u32, State); MAX_BOXES] = [(0, 0, State::Outside); MAX_BOXES];
    let mut len = 0;
    for rows in boxes(&quad.slice) {
        let state = match lies.map(|lies| lies[len]) {
            Some(Lies::Inside) => State::Inside,
            Some(Lies::Outside) => State::Outside,
            Some(Lies::Across) | None => narrow(bbox_of(&rows), open, stacks),
        };
        if let State::Mixed(_) = state {
            touch(&places.lng_e7[rows.clone()]);
            touch(&places.lat_e7[rows.clone()]);
        }
        found[len] = (rows.start as u32, rows.end as u32, state);
        len += 1;
    }
    for (start, end, state) in &found[..len] {
        let rows = *start as usize..*end as usize;
        match state {
            State::Inside => out.rows(rows.start, rows.end),
            State::Outside => {}
            State::Mixed(open) => test_rows(rows, *open, stacks, places, out),
        }
    }
    stacks.truncate(marks);
}

/// A quad's rows, cut where boxes end.
fn boxes(quad: &Slice) -> impl Iterator<Item = Range<usize>> {
    let (mut start, end) = (quad.start, quad.end);
    std::iter::from_fn(move || {
        let rows = start..((start / MARK + 1) * MARK).min(end);
        start = rows.end;
        (!rows.is_empty()).then_some(rows)
    })
}

fn test_rows(
    rows: Range<usize>,
    open: (usize, usize),
    stacks: &Stacks,
    places: Places<'_>,
    out: &mut impl Found,
) {
    let bbox = places.boxes[rows.start / MARK];
    let sides = (bbox.min.lng_e7, bbox.max.lng_e7);
    let coordinates = (&places.lng_e7[rows.clone()], &places.lat_e7[rows.clone()]);
    let mut bits = Rows::new(coordinates.0, coordinates.1, sides).inside(open, stacks);
    let mut at = rows.start;
    while bits != 0 {
        let outside = bits.trailing_zeros();
        bits >>= outside;
        let inside = bits.trailing_ones();
        at += outside as usize;
        out.rows(at, at + inside as usize);
        at += inside as usize;
        bits = bits.checked_shr(inside).unwrap_or(0);
    }
}
