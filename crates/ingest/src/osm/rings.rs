//! Multipolygon relations: joins member ways into closed rings and tells outlines from holes by which
//! ring lies in which. Roles are not asked, because mappers forget them and shapes do not lie.

use super::pbf::{Extract, Relation};
use crate::shape::{self, ShapeFault};
use geocrm_domain::geometry::{MultiPolygon, Polygon, Ring, Side, side_of_ring};
use geocrm_domain::spatial::{BBox, LngLat};
use std::collections::HashMap;

#[derive(Debug)]
pub enum RingFault {
    MissingWay(i64),
    MissingNode {
        node: i64,
    },
    /// The outline ends at this node.
    Open {
        node: i64,
    },
    NoRing,
    Shape(ShapeFault),
}

impl std::fmt::Display for RingFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::MissingWay(way) => write!(f, "its member way {way} is not in the file"),
            Self::MissingNode { node } => write!(f, "its node {node} is not in the file"),
            Self::Open { node } => write!(f, "its outline is not closed at node {node}"),
            Self::NoRing => f.write_str("it has no closed outline"),
            Self::Shape(fault) => fault.fmt(f),
        }
    }
}

/// The area of a relation. At the edge of an extract the outline of a lake or park is often there and
/// its far islands are not: such holes are left out. A building or address must be complete.
pub fn assemble(relation: &Relation, extract: &Extract) -> Result<MultiPolygon, RingFault> {
    let strict =
        relation.tags.get("building").is_some() || relation.tags.get("addr:housenumber").is_some();
    let mut chains: Vec<&[i64]> = Vec::new();
    for member in &relation.members {
        match extract.way(member.way) {
            Some(way) if way.refs.len() >= 2 => chains.push(&way.refs),
            Some(_) => {}
            None if member.is_inner && !strict => {}
            None => return Err(RingFault::MissingWay(member.way)),
        }
    }
    let rings = join(&chains)?
        .into_iter()
        .map(|nodes| {
            let vertices = nodes
                .iter()
                .map(|node| {
                    extract
                        .place(*node)
                        .ok_or(RingFault::MissingNode { node: *node })
                })
                .collect::<Result<Vec<LngLat>, _>>()?;
            shape::clean_ring(vertices).map_err(RingFault::Shape)
        })
        .collect::<Result<Vec<Ring>, _>>()?;
    if rings.is_empty() {
        return Err(RingFault::NoRing);
    }
    Ok(nest(rings))
}

/// Closed chains of nodes. Where a walk comes back to a node it has already passed, that loop is a
/// ring of its own, so rings that touch at a node come apart.
fn join(chains: &[&[i64]]) -> Result<Vec<Vec<i64>>, RingFault> {
    let mut rings: Vec<Vec<i64>> = Vec::new();
    let mut ends: HashMap<i64, Vec<usize>> = HashMap::new();
    let mut used = vec![false; chains.len()];
    for (index, chain) in chains.iter().enumerate() {
        let (first, last) = (chain[0], chain[chain.len() - 1]);
        if first == last {
            rings.push(chain.to_vec());
            used[index] = true;
        } else {
            ends.entry(first).or_default().push(index);
            ends.entry(last).or_default().push(index);
        }
    }
    for start in 0..chains.len() {
        if used[start] {
            continue;
        }
        used[start] = true;
        let mut path: Vec<&[i64]> = vec![chains[start]];
        let mut forward = vec![true];
        while let (Some(chain), Some(is_forward)) = (path.last(), forward.last()) {
            let end = if *is_forward {
                chain[chain.len() - 1]
            } else {
                chain[0]
            };
            let head = |chain: &[i64], forward: bool| {
                if forward {
                    chain[0]
                } else {
                    chain[chain.len() - 1]
                }
            };
            if let Some(from) = (0..path.len()).find(|&i| head(path[i], forward[i]) == end) {
                let mut ring = Vec::new();
                for (chain, forward) in path.drain(from..).zip(forward.drain(from..)) {
                    if forward {
                        ring.extend(chain.iter().copied());
                    } else {
                        ring.extend(chain.iter().rev().copied());
                    }
                }
                rings.push(ring);
                continue;
            }
            let next = ends
                .get(&end)
                .and_then(|there| there.iter().copied().find(|&i| !used[i]));
            let Some(next) = next else {
                return Err(RingFault::Open { node: end });
            };
            used[next] = true;
            path.push(chains[next]);
            forward.push(chains[next][0] == end);
        }
    }
    Ok(rings)
}

/// Even-odd nesting: a ring inside an odd number of others is a hole of the smallest of them.
fn nest(mut rings: Vec<Ring>) -> MultiPolygon {
    rings.sort_by_key(|ring| std::cmp::Reverse(shape::twice_area(ring).abs()));
    let boxes: Vec<Option<BBox>> = rings
        .iter()
        .map(|r| BBox::around(r.iter().copied()))
        .collect();
    let mut depth = vec![0usize; rings.len()];
    let mut parent = vec![None; rings.len()];
    for inner in 0..rings.len() {
        for outer in (0..inner).rev() {
            let apart = match (boxes[outer], boxes[inner]) {
                (Some(a), Some(b)) => !a.intersects(&b),
                _ => true,
            };
            if !apart && lies_in(&rings[inner], &rings[outer]) {
                depth[inner] = depth[outer] + 1;
                parent[inner] = Some(outer);
                break;
            }
        }
    }
    let mut polygons: Vec<Option<Polygon>> = vec![None; rings.len()];
    for (index, ring) in rings.into_iter().enumerate() {
        match parent[index] {
            Some(home) if depth[index] % 2 == 1 => {
                if let Some(polygon) = &mut polygons[home] {
                    polygon.holes.push(ring);
                }
            }
            _ => {
                polygons[index] = Some(Polygon {
                    exterior: ring,
                    holes: Vec::new(),
                });
            }
        }
    }
    MultiPolygon(polygons.into_iter().flatten().collect())
}

/// Decided by the first vertex that is not on the other ring's edge, or by an edge's middle.
fn lies_in(inner: &[LngLat], outer: &[LngLat]) -> bool {
    let middles = inner.windows(2).map(|pair| {
        LngLat::from_e7(
            i32::midpoint(pair[0].lng_e7, pair[1].lng_e7),
            i32::midpoint(pair[0].lat_e7, pair[1].lat_e7),
        )
    });
    inner
        .iter()
        .copied()
        .chain(middles)
        .map(|p| side_of_ring(outer, p))
        .find(|side| *side != Side::Boundary)
        == Some(Side::Inside)
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
    fn ways_in_any_direction_close_into_rings() {
        let chains: [&[i64]; 3] = [&[1, 2, 3], &[5, 4, 3], &[5, 1]];
        let rings = join(&chains).expect("a ring");
        assert_eq!(rings.len(), 1);
        assert_eq!(rings[0].first(), rings[0].last());
    }

    #[test]
    fn two_rings_that_touch_at_a_node_come_apart() {
        let chains: [&[i64]; 4] = [&[1, 2, 9], &[9, 3, 4, 9, 9][..3], &[4, 9], &[9, 1]];
        assert_eq!(join(&chains).expect("rings").len(), 2);
    }

    #[test]
    fn an_open_outline_names_its_node() {
        let chains: [&[i64]; 2] = [&[1, 2], &[2, 3]];
        assert!(matches!(join(&chains), Err(RingFault::Open { node: 3 })));
    }

    #[test]
    fn an_island_in_a_lake_is_land_again() {
        let area = nest(vec![square(40, 60), square(0, 100), square(20, 80)]);
        assert_eq!(area.0.len(), 2);
        assert!(area.contains(LngLat::from_e7(50, 50)));
        assert!(!area.contains(LngLat::from_e7(30, 30)));
        assert!(area.contains(LngLat::from_e7(10, 10)));
    }
}
