//! Dates of every writing, by example and read back.

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
        (&["excel"], "45292", Some("2024-01-01")),
        (&["excel"], "45292.99", Some("2024-01-01")),
        (&["excel"], "60", None),
        (&["excel1904"], "43830", Some("2024-01-01")),
        (&["excel", "%d.%m.%Y"], "45292", Some("2024-01-01")),
        (&["excel", "%d.%m.%Y"], "01.01.2024", Some("2024-01-01")),
        // Beyond the serial dates.
        (&["excel", "%Y%m%d"], "20240101", Some("2024-01-01")),
        (&["excel", "epoch_s"], "1704067200", Some("2024-01-01")),
        // A year of four digits and one of two are never confused.
        (&["%d.%m.%Y", "%d.%m.%y"], "01.02.24", Some("2024-02-01")),
        (&["%d.%m.%Y", "%d.%m.%y"], "01.02.2024", Some("2024-02-01")),
        (&["%d.%m.%y", "%d.%m.%Y"], "01.02.2024", Some("2024-02-01")),
        (&["%d.%m.%Y"], "01.02.24", None),
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
