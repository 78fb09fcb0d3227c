//! Byte search with the vectors of x86-64.

use std::arch::x86_64::{
    _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_epi64x, _mm256_set1_epi8,
};

use super::portable;

/// By bit whether a byte is a quote, a backslash or a control character.
#[inline]
#[target_feature(enable = "sse2")]
pub(super) fn string_stops(block: &[u8; 16]) -> u32 {
    let word = u128::from_le_bytes(*block);
    let v = _mm_set_epi64x((word >> 64) as i64, word as i64);
    let is = |byte: u8| _mm_cmpeq_epi8(v, _mm_set1_epi8(byte as i8));
    let control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
    let found = _mm_or_si128(_mm_or_si128(is(b'"'), is(b'\\')), control);
    _mm_movemask_epi8(found) as u32
}

#[target_feature(enable = "avx2")]
pub(super) fn positions(text: &[u8], set: [u8; 4], out: &mut Vec<u32>) {
    let [a, b, c, d] = set.map(|byte| _mm256_set1_epi8(byte as i8));
    let (blocks, _) = text.as_chunks::<32>();
    for (i, block) in blocks.iter().enumerate() {
        let (words, _) = block.as_chunks::<8>();
        let word = |k: usize| i64::from_le_bytes(words[k]);
        let v = _mm256_set_epi64x(word(3), word(2), word(1), word(0));
        let hits = _mm256_or_si256(
            _mm256_or_si256(_mm256_cmpeq_epi8(v, a), _mm256_cmpeq_epi8(v, b)),
            _mm256_or_si256(_mm256_cmpeq_epi8(v, c), _mm256_cmpeq_epi8(v, d)),
        );
        let mut mask = _mm256_movemask_epi8(hits) as u32;
        let base = (i * 32) as u32;
        while mask != 0 {
            out.push(base + mask.trailing_zeros());
            mask &= mask - 1;
        }
    }
    portable::positions(text, blocks.len() * 32, set, out);
}
