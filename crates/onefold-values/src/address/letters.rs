//! Which letters of a word of an address are capitals.

use super::word::{Word, capital_first, is_number, is_ordinal};

/// Words that have no capital within a name, in English, German, French, Spanish, Portuguese, Italian and Dutch.
const SMALL: &[&str] = &[
    "am", "and", "c/o", "da", "de", "dem", "den", "der", "del", "della", "des", "di", "do", "dos",
    "du", "im", "of", "sous", "sur", "the", "van", "von", "zum", "zur",
];

/// Words of two letters that are abbreviations everywhere.
const CAPITALS: &[&str] = &["N", "S", "E", "W", "NE", "NW", "SE", "SW", "PO", "US", "UK"];

/// States, provinces and territories of the United States and Canada.
const STATES: &[&str] = &[
    "AB", "AK", "AL", "AR", "AS", "AZ", "BC", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI",
    "IA", "ID", "IL", "IN", "KS", "KY", "LA", "MA", "MB", "MD", "ME", "MI", "MN", "MO", "MP", "MS",
    "MT", "NB", "NC", "ND", "NE", "NH", "NJ", "NL", "NM", "NS", "NT", "NU", "NV", "NY", "OH", "OK",
    "ON", "OR", "PA", "PE", "PR", "QC", "RI", "SC", "SD", "SK", "TN", "TX", "UT", "VA", "VI", "VT",
    "WA", "WI", "WV", "WY", "YT",
];

/// Appends the word at a place of a part. `is_later`: it is not the first part of the address.
pub(super) fn push(part: &[Word<'_>], at: usize, is_later: bool, out: &mut String) {
    let text = |at: usize| part.get(at).map(|word| word.text.as_ref());
    let Some(word) = text(at) else { return };
    let before = at.checked_sub(1).and_then(text).unwrap_or_default();
    let next = text(at + 1);
    let is_in = |list: &[&str]| list.iter().any(|one| one.eq_ignore_ascii_case(word));
    let ends_part = is_later && next.is_none();
    let is_state =
        word.len() == 2 && (ends_part || next.is_some_and(is_postcode_of_america)) && is_in(STATES);
    let is_dutch = is_later && at == 1 && is_digits(before, 4) && is_letters(word, 2);
    let is_capital = word.len() <= 2 && is_in(CAPITALS);
    if is_capital || is_state || is_dutch || is_inward(word) && is_outward(before) {
        return out.push_str(&word.to_ascii_uppercase());
    }
    if is_outward(word) {
        return out.push_str(&word.to_ascii_uppercase());
    }
    if is_number(word) || word.starts_with('#') {
        return push_number(word, out);
    }
    if at > 0 && word.len() <= 5 && is_in(SMALL) {
        return out.push_str(&word.to_ascii_lowercase());
    }
    capital_first(word, out);
}

/// ZIP, or the first half of a Canadian postcode.
fn is_postcode_of_america(word: &str) -> bool {
    let zip = word.get(..5).is_some_and(|zip| is_digits(zip, 5));
    let rest = word.get(5..).unwrap_or_default();
    let rest_fits = rest.is_empty() || rest.strip_prefix('-').is_some_and(|r| is_digits(r, 4));
    zip && rest_fits
        || matches!(word.as_bytes(), [a, b, c] if a.is_ascii_alphabetic() && b.is_ascii_digit() && c.is_ascii_alphabetic())
}

fn is_digits(word: &str, count: usize) -> bool {
    word.len() == count && word.bytes().all(|b| b.is_ascii_digit())
}

fn is_letters(word: &str, count: usize) -> bool {
    word.len() == count && word.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The first half of a British or Canadian postcode, or a number with letters first: `SW1A`, `B12`.
fn is_outward(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_alphabetic).count();
    let rest = word.get(letters..).unwrap_or_default();
    let is_plain = rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (1..=2).contains(&letters) && is_number(rest) && is_plain
}

/// The second half of a British or Canadian postcode: `1AA`, `0B6`.
fn is_inward(word: &str) -> bool {
    matches!(word.as_bytes(), [a, b, c] if a.is_ascii_digit() && b.is_ascii_alphabetic() && c.is_ascii_alphanumeric())
}

/// A letter of a number is a capital (`12A`), an ending of several letters is small (`5th`, `12bis`).
fn push_number(word: &str, out: &mut String) {
    if is_ordinal(word) {
        return out.push_str(&word.to_ascii_lowercase());
    }
    let is_letter = |c: Option<&char>| c.is_some_and(char::is_ascii_alphabetic);
    let mut before = None;
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let is_alone = !is_letter(before.as_ref()) && !is_letter(chars.peek());
        out.push(match is_alone {
            true => c.to_ascii_uppercase(),
            false => c.to_ascii_lowercase(),
        });
        before = Some(c);
    }
}
