//! Which rows of a call fail, and why.

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::buffer::NullBuffer;
use arrow::compute::{cast, concat};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::ScalarFunctionArgs;

/// The values of an expression, and the rows that have none because it failed.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// A value a row; missing for rows that failed.
    pub values: ArrayRef,
    /// Rows that failed, ascending, and why.
    pub failed: Vec<(u32, String)>,
}

impl Evaluated {
    pub(crate) fn without_failure(values: ArrayRef) -> Self {
        Self {
            values,
            failed: Vec::new(),
        }
    }
}

/// How an error is put into words.
#[derive(Clone, Copy)]
pub(crate) struct Wording<'a>(pub(crate) &'a dyn Fn(&DataFusionError) -> String);

impl Wording<'_> {
    /// What an error says of any value: `error` makes the error of a value. The words for it are found once, and none of them is found in
    /// the value itself.
    pub(crate) fn of_any(self, error: impl Fn(&str) -> DataFusionError) -> Around {
        let said = (self.0)(&error("\0"));
        let (before, after) = said.split_once('\0').unwrap_or((&said, ""));
        Around {
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }
}

/// What stands before and after a value in a message.
pub(crate) struct Around {
    before: String,
    after: String,
}

impl Around {
    pub(crate) fn value(&self, value: &str) -> String {
        [&self.before, value, &self.after].concat()
    }
}

/// A function that finds all its rows that fail at once.
pub(super) trait ByRow {
    /// The values of all rows, and why rows have none.
    ///
    /// # Errors
    /// What has to do with no row, or a failure that this function cannot tell the rows of.
    fn by_row(&self, args: ScalarFunctionArgs, wording: Wording<'_>) -> Result<Evaluated>;
}

/// The error of a call that failed for a row.
pub(super) fn first(mut rows: Evaluated) -> Result<ArrayRef> {
    match rows.failed.is_empty() {
        true => Ok(rows.values),
        false => Err(DataFusionError::Execution(rows.failed.swap_remove(0).1)),
    }
}

/// What the kernels of Arrow say of a text that is no value of a type.
pub(crate) fn cast_error(text: &str, to: &DataType) -> DataFusionError {
    let message = format!("Cannot cast string '{text}' to value of {to:?} type");
    DataFusionError::ArrowError(Box::new(ArrowError::CastError(message)), None)
}

/// Says what an error says, and no more.
pub(super) fn plain(error: &DataFusionError) -> String {
    match error {
        DataFusionError::Execution(message) => message.clone(),
        other => other.strip_backtrace(),
    }
}

/// Rows that have a value in `before` and none in `after`.
pub(crate) fn lost(before: Option<&NullBuffer>, after: &ArrayRef) -> Vec<u32> {
    let had = |row: usize| before.is_none_or(|nulls| nulls.is_valid(row));
    match after.null_count() == before.map_or(0, NullBuffer::null_count) {
        true => Vec::new(),
        false => (0..after.len())
            .filter(|row| after.is_null(*row) && had(*row))
            .map(|row| row as u32)
            .collect(),
    }
}

/// Evaluates `rows` rows over ever smaller parts of them. `evaluate` takes the first row and the number of rows, and answers in
/// `data_type`, or in what can be cast to it.
pub(crate) fn apart(
    rows: usize,
    data_type: &DataType,
    evaluate: impl Fn(usize, usize) -> Result<ArrayRef>,
    said: impl Fn(&DataFusionError) -> String,
) -> Result<Evaluated> {
    let mut parts: Vec<ArrayRef> = vec![new_null_array(data_type, 0)];
    let mut failed = Vec::new();
    // First row and number of rows; the last is the next.
    let mut waiting = vec![(0, rows)];
    while let Some((start, rows)) = waiting.pop() {
        match evaluate(start, rows) {
            // Some functions answer in another form than they promise.
            Ok(values) if values.data_type() != data_type => parts.push(cast(&values, data_type)?),
            Ok(values) => parts.push(values),
            Err(error) if rows == 0 => return Err(DataFusionError::Execution(said(&error))),
            Err(_) if rows > 1 => {
                waiting.extend([(start + rows / 2, rows - rows / 2), (start, rows / 2)]);
            }
            Err(error) => {
                failed.push((start as u32, said(&error)));
                parts.push(new_null_array(data_type, 1));
            }
        }
    }
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    Ok(Evaluated {
        values: concat(&parts)?,
        failed,
    })
}
