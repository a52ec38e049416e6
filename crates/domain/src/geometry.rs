//! Shapes on integer coordinates of 1e-7 degree with straight edges in longitude/latitude (RFC 7946).
//! The containment test here is the definition the engine, the loader and the oracle are held to: the
//! boundary counts as inside, orientation is exact in i128.

use crate::spatial::{BBox, LngLat};

/// A closed ring without its repeated last vertex; three vertices or more.
pub type Ring = Vec<LngLat>;
/// Two vertices or more.
pub type LineString = Vec<LngLat>;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Polygon {
    pub exterior: Ring,
    pub holes: Vec<Ring>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MultiPolygon(pub Vec<Polygon>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Geometry {
    Point(LngLat),
    Line(LineString),
    Area(MultiPolygon),
}

/// Where a point lies with respect to a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Inside,
    Boundary,
    Outside,
}

/// Twice the signed area of the triangle a, b, p: positive when p is left of a → b.
pub fn orientation(a: LngLat, b: LngLat, p: LngLat) -> i128 {
    let d = |v: i32, w: i32| i128::from(v) - i128::from(w);
    d(b.lng_e7, a.lng_e7) * d(p.lat_e7, a.lat_e7) - d(b.lat_e7, a.lat_e7) * d(p.lng_e7, a.lng_e7)
}

/// Whether `p` lies on the closed segment a–b.
pub fn on_segment(a: LngLat, b: LngLat, p: LngLat) -> bool {
    let within = |v: i32, s: i32, t: i32| s.min(t) <= v && v <= s.max(t);
    within(p.lng_e7, a.lng_e7, b.lng_e7)
        && within(p.lat_e7, a.lat_e7, b.lat_e7)
        && orientation(a, b, p) == 0
}

/// Even-odd crossing test, exact; cost is one step per vertex.
pub fn side_of_ring(ring: &[LngLat], p: LngLat) -> Side {
    let mut inside = false;
    let Some(&last) = ring.last() else {
        return Side::Outside;
    };
    let mut a = last;
    for &b in ring {
        if on_segment(a, b, p) {
            return Side::Boundary;
        }
        if (a.lat_e7 > p.lat_e7) != (b.lat_e7 > p.lat_e7) {
            let (low, high) = if a.lat_e7 < b.lat_e7 { (a, b) } else { (b, a) };
            if orientation(low, high, p) > 0 {
                inside = !inside;
            }
        }
        a = b;
    }
    if inside { Side::Inside } else { Side::Outside }
}

impl Polygon {
    /// A point on the exterior or on a hole's edge is inside; a point in a hole is not.
    pub fn contains(&self, p: LngLat) -> bool {
        match side_of_ring(&self.exterior, p) {
            Side::Outside => false,
            Side::Boundary => true,
            Side::Inside => self
                .holes
                .iter()
                .all(|hole| side_of_ring(hole, p) != Side::Inside),
        }
    }

    pub fn rings(&self) -> impl Iterator<Item = &Ring> {
        std::iter::once(&self.exterior).chain(&self.holes)
    }

    pub fn bbox(&self) -> Option<BBox> {
        BBox::around(self.exterior.iter().copied())
    }
}

impl MultiPolygon {
    pub fn contains(&self, p: LngLat) -> bool {
        self.0.iter().any(|polygon| polygon.contains(p))
    }

    pub fn bbox(&self) -> Option<BBox> {
        self.0.iter().filter_map(Polygon::bbox).reduce(BBox::union)
    }

    pub fn vertex_count(&self) -> usize {
        self.0.iter().flat_map(Polygon::rings).map(Vec::len).sum()
    }

    /// The area of a box, as a selection.
    pub fn from_bbox(bbox: BBox) -> Self {
        let corner = LngLat::from_e7;
        Self(vec![Polygon {
            exterior: vec![
                bbox.min,
                corner(bbox.max.lng_e7, bbox.min.lat_e7),
                bbox.max,
                corner(bbox.min.lng_e7, bbox.max.lat_e7),
            ],
            holes: Vec::new(),
        }])
    }

    /// Area in square metres on a local equirectangular plane through the shape's own latitude.
    pub fn area_m2(&self) -> f64 {
        self.0
            .iter()
            .map(|polygon| {
                ring_area_m2(&polygon.exterior)
                    - polygon.holes.iter().map(|h| ring_area_m2(h)).sum::<f64>()
            })
            .sum()
    }
}

fn ring_area_m2(ring: &[LngLat]) -> f64 {
    let Some(&origin) = ring.first() else {
        return 0.0;
    };
    let metre_per_degree = crate::spatial::EARTH_RADIUS_M.to_radians();
    let mean_lat = ring.iter().map(|p| p.lat()).sum::<f64>() / ring.len() as f64;
    let scale = mean_lat.to_radians().cos();
    let xy = |p: LngLat| {
        (
            (p.lng() - origin.lng()) * metre_per_degree * scale,
            (p.lat() - origin.lat()) * metre_per_degree,
        )
    };
    let mut twice = 0.0;
    let mut a = xy(ring[ring.len() - 1]);
    for &p in ring {
        let b = xy(p);
        twice += a.0 * b.1 - b.0 * a.1;
        a = b;
    }
    (twice / 2.0).abs()
}

impl Geometry {
    pub fn vertex_count(&self) -> usize {
        match self {
            Self::Point(_) => 1,
            Self::Line(line) => line.len(),
            Self::Area(area) => area.vertex_count(),
        }
    }

    pub fn bbox(&self) -> Option<BBox> {
        match self {
            Self::Point(p) => Some(BBox { min: *p, max: *p }),
            Self::Line(line) => BBox::around(line.iter().copied()),
            Self::Area(area) => area.bbox(),
        }
    }

    pub fn as_area(&self) -> Option<&MultiPolygon> {
        match self {
            Self::Area(area) => Some(area),
            _ => None,
        }
    }
}

/// Length in metres, the sum of the haversine lengths of its segments.
pub fn line_length_m(line: &[LngLat]) -> f64 {
    line.windows(2)
        .map(|pair| pair[0].haversine_m(pair[1]))
        .sum()
}

/// The point at half the length: where a road counts. `None` for an empty line.
pub fn line_midpoint(line: &[LngLat]) -> Option<LngLat> {
    let mut left = line_length_m(line) / 2.0;
    for pair in line.windows(2) {
        let length = pair[0].haversine_m(pair[1]);
        if length >= left && length > 0.0 {
            let share = left / length;
            let mix = |a: i32, b: i32| {
                (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as i32
            };
            return Some(LngLat::from_e7(
                mix(pair[0].lng_e7, pair[1].lng_e7),
                mix(pair[0].lat_e7, pair[1].lat_e7),
            ));
        }
        left -= length;
    }
    line.first().copied()
}

/// Shortest distance in metres from a place to any of the shapes: to a point by the haversine formula on the mean
/// sphere, to a line or area on a local plane through the place's latitude. Infinite for no shape.
pub fn distance_m(p: LngLat, shapes: &[Geometry]) -> f64 {
    let to = |shape: &Geometry| match shape {
        Geometry::Point(point) => p.haversine_m(*point),
        Geometry::Line(line) => distance_to_line_m(p, line),
        Geometry::Area(area) => distance_to_area_m(p, area),
    };
    shapes.iter().map(to).fold(f64::INFINITY, f64::min)
}

/// Shortest distance in metres from a point to a line, on a local plane (error below 0.1 % under 10 km).
pub fn distance_to_line_m(p: LngLat, line: &[LngLat]) -> f64 {
    if let [only] = line {
        return p.haversine_m(*only);
    }
    line.windows(2)
        .map(|pair| distance_to_segment_m(p, pair[0], pair[1]))
        .fold(f64::INFINITY, f64::min)
}

fn distance_to_segment_m(p: LngLat, a: LngLat, b: LngLat) -> f64 {
    let metre_per_degree = crate::spatial::EARTH_RADIUS_M.to_radians();
    let scale = p.lat().to_radians().cos();
    let xy = |q: LngLat| {
        (
            (q.lng() - p.lng()) * metre_per_degree * scale,
            (q.lat() - p.lat()) * metre_per_degree,
        )
    };
    let (ax, ay) = xy(a);
    let (bx, by) = xy(b);
    let (dx, dy) = (bx - ax, by - ay);
    let length2 = dx * dx + dy * dy;
    let t = if length2 == 0.0 {
        0.0
    } else {
        (-(ax * dx + ay * dy) / length2).clamp(0.0, 1.0)
    };
    (ax + t * dx).hypot(ay + t * dy)
}

/// Shortest distance in metres from a point to an area; 0 inside or on the edge.
pub fn distance_to_area_m(p: LngLat, area: &MultiPolygon) -> f64 {
    if area.contains(p) {
        return 0.0;
    }
    area.0
        .iter()
        .flat_map(Polygon::rings)
        .flat_map(|ring| (0..ring.len()).map(move |i| (ring[i], ring[(i + 1) % ring.len()])))
        .map(|(a, b)| distance_to_segment_m(p, a, b))
        .fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(from: i32, to: i32) -> Ring {
        [(from, from), (to, from), (to, to), (from, to)]
            .map(|(x, y)| LngLat::from_e7(x, y))
            .to_vec()
    }

    #[test]
    fn edges_and_vertices_are_inside_and_a_hole_is_not() {
        let polygon = Polygon {
            exterior: square(0, 100),
            holes: vec![square(40, 60)],
        };
        let inside = |x, y| polygon.contains(LngLat::from_e7(x, y));
        assert!(inside(0, 0) && inside(100, 50) && inside(50, 100) && inside(10, 10));
        assert!(
            inside(40, 50) && inside(60, 60),
            "a hole's edge still belongs to the polygon"
        );
        assert!(!inside(50, 50) && !inside(101, 50) && !inside(-1, 0));
    }

    #[test]
    fn coordinates_at_the_far_corners_do_not_overflow() {
        let world = Polygon {
            exterior: square(-1_800_000_000, 1_800_000_000),
            holes: vec![],
        };
        assert!(world.contains(LngLat::from_e7(1_800_000_000, -900_000_000)));
    }

    #[test]
    fn a_road_counts_at_half_its_length() {
        let line = vec![
            LngLat::from_e7(0, 0),
            LngLat::from_e7(1_000, 0),
            LngLat::from_e7(4_000, 0),
        ];
        assert_eq!(line_midpoint(&line), Some(LngLat::from_e7(2_000, 0)));
    }
}
