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

/// What the name hints at, if anything. What stands in brackets explains the rest, and counts if the rest says nothing.
pub(super) fn hint(name: &str) -> Option<Hint> {
    let outside = match (name.find('('), name.rfind(')')) {
        (Some(from), Some(to)) if from < to => {
            let parts = [name.get(..from), name.get(to + 1..)];
            hint_of(&parts.map(Option::unwrap_or_default).join(" "))
        }
        _ => None,
    };
    outside.or_else(|| hint_of(name))
}

fn hint_of(name: &str) -> Option<Hint> {
    let words = words(name);
    let is_flag = words.len() > 1
        && matches!(
            words.first().map(String::as_str),
            Some("is" | "has" | "was" | "ist")
        );
    if is_flag {
        return Some(Hint::Never);
    }
    let found = find(&words);
    let has = |hint: Hint| found.contains(&hint);
    let last = *found.last()?;
    let before_last = || found.iter().rev().nth(1).copied();
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
    if has(Hint::Birth) {
        let is_day = |hint: &Hint| matches!(hint, Hint::Is(Role::BirthDate) | Hint::When);
        let is_of_place = |hint: &Hint| matches!(hint, Hint::Is(_) | Hint::Name | Hint::Address);
        return Some(match last {
            last if is_day(&last) => Hint::Is(Role::BirthDate),
            Hint::Aside => Hint::Aside,
            _ if found.iter().any(is_of_place) => Hint::Is(Role::Text),
            _ => Hint::Birth,
        });
    }
    if has(Hint::Is(Role::FirstName)) && has(Hint::Is(Role::LastName)) {
        return Some(Hint::Is(Role::FullName));
    }
    let of_id = has(Hint::Is(Role::PersonId));
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
        Hint::Name if has(Hint::Is(Role::Company)) => Hint::Is(Role::Company),
        Hint::Name if has(Hint::Employer) => Hint::Employer,
        Hint::Thing => Hint::Aside,
        last => last,
    })
}

/// The hints of the phrases, from the first to the last. A longer phrase hides those within it.
fn find(words: &[String]) -> Vec<Hint> {
    static PHRASES: LazyLock<(Phrases, Phrases)> =
        LazyLock::new(|| (phrases(ANYWHERE), phrases(AT_END)));
    let (anywhere, at_end) = &*PHRASES;
    let is_number = |word: &String| word.bytes().all(|c| c.is_ascii_digit());
    let end_of_text = words
        .iter()
        .rposition(|word| !is_number(word))
        .map_or(0, |last| last + 1);
    let mut found = Vec::new();
    let mut start = 0;
    while start < words.len() {
        let hit = (start + 1..=words.len().min(start + LONGEST))
            .rev()
            .find_map(|end| {
                let glued = words.get(start..end)?.concat();
                let hint = anywhere
                    .get(&glued)
                    .or_else(|| at_end.get(&glued).filter(|_| end >= end_of_text))
                    .or_else(|| behind_prefix(anywhere, &glued).filter(|_| end == start + 1))?;
                Some((end, *hint))
            });
        start = hit.map_or(start + 1, |(end, _)| end);
        found.extend(hit.map(|(_, hint)| hint));
    }
    found
}

fn behind_prefix<'a>(phrases: &'a Phrases, word: &str) -> Option<&'a Hint> {
    PREFIXES.iter().find_map(|prefix| {
        let rest = word.strip_prefix(prefix)?;
        // One letter before a short word is chance: `port` is no `ort`.
        let is_enough = rest.len() > 3 || rest.len() > 1 && prefix.len() > 1;
        phrases.get(rest).filter(|_| is_enough)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_names() {
        for (name, expected) in [
            ("E-Mail-Adresse", "e mail adresse"),
            ("dateOfBirth", "date of birth"),
            ("SSNNumber", "ssn number"),
            ("ADDR_LINE1", "addr line 1"),
            ("Straße / Nr.", "strasse nr"),
            ("name.first", "name first"),
            ("N° client", "n client"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn hints_of_names() {
        let is = |role| Some(Hint::Is(role));
        for (name, expected) in [
            ("first_and_surname", is(Role::FullName)),
            ("Vor- und Nachname", is(Role::FullName)),
            ("customer.lastName", is(Role::LastName)),
            ("last_seen", Some(Hint::Never)),
            ("user.name", Some(Hint::Whoever)),
            ("PASSPORT_COUNTRY", Some(Hint::Never)),
            ("passport no.", is(Role::PersonId)),
            ("email id", is(Role::Email)),
            ("email_2", is(Role::Email)),
            ("phone type", Some(Hint::Aside)),
            ("registered address", Some(Hint::Address)),
            ("country_of_birth", is(Role::Text)),
            ("birth.date", is(Role::BirthDate)),
            ("Rechnungsort", is(Role::City)),
            ("Lieferstraße", is(Role::Street)),
            ("port", None),
            ("Last Name (Legal Name)", is(Role::LastName)),
            ("(email)", is(Role::Email)),
            (")(", None),
            ("is_email", Some(Hint::Never)),
            ("number of employees", Some(Hint::Never)),
            ("product name", Some(Hint::Never)),
            ("c7", None),
            ("", None),
        ] {
            assert_eq!(hint(name), expected, "{name}");
        }
    }

    /// A phrase that stands twice would hint at whatever stands last.
    #[test]
    fn each_phrase_has_one_meaning() {
        for table in [ANYWHERE, AT_END] {
            let mut seen: HashMap<String, Hint> = HashMap::new();
            for (hint, text) in table {
                for phrase in text.split(',') {
                    let words: Vec<&str> = phrase.split_whitespace().collect();
                    assert!(!words.is_empty() && words.len() <= LONGEST, "{phrase}");
                    if let Some(other) = seen.insert(words.concat(), *hint) {
                        assert_eq!(other, *hint, "{phrase}");
                    }
                    let folded = self::words(phrase).join(" ");
                    assert_eq!(folded, words.join(" "), "a phrase is folded");
                }
            }
        }
    }
}
