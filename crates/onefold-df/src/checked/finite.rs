//! Functions whose answer is a float: infinity and "not a number" are no answers.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::nullif;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, FieldRef, Float16Type, Float32Type, Float64Type, TimeUnit,
    TimestampNanosecondType,
};
use arrow::util::display::array_value_to_string;
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature,
};

use super::failure::{ByRow, Evaluated, Wording, first, lost, plain};

/// Functions of DataFusion whose answer can be infinite or not a number though their arguments are.
pub(super) const NAMES: &[&str] = &[
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "cot",
    "degrees",
    "exp",
    "floor",
    "ln",
    "log",
    "log10",
    "log2",
    "power",
    "radians",
    "round",
    "signum",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "to_timestamp",
    "trunc",
];

/// A function that fails instead of answering with infinity or "not a number".
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Finite {
    inner: Arc<ScalarUDF>,
}

impl Finite {
    pub(super) fn function(inner: Arc<ScalarUDF>) -> ScalarUDF {
        ScalarUDF::from(Finite { inner })
    }
}

impl ScalarUDFImpl for Finite {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.inner.schema_name(args)
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn is_strict(&self) -> bool {
        self.inner.is_strict()
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let found = self.inner.invoke_with_args(args.clone())?;
        let is_finite = match &found {
            ColumnarValue::Scalar(value) => is_finite(value),
            ColumnarValue::Array(array) => all_finite(array),
        };
        match is_finite {
            true => Ok(found),
            false => Ok(ColumnarValue::Array(first(self.finite(
                &args.args,
                &found,
                Wording(&plain),
            )?)?)),
        }
    }
}

impl Finite {
    /// What was found, without what is not finite.
    fn finite(
        &self,
        arguments: &[ColumnarValue],
        found: &ColumnarValue,
        wording: Wording<'_>,
    ) -> Result<Evaluated> {
        let rows = match found {
            ColumnarValue::Scalar(_) => 1,
            ColumnarValue::Array(array) => array.len(),
        };
        let found = found.to_array(rows)?;
        let finite = finite_only(&found)?;
        let name = self.name();
        let said = wording.of_any(|shown| {
            DataFusionError::Execution(format!("{name}({shown}) is not a finite value"))
        });
        let failed = lost(found.logical_nulls().as_ref(), &finite).into_iter();
        let failed = failed.map(|row| {
            let shown = arguments.iter().map(|argument| match argument {
                ColumnarValue::Scalar(value) => value.to_string(),
                ColumnarValue::Array(array) => {
                    array_value_to_string(array, row as usize).unwrap_or_default()
                }
            });
            let shown: Vec<String> = shown.collect();
            (row, said.value(&shown.join(", ")))
        });
        Ok(Evaluated {
            failed: failed.collect(),
            values: finite,
        })
    }
}

impl ByRow for Finite {
    fn by_row(&self, args: ScalarFunctionArgs, wording: Wording<'_>) -> Result<Evaluated> {
        let found = self.inner.invoke_with_args(args.clone())?;
        let found = ColumnarValue::Array(found.into_array(args.number_rows)?);
        self.finite(&args.args, &found, wording)
    }
}

/// `$what` with the type and the array of floats or times, whose values may be infinite; `$other` for other types.
macro_rules! unbounded {
    ($array:expr, $what:ident, $other:expr) => {
        match $array.data_type() {
            // What `to_timestamp` makes of seconds beyond all time stamps.
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                $what!(TimestampNanosecondType, |time: i64| time != i64::MAX
                    && time != i64::MIN)
            }
            DataType::Float16 => $what!(
                Float16Type,
                |value: <Float16Type as ArrowPrimitiveType>::Native| value.is_finite()
            ),
            DataType::Float32 => $what!(Float32Type, f32::is_finite),
            DataType::Float64 => $what!(Float64Type, f64::is_finite),
            _ => $other,
        }
    };
}

/// Whether all floats and times that are there are finite; of other types always.
pub(crate) fn all_finite(array: &ArrayRef) -> bool {
    // Nulls may have anything under them, and are looked at only where the whole buffer is not finite.
    macro_rules! all {
        ($t:ty, $is_finite:expr) => {{
            let (values, is_finite) = (array.as_primitive::<$t>(), $is_finite);
            let whole = values
                .values()
                .iter()
                .fold(true, |all, v| all & is_finite(*v));
            whole || values.iter().flatten().all(is_finite)
        }};
    }
    unbounded!(array, all, true)
}

/// The values that are finite; the others are missing.
pub(crate) fn finite_only(array: &ArrayRef) -> Result<ArrayRef> {
    macro_rules! only {
        ($t:ty, $is_finite:expr) => {{
            let (values, is_finite) = (array.as_primitive::<$t>(), $is_finite);
            BooleanArray::from_unary(values, |value| !is_finite(value))
        }};
    }
    let infinite = unbounded!(array, only, return Ok(Arc::clone(array)));
    Ok(nullif(array, &infinite)?)
}

/// Whether a value that is there is finite.
pub(crate) fn is_finite(value: &ScalarValue) -> bool {
    match value {
        ScalarValue::Float16(Some(v)) => v.is_finite(),
        ScalarValue::Float32(Some(v)) => v.is_finite(),
        ScalarValue::Float64(Some(v)) => v.is_finite(),
        ScalarValue::TimestampNanosecond(Some(v), _) => *v != i64::MAX && *v != i64::MIN,
        _ => true,
    }
}
