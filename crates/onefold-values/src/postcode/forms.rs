//! The forms of postcodes, by country.
//!
//! A form is a text: `9` stands for a digit, `A` for a letter, `*` for either, and blank and hyphen for themselves. Source: the forms that
//! the postal administrations publish through the Universal Postal Union.

/// One form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form(&'static str);

impl Form {
    /// Whether letters and digits, without blanks and hyphens, are of the form.
    fn fits(self, signs: &[u8]) -> bool {
        let mut left = signs.iter();
        let all = self.0.bytes().filter(|b| !is_mark(*b)).all(|wanted| {
            left.next().is_some_and(|sign| match wanted {
                b'9' => sign.is_ascii_digit(),
                b'A' => sign.is_ascii_uppercase(),
                _ => sign.is_ascii_uppercase() || sign.is_ascii_digit(),
            })
        });
        all && left.next().is_none()
    }

    /// Appends the signs with the blanks and hyphens of the form.
    pub(super) fn write(self, signs: &[u8], out: &mut String) {
        let mut left = signs.iter();
        for wanted in self.0.bytes() {
            match is_mark(wanted) {
                true => out.push(char::from(wanted)),
                false => out.extend(left.next().map(|sign| char::from(*sign))),
            }
        }
    }
}

const fn is_mark(byte: u8) -> bool {
    matches!(byte, b' ' | b'-')
}

/// The forms of a country.
#[derive(Debug)]
pub(super) struct Forms {
    region: &'static str,
    /// What is written before a postcode, beside the code of the country.
    prefix: &'static str,
    forms: &'static [&'static str],
}

impl Forms {
    /// The form of the signs, and the signs themselves.
    pub(super) fn of<'s>(&self, signs: &'s [u8]) -> Option<(Form, &'s [u8])> {
        let mut forms = self.forms.iter().map(|form| Form(form));
        let form = forms.find(|form| form.fits(signs))?;
        let is_right = match self.region {
            "CA" => is_canadian(signs),
            "GB" => is_british(signs),
            _ => true,
        };
        is_right.then_some((form, signs))
    }

    /// Whether the letters say which country it is.
    pub(super) fn has_prefix(&self, letters: &[u8]) -> bool {
        let own = [self.region, self.prefix];
        own.iter().any(|own| own.as_bytes() == letters)
    }
}

/// The forms of a country; `None`: not known.
pub(super) fn of(region: &str) -> Option<&'static Forms> {
    FORMS
        .iter()
        .find(|forms| forms.region.eq_ignore_ascii_case(region))
}

/// The form of signs that can be of one country only.
pub(super) fn telling(signs: &[u8]) -> Option<Form> {
    const TELLING: [&str; 4] = ["GB", "NL", "CA", "IE"];
    // Nearly all others.
    if signs.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut found = TELLING.iter().filter_map(|region| of(region)?.of(signs));
    found.next().map(|(form, _)| form)
}

/// Canada Post uses neither D, F, I, O, Q and U nor, in the first place, W and Z.
fn is_canadian(signs: &[u8]) -> bool {
    !matches!(signs.first(), Some(b'W' | b'Z'))
        && !signs.iter().any(|sign| b"DFIOQU".contains(sign))
}

/// The last two letters are none of C, I, K, M, O and V.
fn is_british(signs: &[u8]) -> bool {
    let last = signs.iter().rev().take(2);
    !last.into_iter().any(|sign| b"CIKMOV".contains(sign))
}

const fn forms(region: &'static str, forms: &'static [&'static str]) -> Forms {
    Forms {
        region,
        prefix: region,
        forms,
    }
}

const fn prefixed(
    region: &'static str,
    prefix: &'static str,
    forms: &'static [&'static str],
) -> Forms {
    Forms {
        region,
        prefix,
        forms,
    }
}

const BRITISH: &[&str] = &[
    "A9 9AA", "A99 9AA", "AA9 9AA", "AA99 9AA", "A9A 9AA", "AA9A 9AA",
];
const FIVE: &[&str] = &["99999"];
const FOUR: &[&str] = &["9999"];
const SIX: &[&str] = &["999999"];
const THREE_TWO: &[&str] = &["999 99"];

static FORMS: &[Forms] = &[
    prefixed("AD", "AD", &["AA999"]),
    forms("AR", &["9999", "A9999AAA"]),
    prefixed("AT", "A", FOUR),
    forms("AU", FOUR),
    forms("BD", FOUR),
    prefixed("BE", "B", FOUR),
    forms("BG", FOUR),
    forms("BR", &["99999-999"]),
    forms("CA", &["A9A 9A9"]),
    forms("CH", FOUR),
    forms("CL", &["9999999"]),
    forms("CN", SIX),
    forms("CO", SIX),
    forms("CR", FIVE),
    forms("CY", FOUR),
    forms("CZ", THREE_TWO),
    prefixed("DE", "D", FIVE),
    forms("DK", FOUR),
    forms("DO", FIVE),
    forms("DZ", FIVE),
    forms("EC", SIX),
    forms("EE", FIVE),
    forms("EG", &["99999", "9999999"]),
    prefixed("ES", "E", FIVE),
    prefixed("FI", "FIN", FIVE),
    prefixed("FR", "F", FIVE),
    forms("GB", BRITISH),
    forms("GE", FOUR),
    forms("GR", THREE_TWO),
    forms("GT", FIVE),
    forms("HR", FIVE),
    prefixed("HU", "H", FOUR),
    forms("ID", FIVE),
    forms("IE", &["A99 ****", "A9A ****"]),
    forms("IL", &["9999999"]),
    forms("IN", SIX),
    forms("IS", &["999"]),
    prefixed("IT", "I", FIVE),
    forms("JP", &["999-9999"]),
    forms("KE", FIVE),
    forms("KR", FIVE),
    forms("KZ", &["999999", "A99A9A9"]),
    prefixed("LI", "FL", FOUR),
    forms("LT", FIVE),
    prefixed("LU", "L", FOUR),
    forms("LV", FOUR),
    forms("MA", FIVE),
    prefixed("MC", "F", FIVE),
    forms("MK", FOUR),
    forms("MT", &["AAA 9999"]),
    forms("MX", FIVE),
    forms("MY", FIVE),
    forms("NG", SIX),
    forms("NL", &["9999 AA"]),
    prefixed("NO", "N", FOUR),
    forms("NZ", FOUR),
    forms("PE", FIVE),
    forms("PH", FOUR),
    forms("PK", FIVE),
    forms("PL", &["99-999"]),
    forms("PR", &["99999", "99999-9999"]),
    prefixed("PT", "P", &["9999-999"]),
    forms("RO", SIX),
    forms("RS", FIVE),
    forms("RU", SIX),
    forms("SA", &["99999", "99999-9999"]),
    prefixed("SE", "S", THREE_TWO),
    forms("SG", SIX),
    forms("SI", FOUR),
    forms("SK", THREE_TWO),
    forms("TH", FIVE),
    forms("TN", FOUR),
    forms("TR", FIVE),
    forms("TW", &["999", "99999", "999999"]),
    forms("UA", FIVE),
    forms("US", &["99999", "99999-9999"]),
    forms("UY", FIVE),
    forms("VN", &["99999", "999999"]),
    forms("ZA", FOUR),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::country;

    #[test]
    fn the_table_is_of_countries_once_each_and_its_forms_are_postcodes() {
        for pair in FORMS.windows(2) {
            assert!(pair[0].region < pair[1].region, "{}", pair[1].region);
        }
        for forms in FORMS {
            assert!(country::all().iter().any(|c| c.code == forms.region));
            for form in forms.forms {
                assert!(form.len() <= super::super::LONGEST && form.contains('9'));
                assert!(form.bytes().all(|b| b"9A* -".contains(&b)), "{form}");
            }
        }
    }
}
