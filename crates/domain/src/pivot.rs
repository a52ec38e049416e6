//! A table of rows × columns with totals: what can be asked and what comes back. Totals are figures of their own, from
//! the records and not from the cells, so that the total of means is a mean and that of distinct counts counts
//! each member once.

use crate::expression::ExpressionError;
use crate::query::{CubeQuery, Number, PersonsTold};
use crate::value::Value;

/// The dimensions of `query` go down, those of `columns` across. Its order and limit are about the rows; columns
/// follow their keys upwards.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PivotQuery {
    pub query: CubeQuery,
    pub columns: Vec<String>,
    pub top: Vec<Top>,
    /// Orders the members of the first row dimension by their own figures, then the second within each, and so on;
    /// else the rows as a whole.
    pub within: bool,
}

/// Keeps the members of a dimension with the largest figures and puts all others into one group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Top {
    pub dimension: String,
    /// A measure of the question, figured over each member alone; members without a figure come last, and equal
    /// ones upwards.
    pub by: String,
    pub count: usize,
}

/// A key of a row or column. Null is a member like any other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Header {
    Member(Value),
    /// All members that are not among the top.
    Other,
}

/// One figure per measure; `None` where there is none.
pub type Figures = Vec<Option<Number>>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// One per dimension.
    pub keys: Vec<Header>,
    /// Over the whole row or column.
    pub total: Figures,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pivot {
    pub rows: Vec<Line>,
    pub columns: Vec<Line>,
    /// By row, then by column; `None` where no record is.
    pub cells: Vec<Vec<Option<Figures>>>,
    /// Over everything, also over rows past the limit.
    pub total: Figures,
    pub matched: u64,
    pub without_place: u64,
    /// Rows before the limit.
    pub groups: usize,
    pub persons: PersonsTold,
}

impl PivotQuery {
    /// Refuses two tops of one dimension.
    pub fn check_tops(&self) -> Result<(), ExpressionError> {
        for (i, top) in self.top.iter().enumerate() {
            if self.top[..i].iter().any(|t| t.dimension == top.dimension) {
                return Err(ExpressionError::TopTwice {
                    dimension: top.dimension.clone(),
                });
            }
        }
        Ok(())
    }

    /// The question behind the cells: rows and columns are its dimensions, in this order, without order or limit.
    pub fn cells(&self) -> CubeQuery {
        CubeQuery {
            dimensions: [self.query.dimensions.as_slice(), &self.columns].concat(),
            order: Vec::new(),
            limit: None,
            ..self.query.clone()
        }
    }
}
