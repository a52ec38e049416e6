//! Which rows lie in a polygon? The quads of the quadkey space are walked downwards. A quad that no edge
//! touches is taken or dropped whole, as one slice of rows; in the others, once few rows are left, each row
//! is tested against the edges of that quad alone. Cost follows the polygon's edge, not its inside.
//!
//! The answer equals `MultiPolygon::contains` exactly, for invalid polygons too. A row belongs to a quad by
//! its quadkey; the quad's box in longitude/latitude is rounded outwards by more than the rounding error of
//! the quadkey, so every row of the quad lies in its box. An edge that misses the box can then neither
//! touch such a row nor change its even-odd state except by lying wholly to its right, and that depends on
//! the row's latitude only: it is kept per ring as a parity with the latitudes where it flips. No
//! geometry is ever cut, so nothing is ever rounded. Products of coordinate differences fit i64 (at most
//! 3.6e9 × 1.8e9 < 2^63) and are compared, never subtracted.

use crate::cube::Quadkeys;
use crate::error::OlapError;
use crate::rows::RowSet;
use geocrm_domain::{LngLat, MultiPolygon};
use std::f64::consts::PI;

const MAX_LNG_E7: i32 = 1_800_000_000;
const MAX_LAT_E7: i32 = 900_000_000;
/// Outward rounding of a quad's box in 1e-7 degrees. The quadkey's floating-point error is below 1e-5 of
/// that (an absolute error of some 1e-15 in the unit square, times 3.6e9).
const MARGIN_E7: i32 = 2;
/// Rows × edges up to which a quad is tested row by row rather than split.
const DIRECT_COST: usize = 192;
/// Rows from which the four parts of a quad are walked in parallel.
const PARALLEL_ROWS: usize = 50_000;

/// Whether coordinates are on the globe, which the arithmetic here relies on.
pub(crate) fn on_globe(p: LngLat) -> bool {
    (-MAX_LNG_E7..=MAX_LNG_E7).contains(&p.lng_e7) && (-MAX_LAT_E7..=MAX_LAT_E7).contains(&p.lat_e7)
}

/// The columns a cover reads, all of the placed rows, in quadkey order.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    pub(crate) quadkeys: Quadkeys<'a>,
    pub(crate) lng_e7: &'a [i32],
    pub(crate) lat_e7: &'a [i32],
}

/// An edge from its lower to its upper end.
#[derive(Debug, Clone, Copy)]
struct Edge {
    low: LngLat,
    high: LngLat,
}

#[derive(Debug, Clone, Copy)]
struct Quad {
    /// Quadkey without the `2 * shift` low bits.
    prefix: u64,
    shift: u32,
    min: LngLat,
    max: LngLat,
    start: usize,
    end: usize,
}

enum Relation {
    /// The edge may touch the box.
    Touches,
    /// It lies to the right of every point of the box at whose latitude it passes.
    Right,
    /// It never passes to the right of a point of the box.
    Clear,
}

/// A ring some of whose edges touch the quad.
#[derive(Debug, Clone, Copy)]
struct OpenRing {
    hole: bool,
    /// Even-odd state at the box's lowest latitude, of the edges that are no longer listed.
    parity: bool,
    edges: (usize, usize),
    flips: (usize, usize),
}

/// A polygon that may hold some rows of the quad and not others.
#[derive(Debug, Clone, Copy)]
struct OpenPolygon {
    rings: (usize, usize),
    /// A hole covers the whole quad, so only the exterior's own boundary belongs to the polygon.
    in_hole: bool,
}

/// Stacks that the walk pushes to on its way down and truncates on its way up.
#[derive(Debug, Clone, Default)]
struct Stacks {
    edges: Vec<Edge>,
    /// Latitudes where a ring's parity flips, sorted per ring.
    flips: Vec<i32>,
    rings: Vec<OpenRing>,
    polygons: Vec<OpenPolygon>,
}

enum State {
    Inside,
    Outside,
    /// The quad's polygons on the stack.
    Mixed((usize, usize)),
}

/// The rows inside the area or on its edge.
pub(crate) fn rows_within(area: &MultiPolygon, places: Places<'_>) -> Result<RowSet, OlapError> {
    let mut stacks = Stacks::default();
    for polygon in &area.0 {
        let first = stacks.rings.len();
        for (index, ring) in polygon.rings().enumerate() {
            let edges = stacks.edges.len();
            for (i, &b) in ring.iter().enumerate() {
                if !on_globe(b) {
                    return Err(OlapError::VertexOutsideGlobe {
                        lng_e7: b.lng_e7,
                        lat_e7: b.lat_e7,
                    });
                }
                let a = ring[i.checked_sub(1).unwrap_or(ring.len() - 1)];
                let (low, high) = if a.lat_e7 < b.lat_e7 { (a, b) } else { (b, a) };
                stacks.edges.push(Edge { low, high });
            }
            stacks.rings.push(OpenRing {
                hole: index > 0,
                parity: false,
                edges: (edges, stacks.edges.len()),
                flips: (0, 0),
            });
        }
        stacks.polygons.push(OpenPolygon {
            rings: (first, stacks.rings.len()),
            in_hole: false,
        });
    }
    let world = Quad {
        prefix: 0,
        shift: 32,
        min: LngLat::from_e7(-MAX_LNG_E7, -MAX_LAT_E7),
        max: LngLat::from_e7(MAX_LNG_E7, MAX_LAT_E7),
        start: 0,
        end: places.lng_e7.len(),
    };
    let mut out = RowSet::default();
    let open = (0, stacks.polygons.len());
    walk(world, open, &mut stacks, places, &mut out);
    Ok(out)
}

fn walk(
    quad: Quad,
    open: (usize, usize),
    stacks: &mut Stacks,
    places: Places<'_>,
    out: &mut RowSet,
) {
    let rows = quad.end - quad.start;
    let edges: usize = stacks.polygons[open.0..open.1]
        .iter()
        .flat_map(|polygon| &stacks.rings[polygon.rings.0..polygon.rings.1])
        .map(|ring| ring.edges.1 - ring.edges.0)
        .sum();
    if rows * edges <= DIRECT_COST || rows <= 2 || quad.shift == 0 {
        return test_rows(quad, open, stacks, places, out);
    }
    let parts = quarters(quad, &places.quadkeys);
    if rows >= PARALLEL_ROWS && rayon::current_num_threads() > 1 {
        let part = |quad: Quad| {
            let (mut stacks, mut out) = (stacks.clone(), RowSet::default());
            descend(quad, open, &mut stacks, places, &mut out);
            out
        };
        let [a, b, c, d] = parts;
        let ((a, b), (c, d)) = rayon::join(
            || rayon::join(|| part(a), || part(b)),
            || rayon::join(|| part(c), || part(d)),
        );
        for rows in [a, b, c, d] {
            out.append(&rows);
        }
    } else {
        for part in parts {
            descend(part, open, stacks, places, out);
        }
    }
}

fn descend(
    quad: Quad,
    open: (usize, usize),
    stacks: &mut Stacks,
    places: Places<'_>,
    out: &mut RowSet,
) {
    if quad.start == quad.end {
        return;
    }
    let marks = (
        stacks.edges.len(),
        stacks.flips.len(),
        stacks.rings.len(),
        stacks.polygons.len(),
    );
    match narrow(&quad, open, stacks) {
        State::Inside => out.push(quad.start, quad.end),
        State::Outside => {}
        State::Mixed(open) => walk(quad, open, stacks, places, out),
    }
    stacks.edges.truncate(marks.0);
    stacks.flips.truncate(marks.1);
    stacks.rings.truncate(marks.2);
    stacks.polygons.truncate(marks.3);
}

/// The four quads of the next level in quadkey order: north-west, north-east, south-west, south-east.
fn quarters(quad: Quad, quadkeys: &Quadkeys<'_>) -> [Quad; 4] {
    let shift = quad.shift - 1;
    let level = 32 - shift;
    let (x, y) = geocrm_domain::Quadkey(quad.prefix).cell();
    // The middle lines in units of the unit square; exact in doubles.
    let size = f64::from(level).exp2();
    let mid_x = (2.0 * f64::from(x) + 1.0) / size;
    let mid_y = (2.0 * f64::from(y) + 1.0) / size;
    let lng = ((mid_x - 0.5) * 3.6e9).round() as i32;
    let lat = (((0.5 - mid_y) * 2.0 * PI).sinh().atan().to_degrees() * 1e7).round() as i32;
    let mut start = quad.start;
    std::array::from_fn(|part| {
        let prefix = (quad.prefix << 2) | part as u64;
        let end = if part == 3 {
            quad.end
        } else {
            let next = (prefix + 1) << (2 * shift);
            quadkeys.first_from(next, start..quad.end)
        };
        let (mut min, mut max) = (quad.min, quad.max);
        if part & 1 == 0 {
            max.lng_e7 = max.lng_e7.min(lng + MARGIN_E7);
        } else {
            min.lng_e7 = min.lng_e7.max(lng - MARGIN_E7);
        }
        if part & 2 == 0 {
            min.lat_e7 = min.lat_e7.max(lat - MARGIN_E7);
        } else {
            max.lat_e7 = max.lat_e7.min(lat + MARGIN_E7);
        }
        let part = Quad {
            prefix,
            shift,
            min,
            max,
            start,
            end,
        };
        start = end;
        part
    })
}

fn relation(edge: &Edge, quad: &Quad) -> Relation {
    let Edge { low, high } = *edge;
    if high.lat_e7 < quad.min.lat_e7 || low.lat_e7 > quad.max.lat_e7 {
        return Relation::Clear;
    }
    if low.lng_e7.min(high.lng_e7) > quad.max.lng_e7 {
        return Relation::Right;
    }
    if low.lng_e7.max(high.lng_e7) < quad.min.lng_e7 {
        return Relation::Clear;
    }
    // Of the corners, the one least and the one most to the left of the edge.
    let (first, last) = if high.lng_e7 >= low.lng_e7 {
        (quad.min.lat_e7, quad.max.lat_e7)
    } else {
        (quad.max.lat_e7, quad.min.lat_e7)
    };
    if side(edge, LngLat::from_e7(quad.max.lng_e7, first)).is_gt() {
        Relation::Right
    } else if side(edge, LngLat::from_e7(quad.min.lng_e7, last)).is_lt() {
        Relation::Clear
    } else {
        Relation::Touches
    }
}

/// Greater when `p` lies left of the upward edge, equal on its line.
fn side(edge: &Edge, p: LngLat) -> std::cmp::Ordering {
    let d = |a: i32, b: i32| i64::from(a) - i64::from(b);
    let Edge { low, high } = *edge;
    let left = d(high.lng_e7, low.lng_e7) * d(p.lat_e7, low.lat_e7);
    let right = d(high.lat_e7, low.lat_e7) * d(p.lng_e7, low.lng_e7);
    left.cmp(&right)
}

/// What is left of the open polygons in a smaller quad.
fn narrow(quad: &Quad, open: (usize, usize), stacks: &mut Stacks) -> State {
    let first_polygon = stacks.polygons.len();
    for at in open.0..open.1 {
        let polygon = stacks.polygons[at];
        let first_ring = stacks.rings.len();
        let mut in_hole = polygon.in_hole;
        let mut exterior_open = false;
        let mut dropped = false;
        for ring in polygon.rings.0..polygon.rings.1 {
            let ring = narrow_ring(quad, stacks.rings[ring], stacks);
            let resolved = ring.edges.0 == ring.edges.1;
            debug_assert!(!resolved || ring.flips.0 == ring.flips.1);
            if !resolved {
                exterior_open |= !ring.hole;
                stacks.rings.push(ring);
            } else if ring.hole {
                in_hole |= ring.parity;
            } else if !ring.parity {
                dropped = true;
                break;
            }
        }
        if dropped || (in_hole && !exterior_open) {
            stacks.rings.truncate(first_ring);
            continue;
        }
        let rings = (first_ring, stacks.rings.len());
        if rings.0 == rings.1 {
            return State::Inside;
        }
        stacks.polygons.push(OpenPolygon { rings, in_hole });
    }
    if stacks.polygons.len() == first_polygon {
        State::Outside
    } else {
        State::Mixed((first_polygon, stacks.polygons.len()))
    }
}

fn narrow_ring(quad: &Quad, ring: OpenRing, stacks: &mut Stacks) -> OpenRing {
    let (bottom, top) = (quad.min.lat_e7, quad.max.lat_e7);
    let mut parity = ring.parity;
    let first_flip = stacks.flips.len();
    let mut flip = |lat: i32, flips: &mut Vec<i32>| {
        if lat <= bottom {
            parity = !parity;
        } else if lat <= top {
            flips.push(lat);
        }
    };
    for i in ring.flips.0..ring.flips.1 {
        let lat = stacks.flips[i];
        flip(lat, &mut stacks.flips);
    }
    let first_edge = stacks.edges.len();
    for i in ring.edges.0..ring.edges.1 {
        let edge = stacks.edges[i];
        match relation(&edge, quad) {
            Relation::Touches => stacks.edges.push(edge),
            Relation::Right => {
                flip(edge.low.lat_e7, &mut stacks.flips);
                flip(edge.high.lat_e7, &mut stacks.flips);
            }
            Relation::Clear => {}
        }
    }
    cancel_pairs(&mut stacks.flips, first_flip);
    OpenRing {
        hole: ring.hole,
        parity,
        edges: (first_edge, stacks.edges.len()),
        flips: (first_flip, stacks.flips.len()),
    }
}

/// Two flips at one latitude are none.
fn cancel_pairs(flips: &mut Vec<i32>, first: usize) {
    if flips.len() - first < 2 {
        return;
    }
    flips[first..].sort_unstable();
    let mut kept = first;
    for i in first..flips.len() {
        let lat = flips[i];
        if kept > first && flips[kept - 1] == lat {
            kept -= 1;
        } else {
            flips[kept] = lat;
            kept += 1;
        }
    }
    flips.truncate(kept);
}

fn test_rows(
    quad: Quad,
    open: (usize, usize),
    stacks: &Stacks,
    places: Places<'_>,
    out: &mut RowSet,
) {
    let polygons = &stacks.polygons[open.0..open.1];
    let mut from = None;
    for row in quad.start..quad.end {
        let p = LngLat::from_e7(places.lng_e7[row], places.lat_e7[row]);
        let inside = polygons.iter().any(|polygon| holds(polygon, stacks, p));
        match (inside, from) {
            (true, None) => from = Some(row),
            (false, Some(start)) => {
                out.push(start, row);
                from = None;
            }
            _ => {}
        }
    }
    if let Some(start) = from {
        out.push(start, quad.end);
    }
}

fn holds(polygon: &OpenPolygon, stacks: &Stacks, p: LngLat) -> bool {
    for ring in &stacks.rings[polygon.rings.0..polygon.rings.1] {
        // The exterior, when open, is the first ring; its boundary belongs to the polygon whatever the holes say.
        match (ring_state(ring, stacks, p), ring.hole) {
            (None, false) => return true,
            (Some(false), false) | (Some(true), true) => return false,
            _ => {}
        }
    }
    !polygon.in_hole
}

/// Even-odd state of a point; `None` on the ring itself.
fn ring_state(ring: &OpenRing, stacks: &Stacks, p: LngLat) -> Option<bool> {
    let flips = &stacks.flips[ring.flips.0..ring.flips.1];
    let mut inside = ring.parity ^ (flips.iter().filter(|lat| **lat <= p.lat_e7).count() % 2 == 1);
    for edge in &stacks.edges[ring.edges.0..ring.edges.1] {
        let Edge { low, high } = *edge;
        if p.lat_e7 < low.lat_e7 || p.lat_e7 > high.lat_e7 {
            continue;
        }
        let side = side(edge, p);
        if side.is_eq() {
            let (west, east) = (low.lng_e7.min(high.lng_e7), low.lng_e7.max(high.lng_e7));
            if west <= p.lng_e7 && p.lng_e7 <= east {
                return None;
            }
        }
        inside ^= side.is_gt() && p.lat_e7 < high.lat_e7;
    }
    Some(inside)
}
