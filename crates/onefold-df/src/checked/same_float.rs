//! An integer or a decimal among floats: the float that is the same number, or none. Beyond 2^53 most integers have no float of their own,
//! and two decimals of more than fifteen digits may share one.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, Float64Array, PrimitiveArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Int64Type, UInt64Type};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::failure::{ByRow, Evaluated, Wording, first, plain};

/// Digits that every float keeps apart.
const DIGITS: u8 = 15;

/// A number as the float that is the same number.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct SameFloat {
    signature: Signature,
    /// Whether a column of it is called as the value is.
    keeps_name: bool,
}

impl SameFloat {
    /// Of an expression whose type [needs](Self::is_needed) it.
    pub(super) fn of(value: Expr) -> Expr {
        static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| SameFloat::function(true));
        FUNCTION.call(vec![value])
    }

    /// The same where the value stands beside it, as what tables are joined on does.
    pub(super) fn beside(value: Expr) -> Expr {
        static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| SameFloat::function(false));
        FUNCTION.call(vec![value])
    }

    fn function(keeps_name: bool) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::from(Self {
            signature: Signature::any(1, Volatility::Immutable),
            keeps_name,
        }))
    }

    /// Whether numbers of a type are no floats yet, or may have none of their own.
    pub(super) fn is_needed(numbers: &DataType) -> bool {
        matches!(
            numbers,
            DataType::Int64 | DataType::UInt64 | DataType::Decimal128(..)
        )
    }
}

impl ScalarUDFImpl for SameFloat {
    fn name(&self) -> &str {
        "same_float"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// As a cast's: columns without a name of their own keep theirs.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        match args {
            [value] if self.keeps_name => Ok(value.schema_name().to_string()),
            [value] => Ok(format!("{}({})", self.name(), value.schema_name())),
            _ => exec_err!("a number has one value"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let made = self.by_row(args, Wording(&plain))?;
        Ok(ColumnarValue::Array(first(made)?))
    }
}

impl ByRow for SameFloat {
    fn by_row(&self, args: ScalarFunctionArgs, wording: Wording<'_>) -> Result<Evaluated> {
        let [value] = args.args.as_slice() else {
            return exec_err!("a number has one value");
        };
        let values = value.to_array(args.number_rows)?;
        match values.data_type() {
            DataType::Int64 => {
                let float = |value: i64| Some(value as f64).filter(|f| *f as i128 == value.into());
                floats::<Int64Type>(&values, float, wording)
            }
            DataType::UInt64 => {
                let float = |value: u64| Some(value as f64).filter(|f| *f as i128 == value.into());
                floats::<UInt64Type>(&values, float, wording)
            }
            DataType::Decimal128(_, scale) => {
                let scale = i32::from(*scale);
                floats::<Decimal128Type>(&values, |value| of_decimal(value, scale), wording)
            }
            // Smaller integers have a float each, and floats are floats.
            other if other.is_numeric() => {
                let floats = cast(&values, &DataType::Float64)?;
                Ok(Evaluated::without_failure(floats))
            }
            other => exec_err!("{other} is not a type of numbers"),
        }
    }
}

/// The float nearest to a decimal of at most fifteen digits, or to one that is an integer with a float of its own.
fn of_decimal(mut digits: i128, mut scale: i32) -> Option<f64> {
    const MOST: u128 = 10_u128.pow(DIGITS as u32);
    const WHOLE: u128 = 1 << f64::MANTISSA_DIGITS;
    if scale == 0 && digits.unsigned_abs() <= WHOLE {
        return Some(digits as f64);
    }
    while digits.unsigned_abs() >= MOST && digits % 10 == 0 {
        digits /= 10;
        scale -= 1;
    }
    if digits.unsigned_abs() >= MOST {
        return None;
    }
    // The digits are a float, and so are powers of ten up to 22; one operation on both is rounded once.
    match scale {
        0..=22 => Some(digits as f64 / 10_f64.powi(scale)),
        -22..=-1 => Some(digits as f64 * 10_f64.powi(-scale)),
        _ => format!("{digits}e{}", -scale).parse().ok(),
    }
}

fn floats<T: ArrowPrimitiveType>(
    values: &ArrayRef,
    float: impl Fn(T::Native) -> Option<f64>,
    wording: Wording<'_>,
) -> Result<Evaluated> {
    let numbers: &PrimitiveArray<T> = values.as_primitive::<T>();
    let found = numbers.iter().map(|value| value.and_then(&float));
    let floats: Float64Array = found.collect();
    if floats.null_count() == numbers.null_count() {
        return Ok(Evaluated::without_failure(Arc::new(floats)));
    }
    let said = wording.of_any(|value| {
        let message = format!("`{value}` is used as a float, which cannot hold all of its digits");
        DataFusionError::Execution(message)
    });
    let shown = ArrayFormatter::try_new(values, &FormatOptions::default())?;
    let lost = (0..numbers.len()).filter(|row| floats.is_null(*row) && numbers.is_valid(*row));
    let failed = lost.map(|row| (row as u32, said.value(&shown.value(row).to_string())));
    Ok(Evaluated {
        failed: failed.collect(),
        values: Arc::new(floats),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_the_float_that_their_text_has() {
        for (digits, scale) in [
            (0, 2),
            (1_010, 2),
            (-123_456_789_012_345, 7),
            (999_999_999_999_999, 15),
            (5, 38),
            (1_000_000_000_000_000_000_000, 2),
            (7_000_000_000_000_000_000, -4),
        ] {
            let text: f64 = format!("{digits}e{}", -scale).parse().expect("a float");
            assert_eq!(of_decimal(digits, scale), Some(text), "{digits}e-{scale}");
        }
        assert_eq!(of_decimal(1_234_567_890_123_456_789, 2), None);
        assert_eq!(
            of_decimal(1_234_567_890_123_456, 0),
            Some(1_234_567_890_123_456.0)
        );
        assert_eq!(of_decimal(12_345_678_901_234_567, 0), None);
    }
}
