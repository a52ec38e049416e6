//! Which codes does a predicate accept? A sorted list of runs of codes, whatever the predicate was, and
//! the quickest test for it against a column.

use crate::column::Zone;

/// Inclusive runs, sorted, apart by at least one code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CodeSet {
    runs: Vec<(u64, u64)>,
}

impl CodeSet {
    /// From runs sorted by their start.
    pub(crate) fn from_runs(runs: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut out: Vec<(u64, u64)> = Vec::new();
        for (low, high) in runs {
            match out.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => out.push((low, high)),
            }
        }
        Self { runs: out }
    }

    /// The run from `low` to `high`, both inside; empty when they cross.
    pub(crate) fn run(low: u64, high: u64) -> Self {
        Self::from_runs((low <= high).then_some((low, high)))
    }

    pub(crate) fn runs(&self) -> &[(u64, u64)] {
        &self.runs
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(crate) fn is_all(&self, top: u64) -> bool {
        self.runs.first().is_some_and(|run| *run == (0, top))
    }

    pub(crate) fn contains(&self, code: u64) -> bool {
        let after = self.runs.partition_point(|run| run.0 <= code);
        after > 0 && self.runs[after - 1].1 >= code
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut runs = [self.runs.as_slice(), &other.runs].concat();
        runs.sort_unstable();
        Self::from_runs(runs)
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (mut i, mut j) = (0, 0);
        let mut out = Vec::new();
        while let (Some(a), Some(b)) = (self.runs.get(i), other.runs.get(j)) {
            let run = (a.0.max(b.0), a.1.min(b.1));
            if run.0 <= run.1 {
                out.push(run);
            }
            if a.1 < b.1 {
                i += 1;
            } else {
                j += 1;
            }
        }
        Self { runs: out }
    }

    /// The codes from `low` to `top` that are not in the set.
    pub(crate) fn complement(&self, low: u64, top: u64) -> Self {
        let mut out = Vec::new();
        let mut next = Some(low);
        for run in &self.runs {
            let Some(from) = next else { break };
            if run.0 > from {
                out.push((from, (run.0 - 1).min(top)));
            }
            next = run.1.checked_add(1).map(|after| after.max(from));
        }
        if let Some(from) = next
            && from <= top
        {
            out.push((from, top));
        }
        out.retain(|run| run.0 <= run.1);
        Self { runs: out }
    }
}

/// What is known of a stretch of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hit {
    None,
    Some,
    All,
}

/// Up to this many runs are compared one by one, which vectorises; more take a table.
const FEW_RUNS: usize = 5;

#[derive(Debug, Clone)]
pub(crate) enum Probe {
    Runs,
    /// 1 for every code accepted.
    Table(Vec<u8>),
    /// One bit a code.
    Bits(Vec<u64>),
    /// Binary search in the runs.
    Search,
}

/// A set made ready for a column.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) set: CodeSet,
    pub(crate) probe: Probe,
    /// The codes below 64 as bits.
    small: u64,
}

impl Test {
    pub(crate) fn new(set: CodeSet, top: u64) -> Self {
        let small = (0..64)
            .filter(|c| set.contains(*c))
            .fold(0, |bits, c| bits | (1 << c));
        let probe = if set.runs.len() <= FEW_RUNS {
            Probe::Runs
        } else if top < 1 << 16 {
            let mut table = vec![0; top as usize + 1];
            for &(low, high) in &set.runs {
                table[low as usize..=high as usize].fill(1);
            }
            Probe::Table(table)
        } else if top < 1 << 28 {
            let mut bits = vec![0u64; top as usize / 64 + 1];
            for &(low, high) in &set.runs {
                for code in low..=high {
                    bits[code as usize / 64] |= 1 << (code % 64);
                }
            }
            Probe::Bits(bits)
        } else {
            Probe::Search
        };
        Self { set, probe, small }
    }

    pub(crate) fn zone(&self, zone: &Zone) -> Hit {
        if zone.present != 0 {
            return if zone.present & self.small == 0 {
                Hit::None
            } else if zone.present & !self.small == 0 {
                Hit::All
            } else {
                Hit::Some
            };
        }
        let after = self.set.runs.partition_point(|run| run.0 <= zone.high);
        match after.checked_sub(1).map(|i| self.set.runs[i]) {
            Some((low, high)) if low <= zone.low && zone.high <= high => Hit::All,
            Some((_, high)) if high >= zone.low => Hit::Some,
            _ => Hit::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn set_algebra_equals_plain_membership() {
        let sets: Vec<CodeSet> = (0u64..64)
            .map(|seed| {
                CodeSet::from_runs(
                    (0..20u64)
                        .filter(|c| (seed.wrapping_mul(0x9E37_79B9) >> (c % 17)) & 1 == 1)
                        .map(|c| (c, c)),
                )
            })
            .collect();
        for a in &sets {
            for b in &sets {
                let (or, and, not) = (a.union(b), a.intersection(b), a.complement(1, 19));
                for c in 0..20 {
                    assert_eq!(or.contains(c), a.contains(c) || b.contains(c));
                    assert_eq!(and.contains(c), a.contains(c) && b.contains(c));
                    assert_eq!(not.contains(c), c > 0 && !a.contains(c));
                }
            }
        }
    }

    #[test]
    fn the_widest_code_does_not_overflow() {
        let set = CodeSet::run(5, u64::MAX);
        assert_eq!(set.complement(1, u64::MAX), CodeSet::run(1, 4));
        assert!(Test::new(set, u64::MAX).set.contains(u64::MAX));
    }
}
