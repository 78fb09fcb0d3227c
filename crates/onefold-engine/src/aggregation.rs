//! `aggregate:` batch by batch: rows are added to their groups as they pass by, and only the groups are kept.
//!
//! DataFusion plans the query, numbers the groups and keeps the figures; this drives it without a plan of execution, so that the rows can
//! come from the reading threads and the groups stay in the order of their first rows. A figure that wants its rows in an order, or that
//! has no form for many groups at once, keeps what it reads of each row until the end; then its rows are put group after group, in the
//! order wanted, and added.

use std::sync::Arc;

use crate::ordered::ordered;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringViewArray,
    UInt32Array,
};
use arrow::compute::{concat, filter, prep_null_mask_filter, take};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{DFSchema, DataFusionError, ScalarValue};
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{ColumnarValue, EmitTo, Expr, GroupsAccumulator, LogicalPlan};
use datafusion::optimizer::simplify_expressions::SimplifyExpressions;
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_expr::aggregate::{AggregateFunctionExpr, LoweredAggregateBuilder};
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_plan::aggregates::group_values::{GroupValues, new_group_values};
use datafusion::physical_plan::aggregates::order::GroupOrdering;
use datafusion::prelude::SessionContext;
use onefold_operators::{BATCH_ROWS, DistinctTexts, SortKey, sort_rows_within};

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
}

/// One aggregate function of the query.
struct Figure {
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

/// What the figures and groups read of a batch.
pub(crate) struct Read {
    rows: usize,
    groups: Vec<ArrayRef>,
    /// Of the groups, where they are texts.
    hashes: Vec<u32>,
    figures: Vec<FigureInput>,
}

struct FigureInput {
    /// With the figure's filter applied where it keeps rows.
    args: Vec<ColumnarValue>,
    order: Vec<ArrayRef>,
    filter: Option<BooleanArray>,
}

impl Aggregation {
    /// Plans a query of one `SELECT` with groups and figures over one registered table; `None` where it is of another form.
    pub(crate) async fn plan(query: &str, context: &SessionContext) -> Result<Option<Aggregation>> {
        let state = context.state();
        let plan = state.create_logical_plan(query).await?;
        let plan = state
            .analyzer()
            .execute_and_check(plan, state.config_options(), |_, _| {})?;
        let simplify: Arc<dyn OptimizerRule + Send + Sync> = Arc::new(SimplifyExpressions::new());
        let plan = Optimizer::with_rules(vec![simplify]).optimize(plan, &state, |_, _| {})?;

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
            // The order is kept here, so that the function need not keep it once more.
            let unordered = expr.clone().unalias_nested().data;
            let unordered = match unordered {
                Expr::AggregateFunction(mut call) => {
                    call.params.order_by.clear();
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
                args: lowered.aggregate.expressions(),
                function: lowered.aggregate,
                filter: lowered.filter,
                order: ordered.order_bys,
            })
        };
        let figures = aggregate.aggr_expr.iter().map(figure);
        let figures = figures.collect::<Result<Vec<_>>>()?;
        let selected = projection.expr.iter();
        let selected = selected.map(|expr| physical(expr, &aggregate.schema));
        Ok(Some(Aggregation {
            input: Arc::new(rows.as_arrow().clone()),
            groups,
            figures,
            whole: Arc::new(aggregate.schema.as_arrow().clone()),
            selected: selected.collect::<Result<_>>()?,
            schema: Arc::new(projection.schema.as_arrow().clone()),
        }))
    }

    /// Evaluates what is read of a batch, whose columns are those of the table, perhaps with others behind them.
    pub(crate) fn read(&self, batch: &RecordBatch) -> Result<Read> {
        let rows = batch.num_rows();
        let columns = batch.columns()[..self.input.fields().len()].to_vec();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = &RecordBatch::try_new_with_options(Arc::clone(&self.input), columns, &options)?;
        let array = |expr: &Arc<dyn PhysicalExpr>| expr.evaluate(batch)?.into_array(rows);
        let groups: Vec<ArrayRef> = self.groups.iter().map(array).collect::<Result<_>>()?;
        let hashes = match self.texts(&groups) {
            Some(texts) => DistinctTexts::hashes(texts),
            None => Vec::new(),
        };
        let figure = |figure: &Figure| {
            let holds = match &figure.filter {
                None => None,
                Some(condition) => {
                    let holds = array(condition)?.as_boolean().clone();
                    Some(match holds.null_count() {
                        0 => holds,
                        _ => prep_null_mask_filter(&holds),
                    })
                }
            };
            let args = figure.args.iter().map(|expr| expr.evaluate(batch));
            let args = args.collect::<Result<Vec<_>>>()?;
            if !figure.keeps_rows() {
                return Ok(FigureInput {
                    args,
                    order: Vec::new(),
                    filter: holds,
                });
            }
            let keep = |array: &ArrayRef| -> Result<ArrayRef> {
                Ok(own_text(match &holds {
                    Some(holds) => filter(array, holds)?,
                    None => Arc::clone(array),
                }))
            };
            let mut kept = Vec::with_capacity(args.len());
            for arg in args {
                kept.push(match arg {
                    ColumnarValue::Array(array) => ColumnarValue::Array(keep(&array)?),
                    scalar => scalar,
                });
            }
            let mut order = Vec::with_capacity(figure.order.len());
            for key in &figure.order {
                // What is ordered by is often what is aggregated: it is kept once.
                let same = figure.args.iter().position(|arg| arg == &key.expr);
                order.push(match same.and_then(|arg| kept.get(arg)) {
                    Some(ColumnarValue::Array(array)) => Arc::clone(array),
                    _ => keep(&array(&key.expr)?)?,
                });
            }
            Ok(FigureInput {
                args: kept,
                order,
                filter: holds,
            })
        };
        Ok(Read {
            rows,
            groups,
            hashes,
            figures: self.figures.iter().map(figure).collect::<Result<_>>()?,
        })
    }

    /// The groups where they are one column of texts, the most common of all.
    fn texts<'a>(&self, groups: &'a [ArrayRef]) -> Option<&'a StringViewArray> {
        match groups {
            [only] => only.as_string_view_opt(),
            _ => None,
        }
    }

    /// The groups before the first row.
    pub(crate) fn begin(&self) -> Result<Totals<'_>> {
        let columns: Vec<usize> = (0..self.groups.len()).collect();
        let schema = Arc::new(self.whole.project(&columns)?);
        let groups = match schema.fields().as_ref() {
            [] => Groups::One,
            [only] if *only.data_type() == DataType::Utf8View => {
                Groups::Texts(DistinctTexts::default())
            }
            _ => Groups::Values(new_group_values(schema, &GroupOrdering::None)?),
        };
        let state = |figure: &Figure| {
            Ok(match figure.keeps_rows() {
                true => State::Rows(Rows::default()),
                false => State::Figures(figure.function.create_groups_accumulator()?),
            })
        };
        Ok(Totals {
            aggregation: self,
            groups,
            group_count: usize::from(self.groups.is_empty()),
            numbers: Vec::new(),
            states: self.figures.iter().map(state).collect::<Result<_>>()?,
            rows: 0,
        })
    }
}

/// The groups so far.
pub(crate) struct Totals<'a> {
    aggregation: &'a Aggregation,
    groups: Groups,
    group_count: usize,
    numbers: Vec<usize>,
    states: Vec<State>,
    rows: u64,
}

enum Groups {
    /// All rows are one group.
    One,
    Texts(DistinctTexts),
    Values(Box<dyn GroupValues>),
}

enum State {
    Figures(Box<dyn GroupsAccumulator>),
    Rows(Rows),
}

/// What a figure reads of its rows, in their order.
#[derive(Default)]
struct Rows {
    groups: Vec<u32>,
    args: Vec<Vec<ColumnarValue>>,
    order: Vec<Vec<ArrayRef>>,
}

impl Totals<'_> {
    /// Rows added so far.
    pub(crate) fn rows(&self) -> u64 {
        self.rows
    }

    /// Adds rows, which come after all those added before.
    pub(crate) fn add(&mut self, read: Read) -> Result<()> {
        self.rows += read.rows as u64;
        match &mut self.groups {
            Groups::One => {
                self.numbers.clear();
                self.numbers.resize(read.rows, 0);
            }
            Groups::Texts(groups) => {
                if let Some(texts) = self.aggregation.texts(&read.groups) {
                    groups.number(texts, &read.hashes, &mut self.numbers);
                }
                self.group_count = groups.len();
            }
            Groups::Values(groups) => {
                groups.intern(&read.groups, &mut self.numbers)?;
                self.group_count = groups.len();
            }
        }
        for (state, input) in self.states.iter_mut().zip(read.figures) {
            match state {
                State::Figures(figures) => {
                    let args = input.args.into_iter();
                    let args = args
                        .map(|arg| arg.into_array(read.rows))
                        .collect::<Result<Vec<_>>>()?;
                    let holds = input.filter.as_ref();
                    figures.update_batch(&args, &self.numbers, holds, self.group_count)?;
                }
                State::Rows(rows) => {
                    let numbers = self.numbers.iter().map(|number| *number as u32);
                    match &input.filter {
                        None => rows.groups.extend(numbers),
                        Some(holds) => {
                            let chosen = numbers.zip(holds.values());
                            rows.groups.extend(
                                chosen.filter_map(|(number, holds)| holds.then_some(number)),
                            );
                        }
                    }
                    rows.args.push(input.args);
                    rows.order.push(input.order);
                }
            }
        }
        Ok(())
    }

    /// The groups in the order of their first rows.
    pub(crate) fn finish(self, threads: usize) -> Result<Vec<RecordBatch>> {
        let Totals {
            aggregation,
            groups,
            group_count,
            states,
            rows,
            ..
        } = self;
        if group_count == 0 {
            return Ok(Vec::new());
        }
        let mut columns = match groups {
            Groups::One => Vec::new(),
            Groups::Texts(groups) => vec![groups.finish()],
            Groups::Values(mut groups) => groups.emit(EmitTo::All)?,
        };
        for (figure, state) in aggregation.figures.iter().zip(states) {
            columns.push(match state {
                State::Figures(mut figures) => {
                    if rows == 0 {
                        // The one group of a query without groups: no batch has told of it.
                        let nothing = figure.nothing(&aggregation.input)?;
                        figures.update_batch(&nothing, &[], None, group_count)?;
                    }
                    figures.evaluate(EmitTo::All)?
                }
                State::Rows(rows) => figure.of_rows(rows, group_count, threads)?,
            });
        }
        let whole = RecordBatch::try_new(Arc::clone(&aggregation.whole), columns)?;
        let columns = aggregation
            .selected
            .iter()
            .map(|expr| expr.evaluate(&whole)?.into_array(group_count))
            .collect::<Result<_>>()?;
        let groups = RecordBatch::try_new(Arc::clone(&aggregation.schema), columns)?;
        Ok(vec![groups])
    }
}

impl Figure {
    /// The arguments of no rows.
    fn nothing(&self, input: &SchemaRef) -> Result<Vec<ArrayRef>> {
        let empty = RecordBatch::new_empty(Arc::clone(input));
        let args = self.args.iter();
        args.map(|arg| arg.evaluate(&empty)?.into_array(0))
            .collect()
    }

    /// The figure of each group from rows kept.
    fn of_rows(&self, rows: Rows, count: usize, threads: usize) -> Result<ArrayRef> {
        let Rows {
            groups,
            args,
            order,
        } = rows;
        if args.is_empty() {
            // No rows were ever read: each group has the figure of nothing.
            let nothing = self.function.create_accumulator()?.evaluate()?;
            return nothing.to_array_of_size(count);
        }
        let whole = |number: usize| {
            if let Some(ColumnarValue::Scalar(scalar)) = args.first().map(|args| &args[number]) {
                return Ok(ColumnarValue::Scalar(scalar.clone()));
            }
            let arrays = args.iter().filter_map(|args| match &args[number] {
                ColumnarValue::Array(array) => Some(array.as_ref()),
                ColumnarValue::Scalar(_) => None,
            });
            Ok(ColumnarValue::Array(concat(&arrays.collect::<Vec<_>>())?))
        };
        let columns = (0..self.args.len()).map(whole);
        let columns = columns.collect::<Result<Vec<ColumnarValue>>>()?;
        let keys = self.order.iter().enumerate().map(|(number, key)| {
            let same = self.args.iter().position(|arg| arg == &key.expr);
            let values = match same.and_then(|arg| columns.get(arg)) {
                Some(ColumnarValue::Array(array)) => vec![Arc::clone(array)],
                _ => order.iter().map(|keys| Arc::clone(&keys[number])).collect(),
            };
            SortKey {
                values,
                options: key.options,
            }
        });
        let keys: Vec<SortKey> = keys.collect();
        drop((args, order));
        let threads = threads.max(1);
        let sorted = sort_rows_within(&groups, count, &keys, threads)
            .map_err(|e| DataFusionError::External(Box::new(e)))?;
        drop(keys);
        let taken = |rows: &[u32]| -> Result<Vec<ArrayRef>> {
            let indices = UInt32Array::from(rows.to_vec());
            let column = |column: &ColumnarValue| match column {
                ColumnarValue::Array(array) => Ok(take(array, &indices, None)?),
                ColumnarValue::Scalar(scalar) => scalar.to_array_of_size(rows.len()),
            };
            columns.iter().map(column).collect()
        };
        if self.function.groups_accumulator_supported() {
            // The rows of a group are next to each other: every thread has groups of its own.
            let some = |number: usize| {
                let first = count * number / threads;
                let next = count * (number + 1) / threads;
                let place =
                    |group| sorted.partition_point(|row| (groups[*row as usize] as usize) < group);
                let mut figures = self.function.create_groups_accumulator()?;
                let mut numbers = Vec::with_capacity(BATCH_ROWS);
                figures.update_batch(&taken(&[])?, &[], None, next - first)?;
                for rows in sorted[place(first)..place(next)].chunks(BATCH_ROWS) {
                    let own = rows
                        .iter()
                        .map(|row| groups[*row as usize] as usize - first);
                    numbers.clear();
                    numbers.extend(own);
                    figures.update_batch(&taken(rows)?, &numbers, None, next - first)?;
                }
                figures.evaluate(EmitTo::All)
            };
            let mut parts: Vec<ArrayRef> = Vec::with_capacity(threads);
            ordered(threads, threads, some, |part| {
                parts.push(part?);
                Ok::<(), DataFusionError>(())
            })?;
            let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
            return Ok(concat(&parts)?);
        }
        let mut values: Vec<ScalarValue> = Vec::with_capacity(count);
        let mut rest = sorted.as_slice();
        for group in 0..count as u32 {
            let end = rest.partition_point(|row| groups[*row as usize] == group);
            let (rows, after) = rest.split_at(end);
            rest = after;
            let mut figure = self.function.create_accumulator()?;
            if !rows.is_empty() {
                figure.update_batch(&taken(rows)?)?;
            }
            values.push(figure.evaluate()?);
        }
        ScalarValue::iter_to_array(values)
    }
}

/// The array with its texts in a buffer of their own: it may outlive the chunk of the file that they stand in.
fn own_text(array: ArrayRef) -> ArrayRef {
    match array.as_string_view_opt() {
        Some(texts) => Arc::new(texts.gc()),
        None => array,
    }
}
