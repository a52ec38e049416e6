//! One stored column: its codes, what they stand for, and per block the figures that let a query skip the
//! block or answer from it without reading a row.

use crate::codes::{Code, Codes, each_width};
use crate::dictionary::Dictionary;
use geocrm_domain::Value;
use multiversion::multiversion;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Rows of a block: the unit that zones describe and that one task reads.
pub(crate) const BLOCK: usize = 4096;
/// Rows between two running sums; a divisor of [`BLOCK`].
pub(crate) const STEP: usize = 512;

#[derive(Debug, Clone)]
pub(crate) enum Meaning {
    /// Code `c` is the integer `base + c - 1`.
    Offset {
        base: i64,
    },
    Dictionary(Arc<Dictionary>),
}

impl Meaning {
    pub(crate) fn value(&self, code: u64) -> Value {
        match self {
            Self::Offset { .. } if code == 0 => Value::Null,
            Self::Offset { base } => Value::Int(base.wrapping_add(code.wrapping_sub(1) as i64)),
            Self::Dictionary(dictionary) => dictionary.value(code),
        }
    }

    /// How many non-null codes up to `top` are smaller than the value: (strictly, or equal too). `None`
    /// for a value of another type.
    pub(crate) fn rank(&self, top: u64, value: &Value) -> Option<(u64, u64)> {
        match (self, value) {
            (Self::Offset { base }, Value::Int(int)) => {
                let below = i128::from(*int) - i128::from(*base);
                let clamp = |v: i128| v.clamp(0, i128::from(top)) as u64;
                Some((clamp(below), clamp(below + 1)))
            }
            (Self::Offset { .. }, _) => None,
            (Self::Dictionary(dictionary), value) => dictionary
                .rank(value)
                .map(|(before, through)| (before as u64, through as u64)),
        }
    }
}

/// What the codes of one block lie between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) low: u64,
    pub(crate) high: u64,
    /// Smallest non-null code; `u64::MAX` when every code is null.
    pub(crate) low_value: u64,
    /// Bit `c` for every code `c` present; only when `high` < 64, else 0.
    pub(crate) present: u64,
}

/// Running totals at every [`STEP`] rows: entry `i` is about the rows before `i * STEP`.
#[derive(Debug, Clone)]
pub(crate) struct Sums {
    codes: Vec<u128>,
    values: Vec<u32>,
}

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) codes: Codes,
    /// Largest code its meaning knows.
    pub(crate) top: u64,
    pub(crate) meaning: Meaning,
    pub(crate) zones: Vec<Zone>,
    pub(crate) has_null: bool,
    /// Only of integers, since nothing else is ever summed.
    pub(crate) sums: Option<Sums>,
}

/// Count of non-null codes and their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Total {
    pub(crate) codes: u128,
    pub(crate) values: u64,
}

impl Column {
    pub(crate) fn new(codes: Codes, top: u64, meaning: Meaning) -> Self {
        let zones: Vec<Zone> =
            each_width!(&codes, slice => slice.par_chunks(BLOCK).map(zone).collect());
        let sums = matches!(meaning, Meaning::Offset { .. }).then(|| running_sums(&codes));
        Self {
            has_null: zones.iter().any(|z| z.low == 0),
            codes,
            top,
            meaning,
            zones,
            sums,
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        let dictionary = match &self.meaning {
            Meaning::Offset { .. } => 0,
            Meaning::Dictionary(dictionary) => dictionary.bytes(),
        };
        let sums = self.sums.as_ref().map_or(0, |sums| 20 * sums.codes.len());
        self.codes.bytes() + dictionary + size_of_val(self.zones.as_slice()) + sums
    }

    /// Integer that code 1 stands for.
    pub(crate) fn base(&self) -> i64 {
        match self.meaning {
            Meaning::Offset { base } => base,
            Meaning::Dictionary(_) => 0,
        }
    }

    /// Sum and number of the non-null codes of a range of rows, read from the running sums but for its ends.
    pub(crate) fn total(&self, rows: Range<usize>) -> Total {
        let Some(sums) = &self.sums else {
            return self.read_total(rows);
        };
        let (first, last) = (rows.start.div_ceil(STEP), rows.end / STEP);
        if first >= last {
            return self.read_total(rows);
        }
        let head = self.read_total(rows.start..first * STEP);
        let tail = self.read_total(last * STEP..rows.end);
        Total {
            codes: sums.codes[last] - sums.codes[first] + head.codes + tail.codes,
            values: u64::from(sums.values[last] - sums.values[first]) + head.values + tail.values,
        }
    }

    /// What the codes of a range of rows add up to at most.
    pub(crate) fn sum_at_most(&self, rows: Range<usize>) -> u128 {
        let by_top = rows.len() as u128 * u128::from(self.top);
        self.sums.as_ref().map_or(by_top, |sums| {
            let last = rows.end.div_ceil(STEP);
            by_top.min(sums.codes[last] - sums.codes[rows.start / STEP])
        })
    }

    fn read_total(&self, rows: Range<usize>) -> Total {
        each_width!(&self.codes, codes => total(&codes[rows]))
    }

    /// Smallest and largest non-null code of a range of rows; `None` when all are null.
    pub(crate) fn extremes(&self, rows: Range<usize>) -> Option<(u64, u64)> {
        let (first, last) = (rows.start.div_ceil(BLOCK), rows.end / BLOCK);
        if first >= last {
            return self.read_extremes(rows);
        }
        let inner = self.zones[first..last]
            .iter()
            .filter(|z| z.high > 0)
            .map(|z| (z.low_value, z.high));
        [
            self.read_extremes(rows.start..first * BLOCK),
            self.read_extremes(last * BLOCK..rows.end),
        ]
        .into_iter()
        .flatten()
        .chain(inner)
        .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    fn read_extremes(&self, rows: Range<usize>) -> Option<(u64, u64)> {
        each_width!(&self.codes, codes => {
            let zone = zone(&codes[rows]);
            (zone.high > 0).then_some((zone.low_value, zone.high))
        })
    }
}

fn zone<C: Code>(codes: &[C]) -> Zone {
    let null = C::narrow(0);
    let widest = C::narrow(C::MAX);
    let (mut low, mut high, mut low_value) = (widest, null, widest);
    for &code in codes {
        low = low.min(code);
        high = high.max(code);
        // Null turns into the widest code, which only another widest code equals.
        low_value = low_value.min(if code == null { widest } else { code });
    }
    if codes.is_empty() {
        low = null;
    }
    let present = if high.wide() < 64 {
        codes
            .iter()
            .fold(0, |bits, code| bits | (1u64 << code.wide()))
    } else {
        0
    };
    Zone {
        low: low.wide(),
        high: high.wide(),
        low_value: if high == null {
            u64::MAX
        } else {
            low_value.wide()
        },
        present,
    }
}

#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
fn total<C: Code>(codes: &[C]) -> Total {
    let null = C::narrow(0);
    if size_of::<C>() == 8 {
        return Total {
            codes: codes.iter().map(|c| u128::from(c.wide())).sum(),
            values: codes.iter().map(|c| u64::from(*c != null)).sum(),
        };
    }
    let mut out = Total::default();
    for chunk in codes.chunks(BLOCK) {
        out.codes += if size_of::<C>() <= 2 {
            // A block of 16-bit codes sums up below 2^32.
            u128::from(chunk.iter().map(|c| c.wide() as u32).sum::<u32>())
        } else {
            u128::from(chunk.iter().map(|c| c.wide()).sum::<u64>())
        };
        out.values += u64::from(chunk.iter().map(|c| u32::from(*c != null)).sum::<u32>());
    }
    out
}

fn running_sums(codes: &Codes) -> Sums {
    let steps: Vec<Total> =
        each_width!(codes, slice => slice.par_chunks(STEP).map(total).collect());
    let mut sums = Sums {
        codes: Vec::with_capacity(steps.len() + 1),
        values: Vec::with_capacity(steps.len() + 1),
    };
    let (mut sum, mut values) = (0, 0);
    sums.codes.push(sum);
    sums.values.push(values);
    for step in steps {
        sum += step.codes;
        values += step.values as u32;
        sums.codes.push(sum);
        sums.values.push(values);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_and_extremes_equal_a_plain_loop() {
        let codes: Vec<u64> = (0..10_000u64).map(|i| (i * 7919) % 301).collect();
        let column = Column::new(
            Codes::collect(300, codes.iter().copied()),
            300,
            Meaning::Offset { base: -5 },
        );
        for (start, end) in [
            (0, 0),
            (0, 10_000),
            (1, 511),
            (511, 4097),
            (4096, 8192),
            (5, 9_999),
        ] {
            let rows = &codes[start..end];
            let plain = Total {
                codes: rows.iter().map(|c| u128::from(*c)).sum(),
                values: rows.iter().filter(|c| **c > 0).count() as u64,
            };
            assert_eq!(column.total(start..end), plain);
            let values = || rows.iter().copied().filter(|c| *c > 0);
            let extremes = values().min().zip(values().max());
            assert_eq!(column.extremes(start..end), extremes);
        }
    }
}
