//! Roads: their classes and the road-condition index.
//!
//! The index is 0 (unusable) to 100 (as new). Where smoothness was surveyed it decides alone; else the
//! surface gives a value that the road class shifts a little, because a main road of the same surface is
//! kept better than a track. With neither, the condition is unknown.

use crate::place::{Confidence, coded};

coded!(
    /// Importance of a road, from motorway down to footpath.
    RoadClass {
        Motorway = "motorway",
        Trunk = "trunk",
        Primary = "primary",
        Secondary = "secondary",
        Tertiary = "tertiary",
        Residential = "residential",
        Service = "service",
        Track = "track",
        Pedestrian = "pedestrian",
        Cycleway = "cycleway",
        Path = "path",
        Other = "other",
    }
);

impl RoadClass {
    /// A road that carries through traffic: the end of "the way to the next main road".
    pub fn is_main(self) -> bool {
        matches!(
            self,
            Self::Motorway | Self::Trunk | Self::Primary | Self::Secondary | Self::Tertiary
        )
    }

    /// Whether a car may be driven on it.
    pub fn is_drivable(self) -> bool {
        self.is_main() || matches!(self, Self::Residential | Self::Service | Self::Track)
    }
}

coded!(
    /// Bands of the road-condition index, as the map colours them.
    ConditionClass {
        Excellent = "excellent",
        Good = "good",
        Intermediate = "intermediate",
        Bad = "bad",
        Horrible = "horrible",
    }
);

impl ConditionClass {
    /// 85 and up excellent, 65 good, 45 intermediate, 25 bad, below horrible.
    pub fn of(condition: i64) -> Self {
        match condition {
            85.. => Self::Excellent,
            65..=84 => Self::Good,
            45..=64 => Self::Intermediate,
            25..=44 => Self::Bad,
            _ => Self::Horrible,
        }
    }
}

/// The index of a road and how it came about; `None` when neither smoothness nor surface is known.
pub fn condition_index(
    smoothness: Option<&str>,
    surface: Option<&str>,
    class: RoadClass,
) -> Option<(u8, Confidence)> {
    if let Some(index) = smoothness.and_then(smoothness_index) {
        return Some((index, Confidence::Stated));
    }
    let base = i16::from(surface.and_then(surface_index)?);
    let shift = match class {
        RoadClass::Motorway | RoadClass::Trunk => 8,
        RoadClass::Primary | RoadClass::Secondary => 5,
        RoadClass::Tertiary => 2,
        RoadClass::Track | RoadClass::Path => -8,
        RoadClass::Service => -4,
        _ => 0,
    };
    Some(((base + shift).clamp(0, 100) as u8, Confidence::Derived))
}

/// Centre of each class of the `smoothness` scale of the OpenStreetMap wiki (`medium` is its common synonym).
fn smoothness_index(smoothness: &str) -> Option<u8> {
    Some(match smoothness {
        "excellent" => 95,
        "good" => 75,
        "intermediate" | "medium" => 55,
        "bad" => 35,
        "very_bad" => 22,
        "horrible" => 14,
        "very_horrible" => 7,
        "impassable" => 0,
        _ => return None,
    })
}

/// Typical condition of a surface where nobody surveyed the smoothness.
fn surface_index(surface: &str) -> Option<u8> {
    let first = surface.split([';', ':']).next().unwrap_or(surface);
    Some(match first {
        "asphalt" | "chipseal" => 82,
        "concrete" | "metal" | "tartan" => 76,
        "paving_stones" | "paved" | "bricks" | "brick" | "wood" => 70,
        "sett" | "concrete_lanes" | "concrete_plates" => 54,
        "cobblestone" | "unhewn_cobblestone" | "compacted" => 46,
        "fine_gravel" | "grass_paver" | "stepping_stones" => 42,
        "gravel" | "pebblestone" | "unpaved" | "woodchips" => 32,
        "dirt" | "ground" | "earth" | "grass" | "clay" | "rock" => 22,
        "sand" | "mud" => 12,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn surveyed_smoothness_wins_over_surface() {
        assert_eq!(
            condition_index(Some("bad"), Some("asphalt"), RoadClass::Primary),
            Some((35, Confidence::Stated))
        );
    }

    #[test]
    fn an_unknown_road_stays_unknown() {
        assert_eq!(condition_index(None, None, RoadClass::Motorway), None);
        assert_eq!(
            condition_index(Some("yes"), Some("lava"), RoadClass::Motorway),
            None
        );
    }
}
