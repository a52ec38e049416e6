//! Rows as sorted, disjoint ranges of row numbers: what a polygon or a tile selects in a table that lies
//! in quadkey order.

use crate::set::Hit;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RowSet {
    /// Half-open, apart by at least one row.
    ranges: Vec<(u32, u32)>,
}

impl RowSet {
    pub(crate) fn range(start: usize, end: usize) -> Self {
        let mut out = Self::default();
        out.push(start, end);
        out
    }

    pub(crate) fn ranges(&self) -> &[(u32, u32)] {
        &self.ranges
    }

    pub(crate) fn len(&self) -> u64 {
        self.ranges.iter().map(|(s, e)| u64::from(e - s)).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Adds a range that starts at or after the end of the last one.
    pub(crate) fn push(&mut self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let (start, end) = (start as u32, end as u32);
        match self.ranges.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => self.ranges.push((start, end)),
        }
    }

    /// Adds the ranges of another set, which lie behind its own.
    pub(crate) fn extend(&mut self, ranges: &[(u32, u32)]) {
        for &(start, end) in ranges {
            self.push(start as usize, end as usize);
        }
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (mut i, mut j) = (0, 0);
        let mut out = Self::default();
        while let (Some(a), Some(b)) = (self.ranges.get(i), other.ranges.get(j)) {
            out.push(a.0.max(b.0) as usize, a.1.min(b.1) as usize);
            if a.1 < b.1 {
                i += 1;
            } else {
                j += 1;
            }
        }
        out
    }

    /// The rows before `end` that are not in the set.
    pub(crate) fn complement(&self, end: usize) -> Self {
        let mut out = Self::default();
        let mut next = 0;
        for &(start, stop) in &self.ranges {
            out.push(next, start as usize);
            next = stop as usize;
        }
        out.push(next, end);
        out
    }

    pub(crate) fn contains(&self, row: usize) -> bool {
        self.ranges
            .get(self.first_after(row))
            .is_some_and(|(start, _)| *start as usize <= row)
    }

    /// Index of the first range that ends after `row`.
    pub(crate) fn first_after(&self, row: usize) -> usize {
        self.ranges.partition_point(|(_, end)| *end as usize <= row)
    }

    /// Marks the rows of the set within `start..start + mask.len()`.
    pub(crate) fn mark(&self, start: usize, mask: &mut [u8]) -> Hit {
        let end = start + mask.len();
        let first = self.first_after(start);
        match self.ranges.get(first) {
            Some(&(from, to)) if from as usize <= start && to as usize >= end => return Hit::All,
            Some(&(from, _)) if (from as usize) < end => {}
            _ => return Hit::None,
        }
        mask.fill(0);
        for &(from, to) in &self.ranges[first..] {
            if from as usize >= end {
                break;
            }
            let from = (from as usize).max(start) - start;
            let to = (to as usize).min(end) - start;
            mask[from..to].fill(1);
        }
        Hit::Some
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_algebra_equals_plain_membership() {
        let set = |bits: u32| {
            let mut out = RowSet::default();
            for row in (0..16).filter(|row| bits >> row & 1 == 1) {
                out.push(row, row + 1);
            }
            out
        };
        for a in (0..1 << 16).step_by(613) {
            assert_eq!(set(a).complement(16), set(!a & 0xFFFF));
            for b in (0..1 << 16).step_by(1_931) {
                assert_eq!(set(a).intersection(&set(b)), set(a & b));
            }
        }
    }
}
