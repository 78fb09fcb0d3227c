//! Which column of a query fails, and for which row: conditions and projected columns of a physical plan that say so.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::ColumnarValue;
use datafusion::logical_expr::sort_properties::ExprProperties;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

use crate::rows::evaluate;

/// A row for which a query fails.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct FailedRow {
    /// The column that is computed; `None`: a condition.
    pub column: Option<String>,
    /// Why it fails.
    pub why: String,
    /// The row, as one batch of the columns that the query reads there.
    pub row: RecordBatch,
}

impl FailedRow {
    /// The row that an error is about, if it is about a row.
    pub fn of(error: &DataFusionError) -> Option<&FailedRow> {
        match error.find_root() {
            DataFusionError::External(error) => error.downcast_ref(),
            _ => None,
        }
    }
}

/// How errors of the query engine are put into words.
pub type Said = fn(&DataFusionError) -> String;

/// Puts [`Located`] expressions into conditions and projections of a finished plan.
#[derive(Debug)]
pub(crate) struct LocateFailures {
    pub(crate) said: Said,
}

impl PhysicalOptimizerRule for LocateFailures {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let node = |plan: Arc<dyn ExecutionPlan>| {
            if let Some(filter) = plan.downcast_ref::<FilterExec>() {
                let predicate = self.located(filter.predicate(), None);
                let filter = FilterExecBuilder::from(filter)
                    .with_predicate(predicate)
                    .build()?;
                return Ok(Transformed::yes(Arc::new(filter) as Arc<dyn ExecutionPlan>));
            }
            if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
                let columns = projection.expr().iter().map(|column| ProjectionExpr {
                    expr: self.located(&column.expr, Some(&column.alias)),
                    alias: column.alias.clone(),
                });
                let columns: Vec<ProjectionExpr> = columns.collect();
                let schema = projection.schema();
                let input = Arc::clone(projection.input());
                let projection =
                    ProjectionExec::try_new_with_schema_metadata(columns, input, &schema)?;
                return Ok(Transformed::yes(
                    Arc::new(projection) as Arc<dyn ExecutionPlan>
                ));
            }
            Ok(Transformed::no(plan))
        };
        Ok(plan.transform_up(node)?.data)
    }

    fn name(&self) -> &str {
        "locate_failures"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

impl LocateFailures {
    fn located(&self, expr: &Arc<dyn PhysicalExpr>, column: Option<&str>) -> Arc<dyn PhysicalExpr> {
        if expr.is::<Column>() || expr.is::<Literal>() {
            return Arc::clone(expr);
        }
        Arc::new(Located {
            expr: Arc::clone(expr),
            column: column.map(str::to_owned),
            said: self.said,
        })
    }
}

/// An expression that fails only for a row for which it is needed, and names it.
#[derive(Debug)]
struct Located {
    expr: Arc<dyn PhysicalExpr>,
    column: Option<String>,
    said: Said,
}

impl PartialEq for Located {
    fn eq(&self, other: &Self) -> bool {
        self.expr.eq(&other.expr) && self.column == other.column
    }
}

impl Eq for Located {}

impl Hash for Located {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expr.hash(state);
        self.column.hash(state);
    }
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt(f)
    }
}

impl PhysicalExpr for Located {
    fn data_type(&self, schema: &Schema) -> Result<DataType> {
        self.expr.data_type(schema)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.expr.nullable(schema)
    }

    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.expr.return_field(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if let Ok(values) = self.expr.evaluate(batch) {
            return Ok(values);
        }
        let mut found = evaluate(&self.expr, batch, &self.said)?;
        if found.failed.is_empty() {
            return Ok(ColumnarValue::Array(found.values));
        }
        let (row, why) = found.failed.swap_remove(0);
        let failed = FailedRow {
            column: self.column.clone(),
            why,
            row: batch.slice(row as usize, 1),
        };
        Err(DataFusionError::External(Box::new(failed)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.expr]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(match children.pop() {
            Some(expr) => Arc::new(Located {
                expr,
                column: self.column.clone(),
                said: self.said,
            }),
            None => self,
        })
    }

    fn get_properties(&self, children: &[ExprProperties]) -> Result<ExprProperties> {
        match children.first() {
            Some(properties) => Ok(properties.clone()),
            None => Ok(ExprProperties::new_unknown()),
        }
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expr.fmt_sql(f)
    }
}
