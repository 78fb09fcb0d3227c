//! `sql:`: a query over the other tables.

use std::collections::HashMap;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::Statement as Ast;
use onefold_df::{COMPUTED, FailedRow};
use onefold_spec::model::Pipeline;
use onefold_spec::{Diagnostic, Spanned, nearest};

use crate::error::{Error, Kind};
use crate::places::beginning;
use crate::probe;
use crate::sql::{changes, changing_function, list};
use crate::wording::said;

/// The tables of the pipeline that a query names; none where it cannot be parsed.
pub(crate) fn tables(query: &str, pipeline: &Pipeline) -> Vec<String> {
    named(query)
        .into_iter()
        .filter(|name| exists(name, pipeline))
        .collect()
}

fn named(query: &str) -> Vec<String> {
    let Ok(mut statements) = DFParser::parse_sql(query) else {
        return Vec::new();
    };
    let Some(statement) = statements.pop_front() else {
        return Vec::new();
    };
    let Ok((names, _)) = datafusion::sql::resolve::resolve_table_references(&statement, false)
    else {
        return Vec::new();
    };
    let text = |t: &datafusion::common::TableReference| match t.schema() {
        Some(space) => format!("{space}.{}", t.table()),
        None => t.table().to_owned(),
    };
    let mut names: Vec<String> = names.iter().map(text).collect();
    names.dedup();
    names
}

fn exists(name: &str, pipeline: &Pipeline) -> bool {
    let owner = name.split_once('.').map_or(name, |(owner, _)| owner);
    pipeline.sources.iter().any(|s| s.name.value == owner)
        || pipeline.tables.iter().any(|t| t.name.value == owner)
}

/// Columns of a query. Only a single `SELECT` (with `WITH`, `UNION` and so on) is a query: nothing that writes, creates or reads files.
pub(crate) fn schema(
    query: &Spanned<String>,
    pipeline: &Pipeline,
    known: &HashMap<String, SchemaRef>,
    context: &SessionContext,
    errors: &mut Vec<Diagnostic>,
) -> Option<SchemaRef> {
    let wrong = |message: String| Diagnostic::error(query.span, message);
    let statements = match DFParser::parse_sql(query) {
        Ok(statements) => statements,
        Err(error) => {
            errors.push(wrong(format!(
                "the query cannot be read: {}",
                said(&error).message
            )));
            return None;
        }
    };
    let is_query =
        |s: &Statement| matches!(s, Statement::Statement(ast) if matches!(**ast, Ast::Query(_)));
    if statements.len() != 1 || !statements.iter().all(is_query) {
        errors.push(wrong("`sql:` takes one SELECT".to_owned()));
        return None;
    }
    for name in named(query) {
        if !exists(&name, pipeline) {
            let names = pipeline
                .sources
                .iter()
                .map(|s| s.name.as_str())
                .chain(pipeline.tables.iter().map(|t| t.name.as_str()));
            let error = wrong(format!("there is no source or table `{name}`"));
            errors.push(match nearest(&name, names) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error,
            });
            return None;
        }
        if !known.contains_key(&name) {
            if name.contains('.') && known.contains_key(name.split_once('.')?.0) {
                let prefix = format!("{}.", name.split_once('.')?.0);
                let sides: Vec<&str> = known
                    .keys()
                    .filter(|k| k.starts_with(&prefix))
                    .map(String::as_str)
                    .collect();
                errors.push(
                    wrong(format!("there is no table `{name}`"))
                        .hint(format!("there are {}", list(&sides))),
                );
            }
            return None;
        }
    }
    match plan(query, context) {
        Ok(schema) => Some(schema),
        Err(error) => {
            errors.push(said(&error).at(query.span));
            None
        }
    }
}

/// Columns of a query over the tables registered in `context`, as they will be when it is run.
///
/// # Errors
/// Whatever can be known to be wrong without rows, types that do not fit each other among it.
pub(crate) fn plan(query: &str, context: &SessionContext) -> Result<SchemaRef, DataFusionError> {
    probe::guarded(|| planned(query, context))
}

fn planned(query: &str, context: &SessionContext) -> Result<SchemaRef, DataFusionError> {
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
    Ok(physical.schema())
}

/// Runs a query over the tables registered in `context`, for the table `name`.
pub(crate) fn run(
    name: &str,
    query: &str,
    context: &SessionContext,
) -> Result<Vec<RecordBatch>, Error> {
    block_on(async { context.sql(query).await?.collect().await }).map_err(|e| {
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
                    Some(column) if column.starts_with(COMPUTED) => "an expression".to_owned(),
                    Some(column) => format!("column `{column}`"),
                };
                let row = beginning("row", &failed.row, 0);
                format!("table `{name}`, {column}: {} ({row})", failed.why)
            }
        };
        Error::new(kind, message)
    })
}

pub(crate) fn block_on<T>(
    work: impl Future<Output = Result<T, DataFusionError>>,
) -> Result<T, DataFusionError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .map_err(|e| DataFusionError::External(Box::new(e)))?
        .block_on(work)
}
