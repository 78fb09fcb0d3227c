//! Numbers: exact, and read one way only.
//!
//! The point is the decimal mark, unless a comma is declared. Between groups of three digits may stand commas (`1,234,567.89`); with a
//! decimal comma points or spaces (`1.234.567,89`, `1 234 567,89`): one and the same throughout, before every group or none, and not after
//! a lone zero (`0,123` is a decimal comma). Which mark a column has, a value alone cannot tell: `1.234` is a number of both. So the European
//! writing is invalid where it is not declared, even where both marks make it plain; where it is, a number that only has a decimal point
//! (`1.5`, `1,234.56`) is [`Invalid::AmbiguousNumber`]. Digits are ASCII.
//!
//! Scientific notation is exact (`1.25e3` is 1250), and an integer may be written as a decimal without fraction (`5.0`), as programs do
//! when a column has gaps. Nothing is rounded.

use crate::Invalid;
pub use crate::magnitude::{DecimalMark, MAX_PRECISION};
use crate::magnitude::{Magnitude, Misfit, POWERS};
use crate::text::trim;

/// Reads a whole number: `42`, `-7`, `+1`, `1,234`, `5.0`, `1e3`.
///
/// # Errors
/// [`Invalid::IntegerOutOfRange`] beyond 64 bits, [`Invalid::AmbiguousNumber`], [`Invalid::Integer`] for a text that is not a whole number.
pub fn parse_integer(value: &str, mark: DecimalMark) -> Result<i64, Invalid> {
    let value = trim(value);
    if let Some(number) = short_integer(value.as_bytes()) {
        return Ok(number);
    }
    let (negative, magnitude) = signed(value);
    let number = read(magnitude, mark, Invalid::Integer)?;
    match number.scaled(0, 19) {
        Ok(units) => {
            let units = if negative { -units } else { units };
            i64::try_from(units).map_err(|_| Invalid::IntegerOutOfRange)
        }
        Err(Misfit::TooPrecise) => Err(Invalid::Integer),
        Err(Misfit::TooLarge) => Err(Invalid::IntegerOutOfRange),
    }
}

/// At most 18 digits after an optional minus sign.
pub(crate) fn short_integer(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut number = 0;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(byte - b'0');
    }
    Some(if negative { -number } else { number })
}

/// Reads a floating point number, to the nearest `f64`: `1.5`, `-2e-3`, `1,234.5`.
///
/// # Errors
/// [`Invalid::FloatOutOfRange`] beyond the range of `f64`, [`Invalid::AmbiguousNumber`], [`Invalid::Float`] for other texts, `nan` and `inf`
/// among them.
pub fn parse_float(value: &str, mark: DecimalMark) -> Result<f64, Invalid> {
    let value = trim(value);
    let (negative, magnitude) = signed(value);
    if !magnitude.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return Err(Invalid::Float);
    }
    let number: f64 = if mark == DecimalMark::Point && !magnitude.contains(',') {
        magnitude.parse().map_err(|_| Invalid::Float)?
    } else {
        let number = read(magnitude, mark, Invalid::Float)?;
        match number.short_float() {
            Some(number) => number,
            None => with_point(magnitude, mark)
                .parse()
                .map_err(|_| Invalid::Float)?,
        }
    };
    match number.is_finite() {
        true if negative => Ok(-number),
        true => Ok(number),
        false => Err(Invalid::FloatOutOfRange),
    }
}

/// A number that has been read, with a point and without separators.
fn with_point(magnitude: &str, mark: DecimalMark) -> String {
    let plain = magnitude.chars().filter_map(|c| match c {
        '0'..='9' | 'e' | 'E' | '+' | '-' => Some(c),
        c if c == char::from(mark.byte()) => Some('.'),
        _ => None,
    });
    plain.collect()
}

/// Reads a decimal number as a count of units of 10^-`scale`: `12.50` with scale 2 is 1250.
///
/// Amounts are read as accounts and shops write them: `$12.50`, `12.50 €`, `-$3`, `(12.50)` and `12.50-` (negative). A currency symbol is
/// dropped, so a column must hold one currency. `precision` is 1 to 38 digits in all, `scale` of them after the point.
///
/// # Errors
/// [`Invalid::DecimalTooPrecise`] where a digit after the `scale`-th is not zero, [`Invalid::DecimalOutOfRange`] beyond `precision`,
/// [`Invalid::AmbiguousNumber`], [`Invalid::Decimal`] for a text that is not a number.
pub fn parse_decimal(
    value: &str,
    precision: u8,
    scale: u8,
    mark: DecimalMark,
) -> Result<i128, Invalid> {
    let value = trim(value);
    if let Some(units) = short_decimal(value.as_bytes(), precision, scale, mark) {
        return Ok(units);
    }
    let (negative, magnitude) = amount(value).ok_or(Invalid::Decimal)?;
    let number = read(magnitude, mark, Invalid::Decimal)?;
    match number.scaled(scale, precision) {
        Ok(units) => Ok(if negative { -units } else { units }),
        Err(Misfit::TooPrecise) => Err(Invalid::DecimalTooPrecise),
        Err(Misfit::TooLarge) => Err(Invalid::DecimalOutOfRange),
    }
}

/// A number without sign; `invalid` where it is none with either mark.
fn read(magnitude: &str, mark: DecimalMark, invalid: Invalid) -> Result<Magnitude, Invalid> {
    let bytes = magnitude.as_bytes();
    Magnitude::read(bytes, mark).ok_or_else(|| match mark {
        DecimalMark::Comma if Magnitude::read(bytes, DecimalMark::Point).is_some() => {
            Invalid::AmbiguousNumber
        }
        _ => invalid,
    })
}

/// At most 18 digits, one decimal mark among them or none, after an optional minus sign. `None` says nothing about the text.
fn short_decimal(bytes: &[u8], precision: u8, scale: u8, mark: DecimalMark) -> Option<i128> {
    let mark = mark.byte();
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        _ => (false, bytes),
    };
    if digits.len() > 19 {
        return None;
    }
    let mut units = 0_u64;
    let mut point = None;
    for (position, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => units = units.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
            byte if *byte == mark && point.is_none() => point = Some(position),
            _ => return None,
        }
    }
    let fraction = point.map_or(0, |point| digits.len() - point - 1);
    let count = digits.len() - usize::from(point.is_some());
    if count == 0 || count > 18 {
        return None;
    }
    let shift = usize::from(scale).checked_sub(fraction)?;
    if count + shift > 19.min(usize::from(precision)) {
        return None;
    }
    let units = i128::from(units.checked_mul(*POWERS.get(shift)?)?);
    Some(if negative { -units } else { units })
}

/// Sign and the rest.
pub(crate) fn signed(value: &str) -> (bool, &str) {
    if let Some(rest) = value.strip_prefix(['-', '\u{2212}']) {
        (true, rest)
    } else {
        (false, value.strip_prefix('+').unwrap_or(value))
    }
}

/// Whether an amount is negative, and its number without sign, brackets and currency symbol.
fn amount(value: &str) -> Option<(bool, &str)> {
    match value.strip_prefix('(').and_then(|v| v.strip_suffix(')')) {
        // In brackets a sign of its own would contradict them or say nothing.
        Some(inner) => match bare_amount(trim(inner)) {
            (None, number) => Some((true, number)),
            (Some(_), _) => None,
        },
        None => {
            let (sign, number) = bare_amount(value);
            Some((sign.unwrap_or(false), number))
        }
    }
}

/// Sign, if there is one (true: minus), and the number without currency symbol.
fn bare_amount(value: &str) -> (Option<bool>, &str) {
    let (mut value, mut symbol) = without_prefix(value);
    let mut sign = None;
    let unsigned = signed(value);
    if unsigned.1.len() < value.len() {
        (sign, value) = (Some(unsigned.0), unsigned.1);
    }
    if !symbol {
        (value, symbol) = without_prefix(value);
    }
    if sign.is_none()
        && let Some(rest) = value.strip_suffix('-')
    {
        (value, sign) = (rest, Some(true));
    }
    if !symbol && let Some(rest) = value.strip_suffix(is_currency) {
        value = rest.trim_end();
    }
    if sign.is_none()
        && let Some(rest) = value.strip_suffix('-')
    {
        (value, sign) = (rest, Some(true));
    }
    (sign, value)
}

fn without_prefix(value: &str) -> (&str, bool) {
    match value.strip_prefix(is_currency) {
        Some(rest) => (rest.trim_start(), true),
        None => (value, false),
    }
}

/// The usual currency symbols of Unicode; not the cent and the mill, which would be off by a hundred or a thousand.
const fn is_currency(c: char) -> bool {
    matches!(c, '$' | '£'..='¥' | '\u{e3f}' | '\u{20a0}'..='\u{20a4}' | '\u{20a6}'..='\u{20c0}')
}

#[cfg(test)]
mod tests {
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
}
