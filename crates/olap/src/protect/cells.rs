//! The persons of each cell, gathered from one snapshot. The question's filter only ever chooses whole cells, so
//! that rows may be filtered before they are gathered.

use super::noise::{Contributors, Noise};
use super::shape::Shape;
use crate::bind::{Asked, Plan};
use crate::cube::{CubeData, Key};
use crate::error::OlapError;
use crate::figure::Need;
use crate::question::Question;
use crate::rows::RowSet;
use crate::scan::{DEAR, Picked, each_piece};
use geocrm_domain::{Value, VisibleScope};
use std::collections::HashMap;

/// Everybody in a cell, and per need those whose value is not nothing.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) all: Contributors,
    /// By need: who has a value, and whose value is not zero.
    pub(super) sums: Vec<(Contributors, Contributors)>,
}

impl Cell {
    fn new(needs: usize) -> Self {
        Self {
            all: Contributors::default(),
            sums: vec![Default::default(); needs],
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.all.add(&other.all);
        for ((having, giving), (h, g)) in self.sums.iter_mut().zip(&other.sums) {
            having.add(h);
            giving.add(g);
        }
    }
}

/// Whose cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Records {
    All,
    Placed,
    Unplaced,
}

impl CubeData {
    /// Persons by the dimensions of the shape.
    pub(super) fn person_cells(
        &self,
        shape: &Shape,
        question: &Question,
        noise: &Noise,
        records: Records,
    ) -> Result<Vec<(Vec<Value>, Cell)>, OlapError> {
        let everything = VisibleScope::everything();
        let Plan { rows, node } = self.plan(&everything, Asked::Sums, Some(&shape.filter), None)?;
        let part = match records {
            Records::All => RowSet::range(0, self.len()),
            Records::Placed => RowSet::range(0, self.placed()),
            Records::Unplaced => RowSet::range(self.placed(), self.len()),
        };
        let plan = Plan {
            rows: rows.intersection(&part),
            node,
        };
        let levels = shape
            .dimensions
            .iter()
            .map(|name| self.dimension_level(name));
        let levels = levels.collect::<Result<Vec<_>, _>>()?;
        let needs = &question.needs;
        let found = each_piece(
            &plan.pieces(self),
            DEAR,
            HashMap::<Vec<u64>, Cell>::new,
            |cells, scratch, piece| {
                let mut codes = vec![0; levels.len()];
                let mut see = |row: usize| {
                    for (code, level) in codes.iter_mut().zip(&levels) {
                        *code = level
                            .derive
                            .code(self.columns()[level.column].codes.get(row));
                    }
                    if !cells.contains_key(&codes) {
                        cells.insert(codes.clone(), Cell::new(needs.len()));
                    }
                    if let Some(cell) = cells.get_mut(&codes) {
                        self.add_person(cell, row, needs, noise);
                    }
                };
                plan.pick(self, piece, scratch, |picked| match picked {
                    Picked::Run(rows) => rows.for_each(&mut see),
                    Picked::List { start, offsets } => {
                        for offset in offsets {
                            see(start + usize::from(*offset));
                        }
                    }
                });
            },
        );
        let meanings = self.meanings(&levels);
        let value = |codes: &[u64]| {
            let values = codes.iter().zip(&meanings);
            values
                .map(|(code, (meaning, _))| meaning.value(*code))
                .collect()
        };
        let cells = found.into_iter().flatten();
        Ok(cells.map(|(codes, cell)| (value(&codes), cell)).collect())
    }

    fn add_person(&self, cell: &mut Cell, row: usize, needs: &[Need], noise: &Noise) {
        let key = match self.key(row) {
            Key::Uuid(key) => key.as_u128(),
            Key::Int(key) => u128::from(key as u64),
        };
        let hash = noise.person(key);
        cell.all.add_one(hash, 1);
        for (need, (having, giving)) in needs.iter().zip(&mut cell.sums) {
            let Need::Sum(column) = need else {
                continue;
            };
            let column = &self.columns()[*column];
            let code = column.codes.get(row);
            if code == 0 {
                continue;
            }
            let value = column.base().wrapping_add((code - 1) as i64);
            having.add_one(hash, 1);
            if value != 0 {
                giving.add_one(hash, value);
            }
        }
    }
}
