//! Moments: ISO 8601, and dates of the other writings of [`crate::date`] with a time behind them.
//!
//! - `2024-07-10T10:00:00Z`, with `T`, `t` or a space; seconds optional; a fraction after a point or a comma, cut to microseconds;
//!   `Z`, `+hh:mm`, `+hhmm`, `+hh`, `UTC`, `GMT`, or nothing for the declared zone (default UTC). A bare date is its midnight.
//! - Where formats are declared, only they are tried, in order, and the first that fits wins.
//! - A local time that clocks skipped is [`Invalid::NonexistentLocalTime`]. One that came twice is its first pass (the offset before the
//!   change), as in RFC 5545 and java.time: an hour of events a year is worth more than the doubt.
//! - `:60` is read where a leap second can stand, at 23:59:60 UTC on the last day of a month, and is the moment after it, as POSIX counts.
//! - Bare numbers are never guessed to be seconds or milliseconds since 1970; a declared format (`epoch_s`, `epoch_ms`) says so.

use crate::civil::{DAY_MICROS, DAY_SECS, SECOND_MICROS, date_from_days, days_from_date};
use crate::format::{BadTimeRules, Formats};
use crate::invalid::Invalid;
use crate::moment::{Moment, Pivot};
use crate::text::trim;
use crate::time::{WrittenTime, micros_of};
use crate::usual::{DateOrder, Doubt, year_first, year_last};
use crate::zone::Zone;

/// 0001-01-01T00:00:00Z.
const MIN_MICROS: i64 = -719_162 * DAY_MICROS;
/// 9999-12-31T23:59:59.999999Z.
const MAX_MICROS: i64 = 2_932_897 * DAY_MICROS - 1;

/// How the timestamps of a column are read.
#[derive(Debug, Clone)]
pub struct TimestampRules {
    order: DateOrder,
    formats: Formats,
    /// A text in ISO 8601 is read as such.
    iso_is_first: bool,
    zone: Zone,
}

impl TimestampRules {
    /// `formats`: what is tried, in order, as for [`crate::DateRules`]; none: the usual writings, for which alone `order` counts. `timezone`:
    /// an IANA name (`Europe/Berlin`) or an offset (`+02:00`) for timestamps that carry none; `None`: UTC. The zone rules are those built
    /// into the program, the same on every machine.
    ///
    /// # Errors
    /// [`BadTimeRules`] for the first format that is none or that names no full date, or for an unknown zone.
    pub fn new(
        order: DateOrder,
        formats: &[String],
        timezone: Option<&str>,
    ) -> Result<Self, BadTimeRules> {
        let formats = Formats::new(formats)?;
        Ok(Self {
            order,
            iso_is_first: formats.iso_is_first(),
            formats,
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

    /// Microseconds since 1970-01-01T00:00:00Z, within the years 1 to 9999 UTC.
    ///
    /// # Errors
    /// [`Invalid::AmbiguousTimestamp`], [`Invalid::NonexistentLocalTime`] or [`Invalid::Timestamp`].
    #[inline]
    pub fn parse(&self, value: &str) -> Result<i64, Invalid> {
        let value = trim(value);
        if self.iso_is_first
            && let Some((micros, has_offset)) = read_usual(value.as_bytes())
            && (has_offset || self.zone.is_utc())
        {
            return Ok(micros);
        }
        self.parse_any(value)
    }

    fn parse_any(&self, value: &str) -> Result<i64, Invalid> {
        if self.formats.is_empty() {
            self.usual(value)
        } else {
            self.declared(value)
        }
    }

    /// Reads a timestamp that does not come from the column itself, such as a bound: with the year first whatever the formats say, else as
    /// declared, else in the usual writings.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_standard(&self, value: &str) -> Result<i64, Invalid> {
        let value = trim(value);
        if let Some(moment) = self.year_first(value) {
            return moment;
        }
        match self.declared(value) {
            Err(Invalid::Timestamp) => self.usual(value),
            read => read,
        }
    }

    /// A text whose date has the year first; `None` for others.
    fn year_first(&self, value: &str) -> Option<Result<i64, Invalid>> {
        let (days, rest) = year_first(value.as_bytes())?;
        let time = WrittenTime::read(rest)?;
        Some(moment(&self.zone, days, time))
    }

    fn usual(&self, value: &str) -> Result<i64, Invalid> {
        if let Some(moment) = self.year_first(value) {
            return moment;
        }
        match year_last(value.as_bytes(), self.order) {
            Ok((days, rest)) => match WrittenTime::read(rest) {
                Some(time) => moment(&self.zone, days, time),
                None => Err(Invalid::Timestamp),
            },
            Err(Doubt::TwoReadings) => Err(Invalid::AmbiguousTimestamp),
            Err(Doubt::NoDate) => Err(Invalid::Timestamp),
        }
    }

    fn declared(&self, value: &str) -> Result<i64, Invalid> {
        match self.formats.read(value) {
            Some(Moment::Instant(micros)) => in_range(micros),
            Some(Moment::Written { days, time, zone }) => {
                moment(zone.as_ref().unwrap_or(&self.zone), days, time)
            }
            None => Err(Invalid::Timestamp),
        }
    }
}

/// `zone` is that of a time without offset.
fn moment(zone: &Zone, days: i32, time: WrittenTime) -> Result<i64, Invalid> {
    let offset = match time.offset_secs {
        Some(offset) => offset,
        None => zone.offset(days, time.second_of_day)?,
    };
    let mut second = i64::from(days) * DAY_SECS + time.second_of_day - offset;
    if time.leap {
        second += 1;
        if !is_first_of_month(second) {
            return Err(Invalid::Timestamp);
        }
    }
    in_range(second * SECOND_MICROS + time.micros)
}

/// Whether this second is 00:00:00 UTC on the first of a month.
fn is_first_of_month(second: i64) -> bool {
    second % DAY_SECS == 0
        && i32::try_from(second / DAY_SECS).is_ok_and(|days| date_from_days(days).2 == 1)
}

fn in_range(micros: i64) -> Result<i64, Invalid> {
    if (MIN_MICROS..=MAX_MICROS).contains(&micros) {
        Ok(micros)
    } else {
        Err(Invalid::Timestamp)
    }
}

/// Reads `YYYY-MM-DDTHH:MM:SS` (or with a space), a fraction or none, `Z` or nothing; true: `Z`.
///
/// `None` says nothing about the text. Eight bytes are checked at a time: XOR with the shape leaves 0 to 9 where a digit is due and 0
/// where punctuation is, and adding 0x76 or 0x7f carries everything else into the top bit of its byte.
fn read_usual(bytes: &[u8]) -> Option<(i64, bool)> {
    let (date, rest) = bytes.split_first_chunk::<8>()?;
    let (clock, rest) = rest.split_first_chunk::<8>()?;
    let ([b':', second @ ..], tail) = rest.split_first_chunk::<3>()? else {
        return None;
    };
    let separator = clock[2];
    if !matches!(separator, b'T' | b' ' | b't') {
        return None;
    }
    let date = pairs_of(*date, *b"0000-00-", DATE_LIMITS)?;
    let clock = pairs_of(
        *clock,
        [b'0', b'0', separator, b'0', b'0', b':', b'0', b'0'],
        CLOCK_LIMITS,
    )?;
    let second = [second[0].wrapping_sub(b'0'), second[1].wrapping_sub(b'0')];
    let (hour, minute) = (u32::from(clock[3]), u32::from(clock[6]));
    if second[0] > 5 || second[1] > 9 || hour > 23 || minute > 59 {
        return None;
    }
    let year = u32::from(date[0]) * 100 + u32::from(date[2]);
    let days = days_from_date(year, date[5].into(), clock[0].into())?;
    let second_of_day = hour * 3_600 + minute * 60 + u32::from(second[0] * 10 + second[1]);
    let micros = (i64::from(days) * DAY_SECS + i64::from(second_of_day)) * SECOND_MICROS;
    match tail {
        [b'Z'] => Some((micros, true)),
        [] => Some((micros, false)),
        [b'.', fraction @ .., b'Z'] => Some((micros + digits_only(fraction)?, true)),
        [b'.', fraction @ ..] => Some((micros + digits_only(fraction)?, false)),
        _ => None,
    }
}

/// What to add to a byte so that its top bit tells a digit (0x76) or punctuation (0x7f) from the rest.
const DATE_LIMITS: [u8; 8] = [0x76, 0x76, 0x76, 0x76, 0x7f, 0x76, 0x76, 0x7f];
const CLOCK_LIMITS: [u8; 8] = [0x76, 0x76, 0x7f, 0x76, 0x76, 0x7f, 0x76, 0x76];

/// For each byte the number that it and the next digit write, where the bytes have the shape.
fn pairs_of(bytes: [u8; 8], shape: [u8; 8], limits: [u8; 8]) -> Option<[u8; 8]> {
    const TOP_BITS: u64 = 0x8080_8080_8080_8080;
    let digits = u64::from_le_bytes(bytes) ^ u64::from_le_bytes(shape);
    // A carry out of one byte only follows a top bit that is set in `digits` already.
    let carried = digits.wrapping_add(u64::from_le_bytes(limits));
    if (digits | carried) & TOP_BITS != 0 {
        return None;
    }
    // At most 99 a byte, so nothing is carried.
    Some((digits * 10 + (digits >> 8)).to_le_bytes())
}

fn digits_only(fraction: &[u8]) -> Option<i64> {
    if fraction.iter().all(u8::is_ascii_digit) {
        micros_of(fraction)
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
