//! Calendar dates, in the writings that leave no doubt or that are declared.
//!
//! Where formats are declared, they decide: they are tried in order, nothing else is, and the first that fits wins. A format is a strptime
//! pattern (`%d.%m.%y`), a number since 1970 (`epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns`; the date is that of the declared zone) or the
//! word `iso` for ISO 8601.
//!
//! Where none is, in this order:
//! 1. year first: ISO 8601 `2024-01-31` and `20240131`, also `2024/1/31` and `2024.01.31`;
//! 2. the month as an English word: `15 Jan 2023`, `January 15th, 2023`, `15-Jan-2023`, `Sun, 15 Jan 2023`, `15JAN2023`;
//! 3. numbers with the year last: `31/12/2024`, `12-31-2024`, `1.2.2024`. With a declared order only that order. Without one, a date
//!    with one reading (`12/31/2024`, `02/02/2024`) is taken, a date with two (`01/02/2024`) is [`Invalid::AmbiguousDate`].
//!
//! A time of day may follow and is checked; the date is taken as written, whatever the offset. Years are 1 to 9999, of four digits:
//! two-digit years need a format. Week dates, ordinal dates and bare numbers of other lengths (day counts, seconds) are not read without one.

use crate::Invalid;
use crate::civil::days_from_date;
pub use crate::format::{BadFormat, BadTimeRules};
use crate::format::{Formats, Moment};
use crate::scan::{Scan, decimal};
use crate::text::trim;
use crate::time::WrittenTime;
use crate::words::{month_of, weekday_of};
use crate::zone::Zone;

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

/// 0001-01-01 to 9999-12-31.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

/// How the dates of a column are read.
#[derive(Debug, Clone)]
pub struct DateRules {
    order: DateOrder,
    formats: Formats,
    zone: Zone,
}

impl DateRules {
    /// `formats`: what is tried, in order; none: the usual writings, for which alone `order` counts. `timezone`: an IANA name or an offset,
    /// the zone of the calendar that numbers since 1970 are dates of; `None`: UTC.
    ///
    /// # Errors
    /// [`BadTimeRules`] for the first format that is none or that names no full date, or for an unknown zone.
    pub fn new(
        order: DateOrder,
        formats: &[String],
        timezone: Option<&str>,
    ) -> Result<Self, BadTimeRules> {
        Ok(Self {
            order,
            formats: Formats::new(formats)?,
            zone: Zone::new(timezone)?,
        })
    }

    /// Whether formats are declared, which then decide.
    pub fn has_formats(&self) -> bool {
        !self.formats.is_empty()
    }

    /// Days since 1970-01-01, proleptic Gregorian.
    ///
    /// # Errors
    /// [`Invalid::AmbiguousDate`] or [`Invalid::Date`].
    pub fn parse(&self, value: &str) -> Result<i32, Invalid> {
        let value = trim(value);
        if self.formats.is_empty() {
            self.usual(value)
        } else {
            self.declared(value)
        }
    }

    /// Reads a date that does not come from the column itself, such as a bound: with the year first whatever the formats say, else as
    /// declared, else in the usual writings.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_standard(&self, value: &str) -> Result<i32, Invalid> {
        let value = trim(value);
        if let Some(days) = whole_year_first(value) {
            return Ok(days);
        }
        match self.declared(value) {
            Err(_) => self.usual(value),
            read => read,
        }
    }

    fn usual(&self, value: &str) -> Result<i32, Invalid> {
        if let Some(days) = whole_year_first(value) {
            return Ok(days);
        }
        match year_last(value.as_bytes(), self.order) {
            Ok((days, rest)) if WrittenTime::read(rest).is_some() => Ok(days),
            Err(Doubt::TwoReadings) => Err(Invalid::AmbiguousDate),
            Ok(_) | Err(Doubt::NoDate) => Err(Invalid::Date),
        }
    }

    fn declared(&self, value: &str) -> Result<i32, Invalid> {
        let days = match self.formats.read(value) {
            Some(Moment::Written { days, .. }) => Some(days),
            Some(Moment::Instant(micros)) => self.zone.day(micros),
            None => None,
        };
        days.filter(|days| DAYS.contains(days)).ok_or(Invalid::Date)
    }
}

fn whole_year_first(value: &str) -> Option<i32> {
    let (days, rest) = year_first(value.as_bytes())?;
    WrittenTime::read(rest).map(|_| days)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::{date_from_days, write_date};
    use proptest::prelude::*;

    fn read(order: DateOrder, formats: &[&str], value: &str) -> Result<String, String> {
        let formats: Vec<String> = formats.iter().map(|&f| f.to_owned()).collect();
        let rules = DateRules::new(order, &formats, None).map_err(|error| error.to_string())?;
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
            ("15 JAN 2023", "2023-01-15"),
            ("15 jan 2023", "2023-01-15"),
            ("2024-1-5", "2024-01-05"),
            ("1899-12-30", "1899-12-30"),
            ("2024-01-05 12:00 AM", "2024-01-05"),
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
            "12024-01-01",
            "2024-W05-1",
            "2024W051",
            "2024-123",
            "2024123",
            "2024-01-05[Europe/Paris]",
            "２０２４-０１-０５",
            "2024-٠١-05",
            "Janvier 5 2024",
            "5 jan 24",
            "01-Jan-24",
            "1900-01-00",
            "2024-01-05 24:00:00",
            "2024-01-05 10:00+25:00",
            "2024-01-05 10:00+00:60",
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
    fn declared_formats_decide() {
        let none = Err("invalid_date".to_owned());
        for (formats, value, expected) in [
            (&["%Y-%d-%m"][..], "2024-01-05", Some("2024-05-01")),
            (&["%Y-%d-%m"], "2024-13-01", Some("2024-01-13")),
            (&["%Y-%d-%m"], "2024-01-13", None),
            (&["%Y-%d-%m"], "20240105", None),
            (&["%d/%m/%Y"], "31/12/2024", Some("2024-12-31")),
            (&["%d/%m/%Y"], "12/31/2024", None),
            (&["%d/%m/%Y"], "2024-12-31", None),
            (&["%d/%m/%Y"], "31 Dec 2024", None),
            (&["%d/%m/%Y"], "31.12.2024", None),
            (&["%d/%m/%Y", "iso"], "2024-12-31", Some("2024-12-31")),
            (&["%d/%m/%Y", "iso"], "20241231", Some("2024-12-31")),
            (
                &["%d/%m/%Y", "iso"],
                "2024-12-31T23:00:00-05:00",
                Some("2024-12-31"),
            ),
            // Not ISO 8601.
            (&["iso"], "2024/12/31", None),
            (&["iso"], "2024.12.31", None),
            (&["iso"], "2024-12-1", None),
            (&["iso"], "2024-1-31", None),
            (&["iso"], "2024-01-5T10:00", None),
            (&["iso"], "31 Dec 2024", None),
            (&["iso"], "12/31/2024", None),
            // The first that fits wins.
            (&["%d/%m/%Y", "%m/%d/%Y"], "01/02/2024", Some("2024-02-01")),
            (&["%m/%d/%Y", "%d/%m/%Y"], "01/02/2024", Some("2024-01-02")),
            (&["%m/%d/%Y", "%d/%m/%Y"], "31/01/2024", Some("2024-01-31")),
            (&["iso", "%Y-%d-%m"], "2024-01-05", Some("2024-01-05")),
            (&["iso", "%Y-%d-%m"], "2024-13-01", Some("2024-01-13")),
            (&["%Y-%d-%m", "iso"], "2024-01-05", Some("2024-05-01")),
            (&["%d.%m.%y", "%Y%j"], "31.12.24", Some("2024-12-31")),
            (&["%d.%m.%y", "%Y%j"], "2024366", Some("2024-12-31")),
            (&["%Y|%m|%d"], "-0001|01|01", None),
            (&["%Y|%m|%d"], "0000|01|01", None),
            (&["%s"], "1704067200", Some("2024-01-01")),
            (&["epoch_s"], "1704067199.999", Some("2023-12-31")),
            (&["epoch_ms"], "1704067200000", Some("2024-01-01")),
            (&["epoch_ms"], "1.7040672e12", Some("2024-01-01")),
            (&["epoch_us"], "-1", Some("1969-12-31")),
            (&["epoch_ns"], "1704067200000000000", Some("2024-01-01")),
            (&["epoch_ms"], "2024-01-01", None),
            // 9999-12-31 and the day after it, 0001-01-01 and the day before it.
            (&["epoch_s"], "253402300799", Some("9999-12-31")),
            (&["epoch_s"], "253402300800", None),
            (&["epoch_s"], "-62135596800", Some("0001-01-01")),
            (&["epoch_s"], "-62135596801", None),
            (&["epoch_s"], "9223372036854775807", None),
            (&["epoch_ns"], "1e400", None),
        ] {
            let date = read(DateOrder::Undeclared, formats, value);
            let expected = expected.map_or(none.clone(), |date| Ok(date.to_owned()));
            assert_eq!(date, expected, "{value:?} by {formats:?}");
        }
    }

    #[test]
    fn a_moment_has_the_date_of_the_declared_zone() {
        for (zone, expected) in [
            (None, "2024-07-10"),
            (Some("Europe/Paris"), "2024-07-11"),
            (Some("America/New_York"), "2024-07-10"),
            (Some("+01:00"), "2024-07-11"),
        ] {
            for (format, value) in [("epoch_s", "1720653000"), ("%s", "1720653000")] {
                let rules = DateRules::new(DateOrder::Undeclared, &[format.to_owned()], zone);
                let days = rules.expect("rules").parse(value).expect("a date");
                let mut text = Vec::new();
                write_date(days, &mut text);
                assert_eq!(text, expected.as_bytes(), "{zone:?} {format}");
            }
        }
        let nowhere = DateRules::new(DateOrder::Undeclared, &[], Some("Mars/Olympus"));
        assert!(nowhere.is_err());
    }

    /// What the author of a pipeline writes keeps its meaning, whatever the column's formats are.
    #[test]
    fn bounds_are_iso_first() {
        let formats = ["%Y-%d-%m".to_owned(), "%d.%m.%Y".to_owned()];
        let rules = DateRules::new(DateOrder::Undeclared, &formats, None).expect("rules");
        for (value, expected) in [
            ("2024-01-05", "2024-01-05"),
            ("2024-13-01", "2024-01-13"),
            ("05.01.2024", "2024-01-05"),
            ("5 Jan 2024", "2024-01-05"),
        ] {
            let mut text = Vec::new();
            write_date(rules.parse_standard(value).expect("a date"), &mut text);
            assert_eq!(text, expected.as_bytes(), "{value:?}");
        }
        assert_eq!(
            rules.parse_standard("01/02/2024"),
            Err(Invalid::AmbiguousDate)
        );
        assert_eq!(rules.parse_standard("x"), Err(Invalid::Date));
    }

    #[test]
    fn formats_that_read_no_date() {
        for format in [
            "",
            "YYYY-MM-DD",
            "ISO",
            "epoch",
            "%H:%M",
            "%Y-%m",
            "%d.%m.%Y %q",
        ] {
            let formats = [format.to_owned()];
            let rules = DateRules::new(DateOrder::Undeclared, &formats, None);
            assert!(matches!(rules, Err(BadTimeRules::Format(_))), "{format:?}");
        }
    }

    proptest! {
        #[test]
        fn every_writing_of_a_date_reads_back(days in -719_162_i32..=2_932_896) {
            let (year, month, day) = date_from_days(days);
            let name = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
                [(month - 1) as usize];
            let day_first = DateRules::new(DateOrder::DayFirst, &[], None).map_err(|e| TestCaseError::fail(e.to_string()))?;
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
            let rules = DateRules::new(DateOrder::Undeclared, &["%d %b %y".to_owned()], None)
                .map_err(|e| TestCaseError::fail(e.to_string()))?;
            if let Ok(days) = rules.parse(&value) {
                prop_assert!((-719_162..=2_932_896).contains(&days));
            }
        }
    }
}
