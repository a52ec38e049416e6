//! Shapes on integer coordinates of 1e-7 degree with straight edges in longitude/latitude (RFC 7946).
//! The containment test here is the definition the engine, the loader and the oracle are held to: the
//! boundary counts as inside, orientation is exact in i128.

use crate::spatial::{BBox, LngLat};
use geo::BooleanOps;
use geo::bool_ops::FillRule;

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

    /// Square metres on the WGS 84 ellipsoid of a shape whose rings do not cross and whose parts do not overlap.
    pub fn area_m2(&self) -> f64 {
        self.0
            .iter()
            .map(|polygon| {
                ring_area_m2(&polygon.exterior)
                    - polygon.holes.iter().map(|h| ring_area_m2(h)).sum::<f64>()
            })
            .sum()
    }

    /// Square metres of what [`Self::contains`] holds to be inside, whatever crosses or overlaps: what two parts
    /// share counts once.
    pub fn covered_m2(&self) -> f64 {
        let even_odd = |ring: &Ring| {
            let line = ring.iter().map(|p| p.to_geo_coord()).collect();
            let polygon = geo::Polygon::new(line, Vec::new());
            geo::MultiPolygon::new(Vec::new()).union_with_fill_rule(&polygon, FillRule::EvenOdd)
        };
        let without_holes = |polygon: &Polygon| {
            let holes = polygon.holes.iter().map(even_odd);
            holes.fold(even_odd(&polygon.exterior), |left, hole| {
                left.difference(&hole)
            })
        };
        let parts: Vec<_> = self.0.iter().map(without_holes).collect();
        let covered = geo::unary_union(parts.iter());
        let ring =
            |line: &geo::LineString<f64>| ellipsoid_m2(line.lines().map(|l| (l.start, l.end)));
        let polygon = |polygon: &geo::Polygon<f64>| {
            ring(polygon.exterior()) - polygon.interiors().iter().map(ring).sum::<f64>()
        };
        covered.iter().map(polygon).sum()
    }
}

fn ring_area_m2(ring: &[LngLat]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ellipsoid_m2(
        ring.iter()
            .zip(next)
            .map(|(a, b)| (a.to_geo_coord(), b.to_geo_coord())),
    )
}

/// Square metres within the edges of a ring, which are straight in longitude and latitude as everywhere here. To each
/// edge belongs the surface between it and the equator: the integral of the surface up to a latitude (Snyder, Map
/// Projections, 1987, equation 3-12) over the longitude, by Gauss and Legendre at three places.
fn ellipsoid_m2(edges: impl Iterator<Item = (geo::Coord<f64>, geo::Coord<f64>)>) -> f64 {
    const A: f64 = 6_378_137.0;
    const F: f64 = 1.0 / 298.257_223_563;
    const PLACES: [(f64, f64); 3] = [
        (0.112_701_665_379_258_3, 5.0 / 18.0),
        (0.5, 8.0 / 18.0),
        (0.887_298_334_620_741_7, 5.0 / 18.0),
    ];
    let e2 = F * (2.0 - F);
    let e = e2.sqrt();
    let polar2 = A * A * (1.0 - e2);
    let up_to = |lat: f64| {
        let sin = lat.to_radians().sin();
        polar2 / 2.0 * (sin / (1.0 - e2 * sin * sin) + (e * sin).atanh() / e)
    };
    let below = |(from, to): (geo::Coord<f64>, geo::Coord<f64>)| {
        let mean: f64 = PLACES
            .iter()
            .map(|(place, weight)| weight * up_to(from.y + (to.y - from.y) * place))
            .sum();
        (to.x - from.x).to_radians() * mean
    };
    edges.map(below).sum::<f64>().abs()
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

    fn area(rings: Vec<Ring>) -> MultiPolygon {
        let polygon = |exterior| Polygon {
            exterior,
            holes: Vec::new(),
        };
        MultiPolygon(rings.into_iter().map(polygon).collect())
    }

    fn corners(places: &[(i32, i32)]) -> Ring {
        places
            .iter()
            .map(|(x, y)| LngLat::from_e7(*x, *y))
            .collect()
    }

    fn assert_near(found: f64, wanted: f64, relative: f64) {
        assert!(
            (found / wanted - 1.0).abs() < relative,
            "{found} for {wanted}"
        );
    }

    /// The ellipsoid as a whole: its surface by the formula of its two axes, 510,065,621.724 km².
    #[test]
    fn the_area_is_that_of_the_ellipsoid() {
        let (west, east) = (-1_800_000_000, 1_800_000_000);
        let world = corners(&[
            (west, -900_000_000),
            (east, -900_000_000),
            (east, 900_000_000),
            (west, 900_000_000),
        ]);
        assert_near(area(vec![world]).area_m2(), 510_065_621_724_089.0, 1e-12);
    }

    #[test]
    fn what_overlaps_or_crosses_is_covered_once() {
        let (from, to) = (520_000_000, 521_000_000);
        let middle = 520_500_000;
        let one = area(vec![square(from, to)]);
        assert_near(one.covered_m2(), one.area_m2(), 1e-8);
        // Two squares that share a quarter of each.
        let shifted = square(middle, to + 500_000);
        let both = area(vec![square(from, to), shifted.clone()]);
        let shared = area(vec![square(middle, to)]).area_m2();
        assert_near(both.covered_m2(), both.area_m2() - shared, 1e-8);
        // The same ring twice.
        let twice = area(vec![square(from, to), square(from, to)]);
        assert_near(twice.covered_m2(), one.area_m2(), 1e-8);
        // A ring that crosses itself: two triangles of which a signed sum would take one away.
        let bow = area(vec![corners(&[
            (from, from),
            (to, to),
            (to, from),
            (from, to),
        ])]);
        let lobes = area(vec![
            corners(&[(from, from), (middle, middle), (from, to)]),
            corners(&[(to, to), (middle, middle), (to, from)]),
        ]);
        assert_near(bow.covered_m2(), lobes.area_m2(), 1e-8);
        // A hole and a part of the area that lies over it.
        let mut ring = area(vec![square(from, to)]);
        ring.0[0].holes.push(square(middle, middle + 200_000));
        let open = ring.area_m2();
        assert_near(ring.covered_m2(), open, 1e-8);
        ring.0
            .push(area(vec![square(middle, middle + 200_000)]).0.remove(0));
        assert_near(ring.covered_m2(), one.area_m2(), 1e-8);
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
