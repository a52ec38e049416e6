//! What of the polygons is still undecided in a quad: the edges that touch its box, and for the others how often they pass
//! to the right.

use super::quad::{Relation, relation};
use geocrm_domain::{BBox, LngLat};

/// An edge from its lower to its upper end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub(super) low: LngLat,
    pub(super) high: LngLat,
}

/// A ring some of whose edges touch the quad.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenRing {
    pub(super) hole: bool,
    /// Even-odd state at the box's lowest latitude, of the edges that are no longer listed.
    pub(super) parity: bool,
    pub(super) edges: (usize, usize),
    pub(super) flips: (usize, usize),
}

/// A polygon that may hold some rows of the quad and not others.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenPolygon {
    pub(super) rings: (usize, usize),
    /// A hole covers the whole quad, so only the exterior's own boundary belongs to the polygon.
    pub(super) in_hole: bool,
}

/// Stacks that the walk pushes to on its way down and truncates on its way up.
#[derive(Debug, Clone, Default)]
pub(super) struct Stacks {
    pub(super) edges: Vec<Edge>,
    /// Latitudes where a ring's parity flips, sorted per ring.
    pub(super) flips: Vec<i32>,
    pub(super) rings: Vec<OpenRing>,
    pub(super) polygons: Vec<OpenPolygon>,
}

impl Stacks {
    /// Edges of some polygons.
    pub(super) fn edges_of(&self, polygons: (usize, usize)) -> usize {
        let polygons = self.polygons[polygons.0..polygons.1].iter();
        let rings = polygons.flat_map(|polygon| &self.rings[polygon.rings.0..polygon.rings.1]);
        rings.map(|ring| ring.edges.1 - ring.edges.0).sum()
    }

    pub(super) fn marks(&self) -> [usize; 4] {
        [
            self.edges.len(),
            self.flips.len(),
            self.rings.len(),
            self.polygons.len(),
        ]
    }

    pub(super) fn truncate(&mut self, [edges, flips, rings, polygons]: [usize; 4]) {
        self.edges.truncate(edges);
        self.flips.truncate(flips);
        self.rings.truncate(rings);
        self.polygons.truncate(polygons);
    }

    pub(super) fn clear(&mut self) {
        self.truncate([0; 4]);
    }

    /// Copies some polygons of other stacks with all that belongs to them, and returns where they are.
    pub(super) fn append(&mut self, other: &Self, polygons: (usize, usize)) -> (usize, usize) {
        let first_polygon = self.polygons.len();
        for polygon in &other.polygons[polygons.0..polygons.1] {
            let first = self.rings.len();
            for ring in &other.rings[polygon.rings.0..polygon.rings.1] {
                let (edges, flips) = (self.edges.len(), self.flips.len());
                self.edges
                    .extend_from_slice(&other.edges[ring.edges.0..ring.edges.1]);
                self.flips
                    .extend_from_slice(&other.flips[ring.flips.0..ring.flips.1]);
                self.rings.push(OpenRing {
                    edges: (edges, self.edges.len()),
                    flips: (flips, self.flips.len()),
                    ..*ring
                });
            }
            self.polygons.push(OpenPolygon {
                rings: (first, self.rings.len()),
                ..*polygon
            });
        }
        (first_polygon, self.polygons.len())
    }
}

#[derive(Clone, Copy)]
pub(super) enum State {
    Inside,
    Outside,
    /// The quad's polygons on the stack.
    Mixed((usize, usize)),
}

/// What is left of the open polygons in a smaller quad.
pub(super) fn narrow(bbox: BBox, open: (usize, usize), stacks: &mut Stacks) -> State {
    let first_polygon = stacks.polygons.len();
    for at in open.0..open.1 {
        let polygon = stacks.polygons[at];
        let first_ring = stacks.rings.len();
        let mut in_hole = polygon.in_hole;
        let mut exterior_open = false;
        let mut dropped = false;
        for ring in polygon.rings.0..polygon.rings.1 {
            let ring = narrow_ring(&bbox, stacks.rings[ring], stacks);
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

fn narrow_ring(bbox: &BBox, ring: OpenRing, stacks: &mut Stacks) -> OpenRing {
    let (bottom, top) = (bbox.min.lat_e7, bbox.max.lat_e7);
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
        match relation(&edge, bbox) {
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
