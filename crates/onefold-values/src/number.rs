//! Numbers: exact, and read one way only.
//!
//! The point is the decimal separator; commas may stand between groups of three digits (`1,234,567.89`), all of them or none, and not after
//! a lone zero (`0,123` is a decimal comma). The European writing (`1.234,56`) is invalid even where both separators make it plain: the
//! same column then has `1.234` for 1234, which would silently be read as a thousandth. Digits are ASCII.
//!
//! Scientific notation is exact (`1.25e3` is 1250), and an integer may be written as a decimal without fraction (`5.0`), as programs do
//! when a column has gaps. Nothing is rounded.

use crate::Invalid;
use crate::text::trim;

/// Most digits that a decimal has.
pub const MAX_PRECISION: u8 = 38;

/// Exponents beyond this are as good as this: no digits that fit in memory bring them back.
const MAX_EXPONENT: i64 = 1 << 40;

/// Reads a whole number: `42`, `-7`, `+1`, `1,234`, `5.0`, `1e3`.
///
/// # Errors
/// [`Invalid::IntegerOutOfRange`] beyond 64 bits, [`Invalid::Integer`] for a text that is no whole number.
pub fn parse_integer(value: &str) -> Result<i64, Invalid> {
    let value = trim(value);
    if let Some(number) = short_integer(value.as_bytes()) {
        return Ok(number);
    }
    let (negative, magnitude) = signed(value);
    let number = Magnitude::read(magnitude.as_bytes()).ok_or(Invalid::Integer)?;
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
fn short_integer(bytes: &[u8]) -> Option<i64> {
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
/// [`Invalid::FloatOutOfRange`] beyond the range of `f64`, [`Invalid::Float`] for other texts, `nan` and `inf` among them.
pub fn parse_float(value: &str) -> Result<f64, Invalid> {
    let value = trim(value);
    let (negative, magnitude) = signed(value);
    if !magnitude.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Err(Invalid::Float);
    }
    let number: f64 = if magnitude.contains(',') {
        Magnitude::read(magnitude.as_bytes()).ok_or(Invalid::Float)?;
        magnitude.replace(',', "").parse()
    } else {
        magnitude.parse()
    }
    .map_err(|_| Invalid::Float)?;
    match number.is_finite() {
        true if negative => Ok(-number),
        true => Ok(number),
        false => Err(Invalid::FloatOutOfRange),
    }
}

/// Reads a decimal number as a count of units of 10^-`scale`: `12.50` with scale 2 is 1250.
///
/// Amounts are read as accounts and shops write them: `$12.50`, `12.50 €`, `-$3`, `(12.50)` and `12.50-` (negative). A currency symbol is
/// dropped, so a column must hold one currency. `precision` is 1 to 38 digits in all, `scale` of them after the point.
///
/// # Errors
/// [`Invalid::DecimalTooPrecise`] where a digit after the `scale`-th is not zero, [`Invalid::DecimalOutOfRange`] beyond `precision`,
/// [`Invalid::Decimal`] for a text that is no number.
pub fn parse_decimal(value: &str, precision: u8, scale: u8) -> Result<i128, Invalid> {
    let value = trim(value);
    if let Some(units) = short_decimal(value.as_bytes(), precision, scale) {
        return Ok(units);
    }
    let (negative, magnitude) = amount(value).ok_or(Invalid::Decimal)?;
    let number = Magnitude::read(magnitude.as_bytes()).ok_or(Invalid::Decimal)?;
    match number.scaled(scale, precision) {
        Ok(units) => Ok(if negative { -units } else { units }),
        Err(Misfit::TooPrecise) => Err(Invalid::DecimalTooPrecise),
        Err(Misfit::TooLarge) => Err(Invalid::DecimalOutOfRange),
    }
}

/// Powers of ten that fit in 64 bits.
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut index = 1;
    while index < 20 {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// At most 18 digits, one point among them or none, after an optional minus sign. `None` says nothing about the text.
fn short_decimal(bytes: &[u8], precision: u8, scale: u8) -> Option<i128> {
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
            b'.' if point.is_none() => point = Some(position),
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
fn signed(value: &str) -> (bool, &str) {
    if let Some(rest) = value.strip_prefix(['-', '\u{2212}']) {
        (true, rest)
    } else {
        (false, value.strip_prefix('+').unwrap_or(value))
    }
}

/// Whether an amount is negative, and its number without sign, brackets and currency symbol.
fn amount(value: &str) -> Option<(bool, &str)> {
    if let Some(inner) = value.strip_prefix('(').and_then(|v| v.strip_suffix(')')) {
        let (negative, number) = amount(trim(inner)).filter(|_| !inner.contains('('))?;
        return (!negative).then_some((true, number));
    }
    let (mut value, mut symbol) = without_prefix(value);
    let unsigned = signed(value);
    let mut negative = unsigned.0;
    let mut has_sign = unsigned.1.len() < value.len();
    value = unsigned.1;
    if !symbol {
        (value, symbol) = without_prefix(value);
    }
    if !has_sign && let Some(rest) = value.strip_suffix('-') {
        (value, negative, has_sign) = (rest, true, true);
    }
    if !symbol && let Some(rest) = value.strip_suffix(is_currency) {
        value = rest.trim_end();
    }
    if !has_sign && let Some(rest) = value.strip_suffix('-') {
        (value, negative) = (rest, true);
    }
    Some((negative, value))
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

/// A number without sign: `digits` x 10^`exponent`, where `digits` has no zero at either end.
#[derive(Debug, Default)]
struct Magnitude {
    digits: u128,
    /// Number of digits of `digits`; 0 for zero. Beyond 38 they are not kept.
    count: i64,
    exponent: i64,
}

/// Why a magnitude is not a count of units.
enum Misfit {
    TooPrecise,
    TooLarge,
}

impl Magnitude {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (mantissa, exponent) = match bytes.iter().position(|byte| matches!(byte, b'e' | b'E')) {
            Some(at) => (&bytes[..at], read_exponent(&bytes[at + 1..])?),
            None => (bytes, 0),
        };
        let (whole, fraction) = match mantissa.iter().position(|&byte| byte == b'.') {
            Some(at) => (&mantissa[..at], &mantissa[at + 1..]),
            None => (mantissa, &[][..]),
        };
        if whole.is_empty() && fraction.is_empty() || !is_grouped(whole) {
            return None;
        }
        let mut number = Self::default();
        let mut zeros = 0;
        let whole_digits = whole.iter().filter(|&&byte| byte != b',');
        for &byte in whole_digits.chain(fraction) {
            match byte {
                b'0' => zeros += 1,
                b'1'..=b'9' => number.push(byte - b'0', &mut zeros),
                _ => return None,
            }
        }
        if number.count > 0 {
            number.exponent = exponent + zeros - i64::try_from(fraction.len()).ok()?;
        }
        Some(number)
    }

    /// Appends `zeros` zeros (none before the first digit) and a digit.
    fn push(&mut self, digit: u8, zeros: &mut i64) {
        let step = if self.count == 0 { 1 } else { *zeros + 1 };
        *zeros = 0;
        self.count += step;
        if self.count <= i64::from(MAX_PRECISION) {
            // At most 38 steps in all, so this is at most 10^38.
            self.digits = self.digits * 10_u128.pow(step as u32) + u128::from(digit);
        }
    }

    /// The number as a count of units of 10^-`scale`, of at most `precision` digits.
    fn scaled(&self, scale: u8, precision: u8) -> Result<i128, Misfit> {
        if self.count == 0 {
            return Ok(0);
        }
        let shift = self.exponent + i64::from(scale);
        if shift < 0 {
            return Err(Misfit::TooPrecise);
        }
        if self.count + shift > i64::from(precision.min(MAX_PRECISION)) {
            return Err(Misfit::TooLarge);
        }
        let units = self.digits * 10_u128.pow(shift as u32);
        i128::try_from(units).map_err(|_| Misfit::TooLarge)
    }
}

/// No comma, or one before every group of three digits. The digits themselves are checked where they are read.
fn is_grouped(whole: &[u8]) -> bool {
    if !whole.contains(&b',') {
        return true;
    }
    let mut groups = whole.split(|&byte| byte == b',');
    groups
        .next()
        .is_some_and(|first| (1..=3).contains(&first.len()) && first[0] != b'0')
        && groups.all(|group| group.len() == 3)
}

fn read_exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        _ => (false, bytes),
    };
    if digits.is_empty() {
        return None;
    }
    let mut exponent = 0;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        exponent = (exponent * 10 + i64::from(byte - b'0')).min(MAX_EXPONENT);
    }
    Some(if negative { -exponent } else { exponent })
}

#[cfg(test)]
mod tests {
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
            assert_eq!(parse_integer(value), Ok(expected), "{value:?}");
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
        ] {
            assert_eq!(parse_integer(value), Err(Invalid::Integer), "{value:?}");
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
                parse_integer(value),
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
            assert_eq!(parse_decimal(value, 12, 2), Ok(expected), "{value:?}");
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
        ] {
            assert_eq!(
                parse_decimal(value, 12, 2),
                Err(Invalid::Decimal),
                "{value:?}"
            );
        }
        for value in ["0.001", "12.505", "1e-3", "99999999999.999"] {
            assert_eq!(
                parse_decimal(value, 12, 2),
                Err(Invalid::DecimalTooPrecise),
                "{value:?}"
            );
        }
        for value in ["10000000000", "-10000000000.00", "1e10", "1e400", "1e38"] {
            assert_eq!(
                parse_decimal(value, 12, 2),
                Err(Invalid::DecimalOutOfRange),
                "{value:?}"
            );
        }
    }

    #[test]
    fn widest_decimals() {
        let nines = "9".repeat(38);
        let most = 10_i128.pow(38) - 1;
        assert_eq!(parse_decimal(&nines, 38, 0), Ok(most));
        assert_eq!(parse_decimal(&format!("-.{nines}"), 38, 38), Ok(-most));
        assert_eq!(
            parse_decimal(&format!("{nines}9"), 38, 0),
            Err(Invalid::DecimalOutOfRange)
        );
        assert_eq!(parse_decimal("1", 38, 38), Err(Invalid::DecimalOutOfRange));
        assert_eq!(
            parse_decimal("1", 255, 255),
            Err(Invalid::DecimalOutOfRange)
        );
        assert_eq!(parse_decimal("1", 0, 0), Err(Invalid::DecimalOutOfRange));
        assert_eq!(parse_decimal(&"0".repeat(10_000), 3, 1), Ok(0));
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
            assert_eq!(parse_float(value), Ok(expected), "{value:?}");
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
            assert_eq!(parse_float(value), Err(Invalid::Float), "{value:?}");
        }
        assert_eq!(parse_float("-1e999"), Err(Invalid::FloatOutOfRange));
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
            prop_assert_eq!(parse_decimal(&format!("{whole}.{fraction}"), precision, scale), expected);
            prop_assert_eq!(parse_decimal(&format!("({whole}.{fraction})"), precision, scale), expected.map(|units| -units));
            let shifted = format!("{whole}{fraction}e-{}", fraction.len());
            prop_assert_eq!(parse_decimal(&shifted, precision, scale), expected);
        }

        #[test]
        fn integers_read_back(number: i64) {
            prop_assert_eq!(parse_integer(&number.to_string()), Ok(number));
            prop_assert_eq!(parse_integer(&format!("{number}.0")), Ok(number));
            prop_assert_eq!(parse_decimal(&number.to_string(), 38, 4), Ok(i128::from(number) * 10_000));
        }

        #[test]
        fn floats_read_back(number in prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO) {
            prop_assert_eq!(parse_float(&format!("{number:e}")), Ok(number));
        }

        #[test]
        fn no_text_panics(value in "[0-9,.eE+$€() -]{0,20}|\\PC{0,20}", precision: u8, scale: u8) {
            // An integer is a float and, given room, a decimal.
            let (float, decimal) = (parse_float(&value), parse_decimal(&value, precision, scale));
            if let Ok(integer) = parse_integer(&value) {
                prop_assert_eq!(float, Ok(integer as f64));
                prop_assert_eq!(parse_decimal(&value, 38, 0), Ok(integer.into()));
            }
            prop_assert!(decimal.is_err() || precision > 0 || decimal == Ok(0));
        }
    }
}
