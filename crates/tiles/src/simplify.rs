//! From which zoom on a vertex is worth drawing. All rings and lines are read as one graph of distinct
//! vertices, so a border shared by two regions is one chain and loses the same vertices on both sides;
//! a vertex where chains meet is never dropped. Vertices go in the order of the area their removal
//! changes (Visvalingam and Whyatt 1993), and none goes while another vertex lies in that triangle,
//! so borders never cross and no region swallows another. One pass answers for every zoom.

use crate::grid::{World, pixel_units};
use rstar::primitives::GeomWithData;
use rstar::{AABB, RTree};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// A vertex drawn at its layer's last zoom only.
pub(crate) const LAST_ZOOM_ONLY: u8 = 25;

/// Change of area in square pixels that nobody sees.
const UNSEEN_PX2: f64 = 0.5;

/// No vertex.
const NONE: u32 = u32::MAX;

/// A ring or a line as a range of the vertices handed over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub start: u32,
    pub end: u32,
    pub closed: bool,
}

/// How far the triangle of a vertex to be dropped is looked through for other vertices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Not at all: a shape by itself, made valid again when it is cut.
    None,
    /// Among all vertices: shapes that share borders.
    Planar,
}

#[derive(Debug, Clone, Copy)]
struct Node {
    at: World,
    neighbours: [u32; 2],
    /// Distinct neighbours, 3 standing for more; only a vertex of exactly two may go.
    degree: u8,
    version: u32,
    zoom: u8,
}

/// The lowest zoom of each vertex of `vertices`, in the same order; 0 for all that are drawn at
/// `first_zoom`, below which nobody asks.
pub(crate) fn vertex_zooms(
    vertices: &[World],
    parts: &[Part],
    care: Care,
    first_zoom: u8,
) -> Vec<u8> {
    let mut graph = Graph::new(vertices, parts, care);
    graph.thin_out(unseen_units2(first_zoom));
    graph
        .occurrences
        .iter()
        .map(|&id| graph.nodes[id as usize].zoom)
        .collect()
}

/// The vertices not dropped yet, and some that are: it is built anew when half of them are gone, which
/// costs less than taking each out.
struct Index {
    tree: RTree<GeomWithData<[f64; 2], u32>>,
    gone: usize,
}

impl Index {
    fn of(nodes: &[Node]) -> Self {
        let live = nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.is_live())
            .map(|(id, node)| GeomWithData::new(position(node.at), id as u32));
        Self {
            tree: RTree::bulk_load(live.collect()),
            gone: 0,
        }
    }
}

struct Graph {
    nodes: Vec<Node>,
    occurrences: Vec<u32>,
    /// Edges between two vertices that both stay.
    fixed_edges: HashSet<(u32, u32)>,
    queue: BinaryHeap<Reverse<(u64, u32, u32)>>,
    index: Option<Index>,
}

impl Graph {
    fn new(vertices: &[World], parts: &[Part], care: Care) -> Self {
        let mut ids: HashMap<World, u32> = HashMap::with_capacity(vertices.len());
        let mut nodes: Vec<Node> = Vec::with_capacity(vertices.len());
        let occurrences: Vec<u32> = vertices
            .iter()
            .map(|&at| {
                *ids.entry(at).or_insert_with(|| {
                    nodes.push(Node {
                        at,
                        neighbours: [NONE; 2],
                        degree: 0,
                        version: 0,
                        zoom: 0,
                    });
                    nodes.len() as u32 - 1
                })
            })
            .collect();
        let edges = || {
            parts.iter().flat_map(|part| {
                let ids = &occurrences[part.start as usize..part.end as usize];
                let closing = part
                    .closed
                    .then(|| ids.last().copied().zip(ids.first().copied()))
                    .flatten();
                ids.windows(2)
                    .map(|pair| (pair[0], pair[1]))
                    .chain(closing)
                    .filter(|(a, b)| a != b)
            })
        };
        for (a, b) in edges() {
            nodes[a as usize].meet(b);
            nodes[b as usize].meet(a);
        }
        for part in parts.iter().filter(|part| !part.closed) {
            for end in [part.start, part.end.saturating_sub(1)] {
                nodes[occurrences[end as usize] as usize].degree = 3;
            }
        }
        let fixed_edges = edges()
            .filter(|(a, b)| [a, b].iter().all(|v| nodes[**v as usize].degree != 2))
            .map(|(a, b)| (a.min(b), a.max(b)))
            .collect();
        let index = (care == Care::Planar).then(|| Index::of(&nodes));
        Self {
            nodes,
            occurrences,
            fixed_edges,
            queue: BinaryHeap::new(),
            index,
        }
    }

    fn thin_out(&mut self, coarsest: f64) {
        for id in 0..self.nodes.len() as u32 {
            self.enqueue(id);
        }
        let mut level = 0.0f64;
        while let Some(Reverse((bits, id, version))) = self.queue.pop() {
            let node = self.nodes[id as usize];
            let area = f64::from_bits(bits);
            if node.version != version {
                continue;
            }
            if area >= coarsest {
                break;
            }
            level = level.max(area);
            if self.adjacent(node.neighbours[0], node.neighbours[1]) {
                // It comes back when a neighbour goes.
                continue;
            }
            if self.is_blocked(&node) {
                // Asked again when the map is twice as coarse, or when a neighbour goes.
                let later = (level * 2.0).max(1.0);
                self.queue.push(Reverse((later.to_bits(), id, version)));
                continue;
            }
            self.remove(id, level);
        }
    }

    fn enqueue(&mut self, id: u32) {
        let node = &mut self.nodes[id as usize];
        if node.degree != 2 {
            return;
        }
        node.version += 1;
        let (version, [a, c], at) = (node.version, node.neighbours, node.at);
        let corners = (self.nodes[a as usize].at, self.nodes[c as usize].at);
        let area = double_area(corners.0, at, corners.1).abs() as f64 / 2.0;
        self.queue.push(Reverse((area.to_bits(), id, version)));
    }

    /// Whether an edge a–c exists: dropping the vertex between would fold the shape flat.
    fn adjacent(&self, a: u32, c: u32) -> bool {
        let linked = |v: u32, w: u32| {
            let node = &self.nodes[v as usize];
            node.degree == 2 && node.neighbours.contains(&w)
        };
        a == c || linked(a, c) || linked(c, a) || self.fixed_edges.contains(&(a.min(c), a.max(c)))
    }

    fn is_blocked(&self, node: &Node) -> bool {
        let Some(index) = &self.index else {
            return false;
        };
        let [a, c] = node.neighbours.map(|id| self.nodes[id as usize].at);
        let corners = [a, node.at, c];
        let (low, high) = corners.iter().map(|p| position(*p)).fold(
            ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]),
            |(low, high), p| {
                (
                    [low[0].min(p[0]), low[1].min(p[1])],
                    [high[0].max(p[0]), high[1].max(p[1])],
                )
            },
        );
        index
            .tree
            .locate_in_envelope_intersecting(&AABB::from_corners(low, high))
            .map(|entry| &self.nodes[entry.data as usize])
            .any(|other| {
                other.is_live() && !corners.contains(&other.at) && in_triangle(corners, other.at)
            })
    }

    fn remove(&mut self, id: u32, level: f64) {
        let neighbours = self.nodes[id as usize].neighbours;
        let node = &mut self.nodes[id as usize];
        node.zoom = zoom_seen(level);
        node.degree = 0;
        node.version += 1;
        if let Some(index) = &mut self.index {
            index.gone += 1;
            if index.gone * 2 > index.tree.size() {
                *index = Index::of(&self.nodes);
            }
        }
        let [a, c] = neighbours;
        for (one, other) in [(a, c), (c, a)] {
            let node = &mut self.nodes[one as usize];
            if node.degree == 2 {
                for slot in &mut node.neighbours {
                    if *slot == id {
                        *slot = other;
                    }
                }
            }
        }
        if [a, c].iter().all(|v| self.nodes[*v as usize].degree != 2) {
            self.fixed_edges.insert((a.min(c), a.max(c)));
        }
        self.enqueue(a);
        self.enqueue(c);
    }
}

impl Node {
    fn is_live(&self) -> bool {
        self.zoom == 0
    }

    fn meet(&mut self, other: u32) {
        let known = usize::from(self.degree.min(2));
        if self.degree > 2 || self.neighbours[..known].contains(&other) {
            return;
        }
        if known < 2 {
            self.neighbours[known] = other;
        }
        self.degree += 1;
    }
}

fn position(at: World) -> [f64; 2] {
    [f64::from(at.x), f64::from(at.y)]
}

fn double_area(a: World, b: World, c: World) -> i128 {
    let d = |v: u32, w: u32| i128::from(v) - i128::from(w);
    d(b.x, a.x) * d(c.y, a.y) - d(b.y, a.y) * d(c.x, a.x)
}

/// Edges included.
fn in_triangle([a, b, c]: [World; 3], p: World) -> bool {
    let sides = [
        double_area(a, b, p),
        double_area(b, c, p),
        double_area(c, a, p),
    ];
    let within = |v: u32, s: [u32; 3]| {
        s.iter().min().is_some_and(|low| *low <= v) && s.iter().max().is_some_and(|high| v <= *high)
    };
    (sides.iter().all(|s| *s >= 0) || sides.iter().all(|s| *s <= 0))
        && within(p.x, [a.x, b.x, c.x])
        && within(p.y, [a.y, b.y, c.y])
}

fn unseen_units2(zoom: u8) -> f64 {
    UNSEEN_PX2 * pixel_units(zoom).powi(2)
}

/// The lowest zoom at which a change of this area, in square world units, is seen.
fn zoom_seen(area: f64) -> u8 {
    (0..LAST_ZOOM_ONLY)
        .find(|zoom| area >= unseen_units2(*zoom))
        .unwrap_or(LAST_ZOOM_ONLY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(points: &[(u32, u32)]) -> Vec<World> {
        points.iter().map(|&(x, y)| World { x, y }).collect()
    }

    fn ring(start: u32, end: u32) -> Part {
        Part {
            start,
            end,
            closed: true,
        }
    }

    #[test]
    fn both_sides_of_a_border_keep_the_same_vertices() {
        // Two squares side by side with a wiggle on the common edge.
        let wiggle = [(1_000, 300), (1_004, 500), (1_000, 700)];
        let mut left = vec![(0, 0), (1_000, 0)];
        left.extend(wiggle);
        left.extend([(1_000, 1_000), (0, 1_000)]);
        let mut right = vec![(2_000, 0), (2_000, 1_000), (1_000, 1_000)];
        right.extend(wiggle.iter().rev());
        right.push((1_000, 0));
        let vertices = world(&[left.clone(), right].concat());
        let parts = [ring(0, 7), ring(7, 14)];
        let zooms = vertex_zooms(&vertices, &parts, Care::Planar, 0);
        let by_vertex = |part: Part| -> HashMap<World, u8> {
            (part.start..part.end)
                .map(|i| (vertices[i as usize], zooms[i as usize]))
                .collect()
        };
        let (l, r) = (by_vertex(parts[0]), by_vertex(parts[1]));
        for (x, y) in wiggle {
            let at = World { x, y };
            assert_eq!(l[&at], r[&at]);
            assert!(l[&at] > 0, "a wiggle of 4 units is not for zoom 0");
        }
        assert_eq!(l[&World { x: 1_000, y: 0 }], 0, "a meeting point stays");
    }

    #[test]
    fn a_closed_ring_keeps_three_vertices_at_every_zoom() {
        let circle: Vec<(u32, u32)> = (0..64)
            .map(|i| {
                let angle = f64::from(i) / 64.0 * std::f64::consts::TAU;
                (
                    (5_000.0 + 900.0 * angle.cos()) as u32,
                    (5_000.0 + 900.0 * angle.sin()) as u32,
                )
            })
            .collect();
        let zooms = vertex_zooms(&world(&circle), &[ring(0, 64)], Care::None, 0);
        assert_eq!(zooms.iter().map(|z| u32::from(*z == 0)).sum::<u32>(), 3);
    }

    #[test]
    fn a_vertex_stays_while_another_lies_in_its_triangle() {
        // A shallow dent with an island in it: flattening the dent would run over the island.
        let dented = [(0, 0), (500, 60), (1_000, 0), (1_000, 4_000), (0, 4_000)];
        let island = [(498, 20), (502, 20), (500, 24)];
        let vertices = world(&[&dented[..], &island[..]].concat());
        let parts = [ring(0, 5), ring(5, 8)];
        let free = vertex_zooms(&vertices[..5], &parts[..1], Care::Planar, 0);
        let guarded = vertex_zooms(&vertices, &parts, Care::Planar, 0);
        assert!(guarded[1] < free[1], "{guarded:?} {free:?}");
    }

    #[test]
    fn ends_of_a_line_stay() {
        let line = world(&[(0, 0), (10, 0), (20, 1), (30, 0)]);
        let part = Part {
            start: 0,
            end: 4,
            closed: false,
        };
        let zooms = vertex_zooms(&line, &[part], Care::None, 0);
        assert_eq!((zooms[0], zooms[3]), (0, 0));
        assert_eq!(zooms[1..3].iter().filter(|z| **z > 10).count(), 2);
    }
}
