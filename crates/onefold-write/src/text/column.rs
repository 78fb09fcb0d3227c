//! An Arrow array resolved for row-wise writing: the type known once, the values plain slices.

use arrow::array::{
    Array, AsArray, BinaryViewArray, BooleanArray, FixedSizeBinaryArray, Float16Array,
    GenericBinaryArray, StringViewArray,
};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, IntervalDayTime,
    IntervalDayTimeType, IntervalMonthDayNano, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    i256,
};

use super::append::append;
use super::civil::{self, Ticks};
use super::number;
use super::quoted;
use crate::error::{Cause, Error};

/// One column of a batch.
pub(super) struct Column<'a> {
    nulls: Option<&'a NullBuffer>,
    pub(super) values: Values<'a>,
}

/// The values of a column, by how they are written.
pub(super) enum Values<'a> {
    Null,
    Text(Text<'a>),
    /// Numbers and booleans: the same text in every format.
    Bare(Bare<'a>),
    Float(Float<'a>),
    /// Text without a character that needs care in JSON; JSON puts it in quotes.
    Plain(Plain<'a>),
    Nested(Nested<'a>),
    Dictionary(Vec<usize>, Box<Column<'a>>),
}

pub(super) enum Text<'a> {
    /// The views beside their array: short texts are read from the view alone.
    View(&'a StringViewArray, &'a [u128]),
    Offsets32(&'a [i32], &'a [u8]),
    Offsets64(&'a [i64], &'a [u8]),
}

pub(super) enum Bare<'a> {
    Boolean(&'a BooleanArray),
    Int8(&'a [i8]),
    Int16(&'a [i16]),
    Int32(&'a [i32]),
    Int64(&'a [i64]),
    UInt8(&'a [u8]),
    UInt16(&'a [u16]),
    UInt32(&'a [u32]),
    UInt64(&'a [u64]),
    Decimal32(&'a [i32], i8),
    Decimal64(&'a [i64], i8),
    Decimal128(&'a [i128], i8),
    Decimal256(&'a [i256], i8),
}

pub(super) enum Float<'a> {
    Half(&'a Float16Array),
    Single(&'a [f32]),
    Double(&'a [f64]),
}

pub(super) enum Plain<'a> {
    Date32(&'a [i32]),
    Date64(&'a [i64]),
    Timestamp(&'a [i64], Ticks, bool),
    Time32(&'a [i32], Ticks),
    Time64(&'a [i64], Ticks),
    Duration(&'a [i64], Ticks),
    Months(&'a [i32]),
    DayTime(&'a [IntervalDayTime]),
    MonthDayNano(&'a [IntervalMonthDayNano]),
    BinaryView(&'a BinaryViewArray),
    Binary32(&'a GenericBinaryArray<i32>),
    Binary64(&'a GenericBinaryArray<i64>),
    BinaryFixed(&'a FixedSizeBinaryArray),
}

pub(super) enum Nested<'a> {
    List32(&'a [i32], Box<Column<'a>>),
    List64(&'a [i64], Box<Column<'a>>),
    ListFixed(usize, Box<Column<'a>>),
    /// Fields with `"name":` ready.
    Struct(Vec<(Vec<u8>, Column<'a>)>),
    Map(&'a [i32], Box<Column<'a>>, Box<Column<'a>>),
}

/// Refuses types that have no text form, wherever they are nested.
pub(super) fn check(data_type: &DataType, column: &str, format: &'static str) -> Result<(), Error> {
    match data_type {
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            check(item.data_type(), column, format)
        }
        DataType::Struct(fields) => {
            for (i, field) in fields.iter().enumerate() {
                if fields[..i].iter().any(|other| other.name() == field.name()) {
                    return Err(Cause::DuplicateColumn(format!("{column}.{}", field.name())).into());
                }
                check(field.data_type(), column, format)?;
            }
            Ok(())
        }
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) if fields.len() == 2 && !fields[0].data_type().is_nested() => {
                check(fields[0].data_type(), column, format)?;
                check(fields[1].data_type(), column, format)
            }
            _ => Err(no_form(data_type, column, format)),
        },
        DataType::Dictionary(_, values) => check(values, column, format),
        DataType::Union(..)
        | DataType::RunEndEncoded(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => Err(no_form(data_type, column, format)),
        _ => Ok(()),
    }
}

fn no_form(data_type: &DataType, column: &str, format: &'static str) -> Error {
    Cause::Type {
        column: column.to_owned(),
        data_type: data_type.to_string(),
        format,
    }
    .into()
}

impl<'a> Column<'a> {
    /// Resolves an array whose type [`check`] has passed.
    pub(super) fn new(array: &'a dyn Array) -> Result<Self, Error> {
        Ok(Self {
            nulls: array.nulls().filter(|nulls| nulls.null_count() > 0),
            values: Values::new(array)?,
        })
    }

    #[inline(always)]
    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.is_some_and(|nulls| nulls.is_null(row))
    }

    /// The text of a row as UTF-8; `None` where it is missing, and in columns of other types.
    pub(super) fn text(&self, row: usize) -> Option<&[u8]> {
        match &self.values {
            _ if self.is_null(row) => None,
            Values::Text(text) => Some(text.bytes(row)),
            Values::Dictionary(keys, values) => values.text(keys[row]),
            _ => None,
        }
    }
}

impl<'a> Values<'a> {
    fn new(array: &'a dyn Array) -> Result<Self, Error> {
        macro_rules! values {
            ($type:ty) => {
                array.as_primitive::<$type>().values().as_ref()
            };
        }
        let child = |array: &'a dyn Array| Column::new(array).map(Box::new);
        let values = match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Utf8View => {
                let array = array.as_string_view();
                Self::Text(Text::View(array, array.views()))
            }
            DataType::Utf8 => {
                let array = array.as_string::<i32>();
                Self::Text(Text::Offsets32(array.value_offsets(), array.value_data()))
            }
            DataType::LargeUtf8 => {
                let array = array.as_string::<i64>();
                Self::Text(Text::Offsets64(array.value_offsets(), array.value_data()))
            }
            DataType::Boolean => Self::Bare(Bare::Boolean(array.as_boolean())),
            DataType::Int8 => Self::Bare(Bare::Int8(values!(Int8Type))),
            DataType::Int16 => Self::Bare(Bare::Int16(values!(Int16Type))),
            DataType::Int32 => Self::Bare(Bare::Int32(values!(Int32Type))),
            DataType::Int64 => Self::Bare(Bare::Int64(values!(Int64Type))),
            DataType::UInt8 => Self::Bare(Bare::UInt8(values!(UInt8Type))),
            DataType::UInt16 => Self::Bare(Bare::UInt16(values!(UInt16Type))),
            DataType::UInt32 => Self::Bare(Bare::UInt32(values!(UInt32Type))),
            DataType::UInt64 => Self::Bare(Bare::UInt64(values!(UInt64Type))),
            DataType::Decimal32(_, scale) => {
                Self::Bare(Bare::Decimal32(values!(Decimal32Type), *scale))
            }
            DataType::Decimal64(_, scale) => {
                Self::Bare(Bare::Decimal64(values!(Decimal64Type), *scale))
            }
            DataType::Decimal128(_, scale) => {
                Self::Bare(Bare::Decimal128(values!(Decimal128Type), *scale))
            }
            DataType::Decimal256(_, scale) => {
                Self::Bare(Bare::Decimal256(values!(Decimal256Type), *scale))
            }
            DataType::Float16 => Self::Float(Float::Half(array.as_primitive())),
            DataType::Float32 => Self::Float(Float::Single(values!(Float32Type))),
            DataType::Float64 => Self::Float(Float::Double(values!(Float64Type))),
            DataType::Date32 => Self::Plain(Plain::Date32(values!(Date32Type))),
            DataType::Date64 => Self::Plain(Plain::Date64(values!(Date64Type))),
            DataType::Timestamp(unit, zone) => {
                let values = match unit {
                    TimeUnit::Second => values!(TimestampSecondType),
                    TimeUnit::Millisecond => values!(TimestampMillisecondType),
                    TimeUnit::Microsecond => values!(TimestampMicrosecondType),
                    TimeUnit::Nanosecond => values!(TimestampNanosecondType),
                };
                Self::Plain(Plain::Timestamp(values, ticks(*unit), zone.is_some()))
            }
            DataType::Time32(TimeUnit::Second) => {
                Self::Plain(Plain::Time32(values!(Time32SecondType), Ticks::Second))
            }
            DataType::Time32(_) => {
                Self::Plain(Plain::Time32(values!(Time32MillisecondType), Ticks::Milli))
            }
            DataType::Time64(TimeUnit::Microsecond) => {
                Self::Plain(Plain::Time64(values!(Time64MicrosecondType), Ticks::Micro))
            }
            DataType::Time64(_) => {
                Self::Plain(Plain::Time64(values!(Time64NanosecondType), Ticks::Nano))
            }
            DataType::Duration(unit) => {
                let values = match unit {
                    TimeUnit::Second => values!(DurationSecondType),
                    TimeUnit::Millisecond => values!(DurationMillisecondType),
                    TimeUnit::Microsecond => values!(DurationMicrosecondType),
                    TimeUnit::Nanosecond => values!(DurationNanosecondType),
                };
                Self::Plain(Plain::Duration(values, ticks(*unit)))
            }
            DataType::Interval(IntervalUnit::YearMonth) => {
                Self::Plain(Plain::Months(values!(IntervalYearMonthType)))
            }
            DataType::Interval(IntervalUnit::DayTime) => {
                Self::Plain(Plain::DayTime(values!(IntervalDayTimeType)))
            }
            DataType::Interval(IntervalUnit::MonthDayNano) => {
                Self::Plain(Plain::MonthDayNano(values!(IntervalMonthDayNanoType)))
            }
            DataType::BinaryView => Self::Plain(Plain::BinaryView(array.as_binary_view())),
            DataType::Binary => Self::Plain(Plain::Binary32(array.as_binary())),
            DataType::LargeBinary => Self::Plain(Plain::Binary64(array.as_binary())),
            DataType::FixedSizeBinary(_) => {
                Self::Plain(Plain::BinaryFixed(array.as_fixed_size_binary()))
            }
            DataType::List(_) => {
                let list = array.as_list::<i32>();
                Self::Nested(Nested::List32(list.value_offsets(), child(list.values())?))
            }
            DataType::LargeList(_) => {
                let list = array.as_list::<i64>();
                Self::Nested(Nested::List64(list.value_offsets(), child(list.values())?))
            }
            DataType::FixedSizeList(_, width) => {
                let list = array.as_fixed_size_list();
                let width = usize::try_from(*width).unwrap_or_default();
                Self::Nested(Nested::ListFixed(width, child(list.values())?))
            }
            DataType::Struct(fields) => {
                let arrays = array.as_struct().columns();
                let fields = fields.iter().zip(arrays).map(|(field, array)| {
                    let mut key = Vec::new();
                    quoted::string(field.name().as_bytes(), &mut key);
                    key.push(b':');
                    Ok((key, Column::new(array)?))
                });
                Self::Nested(Nested::Struct(fields.collect::<Result<_, Error>>()?))
            }
            DataType::Map(..) => {
                let map = array.as_map();
                let (keys, values) = (child(map.keys())?, child(map.values())?);
                Self::Nested(Nested::Map(map.value_offsets(), keys, values))
            }
            DataType::Dictionary(..) => {
                let dictionary = array.as_any_dictionary();
                match dictionary.values().len() {
                    0 => Self::Null,
                    _ => Self::Dictionary(
                        dictionary.normalized_keys(),
                        child(dictionary.values().as_ref())?,
                    ),
                }
            }
            other => return Err(no_form(other, "?", "text")),
        };
        Ok(values)
    }
}

fn ticks(unit: TimeUnit) -> Ticks {
    match unit {
        TimeUnit::Second => Ticks::Second,
        TimeUnit::Millisecond => Ticks::Milli,
        TimeUnit::Microsecond => Ticks::Micro,
        TimeUnit::Nanosecond => Ticks::Nano,
    }
}

impl Text<'_> {
    /// The text of a row as UTF-8.
    #[inline(always)]
    pub(super) fn bytes(&self, row: usize) -> &[u8] {
        match self {
            Self::View(array, _) => array.value(row).as_bytes(),
            Self::Offsets32(offsets, bytes) => {
                &bytes[offsets[row] as usize..offsets[row + 1] as usize]
            }
            Self::Offsets64(offsets, bytes) => {
                &bytes[offsets[row] as usize..offsets[row + 1] as usize]
            }
        }
    }
}

impl Bare<'_> {
    #[inline(always)]
    pub(super) fn write(&self, row: usize, out: &mut Vec<u8>) {
        let mut buffer = itoa::Buffer::new();
        let text = match self {
            Self::Boolean(values) => match values.value(row) {
                true => "true",
                false => "false",
            },
            Self::Int8(values) => buffer.format(values[row]),
            Self::Int16(values) => buffer.format(values[row]),
            Self::Int32(values) => buffer.format(values[row]),
            Self::Int64(values) => buffer.format(values[row]),
            Self::UInt8(values) => buffer.format(values[row]),
            Self::UInt16(values) => buffer.format(values[row]),
            Self::UInt32(values) => buffer.format(values[row]),
            Self::UInt64(values) => buffer.format(values[row]),
            Self::Decimal32(values, scale) => {
                return number::decimal128(values[row].into(), *scale, out);
            }
            Self::Decimal64(values, scale) => {
                return number::decimal128(values[row].into(), *scale, out);
            }
            Self::Decimal128(values, scale) => {
                return number::decimal128(values[row], *scale, out);
            }
            Self::Decimal256(values, scale) => {
                return number::decimal256(values[row].to_le_bytes(), *scale, out);
            }
        };
        append(out, text.as_bytes());
    }
}

impl Float<'_> {
    /// The shortest text that reads back as the same value of the same width; `NaN`, `inf`, `-inf`.
    #[inline(always)]
    pub(super) fn write(&self, row: usize, out: &mut Vec<u8>) {
        let mut buffer = zmij::Buffer::new();
        let text = match self {
            Self::Half(values) => buffer.format(values.value(row).to_f32()),
            Self::Single(values) => buffer.format(values[row]),
            Self::Double(values) => buffer.format(values[row]),
        };
        append(out, text.as_bytes());
    }

    #[inline(always)]
    pub(super) fn is_finite(&self, row: usize) -> bool {
        match self {
            Self::Half(values) => values.value(row).is_finite(),
            Self::Single(values) => values[row].is_finite(),
            Self::Double(values) => values[row].is_finite(),
        }
    }
}

impl Plain<'_> {
    #[inline(always)]
    pub(super) fn write(&self, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::Date32(values) => civil::date(values[row].into(), out),
            Self::Date64(values) => civil::date_of_millis(values[row], out),
            Self::Timestamp(values, ticks, utc) => {
                civil::timestamp(values[row], *ticks, *utc, out);
            }
            Self::Time32(values, ticks) => civil::time(values[row].into(), *ticks, out),
            Self::Time64(values, ticks) => civil::time(values[row], *ticks, out),
            Self::Duration(values, ticks) => civil::duration(values[row], *ticks, out),
            Self::Months(values) => civil::interval(values[row], 0, 0, out),
            Self::DayTime(values) => {
                let value = values[row];
                let nanos = i64::from(value.milliseconds) * 1_000_000;
                civil::interval(0, value.days, nanos, out);
            }
            Self::MonthDayNano(values) => {
                let value = values[row];
                civil::interval(value.months, value.days, value.nanoseconds, out);
            }
            Self::BinaryView(values) => hexadecimal(values.value(row), out),
            Self::Binary32(values) => hexadecimal(values.value(row), out),
            Self::Binary64(values) => hexadecimal(values.value(row), out),
            Self::BinaryFixed(values) => hexadecimal(values.value(row), out),
        }
    }
}

fn hexadecimal(bytes: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.reserve(2 * bytes.len());
    for byte in bytes {
        out.push(DIGITS[usize::from(byte >> 4)]);
        out.push(DIGITS[usize::from(byte & 15)]);
    }
}
