//! `union:`: rows of several tables one after another; columns are matched by name, one that a table lacks is missing in its rows.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{Field, Schema, SchemaRef};
use onefold_spec::Diagnostic;
use onefold_spec::model::TableRef;

use crate::error::Error;
use crate::wording::type_name;

/// Columns of all tables in order of first appearance.
pub(crate) fn schema(
    tables: &[TableRef],
    known: &HashMap<String, SchemaRef>,
    errors: &mut Vec<Diagnostic>,
) -> Option<SchemaRef> {
    // With the table that each came from.
    let mut fields: Vec<(Field, &TableRef)> = Vec::new();
    let before = errors.len();
    for table in tables {
        for field in known.get(table.as_str())?.fields() {
            match fields.iter().find(|(f, _)| f.name() == field.name()) {
                None => fields.push((field.as_ref().clone().with_nullable(true), table)),
                Some((seen, _)) if seen.data_type() == field.data_type() => {}
                Some((seen, first)) => errors.push(
                    Diagnostic::error(
                        table.span,
                        format!(
                            "column `{}` is {} in `{}` and {} in `{}`",
                            field.name(),
                            type_name(seen.data_type()),
                            first.value,
                            type_name(field.data_type()),
                            table.value
                        ),
                    )
                    .hint("give it one type in all the tables"),
                ),
            }
        }
    }
    (errors.len() == before).then(|| {
        let fields = fields.into_iter().map(|(field, _)| field);
        Arc::new(Schema::new(fields.collect::<Vec<_>>())) as SchemaRef
    })
}

/// A batch of one of the tables with the columns of the union.
pub(crate) fn union(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let rows = batch.num_rows();
    let column = |f: &Arc<Field>| {
        batch
            .column_by_name(f.name())
            .map_or_else(|| new_null_array(f.data_type(), rows), Arc::clone)
    };
    let columns = schema.fields().iter().map(column).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}
