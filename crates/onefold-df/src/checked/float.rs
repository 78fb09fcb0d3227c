//! `CAST(... AS DOUBLE)` and the like: a text such as `1e999` or `nan` is no number, and a number may be too large for a narrower float.

use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::array::{Array, ArrayRef};
use arrow::compute::{CastOptions, nullif};
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::failure::first_failure;
use super::finite::all_finite;

/// A cast to a float type as a function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ToFloat {
    to: DataType,
    /// What has no finite value becomes missing.
    is_try: bool,
    signature: Signature,
}

impl ToFloat {
    pub(super) fn function(to: DataType, is_try: bool) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::from(ToFloat {
            to,
            is_try,
            signature: Signature::any(1, Volatility::Immutable),
        }))
    }

    /// Whether a cast may give what is no number.
    pub(super) fn is_needed(from: &DataType, to: &DataType) -> bool {
        let narrower = match (from, to) {
            (DataType::Float64, DataType::Float32 | DataType::Float16) => true,
            (DataType::Float32, DataType::Float16) => true,
            (from, DataType::Float16) => !from.is_floating(),
            (DataType::Decimal256(..), DataType::Float32) => true,
            _ => false,
        };
        to.is_floating() && (narrower || from.is_string())
    }
}

impl ScalarUDFImpl for ToFloat {
    fn name(&self) -> &str {
        match self.is_try {
            true => "try_to_float",
            false => "to_float",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    /// As the cast's: columns without a name of their own keep theirs.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        match args {
            [value] => Ok(value.schema_name().to_string()),
            _ => exec_err!("a cast has one value"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let nullable = self.is_try || args.arg_fields.iter().any(|f| f.is_nullable());
        Ok(Arc::new(Field::new(self.name(), self.to.clone(), nullable)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [value] = args.args.as_slice() else {
            return exec_err!("a cast has one value");
        };
        let options = CastOptions {
            safe: self.is_try,
            ..CastOptions::default()
        };
        let found = value.cast_to(&self.to, Some(&options))?;
        let rows = match &found {
            ColumnarValue::Scalar(_) => 1,
            ColumnarValue::Array(array) => array.len(),
        };
        let array = found.to_array(rows)?;
        if all_finite(&array) {
            return Ok(found);
        }
        if self.is_try {
            return Ok(ColumnarValue::Array(without_infinite(&array)?));
        }
        let row = first_failure(rows, |start, rows| !all_finite(&array.slice(start, rows)));
        let shown = arrow::util::display::array_value_to_string(&value.to_array(rows)?, row);
        Err(DataFusionError::Execution(format!(
            "`{}` is not a finite number of type {}",
            shown.unwrap_or_default(),
            self.to
        )))
    }
}

fn without_infinite(array: &ArrayRef) -> Result<ArrayRef> {
    let infinite = (0..array.len()).map(|row| Some(!all_finite(&array.slice(row, 1))));
    Ok(nullif(array, &infinite.collect::<BooleanArray>())?)
}
