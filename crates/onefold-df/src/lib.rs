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

/// The manual page of our functions.
pub fn manual() -> String {
    let mut page = String::from(
        "# Functions\n\nExpressions are SQL as [DataFusion](https://datafusion.apache.org/user-guide/sql/) has it, with these functions \
         besides. Functions whose answer\ndepends on the clock or on chance (`now`, `random`, `uuid`) are refused: the same input gives the \
         same output.\n",
    );
    for f in FUNCTIONS {
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
        let documented: Vec<String> = FUNCTIONS.iter().map(|f| f.name.to_owned()).collect();
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
