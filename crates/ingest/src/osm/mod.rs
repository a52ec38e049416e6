//! `OpenStreetMap` extracts. The file is read in three passes (relations, ways, nodes), so that only
//! what a wanted object is made of is kept in memory, and blobs are decoded on all cores.
//!
//! What counts as what is in [`tags`]; the counts are those of libosmium: every way with `highway` is
//! a road, every closed way or multipolygon with `building` a building, and every node, closed way or
//! multipolygon with `addr:housenumber` an address.

mod pbf;
mod rings;
pub mod start_date;
pub mod tags;

use crate::error::IngestError;
use crate::recipe::Recipe;
use crate::shape;
use geocrm_domain::address::PostalAddress;
use geocrm_domain::dataset::Rejection;
use geocrm_domain::geometry::{MultiPolygon, line_length_m, line_midpoint};
use geocrm_domain::record::{
    AddressRow, AreaRow, BuildingRow, Bundle, Leaves, PlaceRow, RoadRow, Setting,
};
use geocrm_domain::road::condition_index;
use geocrm_domain::spatial::LngLat;
use pbf::{Extract, Tags, Way};
use rayon::prelude::*;
use std::path::Path;

/// Bytes of one extract.
pub const PBF_BYTES: u64 = 4 << 30;

/// Reads an extract; derived columns stay empty until `derive::enrich`.
pub fn read(recipe: &Recipe, path: &Path) -> Result<(Bundle, Vec<Rejection>), IngestError> {
    let extract = pbf::read(path)?;
    let country = recipe.osm.as_ref().map_or("", |o| o.country.as_str());
    let file = crate::table::file_name(path);
    let mut parts: Vec<Part> = extract
        .ways
        .par_iter()
        .map(|way| from_way(way, &extract, country, &file))
        .collect();
    parts.par_extend(
        extract
            .relations
            .par_iter()
            .map(|relation| from_relation(relation, &extract, country, &file)),
    );
    let mut bundle = Bundle::default();
    let mut rejections = Vec::new();
    for node in &extract.tagged_nodes {
        let key = format!("n{}", node.id);
        bundle
            .addresses
            .extend(address(key.clone(), &node.tags, node.place, country));
        bundle.places.extend(place(key, &node.tags, node.place));
    }
    for part in parts {
        bundle.addresses.extend(part.address);
        bundle.buildings.extend(part.building);
        bundle.roads.extend(part.road);
        bundle.areas.extend(part.area);
        rejections.extend(part.rejection);
    }
    if bundle.row_counts().is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    Ok((bundle, rejections))
}

/// What one object of the map becomes.
#[derive(Default)]
struct Part {
    address: Option<AddressRow>,
    building: Option<BuildingRow>,
    road: Option<RoadRow>,
    area: Option<AreaRow>,
    rejection: Option<Rejection>,
}

fn from_way(way: &Way, extract: &Extract, country: &str, file: &str) -> Part {
    let mut part = Part::default();
    if !tags::is_wanted(&way.tags) {
        return part;
    }
    let key = format!("w{}", way.id);
    let line: Vec<LngLat> = way.refs.iter().filter_map(|r| extract.place(*r)).collect();
    let reject = |reason: String| Rejection {
        file: file.to_owned(),
        element: format!("way {}", way.id),
        field: None,
        value: None,
        reason,
    };
    if line.len() < 2 {
        part.rejection = Some(reject(format!(
            "{} of its {} nodes are in the file; two are needed",
            line.len(),
            way.refs.len()
        )));
        return part;
    }
    part.road = road(&key, &way.tags, &line);
    let closed = way.refs.len() >= 4 && way.refs.first() == way.refs.last();
    if closed && way.tags.get("area") != Some("no") && tags::is_area(&way.tags) {
        if line.len() < way.refs.len() {
            part.rejection = Some(reject("some of its nodes are not in the file".to_owned()));
            return part;
        }
        match shape::clean_ring(line) {
            Ok(exterior) => {
                let polygon = geocrm_domain::geometry::Polygon {
                    exterior,
                    holes: Vec::new(),
                };
                fill_area(
                    &mut part,
                    &key,
                    &way.tags,
                    MultiPolygon(vec![polygon]),
                    country,
                );
            }
            Err(fault) => part.rejection = Some(reject(fault.to_string())),
        }
    }
    part
}

fn from_relation(relation: &pbf::Relation, extract: &Extract, country: &str, file: &str) -> Part {
    let mut part = Part::default();
    match rings::assemble(relation, extract) {
        Ok(area) => {
            let key = format!("r{}", relation.id);
            fill_area(&mut part, &key, &relation.tags, area, country);
        }
        Err(fault) => {
            part.rejection = Some(Rejection {
                file: file.to_owned(),
                element: format!("relation {}", relation.id),
                field: None,
                value: None,
                reason: fault.to_string(),
            });
        }
    }
    part
}

fn fill_area(part: &mut Part, key: &str, tags: &Tags, area: MultiPolygon, country: &str) {
    if let Some(at) = shape::interior_point(&area) {
        part.address = address(key.to_owned(), tags, at, country);
    }
    let is_building = tags.get("building").is_some();
    if is_building && let Some(row) = &mut part.address {
        row.building_key = Some(key.to_owned());
    }
    if let Some(kind) = tags::area_kind(tags) {
        part.area = Some(AreaRow {
            source_key: key.to_owned(),
            kind,
            name: tags.owned("name"),
            area_m2: area.area_m2().round() as i64,
            geometry: area.clone(),
        });
    }
    if is_building {
        part.building = Some(building(key, tags, area));
    }
}

fn building(key: &str, tags: &Tags, geometry: MultiPolygon) -> BuildingRow {
    let storeys = tags.get("building:levels").and_then(tags::storeys);
    BuildingRow {
        source_key: key.to_owned(),
        footprint_m2: geometry.area_m2().round().min(f64::from(i32::MAX)) as i32,
        geometry,
        name: tags.owned("name"),
        housing_type: tags::housing_type(tags),
        form: None,
        building_use: tags::building_use(tags),
        building_year: tags.get("start_date").and_then(start_date::year),
        storeys,
        dwellings: tags
            .get("building:flats")
            .and_then(|t| t.trim().parse().ok())
            .filter(|n| (0..10_000).contains(n))
            .unwrap_or(0),
        leaves: Leaves::default(),
    }
}

fn road(key: &str, tags: &Tags, line: &[LngLat]) -> Option<RoadRow> {
    let class = tags::road_class(tags.get("highway")?);
    let (surface, smoothness) = (tags.owned("surface"), tags.owned("smoothness"));
    let yes = |name: &str| tags.get(name).is_some_and(|v| v != "no");
    Some(RoadRow {
        source_key: key.to_owned(),
        name: tags.owned("name"),
        class,
        condition: condition_index(smoothness.as_deref(), surface.as_deref(), class),
        surface,
        smoothness,
        maxspeed_kmh: tags.get("maxspeed").and_then(tags::speed_kmh),
        oneway: yes("oneway"),
        is_bridge_or_tunnel: yes("bridge") || yes("tunnel"),
        length_cm: (line_length_m(line) * 100.0).round() as i64,
        midpoint: line_midpoint(line)?,
        geometry: line.to_vec(),
        leaves: Leaves::default(),
    })
}

fn address(key: String, tags: &Tags, place: LngLat, country: &str) -> Option<AddressRow> {
    let number = tags.get("addr:housenumber")?;
    let street = tags.get("addr:street").or_else(|| tags.get("addr:place"));
    let country = tags
        .get("addr:country")
        .map_or_else(|| country.to_owned(), str::to_uppercase);
    let setting = Setting {
        building_use: tags::tenant_use(tags),
        ..Setting::default()
    };
    Some(AddressRow {
        source_key: key,
        address: PostalAddress {
            street: street.map(|s| s.trim().to_owned()),
            house_number: Some(number.trim().to_owned()),
            postcode: tags
                .get("addr:postcode")
                .map(geocrm_domain::address::normal_postcode),
            city: tags.owned("addr:city"),
            country: (!country.is_empty()).then_some(country),
        },
        place,
        building_key: None,
        dwellings: 0,
        setting,
    })
}

fn place(key: String, tags: &Tags, at: LngLat) -> Option<PlaceRow> {
    let kind = tags.get("place")?;
    let known = [
        "city",
        "town",
        "village",
        "hamlet",
        "suburb",
        "quarter",
        "neighbourhood",
        "locality",
    ];
    let name = tags.owned("name")?;
    known.contains(&kind).then(|| PlaceRow {
        source_key: key,
        name,
        kind: kind.to_owned(),
        place: at,
        population: tags
            .get("population")
            .and_then(|p| p.replace([' ', '.', ','], "").parse().ok()),
    })
}
