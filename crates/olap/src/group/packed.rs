//! The commonest questions, a count or a count and a sum by one column, in one pass. Count and sum of a group share one
//! word, so that a row costs one addition to memory instead of two. Neighbours in the quadkey order, which mostly meet the
//! same group, take turns between two arrays, so that one does not wait for the other's addition.

use super::cells::Dense;
use super::{FULL_FIGURES, Layout, Part};
use crate::bind::Plan;
use crate::codes::{Code, each_width};
use crate::column::BLOCK;
use crate::cube::CubeData;
use crate::lanes::Lanes;
use crate::level::Derive;
use crate::scan::{CHEAP, Picked, Piece, each_piece};

/// Bits of the sum; the count has the rest.
const SUM_BITS: u32 = 40;
const ONE: u64 = 1 << SUM_BITS;
const SUM: u64 = ONE - 1;

/// Words of the groups, for the even and the odd rows, and where they are emptied into before one could overflow.
struct Words {
    even: Vec<u64>,
    odd: Vec<u64>,
    /// Rows that may still be added.
    room: u64,
    cells: Vec<u64>,
}

/// Rows that fit a word whatever group they fall into.
fn room(top: u64) -> u64 {
    (SUM / top.max(1)).min((1 << (u64::BITS - SUM_BITS)) - 1)
}

impl Layout<'_> {
    /// The column to sum, where this way is open: one column's own codes, one count and sum, many rows for the few
    /// groups and for a word.
    pub(super) fn packs(&self, data: &CubeData, rows: u64, lanes: &Lanes) -> Option<usize> {
        let column = lanes.count_and_sum_of(data)?;
        let [part] = &self.parts[..] else {
            return None;
        };
        let few = part.size.saturating_mul(8);
        let pays = rows >= few && room(data.columns()[column].top) >= few.max(BLOCK as u64);
        (pays && matches!(part.derive, Derive::Same)).then_some(column)
    }

    /// Whether the count alone is asked by one dimension with few groups for its many rows.
    pub(super) fn counts(&self, rows: u64, lanes: &Lanes) -> bool {
        let few = |part: &Part<'_>| {
            part.size <= FULL_FIGURES as u64 && rows >= part.size.saturating_mul(2)
        };
        lanes.count_only() && matches!(&self.parts[..], [part] if few(part))
    }

    /// Counts by one dimension, as [`Layout::counts`] allows.
    pub(super) fn counted_cells(
        &self,
        data: &CubeData,
        plan: &Plan,
        pieces: &[Piece],
        part: &Part<'_>,
    ) -> Dense {
        let groups = part.size as usize;
        let keys = &data.columns()[part.column].codes;
        // A cube has fewer than 2^32 rows.
        let counts = || [vec![0u32; groups], vec![0u32; groups]];
        let partials = each_piece(pieces, CHEAP, counts, |counts, scratch, piece| {
            plan.pick(data, piece, scratch, |picked| {
                if let (Picked::Run(rows), Some(group)) = (&picked, self.single(data, piece)) {
                    counts[0][group as usize] += rows.len() as u32;
                    return;
                }
                piece.fetch_ahead(picked.len(), [keys]);
                each_width!(keys, keys => match part.derive {
                    Derive::Same => count(keys, &picked, counts, |code| code - part.low),
                    Derive::Table { codes: table, .. } => each_width!(&**table, table => {
                        count(keys, &picked, counts, |code| table[code as usize].wide() - part.low);
                    }),
                    derive @ Derive::Steps(_) => {
                        count(keys, &picked, counts, |code| derive.code(code) - part.low);
                    }
                });
            });
        });
        let mut dense = Dense::new(groups, false);
        for [even, odd] in partials {
            for (cell, (even, odd)) in dense.cells.iter_mut().zip(even.iter().zip(&odd)) {
                *cell += u64::from(*even) + u64::from(*odd);
            }
        }
        dense.list_filled(1);
        dense
    }

    pub(super) fn packed_cells(
        &self,
        data: &CubeData,
        plan: &Plan,
        pieces: &[Piece],
        (part, column): (&Part<'_>, usize),
    ) -> Dense {
        let groups = part.size as usize;
        let (keys, values) = (&data.columns()[part.column].codes, &data.columns()[column]);
        let whole = room(values.top);
        let words = || Words {
            even: vec![0; groups],
            odd: vec![0; groups],
            room: whole,
            cells: vec![0; groups * 2],
        };
        let partials = each_piece(pieces, CHEAP, words, |words, scratch, piece| {
            plan.pick(data, piece, scratch, |picked| {
                let rows = picked.len() as u64;
                if rows > words.room {
                    words.empty();
                    words.room = whole;
                }
                words.room -= rows;
                if let (Picked::Run(rows), Some(group)) = (&picked, self.single(data, piece)) {
                    let sum = values.total(rows.clone()).codes as u64;
                    words.even[group as usize] += rows.len() as u64 * ONE + sum;
                    return;
                }
                piece.fetch_ahead(picked.len(), [keys, &values.codes]);
                each_width!(keys, keys => each_width!(&values.codes, values => {
                    words.add(keys, values, part.low, &picked);
                }));
            });
        });
        let mut dense = Dense::new(groups * 2, false);
        for mut partial in partials {
            partial.empty();
            for (cell, more) in dense.cells.iter_mut().zip(&partial.cells) {
                *cell += more;
            }
        }
        dense.list_filled(2);
        dense
    }
}

/// Adds one to the group of each picked row, even and odd rows apart.
fn count<K: Code>(
    keys: &[K],
    picked: &Picked<'_>,
    [even, odd]: &mut [Vec<u32>; 2],
    digit: impl Fn(u64) -> u64,
) {
    match picked {
        Picked::Run(rows) => {
            let keys = keys[rows.clone()].iter();
            add_one(keys.map(|key| digit(key.wide())), even, odd);
        }
        Picked::List { start, offsets } => {
            let keys = &keys[*start..];
            let keys = offsets.iter().map(|offset| keys[usize::from(*offset)]);
            add_one(keys.map(|key| digit(key.wide())), even, odd);
        }
    }
}

#[inline]
fn add_one(mut groups: impl Iterator<Item = u64>, even: &mut [u32], odd: &mut [u32]) {
    while let Some(group) = groups.next() {
        even[group as usize] += 1;
        if let Some(group) = groups.next() {
            odd[group as usize] += 1;
        }
    }
}

impl Words {
    fn empty(&mut self) {
        let words = self.even.iter_mut().zip(&mut self.odd);
        for (cell, (even, odd)) in self.cells.as_chunks_mut::<2>().0.iter_mut().zip(words) {
            let word = *even + *odd;
            cell[0] += word >> SUM_BITS;
            cell[1] += word & SUM;
            (*even, *odd) = (0, 0);
        }
    }

    fn add<K: Code, V: Code>(&mut self, keys: &[K], values: &[V], low: u64, picked: &Picked<'_>) {
        match picked {
            Picked::Run(rows) => {
                let rows = keys[rows.clone()].iter().zip(&values[rows.clone()]);
                self.add_all(rows.map(|(key, value)| (key.wide() - low, value.wide())));
            }
            Picked::List { start, offsets } => {
                let (keys, values) = (&keys[*start..], &values[*start..]);
                self.add_all(offsets.iter().map(|offset| {
                    let row = usize::from(*offset);
                    (keys[row].wide() - low, values[row].wide())
                }));
            }
        }
    }

    #[inline]
    fn add_all(&mut self, rows: impl Iterator<Item = (u64, u64)>) {
        let mut rows = rows;
        while let Some((group, value)) = rows.next() {
            self.even[group as usize] += ONE + value;
            if let Some((group, value)) = rows.next() {
                self.odd[group as usize] += ONE + value;
            }
        }
    }
}
