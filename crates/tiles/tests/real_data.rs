//! The regions of the real datasets over a sweep of zooms: every tile valid, borders without gap, every
//! region drawn. Needs `GEOCRM_DATA`; run by `make test-real`.

#[path = "support/areas.rs"]
mod areas;
mod support;

use areas::{area_sum, union_area};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::{LngLat, MultiPolygon, Polygon, TileId};
use geocrm_tiles::{RegionShape, TileSet, region_tiles};
use geojson::{FeatureCollection, GeoJson, Value};
use std::collections::{BTreeMap, BTreeSet};
use support::checked;

const BUFFER: i64 = 64;

fn read(file: &str) -> FeatureCollection {
    let root = std::env::var("GEOCRM_DATA")
        .expect("GEOCRM_DATA must name the folder with the real data; run `make test-real DATA=…`");
    let path = std::path::Path::new(&root).join("regions").join(file);
    let text = std::fs::read_to_string(&path).expect("the file of regions");
    let GeoJson::FeatureCollection(features) = text.parse().expect("GeoJSON") else {
        panic!("{file} is no feature collection");
    };
    features
}

fn polygon(rings: &[Vec<Vec<f64>>]) -> Polygon {
    let mut rings = rings.iter().map(|ring| {
        ring[1..]
            .iter()
            .map(|p| LngLat::from_degrees(p[0], p[1]).expect("a position"))
            .collect::<Vec<LngLat>>()
    });
    Polygon {
        exterior: rings.next().expect("an exterior"),
        holes: rings.collect(),
    }
}

/// The regions of a file by its `level`.
fn levels(file: &str) -> BTreeMap<String, Vec<RegionShape>> {
    let mut levels: BTreeMap<String, Vec<RegionShape>> = BTreeMap::new();
    for feature in read(file) {
        let text = |name: &str| {
            feature
                .property(name)
                .and_then(|v| v.as_str())
                .map(str::to_owned)
        };
        let polygons = match &feature.geometry.as_ref().expect("a geometry").value {
            Value::Polygon(rings) => vec![polygon(rings)],
            Value::MultiPolygon(all) => all.iter().map(|rings| polygon(rings)).collect(),
            _ => continue,
        };
        let geometry = MultiPolygon(polygons);
        let code = text("code").expect("a code");
        levels
            .entry(text("level").unwrap_or_default())
            .or_default()
            .push(RegionShape {
                name: text("name").unwrap_or_else(|| code.clone()),
                code,
                parent_code: text("parent_code"),
                label_point: geometry.bbox().expect("a box").center(),
                geometry,
            });
    }
    levels
}

fn tiles(set: &TileSet, zoom: u8) -> Vec<TileId> {
    let bounds = set.bounds().expect("bounds");
    let corner = |lng, lat| LngLat::from_e7(lng, lat).quadkey().tile(zoom);
    let (low, high) = (
        corner(bounds.min.lng_e7, bounds.max.lat_e7),
        corner(bounds.max.lng_e7, bounds.min.lat_e7),
    );
    (low.x..=high.x)
        .flat_map(|x| (low.y..=high.y).map(move |y| TileId { z: zoom, x, y }))
        .collect()
}

/// Sweeps the zooms and gives the area drawn at the last, in steps.
fn sweep(
    what: &str,
    shapes: &[RegionShape],
    level: RegionLevel,
    zooms: std::ops::RangeInclusive<u8>,
) -> f64 {
    let set = region_tiles(level, shapes).expect("a tile set");
    let (mut area, mut drawn) = (0.0, 0);
    for zoom in zooms {
        let (mut codes, mut vertices, mut sum, mut union) = (BTreeSet::new(), 0, 0.0, 0.0);
        for tile in tiles(&set, zoom) {
            let layers = checked(&set.tile(tile), BUFFER);
            for layer in layers.iter().filter(|layer| layer.name == "regions") {
                let rings = layer.features.iter().flat_map(|f| &f.parts);
                vertices += rings.map(Vec::len).sum::<usize>();
                codes.extend(layer.features.iter().map(|f| f.text("code").to_owned()));
                sum += area_sum(&layer.features);
                union += union_area(&layer.features);
            }
        }
        assert_eq!(
            codes.len(),
            shapes.len(),
            "{what}: regions missing at zoom {zoom}"
        );
        assert!(
            (sum / union - 1.0).abs() < 1e-6,
            "{what} zoom {zoom}: {sum} drawn on {union}, neighbours overlap"
        );
        assert!(vertices > drawn, "{what} zoom {zoom}: no detail came in");
        (area, drawn) = (union, vertices);
    }
    area
}

#[test]
fn real_regions_of_amsterdam_give_valid_tiles_without_overlap() {
    let mut areas = Vec::new();
    for (level, shapes) in levels("amsterdam_stadsdeel_wijk_buurt_2022.geojson") {
        let (level, first) = match level.as_str() {
            "stadsdeel" => (RegionLevel::Borough, 8),
            "wijk" => (RegionLevel::District, 9),
            "buurt" => (RegionLevel::Neighbourhood, 10),
            other => panic!("level {other}"),
        };
        areas.push(sweep(level.code(), &shapes, level, first..=14));
    }
    // The levels are dissolved from one another: a gap between regions would make them differ.
    assert_eq!(areas.len(), 3);
    for area in &areas {
        assert!((area / areas[0] - 1.0).abs() < 1e-8, "{areas:?}");
    }
}

#[test]
fn real_municipalities_give_valid_tiles_without_overlap() {
    for shapes in levels("nl_provincie_gemeente_2022.geojson").into_values() {
        let (level, zooms) = if shapes.len() > 100 {
            (RegionLevel::Municipality, 6..=10)
        } else {
            (RegionLevel::Province, 4..=9)
        };
        sweep(level.code(), &shapes, level, zooms);
    }
}

#[test]
fn real_regions_of_liechtenstein_give_valid_tiles_without_overlap() {
    for (level, shapes) in levels("liechtenstein_from_osm.geojson") {
        sweep(&level, &shapes, RegionLevel::Municipality, 8..=14);
    }
}
