//! Stored values as text. Every value of every type has one, or the reason why it has none.

use std::fmt::Write;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int32Array, Int64Array,
};
use arrow::datatypes::{Float32Type, Float64Type, Int32Type, Int64Type};
use onefold_values::civil::{DAY_SECS, write_date};

use super::kind::{Kind, Unit};

/// Values of one kind, one after another.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) kind: Kind,
    pub(crate) values: Stored,
}

/// Values as they are stored.
#[derive(Debug, Clone)]
pub(crate) enum Stored {
    Boolean(BooleanArray),
    Int32(Int32Array),
    Int64(Int64Array),
    Float32(Float32Array),
    Float64(Float64Array),
    Bytes(BinaryViewArray),
    Fixed(FixedSizeBinaryArray),
}

/// Why a value has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It is no UTF-8.
    Encoding,
    /// Its type has no such value.
    OutOfRange,
    /// Its text would not fit into memory.
    TooLong,
}

impl Unreadable {
    /// Its code among the rejects.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Unreadable::Encoding => "invalid_encoding",
            Unreadable::OutOfRange => "value_out_of_range",
            Unreadable::TooLong => "record_too_long",
        }
    }

    /// For people.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Unreadable::Encoding => "invalid encoding",
            Unreadable::OutOfRange => "value out of range",
            Unreadable::TooLong => "record too long",
        }
    }
}

/// Julian number of 1970-01-01.
const EPOCH_JULIAN: i64 = 2_440_588;
const DAY_NANOS: i64 = DAY_SECS * 1_000_000_000;

impl Leaf {
    /// `None`: the library gave an array of a type that was not asked for.
    pub(crate) fn new(kind: Kind, array: &ArrayRef) -> Option<Self> {
        let values = if let Some(a) = array.as_boolean_opt() {
            Stored::Boolean(a.clone())
        } else if let Some(a) = array.as_primitive_opt::<Int32Type>() {
            Stored::Int32(a.clone())
        } else if let Some(a) = array.as_primitive_opt::<Int64Type>() {
            Stored::Int64(a.clone())
        } else if let Some(a) = array.as_primitive_opt::<Float32Type>() {
            Stored::Float32(a.clone())
        } else if let Some(a) = array.as_primitive_opt::<Float64Type>() {
            Stored::Float64(a.clone())
        } else if let Some(a) = array.as_binary_view_opt() {
            Stored::Bytes(a.clone())
        } else {
            Stored::Fixed(array.as_fixed_size_binary_opt()?.clone())
        };
        Some(Self { kind, values })
    }

    pub(crate) fn is_valid(&self, row: usize) -> bool {
        let array: &dyn Array = match &self.values {
            Stored::Boolean(a) => a,
            Stored::Int32(a) => a,
            Stored::Int64(a) => a,
            Stored::Float32(a) => a,
            Stored::Float64(a) => a,
            Stored::Bytes(a) => a,
            Stored::Fixed(a) => a,
        };
        array.is_valid(row) && self.kind != Kind::Nothing
    }

    /// A stored number.
    fn whole(&self, row: usize) -> Option<i64> {
        match &self.values {
            Stored::Int32(a) => Some(a.value(row).into()),
            Stored::Int64(a) => Some(a.value(row)),
            _ => None,
        }
    }

    fn bytes(&self, row: usize) -> &[u8] {
        match &self.values {
            Stored::Bytes(a) => a.value(row),
            Stored::Fixed(a) => a.value(row),
            _ => &[],
        }
    }

    /// A number of the kinds that 64 bits with a sign hold.
    pub(crate) fn integer(&self, row: usize) -> Option<i64> {
        match (self.kind, &self.values) {
            (Kind::Unsigned, Stored::Int32(a)) => Some(a.value(row).cast_unsigned().into()),
            (Kind::Integer, _) => self.whole(row),
            _ => None,
        }
    }

    /// A number of floating point. One of fewer bits is what its shortest text says: 0.1 is not 0.10000000149011612.
    pub(crate) fn float(&self, row: usize) -> Option<f64> {
        let number = match &self.values {
            Stored::Float64(a) => return Some(a.value(row)),
            Stored::Float32(a) => a.value(row),
            _ => half_to_float(*self.bytes(row).first_chunk::<2>()?),
        };
        match number.is_finite() {
            true => number.to_string().parse().ok(),
            false => Some(number.into()),
        }
    }

    /// Microseconds since 1970-01-01T00:00:00, towards the past; `None`: not a moment, or one beyond what 64 bits hold.
    pub(crate) fn micros(&self, row: usize) -> Option<i64> {
        match self.kind {
            Kind::Timestamp { unit, .. } => {
                let count = self.whole(row)?;
                match unit {
                    Unit::Second => count.checked_mul(1_000_000),
                    Unit::Milli => count.checked_mul(1_000),
                    Unit::Micro => Some(count),
                    Unit::Nano => Some(count.div_euclid(1_000)),
                }
            }
            Kind::Int96 => {
                let (day, nanos) = self.julian(row)?;
                let in_day = (0..DAY_NANOS).contains(&nanos).then_some(nanos / 1_000)?;
                day.checked_sub(EPOCH_JULIAN)?
                    .checked_mul(DAY_SECS * 1_000_000)?
                    .checked_add(in_day)
            }
            _ => None,
        }
    }

    /// Julian day and nanoseconds of a time of 96 bits.
    fn julian(&self, row: usize) -> Option<(i64, i64)> {
        let (nanos, day) = self.bytes(row).split_first_chunk::<8>()?;
        let day = i32::from_le_bytes(*day.first_chunk::<4>()?);
        Some((day.into(), i64::from_le_bytes(*nanos)))
    }

    /// The unscaled number of a decimal; `None`: not a decimal, or beyond 128 bits.
    pub(crate) fn unscaled(&self, row: usize) -> Option<i128> {
        if !matches!(self.kind, Kind::Decimal { .. }) {
            return None;
        }
        match &self.values {
            Stored::Int32(_) | Stored::Int64(_) => self.whole(row).map(i128::from),
            _ => narrow(self.bytes(row)),
        }
    }

    /// Appends the text of a value that is there.
    pub(crate) fn write(&self, row: usize, out: &mut String) -> Result<(), Unreadable> {
        match self.kind {
            Kind::Text | Kind::Json | Kind::Bytes => {
                let text = std::str::from_utf8(self.bytes(row));
                out.push_str(text.map_err(|_| Unreadable::Encoding)?);
            }
            Kind::Opaque => write_hex(self.bytes(row), out),
            Kind::Boolean | Kind::Integer | Kind::Float => self.write_number(row, out),
            Kind::Unsigned => match &self.values {
                Stored::Int32(a) => put(out, a.value(row).cast_unsigned()),
                _ => put(out, self.whole(row).unwrap_or_default().cast_unsigned()),
            },
            Kind::Float16 => {
                write_float(self.float(row).unwrap_or_default(), out);
            }
            Kind::Decimal { scale, .. } => match self.unscaled(row) {
                Some(number) => {
                    let digits = number.unsigned_abs().to_string();
                    write_scaled(number < 0, &digits, scale, out);
                }
                None => {
                    let (negative, digits) = wide_digits(self.bytes(row));
                    write_scaled(negative, &digits, scale, out);
                }
            },
            Kind::Date => append(out, |out| {
                write_date(self.whole(row).unwrap_or_default() as i32, out);
            }),
            Kind::DateMillis => {
                let millis = self.whole(row).unwrap_or_default();
                write_moment(millis, Unit::Milli, Some("T"), false, out);
            }
            Kind::Timestamp { unit, utc } => {
                let count = self.whole(row).unwrap_or_default();
                write_moment(count, unit, None, utc, out);
            }
            Kind::Int96 => {
                let (day, nanos) = self.julian(row).ok_or(Unreadable::OutOfRange)?;
                let day = i32::try_from(day - EPOCH_JULIAN);
                match day {
                    Ok(day) if (0..DAY_NANOS).contains(&nanos) => {
                        append(out, |out| write_date(day, out));
                        out.push('T');
                        write_clock(nanos / 1_000_000_000, nanos % 1_000_000_000, 3, out);
                    }
                    _ => return Err(Unreadable::OutOfRange),
                }
            }
            Kind::Time(unit) => {
                let count = self.whole(row).unwrap_or_default();
                let (seconds, rest) = (
                    count.div_euclid(unit.per_second()),
                    count.rem_euclid(unit.per_second()),
                );
                if count < 0 || seconds > DAY_SECS || (seconds == DAY_SECS && rest > 0) {
                    return Err(Unreadable::OutOfRange);
                }
                write_clock(seconds, rest * (1_000_000_000 / unit.per_second()), 6, out);
            }
            Kind::Duration(unit) => {
                let count = self.whole(row).unwrap_or_default();
                let sign = if count < 0 { "-" } else { "" };
                let (count, per) = (count.unsigned_abs(), unit.per_second().unsigned_abs());
                put(out, format_args!("{sign}PT{}", count / per));
                write_fraction(count % per * (1_000_000_000 / per), out);
                out.push('S');
            }
            Kind::Interval => write_interval(self.bytes(row), out),
            Kind::Uuid => {
                for (n, byte) in self.bytes(row).iter().enumerate() {
                    let hyphen = if matches!(n, 4 | 6 | 8 | 10) { "-" } else { "" };
                    put(out, format_args!("{hyphen}{byte:02x}"));
                }
            }
            Kind::Nothing => {}
        }
        Ok(())
    }

    fn write_number(&self, row: usize, out: &mut String) {
        match &self.values {
            Stored::Boolean(a) => put(out, a.value(row)),
            Stored::Int32(a) => put(out, a.value(row)),
            Stored::Int64(a) => put(out, a.value(row)),
            _ => write_float(self.float(row).unwrap_or_default(), out),
        }
    }

    /// Appends a value for people to see: of one that has no text, its bytes or the number that is stored.
    pub(crate) fn show(&self, row: usize, out: &mut String) {
        match self.kind {
            Kind::Int96 => {
                let (day, nanos) = self.julian(row).unwrap_or_default();
                put(out, format_args!("Julian day {day}, {nanos} ns"));
            }
            Kind::Time(unit) => {
                let count = self.whole(row).unwrap_or_default();
                put(out, format_args!("{count} {}", unit.sign()));
            }
            _ => write_escaped(self.bytes(row), out),
        }
    }

    /// Appends a value of which nothing is known: its text where it is one, else its bytes as `\x` and hexadecimal digits. Text that begins
    /// so is written as bytes, too, so that no two values are written alike.
    pub(crate) fn write_bytes(&self, row: usize, out: &mut String) {
        let bytes = self.bytes(row);
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.starts_with("\\x") => out.push_str(text),
            _ => write_escaped(bytes, out),
        }
    }

    /// Whether a value is a number that JSON can write.
    pub(crate) fn is_finite(&self, row: usize) -> bool {
        match self.kind {
            Kind::Float | Kind::Float16 => self.float(row).is_some_and(f64::is_finite),
            kind => kind.is_bare_in_json(),
        }
    }
}

fn put(out: &mut String, what: impl std::fmt::Display) {
    // Writing to a string cannot fail.
    write!(out, "{what}").unwrap_or_default();
}

/// Appends what a writer of bytes writes in ASCII.
fn append(out: &mut String, write: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = Vec::with_capacity(16);
    write(&mut bytes);
    out.push_str(&String::from_utf8_lossy(&bytes));
}

fn write_hex(bytes: &[u8], out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(bytes.len() * 2);
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)].into());
        out.push(DIGITS[usize::from(byte & 15)].into());
    }
}

fn write_escaped(bytes: &[u8], out: &mut String) {
    out.push_str("\\x");
    write_hex(bytes, out);
}

fn write_float(number: f64, out: &mut String) {
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
pub(crate) fn half_to_float(bytes: [u8; 2]) -> f32 {
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
fn narrow(bytes: &[u8]) -> Option<i128> {
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
fn wide_digits(bytes: &[u8]) -> (bool, String) {
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

fn write_scaled(negative: bool, digits: &str, scale: i32, out: &mut String) {
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
fn write_moment(count: i64, unit: Unit, whole_day: Option<&str>, utc: bool, out: &mut String) {
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
fn write_clock(second: i64, nanos: i64, least: usize, out: &mut String) {
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
fn write_fraction(nanos: u64, out: &mut String) {
    if nanos > 0 {
        let text = format!("{nanos:09}");
        put(out, format_args!(".{}", text.trim_end_matches('0')));
    }
}

/// Appends an interval as ISO 8601 has it. Its parts are not reckoned into each other: a month has no certain number of days.
fn write_interval(bytes: &[u8], out: &mut String) {
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
