//! The words and parts of an address.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::abbreviate::is_unit_number;
use super::word::Word;
use crate::text::is_zero_width;

/// An address in composed letters (NFC), without characters that take no room.
pub(super) fn clean(value: &str) -> Cow<'_, str> {
    match value.is_ascii() {
        true => value.into(),
        false => value.chars().filter(|c| !is_zero_width(*c)).nfc().collect(),
    }
}

/// The parts of a clean address and their words; signs without a letter or digit among them are left out where they stand alone between
/// parts.
pub(super) fn parts(clean: &str) -> Vec<Vec<Word<'_>>> {
    let parts = clean.split([',', ';', '\n', '\r']);
    let parts = parts.flat_map(|part| by_unit(words(part)));
    let has_sign = |word: &Word<'_>| word.text.contains(char::is_alphanumeric);
    parts.filter(|part| part.iter().any(has_sign)).collect()
}

/// The words of a part: at white space, and at dots that are not within a number.
fn words(part: &str) -> Vec<Word<'_>> {
    let mut words = Vec::with_capacity(8);
    for raw in part.split_whitespace() {
        let from = words.len();
        let mut rest = raw;
        let mut start = 0;
        while let Some(dot) = rest.get(start..).and_then(|rest| rest.find('.')) {
            let dot = start + dot;
            let (before, after) = rest.split_at(dot);
            let after = after.strip_prefix('.').unwrap_or(after);
            let is_digit = |c: char| c.is_ascii_digit();
            let after_digit = before.ends_with(is_digit);
            if after_digit && after.starts_with(is_digit) {
                start = dot + 1;
                continue;
            }
            push(&mut words, before, after_digit);
            (rest, start) = (after, 0);
        }
        push(&mut words, rest, false);
        join_letters(&mut words, from);
    }
    join_letters_of_box(&mut words);
    words
}

fn push<'a>(words: &mut Vec<Word<'a>>, word: &'a str, is_dotted: bool) {
    if !word.is_empty() {
        words.push(Word {
            is_dotted,
            ..Word::new(word)
        });
    }
}

/// `N.W.` is one word; initials stay apart.
fn join_letters(words: &mut Vec<Word<'_>>, from: usize) {
    const JOINED: &[&str] = &["PO", "NE", "NW", "SE", "SW", "US", "UK"];
    let Some([first, second]) = words.get(from..) else {
        return;
    };
    let joined = format!("{}{}", first.text, second.text).to_ascii_uppercase();
    if JOINED.contains(&joined.as_str()) {
        words.truncate(from);
        words.push(Word::new(joined));
    }
}

/// `P O Box` is `PO Box`.
fn join_letters_of_box(words: &mut Vec<Word<'_>>) {
    let found = words.windows(3).position(|three| match three {
        [p, o, r#box] => {
            let is = |word: &Word<'_>, text: &str| word.text.eq_ignore_ascii_case(text);
            is(p, "p") && is(o, "o") && is(r#box, "box")
        }
        _ => false,
    });
    if let Some(at) = found {
        words.remove(at);
        if let Some(word) = words.get_mut(at) {
            *word = Word::new("PO");
        }
    }
}

/// `# 4` is `#4`; a sign that stands before nothing goes.
fn join_signs(words: Vec<Word<'_>>) -> Vec<Word<'_>> {
    if !words.iter().any(|word| word.text == "#") {
        return words;
    }
    let mut joined: Vec<Word<'_>> = Vec::with_capacity(words.len());
    let mut has_sign = false;
    for mut word in words {
        if word.text == "#" {
            has_sign = true;
            continue;
        }
        if has_sign && word.text.starts_with(char::is_alphanumeric) {
            word = Word {
                is_dotted: word.is_dotted,
                ..Word::new(format!("#{}", word.text))
            };
        }
        has_sign = false;
        joined.push(word);
    }
    joined
}

/// A unit within the house begins a part of its own: `Apt 4`, `#4`. The sign goes where a word says the same.
fn by_unit(words: Vec<Word<'_>>) -> Vec<Vec<Word<'_>>> {
    let mut parts = vec![Vec::new()];
    let mut words = join_signs(words).into_iter().peekable();
    let mut after_unit = false;
    while let Some(mut word) = words.next() {
        if after_unit && let Some(number) = word.text.strip_prefix('#') {
            word = Word {
                is_dotted: word.is_dotted,
                ..Word::new(number.to_owned())
            };
        }
        let next = words.peek();
        let has_number = || next.is_some_and(|next| is_unit_number(&next.text));
        after_unit = word.is_unit() && has_number();
        let begins = after_unit || word.text.len() > 1 && word.text.starts_with('#');
        match parts.last_mut() {
            Some(part) if !begins || part.is_empty() => part.push(word),
            _ => parts.push(vec![word]),
        }
    }
    parts
}
