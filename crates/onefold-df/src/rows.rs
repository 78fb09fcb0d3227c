//! Expressions that fail for some rows: which rows, why, and the values of all others.
//!
//! A batch is evaluated as a whole, and fails as a whole. [`evaluate`] then goes through the expression once more from its leaves up, each
//! node over all rows whose arguments have values, and only the node that fails is taken apart. A row fails only where the value that
//! failed is needed: not behind `x <> 0 AND ...`, and not in a branch of a `CASE` that is not taken.

use std::sync::Arc;

use arrow::array::{
    Array, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array, new_null_array,
};
use arrow::compute::{
    CastOptions, and_kleene, cast, cast_with_options, interleave, nullif, or_kleene, take,
};
use arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::{Operator, ScalarFunctionArgs};
use datafusion::physical_expr::expressions::{BinaryExpr, CaseExpr, CastExpr, Column, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

use crate::checked::{Evaluated, Wording, apart, by_row, cast_error, lost};

/// The values of `expr` for each row of `batch`. `said` puts an error into words.
///
/// # Errors
/// What has to do with no row: a fault of a function, or of memory.
pub fn evaluate(
    expr: &Arc<dyn PhysicalExpr>,
    batch: &RecordBatch,
    said: &dyn Fn(&DataFusionError) -> String,
) -> Result<Evaluated> {
    let whole = expr
        .evaluate(batch)
        .and_then(|v| v.into_array(batch.num_rows()));
    match whole {
        Ok(values) => Ok(Evaluated::without_failure(values)),
        Err(_) => {
            let wording = Wording(said);
            let Evaluated { values, failed } = Rows { wording }.of(expr, batch)?;
            // What stood in for a value that failed may have become one.
            let values = match failed.is_empty() {
                true => values,
                false => nullif(&values, &BooleanArray::from(marks(&failed, values.len())))?,
            };
            Ok(Evaluated { values, failed })
        }
    }
}

struct Rows<'a> {
    wording: Wording<'a>,
}

impl Rows<'_> {
    fn of(&self, expr: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<Evaluated> {
        if expr.is::<Column>() || expr.is::<Literal>() || expr.children().is_empty() {
            let values = expr.evaluate(batch)?.into_array(batch.num_rows())?;
            return Ok(Evaluated::without_failure(values));
        }
        if let Some(case) = expr.downcast_ref::<CaseExpr>() {
            return self.case(case, &expr.data_type(batch.schema_ref())?, batch);
        }
        if let Some(binary) = expr.downcast_ref::<BinaryExpr>()
            && matches!(binary.op(), Operator::And | Operator::Or)
        {
            return self.logic(binary, batch);
        }
        self.node(expr, batch)
    }

    /// A node whose arguments are all needed.
    fn node(&self, expr: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<Evaluated> {
        let mut failed: Vec<(u32, String)> = Vec::new();
        let mut fields = Vec::new();
        let mut columns = Vec::new();
        let mut children: Vec<Arc<dyn PhysicalExpr>> = Vec::new();
        for child in expr.children() {
            // Some functions want constants.
            if child.is::<Literal>() {
                children.push(Arc::clone(child));
                continue;
            }
            let made = self.of(child, batch)?;
            failed = merged(failed, made.failed);
            let name = format!("{}", columns.len());
            children.push(Arc::new(Column::new(&name, columns.len())));
            fields.push(Field::new(name, made.values.data_type().clone(), true));
            columns.push(made.values);
        }
        let node = Arc::clone(expr).with_new_children(children)?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let schema = Arc::new(Schema::new(fields));
        let arguments = RecordBatch::try_new_with_options(schema, columns, &options)?;
        let made = match self.call(&node, &arguments)? {
            Some(made) => made,
            None => match node.evaluate(&arguments) {
                Ok(values) => Evaluated::without_failure(values.into_array(batch.num_rows())?),
                Err(_) => match self.cast(&node, &arguments)? {
                    Some(made) => made,
                    None => self.apart(&node, &arguments)?,
                },
            },
        };
        // Of a row whose arguments failed nothing is told but that.
        let failed = merged(failed, made.failed);
        Ok(Evaluated { failed, ..made })
    }

    /// A call of a function that knows which of its rows fail.
    fn call(&self, node: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<Option<Evaluated>> {
        let Some(call) = node.downcast_ref::<ScalarFunctionExpr>() else {
            return Ok(None);
        };
        let schema = batch.schema_ref();
        let fields = call.args().iter().map(|arg| arg.return_field(schema));
        let args = call.args().iter().map(|arg| arg.evaluate(batch));
        let args = ScalarFunctionArgs {
            args: args.collect::<Result<_>>()?,
            arg_fields: fields.collect::<Result<_>>()?,
            number_rows: batch.num_rows(),
            return_field: call.return_field(schema)?,
            config_options: Arc::new(call.config_options().clone()),
        };
        Ok(by_row(call.fun(), &args, self.wording).and_then(Result::ok))
    }

    /// A cast of texts to numbers, the node that fails most often by far, in one go.
    fn cast(&self, node: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<Option<Evaluated>> {
        let Some(node) = node.downcast_ref::<CastExpr>() else {
            return Ok(None);
        };
        let to = node.cast_type();
        let from = node.expr().evaluate(batch)?.into_array(batch.num_rows())?;
        let strict = node.cast_options();
        let options = CastOptions {
            safe: true,
            ..strict.clone()
        };
        let values = cast_with_options(&from, to, &options)?;
        let lost = lost(from.logical_nulls().as_ref(), &values);
        let failed = match to.is_integer() && from.data_type().is_string() {
            true => {
                let said = self.wording.of_any(|text| cast_error(text, to));
                let texts = cast(&from, &DataType::Utf8View)?;
                let texts = texts.as_string_view();
                let why = |row| (row, said.value(texts.value(row as usize)));
                lost.into_iter().map(why).collect()
            }
            false => {
                let why = |row: u32| {
                    let alone = from.slice(row as usize, 1);
                    let error = cast_with_options(&alone, to, strict).err()?;
                    Some((row, (self.wording.0)(&error.into())))
                };
                let Some(failed) = lost.into_iter().map(why).collect::<Option<Vec<_>>>() else {
                    return Ok(None);
                };
                failed
            }
        };
        Ok((!failed.is_empty()).then_some(Evaluated { values, failed }))
    }

    /// A node that fails for the batch, over ever smaller parts of it.
    fn apart(&self, node: &Arc<dyn PhysicalExpr>, batch: &RecordBatch) -> Result<Evaluated> {
        let data_type = node.data_type(batch.schema_ref())?;
        let part = |start, rows| node.evaluate(&batch.slice(start, rows))?.into_array(rows);
        apart(batch.num_rows(), &data_type, part, self.wording.0)
    }

    /// `AND` and `OR`: the right side is asked only where the left one does not decide.
    fn logic(&self, expr: &BinaryExpr, batch: &RecordBatch) -> Result<Evaluated> {
        let is_and = *expr.op() == Operator::And;
        let left = self.of(expr.left(), batch)?;
        let is_failed = marks(&left.failed, batch.num_rows());
        let values = left.values.as_boolean();
        let decided = |row: usize| values.is_valid(row) && values.value(row) != is_and;
        let open = (0..batch.num_rows()).filter(|row| !is_failed[*row] && !decided(*row));
        let open: Vec<u32> = open.map(|row| row as u32).collect();
        let right = self.of(expr.right(), &some(batch, &open)?)?;
        let some_left = take(values, &UInt32Array::from(open.clone()), None)?;
        let both = match is_and {
            true => and_kleene(some_left.as_boolean(), right.values.as_boolean())?,
            false => or_kleene(some_left.as_boolean(), right.values.as_boolean())?,
        };
        let mut whole: Vec<Option<bool>> = values.iter().collect();
        for (row, value) in open.iter().zip(&both) {
            whole[*row as usize] = value;
        }
        let right = right.failed.into_iter();
        let right = right.map(|(row, why)| (open[row as usize], why)).collect();
        Ok(Evaluated {
            values: Arc::new(BooleanArray::from(whole)),
            failed: merged(left.failed, right),
        })
    }

    /// `CASE`: a branch is computed for the rows that take it.
    fn case(
        &self,
        case: &CaseExpr,
        data_type: &DataType,
        batch: &RecordBatch,
    ) -> Result<Evaluated> {
        let rows = batch.num_rows();
        let mut failed: Vec<(u32, String)> = Vec::new();
        // Array and place in it of each row; the first array is the missing value.
        let mut arrays = vec![new_null_array(data_type, 1)];
        let mut places = vec![(0, 0); rows];
        let mut rest: Vec<u32> = (0..rows as u32).collect();
        let mut subject = None;
        // Rows without a subject are compared with nothing.
        let mut without: Vec<u32> = Vec::new();
        if let Some(expr) = case.expr() {
            let made = self.of(expr, batch)?;
            let is_failed = marks(&made.failed, rows);
            rest.retain(|row| !is_failed[*row as usize]);
            (without, rest) = rest
                .into_iter()
                .partition(|row| made.values.is_null(*row as usize));
            failed = made.failed;
            subject = Some(made.values);
        }
        let mut branch =
            |expr: &Arc<dyn PhysicalExpr>, taken: &[u32]| -> Result<Vec<(u32, String)>> {
                let made = self.of(expr, &some(batch, taken)?)?;
                for (place, row) in taken.iter().enumerate() {
                    places[*row as usize] = (arrays.len(), place);
                }
                arrays.push(match made.values.data_type() == data_type {
                    true => made.values,
                    false => cast(&made.values, data_type)?,
                });
                let told = made.failed.into_iter();
                Ok(told.map(|(row, why)| (taken[row as usize], why)).collect())
            };
        for (when, then) in case.when_then_expr() {
            let made = self.of(when, &some(batch, &rest)?)?;
            let is_failed = marks(&made.failed, rest.len());
            let holds = match &subject {
                None => made.values.as_boolean().clone(),
                Some(subject) => {
                    let subject = take(subject, &UInt32Array::from(rest.clone()), None)?;
                    arrow::compute::kernels::cmp::eq(&subject, &made.values)?
                }
            };
            let (mut taken, mut others) = (Vec::new(), Vec::new());
            for (place, row) in rest.iter().enumerate() {
                if is_failed[place] {
                    continue;
                }
                match holds.is_valid(place) && holds.value(place) {
                    true => taken.push(*row),
                    false => others.push(*row),
                }
            }
            let told = made.failed.into_iter();
            let told = told.map(|(row, why)| (rest[row as usize], why)).collect();
            failed = merged(failed, told);
            failed = merged(failed, branch(then, &taken)?);
            rest = others;
        }
        rest.extend(without);
        rest.sort_unstable();
        if let Some(other) = case.else_expr() {
            failed = merged(failed, branch(other, &rest)?);
        }
        let arrays: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
        Ok(Evaluated {
            values: interleave(&arrays, &places)?,
            failed,
        })
    }
}

fn some(batch: &RecordBatch, rows: &[u32]) -> Result<RecordBatch> {
    if rows.len() == batch.num_rows() {
        return Ok(batch.clone());
    }
    let indices = UInt32Array::from(rows.to_vec());
    let columns = batch
        .columns()
        .iter()
        .map(|column| take(column, &indices, None));
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    let columns = columns.collect::<std::result::Result<_, _>>()?;
    Ok(RecordBatch::try_new_with_options(
        batch.schema(),
        columns,
        &options,
    )?)
}

fn marks(failed: &[(u32, String)], rows: usize) -> Vec<bool> {
    let mut marks = vec![false; rows];
    failed
        .iter()
        .for_each(|(row, _)| marks[*row as usize] = true);
    marks
}

/// Failures of two kinds by row; of one row the first counts.
fn merged(first: Vec<(u32, String)>, second: Vec<(u32, String)>) -> Vec<(u32, String)> {
    if second.is_empty() {
        return first;
    }
    if first.is_empty() {
        return second;
    }
    let mut all = first;
    all.extend(second);
    // Stable: of one row the first stays first.
    all.sort_by_key(|(row, _)| *row);
    all.dedup_by_key(|(row, _)| *row);
    all
}

#[cfg(test)]
mod tests;
