//! Which rows lie in a polygon? The quads of the quadkey space are walked downwards. A quad that no edge
//! touches is taken or dropped whole, as one slice of rows. Once few rows are left, the boxes around every 64 of them are
//! tested together, which costs less than finding the rows of ever smaller quads, and only in boxes that an edge
//! touches each row is tested against the edges there. Cost follows the polygon's edge, not its inside.
//!
//! The answer equals `MultiPolygon::contains` exactly, for invalid polygons too. A row belongs to a quad by
//! its quadkey; the quad's box in longitude/latitude is rounded outwards by more than the rounding error of
//! the quadkey, so every row of the quad lies in its box. An edge that misses the box can then neither
//! touch such a row nor change its even-odd state except by lying wholly to its right, and that depends on
//! the row's latitude only: it is kept per ring as a parity with the latitudes where it flips. No
//! geometry is ever cut, so nothing is ever rounded. Products of coordinate differences fit i64 (at most
//! 3.6e9 × 1.8e9 < 2^63) and are compared, never subtracted.

mod boxes;
mod inside;
mod open;
mod quad;
mod walk;

use crate::error::OlapError;
use crate::positions::Quadkeys;
use crate::rows::RowSet;
use geocrm_domain::{BBox, LngLat, MultiPolygon};
use open::{Edge, OpenPolygon, OpenRing, Stacks};
use quad::common_quad;
use walk::{PARTS_ALONE, Parts, walk};

const MAX_LNG_E7: i32 = 1_800_000_000;
const MAX_LAT_E7: i32 = 900_000_000;
/// Outward rounding of a quad's box in 1e-7 degrees. The quadkey's floating-point error is below 1e-5 of
/// that (an absolute error of some 1e-15 in the unit square, times 3.6e9).
const MARGIN_E7: i32 = 2;

/// Whether coordinates are on the globe, which the arithmetic here relies on.
pub(crate) fn on_globe(p: LngLat) -> bool {
    (-MAX_LNG_E7..=MAX_LNG_E7).contains(&p.lng_e7) && (-MAX_LAT_E7..=MAX_LAT_E7).contains(&p.lat_e7)
}

/// The columns a cover reads, all of the placed rows, in quadkey order.
#[derive(Clone, Copy)]
pub(crate) struct Places<'a> {
    pub(crate) quadkeys: Quadkeys<'a>,
    /// Around every [`MARK`](crate::positions::MARK) rows.
    pub(crate) boxes: &'a [BBox],
    pub(crate) lng_e7: &'a [i32],
    pub(crate) lat_e7: &'a [i32],
}

/// The rows inside the area or on its edge.
pub(crate) fn rows_within(area: &MultiPolygon, places: Places<'_>) -> Result<RowSet, OlapError> {
    rows_shared(area, places, PARTS_ALONE)
}

/// As [`rows_within`]; fewer than `alone` parts stay on the calling thread.
fn rows_shared(area: &MultiPolygon, places: Places<'_>, alone: usize) -> Result<RowSet, OlapError> {
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
    let open = (0, stacks.polygons.len());
    let mut parts = Parts::default();
    walk(
        common_quad(area, places),
        open,
        &mut stacks,
        places,
        &mut parts,
    );
    Ok(parts.walk(places, alone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::positions::Positions;
    use geocrm_domain::Polygon;
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    const SIZE: usize = 500_000;

    #[test]
    fn parts_walked_by_several_threads_are_put_together_in_order() {
        let rng = &mut StdRng::seed_from_u64(11);
        let mut places: Vec<LngLat> = (0..SIZE)
            .map(|_| {
                let spread = if rng.random_bool(0.9) {
                    9_000_000
                } else {
                    900_000_000
                };
                LngLat::from_e7(
                    50_000_000 + rng.random_range(-spread..=spread),
                    (520_000_000 + rng.random_range(-spread..=spread)).min(MAX_LAT_E7),
                )
            })
            .collect();
        places.sort_unstable_by_key(|place| place.quadkey());
        let positions = Positions::new(
            places.iter().map(|place| place.quadkey().0).collect(),
            places.iter().map(|place| place.lng_e7).collect(),
            places.iter().map(|place| place.lat_e7).collect(),
        );
        let mut star = |vertices: usize, radius: f64| -> Vec<LngLat> {
            let vertex = |i| {
                let (sin, cos) = (f64::from(i) / vertices as f64 * std::f64::consts::TAU).sin_cos();
                let radius = radius * rng.random_range(0.4..1.0);
                LngLat::from_e7(
                    50_000_000 + (radius * cos) as i32,
                    520_000_000 + (radius * sin) as i32,
                )
            };
            (0..vertices as i32).map(vertex).collect()
        };
        let wide = [
            (-1_790_000_000, -890_000_000),
            (1_790_000_000, 520_000_123),
            (-1_790_000_000, 890_000_000),
        ];
        for rings in [
            vec![star(40, 8e6)],
            vec![star(12, 9e6), star(30, 4e6), star(5, 2e6)],
            vec![star(3_000, 9e6)],
            vec![wide.map(|(lng, lat)| LngLat::from_e7(lng, lat)).to_vec()],
        ] {
            let area = MultiPolygon(vec![Polygon {
                exterior: rings[0].clone(),
                holes: rings[1..].to_vec(),
            }]);
            let found = rows_shared(&area, positions.places(), 4).expect("on the globe");
            assert_eq!(Ok(&found), rows_within(&area, positions.places()).as_ref());
            let rows: Vec<usize> = found
                .ranges()
                .iter()
                .flat_map(|(start, end)| *start as usize..*end as usize)
                .collect();
            assert!(rows.len() > 1_000, "{area:?}");
            // Of a large ring every row would be compared with thousands of edges.
            let step = rings[0].len().div_ceil(200);
            for row in (0..SIZE).step_by(step) {
                assert_eq!(
                    rows.binary_search(&row).is_ok(),
                    area.contains(places[row]),
                    "{row}"
                );
            }
        }
    }
}
