//! How numbers, times and bytes are written.

use std::fmt::Write;

use onefold_values::civil::{DAY_SECS, write_date};

use super::kind::Unit;

pub(super) fn put(out: &mut String, what: impl std::fmt::Display) {
    // Writing to a string cannot fail.
    write!(out, "{what}").unwrap_or_default();
}

/// Appends what a writer of bytes writes in ASCII.
pub(super) fn append(out: &mut String, write: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = Vec::with_capacity(16);
    write(&mut bytes);
    out.push_str(&String::from_utf8_lossy(&bytes));
}

pub(super) fn write_hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)].into());
        out.push(DIGITS[usize::from(byte & 15)].into());
    }
}

pub(super) fn write_escaped(bytes: &[u8], out: &mut String) {
    out.push_str("\\x");
    write_hex(bytes, out);
}

pub(super) fn write_float(number: f64, out: &mut String) {
    if number.is_nan() {
        out.push_str("NaN");
    } else if number.is_infinite() {
        out.push_str(if number < 0.0 {
            "-Infinity"
        } else {
            "Infinity"
        });
    } else {
        put(out, format_args!("{number:?}"));
    }
}

/// IEEE 754 binary16, little endian.
pub(super) fn half_to_float(bytes: [u8; 2]) -> f32 {
    let bits = u16::from_le_bytes(bytes);
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(bits >> 10 & 31);
    let fraction = f32::from(bits & 0x3ff);
    let magnitude = match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    };
    sign * magnitude
}

/// A number of big-endian bytes in two's complement, where 128 bits hold it.
pub(super) fn narrow(bytes: &[u8]) -> Option<i128> {
    let negative = bytes.first().is_some_and(|first| *first >= 0x80);
    let fill = if negative { 0xff } else { 0 };
    let (extra, last) = bytes.split_at(bytes.len().saturating_sub(16));
    if extra.iter().any(|byte| *byte != fill) {
        return None;
    }
    let mut number = [fill; 16];
    number[16 - last.len()..].copy_from_slice(last);
    let number = i128::from_be_bytes(number);
    ((number < 0) == negative).then_some(number)
}

/// Sign and digits of a number of any width.
pub(super) fn wide_digits(bytes: &[u8]) -> (bool, String) {
    const PART: u128 = 1_000_000_000_000_000_000;
    let negative = bytes.first().is_some_and(|first| *first >= 0x80);
    let mut magnitude = bytes.to_vec();
    if negative {
        let mut carry = true;
        for byte in magnitude.iter_mut().rev() {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    // Divided by a power of ten again and again; each remainder is a group of digits, the last ones first.
    let mut groups = Vec::new();
    while magnitude.iter().any(|byte| *byte != 0) {
        let mut rest = 0_u128;
        for byte in &mut magnitude {
            let part = rest << 8 | u128::from(*byte);
            *byte = (part / PART) as u8;
            rest = part % PART;
        }
        groups.push(rest);
    }
    let mut digits = String::new();
    for (n, group) in groups.iter().rev().enumerate() {
        match n {
            0 => put(&mut digits, group),
            _ => put(&mut digits, format_args!("{group:018}")),
        }
    }
    if digits.is_empty() {
        digits.push('0');
    }
    (negative, digits)
}

/// Largest scale and number of zeros that are written out.
const MAX_SCALE: i32 = 1000;

pub(super) fn write_scaled(negative: bool, digits: &str, scale: i32, out: &mut String) {
    if negative {
        out.push('-');
    }
    match usize::try_from(scale.min(MAX_SCALE)) {
        Ok(0) => out.push_str(digits),
        Ok(scale) => {
            let padded;
            let digits = if digits.len() > scale {
                digits
            } else {
                padded = format!("{digits:0>width$}", width = scale + 1);
                &padded
            };
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            put(out, format_args!("{whole}.{fraction}"));
        }
        Err(_) => {
            out.push_str(digits);
            if digits != "0" {
                let zeros = scale.max(-MAX_SCALE).unsigned_abs() as usize;
                out.extend(std::iter::repeat_n('0', zeros));
            }
        }
    }
}

/// Appends a moment. A whole day is written without a time where `whole_day` says so.
pub(super) fn write_moment(
    count: i64,
    unit: Unit,
    whole_day: Option<&str>,
    utc: bool,
    out: &mut String,
) {
    let per = unit.per_second();
    let (seconds, rest) = (count.div_euclid(per), count.rem_euclid(per));
    let (days, second) = (seconds.div_euclid(DAY_SECS), seconds.rem_euclid(DAY_SECS));
    let Ok(days) = i32::try_from(days) else {
        // Five million years away no calendar is meant.
        put(out, format_args!("{count} {} since 1970", unit.sign()));
        return;
    };
    append(out, |out| write_date(days, out));
    if whole_day.is_some() && second == 0 && rest == 0 {
        return;
    }
    out.push('T');
    write_clock(second, rest * (1_000_000_000 / per), 3, out);
    if utc {
        out.push('Z');
    }
}

/// Appends `10:00:00`, and a fraction that is not zero with as many digits as it needs in threes, at least `least`.
pub(super) fn write_clock(second: i64, nanos: i64, least: usize, out: &mut String) {
    put(
        out,
        format_args!(
            "{:02}:{:02}:{:02}",
            second / 3_600,
            second / 60 % 60,
            second % 60
        ),
    );
    if nanos == 0 {
        return;
    }
    let digits = match nanos {
        _ if nanos % 1_000 != 0 => 9,
        _ if nanos % 1_000_000 != 0 => 6,
        _ => 3,
    };
    let text = format!("{nanos:09}");
    out.push('.');
    out.push_str(&text[..digits.max(least)]);
}

/// Appends a fraction of a second without the zeros at its end.
pub(super) fn write_fraction(nanos: u64, out: &mut String) {
    if nanos > 0 {
        let text = format!("{nanos:09}");
        put(out, format_args!(".{}", text.trim_end_matches('0')));
    }
}

/// Appends an interval as ISO 8601 has it. Its parts are not reckoned into each other: a month has no certain number of days.
pub(super) fn write_interval(bytes: &[u8], out: &mut String) {
    let part = |n: usize| {
        let part = bytes.get(4 * n..).and_then(|rest| rest.first_chunk::<4>());
        part.map_or(0, |part| u32::from_le_bytes(*part))
    };
    let (months, days, millis) = (part(0), part(1), part(2));
    out.push('P');
    if months > 0 {
        put(out, format_args!("{months}M"));
    }
    if days > 0 {
        put(out, format_args!("{days}D"));
    }
    if millis > 0 || (months == 0 && days == 0) {
        put(out, format_args!("T{}", millis / 1_000));
        write_fraction(u64::from(millis % 1_000) * 1_000_000, out);
        out.push('S');
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scaled(number: i128, scale: i32) -> String {
        let mut out = String::new();
        write_scaled(
            number < 0,
            &number.unsigned_abs().to_string(),
            scale,
            &mut out,
        );
        out
    }

    #[test]
    fn decimals_have_all_their_digits() {
        assert_eq!(scaled(1230, 2), "12.30");
        assert_eq!(scaled(-5, 2), "-0.05");
        assert_eq!(scaled(0, 2), "0.00");
        assert_eq!(scaled(12, -3), "12000");
        assert_eq!(scaled(0, -3), "0");
        assert_eq!(
            scaled(i128::MIN, 0),
            "-170141183460469231731687303715884105728"
        );
        let mut bytes = vec![0x7f; 17];
        assert_eq!(narrow(&bytes), None);
        assert_eq!(
            wide_digits(&bytes),
            (
                false,
                "43385334562092358133808765634594698395519".to_owned()
            )
        );
        bytes[0] = 0x80;
        assert!(wide_digits(&bytes).0);
        assert_eq!(wide_digits(&[]), (false, "0".to_owned()));
    }

    proptest! {
        #[test]
        fn wide_and_narrow_numbers_agree(number: i128, fill in 0usize..20, cut in 0usize..16) {
            let number = number >> (8 * cut);
            let sign = if number < 0 { 0xff } else { 0 };
            let mut bytes = vec![sign; fill];
            bytes.extend(number.to_be_bytes());
            prop_assert_eq!(narrow(&bytes), Some(number));
            let (negative, digits) = wide_digits(&bytes);
            prop_assert_eq!(negative, number < 0);
            prop_assert_eq!(digits, number.unsigned_abs().to_string());
            // The fewest bytes that hold it.
            let short = (1..=16).find(|n| {
                let cut = &bytes[bytes.len() - n..];
                narrow(cut) == Some(number)
            });
            prop_assert!(short.is_some());
        }

        #[test]
        fn moments_are_those_of_the_calendar(micros in -62_135_596_800_000_000i64..253_402_300_800_000_000) {
            let mut text = String::new();
            write_moment(micros, Unit::Micro, None, true, &mut text);
            let mut expected = Vec::new();
            onefold_values::civil::write_timestamp(micros, &mut expected);
            prop_assert_eq!(text.as_bytes(), expected);
        }
    }

    #[test]
    fn halves_are_exact() {
        for (bits, number) in [
            (0x3c00u16, 1.0f32),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x0400, 6.103_515_6e-5),
            (0x2e66, 0.099_975_586),
            (0x7c00, f32::INFINITY),
            (0xfc00, f32::NEG_INFINITY),
            (0x8000, -0.0),
        ] {
            let found = half_to_float(bits.to_le_bytes());
            assert_eq!(found.to_bits(), number.to_bits(), "{bits:x}");
        }
        assert!(half_to_float(0x7e00u16.to_le_bytes()).is_nan());
    }

    #[test]
    fn times_and_durations() {
        let clock = |second, nanos, least| {
            let mut out = String::new();
            write_clock(second, nanos, least, &mut out);
            out
        };
        assert_eq!(clock(45_296, 0, 6), "12:34:56");
        assert_eq!(clock(45_296, 500_000_000, 6), "12:34:56.500000");
        assert_eq!(clock(45_296, 500_000_000, 3), "12:34:56.500");
        assert_eq!(clock(1, 1, 6), "00:00:01.000000001");
        let interval = |months: u32, days: u32, millis: u32| {
            let bytes = [months, days, millis].map(u32::to_le_bytes).concat();
            let mut out = String::new();
            write_interval(&bytes, &mut out);
            out
        };
        assert_eq!(interval(14, 3, 4_567), "P14M3DT4.567S");
        assert_eq!(interval(0, 0, 0), "PT0S");
        assert_eq!(interval(1, 0, 0), "P1M");
        assert_eq!(interval(0, 0, u32::MAX), "PT4294967.295S");
        let mut far = String::new();
        write_moment(i64::MAX, Unit::Second, None, true, &mut far);
        assert_eq!(far, "9223372036854775807 s since 1970");
        let mut far = String::new();
        write_moment(253_402_300_800_000, Unit::Milli, None, true, &mut far);
        assert_eq!(far, "+010000-01-01T00:00:00Z");
    }
}
