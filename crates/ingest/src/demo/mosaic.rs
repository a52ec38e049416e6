//! Wider regions as unions of narrower ones along shared borders: an edge that two members walk in
//! opposite directions disappears, what is left is chained into rings. Exact, because members share
//! their vertices to the last unit; no distance and no tolerance is involved.

use geocrm_domain::geometry::{MultiPolygon, Polygon, Ring, Side, orientation, side_of_ring};
use geocrm_domain::spatial::LngLat;
use std::collections::{BTreeMap, BTreeSet};

/// Twice the signed area, positive when counter-clockwise.
fn twice_area(ring: &[LngLat]) -> i128 {
    let Some(&origin) = ring.first() else {
        return 0;
    };
    ring.windows(2)
        .map(|pair| orientation(origin, pair[0], pair[1]))
        .sum()
}

/// Union of shapes whose exteriors run counter-clockwise and whose holes run clockwise.
pub(super) fn union<'a>(shapes: impl IntoIterator<Item = &'a MultiPolygon>) -> MultiPolygon {
    let mut edges: BTreeSet<(LngLat, LngLat)> = BTreeSet::new();
    for ring in shapes
        .into_iter()
        .flat_map(|s| &s.0)
        .flat_map(Polygon::rings)
    {
        for i in 0..ring.len() {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            if !edges.remove(&(b, a)) {
                edges.insert((a, b));
            }
        }
    }
    let mut exteriors: Vec<Ring> = Vec::new();
    let mut holes: Vec<Ring> = Vec::new();
    while let Some(&(start, mut at)) = edges.first() {
        edges.remove(&(start, at));
        let mut ring = vec![start];
        let mut before = start;
        while at != start {
            ring.push(at);
            let Some(next) = leave(&edges, before, at) else {
                break;
            };
            edges.remove(&(at, next));
            before = at;
            at = next;
        }
        for ring in split(ring) {
            if twice_area(&ring) > 0 {
                exteriors.push(ring);
            } else {
                holes.push(ring);
            }
        }
    }
    let mut polygons: Vec<Polygon> = exteriors
        .into_iter()
        .map(|exterior| Polygon {
            exterior,
            holes: Vec::new(),
        })
        .collect();
    for hole in holes {
        let around = polygons
            .iter_mut()
            .filter(|p| {
                hole.iter()
                    .all(|v| side_of_ring(&p.exterior, *v) != Side::Outside)
            })
            .min_by_key(|p| twice_area(&p.exterior));
        if let Some(polygon) = around {
            polygon.holes.push(hole);
        }
    }
    MultiPolygon(polygons)
}

/// A ring that visits a point twice, as rings that visit none twice.
fn split(ring: Ring) -> Vec<Ring> {
    let mut out = Vec::new();
    let mut open: Ring = Vec::with_capacity(ring.len());
    let mut position: BTreeMap<LngLat, usize> = BTreeMap::new();
    for p in ring {
        if let Some(from) = position.get(&p).copied() {
            let loop_ring = open.split_off(from);
            for q in &loop_ring {
                position.remove(q);
            }
            out.push(loop_ring);
        }
        position.insert(p, open.len());
        open.push(p);
    }
    out.push(open);
    out
}

/// The edge out of `at` that turns most to the right, so that rings that touch in a point stay apart.
fn leave(edges: &BTreeSet<(LngLat, LngLat)>, before: LngLat, at: LngLat) -> Option<LngLat> {
    let lowest = LngLat::from_e7(i32::MIN, i32::MIN);
    let heading = angle(before, at);
    edges
        .range((at, lowest)..)
        .take_while(|(from, _)| *from == at)
        .map(|(_, to)| *to)
        .min_by(|a, b| {
            let turn = |to: LngLat| {
                (angle(at, to) - heading + std::f64::consts::PI).rem_euclid(std::f64::consts::TAU)
            };
            turn(*a).total_cmp(&turn(*b))
        })
}

fn angle(a: LngLat, b: LngLat) -> f64 {
    (f64::from(b.lat_e7) - f64::from(a.lat_e7)).atan2(f64::from(b.lng_e7) - f64::from(a.lng_e7))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(x: i32, y: i32) -> MultiPolygon {
        let at = |dx, dy| LngLat::from_e7((x + dx) * 10, (y + dy) * 10);
        MultiPolygon(vec![Polygon {
            exterior: vec![at(0, 0), at(1, 0), at(1, 1), at(0, 1)],
            holes: vec![],
        }])
    }

    #[test]
    fn a_ring_of_cells_has_a_hole_and_the_full_square_has_none() {
        let ring: Vec<MultiPolygon> = (0..9)
            .filter(|i| *i != 4)
            .map(|i| cell(i % 3, i / 3))
            .collect();
        let union_of_ring = union(&ring);
        assert_eq!(union_of_ring.0.len(), 1);
        assert_eq!(union_of_ring.0[0].holes.len(), 1);
        let full = union([&union_of_ring, &cell(1, 1)]);
        assert!(full.0[0].holes.is_empty());
        assert!((full.area_m2() - union_of_ring.area_m2() - cell(1, 1).area_m2()).abs() < 1e-3);
    }

    #[test]
    fn cells_that_touch_in_a_corner_stay_two_rings() {
        let union = union([&cell(0, 0), &cell(1, 1)]);
        assert_eq!(union.0.len(), 2);
    }
}
