//! The plan of an aggregation: which groups, which aggregates, and what is selected of them.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::optimizer::simplify_expressions::SimplifyExpressions;
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::physical_expr::aggregate::{AggregateFunctionExpr, LoweredAggregateBuilder};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr};
use datafusion::prelude::SessionContext;
use onefold_operators::TextKeys;
use onefold_read::shown_text;

use crate::explain::short;
use crate::places::beginning;

pub(super) type Result<T> = std::result::Result<T, DataFusionError>;

/// A planned aggregation.
pub(crate) struct Aggregation {
    /// Columns of the rows that go in.
    pub(super) input: SchemaRef,
    pub(super) groups: Vec<Arc<dyn PhysicalExpr>>,
    pub(super) aggregates: Vec<Aggregate>,
    /// Groups, then aggregates.
    pub(super) whole: SchemaRef,
    /// What is selected of them.
    selected: Vec<Arc<dyn PhysicalExpr>>,
    schema: SchemaRef,
}

/// One aggregate function of the query.
pub(super) struct Aggregate {
    /// The first column of the result that it is in.
    pub(super) column: String,
    pub(super) function: Arc<AggregateFunctionExpr>,
    pub(super) args: Vec<Arc<dyn PhysicalExpr>>,
    pub(super) filter: Option<Arc<dyn PhysicalExpr>>,
    pub(super) order: Vec<PhysicalSortExpr>,
}

impl Aggregate {
    /// Whether rows are kept to the end.
    pub(super) fn keeps_rows(&self) -> bool {
        !self.order.is_empty() || !self.function.groups_accumulator_supported()
    }
}

impl Aggregation {
    /// Plans a query of one `SELECT` with groups and aggregates over one registered table; `None` where it is of another form.
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
        let call = |expr: &Expr| {
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
            Ok(Aggregate {
                column: String::new(),
                args: lowered.aggregate.expressions(),
                function: lowered.aggregate,
                filter: lowered.filter,
                order: ordered.order_bys,
            })
        };
        let aggregates = aggregate.aggr_expr.iter().map(call);
        let mut aggregates = aggregates.collect::<Result<Vec<_>>>()?;
        for call in aggregates.iter().filter(|call| call.keeps_rows()) {
            // What a function refuses it refuses before any row is read.
            call.function.create_accumulator()?;
        }
        let groups: Vec<Arc<dyn PhysicalExpr>> = groups;
        // The types are those that the expressions have, not those that were planned before they were made simpler.
        let typed = |(field, data_type): (&Arc<Field>, DataType)| {
            Arc::new(field.as_ref().clone().with_data_type(data_type))
        };
        let group_types = groups.iter().map(|group| group.data_type(rows.as_arrow()));
        let figure_types = aggregates
            .iter()
            .map(|call| Ok(call.function.field().data_type().clone()));
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
        for (number, call) in aggregates.iter_mut().enumerate() {
            let reads = |expr: &Arc<dyn PhysicalExpr>| {
                collect_columns(expr)
                    .iter()
                    .any(|column| column.index() == groups.len() + number)
            };
            let first = selected.iter().position(reads);
            call.column =
                first.map_or_else(String::new, |first| schema.field(first).name().clone());
        }
        Ok(Some(Aggregation {
            input: Arc::new(rows.as_arrow().clone()),
            groups,
            aggregates,
            whole,
            selected,
            schema,
        }))
    }

    /// Columns of the rows that go in.
    pub(crate) fn input(&self) -> &SchemaRef {
        &self.input
    }

    /// Columns of the groups.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn partitions(&self) -> usize {
        match self.groups.len() {
            0 => 1,
            _ => PARTITIONS,
        }
    }

    /// What is selected of groups and aggregates.
    pub(super) fn selected(
        &self,
        whole: Vec<ArrayRef>,
    ) -> std::result::Result<RecordBatch, NoGroup> {
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
    pub(super) fn group(&self, groups: &[ArrayRef], number: usize) -> String {
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
}

/// A group of which a column cannot be computed.
#[derive(Debug)]
pub(super) struct NoGroup {
    /// Its number where it is kept.
    pub(super) group: usize,
    pub(super) why: String,
}

impl NoGroup {
    pub(super) fn new(group: usize, column: &str, why: String) -> Self {
        let why = format!("column `{column}`: {}", shown_text(&why));
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
pub(super) const PARTITIONS: usize = TextKeys::PARTITIONS;
