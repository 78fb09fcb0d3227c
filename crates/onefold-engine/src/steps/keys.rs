//! `dedupe:` and `sessionize:`: from the pipeline's words to those of `onefold-operators`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::prelude::SessionContext;
use onefold_operators::{
    DedupeOptions, Preference, SessionOptions, check_dedupe, events_schema, sessions_schema,
};
use onefold_spec::model::{Aggregate, Dedupe, Keep, Sessionize};
use onefold_spec::{Diagnostic, Spanned};

use super::{Schemas, aggregate, has_column, has_time, with_columns};
use crate::wording::words;

/// Columns of a `dedupe:` and of its side table.
pub(crate) fn dedupe_schemas(
    step: &Dedupe,
    known: &HashMap<String, SchemaRef>,
    errors: &mut Vec<Diagnostic>,
) -> Option<Schemas> {
    let rows = Arc::clone(known.get(step.from.as_str())?);
    let options = dedupe_options(step, &rows, errors)?;
    if let Err(error) = check_dedupe(&rows, &options) {
        errors.push(Diagnostic::error(step.from.span, words(&error.to_string())));
        return None;
    }
    Some(Schemas {
        sides: vec![("removed", removed_schema(&rows, &options))],
        rows,
    })
}

/// Columns of the rows that are removed: their own and, as `kept_NAME`, those of the row kept instead. Of its key both have the same.
pub(crate) fn removed_schema(rows: &SchemaRef, options: &DedupeOptions) -> SchemaRef {
    let kept = kept_columns(rows, options).into_iter().map(|column| {
        let field = rows.field(column);
        let name = format!("kept_{}", field.name());
        (name, field.data_type().clone(), true)
    });
    with_columns(rows, kept)
}

/// The columns in which a removed row and the one kept instead may differ.
pub(crate) fn kept_columns(rows: &SchemaRef, options: &DedupeOptions) -> Vec<usize> {
    let all = 0..rows.fields().len();
    let differ = |column: &usize| !options.by.is_empty() && !options.by.contains(column);
    all.filter(differ).collect()
}

/// Column numbers of the keys and preferences.
pub(crate) fn dedupe_options(
    step: &Dedupe,
    schema: &SchemaRef,
    errors: &mut Vec<Diagnostic>,
) -> Option<DedupeOptions> {
    let before = errors.len();
    let mut number = |column: &Spanned<String>| {
        has_column(column, schema, &step.from, errors);
        schema.index_of(column).unwrap_or(0)
    };
    let by = step.by.iter().map(&mut number).collect();
    let keep = step.keep.iter().filter_map(|keep| match keep {
        Keep::MostComplete => Some(Preference::MostComplete),
        Keep::Latest(column) => Some(Preference::Latest(number(column))),
        Keep::Earliest(column) => Some(Preference::Earliest(number(column))),
        Keep::First => Some(Preference::First),
        Keep::Last => Some(Preference::Last),
        Keep::Priority(_) => None,
    });
    let keep = keep.collect();
    (errors.len() == before).then_some(DedupeOptions {
        by,
        keep,
        ignore: Vec::new(),
    })
}

/// Name of the column with a session's number, for the aggregates over its events.
const NUMBER: &str = "session_number";
/// Name of the table of events under which SQL sees them.
pub(crate) const EVENTS: &str = "session_events_";

/// Columns of a `sessionize:` and of its side table.
pub(crate) fn session_schemas(
    step: &Sessionize,
    known: &HashMap<String, SchemaRef>,
    context: &SessionContext,
    errors: &mut Vec<Diagnostic>,
) -> Option<Schemas> {
    let input = known.get(step.from.as_str())?;
    let options = session_options(step, input, errors)?;
    if !has_time(&step.time, input, &step.from, errors) {
        return None;
    }
    let made = sessions_schema(input, &options).and_then(|rows| Ok((rows, events_schema(input)?)));
    let (rows, events) = match made {
        Ok(made) => made,
        Err(error) => {
            errors.push(Diagnostic::error(step.from.span, words(&error.to_string())));
            return None;
        }
    };
    let mut fields: Vec<Arc<Field>> = rows.fields().iter().map(Arc::clone).collect();
    if !step.columns.is_empty() {
        let numbered = numbered_schema(input);
        crate::prepare::register(context, EVENTS, &numbered, Vec::new()).ok()?;
        let further = aggregate::schema(&further(step), &numbered, context, errors)?;
        fields.extend(further.fields().iter().skip(1).map(Arc::clone));
    }
    Some(Schemas {
        rows: Arc::new(Schema::new(fields)),
        sides: vec![("events", events)],
    })
}

/// Column numbers, gap and greatest length.
pub(crate) fn session_options(
    step: &Sessionize,
    schema: &SchemaRef,
    errors: &mut Vec<Diagnostic>,
) -> Option<SessionOptions> {
    let before = errors.len();
    for column in step.by.iter().chain([&step.time]) {
        has_column(column, schema, &step.from, errors);
    }
    let number = |column: &Spanned<String>| schema.index_of(column).ok();
    let by = step.by.iter().map(number).collect::<Option<Vec<_>>>();
    if errors.len() > before {
        return None;
    }
    Some(SessionOptions {
        by: by?,
        time: number(&step.time)?,
        gap: step.gap_micros.map(i64::unsigned_abs),
        max_length: step.max_length_micros.map(i64::unsigned_abs),
    })
}

/// Columns of the events with the number of their session in front.
pub(crate) fn numbered_schema(input: &SchemaRef) -> SchemaRef {
    let number = Arc::new(Field::new(NUMBER, DataType::UInt32, true));
    let fields: Vec<Arc<Field>> = std::iter::once(number)
        .chain(input.fields().iter().map(Arc::clone))
        .collect();
    Arc::new(Schema::new(fields))
}

/// The further columns of the sessions as an aggregate over their events.
pub(crate) fn further(step: &Sessionize) -> Aggregate {
    Aggregate {
        from: Spanned::new(EVENTS.to_owned(), step.from.span),
        by: vec![Spanned::new(NUMBER.to_owned(), step.from.span)],
        columns: step.columns.clone(),
    }
}
