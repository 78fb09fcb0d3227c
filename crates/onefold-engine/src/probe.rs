//! Does what was planned run? Signatures of functions promise types that some of them then refuse, or answer with another type than planned.
//! So each expression is tried on three rows when it is compiled: what cannot run is told before any data is read.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Int32Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, SchemaRef};
use arrow::error::ArrowError;
use datafusion::catalog::{MemoryCatalogProvider, MemoryCatalogProviderList};
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::SessionContext;
use onefold_df::FailedRow;

use crate::catalog::{block_on, register};
use crate::explain::short;
use crate::fault;

type Tried<T> = Result<T, DataFusionError>;

/// Plans or tries something: where the query engine panics over what was written, that is an error too.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Tried<T>) -> Tried<T> {
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
    done.unwrap_or_else(|panic| {
        if fault::is_of_threads(&*panic) {
            std::panic::resume_unwind(panic);
        }
        let message = "the query engine fails on this; write it in another way".to_owned();
        Err(DataFusionError::Plan(message))
    })
}

/// A row without values, as far as columns may be without, and two with common ones.
pub(crate) fn samples(schema: &SchemaRef) -> Tried<[RecordBatch; 3]> {
    let batch = |value: &dyn Fn(&Field) -> ArrayRef| {
        let columns = schema.fields().iter().map(|field| value(field));
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let fields = schema
            .fields()
            .iter()
            .map(|field| field.as_ref().clone().with_nullable(true));
        let schema = arrow::datatypes::Schema::new(fields.collect::<Vec<_>>());
        RecordBatch::try_new_with_options(Arc::new(schema), columns.collect(), &options)
    };
    let common = |next: u8| move |field: &Field| common(field.data_type(), next);
    let empty = |field: &Field| match field.is_nullable() {
        true => new_null_array(field.data_type(), 1),
        false => common(1)(field),
    };
    Ok([batch(&empty)?, batch(&common(0))?, batch(&common(1))?])
}

/// The third of October 2024, one, `true`, or the text `1`; or what comes `next` after it.
fn common(data_type: &DataType, next: u8) -> ArrayRef {
    let value: ArrayRef = match data_type {
        t if t.is_string() => Arc::new(StringArray::from(vec![(1 + next).to_string()])),
        DataType::Date32 => Arc::new(Int32Array::from(vec![20_000 + i32::from(next)])),
        DataType::Timestamp(..) => Arc::new(Int64Array::from(vec![
            1_728_000_000_000_000 + 86_400_000_000 * i64::from(next),
        ])),
        _ => Arc::new(Int64Array::from(vec![1 + i64::from(next)])),
    };
    cast(&value, data_type).unwrap_or_else(|_| new_null_array(data_type, 1))
}

/// Tries an expression that has been planned with a type.
///
/// # Errors
/// It cannot run, whatever the data.
pub(crate) fn expression(expr: &Arc<dyn PhysicalExpr>, schema: &SchemaRef) -> Tried<()> {
    let run = |batch: &RecordBatch| -> Tried<()> {
        let values = expr.evaluate(batch)?.into_array(1)?;
        let planned = expr.data_type(schema)?;
        // Where the answer is of another type it must be one that the planned type can be made of.
        cast(&values, &planned)?;
        Ok(())
    };
    judge(samples(schema)?.each_ref().map(run))
}

/// Tries a query over tables of one row; `plan` is the query as it was read.
///
/// # Errors
/// It cannot run, whatever the data.
pub(crate) fn query(query: &str, plan: &LogicalPlan, context: &SessionContext) -> Tried<()> {
    let mut tables: Vec<(String, SchemaRef)> = Vec::new();
    let mut scanned = Vec::new();
    let mut is_bounded = true;
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::RecursiveQuery(_) => is_bounded = false,
            LogicalPlan::TableScan(scan) => {
                let name = match scan.table_name.schema() {
                    None | Some("public") => scan.table_name.table().to_owned(),
                    Some(space) => format!("{space}.{}", scan.table_name.table()),
                };
                tables.push((name, scan.source.schema()));
                scanned.push(scan.table_name.clone());
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    for table in scanned {
        // A function that makes rows, perhaps very many.
        is_bounded &= block_on(async { context.table_provider(table).await }).is_ok();
    }
    if !is_bounded {
        return Ok(());
    }
    let run = |number: usize| -> Tried<()> {
        let state = SessionStateBuilder::new_from_existing(context.state())
            .with_catalog_list(Arc::new(MemoryCatalogProviderList::new()))
            .build();
        let session = SessionContext::new_with_state(state);
        session.register_catalog("datafusion", Arc::new(MemoryCatalogProvider::new()));
        for (name, schema) in &tables {
            let sample = samples(schema)?[number].clone();
            register(&session, name, &sample.schema(), vec![sample])?;
        }
        block_on(async { session.sql(query).await?.collect().await })?;
        Ok(())
    };
    judge([0, 1, 2].map(run))
}

/// What trying on sample rows says. A row may fail for its data, but hardly all, unless each of them fails for a text that was made of its
/// values: others may do.
pub(crate) fn judge(tried: [Tried<()>; 3]) -> Tried<()> {
    let has_run = tried.iter().any(Result::is_ok);
    let mut errors: Vec<DataFusionError> = tried.into_iter().filter_map(Result::err).collect();
    let whys: Vec<String> = errors.iter().map(why).collect();
    let error = match has_run {
        true => errors.into_iter().find(is_about_types),
        false if fail_for_texts(&whys) => None,
        false => errors.pop(),
    };
    error.map_or(Ok(()), Err)
}

/// What failed, without the row.
fn why(error: &DataFusionError) -> String {
    let why = match FailedRow::of(error) {
        Some(failed) => failed.why.to_lowercase(),
        None => short(error).to_lowercase(),
    };
    let why = why.strip_prefix("parser error: ").unwrap_or(&why);
    why.to_owned()
}

/// How errors begin that are about one text.
const OF_TEXTS: [&str; 3] = ["cannot cast string", "error parsing", "unable to cast to"];

/// Whether rows fail for texts of their own. One text that fails in all is a constant; some errors do not name theirs.
fn fail_for_texts(whys: &[String]) -> bool {
    let is_of_text = |why: &String| OF_TEXTS.iter().any(|begin| why.starts_with(begin));
    let differ = whys.windows(2).any(|two| two[0] != two[1]);
    whys.iter().all(is_of_text) && (differ || whys.iter().all(|why| !why.contains('\'')))
}

fn is_about_types(error: &DataFusionError) -> bool {
    match error.find_root() {
        DataFusionError::Internal(_)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::Plan(_) => true,
        DataFusionError::ArrowError(error, _) => match error.as_ref() {
            ArrowError::NotYetImplemented(_) | ArrowError::SchemaError(_) => true,
            // Of a decimal number.
            ArrowError::InvalidArgumentError(why) => {
                !why.contains("too large to store") && !why.contains("too small to store")
            }
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests;
