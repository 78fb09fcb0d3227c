//! The words and parts of an address.

use unicode_normalization::UnicodeNormalization;

use super::abbreviate::{is_unit, is_unit_number};
use super::word::Word;
use crate::text::is_zero_width;

/// The parts of an address and their words; signs without a letter or digit among them are left out where they stand alone between parts.
pub(super) fn parts(value: &str) -> Vec<Vec<Word>> {
    let clean: String = value.chars().filter(|c| !is_zero_width(*c)).nfc().collect();
    let parts = clean.split([',', ';', '\n', '\r']);
    let parts = parts.flat_map(|part| by_unit(words(part)));
    let has_sign = |word: &Word| word.text.contains(char::is_alphanumeric);
    parts.filter(|part| part.iter().any(has_sign)).collect()
}

/// The words of a part: at white space, and at dots that are not within a number.
fn words(part: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for raw in part.split_whitespace() {
        let from = words.len();
        let mut word = String::new();
        let mut chars = raw.chars().peekable();
        while let Some(c) = chars.next() {
            let after_digit = word.ends_with(|c: char| c.is_ascii_digit());
            let before_digit = chars.peek().is_some_and(char::is_ascii_digit);
            if c == '.' && !(after_digit && before_digit) {
                push(&mut words, &mut word, after_digit);
            } else {
                word.push(c);
            }
        }
        push(&mut words, &mut word, false);
        join_letters(&mut words, from);
    }
    join_letters_of_box(&mut words);
    words
}

fn push(words: &mut Vec<Word>, word: &mut String, is_dotted: bool) {
    if !word.is_empty() {
        words.push(Word {
            text: std::mem::take(word),
            is_dotted,
        });
    }
}

/// `N.W.` is one word; initials stay apart.
fn join_letters(words: &mut Vec<Word>, from: usize) {
    const JOINED: &[&str] = &["PO", "NE", "NW", "SE", "SW", "US", "UK"];
    let Some([first, second]) = words.get(from..) else {
        return;
    };
    let joined = format!("{}{}", first.text, second.text).to_ascii_uppercase();
    if JOINED.contains(&joined.as_str()) {
        words.truncate(from);
        words.push(Word {
            text: joined,
            is_dotted: false,
        });
    }
}

/// `P O Box` is `PO Box`.
fn join_letters_of_box(words: &mut Vec<Word>) {
    let found = words.windows(3).position(|three| match three {
        [p, o, r#box] => {
            let is = |word: &Word, text: &str| word.text.eq_ignore_ascii_case(text);
            is(p, "p") && is(o, "o") && is(r#box, "box")
        }
        _ => false,
    });
    if let Some(at) = found {
        words.remove(at);
        if let Some(word) = words.get_mut(at) {
            "PO".clone_into(&mut word.text);
        }
    }
}

/// `# 4` is `#4`; a sign that stands before nothing goes.
fn join_signs(words: Vec<Word>) -> Vec<Word> {
    let mut joined: Vec<Word> = Vec::with_capacity(words.len());
    let mut has_sign = false;
    for mut word in words {
        if word.text == "#" {
            has_sign = true;
            continue;
        }
        if has_sign && word.text.starts_with(char::is_alphanumeric) {
            word.text.insert(0, '#');
        }
        has_sign = false;
        joined.push(word);
    }
    joined
}

/// A unit within the house begins a part of its own: `Apt 4`, `#4`. The sign goes where a word says the same.
fn by_unit(words: Vec<Word>) -> Vec<Vec<Word>> {
    let mut parts = vec![Vec::new()];
    let mut words = join_signs(words).into_iter().peekable();
    let mut after_unit = false;
    while let Some(mut word) = words.next() {
        if after_unit && let Some(number) = word.text.strip_prefix('#') {
            word.text = number.to_owned();
        }
        let next = words.peek().map(|next| next.text.as_str());
        let has_number = next.is_some_and(|next| is_unit_number(&word.text, next));
        after_unit = is_unit(&word.text) && has_number;
        let begins = after_unit || word.text.len() > 1 && word.text.starts_with('#');
        match parts.last_mut() {
            Some(part) if !begins || part.is_empty() => part.push(word),
            _ => parts.push(vec![word]),
        }
    }
    parts
}
