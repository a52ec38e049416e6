//! Where are the rows? Their quadkeys in order with what finds the rows of a quad, their coordinates, and boxes around
//! neighbours.

mod tree;

use crate::area::Places;
use crate::column::STEP;
use geocrm_domain::{BBox, LngLat};
use rayon::prelude::*;
use std::ops::Range;
use tree::{Node, Tree};

/// Rows between two marks: their quadkeys fill eight cache lines.
pub(crate) const MARK: usize = 64;

/// Positions of the placed rows with running sums of longitude and latitude at every [`STEP`] rows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Positions {
    pub(crate) quadkeys: Vec<u64>,
    pub(crate) lng_e7: Vec<i32>,
    pub(crate) lat_e7: Vec<i32>,
    sums: Vec<(i64, i64)>,
    /// Every [`MARK`]th quadkey.
    marks: Vec<u64>,
    /// Boxes around every [`MARK`] rows.
    boxes: Vec<BBox>,
    tree: Tree,
}

/// Sorted quadkeys, searched through their marks first, which stay in the processor's cache.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quadkeys<'a> {
    all: &'a [u64],
    marks: &'a [u64],
    tree: &'a Tree,
}

/// A square of the quadkey space with its rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    /// Quadkey without the `2 * shift` low bits.
    pub(crate) prefix: u64,
    pub(crate) shift: u32,
    pub(crate) start: usize,
    pub(crate) end: usize,
    node: Option<Node>,
}

impl Slice {
    /// Number of its rows.
    pub(crate) fn rows(&self) -> usize {
        self.end - self.start
    }
}

impl Quadkeys<'_> {
    /// First row of a range whose quadkey is `key` or more; the range's end when there is none.
    pub(crate) fn first_from(&self, key: u64, rows: Range<usize>) -> usize {
        let marks = rows.start.div_ceil(MARK)..rows.end.div_ceil(MARK);
        let (mut start, mut end) = (rows.start, rows.end);
        if marks.start < marks.end {
            let before = self.marks[marks.clone()].partition_point(|mark| *mark < key);
            if before > 0 {
                start = (marks.start + before - 1) * MARK;
            }
            if marks.start + before < marks.end {
                end = (marks.start + before) * MARK;
            }
        }
        start + self.all[start..end].partition_point(|at| *at < key)
    }

    /// All rows.
    pub(crate) fn whole(&self) -> Slice {
        Slice {
            prefix: 0,
            shift: 32,
            start: 0,
            end: self.all.len(),
            node: self.tree.root(),
        }
    }

    /// The four quads of the next level in quadkey order: north-west, north-east, south-west, south-east. Only of a
    /// quad that is larger than a cell.
    pub(crate) fn quarters(&self, slice: &Slice) -> [Slice; 4] {
        let shift = slice.shift - 1;
        let rows = || slice.start..slice.end;
        let after = |part: u64| (((slice.prefix << 2) | part) + 1) << (2 * shift);
        let borders = match slice.node {
            Some(node) => self.tree.borders(node),
            None => [0, 1, 2].map(|part| self.first_from(after(part), rows())),
        };
        let ends = [borders[0], borders[1], borders[2], slice.end];
        let mut start = slice.start;
        std::array::from_fn(|part| {
            let quarter = Slice {
                prefix: (slice.prefix << 2) | part as u64,
                shift,
                start,
                end: ends[part],
                node: slice.node.and_then(|node| self.tree.quarter(node, part)),
            };
            start = ends[part];
            quarter
        })
    }
}

impl Positions {
    pub(crate) fn new(quadkeys: Vec<u64>, lng_e7: Vec<i32>, lat_e7: Vec<i32>) -> Self {
        let mut out = Self {
            sums: vec![(0, 0)],
            marks: quadkeys.iter().step_by(MARK).copied().collect(),
            boxes: boxes(&lng_e7, &lat_e7),
            tree: Tree::default(),
            quadkeys,
            lng_e7,
            lat_e7,
        };
        out.tree = Tree::over(&out.search());
        let mut at = (0, 0);
        for start in (0..out.lng_e7.len()).step_by(STEP) {
            let part = out.read_sum(start..(start + STEP).min(out.lng_e7.len()));
            at = (at.0 + part.0, at.1 + part.1);
            out.sums.push(at);
        }
        out
    }

    pub(crate) fn search(&self) -> Quadkeys<'_> {
        Quadkeys {
            all: &self.quadkeys,
            marks: &self.marks,
            tree: &self.tree,
        }
    }

    pub(crate) fn places(&self) -> Places<'_> {
        Places {
            quadkeys: self.search(),
            boxes: &self.boxes,
            lng_e7: &self.lng_e7,
            lat_e7: &self.lat_e7,
        }
    }

    fn read_sum(&self, rows: Range<usize>) -> (i64, i64) {
        let sum = |values: &[i32]| values.iter().map(|v| i64::from(*v)).sum::<i64>();
        (sum(&self.lng_e7[rows.clone()]), sum(&self.lat_e7[rows]))
    }

    /// Sums of longitude and latitude in 1e-7 degrees; they fit for any number of rows below 2^32.
    pub(crate) fn sum(&self, rows: Range<usize>) -> (i64, i64) {
        let (first, last) = (rows.start.div_ceil(STEP), rows.end / STEP);
        if first >= last {
            return self.read_sum(rows);
        }
        let head = self.read_sum(rows.start..first * STEP);
        let tail = self.read_sum(last * STEP..rows.end);
        let (from, to) = (self.sums[first], self.sums[last]);
        (
            to.0 - from.0 + head.0 + tail.0,
            to.1 - from.1 + head.1 + tail.1,
        )
    }

    /// Of the quadkeys and what finds rows by them.
    pub(crate) fn quadkey_bytes(&self) -> usize {
        size_of_val(self.quadkeys.as_slice())
            + size_of_val(self.marks.as_slice())
            + size_of_val(self.boxes.as_slice())
            + self.tree.bytes()
    }

    /// Of the longitudes and the running sums.
    pub(crate) fn longitude_bytes(&self) -> usize {
        size_of_val(self.lng_e7.as_slice()) + size_of_val(self.sums.as_slice())
    }
}

fn boxes(lng_e7: &[i32], lat_e7: &[i32]) -> Vec<BBox> {
    let extremes = |values: &[i32]| {
        let each = || values.iter().copied();
        (each().min().unwrap_or(0), each().max().unwrap_or(0))
    };
    let chunks = lng_e7.par_chunks(MARK).zip(lat_e7.par_chunks(MARK));
    let boxes = chunks.map(|(lng_e7, lat_e7)| {
        let ((west, east), (south, north)) = (extremes(lng_e7), extremes(lat_e7));
        BBox {
            min: LngLat::from_e7(west, south),
            max: LngLat::from_e7(east, north),
        }
    });
    boxes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searching_through_marks_finds_what_a_plain_search_finds() {
        let keys: Vec<u64> = (0..1_000u64).map(|i| i / 7 * 3).collect();
        let positions = Positions::new(keys.clone(), vec![0; 1_000], vec![0; 1_000]);
        for start in (0..1_000).step_by(37) {
            for end in (start..=1_000).step_by(41) {
                for key in (0..440).step_by(5) {
                    let plain = start + keys[start..end].partition_point(|k| *k < key);
                    assert_eq!(positions.search().first_from(key, start..end), plain);
                }
            }
        }
    }

    #[test]
    fn quarters_of_a_quad_part_its_rows_as_a_search_does() {
        // Many rows in one cell, many far apart, some at either end of the globe.
        let mut keys: Vec<u64> = (0..20_000u64).map(|i| i.wrapping_mul(i) << 30).collect();
        keys.extend([0, 1, u64::MAX, u64::MAX - 1]);
        keys.extend(vec![7 << 50; 5_000]);
        keys.sort_unstable();
        let zeros = vec![0; keys.len()];
        let positions = Positions::new(keys.clone(), zeros.clone(), zeros);
        let search = positions.search();
        let (mut open, mut seen) = (vec![search.whole()], 0);
        while let Some(slice) = open.pop() {
            seen += 1;
            let first = slice.prefix.checked_shl(2 * slice.shift).unwrap_or(0);
            let last = first | u64::MAX.checked_shr(64 - 2 * slice.shift).unwrap_or(0);
            let start = keys.partition_point(|key| *key < first);
            let end = keys.partition_point(|key| *key <= last);
            assert_eq!((slice.start, slice.end), (start, end), "{slice:?}");
            if slice.shift > 0 && start < end {
                open.extend(search.quarters(&slice));
            }
        }
        assert!(seen > 100_000);
    }
}
