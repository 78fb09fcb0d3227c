//! The rows of a view as a file.

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use arrow::datatypes::SchemaRef;
use onefold_operators::Table as Rows;
use onefold_spec::model::OutputFormat;
use onefold_write::TableWriter;

use super::condition::{Condition, Ready};
use super::table::Table;
use super::view::{Sort, View};
use crate::error::{Error, Kind};
use crate::fault;

/// Most rows that are written in another order than that of the table, for they are all held in memory.
const MOST_SORTED: u64 = 2_000_000;

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

    /// Whether so many rows can be written in an order.
    ///
    /// # Errors
    /// There are too many to be sorted.
    pub fn check_export(&self, rows: u64, sort: &[Sort]) -> Result<(), Error> {
        if sort.is_empty() || rows <= MOST_SORTED {
            return Ok(());
        }
        let message = format!("{rows} rows are too many to be written sorted");
        let error = Error::new(Kind::Resources, message);
        Err(error.hint("narrow them, or take them in the order of the table"))
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
        let mut writer = Writer::start(&self.projected(export.columns)?.0, export, sink)?;
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
        self.check_export(view.rows(), export.sort)?;
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
        let mut writer = Writer::start(&schema, export, sink)?;
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

/// Writes batches until it is told to stop.
struct Writer<'a, W: Write + Send + 'static> {
    writer: TableWriter<W>,
    export: &'a Export<'a>,
}

impl<'a, W: Write + Send + 'static> Writer<'a, W> {
    fn start(schema: &SchemaRef, export: &'a Export<'_>, sink: W) -> Result<Self, Error> {
        Ok(Self {
            writer: TableWriter::start(schema, export.format, sink, 1)?,
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
        Ok(self.writer.write(batch)?)
    }

    fn finish(self) -> Result<u64, Error> {
        Ok(self.writer.finish()?.1)
    }
}
