//! Which running figures does a set of measures need? Each cell of a group-by is a row of u64 lanes, all of
//! which start at zero: the count first, then per column what its measures share.

use crate::bind::at_most;
use crate::codes::{Code, Codes, each_width};
use crate::column::Column;
use crate::cube::CubeData;
use crate::error::OlapError;
use crate::mask;
use crate::scan::Picked;
use geocrm_domain::catalogue::Aggregate;
use geocrm_domain::{Number, limits};
use std::ops::Range;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Count,
    /// Sum of the codes; of their lower halves when they are 64 bits wide.
    Sum(usize),
    /// Sum of the upper halves of 64-bit codes.
    SumHigh(usize),
    /// Number of non-null codes.
    Values(usize),
    /// Largest complement of `code - 1`, so that 0 means none.
    Least(usize),
    /// Largest code, so that 0 means none.
    Greatest(usize),
}

#[derive(Debug, Clone)]
struct Measure {
    name: String,
    aggregate: Aggregate,
    column: usize,
    sum: usize,
    high: Option<usize>,
    values: usize,
    extreme: usize,
}

/// The lanes of a question and how its measures are read from them.
#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    lanes: Vec<Lane>,
    measures: Vec<Measure>,
}

const LOW_HALF: u64 = 0xFFFF_FFFF;

impl Lanes {
    pub(crate) fn new(data: &CubeData, names: &[String]) -> Result<Self, OlapError> {
        at_most("measures of a query", names.len(), limits::QUERY_MEASURES)?;
        let cube = data.cube();
        let mut out = Self {
            lanes: vec![Lane::Count],
            measures: Vec::new(),
        };
        for name in names {
            let unknown = || OlapError::UnknownMeasure {
                cube: cube.name,
                name: name.clone(),
                known: cube
                    .measures
                    .iter()
                    .map(|m| m.name)
                    .collect::<Vec<_>>()
                    .join(", "),
            };
            let measure = cube.measure(name).ok_or_else(unknown)?;
            let mut bound = Measure {
                name: name.clone(),
                aggregate: measure.aggregate,
                column: 0,
                sum: 0,
                high: None,
                values: 0,
                extreme: 0,
            };
            if measure.aggregate != Aggregate::Count {
                let index = cube.columns.iter().position(|c| c.name == measure.column);
                bound.column = index.ok_or_else(unknown)?;
                let column = &data.columns()[bound.column];
                out.bind(&mut bound, column);
            }
            out.measures.push(bound);
        }
        Ok(out)
    }

    /// The lanes of aggregates of columns.
    pub(crate) fn of(
        data: &CubeData,
        aggregates: impl Iterator<Item = (Aggregate, usize)>,
    ) -> Result<Self, OlapError> {
        let mut out = Self::new(data, &[])?;
        for (aggregate, column) in aggregates {
            let mut bound = Measure {
                name: String::new(),
                aggregate,
                column,
                sum: 0,
                high: None,
                values: 0,
                extreme: 0,
            };
            out.bind(&mut bound, &data.columns()[column]);
            out.measures.push(bound);
        }
        Ok(out)
    }

    fn bind(&mut self, measure: &mut Measure, column: &Column) {
        let index = measure.column;
        match measure.aggregate {
            Aggregate::Count => {}
            Aggregate::Sum | Aggregate::Mean | Aggregate::Single => {
                measure.sum = self.lane(Lane::Sum(index));
                if matches!(column.codes, Codes::U64(_)) {
                    measure.high = Some(self.lane(Lane::SumHigh(index)));
                }
                if column.has_null {
                    measure.values = self.lane(Lane::Values(index));
                }
            }
            Aggregate::Min => measure.extreme = self.lane(Lane::Least(index)),
            Aggregate::Max => measure.extreme = self.lane(Lane::Greatest(index)),
        }
    }

    fn lane(&mut self, lane: Lane) -> usize {
        let known = self.lanes.iter().position(|l| *l == lane);
        known.unwrap_or_else(|| {
            self.lanes.push(lane);
            self.lanes.len() - 1
        })
    }

    /// The column of a question for a count and a sum, whose codes are less than 64 bits wide.
    pub(crate) fn count_and_sum_of(&self, data: &CubeData) -> Option<usize> {
        match self.lanes[..] {
            [Lane::Count, Lane::Sum(column)] => {
                let wide = matches!(data.columns()[column].codes, Codes::U64(_));
                (!wide).then_some(column)
            }
            _ => None,
        }
    }

    /// Whether a question is for the count alone.
    pub(crate) fn count_only(&self) -> bool {
        matches!(self.lanes[..], [Lane::Count])
    }

    /// The columns read, each once.
    pub(crate) fn columns<'a>(&self, data: &'a CubeData) -> Vec<&'a Codes> {
        let read = self.lanes.iter().filter_map(|lane| match *lane {
            Lane::Count => None,
            Lane::Sum(column)
            | Lane::SumHigh(column)
            | Lane::Values(column)
            | Lane::Least(column)
            | Lane::Greatest(column) => Some(column),
        });
        let mut columns: Vec<usize> = read.collect();
        columns.sort_unstable();
        columns.dedup();
        let codes = |column: usize| &data.columns()[column].codes;
        columns.into_iter().map(codes).collect()
    }

    /// Lanes of a cell.
    pub(crate) fn width(&self) -> usize {
        self.lanes.len()
    }

    pub(crate) fn measures(&self) -> usize {
        self.measures.len()
    }

    /// Adds a range of rows to one cell, from block figures where there are some.
    pub(crate) fn add_run(&self, data: &CubeData, rows: Range<usize>, cell: &mut [u64]) {
        for (lane, figure) in self.lanes.iter().zip(cell) {
            match *lane {
                Lane::Count => *figure += rows.len() as u64,
                Lane::Sum(column) => {
                    let column = &data.columns()[column];
                    let sum = column.total(rows.clone()).codes;
                    *figure += if matches!(column.codes, Codes::U64(_)) {
                        low_halves(&column.codes, rows.clone(), sum)
                    } else {
                        sum as u64
                    };
                }
                Lane::SumHigh(column) => {
                    let column = &data.columns()[column];
                    let sum = column.total(rows.clone()).codes;
                    let low = low_halves(&column.codes, rows.clone(), sum);
                    *figure += ((sum - u128::from(low)) >> 32) as u64;
                }
                Lane::Values(column) => {
                    *figure += data.columns()[column].total(rows.clone()).values;
                }
                Lane::Least(column) => {
                    if let Some((low, _)) = data.columns()[column].extremes(rows.clone()) {
                        *figure = (*figure).max(!(low - 1));
                    }
                }
                Lane::Greatest(column) => {
                    if let Some((_, high)) = data.columns()[column].extremes(rows.clone()) {
                        *figure = (*figure).max(high);
                    }
                }
            }
        }
    }

    /// Adds picked rows to one cell.
    pub(crate) fn add_to_one(&self, data: &CubeData, picked: &Picked<'_>, cell: &mut [u64]) {
        let (start, offsets) = match picked {
            Picked::Run(rows) => return self.add_run(data, rows.clone(), cell),
            Picked::List { start, offsets } => (*start, *offsets),
        };
        for (lane, figure) in self.lanes.iter().zip(cell) {
            let mut each = |column: usize, see: fn(u64, u64) -> u64| {
                each_width!(&data.columns()[column].codes, codes => {
                    let codes = &codes[start..];
                    for offset in offsets {
                        *figure = see(*figure, codes[*offset as usize].wide());
                    }
                });
            };
            match *lane {
                Lane::Count => *figure += offsets.len() as u64,
                Lane::Sum(column) if matches!(data.columns()[column].codes, Codes::U64(_)) => {
                    each(column, |sum, code| sum + (code & LOW_HALF));
                }
                Lane::Sum(column) => each(column, |sum, code| sum + code),
                Lane::SumHigh(column) => each(column, |sum, code| sum + (code >> 32)),
                Lane::Values(column) => each(column, |sum, code| sum + u64::from(code != 0)),
                Lane::Least(column) => each(column, least),
                Lane::Greatest(column) => each(column, u64::max),
            }
        }
    }

    /// Adds the rows whose byte in the mask is 1 to one cell.
    pub(crate) fn add_masked(&self, data: &CubeData, start: usize, mask: &[u8], cell: &mut [u64]) {
        for (lane, figure) in self.lanes.iter().zip(cell) {
            let rows = start..start + mask.len();
            let mut each = |column: usize, see: fn(u64, u64) -> u64| {
                each_width!(&data.columns()[column].codes, codes => {
                    for (code, byte) in codes[rows.clone()].iter().zip(mask) {
                        if *byte != 0 {
                            *figure = see(*figure, code.wide());
                        }
                    }
                });
            };
            match *lane {
                Lane::Count => *figure += mask::count(mask),
                Lane::Sum(column) => {
                    each_width!(&data.columns()[column].codes, codes => {
                        *figure += mask::sum(&codes[rows], mask);
                    });
                }
                Lane::SumHigh(column) => each(column, |sum, code| sum + (code >> 32)),
                Lane::Values(column) => {
                    each_width!(&data.columns()[column].codes, codes => {
                        *figure += mask::count_values(&codes[rows], mask);
                    });
                }
                Lane::Least(column) => each(column, least),
                Lane::Greatest(column) => each(column, u64::max),
            }
        }
    }

    /// Adds picked rows to the cells that `slots` name: index of the first lane of each row's cell. Cells
    /// that held nothing before are appended to `touched`.
    pub(crate) fn add_to_many(
        &self,
        data: &CubeData,
        picked: &Picked<'_>,
        slots: &[u32],
        cells: &mut [u64],
        touched: Option<&mut Vec<u32>>,
    ) {
        if let Some(touched) = touched {
            for slot in slots {
                let count = &mut cells[*slot as usize];
                if *count == 0 {
                    touched.push(*slot);
                }
                *count += 1;
            }
        } else if let Some(column) = self.count_and_sum_of(data) {
            each_width!(&data.columns()[column].codes, codes => match picked {
                Picked::Run(rows) => count_and_sum(cells, slots, codes[rows.clone()].iter().copied()),
                Picked::List { start, offsets } => {
                    let codes = &codes[*start..];
                    count_and_sum(cells, slots, offsets.iter().map(|o| codes[*o as usize]));
                }
            });
            return;
        } else {
            for slot in slots {
                cells[*slot as usize] += 1;
            }
        }
        for (index, lane) in self.lanes.iter().enumerate().skip(1) {
            let mut each = |column: usize, see: fn(u64, u64) -> u64| {
                each_width!(&data.columns()[column].codes, codes => match picked {
                    Picked::Run(rows) => {
                        for (slot, code) in slots.iter().zip(&codes[rows.clone()]) {
                            let cell = &mut cells[*slot as usize + index];
                            *cell = see(*cell, code.wide());
                        }
                    }
                    Picked::List { start, offsets } => {
                        let codes = &codes[*start..];
                        for (slot, offset) in slots.iter().zip(*offsets) {
                            let cell = &mut cells[*slot as usize + index];
                            *cell = see(*cell, codes[*offset as usize].wide());
                        }
                    }
                });
            };
            match *lane {
                Lane::Count => {}
                Lane::Sum(column) if matches!(data.columns()[column].codes, Codes::U64(_)) => {
                    each(column, |sum, code| sum + (code & LOW_HALF));
                }
                Lane::Sum(column) => each(column, |sum, code| sum + code),
                Lane::SumHigh(column) => each(column, |sum, code| sum + (code >> 32)),
                Lane::Values(column) => each(column, |sum, code| sum + u64::from(code != 0)),
                Lane::Least(column) => each(column, least),
                Lane::Greatest(column) => each(column, u64::max),
            }
        }
    }

    /// Folds one cell into another.
    pub(crate) fn merge(&self, into: &mut [u64], from: &[u64]) {
        for ((lane, into), from) in self.lanes.iter().zip(into).zip(from) {
            match lane {
                Lane::Least(_) | Lane::Greatest(_) => *into = (*into).max(*from),
                _ => *into += from,
            }
        }
    }

    /// The exact figure of a measure; `None` where no record has a value.
    pub(crate) fn number(
        &self,
        data: &CubeData,
        measure: usize,
        cell: &[u64],
    ) -> Result<Option<Number>, OlapError> {
        let bound = &self.measures[measure];
        let int = |value: i128| {
            i64::try_from(value).map_err(|_| OlapError::Overflow {
                measure: bound.name.clone(),
            })
        };
        Ok(match bound.aggregate {
            Aggregate::Count => Some(Number::Int(cell[0] as i64)),
            Aggregate::Single => match self.sum(data, measure, cell) {
                (value, 1) => Some(Number::Int(int(value)?)),
                _ => None,
            },
            Aggregate::Sum | Aggregate::Mean => match self.sum(data, measure, cell) {
                (_, 0) => None,
                (sum, _) if bound.aggregate == Aggregate::Sum => Some(Number::Int(int(sum)?)),
                (sum, values) => Some(Number::Ratio {
                    sum: int(sum)?,
                    count: values as i64,
                }),
            },
            Aggregate::Min | Aggregate::Max => self.extreme(data, measure, cell).map(Number::Int),
        })
    }

    /// Sum and number of the values of a sum or mean.
    pub(crate) fn sum(&self, data: &CubeData, measure: usize, cell: &[u64]) -> (i128, u64) {
        let measure = &self.measures[measure];
        let base = i128::from(data.columns()[measure.column].base());
        let values = cell[measure.values];
        let high = measure.high.map_or(0, |high| i128::from(cell[high]) << 32);
        let sum = i128::from(cell[measure.sum]) + high + i128::from(values) * (base - 1);
        (sum, values)
    }

    /// Least or greatest value, as the measure is.
    pub(crate) fn extreme(&self, data: &CubeData, measure: usize, cell: &[u64]) -> Option<i64> {
        let measure = &self.measures[measure];
        let extreme = cell[measure.extreme];
        let code = if measure.aggregate == Aggregate::Min {
            (!extreme).wrapping_add(1)
        } else {
            extreme
        };
        let base = data.columns()[measure.column].base();
        (extreme != 0).then(|| base.wrapping_add(code.wrapping_sub(1) as i64))
    }
}

/// Null wraps to the widest number, whose complement is 0.
fn least(figure: u64, code: u64) -> u64 {
    figure.max(!code.wrapping_sub(1))
}

fn low_halves(codes: &Codes, rows: Range<usize>, _sum: u128) -> u64 {
    each_width!(codes, slice => slice[rows].iter().map(|c| c.wide() & LOW_HALF).sum())
}

fn count_and_sum<C: Code>(cells: &mut [u64], slots: &[u32], codes: impl Iterator<Item = C>) {
    for (slot, code) in slots.iter().zip(codes) {
        let slot = *slot as usize;
        if let Some([count, sum]) = cells.get_mut(slot..slot + 2) {
            *count += 1;
            *sum += code.wide();
        }
    }
}
