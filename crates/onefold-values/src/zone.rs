//! Time zones: which offset holds at a local time, and which day a moment falls on.

use std::error::Error;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::civil::{DAY_SECS, SECOND_MICROS, date_from_days};
use crate::invalid::Invalid;
use crate::time::parse_offset;

/// A time zone that the IANA database does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTimezone {
    name: String,
}

impl UnknownTimezone {
    /// The text that names no zone.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for UnknownTimezone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown time zone `{}`", self.name)
    }
}

impl Error for UnknownTimezone {}

/// The names of the IANA database, sorted.
pub fn timezone_names() -> Vec<String> {
    let mut names: Vec<String> = jiff::tz::db().available().map(|n| n.to_string()).collect();
    names.sort_unstable();
    names
}

/// The zone of local times.
#[derive(Debug, Clone)]
pub(crate) enum Zone {
    /// Seconds east of UTC.
    Fixed(i64),
    Named(TimeZone),
}

impl Zone {
    /// An IANA name or an offset; UTC where there is none.
    pub(crate) fn new(name: Option<&str>) -> Result<Self, UnknownTimezone> {
        let Some(name) = name else {
            return Ok(Self::Fixed(0));
        };
        Self::of(name).ok_or_else(|| UnknownTimezone {
            name: name.to_owned(),
        })
    }

    /// An IANA name or an offset.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match parse_offset(name) {
            Some(offset) => Some(Self::Fixed(offset)),
            None => TimeZone::get(name).ok().map(Self::Named),
        }
    }

    pub(crate) fn is_utc(&self) -> bool {
        matches!(self, Self::Fixed(0))
    }

    /// Seconds east of UTC at a local time.
    pub(crate) fn offset(&self, days: i32, second_of_day: i64) -> Result<i64, Invalid> {
        let zone = match self {
            Self::Fixed(offset) => return Ok(*offset),
            Self::Named(zone) => zone,
        };
        let local = civil(days, second_of_day).ok_or(Invalid::Timestamp)?;
        match zone.to_ambiguous_timestamp(local).offset() {
            AmbiguousOffset::Unambiguous { offset }
            | AmbiguousOffset::Fold { before: offset, .. } => Ok(offset.seconds().into()),
            AmbiguousOffset::Gap { .. } => Err(Invalid::NonexistentLocalTime),
        }
    }

    /// The day of a moment, as a calendar in this zone has it: days since 1970-01-01.
    pub(crate) fn day(&self, micros: i64) -> Option<i32> {
        let second = micros.div_euclid(SECOND_MICROS);
        let offset = match self {
            Self::Fixed(offset) => *offset,
            Self::Named(zone) => {
                let moment = Timestamp::from_second(second).ok()?;
                zone.to_offset(moment).seconds().into()
            }
        };
        i32::try_from((second + offset).div_euclid(DAY_SECS)).ok()
    }
}

fn civil(days: i32, second_of_day: i64) -> Option<DateTime> {
    let (year, month, day) = date_from_days(days);
    let second = i32::try_from(second_of_day).ok()?;
    DateTime::new(
        year.try_into().ok()?,
        month.try_into().ok()?,
        day.try_into().ok()?,
        (second / 3_600).try_into().ok()?,
        (second / 60 % 60).try_into().ok()?,
        (second % 60).try_into().ok()?,
        0,
    )
    .ok()
}
