//! Numbers and dates of a spreadsheet as text.

use onefold_values::civil;

/// Digits that a spreadsheet shows of a number; those after them come of its binary form.
const SHOWN_DIGITS: usize = 15;

/// From here on a number is written with an exponent.
const LARGE: f64 = 1e21;
const SMALL: f64 = 1e-5;

/// A stored number as text: whole numbers with all their digits and without a point, others with the digits that are shown; `None` where
/// it is not a number.
pub(super) fn number(stored: &str) -> Option<String> {
    let stored = stored.trim();
    let unsigned = stored.strip_prefix('-').unwrap_or(stored);
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if !whole.is_empty() && is_digits(whole) && fraction.bytes().all(|b| b == b'0') {
        let sign = &stored[..stored.len() - unsigned.len()];
        return Some(format!("{sign}{whole}"));
    }
    let mut number: f64 = stored
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())?;
    let mantissa = unsigned.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit);
    if digits.skip_while(|b| *b == b'0').count() > SHOWN_DIGITS {
        let precision = SHOWN_DIGITS - 1;
        number = format!("{number:.precision$e}").parse().unwrap_or(number);
    }
    Some(match number.abs() {
        0.0 => "0".to_owned(),
        SMALL..LARGE => format!("{number}"),
        _ => format!("{number:e}"),
    })
}

/// A whole number with zeros in front, and with the hyphens and spaces between them: `00000`, `000-00-0000`. `None` where the number is
/// negative or has more digits.
pub(super) fn zeros(number: &str, mask: &str) -> Option<String> {
    let room = mask.bytes().filter(|b| *b == b'0').count();
    if number.is_empty() || number.len() > room || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let padded = format!("{number:0>room$}");
    let mut digits = padded.chars();
    mask.chars()
        .map(|mark| match mark {
            '0' => digits.next(),
            other => Some(other),
        })
        .collect()
}

/// What a number of days stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    Date,
    /// A time of day.
    Clock,
    Moment,
    /// Hours that may be more than 24.
    Duration,
}

const DAY_MILLIS: i64 = 86_400_000;

/// 9999-12-31.
const LAST_DAY: f64 = 2_958_465.0;

/// A number of days in ISO 8601; `None` where it is no day of the calendar. `from_1904`: day 0 is 1904-01-01. Otherwise day 1 is
/// 1900-01-01, and day 60 is one that never was, as in Excel.
pub(super) fn time(days: f64, time: Time, from_1904: bool) -> Option<String> {
    if !(0.0..LAST_DAY + 1.0).contains(&days) {
        return None;
    }
    let mut day = days.floor() as i64;
    let mut millis = ((days - days.floor()) * DAY_MILLIS as f64).round() as i64;
    if millis == DAY_MILLIS {
        (day, millis) = (day + 1, 0);
    }
    if time == Time::Duration {
        return Some(clock(day * DAY_MILLIS + millis));
    }
    let is_time_only = day == 0 && (millis > 0 || time == Time::Clock);
    if is_time_only {
        return Some(clock(millis));
    }
    let date = match (from_1904, day) {
        (true, _) => iso(day - 24_107),
        (false, 0) => "1900-01-00".to_owned(),
        (false, 60) => "1900-02-29".to_owned(),
        (false, 1..60) => iso(day - 25_568),
        (false, _) => iso(day - 25_569),
    };
    Some(match time {
        Time::Date if millis == 0 => date,
        _ => format!("{date}T{}", clock(millis)),
    })
}

/// A length of time such as `PT14H30M00S` as a clock shows it; `None` where it is none, or of more than hours, minutes and seconds.
pub(super) fn iso_duration(text: &str) -> Option<String> {
    let mut rest = text.strip_prefix("PT")?;
    let mut seconds = 0.0;
    for (unit, length) in [('H', 3600.0), ('M', 60.0), ('S', 1.0)] {
        if let Some((number, after)) = rest.split_once(unit) {
            let number: f64 = number.parse().ok()?;
            seconds += number * length;
            rest = after;
        }
    }
    let millis = (seconds * 1000.0).round();
    (rest.is_empty() && (0.0..LAST_DAY * DAY_MILLIS as f64).contains(&millis))
        .then(|| clock(millis as i64))
}

fn iso(days: i64) -> String {
    let (year, month, day) = civil::date_from_days(days as i32);
    format!("{year:04}-{month:02}-{day:02}")
}

fn clock(millis: i64) -> String {
    let (seconds, rest) = (millis / 1000, millis % 1000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let seconds = seconds % 60;
    match rest {
        0 => format!("{hours:02}:{minutes:02}:{seconds:02}"),
        _ => format!("{hours:02}:{minutes:02}:{seconds:02}.{rest:03}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_are_shown() {
        for (stored, expected) in [
            ("42", "42"),
            ("42.0", "42"),
            ("-7", "-7"),
            ("196.49999999999997", "196.5"),
            ("0.1", "0.1"),
            ("0.30000000000000004", "0.3"),
            ("1E-3", "0.001"),
            ("1.7206100000000001E+12", "1720610000000"),
            ("1234567890123456789", "1234567890123456789"),
            ("12345678901234567.0", "12345678901234567"),
            ("1E+20", "100000000000000000000"),
            ("1E+300", "1e300"),
            ("1.5E-7", "1.5e-7"),
            ("-0.0", "-0"),
            ("0.000", "0"),
            ("0E0", "0"),
        ] {
            assert_eq!(number(stored).as_deref(), Some(expected), "{stored}");
        }
        for stored in ["", "-", ".", "x", "1,5", "NaN", "inf", "1E+999"] {
            assert_eq!(number(stored), None, "{stored}");
        }
    }

    #[test]
    fn zeros_in_front_are_those_of_the_format() {
        for (value, mask, expected) in [
            ("42", "00000", Some("00042")),
            ("123456789", "000-00-0000", Some("123-45-6789")),
            ("1", "00 00", Some("00 01")),
            ("123456", "00000", None),
            ("-4", "00000", None),
            ("4.5", "00000", None),
        ] {
            assert_eq!(zeros(value, mask).as_deref(), expected, "{value} {mask}");
        }
    }

    #[test]
    fn days_are_those_of_excel() {
        for (days, kind, from_1904, expected) in [
            (45_356.0, Time::Date, false, Some("2024-03-05")),
            (45_356.0, Time::Moment, false, Some("2024-03-05T00:00:00")),
            (
                45_356.604_166_666_664,
                Time::Date,
                false,
                Some("2024-03-05T14:30:00"),
            ),
            (
                45_356.000_002_893_52,
                Time::Moment,
                false,
                Some("2024-03-05T00:00:00.250"),
            ),
            (43_894.0, Time::Date, true, Some("2024-03-05")),
            (0.0, Time::Date, true, Some("1904-01-01")),
            (1.0, Time::Date, false, Some("1900-01-01")),
            (59.0, Time::Date, false, Some("1900-02-28")),
            (60.0, Time::Date, false, Some("1900-02-29")),
            (61.0, Time::Date, false, Some("1900-03-01")),
            (
                0.604_166_666_666_666_6,
                Time::Clock,
                false,
                Some("14:30:00"),
            ),
            (0.0, Time::Clock, false, Some("00:00:00")),
            (0.0, Time::Date, false, Some("1900-01-00")),
            (1.562_5, Time::Duration, false, Some("37:30:00")),
            (45_355.999_999_999_9, Time::Date, false, Some("2024-03-05")),
            (2_958_465.0, Time::Date, false, Some("9999-12-31")),
            (2_958_466.0, Time::Date, false, None),
            (-1.0, Time::Date, false, None),
            (f64::NAN, Time::Date, false, None),
        ] {
            assert_eq!(
                time(days, kind, from_1904).as_deref(),
                expected,
                "{days} {kind:?}"
            );
        }
    }
}
