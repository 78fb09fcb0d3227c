//! What words of an address are in short: USPS Publication 28, appendix C1, C2 and B, and German streets.

use super::word::{Word, capital_first, is_number, is_ordinal};

/// Street words and what else is written for them, then what they are in short.
const STREETS: &[(&[&str], &str)] = &[
    (&["alley", "ally"], "Aly"),
    (&["avenue", "av", "aven", "avn", "ave"], "Ave"),
    (&["boulevard", "boul", "blv", "blvd"], "Blvd"),
    (&["causeway"], "Cswy"),
    (&["circle", "circ", "cir"], "Cir"),
    (&["court", "ct"], "Ct"),
    (&["crescent", "cres"], "Cres"),
    (&["crossing", "xing"], "Xing"),
    (&["drive", "drv", "dr"], "Dr"),
    (&["expressway", "expy"], "Expy"),
    (&["freeway", "fwy"], "Fwy"),
    (&["highway", "hiway", "hwy"], "Hwy"),
    (&["lane", "ln"], "Ln"),
    (&["parkway", "pkway", "pkwy"], "Pkwy"),
    (&["place", "pl"], "Pl"),
    (&["plaza", "plz"], "Plz"),
    (&["road", "rd"], "Rd"),
    (&["route", "rte"], "Rte"),
    (&["square", "sqr", "sq"], "Sq"),
    (&["street", "strt", "st"], "St"),
    (&["terrace", "terr", "ter"], "Ter"),
    (&["trail", "trl"], "Trl"),
    (&["turnpike", "tpke"], "Tpke"),
];

const UNITS: &[(&[&str], &str)] = &[
    (&["apartment", "apt"], "Apt"),
    (&["building", "bldg"], "Bldg"),
    (&["department", "dept"], "Dept"),
    (&["flat"], "Flat"),
    (&["room", "rm"], "Rm"),
    (&["suite", "ste"], "Ste"),
    (&["unit"], "Unit"),
];

const DIRECTIONS: &[(&[&str], &str)] = &[
    (&["north", "n"], "N"),
    (&["south", "s"], "S"),
    (&["east", "e"], "E"),
    (&["west", "w"], "W"),
    (&["northeast", "ne"], "NE"),
    (&["northwest", "nw"], "NW"),
    (&["southeast", "se"], "SE"),
    (&["southwest", "sw"], "SW"),
];

fn in_short(of: &[(&[&str], &'static str)], word: &str) -> Option<&'static str> {
    let is_it = |name: &&str| name.eq_ignore_ascii_case(word);
    let found = of.iter().find(|(names, _)| names.iter().any(is_it));
    found.map(|(_, short)| *short)
}

/// Whether a word stands before the number of a unit.
pub(super) fn is_unit(word: &str) -> bool {
    in_short(UNITS, word).is_some()
}

/// Whether what follows a unit's word is its number. `FL 33601` is in Florida.
pub(super) fn is_unit_number(unit: &str, next: &str) -> bool {
    let number = next.strip_prefix('#').unwrap_or(next);
    let most = if unit.eq_ignore_ascii_case("fl") {
        3
    } else {
        5
    };
    let is_plain = number
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_letter = number.len() == 1 && number.bytes().all(|b| b.is_ascii_alphabetic());
    let has_digit = number.bytes().any(|b| b.is_ascii_digit());
    is_plain && number.len() <= most && (is_letter || has_digit)
}

/// What the word at a place of a part is in short.
pub(super) fn short(part: &[Word], at: usize) -> Option<String> {
    let text = |at: usize| part.get(at).map(|word| word.text.as_str());
    let word = text(at)?;
    let next = text(at + 1);
    let before = at.checked_sub(1).and_then(text);
    if let Some(short) = german(word, text(0).is_some_and(is_number)) {
        return Some(short);
    }
    if let Some(unit) = in_short(UNITS, word) {
        let is_storey = unit == "Fl" && before.is_some_and(is_ordinal);
        if is_storey || next.is_some_and(|next| is_unit_number(word, next)) {
            return Some(unit.to_owned());
        }
    }
    let has_name = part
        .get(..at)
        .unwrap_or_default()
        .iter()
        .any(|word| is_name(&word.text));
    if let Some(street) = street(word) {
        let is_numbered = next.is_some_and(|next| {
            is_number(next) || next.len() == 1 && next.bytes().all(|b| b.is_ascii_alphabetic())
        });
        let is_last = next.is_none() && before.is_some_and(is_direction);
        if has_name || is_numbered || is_last || before.is_some_and(is_ordinal) {
            return Some(street.to_owned());
        }
    }
    let direction = in_short(DIRECTIONS, word)?;
    let is_first = at == 1
        && text(0).is_some_and(is_number)
        && next.is_some_and(|next| street(next).is_none() && (is_name(next) || is_ordinal(next)));
    let is_last = next.is_none() && has_name && before.is_some_and(|word| street(word).is_some());
    (is_first || is_last).then(|| direction.to_owned())
}

/// `Str` comes here only where it is English.
fn street(word: &str) -> Option<&'static str> {
    if word.eq_ignore_ascii_case("str") {
        return Some("St");
    }
    in_short(STREETS, word)
}

fn is_direction(word: &str) -> bool {
    in_short(DIRECTIONS, word).is_some()
}

/// Letters that are no direction.
fn is_name(word: &str) -> bool {
    word.starts_with(char::is_alphabetic) && !is_direction(word)
}

/// `Hauptstraße` is `Hauptstr.`, and `Straße` is `Str.` unless a house number stands first: `Str` is then an English street.
fn german(word: &str, has_number_first: bool) -> Option<String> {
    /// Before the ending of a street's name.
    const SHORTEST: usize = 3;
    if !word.chars().all(|c| c.is_alphabetic() || c == '-') {
        return None;
    }
    let lower = word.to_lowercase();
    let stem = ["straße", "strasse", "str"]
        .iter()
        .find_map(|ending| lower.strip_suffix(ending))?;
    if stem.is_empty() {
        return (!has_number_first).then(|| "Str.".to_owned());
    }
    if stem.chars().count() < SHORTEST {
        return None;
    }
    // `Karl-Marx-Straße` keeps its capital.
    let count = stem.chars().count();
    let mut short: String = word.chars().take(count).collect();
    short = capital_first(&short);
    short.push_str(if stem.ends_with('-') { "Str." } else { "str." });
    Some(short)
}
