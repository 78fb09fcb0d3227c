//! Our additions to DataFusion: functions for SQL expressions. Knows no YAML and no files.
//!
//! | function | answers |
//! |---|---|
//! | [`bucket`](functions::bucket) | in which class does this number fall |

mod functions;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;

/// A function as the reference manual describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionDoc {
    /// Its name in SQL.
    pub name: &'static str,
    /// How it is called.
    pub syntax: &'static str,
    /// What it answers.
    pub meaning: &'static str,
    /// A call and its answer.
    pub example: &'static str,
}

/// The manual of all our functions.
pub const FUNCTIONS: &[FunctionDoc] = &[functions::bucket::DOC];

/// Our functions.
pub fn functions() -> Vec<Arc<ScalarUDF>> {
    vec![Arc::new(functions::bucket::bucket())]
}

/// Makes our functions known to a session.
pub fn register(context: &SessionContext) {
    for function in functions() {
        context.register_udf(function.as_ref().clone());
    }
}
