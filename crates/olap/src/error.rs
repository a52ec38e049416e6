//! What can go wrong between a question and its answer, told so that the asker can correct it: every
//! unknown name comes with the names that are known, every limit with its figure.

use geocrm_domain::expression::ExpressionError;
use thiserror::Error;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OlapError {
    #[error("cube {cube} has no property `{name}`; known: {known}")]
    UnknownProperty {
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
    #[error("cube {cube} has no measure `{name}`; known: {known}")]
    UnknownMeasure {
        cube: &'static str,
        name: String,
        known: String,
    },
    #[error("cannot order by `{name}`; this question can be ordered by: {known}")]
    UnknownOrder { name: String, known: String },
    #[error("property `{property}` holds {expected}, so it cannot be compared with `{given}`")]
    ValueType {
        property: String,
        expected: &'static str,
        given: String,
    },
    #[error("property `{property}` holds {expected}; LIKE and CASEI need text")]
    LikeNeedsText {
        property: String,
        expected: &'static str,
    },
    #[error("{what}: {given} given, at most {limit} allowed")]
    TooMany {
        what: &'static str,
        given: usize,
        limit: usize,
    },
    #[error("a polygon vertex at {lng_e7}, {lat_e7} (1e-7 degrees) lies outside ±180, ±90 degrees")]
    VertexOutsideGlobe { lng_e7: i32, lat_e7: i32 },
    #[error("the sum of measure `{measure}` does not fit 64 bits")]
    Overflow { measure: String },
    #[error(transparent)]
    Expression(ExpressionError),
    #[error(
        "a density per dwelling of {cube} needs the dwellings of the addresses, which were not asked"
    )]
    NoDwellings { cube: &'static str },
    #[error("partial answers to different questions cannot be merged")]
    OtherQuestion,
    #[error("a grid of {given} cells a side; it must be a power of two up to 1024")]
    GridSide { given: u32 },
    #[error("batch for cube {cube}: column `{column}` {problem}")]
    BatchColumn {
        cube: &'static str,
        column: &'static str,
        problem: &'static str,
    },
    #[error("batch for cube {cube}: {given} columns, {expected} expected")]
    BatchShape {
        cube: &'static str,
        given: usize,
        expected: usize,
    },
    #[error("batch for cube {cube}: keys are of the wrong kind or number")]
    BatchKeys { cube: &'static str },
    #[error("batch for cube {cube}: row {row} lies outside ±180, ±90 degrees")]
    BatchPlace { cube: &'static str, row: usize },
    #[error("cube {cube} cannot hold more than 4,294,967,294 rows")]
    TooManyRows { cube: &'static str },
}
