//! Countries: what people call them, for a region that is none.

use onefold_values::{PhoneFormat, PhoneRules, country};

use super::names::near;
use crate::scalar::InvalidScalar;

/// The country that is assumed where a telephone number names none.
pub(crate) fn region(text: &str) -> Result<(), InvalidScalar> {
    if has_numbers(text) {
        return Ok(());
    }
    let invalid = InvalidScalar::new("not the code of a country");
    Err(match code(text).filter(|code| has_numbers(code)) {
        Some(code) => invalid.with_hint(format!("did you mean `{code}`?")),
        None => invalid.with_hint("write its two letters of ISO 3166, such as `US` or `DE`"),
    })
}

/// Whether telephone numbers of the country are known.
fn has_numbers(code: &str) -> bool {
    PhoneRules::new(Some(code), PhoneFormat::E164).is_ok()
}

/// The code of two letters of what may be a country.
fn code(text: &str) -> Option<&'static str> {
    if let Some(country) = country::of(text) {
        return Some(country.code);
    }
    let countries = country::all();
    let name = near(text, countries.iter().map(|country| country.name))?;
    let country = countries.iter().find(|country| country.name == name)?;
    Some(country.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_by_what_people_call_them() {
        for (text, expected) in [
            ("Germany", Some("DE")),
            ("germany", Some("DE")),
            ("DEU", Some("DE")),
            ("Deutschland", Some("DE")),
            ("Gemany", Some("DE")),
            ("UK", Some("GB")),
            ("USA", Some("US")),
            ("United States", Some("US")),
            ("Österreich", Some("AT")),
            ("Atlantis", None),
            ("xx", None),
        ] {
            assert_eq!(code(text), expected, "{text}");
        }
    }

    #[test]
    fn every_country_but_a_few_has_numbers() {
        let unknown: Vec<&str> = country::all()
            .iter()
            .map(|country| country.code)
            .filter(|code| !has_numbers(code))
            .collect();
        // Nobody telephones there.
        assert_eq!(unknown, ["AQ", "BV", "GS", "HM", "PN", "TF", "UM"]);
    }
}
