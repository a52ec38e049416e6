//! The nearest business park and the nearest drivable road of a point. Boxes are searched in growing
//! rings; as soon as something lies nearer than the ring is wide, nothing outside it can be nearer.

use crate::shape::xy;
use geocrm_domain::geometry::{distance_to_area_m, distance_to_line_m};
use geocrm_domain::record::{AreaRow, RoadRow};
use geocrm_domain::spatial::{BBox, LngLat};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};

/// Metres beyond which a business park is not near.
pub const PARK_LIMIT_M: f64 = 25_000.0;
/// Metres within which a road runs past an address.
pub const ROAD_LIMIT_M: f64 = 100.0;
/// Edges of a road kept under one box.
const EDGES: usize = 4;

type Tree<T> = RTree<GeomWithData<Rectangle<[f64; 2]>, T>>;

fn boxed<T>(bbox: BBox, data: T) -> GeomWithData<Rectangle<[f64; 2]>, T> {
    GeomWithData::new(Rectangle::from_corners(xy(bbox.min), xy(bbox.max)), data)
}

fn envelope(bbox: BBox) -> AABB<[f64; 2]> {
    AABB::from_corners(xy(bbox.min), xy(bbox.max))
}

/// Smallest distance to what the tree holds, with it; rings are metres, narrow first.
fn nearest<'t, T: Copy>(
    tree: &'t Tree<T>,
    at: LngLat,
    rings: &[f64],
    distance_m: impl Fn(T) -> f64 + 't,
) -> Option<(f64, T)> {
    for ring in rings {
        let within = envelope(BBox::around_point(at, *ring));
        let found = tree
            .locate_in_envelope_intersecting(&within)
            .map(|found| (distance_m(found.data), found.data))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((distance, data)) = found
            && distance <= *ring
        {
            return Some((distance, data));
        }
    }
    None
}

pub struct Parks<'a>(Tree<&'a AreaRow>);

impl<'a> Parks<'a> {
    pub fn new(areas: impl Iterator<Item = &'a AreaRow>) -> Self {
        let parks = areas
            .filter(|area| area.kind.is_business_park())
            .filter_map(|area| Some(boxed(area.geometry.bbox()?, area)))
            .collect();
        Self(RTree::bulk_load(parks))
    }

    /// Whole metres to the nearest park's edge, 0 inside; `None` beyond 25 km.
    pub fn distance_m(&self, at: LngLat) -> Option<i32> {
        let rings = [500.0, 2_000.0, 8_000.0, PARK_LIMIT_M];
        let distance = |park: &AreaRow| distance_to_area_m(at, &park.geometry);
        nearest(&self.0, at, &rings, distance).map(|(m, _)| m.round() as i32)
    }
}

/// Drivable roads in pieces of a few edges, so that a long road's box is not everywhere.
pub struct Roads<'a> {
    tree: Tree<(u32, u32)>,
    roads: &'a [RoadRow],
}

impl<'a> Roads<'a> {
    pub fn new(roads: &'a [RoadRow]) -> Self {
        let mut pieces = Vec::new();
        for (index, road) in roads.iter().enumerate() {
            if !road.class.is_drivable() {
                continue;
            }
            let mut from = 0;
            while from + 1 < road.geometry.len() {
                let to = (from + EDGES).min(road.geometry.len() - 1);
                if let Some(bbox) = BBox::around(road.geometry[from..=to].iter().copied()) {
                    pieces.push(boxed(bbox, (index as u32, from as u32)));
                }
                from = to;
            }
        }
        Self {
            tree: RTree::bulk_load(pieces),
            roads,
        }
    }

    /// Condition of the nearest drivable road within 100 m; `None` without one or when it is unknown.
    pub fn condition(&self, at: LngLat) -> Option<i32> {
        let distance = |(road, from): (u32, u32)| {
            let line = &self.roads[road as usize].geometry;
            let from = from as usize;
            let to = (from + EDGES).min(line.len() - 1);
            distance_to_line_m(at, &line[from..=to])
        };
        let (_, (road, _)) = nearest(&self.tree, at, &[25.0, ROAD_LIMIT_M], distance)?;
        self.roads[road as usize]
            .condition
            .map(|(index, _)| i32::from(index))
    }
}
