//! The order of a person's names: given names first, as a standard form has them.
//!
//! `Müller, Anna` is `Anna Müller`. A name is turned round where it has exactly one comma and both sides look like names: one to four words
//! of Latin, Greek or Cyrillic letters, none of them of a company (`GmbH`) or `and`. What follows the comma must not be letters after a name
//! or a title alone (`Jane Doe, PhD`, `Smith, Jr.`). Letters after either side go to the end (`Smith Jr., John` is `John Smith Jr.`).
//! Any other name stays in the order in which it is typed.
//!
//! Where the family name is declared to come first, it does without a comma too: particles (`van der`) and the word after them.

use crate::invalid::Invalid;
use crate::name;
use crate::name_plain;
use crate::name_words::{LONGEST_WORD, is_particle, suffix};
use crate::text::is_zero_width;

/// Which of a person's names comes first in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NameOrder {
    /// Not said: a comma tells (`Müller, Anna`).
    #[default]
    Undeclared,
    /// The given name; a comma means nothing.
    FirstLast,
    /// The family name, with a comma or without.
    LastFirst,
}

/// Most words on either side of the comma.
const MOST_WORDS: usize = 4;

/// Appends the name in title case, given names first, to `out`.
///
/// # Errors
/// [`Invalid::Name`] where there is no letter at all; `out` is then unchanged.
pub fn standardise(value: &str, order: NameOrder, out: &mut String) -> Result<(), Invalid> {
    let turned = match order {
        NameOrder::FirstLast => return name::standardise(value, out),
        // A plain name has no comma.
        NameOrder::Undeclared if name_plain::push_title(value, out) => return Ok(()),
        NameOrder::Undeclared => turned(value),
        NameOrder::LastFirst if value.contains(',') => turned(value),
        NameOrder::LastFirst => family_first(value),
    };
    name::standardise_any(turned.as_deref().unwrap_or(value), out)
}

/// A name with its one comma, turned round.
fn turned(value: &str) -> Option<String> {
    let (family, given) = value.split_once(',')?;
    if given.contains(',') {
        return None;
    }
    let (family, given) = (side(family)?, side(given)?);
    if given.iter().all(|word| is_no_name(&bare(word))) {
        return None;
    }
    let (family, after_family) = without_letters_after(&family);
    let (given, after_given) = without_letters_after(&given);
    Some(
        [given, family, after_family, after_given]
            .concat()
            .join(" "),
    )
}

/// A name without a comma, whose family name comes first.
fn family_first(value: &str) -> Option<String> {
    let words: Vec<&str> = words(value).collect();
    let (words, after) = without_letters_after(&words);
    let particles = words
        .iter()
        .take_while(|word| is_particle(bare(word).as_bytes()))
        .count();
    let (family, given) = words.split_at_checked(particles + 1)?;
    (!given.is_empty()).then(|| [given, family, after].concat().join(" "))
}

/// The words of one side of a comma, if they look like names.
fn side(text: &str) -> Option<Vec<&str>> {
    let words: Vec<&str> = words(text).collect();
    let looks_right = (1..=MOST_WORDS).contains(&words.len())
        && words.iter().all(|word| is_name_like(word))
        && !words.iter().any(|word| is_of_company(&bare(word)));
    looks_right.then_some(words)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.chars().all(is_zero_width))
}

fn is_name_like(word: &str) -> bool {
    let is_letter =
        |c: char| c.is_alphabetic() && matches!(c, '\0'..='\u{52f}' | '\u{1e00}'..='\u{1fff}');
    word.contains(is_letter)
        && word.chars().all(|c| {
            is_letter(c)
                || is_zero_width(c)
                || matches!(
                    c,
                    '-' | '.' | '\'' | '\u{2019}' | '\u{2018}' | '\u{2bc}' | '\u{b4}'
                )
                || matches!(c, '\u{300}'..='\u{36f}' | '\u{2010}' | '\u{2011}')
        })
}

/// A word as the tables have it: without points, in lower case.
fn bare(word: &str) -> String {
    let letters = word.chars().filter(|c| *c != '.' && !is_zero_width(*c));
    letters.collect::<String>().to_lowercase()
}

/// The names, and the letters after them. At least one word is a name.
fn without_letters_after<'a, 'w>(words: &'a [&'w str]) -> (&'a [&'w str], &'a [&'w str]) {
    let letters = words
        .iter()
        .skip(1)
        .rev()
        .take_while(|word| is_letters_after(&bare(word)))
        .count();
    words.split_at(words.len() - letters)
}

/// Letters after a name that are nothing else.
fn is_letters_after(word: &str) -> bool {
    matches!(
        word,
        "jr" | "sr"
            | "jnr"
            | "snr"
            | "esq"
            | "bsc"
            | "msc"
            | "llb"
            | "llm"
            | "edd"
            | "psyd"
            | "dmd"
    ) || word.len() <= LONGEST_WORD && suffix(word.as_bytes()).is_some()
}

/// What is no given name, or need not be one: letters after a name, single letters and titles.
fn is_no_name(word: &str) -> bool {
    is_letters_after(word)
        || matches!(
            word,
            "i" | "v"
                | "vi"
                | "ix"
                | "x"
                | "ba"
                | "bs"
                | "ma"
                | "ms"
                | "do"
                | "pa"
                | "np"
                | "pe"
                | "jd"
                | "cfa"
                | "cfp"
                | "dr"
                | "prof"
                | "mr"
                | "mrs"
                | "mx"
                | "miss"
                | "sir"
                | "dame"
                | "lord"
                | "lady"
                | "rev"
                | "herr"
                | "frau"
                | "mme"
                | "mlle"
                | "sra"
                | "ing"
                | "dipl-ing"
                | "mag"
                | "junior"
                | "senior"
        )
}

/// Words of companies, and those that join two people.
fn is_of_company(word: &str) -> bool {
    matches!(
        word,
        "gmbh"
            | "mbh"
            | "ag"
            | "kg"
            | "kgaa"
            | "ohg"
            | "gbr"
            | "ug"
            | "ev"
            | "eg"
            | "inc"
            | "incorporated"
            | "ltd"
            | "limited"
            | "llc"
            | "llp"
            | "lp"
            | "plc"
            | "corp"
            | "corporation"
            | "co"
            | "company"
            | "sa"
            | "sas"
            | "sarl"
            | "srl"
            | "spa"
            | "sl"
            | "bv"
            | "nv"
            | "ab"
            | "oy"
            | "oyj"
            | "aps"
            | "se"
            | "kft"
            | "sro"
            | "doo"
            | "pty"
            | "group"
            | "holding"
            | "stiftung"
            | "foundation"
            | "and"
            | "und"
            | "et"
            | "or"
            | "oder"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standard(value: &str, order: NameOrder) -> String {
        let mut out = String::new();
        match standardise(value, order, &mut out) {
            Ok(()) => out,
            Err(invalid) => format!("{invalid:?}"),
        }
    }

    #[test]
    fn a_comma_turns_a_name_round() {
        for (value, expected) in [
            ("Müller, Anna", "Anna Müller"),
            ("MÜLLER,ANNA", "Anna Müller"),
            ("müller ,  anna maria", "Anna Maria Müller"),
            ("Smith, J.", "J. Smith"),
            ("Smith, John Jr.", "John Smith Jr."),
            ("Smith Jr., John", "John Smith Jr."),
            ("Smith, John III", "John Smith III"),
            ("van der Berg, Jan", "Jan van der Berg"),
            ("O’Brien, Conan", "Conan O'Brien"),
            (
                "García Márquez, Gabriel José",
                "Gabriel José García Márquez",
            ),
            ("Smith-Jones, Dr. Mary", "Dr. Mary Smith-Jones"),
            ("Петров, Иван", "Иван Петров"),
            ("Παπάς, Γιώργος", "Γιώργος Παπάς"),
            ("Mu\u{308}ller, Anna", "Anna Müller"),
        ] {
            assert_eq!(
                standard(value, NameOrder::Undeclared),
                expected,
                "{value:?}"
            );
            assert_eq!(standard(value, NameOrder::LastFirst), expected, "{value:?}");
        }
    }

    #[test]
    fn other_commas_stay() {
        for value in [
            "Jane Doe, PhD",
            "Jane Doe, Ph.D.",
            "Jane Doe, MD",
            "Smith, Jr.",
            "Smith, V.",
            "Müller, Dr.",
            "Müller, Prof. Dr.",
            "Müller, Meyer, Schulz",
            "Smith, John, Jr.",
            "Smith, John & Mary",
            "Smith, John and Mary",
            "Müller, Anna GmbH",
            "Acme, Inc.",
            "Müller, 2",
            "Müller,",
            ", Anna",
            "山田, 太郎",
            "One Two Three Four Five, Six",
        ] {
            let typed = standard(value, NameOrder::FirstLast);
            assert_eq!(standard(value, NameOrder::Undeclared), typed, "{value:?}");
            assert_eq!(standard(value, NameOrder::LastFirst), typed, "{value:?}");
        }
        assert_eq!(
            standard("Müller, Anna", NameOrder::FirstLast),
            "Müller, Anna"
        );
    }

    #[test]
    fn a_declared_order_needs_no_comma() {
        for (value, expected) in [
            ("Müller Anna", "Anna Müller"),
            ("MÜLLER ANNA MARIA", "Anna Maria Müller"),
            ("van der Berg Jan", "Jan van der Berg"),
            ("Smith John Jr.", "John Smith Jr."),
            ("Nagy", "Nagy"),
            ("van Berg", "van Berg"),
            ("", "Name"),
        ] {
            assert_eq!(standard(value, NameOrder::LastFirst), expected, "{value:?}");
        }
        assert_eq!(
            standard("Müller Anna", NameOrder::Undeclared),
            "Müller Anna"
        );
    }

    proptest! {
        #[test]
        fn a_standard_form_is_its_own(value in "[A-Za-zäÖéñß'. ,\u{200b}\u{300}-]{0,16}") {
            let once = standard(&value, NameOrder::Undeclared);
            prop_assert_eq!(standard(&once, NameOrder::Undeclared), once);
        }

        #[test]
        fn both_orders_are_one_name(given in "[A-Z][a-zäöü]{5,9}( [A-Z][a-z]{5,9})?", family in "[A-Z][a-zäöü]{6,9}(-[A-Z][a-z]{6,9})?") {
            prop_assume!(side(&given).is_some() && side(&family).is_some());
            let expected = standard(&format!("{given} {family}"), NameOrder::FirstLast);
            for value in [format!("{family}, {given}"), format!("{family},{given}"), format!(" {family} , {given} ")] {
                prop_assert_eq!(standard(&value, NameOrder::Undeclared), expected.clone());
                prop_assert_eq!(standard(&value, NameOrder::LastFirst), expected.clone());
            }
            prop_assert_eq!(standard(&format!("{family} {given}"), NameOrder::LastFirst), expected);
        }

        #[test]
        fn without_a_comma_nothing_is_turned(value in "[^,]{0,16}") {
            prop_assert_eq!(standard(&value, NameOrder::Undeclared), standard(&value, NameOrder::FirstLast));
        }
    }
}
