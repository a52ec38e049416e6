//! Areas of decoded features, in square steps.

use crate::support::Feature;
use geo::Area as _;
use geo::algorithm::bool_ops::unary_union;

pub fn area(feature: &Feature) -> f64 {
    feature
        .polygons()
        .iter()
        .map(geo::Area::unsigned_area)
        .sum()
}

pub fn area_sum(features: &[Feature]) -> f64 {
    features.iter().map(area).sum()
}

/// Area of everything that is covered by at least one feature.
pub fn union_area(features: &[Feature]) -> f64 {
    let polygons: Vec<_> = features.iter().flat_map(Feature::polygons).collect();
    unary_union(&polygons).unsigned_area()
}
