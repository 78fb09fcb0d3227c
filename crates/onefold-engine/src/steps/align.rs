//! `align:`: rows of two or more tables side by side by position. A placeholder for a real identity map, and called so everywhere.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{concat, concat_batches};
use arrow::datatypes::{Field, Schema, SchemaRef};
use onefold_spec::Diagnostic;
use onefold_spec::model::TableRef;

use crate::error::Error;

/// Columns of all the tables; a name that two of them have is an error.
pub(crate) fn schema(
    tables: &[TableRef],
    known: &HashMap<String, SchemaRef>,
    errors: &mut Vec<Diagnostic>,
) -> Option<SchemaRef> {
    let mut fields: Vec<Field> = Vec::new();
    let before = errors.len();
    for table in tables {
        for field in known.get(table.as_str())?.fields() {
            if fields.iter().any(|f| f.name() == field.name()) {
                errors.push(
                    Diagnostic::error(
                        table.span,
                        format!(
                            "column `{}` is in more than one of the aligned tables",
                            field.name()
                        ),
                    )
                    .hint("rename it with `select:` in a table of its own"),
                );
            } else {
                fields.push(field.as_ref().clone().with_nullable(true));
            }
        }
    }
    (errors.len() == before).then(|| Arc::new(Schema::new(fields)) as SchemaRef)
}

/// The rows of the tables side by side; where one ends early, its columns are missing.
pub(crate) fn align(
    schema: &SchemaRef,
    tables: &[(SchemaRef, Vec<RecordBatch>)],
) -> Result<RecordBatch, Error> {
    let whole = tables
        .iter()
        .map(|(schema, batches)| concat_batches(schema, batches))
        .collect::<Result<Vec<_>, _>>()?;
    let rows = whole.iter().map(RecordBatch::num_rows).max().unwrap_or(0);
    let mut columns: Vec<ArrayRef> = Vec::new();
    for batch in &whole {
        for column in batch.columns() {
            let rest = new_null_array(column.data_type(), rows - batch.num_rows());
            columns.push(concat(&[column.as_ref(), rest.as_ref()])?);
        }
    }
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
