//! What an aggregation reads of a batch, dealt to the partitions.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array,
};
use arrow::compute::{filter, prep_null_mask_filter, take};
use datafusion::common::DataFusionError;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use onefold_operators::TextKeys;
use onefold_read::shown_text;

use super::planned::{Aggregate, Aggregation, Result};
use crate::explain::short;
use crate::places::Places;

/// What the groups and aggregates read of a batch, dealt to the partitions: the rows of one are next to each other, in their order.
pub(crate) struct Read {
    /// Rows of the batch, by partition.
    pub(super) rows: Vec<u32>,
    /// First place of each partition in `rows`, then their number.
    pub(super) starts: Vec<usize>,
    pub(super) groups: GroupInput,
    pub(super) aggregates: Vec<AggregateInput>,
}

impl Read {
    /// Bytes of its rows, of texts those that they have: the buffers in which they stand may be larger, and shared.
    pub(super) fn bytes(&self) -> usize {
        let of = |array: &ArrayRef| match array.as_string_view_opt() {
            Some(texts) => size_of_val(&**texts.views()) + texts.total_buffer_bytes_used(),
            None => array.get_buffer_memory_size(),
        };
        let groups = match &self.groups {
            GroupInput::Texts(keys) => keys.bytes(),
            GroupInput::Values(columns) => columns.iter().map(of).sum(),
        };
        let aggregates = self
            .aggregates
            .iter()
            .flat_map(AggregateInput::arrays)
            .map(of);
        let rows = size_of_val(&*self.rows) + size_of_val(&*self.starts);
        groups + aggregates.sum::<usize>() + rows
    }

    /// Whether texts of it stand in buffers of others, such as the chunk of a file.
    pub(super) fn holds_others(&self) -> bool {
        let holds = |array: &ArrayRef| match array.as_string_view_opt() {
            Some(texts) => !texts.data_buffers().is_empty(),
            None => false,
        };
        let groups = match &self.groups {
            GroupInput::Texts(keys) => keys.hold_others(),
            GroupInput::Values(columns) => columns.iter().any(holds),
        };
        groups
            || self
                .aggregates
                .iter()
                .flat_map(AggregateInput::arrays)
                .any(holds)
    }
}

pub(super) enum GroupInput {
    /// One column of texts, the most common of all.
    Texts(TextKeys),
    Values(Vec<ArrayRef>),
}

pub(super) struct AggregateInput {
    pub(super) args: Vec<ColumnarValue>,
    pub(super) order: Vec<ArrayRef>,
    pub(super) filter: Option<BooleanArray>,
    /// As those of all rows, where the call keeps rows and some are left out by its filter.
    pub(super) starts: Option<Vec<usize>>,
}

impl AggregateInput {
    fn arrays(&self) -> impl Iterator<Item = &ArrayRef> {
        let args = self.args.iter().filter_map(|arg| match arg {
            ColumnarValue::Array(array) => Some(array),
            ColumnarValue::Scalar(_) => None,
        });
        args.chain(&self.order)
    }
}

impl Aggregation {
    /// Evaluates what is read of a batch, whose columns are those of the table, perhaps with others behind them.
    pub(crate) fn read<'a>(&'a self, batch: &RecordBatch, places: &Places) -> Result<Read> {
        let rows = batch.num_rows();
        let addressed = batch;
        let columns = batch.columns()[..self.input.fields().len()].to_vec();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = &RecordBatch::try_new_with_options(Arc::clone(&self.input), columns, &options)?;
        // Says of which column and for which row an expression fails, unless it is a row that does not count.
        let rowwise = |expr: &Arc<dyn PhysicalExpr>,
                       column: &str,
                       counts: Option<&BooleanArray>|
         -> Result<ColumnarValue> {
            if let Ok(values) = expr.evaluate(batch) {
                return Ok(values);
            }
            let found = onefold_df::evaluate(expr, batch, &short)?;
            let does_count = |row: u32| counts.is_none_or(|counts| counts.value(row as usize));
            match found.failed.iter().find(|(row, _)| does_count(*row)) {
                None => Ok(ColumnarValue::Array(found.values)),
                Some((row, why)) => {
                    let place = places.place(addressed, *row as usize);
                    let why = shown_text(why);
                    let message = format!("column `{column}`: {why} ({place})");
                    Err(DataFusionError::Execution(message))
                }
            }
        };
        let array = |(number, expr): (usize, &Arc<dyn PhysicalExpr>)| {
            rowwise(expr, self.whole.field(number).name(), None)?.into_array(rows)
        };
        let groups: Vec<ArrayRef> = self
            .groups
            .iter()
            .enumerate()
            .map(array)
            .collect::<Result<_>>()?;
        let texts = match groups.as_slice() {
            [only] => only.as_string_view_opt().map(TextKeys::new),
            _ => None,
        };
        let (order, starts) = match &texts {
            Some(texts) => deal(texts.hashes(), self.partitions()),
            None => deal(&hashes_of(&groups, rows)?, self.partitions()),
        };
        let is_dealt = starts.len() > 2;
        let indices = UInt32Array::from(order);
        let dealt = |array: &ArrayRef| -> Result<ArrayRef> {
            Ok(match is_dealt {
                true => take(array, &indices, None)?,
                false => Arc::clone(array),
            })
        };
        let groups = match texts {
            Some(texts) if is_dealt => GroupInput::Texts(texts.take(indices.values())),
            Some(texts) => GroupInput::Texts(texts),
            None => GroupInput::Values(groups.iter().map(dealt).collect::<Result<_>>()?),
        };
        let without_nulls = |holds: &BooleanArray| match holds.null_count() {
            0 => holds.clone(),
            _ => prep_null_mask_filter(holds),
        };
        // What several aggregates read is evaluated and dealt once, unless it fails for rows that only some of them leave out.
        let mut known: Vec<(&Arc<dyn PhysicalExpr>, ColumnarValue)> = Vec::new();
        let mut value = |expr: &'a Arc<dyn PhysicalExpr>,
                         column: &str,
                         of: Option<&Arc<dyn PhysicalExpr>>|
         -> Result<ColumnarValue> {
            if let Some((_, value)) = known.iter().find(|(other, _)| *other == expr) {
                return Ok(value.clone());
            }
            let found = match (expr.evaluate(batch), of) {
                (Ok(found), _) => found,
                (Err(_), None) => rowwise(expr, column, None)?,
                (Err(_), Some(condition)) => {
                    let counts = rowwise(condition, column, None)?.into_array(rows)?;
                    let counts = without_nulls(counts.as_boolean());
                    return match rowwise(expr, column, Some(&counts))? {
                        ColumnarValue::Array(array) => Ok(ColumnarValue::Array(dealt(&array)?)),
                        scalar => Ok(scalar),
                    };
                }
            };
            let value = match found {
                ColumnarValue::Array(array) => ColumnarValue::Array(dealt(&array)?),
                scalar => scalar,
            };
            known.push((expr, value.clone()));
            Ok(value)
        };
        let call = |call: &'a Aggregate| {
            let column = call.column.as_str();
            let condition = call.filter.as_ref();
            let holds = match condition {
                None => None,
                Some(condition) => {
                    let holds = value(condition, column, None)?.into_array(rows)?;
                    Some(without_nulls(holds.as_boolean()))
                }
            };
            let keeps = call.keeps_rows();
            let mut own = |expr: &'a Arc<dyn PhysicalExpr>| -> Result<ColumnarValue> {
                let array = match value(expr, column, condition)? {
                    ColumnarValue::Array(array) if keeps => array,
                    value => return Ok(value),
                };
                Ok(ColumnarValue::Array(own_text(match &holds {
                    Some(holds) => filter(&array, holds)?,
                    None => array,
                })))
            };
            let args = call.args.iter().map(&mut own);
            let args = args.collect::<Result<Vec<_>>>()?;
            let kept_rows = holds.as_ref().map_or(rows, BooleanArray::true_count);
            let mut order = Vec::with_capacity(call.order.len());
            for key in &call.order {
                // What is ordered by is often what is aggregated: it is kept once.
                let same = call.args.iter().position(|arg| arg == &key.expr);
                order.push(match same.and_then(|arg| args.get(arg)) {
                    Some(ColumnarValue::Array(array)) => Arc::clone(array),
                    _ => own(&key.expr)?.into_array(kept_rows)?,
                });
            }
            let kept = |holds: &BooleanArray| {
                let bits = holds.values();
                let mut kept = Vec::with_capacity(starts.len());
                let (mut at, mut count) = (0, 0);
                for start in &starts {
                    count += bits.slice(at, start - at).count_set_bits();
                    at = *start;
                    kept.push(count);
                }
                kept
            };
            Ok(AggregateInput {
                starts: holds.as_ref().filter(|_| keeps).map(kept),
                args,
                order,
                filter: holds,
            })
        };
        Ok(Read {
            groups,
            aggregates: self.aggregates.iter().map(call).collect::<Result<_>>()?,
            starts,
            rows: indices.values().to_vec(),
        })
    }
}

/// The rows by partition, in their order within each; first place of each partition, then the number of rows.
pub(super) fn deal(hashes: &[u32], partitions: usize) -> (Vec<u32>, Vec<usize>) {
    let rows = 0..hashes.len() as u32;
    if partitions == 1 {
        return (rows.collect(), vec![0, hashes.len()]);
    }
    // The highest bits: the lower ones find the slot in a partition's table, and must not be the same for all of its texts.
    let shift = u32::BITS - partitions.trailing_zeros();
    let partition = |hash: &u32| (*hash >> shift) as usize;
    let mut starts = vec![0; partitions + 1];
    for hash in hashes {
        starts[partition(hash) + 1] += 1;
    }
    for number in 0..partitions {
        starts[number + 1] += starts[number];
    }
    let mut next = starts.clone();
    let mut dealt = vec![0u32; hashes.len()];
    for (row, hash) in rows.zip(hashes) {
        let place = &mut next[partition(hash)];
        dealt[*place] = row;
        *place += 1;
    }
    (dealt, starts)
}

/// Hashes of groups of any kind; they decide only which partition has a group.
fn hashes_of(groups: &[ArrayRef], rows: usize) -> Result<Vec<u32>> {
    let mut hashes = vec![0; rows];
    if !groups.is_empty() {
        create_hashes(groups, &RandomState::with_seed(7), &mut hashes)?;
    }
    Ok(hashes.into_iter().map(|hash| (hash >> 32) as u32).collect())
}

/// The array with its texts in a buffer of their own: it may outlive the chunk of the file that they stand in.
fn own_text(array: ArrayRef) -> ArrayRef {
    match array.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()),
        None => array,
    }
}
