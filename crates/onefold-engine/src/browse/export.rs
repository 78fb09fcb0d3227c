//! The rows of a view as a file.

use std::io::Write;

use arrow::array::UInt32Array;
use arrow::compute::take_record_batch;
use onefold_operators::Table as Rows;
use onefold_spec::model::OutputFormat;
use onefold_write::TableWriter;

use super::table::Table;
use super::view::View;
use crate::error::{Error, Kind};
use crate::fault;

/// Most rows that are written in another order than that of the table, for they are all held in memory.
const MOST_SORTED: u64 = 2_000_000;

/// What is written.
#[derive(Debug)]
pub struct Export<'a> {
    /// The rows.
    pub view: &'a View,
    /// Columns, in order.
    pub columns: &'a [usize],
    /// The format.
    pub format: &'a OutputFormat,
}

impl View {
    /// Whether its rows can be written as a file.
    ///
    /// # Errors
    /// They stand in another order than that of the table, and there are too many to be held in memory.
    pub fn check_export(&self) -> Result<(), Error> {
        if self.rows() <= MOST_SORTED || self.is_in_order() {
            return Ok(());
        }
        let message = format!("{} rows are too many to be written sorted", self.rows());
        let error = Error::new(Kind::Resources, message);
        Err(error.hint("narrow them, or take them in the order of the table"))
    }
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
        fault::caught(|| {
            export.view.check_export()?;
            let schema = self.projected(export.columns)?.0;
            let writer = TableWriter::start(&schema, export.format, sink, 1)?;
            match export.view.is_in_order() {
                true => self.export_in_order(export, writer),
                false => self.export_sorted(export, writer),
            }
        })
    }

    /// Reads the table once, and writes the rows of the view as they come.
    fn export_in_order<W: Write + Send + 'static>(
        &self,
        export: &Export<'_>,
        mut writer: TableWriter<W>,
    ) -> Result<u64, Error> {
        let (_, order) = self.projected(export.columns)?;
        let mut columns = export.columns.to_vec();
        columns.sort_unstable();
        columns.dedup();
        let mut first = 0;
        for batch in self.read(&columns)? {
            let batch = batch?.project(&order)?;
            let end = first + batch.num_rows() as u64;
            match export.view.chosen(first, end) {
                None => writer.write(&batch)?,
                Some(rows) if rows.is_empty() => {}
                Some(rows) => {
                    writer.write(&take_record_batch(&batch, &UInt32Array::from(rows))?)?
                }
            }
            first = end;
        }
        Ok(writer.finish()?.1)
    }

    fn export_sorted<W: Write + Send + 'static>(
        &self,
        export: &Export<'_>,
        mut writer: TableWriter<W>,
    ) -> Result<u64, Error> {
        let (schema, _) = self.projected(export.columns)?;
        // The rows that are read stand in the order of the table; the view says which comes when.
        let numbers = export.view.numbers(0, usize::MAX);
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        let batches = [self.gather(export.columns, &sorted)?];
        let place = |row: &u32| sorted.binary_search(row).unwrap_or_default() as u32;
        let order: Vec<u32> = numbers.iter().map(place).collect();
        let rows = Rows::new(&schema, &batches).map_err(Error::internal)?;
        let gatherer = rows.gatherer();
        for piece in order.chunks(onefold_operators::BATCH_ROWS) {
            writer.write(&gatherer.batch(piece).map_err(Error::internal)?)?;
        }
        Ok(writer.finish()?.1)
    }
}
