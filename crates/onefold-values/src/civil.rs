//! The proleptic Gregorian calendar as arithmetic, and the written form of dates and timestamps (ISO 8601, RFC 3339).
//!
//! Days and microseconds count from 1970-01-01T00:00:00Z. The conversions follow Howard Hinnant, "chrono-Compatible Low-Level Date
//! Algorithms": years begin on 1 March, so that the leap day is the last of its year.

use std::io::Write;

/// Seconds of a day.
pub const DAY_SECS: i64 = 86_400;
/// Microseconds of a second.
pub const SECOND_MICROS: i64 = 1_000_000;
/// Microseconds of a day.
pub const DAY_MICROS: i64 = DAY_SECS * SECOND_MICROS;

const ERA_DAYS: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_DAYS: i64 = 719_468;

/// Days since 1970-01-01 of a date; `None` where the calendar has no such date or the year is not 1 to 9999.
#[inline]
pub fn days_from_date(year: u32, month: u32, day: u32) -> Option<i32> {
    // No branch depends on month or day, which no processor can predict.
    if year.wrapping_sub(1) >= 9999 || day.wrapping_sub(1) >= days_in_month(year, month) {
        return None;
    }
    let early = u32::from(month < 3);
    let (year, month) = (year - early, month + 12 * early - 3);
    let century = year / 100;
    let days = 365 * year + year / 4 - century + century / 4 + (153 * month + 2) / 5 + day - 1;
    Some(days.cast_signed() - EPOCH_DAYS as i32)
}

/// 28 to 31; 0 where `month` is not 1 to 12.
#[inline]
pub fn days_in_month(year: u32, month: u32) -> u32 {
    const DAYS: [u8; 13] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let days = DAYS.get(month as usize).map_or(0, |&days| days.into());
    days + u32::from((month == 2) & is_leap(year))
}

/// Whether the year has a 29 February.
#[inline]
pub const fn is_leap(year: u32) -> bool {
    // A century that 16 divides is one that 400 divides.
    year.is_multiple_of(4) & (!year.is_multiple_of(100) | year.is_multiple_of(16))
}

/// Year (astronomical: 0 is 1 BC), month 1 to 12 and day 1 to 31 of a count of days since 1970-01-01.
pub fn date_from_days(days: i32) -> (i32, u32, u32) {
    let shifted = i64::from(days) + EPOCH_DAYS;
    let era = shifted.div_euclid(ERA_DAYS) as i32;
    let day_of_era = shifted.rem_euclid(ERA_DAYS) as u32;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era.cast_signed();
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}

/// Appends `2024-07-10`. A year beyond 0 to 9999 is written with a sign and at least six digits (ISO 8601 expanded).
pub fn write_date(days: i32, out: &mut Vec<u8>) {
    let mut text = *b"0000-00-00";
    let (year, month, day) = date_from_days(days);
    if !(0..=9999).contains(&year) {
        write_far_date(year, month, day, out);
        return;
    }
    put_year(&mut text, year.unsigned_abs());
    put_two(&mut text, 5, month);
    put_two(&mut text, 8, day);
    out.extend_from_slice(&text);
}

/// Appends `2024-07-10T10:00:00Z`; a fraction only where it is not zero, of 3 digits where these suffice, else 6. Years as in
/// [`write_date`].
pub fn write_timestamp(micros: i64, out: &mut Vec<u8>) {
    let mut text = *b"0000-00-00T00:00:00.000000Z";
    let (year, month, day) = date_from_days(micros.div_euclid(DAY_MICROS) as i32);
    let micros_of_day = micros.rem_euclid(DAY_MICROS);
    let second_of_day = (micros_of_day / SECOND_MICROS) as u32;
    let fraction = (micros_of_day % SECOND_MICROS) as u32;
    put_year(&mut text, year.unsigned_abs() % 10_000);
    put_two(&mut text, 5, month);
    put_two(&mut text, 8, day);
    put_two(&mut text, 11, second_of_day / 3_600);
    put_two(&mut text, 14, second_of_day / 60 % 60);
    put_two(&mut text, 17, second_of_day % 60);
    let end = if fraction == 0 {
        text[19] = b'Z';
        20
    } else {
        put_two(&mut text, 20, fraction / 10_000);
        put_two(&mut text, 22, fraction / 100 % 100);
        put_two(&mut text, 24, fraction % 100);
        if fraction.is_multiple_of(1_000) {
            text[23] = b'Z';
            24
        } else {
            27
        }
    };
    let start = if (0..=9999).contains(&year) {
        0
    } else {
        write_far_date(year, month, day, out);
        10
    };
    out.extend_from_slice(&text[start..end]);
}

#[cold]
fn write_far_date(year: i32, month: u32, day: u32, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    write!(out, "{year:+07}-{month:02}-{day:02}").unwrap_or_default();
}

fn put_year(text: &mut [u8], year: u32) {
    put_two(text, 0, year / 100);
    put_two(text, 2, year % 100);
}

/// Two digits of a number below 100.
fn put_two(text: &mut [u8], at: usize, number: u32) {
    text[at] = b'0' + (number / 10) as u8;
    text[at + 1] = b'0' + (number % 10) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Date;
    use proptest::prelude::*;

    fn date(days: i32) -> String {
        let mut out = Vec::new();
        write_date(days, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn timestamp(micros: i64) -> String {
        let mut out = Vec::new();
        write_timestamp(micros, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn writes() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(-1), "1969-12-31");
        assert_eq!(date(19_782), "2024-02-29");
        assert_eq!(date(2_932_896), "9999-12-31");
        assert_eq!(date(2_932_897), "+010000-01-01");
        assert_eq!(date(-719_528), "0000-01-01");
        assert_eq!(date(-719_529), "-000001-12-31");
        assert_eq!(date(i32::MAX), "+5881580-07-11");
        assert_eq!(date(i32::MIN), "-5877641-06-23");
        assert_eq!(timestamp(1_720_605_600_000_000), "2024-07-10T10:00:00Z");
        assert_eq!(timestamp(1_720_605_600_120_000), "2024-07-10T10:00:00.120Z");
        assert_eq!(
            timestamp(1_720_605_600_000_001),
            "2024-07-10T10:00:00.000001Z"
        );
        assert_eq!(timestamp(-1), "1969-12-31T23:59:59.999999Z");
        assert_eq!(timestamp(i64::MAX), "+294247-01-10T04:00:54.775807Z");
        assert_eq!(timestamp(i64::MIN), "-290308-12-21T19:59:05.224192Z");
    }

    #[test]
    fn no_such_dates() {
        for (year, month, day) in [
            (0, 1, 1),
            (10_000, 1, 1),
            (2024, 0, 1),
            (2024, 13, 1),
            (2024, 1, 0),
            (2024, 1, 32),
            (2024, 4, 31),
            (2023, 2, 29),
            (2100, 2, 29),
            (2024, 2, 30),
            (u32::MAX, u32::MAX, u32::MAX),
        ] {
            assert_eq!(
                days_from_date(year, month, day),
                None,
                "{year}-{month}-{day}"
            );
        }
    }

    #[test]
    fn every_day_of_the_years_1_to_9999_there_and_back() {
        let mut date = Date::constant(1, 1, 1);
        for days in -719_162..=2_932_896 {
            let (year, month, day) = date_from_days(days);
            assert_eq!(
                (year, month, day),
                (
                    i32::from(date.year()),
                    date.month().unsigned_abs().into(),
                    date.day().unsigned_abs().into()
                )
            );
            assert_eq!(days_from_date(year.unsigned_abs(), month, day), Some(days));
            date = date.tomorrow().unwrap_or(Date::MAX);
        }
    }

    proptest! {
        #[test]
        fn timestamps_as_jiff_writes_them(micros in -62_135_596_800_000_000_i64..253_402_207_200_000_000) {
            let moment = jiff::Timestamp::from_microsecond(micros).map_err(|e| TestCaseError::fail(e.to_string()))?;
            let digits = match micros.rem_euclid(SECOND_MICROS) { 0 => 0, f if f % 1_000 == 0 => 3, _ => 6 };
            prop_assert_eq!(timestamp(micros), format!("{moment:.digits$}"));
        }

        #[test]
        fn any_timestamp_is_written(micros: i64) {
            prop_assert!(timestamp(micros).ends_with('Z'));
        }
    }
}
