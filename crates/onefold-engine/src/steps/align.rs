//! `align:`: rows of two or more tables side by side by position. A placeholder for a real identity map, and called so everywhere.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{concat, concat_batches};
use arrow::datatypes::{Field, Schema, SchemaRef};
use onefold_spec::Diagnostic;
use onefold_spec::model::TableRef;

use crate::error::Error;
use crate::sql::list;

/// Columns of all the tables; a name that two of them have is an error.
pub(crate) fn schema(
    tables: &[TableRef],
    known: &HashMap<String, SchemaRef>,
    errors: &mut Vec<Diagnostic>,
) -> Option<SchemaRef> {
    let mut fields: Vec<Field> = Vec::new();
    let before = errors.len();
    for table in tables {
        let mut taken = Vec::new();
        for field in known.get(table.as_str())?.fields() {
            if fields.iter().any(|f| f.name() == field.name()) {
                taken.push(field.name().as_str());
            } else {
                fields.push(field.as_ref().clone().with_nullable(true));
            }
        }
        let message = match taken.len() {
            0 => continue,
            1 => format!("column {} of `{}` is", list(&taken), table.value),
            _ => format!("columns {} of `{}` are", list(&taken), table.value),
        };
        let finding =
            Diagnostic::error(table.span, message + " also in an aligned table before it");
        errors.push(finding.hint("`select:` in a table of its own gives other names"));
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
