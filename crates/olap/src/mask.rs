//! Which rows of a stretch pass one predicate? One byte a row, 1 or 0: a form that the compiler turns into
//! wide comparisons and that conjunctions fold into as they go.

use crate::codes::{Code, Codes, each_width};
use crate::set::{Probe, Test};
use std::ops::Range;

/// Writes (or, with `AND`, multiplies in) whether each row passes.
pub(crate) fn apply<const AND: bool>(
    codes: &Codes,
    rows: Range<usize>,
    test: &Test,
    mask: &mut [u8],
) {
    each_width!(codes, slice => probe::<_, AND>(&slice[rows], test, mask));
}

fn probe<C: Code, const AND: bool>(codes: &[C], test: &Test, mask: &mut [u8]) {
    match &test.probe {
        Probe::Runs => match test.set.runs() {
            [] => mask.fill(0),
            [a] => runs::<C, 1, AND>(codes, [*a], mask),
            [a, b] => runs::<C, 2, AND>(codes, [*a, *b], mask),
            [a, b, c] => runs::<C, 3, AND>(codes, [*a, *b, *c], mask),
            [a, b, c, d] => runs::<C, 4, AND>(codes, [*a, *b, *c, *d], mask),
            [a, b, c, d, e, ..] => runs::<C, 5, AND>(codes, [*a, *b, *c, *d, *e], mask),
        },
        Probe::Table(table) => each::<C, AND>(codes, mask, |code| {
            table.get(code.wide() as usize).copied().unwrap_or(0)
        }),
        Probe::Bits(bits) => each::<C, AND>(codes, mask, |code| {
            let code = code.wide() as usize;
            (bits[code / 64] >> (code % 64)) as u8 & 1
        }),
        Probe::Search => {
            each::<C, AND>(codes, mask, |code| u8::from(test.set.contains(code.wide())))
        }
    }
}

fn each<C: Code, const AND: bool>(codes: &[C], mask: &mut [u8], pass: impl Fn(C) -> u8) {
    for (byte, code) in mask.iter_mut().zip(codes) {
        let passes = pass(*code);
        *byte = if AND { *byte & passes } else { passes };
    }
}

fn runs<C: Code, const N: usize, const AND: bool>(
    codes: &[C],
    runs: [(u64, u64); N],
    mask: &mut [u8],
) {
    // A run that starts past the width holds no code of the column.
    let bounds = runs.map(|(low, high)| {
        let fits = low <= C::MAX;
        let span = if fits { high.min(C::MAX) - low } else { 0 };
        (C::narrow(low), C::narrow(span), fits)
    });
    if bounds.iter().any(|(_, _, fits)| !fits) {
        let kept: Vec<(u64, u64)> = runs.into_iter().filter(|run| run.0 <= C::MAX).collect();
        return each::<C, AND>(codes, mask, |code| {
            u8::from(
                kept.iter()
                    .any(|(low, high)| (*low..=*high).contains(&code.wide())),
            )
        });
    }
    each::<C, AND>(codes, mask, |code| {
        let mut passes = 0;
        for (low, span, _) in bounds {
            passes |= u8::from(code.minus(low) <= span);
        }
        passes
    });
}

/// Multiplies one mask into another.
pub(crate) fn and(mask: &mut [u8], other: &[u8]) {
    for (byte, other) in mask.iter_mut().zip(other) {
        *byte &= other;
    }
}

/// Adds one mask to another.
pub(crate) fn or(mask: &mut [u8], other: &[u8]) {
    for (byte, other) in mask.iter_mut().zip(other) {
        *byte |= other;
    }
}

/// Offsets of the rows that pass, at the front of `offsets`; returns their number. `offsets` is at least
/// as long as the mask.
pub(crate) fn list(mask: &[u8], offsets: &mut [u16]) -> usize {
    let mut found = 0;
    let (words, tail) = mask.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let base = (index * 8) as u16;
        let mut word = u64::from_le_bytes(*word);
        while word != 0 {
            offsets[found] = base + (word.trailing_zeros() / 8) as u16;
            found += 1;
            word &= word - 1;
        }
    }
    let base = words.len() * 8;
    for (index, byte) in tail.iter().enumerate() {
        if *byte != 0 {
            offsets[found] = (base + index) as u16;
            found += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::CodeSet;

    #[test]
    fn every_probe_agrees_with_membership_at_every_width() {
        let sets = [
            vec![(3, 9)],
            vec![(0, 0), (5, 6), (200, 70_000)],
            (0..40).map(|i| (i * 6, i * 6 + 2)).collect(),
            vec![(300, 400), (70_000, u64::MAX)],
        ];
        for runs in sets {
            let set = CodeSet::from_runs(runs);
            for top in [255u64, 60_000, 1_000_000, 1 << 40] {
                let values: Vec<u64> = (0..1_000).map(|i| (i * 48_271) % (top + 1)).collect();
                let codes = Codes::collect(top, values.iter().copied());
                let test = Test::new(set.intersection(&CodeSet::run(0, top)), top);
                let mut mask = vec![9; values.len()];
                apply::<false>(&codes, 0..values.len(), &test, &mut mask);
                let plain: Vec<u8> = values.iter().map(|v| u8::from(set.contains(*v))).collect();
                assert_eq!(mask, plain);
                apply::<true>(&codes, 0..values.len(), &test, &mut mask);
                assert_eq!(mask, plain);
                let mut offsets = vec![0; mask.len()];
                let found = list(&mask, &mut offsets);
                assert_eq!(found, mask.iter().filter(|b| **b == 1).count());
                assert!(offsets[..found].iter().all(|o| mask[*o as usize] == 1));
            }
        }
    }
}
