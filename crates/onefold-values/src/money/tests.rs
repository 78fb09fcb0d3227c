//! Amounts and their currencies.

use proptest::prelude::*;

use super::*;
use crate::number::parse_decimal;

fn rules(mark: Option<DecimalMark>, currency: &str) -> MoneyRules {
    MoneyRules {
        precision: 18,
        scale: 2,
        mark,
        currency: Currency::of_code(currency),
    }
}

fn cents(value: &str) -> Result<i128, Invalid> {
    rules(None, "").parse(value)
}

#[test]
fn amounts_as_people_write_them() {
    for (value, expected) in [
        ("196,50 €", 19_650),
        ("EUR 1.234,56", 123_456),
        ("$12.00", 1_200),
        ("CHF 1'234.50", 123_450),
        ("CHF 1’234.50", 123_450),
        ("-5 USD", -500),
        ("(12.00)", -1_200),
        ("0", 0),
        ("12", 1_200),
        ("-12.5", -1_250),
        ("+3", 300),
        (" 7,5 ", 750),
        ("0,99", 99),
        ("0.990", 99),
        (",5", 50),
        ("1234.5", 123_450),
        ("1,234.56", 123_456),
        ("1,234,567", 123_456_700),
        ("1.234.567", 123_456_700),
        ("1 234,50", 123_450),
        ("1 234.50", 123_450),
        ("1\u{202f}234\u{202f}567,89 €", 123_456_789),
        ("1 234", 123_400),
        ("US$ 5", 500),
        ("5 Kč", 500),
        ("kr 5,00", 500),
        ("Fr. 5.00", 500),
        ("5,- €", 500),
        ("5.-- Fr.", 500),
        ("5,–", 500),
        ("1.234,- €", 123_400),
        ("1'234.-", 123_400),
        ("5-", -500),
        ("5,00- €", -500),
        ("5,00 €-", -500),
        ("-$5", -500),
        ("$-5", -500),
        ("($5.00)", -500),
        ("$(5.00)", -500),
        ("(5,00) EUR", -500),
        ("\u{2212}5", -500),
        ("eur5", 500),
        ("5e2", 50_000),
    ] {
        assert_eq!(cents(value), Ok(expected), "{value:?}");
    }
}

#[test]
fn what_is_no_amount() {
    use Invalid::{AmbiguousAmount, DecimalOutOfRange, DecimalTooPrecise, Money};
    for (value, expected) in [
        ("1.234", AmbiguousAmount),
        ("1,000 €", AmbiguousAmount),
        ("12.345 EUR", AmbiguousAmount),
        ("0.001", DecimalTooPrecise),
        ("1234,567", DecimalTooPrecise),
        ("99999999999999999.00", DecimalOutOfRange),
        ("", Money),
        ("€", Money),
        ("-", Money),
        ("()", Money),
        ("(-5)", Money),
        ("--5", Money),
        ("-5-", Money),
        ("5 EUR EUR", Money),
        ("€5 €", Money),
        ("5 XYZ", Money),
        ("5 EURO", Money),
        ("five", Money),
        ("5%", Money),
        ("5 ct", Money),
        ("1.2.3", Money),
        ("1,23,456.00", Money),
        ("1 23,00", Money),
        ("1'234'56", Money),
        ("1'234,567.00", Money),
        ("0'123", Money),
        ("5 6", Money),
        ("1.5,-", Money),
        ("5,-,-", Money),
        ("(5", Money),
        ("5)", Money),
        ("nan", Money),
    ] {
        assert_eq!(cents(value), Err(expected), "{value:?}");
    }
}

#[test]
fn a_declared_mark_decides() {
    let comma = rules(Some(DecimalMark::Comma), "");
    let point = rules(Some(DecimalMark::Point), "");
    for (value, with_comma, with_point) in [
        ("1.234", Ok(123_400), Err(Invalid::DecimalTooPrecise)),
        ("1,234", Err(Invalid::DecimalTooPrecise), Ok(123_400)),
        ("196,50 €", Ok(19_650), Err(Invalid::AmbiguousAmount)),
        ("$12.00", Err(Invalid::AmbiguousAmount), Ok(1_200)),
        ("1'234.50", Err(Invalid::AmbiguousAmount), Ok(123_450)),
        ("1'234,50", Ok(123_450), Err(Invalid::AmbiguousAmount)),
        ("1 234", Ok(123_400), Ok(123_400)),
        ("1.234,-", Ok(123_400), Err(Invalid::AmbiguousAmount)),
        ("x", Err(Invalid::Money), Err(Invalid::Money)),
    ] {
        assert_eq!(comma.parse(value), with_comma, "{value:?}");
        assert_eq!(point.parse(value), with_point, "{value:?}");
        assert_eq!(comma.parse_standard(value), with_point, "{value:?}");
    }
}

#[test]
fn other_currencies_are_refused() {
    for (declared, value, expected) in [
        ("EUR", "5 €", Ok(500)),
        ("EUR", "eur 5", Ok(500)),
        ("EUR", "5", Ok(500)),
        ("EUR", "$5", Err(Invalid::OtherCurrency)),
        ("EUR", "5 USD", Err(Invalid::OtherCurrency)),
        ("USD", "$5", Ok(500)),
        ("USD", "US$5", Ok(500)),
        ("USD", "C$5", Err(Invalid::OtherCurrency)),
        ("CAD", "$5", Ok(500)),
        ("SEK", "5 kr", Ok(500)),
        ("EUR", "x USD", Err(Invalid::Money)),
    ] {
        let found = rules(None, declared).parse(value);
        assert_eq!(found, expected, "{declared} {value:?}");
    }
}

#[test]
fn currencies_beside_amounts() {
    for (value, expected) in [
        ("196,50 €", Ok("EUR")),
        ("1.234 EUR", Ok("EUR")),
        ("CHF 1'234.50", Ok("CHF")),
        ("-5 usd", Ok("USD")),
        ("US$5", Ok("USD")),
        ("€", Ok("EUR")),
        ("PLN", Ok("PLN")),
        ("$5", Err(Invalid::AmbiguousCurrency)),
        ("5 kr", Err(Invalid::AmbiguousCurrency)),
        ("5", Err(Invalid::Currency)),
        ("", Err(Invalid::Currency)),
        ("- EUR", Err(Invalid::Currency)),
        ("EUR x", Err(Invalid::Currency)),
        ("EUR USD", Err(Invalid::Currency)),
    ] {
        let mut out = String::new();
        let found = currency_of(value, &mut out).map(|()| out.as_str());
        assert_eq!(found, expected, "{value:?}");
    }
}

/// A whole number with a separator before every group of three digits.
fn grouped(mut whole: u64, separator: &str) -> String {
    let mut groups = Vec::new();
    while whole >= 1_000 {
        groups.push(format!("{:03}", whole % 1_000));
        whole /= 1_000;
    }
    groups.push(whole.to_string());
    groups.reverse();
    groups.join(separator)
}

proptest! {
    #[test]
    fn every_writing_of_an_amount_is_the_amount(
        amount in 0_u64..1_000_000_000_000_000,
        negative: bool,
        currency in prop::sample::select(vec!["", "€", "EUR", "eur", "$", "Fr.", "zł", "Kč"]),
        before: bool,
        space in prop::sample::select(vec!["", " ", "\u{a0}"]),
        marks in prop::sample::select(vec![
            ("", "."), ("", ","), (",", "."), (".", ","), ("'", "."), ("’", ","), (" ", ","), ("\u{202f}", "."),
        ]),
        brackets: bool,
    ) {
        let (thousands, mark) = marks;
        let number = format!("{}{mark}{:02}", grouped(amount / 100, thousands), amount % 100);
        let whole = match before {
            true => format!("{currency}{space}{number}"),
            false => format!("{number}{space}{currency}"),
        };
        let value = match (negative, brackets) {
            (true, true) => format!("({whole})"),
            (true, false) => format!("-{whole}"),
            (false, _) => whole,
        };
        let expected = if negative { -i128::from(amount) } else { i128::from(amount) };
        prop_assert_eq!(cents(&value), Ok(expected), "{:?}", value);
        let declared = if mark == "," { DecimalMark::Comma } else { DecimalMark::Point };
        prop_assert_eq!(rules(Some(declared), "").parse(&value), Ok(expected), "{:?}", value);
    }

    /// An amount that is taken without a declared mark is the same with one of the marks declared, and never another with the other.
    #[test]
    fn no_amount_has_two_readings(value in "[-+(]?[€$]?[0-9]{0,4}[.,' ]?[0-9]{0,4}[.,' ]?[0-9]{0,4}[)-]?") {
        let readings = [DecimalMark::Point, DecimalMark::Comma]
            .map(|mark| rules(Some(mark), "").parse(&value));
        match cents(&value) {
            Ok(amount) => {
                prop_assert!(readings.contains(&Ok(amount)));
                prop_assert!(readings.iter().all(|read| read.is_err() || *read == Ok(amount)));
            }
            Err(Invalid::Money) => prop_assert!(readings.iter().all(Result::is_err)),
            Err(_) => {}
        }
    }

    /// What a decimal reads without thousands is the same amount, unless its mark is in doubt.
    #[test]
    fn agrees_with_decimals(value in "[-(]?[$€]?[0-9]{1,5}([.][0-9]{1,2})?[)]?") {
        if let Ok(units) = parse_decimal(&value, 18, 2, DecimalMark::Point) {
            prop_assert_eq!(cents(&value), Ok(units));
        }
    }

    #[test]
    fn any_text_is_an_amount_or_a_reason(value in "\\PC{0,12}") {
        let mut out = String::new();
        let is_amount = cents(&value).is_ok();
        match currency_of(&value, &mut out) {
            Ok(()) => prop_assert!(Currency::of_code(&out).is_some()),
            Err(_) => prop_assert!(out.is_empty()),
        }
        prop_assert!(!is_amount || value.contains(|c: char| c.is_ascii_digit()));
    }
}
