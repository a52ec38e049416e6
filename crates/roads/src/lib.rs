//! What lies on the road? A graph of the loaded roads that answers which road is nearest, how long and how good
//! the way to the next main road is, and how far two places are apart by road.
//!
//! Two metric spaces meet here and every figure names its own. *Haversine* metres measure from a place to the
//! point of a road nearest to it. *Network* metres are the sum of haversine lengths of the pieces of road driven,
//! on roads open to cars ([`RoadClass::is_drivable`]), one-way roads in their direction only, between the two
//! points on the road; the step from the place to the road is not in it.
//!
//! Roads meet where they share a vertex, as in `OpenStreetMap`: a bridge that crosses a road without a common
//! vertex does not touch it.

mod error;
mod graph;
mod nearest;
mod route;

pub use error::RoadError;
pub use graph::RoadGraph;

use geocrm_domain::LngLat;
use geocrm_domain::road::RoadClass;

/// A road as it is handed in; its line runs in the direction of traffic.
#[derive(Debug, Clone, Copy)]
pub struct RoadEdge<'a> {
    pub id: i64,
    /// Lines of fewer than two vertices are left out.
    pub line: &'a [LngLat],
    pub class: RoadClass,
    /// Condition index 0 to 100; `None` where unknown.
    pub condition: Option<u8>,
    /// Open to cars in the direction of the line only.
    pub oneway: bool,
    pub name: Option<&'a str>,
}

/// Which roads a search may find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    /// Roads open to cars.
    Drivable,
}

/// The point of a road nearest to a place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearestRoad {
    pub road_id: i64,
    /// Haversine metres from the place to `point`.
    pub distance_m: f64,
    /// On the road, rounded to 1e-7 degree.
    pub point: LngLat,
}

/// The shortest way from the road in front of a place to a main road ([`RoadClass::is_main`]).
#[derive(Debug, Clone, PartialEq)]
pub struct WayToMain {
    /// Network metres; 0 when the nearest drivable road is itself a main road.
    pub length_m: f64,
    /// Mean condition index of the way, weighted by length, over the part whose condition is known; `None` when
    /// it is known nowhere or the way has no length.
    pub condition_mean: Option<f64>,
    /// Lowest known condition index on the way.
    pub worst_condition: Option<u8>,
    /// Part of the length whose condition is known, 0 to 1; 0 for a way without length.
    pub known_share: f64,
    pub main_road_id: i64,
    pub main_road_name: Option<String>,
    /// From the point in front of the place to the main road; one point for a way without length.
    pub path: Vec<LngLat>,
}

/// How far a search goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reach {
    /// Haversine metres from a place to a drivable road.
    pub access_m: f64,
    /// Network metres along roads.
    pub way_m: f64,
}

impl Default for Reach {
    /// 500 m to the road, 25 km along it.
    fn default() -> Self {
        Self {
            access_m: 500.0,
            way_m: 25_000.0,
        }
    }
}
