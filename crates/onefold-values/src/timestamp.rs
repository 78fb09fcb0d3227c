//! Moments: ISO 8601, and dates of the other writings of [`crate::date`] with a time behind them.
//!
//! - `2024-07-10T10:00:00Z`, with `T`, `t` or a space; seconds optional; a fraction after a point or a comma, cut to microseconds;
//!   `Z`, `+hh:mm`, `+hhmm`, `+hh`, `UTC`, `GMT`, or nothing for the declared zone (default UTC). A bare date is its midnight.
//! - Where formats are declared, only they are tried, in order, and the first that fits wins.
//! - A local time that clocks skipped is [`Invalid::NonexistentLocalTime`]. One that came twice is its first pass (the offset before the
//!   change), as in RFC 5545 and java.time: an hour of events a year is worth more than the doubt.
//! - `:60` is read where a leap second can stand, at 23:59:60 UTC on the last day of a month, and is the moment after it, as POSIX counts.
//! - Bare numbers are never guessed to be seconds or milliseconds since 1970; a declared format (`epoch_s`, `epoch_ms`) says so.

use crate::Invalid;
use crate::civil::{DAY_MICROS, DAY_SECS, SECOND_MICROS, date_from_days, days_from_date};
use crate::date::{BadTimeRules, DateOrder, Doubt, year_first, year_last};
use crate::format::{Formats, Moment};
use crate::text::trim;
use crate::time::{WrittenTime, micros_of};
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
mod tests {
    use super::*;
    use crate::civil::write_timestamp;
    use proptest::prelude::*;

    fn rules(formats: &[&str], timezone: Option<&str>) -> Result<TimestampRules, BadTimeRules> {
        let formats: Vec<String> = formats.iter().map(|&f| f.to_owned()).collect();
        TimestampRules::new(DateOrder::Undeclared, &formats, timezone)
    }

    fn read_with(formats: &[&str], timezone: Option<&str>, value: &str) -> Result<String, String> {
        let micros = rules(formats, timezone)
            .map_err(|error| error.to_string())?
            .parse(value)
            .map_err(|invalid| invalid.code().to_owned())?;
        let mut text = Vec::new();
        write_timestamp(micros, &mut text);
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn read(value: &str) -> Result<String, String> {
        read_with(&[], None, value)
    }

    #[test]
    fn accepts() {
        for (value, expected) in [
            ("2024-07-10T10:00:00Z", "2024-07-10T10:00:00Z"),
            ("2024-07-10 10:00:00", "2024-07-10T10:00:00Z"),
            ("2024-07-10t10:00:00z", "2024-07-10T10:00:00Z"),
            (" 2024-07-10T10:00:00Z\n", "2024-07-10T10:00:00Z"),
            ("2024-07-10T10:00", "2024-07-10T10:00:00Z"),
            ("2024-07-10", "2024-07-10T00:00:00Z"),
            ("20240710", "2024-07-10T00:00:00Z"),
            ("20240710T100000Z", "2024-07-10T10:00:00Z"),
            ("1963-06-19T08:30:06.283185Z", "1963-06-19T08:30:06.283185Z"),
            ("1963-06-19 08:30:06.283", "1963-06-19T08:30:06.283Z"),
            ("2024-07-10T10:00:00,5Z", "2024-07-10T10:00:00.500Z"),
            (
                "1985-04-12T00:59:59.999999999999999Z",
                "1985-04-12T00:59:59.999999Z",
            ),
            (
                "9999-12-31T23:59:59.999999999Z",
                "9999-12-31T23:59:59.999999Z",
            ),
            ("1677-09-21T00:12:43Z", "1677-09-21T00:12:43Z"),
            ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.870Z"),
            ("1990-12-31T15:59:50.123-08:00", "1990-12-31T23:59:50.123Z"),
            ("2024-01-01T00:00:00+14:00", "2023-12-31T10:00:00Z"),
            ("2024-01-01T00:00:00-00:00", "2024-01-01T00:00:00Z"),
            ("1985-04-12T23:20:50+01", "1985-04-12T22:20:50Z"),
            ("1985-04-12T23:20:50+0130", "1985-04-12T21:50:50Z"),
            ("2024-01-01 00:00:00 +0000", "2024-01-01T00:00:00Z"),
            ("2024-01-01 00:00:00 UTC", "2024-01-01T00:00:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("1998-12-31T15:59:60.123-08:00", "1999-01-01T00:00:00.123Z"),
            ("13/02/2024", "2024-02-13T00:00:00Z"),
            ("02/13/2024 1:05 PM", "2024-02-13T13:05:00Z"),
            ("2/13/2024, 12:05:00 AM", "2024-02-13T00:05:00Z"),
            ("15 Jan 2023 10:30", "2023-01-15T10:30:00Z"),
            ("Sun, 15 Jan 2023 10:30:00 +0100", "2023-01-15T09:30:00Z"),
        ] {
            assert_eq!(read(value).as_deref(), Ok(expected), "{value:?}");
        }
    }

    #[test]
    fn rejects() {
        for value in [
            "",
            "invalid-timestamp",
            "1998-12-31T23:59:61Z",
            "1998-12-31T23:58:60Z",
            "1998-12-31T22:59:60Z",
            "1998-12-30T23:59:60Z",
            "1990-02-31T15:59:59.123-08:00",
            "2024-02-30",
            "1990-12-31T15:59:59-24:00",
            "1990-12-31T10:00:00+10:60",
            "1963-06-19T08:30:06.28123+01:00Z",
            "1990-12-31T24:00:00Z",
            "2016-12-31T24:59:60+01:00",
            "1990-12-31T15:60:00Z",
            "1990-12-31T15:59:00.Z",
            "1990-12-31T15:59.5Z",
            "1990-12-31T",
            "1990-12-31T10",
            "1990-12-31 13:00 PM",
            "1990-12-31 0:30 AM",
            "1990-12-3115:59:00",
            "06/19/1963 08:30:06 PST",
            "2024-01-01 00:00:00 PST",
            "2013-350T01:01:01",
            "1963-06-1৪T00:00:00Z",
            "1963-06-11T0৪:00:00Z",
            "+11963-06-19T08:30:06.283185Z",
            "10000-01-01",
            "0000-01-01",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "1704067200",
            "1704067200000",
            "-1",
            "45292.5",
            "1e10",
            "2024-W01-1",
            "2024-07-10T10:00:00\u{663}",
            "2024-07-10T24:00:00",
            "2024-07-10T10:00:00+25:00",
            "2024-07-10T10:00:00+00:60",
            "2024-07-10T10:00:00+02:00[Europe/Paris]",
            "2024-07-10T10:00:00[Europe/Paris]",
            "2024-07-10 10:00:00 Europe/Paris",
            "12024-07-10T10:00:00Z",
            "-2024-07-10T10:00:00Z",
            "2024-192T10:00:00Z",
            "2024-W28-3T10:00:00Z",
            "2024-07-10 00:30 PM",
            "2024-07-10 13:30 AM",
        ] {
            assert_eq!(
                read(value),
                Err("invalid_timestamp".to_owned()),
                "{value:?}"
            );
        }
        assert_eq!(
            read("01/02/2024 10:00"),
            Err("ambiguous_timestamp".to_owned())
        );
    }

    #[test]
    fn zones() {
        let berlin = |value| read_with(&[], Some("Europe/Berlin"), value);
        for (value, expected) in [
            ("2024-07-10 10:00:00", "2024-07-10T08:00:00Z"),
            ("2024-01-10 10:00:00.5", "2024-01-10T09:00:00.500Z"),
            ("2024-01-10", "2024-01-09T23:00:00Z"),
            ("2024-01-10T10:00:00Z", "2024-01-10T10:00:00Z"),
            ("2024-01-10T10:00:00+05:00", "2024-01-10T05:00:00Z"),
            // Twice: the first pass, still summer time.
            ("2024-10-27T02:30:00", "2024-10-27T00:30:00Z"),
        ] {
            assert_eq!(berlin(value).as_deref(), Ok(expected), "{value:?}");
        }
        let skipped = berlin("2024-03-31T02:30:00");
        assert_eq!(skipped, Err("nonexistent_local_time".to_owned()));
        let fixed = read_with(&[], Some("-03:30"), "2024-01-01 00:00:00");
        assert_eq!(fixed.as_deref(), Ok("2024-01-01T03:30:00Z"));
        let leap = read_with(&[], Some("America/Los_Angeles"), "1998-12-31 15:59:60");
        assert_eq!(leap.as_deref(), Ok("1999-01-01T00:00:00Z"));
        for name in ["", "Mars/Olympus", "PST8", "+25:00"] {
            assert!(rules(&[], Some(name)).is_err(), "{name:?}");
        }
    }

    #[test]
    fn declared_formats() {
        for (format, value, expected) in [
            ("%s", "1704067200", "2024-01-01T00:00:00Z"),
            ("%s", "-1", "1969-12-31T23:59:59Z"),
            ("%s%.f", "1720605600.5", "2024-07-10T10:00:00.500Z"),
            ("%s%.f", "1720605600", "2024-07-10T10:00:00Z"),
            ("%s.%f", "1720605600.25", "2024-07-10T10:00:00.250Z"),
            ("%s,%f", "1720605600,25", "2024-07-10T10:00:00.250Z"),
            ("%s%.f", "-0.5", "1969-12-31T23:59:59.500Z"),
            ("%s%.f", "-1.25", "1969-12-31T23:59:58.750Z"),
            ("%s%.f", "-0.0000001", "1969-12-31T23:59:59.999999Z"),
            ("%s %z", "1720605600 +0200", "2024-07-10T10:00:00Z"),
            ("epoch_s", "1720605600", "2024-07-10T10:00:00Z"),
            ("epoch_s", "1720605600.5", "2024-07-10T10:00:00.500Z"),
            ("epoch_s", "-0.5", "1969-12-31T23:59:59.500Z"),
            ("epoch_s", "-1.25", "1969-12-31T23:59:58.750Z"),
            ("epoch_ms", "1720605600123", "2024-07-10T10:00:00.123Z"),
            ("epoch_ms", "1.7206056e12", "2024-07-10T10:00:00Z"),
            ("epoch_ms", "1720605600123.5", "2024-07-10T10:00:00.123500Z"),
            (
                "epoch_us",
                "1720605600123456",
                "2024-07-10T10:00:00.123456Z",
            ),
            (
                "epoch_ns",
                "1720605600123456789",
                "2024-07-10T10:00:00.123456Z",
            ),
            ("epoch_ns", "-1", "1969-12-31T23:59:59.999999Z"),
            (
                "epoch_s",
                "253402300799.999999",
                "9999-12-31T23:59:59.999999Z",
            ),
            ("epoch_s", "-62135596800", "0001-01-01T00:00:00Z"),
            ("iso", "2024-07-01T10:00:00", "2024-07-01T08:00:00Z"),
            ("iso", "2024-07-01T10:00:00Z", "2024-07-01T10:00:00Z"),
            ("iso", "20240701T100000+0200", "2024-07-01T08:00:00Z"),
            ("iso", "2024-07-01", "2024-06-30T22:00:00Z"),
            ("%d/%m/%Y %H:%M", "01/02/2024 10:00", "2024-02-01T09:00:00Z"),
            ("%d.%m.%y", "01.07.24", "2024-06-30T22:00:00Z"),
            (
                "%m/%d/%Y %H:%M %z",
                "07/01/2024 10:00 -0500",
                "2024-07-01T15:00:00Z",
            ),
            (
                "%d.%m.%Y %H:%M %Q",
                "01.07.2024 10:00 America/New_York",
                "2024-07-01T14:00:00Z",
            ),
            (
                "%Y-%m-%dT%H:%M:%S[%Q]",
                "2024-07-01T10:00:00[Asia/Tokyo]",
                "2024-07-01T01:00:00Z",
            ),
            ("%Y%m%d%H%M%S", "20240701100000", "2024-07-01T08:00:00Z"),
            (
                "%Y%m%d%H%M%S%3f",
                "20240701100000123",
                "2024-07-01T08:00:00.123Z",
            ),
            // Leap seconds as in ISO 8601.
            (
                "%d.%m.%Y %T %Z",
                "31.12.2016 23:59:60 UTC",
                "2017-01-01T00:00:00Z",
            ),
            // Twice: the first pass, still summer time.
            ("%d.%m.%Y %R", "27.10.2024 02:30", "2024-10-27T00:30:00Z"),
        ] {
            let moment = read_with(&[format], Some("Europe/Berlin"), value);
            assert_eq!(moment.as_deref(), Ok(expected), "{value:?} by {format:?}");
        }
        let skipped = read_with(&["%d.%m.%Y %R"], Some("Europe/Berlin"), "31.03.2024 02:30");
        assert_eq!(skipped, Err("nonexistent_local_time".to_owned()));
        assert!(rules(&["%H:%M"], None).is_err());
    }

    #[test]
    fn what_no_declared_format_reads_is_invalid() {
        for (format, value) in [
            ("%Y-%d-%m %H:%M", "2024-01-13 10:00"),
            ("%d/%m/%Y %H:%M", "2024-01-05T10:00:00Z"),
            ("%d/%m/%Y %H:%M", "12/31/2024 10:00"),
            ("%d/%m/%Y %H:%M", "5 Jan 2024 10:00"),
            ("%s", "2024-01-05T10:00:00Z"),
            ("%s", "1720605600.5"),
            ("%s%.f", "1720605600."),
            ("iso", "1704067200"),
            ("iso", "2024/07/01 10:00:00"),
            ("iso", "5 Jan 2024"),
            ("epoch_s", "253402300800"),
            ("epoch_s", "-62135596801"),
            ("epoch_s", "9223372036854775807"),
            ("epoch_s", "-9223372036854775808"),
            ("epoch_s", "99999999999999999999999"),
            ("epoch_ms", "1e400"),
            ("epoch_ms", "0x10"),
            ("epoch_ms", "1,720,605,600,123"),
            ("%s", "253402300800"),
            ("%s", "9223372036854775807"),
            ("%s", "9223372036854775808"),
            ("%d.%m.%Y %T", "31.12.2016 22:59:60"),
        ] {
            assert_eq!(
                read_with(&[format], None, value),
                Err("invalid_timestamp".to_owned()),
                "{value:?} by {format:?}"
            );
        }
    }

    #[test]
    fn the_first_declared_format_that_fits_wins() {
        let (day_first, iso) = ("%Y-%d-%m %H:%M:%S", "iso");
        let read = |formats: &[&str]| read_with(formats, None, "2024-01-05 10:00:00");
        assert_eq!(
            read(&[day_first, iso]).as_deref(),
            Ok("2024-05-01T10:00:00Z")
        );
        assert_eq!(
            read(&[iso, day_first]).as_deref(),
            Ok("2024-01-05T10:00:00Z")
        );
        let both = ["epoch_s", "epoch_ms"];
        // Far in the future, but a moment.
        let seconds = read_with(&both, None, "172060560000");
        assert_eq!(seconds.as_deref(), Ok("7422-05-20T16:00:00Z"));
    }

    #[test]
    fn bounds_are_iso_first() {
        let rules = rules(&["%Y-%d-%m", "epoch_s"], None).expect("rules");
        for (value, expected) in [
            ("2024-01-05", 19_727 * DAY_MICROS),
            ("2024-01-05T00:00:00Z", 19_727 * DAY_MICROS),
            ("2024-13-01", 19_735 * DAY_MICROS),
            ("86400", DAY_MICROS),
        ] {
            assert_eq!(rules.parse_standard(value), Ok(expected), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(micros in MIN_MICROS..=MAX_MICROS) {
            let mut text = Vec::new();
            write_timestamp(micros, &mut text);
            let text = String::from_utf8_lossy(&text);
            let rules = rules(&[], None).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(rules.parse(&text), Ok(micros));
            prop_assert_eq!(rules.parse_any(&text), Ok(micros));
        }

        #[test]
        fn the_fast_path_gives_the_answer_of_the_full_one(
            mut text in "(19|20|00)[0-9]{2}-[01][0-9]-[0-3][0-9][T t][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.,][0-9]{0,10})?[Zz]?",
            edit in prop::option::weighted(0.3, (0_usize..20, "[\\x00-\\x7f]")),
        ) {
            if let Some((at, with)) = edit && at < text.len() {
                text.replace_range(at..=at, &with);
            }
            let rules = rules(&[], None).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(rules.parse(&text), rules.parse_any(trim(&text)));
        }

        #[test]
        fn the_fast_path_of_a_declared_iso_gives_the_answer_of_the_full_one(
            text in "(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9][T t][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.,][0-9]{0,10})?[Zz]?",
            iso_first: bool,
            zone in prop::sample::select(vec![None, Some("Europe/Berlin")]),
        ) {
            let mut formats = ["iso", "%Y-%d-%m %H:%M:%S"];
            if !iso_first {
                formats.reverse();
            }
            let rules = rules(&formats, zone).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(rules.parse(&text), rules.parse_any(trim(&text)));
        }

        #[test]
        fn offsets_as_jiff_reads_them(text in "20[0-9]{2}-[01][0-9]-[0-2][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?[+-][01][0-9]:[0-5][0-9]") {
            let ours = rules(&[], None).map_err(|e| TestCaseError::fail(e.to_string()))?.parse(&text);
            let theirs: Option<jiff::Timestamp> = text.parse().ok();
            let theirs = theirs.map(|t| t.as_nanosecond().div_euclid(1_000) as i64);
            prop_assert_eq!(ours.ok(), theirs);
        }

        #[test]
        fn no_text_panics(value in "[0-9JanMr/.: TZ+-]{0,30}|\\PC{0,40}") {
            for zone in [None, Some("America/New_York")] {
                let rules = rules(&["%d %b %y %H"], zone).map_err(|e| TestCaseError::fail(e.to_string()))?;
                if let Ok(micros) = rules.parse(&value) {
                    prop_assert!((MIN_MICROS..=MAX_MICROS).contains(&micros));
                }
            }
        }
    }
}
