//! Squares of the quadkey space with their rows and their boxes, and how an edge lies to one.

use super::open::Edge;
use super::{MARGIN_E7, MAX_LAT_E7, MAX_LNG_E7, Places};
use crate::positions::{Quadkeys, Slice};
use geocrm_domain::{BBox, LngLat, MultiPolygon, Quadkey};
use std::f64::consts::PI;

#[derive(Debug, Clone, Copy)]
pub(super) struct Quad {
    pub(super) slice: Slice,
    pub(super) bbox: BBox,
}

pub(super) enum Relation {
    /// The edge may touch the box.
    Touches,
    /// It lies to the right of every point of the box at whose latitude it passes.
    Right,
    /// It never passes to the right of a point of the box.
    Clear,
}

/// The smallest quad that all rows of the area must lie in: the x and y numbers of their cells lie between those of the
/// corners of the area's box, so that they share every leading bit that the corners share.
pub(super) fn common_quad(area: &MultiPolygon, places: Places<'_>) -> Quad {
    let mut quad = Quad {
        slice: places.quadkeys.whole(),
        bbox: BBox {
            min: LngLat::from_e7(-MAX_LNG_E7, -MAX_LAT_E7),
            max: LngLat::from_e7(MAX_LNG_E7, MAX_LAT_E7),
        },
    };
    let Some(bbox) = BBox::around(
        area.0
            .iter()
            .flat_map(|polygon| polygon.exterior.iter().copied()),
    ) else {
        return quad;
    };
    let moved = |p: LngLat, by: i32| LngLat {
        lng_e7: (p.lng_e7 + by).clamp(-MAX_LNG_E7, MAX_LNG_E7),
        lat_e7: (p.lat_e7 + by).clamp(-MAX_LAT_E7, MAX_LAT_E7),
    };
    let first = moved(bbox.min, -MARGIN_E7).quadkey().0;
    let last = moved(bbox.max, MARGIN_E7).quadkey().0;
    while quad.slice.shift > 0 {
        let shift = quad.slice.shift - 1;
        let part = (first >> (2 * shift)) & 3;
        if part != (last >> (2 * shift)) & 3 {
            break;
        }
        quad = quarters(quad, &places.quadkeys)[part as usize];
    }
    quad
}

/// The four quads of the next level in quadkey order.
pub(super) fn quarters(quad: Quad, quadkeys: &Quadkeys<'_>) -> [Quad; 4] {
    let middle = middle(&quad.slice);
    let slices = quadkeys.quarters(&quad.slice);
    std::array::from_fn(|part| Quad {
        slice: slices[part],
        bbox: quarter_box(&quad, middle, part),
    })
}

/// Where a quad's parts meet.
fn middle(quad: &Slice) -> LngLat {
    let level = 33 - quad.shift;
    let (x, y) = Quadkey(quad.prefix).cell();
    // In units of the unit square; exact in doubles.
    let size = f64::from(level).exp2();
    let mid_x = (2.0 * f64::from(x) + 1.0) / size;
    let mid_y = (2.0 * f64::from(y) + 1.0) / size;
    LngLat {
        lng_e7: ((mid_x - 0.5) * 3.6e9).round() as i32,
        lat_e7: (((0.5 - mid_y) * 2.0 * PI).sinh().atan().to_degrees() * 1e7).round() as i32,
    }
}

/// The box of one of a quad's parts.
fn quarter_box(quad: &Quad, middle: LngLat, part: usize) -> BBox {
    let BBox { mut min, mut max } = quad.bbox;
    if part & 1 == 0 {
        max.lng_e7 = max.lng_e7.min(middle.lng_e7 + MARGIN_E7);
    } else {
        min.lng_e7 = min.lng_e7.max(middle.lng_e7 - MARGIN_E7);
    }
    if part & 2 == 0 {
        min.lat_e7 = min.lat_e7.max(middle.lat_e7 - MARGIN_E7);
    } else {
        max.lat_e7 = max.lat_e7.min(middle.lat_e7 + MARGIN_E7);
    }
    BBox { min, max }
}

/// The box that two boxes share.
pub(super) fn shared(a: BBox, b: BBox) -> BBox {
    BBox {
        min: LngLat::from_e7(
            a.min.lng_e7.max(b.min.lng_e7),
            a.min.lat_e7.max(b.min.lat_e7),
        ),
        max: LngLat::from_e7(
            a.max.lng_e7.min(b.max.lng_e7),
            a.max.lat_e7.min(b.max.lat_e7),
        ),
    }
}

pub(super) fn relation(edge: &Edge, bbox: &BBox) -> Relation {
    let Edge { low, high } = *edge;
    if high.lat_e7 < bbox.min.lat_e7 || low.lat_e7 > bbox.max.lat_e7 {
        return Relation::Clear;
    }
    if low.lng_e7.min(high.lng_e7) > bbox.max.lng_e7 {
        return Relation::Right;
    }
    if low.lng_e7.max(high.lng_e7) < bbox.min.lng_e7 {
        return Relation::Clear;
    }
    // Of the corners, the one least and the one most to the left of the edge.
    let (first, last) = if high.lng_e7 >= low.lng_e7 {
        (bbox.min.lat_e7, bbox.max.lat_e7)
    } else {
        (bbox.max.lat_e7, bbox.min.lat_e7)
    };
    if side(edge, LngLat::from_e7(bbox.max.lng_e7, first)).is_gt() {
        Relation::Right
    } else if side(edge, LngLat::from_e7(bbox.min.lng_e7, last)).is_lt() {
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
