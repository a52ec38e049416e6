//! Published business parks and address registers outside `OpenStreetMap`.

use crate::error::IngestError;
use crate::features::{self, Feature};
use crate::recipe::{AddressMapping, Format, Recipe};
use crate::regions::{OutsideCount, RowFault, ShapeProblem, converter, missing};
use crate::{crs::Crs, shape, table};
use geo_types::{Coord, Geometry};
use geocrm_domain::address::PostalAddress;
use geocrm_domain::dataset::Rejection;
use geocrm_domain::place::AreaKind;
use geocrm_domain::record::{AddressRow, AreaRow, Bundle, Setting};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;

type Outcome = Result<(Bundle, Vec<Rejection>), IngestError>;

/// Parts of one park share its number in the source; they stay rows of their own, numbered on.
pub fn business_parks(recipe: &Recipe, path: &Path) -> Outcome {
    let Some(mapping) = &recipe.business_parks else {
        return Err(missing(recipe, "business_parks"));
    };
    let (features, crs) = features::read(recipe, path)?;
    let converter = converter(path, crs)?;
    let file = table::file_name(path);
    let mut bundle = Bundle::default();
    let mut rejections = Vec::new();
    let mut parts: BTreeMap<String, usize> = BTreeMap::new();
    let mut outside = OutsideCount::default();
    for feature in &features {
        let area = match &feature.geometry {
            Ok(geometry) => shape::area(geometry, &converter).map_err(ShapeProblem::Fault),
            Err(reason) => Err(ShapeProblem::Unreadable(reason.clone())),
        };
        outside.count(&feature.element, &area);
        let key = feature.text(&mapping.key);
        let row = match (key, area) {
            (None, _) => Err(RowFault::new(&mapping.key, "", "is empty")),
            (Some(key), Err(problem)) => Err(RowFault::new("geometry", key, problem.to_string())),
            (Some(key), Ok(geometry)) => {
                let number = parts.entry(key.to_owned()).or_default();
                *number += 1;
                let source_key = match *number {
                    1 => key.to_owned(),
                    n => format!("{key}-{n}"),
                };
                Ok(AreaRow {
                    source_key,
                    kind: AreaKind::BusinessPark,
                    name: feature.text(&mapping.name).map(str::to_owned),
                    area_m2: geometry.area_m2().round() as i64,
                    geometry,
                })
            }
        };
        match row {
            Ok(row) => bundle.areas.push(row),
            Err(fault) => rejections.push(fault.at(&file, &feature.element)),
        }
    }
    outside.verdict(path, crs, features.len())?;
    Ok((bundle, rejections))
}

pub fn addresses(recipe: &Recipe, path: &Path) -> Outcome {
    let Some(mapping) = &recipe.addresses else {
        return Err(missing(recipe, "addresses"));
    };
    let (features, crs) = match (&mapping.lng, &mapping.lat) {
        (Some(lng), Some(lat)) if matches!(recipe.format, Format::Csv | Format::Xlsx) => {
            let crs = recipe.crs.ok_or_else(|| IngestError::MissingCrs {
                path: path.to_owned(),
                place: format!("columns {lng}, {lat}"),
            })?;
            (located_rows(recipe, path, lng, lat)?, crs)
        }
        _ => features::read(recipe, path)?,
    };
    let crs: Crs = crs;
    let converter = converter(path, crs)?;
    let file = table::file_name(path);
    let mut bundle = Bundle::default();
    let mut rejections = Vec::new();
    let mut seen = HashSet::new();
    for feature in &features {
        let place = match &feature.geometry {
            Ok(geometry) => shape::point(geometry, &converter).map_err(|fault| fault.to_string()),
            Err(reason) => Err(reason.clone()),
        };
        let row = place
            .map_err(|reason| RowFault::new("geometry", "", reason))
            .and_then(|place| address(mapping, feature, place));
        match row {
            Ok(row) if !seen.insert(row.source_key.clone()) => {
                let reason = "the file has this key twice; the first row counts";
                let fault = RowFault::new(&mapping.key, &row.source_key, reason);
                rejections.push(fault.at(&file, &feature.element));
            }
            Ok(row) => bundle.addresses.push(row),
            Err(fault) => rejections.push(fault.at(&file, &feature.element)),
        }
    }
    if bundle.addresses.is_empty() && rejections.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    Ok((bundle, rejections))
}

fn located_rows(
    recipe: &Recipe,
    path: &Path,
    lng: &str,
    lat: &str,
) -> Result<Vec<Feature>, IngestError> {
    let table = table::read(path, &recipe.csv, recipe.layer.as_deref())?;
    let (x, y) = (table.column(path, lng)?, table.column(path, lat)?);
    let number = |text: &str| text.replace(recipe.csv.decimal, ".").parse::<f64>();
    let features = table.rows.iter().map(|row| Feature {
        element: format!("row {}", row.number),
        geometry: match (number(row.cell(x)), number(row.cell(y))) {
            (Ok(x), Ok(y)) => Ok(Geometry::Point(Coord { x, y }.into())),
            _ => Err(format!(
                "{:?}, {:?} is not a position",
                row.cell(x),
                row.cell(y)
            )),
        },
        properties: table
            .columns
            .iter()
            .enumerate()
            .map(|(at, name)| (name.clone(), row.cell(at).to_owned()))
            .collect(),
    });
    Ok(features.collect())
}

fn address(
    mapping: &AddressMapping,
    feature: &Feature,
    place: geocrm_domain::spatial::LngLat,
) -> Result<AddressRow, RowFault> {
    let key = feature
        .text(&mapping.key)
        .ok_or_else(|| RowFault::new(&mapping.key, "", "is empty"))?;
    let number = feature
        .text(&mapping.house_number)
        .ok_or_else(|| RowFault::new(&mapping.house_number, "", "is empty"))?;
    let optional = |field: &Option<String>| field.as_deref().and_then(|f| feature.text(f));
    Ok(AddressRow {
        source_key: key.to_owned(),
        address: PostalAddress {
            street: feature.text(&mapping.street).map(str::to_owned),
            house_number: Some(number.to_owned()),
            postcode: optional(&mapping.postcode).map(geocrm_domain::address::normal_postcode),
            city: optional(&mapping.city).map(str::to_owned),
            country: Some(mapping.country.clone()),
        },
        place,
        building_key: None,
        dwellings: 0,
        setting: Setting::default(),
    })
}
