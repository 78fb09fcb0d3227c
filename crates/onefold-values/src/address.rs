//! Postal addresses: a street line, or a whole address, written one way.
//!
//! `123 MAIN ST APT 4` and `123 Main Street, Apt. 4` are `123 Main St, Apt 4`. Words are apart by single blanks, with a capital first where
//! they were all capitals or all small; parts are apart by commas. What stands for a unit within a house (`Apt 4`, `#4`) is a part of its
//! own. Common English street words are abbreviated as Publication 28 of the US Postal Service has them (appendix C1), German `-straße` is
//! `-str.`.
//!
//! Every word and every digit stays, in its order. Nothing is looked up: towns are not corrected, and abbreviations are not expanded.
//!
//! | module | answers |
//! |---|---|
//! | [`split`] | which words and parts a text has |
//! | [`common`] | which words are common ones, and their short forms |
//! | [`abbreviate`] | what a word is in short where it stands |
//! | [`letters`] | which letters of a word are capitals |

mod abbreviate;
mod common;
mod letters;
mod split;
mod word;

use crate::invalid::Invalid;
use crate::text::trim;

/// Appends the address to `out`.
///
/// # Errors
/// [`Invalid::Address`]: no letter and no digit. `out` is then unchanged.
pub fn standardise(value: &str, out: &mut String) -> Result<(), Invalid> {
    let clean = split::clean(trim(value));
    let parts = split::parts(&clean);
    if parts.is_empty() {
        return Err(Invalid::Address);
    }
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            out.push_str(", ");
        }
        for (at, word) in part.iter().enumerate() {
            if at > 0 {
                out.push(' ');
            }
            match abbreviate::short(part, at) {
                Some(short) => out.push_str(&short),
                None => letters::push(part, at, position > 0, out),
            }
            let next = || part.get(at + 1).and_then(|next| next.text.chars().next());
            // A German ordinal: `17. Juni`.
            if word.is_dotted && next().is_some_and(char::is_alphabetic) {
                out.push('.');
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn standard(value: &str) -> Result<String, Invalid> {
        let mut out = String::new();
        standardise(value, &mut out).map(|()| out)
    }

    #[test]
    fn one_address_is_written_one_way() {
        for (value, expected) in [
            ("123 Main Street, Apt. 4", "123 Main St, Apt 4"),
            ("123 MAIN ST APT 4", "123 Main St, Apt 4"),
            ("123  main st., apartment #4", "123 Main St, Apt 4"),
            ("123 Main Street #4", "123 Main St, #4"),
            ("123 Main St # 4B", "123 Main St, #4B"),
            ("123 North Main Street", "123 N Main St"),
            ("123 N. MAIN STREET", "123 N Main St"),
            ("123 North Street", "123 North St"),
            ("123 Main Street Northwest", "123 Main St NW"),
            ("123 Main St N.W.", "123 Main St NW"),
            ("1 park avenue suite 500", "1 Park Ave, Ste 500"),
            ("1 Park Ave, 5TH FLOOR", "1 Park Ave, 5th Floor"),
            ("77 Court Street", "77 Court St"),
            ("12 Avenue B", "12 Ave B"),
            ("400 Highway 61", "400 Hwy 61"),
            ("P.O. Box 12", "PO Box 12"),
            ("p o box 12", "PO Box 12"),
            (
                "123 MAIN STREET, SPRINGFIELD, IL 62701-1234",
                "123 Main St, Springfield, IL 62701-1234",
            ),
            ("9 Elm Drive\nTAMPA FL 33601", "9 Elm Dr, Tampa FL 33601"),
            (
                "Flat 4, 10 downing street, london SW1A 2AA",
                "Flat 4, 10 Downing St, London SW1A 2AA",
            ),
            ("10 high road, tq13 8df", "10 High Rd, TQ13 8DF"),
            ("Hauptstraße 5", "Hauptstr. 5"),
            ("HAUPTSTRASSE 5", "Hauptstr. 5"),
            ("Hauptstr.5", "Hauptstr. 5"),
            ("Berliner Straße 12 a", "Berliner Str. 12 A"),
            (
                "Straße des 17. Juni 135, 10623 berlin",
                "Str. des 17. Juni 135, 10623 Berlin",
            ),
            ("Rue de la Paix 12bis", "Rue de La Paix 12bis"),
            (
                "12 avenue des Champs-Élysées",
                "12 Avenue des Champs-Élysées",
            ),
            ("5 O'CONNELL STREET", "5 O'Connell St"),
            ("5 McDonald Lane", "5 McDonald Ln"),
            ("Damrak 1, 1012 lg Amsterdam", "Damrak 1, 1012 LG Amsterdam"),
            ("221b Baker Street", "221B Baker St"),
            ("12/3 Hill Road", "12/3 Hill Rd"),
            ("1-2-3 Shibuya", "1-2-3 Shibuya"),
            ("北京市朝阳区1号", "北京市朝阳区1号"),
            (",, 5 Elm Ct ;", "5 Elm Ct"),
        ] {
            assert_eq!(standard(value).as_deref(), Ok(expected), "{value:?}");
            assert_eq!(standard(expected).as_deref(), Ok(expected), "{expected:?}");
        }
        for value in ["", " ", "-", "#", ".,;", "???"] {
            assert_eq!(standard(value), Err(Invalid::Address), "{value:?}");
        }
    }

    fn digits(text: &str) -> String {
        text.chars().filter(|c| c.is_numeric()).collect()
    }

    proptest! {
        #[test]
        fn digits_stay_and_a_second_time_changes_nothing(
            value in "([0-9]{1,5}[a-z]{0,3}[.]? |#|)(North |SE |n\\.w\\. |)([A-Za-z'-]{1,9}\\.? ){0,2}(Street|st\\.|Straße|STR|Avenue|ct|of|)[, ]{0,2}(Apt\\. ?|Unit #|# |fl |Ste )?([0-9]{1,5}[a-z]?)?(, [A-Z]{2} [0-9]{5}| (il|AB)|)"
        ) {
            if let Ok(once) = standard(&value) {
                prop_assert_eq!(digits(&value), digits(&once));
                prop_assert_eq!(standard(&once), Ok(once));
            }
        }

        #[test]
        fn no_text_panics(value in any::<String>()) {
            let mut out = "before".to_owned();
            match standardise(&value, &mut out) {
                Ok(()) => {
                    let once = out["before".len()..].to_owned();
                    prop_assert_eq!(standard(&once), Ok(once));
                }
                Err(_) => prop_assert_eq!(out, "before"),
            }
        }
    }
}
