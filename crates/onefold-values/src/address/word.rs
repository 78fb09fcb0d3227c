//! A word of an address.

use std::borrow::Cow;

use super::common::{Common, common};

/// A word without the dots at its end.
#[derive(Debug, Clone)]
pub(super) struct Word<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) common: Option<Common>,
    /// A number with a dot behind it.
    pub(super) is_dotted: bool,
}

impl<'a> Word<'a> {
    pub(super) fn new(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        Self {
            common: common(&text),
            text,
            is_dotted: false,
        }
    }

    pub(super) fn is_street(&self) -> bool {
        matches!(self.common, Some(Common::Street(_)))
    }

    pub(super) fn is_unit(&self) -> bool {
        matches!(self.common, Some(Common::Unit(_)))
    }

    pub(super) fn is_direction(&self) -> bool {
        matches!(self.common, Some(Common::Direction(_)))
    }

    /// Whether it has letters and is no direction.
    pub(super) fn is_name(&self) -> bool {
        self.text.starts_with(char::is_alphabetic) && !self.is_direction()
    }
}

/// Whether a word begins with a digit.
pub(super) fn is_number(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit())
}

/// `5th`.
pub(super) fn is_ordinal(word: &str) -> bool {
    let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_end = ["st", "nd", "rd", "th"]
        .iter()
        .any(|end| end.eq_ignore_ascii_case(letters));
    is_end && letters.len() < word.len()
}

/// A word whose letters are all capitals or all small gets one capital, at its beginning and behind hyphens and the like; others stay.
pub(super) fn capital_first(word: &str, out: &mut String) {
    let has_capital = word.chars().any(char::is_uppercase);
    let has_small = word.chars().any(char::is_lowercase);
    if has_capital && has_small {
        return out.push_str(word);
    }
    let mut begins = true;
    let mut rest = word.chars();
    while let Some(c) = rest.next() {
        out.push(if begins { upper(c) } else { lower(c) });
        begins = match c {
            '-' | '/' | '(' | '&' | '"' | '\u{2013}' => true,
            // `O'Connor`, but `King's`.
            '\'' | '\u{2019}' => rest.clone().take_while(|c| c.is_alphabetic()).count() > 1,
            _ => begins && !c.is_alphabetic(),
        };
    }
}

/// The capital, where it is one letter and has this letter as its small one.
fn upper(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) if one.to_lowercase().eq([c]) => one,
        _ => c,
    }
}

/// The small letter, where it is one letter and has this letter as its capital.
fn lower(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) if one.to_uppercase().eq([c]) => one,
        _ => c,
    }
}
