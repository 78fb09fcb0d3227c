//! What words of an address are in short: USPS Publication 28, appendix C1, C2 and B, and German streets.

use std::borrow::Cow;

use super::word::{Word, capital_first, is_number, is_ordinal};

/// A common word of addresses: what it is in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Common {
    Street(&'static str),
    Unit(&'static str),
    Direction(&'static str),
}

/// Letters of a common word at most.
const LONGEST: usize = 10;

/// What a word is, if it is a common one of addresses.
pub(super) fn common(word: &str) -> Option<Common> {
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"alley" | b"ally" => Common::Street("Aly"),
        b"avenue" | b"av" | b"aven" | b"avn" | b"ave" => Common::Street("Ave"),
        b"boulevard" | b"boul" | b"blv" | b"blvd" => Common::Street("Blvd"),
        b"causeway" => Common::Street("Cswy"),
        b"circle" | b"circ" | b"cir" => Common::Street("Cir"),
        b"court" | b"ct" => Common::Street("Ct"),
        b"crescent" | b"cres" => Common::Street("Cres"),
        b"crossing" | b"xing" => Common::Street("Xing"),
        b"drive" | b"drv" | b"dr" => Common::Street("Dr"),
        b"expressway" | b"expy" => Common::Street("Expy"),
        b"freeway" | b"fwy" => Common::Street("Fwy"),
        b"highway" | b"hiway" | b"hwy" => Common::Street("Hwy"),
        b"lane" | b"ln" => Common::Street("Ln"),
        b"parkway" | b"pkway" | b"pkwy" => Common::Street("Pkwy"),
        b"place" | b"pl" => Common::Street("Pl"),
        b"plaza" | b"plz" => Common::Street("Plz"),
        b"road" | b"rd" => Common::Street("Rd"),
        b"route" | b"rte" => Common::Street("Rte"),
        b"square" | b"sqr" | b"sq" => Common::Street("Sq"),
        b"street" | b"strt" | b"st" | b"str" => Common::Street("St"),
        b"terrace" | b"terr" | b"ter" => Common::Street("Ter"),
        b"trail" | b"trl" => Common::Street("Trl"),
        b"turnpike" | b"tpke" => Common::Street("Tpke"),
        b"apartment" | b"apt" => Common::Unit("Apt"),
        b"building" | b"bldg" => Common::Unit("Bldg"),
        b"department" | b"dept" => Common::Unit("Dept"),
        b"flat" => Common::Unit("Flat"),
        b"room" | b"rm" => Common::Unit("Rm"),
        b"suite" | b"ste" => Common::Unit("Ste"),
        b"unit" => Common::Unit("Unit"),
        b"north" | b"n" => Common::Direction("N"),
        b"south" | b"s" => Common::Direction("S"),
        b"east" | b"e" => Common::Direction("E"),
        b"west" | b"w" => Common::Direction("W"),
        b"northeast" | b"ne" => Common::Direction("NE"),
        b"northwest" | b"nw" => Common::Direction("NW"),
        b"southeast" | b"se" => Common::Direction("SE"),
        b"southwest" | b"sw" => Common::Direction("SW"),
        _ => return None,
    })
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
            let has_number = next.is_some_and(|next| is_unit_number(&word.text, &next.text));
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
