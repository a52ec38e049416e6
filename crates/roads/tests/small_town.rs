//! A town small enough to be reckoned by hand: a lane, a one-way street, a bridge and a main road.

use geocrm_domain::LngLat;
use geocrm_domain::road::RoadClass;
use geocrm_roads::{Reach, RoadEdge, RoadGraph, Which};

/// On the equator 1e-7 degree is 0.0111 m both ways; `x` and `y` count hundreds of them.
fn at(x: i32, y: i32) -> LngLat {
    LngLat::from_e7(x * 1_000, y * 1_000)
}

/// Metres of one unit.
fn unit_m() -> f64 {
    at(0, 0).haversine_m(at(1, 0))
}

fn edge(id: i64, line: &[LngLat], class: RoadClass) -> RoadEdge<'_> {
    RoadEdge {
        id,
        line,
        class,
        condition: None,
        oneway: false,
        name: None,
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 0.05
}

#[test]
fn the_way_is_weighed_by_length_over_what_is_known() {
    let lane = [at(0, 0), at(100, 0)];
    let street = [at(100, 0), at(100, 300)];
    let alley = [at(100, 300), at(200, 300)];
    let main = [at(200, 0), at(200, 300), at(200, 600)];
    let graph = RoadGraph::build(&[
        RoadEdge {
            condition: Some(40),
            ..edge(1, &lane, RoadClass::Residential)
        },
        edge(2, &street, RoadClass::Residential),
        RoadEdge {
            condition: Some(80),
            ..edge(3, &alley, RoadClass::Service)
        },
        RoadEdge {
            name: Some("Hoofdweg"),
            ..edge(4, &main, RoadClass::Secondary)
        },
    ])
    .expect("few vertices");
    assert_eq!((graph.road_count(), graph.node_count()), (4, 6));

    // 50 along the lane (40), 300 along the street (unknown), 100 along the alley (80).
    let way = graph
        .way_to_main_road(at(50, 3), Reach::default())
        .expect("a way");
    assert!(close(way.length_m, 450.0 * unit_m()));
    let mean = way.condition_mean.expect("known in part");
    assert!((mean - (50.0 * 40.0 + 100.0 * 80.0) / 150.0).abs() < 1e-3);
    assert_eq!(way.worst_condition, Some(40));
    assert!((way.known_share - 150.0 / 450.0).abs() < 1e-3);
    assert_eq!(
        (way.main_road_id, way.main_road_name.as_deref()),
        (4, Some("Hoofdweg"))
    );
    assert_eq!(
        way.path,
        [at(50, 0), at(100, 0), at(100, 300), at(200, 300)]
    );

    let on_it = graph
        .way_to_main_road(at(201, 100), Reach::default())
        .expect("a way");
    assert_eq!((on_it.length_m, on_it.main_road_id), (0.0, 4));
    assert_eq!(on_it.condition_mean, None);
    assert_eq!(on_it.path, [at(200, 100)]);

    let short = Reach {
        way_m: 400.0 * unit_m(),
        ..Reach::default()
    };
    assert_eq!(graph.way_to_main_road(at(50, 3), short), None);
}

#[test]
fn one_way_streets_are_driven_in_their_direction_only() {
    let up = [at(0, 0), at(0, 100), at(0, 200)];
    let back = [at(0, 200), at(100, 200), at(100, 0), at(0, 0)];
    let graph = RoadGraph::build(&[
        RoadEdge {
            oneway: true,
            ..edge(1, &up, RoadClass::Residential)
        },
        edge(2, &back, RoadClass::Residential),
    ])
    .expect("few vertices");
    let reach = Reach::default();
    let there = graph
        .distance_m(at(0, 50), at(0, 150), reach)
        .expect("a way");
    assert!(close(there, 100.0 * unit_m()));
    // Up to the top, round by the other road, and up again: 150 + 400 + 50.
    let round = graph
        .distance_m(at(0, 150), at(0, 50), reach)
        .expect("a way");
    assert!(close(round, 500.0 * unit_m()), "{round}");
}

#[test]
fn a_bridge_does_not_touch_what_it_crosses() {
    let road = [at(0, 0), at(200, 0)];
    let bridge = [at(100, -100), at(100, 100)];
    let graph = RoadGraph::build(&[
        edge(1, &road, RoadClass::Residential),
        edge(2, &bridge, RoadClass::Residential),
    ])
    .expect("few vertices");
    assert_eq!(
        graph.distance_m(at(0, 0), at(100, 100), Reach::default()),
        None
    );
}

#[test]
fn a_footpath_is_a_road_but_not_for_cars() {
    let path = [at(0, 10), at(100, 10)];
    let street = [at(0, 30), at(100, 30)];
    let graph = RoadGraph::build(&[
        edge(1, &path, RoadClass::Path),
        edge(2, &street, RoadClass::Residential),
    ])
    .expect("few vertices");
    let nearest = |which| graph.nearest_road(at(50, 0), 1_000.0, which);
    let all = nearest(Which::All).expect("a road");
    assert_eq!((all.road_id, all.point), (1, at(50, 10)));
    assert!(close(all.distance_m, 10.0 * unit_m()));
    let drivable = nearest(Which::Drivable).expect("a road");
    assert_eq!((drivable.road_id, drivable.point), (2, at(50, 30)));
    assert_eq!(graph.nearest_road(at(50, 0), 5.0, Which::All), None);
}

#[test]
fn rings_repeated_vertices_and_empty_graphs_are_fine() {
    let graph = RoadGraph::build(&[]).expect("nothing");
    assert_eq!(graph.nearest_road(at(0, 0), 1e6, Which::All), None);
    assert_eq!(graph.way_to_main_road(at(0, 0), Reach::default()), None);

    let ring = [
        at(0, 0),
        at(0, 0),
        at(100, 0),
        at(100, 100),
        at(0, 0),
        at(0, 0),
    ];
    let dot = [at(5, 5)];
    let graph = RoadGraph::build(&[
        edge(1, &ring, RoadClass::Residential),
        edge(2, &dot, RoadClass::Primary),
        edge(3, &[], RoadClass::Primary),
    ])
    .expect("few vertices");
    assert_eq!(graph.road_count(), 1);
    let half = graph
        .distance_m(at(0, 0), at(100, 50), Reach::default())
        .expect("a way");
    assert!(close(half, 150.0 * unit_m()), "{half}");
}
