//! How are edits merged into a table? The edited rows go into a copy of the columns: stretches between edits
//! are copied as they are, codes move only where a dictionary grew, and the block figures are made anew. The
//! former snapshot stays as it was, for those who still read it.

use crate::build::{Stage, Staging, int_code, levels};
use crate::codes::{Code, Codes, each_width, push_all};
use crate::column::{Column, Meaning};
use crate::cube::{CubeData, Key, KeyColumn};
use crate::dictionary::Dictionary;
use crate::error::OlapError;
use crate::hash::{IntMap, IntSet};
use crate::level::Former;
use crate::positions::Positions;
use geocrm_domain::batch::{CubeBatch, Keys};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// A stretch of the new snapshot.
#[derive(Debug, Clone)]
enum Stretch {
    /// Rows of the former snapshot.
    Kept(Range<usize>),
    /// One row of the edits.
    Added(u32),
}

impl CubeData {
    /// The snapshot after some records went and others came or changed. A record in both is there
    /// afterwards; keys that are not there are ignored; of a key that comes twice the last row counts.
    /// Answers are those of a cube built afresh.
    pub fn apply(&self, removed: &Keys, upserts: CubeBatch) -> Result<Self, OlapError> {
        let mut staging = Staging::new(self.cube());
        staging.push(&upserts)?;
        drop(upserts);
        let mut last: IntMap<Key, u32> = IntMap::default();
        for row in 0..staging.places.len() {
            last.insert(key_at(&staging.keys, row), row as u32);
        }
        let mut gone: IntSet<Key> = last.keys().copied().collect();
        gone.extend((0..removed.len()).map(|row| key_at(removed, row)));
        let (added, placed) = staging.ordered(last.into_values().collect());
        let (stretches, kept_places) = self.stretches(&staging, &added, placed, &gone);
        let rows = stretches.iter().map(Stretch::len).sum();
        let positions = self.next_positions(&staging, &added[..placed], &stretches[..kept_places]);
        let keys = match (self.key_column(), &staging.keys) {
            (KeyColumn::Uuid(old), Keys::Uuid(new)) => {
                KeyColumn::Uuid(splice(&stretches, rows, old, |row| new[row as usize]))
            }
            (_, new) => {
                let mut keys = Vec::with_capacity(rows);
                for stretch in &stretches {
                    match stretch {
                        Stretch::Kept(kept) => {
                            keys.extend(kept.clone().map(|row| int(self.key(row))));
                        }
                        Stretch::Added(row) => keys.push(int(key_at(new, *row as usize))),
                    }
                }
                KeyColumn::from_ints(&keys)
            }
        };
        let next: Vec<(Column, Option<Vec<u32>>)> = self
            .columns()
            .par_iter()
            .zip(staging.columns.into_par_iter())
            .map(|(column, stage)| next_column(column, &stage, &stretches, rows))
            .collect();
        let (columns, moved): (Vec<Column>, Vec<Option<Vec<u32>>>) = next.into_iter().unzip();
        let levels = levels(self.cube(), &columns, self.regions(), |at| {
            let level = &self.levels()[at];
            Some(Former {
                level,
                top: self.columns()[level.column].top,
                moved: moved[level.column].as_deref(),
            })
        });
        Ok(Self::assemble(
            self.cube(),
            self.regions().clone(),
            keys,
            positions,
            columns,
            levels,
        ))
    }

    /// The new snapshot as stretches of the old one and added rows, and how many of them have a place.
    fn stretches(
        &self,
        staging: &Staging,
        added: &[(u64, u32)],
        placed: usize,
        gone: &IntSet<Key>,
    ) -> (Vec<Stretch>, usize) {
        let absent = self.present().complement(self.len());
        let absent = absent.ranges().iter();
        let mut dropped: Vec<usize> = absent
            .flat_map(|(start, end)| *start as usize..*end as usize)
            .chain(gone.iter().filter_map(|key| self.row_of(*key)))
            .collect();
        dropped.sort_unstable();
        dropped.push(usize::MAX);
        let mut dropped = dropped.as_slice();
        let mut out = Vec::new();
        let mut keep = |out: &mut Vec<Stretch>, mut from: usize, to: usize| {
            while from < to {
                let next = dropped[0].min(to);
                if from < next {
                    out.push(Stretch::Kept(from..next));
                }
                from = next;
                if from < to && from == dropped[0] {
                    from += 1;
                    dropped = &dropped[1..];
                }
            }
        };
        let mut at = 0;
        let quadkeys = &self.positions().quadkeys;
        let compare =
            |row: usize, new: u32| self.key(row).cmp(&key_at(&staging.keys, new as usize));
        for &(quadkey, new) in &added[..placed] {
            let rest = at..self.placed();
            let before = |row: usize| {
                quadkeys[row]
                    .cmp(&quadkey)
                    .then_with(|| compare(row, new))
                    .is_lt()
            };
            let to = first_not(rest, before);
            keep(&mut out, at, to);
            at = at.max(to);
            out.push(Stretch::Added(new));
        }
        keep(&mut out, at, self.placed());
        let with_place = out.len();
        at = self.placed();
        for &(_, new) in &added[placed..] {
            let to = first_not(at..self.len(), |row| compare(row, new).is_lt());
            keep(&mut out, at, to);
            at = at.max(to);
            out.push(Stretch::Added(new));
        }
        keep(&mut out, at, self.len());
        (out, with_place)
    }

    fn next_positions(
        &self,
        staging: &Staging,
        added: &[(u64, u32)],
        stretches: &[Stretch],
    ) -> Positions {
        let rows = stretches.iter().map(Stretch::len).sum();
        let old = self.positions();
        let quadkeys: IntMap<u32, u64> = added
            .iter()
            .map(|(quadkey, row)| (*row, *quadkey))
            .collect();
        let place = |row: u32| staging.places[row as usize];
        Positions::new(
            splice(stretches, rows, &old.quadkeys, |row| quadkeys[&row]),
            splice(stretches, rows, &old.lng_e7, |row| {
                place(row).map_or(0, |p| p.lng_e7)
            }),
            splice(stretches, rows, &old.lat_e7, |row| {
                place(row).map_or(0, |p| p.lat_e7)
            }),
        )
    }
}

impl Stretch {
    fn len(&self) -> usize {
        match self {
            Self::Kept(rows) => rows.len(),
            Self::Added(_) => 1,
        }
    }
}

fn int(key: Key) -> i64 {
    match key {
        Key::Int(key) => key,
        Key::Uuid(_) => 0,
    }
}

fn key_at(keys: &Keys, row: usize) -> Key {
    match keys {
        Keys::Int(keys) => Key::Int(keys[row]),
        Keys::Uuid(keys) => Key::Uuid(keys[row]),
    }
}

/// First row of a range, sorted by `before`, for which it fails.
fn first_not(rows: Range<usize>, before: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (rows.start, rows.end);
    while low < high {
        let middle = usize::midpoint(low, high);
        if before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

fn splice<T: Copy>(
    stretches: &[Stretch],
    rows: usize,
    old: &[T],
    new: impl Fn(u32) -> T,
) -> Vec<T> {
    let mut out = Vec::with_capacity(rows);
    for stretch in stretches {
        match stretch {
            Stretch::Kept(kept) => out.extend_from_slice(&old[kept.clone()]),
            Stretch::Added(row) => out.push(new(*row)),
        }
    }
    out
}

/// Codes of the new snapshot: as they were unless `map` moves them or they need another width.
fn splice_codes(
    stretches: &[Stretch],
    rows: usize,
    old: &Codes,
    top: u64,
    map: Option<&dyn Fn(u64) -> u64>,
    new: impl Fn(u32) -> u64,
) -> Codes {
    let mut out = Codes::with_capacity(top, rows);
    match (&mut out, old, map) {
        (Codes::U8(out), Codes::U8(old), None) => {
            *out = splice(stretches, rows, old, |r| new(r) as u8);
        }
        (Codes::U16(out), Codes::U16(old), None) => {
            *out = splice(stretches, rows, old, |r| new(r) as u16);
        }
        (Codes::U32(out), Codes::U32(old), None) => {
            *out = splice(stretches, rows, old, |r| new(r) as u32);
        }
        (Codes::U64(out), Codes::U64(old), None) => *out = splice(stretches, rows, old, new),
        (out, old, map) => {
            let moved = |code: u64| map.map_or(code, |map| map(code));
            each_width!(out, out => each_width!(old, old => for stretch in stretches {
                match stretch {
                    Stretch::Kept(kept) => {
                        push_all(out, old[kept.clone()].iter().map(|c| moved(c.wide())));
                    }
                    Stretch::Added(row) => out.push(Code::narrow(new(*row))),
                }
            }));
        }
    }
    out
}

/// The column after the edits, and where its codes moved.
fn next_column(
    column: &Column,
    stage: &Stage,
    stretches: &[Stretch],
    rows: usize,
) -> (Column, Option<Vec<u32>>) {
    match (&column.meaning, stage) {
        (Meaning::Dictionary(dictionary), stage) => {
            let members = stage
                .members()
                .into_iter()
                .map(|(member, _)| member)
                .collect();
            let (dictionary, moved): (Arc<Dictionary>, _) = match dictionary.grown(members) {
                Some(merged) => (Arc::new(merged.dictionary), merged.moved),
                None => (dictionary.clone(), None),
            };
            let ranks = stage.ranks(&dictionary);
            let arrived = stage.arrived();
            let top = dictionary.len() as u64;
            let new = |row: u32| u64::from(ranks[arrived[row as usize] as usize]);
            let map = moved
                .as_ref()
                .map(|moved| |code: u64| u64::from(moved[code as usize]));
            let map = map.as_ref().map(|map| map as &dyn Fn(u64) -> u64);
            let codes = splice_codes(stretches, rows, &column.codes, top, map, new);
            (
                Column::new(codes, top, Meaning::Dictionary(dictionary)),
                moved,
            )
        }
        (Meaning::Offset { base }, Stage::Int(ints)) => {
            let old = (column.top > 0).then(|| (*base, base.wrapping_add((column.top - 1) as i64)));
            let (low, high) = match (old, ints.bounds()) {
                (Some(a), Some(b)) => (a.0.min(b.0), a.1.max(b.1)),
                (Some(bounds), None) | (None, Some(bounds)) => bounds,
                (None, None) => (0, -1),
            };
            let top = high.wrapping_sub(low).wrapping_add(1) as u64;
            let up = base.wrapping_sub(low) as u64;
            let shift = |code: u64| if code == 0 { 0 } else { code.wrapping_add(up) };
            let map = (up > 0).then_some(&shift as &dyn Fn(u64) -> u64);
            let new = |row: u32| int_code(ints.get(row as usize), low);
            let codes = splice_codes(stretches, rows, &column.codes, top, map, new);
            (Column::new(codes, top, Meaning::Offset { base: low }), None)
        }
        (Meaning::Offset { .. }, _) => (column.clone(), None),
    }
}
