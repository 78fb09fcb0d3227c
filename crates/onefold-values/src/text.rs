//! White space and invisible characters at the edges of a value.

/// `value` without outer white space.
///
/// White space is Unicode's `White_Space`, and U+200B, U+2060 and U+FEFF beside it: they take no room, exports and web forms leave
/// them at the edges, and two values that differ only by them look the same to everyone.
#[inline]
pub fn trim(value: &str) -> &str {
    match value.as_bytes() {
        [] => value,
        [first, .., last] if is_graphic(*first) && is_graphic(*last) => value,
        _ => trim_any(value),
    }
}

fn trim_any(value: &str) -> &str {
    value.trim_matches(|c: char| c.is_whitespace() || is_blank(c))
}

/// Visible ASCII.
const fn is_graphic(byte: u8) -> bool {
    byte > b' ' && byte < 0x7f
}

/// No width and no meaning: zero width space, word joiner, byte order mark.
const fn is_blank(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Takes no room on the screen: the blanks above, joiners and the soft hyphen.
pub(crate) const fn is_zero_width(c: char) -> bool {
    is_blank(c) || matches!(c, '\u{200c}' | '\u{200d}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn trims() {
        for (value, expected) in [
            ("", ""),
            ("a", "a"),
            (" a ", "a"),
            ("a b", "a b"),
            ("\t\r\n", ""),
            ("\u{a0}a\u{3000}", "a"),
            ("\u{feff}a\u{200b} ", "a"),
            ("é ", "é"),
            ("a\u{200d}b", "a\u{200d}b"),
        ] {
            assert_eq!(trim(value), expected, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_std_on_ascii(value in "[ -~\t\r\n]{0,12}") {
            prop_assert_eq!(trim(&value), value.trim());
        }
    }
}
