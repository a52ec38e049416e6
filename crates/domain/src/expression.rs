//! Which figures can be asked for beyond those the catalogue names, and which of them make sense? A figure is an
//! aggregate of the records of a group, or follows from such aggregates of this and other groups. What may
//! not be added up is refused here with its reason, so that no engine ever answers with a sum of means.

use crate::catalogue::{Aggregate, ColumnType, Cube, Nature, PUBLISHED_FOR};
use crate::filter::Filter;
use crate::limits;
use crate::query::{CubeQuery, DISTANCE_BAND};
use thiserror::Error;

/// A figure with the name it has in the answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Defined {
    pub name: String,
    pub expression: Expression,
}

/// Where the figure is that one is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The day, week, month, quarter or year before.
    Period,
    /// The same day, week, month or quarter a year before; a week 53 has none in a year without one.
    Year,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Expression {
    /// A measure of the catalogue.
    Measure(String),
    /// An aggregate other than the count of a whole-number column, nulls left out.
    Column {
        aggregate: Aggregate,
        column: String,
    },
    /// How many different members of a dimension occur, null not among them.
    Distinct { dimension: String },
    /// SQL's `percentile_disc`: the smallest value that at least this part of the non-null values do not exceed.
    /// Of no value none. The part is given in thousandths, so that it is exact.
    Quantile { column: String, permille: u16 },
    /// Part of the sum over all groups that agree in the first `within` dimensions; 0 for the whole answer.
    Share { of: Box<Expression>, within: usize },
    Ratio {
        of: Box<Expression>,
        per: Box<Expression>,
    },
    /// Per square kilometre of the finest region among the dimensions, else of the area asked about.
    PerKm2 { of: Box<Expression> },
    /// Per dwelling: of the same records where they have dwellings; else of all addresses in the same group as far as
    /// its dimensions and conditions are about addresses, whether or not a record stands there.
    PerDwelling { of: Box<Expression> },
    /// The figure of the group that differs only in its time.
    Earlier { of: Box<Expression>, step: Step },
    /// This figure less the earlier one.
    Change { of: Box<Expression>, step: Step },
    /// The change as a part of the earlier figure, which must not be zero.
    Growth { of: Box<Expression>, step: Step },
    /// The sum from the first period to this one.
    Cumulative { of: Box<Expression> },
}

/// Why a figure cannot be asked for, and what to ask for instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExpressionError {
    #[error("cube {cube} has no measure `{name}`; known: {known}")]
    UnknownMeasure {
        cube: &'static str,
        name: String,
        known: String,
    },
    #[error("cube {cube} has no column `{name}` of whole numbers; known: {known}")]
    UnknownColumn {
        cube: &'static str,
        name: String,
        known: String,
    },
    #[error("cube {cube} has no dimension `{name}`; known: {known}")]
    UnknownDimension {
        cube: &'static str,
        name: String,
        known: String,
    },
    #[error("`{name}` is defined twice or is already the name of a measure or dimension")]
    NameTaken { name: String },
    #[error("a {figure} needs figures that add up, and `{of}` does not: {why}; ask for {instead}")]
    NotAdditive {
        figure: &'static str,
        of: String,
        why: &'static str,
        instead: &'static str,
    },
    #[error(
        "`{column}` holds figures as they were published, each for one region, indicator and year; they are not \
         rolled up to a {figure}: ask for the published figure of the level you need (dimensions or filter that fix \
         level, region, indicator and year), or for the least or greatest"
    )]
    Published {
        column: String,
        figure: &'static str,
    },
    #[error(
        "`{column}` holds figures as they were published, each for one region, indicator and year, and they are not \
         added up: group by {missing} or hold each to one value in the filter; for any other area ask to apportion"
    )]
    NotSingle { column: String, missing: String },
    #[error("the members of `{dimension}` are put together twice; give one `top` for a dimension")]
    TopTwice { dimension: String },
    #[error("a quantile lies between 0 and 1000 thousandths, not at {permille}")]
    Quantile { permille: u16 },
    #[error("a share within {within} dimensions, but the question has {dimensions}")]
    Within { within: usize, dimensions: usize },
    #[error(
        "`{name}` compares periods; it needs exactly one dimension of time (a day, week, month, quarter or year), and \
         the question has {given}"
    )]
    TimeDimension { name: String, given: usize },
    #[error(
        "`{name}` is built on a figure that already looks at other groups; build it on a plain one"
    )]
    Nested { name: String },
    #[error(
        "cube {cube} knows no dwellings; ask for the density per dwelling of addresses or accounts"
    )]
    NoDwellings { cube: &'static str },
    #[error(
        "a density per dwelling divides by the dwellings of the addresses that meet the same conditions, and one \
         condition puts together what addresses have ({of_address}) and what they do not ({of_record}): ask for these \
         in conditions of their own, joined by AND"
    )]
    MixedCondition {
        of_address: String,
        of_record: String,
    },
    #[error(
        "`{name}` is what {cube} say of themselves and not where their address is, so that the dwellings there are not \
         known: take regions or hexagons for a density per dwelling"
    )]
    SaidOfPlace { cube: &'static str, name: String },
    #[error(
        "distance bands take 1 to {limit} rising edges in metres and the dimension `{name}` once", limit = limits::BAND_EDGES, name = DISTANCE_BAND
    )]
    Bands,
    #[error(
        "a density per km² needs an area: add a dimension of regions, or a geometry, but not both nor a \
         spatial filter, distance bands or hexagons, since a region that is cut has no area of its own"
    )]
    NoArea,
}

impl Expression {
    pub fn measure(name: &str) -> Self {
        Self::Measure(name.to_owned())
    }

    /// Whether it is figured from one group alone.
    pub fn is_local(&self) -> bool {
        !matches!(
            self,
            Self::Share { .. }
                | Self::Earlier { .. }
                | Self::Change { .. }
                | Self::Growth { .. }
                | Self::Cumulative { .. }
        )
    }

    /// Whether a density per dwelling is part of it.
    pub fn asks_dwellings(&self) -> bool {
        match self {
            Self::PerDwelling { .. } => true,
            Self::Ratio { of, per } => of.asks_dwellings() || per.asks_dwellings(),
            Self::Share { of, .. }
            | Self::PerKm2 { of }
            | Self::Earlier { of, .. }
            | Self::Change { of, .. }
            | Self::Growth { of, .. }
            | Self::Cumulative { of } => of.asks_dwellings(),
            Self::Measure(_)
            | Self::Column { .. }
            | Self::Distinct { .. }
            | Self::Quantile { .. } => false,
        }
    }

    /// Refuses what has no sense in this cube and question.
    fn check(
        &self,
        cube: &'static Cube,
        query: &CubeQuery,
        name: &str,
    ) -> Result<(), ExpressionError> {
        match self {
            Self::Measure(measure) => {
                let measure = find_measure(cube, measure)?;
                match measure.aggregate {
                    Aggregate::Single => check_single(query, measure.column),
                    _ => Ok(()),
                }
            }
            Self::Column { aggregate, column } => {
                let nature = nature(cube, column)?;
                match (aggregate, nature) {
                    (Aggregate::Sum, Nature::Level) => Err(ExpressionError::NotAdditive {
                        figure: "sum",
                        of: column.clone(),
                        why: LEVEL,
                        instead: "its mean, least, greatest or a quantile",
                    }),
                    (Aggregate::Single, _) => check_single(query, column),
                    (Aggregate::Sum, Nature::Published) => Err(published(column, "sum")),
                    (Aggregate::Mean, Nature::Published) => Err(published(column, "mean")),
                    _ => Ok(()),
                }
            }
            Self::Distinct { dimension } => find_dimension(cube, dimension),
            Self::Quantile { column, permille } => {
                if *permille > 1_000 {
                    return Err(ExpressionError::Quantile {
                        permille: *permille,
                    });
                }
                match nature(cube, column)? {
                    Nature::Published => Err(published(column, "quantile")),
                    _ => Ok(()),
                }
            }
            Self::Share { of, within } => {
                if *within > query.dimensions.len() {
                    return Err(ExpressionError::Within {
                        within: *within,
                        dimensions: query.dimensions.len(),
                    });
                }
                of.check_additive(cube, query, name, "share")
            }
            Self::Ratio { of, per } => {
                of.check_additive(cube, query, name, "ratio")?;
                per.check_additive(cube, query, name, "ratio")
            }
            Self::PerKm2 { of } => {
                of.check_additive(cube, query, name, "density")?;
                let by_region = region_dimension(cube, query).is_some();
                let by_area = query.geometry.is_some();
                let cut = query.filter.as_ref().is_some_and(Filter::is_spatial)
                    || query.bands.is_some()
                    || query.dimensions.iter().any(|d| cube.is_hexagon(d));
                if by_region == by_area || cut {
                    return Err(ExpressionError::NoArea);
                }
                Ok(())
            }
            Self::PerDwelling { of } => {
                of.check_additive(cube, query, name, "density")?;
                if cube.has_dwellings() {
                    return Ok(());
                }
                if !cube.at_addresses {
                    return Err(ExpressionError::NoDwellings { cube: cube.name });
                }
                query.check_dwellings(cube)
            }
            Self::Cumulative { of } => {
                check_time(cube, query, name)?;
                of.check_additive(cube, query, name, "cumulative sum")
            }
            Self::Earlier { of, .. } | Self::Change { of, .. } | Self::Growth { of, .. } => {
                check_time(cube, query, name)?;
                if !of.is_local() {
                    return Err(ExpressionError::Nested {
                        name: name.to_owned(),
                    });
                }
                of.check(cube, query, name)
            }
        }
    }

    /// Refuses what does not add up over groups.
    fn check_additive(
        &self,
        cube: &'static Cube,
        query: &CubeQuery,
        name: &str,
        figure: &'static str,
    ) -> Result<(), ExpressionError> {
        self.check(cube, query, name)?;
        let (aggregate, column) = match self {
            Self::Measure(measure) => {
                let measure = find_measure(cube, measure)?;
                (measure.aggregate, measure.column)
            }
            Self::Column { aggregate, column } => (*aggregate, column.as_str()),
            Self::Distinct { dimension } => {
                return Err(ExpressionError::NotAdditive {
                    figure,
                    of: dimension.clone(),
                    why: "the same member may occur in two groups",
                    instead: "the distinct count of each group, or of fewer dimensions",
                });
            }
            Self::Quantile { column, .. } => {
                return Err(ExpressionError::NotAdditive {
                    figure,
                    of: column.clone(),
                    why: "a quantile is a value of one record",
                    instead: "the quantile itself, or the count of records",
                });
            }
            Self::Ratio { .. } | Self::PerKm2 { .. } | Self::PerDwelling { .. } => {
                return Err(ExpressionError::NotAdditive {
                    figure,
                    of: name.to_owned(),
                    why: "ratios of groups of different size do not add up",
                    instead: "that of what it divides, or for the ratio itself",
                });
            }
            _ => {
                return Err(ExpressionError::Nested {
                    name: name.to_owned(),
                });
            }
        };
        let refused = |why, instead| ExpressionError::NotAdditive {
            figure,
            of: column.to_owned(),
            why,
            instead,
        };
        match aggregate {
            Aggregate::Count => Ok(()),
            Aggregate::Sum => match nature(cube, column)? {
                Nature::Amount => Ok(()),
                Nature::Level => Err(refused(LEVEL, "its mean")),
                Nature::Published => Err(published(column, figure)),
            },
            Aggregate::Mean => Err(refused(
                "means of groups of different size do not add up",
                "the sum and the count, or their ratio",
            )),
            Aggregate::Single => Err(published(column, figure)),
            Aggregate::Min | Aggregate::Max => Err(refused(
                "the least or greatest of the parts is that of the whole, not a part of it",
                "the sum or the count",
            )),
        }
    }
}

const LEVEL: &str = "it tells a level, as a year or a distance does, and not an amount";

fn published(column: &str, figure: &'static str) -> ExpressionError {
    ExpressionError::Published {
        column: column.to_owned(),
        figure,
    }
}

/// Refuses a question that could put two published figures into one group.
fn check_single(query: &CubeQuery, column: &str) -> Result<(), ExpressionError> {
    let held = |key: &&str| query.filter.as_ref().is_some_and(|f| f.holds(key));
    let mut missing = PUBLISHED_FOR
        .iter()
        .filter(|key| !query.dimensions.iter().any(|d| d == *key) && !held(key))
        .copied()
        .peekable();
    match missing.peek() {
        None => Ok(()),
        Some(_) => Err(ExpressionError::NotSingle {
            column: column.to_owned(),
            missing: known(missing),
        }),
    }
}

fn find_measure(
    cube: &'static Cube,
    name: &str,
) -> Result<&'static crate::catalogue::Measure, ExpressionError> {
    cube.measure(name)
        .ok_or_else(|| ExpressionError::UnknownMeasure {
            cube: cube.name,
            name: name.to_owned(),
            known: known(cube.measures.iter().map(|m| m.name)),
        })
}

fn find_dimension(cube: &'static Cube, name: &str) -> Result<(), ExpressionError> {
    match cube.dimension(name) {
        Some(_) => Ok(()),
        None => Err(ExpressionError::UnknownDimension {
            cube: cube.name,
            name: name.to_owned(),
            known: known(cube.dimensions.iter().map(|d| d.name)),
        }),
    }
}

fn nature(cube: &'static Cube, name: &str) -> Result<Nature, ExpressionError> {
    let whole = |c: &&crate::catalogue::Column| c.kind == ColumnType::Int;
    cube.column(name)
        .filter(whole)
        .map(|column| column.nature)
        .ok_or_else(|| ExpressionError::UnknownColumn {
            cube: cube.name,
            name: name.to_owned(),
            known: known(cube.columns.iter().filter(whole).map(|c| c.name)),
        })
}

fn known<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// Positions of the dimensions of time.
fn time_dimensions(cube: &'static Cube, query: &CubeQuery) -> Vec<usize> {
    let is_time = |name: &String| cube.grain(name).is_some();
    (0..query.dimensions.len())
        .filter(|i| is_time(&query.dimensions[*i]))
        .collect()
}

/// Position of the one dimension of time that a question compares periods by.
pub fn time_dimension(cube: &'static Cube, query: &CubeQuery) -> Option<usize> {
    match time_dimensions(cube, query)[..] {
        [one] => Some(one),
        _ => None,
    }
}

fn check_time(cube: &'static Cube, query: &CubeQuery, name: &str) -> Result<(), ExpressionError> {
    match time_dimensions(cube, query).len() {
        1 => Ok(()),
        given => Err(ExpressionError::TimeDimension {
            name: name.to_owned(),
            given,
        }),
    }
}

/// Position of the dimension whose regions a density is about: the finest of the regions asked by.
pub fn region_dimension(cube: &'static Cube, query: &CubeQuery) -> Option<usize> {
    (0..query.dimensions.len())
        .filter_map(|i| Some((cube.region_level(&query.dimensions[i])?, i)))
        .max_by_key(|(level, i)| (level.depth(), *i))
        .map(|(_, i)| i)
}

impl CubeQuery {
    /// What the name of a figure stands for in this question.
    pub fn expression(&self, name: &str) -> Expression {
        let defined = self.defined.iter().find(|d| d.name == name);
        defined.map_or_else(|| Expression::measure(name), |d| d.expression.clone())
    }

    /// Refuses figures that are unknown or do not make sense in this cube and question.
    pub fn check_figures(&self, cube: &'static Cube) -> Result<(), ExpressionError> {
        let asked = self
            .dimensions
            .iter()
            .filter(|d| *d == DISTANCE_BAND)
            .count();
        let edges = self.bands.as_ref().map_or(&[][..], |bands| &bands.edges_m);
        let rising = edges.first() != Some(&0) && edges.windows(2).all(|pair| pair[0] < pair[1]);
        let fits = (1..=limits::BAND_EDGES).contains(&edges.len()) && rising;
        if (asked, self.bands.is_some()) != (0, false) && !(asked == 1 && fits) {
            return Err(ExpressionError::Bands);
        }
        for (i, defined) in self.defined.iter().enumerate() {
            let taken = self.defined[..i].iter().any(|d| d.name == defined.name)
                || cube.measure(&defined.name).is_some()
                || cube.dimension(&defined.name).is_some();
            if taken {
                return Err(ExpressionError::NameTaken {
                    name: defined.name.clone(),
                });
            }
            defined.expression.check(cube, self, &defined.name)?;
        }
        for name in &self.measures {
            if self.defined.iter().all(|d| d.name != *name) {
                Expression::measure(name).check(cube, self, name)?;
            }
        }
        Ok(())
    }
}
