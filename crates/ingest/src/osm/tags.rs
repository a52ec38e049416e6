//! What a tag means in our terms. Every rule stands here once; the keys and values are those of the
//! `OpenStreetMap` wiki as of 2026.

use super::pbf::Tags;
use geocrm_domain::place::{AreaKind, BuildingUse, Confidence, HousingType};
use geocrm_domain::road::RoadClass;

/// Whether a node becomes a row.
pub fn is_wanted_node(tags: &Tags) -> bool {
    tags.get("addr:housenumber").is_some() || tags.get("place").is_some()
}

/// Whether a way becomes a row by itself.
pub fn is_wanted(tags: &Tags) -> bool {
    tags.get("highway").is_some() || is_area(tags)
}

/// Whether a closed way or relation becomes a building, an address or a surface of the base map.
pub fn is_area(tags: &Tags) -> bool {
    tags.get("building").is_some()
        || tags.get("addr:housenumber").is_some()
        || area_kind(tags).is_some()
}

pub fn is_multipolygon(tags: &Tags) -> bool {
    matches!(tags.get("type"), Some("multipolygon" | "boundary"))
}

/// Kind of surface; land use wins over leisure, leisure over natural cover.
pub fn area_kind(tags: &Tags) -> Option<AreaKind> {
    if let Some(kind) = tags.get("landuse").and_then(land_use) {
        return Some(kind);
    }
    match tags.get("leisure") {
        Some("park" | "nature_reserve" | "recreation_ground") => return Some(AreaKind::Park),
        Some("garden" | "pitch" | "golf_course" | "playground") => return Some(AreaKind::Grass),
        _ => {}
    }
    match tags.get("natural") {
        Some("water") => return Some(AreaKind::Water),
        Some("wood" | "scrub") => return Some(AreaKind::Forest),
        Some("grassland" | "heath" | "fell" | "wetland") => return Some(AreaKind::Grass),
        Some("bare_rock" | "scree" | "shingle" | "sand" | "beach") => return Some(AreaKind::Other),
        _ => {}
    }
    if matches!(
        tags.get("waterway"),
        Some("riverbank" | "dock" | "canal" | "river" | "stream")
    ) {
        // A closed waterway without area=yes is a line that ends where it began.
        let surface = tags.get("area") == Some("yes")
            || matches!(tags.get("waterway"), Some("riverbank" | "dock"))
            || is_multipolygon(tags);
        return surface.then_some(AreaKind::Water);
    }
    let paved = matches!(
        tags.get("highway"),
        Some("pedestrian" | "footway" | "platform")
    ) && (tags.get("area") == Some("yes") || is_multipolygon(tags));
    let square = tags.get("place") == Some("square") || tags.get("area:highway").is_some();
    (paved || square).then_some(AreaKind::Pedestrian)
}

fn land_use(value: &str) -> Option<AreaKind> {
    Some(match value {
        "industrial" | "port" => AreaKind::Industrial,
        "commercial" => AreaKind::Commercial,
        "retail" => AreaKind::Retail,
        "residential" => AreaKind::Residential,
        "forest" => AreaKind::Forest,
        "grass" | "meadow" | "village_green" | "flowerbed" | "traffic_island" => AreaKind::Grass,
        "farmland"
        | "farmyard"
        | "orchard"
        | "vineyard"
        | "plant_nursery"
        | "allotments"
        | "greenhouse_horticulture" => AreaKind::Farmland,
        "basin" | "reservoir" => AreaKind::Water,
        "recreation_ground" => AreaKind::Park,
        "no" => return None,
        _ => AreaKind::Other,
    })
}

pub fn road_class(highway: &str) -> RoadClass {
    match highway {
        "motorway" | "motorway_link" => RoadClass::Motorway,
        "trunk" | "trunk_link" => RoadClass::Trunk,
        "primary" | "primary_link" => RoadClass::Primary,
        "secondary" | "secondary_link" => RoadClass::Secondary,
        "tertiary" | "tertiary_link" => RoadClass::Tertiary,
        "residential" | "unclassified" | "living_street" | "road" => RoadClass::Residential,
        "service" => RoadClass::Service,
        "track" => RoadClass::Track,
        "pedestrian" => RoadClass::Pedestrian,
        "cycleway" => RoadClass::Cycleway,
        "footway" | "path" | "steps" | "bridleway" | "corridor" => RoadClass::Path,
        _ => RoadClass::Other,
    }
}

/// Speed limit in km/h: `50`, `30 mph`, `NL:urban`, `CH:rural`, `walk`; `none` and signals stay unknown.
pub fn speed_kmh(text: &str) -> Option<i32> {
    let first = text.split(';').next()?.trim();
    if let Some(miles) = first.strip_suffix("mph") {
        let miles: f64 = miles.trim().parse().ok()?;
        return (0.0..=200.0)
            .contains(&miles)
            .then(|| (miles * 1.609_344).round() as i32);
    }
    let number = first.strip_suffix("km/h").unwrap_or(first).trim();
    if let Ok(speed) = number.parse::<i32>() {
        return (0..=300).contains(&speed).then_some(speed);
    }
    match first.rsplit(':').next()? {
        "walk" => Some(7),
        "living_street" => Some(if first.starts_with("NL") { 15 } else { 7 }),
        "urban" => Some(50),
        "rural" if first.starts_with("DE") => Some(100),
        "rural" => Some(80),
        "zone30" | "zone:30" | "30" => Some(30),
        _ => None,
    }
}

/// Storeys above ground, 1 to 200; `3.5` counts 3, `2;3` the larger.
pub fn storeys(text: &str) -> Option<i32> {
    text.split([';', '-'])
        .filter_map(|part| part.trim().replace(',', ".").parse::<f64>().ok())
        .map(|v| v.floor() as i32)
        .filter(|v| (1..=200).contains(v))
        .max()
}

/// Kind of dwelling where the building's own tag says it.
pub fn housing_type(tags: &Tags) -> Option<(HousingType, Confidence)> {
    let kind = match tags.get("building")? {
        "apartments" | "dormitory" => HousingType::Apartment,
        "terrace" => HousingType::Terraced,
        "semidetached_house" | "semi" => HousingType::SemiDetached,
        "detached" | "bungalow" | "farm" | "villa" | "cabin" => HousingType::Detached,
        "houseboat" | "floating_home" | "ship" => HousingType::Houseboat,
        "static_caravan" => HousingType::Other,
        _ => return None,
    };
    Some((kind, Confidence::Stated))
}

/// Use of the whole building: its own tag first, then what it is run as.
pub fn building_use(tags: &Tags) -> Option<(BuildingUse, Confidence)> {
    let stated = match tags.get("building")? {
        "apartments" | "house" | "detached" | "residential" | "terrace" | "semidetached_house"
        | "semi" | "bungalow" | "villa" | "cabin" | "dormitory" | "houseboat" | "floating_home"
        | "static_caravan" => BuildingUse::Dwelling,
        "retail" | "shop" | "supermarket" | "kiosk" | "mall" => BuildingUse::Retail,
        "commercial" | "office" => BuildingUse::Office,
        "hotel" | "hostel" => BuildingUse::Hotel,
        "industrial" | "warehouse" | "factory" | "manufacture" | "storage_tank" | "silo"
        | "hangar" | "depot" => BuildingUse::Industrial,
        "farm" | "farm_auxiliary" | "barn" | "stable" | "cowshed" | "sty" | "greenhouse"
        | "agricultural" | "slurry_tank" => BuildingUse::Agricultural,
        "shed" | "garage" | "garages" | "carport" | "roof" | "hut" | "service" | "outbuilding"
        | "boathouse" | "parking" | "bunker" | "transformer_tower" => BuildingUse::Ancillary,
        "church" | "chapel" | "cathedral" | "mosque" | "synagogue" | "temple" | "monastery"
        | "school" | "university" | "college" | "kindergarten" | "hospital" | "public"
        | "civic" | "government" | "townhall" | "train_station" | "transportation" | "museum"
        | "library" | "fire_station" | "sports_hall" | "sports_centre" | "religious"
        | "theatre" | "stadium" | "castle" => BuildingUse::Public,
        "construction" | "ruins" | "ship" | "bridge" | "tower" | "wall" => BuildingUse::Other,
        _ => return tenant_use(tags),
    };
    Some((stated, Confidence::Stated))
}

/// What is run at an address or in a building, by the tags of the shop or office itself.
pub fn tenant_use(tags: &Tags) -> Option<(BuildingUse, Confidence)> {
    let active = |key: &str| {
        tags.get(key)
            .filter(|v| !matches!(*v, "no" | "vacant" | "disused"))
    };
    let kind = if active("shop").is_some() {
        BuildingUse::Retail
    } else if active("office").is_some() || active("craft").is_some() {
        BuildingUse::Office
    } else if let Some(tourism) = active("tourism") {
        match tourism {
            "hotel" | "hostel" | "guest_house" | "motel" | "apartment" => BuildingUse::Hotel,
            _ => BuildingUse::Public,
        }
    } else if let Some(amenity) = active("amenity") {
        match amenity {
            "restaurant" | "cafe" | "bar" | "pub" | "fast_food" | "ice_cream" | "nightclub"
            | "bank" | "pharmacy" | "bureau_de_change" | "car_rental" | "bicycle_rental"
            | "fuel" | "marketplace" | "casino" | "gambling" => BuildingUse::Retail,
            "parking" | "bicycle_parking" | "shelter" => BuildingUse::Ancillary,
            "coworking_space" | "dentist" | "doctors" | "veterinary" => BuildingUse::Office,
            _ => BuildingUse::Public,
        }
    } else if active("leisure").is_some() || active("healthcare").is_some() {
        BuildingUse::Public
    } else {
        return None;
    };
    Some((kind, Confidence::Stated))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&'static str, &'static str)]) -> Tags {
        pairs.iter().copied().collect()
    }

    #[test]
    fn speeds_in_their_spellings() {
        for (text, speed) in [
            ("50", Some(50)),
            ("30 mph", Some(48)),
            ("NL:urban", Some(50)),
            ("walk", Some(7)),
            ("none", None),
            ("signals", None),
            ("9999", None),
        ] {
            assert_eq!(speed_kmh(text), speed, "{text}");
        }
    }

    #[test]
    fn a_closed_stream_is_not_a_lake() {
        assert_eq!(area_kind(&tags(&[("waterway", "stream")])), None);
        let bank = tags(&[("waterway", "riverbank")]);
        assert_eq!(area_kind(&bank), Some(AreaKind::Water));
    }

    #[test]
    fn use_and_housing_type_are_separate_questions() {
        let flats = tags(&[("building", "apartments"), ("shop", "bakery")]);
        assert_eq!(
            building_use(&flats),
            Some((BuildingUse::Dwelling, Confidence::Stated))
        );
        assert_eq!(
            tenant_use(&flats),
            Some((BuildingUse::Retail, Confidence::Stated))
        );
        let unknown = tags(&[("building", "yes")]);
        assert_eq!(building_use(&unknown), None);
        assert_eq!(housing_type(&unknown), None);
    }

    #[test]
    fn storeys_take_the_larger_of_two() {
        assert_eq!(storeys("2;3"), Some(3));
        assert_eq!(storeys("3.5"), Some(3));
        assert_eq!(storeys("0"), None);
        assert_eq!(storeys("many"), None);
    }
}
