//! Findings: what is wrong with a record, as its reject says it.

use std::borrow::Cow;

use super::column::Problem;
use crate::error::{Error, Kind};
use crate::plan::PlannedField;
use crate::reject::FieldError;

/// What is wrong with a record.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) row: u32,
    pub(crate) error: FieldError,
}

/// A value that `on_invalid: null` made missing.
#[derive(Debug)]
pub(crate) struct Blank {
    pub(crate) row: u32,
    /// Number of its field.
    pub(crate) field: u32,
    pub(crate) error: FieldError,
}

/// A problem of a field, as the reject tells it.
pub(super) fn finding(
    field: &PlannedField,
    problem: &Problem,
    value: Option<String>,
) -> FieldError {
    let (code, message): (&'static str, String) = match problem {
        Problem::Missing => ("missing_value", format!("missing {}", field.name)),
        Problem::Invalid(invalid) => (invalid.code(), invalid.reason().to_owned()),
        Problem::NotOneOf => (
            "not_allowed",
            format!(
                "{} is not one of {}",
                field.name,
                field.one_of_list.join(", ")
            ),
        ),
        Problem::Below => (
            "below_minimum",
            format!(
                "{} is below {}",
                field.name,
                field.min.as_ref().map_or("", |b| &b.1)
            ),
        ),
        Problem::Above => (
            "above_maximum",
            format!(
                "{} is above {}",
                field.name,
                field.max.as_ref().map_or("", |b| &b.1)
            ),
        ),
        Problem::Pattern => (
            "pattern_mismatch",
            format!("{} does not match its pattern", field.name),
        ),
        Problem::Expression(message) => ("expression_failed", message.clone()),
        Problem::Unreadable(why) => (why.code(), why.reason().to_owned()),
    };
    FieldError {
        column: field.name.clone(),
        code: Cow::Borrowed(code),
        message,
        value,
    }
}

pub(super) fn internal(error: arrow::error::ArrowError) -> Error {
    Error::new(
        Kind::Internal,
        format!("typed columns do not fit together: {error}"),
    )
}
