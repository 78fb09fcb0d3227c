//! Serial dates of spreadsheets: days and parts of a day, as Excel, LibreOffice and Google Sheets count them.
//!
//! The 1900 system counts 1900-01-01 as day 1 and has a 29 February 1900 as day 60, which never was: Lotus 1-2-3 took 1900 for a leap year,
//! and Excel follows it ([MS-OE376](https://learn.microsoft.com/openspecs/office_standards/ms-oe376), 18.17.4.1). The 1904 system counts 1904-01-01 as day 0. Both end with the year 9999.
//!
//! A time is a fraction of a day in binary floating point, so files hold `45000.41666666666`. It is read to the nearest millisecond, as
//! spreadsheets show it.

use crate::magnitude::{DecimalMark, Magnitude};
use crate::number::signed;
use crate::time::WrittenTime;

/// From which day serial dates count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    From1900,
    From1904,
}

const DAY_MILLIS: u128 = 86_400_000;

/// Digits after the point that are looked at.
const SCALE: u32 = 18;

/// What a text is as a serial date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serial {
    /// Days since 1970-01-01, and the time of day.
    Moment(i32, WrittenTime),
    /// A number among those of serial dates that is none: a day that never was, a time without a day, a negative number.
    NoDay,
}

/// Reads a serial date; `None` for a text that is no number, and for a number beyond the year 9999 on either side of zero.
pub(crate) fn read(value: &str, system: System) -> Option<Serial> {
    let (negative, magnitude) = signed(value);
    if magnitude.contains(',') {
        return None;
    }
    let number = Magnitude::read(magnitude.as_bytes(), DecimalMark::Point)?;
    let (units, _) = number.whole_units(SCALE.into())?;
    let one = 10_u128.pow(SCALE);
    let millis = units.checked_mul(DAY_MILLIS)?.checked_add(one / 2)? / one;
    let serial = i32::try_from(millis / DAY_MILLIS).ok()?;
    let of_day = i64::try_from(millis % DAY_MILLIS).ok()?;
    let days = match (system, serial) {
        (System::From1900, 2_958_466..) | (System::From1904, 2_957_004..) => return None,
        _ if negative => return Some(Serial::NoDay),
        (System::From1900, 1..=59) => serial - 25_568,
        (System::From1900, 61..) => serial - 25_569,
        (System::From1904, 0..) => serial - 24_107,
        _ => return Some(Serial::NoDay),
    };
    let time = WrittenTime {
        second_of_day: of_day / 1_000,
        micros: of_day % 1_000 * 1_000,
        ..WrittenTime::default()
    };
    Some(Serial::Moment(days, time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::civil::days_from_date;
    use proptest::prelude::*;

    fn moment(value: &str, system: System) -> Option<(i32, WrittenTime)> {
        match read(value, system)? {
            Serial::Moment(days, time) => Some((days, time)),
            Serial::NoDay => None,
        }
    }

    #[test]
    fn what_is_no_day_is_no_other_number_either() {
        for value in ["60", "60.9", "0", "0.5", "-1", "-45292.5", "-0"] {
            assert_eq!(
                read(value, System::From1900),
                Some(Serial::NoDay),
                "{value}"
            );
        }
        for value in ["2958466", "1704067200000", "-1704067200000", "x", "1e30"] {
            assert_eq!(read(value, System::From1900), None, "{value}");
        }
    }

    fn day(year: u32, month: u32, day: u32) -> i32 {
        days_from_date(year, month, day).expect("a date")
    }

    #[test]
    fn days_of_both_systems() {
        use System::{From1900, From1904};
        for (system, value, expected) in [
            (From1900, "1", Some(day(1900, 1, 1))),
            (From1900, "59", Some(day(1900, 2, 28))),
            (From1900, "60", None),
            (From1900, "60.5", None),
            (From1900, "61", Some(day(1900, 3, 1))),
            (From1900, "25569", Some(day(1970, 1, 1))),
            (From1900, "45292", Some(day(2024, 1, 1))),
            (From1900, "45292.0", Some(day(2024, 1, 1))),
            (From1900, "+4.5292e4", Some(day(2024, 1, 1))),
            (From1900, "2958465", Some(day(9999, 12, 31))),
            (From1900, "2958466", None),
            (From1900, "0", None),
            (From1900, "0.5", None),
            (From1904, "0", Some(day(1904, 1, 1))),
            (From1904, "43830", Some(day(2024, 1, 1))),
            (From1904, "2957003", Some(day(9999, 12, 31))),
            (From1904, "2957004", None),
        ] {
            assert_eq!(
                moment(value, system).map(|(days, _)| days),
                expected,
                "{value:?} {system:?}"
            );
        }
        for value in [
            "",
            "-1",
            "-0",
            "x",
            "45,292",
            "45292,5",
            "2024-01-01",
            "1e40",
            "nan",
            "0x10",
        ] {
            assert_eq!(moment(value, From1900), None, "{value:?}");
        }
    }

    #[test]
    fn times_to_the_millisecond() {
        for (value, second_of_day, micros) in [
            ("45292.5", 43_200, 0),
            ("45292.41666666666", 36_000, 0),
            ("45292.416666666664", 36_000, 0),
            ("45292.999988425923", 86_399, 0),
            ("45292.00001157407", 1, 0),
            ("45292.000000005788", 0, 1_000),
        ] {
            let (days, time) = moment(value, System::From1900).expect("a serial date");
            assert_eq!(days, day(2024, 1, 1), "{value:?}");
            assert_eq!(
                (time.second_of_day, time.micros),
                (second_of_day, micros),
                "{value:?}"
            );
        }
        let (days, time) = moment("45292.9999999999", System::From1900).expect("midnight");
        assert_eq!((days, time.second_of_day), (day(2024, 1, 2), 0));
    }

    proptest! {
        #[test]
        fn a_double_of_a_millisecond_is_that_millisecond(serial in 61_u32..=2_958_465, millis in 0_u32..86_400_000) {
            let number = f64::from(serial) + f64::from(millis) / 86_400_000.0;
            let (days, time) = moment(&number.to_string(), System::From1900).expect("a serial date");
            prop_assert_eq!(days, serial.cast_signed() - 25_569);
            prop_assert_eq!(time.second_of_day * 1_000 + time.micros / 1_000, i64::from(millis));
        }

        #[test]
        fn the_systems_are_1462_days_apart(serial in 1_462_u32..=2_957_003) {
            let old = moment(&serial.to_string(), System::From1900).map(|(days, _)| days);
            let new = moment(&(serial - 1_462).to_string(), System::From1904).map(|(days, _)| days);
            prop_assert_eq!(old, new);
        }
    }
}
