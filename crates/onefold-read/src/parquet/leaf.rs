//! Stored values as text. Every value of every type has one, or the reason why it has none.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, Float32Array,
    Float64Array, Int32Array, Int64Array,
};
use arrow::datatypes::{Float32Type, Float64Type, Int32Type, Int64Type};
use onefold_values::civil::{DAY_SECS, write_date};

use super::kind::{Kind, Unit};
use super::write::{
    append, half_to_float, narrow, put, wide_digits, write_clock, write_escaped, write_float,
    write_fraction, write_hex, write_interval, write_moment, write_scaled,
};
use crate::unreadable::Unreadable;

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
