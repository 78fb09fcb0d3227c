//! Declared formats: strptime patterns, as jiff reads them.

use std::error::Error;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};

use crate::civil::days_from_date;

/// A declared format that cannot read a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFormat {
    format: String,
    detail: String,
}

impl BadFormat {
    /// The format as declared.
    pub fn format(&self) -> &str {
        &self.format
    }

    /// What is wrong with it.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for BadFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad date format `{}`: {}", self.format, self.detail)
    }
}

impl Error for BadFormat {}

/// What a declared format reads.
pub(crate) enum Moment {
    /// A moment: the text carries an offset, or seconds since 1970.
    Instant(Timestamp),
    /// A time on the wall; midnight where the format has none.
    Local(DateTime),
}

/// Formats that are known to read dates, in the order in which they are tried.
#[derive(Debug, Clone)]
pub(crate) struct Formats(Vec<Box<str>>);

impl Formats {
    pub(crate) fn new(formats: &[String]) -> Result<Self, BadFormat> {
        for format in formats {
            check(format).map_err(|detail| BadFormat {
                format: format.clone(),
                detail,
            })?;
        }
        Ok(Self(formats.iter().map(|f| f.as_str().into()).collect()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The moment that the first fitting format reads.
    pub(crate) fn moment(&self, value: &str) -> Option<Moment> {
        self.read(value, |time| {
            if let Some(instant) = time.timestamp() {
                return Some(Moment::Instant(instant));
            }
            let local = time.to_datetime().ok()?;
            match time.offset() {
                Some(offset) => Some(Moment::Instant(offset.to_timestamp(local).ok()?)),
                None => Some(Moment::Local(local)),
            }
        })
    }

    /// The date, as written, that the first fitting format reads: days since 1970-01-01.
    pub(crate) fn date(&self, value: &str) -> Option<i32> {
        self.read(value, |time| match time.timestamp() {
            Some(instant) => days(Offset::UTC.to_datetime(instant).date()),
            None => days(time.to_date().ok()?),
        })
    }

    fn read<T>(&self, value: &str, take: impl Fn(&BrokenDownTime) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(|format| {
            let time = BrokenDownTime::parse(format.as_bytes(), value.as_bytes()).ok()?;
            take(&time)
        })
    }
}

/// Days since 1970-01-01; `None` before the year 1.
pub(crate) fn days(date: Date) -> Option<i32> {
    days_from_date(
        u32::try_from(date.year()).ok()?,
        date.month().unsigned_abs().into(),
        date.day().unsigned_abs().into(),
    )
}

/// Whether the format reads what it writes, and that holds a full date.
fn check(format: &str) -> Result<(), String> {
    let sample = DateTime::constant(2023, 7, 25, 13, 59, 58, 0)
        .to_zoned(TimeZone::UTC)
        .map_err(|error| error.to_string())?;
    let text = BrokenDownTime::from(&sample)
        .to_string(format)
        .map_err(|error| error.to_string())?;
    let time = BrokenDownTime::parse(format.as_bytes(), text.as_bytes())
        .map_err(|error| error.to_string())?;
    if time.timestamp().is_none() && time.to_date().is_err() {
        return Err("it names no full date".to_owned());
    }
    Ok(())
}
