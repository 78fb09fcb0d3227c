//! `align:`: rows of two or more tables side by side by position. A placeholder for a real identity map, and called so everywhere.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{concat, concat_batches};
use arrow::datatypes::{Field, Schema, SchemaRef};
use onefold_spec::Diagnostic;
use onefold_spec::model::{Pipeline, TableRef};

use super::follow::{Fate, KeptTables, Row};
use super::step::{Follow, Input, Kind, Known, Made, Ready, Running, Way, Whole};
use crate::error::Error;
use crate::ledger::Account;
use crate::sql::list;
use crate::stored::Stored;

/// The step, as the pipeline has it.
pub(super) struct Align<'a>(pub(super) &'a [TableRef]);

impl Kind for Align<'_> {
    fn name(&self) -> &'static str {
        "align"
    }

    fn reads(&self, _pipeline: &Pipeline) -> Vec<String> {
        self.0.iter().map(|table| table.value.clone()).collect()
    }

    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        let mut fields: Vec<Field> = Vec::new();
        let before = known.errors.len();
        for table in self.0 {
            let columns = known.columns(table)?;
            let mut taken = Vec::new();
            for field in columns.fields() {
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
            known
                .errors
                .push(finding.hint("`select:` in a table of its own gives other names"));
        }
        if known.errors.len() > before {
            return None;
        }
        let schema: SchemaRef = Arc::new(Schema::new(fields));
        let way = Way::Whole(Box::new(SideBySide(Arc::clone(&schema))));
        Some(Ready::new(schema, way))
    }
}

struct SideBySide(SchemaRef);

impl Whole for SideBySide {
    fn make(&self, inputs: Vec<Input>, run: &mut Running<'_, '_>) -> Result<Made, Error> {
        let began = Instant::now();
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        run.ledger.warn(format!(
            "table {}: rows of {} are paired by position, a placeholder that identifies nobody",
            run.table,
            names.join(" and ")
        ));
        let whole = inputs.into_iter().map(|input| {
            let (schema, batches) = input.rows.visible()?;
            Ok(concat_batches(&schema, &batches)?)
        });
        let whole = whole.collect::<Result<Vec<_>, Error>>()?;
        let rows = whole.iter().map(RecordBatch::num_rows).max().unwrap_or(0);
        let mut columns: Vec<ArrayRef> = Vec::new();
        for batch in &whole {
            for column in batch.columns() {
                // Where a table ends early, its columns are missing.
                let rest = new_null_array(column.data_type(), rows - batch.num_rows());
                columns.push(concat(&[column.as_ref(), rest.as_ref()])?);
            }
        }
        let batch = RecordBatch::try_new(Arc::clone(&self.0), columns)?;
        let account = Account::new("align", Some(batch.num_rows() as u64), began);
        Ok(Made {
            rows: Stored::new(Arc::clone(&self.0), vec![batch]),
            sides: Vec::new(),
            state: None,
            account,
        })
    }
}

impl Follow for SideBySide {
    fn follow(
        &self,
        _input: usize,
        _row: &Row,
        _kept: &dyn KeptTables,
        _run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        Ok(None)
    }
}
