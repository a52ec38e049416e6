//! From a shape as a file gives it to a shape of ours: converted to WGS 84, rounded to 1e-7 degree,
//! rings without their repeated last vertex. A ring that crosses itself is refused with the place
//! where it does, because no area can be trusted that has no inside.

use crate::crs::Converter;
use geo_types::{Geometry, LineString};
use geocrm_domain::geometry::{MultiPolygon, Polygon, Ring, orientation};
use geocrm_domain::spatial::LngLat;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// Why a shape was not taken; becomes the reason of a rejection.
#[derive(Debug, Clone, PartialEq)]
pub enum ShapeFault {
    /// Position as written, outside the area of the file's coordinate system.
    OutsideCrs {
        x: f64,
        y: f64,
    },
    /// A ring with fewer than three different vertices.
    TooFewVertices,
    /// Two edges of a ring cross at or near this place.
    CrossesItself {
        at: LngLat,
    },
    /// A point or line where an area is needed.
    NotAnArea {
        found: &'static str,
    },
    NotAPoint {
        found: &'static str,
    },
}

impl std::fmt::Display for ShapeFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OutsideCrs { x, y } => {
                write!(
                    f,
                    "position {x}, {y} lies outside the area of the coordinate system"
                )
            }
            Self::TooFewVertices => {
                f.write_str("a ring needs three different vertices that enclose something")
            }
            Self::CrossesItself { at } => {
                write!(
                    f,
                    "the outline crosses itself near {:.7}, {:.7}",
                    at.lng(),
                    at.lat()
                )
            }
            Self::NotAnArea { found } => write!(f, "an area is needed, the file has a {found}"),
            Self::NotAPoint { found } => write!(f, "a point is needed, the file has a {found}"),
        }
    }
}

/// The area of a shape; every ring is checked.
pub fn area(geometry: &Geometry<f64>, crs: &Converter) -> Result<MultiPolygon, ShapeFault> {
    let polygons = match geometry {
        Geometry::Polygon(polygon) => std::slice::from_ref(polygon),
        Geometry::MultiPolygon(multi) => multi.0.as_slice(),
        other => {
            return Err(ShapeFault::NotAnArea {
                found: kind_of(other),
            });
        }
    };
    let mut out = Vec::with_capacity(polygons.len());
    for polygon in polygons {
        let exterior = ring(polygon.exterior(), crs)?;
        let holes = polygon
            .interiors()
            .iter()
            .map(|hole| ring(hole, crs))
            .collect::<Result<Vec<_>, _>>()?;
        out.push(Polygon { exterior, holes });
    }
    if out.is_empty() {
        return Err(ShapeFault::TooFewVertices);
    }
    Ok(MultiPolygon(out))
}

pub fn point(geometry: &Geometry<f64>, crs: &Converter) -> Result<LngLat, ShapeFault> {
    match geometry {
        Geometry::Point(p) => position(p.x(), p.y(), crs),
        other => Err(ShapeFault::NotAPoint {
            found: kind_of(other),
        }),
    }
}

fn position(x: f64, y: f64, crs: &Converter) -> Result<LngLat, ShapeFault> {
    crs.to_wgs84(x, y).ok_or(ShapeFault::OutsideCrs { x, y })
}

fn ring(line: &LineString<f64>, crs: &Converter) -> Result<Ring, ShapeFault> {
    let vertices = line
        .coords()
        .map(|c| position(c.x, c.y, crs))
        .collect::<Result<Vec<_>, _>>()?;
    clean_ring(vertices)
}

/// Drops repeated vertices and the closing one; refuses what is not the outline of an area.
pub fn clean_ring(mut vertices: Vec<LngLat>) -> Result<Ring, ShapeFault> {
    vertices.dedup();
    while vertices.len() > 1 && vertices.first() == vertices.last() {
        vertices.pop();
    }
    if vertices.len() < 3 {
        return Err(ShapeFault::TooFewVertices);
    }
    if let Some(at) = crossing(&vertices) {
        return Err(ShapeFault::CrossesItself { at });
    }
    if twice_area(&vertices) == 0 {
        return Err(ShapeFault::TooFewVertices);
    }
    Ok(vertices)
}

/// Twice the signed area in square 1e-7 degrees: positive when the ring runs counter-clockwise.
pub fn twice_area(ring: &[LngLat]) -> i128 {
    let Some(&origin) = ring.first() else {
        return 0;
    };
    ring.windows(2)
        .map(|edge| orientation(origin, edge[0], edge[1]))
        .sum()
}

/// A vertex beside the first proper crossing of two edges; touching is allowed, as in OGC rings that
/// meet themselves at a vertex after rounding.
fn crossing(ring: &[LngLat]) -> Option<LngLat> {
    let edges: Vec<(LngLat, LngLat)> = (0..ring.len())
        .map(|i| (ring[i], ring[(i + 1) % ring.len()]))
        .collect();
    let crosses = |(a, b): (LngLat, LngLat), (c, d): (LngLat, LngLat)| {
        let side = |p, q, r| orientation(p, q, r).signum();
        side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0
    };
    if edges.len() <= 24 {
        return (0..edges.len())
            .flat_map(|i| (i + 2..edges.len()).map(move |j| (i, j)))
            .find(|&(i, j)| crosses(edges[i], edges[j]))
            .map(|(i, _)| edges[i].0);
    }
    let boxes = edges
        .iter()
        .enumerate()
        .map(|(i, (a, b))| GeomWithData::new(Rectangle::from_corners(xy(*a), xy(*b)), i))
        .collect();
    let tree: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>> = RTree::bulk_load(boxes);
    edges.iter().enumerate().find_map(|(i, edge)| {
        tree.locate_in_envelope_intersecting(&AABB::from_corners(xy(edge.0), xy(edge.1)))
            .any(|other| other.data > i && crosses(*edge, edges[other.data]))
            .then_some(edge.0)
    })
}

/// A position as an exact `rstar` point, in 1e-7 degrees.
pub fn xy(p: LngLat) -> [f64; 2] {
    [f64::from(p.lng_e7), f64::from(p.lat_e7)]
}

fn kind_of(geometry: &Geometry<f64>) -> &'static str {
    match geometry {
        Geometry::Point(_) => "point",
        Geometry::Line(_) | Geometry::LineString(_) => "line",
        Geometry::Polygon(_) => "polygon",
        Geometry::MultiPoint(_) => "set of points",
        Geometry::MultiLineString(_) => "set of lines",
        Geometry::MultiPolygon(_) => "set of polygons",
        Geometry::GeometryCollection(_) => "collection",
        Geometry::Rect(_) => "box",
        Geometry::Triangle(_) => "triangle",
    }
}

/// A position inside the area: the middle of the widest stretch of its middle parallel, or a vertex
/// of a sliver too thin for one. `None` for an area without vertices.
pub fn interior_point(area: &MultiPolygon) -> Option<LngLat> {
    let widest = area
        .0
        .iter()
        .max_by_key(|polygon| twice_area(&polygon.exterior).abs())?;
    let bbox = widest.bbox()?;
    let height = i64::from(bbox.max.lat_e7) - i64::from(bbox.min.lat_e7);
    [2, 3, 4, 5, 7]
        .into_iter()
        .filter_map(|part| {
            let lat = (i64::from(bbox.min.lat_e7) + height / part) as i32;
            middle_of_widest(widest, lat)
        })
        .find(|p| area.contains(*p))
        .or_else(|| widest.exterior.first().copied())
}

fn middle_of_widest(polygon: &Polygon, lat_e7: i32) -> Option<LngLat> {
    let mut cuts: Vec<f64> = Vec::new();
    for ring in polygon.rings() {
        for i in 0..ring.len() {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            if (a.lat_e7 > lat_e7) != (b.lat_e7 > lat_e7) {
                let share =
                    f64::from(lat_e7 - a.lat_e7) / (f64::from(b.lat_e7) - f64::from(a.lat_e7));
                cuts.push(
                    f64::from(a.lng_e7) + share * (f64::from(b.lng_e7) - f64::from(a.lng_e7)),
                );
            }
        }
    }
    cuts.sort_by(f64::total_cmp);
    cuts.chunks_exact(2)
        .max_by(|v, w| (v[1] - v[0]).total_cmp(&(w[1] - w[0])))
        .map(|pair| LngLat::from_e7(f64::midpoint(pair[0], pair[1]).round() as i32, lat_e7))
}
