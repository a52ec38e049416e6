//! One answer from the answers of both parts: groups of the same members are joined, then ordered and cut as the
//! question asks.

use super::LiveCube;
use crate::answer::compare_numbers;
use crate::error::OlapError;
use geocrm_domain::catalogue::{Aggregate, Cube};
use geocrm_domain::{Answer, AnswerRow, CubeQuery, Number, VisibleScope};
use std::cmp::Ordering;

impl LiveCube {
    /// Answers a question exactly as the same question in SQL would be answered; see
    /// [`CubeData::query`](crate::CubeData::query).
    pub fn query(&self, scope: &VisibleScope, query: &CubeQuery) -> Result<Answer, OlapError> {
        if self.recent.is_empty() {
            return self.base.query(scope, query);
        }
        // In the order of the dimensions, so that the parts can be joined; what is wrong with the order or the
        // limit is told by the recent part, which is small.
        let checked = self.recent.query(scope, query)?;
        let unordered = CubeQuery {
            order: Vec::new(),
            limit: None,
            ..query.clone()
        };
        let base = self.base.query(scope, &unordered)?;
        let recent = if query.order.is_empty() && query.limit.is_none() {
            checked
        } else {
            self.recent.query(scope, &unordered)?
        };
        let mut rows = joined_rows(self.cube(), query, base.rows, recent.rows)?;
        let groups = rows.len();
        order_rows(query, &mut rows);
        rows.truncate(query.limit.unwrap_or(usize::MAX));
        Ok(Answer {
            rows,
            matched: base.matched + recent.matched,
            without_place: base.without_place + recent.without_place,
            groups,
        })
    }
}

/// Both sorted by their keys, as is the outcome.
fn joined_rows(
    cube: &Cube,
    query: &CubeQuery,
    base: Vec<AnswerRow>,
    recent: Vec<AnswerRow>,
) -> Result<Vec<AnswerRow>, OlapError> {
    let mut out = Vec::with_capacity(base.len() + recent.len());
    let (mut base, mut recent) = (base.into_iter().peekable(), recent.into_iter().peekable());
    loop {
        let first = match (base.peek(), recent.peek()) {
            (Some(a), Some(b)) => a.keys.cmp(&b.keys),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return Ok(out),
        };
        match first {
            Ordering::Less => out.extend(base.next()),
            Ordering::Greater => out.extend(recent.next()),
            Ordering::Equal => {
                if let Some((mut a, b)) = base.next().zip(recent.next()) {
                    join_values(cube, &query.measures, &mut a.values, &b.values)?;
                    out.push(a);
                }
            }
        }
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

/// Ties stay in the order of their keys.
fn order_rows(query: &CubeQuery, rows: &mut [AnswerRow]) {
    if query.order.is_empty() {
        return;
    }
    let at = |names: &[String], name: &str| names.iter().position(|n| n == name);
    rows.sort_by(|a, b| {
        for by in &query.order {
            let compared = if let Some(d) = at(&query.dimensions, &by.name) {
                a.keys[d].cmp(&b.keys[d])
            } else if let Some(m) = at(&query.measures, &by.name) {
                compare_numbers(a.values[m], b.values[m])
            } else {
                Ordering::Equal
            };
            if compared.is_ne() {
                return if by.descending {
                    compared.reverse()
                } else {
                    compared
                };
            }
        }
        Ordering::Equal
    });
}
