//! Countries: ISO 3166-1 codes, from codes and from what people call a country.
//!
//! Read: codes of two and three letters, of three digits, names in English, other usual names (`USA`, `England`, `Holland`), and the larger
//! countries' names in their own languages, in German, French and Spanish. Case, accents, full stops and hyphens do not matter.
//!
//! A name that may be of several countries (`Korea`) is none: a wrong country is worse than none. Nor is a slip of the pen mended.

mod table;

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::invalid::Invalid;
use crate::text::trim;

pub use table::Country;
use table::{COUNTRIES, NO_NUMBER, OTHER_NAMES};

/// No name that is known has more bytes, folded.
const LONGEST: usize = 64;

/// Appends the code of two letters to `out`, in capitals.
///
/// # Errors
/// [`Invalid::Country`]; `out` is then unchanged.
pub fn standardise(value: &str, out: &mut String) -> Result<(), Invalid> {
    let country = of(value).ok_or(Invalid::Country)?;
    out.push_str(country.code);
    Ok(())
}

/// All countries, by code.
pub fn all() -> &'static [Country] {
    COUNTRIES
}

/// The country that a text names.
pub fn of(value: &str) -> Option<&'static Country> {
    let value = trim(value);
    if let [first, second] = value.as_bytes()
        && let Some(country) = of_letters(*first, *second)
    {
        return Some(country);
    }
    if value.is_ascii() {
        let mut folded = [0; LONGEST];
        let length = fold_ascii(value.as_bytes(), &mut folded)?;
        return NAMES.get(folded.get(..length)?).copied();
    }
    NAMES.get(fold(value).as_bytes()).copied()
}

/// By two letters, of any case.
fn of_letters(first: u8, second: u8) -> Option<&'static Country> {
    let code = [first.to_ascii_uppercase(), second.to_ascii_uppercase()];
    let found = COUNTRIES.binary_search_by(|country| country.code.as_bytes().cmp(&code));
    found.ok().and_then(|at| COUNTRIES.get(at))
}

/// All codes and names, folded.
static NAMES: LazyLock<HashMap<Vec<u8>, &'static Country>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for country in COUNTRIES {
        names.insert(fold(country.name).into_bytes(), country);
        names.insert(fold(country.code).into_bytes(), country);
        names.insert(fold(country.code3).into_bytes(), country);
        if country.number != NO_NUMBER {
            names.insert(format!("{:03}", country.number).into_bytes(), country);
        }
    }
    for (code, others) in OTHER_NAMES {
        let Some(country) = COUNTRIES.iter().find(|country| country.code == *code) else {
            continue;
        };
        for name in *others {
            names.insert(fold(name).into_bytes(), country);
        }
    }
    names
});

/// A name as it is compared: letters and digits in lower case without accents; `St` is `saint`, `the` before a name and `and`
/// within it do not count.
fn fold(name: &str) -> String {
    let plain: String = name
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .flat_map(|c| {
            let (first, second) = match c {
                'ß' => ('s', Some('s')),
                'æ' => ('a', Some('e')),
                'œ' => ('o', Some('e')),
                'ø' => ('o', None),
                'ł' => ('l', None),
                'đ' => ('d', None),
                'ı' => ('i', None),
                other => (other, None),
            };
            std::iter::once(first).chain(second)
        })
        .collect();
    let mut out = String::with_capacity(plain.len());
    for word in telling(&plain) {
        out.push_str(word);
    }
    out
}

/// The same for ASCII without an allocation; `None`: longer than any name.
fn fold_ascii(name: &[u8], out: &mut [u8; LONGEST]) -> Option<usize> {
    let mut lower = [0; LONGEST];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let lower = str::from_utf8(lower).ok()?;
    let mut length = 0;
    for word in telling(lower) {
        let end = length + word.len();
        out.get_mut(length..end)?.copy_from_slice(word.as_bytes());
        length = end;
    }
    Some(length)
}

/// The words of a name that tell it from others: without `the` before it and `and` within it.
fn telling(name: &str) -> impl Iterator<Item = &str> {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let mut words = words.filter(|word| !word.is_empty()).peekable();
    let first = words
        .next()
        .filter(|first| *first != "the" || words.peek().is_none());
    let rest = words.filter(|word| *word != "and");
    first.into_iter().chain(rest).map(|word| match word {
        "st" => "saint",
        _ => word,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn standard(value: &str) -> Result<String, Invalid> {
        let mut out = String::new();
        standardise(value, &mut out).map(|()| out)
    }

    #[test]
    fn countries_by_code_and_name() {
        for (value, expected) in [
            ("DE", "DE"),
            ("de", "DE"),
            (" DEU ", "DE"),
            ("276", "DE"),
            ("Germany", "DE"),
            ("GERMANY", "DE"),
            ("Deutschland", "DE"),
            ("Allemagne", "DE"),
            ("Alemania", "DE"),
            ("USA", "US"),
            ("U.S.", "US"),
            ("U.S.A.", "US"),
            ("u. s. a.", "US"),
            ("United States of America", "US"),
            ("the united states", "US"),
            ("États-Unis", "US"),
            ("UK", "GB"),
            ("U.K.", "GB"),
            ("England", "GB"),
            ("Great Britain", "GB"),
            ("Holland", "NL"),
            ("The Netherlands", "NL"),
            ("NEDERLAND", "NL"),
            ("Österreich", "AT"),
            ("O\u{308}sterreich", "AT"),
            ("Oesterreich", "AT"),
            ("040", "AT"),
            ("Schweiz", "CH"),
            ("Côte d'Ivoire", "CI"),
            ("Cote d\u{2019}Ivoire", "CI"),
            ("Ivory Coast", "CI"),
            ("Korea, Republic of", "KR"),
            ("St. Lucia", "LC"),
            ("Saint Kitts & Nevis", "KN"),
            ("Trinidad and Tobago", "TT"),
            ("España", "ES"),
            ("ESPANA", "ES"),
            ("Россия", "RU"),
            ("РОССИЯ", "RU"),
            ("日本", "JP"),
            ("대한민국", "KR"),
            ("Ελλάδα", "GR"),
            ("EL", "GR"),
            ("Türkiye", "TR"),
            ("TURKIYE", "TR"),
            ("Weissrussland", "BY"),
            ("Kosovo", "XK"),
            ("xk", "XK"),
            ("ＤＥ", "DE"),
        ] {
            assert_eq!(standard(value).as_deref(), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn rejects_what_names_none_or_several() {
        for value in [
            "",
            "X",
            "XX",
            "ZZZ",
            "999",
            "000",
            "4",
            "40",
            "0276",
            "+49",
            "the",
            "&",
            "Korea",
            "Virgin Islands",
            "Atlantis",
            "Gemany",
            "Germany, Berlin",
            "D",
        ] {
            assert_eq!(standard(value), Err(Invalid::Country), "{value:?}");
        }
    }

    #[test]
    fn no_name_is_of_two_countries_or_too_long() {
        let mut seen: HashMap<String, &str> = HashMap::new();
        let codes = COUNTRIES.iter().flat_map(|country| {
            let names = [country.code, country.code3, country.name];
            names.map(|name| (country.code, name))
        });
        let others = OTHER_NAMES.iter().flat_map(|(code, names)| {
            assert!(COUNTRIES.iter().any(|country| country.code == *code));
            names.iter().map(|name| (*code, *name))
        });
        for (code, name) in codes.chain(others) {
            let folded = fold(name);
            assert!(!folded.is_empty() && folded.len() <= LONGEST, "{name}");
            let before = seen.insert(folded, code);
            assert!(before.is_none_or(|other| other == code), "{name}");
            assert_eq!(standard(name).as_deref(), Ok(code), "{name}");
        }
        let numbers: HashSet<u16> = COUNTRIES.iter().map(|country| country.number).collect();
        assert_eq!(numbers.len(), COUNTRIES.len());
        assert_eq!(COUNTRIES.len(), 250);
    }

    proptest! {
        #[test]
        fn codes_of_two_letters_are_iso_or_none(value in "[A-Za-z]{2}") {
            if let Ok(code) = standard(&value) {
                prop_assert!(COUNTRIES.iter().any(|country| country.code == code));
                prop_assert_eq!(standard(&code), Ok(code));
            }
        }

        #[test]
        fn both_ways_of_folding_agree(value in "(the |St\\. ?|[A-Za-z&,.() -]|[0-9]){0,12}") {
            let mut out = [0; LONGEST];
            if let Some(length) = fold_ascii(value.as_bytes(), &mut out) {
                prop_assert_eq!(out[..length].to_vec(), fold(&value).into_bytes());
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
