//! What groups, figures, windows and orders of a query read is computed in a projection before them, which says [for which row it
//! fails](crate::located).

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Projection, Sort, SortExpr, Window};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// How columns begin that hold expressions of a query which may fail; nobody wrote them.
pub const COMPUTED: &str = "__computed_";

/// Moves expressions that may fail below the nodes that read them.
#[derive(Debug)]
pub(crate) struct ComputeFirst;

impl OptimizerRule for ComputeFirst {
    fn name(&self) -> &str {
        "compute_first"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::BottomUp)
    }

    fn rewrite(
        &self,
        plan: LogicalPlan,
        _: &dyn OptimizerConfig,
    ) -> Result<Transformed<LogicalPlan>> {
        let names = NamePreserver::new(&plan);
        match plan {
            LogicalPlan::Aggregate(aggregate) => {
                let mut computed = Computed::over(aggregate.input.schema());
                let is_set = aggregate
                    .group_expr
                    .iter()
                    .any(|e| matches!(e, Expr::GroupingSet(_)));
                let groups = aggregate.group_expr.iter().map(|expr| {
                    let name = names.save(expr);
                    match is_set {
                        true => expr.clone(),
                        false => name.restore(computed.first(expr.clone())),
                    }
                });
                let groups: Vec<Expr> = groups.collect();
                let figures = aggregate.aggr_expr.iter().map(|expr| {
                    let name = names.save(expr);
                    Ok(name.restore(computed.reads(expr.clone())?))
                });
                let figures = figures.collect::<Result<Vec<Expr>>>()?;
                let Some(input) = computed.before(&aggregate.input)? else {
                    return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
                };
                let aggregate = Aggregate::try_new(input, groups, figures)?;
                Ok(Transformed::yes(LogicalPlan::Aggregate(aggregate)))
            }
            LogicalPlan::Window(window) => {
                let mut computed = Computed::over(window.input.schema());
                let figures = window.window_expr.iter().map(|expr| {
                    let name = names.save(expr);
                    Ok(name.restore(computed.reads(expr.clone())?))
                });
                let figures = figures.collect::<Result<Vec<Expr>>>()?;
                let Some(input) = computed.before(&window.input)? else {
                    return Ok(Transformed::no(LogicalPlan::Window(window)));
                };
                let made = LogicalPlan::Window(Window::try_new(figures, input)?);
                Ok(Transformed::yes(only(&window.schema, made)?))
            }
            LogicalPlan::Sort(sort) => {
                let mut computed = Computed::over(sort.input.schema());
                let keys = sort.expr.iter().map(|key| SortExpr {
                    expr: computed.first(key.expr.clone()),
                    ..key.clone()
                });
                let keys = keys.collect();
                let Some(input) = computed.before(&sort.input)? else {
                    return Ok(Transformed::no(LogicalPlan::Sort(sort)));
                };
                let made = LogicalPlan::Sort(Sort {
                    expr: keys,
                    input,
                    fetch: sort.fetch,
                });
                Ok(Transformed::yes(only(sort.input.schema(), made)?))
            }
            other => Ok(Transformed::no(other)),
        }
    }
}

/// Expressions to be computed before a node.
struct Computed<'a> {
    schema: &'a DFSchema,
    exprs: Vec<(Expr, String)>,
}

impl<'a> Computed<'a> {
    fn over(schema: &'a DFSchema) -> Self {
        Self {
            schema,
            exprs: Vec::new(),
        }
    }

    /// The column that an expression becomes, if it may fail.
    fn first(&mut self, expr: Expr) -> Expr {
        let expr = expr.unalias();
        if !may_fail(&expr) {
            return expr;
        }
        if let Some((_, name)) = self.exprs.iter().find(|(known, _)| *known == expr) {
            return Expr::Column(Column::new_unqualified(name));
        }
        let names = (self.exprs.len()..).map(|number| format!("{COMPUTED}{number}"));
        let is_free = |name: &String| {
            let is_new = self.exprs.iter().all(|(_, other)| other != name);
            is_new && !self.schema.has_column_with_unqualified_name(name)
        };
        let Some(name) = names.into_iter().find(is_free) else {
            return expr;
        };
        self.exprs.push((expr, name.clone()));
        Expr::Column(Column::new_unqualified(name))
    }

    /// A figure that reads columns where it read expressions that may fail.
    fn reads(&mut self, figure: Expr) -> Result<Expr> {
        let read = figure
            .unalias()
            .map_children(|expr| Ok(Transformed::yes(self.first(expr))))?;
        Ok(read.data)
    }

    /// The input with what is computed; `None`: nothing is.
    fn before(self, input: &Arc<LogicalPlan>) -> Result<Option<Arc<LogicalPlan>>> {
        if self.exprs.is_empty() {
            return Ok(None);
        }
        let columns = self.schema.columns().into_iter().map(Expr::Column);
        let computed = self.exprs.into_iter().map(|(expr, name)| expr.alias(name));
        let projection = Projection::try_new(columns.chain(computed).collect(), Arc::clone(input))?;
        Ok(Some(Arc::new(LogicalPlan::Projection(projection))))
    }
}

/// The plan without the columns that were computed for it.
fn only(schema: &DFSchema, plan: LogicalPlan) -> Result<LogicalPlan> {
    let columns = schema.columns().into_iter().map(Expr::Column).collect();
    Ok(LogicalPlan::Projection(Projection::try_new(
        columns,
        Arc::new(plan),
    )?))
}

fn may_fail(expr: &Expr) -> bool {
    let fails = |e: &Expr| matches!(e, Expr::ScalarFunction(_) | Expr::Cast(_));
    let depends = |e: &Expr| {
        matches!(
            e,
            Expr::OuterReferenceColumn(..)
                | Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::Exists(_)
                | Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
                | Expr::Lambda(_)
                | Expr::LambdaVariable(_)
        )
    };
    let any = |of: &dyn Fn(&Expr) -> bool| expr.exists(|e| Ok(of(e))).unwrap_or(false);
    !expr.column_refs().is_empty() && any(&fails) && !any(&depends)
}
