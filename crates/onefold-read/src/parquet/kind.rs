//! What a stored value means: the physical types of Parquet and their annotations.

use arrow::datatypes::{DataType, TimeUnit};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit as StoredUnit, Type as Physical};
use parquet::schema::types::Type;

use crate::found::Natural;

/// Parts of a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Second,
    Milli,
    Micro,
    Nano,
}

impl Unit {
    pub(crate) fn per_second(self) -> i64 {
        match self {
            Unit::Second => 1,
            Unit::Milli => 1_000,
            Unit::Micro => 1_000_000,
            Unit::Nano => 1_000_000_000,
        }
    }

    pub(crate) fn sign(self) -> &'static str {
        match self {
            Unit::Second => "s",
            Unit::Milli => "ms",
            Unit::Micro => "us",
            Unit::Nano => "ns",
        }
    }
}

/// What the values of a leaf are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    Integer,
    /// The bits of a signed number are those of one without a sign.
    Unsigned,
    Float16,
    Float,
    Decimal {
        precision: i32,
        scale: i32,
    },
    /// Days since 1970-01-01.
    Date,
    /// Milliseconds since 1970-01-01, whole days.
    DateMillis,
    /// Time of day.
    Time(Unit),
    /// Since 1970-01-01T00:00:00; without `utc`, of no zone.
    Timestamp {
        unit: Unit,
        utc: bool,
    },
    /// Nanoseconds of a day and its Julian number, in 12 bytes; of no zone.
    Int96,
    Duration(Unit),
    /// Months, days and milliseconds.
    Interval,
    Uuid,
    Text,
    Json,
    /// What nothing is said of: often text.
    Bytes,
    /// Bytes that are not text.
    Opaque,
    /// All values are missing.
    Nothing,
}

impl Kind {
    /// The meaning of a primitive type. `hint`: what the writer says of it in the terms of Arrow.
    pub(crate) fn of(leaf: &Type, hint: Option<&DataType>) -> Kind {
        let Type::PrimitiveType {
            basic_info,
            physical_type,
            type_length,
            precision,
            scale,
            ..
        } = leaf
        else {
            return Kind::Nothing;
        };
        let decimal = |precision: i32, scale: i32| match physical_type {
            Physical::INT32
            | Physical::INT64
            | Physical::BYTE_ARRAY
            | Physical::FIXED_LEN_BYTE_ARRAY => Some(Kind::Decimal { precision, scale }),
            _ => None,
        };
        let annotated = match basic_info.logical_type_ref() {
            Some(LogicalType::Unknown) => Some(Kind::Nothing),
            Some(LogicalType::String | LogicalType::Enum) => Some(Kind::Text),
            Some(LogicalType::Json) => Some(Kind::Json),
            Some(
                LogicalType::Bson | LogicalType::Geometry { .. } | LogicalType::Geography { .. },
            ) => Some(Kind::Opaque),
            Some(LogicalType::Uuid) => Some(Kind::Uuid),
            Some(LogicalType::Float16) => Some(Kind::Float16),
            Some(LogicalType::Decimal(of)) => decimal(of.precision, of.scale),
            Some(LogicalType::Date) => Some(Kind::Date),
            Some(LogicalType::Time(of)) => Some(Kind::Time(unit(&of.unit))),
            Some(LogicalType::Timestamp(of)) => Some(Kind::Timestamp {
                unit: unit(&of.unit),
                utc: of.is_adjusted_to_u_t_c,
            }),
            Some(LogicalType::Integer(of)) if of.is_signed => Some(Kind::Integer),
            Some(LogicalType::Integer(_)) => Some(Kind::Unsigned),
            _ => match basic_info.converted_type() {
                ConvertedType::UTF8 | ConvertedType::ENUM => Some(Kind::Text),
                ConvertedType::JSON => Some(Kind::Json),
                ConvertedType::BSON => Some(Kind::Opaque),
                ConvertedType::DECIMAL => decimal(*precision, *scale),
                ConvertedType::DATE => Some(Kind::Date),
                ConvertedType::TIME_MILLIS => Some(Kind::Time(Unit::Milli)),
                ConvertedType::TIME_MICROS => Some(Kind::Time(Unit::Micro)),
                ConvertedType::TIMESTAMP_MILLIS => Some(Kind::Timestamp {
                    unit: Unit::Milli,
                    utc: true,
                }),
                ConvertedType::TIMESTAMP_MICROS => Some(Kind::Timestamp {
                    unit: Unit::Micro,
                    utc: true,
                }),
                ConvertedType::UINT_8
                | ConvertedType::UINT_16
                | ConvertedType::UINT_32
                | ConvertedType::UINT_64 => Some(Kind::Unsigned),
                ConvertedType::INTERVAL => Some(Kind::Interval),
                _ => None,
            },
        };
        annotated
            .filter(|kind| kind.fits(*physical_type, *type_length))
            .unwrap_or_else(|| plain(*physical_type, hint))
    }

    /// Whether values of a physical type can be of this kind: an annotation that does not fit says nothing.
    fn fits(self, physical: Physical, length: i32) -> bool {
        match self {
            Kind::Integer | Kind::Unsigned | Kind::Time(_) => {
                matches!(physical, Physical::INT32 | Physical::INT64)
            }
            Kind::Date => physical == Physical::INT32,
            Kind::Timestamp { .. } => physical == Physical::INT64,
            Kind::Text | Kind::Json => physical == Physical::BYTE_ARRAY,
            Kind::Uuid => physical == Physical::FIXED_LEN_BYTE_ARRAY && length == 16,
            Kind::Float16 => physical == Physical::FIXED_LEN_BYTE_ARRAY && length == 2,
            Kind::Interval => physical == Physical::FIXED_LEN_BYTE_ARRAY && length == 12,
            Kind::Opaque => matches!(
                physical,
                Physical::BYTE_ARRAY | Physical::FIXED_LEN_BYTE_ARRAY
            ),
            _ => true,
        }
    }

    /// Whether JSON writes these values without quotes.
    pub(crate) fn is_bare_in_json(self) -> bool {
        matches!(
            self,
            Kind::Boolean | Kind::Integer | Kind::Unsigned | Kind::Decimal { .. }
        )
    }
}

fn unit(stored: &StoredUnit) -> Unit {
    match stored {
        StoredUnit::MILLIS => Unit::Milli,
        StoredUnit::MICROS => Unit::Micro,
        StoredUnit::NANOS => Unit::Nano,
    }
}

/// The kind of values that nothing annotates. Some types of Arrow have no annotation of Parquet; their writer's hint says what they are.
fn plain(physical: Physical, hint: Option<&DataType>) -> Kind {
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Second => Unit::Second,
        TimeUnit::Millisecond => Unit::Milli,
        TimeUnit::Microsecond => Unit::Micro,
        TimeUnit::Nanosecond => Unit::Nano,
    };
    let hint = match hint {
        Some(DataType::Dictionary(_, values)) => Some(&**values),
        other => other,
    };
    match (physical, hint) {
        (Physical::INT64, Some(DataType::Timestamp(of, zone))) => Kind::Timestamp {
            unit: unit(of),
            utc: zone.is_some(),
        },
        (Physical::INT32, Some(DataType::Time32(of)))
        | (Physical::INT64, Some(DataType::Time64(of))) => Kind::Time(unit(of)),
        (Physical::INT64, Some(DataType::Duration(of))) => Kind::Duration(unit(of)),
        (Physical::INT64, Some(DataType::Date64)) => Kind::DateMillis,
        (Physical::BYTE_ARRAY, Some(DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)) => {
            Kind::Text
        }
        (Physical::BOOLEAN, _) => Kind::Boolean,
        (Physical::INT32 | Physical::INT64, _) => Kind::Integer,
        (Physical::INT96, _) => Kind::Int96,
        (Physical::FLOAT | Physical::DOUBLE, _) => Kind::Float,
        (Physical::BYTE_ARRAY, _) => Kind::Bytes,
        (Physical::FIXED_LEN_BYTE_ARRAY, _) => Kind::Opaque,
    }
}

impl Natural {
    pub(crate) fn of(kind: Kind, physical: Physical) -> Natural {
        let wide = physical == Physical::INT64;
        match kind {
            Kind::Boolean => Natural::Boolean,
            Kind::Integer => Natural::Integer { wide },
            Kind::Unsigned if wide => Natural::Decimal(20, 0),
            Kind::Unsigned => Natural::Integer { wide: false },
            Kind::Float | Kind::Float16 => Natural::Float,
            Kind::Decimal { precision, scale } => Natural::decimal(precision - scale, scale),
            Kind::Date | Kind::DateMillis => Natural::Date,
            Kind::Timestamp { .. } | Kind::Int96 => Natural::Timestamp,
            Kind::Nothing => Natural::Nothing,
            _ => Natural::Text,
        }
    }
}
