//! One answer from the answers of both parts of a live cube.

use super::LiveCube;
use crate::cube::CubeData;
use crate::error::OlapError;
use crate::partial::Partial;
use crate::protect::Told;
use geocrm_domain::catalogue::{Aggregate, Cube};
use geocrm_domain::scope::{AggregateScope, CellKey};
use geocrm_domain::{Answer, CubeQuery, Number, PersonsTold, Pivot, PivotQuery, VisibleScope};

impl LiveCube {
    /// Answers a question exactly as the same question in SQL would be answered; see
    /// [`CubeData::query`](crate::CubeData::query).
    pub fn query(&self, scope: &VisibleScope, query: &CubeQuery) -> Result<Answer, OlapError> {
        match self.plain(scope) {
            Some(base) => base.query(scope, query),
            None => self.partial(scope, query)?.finish(),
        }
    }

    /// The base, where it alone answers.
    pub(crate) fn plain(&self, scope: &VisibleScope) -> Option<&CubeData> {
        (self.recent.is_empty() && self.persons_key(scope).is_none()).then_some(&self.base)
    }

    /// The key of the noise where persons are in sums only as protected cells.
    fn persons_key(&self, scope: &VisibleScope) -> Option<CellKey> {
        match scope.aggregates() {
            AggregateScope::Protected(key) if self.cube().persons.is_some() => Some(key),
            _ => None,
        }
    }

    /// What both parts can say to a question, joined, order and limit not yet applied.
    pub fn partial(&self, scope: &VisibleScope, query: &CubeQuery) -> Result<Partial, OlapError> {
        self.partial_of(scope, query, usize::MAX)
    }

    /// The same of at most so many groups of each part.
    pub(crate) fn partial_of(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
        most: usize,
    ) -> Result<Partial, OlapError> {
        let mut all = self.base.partial_of(scope, query, most)?;
        if !self.recent.is_empty() {
            all = all.merge(self.recent.partial_of(scope, query, most)?)?;
        }
        let Some(key) = self.persons_key(scope) else {
            return Ok(all);
        };
        match self.protected(key, query)? {
            Told::Nothing => Ok(all),
            Told::Cells(cells) => all.merge(*cells),
            Told::LeftOut(why) => {
                all.persons = PersonsTold::LeftOut(why);
                Ok(all)
            }
        }
    }

    /// A table of rows × columns.
    pub fn pivot(&self, scope: &VisibleScope, asked: &PivotQuery) -> Result<Pivot, OlapError> {
        self.partial(scope, &asked.cells())?.pivot(asked)
    }
}

/// Folds the figures of the same measures over other records into `values`.
pub(super) fn join_values(
    cube: &Cube,
    measures: &[String],
    values: &mut [Option<Number>],
    more: &[Option<Number>],
) -> Result<(), OlapError> {
    for ((value, more), name) in values.iter_mut().zip(more).zip(measures) {
        let aggregate = cube.measure(name).map_or(Aggregate::Sum, |m| m.aggregate);
        *value = match (*value, *more) {
            (Some(_), Some(_)) if aggregate == Aggregate::Single => None,
            (Some(a), Some(b)) => {
                let folded = folded(aggregate, a, b);
                Some(folded.ok_or_else(|| OlapError::Overflow {
                    measure: name.clone(),
                })?)
            }
            (a, b) => a.or(b),
        };
    }
    Ok(())
}

/// `None` when the sum is too large, or when the figures are not of one measure.
fn folded(aggregate: Aggregate, a: Number, b: Number) -> Option<Number> {
    match (a, b) {
        (Number::Int(a), Number::Int(b)) => Some(Number::Int(match aggregate {
            Aggregate::Min => a.min(b),
            Aggregate::Max => a.max(b),
            _ => a.checked_add(b)?,
        })),
        (Number::Ratio { sum, count }, Number::Ratio { sum: s, count: c }) => Some(Number::Ratio {
            sum: sum.checked_add(s)?,
            count: count + c,
        }),
        _ => None,
    }
}
