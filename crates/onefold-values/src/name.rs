//! Person names in title case.
//!
//! A name is cased word by word, a word part by part (parts end at hyphens, points, commas, brackets, quotes): first letter upper case,
//! the rest lower, and then what people expect:
//! - `O'Brien`, `D'Angelo`; `McDonald`; `MacDonald` from a list of Mac names (not `Macy`, `Machado`); `Smith-Jones`; `J.R.R.`; `AJ Smith`;
//! - `III`, `PhD`, `MD` and the like after the first word; `Jr.` and `Sr.` need no rule;
//! - particles (`van`, `von`, `de la`, `bin`, `al-`) are lower case between words, however they were typed, so that one person has one
//!   standard form; the first word is upper case unless a name in mixed case begins with the particle in lower case (`van der Berg`), and
//!   the last word is upper case (`Nguyen Thi Van`);
//! - capitals inside a part that look meant (`LeBron`, `DeShawn`, `VanDyke`) are kept: the first letter is a capital, each later capital stands
//!   alone, and lower case surrounds it. `jOHN` and `McDONALD` do not look so. Neither they nor a particle mean anything in a name that
//!   keeps letters of one case only (`van 'A`, `TC b`).
//!
//! A standard form is its own standard form.
//!
//! White space and control characters between words become one space, apostrophes become `'`, the text becomes NFC. Letters of scripts
//! other than Latin, Greek and Cyrillic are left as they are, and so are letters without a single upper or lower case (ß, ı).

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::invalid::Invalid;
use crate::name_plain;
use crate::name_words::{
    LONGEST_WORD, first_initials, is_article, is_elided, is_particle, is_vietnamese_family,
    mac_prefix, suffix,
};
use crate::text::trim;

/// Appends the name in title case to `out`.
///
/// # Errors
/// [`Invalid::Name`] where there is no letter at all; `out` is then unchanged.
pub fn standardise(value: &str, out: &mut String) -> Result<(), Invalid> {
    if name_plain::push_title(value, out) {
        return Ok(());
    }
    standardise_any(value, out)
}

/// [`standardise`] without the path for plain names.
pub(crate) fn standardise_any(value: &str, out: &mut String) -> Result<(), Invalid> {
    let value = trim(value);
    if value.is_ascii() || value.chars().all(is_plain) {
        return title(value, out);
    }
    let visible: String = value
        .chars()
        .filter(|c| !matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}'))
        .collect();
    let mut name: String = if is_nfc(&visible) {
        visible.chars().map(plain).collect()
    } else {
        visible.nfc().map(plain).collect()
    };
    let start = out.len();
    loop {
        title(&name, out)?;
        // A letter in its other case may compose with the mark that follows it (`Ϊ́`, `ΐ`); each time there is one character less.
        if is_nfc(&out[start..]) {
            return Ok(());
        }
        name = out[start..].nfc().collect();
        out.truncate(start);
    }
}

/// Characters that neither NFC nor [`plain`] changes, as far as a comparison can tell.
const fn is_plain(c: char) -> bool {
    c < '\u{2b0}' && !matches!(c, '\u{7f}'..='\u{a0}' | '\u{ad}' | '\u{b4}')
}

/// One apostrophe and one space for all of Unicode's.
fn plain(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{2bc}' | '\u{b4}' => '\'',
        c if c.is_whitespace() || c.is_control() => ' ',
        c => c,
    }
}

/// Where a word stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    first: bool,
    last: bool,
    /// The name has letters of both cases, so its capitals mean something.
    mixed: bool,
    /// The first word of the name.
    opening: &'a str,
}

fn title(name: &str, out: &mut String) -> Result<(), Invalid> {
    if !name.contains(char::is_alphabetic) {
        return Err(Invalid::Name);
    }
    let start = out.len();
    let mixed = is_mixed(name);
    push_words(name, mixed, out);
    // Read again, a name that has lost the letters of a case is not mixed.
    if mixed && !is_mixed(&out[start..]) {
        out.truncate(start);
        push_words(name, false, out);
    }
    Ok(())
}

fn push_words(name: &str, mixed: bool, out: &mut String) {
    let mut place = Place {
        first: true,
        last: false,
        mixed,
        opening: "",
    };
    let mut rest = name;
    loop {
        let (word, after) = cut(rest, is_space);
        // What follows the white space after the word.
        let next = after.trim_start_matches(|c: char| c <= ' ' || c == '\u{7f}');
        place.last = next.is_empty();
        if place.first {
            place.opening = word;
        } else if !word.is_empty() {
            out.push(' ');
        }
        push_word(word, place, out);
        if place.last {
            return;
        }
        place.first &= word.is_empty();
        rest = next;
    }
}

/// Whether there are letters of both cases.
fn is_mixed(text: &str) -> bool {
    let bytes = text.as_bytes();
    let small = bytes.iter().any(u8::is_ascii_lowercase);
    let capital = bytes.iter().any(u8::is_ascii_uppercase);
    if small && capital || text.is_ascii() {
        return small && capital;
    }
    (small || text.contains(char::is_lowercase)) && (capital || text.contains(char::is_uppercase))
}

fn push_word(word: &str, place: Place<'_>, out: &mut String) {
    let mut rest = word;
    let mut first_part = true;
    while !rest.is_empty() {
        let (part, after) = cut(rest, is_delimiter);
        let (between, next) = cut(after, |byte| !is_delimiter(byte));
        push_part(part, place, Position::of(first_part, between, next), out);
        out.push_str(between);
        first_part &= part.is_empty();
        rest = next;
    }
}

/// What stands before the first byte of a kind, which is ASCII or begins a character, and the rest.
fn cut(text: &str, kind: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(kind).unwrap_or(text.len());
    text.split_at(end)
}

/// White space and control characters of ASCII; [`plain`] has made the others spaces.
const fn is_space(byte: u8) -> bool {
    byte <= b' ' || byte == 0x7f
}

/// Ends a part of a word: a capital follows.
const fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'-' | b'.' | b',' | b'/' | b'&' | b'(' | b')' | b'[' | b']' | b'"' | b';' | b'_'
    )
}

/// Where a part stands in its word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// It is the word, but for punctuation around it.
    Whole,
    /// A hyphen and another part follow (`al-Rashid`, `Abd-al-Rahman`).
    BeforeHyphen {
        first: bool,
    },
    Other,
}

impl Position {
    fn of(first: bool, between: &str, next: &str) -> Self {
        if between == "-" && !next.is_empty() {
            Self::BeforeHyphen { first }
        } else if first && next.is_empty() {
            Self::Whole
        } else {
            Self::Other
        }
    }
}

fn push_part(part: &str, place: Place<'_>, position: Position, out: &mut String) {
    let start = out.len();
    push_lower(part, out);
    let lower = &out.as_bytes()[start..];
    if lower.len() <= LONGEST_WORD {
        if is_lower(part, lower, place, position) {
            return;
        }
        let letters = match position {
            Position::Whole if !place.first => suffix(lower),
            Position::Whole if !place.last && part.len() == 2 => {
                first_initials(lower).or(initials_as_typed(part).filter(|_| place.mixed))
            }
            _ => None,
        };
        if let Some(letters) = letters {
            out.truncate(start);
            out.push_str(letters);
            return;
        }
    }
    if place.mixed && is_meant(part) {
        out.truncate(start);
        out.push_str(part);
        return;
    }
    if let Some(at) = inner_capital(&out[start..]) {
        capitalise(start + at, None, out);
    }
    capitalise(start, part.chars().next(), out);
}

/// Whether a part is a particle and stands where it is written in lower case.
fn is_lower(part: &str, lower: &[u8], place: Place<'_>, position: Position) -> bool {
    match position {
        Position::Whole if place.last => false,
        Position::Whole if place.first => {
            place.mixed && is_particle(lower) && part.as_bytes() == lower
        }
        Position::Whole => {
            is_particle(lower) && !(lower == b"van" && is_vietnamese_family(place.opening))
        }
        Position::BeforeHyphen { first: true } => !place.first && is_article(lower),
        Position::BeforeHyphen { first: false } => is_particle(lower) || is_article(lower),
        Position::Other => false,
    }
}

/// Two capitals without a vowel, in a name that is otherwise in mixed case.
fn initials_as_typed(part: &str) -> Option<&str> {
    let consonant = |b: u8| b.is_ascii_uppercase() && !b"AEIOUY".contains(&b);
    (part.len() == 2 && part.bytes().all(consonant)).then_some(part)
}

/// Whether the capitals inside a part look meant.
fn is_meant(part: &str) -> bool {
    if part.is_ascii() && !part.bytes().skip(1).any(|byte| byte.is_ascii_uppercase()) {
        return false;
    }
    let body = match part.split_once('\'') {
        Some(("d" | "l" | "dell" | "dall", after)) => after,
        _ => part,
    };
    let mut capitals_inside = body.len() < part.len();
    let mut previous_upper = false;
    for (index, c) in body.char_indices() {
        let upper = c.is_uppercase();
        if index == 0 && !upper || upper && previous_upper {
            return false;
        }
        capitals_inside |= upper && index > 0;
        previous_upper = upper;
    }
    capitals_inside && body.contains(char::is_lowercase)
}

/// Where a lower-case part has a second capital, after `O'`, `Mc` or `Mac`.
fn inner_capital(part: &str) -> Option<usize> {
    let Some(at) = part.bytes().position(|byte| byte == b'\'') else {
        return mac_prefix(part.as_bytes());
    };
    let two_follow = part[at + 1..].chars().nth(1).is_some();
    (is_elided(&part.as_bytes()[..at]) && two_follow).then_some(at + 1)
}

/// Makes the letter at `at` upper case; `typed` is the letter before it was made lower case, which may have lost something (İ).
fn capitalise(at: usize, typed: Option<char>, out: &mut String) {
    let Some(first) = out[at..].chars().next() else {
        return;
    };
    if first.is_ascii() && typed.is_none_or(|c| c.is_ascii()) {
        out[at..=at].make_ascii_uppercase();
        return;
    }
    let rest = out.split_off(at + first.len_utf8());
    out.truncate(at);
    out.push(upper(typed.unwrap_or(first)));
    out.push_str(&rest);
}

fn push_lower(part: &str, out: &mut String) {
    let start = out.len();
    if part.is_ascii() {
        out.push_str(part);
        out[start..].make_ascii_lowercase();
        return;
    }
    out.extend(part.chars().map(lower));
    if out.ends_with('σ') && part.chars().nth(1).is_some() {
        out.pop();
        out.push('ς');
    }
}

/// Latin but for the digraphs that have a title case of their own, Greek, Cyrillic.
const fn has_title_case(c: char) -> bool {
    matches!(c, '\0'..='\u{24f}' | '\u{370}'..='\u{52f}' | '\u{1e00}'..='\u{1fff}')
        && !matches!(c, '\u{1c4}'..='\u{1cc}' | '\u{1f1}'..='\u{1f3}')
}

fn lower(c: char) -> char {
    match c {
        'İ' => 'i',
        c if has_title_case(c) => single(c.to_lowercase()).unwrap_or(c),
        c => c,
    }
}

/// The capital of which `c` is the small letter; `ı`, `ſ` and `µ` share theirs with another and stay.
fn upper(c: char) -> char {
    if !has_title_case(c) {
        return c;
    }
    single(c.to_uppercase())
        .filter(|&capital| capital == c || lower(capital) == c)
        .unwrap_or(c)
}

fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    chars.next().filter(|_| chars.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standard(value: &str) -> Result<String, Invalid> {
        let mut out = String::new();
        standardise(value, &mut out).map(|()| out)
    }

    /// Each name stands for itself, in lower case and in capitals.
    #[test]
    fn names_in_any_case() {
        for name in [
            "John Smith",
            "Mary Smith-Jones",
            "Conan O'Brien",
            "Beverly D'Angelo",
            "Ronald McDonald",
            "Fiona MacDonald",
            "Bruce Macy",
            "Connie Mack",
            "Maria Machado",
            "Mackenzie Davis",
            "Jan van der Berg",
            "Ludwig van Beethoven",
            "Otto von Bismarck",
            "Penelope de la Cruz",
            "Osama bin Said",
            "Omar al-Rashid",
            "Al-Rashid Omar",
            "Abd-al-Rahman Khan",
            "Mohammed al Fayed",
            "Van Morrison",
            "Von Miller",
            "Nguyen Van Anh",
            "Nguyen Thi Van",
            "J.R.R. Tolkien",
            "John E Smith",
            "AJ Smith",
            "Henry Ford II",
            "John Smith III",
            "John Smith IV",
            "John Smith Jr.",
            "John Smith Sr",
            "Jane Doe PhD",
            "Jane Doe, MD",
            "Jane Doe, Ph.D.",
            "Smith, John",
            "Dr. Mary Poppins",
            "Robert (Bob) Smith",
            "Marie-Claire Dell'Acqua",
            "Sa'id Khan",
            "Ng",
            "X",
            "Jean-Luc Picard",
            "Élodie Béart",
            "Øystein Ås",
            "Łukasz Żak",
            "Иван Петров",
            "Γιώργος Παπάς",
        ] {
            for value in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
                assert_eq!(standard(&value).as_deref(), Ok(name), "{value:?}");
            }
        }
    }

    #[test]
    fn fixes_and_keeps() {
        for (value, expected) in [
            ("  john   smith ", "John Smith"),
            ("john\t\nsmith", "John Smith"),
            ("john\u{a0}smith", "John Smith"),
            ("jo\u{200b}hn smith", "John Smith"),
            ("LeBron James", "LeBron James"),
            ("DeShawn Jones", "DeShawn Jones"),
            ("McKenzie VanDyke", "McKenzie VanDyke"),
            ("van der Berg", "van der Berg"),
            ("VAN DER BERG", "Van der Berg"),
            ("Jan Van Der Berg", "Jan van der Berg"),
            ("jOHN sMITH", "John Smith"),
            ("Ronald McDONALD", "Ronald McDonald"),
            ("Ronald Mcdonald", "Ronald McDonald"),
            ("Conan O’BRIEN", "Conan O'Brien"),
            ("conan o’brien", "Conan O'Brien"),
            ("Gabriele d'Annunzio", "Gabriele d'Annunzio"),
            ("TC Boyle", "TC Boyle"),
            ("John DOE", "John Doe"),
            ("John's Shop", "John's Shop"),
            ("Jose\u{301} Pen\u{303}a", "José Peña"),
            ("İBRAHİM ışık", "İbrahim ışık"),
            ("STRAßE", "Straße"),
            ("山田 太郎", "山田 太郎"),
            ("მარიამ", "მარიამ"),
            ("محمد علي", "محمد علي"),
            ("ǆemal", "ǆemal"),
            ("agent 007", "Agent 007"),
            ("st.john", "St.John"),
            ("van 'A", "Van 'a"),
            ("JAN VAN 'T HOFF", "Jan van 't Hoff"),
            ("TC b", "Tc B"),
            ("o'é", "O'é"),
            ("ſmith", "ſmith"),
            ("ΜΑΪ\u{301}ΟΥ", "Μαΐου"),
        ] {
            assert_eq!(standard(value).as_deref(), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn rejects_what_has_no_letter() {
        for value in [
            "", " ", "-", "...", "12345", "555-0101", "?!", "\u{200b}", "😀",
        ] {
            assert_eq!(standard(value), Err(Invalid::Name), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn standard_form_is_a_fixed_point(
            value in "([A-Za-z'.,-]{1,6} ?|van |de |al-|mc|mac|o'|III|[ÉßΣİжıſµǰΪΫJTſǅʼ´’]|[\u{300}-\u{345}]| |\t){1,6}|\\PC{1,12}",
        ) {
            if let Ok(once) = standard(&value) {
                prop_assert_eq!(standard(&once), Ok(once));
            }
        }

        #[test]
        fn letters_stay_the_same_but_for_case(value in "[A-Za-z' .-]{1,24}") {
            if let Ok(name) = standard(&value) {
                let squeezed: Vec<&str> = value.split_whitespace().collect();
                prop_assert_eq!(name.to_lowercase(), squeezed.join(" ").to_lowercase());
            }
        }

        #[test]
        fn no_text_panics(value in any::<String>()) {
            let mut out = "before".to_owned();
            if standardise(&value, &mut out).is_err() {
                prop_assert_eq!(out, "before");
            }
        }
    }
}
