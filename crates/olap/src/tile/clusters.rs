//! What do the cells of a tile's grid hold? Rows come in quadkey order, so a cell is one stretch of them: it is
//! filled, closed when the next begins, and never looked up again.

use crate::cube::{CubeData, Key};
use crate::error::OlapError;
use crate::lanes::Lanes;
use crate::scan::Picked;
use geocrm_domain::{LngLat, Number, Quadkey};

/// The records of one grid cell of a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Column and row of the grid cell, from the tile's north-west corner.
    pub cell: (u32, u32),
    pub count: u64,
    /// One per measure asked.
    pub values: Vec<Option<Number>>,
    /// Sums of longitude and latitude in 1e-7 degrees.
    pub(crate) sum_e7: (i64, i64),
    /// The record, where it is alone in its cell.
    pub only: Option<Key>,
}

impl Cluster {
    /// Mean of the places, rounded down to whole 1e-7 degrees.
    pub fn at(&self) -> LngLat {
        let mean = |sum: i64| sum.div_euclid(self.count as i64) as i32;
        LngLat::from_e7(mean(self.sum_e7.0), mean(self.sum_e7.1))
    }
}

/// The grid cell that is being filled.
pub(super) struct Open {
    number: u64,
    cell: Vec<u64>,
    lng: i64,
    lat: i64,
    first: usize,
}

/// Gathers rows, which come in quadkey order, cell by cell.
pub(super) struct Gather<'a> {
    pub(super) data: &'a CubeData,
    pub(super) lanes: &'a Lanes,
    pub(super) shift: u32,
    pub(super) mask: u32,
    pub(super) open: Option<Open>,
    pub(super) done: Vec<Cluster>,
}

impl Gather<'_> {
    fn number(&self, row: usize) -> u64 {
        let quadkey = self.data.positions().quadkeys[row];
        quadkey.checked_shr(self.shift).unwrap_or(0)
    }

    pub(super) fn add(&mut self, picked: &Picked<'_>) -> Result<(), OlapError> {
        match picked {
            Picked::Run(rows) => {
                let mut start = rows.start;
                while start < rows.end {
                    let number = self.number(start);
                    let same = (start..rows.end).len();
                    let end = start + partition(same, |i| self.number(start + i) == number);
                    let sum = self.data.positions().sum(start..end);
                    self.add_part(number, &Picked::Run(start..end), start, sum)?;
                    start = end;
                }
            }
            Picked::List { start, offsets } => {
                let mut rest = *offsets;
                while let Some(first) = rest.first() {
                    let first = start + usize::from(*first);
                    let number = self.number(first);
                    let same = |at: usize| self.number(start + usize::from(rest[at])) == number;
                    let (part, after) = rest.split_at(partition(rest.len(), same));
                    let positions = self.data.positions();
                    let sum = part.iter().fold((0, 0), |sum, offset| {
                        let row = start + usize::from(*offset);
                        let (lng, lat) = (positions.lng_e7[row], positions.lat_e7[row]);
                        (sum.0 + i64::from(lng), sum.1 + i64::from(lat))
                    });
                    let part = Picked::List {
                        start: *start,
                        offsets: part,
                    };
                    self.add_part(number, &part, first, sum)?;
                    rest = after;
                }
            }
        }
        Ok(())
    }

    fn add_part(
        &mut self,
        number: u64,
        picked: &Picked<'_>,
        first: usize,
        (lng, lat): (i64, i64),
    ) -> Result<(), OlapError> {
        if self.open.as_ref().is_none_or(|open| open.number != number) {
            self.close()?;
            self.open = Some(Open {
                number,
                cell: vec![0; self.lanes.width()],
                lng: 0,
                lat: 0,
                first,
            });
        }
        if let Some(open) = &mut self.open {
            self.lanes.add_to_one(self.data, picked, &mut open.cell);
            open.lng += lng;
            open.lat += lat;
        }
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), OlapError> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let (x, y) = Quadkey(open.number).cell();
        let count = open.cell[0];
        let values =
            (0..self.lanes.measures()).map(|m| self.lanes.number(self.data, m, &open.cell));
        self.done.push(Cluster {
            cell: (x & self.mask, y & self.mask),
            count,
            values: values.collect::<Result<_, _>>()?,
            sum_e7: (open.lng, open.lat),
            only: (count == 1).then(|| self.data.key(open.first)),
        });
        Ok(())
    }
}

/// How many of `0..len` come before the first for which `holds` fails: in ever longer steps, since most cells hold few.
fn partition(len: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut step) = (0, 1);
    while low + step <= len && holds(low + step - 1) {
        low += step;
        step *= 2;
    }
    let mut high = (low + step - 1).min(len);
    while low < high {
        let middle = usize::midpoint(low, high);
        if holds(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::partition;

    #[test]
    fn the_first_that_fails_is_found_wherever_it_is() {
        for len in 0..70 {
            for first in 0..=len {
                assert_eq!(partition(len, |at| at < first), first, "of {len}");
            }
        }
    }
}
