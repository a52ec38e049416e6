//! What can be asked of a cube and what comes back.

use crate::filter::Filter;
use crate::geometry::MultiPolygon;
use crate::value::Value;

/// Names refer to the catalogue of the cube; unknown names are errors of whoever binds them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct CubeQuery {
    pub measures: Vec<String>,
    pub dimensions: Vec<String>,
    pub filter: Option<Filter>,
    /// Only records placed in this area, its edge included.
    pub geometry: Option<MultiPolygon>,
    /// Empty: by the dimensions, upwards.
    pub order: Vec<OrderBy>,
    pub limit: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderBy {
    /// A dimension or measure of the query.
    pub name: String,
    pub descending: bool,
}

/// An exact figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Number {
    Int(i64),
    /// A mean: sum and count of the non-null values, kept apart so that it stays exact.
    Ratio {
        sum: i64,
        count: i64,
    },
}

impl Number {
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Ratio { sum, count } => sum as f64 / count as f64,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRow {
    /// One value per dimension asked.
    pub keys: Vec<Value>,
    /// One per measure asked; `None` where no record has a value.
    pub values: Vec<Option<Number>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub rows: Vec<AnswerRow>,
    /// Records that pass filter, geometry and scope.
    pub matched: u64,
    /// Records that pass filter and scope but have no place; they are in `matched` only without a geometry.
    pub without_place: u64,
    /// Groups before the limit.
    pub groups: usize,
}
