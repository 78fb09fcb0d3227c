//! Numbers: exact, and read one way only.
//!
//! The decimal mark is the point, unless a comma is declared. Commas may separate groups of three digits (`1,234,567.89`); with a decimal
//! comma, points or spaces may (`1.234.567,89`, `1 234 567,89`). A number uses one separator throughout, before every group or none, and
//! never after a lone zero (`0,123` is a decimal comma). A value alone cannot tell the mark of its column: `1.234` is a number with either.
//! So a decimal comma that is not declared is invalid, even where both marks make it plain. If it is declared, a number that can only have a
//! decimal point (`1.5`, `1,234.56`) is [`Invalid::AmbiguousNumber`]. Digits are ASCII.
//!
//! Scientific notation is exact (`1.25e3` is 1250), and an integer may be written as a decimal without fraction (`5.0`), as programs do
//! when a column has gaps. Nothing is rounded.

use crate::invalid::Invalid;
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
pub(crate) fn short_decimal(
    bytes: &[u8],
    precision: u8,
    scale: u8,
    mark: DecimalMark,
) -> Option<i128> {
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
mod tests;
