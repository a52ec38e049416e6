//! Which rows lie within a band of distance? The rows of the boxes that reach as far as the band are found as those of
//! any area; each of them is then measured, so that cost follows the records near and not all records.

use crate::bind::at_most;
use crate::cube::CubeData;
use crate::error::OlapError;
use crate::rows::RowSet;
use geocrm_domain::geometry::distance_m;
use geocrm_domain::{BBox, Geometry, LngLat, MultiPolygon, Polygon, limits};

/// Distances to lines are measured on a local plane, which may differ by this much from the sphere of the boxes.
const SLACK: f64 = 1.02;

impl CubeData {
    /// The placed rows at least `low_m` and less than `high_m` metres from the nearest of the shapes.
    pub(crate) fn rows_near(
        &self,
        around: &[Geometry],
        low_m: u32,
        high_m: Option<u32>,
    ) -> Result<RowSet, OlapError> {
        at_most(
            "vertices of the shapes that distances are measured from",
            around.iter().map(Geometry::vertex_count).sum(),
            limits::NEAR_VERTICES,
        )?;
        let Some(high_m) = high_m else {
            return Ok(self.rows_nearer(around, low_m)?.complement(self.placed()));
        };
        let farther = self.rows_nearer(around, low_m)?.complement(self.placed());
        Ok(self.rows_nearer(around, high_m)?.intersection(&farther))
    }

    /// The placed rows less than `reach_m` metres away.
    fn rows_nearer(&self, around: &[Geometry], reach_m: u32) -> Result<RowSet, OlapError> {
        let candidates = match boxes(around, f64::from(reach_m) * SLACK + 1.0) {
            Some(boxes) => self.rows_in(&boxes)?,
            None => RowSet::range(0, self.placed()),
        };
        let limit_m = f64::from(reach_m);
        let mut out = RowSet::default();
        for &(start, end) in candidates.ranges() {
            for row in start as usize..end as usize {
                let near = self
                    .place(row)
                    .is_some_and(|place| distance_m(place, around) < limit_m);
                if near {
                    out.push(row, row + 1);
                }
            }
        }
        Ok(out)
    }
}

/// Boxes that hold everything so near; `None` where one would wrap around the globe.
fn boxes(around: &[Geometry], reach_m: f64) -> Option<MultiPolygon> {
    let mut out = MultiPolygon::default();
    for shape in around {
        let parts: Vec<BBox> = match shape {
            Geometry::Line(line) if line.len() > 1 => line
                .windows(2)
                .filter_map(|ends| BBox::around(ends.iter().copied()))
                .collect(),
            // A hole may reach past its exterior; its edge counts too.
            Geometry::Area(area) => {
                let rings = area.0.iter().flat_map(Polygon::rings);
                BBox::around(rings.flatten().copied()).into_iter().collect()
            }
            other => other.bbox().into_iter().collect(),
        };
        for part in parts {
            // A metre is most degrees where it is farthest from the equator, so every corner counts.
            let corners = [
                part.min,
                part.max,
                LngLat::from_e7(part.min.lng_e7, part.max.lat_e7),
                LngLat::from_e7(part.max.lng_e7, part.min.lat_e7),
            ];
            let reach = corners
                .map(|corner| BBox::around_point(corner, reach_m))
                .into_iter()
                .fold(part, BBox::union);
            let inside = |p: LngLat| p.lng_e7.abs() < 1_800_000_000 && p.lat_e7.abs() < 850_000_000;
            if !inside(reach.min) || !inside(reach.max) {
                return None;
            }
            out.0.extend(MultiPolygon::from_bbox(reach).0);
        }
    }
    Some(out)
}
