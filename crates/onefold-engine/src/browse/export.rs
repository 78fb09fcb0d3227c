//! The rows of a view as a file.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use onefold_operators::Table as Rows;
use onefold_spec::model::OutputFormat;
use onefold_write::TableWriter;

use super::condition::{Condition, Ready};
use super::table::Table;
use super::view::{Sort, View};
use crate::ask::Answer;
use crate::error::{Error, Kind};
use crate::fault;

/// Most rows that are written in another order than that of the table, for they are all held in memory.
const MOST_SORTED: u64 = 2_000_000;

/// How values stand in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cells {
    /// As they are.
    Raw,
    /// Texts that a spreadsheet would take for a formula have an apostrophe before them.
    NoFormulas,
}

/// What is written.
#[derive(Debug)]
pub struct Export<'a> {
    /// Conditions that the rows meet.
    pub conditions: &'a [Condition],
    /// Their order.
    pub sort: &'a [Sort],
    /// Columns, in order.
    pub columns: &'a [usize],
    /// The format.
    pub format: &'a OutputFormat,
    /// How values stand in it.
    pub cells: Cells,
    /// Set to stop.
    pub interrupted: &'a AtomicBool,
}

impl Table {
    /// Writes rows as a file; how many.
    ///
    /// # Errors
    /// The file cannot be read, the format cannot hold the rows, the sink takes no more, or there are too many rows to be sorted.
    pub fn export<W: Write + Send + 'static>(
        &self,
        export: &Export<'_>,
        sink: W,
    ) -> Result<u64, Error> {
        fault::caught(|| match export.sort.is_empty() {
            true => self.export_in_order(export, sink),
            false => self.export_sorted(export, sink),
        })
    }

    fn export_in_order<W: Write + Send + 'static>(
        &self,
        export: &Export<'_>,
        sink: W,
    ) -> Result<u64, Error> {
        let ready = Ready::new(self, export.conditions)?;
        let mut columns = [ready.columns.clone(), export.columns.to_vec()].concat();
        columns.sort_unstable();
        columns.dedup();
        let place = |column: &usize| columns.binary_search(column).unwrap_or_default();
        let order: Vec<usize> = export.columns.iter().map(place).collect();
        let mut writer = Writer::start(self.projected(export.columns)?.0, export, sink)?;
        for batch in self.read(&columns)? {
            let batch = batch?;
            let batch = match ready.met(&batch, &columns)? {
                Some(met) => filter_record_batch(&batch, &met)?,
                None => batch,
            };
            writer.write(&batch.project(&order)?)?;
        }
        writer.finish()
    }

    fn export_sorted<W: Write + Send + 'static>(
        &self,
        export: &Export<'_>,
        sink: W,
    ) -> Result<u64, Error> {
        let view = self.view(export.conditions, export.sort)?;
        if view.rows() > MOST_SORTED {
            let message = format!("{} rows are too many to be written sorted", view.rows());
            let error = Error::new(Kind::Resources, message);
            return Err(error.hint("narrow them, or take them in the order of the table"));
        }
        let (schema, _) = self.projected(export.columns)?;
        let batches = self.chosen(export, &view)?;
        // The rows that were read stand in the order of the table; the view says which comes when.
        let numbers = view.numbers(0, usize::MAX);
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        let place = |row: &u32| sorted.binary_search(row).unwrap_or_default() as u32;
        let order: Vec<u32> = numbers.iter().map(place).collect();
        let rows = Rows::new(&schema, &batches).map_err(Error::internal)?;
        let gatherer = rows.gatherer();
        let mut writer = Writer::start(Arc::clone(&schema), export, sink)?;
        for piece in order.chunks(onefold_operators::BATCH_ROWS) {
            writer.write(&gatherer.batch(piece).map_err(Error::internal)?)?;
        }
        writer.finish()
    }

    /// The rows of a view in the order of the table.
    fn chosen(&self, export: &Export<'_>, view: &View) -> Result<Vec<RecordBatch>, Error> {
        let mut rows = view.numbers(0, usize::MAX);
        rows.sort_unstable();
        match rows.is_empty() {
            true => Ok(Vec::new()),
            false => Ok(vec![self.gather(export.columns, &rows)?]),
        }
    }
}

/// The rows of an answer as a file.
///
/// # Errors
/// The format cannot hold them.
pub fn file_of(answer: &Answer, format: &OutputFormat, cells: Cells) -> Result<Vec<u8>, Error> {
    let schema = match cells {
        Cells::Raw => SchemaRef::clone(&answer.schema),
        Cells::NoFormulas => named_safely(&answer.schema),
    };
    let mut writer = TableWriter::start(&schema, format, Vec::new(), 1)?;
    for batch in &answer.rows {
        writer.write(&celled(batch, &schema, cells)?)?;
    }
    Ok(writer.finish()?.0)
}

/// A batch with its values as they stand in a file.
fn celled(batch: &RecordBatch, schema: &SchemaRef, cells: Cells) -> Result<RecordBatch, Error> {
    let columns = match cells {
        Cells::Raw => batch.columns().to_vec(),
        Cells::NoFormulas => {
            let safe = batch.columns().iter().map(without_formulas);
            safe.collect::<Result<Vec<_>, _>>()?
        }
    };
    Ok(RecordBatch::try_new(SchemaRef::clone(schema), columns)?)
}

/// Writes batches until it is told to stop.
struct Writer<'a, W: Write + Send + 'static> {
    writer: TableWriter<W>,
    schema: SchemaRef,
    export: &'a Export<'a>,
}

impl<'a, W: Write + Send + 'static> Writer<'a, W> {
    fn start(schema: SchemaRef, export: &'a Export<'_>, sink: W) -> Result<Self, Error> {
        let schema = match export.cells {
            Cells::Raw => schema,
            Cells::NoFormulas => named_safely(&schema),
        };
        Ok(Self {
            writer: TableWriter::start(&schema, export.format, sink, 1)?,
            schema,
            export,
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        if self.export.interrupted.load(Ordering::Relaxed) {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let batch = celled(batch, &self.schema, self.export.cells)?;
        Ok(self.writer.write(&batch)?)
    }

    fn finish(self) -> Result<u64, Error> {
        Ok(self.writer.finish()?.1)
    }
}

fn named_safely(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| {
        let name = match is_formula(field.name()) {
            true => format!("'{}", field.name()),
            false => field.name().clone(),
        };
        Field::new(name, field.data_type().clone(), field.is_nullable())
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn without_formulas(values: &ArrayRef) -> Result<ArrayRef, Error> {
    if !values.data_type().is_string() {
        return Ok(ArrayRef::clone(values));
    }
    let texts = cast(values, &DataType::Utf8View)?;
    let texts = texts.as_string_view();
    if !texts.iter().flatten().any(is_formula) {
        return Ok(ArrayRef::clone(values));
    }
    let safe = texts.iter().map(|text| {
        text.map(|text| match is_formula(text) {
            true => format!("'{text}"),
            false => text.to_owned(),
        })
    });
    let safe: StringArray = safe.collect();
    Ok(cast(&safe, values.data_type())?)
}

/// Whether a spreadsheet may take a text for a formula: it begins with a sign that starts one, as it is or in full width. Plain numbers
/// are none.
fn is_formula(text: &str) -> bool {
    let Some(first) = text.chars().next() else {
        return false;
    };
    let starts = matches!(
        first,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\0' | '＝' | '＋' | '－' | '＠'
    );
    starts && !is_plain_number(text)
}

/// Whether a text is a number with a minus, digits and one point, and nothing else.
fn is_plain_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix('-') else {
        return false;
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_digits(whole) && is_digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_compute() {
        for text in [
            "=1+1",
            "+447700900123",
            "-2+3",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1+1",
            "-",
            "-5.",
            "-.5",
            "-1e5",
            "--1",
        ] {
            assert!(is_formula(text), "{text:?}");
        }
        for text in [
            "",
            "-5",
            "-5.25",
            "5",
            "a=1",
            "'=1",
            "a-b",
            "ann@example.org",
        ] {
            assert!(!is_formula(text), "{text:?}");
        }
    }
}
