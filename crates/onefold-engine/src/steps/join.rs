//! `join:` and `asof_join:`: from the pipeline's words to those of `onefold-operators`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use onefold_operators::{
    AsOfKind, AsOfOptions, Direction, Expect, JoinKind, TimeKey, Unmatched, asof_schema,
    join_schema,
};
use onefold_spec::model::{self, AsofJoin, Join, Lookup};
use onefold_spec::{Diagnostic, Spanned};

use super::{Schemas, has_column, has_time, with_columns};
use crate::wording::{type_name, words};

/// Columns after all lookups.
pub(crate) fn schema(
    step: &Join,
    known: &HashMap<String, SchemaRef>,
    errors: &mut Vec<Diagnostic>,
) -> Option<SchemaRef> {
    let mut left = Arc::clone(known.get(step.from.as_str())?);
    let mut whole = true;
    for lookup in &step.lookups {
        let right = known.get(lookup.table.as_str())?;
        match pairs(
            &lookup.on,
            (&left, &step.from),
            (right, &lookup.table),
            errors,
        ) {
            Some(_)
                if !fit(
                    &lookup.on,
                    (&left, &step.from),
                    (right, &lookup.table),
                    errors,
                ) =>
            {
                whole = false;
            }
            Some((left_on, right_on)) => match join_schema(
                &left,
                &left_on,
                right,
                &right_on,
                kind(lookup),
                &lookup.table,
            ) {
                Ok(joined) => left = joined,
                Err(error) => {
                    errors.push(Diagnostic::error(
                        lookup.table.span,
                        words(&error.to_string()),
                    ));
                    whole = false;
                }
            },
            None => whole = false,
        }
    }
    whole.then_some(left)
}

/// Columns of an as-of join and of its side table.
pub(crate) fn asof_schemas(
    step: &AsofJoin,
    known: &HashMap<String, SchemaRef>,
    errors: &mut Vec<Diagnostic>,
) -> Option<Schemas> {
    let left = known.get(step.left.as_str())?;
    let right = known.get(step.right.as_str())?;
    let by = pairs(&step.by, (left, &step.left), (right, &step.right), errors);
    let times = [(step.left_on.clone(), step.right_on.clone())];
    let on = pairs(&times, (left, &step.left), (right, &step.right), errors);
    let ((left_by, right_by), (left_on, right_on)) = (by?, on?);
    let (of_left, of_right) = ((left, step.left.as_str()), (right, step.right.as_str()));
    let before = errors.len();
    has_time(&step.left_on, left, &step.left, errors);
    has_time(&step.right_on, right, &step.right, errors);
    if errors.len() == before {
        fit(&times, of_left, of_right, errors);
    }
    fit(&step.by, of_left, of_right, errors);
    if errors.len() > before {
        return None;
    }
    let left_key = TimeKey {
        by: &left_by,
        on: left_on[0],
    };
    let right_key = TimeKey {
        by: &right_by,
        on: right_on[0],
    };
    match asof_schema(
        left,
        left_key,
        right,
        right_key,
        asof_kind(step),
        &step.right,
    ) {
        Ok(rows) => Some(Schemas {
            rows,
            sides: vec![("unmatched", unmatched_schema(left))],
        }),
        Err(error) => {
            errors.push(Diagnostic::error(
                step.right.span,
                words(&error.to_string()),
            ));
            None
        }
    }
}

/// Columns of the left rows without a partner: those of the left table and, last, `reason`.
pub(crate) fn unmatched_schema(left: &SchemaRef) -> SchemaRef {
    with_columns(left, [("reason".to_owned(), DataType::Utf8View, false)])
}

/// The reason for which a left row has no partner, as the report calls it.
pub(crate) fn reason(why: Unmatched) -> &'static str {
    match why {
        Unmatched::NoCandidate => "no_candidate",
        Unmatched::OutsideTolerance => "outside_tolerance",
        Unmatched::NullKey => "null_key",
    }
}

/// Column numbers on both sides.
pub(crate) type Pairs = (Vec<usize>, Vec<usize>);

/// Column numbers of pairs of names; an error for each name that its table does not have.
pub(crate) fn pairs(
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
fn fit(
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

pub(crate) fn kind(lookup: &Lookup) -> JoinKind {
    match lookup.kind {
        model::JoinKind::Left => JoinKind::Left,
        model::JoinKind::Inner => JoinKind::Inner,
        model::JoinKind::Full => JoinKind::Full,
        model::JoinKind::Semi => JoinKind::Semi,
        model::JoinKind::Anti => JoinKind::Anti,
    }
}

pub(crate) fn expect(lookup: &Lookup) -> Expect {
    match lookup.expect {
        model::Expect::One => Expect::One,
        model::Expect::First => Expect::First,
        model::Expect::Last => Expect::Last,
        model::Expect::Many => Expect::Many,
    }
}

pub(crate) fn asof_kind(step: &AsofJoin) -> AsOfKind {
    match step.kind {
        model::JoinKind::Inner => AsOfKind::Inner,
        _ => AsOfKind::Left,
    }
}

pub(crate) fn asof_options(step: &AsofJoin) -> AsOfOptions {
    AsOfOptions {
        tolerance: step.tolerance_micros.map(i64::unsigned_abs),
        allow_exact: step.allow_exact,
        ..AsOfOptions::new(match step.direction {
            model::Direction::Backward => Direction::Backward,
            model::Direction::Forward => Direction::Forward,
            model::Direction::Nearest => Direction::Nearest,
        })
    }
}
