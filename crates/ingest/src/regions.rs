//! Regions in nested levels. Duplicate codes are refused row by row; levels the source only names in
//! its attributes are made by joining the shapes of the level below.

use crate::crs::Converter;
use crate::error::{IngestError, RecipeFault};
use crate::features::{self, Feature};
use crate::recipe::{Dissolve, Recipe, RegionMapping};
use crate::shape;
use geo::unary_union;
use geo_types::{LineString, Polygon as GeoPolygon};
use geocrm_domain::dataset::Rejection;
use geocrm_domain::geometry::{MultiPolygon, Polygon, Ring};
use geocrm_domain::record::{Bundle, RegionRow};
use geocrm_domain::region::RegionLevel;
use geocrm_domain::spatial::LngLat;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub fn read(recipe: &Recipe, path: &Path) -> Result<(Bundle, Vec<Rejection>), IngestError> {
    let Some(mapping) = &recipe.regions else {
        return Err(missing(recipe, "regions"));
    };
    let (features, crs) = features::read(recipe, path)?;
    let converter = converter(path, crs)?;
    let file = crate::table::file_name(path);
    let mut taken = Taken::default();
    let mut rows = Vec::new();
    let mut rejections = Vec::new();
    let mut outside = OutsideCount::default();
    let shapes: Vec<Shape> = features
        .par_iter()
        .map(|f| match &f.geometry {
            Ok(geometry) => shape::area(geometry, &converter).map_err(ShapeProblem::Fault),
            Err(reason) => Err(ShapeProblem::Unreadable(reason.clone())),
        })
        .collect();
    for (feature, shape) in features.iter().zip(shapes) {
        outside.count(&feature.element, &shape);
        match row(mapping, feature, shape).and_then(|row| taken.once(row)) {
            Ok(row) => rows.push((row, feature)),
            Err(fault) => rejections.push(fault.at(&file, &feature.element)),
        }
    }
    outside.verdict(path, crs, features.len())?;
    let mut wider = Vec::new();
    for dissolve in &mapping.dissolve {
        wider.extend(join(dissolve, &rows));
    }
    let mut regions: Vec<RegionRow> = rows.into_iter().map(|(row, _)| row).collect();
    regions.extend(wider);
    if regions.is_empty() && rejections.is_empty() {
        return Err(IngestError::Empty {
            path: path.to_owned(),
        });
    }
    let bundle = Bundle {
        regions,
        ..Bundle::default()
    };
    Ok((bundle, rejections))
}

pub fn missing(recipe: &Recipe, table: &'static str) -> IngestError {
    IngestError::Recipe {
        recipe: recipe.code.clone(),
        reason: RecipeFault::MissingTable { kind: table, table },
    }
}

pub fn converter(path: &Path, crs: crate::crs::Crs) -> Result<Converter, IngestError> {
    Converter::new(crs).ok_or_else(|| IngestError::UnknownCrs {
        path: path.to_owned(),
        found: crs.to_string(),
    })
}

pub type Shape = Result<MultiPolygon, ShapeProblem>;

#[derive(Debug)]
pub enum ShapeProblem {
    Unreadable(String),
    Fault(shape::ShapeFault),
}

impl std::fmt::Display for ShapeProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unreadable(reason) => f.write_str(reason),
            Self::Fault(fault) => fault.fmt(f),
        }
    }
}

/// Half or more of a file outside its system's area means that the system is wrong, not the rows.
#[derive(Default)]
pub struct OutsideCount {
    first: Option<(String, String)>,
    count: usize,
}

impl OutsideCount {
    pub fn count(&mut self, element: &str, shape: &Shape) {
        if let Err(ShapeProblem::Fault(shape::ShapeFault::OutsideCrs { x, y })) = shape {
            self.count += 1;
            self.first
                .get_or_insert_with(|| (element.to_owned(), format!("{x}, {y}")));
        }
    }

    pub fn verdict(
        self,
        path: &Path,
        crs: crate::crs::Crs,
        rows: usize,
    ) -> Result<(), IngestError> {
        match self.first {
            Some((element, value)) if self.count * 2 >= rows => Err(IngestError::WrongCrs {
                path: path.to_owned(),
                element,
                value,
                crs: crs.to_string(),
            }),
            _ => Ok(()),
        }
    }
}

/// Why a row is not taken, before it knows its place.
#[derive(Debug)]
pub struct RowFault {
    pub field: Option<String>,
    pub value: Option<String>,
    pub reason: String,
}

impl RowFault {
    pub fn new(field: &str, value: &str, reason: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            value: Some(features::shorten(value)),
            reason: reason.into(),
        }
    }

    pub fn at(self, file: &str, element: &str) -> Rejection {
        Rejection {
            file: file.to_owned(),
            element: element.to_owned(),
            field: self.field,
            value: self.value,
            reason: self.reason,
        }
    }
}

#[derive(Default)]
struct Taken(BTreeSet<(RegionLevel, String)>);

impl Taken {
    fn once(&mut self, row: RegionRow) -> Result<RegionRow, RowFault> {
        if self.0.insert((row.level, row.code.clone())) {
            Ok(row)
        } else {
            let reason = format!(
                "another {} of this file has the same code",
                row.level.code()
            );
            Err(RowFault::new("code", &row.code, reason))
        }
    }
}

fn row(mapping: &RegionMapping, feature: &Feature, shape: Shape) -> Result<RegionRow, RowFault> {
    let geometry = shape.map_err(|problem| RowFault {
        field: Some("geometry".to_owned()),
        value: feature.text(&mapping.code).map(str::to_owned),
        reason: problem.to_string(),
    })?;
    let needed = |field: &str| {
        feature
            .text(field)
            .ok_or_else(|| RowFault::new(field, "", "is empty"))
    };
    let level = match (&mapping.level, &mapping.level_field) {
        (Some(level), _) => level.clone(),
        (None, Some(field)) => {
            let word = needed(field)?;
            mapping
                .levels
                .get(word)
                .cloned()
                .ok_or_else(|| RowFault::new(field, word, "is not a level of the recipe"))?
        }
        (None, None) => String::new(),
    };
    let level = RegionLevel::parse(&level)
        .ok_or_else(|| RowFault::new("level", &level, "is not one of our levels"))?;
    let code = needed(&mapping.code)?;
    let parent = mapping.parent.as_deref().and_then(|f| feature.text(f));
    Ok(RegionRow {
        level,
        code: code.to_owned(),
        name: feature.text(&mapping.name).unwrap_or(code).to_owned(),
        parent_code: parent.map(|p| format!("{}{p}", mapping.parent_prefix)),
        geometry,
    })
}

/// Rows of one wider region, its name and its parent's code.
type Group<'a> = (Vec<&'a RegionRow>, String, Option<String>);

/// Wider regions from the rows of the level below; the shapes are joined and slivers at shared
/// borders vanish with them.
fn join(dissolve: &Dissolve, rows: &[(RegionRow, &Feature)]) -> Vec<RegionRow> {
    let Some(level) = RegionLevel::parse(&dissolve.level) else {
        return Vec::new();
    };
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    for (row, feature) in rows.iter().filter(|(r, _)| r.level.code() == dissolve.from) {
        let from_field = dissolve.code_field.as_deref().and_then(|f| feature.text(f));
        let Some(code) = from_field.or(dissolve.code.as_deref()) else {
            continue;
        };
        let code = format!("{}{code}", dissolve.code_prefix);
        let name = dissolve
            .name_field
            .as_deref()
            .and_then(|f| feature.text(f))
            .or(dissolve.name.as_deref())
            .unwrap_or(&code)
            .to_owned();
        let parent = dissolve
            .parent_field
            .as_deref()
            .and_then(|f| feature.text(f))
            .map(|p| format!("{}{p}", dissolve.parent_prefix));
        let group = groups
            .entry(code)
            .or_insert_with(|| (Vec::new(), name, parent));
        group.0.push(row);
    }
    groups
        .into_par_iter()
        .map(|(code, (rows, name, parent_code))| RegionRow {
            level,
            code,
            name,
            parent_code,
            geometry: union(rows.iter().map(|r| &r.geometry)),
        })
        .collect()
}

/// Union of areas, on whole 1e-7 degrees again.
pub fn union<'a>(areas: impl Iterator<Item = &'a MultiPolygon>) -> MultiPolygon {
    let polygons: Vec<GeoPolygon<f64>> = areas
        .flat_map(|area| &area.0)
        .map(|polygon| {
            let line = |ring: &Ring| LineString(ring.iter().map(|p| p.to_geo_coord()).collect());
            GeoPolygon::new(
                line(&polygon.exterior),
                polygon.holes.iter().map(line).collect(),
            )
        })
        .collect();
    let joined = unary_union(&polygons);
    let ring = |line: &LineString<f64>| -> Option<Ring> {
        let mut ring: Ring = line
            .coords()
            .filter_map(|c| LngLat::from_degrees(c.x, c.y))
            .collect();
        ring.dedup();
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        (ring.len() >= 3 && shape::twice_area(&ring) != 0).then_some(ring)
    };
    let polygons = joined
        .0
        .iter()
        .filter_map(|polygon| {
            Some(Polygon {
                exterior: ring(polygon.exterior())?,
                holes: polygon.interiors().iter().filter_map(ring).collect(),
            })
        })
        .collect();
    MultiPolygon(polygons)
}
