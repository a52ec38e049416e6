//! How roads become a graph: every line is cut where it shares a vertex with another line (or with itself), the
//! cuts are the nodes, the pieces between them the arcs. Node numbers follow the order of the positions, so that
//! the same roads in another order give the same answers.

use crate::{RoadEdge, RoadError};
use geocrm_domain::LngLat;
use rstar::RTree;
use rstar::primitives::{GeomWithData, Rectangle};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A segment's box in degrees, longitude first, and its first vertex.
pub(crate) type IndexedSegment = GeomWithData<Rectangle<[f64; 2]>, Segment>;

/// The straight piece between vertex `vertex` and the next one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    pub vertex: u32,
    pub arc: u32,
}

#[derive(Debug)]
pub(crate) struct Road {
    pub id: i64,
    pub condition: Option<u8>,
    pub oneway: bool,
    pub drivable: bool,
    pub main: bool,
    pub name: Option<String>,
}

/// A piece of road between two nodes; its inner vertices belong to no other road.
#[derive(Debug)]
pub(crate) struct Arc {
    pub from: u32,
    pub to: u32,
    pub road: u32,
    /// First and last vertex, both inside, in [`RoadGraph::vertices`].
    pub first: u32,
    pub last: u32,
    pub length_m: f64,
}

/// One way out of a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exit {
    pub arc: u32,
    pub forward: bool,
}

/// Immutable; questions may be asked from many threads.
#[derive(Debug)]
pub struct RoadGraph {
    pub(crate) roads: Vec<Road>,
    /// Vertices of all roads, one road after the other.
    pub(crate) vertices: Vec<LngLat>,
    pub(crate) arcs: Vec<Arc>,
    /// Ways out of node `n` for a car: `exits[exit_starts[n]..exit_starts[n + 1]]`.
    exits: Vec<Exit>,
    exit_starts: Vec<u32>,
    /// The main road of lowest id that touches a node.
    main_at: Vec<Option<u32>>,
    pub(crate) segments: RTree<IndexedSegment>,
}

impl RoadGraph {
    /// Cost: a few hash look-ups per vertex, and a tree over the segments.
    pub fn build(edges: &[RoadEdge<'_>]) -> Result<Self, RoadError> {
        let mut edges: Vec<&RoadEdge<'_>> = edges.iter().filter(|e| e.line.len() >= 2).collect();
        edges.sort_by_key(|edge| edge.id);
        let total: usize = edges.iter().map(|edge| edge.line.len()).sum();
        if total >= u32::MAX as usize {
            return Err(RoadError::TooManyVertices { vertices: total });
        }
        let nodes = nodes(&edges);
        let mut roads = Vec::with_capacity(edges.len());
        let mut vertices = Vec::with_capacity(total);
        let mut arcs = Vec::new();
        for edge in edges {
            let road = roads.len() as u32;
            let start = vertices.len();
            vertices.extend_from_slice(edge.line);
            cut(&vertices, start..vertices.len(), road, &nodes, &mut arcs);
            roads.push(Road {
                id: edge.id,
                condition: edge.condition,
                oneway: edge.oneway,
                drivable: edge.class.is_drivable(),
                main: edge.class.is_main(),
                name: edge.name.map(str::to_owned),
            });
        }
        let (exits, exit_starts) = exits(&arcs, &roads, nodes.len());
        let main_at = main_at(&arcs, &roads, nodes.len());
        let segments = RTree::bulk_load(indexed(&arcs, &vertices));
        Ok(Self {
            roads,
            vertices,
            arcs,
            exits,
            exit_starts,
            main_at,
            segments,
        })
    }

    /// Number of roads in it.
    pub fn road_count(&self) -> usize {
        self.roads.len()
    }

    /// Number of points where roads meet, end or begin.
    pub fn node_count(&self) -> usize {
        self.main_at.len()
    }

    pub(crate) fn exits(&self, node: u32) -> &[Exit] {
        let at = node as usize;
        &self.exits[self.exit_starts[at] as usize..self.exit_starts[at + 1] as usize]
    }

    pub(crate) fn main_at(&self, node: u32) -> Option<u32> {
        self.main_at[node as usize]
    }

    pub(crate) fn road_of(&self, arc: &Arc) -> &Road {
        &self.roads[arc.road as usize]
    }

    /// Vertices of an arc in the direction of its line.
    pub(crate) fn line(&self, arc: &Arc) -> &[LngLat] {
        &self.vertices[arc.first as usize..=arc.last as usize]
    }
}

/// Ends of lines and vertices used more than once, numbered in the order of their positions.
fn nodes(edges: &[&RoadEdge<'_>]) -> HashMap<LngLat, u32> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for edge in edges {
        let line = edge.line;
        let mut previous = None;
        for &vertex in line {
            // A vertex written twice in a row is one vertex.
            if previous != Some(vertex) && !seen.insert(vertex) {
                found.push(vertex);
            }
            previous = Some(vertex);
        }
        found.extend(line.first());
        found.extend(line.last());
    }
    found.sort_unstable();
    found.dedup();
    (0..)
        .zip(found)
        .map(|(number, vertex)| (vertex, number))
        .collect()
}

fn cut(
    vertices: &[LngLat],
    range: Range<usize>,
    road: u32,
    nodes: &HashMap<LngLat, u32>,
    arcs: &mut Vec<Arc>,
) {
    let mut first = range.start;
    let mut from = nodes.get(&vertices[first]).copied();
    let mut length_m = 0.0;
    for at in range.start + 1..range.end {
        length_m += vertices[at - 1].haversine_m(vertices[at]);
        let Some(&to) = nodes.get(&vertices[at]) else {
            continue;
        };
        let is_loop_without_length = from == Some(to) && length_m == 0.0;
        if let Some(from) = from
            && !is_loop_without_length
        {
            arcs.push(Arc {
                from,
                to,
                road,
                first: first as u32,
                last: at as u32,
                length_m,
            });
        }
        (first, from, length_m) = (at, Some(to), 0.0);
    }
}

/// The compressed rows of the graph: ways out for a car, by node.
fn exits(arcs: &[Arc], roads: &[Road], nodes: usize) -> (Vec<Exit>, Vec<u32>) {
    let mut list = Vec::new();
    for (number, arc) in (0..).zip(arcs) {
        let road = &roads[arc.road as usize];
        let exit = |forward| Exit {
            arc: number,
            forward,
        };
        if road.drivable {
            list.push((arc.from, exit(true)));
        }
        if road.drivable && !road.oneway {
            list.push((arc.to, exit(false)));
        }
    }
    list.sort_by_key(|(node, _)| *node);
    let mut starts = vec![0u32; nodes + 1];
    for (node, _) in &list {
        starts[*node as usize + 1] += 1;
    }
    for node in 0..nodes {
        starts[node + 1] += starts[node];
    }
    (list.into_iter().map(|(_, exit)| exit).collect(), starts)
}

/// Roads come in the order of their ids, so the first to touch a node has the lowest.
fn main_at(arcs: &[Arc], roads: &[Road], nodes: usize) -> Vec<Option<u32>> {
    let mut found = vec![None; nodes];
    for arc in arcs {
        if roads[arc.road as usize].main {
            for node in [arc.from, arc.to] {
                found[node as usize].get_or_insert(arc.road);
            }
        }
    }
    found
}

fn indexed(arcs: &[Arc], vertices: &[LngLat]) -> Vec<IndexedSegment> {
    let mut list = Vec::with_capacity(vertices.len());
    for (number, arc) in (0..).zip(arcs) {
        for vertex in arc.first..arc.last {
            let corner = |at: u32| {
                let at = vertices[at as usize];
                [at.lng(), at.lat()]
            };
            let segment = Segment {
                vertex,
                arc: number,
            };
            let bounds = Rectangle::from_corners(corner(vertex), corner(vertex + 1));
            list.push(GeomWithData::new(bounds, segment));
        }
    }
    list
}
