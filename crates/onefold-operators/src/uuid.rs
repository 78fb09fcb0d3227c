//! UUIDs as numbers: 36 bytes of text, 16 of meaning.

use arrow::array::{Array, ArrayRef, AsArray};
use onefold_rows::parallel::map_items;

/// Length of a UUID in text.
pub(crate) const LEN: usize = 36;

/// Places of the hyphens in a text.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The number of a UUID in its standard form: lower case, in groups of 8-4-4-4-12. [`unpack`] writes the same text again. `None` for any
/// other text.
#[inline]
pub(crate) fn pack(text: &[u8]) -> Option<u128> {
    let text: &[u8; LEN] = text.try_into().ok()?;
    if HYPHENS.iter().any(|place| text[*place] != b'-') {
        return None;
    }
    let four = |from: usize| u64::from(u32::from_le_bytes([0, 1, 2, 3].map(|i| text[from + i])));
    let eight = |from: usize, next: usize| four(from) | four(next) << 32;
    let words = [eight(0, 4), eight(9, 14), eight(19, 24), eight(28, 32)];
    #[cfg(target_arch = "x86_64")]
    return x86::number_of(words);
    #[cfg(not(target_arch = "x86_64"))]
    number_of(words)
}

/// The number that 32 digits write; `None` if one of them is not a digit.
#[cfg_attr(target_arch = "x86_64", cfg(test))]
fn number_of(words: [u64; 4]) -> Option<u128> {
    let mut number = 0;
    let mut wrong = 0;
    for word in words {
        let (digits, fault) = digits_of(word);
        number = number << 32 | u128::from(digits);
        wrong |= fault;
    }
    (wrong == 0).then_some(number)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    /// [`number_of`](super::number_of), sixteen digits at a time.
    #[inline]
    pub(super) fn number_of(words: [u64; 4]) -> Option<u128> {
        let [a, b, c, d] = words.map(|word| word as i64);
        #[expect(unsafe_code, reason = "calling a function compiled for SSE2")]
        // SAFETY: every x86-64 has SSE2.
        let (number, wrong) = unsafe { of_halves(_mm_set_epi64x(b, a), _mm_set_epi64x(d, c)) };
        (wrong == 0).then_some(number)
    }

    /// The number that two times sixteen digits write, and a fault that is not 0 if one of them is not a digit.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn of_halves(first: __m128i, second: __m128i) -> (u128, i32) {
        let (first, first_wrong) = pairs(first);
        let (second, second_wrong) = pairs(second);
        let bytes = _mm_packus_epi16(first, second);
        let low = _mm_cvtsi128_si64(bytes) as u64;
        let high = _mm_cvtsi128_si64(_mm_unpackhi_epi64(bytes, bytes)) as u64;
        let number = u128::from(low.swap_bytes()) << 64 | u128::from(high.swap_bytes());
        (number, first_wrong | second_wrong)
    }

    /// What each pair of sixteen digits writes, and a fault that is not 0 if one of them is not a digit.
    #[inline]
    #[target_feature(enable = "sse2")]
    fn pairs(digits: __m128i) -> (__m128i, i32) {
        // Bytes from 0x80 on are negative, so they lie below both ranges.
        let within = |from: u8, to: u8| {
            let above = _mm_cmpgt_epi8(digits, _mm_set1_epi8(from as i8 - 1));
            _mm_and_si128(above, _mm_cmplt_epi8(digits, _mm_set1_epi8(to as i8 + 1)))
        };
        let (is_figure, is_letter) = (within(b'0', b'9'), within(b'a', b'f'));
        let wrong = 0xffff ^ _mm_movemask_epi8(_mm_or_si128(is_figure, is_letter));
        let letters = _mm_and_si128(is_letter, _mm_set1_epi8((b'a' - b'0' - 10) as i8));
        let values = _mm_sub_epi8(_mm_sub_epi8(digits, _mm_set1_epi8(b'0' as i8)), letters);
        // The first digit of a pair is in the lower byte.
        let first = _mm_and_si128(_mm_slli_epi16(values, 4), _mm_set1_epi16(0xff));
        (_mm_or_si128(first, _mm_srli_epi16(values, 8)), wrong)
    }
}

const fn each(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The number that eight hexadecimal digits write, the first in the lowest byte, and a fault that is not 0 if one of them is not a digit.
///
/// It works on all bytes at once, and no byte carries into the next: `0` to `9` are 0x30 to 0x39, `a` to `f` are 0x61 to 0x66.
#[inline]
#[cfg_attr(target_arch = "x86_64", cfg(test))]
fn digits_of(word: u64) -> (u32, u64) {
    let low = word & each(0xf);
    // 1 in each byte that looks like a letter.
    let letter = word >> 6 & each(1);
    let shape = (word & each(0xf0)) ^ (each(0x30) + letter * 0x30);
    let above_nine = (low + each(6)) & each(0x10) & !(letter << 4);
    let above_six = low + each(9);
    let zero = !(low + each(15));
    let no_letter = (above_six | zero) & (letter << 4);
    let values = low + letter * 9;
    let pairs = (values << 4 | values >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    let digits = (fours | fours >> 16) as u32;
    (digits.swap_bytes(), shape | above_nine | no_letter)
}

/// The numbers of all texts of a column, 0 for a null. `None` if a text is not a UUID, or if all are null.
pub(crate) fn pack_all(chunks: &[ArrayRef], threads: usize) -> Option<Vec<u128>> {
    let mut some = false;
    for chunk in chunks {
        // The first text gives away most columns that hold other texts.
        if let Some(first) = chunk.as_string_view_opt()?.iter().flatten().next() {
            pack(first.as_bytes())?;
            some = true;
        }
    }
    if !some {
        return None;
    }
    let mut numbers = vec![0; chunks.iter().map(|chunk| chunk.len()).sum()];
    let mut rest = numbers.as_mut_slice();
    let mut work = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let (own, after) = rest.split_at_mut(chunk.len());
        rest = after;
        work.push((chunk.as_string_view_opt()?, own));
    }
    let packed = map_items(threads, work, |(texts, numbers)| {
        let mut texts = texts.iter().zip(numbers);
        texts.all(
            |(text, number)| match text.map(|text| pack(text.as_bytes())) {
                Some(Some(packed)) => {
                    *number = packed;
                    true
                }
                Some(None) => false,
                None => true,
            },
        )
    });
    packed.into_iter().all(|all| all).then_some(numbers)
}

/// The text of a number.
pub(crate) fn unpack(number: u128) -> [u8; LEN] {
    let mut text = [b'-'; LEN];
    let words = [96, 64, 32, 0].map(|shift| text_of((number >> shift) as u32));
    for (word, (from, next)) in words.iter().zip([(0, 4), (9, 14), (19, 24), (28, 32)]) {
        text[from..from + 4].copy_from_slice(&word[..4]);
        text[next..next + 4].copy_from_slice(&word[4..]);
    }
    text
}

/// The eight digits of a number: the reverse of [`digits_of`].
#[inline]
fn text_of(number: u32) -> [u8; 8] {
    let digits = u64::from(number.swap_bytes());
    let fours = (digits | digits << 16) & 0x0000_ffff_0000_ffff;
    let pairs = (fours | fours << 8) & 0x00ff_00ff_00ff_00ff;
    let values = (pairs >> 4 | pairs << 8) & each(0xf);
    let letter = (values + each(6)) >> 4 & each(1);
    (values + each(b'0') + letter * u64::from(b'a' - b'0' - 10)).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_standard_form_is_packed() {
        let text = "0123abcd-ef45-6789-0a1b-9f8e7d6c5b4a";
        assert_eq!(
            pack(text.as_bytes()),
            Some(0x0123_abcd_ef45_6789_0a1b_9f8e_7d6c_5b4a)
        );
        for other in [
            "",
            "0123ABCD-ef45-6789-0a1b-9f8e7d6c5b4a",
            "0123abcdef4567890a1b9f8e7d6c5b4a",
            "0123abcd-ef45-6789-0a1b-9f8e7d6c5b4a ",
            "0123abcd-ef45-6789-0a1b-9f8e7d6c5b4",
            "0123abcd-ef45-6789-0a1b09f8e7d6c5b4a",
            "0123abcd-ef45-6789-0a1b-9f8e7d6c5b4g",
            "0123abcd-ef45-6789-0a1b-9f8e7d6c5b4`",
            "0123abcd-ef45-6789-0a1b-9f8e7d6c5b4:",
            "0123abcd-ef45-6789-0a1b-9f8e7d6c5b4/",
            "0123abcd-ef45-6789-0a1b-9f8e7d6c5bä",
        ] {
            assert_eq!(pack(other.as_bytes()), None, "{other}");
        }
    }

    #[cfg(target_arch = "x86_64")]
    proptest! {
        #[test]
        fn sixteen_digits_at_a_time_are_read_as_eight(
            digits in "[0-9a-f]{32}",
            place in 0usize..32,
            byte in any::<u8>(),
        ) {
            let words = |digits: &[u8]| {
                let word = |word: &[u8]| u64::from_le_bytes(word.try_into().expect("eight"));
                let mut words = digits.chunks(8).map(word);
                std::array::from_fn(|_| words.next().expect("four"))
            };
            let mut digits = digits.into_bytes();
            prop_assert!(number_of(words(&digits)).is_some());
            prop_assert_eq!(number_of(words(&digits)), x86::number_of(words(&digits)));
            digits[place] = byte;
            prop_assert_eq!(number_of(words(&digits)), x86::number_of(words(&digits)));
        }
    }

    proptest! {
        #[test]
        fn a_number_has_one_text(number in any::<u128>()) {
            prop_assert_eq!(pack(&unpack(number)), Some(number));
        }

        #[test]
        fn a_text_that_is_packed_comes_back(
            text in "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            place in 0..LEN,
            byte in any::<u8>(),
        ) {
            let mut text = text.into_bytes();
            let back = pack(&text).map(unpack);
            prop_assert_eq!(back.as_ref().map(|back| &back[..]), Some(&text[..]));
            text[place] = byte;
            if let Some(number) = pack(&text) {
                prop_assert_eq!(&unpack(number)[..], &text[..]);
            }
        }
    }
}
