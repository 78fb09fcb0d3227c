//! The steps: for each, the columns that it makes and how it makes the rows.

mod aggregate;
mod align;
pub(crate) mod join;
pub(crate) mod keys;
pub(crate) mod resolve;
pub(crate) mod sql;
mod union;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use datafusion::prelude::SessionContext;
use onefold_spec::model::{Pipeline, Step, Table};
use onefold_spec::{Diagnostic, Spanned};

pub(crate) use aggregate::query as aggregate_query;
#[cfg(test)]
pub(crate) use aggregate::schema as aggregate_schema;
pub(crate) use align::align;
pub(crate) use union::union;

use crate::wording::type_name;

/// Columns of a step's rows and of its side tables.
pub(crate) struct Schemas {
    pub(crate) rows: SchemaRef,
    pub(crate) sides: Vec<(&'static str, SchemaRef)>,
}

impl Schemas {
    fn rows(rows: SchemaRef) -> Option<Self> {
        Some(Self {
            rows,
            sides: Vec::new(),
        })
    }
}

/// Columns that a table's step makes; `None` where an input is not known or an error was found.
pub(crate) fn schemas(
    table: &Table,
    pipeline: &Pipeline,
    known: &HashMap<String, SchemaRef>,
    context: &SessionContext,
    errors: &mut Vec<Diagnostic>,
) -> Option<Schemas> {
    match &table.step {
        Step::From(name) => Schemas::rows(Arc::clone(known.get(name.as_str())?)),
        Step::Resolve(step) => resolve::schemas(step, pipeline, known, errors),
        Step::Sql(query) => Schemas::rows(sql::schema(query, pipeline, known, context, errors)?),
        Step::Union(all) => Schemas::rows(union::schema(all, known, errors)?),
        Step::Aggregate(step) => Schemas::rows(aggregate::schema(
            step,
            known.get(step.from.as_str())?,
            context,
            errors,
        )?),
        Step::Align(tables) => Schemas::rows(align::schema(tables, known, errors)?),
        Step::Join(step) => Schemas::rows(join::schema(step, known, errors)?),
        Step::AsofJoin(step) => join::asof_schemas(step, known, errors),
        Step::Dedupe(step) => keys::dedupe_schemas(step, known, errors),
        Step::Sessionize(step) => keys::session_schemas(step, known, context, errors),
    }
}

/// A schema with further columns at its end. One whose name is taken is called `NAME_2`, `NAME_3`, ...
pub(crate) fn with_columns(
    schema: &SchemaRef,
    further: impl IntoIterator<Item = (String, DataType, bool)>,
) -> SchemaRef {
    let mut fields: Vec<FieldRef> = schema.fields().iter().map(Arc::clone).collect();
    for (name, data_type, nullable) in further {
        let is_free = |name: &str| fields.iter().all(|field| field.name() != name);
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let free = std::iter::once(name.clone())
            .chain(numbered)
            .find(|name| is_free(name));
        let field = Field::new(free.unwrap_or_default(), data_type, nullable);
        fields.push(Arc::new(field));
    }
    Arc::new(Schema::new(fields))
}

/// Whether `column` is among the columns of `schema`; an error with the nearest name where it is not.
pub(crate) fn has_column(
    column: &Spanned<String>,
    schema: &SchemaRef,
    of: &str,
    errors: &mut Vec<Diagnostic>,
) -> bool {
    if schema.column_with_name(column).is_some() {
        return true;
    }
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let error = Diagnostic::error(
        column.span,
        format!("`{of}` has no column `{}`", column.value),
    );
    errors.push(match onefold_spec::nearest(column, names.iter().copied()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => error.hint("it has no columns at all"),
        None => error.hint(format!("its columns are {}", crate::sql::list(&names))),
    });
    false
}

/// Whether `column` can be the time of an event; an error where not.
pub(crate) fn has_time(
    column: &Spanned<String>,
    schema: &SchemaRef,
    of: &str,
    errors: &mut Vec<Diagnostic>,
) -> bool {
    let Some((_, field)) = schema.column_with_name(column) else {
        return has_column(column, schema, of, errors);
    };
    let data_type = field.data_type();
    if matches!(
        data_type,
        DataType::Int64 | DataType::Date32 | DataType::Timestamp(TimeUnit::Microsecond, _)
    ) {
        return true;
    }
    let message = format!(
        "`{}` of `{of}` is {}, which is no time",
        column.value,
        type_name(data_type)
    );
    let hint = "a time is a timestamp, a date, or an integer";
    errors.push(Diagnostic::error(column.span, message).hint(hint));
    false
}
