//! `lpad` and `rpad`, whose length is a number of the data: below zero it is none, and beyond all texts it is an error.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature,
};

/// Functions whose second argument is the length of their answer.
pub(super) const NAMES: &[&str] = &["lpad", "rpad"];

/// Longest answer, in characters.
const LONGEST: i64 = 1 << 20;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Padded {
    inner: Arc<ScalarUDF>,
}

impl Padded {
    pub(super) fn function(inner: Arc<ScalarUDF>) -> ScalarUDF {
        ScalarUDF::from(Padded { inner })
    }
}

impl ScalarUDFImpl for Padded {
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

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        if let Some(length) = args.args.get_mut(1) {
            let given = length.data_type();
            let array = match length {
                ColumnarValue::Array(array) => Arc::clone(array),
                ColumnarValue::Scalar(value) => value.to_array()?,
            };
            let bounded = self.bounded(&cast(&array, &DataType::Int64)?)?;
            let bounded = cast(&bounded, &given)?;
            *length = match length {
                ColumnarValue::Array(_) => ColumnarValue::Array(bounded),
                ColumnarValue::Scalar(_) => ColumnarValue::Scalar(
                    datafusion::common::ScalarValue::try_from_array(&bounded, 0)?,
                ),
            };
        }
        args.number_rows = rows;
        self.inner.invoke_with_args(args)
    }
}

impl Padded {
    fn bounded(&self, lengths: &ArrayRef) -> Result<ArrayRef> {
        let lengths = lengths.as_primitive::<Int64Type>();
        if let Some(long) = lengths.iter().flatten().find(|length| *length > LONGEST) {
            return exec_err!(
                "{} makes texts of at most {LONGEST} characters, not {long}",
                self.name()
            );
        }
        let bounded: Int64Array = lengths.unary(|length| length.max(0));
        Ok(Arc::new(bounded))
    }
}
