//! Memory that will be read soon. A column is read block by block in turn with others, and at the start of every
//! block the processor must learn anew that it is read on: told beforehand, W1 takes a quarter less on one thread.

use crate::codes::{Codes, each_width};
use std::ops::Range;

/// Bytes that are fetched at once.
const LINE: usize = 64;

/// Asks for codes to be brought into the processor's second cache; does not wait for them. Rows past the end count
/// for nothing.
pub(crate) fn fetch(codes: &Codes, rows: Range<usize>) {
    each_width!(codes, codes => prefetch(codes.get(rows).unwrap_or_default()));
}

/// Reads one value in every 64 bytes now: many waits for memory at the same time instead of one after the other.
pub(crate) fn touch(values: &[i32]) {
    let lines = values.iter().step_by(LINE / size_of::<i32>());
    std::hint::black_box(lines.fold(0, |all, value| all | value));
}

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "there is no other way to ask for memory without waiting for it"
)]
fn prefetch<T>(values: &[T]) {
    use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
    for line in values.chunks(LINE / size_of::<T>()) {
        // SAFETY: the address is that of a value; besides, a prefetch never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast()) }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn prefetch<T>(_: &[T]) {}
