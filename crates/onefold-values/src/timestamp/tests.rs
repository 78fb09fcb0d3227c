//! Timestamps of every writing, by example, read back, and the fast path against the full one.

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
    // What no value reaches is told, not passed over.
    for both in [
        ["epoch_s", "epoch_ms"],
        ["epoch_ms", "excel"],
        ["excel", "excel1904"],
        ["%s", "epoch_us"],
    ] {
        let bad = rules(&both, None).expect_err("a hidden format").to_string();
        let expected = format!(
            "bad date format `{}`: it never reads a value: `{}` before it reads every number",
            both[1], both[0]
        );
        assert_eq!(bad, expected);
    }
    // A serial date ends with the year 9999.
    let both = ["excel", "epoch_ms"];
    assert_eq!(
        read_with(&both, None, "45292.5").as_deref(),
        Ok("2024-01-01T12:00:00Z")
    );
    assert_eq!(
        read_with(&both, None, "1704110400000").as_deref(),
        Ok("2024-01-01T12:00:00Z")
    );
    // A serial date is of the declared zone.
    assert_eq!(
        read_with(&["excel"], Some("Europe/Berlin"), "45292.5").as_deref(),
        Ok("2024-01-01T11:00:00Z")
    );
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
