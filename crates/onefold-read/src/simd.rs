//! Byte search that the crates do not offer: positions of any of four bytes, and the end of a JSON string.

/// Appends the positions of every byte of `text` that is in `set`, in order.
pub(crate) fn positions(text: &[u8], set: [u8; 4], out: &mut Vec<u32>) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        #[expect(unsafe_code, reason = "calling a function compiled for AVX2")]
        // SAFETY: the processor has AVX2, asked in the line above.
        unsafe {
            return x86::positions(text, set, out);
        }
    }
    positions_portable(text, 0, set, out);
}

fn positions_portable(text: &[u8], from: usize, set: [u8; 4], out: &mut Vec<u32>) {
    let mut is_in = [false; 256];
    for b in set {
        is_in[b as usize] = true;
    }
    for (i, b) in text.iter().enumerate().skip(from) {
        if is_in[*b as usize] {
            out.push(i as u32);
        }
    }
}

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// First position at or after `from` of a quote, a backslash or a control character; the length where there is none.
#[inline]
pub(crate) fn string_stop(text: &[u8], from: usize) -> usize {
    let mut at = from;
    #[cfg(target_arch = "x86_64")]
    while let Some(block) = text.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        #[expect(unsafe_code, reason = "calling a function compiled for SSE2")]
        // SAFETY: every x86-64 has SSE2.
        let found = unsafe { x86::string_stops(block) };
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += 16;
    }
    while let Some(eight) = text.get(at..at + 8) {
        let word = u64::from_le_bytes(eight.try_into().unwrap_or_default());
        let quote = word ^ (LOW * b'"' as u64);
        let slash = word ^ (LOW * b'\\' as u64);
        // A zero byte borrows from its high bit; bytes of 0x80 and above never count as control characters.
        let found = (quote.wrapping_sub(LOW) & !quote)
            | (slash.wrapping_sub(LOW) & !slash)
            | (word.wrapping_sub(LOW * 0x20) & !word);
        let found = found & HIGH;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while at < text.len() {
        let b = text[at];
        if b == b'"' || b == b'\\' || b < 0x20 {
            return at;
        }
        at += 1;
    }
    at
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8, _mm256_cmpeq_epi8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_epi64x,
        _mm256_set1_epi8,
    };

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
        super::positions_portable(text, blocks.len() * 32, set, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn positions_equal_the_plain_search(text in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), Just(b'"'), any::<u8>()], 0..300)) {
            let set = [b',', b'\n', b'\r', b'"'];
            let mut found = Vec::new();
            positions(&text, set, &mut found);
            let expected: Vec<u32> = (0..text.len()).filter(|i| set.contains(&text[*i])).map(|i| i as u32).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn string_stop_equals_the_plain_search(text in proptest::collection::vec(any::<u8>(), 0..100), from in 0usize..20) {
            let expected = (from..text.len()).find(|i| text[*i] == b'"' || text[*i] == b'\\' || text[*i] < 0x20).unwrap_or(text.len().max(from));
            prop_assert_eq!(string_stop(&text, from), expected);
        }
    }
}
