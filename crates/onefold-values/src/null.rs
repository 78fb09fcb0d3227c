//! Texts that mean "missing".

use crate::text::trim;

/// The texts that mean "missing" where a pipeline names none, beside the empty text. ASCII case does not matter.
///
/// Kept to what programs write for a missing value. Words that are also values (`unknown`, `test`, `0`, `1900-01-01`) are left to the
/// pipeline: taking a value away is worse than keeping an odd one.
pub const DEFAULT_TOKENS: &[&str] = &[
    "-",
    "--",
    "?",
    "n/a",
    "na",
    "#n/a",
    "<na>",
    "nan",
    "nil",
    "none",
    "null",
    "<null>",
    "(null)",
    "\\n",
    "undefined",
];

/// Decides whether a value is missing.
#[derive(Debug, Clone)]
pub struct NullTokens {
    /// Trimmed, none empty.
    tokens: Vec<Box<str>>,
    /// Bytes that a missing value may start with: of tokens, of white space, and all above ASCII.
    starts: [bool; 256],
    /// Length of the longest token.
    max_len: usize,
}

impl Default for NullTokens {
    fn default() -> Self {
        Self::new(DEFAULT_TOKENS.iter().copied())
    }
}

impl NullTokens {
    /// Only these texts, and the empty one, mean "missing". ASCII case and outer white space do not matter.
    pub fn from_list(tokens: &[String]) -> Self {
        Self::new(tokens.iter().map(String::as_str))
    }

    fn new<'a>(tokens: impl Iterator<Item = &'a str>) -> Self {
        let tokens: Vec<Box<str>> = tokens
            .map(trim)
            .filter(|token| !token.is_empty())
            .map(Into::into)
            .collect();
        let mut starts = [false; 256];
        for (byte, start) in starts.iter_mut().enumerate() {
            *start = byte <= usize::from(b' ') || byte >= 0x7f;
        }
        for first in tokens.iter().filter_map(|token| token.bytes().next()) {
            starts[usize::from(first.to_ascii_lowercase())] = true;
            starts[usize::from(first.to_ascii_uppercase())] = true;
        }
        let max_len = tokens.iter().map(|token| token.len()).max().unwrap_or(0);
        Self {
            tokens,
            starts,
            max_len,
        }
    }

    /// Whether `value` means "missing": empty but for white space, or one of the tokens.
    #[inline]
    pub fn is_null(&self, value: &str) -> bool {
        let Some(&first) = value.as_bytes().first() else {
            return true;
        };
        self.starts[usize::from(first)] && self.is_token(trim(value))
    }

    fn is_token(&self, trimmed: &str) -> bool {
        trimmed.is_empty()
            || trimmed.len() <= self.max_len
                && self
                    .tokens
                    .iter()
                    .any(|token| token.eq_ignore_ascii_case(trimmed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usual_tokens() {
        let nulls = NullTokens::default();
        for value in [
            "",
            " ",
            "\u{a0}",
            "N/A",
            "n/a",
            "NA",
            "#N/A",
            "NULL",
            " null ",
            "None",
            "nil",
            "NaN",
            "-",
            "--",
            "?",
            "\\N",
            "<null>",
            "(NULL)",
            "<NA>",
            "undefined",
            "\u{feff}null",
        ] {
            assert!(nulls.is_null(value), "{value:?}");
        }
        for value in [
            "0", "Nancy", "Nona", "n", "N", "---", "unknown", "false", "-1", "nullify", ".", "é",
        ] {
            assert!(!nulls.is_null(value), "{value:?}");
        }
    }

    #[test]
    fn own_list_replaces_the_usual_one() {
        let nulls = NullTokens::from_list(&[" Unbekannt ".to_owned(), "–".to_owned()]);
        for value in ["", "unbekannt", "UNBEKANNT ", "–"] {
            assert!(nulls.is_null(value), "{value:?}");
        }
        for value in ["n/a", "null", "-", "unb"] {
            assert!(!nulls.is_null(value), "{value:?}");
        }
        assert!(NullTokens::from_list(&[]).is_null(" "));
    }

    proptest! {
        #[test]
        fn agrees_with_a_plain_list(value in "[ nNaAuUlL/\\\\#()<>?\u{a0}é-]{0,7}") {
            let plain = trim(&value).is_empty()
                || DEFAULT_TOKENS.contains(&trim(&value).to_ascii_lowercase().as_str());
            prop_assert_eq!(NullTokens::default().is_null(&value), plain);
        }
    }
}
