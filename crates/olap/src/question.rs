//! What does a question ask to be gathered, and how do its figures follow from that? Bound against the catalogue
//! only, so that partial answers of any two snapshots of one cube fit together.

use crate::bind::at_most;
use crate::error::OlapError;
use crate::figure::Need;
use geocrm_domain::catalogue::{Aggregate, Cube, DWELLINGS};
use geocrm_domain::dwellings::of_address;
use geocrm_domain::expression::{region_dimension, time_dimension};
use geocrm_domain::region::{RegionLevel, whole_m2};
use geocrm_domain::time::Grain;
use geocrm_domain::{CubeQuery, Expression, Step, limits};

/// An expression without names: figures are places among the needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Formula {
    Count(usize),
    Sum(usize),
    Mean(usize),
    Single(usize),
    Extreme(usize),
    Distinct(usize),
    Quantile(usize, u16),
    Share(Box<Formula>, usize),
    Ratio(Box<Formula>, Box<Formula>),
    PerKm2(Box<Formula>),
    /// Per dwelling of the addresses beside the records.
    PerDwelling(Box<Formula>),
    Earlier(Box<Formula>, Step),
    Change(Box<Formula>, Step),
    Growth(Box<Formula>, Step),
    Cumulative(Box<Formula>),
}

impl Formula {
    /// Whether it needs the area of the question's geometry or regions.
    fn is_density(&self) -> bool {
        match self {
            Self::PerKm2(_) => true,
            Self::Share(of, _)
            | Self::PerDwelling(of)
            | Self::Earlier(of, _)
            | Self::Change(of, _)
            | Self::Growth(of, _)
            | Self::Cumulative(of) => of.is_density(),
            Self::Ratio(of, per) => of.is_density() || per.is_density(),
            _ => false,
        }
    }
}

/// By what the groups of an answer are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderKey {
    /// Position among the dimensions.
    Dimension(usize),
    /// Position among the measures.
    Measure(usize),
}

/// A query whose names are known to the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Question {
    pub(crate) cube: &'static Cube,
    pub(crate) dimensions: Vec<String>,
    pub(crate) measures: Vec<String>,
    pub(crate) needs: Vec<Need>,
    /// One per measure.
    pub(crate) formulas: Vec<Formula>,
    pub(crate) order: Vec<(OrderKey, bool)>,
    pub(crate) limit: Option<usize>,
    /// The one dimension of time.
    pub(crate) time: Option<(usize, Grain)>,
    /// The dimension whose regions a density is about.
    pub(crate) region: Option<(usize, RegionLevel)>,
    /// Area of the geometry in whole square metres.
    pub(crate) area_m2: Option<i128>,
    /// The dimensions that tell addresses apart as they do the records, where their dwellings are needed.
    pub(crate) of_addresses: Option<Vec<usize>>,
}

impl Question {
    pub(crate) fn new(cube: &'static Cube, query: &CubeQuery) -> Result<Self, OlapError> {
        at_most(
            "dimensions of a query",
            query.dimensions.len(),
            limits::QUERY_DIMENSIONS,
        )?;
        at_most(
            "measures of a query",
            query.measures.len(),
            limits::QUERY_MEASURES,
        )?;
        query.check_figures(cube).map_err(OlapError::Expression)?;
        let time = time_dimension(cube, query);
        let region = region_dimension(cube, query);
        let named = |i: usize| query.dimensions[i].as_str();
        let mut out = Self {
            cube,
            dimensions: query.dimensions.clone(),
            measures: query.measures.clone(),
            needs: vec![Need::Count],
            formulas: Vec::new(),
            order: order_keys(query)?,
            limit: query.limit,
            time: time.and_then(|i| Some((i, cube.grain(named(i))?))),
            region: region.and_then(|i| Some((i, cube.region_level(named(i))?))),
            area_m2: None,
            of_addresses: None,
        };
        for name in &query.measures {
            let formula = out.bind(&query.expression(name))?;
            out.formulas.push(formula);
        }
        // The area of a shape with many corners takes longer than counting in it.
        if out.formulas.iter().any(Formula::is_density) {
            let area = query.geometry.as_ref();
            out.area_m2 = area.map(|area| whole_m2(area.covered_m2()).into());
        }
        Ok(out)
    }

    fn bind(&mut self, expression: &Expression) -> Result<Formula, OlapError> {
        let cube = self.cube;
        Ok(match expression {
            Expression::Measure(name) => {
                let measure = cube.measure(name).ok_or_else(|| unknown(cube, name))?;
                self.aggregate(measure.aggregate, measure.column)?
            }
            Expression::Column { aggregate, column } => self.aggregate(*aggregate, column)?,
            Expression::Distinct { dimension } => {
                let index = cube.dimensions.iter().position(|d| d.name == dimension);
                let index = index.ok_or_else(|| unknown(cube, dimension))?;
                Formula::Distinct(self.need(Need::Members(index)))
            }
            Expression::Quantile { column, permille } => {
                let index = self.column(column)?;
                Formula::Quantile(self.need(Need::Values(index)), *permille)
            }
            Expression::Share { of, within } => Formula::Share(self.boxed(of)?, *within),
            Expression::Ratio { of, per } => Formula::Ratio(self.boxed(of)?, self.boxed(per)?),
            Expression::PerKm2 { of } => Formula::PerKm2(self.boxed(of)?),
            Expression::PerDwelling { of } if cube.has_dwellings() => {
                let dwellings = self.aggregate(Aggregate::Sum, DWELLINGS)?;
                Formula::Ratio(self.boxed(of)?, Box::new(dwellings))
            }
            Expression::PerDwelling { of } => {
                let names = self.dimensions.iter().enumerate();
                let shared = names.filter(|(_, name)| of_address(cube, name));
                self.of_addresses = Some(shared.map(|(at, _)| at).collect());
                Formula::PerDwelling(self.boxed(of)?)
            }
            Expression::Earlier { of, step } => Formula::Earlier(self.boxed(of)?, *step),
            Expression::Change { of, step } => Formula::Change(self.boxed(of)?, *step),
            Expression::Growth { of, step } => Formula::Growth(self.boxed(of)?, *step),
            Expression::Cumulative { of } => Formula::Cumulative(self.boxed(of)?),
        })
    }

    fn boxed(&mut self, expression: &Expression) -> Result<Box<Formula>, OlapError> {
        self.bind(expression).map(Box::new)
    }

    fn aggregate(&mut self, aggregate: Aggregate, column: &str) -> Result<Formula, OlapError> {
        if aggregate == Aggregate::Count {
            return Ok(Formula::Count(0));
        }
        let index = self.column(column)?;
        Ok(match aggregate {
            Aggregate::Count | Aggregate::Sum => Formula::Sum(self.need(Need::Sum(index))),
            Aggregate::Mean => Formula::Mean(self.need(Need::Sum(index))),
            Aggregate::Single => Formula::Single(self.need(Need::Sum(index))),
            Aggregate::Min => Formula::Extreme(self.need(Need::Least(index))),
            Aggregate::Max => Formula::Extreme(self.need(Need::Greatest(index))),
        })
    }

    fn column(&self, name: &str) -> Result<usize, OlapError> {
        let index = self.cube.columns.iter().position(|c| c.name == name);
        index.ok_or_else(|| unknown(self.cube, name))
    }

    fn need(&mut self, need: Need) -> usize {
        let known = self.needs.iter().position(|n| *n == need);
        known.unwrap_or_else(|| {
            self.needs.push(need);
            self.needs.len() - 1
        })
    }
}

fn unknown(cube: &'static Cube, name: &str) -> OlapError {
    OlapError::UnknownMeasure {
        cube: cube.name,
        name: name.to_owned(),
        known: cube
            .measures
            .iter()
            .map(|m| m.name)
            .collect::<Vec<_>>()
            .join(", "),
    }
}

pub(crate) fn order_keys(query: &CubeQuery) -> Result<Vec<(OrderKey, bool)>, OlapError> {
    query
        .order
        .iter()
        .map(|by| {
            let at = |names: &[String]| names.iter().position(|name| *name == by.name);
            let dimension = at(&query.dimensions).map(OrderKey::Dimension);
            let key = dimension.or_else(|| at(&query.measures).map(OrderKey::Measure));
            key.map(|key| (key, by.descending))
                .ok_or_else(|| OlapError::UnknownOrder {
                    name: by.name.clone(),
                    known: [query.dimensions.as_slice(), &query.measures]
                        .concat()
                        .join(", "),
                })
        })
        .collect()
}
