//! Numbers of every writing, by example and by the schoolbook.

use super::DecimalMark::{Comma, Point};
use super::*;
use proptest::prelude::*;

#[test]
fn integers() {
    for (value, expected) in [
        ("0", 0),
        ("-0", 0),
        ("1", 1),
        ("-1", -1),
        ("+1", 1),
        ("\u{2212}5", -5),
        (" 42 ", 42),
        ("007", 7),
        ("1,234", 1_234),
        ("-1,234,567", -1_234_567),
        ("1.0", 1),
        ("5.", 5),
        ("1e3", 1_000),
        ("1.5E+1", 15),
        ("1200e-2", 12),
        ("9007199254740993", 9_007_199_254_740_993),
        ("9007199254740993.0", 9_007_199_254_740_993),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("0e999999999999999999999", 0),
    ] {
        assert_eq!(parse_integer(value, Point), Ok(expected), "{value:?}");
    }
    for value in [
        "",
        "-",
        "+",
        ".",
        "1.5",
        "abc",
        "0x10",
        "1_000",
        "1,23",
        "1,2,3",
        "12,34",
        "1,00,000",
        "1,2345",
        ",123",
        "1,,234",
        "1,234,",
        "0,123",
        "1234,567",
        "1.234,5",
        "1 234",
        "--1",
        "+-1",
        "1e",
        "1e+",
        "e5",
        "1e-1",
        "1.2.3",
        "1e1e1",
        "12a",
        "٣",
        "1e-99999999999999999999",
        "(5)",
        "$5",
        "NaN",
        "1.000,000",
        "5.5",
        "１２",
        "12\u{a0}345",
        "1'234",
        "true",
        "1e0.5",
    ] {
        assert_eq!(
            parse_integer(value, Point),
            Err(Invalid::Integer),
            "{value:?}"
        );
    }
    for value in [
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
        "1e19",
        "1e99999999999999999999",
        "123456789012345678901234567890123456789012345",
    ] {
        assert_eq!(
            parse_integer(value, Point),
            Err(Invalid::IntegerOutOfRange),
            "{value:?}"
        );
    }
}

#[test]
fn decimals() {
    for (value, expected) in [
        ("12.50", 1_250),
        ("-10.0", -1_000),
        ("12", 1_200),
        (".5", 50),
        ("5.", 500),
        ("1,234.56", 123_456),
        ("12.5000000000000000000000000", 1_250),
        ("(12.50)", -1_250),
        ("( $1,234.50 )", -123_450),
        ("$12.50", 1_250),
        ("-$12.50", -1_250),
        ("$-12.50", -1_250),
        ("$ 12.50", 1_250),
        ("12.50 €", 1_250),
        ("12.50\u{a0}€", 1_250),
        ("-12.50€", -1_250),
        ("£3", 300),
        ("₹1,000", 100_000),
        ("12.50-", -1_250),
        ("12.50-€", -1_250),
        ("12.50 €-", -1_250),
        ("\u{2212}1", -100),
        ("1.25e3", 125_000),
        ("125e-2", 125),
        ("0.00", 0),
        ("-0", 0),
        ("9999999999.99", 999_999_999_999),
    ] {
        assert_eq!(
            parse_decimal(value, 12, 2, Point),
            Ok(expected),
            "{value:?}"
        );
    }
    for value in [
        "",
        ".",
        "-",
        "$",
        "()",
        "abc",
        "1.234,56",
        "1,5",
        "12,50",
        "0,123",
        "1.2.3",
        "1 234.50",
        "$$1",
        "$1€",
        "(-5)",
        "((5))",
        "--5",
        "-5-",
        "12.50 USD",
        "5%",
        "1'000.00",
        "Infinity",
        "¢5",
        "$.",
        "1,23",
        "1,2,3",
        "12,34",
        "1,2,3.50",
        "(+5)",
        "(5-)",
        "($-5)",
        "٣",
        "0x10",
        "1_000",
    ] {
        assert_eq!(
            parse_decimal(value, 12, 2, Point),
            Err(Invalid::Decimal),
            "{value:?}"
        );
    }
    for value in ["0.001", "12.505", "1e-3", "99999999999.999"] {
        assert_eq!(
            parse_decimal(value, 12, 2, Point),
            Err(Invalid::DecimalTooPrecise),
            "{value:?}"
        );
    }
    for value in ["10000000000", "-10000000000.00", "1e10", "1e400", "1e38"] {
        assert_eq!(
            parse_decimal(value, 12, 2, Point),
            Err(Invalid::DecimalOutOfRange),
            "{value:?}"
        );
    }
}

#[test]
fn widest_decimals() {
    let nines = "9".repeat(38);
    let most = 10_i128.pow(38) - 1;
    assert_eq!(parse_decimal(&nines, 38, 0, Point), Ok(most));
    assert_eq!(
        parse_decimal(&format!("-.{nines}"), 38, 38, Point),
        Ok(-most)
    );
    assert_eq!(
        parse_decimal(&format!("{nines}9"), 38, 0, Point),
        Err(Invalid::DecimalOutOfRange)
    );
    assert_eq!(
        parse_decimal("1", 38, 38, Point),
        Err(Invalid::DecimalOutOfRange)
    );
    assert_eq!(
        parse_decimal("1", 255, 255, Point),
        Err(Invalid::DecimalOutOfRange)
    );
    assert_eq!(
        parse_decimal("1", 0, 0, Point),
        Err(Invalid::DecimalOutOfRange)
    );
    assert_eq!(parse_decimal(&"0".repeat(10_000), 3, 1, Point), Ok(0));
}

#[test]
fn floats() {
    for (value, expected) in [
        ("1.5", 1.5),
        ("-2e-3", -0.002),
        ("+1", 1.0),
        (".5", 0.5),
        ("1,234.5", 1_234.5),
        (" 7 ", 7.0),
        ("\u{2212}7", -7.0),
        ("1e-400", 0.0),
    ] {
        assert_eq!(parse_float(value, Point), Ok(expected), "{value:?}");
    }
    for value in [
        "",
        "nan",
        "inf",
        "-Infinity",
        "1.5x",
        "1,5",
        "0x1p3",
        ".",
        "--1",
        "1_0",
        "\u{2212}",
        "e5",
    ] {
        assert_eq!(parse_float(value, Point), Err(Invalid::Float), "{value:?}");
    }
    assert_eq!(parse_float("-1e999", Point), Err(Invalid::FloatOutOfRange));
}

#[test]
fn decimal_comma() {
    for (value, expected) in [
        ("1.234,56", 123_456),
        ("1.234.567,89", 123_456_789),
        ("1234,56", 123_456),
        ("-1.234,56", -123_456),
        ("196,50 €", 19_650),
        ("196,50\u{a0}€", 19_650),
        ("€ 1.234,56", 123_456),
        ("(1.234,56)", -123_456),
        ("1.234,56-", -123_456),
        ("1 234,56", 123_456),
        ("1\u{a0}234,56", 123_456),
        ("1\u{202f}234,56", 123_456),
        ("1\u{2009}234,56", 123_456),
        ("1 234 567", 123_456_700),
        ("1.234", 123_400),
        ("12.345", 1_234_500),
        ("1234", 123_400),
        ("5,", 500),
        (",5", 50),
        ("0,5", 50),
        ("1,5e3", 150_000),
        ("1,5E+03", 150_000),
        ("1,50000", 150),
    ] {
        assert_eq!(
            parse_decimal(value, 12, 2, Comma),
            Ok(expected),
            "{value:?}"
        );
    }
    for value in [
        "1.5",
        "1.50",
        "0.123",
        "1234.56",
        "12345.678",
        "1,234.56",
        "1,234,567",
        ".5",
        "5.",
        "1.5e3",
        "1.234e15",
        "$1.50",
    ] {
        assert_eq!(
            parse_decimal(value, 12, 2, Comma),
            Err(Invalid::AmbiguousNumber),
            "{value:?}"
        );
    }
    for value in [
        "1.23,4",
        "1.2345,6",
        "1..234,5",
        "1.234 567,8",
        "1 23,4",
        "1 2345",
        "1'234,56",
        "1'234.56",
        "1,2,3",
        "12,34,5",
        "1\t234",
        ",",
        "",
        "1 234.567",
        "x",
        "1.234,5,6",
        "1.234,567.8",
        "0.123.456,7",
        "1 234,5 6",
    ] {
        assert_eq!(
            parse_decimal(value, 12, 2, Comma),
            Err(Invalid::Decimal),
            "{value:?}"
        );
    }
    assert_eq!(
        parse_decimal("1,505", 12, 2, Comma),
        Err(Invalid::DecimalTooPrecise)
    );
    assert_eq!(
        parse_decimal("99.999.999.999,99", 12, 2, Comma),
        Err(Invalid::DecimalOutOfRange)
    );

    for (value, expected) in [
        ("1.234", Ok(1_234)),
        ("1 234 567", Ok(1_234_567)),
        ("-1.234", Ok(-1_234)),
        ("5,0", Ok(5)),
        ("5,5", Err(Invalid::Integer)),
        ("1.5", Err(Invalid::AmbiguousNumber)),
        ("5.0", Err(Invalid::AmbiguousNumber)),
        ("1,234,567", Err(Invalid::AmbiguousNumber)),
        ("9.223.372.036.854.775.807", Ok(i64::MAX)),
        ("9.223.372.036.854.775.808", Err(Invalid::IntegerOutOfRange)),
    ] {
        assert_eq!(parse_integer(value, Comma), expected, "{value:?}");
    }
    for (value, expected) in [
        ("1.234,5", Ok(1_234.5)),
        ("1 234,5", Ok(1_234.5)),
        ("1.234", Ok(1_234.0)),
        (",5", Ok(0.5)),
        ("-0,1", Ok(-0.1)),
        ("1,7976931348623157e308", Ok(f64::MAX)),
        ("1e400", Err(Invalid::FloatOutOfRange)),
        ("1.5", Err(Invalid::AmbiguousNumber)),
        ("1,2,3", Err(Invalid::Float)),
        ("nan", Err(Invalid::Float)),
    ] {
        assert_eq!(parse_float(value, Comma), expected, "{value:?}");
    }
}

/// Schoolbook: moves the point by hand in a string of digits.
fn plain_decimal(
    whole: &str,
    fraction: &str,
    precision: usize,
    scale: usize,
) -> Result<i128, Invalid> {
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > scale {
        return Err(Invalid::DecimalTooPrecise);
    }
    let text = format!("{whole}{fraction:0<scale$}");
    let digits = text.trim_start_matches('0');
    if digits.len() > precision {
        return Err(Invalid::DecimalOutOfRange);
    }
    Ok(digits.parse().unwrap_or(0))
}

proptest! {
    #[test]
    fn decimals_by_the_schoolbook(
        whole in "[0-9]{1,24}",
        fraction in "[0-9]{0,20}",
        (precision, scale) in (1_u8..=38).prop_flat_map(|p| (Just(p), 0..=p)),
    ) {
        let expected = plain_decimal(&whole, &fraction, precision.into(), scale.into());
        prop_assert_eq!(parse_decimal(&format!("{whole}.{fraction}"), precision, scale, Point), expected);
        prop_assert_eq!(parse_decimal(&format!("({whole}.{fraction})"), precision, scale, Point), expected.map(|units| -units));
        let shifted = format!("{whole}{fraction}e-{}", fraction.len());
        prop_assert_eq!(parse_decimal(&shifted, precision, scale, Point), expected);
    }

    /// The two marks are the same rules with other characters.
    #[test]
    fn a_comma_means_what_a_point_means(text in "[-+(]?[0-9]{0,7}([.,][0-9]{3}){0,3}[.,]?[0-9]{0,17}([eE][-+]?[0-9]{1,2})?[)€-]?") {
        let swap = |c| match c { '.' => ',', ',' => '.', c => c };
        let swapped: String = text.chars().map(swap).collect();
        let grouped_power = |text: &str, separator| text.contains(['e', 'E']) && text.split(['e', 'E']).next().is_some_and(|t| t.contains(separator));
        if !grouped_power(&text, ',') {
            let same = |a: Invalid| if a == Invalid::AmbiguousNumber { None } else { Some(a) };
            let point = parse_decimal(&text, 30, 10, Point);
            let comma = parse_decimal(&swapped, 30, 10, Comma);
            match (point, comma) {
                (Ok(point), comma) => prop_assert_eq!(comma, Ok(point)),
                (Err(point), Err(comma)) => prop_assert!(same(comma).is_none_or(|comma| comma == point)),
                (Err(_), Ok(_)) => prop_assert!(false, "{} is a number with a comma only", swapped),
            }
            let float = parse_float(&text, Point);
            if let Ok(float) = float {
                prop_assert_eq!(parse_float(&swapped, Comma), Ok(float));
            } else {
                prop_assert!(parse_float(&swapped, Comma).is_err());
            }
            if let Ok(integer) = parse_integer(&text, Point) {
                prop_assert_eq!(parse_integer(&swapped, Comma), Ok(integer));
            } else {
                prop_assert!(parse_integer(&swapped, Comma).is_err());
            }
        }
    }

    /// No text is two numbers without a word about it, but for a group of three behind a mark: there the declaration decides.
    #[test]
    fn marks_are_not_mixed_up(whole in 0_u32..1_000, fraction in "[0-9]{1,2}|[0-9]{4,6}") {
        prop_assert_eq!(parse_decimal(&format!("{whole}.{fraction}"), 12, 6, Comma), Err(Invalid::AmbiguousNumber));
        prop_assert_eq!(parse_decimal(&format!("{whole},{fraction}"), 12, 6, Point), Err(Invalid::Decimal));
    }

    #[test]
    fn integers_read_back(number: i64) {
        prop_assert_eq!(parse_integer(&number.to_string(), Point), Ok(number));
        prop_assert_eq!(parse_integer(&format!("{number}.0"), Point), Ok(number));
        prop_assert_eq!(parse_decimal(&number.to_string(), 38, 4, Point), Ok(i128::from(number) * 10_000));
    }

    #[test]
    fn floats_read_back(number in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
        prop_assert_eq!(parse_float(&format!("{number:e}"), Point), Ok(number));
    }

    #[test]
    fn no_text_panics(value in "[0-9,.eE+$€() -]{0,20}|\\PC{0,20}", precision: u8, scale: u8) {
        // An integer is a float and, given room, a decimal.
        let (float, decimal) = (parse_float(&value, Point), parse_decimal(&value, precision, scale, Point));
        if let Ok(integer) = parse_integer(&value, Point) {
            prop_assert_eq!(float, Ok(integer as f64));
            prop_assert_eq!(parse_decimal(&value, 38, 0, Point), Ok(integer.into()));
        }
        prop_assert!(decimal.is_err() || precision > 0 || decimal == Ok(0));
    }
}
