//! `aggregate:`: groups of rows and figures about each. Groups come in the order in which their first rows came.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::Ident;
use onefold_spec::model::{Aggregate, Column};
use onefold_spec::{Diagnostic, Spanned};

use super::has_column;
use crate::aggregation::Aggregation;
use crate::probe;
use crate::sql::parse;

/// The step as a query over its input. Column names are quoted and every expression is one expression, checked by parsing, so nothing
/// of the pipeline's text can end up as another part of the query.
pub(crate) fn query(
    step: &Aggregate,
    input: &SchemaRef,
    errors: &mut Vec<Diagnostic>,
) -> Option<Spanned<String>> {
    let before = errors.len();
    let quote = |name: &str| Ident::with_quote('"', name).to_string();
    let mut selected = Vec::new();
    let mut groups = Vec::new();
    for column in &step.by {
        if has_column(column, input, &step.from, errors) {
            selected.push(quote(column));
            groups.push(quote(column));
        }
    }
    for column in &step.columns {
        match column {
            Column::All(place) => errors.push(Diagnostic::error(place.span, "`*` is no aggregate")),
            Column::Named { name, sql } => match parse(sql) {
                Ok(expr) => selected.push(format!("{expr} AS {}", quote(name))),
                Err(error) => errors.push(error),
            },
        }
    }
    if errors.len() > before {
        return None;
    }
    let (space, table) = step
        .from
        .split_once('.')
        .map_or((None, step.from.as_str()), |(s, t)| (Some(s), t));
    let from = space.map_or_else(
        || quote(table),
        |s| format!("{}.{}", quote(s), quote(table)),
    );
    let groups = match groups.is_empty() {
        true => String::new(),
        false => format!(" GROUP BY {}", groups.join(", ")),
    };
    Some(Spanned::new(
        format!("SELECT {} FROM {from}{groups}", selected.join(", ")),
        step.from.span,
    ))
}

/// Columns of the groups. An expression that is wrong is told by itself, at its own place.
pub(crate) fn schema(
    step: &Aggregate,
    input: &SchemaRef,
    context: &SessionContext,
    errors: &mut Vec<Diagnostic>,
) -> Option<SchemaRef> {
    let whole = query(step, input, errors)?;
    match planned(&whole, context) {
        Ok(schema) => Some(schema),
        Err(all) => {
            let before = errors.len();
            for column in &step.columns {
                let Column::Named { sql, .. } = column else {
                    continue;
                };
                let alone = Aggregate {
                    columns: vec![column.clone()],
                    ..step.clone()
                };
                let Some(query) = query(&alone, input, errors) else {
                    continue;
                };
                if let Err(error) = planned(&query, context) {
                    errors.push(crate::sql::explain(sql, input, &error));
                }
            }
            if errors.len() == before {
                errors.push(Diagnostic::error(step.from.span, crate::sql::short(&all)));
            }
            None
        }
    }
}

/// Columns of the query as it will be run.
fn planned(query: &str, context: &SessionContext) -> Result<SchemaRef, DataFusionError> {
    let by_query = super::sql::plan(query, context)?;
    let plan = || super::sql::block_on(Aggregation::plan(query, context));
    let Some(aggregation) = probe::guarded(plan)? else {
        return Ok(by_query);
    };
    let run = |sample: &RecordBatch| {
        let mut totals = aggregation.begin(1)?;
        totals.add(aggregation.read(sample)?)?;
        totals.finish().map(|_| ())
    };
    let [empty, common] = probe::samples(aggregation.input())?;
    probe::guarded(|| probe::judge(run(&empty), run(&common)))?;
    Ok(Arc::clone(aggregation.schema()))
}
