//! Directives, texts, and what comes of them.

use proptest::prelude::*;

use super::*;
use crate::civil::{DAY_MICROS, DAY_SECS, write_date, write_timestamp};

/// What a pattern reads, as a local time; with the offset that the text carries.
fn read(pattern: &str, value: &str) -> Option<String> {
    let moment = Pattern::new(pattern)
        .expect(pattern)
        .read(value, Pivot::default())?;
    let mut text = Vec::new();
    let mut offset = None;
    match moment {
        Moment::Instant(micros) => write_timestamp(micros, &mut text),
        Moment::Written { days, time, .. } if time == WrittenTime::default() => {
            write_date(days, &mut text);
        }
        Moment::Written { days, time, .. } => {
            offset = time.offset_secs;
            let seconds = i64::from(days) * DAY_SECS + time.second_of_day;
            write_timestamp(seconds * 1_000_000 + time.micros, &mut text);
        }
    }
    let text = String::from_utf8(text).expect("text");
    Some(match offset {
        Some(secs) => format!("{} {secs:+}", text.trim_end_matches('Z')),
        None => text.trim_end_matches('Z').to_owned(),
    })
}

/// Directive by directive: what it reads, and what it does not.
#[test]
fn directives() {
    for (pattern, value, expected) in [
        // A year is four digits.
        ("%d.%m.%Y", "01.02.2024", Some("2024-02-01")),
        ("%d.%m.%Y", "01.02.24", None),
        ("%d.%m.%Y", "01.02.024", None),
        ("%d.%m.%Y", "01.02.12024", None),
        ("%d.%m.%Y", "01.02.-2024", None),
        ("%d.%m.%Y", "01.02.+2024", None),
        ("%d.%m.%Y", "01.02. 2024", None),
        ("%d.%m.%Y", "01.02.0000", None),
        ("%d.%m.%Y", "01.02.0001", Some("0001-02-01")),
        ("%d.%m.%Y", "01.02.9999", Some("9999-02-01")),
        ("%d.%m.%Y", "01.02.٢٠٢٤", None),
        ("%d.%m.%Y", "01.02.２０２４", None),
        // A short one is two, within 1969 to 2068.
        ("%d.%m.%y", "01.02.24", Some("2024-02-01")),
        ("%d.%m.%y", "01.02.68", Some("2068-02-01")),
        ("%d.%m.%y", "01.02.69", Some("1969-02-01")),
        ("%d.%m.%y", "01.02.99", Some("1999-02-01")),
        ("%d.%m.%y", "01.02.00", Some("2000-02-01")),
        ("%d.%m.%y", "01.02.2024", None),
        ("%d.%m.%y", "01.02.4", None),
        ("%d.%m.%y", "01.02.-4", None),
        ("%D", "02/01/24", Some("2024-02-01")),
        // Months, days, hours, minutes and seconds are one or two digits.
        ("%d/%m/%Y", "1/2/2024", Some("2024-02-01")),
        ("%d/%m/%Y", "12/31/2024", None),
        ("%d/%m/%Y", "31/02/2024", None),
        ("%d/%m/%Y", "29/02/2024", Some("2024-02-29")),
        ("%d/%m/%Y", "29/02/2023", None),
        ("%d/%m/%Y", "00/02/2024", None),
        ("%d/%m/%Y", "01/00/2024", None),
        ("%d/%m/%Y", "011/2/2024", None),
        ("%d/%m/%Y", "01/002/2024", None),
        ("%d/%m/%Y", "+1/02/2024", None),
        ("%d/%m/%Y", "-1/02/2024", None),
        ("%d/%m/%Y", " 1/02/2024", None),
        ("%d/%m/%Y", "1/ 2/2024", None),
        ("%d/%m/%Y", "/02/2024", None),
        ("%-d/%-m/%Y", "1/2/2024", Some("2024-02-01")),
        ("%-d/%-m/%Y", "01/02/2024", Some("2024-02-01")),
        ("%e.%m.%Y", " 5.01.2024", Some("2024-01-05")),
        ("%_d.%m.%Y", " 5.01.2024", Some("2024-01-05")),
        ("%e.%m.%Y", "15.01.2024", Some("2024-01-15")),
        ("%e.%m.%Y", "  5.01.2024", None),
        (
            "%F %H:%M:%S",
            "2024-01-05 1:2:3",
            Some("2024-01-05T01:02:03"),
        ),
        ("%F %H:%M:%S", "2024-01-05 24:00:00", None),
        ("%F %H:%M:%S", "2024-01-05 10:60:00", None),
        ("%F %H:%M:%S", "2024-01-05 10:00:61", None),
        ("%F %H:%M:%S", "2024-01-05 10:00", None),
        ("%F %H:%M:%S", "2024-01-05 -1:00:00", None),
        ("%F %T", "2024-01-05 10:00:00", Some("2024-01-05T10:00:00")),
        ("%F %R", "2024-01-05 10:01", Some("2024-01-05T10:01:00")),
        ("%F %k", "2024-01-05  9", Some("2024-01-05T09:00:00")),
        ("%F", "2024-1-5", Some("2024-01-05")),
        // Numbers that touch have all their digits.
        ("%Y%m%d", "20240105", Some("2024-01-05")),
        ("%Y%m%d", "2024105", None),
        ("%Y%m%d", "2024015", None),
        ("%Y%m%d", "202401055", None),
        ("%Y%m%d", "2024-01-05", None),
        ("%d%m%Y", "1122024", None),
        ("%d%m%Y", "11122024", Some("2024-12-11")),
        ("%d%m%y", "311224", Some("2024-12-31")),
        ("%d%b%Y", "5JAN2024", Some("2024-01-05")),
        (
            "%Y%m%dT%H%M%S",
            "20240105T100203",
            Some("2024-01-05T10:02:03"),
        ),
        ("%Y%m%dT%H%M%S", "20240105T10023", None),
        (
            "%Y%m%d%H%M%S%f",
            "20240105100203123",
            Some("2024-01-05T10:02:03.123"),
        ),
        // Days of the year.
        ("%Y%j", "2024060", Some("2024-02-29")),
        ("%Y%j", "202460", None),
        ("%Y-%j", "2024-60", Some("2024-02-29")),
        ("%Y-%j", "2024-366", Some("2024-12-31")),
        ("%Y-%j", "2023-366", None),
        ("%Y-%j", "2024-000", None),
        ("%Y-%j", "2024-367", None),
        // Weeks.
        ("%G-W%V-%u", "2024-W05-1", Some("2024-01-29")),
        ("%G-W%V-%u", "2020-W53-7", Some("2021-01-03")),
        ("%G-W%V-%u", "2021-W53-1", None),
        ("%G-W%V-%u", "2024-W00-1", None),
        ("%G-W%V-%u", "2024-W05-0", None),
        ("%G-W%V-%u", "2024-W05-8", None),
        ("%g-W%V-%u", "24-W05-1", Some("2024-01-29")),
        ("%Y-%U-%w", "2025-01-0", Some("2025-01-05")),
        ("%Y-%U-%w", "2025-00-6", Some("2025-01-04")),
        ("%Y-%U-%w", "2025-00-0", None),
        ("%Y-%W-%u", "2025-01-1", Some("2025-01-06")),
        ("%Y-%W-%u", "2025-00-7", Some("2025-01-05")),
        ("%Y-%W-%u", "2025-53-1", None),
        // Names in any case, whole or abbreviated.
        ("%d %b %Y", "5 Jan 2024", Some("2024-01-05")),
        ("%d %b %Y", "5 JAN 2024", Some("2024-01-05")),
        ("%d %b %Y", "5 january 2024", Some("2024-01-05")),
        ("%d %B %Y", "5 January 2024", Some("2024-01-05")),
        ("%d %B %Y", "5 Jan 2024", Some("2024-01-05")),
        ("%d %h %Y", "5 Sept 2024", Some("2024-09-05")),
        ("%d %b. %Y", "5 Jan. 2024", Some("2024-01-05")),
        ("%d %b %Y", "5 Janu 2024", None),
        ("%d %b %Y", "5 Janvier 2024", None),
        ("%d %b %Y", "5 01 2024", None),
        ("%d %b %Y", "5  2024", None),
        ("%a %d %b %Y", "Fri 5 Jan 2024", Some("2024-01-05")),
        ("%A, %d %b %Y", "friday, 5 Jan 2024", Some("2024-01-05")),
        ("%a %d %b %Y", "Mon 5 Jan 2024", None),
        // Halves of the day.
        ("%F %I:%M %p", "2024-01-05 12:00 AM", Some("2024-01-05")),
        (
            "%F %I:%M %p",
            "2024-01-05 12:00 PM",
            Some("2024-01-05T12:00:00"),
        ),
        (
            "%F %I:%M %p",
            "2024-01-05 1:05 pm",
            Some("2024-01-05T13:05:00"),
        ),
        (
            "%F %I:%M%P",
            "2024-01-05 11:59pm",
            Some("2024-01-05T23:59:00"),
        ),
        (
            "%F %I:%M %p",
            "2024-01-05 1:05\u{202f}PM",
            Some("2024-01-05T13:05:00"),
        ),
        ("%F %I:%M %p", "2024-01-05 13:05 PM", None),
        ("%F %I:%M %p", "2024-01-05 0:05 AM", None),
        ("%F %I:%M %p", "2024-01-05 1:05", None),
        ("%F %I:%M %p", "2024-01-05 1:05 XM", None),
        (
            "%F %H:%M %p",
            "2024-01-05 13:05 PM",
            Some("2024-01-05T13:05:00"),
        ),
        ("%F %H:%M %p", "2024-01-05 23:05 AM", None),
        ("%F %H:%M %p", "2024-01-05 01:05 PM", None),
        // Fractions: of any length, finer digits cut as in ISO 8601.
        (
            "%F %T%.f",
            "2024-01-05 10:00:00",
            Some("2024-01-05T10:00:00"),
        ),
        (
            "%F %T%.f",
            "2024-01-05 10:00:00.5",
            Some("2024-01-05T10:00:00.500"),
        ),
        ("%F %T%.f", "2024-01-05 10:00:00.", None),
        (
            "%F %T%.f",
            "2024-01-05 10:00:00.1234567899",
            Some("2024-01-05T10:00:00.123456"),
        ),
        (
            "%F %T.%f",
            "2024-01-05 10:00:00.000001",
            Some("2024-01-05T10:00:00.000001"),
        ),
        ("%F %T.%f", "2024-01-05 10:00:00", None),
        (
            "%F %T,%f",
            "2024-01-05 10:00:00,25",
            Some("2024-01-05T10:00:00.250"),
        ),
        (
            "%F %T.%3f",
            "2024-01-05 10:00:00.123",
            Some("2024-01-05T10:00:00.123"),
        ),
        ("%F %T.%3f", "2024-01-05 10:00:00.12", None),
        ("%F %T.%3f", "2024-01-05 10:00:00.1234", None),
        (
            "%F %T%.3f",
            "2024-01-05 10:00:00.123",
            Some("2024-01-05T10:00:00.123"),
        ),
        ("%F %T%.3f", "2024-01-05 10:00:00.1", None),
        ("%F %T.%f", "2024-01-05 10:00:00.-5", None),
        // Offsets.
        (
            "%F %T %z",
            "2024-01-05 10:00:00 +0230",
            Some("2024-01-05T10:00:00 +9000"),
        ),
        (
            "%F %T%z",
            "2024-01-05 10:00:00-02:30",
            Some("2024-01-05T10:00:00 -9000"),
        ),
        (
            "%F %T%z",
            "2024-01-05 10:00:00+02",
            Some("2024-01-05T10:00:00 +7200"),
        ),
        (
            "%F %T%z",
            "2024-01-05 10:00:00Z",
            Some("2024-01-05T10:00:00 +0"),
        ),
        (
            "%F %T%:z",
            "2024-01-05 10:00:00+02:30",
            Some("2024-01-05T10:00:00 +9000"),
        ),
        (
            "%F %T %Z",
            "2024-01-05 10:00:00 UTC",
            Some("2024-01-05T10:00:00 +0"),
        ),
        ("%F %T %Z", "2024-01-05 10:00:00 PST", None),
        ("%F %T %z", "2024-01-05 10:00:00", None),
        ("%F %T %z", "2024-01-05 10:00:00 +2", None),
        ("%F %T %z", "2024-01-05 10:00:00 +2500", None),
        ("%F %T %z", "2024-01-05 10:00:00 +0060", None),
        ("%F %T %z", "2024-01-05 10:00:00 +023000", None),
        ("%F %T [%Q]", "2024-01-05 10:00:00 [Mars/Olympus]", None),
        ("%F %T [%Q]", "2024-01-05 10:00:00 []", None),
        // Seconds since 1970.
        ("%s", "0", Some("1970-01-01T00:00:00")),
        ("%s", "+1", Some("1970-01-01T00:00:01")),
        ("%s", "-1", Some("1969-12-31T23:59:59")),
        ("%s", "--1", None),
        ("%s", " 1", None),
        ("%s", "1 ", None),
        ("%s", "1.0", None),
        ("%s", "1e3", None),
        ("%s", "", None),
        ("%s", "99999999999999999999", None),
        (
            "/Date(%s)/",
            "/Date(1720605600)/",
            Some("2024-07-10T10:00:00"),
        ),
        // White space is any, but there is some; all other text is itself.
        ("%d %m %Y", "05  01\t2024", Some("2024-01-05")),
        ("%d %m %Y", "05\u{a0}01\u{202f}2024", Some("2024-01-05")),
        ("%d %m %Y", "05012024", None),
        ("%d %m %Y", "05-01-2024", None),
        ("%d%n%m%t%Y", "05 01 2024", Some("2024-01-05")),
        (" %d.%m.%Y ", "05.01.2024", Some("2024-01-05")),
        ("%d.%m.%Y", "05.01.2024 ", None),
        ("%d.%m.%Y", "05.01.2024x", None),
        ("%d.%m.%Y", "x05.01.2024", None),
        ("%d.%m.%Y", "05.01.2024\0", None),
        ("%d.%m.%Y", "", None),
        ("%FT%T", "2024-01-05t10:00:00", None),
        (
            "le %d.%m.%Y à %R",
            "le 05.01.2024 à 10:00",
            Some("2024-01-05T10:00:00"),
        ),
        ("%d.%m.%Y 100%%", "05.01.2024 100%", Some("2024-01-05")),
        ("%d年%m月%Y", "05年01月2024", Some("2024-01-05")),
        // What is said twice must agree.
        ("%F (%j)", "2024-02-29 (060)", Some("2024-02-29")),
        ("%F (%j)", "2024-02-29 (061)", None),
        ("%d.%m.%Y %d", "05.01.2024 05", Some("2024-01-05")),
        ("%d.%m.%Y %d", "05.01.2024 06", None),
        ("%d.%m.%Y %y", "05.01.1924 24", None),
    ] {
        assert_eq!(
            read(pattern, value).as_deref(),
            expected,
            "{value:?} by {pattern:?}"
        );
    }
}

#[test]
fn leap_seconds_are_told_apart() {
    let pattern = Pattern::new("%F %T").expect("a pattern");
    let Some(Moment::Written { time, .. }) = pattern.read("2016-12-31 23:59:60", Pivot::default())
    else {
        panic!("a moment")
    };
    assert_eq!((time.second_of_day, time.leap), (86_399, true));
}

#[test]
fn patterns_that_cannot_be_read() {
    for (pattern, detail) in [
        ("%H:%M", "it names no full date"),
        ("%Y-%m", "it names no full date"),
        ("%d.%m", "it names no full date"),
        ("%G-%V", "it names no full date"),
        ("%Y-%V-%u", "it names no full date"),
        ("%Y-%U", "it names no full date"),
        ("%C-%m-%d", "`%C` is not a directive"),
        ("%Y-%m-%d %q", "`%q` is not a directive"),
        ("%Y-%m-%d %.S", "`%.S` is not a directive"),
        ("%Y-%m-%d %:H", "`%:H` is not a directive"),
        ("%Y-%m-%d é%é", "`%é` is not a directive"),
        ("%Y-%m-%", "it ends within a directive"),
        ("%Y-%m-%d%.", "it ends within a directive"),
        ("%Y-%m-%d %:", "it ends within a directive"),
        ("%x", "`%x` is different in every country: write its parts"),
        ("%4Y-%m-%d", "`%4Y`: only `%f` takes a number of digits"),
        ("%Y-%m-%d %I:%M", "`%I` counts to 12 and needs `%p`"),
        ("%Y-%m-%d %M", "it has no hour"),
        ("%Y-%m-%d %p", "it has no hour"),
        ("%Y-%m-%d %H:%S", "it has seconds without minutes"),
        ("%Y-%m-%d %H:%M%.f", "it has a fraction without seconds"),
        (
            "%s %Y",
            "`%s` is a whole moment: no part of a date or time stands beside it",
        ),
    ] {
        assert_eq!(
            Pattern::new(pattern).err().as_deref(),
            Some(detail),
            "{pattern:?}"
        );
    }
}

proptest! {
    /// jiff writes, we read.
    #[test]
    fn what_jiff_writes_is_read_back(
        micros in -62_135_596_800_000_000_i64..253_402_207_200_000_000,
        pattern in prop::sample::select(vec![
            "%Y-%m-%d %H:%M:%S%.6f",
            "%d.%m.%Y %I:%M:%S.%f %p",
            "%Y%m%d%H%M%S%6f",
            "%a, %d %b %Y %H:%M:%S.%f %z",
            "%A %B %e %Y %k:%M:%S%.f",
            "%G-W%V-%u %T.%f",
            "%Y %U %w %T.%f",
            "%Y %W %u %T.%f",
            "%Y%j %T.%f",
            "%-d/%-m/%Y %-H:%-M:%-S.%f",
        ]),
    ) {
        let moment = jiff::Timestamp::from_microsecond(micros).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let text = moment.to_zoned(jiff::tz::TimeZone::UTC).strftime(pattern).to_string();
        let ours = Pattern::new(pattern).map_err(TestCaseError::fail)?;
        match ours.read(trim(&text), Pivot::default()) {
            Some(Moment::Written { days, time, .. }) => {
                let found = i64::from(days) * DAY_MICROS + time.second_of_day * 1_000_000 + time.micros;
                prop_assert_eq!(found, micros, "{}", text);
            }
            _ => prop_assert!(false, "{} by {}", text, pattern),
        }
    }

    /// Stricter than jiff, never another moment.
    #[test]
    fn what_is_read_is_what_jiff_reads(
        text in "[0-9]{1,4}[-/. ][0-9]{1,4}[-/. ][0-9]{1,4}( [0-9]{1,2}:[0-9]{1,2}(:[0-5][0-9])?)?",
        pattern in prop::sample::select(vec!["%Y-%m-%d", "%d/%m/%Y", "%m.%d.%y", "%d %m %Y %H:%M", "%F %T", "%Y-%j-%H"]),
    ) {
        if let Some(Moment::Written { days, time, .. }) = Pattern::new(pattern).map_err(TestCaseError::fail)?.read(&text, Pivot::default()) {
            let theirs = jiff::fmt::strtime::BrokenDownTime::parse(pattern, &text).and_then(|time| time.to_datetime());
            let theirs = theirs.map_err(|e| TestCaseError::fail(e.to_string()))?;
            let mut ours = Vec::new();
            write_timestamp(i64::from(days) * DAY_MICROS + time.second_of_day * 1_000_000, &mut ours);
            prop_assert_eq!(String::from_utf8_lossy(&ours), format!("{theirs}Z"));
        }
    }

    #[test]
    fn no_pattern_and_no_text_panics(pattern in "(%[-_0^#]?[.]?[0-9]{0,3}:{0,2}[a-zA-Z%é]|[ -~é]){0,8}", value in "[0-9JanFriPM :./+-]{0,24}|\\PC{0,20}") {
        if let Ok(pattern) = Pattern::new(&pattern) && let Some(Moment::Written { days, .. }) = pattern.read(&value, Pivot::default()) {
            prop_assert!((-719_162..=2_932_896).contains(&days));
        }
    }
}

#[test]
fn years_of_two_digits_have_the_century_of_the_pivot() {
    let year = |pivot: u8, text: &str| {
        let pivot = Pivot::new(pivot).expect("a pivot");
        match Pattern::new("%y-%m-%d")
            .expect("a pattern")
            .read(text, pivot)?
        {
            Moment::Written { days, .. } => Some(date_from_days(days).0),
            Moment::Instant(_) => None,
        }
    };
    for (pivot, text, expected) in [
        (69, "68-01-01", 2068),
        (69, "69-01-01", 1969),
        (50, "49-01-01", 2049),
        (50, "50-01-01", 1950),
        (0, "00-01-01", 1900),
        (0, "99-01-01", 1999),
        (100, "00-01-01", 2000),
        (100, "99-01-01", 2099),
    ] {
        assert_eq!(year(pivot, text), Some(expected), "{pivot} {text}");
    }
    // 1900 was no leap year.
    assert_eq!(year(0, "00-02-29"), None);
    assert_eq!(year(69, "00-02-29"), Some(2000));
    assert_eq!(Pivot::new(101), None);
}

proptest! {
    #[test]
    fn a_year_of_two_digits_is_within_a_hundred_years_of_the_pivot(pivot in 0_u8..=100, year in 0_u32..=99) {
        let read = Pivot::new(pivot).expect("a pivot").year(year);
        prop_assert_eq!(read % 100, year);
        let first = 1900 + u32::from(pivot);
        prop_assert!((first..first + 100).contains(&read));
    }
}
