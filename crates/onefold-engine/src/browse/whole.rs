//! Values that are whole numbers underneath: they are sorted and counted several times as fast as such.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type, TimeUnit};

use crate::error::Error;

/// Digits that 64 bits hold, whatever they are.
const DIGITS: u8 = 18;

/// Whether the values of a type are whole numbers of 64 bits underneath.
pub(super) fn is_whole(data_type: &DataType) -> bool {
    match data_type {
        DataType::Date32 | DataType::Timestamp(..) => true,
        DataType::Decimal128(digits, _) => *digits <= DIGITS,
        DataType::UInt64 => false,
        other => other.is_integer(),
    }
}

/// The whole numbers of values whose type [is whole](is_whole), in the same order.
pub(super) fn whole(values: &ArrayRef) -> Result<ArrayRef, Error> {
    match values.data_type() {
        DataType::Decimal128(..) => {
            let values = values.as_primitive::<Decimal128Type>();
            // A file could claim fewer digits than its values have: nothing is sorted or counted as another value then.
            let narrow = |value: i128| i64::try_from(value).map_err(Error::internal);
            let values = values.try_unary::<_, Int64Type, Error>(narrow)?;
            Ok(Arc::new(values))
        }
        _ => Ok(cast(values, &DataType::Int64)?),
    }
}

/// Dates and times as microseconds since 1970.
pub(super) fn micros(times: &ArrayRef) -> Result<Int64Array, Error> {
    let zone = match times.data_type() {
        DataType::Timestamp(_, zone) => zone.clone(),
        _ => None,
    };
    let micros = cast(times, &DataType::Timestamp(TimeUnit::Microsecond, zone))?;
    let micros = cast(&micros, &DataType::Int64)?;
    Ok(micros.as_primitive::<Int64Type>().clone())
}

/// The values of a type that [is whole](is_whole), from their whole numbers.
pub(super) fn typed(numbers: Int64Array, data_type: &DataType) -> Result<ArrayRef, Error> {
    match data_type {
        DataType::Decimal128(digits, scale) => {
            let values = numbers.unary::<_, Decimal128Type>(i128::from);
            Ok(Arc::new(values.with_precision_and_scale(*digits, *scale)?))
        }
        DataType::Date32 => Ok(cast(&cast(&numbers, &DataType::Int32)?, data_type)?),
        _ => Ok(cast(&numbers, data_type)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, Date32Array, Decimal128Array, TimestampMillisecondArray};

    #[test]
    fn there_and_back() {
        let decimals = Decimal128Array::from(vec![Some(-105), None, Some(7)]);
        let decimals = decimals.with_precision_and_scale(12, 2).expect("a type");
        let times = TimestampMillisecondArray::from(vec![Some(1), None]).with_timezone("UTC");
        let columns: [ArrayRef; 4] = [
            Arc::new(decimals),
            Arc::new(times),
            Arc::new(Date32Array::from(vec![Some(20_000), None])),
            Arc::new(arrow::array::UInt32Array::from(vec![Some(u32::MAX), None])),
        ];
        for column in columns {
            assert!(is_whole(column.data_type()), "{}", column.data_type());
            let numbers = whole(&column).expect("numbers");
            let numbers = numbers.as_primitive::<Int64Type>().clone();
            let back = typed(numbers, column.data_type()).expect("values");
            assert_eq!(&back, &column);
        }
        for other in [
            DataType::UInt64,
            DataType::Float64,
            DataType::Decimal128(19, 0),
            DataType::Utf8,
            DataType::Time64(TimeUnit::Microsecond),
        ] {
            assert!(!is_whole(&other), "{other}");
        }
    }
}
