//! `resolve:`: from the pipeline's words to those of `onefold-resolve`.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use onefold_resolve::{CustomerId, ErrorKind, Options, Preference, Rule, SourceRecords};
use onefold_spec::Diagnostic;
use onefold_spec::model::{self, Keep, MaxShared, Pipeline, Type};

use super::{Schemas, has_column};
use crate::wording::words;

/// Most records that a value of an identifier may stand on before it stops to identify.
const MAX_SHARED_IDENTIFIER: u64 = 10;
/// The same for anything else, names above all.
const MAX_SHARED_OTHER: u64 = 50;

/// Columns of the customers and the side tables.
pub(crate) fn schemas(
    step: &model::Resolve,
    pipeline: &Pipeline,
    known: &HashMap<String, SchemaRef>,
    errors: &mut Vec<Diagnostic>,
) -> Option<Schemas> {
    let before = errors.len();
    let mut sources = Vec::new();
    for table in &step.from {
        sources.push(source(
            table,
            pipeline,
            Arc::clone(known.get(table.as_str())?),
        ));
    }
    let somewhere = |column: &onefold_spec::Spanned<String>, errors: &mut Vec<Diagnostic>| {
        if !sources
            .iter()
            .any(|s| s.schema.column_with_name(column).is_some())
        {
            let first = &step.from[0];
            has_column(column, &sources[0].schema, first, errors);
        }
    };
    step.rules
        .iter()
        .flat_map(|r| &r.fields)
        .for_each(|c| somewhere(c, errors));
    let orders = step
        .keep
        .iter()
        .chain(step.survivorship.iter().flat_map(|(_, keep)| keep));
    for keep in orders {
        if let Keep::Latest(column) | Keep::Earliest(column) = keep {
            somewhere(column, errors);
        }
    }
    step.survivorship
        .iter()
        .for_each(|(column, _)| somewhere(column, errors));
    if errors.len() > before {
        return None;
    }
    match onefold_resolve::schemas(&sources, &options(step, pipeline, 1)) {
        Ok(made) => Some(Schemas {
            rows: made.customers,
            sides: vec![
                ("duplicates", made.duplicates),
                ("links", made.links),
                ("members", made.members),
            ],
        }),
        Err(error) => {
            let finding = Diagnostic::error(step.from[0].span, words(&error.to_string()));
            errors.push(match error.kind() {
                ErrorKind::Schema => finding.hint("give it one type in all the tables"),
                _ => finding,
            });
            None
        }
    }
}

/// A table as input of a resolution, without its rows.
pub(crate) fn source(table: &str, pipeline: &Pipeline, schema: SchemaRef) -> SourceRecords {
    let declared = pipeline.sources.iter().find(|s| s.name.value == table);
    let key = declared
        .and_then(|s| s.key.as_ref())
        .and_then(|k| schema.column_with_name(k))
        .map(|(i, _)| i);
    SourceRecords {
        name: table.to_owned(),
        label: declared.map_or_else(|| table.to_owned(), |s| s.label.clone()),
        schema,
        batches: Vec::new(),
        key,
        address: None,
    }
}

/// The options of a resolution.
pub(crate) fn options(step: &model::Resolve, pipeline: &Pipeline, threads: usize) -> Options {
    let rules = step
        .rules
        .iter()
        .map(|rule| {
            let types: Vec<&Type> = rule
                .fields
                .iter()
                .flat_map(|f| field_types(f, step, pipeline))
                .collect();
            let identifier = types
                .iter()
                .any(|t| matches!(t, Type::Email | Type::Phone { .. } | Type::Uuid));
            let usual = if identifier {
                MAX_SHARED_IDENTIFIER
            } else {
                MAX_SHARED_OTHER
            };
            let max_shared = match &step.max_shared {
                MaxShared::Default => Some(usual),
                MaxShared::Off => None,
                MaxShared::All(cap) => Some(*cap),
                MaxShared::ByRule(caps) => Some(
                    caps.iter()
                        .find(|(l, _)| *l == rule.label)
                        .map_or(usual, |(_, cap)| *cap),
                ),
            };
            Rule {
                label: rule.label.clone(),
                columns: rule.fields.iter().map(|f| f.value.clone()).collect(),
                fold_case: types.iter().any(|t| matches!(t, Type::PersonName)),
                max_shared,
            }
        })
        .collect();
    Options {
        rules,
        keep: preferences(&step.keep, step),
        survivorship: step
            .survivorship
            .iter()
            .map(|(c, keep)| (c.value.clone(), preferences(keep, step)))
            .collect(),
        fill: step.fill,
        max_size: Some(step.max_size),
        threads,
        ..Options::new(CustomerId {
            name: step.id.name.clone(),
            prefix: step.id.prefix.clone(),
            digits: step.id.digits,
        })
    }
}

fn field_types<'a>(field: &str, step: &model::Resolve, pipeline: &'a Pipeline) -> Vec<&'a Type> {
    let sources = pipeline
        .sources
        .iter()
        .filter(|s| step.from.iter().any(|t| t.value == s.name.value));
    sources
        .flat_map(|s| s.fields.iter().flatten())
        .filter(|f| f.name.value == field)
        .map(|f| &f.ty)
        .collect()
}

fn preferences(keep: &[Keep], step: &model::Resolve) -> Vec<Preference> {
    keep.iter()
        .map(|keep| match keep {
            Keep::MostComplete => Preference::MostComplete,
            Keep::Latest(column) => Preference::Latest(column.value.clone()),
            Keep::Earliest(column) => Preference::Earliest(column.value.clone()),
            Keep::Priority(sources) => Preference::Priority(
                sources
                    .iter()
                    .filter_map(|s| step.from.iter().position(|t| t.value == s.value))
                    .collect(),
            ),
            Keep::First => Preference::First,
            Keep::Last => Preference::Last,
        })
        .collect()
}

/// The address column of a stored source, if it has one.
pub(crate) fn address(schema: &SchemaRef) -> Option<usize> {
    let last = schema.fields().len().checked_sub(1)?;
    let field = schema.field(last);
    (field.name() == "_at" && *field.data_type() == DataType::UInt64).then_some(last)
}
