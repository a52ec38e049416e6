//! Which road runs past this place? Candidates come from a tree of segment boxes in rings of growing radius, so
//! that a place in a town looks at a street or two; the distance is measured exactly on each.

use crate::graph::{RoadGraph, Segment};
use crate::{NearestRoad, Which};
use geocrm_domain::{BBox, LngLat};
use rstar::AABB;

/// Radius of the first ring in metres; each next one is four times as wide.
const FIRST_RING_M: f64 = 50.0;

/// A point on an arc.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Snap {
    pub arc: u32,
    pub point: LngLat,
    /// Haversine metres from the place.
    pub distance_m: f64,
    /// Vertex at or before the point.
    pub vertex: u32,
    /// Network metres from the arc's first vertex.
    pub offset_m: f64,
}

impl RoadGraph {
    /// The road nearest to a place within `max_m` haversine metres, and the point on it; of two equally near the
    /// one of lower id.
    pub fn nearest_road(&self, place: LngLat, max_m: f64, which: Which) -> Option<NearestRoad> {
        let snap = self.snap(place, max_m, which)?;
        Some(NearestRoad {
            road_id: self.road_of(&self.arcs[snap.arc as usize]).id,
            distance_m: snap.distance_m,
            point: snap.point,
        })
    }

    pub(crate) fn snap(&self, place: LngLat, max_m: f64, which: Which) -> Option<Snap> {
        let mut radius_m = FIRST_RING_M.min(max_m);
        loop {
            let found = self.nearest_within(place, radius_m, which);
            if found.is_some() || radius_m >= max_m {
                return found.map(|(segment, point, distance_m)| {
                    self.placed_on_arc(segment, point, distance_m)
                });
            }
            radius_m = (radius_m * 4.0).min(max_m);
        }
    }

    fn nearest_within(
        &self,
        place: LngLat,
        radius_m: f64,
        which: Which,
    ) -> Option<(Segment, LngLat, f64)> {
        let around = BBox::around_point(place, radius_m);
        let corner = |at: LngLat| [at.lng(), at.lat()];
        let window = AABB::from_corners(corner(around.min), corner(around.max));
        self.segments
            .locate_in_envelope_intersecting(&window)
            .map(|entry| entry.data)
            .filter(|segment| {
                let arc = &self.arcs[segment.arc as usize];
                which == Which::All || self.road_of(arc).drivable
            })
            .map(|segment| {
                let (a, b) = self.ends(segment);
                let point = nearest_on_segment(place, a, b);
                (segment, point, place.haversine_m(point))
            })
            .filter(|(_, _, distance_m)| *distance_m <= radius_m)
            .min_by(|a, b| {
                let order = a.2.total_cmp(&b.2);
                // Arcs and vertices are in the order of road ids.
                order.then(a.0.vertex.cmp(&b.0.vertex))
            })
    }

    fn ends(&self, segment: Segment) -> (LngLat, LngLat) {
        let at = segment.vertex as usize;
        (self.vertices[at], self.vertices[at + 1])
    }

    fn placed_on_arc(&self, segment: Segment, point: LngLat, distance_m: f64) -> Snap {
        let arc = &self.arcs[segment.arc as usize];
        let before = &self.vertices[arc.first as usize..=segment.vertex as usize];
        let whole: f64 = before.windows(2).map(|w| w[0].haversine_m(w[1])).sum();
        let part = self.ends(segment).0.haversine_m(point);
        // At the arc's end the sum may differ from its length in the last bit.
        let at_end = Some(&point) == self.line(arc).last() && segment.vertex + 1 == arc.last;
        let offset_m = if at_end {
            arc.length_m
        } else {
            (whole + part).min(arc.length_m)
        };
        Snap {
            arc: segment.arc,
            point,
            distance_m,
            vertex: segment.vertex,
            offset_m,
        }
    }
}

/// The nearest point in the plane that touches the globe at the place (degrees east shortened by the cosine of its
/// latitude); over a few kilometres that is the point of least haversine distance to well under a millimetre per
/// metre.
fn nearest_on_segment(place: LngLat, a: LngLat, b: LngLat) -> LngLat {
    let squeeze = place.lat().to_radians().cos();
    let plane = |at: LngLat| {
        let east = f64::from(at.lng_e7) - f64::from(place.lng_e7);
        let north = f64::from(at.lat_e7) - f64::from(place.lat_e7);
        (east * squeeze, north)
    };
    let ((ax, ay), (bx, by)) = (plane(a), plane(b));
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    if length == 0.0 {
        return a;
    }
    let share = (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0);
    let between = |from: i32, to: i32| {
        let (from, to) = (f64::from(from), f64::from(to));
        (from + (to - from) * share).round() as i32
    };
    LngLat::from_e7(between(a.lng_e7, b.lng_e7), between(a.lat_e7, b.lat_e7))
}
