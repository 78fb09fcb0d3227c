//! Our additions to DataFusion: functions for SQL expressions, and numbers that fail where they do not fit. Knows no YAML and no files.
//!
//! | module | answers |
//! |---|---|
//! | [`functions`] | in which class does this number fall, what is the hash of this text, whose e-mail address is this, which value is inside this JSON |
//! | [`checked`] | what is the result of an operator that has no room for it: an error, never another number |
//! | [`aggregates`] | what do these numbers add up to, exactly |
//! | [`located`], [`computed`] | for which row does a query fail |
//! | [`rows`] | for which rows does an expression fail, and what are the values of the others |

mod aggregates;
mod checked;
mod computed;
mod functions;
mod located;
mod rows;

use std::sync::Arc;

use datafusion::common::{DFSchema, Result};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::planner::ExprPlanner;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, ScalarUDF};
use datafusion::optimizer::analyzer::type_coercion::TypeCoercion;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::optimizer::{Analyzer, AnalyzerRule};
use datafusion::prelude::{SessionConfig, SessionContext};

pub use aggregates::Unfit;
pub use checked::Evaluated;
pub use computed::COMPUTED;
pub use functions::FunctionDoc;
pub use located::{FailedRow, Said};
pub use rows::evaluate;

/// The manual of all our functions.
pub fn manual_entries() -> Vec<FunctionDoc> {
    let bucket = std::iter::once(functions::bucket::DOC);
    let all = bucket.chain(functions::digest::DOCS);
    let all = all.chain(functions::email::DOCS);
    all.chain(functions::json::DOCS).collect()
}

/// Our functions.
pub fn functions() -> Vec<Arc<ScalarUDF>> {
    let bucket = std::iter::once(functions::bucket::bucket());
    bucket
        .chain(functions::digest::functions())
        .chain(functions::email::functions())
        .chain(functions::json::functions())
        .map(Arc::new)
        .collect()
}

/// A session with our functions, in which numbers that do not fit are errors. `said` puts errors into words.
pub fn session(config: SessionConfig, said: Said) -> SessionContext {
    let defaults = SessionStateBuilder::new()
        .with_default_features()
        .with_config(config);
    let state = defaults.build();
    let mut rules: Vec<Rule> = vec![Arc::new(checked::ExactNumbers)];
    rules.extend(state.analyzer().rules.iter().map(Arc::clone));
    rules.extend([
        Arc::new(checked::CheckedNumbers) as Rule,
        Arc::new(checked::Constants),
    ]);
    // Once more, with the types that functions of constants have.
    let coercion: Rule = Arc::new(TypeCoercion::new());
    rules.extend([
        coercion,
        Arc::new(checked::CheckedNumbers),
        Arc::new(checked::FilteredFigures),
    ]);
    let mut planners: Vec<Arc<dyn ExprPlanner>> = vec![Arc::new(functions::json::Arrows::new())];
    planners.extend(state.expr_planners().iter().map(Arc::clone));
    let state = SessionStateBuilder::new_from_existing(state)
        .with_expr_planners(planners)
        .with_analyzer_rules(rules)
        .with_optimizer_rule(Arc::new(computed::ComputeFirst))
        .with_physical_optimizer_rule(Arc::new(located::LocateFailures { said }))
        .build();
    let context = SessionContext::new_with_state(state);
    for function in functions() {
        context.register_udf(function.as_ref().clone());
    }
    for function in checked::bounded_functions(&context) {
        context.register_udf(function);
    }
    for function in aggregates::functions(&context) {
        context.register_udaf(function);
    }
    context
}

type Rule = Arc<dyn AnalyzerRule + Send + Sync>;

/// The rules of a [`session`] for whoever evaluates figures: failures of rows that a `FILTER` leaves out are theirs to forget.
pub fn analyzer(context: &SessionContext) -> Analyzer {
    let state = context.state();
    let rules = state.analyzer().rules.iter();
    let rules = rules.filter(|rule| rule.name() != checked::FilteredFigures::NAME);
    Analyzer::with_rules(rules.map(Arc::clone).collect())
}

/// An expression of a pipeline over columns of `schema`, of settled types, that fails where a number does not fit.
///
/// # Errors
/// It does not fit the schema.
pub fn settle(expr: Expr, schema: &DFSchema, context: &SessionContext) -> Result<Expr> {
    let config = Arc::clone(context.state().config_options());
    let info = SimplifyContext::builder()
        .with_schema(Arc::new(schema.clone()))
        .with_config_options(Arc::clone(&config))
        .build();
    let simplifier = ExprSimplifier::new(info);
    let expr = simplifier.coerce(checked::exact(expr, schema)?.data, schema)?;
    let expr = checked::constants(checked::checked(expr, schema)?.data, &config)?.data;
    let expr = checked::checked(simplifier.coerce(expr, schema)?, schema)?.data;
    // Some functions exist only until here.
    simplifier.simplify(expr)
}

/// The manual page of our functions.
pub fn manual() -> String {
    let mut page = String::from(
        "# Functions\n\nExpressions are SQL as [DataFusion](https://datafusion.apache.org/user-guide/sql/) has it, with these functions \
         besides. Functions whose answer\ndepends on the clock or on chance (`now`, `random`, `uuid`) are refused: the same input gives the \
         same output.\n",
    );
    for f in manual_entries() {
        page += &format!(
            "\n## {}\n\n    {}\n\n{}\n\n    {}\n",
            f.name, f.syntax, f.meaning, f.example
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_function_has_its_page() {
        let registered: Vec<String> = functions().iter().map(|f| f.name().to_owned()).collect();
        let documented: Vec<String> = manual_entries().iter().map(|f| f.name.to_owned()).collect();
        assert_eq!(registered, documented);
    }

    /// Run with `ONEFOLD_BLESS=1` to write the page anew.
    #[test]
    fn the_manual_page_is_current() {
        // Not the folder in which this was built: clones may share what they build.
        let package = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
        let path = Path::new(&package).join("../../docs/reference/functions.md");
        if std::env::var_os("ONEFOLD_BLESS").is_some() {
            std::fs::write(&path, manual()).expect("a writable page");
        }
        assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), manual());
    }
}
