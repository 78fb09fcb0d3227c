//! `aggregate:` batch by batch: rows are added to their groups as they pass by, and only the groups are kept.
//!
//! DataFusion plans the query and keeps the figures; this drives it without a plan of execution, so that the rows can come from the
//! reading threads and the groups stay in the order of their first rows. Each batch is dealt by the hash of its groups to partitions, whose
//! groups and figures fit the cache and which several threads work on. A figure that wants its rows in an order, or that has no form for
//! many groups at once, keeps what it reads of each row until the end; then its rows are put group after group, in the order wanted, and
//! added.

mod joined;
mod totals;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array,
};
use arrow::compute::{cast, filter, prep_null_mask_filter, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::common::hash_utils::{RandomState, create_hashes};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{ColumnarValue, Expr, LogicalPlan};
use datafusion::optimizer::simplify_expressions::SimplifyExpressions;
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_expr::aggregate::{AggregateFunctionExpr, LoweredAggregateBuilder};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::prelude::SessionContext;
use onefold_operators::TextKeys;

pub(crate) use totals::Totals;

use crate::places::{Places, beginning};
use crate::sql::short;

type Result<T> = std::result::Result<T, DataFusionError>;

/// A planned aggregation.
pub(crate) struct Aggregation {
    /// Columns of the rows that go in.
    input: SchemaRef,
    groups: Vec<Arc<dyn PhysicalExpr>>,
    figures: Vec<Figure>,
    /// Groups, then figures.
    whole: SchemaRef,
    /// What is selected of them.
    selected: Vec<Arc<dyn PhysicalExpr>>,
    schema: SchemaRef,
    places: Places,
}

/// One aggregate function of the query.
struct Figure {
    /// The first column of the result that it is in.
    column: String,
    function: Arc<AggregateFunctionExpr>,
    args: Vec<Arc<dyn PhysicalExpr>>,
    filter: Option<Arc<dyn PhysicalExpr>>,
    order: Vec<PhysicalSortExpr>,
}

impl Figure {
    /// Whether rows are kept to the end.
    fn keeps_rows(&self) -> bool {
        !self.order.is_empty() || !self.function.groups_accumulator_supported()
    }
}

/// What the groups and figures read of a batch, dealt to the partitions: the rows of one are next to each other, in their order.
pub(crate) struct Read {
    /// Rows of the batch, by partition.
    rows: Vec<u32>,
    /// First place of each partition in `rows`, then their number.
    starts: Vec<usize>,
    groups: GroupInput,
    figures: Vec<FigureInput>,
}

impl Read {
    /// Bytes of its rows, of texts those that they have: the buffers in which they stand may be larger, and shared.
    fn bytes(&self) -> usize {
        let of = |array: &ArrayRef| match array.as_string_view_opt() {
            Some(texts) => size_of_val(&**texts.views()) + texts.total_buffer_bytes_used(),
            None => array.get_buffer_memory_size(),
        };
        let groups = match &self.groups {
            GroupInput::Texts(keys) => keys.bytes(),
            GroupInput::Values(columns) => columns.iter().map(of).sum(),
        };
        let figures = self.figures.iter().flat_map(FigureInput::arrays).map(of);
        let rows = size_of_val(&*self.rows) + size_of_val(&*self.starts);
        groups + figures.sum::<usize>() + rows
    }

    /// Whether texts of it stand in buffers of others, such as the chunk of a file.
    fn holds_others(&self) -> bool {
        let holds = |array: &ArrayRef| match array.as_string_view_opt() {
            Some(texts) => !texts.data_buffers().is_empty(),
            None => false,
        };
        let groups = match &self.groups {
            GroupInput::Texts(keys) => keys.hold_others(),
            GroupInput::Values(columns) => columns.iter().any(holds),
        };
        groups || self.figures.iter().flat_map(FigureInput::arrays).any(holds)
    }
}

enum GroupInput {
    /// One column of texts, the most common of all.
    Texts(TextKeys),
    Values(Vec<ArrayRef>),
}

struct FigureInput {
    args: Vec<ColumnarValue>,
    order: Vec<ArrayRef>,
    filter: Option<BooleanArray>,
    /// As those of all rows, where the figure keeps rows and some are left out by its filter.
    starts: Option<Vec<usize>>,
}

impl FigureInput {
    fn arrays(&self) -> impl Iterator<Item = &ArrayRef> {
        let args = self.args.iter().filter_map(|arg| match arg {
            ColumnarValue::Array(array) => Some(array),
            ColumnarValue::Scalar(_) => None,
        });
        args.chain(&self.order)
    }
}

impl Aggregation {
    /// Plans a query of one `SELECT` with groups and figures over one registered table; `None` where it is of another form.
    pub(crate) async fn plan(query: &str, context: &SessionContext) -> Result<Option<Aggregation>> {
        let state = context.state();
        let plan = state.create_logical_plan(query).await?;
        let analyzer = onefold_df::analyzer(context);
        let plan = analyzer.execute_and_check(plan, state.config_options(), |_, _| {})?;
        let simplify: Arc<dyn OptimizerRule + Send + Sync> = Arc::new(SimplifyExpressions::new());
        let plan = Optimizer::with_rules(vec![simplify]).optimize(plan, &state, |_, _| {})?;
        // With the types that simpler expressions have.
        let settled = |plan: LogicalPlan| plan.recompute_schema().map(Transformed::yes);
        let plan = plan.transform_up(settled)?.data;

        let LogicalPlan::Projection(projection) = &plan else {
            return Ok(None);
        };
        let LogicalPlan::Aggregate(aggregate) = projection.input.as_ref() else {
            return Ok(None);
        };
        let LogicalPlan::TableScan(scan) = aggregate.input.as_ref() else {
            return Ok(None);
        };
        if scan.projection.is_some() || !scan.filters.is_empty() || scan.fetch.is_some() {
            return Ok(None);
        }
        let is_grouping_set = |expr: &Expr| matches!(expr, Expr::GroupingSet(_));
        if aggregate.group_expr.iter().any(is_grouping_set) {
            return Ok(None);
        }
        let rows = scan.projected_schema.as_ref();
        let physical = |expr: &Expr, schema: &DFSchema| {
            let expr = match expr {
                Expr::Alias(Alias { expr, .. }) => expr.as_ref(),
                other => other,
            };
            state.create_physical_expr(expr.clone(), schema)
        };
        let groups = aggregate
            .group_expr
            .iter()
            .map(|expr| physical(expr, rows))
            .collect::<Result<_>>()?;
        let planning = PhysicalPlanningContext::default();
        let figure = |expr: &Expr| {
            // The order is kept here, so that the function need not keep it once more; but lists of distinct values forget how they came.
            let unordered = expr.clone().unalias_nested().data;
            let unordered = match unordered {
                Expr::AggregateFunction(mut call) => {
                    let is_list = matches!(call.func.name(), "array_agg" | "string_agg");
                    if !(call.params.distinct && is_list) {
                        call.params.order_by.clear();
                    }
                    Expr::AggregateFunction(call)
                }
                other => other,
            };
            let lower = |expr: &Expr| {
                let props = state.execution_props();
                LoweredAggregateBuilder::new(expr, rows, rows.as_arrow(), props, &planning).build()
            };
            let ordered = lower(expr)?;
            let lowered = lower(&unordered)?;
            Ok(Figure {
                column: String::new(),
                args: lowered.aggregate.expressions(),
                function: lowered.aggregate,
                filter: lowered.filter,
                order: ordered.order_bys,
            })
        };
        let figures = aggregate.aggr_expr.iter().map(figure);
        let mut figures = figures.collect::<Result<Vec<_>>>()?;
        for figure in figures.iter().filter(|figure| figure.keeps_rows()) {
            // What a function refuses it refuses before any row is read.
            figure.function.create_accumulator()?;
        }
        let groups: Vec<Arc<dyn PhysicalExpr>> = groups;
        // The types are those that the expressions have, not those that were planned before they were made simpler.
        let typed = |(field, data_type): (&Arc<Field>, DataType)| {
            Arc::new(field.as_ref().clone().with_data_type(data_type))
        };
        let group_types = groups.iter().map(|group| group.data_type(rows.as_arrow()));
        let figure_types = figures
            .iter()
            .map(|figure| Ok(figure.function.field().data_type().clone()));
        let types = group_types
            .chain(figure_types)
            .collect::<Result<Vec<_>>>()?;
        let fields = aggregate.schema.fields().iter().zip(types).map(typed);
        let whole = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let selected = projection.expr.iter();
        let selected = selected.map(|expr| physical(expr, &aggregate.schema));
        let selected = selected.collect::<Result<Vec<_>>>()?;
        let types = selected.iter().map(|expr| expr.data_type(&whole));
        let types = types.collect::<Result<Vec<_>>>()?;
        let fields = projection.schema.fields().iter().zip(types).map(typed);
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        for (number, figure) in figures.iter_mut().enumerate() {
            let reads = |expr: &Arc<dyn PhysicalExpr>| {
                collect_columns(expr)
                    .iter()
                    .any(|column| column.index() == groups.len() + number)
            };
            let first = selected.iter().position(reads);
            figure.column =
                first.map_or_else(String::new, |first| schema.field(first).name().clone());
        }
        Ok(Some(Aggregation {
            input: Arc::new(rows.as_arrow().clone()),
            groups,
            figures,
            whole,
            selected,
            schema,
            places: Places::default(),
        }))
    }

    /// Finds the rows that are read in their files.
    pub(crate) fn found_at(self, places: Places) -> Self {
        Self { places, ..self }
    }

    /// Columns of the rows that go in.
    pub(crate) fn input(&self) -> &SchemaRef {
        &self.input
    }

    /// Columns of the groups.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Evaluates what is read of a batch, whose columns are those of the table, perhaps with others behind them.
    pub(crate) fn read<'a>(&'a self, batch: &RecordBatch) -> Result<Read> {
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
                    let place = self.places.place(addressed, *row as usize);
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
        // What several figures read is evaluated and dealt once, unless it fails for rows that only some of them leave out.
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
        let figure = |figure: &'a Figure| {
            let column = figure.column.as_str();
            let condition = figure.filter.as_ref();
            let holds = match condition {
                None => None,
                Some(condition) => {
                    let holds = value(condition, column, None)?.into_array(rows)?;
                    Some(without_nulls(holds.as_boolean()))
                }
            };
            let keeps = figure.keeps_rows();
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
            let args = figure.args.iter().map(&mut own);
            let args = args.collect::<Result<Vec<_>>>()?;
            let kept_rows = holds.as_ref().map_or(rows, BooleanArray::true_count);
            let mut order = Vec::with_capacity(figure.order.len());
            for key in &figure.order {
                // What is ordered by is often what is aggregated: it is kept once.
                let same = figure.args.iter().position(|arg| arg == &key.expr);
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
            Ok(FigureInput {
                starts: holds.as_ref().filter(|_| keeps).map(kept),
                args,
                order,
                filter: holds,
            })
        };
        Ok(Read {
            groups,
            figures: self.figures.iter().map(figure).collect::<Result<_>>()?,
            starts,
            rows: indices.values().to_vec(),
        })
    }

    fn partitions(&self) -> usize {
        match self.groups.len() {
            0 => 1,
            _ => PARTITIONS,
        }
    }

    /// What is selected of groups and figures.
    fn selected(&self, whole: Vec<ArrayRef>) -> std::result::Result<RecordBatch, NoGroup> {
        let whole = RecordBatch::try_new(Arc::clone(&self.whole), whole)?;
        let column = |(expr, field): (&Arc<dyn PhysicalExpr>, &Arc<Field>)| {
            let found = onefold_df::evaluate(expr, &whole, &short);
            let found = found.map_err(|error| NoGroup::new(0, field.name(), short(&error)))?;
            match found.failed.into_iter().next() {
                None if found.values.data_type() == field.data_type() => Ok(found.values),
                None => Ok(cast(&found.values, field.data_type())?),
                Some((group, why)) => Err(NoGroup::new(group as usize, field.name(), why)),
            }
        };
        let columns = self.selected.iter().zip(self.schema.fields()).map(column);
        let columns = columns.collect::<std::result::Result<_, NoGroup>>()?;
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    /// The group with this number, for people.
    fn group(&self, groups: &[ArrayRef], number: usize) -> String {
        let fields: Vec<usize> = (0..self.groups.len()).collect();
        let keys = self
            .whole
            .project(&fields)
            .ok()
            .and_then(|schema| RecordBatch::try_new(Arc::new(schema), groups.to_vec()).ok());
        match keys {
            Some(keys) if !fields.is_empty() => format!(" ({})", beginning("group", &keys, number)),
            _ => String::new(),
        }
    }

    /// The groups before the first row.
    pub(crate) fn begin(&self, threads: usize) -> Result<Totals<'_>> {
        Totals::new(self, threads)
    }
}

/// A group of which a column cannot be computed.
#[derive(Debug)]
struct NoGroup {
    /// Its number where it is kept.
    group: usize,
    why: String,
}

impl NoGroup {
    fn new(group: usize, column: &str, why: String) -> Self {
        let why = format!("column `{column}`: {why}");
        Self { group, why }
    }
}

impl From<ArrowError> for NoGroup {
    fn from(error: ArrowError) -> Self {
        let why = error.to_string();
        Self { group: 0, why }
    }
}

impl From<DataFusionError> for NoGroup {
    fn from(error: DataFusionError) -> Self {
        let why = short(&error);
        Self { group: 0, why }
    }
}

/// Partitions, a power of two: enough for every thread to have some, and for their groups to be in the cache one partition at a time.
const PARTITIONS: usize = TextKeys::PARTITIONS;

/// The rows by partition, in their order within each; first place of each partition, then the number of rows.
fn deal(hashes: &[u32], partitions: usize) -> (Vec<u32>, Vec<usize>) {
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

#[cfg(test)]
mod tests;
