//! How do the codes of several dimensions become one number? Digit by digit in a mixed radix, in 32 bits where
//! that is enough.

use crate::codes::Code;
use crate::scan::Picked;

/// An integer that numbers groups.
pub(super) trait Digit: Copy {
    const ZERO: Self;
    fn add(self, digit: u64, weight: Self) -> Self;
    fn times(self, size: u64) -> Self;
}

impl Digit for u32 {
    const ZERO: Self = 0;
    fn add(self, digit: u64, weight: Self) -> Self {
        self + digit as u32 * weight
    }
    fn times(self, size: u64) -> Self {
        self.wrapping_mul(size as u32)
    }
}

impl Digit for u128 {
    const ZERO: Self = 0;
    fn add(self, digit: u64, weight: Self) -> Self {
        self + u128::from(digit) * weight
    }
    fn times(self, size: u64) -> Self {
        self.wrapping_mul(u128::from(size))
    }
}

pub(super) fn write_digits<C: Code, N: Digit, const ADD: bool>(
    codes: &[C],
    picked: &Picked<'_>,
    numbers: &mut [N],
    weight: N,
    digit: impl Fn(u64) -> u64,
) {
    match picked {
        Picked::Run(rows) => {
            for (number, code) in numbers.iter_mut().zip(&codes[rows.clone()]) {
                let so_far = if ADD { *number } else { N::ZERO };
                *number = so_far.add(digit(code.wide()), weight);
            }
        }
        Picked::List { start, offsets } => {
            let codes = &codes[*start..];
            for (number, offset) in numbers.iter_mut().zip(*offsets) {
                let so_far = if ADD { *number } else { N::ZERO };
                *number = so_far.add(digit(codes[*offset as usize].wide()), weight);
            }
        }
    }
}
