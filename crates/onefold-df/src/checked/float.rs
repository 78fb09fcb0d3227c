//! `CAST(... AS DOUBLE)` and the like: a text such as `1e999` or `nan` is no number, and a number may be too large for a narrower float.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use super::failure::{ByRow, Evaluated, Wording, cast_error, first, lost, plain};
use super::finite::{all_finite, finite_only};

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
        if all_finite(&found.to_array(1)?) {
            return Ok(found);
        }
        let rows = match value {
            ColumnarValue::Scalar(_) => 1,
            ColumnarValue::Array(array) => array.len(),
        };
        let made = self.each(&value.to_array(rows)?, Wording(&plain))?;
        Ok(ColumnarValue::Array(first(made)?))
    }
}

impl ToFloat {
    fn each(&self, values: &ArrayRef, wording: Wording<'_>) -> Result<Evaluated> {
        let options = CastOptions {
            safe: true,
            ..CastOptions::default()
        };
        let numbers = cast_with_options(values, &self.to, &options)?;
        let finite = finite_only(&numbers)?;
        if self.is_try {
            return Ok(Evaluated::without_failure(finite));
        }
        let no_number = wording.of_any(|value| cast_error(value, &self.to));
        let infinite = wording.of_any(|value| {
            let message = format!("`{value}` is not a finite number of type {}", self.to);
            DataFusionError::Execution(message)
        });
        let shown = ArrayFormatter::try_new(values, &FormatOptions::default())?;
        let lost = lost(values.logical_nulls().as_ref(), &finite).into_iter();
        let failed = lost.map(|row| {
            let said = match numbers.is_null(row as usize) {
                true => &no_number,
                false => &infinite,
            };
            (row, said.value(&shown.value(row as usize).to_string()))
        });
        Ok(Evaluated {
            failed: failed.collect(),
            values: finite,
        })
    }
}

impl ByRow for ToFloat {
    fn by_row(&self, args: ScalarFunctionArgs, wording: Wording<'_>) -> Result<Evaluated> {
        match args.args.as_slice() {
            [value] => self.each(&value.to_array(args.number_rows)?, wording),
            _ => exec_err!("a cast has one value"),
        }
    }
}
