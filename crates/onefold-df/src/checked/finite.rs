//! Functions whose answer is a float: infinity and "not a number" are no answers.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, FieldRef, Float16Type, Float32Type, Float64Type, TimeUnit, TimestampNanosecondType,
};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature,
};

use super::failure::first_failure;

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
        let arguments = args.args.clone();
        let found = self.inner.invoke_with_args(args)?;
        let Some(row) = first_infinite(&found) else {
            return Ok(found);
        };
        let shown = arguments.iter().map(|argument| match argument {
            ColumnarValue::Scalar(value) => value.to_string(),
            ColumnarValue::Array(array) => {
                arrow::util::display::array_value_to_string(array, row).unwrap_or_default()
            }
        });
        let shown: Vec<String> = shown.collect();
        Err(DataFusionError::Execution(format!(
            "{}({}) is not a finite value",
            self.name(),
            shown.join(", ")
        )))
    }
}

/// Whether all floats and times that are there are finite; of other types always.
pub(crate) fn all_finite(array: &ArrayRef) -> bool {
    // Nulls may have anything under them, and are looked at only where the whole buffer is not finite.
    macro_rules! of {
        ($t:ty) => {{
            let values = array.as_primitive::<$t>();
            let whole = values
                .values()
                .iter()
                .fold(true, |all, v| all & v.is_finite());
            whole || values.iter().flatten().all(|v| v.is_finite())
        }};
    }
    match array.data_type() {
        // What `to_timestamp` makes of seconds beyond all time stamps.
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            let times = array
                .as_primitive::<TimestampNanosecondType>()
                .iter()
                .flatten();
            times
                .into_iter()
                .all(|time| time != i64::MAX && time != i64::MIN)
        }
        DataType::Float16 => of!(Float16Type),
        DataType::Float32 => of!(Float32Type),
        DataType::Float64 => of!(Float64Type),
        _ => true,
    }
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

fn first_infinite(found: &ColumnarValue) -> Option<usize> {
    match found {
        ColumnarValue::Scalar(value) => (!is_finite(value)).then_some(0),
        ColumnarValue::Array(array) if all_finite(array) => None,
        ColumnarValue::Array(array) => Some(first_failure(array.len(), |start, rows| {
            !all_finite(&array.slice(start, rows))
        })),
    }
}
