//! Dates, times and durations as ISO 8601 text.

use super::append::{append, append_block};

/// Ticks of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ticks {
    Second,
    Milli,
    Micro,
    Nano,
}

impl Ticks {
    /// Whole seconds, rounded down, and the nanoseconds above them. Division by constants only, which is why this is a match.
    #[inline(always)]
    fn split(self, value: i64) -> (i64, u32) {
        match self {
            Self::Second => (value, 0),
            Self::Milli => (
                value.div_euclid(1_000),
                value.rem_euclid(1_000) as u32 * 1_000_000,
            ),
            Self::Micro => (
                value.div_euclid(1_000_000),
                value.rem_euclid(1_000_000) as u32 * 1_000,
            ),
            Self::Nano => (
                value.div_euclid(1_000_000_000),
                value.rem_euclid(1_000_000_000) as u32,
            ),
        }
    }
}

const SECONDS_A_DAY: i64 = 86_400;

const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// Two digits of a number below 100.
#[inline(always)]
fn pair(number: u32) -> [u8; 2] {
    PAIRS[(number % 100) as usize]
}

/// Year, month and day of a day number counted from 1970-01-01 in the proleptic Gregorian calendar.
///
/// C. Neri, L. Schneider, "Euclidean affine functions and their application to calendar algorithms", 2022: years start in March, so the
/// leap day comes last, and divisions become multiplications.
#[inline]
fn civil(days: i64) -> (i64, u32, u32) {
    const DAYS_AN_ERA: i64 = 146_097;
    let days = days + 719_468;
    let era = days.div_euclid(DAYS_AN_ERA);
    let day_of_era = days.rem_euclid(DAYS_AN_ERA) as u32;

    let quarters = 4 * day_of_era + 3;
    let century = quarters / 146_097;
    let quarters = (quarters % 146_097) | 3;
    let product = 2_939_745 * u64::from(quarters);
    let year_of_century = (product >> 32) as u32;
    let day_of_year = (product as u32) / 2_939_745 / 4;

    let product = 2_141 * day_of_year + 197_913;
    let month = product >> 16;
    let day = (product & 0xffff) / 2_141 + 1;
    let next_year = day_of_year >= 306;
    let year = era * 400 + i64::from(100 * century + year_of_century) + i64::from(next_year);
    (year, if next_year { month - 12 } else { month }, day)
}

/// Appends `2023-01-15`. Years outside 0 to 9999 get a sign and at least six digits (ISO 8601 expanded form).
#[inline]
pub(super) fn date(days: i64, out: &mut Vec<u8>) {
    let (year, month, day) = civil(days);
    let mut block = *b"0000-00-00------";
    block[5..7].copy_from_slice(&pair(month));
    block[8..10].copy_from_slice(&pair(day));
    if let Ok(year) = u32::try_from(year)
        && year <= 9_999
    {
        block[..2].copy_from_slice(&pair(year / 100));
        block[2..4].copy_from_slice(&pair(year));
        append_block(out, &block, 10);
        return;
    }
    out.push(if year < 0 { b'-' } else { b'+' });
    padded(year.unsigned_abs(), 6, out);
    append(out, &block[4..10]);
}

/// Appends `2024-07-10T10:00:00`, then the fraction where it is not zero, then `Z` for a type with a zone.
///
/// Values of a type with a zone are moments: they are written in UTC whatever the zone's name.
#[inline]
pub(super) fn timestamp(value: i64, ticks: Ticks, utc: bool, out: &mut Vec<u8>) {
    let (seconds, nanos) = ticks.split(value);
    date(seconds.div_euclid(SECONDS_A_DAY), out);
    let second_of_day = seconds.rem_euclid(SECONDS_A_DAY) as u32;
    let mut block = *b"T00:00:00Z------";
    clock(second_of_day, &mut block);
    if nanos == 0 {
        append_block(out, &block, if utc { 10 } else { 9 });
        return;
    }
    append_block(out, &block, 9);
    fraction(nanos, out);
    if utc {
        out.push(b'Z');
    }
}

/// The day of a moment, counted from 1970-01-01, and the nanoseconds of that day.
pub(super) fn day_and_nanos(value: i64, ticks: Ticks) -> (i64, u64) {
    let (seconds, nanos) = ticks.split(value);
    let second_of_day = seconds.rem_euclid(SECONDS_A_DAY) as u64;
    let nanos = second_of_day * 1_000_000_000 + u64::from(nanos);
    (seconds.div_euclid(SECONDS_A_DAY), nanos)
}

/// Appends `2023-01-15` for milliseconds that are whole days, else a timestamp without zone.
pub(super) fn date_of_millis(millis: i64, out: &mut Vec<u8>) {
    const MILLIS_A_DAY: i64 = SECONDS_A_DAY * 1_000;
    if millis.rem_euclid(MILLIS_A_DAY) == 0 {
        date(millis.div_euclid(MILLIS_A_DAY), out);
    } else {
        timestamp(millis, Ticks::Milli, false, out);
    }
}

/// Appends `10:30:00`. A value that is no time of day keeps its sign and all its hours.
pub(super) fn time(value: i64, ticks: Ticks, out: &mut Vec<u8>) {
    let (seconds, nanos) = magnitude(value, ticks, out);
    padded(seconds / 3_600, 2, out);
    let mut block = *b"T00:00:00-------";
    clock((seconds % 3_600) as u32, &mut block);
    append(out, &block[3..9]);
    if nanos != 0 {
        fraction(nanos, out);
    }
}

/// Appends `PT1H30M`, the largest unit hours, since a day is not always 24 of them.
pub(super) fn duration(value: i64, ticks: Ticks, out: &mut Vec<u8>) {
    let (seconds, nanos) = magnitude(value, ticks, out);
    append(out, b"PT");
    let mut buffer = itoa::Buffer::new();
    for (amount, unit) in [(seconds / 3_600, b'H'), (seconds / 60 % 60, b'M')] {
        if amount != 0 {
            append(out, buffer.format(amount).as_bytes());
            out.push(unit);
        }
    }
    if seconds % 60 != 0 || nanos != 0 || seconds == 0 {
        append(out, buffer.format(seconds % 60).as_bytes());
        if nanos != 0 {
            fraction(nanos, out);
        }
        out.push(b'S');
    }
}

/// Appends `P1Y2M3DT4H5M6S`; every part carries its own sign, since they need not agree.
pub(super) fn interval(months: i32, days: i32, nanos: i64, out: &mut Vec<u8>) {
    let mut buffer = itoa::Buffer::new();
    out.push(b'P');
    for (amount, unit) in [(months / 12, b'Y'), (months % 12, b'M'), (days, b'D')] {
        if amount != 0 {
            append(out, buffer.format(amount).as_bytes());
            out.push(unit);
        }
    }
    if nanos == 0 && (months, days) != (0, 0) {
        return;
    }
    out.push(b'T');
    let sign: &[u8] = if nanos < 0 { b"-" } else { b"" };
    let nanos = nanos.unsigned_abs();
    let seconds = nanos / 1_000_000_000;
    append(out, sign);
    append(out, buffer.format(seconds).as_bytes());
    let below = (nanos % 1_000_000_000) as u32;
    if below != 0 {
        fraction(below, out);
    }
    out.push(b'S');
}

/// Appends the sign; gives seconds and nanoseconds of the magnitude.
fn magnitude(value: i64, ticks: Ticks, out: &mut Vec<u8>) -> (u64, u32) {
    let (seconds, nanos) = ticks.split(value);
    if seconds >= 0 {
        return (seconds.unsigned_abs(), nanos);
    }
    out.push(b'-');
    match nanos {
        0 => (seconds.unsigned_abs(), 0),
        _ => (seconds.unsigned_abs() - 1, 1_000_000_000 - nanos),
    }
}

/// Puts hour, minute and second into `T00:00:00`.
#[inline(always)]
fn clock(second_of_day: u32, block: &mut [u8; 16]) {
    block[1..3].copy_from_slice(&pair(second_of_day / 3_600));
    block[4..6].copy_from_slice(&pair(second_of_day / 60 % 60));
    block[7..9].copy_from_slice(&pair(second_of_day % 60));
}

/// Appends `.123`, `.123456` or `.123456789`, the shortest that is exact.
fn fraction(nanos: u32, out: &mut Vec<u8>) {
    let mut block = [b'.'; 16];
    block[1] = b'0' + (nanos / 100_000_000) as u8;
    for (at, divisor) in [(2, 1_000_000), (4, 10_000), (6, 100), (8, 1)] {
        block[at..at + 2].copy_from_slice(&pair(nanos / divisor));
    }
    let len = if nanos.is_multiple_of(1_000_000) {
        4
    } else if nanos.is_multiple_of(1_000) {
        7
    } else {
        10
    };
    append_block(out, &block, len);
}

fn padded(number: u64, width: usize, out: &mut Vec<u8>) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(number).as_bytes();
    out.resize(out.len() + width.saturating_sub(digits.len()), b'0');
    append(out, digits);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn dates() {
        for (days, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_372, "2023-01-15"),
            (11_016, "2000-02-29"),
            (2_932_896, "9999-12-31"),
            (2_932_897, "+010000-01-01"),
            (-719_528, "0000-01-01"),
            (-719_529, "-000001-12-31"),
        ] {
            assert_eq!(text(|out| date(days, out)), expected);
        }
        for days in [i32::MIN, i32::MAX] {
            assert!(!text(|out| date(i64::from(days), out)).is_empty());
        }
    }

    /// Counts the calendar day by day, by the rule that every school teaches.
    #[test]
    fn every_day_of_thousand_years_follows_the_one_before() {
        let (mut year, mut month, mut day) = (1600, 1, 1);
        for days in -135_140..230_000 {
            assert_eq!(civil(days), (year, month, day), "day {days}");
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = match month {
                2 => 28 + u32::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            day += 1;
            if day > last {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
        }
    }

    #[test]
    fn timestamps() {
        for (value, ticks, utc, expected) in [
            (1_720_605_600, Ticks::Second, true, "2024-07-10T10:00:00Z"),
            (1_720_605_600, Ticks::Second, false, "2024-07-10T10:00:00"),
            (
                1_720_605_600_500,
                Ticks::Milli,
                true,
                "2024-07-10T10:00:00.500Z",
            ),
            (
                1_720_605_600_000_000,
                Ticks::Micro,
                true,
                "2024-07-10T10:00:00Z",
            ),
            (
                1_720_605_600_000_001,
                Ticks::Micro,
                true,
                "2024-07-10T10:00:00.000001Z",
            ),
            (
                1_720_605_600_120_000_000,
                Ticks::Nano,
                false,
                "2024-07-10T10:00:00.120",
            ),
            (
                1_720_605_600_000_000_009,
                Ticks::Nano,
                true,
                "2024-07-10T10:00:00.000000009Z",
            ),
            (-1, Ticks::Micro, true, "1969-12-31T23:59:59.999999Z"),
            (
                i64::MAX,
                Ticks::Second,
                true,
                "+292277026596-12-04T15:30:07Z",
            ),
            (
                i64::MIN,
                Ticks::Second,
                true,
                "-292277022657-01-27T08:29:52Z",
            ),
            (
                i64::MIN,
                Ticks::Nano,
                true,
                "1677-09-21T00:12:43.145224192Z",
            ),
        ] {
            assert_eq!(text(|out| timestamp(value, ticks, utc, out)), expected);
        }
        assert_eq!(text(|out| date_of_millis(86_400_000, out)), "1970-01-02");
        assert_eq!(
            text(|out| date_of_millis(1, out)),
            "1970-01-01T00:00:00.001"
        );
    }

    #[test]
    fn times_durations_intervals() {
        for (value, ticks, expected) in [
            (37_800, Ticks::Second, "10:30:00"),
            (37_800_250, Ticks::Milli, "10:30:00.250"),
            (-1, Ticks::Second, "-00:00:01"),
            (-1, Ticks::Micro, "-00:00:00.000001"),
            (360_000, Ticks::Second, "100:00:00"),
        ] {
            assert_eq!(text(|out| time(value, ticks, out)), expected);
        }
        for (value, ticks, expected) in [
            (0, Ticks::Micro, "PT0S"),
            (5_400, Ticks::Second, "PT1H30M"),
            (1_500, Ticks::Milli, "PT1.500S"),
            (-61_000_001, Ticks::Micro, "-PT1M1.000001S"),
            (i64::MIN, Ticks::Second, "-PT2562047788015215H30M8S"),
        ] {
            assert_eq!(text(|out| duration(value, ticks, out)), expected);
        }
        for (months, days, nanos, expected) in [
            (0, 0, 0, "PT0S"),
            (14, 0, 0, "P1Y2M"),
            (-1, 3, -1_500_000_000, "P-1M3DT-1.500S"),
        ] {
            assert_eq!(text(|out| interval(months, days, nanos, out)), expected);
        }
    }
}
