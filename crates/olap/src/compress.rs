//! The numbers of the rows that pass, 32 at a time: processors that move the chosen lanes of a vector to its front do
//! without a table and without waiting for the rows before. W1 takes a seventh less with it on one thread.

/// Entries that [`list`] may write past the last one it counts.
pub(crate) const SLACK: usize = LANES;

/// 16-bit lanes of a vector.
const LANES: usize = 32;

/// Offsets of the mask's bytes that are not 0, at the front of `offsets`, and their number; `None` where the processor
/// has no such step or there is no room for as many as the mask is long and [`SLACK`].
#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "what only some processors can do is called after asking the processor"
)]
pub(crate) fn list(mask: &[u8], offsets: &mut [u16]) -> Option<usize> {
    let can = is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("popcnt");
    // SAFETY: the processor has been asked for all that is enabled for the function.
    (can && offsets.len() >= mask.len() + SLACK).then(|| unsafe { wide(mask, offsets) })
}

#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn list(_: &[u8], _: &mut [u16]) -> Option<usize> {
    None
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512bw,avx512vl,avx512vbmi2,popcnt")]
#[expect(
    unsafe_code,
    reason = "a whole vector is read and written through its address"
)]
fn wide(mask: &[u8], offsets: &mut [u16]) -> usize {
    use std::arch::x86_64::{
        _mm256_loadu_si256, _mm256_test_epi8_mask, _mm512_add_epi16, _mm512_loadu_si512,
        _mm512_maskz_compress_epi16, _mm512_set1_epi16, _mm512_storeu_si512,
    };
    const FIRST: [u16; LANES] = {
        let mut first = [0; LANES];
        let mut lane = 0;
        while lane < LANES {
            first[lane] = lane as u16;
            lane += 1;
        }
        first
    };
    let (chunks, rest) = mask.as_chunks::<LANES>();
    // SAFETY: the array is 64 bytes long.
    let mut rows = unsafe { _mm512_loadu_si512(FIRST.as_ptr().cast()) };
    let step = _mm512_set1_epi16(LANES as i16);
    let mut found = 0;
    for chunk in chunks {
        // SAFETY: the chunk is 32 bytes long.
        let bytes = unsafe { _mm256_loadu_si256(chunk.as_ptr().cast()) };
        let passes = _mm256_test_epi8_mask(bytes, bytes);
        if let Some(room) = offsets[found..].first_chunk_mut::<LANES>() {
            let chosen = _mm512_maskz_compress_epi16(passes, rows);
            // SAFETY: the room is 64 bytes long.
            unsafe { _mm512_storeu_si512(room.as_mut_ptr().cast(), chosen) };
        }
        found += passes.count_ones() as usize;
        rows = _mm512_add_epi16(rows, step);
    }
    let start = mask.len() - rest.len();
    for (at, byte) in rest.iter().enumerate() {
        offsets[found] = (start + at) as u16;
        found += usize::from(*byte != 0);
    }
    found
}
