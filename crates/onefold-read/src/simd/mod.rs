//! Byte search that the crates do not offer: positions of any of four bytes, and the end of a JSON string.

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

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
    portable::positions(text, 0, set, out);
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
