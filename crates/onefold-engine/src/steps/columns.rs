//! Columns that steps name.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use onefold_spec::{Diagnostic, Spanned};

use crate::explain::type_name;

/// A batch without the hidden address that rows of a source have.
pub(crate) fn without_address(
    batch: RecordBatch,
    schema: &SchemaRef,
) -> Result<RecordBatch, String> {
    let columns = schema.fields().len();
    if batch.num_columns() == columns {
        return Ok(batch);
    }
    let visible: Vec<usize> = (0..columns).collect();
    batch.project(&visible).map_err(|e| e.to_string())
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

/// Column numbers on both sides.
pub(super) type Pairs = (Vec<usize>, Vec<usize>);

/// Column numbers of pairs of names; an error for each name that its table does not have.
pub(super) fn pairs(
    on: &[(Spanned<String>, Spanned<String>)],
    (left, left_name): (&SchemaRef, &str),
    (right, right_name): (&SchemaRef, &str),
    errors: &mut Vec<Diagnostic>,
) -> Option<Pairs> {
    let before = errors.len();
    for (l, r) in on {
        has_column(l, left, left_name, errors);
        has_column(r, right, right_name, errors);
    }
    let place = |schema: &SchemaRef, name: &str| schema.index_of(name).ok();
    let left = on
        .iter()
        .map(|(l, _)| place(left, l))
        .collect::<Option<Vec<_>>>();
    let right = on
        .iter()
        .map(|(_, r)| place(right, r))
        .collect::<Option<Vec<_>>>();
    if errors.len() > before {
        None
    } else {
        left.zip(right)
    }
}

/// Whether the columns of each pair have one type; an error at the right one where not. Decimals differ in their digits too, which is left to
/// the operator.
pub(super) fn fit(
    on: &[(Spanned<String>, Spanned<String>)],
    (left, left_name): (&SchemaRef, &str),
    (right, right_name): (&SchemaRef, &str),
    errors: &mut Vec<Diagnostic>,
) -> bool {
    let before = errors.len();
    let of = |schema: &SchemaRef, name: &str| {
        let (_, field) = schema.column_with_name(name)?;
        Some(type_name(field.data_type()))
    };
    for (l, r) in on {
        let (Some(left_type), Some(right_type)) = (of(left, l), of(right, r)) else {
            continue;
        };
        let are_decimals = left_type.starts_with("decimal") && right_type.starts_with("decimal");
        if left_type == right_type || are_decimals {
            continue;
        }
        let message = format!(
            "`{}` of `{left_name}` is {left_type} and `{}` of `{right_name}` is {right_type}: they cannot be compared",
            l.value, r.value
        );
        errors.push(
            Diagnostic::error(r.span, message).hint(
                "give both one type, under `fields` or with `cast(... AS ...)` in a `select`",
            ),
        );
    }
    errors.len() == before
}
