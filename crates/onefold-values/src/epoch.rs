//! Moments as numbers since 1970-01-01T00:00:00Z.

use crate::magnitude::{DecimalMark, Magnitude};
use crate::number::{short_integer, signed};

/// What a number since 1970 counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl Unit {
    /// Microseconds are units times ten to this.
    const fn scale(self) -> i64 {
        match self {
            Self::Seconds => 6,
            Self::Milliseconds => 3,
            Self::Microseconds => 0,
            Self::Nanoseconds => -3,
        }
    }
}

/// Microseconds of a number: `1720605600`, `-0.5`, `1.7206056e12`; exact, but that what is finer than microseconds is cut towards the past,
/// as the digits of a written time are.
///
/// `None` for a text that is no such number, and for one that is too large.
pub(crate) fn micros(value: &str, unit: Unit) -> Option<i64> {
    if let (Some(number), Ok(scale)) =
        (short_integer(value.as_bytes()), u32::try_from(unit.scale()))
    {
        return number.checked_mul(10_i64.pow(scale));
    }
    let (negative, magnitude) = signed(value);
    if magnitude.contains(',') {
        return None;
    }
    let number = Magnitude::read(magnitude.as_bytes(), DecimalMark::Point)?;
    let (whole, cut) = number.whole_units(unit.scale())?;
    let whole = i64::try_from(whole).ok()?;
    Some(before_or_after(negative, whole, cut))
}

/// Signed microseconds of an amount of time, of which a rest finer than that was cut or not.
pub(crate) fn before_or_after(negative: bool, micros: i64, cut: bool) -> i64 {
    if negative {
        -micros - i64::from(cut)
    } else {
        micros
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_since_1970() {
        use Unit::{Microseconds, Milliseconds, Nanoseconds, Seconds};
        for (unit, value, expected) in [
            (Seconds, "0", 0),
            (Seconds, "-0", 0),
            (Seconds, "1720605600", 1_720_605_600_000_000),
            (Seconds, "+1720605600", 1_720_605_600_000_000),
            (Seconds, "1720605600.5", 1_720_605_600_500_000),
            (Seconds, "-0.5", -500_000),
            (Seconds, "-1.25", -1_250_000),
            (Seconds, "1720605600.000001", 1_720_605_600_000_001),
            (Seconds, "1720605600.0", 1_720_605_600_000_000),
            (Seconds, "1.7206056e9", 1_720_605_600_000_000),
            (Seconds, "1.7206056E+09", 1_720_605_600_000_000),
            // Cut as in 1970-01-01T00:00:00.9999999Z and 1969-12-31T23:59:59.0000001Z.
            (Seconds, "0.9999999", 999_999),
            (Seconds, "-0.9999999", -1_000_000),
            (Milliseconds, "1720605600123", 1_720_605_600_123_000),
            (Milliseconds, "1720605600123.456", 1_720_605_600_123_456),
            (Milliseconds, "1.7206056e12", 1_720_605_600_000_000),
            (Milliseconds, "-1", -1_000),
            (Milliseconds, "-0.001", -1),
            (Microseconds, "1720605600123456", 1_720_605_600_123_456),
            (Microseconds, "-1", -1),
            (Microseconds, "1.5", 1),
            (Microseconds, "-1.5", -2),
            (Nanoseconds, "1720605600123456000", 1_720_605_600_123_456),
            (Nanoseconds, "1720605600123456789", 1_720_605_600_123_456),
            (Nanoseconds, "-1720605600123456789", -1_720_605_600_123_457),
            (Nanoseconds, "999", 0),
            (Nanoseconds, "-1", -1),
            (Nanoseconds, "0.5", 0),
            (Nanoseconds, "-0.5", -1),
            (
                Nanoseconds,
                "1.720605600123456789e18",
                1_720_605_600_123_456,
            ),
            (Nanoseconds, "1e-30", 0),
        ] {
            assert_eq!(micros(value, unit), Some(expected), "{value:?} {unit:?}");
        }
        for value in [
            "",
            "-",
            ".",
            "x",
            "1,720,605,600",
            "1_720",
            "0x10",
            "1 720",
            "2024-01-01",
            "1.2.3",
            "1e",
            "nan",
            "\u{663}",
            "--1",
            "9223372036854775807",
            "1e19",
            "1e400",
            "-1e400",
            "1e99999999999999999999",
            "123456789012345678901234567890123456789012345",
        ] {
            assert_eq!(micros(value, Seconds), None, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn every_writing_of_a_moment_is_the_moment(expected in -62_135_596_800_000_000_i64..=253_402_300_799_999_999) {
            let seconds = format!(
                "{}{}.{:06}",
                if expected < 0 { "-" } else { "" },
                expected.unsigned_abs() / 1_000_000,
                expected.unsigned_abs() % 1_000_000
            );
            prop_assert_eq!(micros(&seconds, Unit::Seconds), Some(expected));
            prop_assert_eq!(micros(&format!("{expected}e-3"), Unit::Milliseconds), Some(expected));
            prop_assert_eq!(micros(&expected.to_string(), Unit::Microseconds), Some(expected));
            prop_assert_eq!(micros(&format!("{expected}e3"), Unit::Nanoseconds), Some(expected));
            prop_assert_eq!(micros(&(expected / 1_000_000).to_string(), Unit::Seconds), Some(expected / 1_000_000 * 1_000_000));
        }

        #[test]
        fn nanoseconds_are_cut_towards_the_past(nanos: i64) {
            prop_assert_eq!(micros(&nanos.to_string(), Unit::Nanoseconds), Some(nanos.div_euclid(1_000)));
        }
    }
}
