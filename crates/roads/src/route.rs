//! How long is the way, and how good? Dijkstra's search from a point on the road, which stops at its bound or
//! at the first node that answers the question; it keeps only what it has visited, so that a short way in a big
//! country costs little.

use crate::graph::{Exit, RoadGraph};
use crate::nearest::Snap;
use crate::{Reach, WayToMain, Which};
use geocrm_domain::LngLat;
use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

/// Metres with a total order; ties go by node, so that answers do not depend on chance.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reached {
    length_m: f64,
    node: u32,
}

impl Eq for Reached {}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reached {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = self.length_m.total_cmp(&other.length_m);
        by_length.then(self.node.cmp(&other.node))
    }
}

/// How a node was come to.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Along the arc the search began on.
    Start {
        forward: bool,
    },
    From {
        node: u32,
        exit: Exit,
    },
}

struct Visited {
    length_m: f64,
    step: Step,
}

type Visits = HashMap<u32, Visited>;

impl RoadGraph {
    /// The shortest way by car from the drivable road nearest to a place to any main road. `None` when there is
    /// no drivable road or no main road within reach.
    pub fn way_to_main_road(&self, place: LngLat, reach: Reach) -> Option<WayToMain> {
        let snap = self.snap(place, reach.access_m, Which::Drivable)?;
        let road = self.arcs[snap.arc as usize].road;
        if self.roads[road as usize].main {
            return Some(self.way(&snap, road, None));
        }
        let (reached, visits) =
            self.search(&snap, reach.way_m, |node| self.main_at(node).is_some());
        let end = reached?;
        let main = self.main_at(end.node)?;
        Some(self.way(&snap, main, Some((end, &visits))))
    }

    /// Network metres by car between the points on drivable roads nearest to two places. `None` when one has no
    /// road within reach or no way leads there.
    pub fn distance_m(&self, from: LngLat, to: LngLat, reach: Reach) -> Option<f64> {
        let start = self.snap(from, reach.access_m, Which::Drivable)?;
        let end = self.snap(to, reach.access_m, Which::Drivable)?;
        let arc = &self.arcs[end.arc as usize];
        let oneway = self.road_of(arc).oneway;
        let rest_m = arc.length_m - end.offset_m;
        // Ways into the end's arc: forward from its first node, backward from its last.
        let mut entries = Vec::from([(arc.from, end.offset_m)]);
        if !oneway || rest_m == 0.0 {
            entries.push((arc.to, rest_m));
        }
        let along_m = end.offset_m - start.offset_m;
        let direct = (start.arc == end.arc && (along_m >= 0.0 || !oneway)).then(|| along_m.abs());
        let mut best = direct;
        let mut open: Vec<u32> = entries.iter().map(|(node, _)| *node).collect();
        let (_, visits) = self.search(&start, reach.way_m, |node| {
            open.retain(|waiting| *waiting != node);
            open.is_empty()
        });
        for (node, further_m) in entries {
            let total = visits.get(&node).map(|visit| visit.length_m + further_m);
            best = match (best, total) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        best.filter(|length_m| *length_m <= reach.way_m)
    }

    /// Nodes by network distance from the point, up to the first for which `is_end` holds. The visits hold every
    /// settled node, and some beyond whose length may still be too long.
    fn search(
        &self,
        start: &Snap,
        bound_m: f64,
        mut is_end: impl FnMut(u32) -> bool,
    ) -> (Option<Reached>, Visits) {
        let mut visits = Visits::new();
        let mut queue = BinaryHeap::new();
        let offer = |visits: &mut Visits, queue: &mut BinaryHeap<_>, to: Reached, step| {
            let known = visits.get(&to.node).map(|visit| visit.length_m);
            if to.length_m <= bound_m && known.is_none_or(|known| to.length_m < known) {
                let length_m = to.length_m;
                visits.insert(to.node, Visited { length_m, step });
                queue.push(Reverse(to));
            }
        };
        for (to, step) in self.first_steps(start) {
            offer(&mut visits, &mut queue, to, step);
        }
        while let Some(Reverse(reached)) = queue.pop() {
            let settled = visits.get(&reached.node).map(|visit| visit.length_m);
            if settled.is_some_and(|length_m| length_m < reached.length_m) {
                continue;
            }
            if is_end(reached.node) {
                return (Some(reached), visits);
            }
            for &exit in self.exits(reached.node) {
                let arc = &self.arcs[exit.arc as usize];
                let to = Reached {
                    node: if exit.forward { arc.to } else { arc.from },
                    length_m: reached.length_m + arc.length_m,
                };
                let node = reached.node;
                offer(&mut visits, &mut queue, to, Step::From { node, exit });
            }
        }
        (None, visits)
    }

    /// From the point to the ends of its arc; against a one-way only when the point is that end.
    fn first_steps(&self, start: &Snap) -> Vec<(Reached, Step)> {
        let arc = &self.arcs[start.arc as usize];
        let forward = Reached {
            node: arc.to,
            length_m: arc.length_m - start.offset_m,
        };
        let backward = Reached {
            node: arc.from,
            length_m: start.offset_m,
        };
        let mut steps = vec![(forward, Step::Start { forward: true })];
        if !self.road_of(arc).oneway || start.offset_m == 0.0 {
            steps.push((backward, Step::Start { forward: false }));
        }
        steps
    }

    fn way(&self, start: &Snap, main: u32, end: Option<(Reached, &Visits)>) -> WayToMain {
        let main = &self.roads[main as usize];
        let mut way = WayToMain {
            length_m: end.map_or(0.0, |(reached, _)| reached.length_m),
            condition_mean: None,
            worst_condition: None,
            known_share: 0.0,
            main_road_id: main.id,
            main_road_name: main.name.clone(),
            path: vec![start.point],
        };
        let Some((reached, visits)) = end else {
            return way;
        };
        let (forward, exits) = steps_to(reached.node, visits);
        let first = &self.arcs[start.arc as usize];
        let first_m = if forward {
            first.length_m - start.offset_m
        } else {
            start.offset_m
        };
        let mut parts = vec![(first_m, self.road_of(first).condition)];
        if forward {
            let ahead = &self.vertices[start.vertex as usize + 1..=first.last as usize];
            way.path.extend_from_slice(ahead);
        } else {
            let behind = &self.vertices[first.first as usize..=start.vertex as usize];
            way.path.extend(behind.iter().rev());
        }
        for exit in exits {
            let arc = &self.arcs[exit.arc as usize];
            parts.push((arc.length_m, self.road_of(arc).condition));
            if exit.forward {
                way.path.extend(self.line(arc));
            } else {
                way.path.extend(self.line(arc).iter().rev());
            }
        }
        way.path.dedup();
        weigh(&mut way, &parts);
        way
    }
}

/// Back from a node to the start: which way the first arc was left, and the exits taken after it.
fn steps_to(node: u32, visits: &Visits) -> (bool, Vec<Exit>) {
    let mut exits = Vec::new();
    let mut at = node;
    let mut forward = true;
    while let Some(visit) = visits.get(&at) {
        match visit.step {
            Step::Start { forward: left } => {
                forward = left;
                break;
            }
            Step::From { node, exit } => {
                exits.push(exit);
                at = node;
            }
        }
    }
    exits.reverse();
    (forward, exits)
}

/// Condition over the parts of a way: (metres, index).
fn weigh(way: &mut WayToMain, parts: &[(f64, Option<u8>)]) {
    let mut known_m = 0.0;
    let mut weighted = 0.0;
    for &(length_m, condition) in parts.iter().filter(|(length_m, _)| *length_m > 0.0) {
        if let Some(condition) = condition {
            known_m += length_m;
            weighted += length_m * f64::from(condition);
            let worst = way.worst_condition.unwrap_or(condition);
            way.worst_condition = Some(worst.min(condition));
        }
    }
    if known_m > 0.0 {
        way.condition_mean = Some(weighted / known_m);
        way.known_share = (known_m / way.length_m).min(1.0);
    }
}
