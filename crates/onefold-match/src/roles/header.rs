//! What the name of a column says.
//!
//! A hint decides nothing by itself: the values must bear it out.

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::role::Role;
use super::words::{ANYWHERE, AT_END, Hint, PREFIXES};
use crate::fold::fold;

/// Words of the longest phrase.
const LONGEST: usize = 5;

/// A phrase in the name of a column.
#[derive(Debug, Clone, Copy)]
struct Found {
    start: usize,
    end: usize,
    hint: Hint,
}

/// The words of a name, folded: `E-Mail-Adresse` is `e mail adresse`, `dateOfBirth` is `date of birth`, `line1` is `line 1`.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let is_next_lower = chars.peek().is_some_and(|next| next.is_lowercase());
        let is_border = !c.is_alphanumeric()
            || c.is_uppercase()
                && (before.is_lowercase() || before.is_uppercase() && is_next_lower)
            || c.is_numeric() != before.is_numeric();
        if is_border && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.push(c);
        }
        before = c;
    }
    words.push(word);
    let folded = words.iter().map(|word| {
        let mut folded = String::new();
        fold(word, &mut folded);
        folded.retain(|c| c.is_ascii_alphanumeric());
        folded
    });
    folded.filter(|word| !word.is_empty()).collect()
}

type Phrases = HashMap<String, Hint>;

/// The phrases of a table, with the blanks left out: `firstname`.
fn phrases(table: &[(Hint, &str)]) -> Phrases {
    let phrases = table.iter().flat_map(|(hint, phrases)| {
        let glued = phrases.split(',').map(|phrase| {
            let words = phrase.split_whitespace();
            words.collect::<String>()
        });
        glued.map(|phrase| (phrase, *hint))
    });
    phrases.collect()
}

/// What the name hints at, if anything.
pub(super) fn hint(name: &str) -> Option<Hint> {
    let mut words = words(name);
    let is_flag = words.len() > 1
        && matches!(
            words.first().map(String::as_str),
            Some("is" | "has" | "was" | "ist")
        );
    if is_flag {
        return Some(Hint::Never);
    }
    let found = find(&mut words);
    let is = |role: Role| found.iter().position(|found| found.hint == Hint::Is(role));
    let has = |hint: Hint| found.iter().any(|found| found.hint == hint);
    let last = found.last()?.hint;
    let before_last = || found.iter().rev().nth(1).map(|found| found.hint);
    let is_reachable = matches!(
        last,
        Hint::Address
            | Hint::Is(
                Role::Email
                    | Role::Phone
                    | Role::Street
                    | Role::Address
                    | Role::Postcode
                    | Role::City
                    | Role::BirthDate
            )
    );
    if has(Hint::Never) && !is_reachable {
        return Some(Hint::Never);
    }
    if has(Hint::Staff) {
        return Some(Hint::Never);
    }
    if has(Hint::Relative) {
        return Some(match last {
            Hint::Aside | Hint::When => Hint::Never,
            _ => Hint::Is(Role::Text),
        });
    }
    if has(Hint::Birth) && !matches!(last, Hint::Birth | Hint::Is(Role::BirthDate)) {
        return Some(match last {
            Hint::When => Hint::Is(Role::BirthDate),
            _ => Hint::Is(Role::Text),
        });
    }
    if let (Some(_), Some(_)) = (is(Role::FirstName), is(Role::LastName)) {
        return Some(Hint::Is(Role::FullName));
    }
    let of_id = is(Role::PersonId).is_some();
    Some(match last {
        // Of whom the number is, or where it was given out, is a trait of the document.
        Hint::Is(Role::Country | Role::State | Role::City) | Hint::When if of_id => Hint::Never,
        Hint::Number => match before_last() {
            Some(hint @ Hint::Is(Role::Email | Role::Phone | Role::PersonId | Role::Postcode)) => {
                hint
            }
            Some(Hint::Is(Role::City | Role::State)) => Hint::Is(Role::Code),
            Some(Hint::Is(Role::Street)) => Hint::Is(Role::Street),
            _ => Hint::Number,
        },
        Hint::Name if has(Hint::Thing) => Hint::Never,
        Hint::Thing => Hint::Aside,
        last => last,
    })
}

/// Where phrases stand, from the first to the last. A longer one hides those within it.
fn find(words: &mut Vec<String>) -> Vec<Found> {
    static PHRASES: LazyLock<(Phrases, Phrases)> =
        LazyLock::new(|| (phrases(ANYWHERE), phrases(AT_END)));
    let (anywhere, at_end) = &*PHRASES;
    let is_number = |word: &String| word.bytes().all(|c| c.is_ascii_digit());
    let end_of_text = words
        .iter()
        .rposition(|word| !is_number(word))
        .map_or(0, |last| last + 1);
    let mut found: Vec<Found> = Vec::new();
    let mut start = 0;
    while start < words.len() {
        let longest = (start + 1..=words.len().min(start + LONGEST)).rev();
        let hit = longest.into_iter().find_map(|end| {
            let glued = words.get(start..end)?.concat();
            let ends = end >= end_of_text;
            let hint = anywhere
                .get(&glued)
                .or_else(|| at_end.get(&glued).filter(|_| ends))
                .or_else(|| (end == start + 1).then(|| behind_prefix(anywhere, &glued))?)?;
            Some(Found {
                start,
                end,
                hint: *hint,
            })
        });
        start = hit.map_or(start + 1, |found| found.end);
        found.extend(hit);
    }
    debug_assert!(found.iter().all(|found| found.start < found.end));
    found
}

fn behind_prefix<'a>(phrases: &'a Phrases, word: &str) -> Option<&'a Hint> {
    let rests = PREFIXES
        .iter()
        .filter_map(|prefix| word.strip_prefix(prefix));
    rests
        .filter(|rest| rest.len() > 1)
        .find_map(|rest| phrases.get(rest))
}
