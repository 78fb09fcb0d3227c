//! Numbers that do not fit are errors, never other numbers, infinity or nothing.
//!
//! DataFusion's operators wrap around, and its floats become infinite. Once the types of a plan are settled, the rule [`CheckedNumbers`]
//! puts functions in their place that fail instead; they stand in the plan like any other function, so that it holds for projections,
//! conditions, groups, figures, windows and joins alike. Functions of floats are wrapped where they are registered.
//!
//! Before types are settled, [`ExactNumbers`] reads a number with a fraction that stands beside a decimal as a decimal: `amount * 1.19`
//! stays one, and is exact. Beside floats and integers it is a float, and a decimal divided by it is one too: a quotient has no natural
//! number of digits. An integer that is compared with floats, or a number that is one of several values among them, fails where it has no
//! float of its own.

mod failure;
mod finite;
mod float;
mod literal;
mod operator;
mod pad;
mod same_float;

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result};
use datafusion::logical_expr::expr::{
    AggregateFunction, BinaryExpr, Case, Cast, ScalarFunction, TryCast,
};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Volatility,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::prelude::SessionContext;

use failure::ByRow;

pub use failure::Evaluated;
pub(crate) use failure::{Wording, apart, cast_error, lost};
pub(crate) use finite::{all_finite, is_finite};
pub(crate) use operator::rounded_quotient;

/// Functions that take the place of those of a session which answer with what is no number, or have no bounds.
pub(crate) fn bounded_functions(context: &SessionContext) -> Vec<ScalarUDF> {
    let state = context.state();
    let known = |name: &&str| state.scalar_functions().get(*name).map(Arc::clone);
    let finite = finite::NAMES.iter().filter_map(known);
    let finite = finite.map(finite::Finite::function);
    let padded = pad::NAMES.iter().filter_map(known);
    finite.chain(padded.map(pad::Padded::function)).collect()
}

/// The values of a call, and its rows that have none; `None`: its function does not know which of them fail.
///
/// # Errors
/// The function fails in a way that it does not know the rows of.
pub(crate) fn by_row(
    function: &ScalarUDF,
    args: &ScalarFunctionArgs,
    wording: Wording<'_>,
) -> Option<Result<Evaluated>> {
    fn of<T: ByRow + ScalarUDFImpl>(function: &ScalarUDF) -> Option<&dyn ByRow> {
        function
            .inner()
            .downcast_ref::<T>()
            .map(|f| f as &dyn ByRow)
    }
    let known = of::<operator::Checked>(function)
        .or_else(|| of::<operator::Negated>(function))
        .or_else(|| of::<float::ToFloat>(function))
        .or_else(|| of::<finite::Finite>(function))
        .or_else(|| of::<same_float::SameFloat>(function))?;
    Some(known.by_row(args.clone(), wording))
}

/// Reads numbers with a fraction as decimals where they stand beside decimals, and compares decimals with floats as floats.
#[derive(Debug)]
pub(crate) struct ExactNumbers;

impl AnalyzerRule for ExactNumbers {
    fn name(&self) -> &str {
        "exact_numbers"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        // A union settles its types before what reads it is looked at.
        let node = |plan| {
            let settled = literal::exact_union(plan)?.transform_data(literal::exact_join)?;
            settled.transform_data(|plan| rewritten(plan, &exact))
        };
        Ok(plan.transform_up_with_subqueries(node)?.data)
    }
}

/// Replaces what may leave its type unseen by functions that fail.
#[derive(Debug)]
pub(crate) struct CheckedNumbers;

impl AnalyzerRule for CheckedNumbers {
    fn name(&self) -> &str {
        "checked_numbers"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        everywhere(plan, &checked)
    }
}

/// Computes constants before types are settled: the type of `round(x, 1)` has one digit behind the point, that of `round(x, n)` has not.
/// What is computed later may not change a type any more.
#[derive(Debug)]
pub(crate) struct Constants;

impl AnalyzerRule for Constants {
    fn name(&self) -> &str {
        "constants"
    }

    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        let config = Arc::new(config.clone());
        everywhere(plan, &|expr, _| constants(expr, &config))
    }
}

/// What a figure with a `FILTER` reads is computed for the rows that its filter leaves, and fails for no other.
#[derive(Debug)]
pub(crate) struct FilteredFigures;

impl FilteredFigures {
    pub(crate) const NAME: &str = "filtered_figures";
}

impl AnalyzerRule for FilteredFigures {
    fn name(&self) -> &str {
        Self::NAME
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        everywhere(plan, &|expr, _| {
            expr.transform_up(|expr| match expr {
                Expr::AggregateFunction(call) => Ok(filtered(call)),
                other => Ok(Transformed::no(other)),
            })
        })
    }
}

fn filtered(mut call: AggregateFunction) -> Transformed<Expr> {
    let Some(filter) = call.params.filter.clone() else {
        return Transformed::no(Expr::AggregateFunction(call));
    };
    let mut is_changed = false;
    let sorted = call.params.order_by.iter_mut().map(|key| &mut key.expr);
    for expr in call.params.args.iter_mut().chain(sorted) {
        let may_fail = |e: &Expr| {
            matches!(
                e,
                Expr::ScalarFunction(_) | Expr::Cast(_) | Expr::BinaryExpr(_)
            )
        };
        let reads = !expr.column_refs().is_empty();
        if reads && expr.exists(|e| Ok(may_fail(e))).unwrap_or(false) {
            *expr = Expr::Case(Case {
                expr: None,
                when_then_expr: vec![(filter.clone(), Box::new(expr.clone()))],
                else_expr: None,
            });
            is_changed = true;
        }
    }
    Transformed::new_transformed(Expr::AggregateFunction(call), is_changed)
}

/// An expression of settled types whose functions have constants where they can be computed.
pub(crate) fn constants(expr: Expr, config: &Arc<ConfigOptions>) -> Result<Transformed<Expr>> {
    let context = SimplifyContext::builder()
        .with_config_options(Arc::clone(config))
        .build();
    let simplifier = ExprSimplifier::new(context);
    expr.transform_up(|expr| {
        let Expr::ScalarFunction(mut call) = expr else {
            return Ok(Transformed::no(expr));
        };
        let mut is_changed = false;
        for arg in call.args.iter_mut().filter(|arg| is_constant(arg)) {
            // What fails fails when it is needed.
            if let Ok(Expr::Literal(value, metadata)) = simplifier.simplify(arg.clone()) {
                *arg = Expr::Literal(value, metadata);
                is_changed = true;
            }
        }
        Ok(Transformed::new_transformed(
            Expr::ScalarFunction(call),
            is_changed,
        ))
    })
}

fn is_constant(expr: &Expr) -> bool {
    let depends = |expr: &Expr| {
        Ok(match expr {
            Expr::ScalarFunction(call) => call.func.signature().volatility != Volatility::Immutable,
            Expr::BinaryExpr(_) | Expr::Literal(..) | Expr::Cast(_) | Expr::TryCast(_) => false,
            Expr::Negative(_) | Expr::Not(_) | Expr::Case(_) | Expr::Alias(_) => false,
            _ => true,
        })
    };
    !matches!(expr, Expr::Literal(..)) && !expr.exists(depends).unwrap_or(true)
}

type Rewrite<'r> = dyn Fn(Expr, &DFSchema) -> Result<Transformed<Expr>> + 'r;

fn everywhere(plan: LogicalPlan, rewrite: &Rewrite<'_>) -> Result<LogicalPlan> {
    let node = |plan| rewritten(plan, rewrite);
    Ok(plan.transform_up_with_subqueries(node)?.data)
}

/// A node whose inputs are as they will be.
fn rewritten(plan: LogicalPlan, rewrite: &Rewrite<'_>) -> Result<Transformed<LogicalPlan>> {
    let mut schema = merge_schema(&plan.inputs());
    if let LogicalPlan::TableScan(scan) = &plan {
        let name = scan.table_name.clone();
        schema.merge(&DFSchema::try_from_qualified_schema(
            name,
            &scan.source.schema(),
        )?);
    }
    let names = NamePreserver::new(&plan);
    let plan = plan.map_expressions(|expr| {
        let name = names.save(&expr);
        let rewritten = rewrite(expr, &schema)?;
        Ok(match rewritten.transformed {
            true => rewritten.update_data(|expr| name.restore(expr)),
            false => rewritten,
        })
    })?;
    plan.map_data(LogicalPlan::recompute_schema)
}

/// An expression over columns of `schema` whose literals are [exact](ExactNumbers).
pub(crate) fn exact(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    expr.transform_up(|expr| match expr {
        Expr::BinaryExpr(binary) => literal::exact(binary, schema),
        other @ (Expr::Case(_) | Expr::ScalarFunction(_)) => literal::exact_choice(other, schema),
        other @ Expr::InSubquery(_) => literal::exact_subquery(other, schema),
        other => literal::exact_set(other, schema),
    })
}

/// An expression over columns of `schema`, of settled types, that [fails](CheckedNumbers) where a number does not fit.
pub(crate) fn checked(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let is_number = |expr: &Expr| {
        Ok::<_, datafusion::common::DataFusionError>(expr.get_type(schema)?.is_numeric())
    };
    let call = |function: Arc<ScalarUDF>, args: Vec<Expr>| {
        Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(
            function, args,
        )))
    };
    expr.transform_up(|expr| {
        Ok(match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                match operator::Checked::function(op) {
                    Some(function) if is_number(&left)? && is_number(&right)? => {
                        call(function, vec![*left, *right])
                    }
                    _ => Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })),
                }
            }
            Expr::Negative(value) if is_number(&value)? => {
                call(operator::Negated::function(), vec![*value])
            }
            Expr::Cast(Cast { expr, field })
                if float::ToFloat::is_needed(&expr.get_type(schema)?, field.data_type()) =>
            {
                let to = field.data_type().clone();
                call(float::ToFloat::function(to, false), vec![*expr])
            }
            Expr::TryCast(TryCast { expr, field })
                if float::ToFloat::is_needed(&expr.get_type(schema)?, field.data_type()) =>
            {
                let to = field.data_type().clone();
                call(float::ToFloat::function(to, true), vec![*expr])
            }
            other => Transformed::no(other),
        })
    })
}
