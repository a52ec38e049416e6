//! Figures by one dimension for who draws or exports them: as columns, without a value made for each key.

use crate::bind::{Asked, at_most};
use crate::column::Meaning;
use crate::cube::CubeData;
use crate::dictionary::{Dictionary, cell_of};
use crate::error::OlapError;
use crate::group::group;
use crate::lanes::Lanes;
use crate::live::LiveCube;
use geocrm_domain::{CubeQuery, Number, Value, VisibleScope, limits};

/// Figures of the members of one dimension, in the order of the question: else rising by member, null first.
#[derive(Debug, Clone)]
pub struct KeyedFigures {
    keys: Keys,
    /// As many for each key as measures were asked.
    figures: Vec<Option<Number>>,
    measures: usize,
}

#[derive(Debug, Clone)]
enum Keys {
    /// As the column holds them.
    Coded { meaning: Meaning, codes: Vec<u64> },
    /// As an answer tells them.
    Told(Vec<Value>),
}

impl KeyedFigures {
    /// Number of keys.
    pub fn len(&self) -> usize {
        match &self.keys {
            Keys::Coded { codes, .. } => codes.len(),
            Keys::Told(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The key at a position.
    pub fn key(&self, at: usize) -> Value {
        match &self.keys {
            Keys::Coded { meaning, codes } => meaning.value(codes[at]),
            Keys::Told(values) => values[at].clone(),
        }
    }

    /// The key at a position, where it is a text; cells are none ([`KeyedFigures::cell`]).
    pub fn text(&self, at: usize) -> Option<&str> {
        match &self.keys {
            Keys::Coded {
                meaning: Meaning::Dictionary(dictionary),
                codes,
            } => dictionary.text(codes[at]),
            Keys::Coded { .. } => None,
            Keys::Told(values) => values[at].as_text(),
        }
    }

    /// The H3 cell at a position, where the key is one.
    pub fn cell(&self, at: usize) -> Option<u64> {
        match &self.keys {
            Keys::Coded {
                meaning: Meaning::Dictionary(dictionary),
                codes,
            } => match &**dictionary {
                Dictionary::Cell(cells) => Some(cells[(codes[at] as usize).checked_sub(1)?]),
                _ => None,
            },
            Keys::Coded { .. } => None,
            Keys::Told(values) => values[at].as_text().and_then(cell_of),
        }
    }

    /// The figures at a position, one per measure asked.
    pub fn figures(&self, at: usize) -> &[Option<Number>] {
        &self.figures[at * self.measures..(at + 1) * self.measures]
    }

    /// Each H3 cell with its figures.
    pub fn cells(&self) -> impl Iterator<Item = (u64, &[Option<Number>])> {
        (0..self.len()).filter_map(|at| Some((self.cell(at)?, self.figures(at))))
    }
}

impl LiveCube {
    /// What [`LiveCube::query`] says by one dimension, as columns.
    pub fn query_keyed(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
    ) -> Result<KeyedFigures, OlapError> {
        at_most("dimensions of a query by keys", query.dimensions.len(), 1)?;
        if let Some(plain) = self.plain(scope)
            && let Some(keyed) = plain.query_keyed(scope, query)?
        {
            return Ok(keyed);
        }
        let rows = self.query(scope, query)?.rows;
        let mut out = KeyedFigures {
            figures: Vec::with_capacity(rows.len() * query.measures.len()),
            measures: query.measures.len(),
            keys: Keys::Told(Vec::new()),
        };
        let keys = rows.into_iter().map(|row| {
            out.figures
                .extend(row.values.into_iter().take(out.measures));
            row.keys.into_iter().next().unwrap_or(Value::Null)
        });
        out.keys = Keys::Told(keys.collect());
        Ok(out)
    }
}

impl CubeData {
    /// `None` where the question is not of this kind.
    fn query_keyed(
        &self,
        scope: &VisibleScope,
        query: &CubeQuery,
    ) -> Result<Option<KeyedFigures>, OlapError> {
        let [dimension] = &query.dimensions[..] else {
            return Ok(None);
        };
        let plain = query.order.is_empty() && query.limit.is_none() && query.bands.is_none();
        if !plain || !query.defined.is_empty() {
            return Ok(None);
        }
        let level = self.dimension_level(dimension)?;
        query
            .check_figures(self.cube())
            .map_err(OlapError::Expression)?;
        let lanes = Lanes::new(self, &query.measures)?;
        let filter = query.filter.as_ref();
        let plan = self.plan(scope, Asked::Sums, filter, query.geometry.as_ref())?;
        let groups = group(self, &plan, &[level], &lanes)?;
        at_most("groups of an answer", groups.len(), limits::ANSWER_GROUPS)?;
        let mut figures = Vec::with_capacity(groups.len() * lanes.measures());
        for at in 0..groups.len() {
            for measure in 0..lanes.measures() {
                figures.push(lanes.number(self, measure, groups.cell(at))?);
            }
        }
        Ok(Some(KeyedFigures {
            keys: Keys::Coded {
                meaning: level.meaning(&self.columns()[level.column]),
                codes: groups.into_codes(),
            },
            figures,
            measures: lanes.measures(),
        }))
    }
}
