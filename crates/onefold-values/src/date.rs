//! Calendar dates, in writings that leave no doubt or that are declared.
//!
//! If formats are declared, only they are tried, in order, and the first that fits wins. A format is a strptime pattern (`%d.%m.%y`), a
//! number since 1970 (`epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns`; the date is that of the declared zone), a serial date of a spreadsheet
//! (`excel`, `excel1904`) or the word `iso` for ISO 8601.
//!
//! If none is declared, these are tried in order:
//! 1. year first: ISO 8601 `2024-01-31` and `20240131`, also `2024/1/31` and `2024.01.31`;
//! 2. the month as an English word: `15 Jan 2023`, `January 15th, 2023`, `15-Jan-2023`, `Sun, 15 Jan 2023`, `15JAN2023`;
//! 3. numbers with the year last: `31/12/2024`, `12-31-2024`, `1.2.2024`. A declared order is the only one tried. Without one, a date
//!    with one reading (`12/31/2024`, `02/02/2024`) is taken, and a date with two (`01/02/2024`) is [`Invalid::AmbiguousDate`].
//!
//! A time of day may follow and is checked; the date is taken as written, whatever the offset. Years are 1 to 9999 and have four digits:
//! two-digit years need a format. So do week dates, ordinal dates and bare numbers of other lengths (day counts, seconds).

use crate::format::Formats;
pub use crate::format::{BadFormat, BadTimeRules};
use crate::invalid::Invalid;
use crate::moment::{Moment, Pivot};
use crate::text::trim;
use crate::time::WrittenTime;
pub use crate::usual::DateOrder;
use crate::usual::{Doubt, year_first, year_last};
use crate::zone::Zone;

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

    /// The same rules with another century of years of two digits (`%y`).
    #[must_use]
    pub fn with_pivot(self, pivot: Pivot) -> Self {
        Self {
            formats: self.formats.with_pivot(pivot),
            ..self
        }
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

#[cfg(test)]
mod tests;
