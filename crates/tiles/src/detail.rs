//! From which zoom on a feature of the base map is drawn. The rule is what the eye can tell apart: a road
//! class appears when its roads stand about 30 pixels apart in a town, an area when it is some 4 pixels wide.

use geocrm_domain::place::AreaKind;
use geocrm_domain::road::RoadClass;

/// First zoom of a road.
pub fn road_min_zoom(class: RoadClass) -> u8 {
    match class {
        RoadClass::Motorway => 5,
        RoadClass::Trunk => 6,
        RoadClass::Primary => 8,
        RoadClass::Secondary => 10,
        RoadClass::Tertiary => 11,
        RoadClass::Residential => 12,
        RoadClass::Pedestrian | RoadClass::Track | RoadClass::Cycleway => 13,
        RoadClass::Service | RoadClass::Path | RoadClass::Other => 14,
    }
}

/// First zoom of an area of the base map of `area_m2` square metres: 16 square pixels of a 512-pixel tile
/// at 52° of latitude; water shows twice as early.
pub fn area_min_zoom(kind: AreaKind, area_m2: i64) -> u8 {
    let seen_px2 = if kind == AreaKind::Water { 4.0 } else { 16.0 };
    let metre_per_px_at_0 = 48_188.0f64;
    (0..14)
        .find(|zoom| {
            let metre_per_px = metre_per_px_at_0 / 2f64.powi(*zoom);
            area_m2 as f64 >= seen_px2 * metre_per_px * metre_per_px
        })
        .unwrap_or(14) as u8
}

/// Importance of a place name, 1 the most important; the label with the smaller rank wins its room.
pub fn place_rank(kind: &str, population: Option<i64>) -> u8 {
    let base = match kind {
        "country" => 1,
        "state" | "province" => 2,
        "city" => 4,
        "town" => 7,
        "village" => 10,
        "suburb" => 11,
        "hamlet" | "quarter" => 13,
        "neighbourhood" => 14,
        _ => 15,
    };
    let lift = match population.unwrap_or(0) {
        500_000.. => 2,
        100_000..500_000 => 1,
        _ => 0,
    };
    (base - lift).max(1)
}

/// First zoom of a place name.
pub fn place_min_zoom(kind: &str, population: Option<i64>) -> u8 {
    match place_rank(kind, population) {
        ..=1 => 0,
        2 => 3,
        3 => 5,
        4 => 6,
        5..=7 => 8,
        8..=10 => 10,
        11..=12 => 11,
        13 => 12,
        _ => 13,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wider_roads_and_larger_areas_come_first() {
        let zooms: Vec<u8> = [
            RoadClass::Motorway,
            RoadClass::Primary,
            RoadClass::Tertiary,
            RoadClass::Residential,
            RoadClass::Path,
        ]
        .map(road_min_zoom)
        .to_vec();
        assert!(zooms.is_sorted());
        assert!(area_min_zoom(AreaKind::Park, 100_000_000) < area_min_zoom(AreaKind::Park, 10_000));
        assert!(area_min_zoom(AreaKind::Water, 10_000) < area_min_zoom(AreaKind::Park, 10_000));
        assert_eq!(area_min_zoom(AreaKind::Grass, 0), 14);
    }

    #[test]
    fn a_large_city_outranks_a_small_one() {
        assert!(place_rank("city", Some(900_000)) < place_rank("city", Some(30_000)));
        assert!(place_min_zoom("city", None) < place_min_zoom("hamlet", None));
    }
}
