//! The usual writings of a date, which need no declared format: year first, the month as a word, numbers with the year last.
//!
//! Each function reads a date at the start of a text and gives what follows it.

use crate::civil::days_from_date;
use crate::scan::{Scan, decimal};
use crate::words::{month_of, weekday_of};

/// Reading of a date written with numbers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// Not said: a date with two readings is invalid.
    #[default]
    Undeclared,
    /// `31/12/2024`.
    DayFirst,
    /// `12/31/2024`.
    MonthFirst,
}

/// Why a text does not begin with a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It could be two dates.
    TwoReadings,
    /// It is none.
    NoDate,
}

/// A date in ISO 8601 (`2024-01-31`, `20240131`), and what follows it.
pub(crate) fn iso_date(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let is_basic = bytes.get(4).is_some_and(u8::is_ascii_digit);
    let is_extended = matches!(bytes, [_, _, _, _, b'-', _, _, b'-', _, b'0'..=b'9', ..]);
    (is_basic || is_extended).then(|| year_first(bytes))?
}

/// A date with the year first, and what follows it.
pub(crate) fn year_first(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let mut scan = Scan::new(bytes);
    let digits = scan.run(|byte| byte.is_ascii_digit());
    let (year, month, day) = match digits.len() {
        4 => {
            let separator = scan.byte(is_separator)?;
            let month = scan.number(1, 2)?;
            scan.byte(|byte| byte == separator)?;
            (decimal(digits), month, scan.number(1, 2)?)
        }
        8 => (
            decimal(&digits[..4]),
            decimal(&digits[4..6]),
            decimal(&digits[6..]),
        ),
        _ => return None,
    };
    Some((days_from_date(year, month, day)?, scan.rest))
}

/// A date with the year last, or with its month as a word, and what follows it.
pub(crate) fn year_last(bytes: &[u8], order: DateOrder) -> Result<(i32, &[u8]), Doubt> {
    match with_month_word(bytes) {
        Some(read) => Ok(read),
        None => numbers_only(bytes, order),
    }
}

fn numbers_only(bytes: &[u8], order: DateOrder) -> Result<(i32, &[u8]), Doubt> {
    let mut scan = Scan::new(bytes);
    let (first, second, year) = three_numbers(&mut scan).ok_or(Doubt::NoDate)?;
    let day_first = days_from_date(year, second, first);
    let month_first = days_from_date(year, first, second);
    let days = match (order, day_first, month_first) {
        (DateOrder::DayFirst, days, _) | (DateOrder::MonthFirst, _, days) => days,
        (DateOrder::Undeclared, Some(a), Some(b)) if a != b => return Err(Doubt::TwoReadings),
        (DateOrder::Undeclared, a, b) => a.or(b),
    };
    Ok((days.ok_or(Doubt::NoDate)?, scan.rest))
}

fn three_numbers(scan: &mut Scan<'_>) -> Option<(u32, u32, u32)> {
    let first = scan.number(1, 2)?;
    let separator = scan.byte(is_separator)?;
    let second = scan.number(1, 2)?;
    scan.byte(|byte| byte == separator)?;
    Some((first, second, scan.number(4, 4)?))
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b'-' | b'/' | b'.')
}

fn with_month_word(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let mut scan = Scan::new(bytes);
    let weekday = leading_weekday(&mut scan);
    let between = |scan: &mut Scan<'_>| {
        scan.run(|byte| matches!(byte, b' ' | b',') || is_separator(byte))
            .len()
            <= 3
    };
    let (year, month, day) = if scan.rest.first()?.is_ascii_digit() {
        let digits = scan.run(|byte| byte.is_ascii_digit());
        let leading = match digits.len() {
            1 | 2 | 4 => decimal(digits),
            _ => return None,
        };
        let year_leads = digits.len() == 4;
        if !year_leads {
            skip_ordinal(&mut scan, leading);
        }
        if !between(&mut scan) {
            return None;
        }
        let month = month_of(scan.word().as_bytes())?;
        if !between(&mut scan) {
            return None;
        }
        if year_leads {
            (leading, month, scan.number(1, 2)?)
        } else {
            (scan.number(4, 4)?, month, leading)
        }
    } else {
        let month = month_of(scan.word().as_bytes())?;
        if !between(&mut scan) {
            return None;
        }
        let day = scan.number(1, 2)?;
        skip_ordinal(&mut scan, day);
        if !between(&mut scan) {
            return None;
        }
        (scan.number(4, 4)?, month, day)
    };
    let days = days_from_date(year, month, day)?;
    match weekday {
        Some(weekday) if weekday.cast_signed() != (days + 3).rem_euclid(7) => None,
        _ => Some((days, scan.rest)),
    }
}

/// Takes `Mon`, `Monday,` and the like; 0 is Monday.
fn leading_weekday(scan: &mut Scan<'_>) -> Option<u32> {
    let mut ahead = *scan;
    let weekday = weekday_of(ahead.word().as_bytes())?;
    ahead.run(|byte| matches!(byte, b',' | b' '));
    *scan = ahead;
    Some(weekday)
}

fn skip_ordinal(scan: &mut Scan<'_>, day: u32) {
    let suffix: &[u8] = match (day / 10, day % 10) {
        (1, _) => b"th",
        (_, 1) => b"st",
        (_, 2) => b"nd",
        (_, 3) => b"rd",
        _ => b"th",
    };
    let mut ahead = *scan;
    if ahead.word().as_bytes() == suffix {
        *scan = ahead;
    }
}
