//! `where`, `order_by` and `select` of a table whose rows are all together.

use std::sync::Arc;

use arrow::array::RecordBatch;
use onefold_operators::{SortKey, sort_rows};

use super::branch::filtered;
use crate::error::{Error, Kind};
use crate::prepare::PreparedTable;
use crate::stored::Stored;

/// An error about rows of a table. What an expression says names its table itself.
pub(super) fn failed(name: &str, why: &str) -> Error {
    let is_named = why.starts_with("table `") || why.starts_with("output `");
    let named = format!("table `{name}`: {why}");
    Error::new(Kind::Data, if is_named { why.to_owned() } else { named })
}

/// The rows of a step as the table has them.
pub(crate) fn shape(table: &PreparedTable, made: Stored, threads: usize) -> Result<Stored, Error> {
    let shape = &table.shape;
    if shape.is_none() {
        return Ok(made);
    }
    let failed = |e: String| failed(&table.name, &e);
    let mut batches = made.gathered(threads)?.batches;
    drop(made);
    if shape.filter.is_some() {
        let filtered = batches.into_iter().map(|b| filtered(shape, b));
        batches = filtered.collect::<Result<_, _>>().map_err(failed)?;
    }
    // The numbers of the rows stay what they are while columns are selected.
    let order = |batches: &[RecordBatch]| match shape.order.is_empty() {
        true => Ok(None),
        false => order(table, batches, threads).map(Some),
    };
    let mut chosen = None;
    if !shape.order_selected {
        chosen = order(&batches)?;
    }
    if let Some(select) = &shape.select {
        let selected = batches.iter().map(|b| select.apply(b));
        batches = selected.collect::<Result<_, _>>().map_err(failed)?;
    }
    if shape.order_selected {
        chosen = order(&batches)?;
    }
    let schema = match (batches.first(), &shape.select) {
        (Some(batch), _) => batch.schema(),
        (None, Some(_)) => Arc::clone(&table.schema),
        (None, None) => Arc::clone(&table.step_schema),
    };
    Ok(Stored {
        schema,
        batches,
        chosen,
    })
}

fn order(
    table: &PreparedTable,
    batches: &[RecordBatch],
    threads: usize,
) -> Result<Vec<u32>, Error> {
    let keys = table.shape.order.iter().map(|key| {
        let values = batches.iter().map(|b| key.value.evaluate(b));
        Ok(SortKey {
            values: values
                .collect::<Result<_, String>>()
                .map_err(|e| failed(&table.name, &e))?,
            options: key.options,
        })
    });
    let keys = keys.collect::<Result<Vec<_>, Error>>()?;
    sort_rows(&keys, threads).map_err(Error::internal)
}
