//! Groups of rows and aggregates over each as a query, for `aggregate:` and for the further columns of `sessionize:`.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::sql::sqlparser::ast::Ident;
use onefold_spec::model::{Aggregate, Column};
use onefold_spec::{Diagnostic, Spanned};

use super::columns::has_column;
use crate::aggregation::{Accumulators, Aggregation};
use crate::catalog::block_on;
use crate::explain::short;
use crate::places::Places;
use crate::probe;
use crate::query::Query;
use crate::sql::{explain, parse};

/// A query that groups.
pub(crate) struct Grouping {
    pub(crate) query: Query,
    /// The same as work on batches that pass, where the query has that form.
    pub(crate) aggregation: Option<Arc<Aggregation>>,
}

impl Grouping {
    /// Columns of the groups.
    pub(crate) fn schema(&self) -> &SchemaRef {
        match &self.aggregation {
            Some(aggregation) => aggregation.schema(),
            None => self.query.schema(),
        }
    }
}

/// The groups as a query over their input. Column names are quoted and every expression is one expression, checked by parsing, so nothing
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

/// Plans the groups. An expression that is wrong is told by itself, at its own place.
pub(crate) fn plan(
    step: &Aggregate,
    input: &SchemaRef,
    context: &SessionContext,
    errors: &mut Vec<Diagnostic>,
) -> Option<Grouping> {
    let whole = query(step, input, errors)?;
    match planned(&whole, context) {
        Ok(grouping) => Some(grouping),
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
                    errors.push(explain(sql, input, &error));
                }
            }
            if errors.len() == before {
                errors.push(Diagnostic::error(step.from.span, short(&all)));
            }
            None
        }
    }
}

/// The query, and the aggregation tried on sample rows.
fn planned(query: &str, context: &SessionContext) -> Result<Grouping, DataFusionError> {
    let by_query = Query::plan(query, context)?;
    let plan = || block_on(Aggregation::plan(query, context));
    let aggregation = probe::guarded(plan)?.map(Arc::new);
    if let Some(aggregation) = &aggregation {
        let run = |sample: &RecordBatch| {
            let mut groups = Accumulators::new(Arc::clone(aggregation), 1)?;
            groups.add(aggregation.read(sample, &Places::default())?)?;
            groups.finish().map(|_| ())
        };
        let samples = probe::samples(aggregation.input())?;
        probe::guarded(|| probe::judge(samples.each_ref().map(run)))?;
    }
    Ok(Grouping {
        query: by_query,
        aggregation,
    })
}
