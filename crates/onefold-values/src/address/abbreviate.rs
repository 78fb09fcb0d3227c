//! What words of an address are in short, where they stand for it, and German streets.

use std::borrow::Cow;

use super::common::Common;
use super::word::{Word, capital_first, is_number, is_ordinal};

/// Whether a word can be the number of a unit: a letter, or up to five signs with a digit.
pub(super) fn is_unit_number(word: &str) -> bool {
    let number = word.strip_prefix('#').unwrap_or(word);
    let is_plain = number
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_letter = number.len() == 1 && number.bytes().all(|b| b.is_ascii_alphabetic());
    let has_digit = number.bytes().any(|b| b.is_ascii_digit());
    is_plain && number.len() <= 5 && (is_letter || has_digit)
}

/// What the word at a place of a part is in short.
pub(super) fn short(part: &[Word<'_>], at: usize) -> Option<Cow<'static, str>> {
    let word = part.get(at)?;
    let next = part.get(at + 1);
    let before = at.checked_sub(1).and_then(|before| part.get(before));
    let has_number_first = || part.first().is_some_and(|first| is_number(&first.text));
    if let Some(short) = german(&word.text, has_number_first) {
        return Some(short.into());
    }
    let has_name = || part.iter().take(at).any(Word::is_name);
    match word.common? {
        Common::Unit(unit) => {
            let has_number = next.is_some_and(|next| is_unit_number(&next.text));
            has_number.then(|| unit.into())
        }
        // `Str` comes here only where it is English.
        Common::Street(street) => {
            let is_letter = |next: &str| matches!(next.as_bytes(), [a] if a.is_ascii_alphabetic());
            let is_numbered =
                next.is_some_and(|next| is_number(&next.text) || is_letter(&next.text));
            let is_last = next.is_none() && before.is_some_and(Word::is_direction);
            let is_after_ordinal = before.is_some_and(|before| is_ordinal(&before.text));
            let is_it = is_numbered || is_last || is_after_ordinal || has_name();
            is_it.then(|| street.into())
        }
        Common::Direction(direction) => {
            let begins_name =
                |next: &Word<'_>| !next.is_street() && (next.is_name() || is_ordinal(&next.text));
            let is_first = at == 1 && has_number_first() && next.is_some_and(begins_name);
            let is_last = || next.is_none() && before.is_some_and(Word::is_street) && has_name();
            (is_first || is_last()).then(|| direction.into())
        }
    }
}

/// `Hauptstraße` is `Hauptstr.`, and `Straße` is `Str.` unless a house number stands first: `Str` is then an English street.
fn german(word: &str, has_number_first: impl Fn() -> bool) -> Option<String> {
    /// Before the ending of a street's name.
    const SHORTEST: usize = 3;
    let ends_with = |ending: &[u8]| {
        let end = word.as_bytes().last_chunk::<3>();
        end.is_some_and(|end| end.eq_ignore_ascii_case(ending))
    };
    // Nearly all other words are told by their last letters.
    if word.is_ascii() && !ends_with(b"str") && !ends_with(b"sse") {
        return None;
    }
    if !word.chars().all(|c| c.is_alphabetic() || c == '-') {
        return None;
    }
    let lower = word.to_lowercase();
    let stem = ["straße", "strasse", "str"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))?;
    if stem.is_empty() {
        return (!has_number_first()).then(|| "Str.".to_owned());
    }
    if stem.chars().count() < SHORTEST {
        return None;
    }
    // `Karl-Marx-Straße` keeps its capital.
    let count = stem.chars().count();
    let stem_as_written: String = word.chars().take(count).collect();
    let mut short = String::with_capacity(word.len());
    capital_first(&stem_as_written, &mut short);
    short.push_str(if stem.ends_with('-') { "Str." } else { "str." });
    Some(short)
}
