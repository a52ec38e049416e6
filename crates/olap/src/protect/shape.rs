//! Can a question be answered from fixed cells, and from which? Decided from the question and the catalogue alone:
//! what depended on the data would tell something about them.

use super::cells::Cell;
use super::noise::Noise;
use crate::figure::{Figure, Need};
use crate::question::Question;
use crate::table::Table;
use geocrm_domain::catalogue::{
    Cube, OfPersons, PERSONS_H3_FINEST, PERSONS_LEAST, Persons, Source,
};
use geocrm_domain::levels::Rule;
use geocrm_domain::{Compare, CubeQuery, Filter, LngLat, MultiPolygon, Value};
use std::collections::BTreeMap;

/// How a dimension may divide persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Today's regions; nested.
    Region,
    /// Hexagons of a resolution; nested.
    Hexagon,
    Class(u64),
    /// All persons are alike.
    Same,
}

/// The cells a question chooses from.
#[derive(Debug)]
pub(super) struct Shape {
    /// What names a cell: places of one kind, and at most one class.
    pub(super) dimensions: Vec<String>,
    /// Which cells, as a test of rows; the persons' own condition is in it.
    pub(super) filter: Filter,
    /// A cell belongs to them when its middle lies in all of them.
    areas: Vec<MultiPolygon>,
    /// Where the hexagon that stands for the cell's place is among `dimensions`.
    hexagon: Option<usize>,
    least: u64,
}

/// Why persons are left out.
fn refused(what: impl Into<String>, instead: &'static str) -> String {
    let what = what.into();
    format!("{what} would single households out; {instead}")
}

const CLASSES: &str = "take one class at a time, such as status, revenue_band or housing_type";
const PLACES: &str =
    "take country, province, municipality, borough, district or neighbourhood, or h3_4 to h3_8";

impl Shape {
    /// `None` where the filter names another kind of record than persons.
    pub(super) fn new(
        cube: &'static Cube,
        persons: Persons,
        query: &CubeQuery,
        question: &Question,
    ) -> Result<Option<Self>, String> {
        let (mut tests, mut areas) = (Vec::new(), Vec::new());
        areas.extend(query.geometry.clone());
        for test in query.filter.iter().flat_map(conjuncts) {
            match test {
                Filter::Within(area) => areas.push(area.clone()),
                test if test.properties() == [persons.column] => match names(test, persons.value) {
                    Some(true) => {}
                    Some(false) => return Ok(None),
                    None => {
                        let what = format!("this condition on {}", persons.column);
                        return Err(refused(what, "compare it with = or IN"));
                    }
                },
                test if test.is_spatial() => {
                    return Err(refused(
                        "a distance, or an area within OR or NOT",
                        "take one area",
                    ));
                }
                test => tests.push(test.clone()),
            }
        }
        if query.bands.is_some() {
            return Err(refused("bands of distance", "take one area"));
        }
        let named = tests.iter().flat_map(Filter::properties);
        let mut dimensions: Vec<String> = query.dimensions.clone();
        for name in named {
            if !dimensions.iter().any(|known| known == name) {
                dimensions.push(name.to_owned());
            }
        }
        let mut least = PERSONS_LEAST;
        let mut class: Option<&str> = None;
        let (mut regions, mut hexagons) = (false, false);
        for name in &dimensions {
            match part(cube, persons, name)? {
                Part::Region => regions = true,
                Part::Hexagon => hexagons = true,
                Part::Same => {}
                Part::Class(k) => {
                    if let Some(other) = class {
                        return Err(refused(format!("{other} together with {name}"), CLASSES));
                    }
                    class = Some(name);
                    least = least.max(k);
                }
            }
        }
        if regions && (hexagons || !areas.is_empty()) {
            let what = "regions cut by hexagons or by an area";
            return Err(refused(what, "take either regions, or hexagons and areas"));
        }
        if !areas.is_empty() {
            let finest = format!("h3_{PERSONS_H3_FINEST}");
            if !dimensions.contains(&finest) && !hexagons {
                dimensions.push(finest);
            }
        }
        if question.of_addresses.is_some() && !areas.is_empty() {
            let what = "a density per dwelling within an area";
            return Err(refused(what, "take regions or hexagons"));
        }
        check_needs(cube, question)?;
        tests.push(Filter::Compare {
            property: persons.column.to_owned(),
            op: Compare::Equal,
            value: Value::text(persons.value),
        });
        let finest = |(_, name): &(usize, &String)| h3_resolution(cube, name);
        let hexagon = dimensions.iter().enumerate().max_by_key(finest);
        let hexagon = hexagon.filter(|named| finest(named).is_some());
        Ok(Some(Self {
            hexagon: hexagon.map(|(at, _)| at),
            dimensions,
            filter: Filter::And(tests),
            areas,
            least,
        }))
    }

    pub(super) fn has_area(&self) -> bool {
        !self.areas.is_empty()
    }

    /// Whether the middle of a cell lies in every area asked for.
    pub(super) fn lies_inside(&self, keys: &[Value]) -> bool {
        if self.areas.is_empty() {
            return true;
        }
        let key = self.hexagon.and_then(|at| keys[at].as_text());
        let middle = key.and_then(middle);
        middle.is_some_and(|middle| self.areas.iter().all(|area| area.contains(middle)))
    }

    /// The figures that are told of cells, by the question's own dimensions.
    pub(super) fn told(
        &self,
        question: &Question,
        noise: &Noise,
        cells: BTreeMap<Vec<Value>, Cell>,
    ) -> Table<Value> {
        let mut table = Table::new(self.dimensions.len(), question.needs.len());
        for (keys, cell) in cells {
            let Some(count) = noise.count(&cell.all, self.least) else {
                continue;
            };
            let figures = question.needs.iter().zip(&cell.sums);
            let figures = figures.map(|(need, (having, giving))| match need {
                Need::Sum(column) => {
                    let least = question.cube.columns[*column].persons.least();
                    let least = self.least.max(least.unwrap_or(u64::MAX));
                    let sum = noise.sum(giving, *column, least);
                    let told = sum.zip(noise.count(having, least));
                    told.map_or(Figure::of_nothing(need), |(sum, values)| Figure::Sum {
                        sum,
                        values,
                    })
                }
                _ => Figure::Count(count),
            });
            table.push(keys, figures.collect::<Vec<_>>());
        }
        // The dimensions asked for come first.
        let asked: Vec<usize> = (0..question.dimensions.len()).collect();
        table.rolled(&asked)
    }
}

/// The conditions that must all hold.
fn conjuncts(filter: &Filter) -> Vec<&Filter> {
    match filter {
        Filter::And(parts) => parts.iter().flat_map(conjuncts).collect(),
        one => vec![one],
    }
}

/// Whether a condition on the persons' column holds for persons; `None` for one of another form.
fn names(test: &Filter, persons: &str) -> Option<bool> {
    let persons = Value::text(persons);
    match test {
        Filter::Compare {
            op: Compare::Equal,
            value,
            ..
        } => Some(*value == persons),
        Filter::Compare {
            op: Compare::NotEqual,
            value,
            ..
        } => Some(*value != persons && !value.is_null()),
        Filter::In { values, .. } => Some(values.contains(&persons)),
        _ => None,
    }
}

fn h3_resolution(cube: &Cube, name: &str) -> Option<u8> {
    match cube.dimension(name)?.source {
        Source::Derived(_, Rule::H3Parent(resolution)) => Some(resolution),
        _ => None,
    }
}

fn part(cube: &Cube, persons: Persons, name: &str) -> Result<Part, String> {
    if name == persons.column {
        return Ok(Part::Same);
    }
    let Some(dimension) = cube.dimension(name) else {
        return Err(refused(format!("a condition on {name}"), CLASSES));
    };
    match (dimension.source, dimension.persons_least()) {
        (Source::Region(_), Some(_)) => Ok(Part::Region),
        (Source::Derived(_, Rule::H3Parent(_)), Some(_)) => Ok(Part::Hexagon),
        (Source::Region(_) | Source::Derived(_, Rule::H3Parent(_)), None) => {
            Err(refused(name, PLACES))
        }
        (_, Some(least)) => Ok(Part::Class(least)),
        (_, None) => Err(refused(name, CLASSES)),
    }
}

/// Extremes, lists of members and frequencies are always about single persons.
fn check_needs(cube: &'static Cube, question: &Question) -> Result<(), String> {
    let sums = "take a count, a sum, or a mean, share or ratio of these";
    for need in &question.needs {
        match need {
            Need::Count => {}
            Need::Sum(column) => {
                let column = &cube.columns[*column];
                if column.persons == OfPersons::Nothing {
                    return Err(refused(format!("a sum of {}", column.name), sums));
                }
            }
            Need::Least(_) | Need::Greatest(_) | Need::Members(_) | Need::Values(_) => {
                return Err(refused("an extreme, a quantile or a distinct count", sums));
            }
        }
    }
    Ok(())
}

/// Middle of a hexagon.
fn middle(cell: &str) -> Option<LngLat> {
    let cell = h3o::CellIndex::try_from(u64::from_str_radix(cell, 16).ok()?).ok()?;
    let middle = h3o::LatLng::from(cell);
    LngLat::from_degrees(middle.lng(), middle.lat())
}
