//! Values in the form in which they are compared.

mod address;
mod date;
mod email;

use crate::fold::{fold, is_null, words};
use crate::kind::Kind;

pub(crate) use date::{DayOrder, day_order};
pub(crate) use email::{LOOK_ALIKE, look_alike};

/// Cleans the values of one comparison.
#[derive(Debug, Clone)]
pub(crate) struct Cleaner {
    pub(crate) kind: Kind,
    /// How its days are written where digits alone do not tell.
    days: DayOrder,
    folded: String,
}

impl Cleaner {
    pub(crate) fn new(kind: Kind, days: DayOrder) -> Self {
        Self {
            kind,
            days,
            folded: String::new(),
        }
    }

    /// Puts the form of `raw` that is compared into `out`. `false`, with `out` empty: nothing is known.
    pub(crate) fn clean(&mut self, raw: &str, out: &mut String) -> bool {
        out.clear();
        let folded = &mut self.folded;
        folded.clear();
        match self.kind {
            Kind::Email => fold(&email::marked(raw), folded),
            _ => fold(raw, folded),
        }
        if is_null(folded) {
            return false;
        }
        match self.kind {
            Kind::Name | Kind::Text => join(words(folded), out),
            Kind::Email => email::clean(folded, out),
            Kind::Phone => phone(folded, out),
            Kind::Date => date::clean(folded, self.days, out),
            Kind::Code => out.extend(folded.chars().filter(char::is_ascii_alphanumeric)),
            Kind::Address => address::clean(folded, out),
            Kind::Company => company(folded, out),
        }
        !out.is_empty()
    }
}

fn join<'a>(words: impl Iterator<Item = std::borrow::Cow<'a, str>>, out: &mut String) {
    for word in words {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&word);
    }
}

/// Country codes of telephone numbers of one and two digits (ITU-T E.164); all others have three.
const COUNTRY_CODES: &[&str] = &[
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45",
    "46", "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
    "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
];

/// Digits without what only tells from where to dial: a country code behind `+` or `00`, the code 1, a leading 0. Fewer than five digits
/// are no number.
fn phone(folded: &str, out: &mut String) {
    let main = folded.split(['x', ';']).next().unwrap_or(folded);
    out.extend(main.chars().filter(char::is_ascii_digit));
    let abroad = out.strip_prefix("00");
    let is_abroad = abroad.is_some() || main.trim_start_matches([' ', '(']).starts_with('+');
    let digits = abroad.unwrap_or(out);
    let national = match is_abroad {
        true => {
            let known = COUNTRY_CODES
                .iter()
                .find_map(|code| digits.strip_prefix(code));
            known.or_else(|| digits.get(3..)).unwrap_or(digits)
        }
        false if digits.len() == 11 => digits.strip_prefix('1').unwrap_or(digits),
        false => digits,
    };
    let national = national.trim_start_matches('0');
    match national.len() >= 5 && !is_made_up(national) {
        true => _ = out.drain(..out.len() - national.len()),
        false => out.clear(),
    }
}

/// Whether digits are all equal, or one after the other: who has to write something writes these.
fn is_made_up(digits: &str) -> bool {
    let is_one_digit = digits
        .bytes()
        .all(|digit| Some(&digit) == digits.as_bytes().first());
    is_one_digit
        || digits.len() >= 9
            && ["1234567890", "9876543210"]
                .iter()
                .any(|row| row.starts_with(digits))
}

/// Words without the legal form.
fn company(folded: &str, out: &mut String) {
    const FORMS: &[&str] = &[
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "llc",
        "llp",
        "lp",
        "ltd",
        "limited",
        "plc",
        "pllc",
        "pc",
        "gmbh",
        "ag",
        "kg",
        "kgaa",
        "ohg",
        "gbr",
        "ug",
        "ev",
        "eg",
        "se",
        "sa",
        "sas",
        "sarl",
        "srl",
        "spa",
        "bv",
        "nv",
        "vof",
        "ab",
        "as",
        "asa",
        "aps",
        "oy",
        "oyj",
        "pte",
        "pty",
        "pvt",
        "sdn",
        "bhd",
        "kk",
        "sl",
        "slu",
        "sro",
        "doo",
        "dd",
        "zrt",
        "kft",
        "the",
    ];
    let kept = || words(folded).filter(|word| !FORMS.contains(&word.as_ref()));
    match kept().next() {
        Some(_) => join(kept(), out),
        None => join(words(folded), out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(kind: Kind, raw: &str) -> String {
        let mut out = String::new();
        Cleaner::new(kind, DayOrder::MonthFirst).clean(raw, &mut out);
        out
    }

    #[test]
    fn values_are_cleaned() {
        for (kind, raw, expected) in [
            (
                Kind::Email,
                "\"Ann\" <Ann.Lee+shop@GoogleMail.com>",
                "annlee@gmail.com",
            ),
            (
                Kind::Email,
                "Ann.Lee+shop@Example.com.",
                "ann.lee+shop@example.com",
            ),
            (Kind::Email, "unknown", ""),
            (Kind::Email, "No-Reply@example.com", ""),
            (
                Kind::Email,
                "noreply.ann@example.com",
                "noreply.ann@example.com",
            ),
            (Kind::Email, "x@xn--bcher-kva.example", "x@bucher.example"),
            (Kind::Email, "x@bücher.example", "x@bucher.example"),
            (Kind::Email, "x@xn--.example", "x@xn--.example"),
            (Kind::Email, "jоse@example.com", "j:ose@example.com"),
            (Kind::Phone, "+1 (702) 919-1300", "7029191300"),
            (Kind::Phone, "0044 20 7946 0018", "2079460018"),
            (Kind::Phone, "020 7946 0018", "2079460018"),
            (Kind::Phone, "+44 (0)20 7946 0018", "2079460018"),
            (Kind::Phone, "+7(4812)85-62-34", "4812856234"),
            (Kind::Phone, "(4812) 85-62-34", "4812856234"),
            (Kind::Phone, "+353 1 234 5678", "12345678"),
            (Kind::Phone, "030 123456 x12", "30123456"),
            (Kind::Phone, "000000000", ""),
            (Kind::Phone, "+1 555 555 5555", ""),
            (Kind::Phone, "0123456789", ""),
            (Kind::Phone, "123-456-7890", ""),
            (Kind::Phone, "1234567", "1234567"),
            (Kind::Phone, "12345679", "12345679"),
            (Kind::Date, "1978-12-11", "19781211"),
            (Kind::Date, "12/11/1978", "19781211"),
            (Kind::Date, "11. 12. 1978", "19781211"),
            (Kind::Date, "19781211", "19781211"),
            (Kind::Date, "1978-12-11T00:00:00Z", "19781211"),
            (Kind::Date, "1978", "19780101"),
            (Kind::Date, "Dec 11, 1978", "19781211"),
            (Kind::Date, "11 December 1978", "19781211"),
            (Kind::Date, "1900-01-01", ""),
            (Kind::Date, "9999-12-31", ""),
            (Kind::Code, "TQ13 8DF", "tq138df"),
            (
                Kind::Address,
                "123 Main Street, Apt. 4",
                "123 main st apt 4",
            ),
            (Kind::Address, "Hauptstraße 12a", "hauptstr 12a"),
            (Kind::Company, "ACME Steel, Inc.", "acme steel"),
            (Kind::Company, "The Limited", "the limited"),
            (Kind::Text, " New   York ", "new york"),
        ] {
            assert_eq!(cleaned(kind, raw), expected, "{kind:?} {raw}");
        }
    }
}
