//! Calendar dates, in the writings that leave no doubt.
//!
//! In this order:
//! 1. year first: ISO 8601 `2024-01-31` and `20240131`, also `2024/1/31` and `2024.01.31`;
//! 2. the declared formats;
//! 3. the month as an English word: `15 Jan 2023`, `January 15th, 2023`, `15-Jan-2023`, `Sun, 15 Jan 2023`, `15JAN2023`;
//! 4. numbers with the year last: `31/12/2024`, `12-31-2024`, `1.2.2024`. With a declared order only that order. Without one, a date
//!    with one reading (`12/31/2024`, `02/02/2024`) is taken, a date with two (`01/02/2024`) is [`Invalid::AmbiguousDate`].
//!
//! A time of day may follow and is checked; the date is taken as written, whatever the offset. Years are 1 to 9999, of four digits:
//! two-digit years need a format. Week dates, ordinal dates and bare numbers of other lengths (day counts, seconds) are not read.

use crate::Invalid;
use crate::civil::days_from_date;
pub use crate::format::BadFormat;
use crate::format::Formats;
use crate::scan::{Scan, decimal};
use crate::text::trim;
use crate::time::WrittenTime;

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

/// How the dates of a column are read.
#[derive(Debug, Clone)]
pub struct DateRules {
    order: DateOrder,
    formats: Formats,
}

impl DateRules {
    /// `formats`: strptime patterns (`%d.%m.%y`), tried in order.
    ///
    /// # Errors
    /// [`BadFormat`] for the first pattern that is none or that names no full date.
    pub fn new(order: DateOrder, formats: &[String]) -> Result<Self, BadFormat> {
        Ok(Self {
            order,
            formats: Formats::new(formats)?,
        })
    }

    /// Days since 1970-01-01, proleptic Gregorian.
    ///
    /// # Errors
    /// [`Invalid::AmbiguousDate`] or [`Invalid::Date`].
    pub fn parse(&self, value: &str) -> Result<i32, Invalid> {
        let value = trim(value);
        if let Some((days, rest)) = year_first(value.as_bytes())
            && WrittenTime::read(rest).is_some()
        {
            return Ok(days);
        }
        if !self.formats.is_empty()
            && let Some(days) = self.formats.date(value)
        {
            return Ok(days);
        }
        match year_last(value.as_bytes(), self.order) {
            Ok((days, rest)) if WrittenTime::read(rest).is_some() => Ok(days),
            Err(Doubt::TwoReadings) => Err(Invalid::AmbiguousDate),
            Ok(_) | Err(Doubt::NoDate) => Err(Invalid::Date),
        }
    }
}

/// Why a text does not begin with a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It could be two dates.
    TwoReadings,
    /// It is none.
    NoDate,
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
        Some(weekday) if weekday != (days + 3).rem_euclid(7) => None,
        _ => Some((days, scan.rest)),
    }
}

/// Takes `Mon`, `Monday,` and the like; 0 is Monday.
fn leading_weekday(scan: &mut Scan<'_>) -> Option<i32> {
    let mut ahead = *scan;
    let weekday = match ahead.word().as_bytes() {
        b"mon" | b"monday" => 0,
        b"tue" | b"tues" | b"tuesday" => 1,
        b"wed" | b"wednesday" => 2,
        b"thu" | b"thur" | b"thurs" | b"thursday" => 3,
        b"fri" | b"friday" => 4,
        b"sat" | b"saturday" => 5,
        b"sun" | b"sunday" => 6,
        _ => return None,
    };
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

fn month_of(word: &[u8]) -> Option<u32> {
    const MONTHS: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let index = MONTHS.iter().position(|&month| {
        word == month || word == &month[..3] || (word == b"sept" && month == b"september")
    })?;
    u32::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::{date_from_days, write_date};
    use proptest::prelude::*;

    fn read(order: DateOrder, formats: &[&str], value: &str) -> Result<String, String> {
        let formats: Vec<String> = formats.iter().map(|&f| f.to_owned()).collect();
        let rules = DateRules::new(order, &formats).map_err(|error| error.to_string())?;
        let days = rules
            .parse(value)
            .map_err(|invalid| invalid.code().to_owned())?;
        let mut text = Vec::new();
        write_date(days, &mut text);
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn undeclared(value: &str) -> Result<String, String> {
        read(DateOrder::Undeclared, &[], value)
    }

    #[test]
    fn accepts() {
        for (value, expected) in [
            ("2024-01-31", "2024-01-31"),
            (" 2024-01-31\n", "2024-01-31"),
            ("20240131", "2024-01-31"),
            ("2024/01/31", "2024-01-31"),
            ("2024/1/5", "2024-01-05"),
            ("2024.01.31", "2024-01-31"),
            ("0001-01-01", "0001-01-01"),
            ("9999-12-31", "9999-12-31"),
            ("1582-10-10", "1582-10-10"),
            ("0400-02-29", "0400-02-29"),
            ("2023-01-15T10:30:00Z", "2023-01-15"),
            ("2023-01-15T23:30:00-08:00", "2023-01-15"),
            ("2023-01-15 10:30", "2023-01-15"),
            ("20230115T103000Z", "2023-01-15"),
            ("12/31/2024", "2024-12-31"),
            ("31/12/2024", "2024-12-31"),
            ("31.12.2024", "2024-12-31"),
            ("31-12-2024", "2024-12-31"),
            ("2/2/2024", "2024-02-02"),
            ("12/31/2024 1:05 PM", "2024-12-31"),
            ("1/15/2023, 10:30:00 AM", "2023-01-15"),
            ("15 Jan 2023", "2023-01-15"),
            ("Jan 15, 2023", "2023-01-15"),
            ("15-Jan-2023", "2023-01-15"),
            ("15JAN2023", "2023-01-15"),
            ("January 15 2023", "2023-01-15"),
            ("january 1st, 2023", "2023-01-01"),
            ("22nd Sept. 2023", "2023-09-22"),
            ("11th May 2023", "2023-05-11"),
            ("2023-Jan-15", "2023-01-15"),
            ("Sun, 15 Jan 2023 10:30:00 +0000", "2023-01-15"),
            ("Sunday, January 15, 2023", "2023-01-15"),
        ] {
            assert_eq!(undeclared(value).as_deref(), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn rejects() {
        for value in [
            "",
            "2024-02-30",
            "2021-02-29",
            "0100-02-29",
            "2024-00-15",
            "2024-01-00",
            "2024-13-01",
            "0000-01-01",
            "10000-01-01",
            "+2024-01-01",
            "-2024-01-01",
            "20-01-01",
            "998-01-01",
            "2020-001-01",
            "2020-01-001",
            "2020-01/01",
            "2020--01-01",
            "2020 01 01",
            "2020:01:01",
            "2020–01–01",
            "1963-06-1৪",
            "2020-01-01X",
            "2020-01-01Z",
            "2020-01-01T",
            "2020-01-01T25:00",
            "2020-01-0:",
            "2020-01-01\0",
            "2024-W01-1",
            "2013-350",
            "45292.5",
            "1704067200",
            "202401311",
            "32/13/2024",
            "31/04/2024",
            "1/2/24",
            "15 Foo 2023",
            "Janus 15 2023",
            "31 Feb 2023",
            "Mon, 15 Jan 2023",
            "15th 2023",
            "11st May 2023",
            "Jan 152023",
            "2023 Jan 15th x",
        ] {
            assert_eq!(
                undeclared(value),
                Err("invalid_date".to_owned()),
                "{value:?}"
            );
        }
    }

    #[test]
    fn two_readings_need_an_order() {
        for value in ["01/02/2024", "1-2-2024", "1.2.2024"] {
            let expected = Err("ambiguous_date".to_owned());
            assert_eq!(undeclared(value), expected, "{value:?}");
            let day_first = read(DateOrder::DayFirst, &[], value);
            assert_eq!(day_first.as_deref(), Ok("2024-02-01"), "{value:?}");
            let month_first = read(DateOrder::MonthFirst, &[], value);
            assert_eq!(month_first.as_deref(), Ok("2024-01-02"), "{value:?}");
        }
        // A declared order is an order, not a preference.
        assert!(read(DateOrder::DayFirst, &[], "12/31/2024").is_err());
        assert!(read(DateOrder::MonthFirst, &[], "31/12/2024").is_err());
    }

    #[test]
    fn formats() {
        let formats = ["%d.%m.%y", "%Y%j", "%d/%m/%Y"];
        for (value, expected) in [
            ("31.12.24", "2024-12-31"),
            ("2024366", "2024-12-31"),
            ("01/02/2024", "2024-02-01"),
            ("2024-03-04", "2024-03-04"),
        ] {
            let date = read(DateOrder::Undeclared, &formats, value);
            assert_eq!(date.as_deref(), Ok(expected), "{value:?}");
        }
        let seconds = read(DateOrder::Undeclared, &["%s"], "1704067200");
        assert_eq!(seconds.as_deref(), Ok("2024-01-01"));
        let before_christ = read(DateOrder::Undeclared, &["%Y|%m|%d"], "-0001|01|01");
        assert_eq!(before_christ, Err("invalid_date".to_owned()));
    }

    #[test]
    fn bad_formats() {
        for format in ["", "%", "%!", "%d.%m.", "%H:%M", "text"] {
            let error = DateRules::new(DateOrder::Undeclared, &[format.to_owned()]).err();
            assert_eq!(error.as_ref().map(BadFormat::format), Some(format));
        }
    }

    proptest! {
        #[test]
        fn every_writing_of_a_date_reads_back(days in -719_162_i32..=2_932_896) {
            let (year, month, day) = date_from_days(days);
            let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
                [(month - 1) as usize];
            let day_first = DateRules::new(DateOrder::DayFirst, &[]).map_err(|e| TestCaseError::fail(e.to_string()))?;
            for value in [
                format!("{year:04}-{month:02}-{day:02}"),
                format!("{year:04}{month:02}{day:02}"),
                format!("{year:04}/{month}/{day}"),
                format!("{day}.{month}.{year:04}"),
                format!("{day} {name} {year:04}"),
                format!("{name} {day}, {year:04}"),
            ] {
                prop_assert_eq!(day_first.parse(&value), Ok(days), "{}", value);
            }
        }

        #[test]
        fn no_text_panics(value in "[0-9JanMr/.: TZ+-]{0,14}|\\PC{0,20}") {
            let rules = DateRules::new(DateOrder::Undeclared, &["%d %b %y".to_owned()])
                .map_err(|e| TestCaseError::fail(e.to_string()))?;
            if let Ok(days) = rules.parse(&value) {
                prop_assert!((-719_162..=2_932_896).contains(&days));
            }
        }
    }
}
