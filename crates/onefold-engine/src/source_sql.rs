//! SQL fields and checks of a source, for the readers.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use datafusion::common::{DFSchema, DataFusionError, TableReference};
use datafusion::prelude::SessionContext;
use onefold_read::{Expressions, RawInputs, RowValues};
use onefold_spec::model::{Origin, Source};
use onefold_spec::{Diagnostic, Secrets, Spanned};

use crate::explain::said;
use crate::sql::{
    Compiled, boolean, changes, changing_function, compile, identifiers, parse, physical,
};

/// SQL fields and checks of one source.
pub(crate) struct SourceSql {
    fields: Vec<Option<SqlField>>,
    checks: Vec<Compiled>,
    /// Values may fail with a message that shows what an expression made of them.
    secrets: Secrets,
}

struct SqlField {
    inputs: RawInputs,
    schema: SchemaRef,
    value: Compiled,
}

impl SourceSql {
    /// Compiles the expressions of a source with declared fields; `typed` is the schema of its fields.
    pub(crate) fn compile(
        context: &SessionContext,
        source: &Source,
        typed: &SchemaRef,
        errors: &mut Vec<Diagnostic>,
    ) -> SourceSql {
        let mut fields = Vec::new();
        for field in source.fields.iter().flatten() {
            let compiled = match &field.origin {
                Origin::Sql(sql) => match sql_field(context, sql) {
                    Ok(field) => Some(field),
                    Err(error) => {
                        errors.push(error);
                        None
                    }
                },
                _ => None,
            };
            fields.push(compiled);
        }
        let mut checks = Vec::new();
        if let Ok(schema) = DFSchema::try_from(typed.as_ref().clone()) {
            for check in &source.checks {
                match compile(context, &check.sql, &schema) {
                    Ok(compiled) if compiled.data_type == DataType::Boolean => {
                        checks.push(compiled)
                    }
                    Ok(_) => errors.push(Diagnostic::error(
                        check.sql.span,
                        format!("the check `{}` is neither true nor false", check.sql.value),
                    )),
                    Err(error) => errors.push(error),
                }
            }
        }
        SourceSql {
            fields,
            checks,
            secrets: source.secrets.clone(),
        }
    }

    /// The values of an expression by row. What is said of those that fail shows no secret.
    fn evaluate(
        &self,
        expression: &Compiled,
        batch: &RecordBatch,
    ) -> Result<RowValues<ArrayRef>, String> {
        let hide = |message: &str| self.secrets.hide(message).into_owned();
        let mut found = expression
            .evaluate_rows(batch)
            .map_err(|error| hide(&error))?;
        for (_, message) in &mut found.failed {
            *message = hide(message);
        }
        Ok(found)
    }
}

/// A path `a.b.c` becomes column `c` of a relation `a.b`, which is how SQL reads it.
fn sql_field(context: &SessionContext, sql: &Spanned<String>) -> Result<SqlField, Diagnostic> {
    let inputs = identifiers(&parse(sql)?);
    let mut qualified: Vec<(Option<TableReference>, FieldRef)> = Vec::new();
    for path in &inputs {
        let (Some(name), relation) = (path.last(), &path[..path.len().saturating_sub(1)]) else {
            continue;
        };
        let relation = match relation {
            [] => None,
            [table] => Some(TableReference::bare(table.as_str())),
            [schema, table] => Some(TableReference::partial(schema.as_str(), table.as_str())),
            [catalog, schema, table] => Some(TableReference::full(
                catalog.as_str(),
                schema.as_str(),
                table.as_str(),
            )),
            _ => {
                return Err(Diagnostic::error(
                    sql.span,
                    format!("the path `{}` is too deep for SQL", path.join(".")),
                )
                .hint("give the value a field of its own with `from:`"));
            }
        };
        qualified.push((
            relation,
            Arc::new(Field::new(name, DataType::Utf8View, true)),
        ));
    }
    let wrong = |e: &DataFusionError| said(e).at(sql.span);
    let schema =
        DFSchema::new_with_metadata(qualified, Default::default()).map_err(|e| wrong(&e))?;
    let logical = context
        .state()
        .create_logical_expr(&sql.value, &schema)
        .map_err(|e| wrong(&e))?;
    if let Some(function) = changing_function(&logical) {
        return Err(Diagnostic::error(sql.span, changes(&function)));
    }
    let expr = physical(context, logical, &schema).map_err(|e| wrong(&e))?;
    let data_type = expr.data_type(schema.as_arrow()).map_err(|e| wrong(&e))?;
    let raw = Arc::new(schema.as_arrow().clone());
    Ok(SqlField {
        inputs,
        schema: raw,
        value: Compiled::planned(expr, data_type),
    })
}

impl Expressions for SourceSql {
    fn inputs(&self, field: usize) -> RawInputs {
        self.fields
            .get(field)
            .and_then(|f| f.as_ref())
            .map(|f| f.inputs.clone())
            .unwrap_or_default()
    }

    fn field(
        &self,
        field: usize,
        raw: &[ArrayRef],
        rows: usize,
    ) -> Result<RowValues<ArrayRef>, String> {
        let Some(Some(field)) = self.fields.get(field) else {
            return Err("no such SQL field".into());
        };
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch =
            RecordBatch::try_new_with_options(Arc::clone(&field.schema), raw.to_vec(), &options)
                .map_err(|e| e.to_string())?;
        let found = self.evaluate(&field.value, &batch)?;
        Ok(RowValues {
            values: cast(&found.values, &DataType::Utf8View).map_err(|e| e.to_string())?,
            failed: found.failed,
        })
    }

    fn field_type(&self, field: usize) -> DataType {
        match self.fields.get(field) {
            Some(Some(field)) => field.value.data_type.clone(),
            _ => DataType::Utf8View,
        }
    }

    fn check(&self, check: usize, typed: &RecordBatch) -> Result<RowValues<BooleanArray>, String> {
        let check = self.checks.get(check).ok_or("no such check")?;
        let found = self.evaluate(check, typed)?;
        debug_assert_eq!(found.values.len(), typed.num_rows());
        Ok(RowValues {
            values: boolean(&found.values)?.clone(),
            failed: found.failed,
        })
    }
}
