//! The graph against oracles that share no code with it: all segments one by one for the nearest road, and
//! Floyd–Warshall over all vertices, uncut, for ways and distances.

use geocrm_domain::LngLat;
use geocrm_domain::road::RoadClass;
use geocrm_roads::{Reach, RoadEdge, RoadGraph, Which};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestRunner};
use std::collections::HashMap;

const CLASSES: [RoadClass; 5] = [
    RoadClass::Residential,
    RoadClass::Service,
    RoadClass::Path,
    RoadClass::Secondary,
    RoadClass::Track,
];

#[derive(Debug, Clone)]
struct Road {
    line: Vec<LngLat>,
    class: RoadClass,
    condition: Option<u8>,
    oneway: bool,
}

/// About 70 m × 110 m, a little askew so that no two lengths are equal.
fn crossing(x: i32, y: i32) -> LngLat {
    LngLat::from_e7(
        49_000_000 + x * 10_007 + y * 613,
        523_700_000 + y * 9_973 + x * x * 101,
    )
}

fn road() -> impl Strategy<Value = Road> {
    let walk = (0..6i32, 0..6i32, prop::collection::vec(0..4u8, 1..7));
    let looks = (
        prop::sample::select(CLASSES.to_vec()),
        prop::option::of(0..=100u8),
        prop::bool::weighted(0.3),
    );
    (walk, looks).prop_map(|((mut x, mut y, turns), (class, condition, oneway))| {
        let mut line = vec![crossing(x, y)];
        for turn in turns {
            match turn {
                0 => x += 1,
                1 => x -= 1,
                2 => y += 1,
                _ => y -= 1,
            }
            line.push(crossing(x, y));
        }
        Road {
            line,
            class,
            condition,
            oneway,
        }
    })
}

fn roads() -> impl Strategy<Value = Vec<Road>> {
    prop::collection::vec(road(), 1..14)
}

fn graph(roads: &[Road]) -> RoadGraph {
    let edges: Vec<RoadEdge<'_>> = (0..)
        .zip(roads)
        .map(|(id, road)| RoadEdge {
            id,
            line: &road.line,
            class: road.class,
            condition: road.condition,
            oneway: road.oneway,
            name: None,
        })
        .collect();
    RoadGraph::build(&edges).expect("few vertices")
}

/// Every vertex of a drivable road is a node of its own.
struct Oracle {
    number: HashMap<LngLat, usize>,
    distance: Vec<Vec<f64>>,
    is_main: Vec<bool>,
}

fn oracle(roads: &[Road]) -> Oracle {
    let drivable = || roads.iter().filter(|road| road.class.is_drivable());
    let mut number = HashMap::new();
    for vertex in drivable().flat_map(|road| &road.line) {
        let next = number.len();
        number.entry(*vertex).or_insert(next);
    }
    let n = number.len();
    let mut distance = vec![vec![f64::INFINITY; n]; n];
    let mut is_main = vec![false; n];
    for (at, row) in distance.iter_mut().enumerate() {
        row[at] = 0.0;
    }
    for road in drivable() {
        for pair in road.line.windows(2) {
            let (a, b) = (number[&pair[0]], number[&pair[1]]);
            let length = pair[0].haversine_m(pair[1]);
            distance[a][b] = distance[a][b].min(length);
            if !road.oneway {
                distance[b][a] = distance[b][a].min(length);
            }
        }
        for vertex in &road.line {
            is_main[number[vertex]] |= road.class.is_main();
        }
    }
    for k in 0..n {
        for i in 0..n {
            for j in 0..n {
                let through = distance[i][k] + distance[k][j];
                if through < distance[i][j] {
                    distance[i][j] = through;
                }
            }
        }
    }
    Oracle {
        number,
        distance,
        is_main,
    }
}

fn same(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() < 1e-6,
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Least haversine distance to a road's line, found by halving towards the nearest of many points.
fn distance_to(place: LngLat, line: &[LngLat]) -> f64 {
    line.windows(2)
        .map(|pair| {
            let at = |share: f64| {
                let mix = |a: i32, b: i32| {
                    (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as i32
                };
                let point = LngLat::from_e7(
                    mix(pair[0].lng_e7, pair[1].lng_e7),
                    mix(pair[0].lat_e7, pair[1].lat_e7),
                );
                place.haversine_m(point)
            };
            let (mut low, mut high) = (0.0, 1.0);
            for _ in 0..60 {
                let third = (high - low) / 3.0;
                if at(low + third) < at(high - third) {
                    high -= third;
                } else {
                    low += third;
                }
            }
            at(low).min(at(0.0)).min(at(1.0))
        })
        .fold(f64::INFINITY, f64::min)
}

const CASES: u32 = 128;

/// A fixed seed, in every run of `make soak` another.
fn seed() -> u64 {
    let run = std::env::var("GEOCRM_SOAK_RUN").ok();
    let run = run.map_or(0, |run| run.parse().expect("GEOCRM_SOAK_RUN is a number"));
    20_261_123 + run
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(seed()),
        ..ProptestConfig::default()
    }
}

/// From and to, where graph and oracle differ.
fn wrong_distances(graph: &RoadGraph, oracle: &Oracle) -> Vec<(LngLat, LngLat)> {
    let far = Reach {
        access_m: 1.0,
        way_m: 1e9,
    };
    let mut wrong = Vec::new();
    for (&from, &i) in &oracle.number {
        for (&to, &j) in &oracle.number {
            let expected = Some(oracle.distance[i][j]).filter(|d| d.is_finite());
            if !same(graph.distance_m(from, to, far), expected) {
                wrong.push((from, to));
            }
        }
    }
    wrong
}

#[test]
fn the_oracle_catches_a_graph_that_ignores_one_way_streets_or_junctions() {
    let mut runner = TestRunner::new(config());
    let (mut against_one_way, mut apart) = (0, 0);
    for _ in 0..20 {
        let town = roads().new_tree(&mut runner).expect("a town").current();
        let oracle = oracle(&town);
        let mut both_ways = town.clone();
        for road in &mut both_ways {
            road.oneway = false;
        }
        against_one_way += wrong_distances(&graph(&both_ways), &oracle).len();
        let mut moved = town.clone();
        for (at, road) in moved.iter_mut().enumerate() {
            for vertex in &mut road.line {
                vertex.lat_e7 += at as i32;
            }
        }
        apart += wrong_distances(&graph(&moved), &oracle).len();
    }
    assert!(against_one_way > 0 && apart > 0);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn distances_equal_floyd_warshall(roads in roads()) {
        let (graph, oracle) = (graph(&roads), oracle(&roads));
        prop_assert_eq!(wrong_distances(&graph, &oracle), []);
        let bound = Reach { access_m: 1.0, way_m: 300.0 };
        for (&from, &i) in &oracle.number {
            for (&to, &j) in &oracle.number {
                let expected = Some(oracle.distance[i][j]).filter(|d| *d <= 300.0);
                let found = graph.distance_m(from, to, bound);
                prop_assert!(same(found, expected), "bounded: {found:?} {expected:?}");
            }
        }
    }

    #[test]
    fn the_way_to_a_main_road_is_the_shortest(roads in roads()) {
        let (graph, oracle) = (graph(&roads), oracle(&roads));
        let far = Reach { access_m: 1.0, way_m: 1e9 };
        for (&from, &i) in &oracle.number {
            let expected = (0..oracle.is_main.len())
                .filter(|&j| oracle.is_main[j])
                .map(|j| oracle.distance[i][j])
                .filter(|d| d.is_finite())
                .min_by(f64::total_cmp);
            let way = graph.way_to_main_road(from, far);
            let found = way.as_ref().map(|way| way.length_m);
            prop_assert!(same(found, expected), "{from:?}: {found:?} {expected:?}");
            let Some(way) = way else { continue };
            // The path is as long as it says, begins here and ends on the main road it names.
            let walked: f64 = way.path.windows(2).map(|p| p[0].haversine_m(p[1])).sum();
            prop_assert!((walked - way.length_m).abs() < 1e-6);
            prop_assert_eq!(way.path.first(), Some(&from));
            let main = &roads[way.main_road_id as usize];
            prop_assert!(main.class.is_main());
            prop_assert!(way.path.last().is_some_and(|end| main.line.contains(end)));
            prop_assert!((0.0..=1.0).contains(&way.known_share));
            prop_assert_eq!(way.condition_mean.is_some(), way.known_share > 0.0);
            if let (Some(mean), Some(worst)) = (way.condition_mean, way.worst_condition) {
                prop_assert!(mean >= f64::from(worst) - 1e-9 && mean <= 100.0 + 1e-9);
            }
        }
    }

    #[test]
    fn the_nearest_road_is_the_nearest(
        roads in roads(),
        x in 48_980_000..49_120_000i32,
        y in 523_680_000..523_800_000i32,
        max_m in 1.0..2_000.0f64,
    ) {
        let graph = graph(&roads);
        let place = LngLat::from_e7(x, y);
        for which in [Which::All, Which::Drivable] {
            let expected = roads
                .iter()
                .filter(|road| which == Which::All || road.class.is_drivable())
                .map(|road| distance_to(place, &road.line))
                .min_by(f64::total_cmp);
            let found = graph.nearest_road(place, max_m, which);
            match (found, expected.filter(|d| *d <= max_m)) {
                (Some(found), Some(expected)) => {
                    prop_assert!((found.distance_m - expected).abs() < 0.03, "{found:?} {expected}");
                    prop_assert!((place.haversine_m(found.point) - found.distance_m).abs() < 1e-9);
                    let road = &roads[found.road_id as usize];
                    prop_assert!((distance_to(place, &road.line) - found.distance_m).abs() < 0.03);
                }
                (None, None) => {}
                (found, _) => {
                    // Only a road within rounding of the limit may be found by one and not by the other.
                    let distance = found.map_or(expected, |found| Some(found.distance_m));
                    prop_assert!(distance.is_some_and(|d| (d - max_m).abs() < 0.03));
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_roads_does_not_matter(roads in roads()) {
        let edge = |(id, road)| {
            let road: &Road = road;
            RoadEdge {
                id,
                line: &road.line,
                class: road.class,
                condition: road.condition,
                oneway: road.oneway,
                name: None,
            }
        };
        let edges: Vec<RoadEdge<'_>> = (0..).zip(&roads).map(edge).collect();
        let reversed: Vec<RoadEdge<'_>> = edges.iter().rev().copied().collect();
        let one = RoadGraph::build(&edges).expect("few vertices");
        let other = RoadGraph::build(&reversed).expect("few vertices");
        for x in 0..6 {
            let place = crossing(x, 5 - x);
            let reach = Reach::default();
            prop_assert_eq!(one.way_to_main_road(place, reach), other.way_to_main_road(place, reach));
        }
    }
}
