//! UUIDs as numbers: 36 bytes of text, 16 of meaning.

/// Length of a UUID in text.
pub(crate) const LEN: usize = 36;

/// Where a text has its hyphens.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// First bytes of the groups of digits in a text and among the digits, and their lengths.
const GROUPS: [(usize, usize, usize); 5] =
    [(0, 0, 8), (9, 8, 4), (14, 12, 4), (19, 16, 4), (24, 20, 12)];

/// The number of a text in lower case with groups of 8-4-4-4-12, from which [`unpack`] makes the same text; of no other text.
#[inline]
pub(crate) fn pack(text: &[u8]) -> Option<u128> {
    let text: &[u8; LEN] = text.try_into().ok()?;
    if HYPHENS.iter().any(|place| text[*place] != b'-') {
        return None;
    }
    let mut digits = [0; 32];
    for (from, to, len) in GROUPS {
        digits[to..to + len].copy_from_slice(&text[from..from + len]);
    }
    let mut wrong = false;
    for digit in &mut digits {
        let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
        wrong |= number >= 10 && letter >= 6;
        *digit = if number < 10 {
            number
        } else {
            letter.wrapping_add(10)
        };
    }
    let mut bytes = [0; 16];
    for (byte, digits) in bytes.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = digits[0] << 4 | digits[1] & 0xf;
    }
    (!wrong).then(|| u128::from_be_bytes(bytes))
}

/// The text of a number.
pub(crate) fn unpack(number: u128) -> [u8; LEN] {
    let mut digits = [0; 32];
    for (digits, byte) in digits
        .as_chunks_mut::<2>()
        .0
        .iter_mut()
        .zip(number.to_be_bytes())
    {
        *digits = [byte >> 4, byte & 0xf];
    }
    for digit in &mut digits {
        *digit += if *digit < 10 { b'0' } else { b'a' - 10 };
    }
    let mut text = [b'-'; LEN];
    for (to, from, len) in GROUPS {
        text[to..to + len].copy_from_slice(&digits[from..from + len]);
    }
    text
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
