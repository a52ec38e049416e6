//! Which rows of a stretch pass one predicate? One byte a row, 1 or 0: a form that the compiler turns into
//! wide comparisons and that conjunctions fold into as they go. What every row goes through is compiled once more for
//! processors with 32-byte and 64-byte vectors and a bit counter, and chosen when the program runs.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is compiled for the oldest processors"
)]

use crate::codes::{Code, Codes, each_width};
use crate::compress;
pub(crate) use crate::compress::SLACK;
use crate::set::{Probe, Test};
use multiversion::multiversion;
use std::ops::Range;

/// Writes (or, with `AND`, multiplies in) whether each row passes.
#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
pub(crate) fn apply<const AND: bool>(
    codes: &Codes,
    rows: Range<usize>,
    test: &Test,
    mask: &mut [u8],
) {
    each_width!(codes, slice => probe::<_, AND>(&slice[rows], test, mask));
}

#[inline(always)]
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
            each::<C, AND>(codes, mask, |code| u8::from(test.set.contains(code.wide())));
        }
    }
}

#[inline(always)]
fn each<C: Code, const AND: bool>(codes: &[C], mask: &mut [u8], pass: impl Fn(C) -> u8) {
    for (byte, code) in mask.iter_mut().zip(codes) {
        let passes = pass(*code);
        *byte = if AND { *byte & passes } else { passes };
    }
}

#[inline(always)]
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
#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
pub(crate) fn and(mask: &mut [u8], other: &[u8]) {
    for (byte, other) in mask.iter_mut().zip(other) {
        *byte &= other;
    }
}

/// Adds one mask to another.
#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
pub(crate) fn or(mask: &mut [u8], other: &[u8]) {
    for (byte, other) in mask.iter_mut().zip(other) {
        *byte |= other;
    }
}

/// Number of rows that pass.
#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
pub(crate) fn count(mask: &[u8]) -> u64 {
    let chunks = mask.chunks(usize::from(u8::MAX));
    chunks
        .map(|chunk| u64::from(chunk.iter().sum::<u8>()))
        .sum()
}

/// Sum of the codes of the rows that pass; of their lower halves when they are 64 bits wide.
#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
pub(crate) fn sum<C: Code>(codes: &[C], mask: &[u8]) -> u64 {
    let pairs = codes.iter().zip(mask);
    if size_of::<C>() <= 2 && codes.len() <= 1 << 16 {
        // 2^16 codes below 2^16 fit 32 bits, which makes twice as many lanes.
        let part = |(code, byte): (&C, &u8)| code.wide() as u32 & 0u32.wrapping_sub((*byte).into());
        return pairs.map(part).sum::<u32>().into();
    }
    let part = |(code, byte): (&C, &u8)| {
        let code = code.wide() & u64::from(u32::MAX);
        code & 0u64.wrapping_sub((*byte).into())
    };
    pairs.map(part).sum()
}

/// Number of rows that pass and are not null.
#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
pub(crate) fn count_values<C: Code>(codes: &[C], mask: &[u8]) -> u64 {
    let null = C::narrow(0);
    let chunks = codes.chunks(255).zip(mask.chunks(255));
    chunks
        .map(|(codes, mask)| {
            let pairs = codes.iter().zip(mask);
            u64::from(
                pairs
                    .map(|(code, byte)| u8::from(*code != null) & byte)
                    .sum::<u8>(),
            )
        })
        .sum()
}

/// Positions of the set bits of every byte, at the front.
const POSITIONS: [[u16; 8]; 256] = positions();

const fn positions() -> [[u16; 8]; 256] {
    let mut out = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut found) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                out[byte][found] = bit;
                found += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    out
}

/// Offsets of the rows that pass, at the front of `offsets`; returns their number. `offsets` is longer than
/// the mask by [`SLACK`].
pub(crate) fn list(mask: &[u8], offsets: &mut [u16]) -> usize {
    compress::list(mask, offsets).unwrap_or_else(|| look_up(mask, offsets))
}

/// Eight rows at a time are looked up in a table, so that nothing is guessed by branch prediction.
#[multiversion(targets(
    "x86_64+avx+avx2+avx512f+avx512bw+avx512cd+avx512dq+avx512vl+bmi1+bmi2+lzcnt+popcnt",
    "x86_64+avx+avx2+bmi1+bmi2+lzcnt+popcnt"
))]
fn look_up(mask: &[u8], offsets: &mut [u16]) -> usize {
    // Gathers the lowest bits of eight bytes into the highest byte.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut found = 0;
    let (words, tail) = mask.as_chunks::<8>();
    let mut base = 0;
    for word in words {
        let bits = u64::from_le_bytes(*word).wrapping_mul(GATHER) >> 56;
        if let Some(room) = offsets[found..].first_chunk_mut::<8>() {
            *room = POSITIONS[bits as usize].map(|position| base + position);
        }
        found += bits.count_ones() as usize;
        base += 8;
    }
    for byte in tail {
        offsets[found] = base;
        found += usize::from(*byte);
        base += 1;
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
                let mut offsets = vec![0; mask.len() + SLACK];
                for list in [list, look_up] {
                    offsets.fill(9_999);
                    let found = list(&mask, &mut offsets);
                    let passing = (0u16..).zip(&mask).filter(|(_, byte)| **byte == 1);
                    let passing: Vec<u16> = passing.map(|(row, _)| row).collect();
                    assert_eq!(offsets[..found], passing);
                }
            }
        }
    }
}
