//! `union:`: rows of several tables one after another; columns are matched by name, one that a table lacks is missing in its rows.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, Schema, SchemaRef, TimeUnit};
use onefold_spec::Diagnostic;
use onefold_spec::model::{Pipeline, TableRef};

use super::follow::{Deed, Fate, KeptTables, Row};
use super::step::{
    Follow, Gatherer, Gathering, Kind, Known, Made, Ready, Running, Way, Work, Worker, of_type,
};
use crate::error::{Error, Kind as Whose};
use crate::explain::{short, type_name};
use crate::ledger::Account;
use crate::places::Places;
use crate::stored::{Stored, rows};

/// The step, as the pipeline has it.
pub(super) struct Union<'a>(pub(super) &'a [TableRef]);

impl Kind for Union<'_> {
    fn name(&self) -> &'static str {
        "union"
    }

    fn reads(&self, _pipeline: &Pipeline) -> Vec<String> {
        self.0.iter().map(|table| table.value.clone()).collect()
    }

    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        // With the table that each came from.
        let mut fields: Vec<(Field, &TableRef)> = Vec::new();
        let before = known.errors.len();
        for table in self.0 {
            for field in known.columns(table)?.fields() {
                let seen = fields.iter_mut().find(|(f, _)| f.name() == field.name());
                let Some((seen, first)) = seen else {
                    fields.push((field.as_ref().clone().with_nullable(true), table));
                    continue;
                };
                match common(seen.data_type(), field.data_type()) {
                    Some(data_type) => seen.set_data_type(data_type),
                    None => known.errors.push(
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
        if known.errors.len() > before {
            return None;
        }
        let fields = fields.into_iter().map(|(field, _)| field);
        let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let inputs = self.0.len();
        let way = Way::Gathering(Box::new(OneAfterAnother {
            schema: Arc::clone(&schema),
            inputs,
        }));
        Some(Ready::new(schema, way))
    }
}

/// The type of a column that is of these types in two tables: texts, numbers and times are kept in several forms.
fn common(a: &DataType, b: &DataType) -> Option<DataType> {
    if a == b {
        return Some(a.clone());
    }
    if let (DataType::Decimal128(a, a_scale), DataType::Decimal128(b, b_scale)) = (a, b) {
        // As many digits as either has before the point, and behind it.
        let scale = *a_scale.max(b_scale);
        let whole = (i16::from(*a) - i16::from(*a_scale)).max(i16::from(*b) - i16::from(*b_scale));
        let precision = u8::try_from(whole + i16::from(scale)).ok()?;
        return (precision <= DECIMAL128_MAX_PRECISION)
            .then_some(DataType::Decimal128(precision, scale));
    }
    let both = |is: fn(&DataType) -> bool| is(a) && is(b);
    let is_time = |t: &DataType| matches!(t, DataType::Timestamp(..));
    if both(DataType::is_string) {
        Some(DataType::Utf8View)
    } else if both(DataType::is_integer) {
        Some(DataType::Int64)
    } else if both(DataType::is_floating) {
        Some(DataType::Float64)
    } else if both(is_time) {
        Some(DataType::Timestamp(
            TimeUnit::Microsecond,
            Some("UTC".into()),
        ))
    } else {
        None
    }
}

struct OneAfterAnother {
    schema: SchemaRef,
    inputs: usize,
}

impl Gathering for OneAfterAnother {
    fn keeps_batches(&self) -> bool {
        true
    }

    fn begin(&self, _places: Vec<Places>, _threads: usize) -> Result<Box<dyn Gatherer>, Error> {
        Ok(Box::new(Gathered {
            schema: Arc::clone(&self.schema),
            batches: (0..self.inputs).map(|_| Vec::new()).collect(),
            began: Instant::now(),
        }))
    }
}

struct Gathered {
    schema: SchemaRef,
    /// By input.
    batches: Vec<Vec<RecordBatch>>,
    began: Instant,
}

impl Gatherer for Gathered {
    fn worker(&self, _input: usize) -> Arc<dyn Worker> {
        let schema = Arc::clone(&self.schema);
        Arc::new(move |batch: RecordBatch| {
            let batch = conform(&schema, &batch).map_err(|e| e.to_string())?;
            Ok(Box::new(batch) as Work)
        })
    }

    fn take(&mut self, input: usize, work: Work) -> Result<(), Error> {
        self.batches[input].push(of_type(work)?);
        Ok(())
    }

    fn finish(self: Box<Self>, _run: &mut Running<'_, '_>) -> Result<Made, Error> {
        let batches: Vec<RecordBatch> = self.batches.into_iter().flatten().collect();
        let account = Account::new("union", Some(rows(&batches)), self.began);
        Ok(Made {
            rows: Stored::new(self.schema, batches),
            sides: Vec::new(),
            state: None,
            account,
        })
    }
}

/// A batch of one of the tables with the columns of the union.
fn conform(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let rows = batch.num_rows();
    // A number that does not fit the common type is an error, never another number.
    let strict = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let column = |f: &Arc<Field>| match batch.column_by_name(f.name()) {
        None => Ok(new_null_array(f.data_type(), rows)),
        Some(column) if column.data_type() == f.data_type() => Ok(Arc::clone(column)),
        Some(column) => cast_with_options(column, f.data_type(), &strict).map_err(|error| {
            let why = short(&error.into());
            let message = format!("column `{}` of the union: {why}", f.name());
            Error::new(Whose::Data, message)
        }),
    };
    let columns = schema.fields().iter().map(column);
    let columns = columns.collect::<Result<_, Error>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        Arc::clone(schema),
        columns,
        &options,
    )?)
}

impl Follow for OneAfterAnother {
    fn follow(
        &self,
        _input: usize,
        row: &Row,
        _kept: &dyn KeptTables,
        _run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        let row = conform(&self.schema, &row.values)?;
        Ok(Some(Fate::new(Deed::Passed, "").made(row)))
    }
}
