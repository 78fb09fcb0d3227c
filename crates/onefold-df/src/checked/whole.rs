//! An integer among floats: the float that is the same number, or none. Beyond 2^53 most integers have no float of their own.

use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float64Type, Int64Type, UInt64Type};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::failure::{ByRow, Evaluated, Wording, first, plain};

/// An integer as the float that is the same number.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct WholeFloat {
    signature: Signature,
}

impl WholeFloat {
    /// Of an expression whose type [needs](Self::is_needed) it.
    pub(super) fn of(value: Expr) -> Expr {
        static FUNCTION: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
            Arc::new(ScalarUDF::from(WholeFloat {
                signature: Signature::any(1, Volatility::Immutable),
            }))
        });
        FUNCTION.call(vec![value])
    }

    /// Whether integers of a type may have no float of their own.
    pub(super) fn is_needed(integers: &DataType) -> bool {
        matches!(integers, DataType::Int64 | DataType::UInt64)
    }
}

impl ScalarUDFImpl for WholeFloat {
    fn name(&self) -> &str {
        "whole_float"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// As a cast's: columns without a name of their own keep theirs.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        match args {
            [value] => Ok(value.schema_name().to_string()),
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

impl ByRow for WholeFloat {
    fn by_row(&self, args: ScalarFunctionArgs, wording: Wording<'_>) -> Result<Evaluated> {
        let [value] = args.args.as_slice() else {
            return exec_err!("a number has one value");
        };
        let values = value.to_array(args.number_rows)?;
        match values.data_type() {
            DataType::Int64 => Ok(floats::<Int64Type>(&values, |v| v as f64, wording)),
            DataType::UInt64 => Ok(floats::<UInt64Type>(&values, |v| v as f64, wording)),
            other => exec_err!("{other} is not among the integers that may have no float"),
        }
    }
}

fn floats<T>(values: &ArrayRef, float: fn(T::Native) -> f64, wording: Wording<'_>) -> Evaluated
where
    T: ArrowPrimitiveType,
    T::Native: Into<i128>,
{
    let values = values.as_primitive::<T>();
    let is_same = |value: T::Native| float(value) as i128 == value.into();
    let floats: Float64Array = values.unary::<_, Float64Type>(float);
    let rows = 0..values.len();
    let lost = rows.filter(|row| values.is_valid(*row) && !is_same(values.value(*row)));
    let lost: Vec<usize> = lost.collect();
    if lost.is_empty() {
        return Evaluated::without_failure(Arc::new(floats));
    }
    let said = wording.of_any(|value| {
        let message = format!("`{value}` has more digits than a float, and stands among floats");
        DataFusionError::Execution(message)
    });
    let failed = lost.iter().map(|row| {
        let value: i128 = values.value(*row).into();
        (*row as u32, said.value(&value.to_string()))
    });
    let failed: Vec<(u32, String)> = failed.collect();
    let mut lost = lost.into_iter().peekable();
    let kept = floats.iter().enumerate().map(|(row, value)| {
        let is_lost = lost.next_if_eq(&row).is_some();
        value.filter(|_| !is_lost)
    });
    Evaluated {
        values: Arc::new(kept.collect::<Float64Array>()),
        failed,
    }
}
