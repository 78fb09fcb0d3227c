//! A SQL query over the tables of a pipeline: planned once, run when its tables have their rows.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use onefold_df::{COMPUTED, FailedRow};
use onefold_read::shown_text;

use crate::catalog::{Relation, block_on};
use crate::error::{Error, Kind};
use crate::explain::said;
use crate::places::beginning;
use crate::probe;
use crate::sql::{changes, changing_function};
use crate::stored::Stored;

/// How columns are called that hold a part of an expression: ours, and those that DataFusion makes of parts that several columns share.
const PARTS: [&str; 3] = [COMPUTED, "__common_expr", "same_float("];

/// A planned query.
pub(crate) struct Query {
    plan: LogicalPlan,
    schema: SchemaRef,
    context: SessionContext,
}

impl Query {
    /// Plans a query over the tables registered in `context`.
    ///
    /// # Errors
    /// Whatever can be known to be wrong without rows, types that do not fit each other among it.
    pub(crate) fn plan(query: &str, context: &SessionContext) -> Result<Self, DataFusionError> {
        probe::guarded(|| planned(query, context))
    }

    /// Columns of its rows.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Runs it for the table `name`, over tables that have their rows for as long as it runs.
    pub(crate) fn run_over(
        &self,
        name: &str,
        tables: Vec<(&Relation, Vec<RecordBatch>)>,
    ) -> Result<Stored, Error> {
        let mut filled = Vec::with_capacity(tables.len());
        for (table, rows) in tables {
            table.fill(rows).map_err(Error::internal)?;
            filled.push(table);
        }
        let made = self.run(name);
        for table in filled {
            table.fill(Vec::new()).map_err(Error::internal)?;
        }
        let batches = made?;
        let schema = match batches.first() {
            Some(batch) => batch.schema(),
            None => Arc::clone(&self.schema),
        };
        Ok(Stored::new(schema, batches))
    }

    /// Runs it for the table `name`.
    pub(crate) fn run(&self, name: &str) -> Result<Vec<RecordBatch>, Error> {
        let work = async {
            let rows = self.context.execute_logical_plan(self.plan.clone()).await?;
            rows.collect().await
        };
        block_on(work).map_err(|e| {
            let kind = match e.find_root() {
                DataFusionError::ResourcesExhausted(_) => Kind::Resources,
                DataFusionError::Internal(_) => Kind::Internal,
                _ => Kind::Data,
            };
            let message = match FailedRow::of(&e) {
                None => format!("table `{name}`: {}", said(&e).message),
                Some(failed) => {
                    let column = match &failed.column {
                        None => "a condition".to_owned(),
                        Some(column) if PARTS.iter().any(|part| column.starts_with(part)) => {
                            "an expression".to_owned()
                        }
                        Some(column) => format!("column `{column}`"),
                    };
                    let row = beginning("row", &failed.row, 0);
                    format!(
                        "table `{name}`, {column}: {} ({row})",
                        shown_text(&failed.why)
                    )
                }
            };
            Error::new(kind, message)
        })
    }
}

fn planned(query: &str, context: &SessionContext) -> Result<Query, DataFusionError> {
    let state = context.state();
    let plan = block_on(async { state.create_logical_plan(query).await })?;
    let mut changing = None;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            changing = changing.take().or_else(|| changing_function(expr));
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    if let Some(function) = changing {
        return Err(DataFusionError::Plan(changes(&function)));
    }
    let physical = block_on(async { state.create_physical_plan(&plan).await })?;
    probe::query(query, &plan, context)?;
    Ok(Query {
        plan,
        schema: physical.schema(),
        context: context.clone(),
    })
}
