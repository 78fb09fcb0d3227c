//! One door to all formats: batches in, in order, one file out.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::error::Error;
use crate::format::Format;
use crate::ordered::OrderedWriter;
use crate::parquet::ParquetEncoder;
use crate::text::RowEncoder;

/// Writes one table in any [`Format`] on several threads.
///
/// A writer that is dropped before [`finish`](Self::finish) leaves an incomplete file in its sink.
#[derive(Debug)]
pub struct TableWriter<W: Write + Send + 'static>(Encoding<W>);

#[derive(Debug)]
enum Encoding<W: Write + Send + 'static> {
    Text(OrderedWriter<W>),
    Parquet(Box<ParquetEncoder<W>>),
}

impl<W: Write + Send + 'static> TableWriter<W> {
    /// Starts a file in `sink`, which needs no buffer.
    ///
    /// # Errors
    /// As [`RowEncoder::new`] and [`ParquetEncoder::new`].
    pub fn start(
        schema: &SchemaRef,
        format: &Format,
        sink: W,
        threads: usize,
    ) -> Result<Self, Error> {
        let encoding = match format {
            Format::Parquet => {
                Encoding::Parquet(Box::new(ParquetEncoder::new(schema, sink, threads)?))
            }
            text => {
                let encoder = RowEncoder::new(schema, text)?;
                Encoding::Text(OrderedWriter::start(encoder, sink, threads)?)
            }
        };
        Ok(Self(encoding))
    }

    /// Adds the rows of a batch; may wait for rows before it.
    ///
    /// # Errors
    /// As [`OrderedWriter::write`] and [`ParquetEncoder::write`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        match &mut self.0 {
            Encoding::Text(writer) => writer.write(batch),
            Encoding::Parquet(encoder) => encoder.write(batch),
        }
    }

    /// Completes the file; the sink, flushed, and the number of rows.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(self) -> Result<(W, u64), Error> {
        match self.0 {
            Encoding::Text(writer) => writer.finish(),
            Encoding::Parquet(encoder) => encoder.finish(),
        }
    }
}

/// Writes a whole table on the calling thread; the sink and the number of rows.
///
/// # Errors
/// As [`TableWriter::start`] and [`TableWriter::write`].
pub fn write_table<W: Write + Send>(
    schema: &SchemaRef,
    format: &Format,
    batches: impl IntoIterator<Item = RecordBatch>,
    mut sink: W,
) -> Result<(W, u64), Error> {
    if matches!(format, Format::Parquet) {
        let mut encoder = ParquetEncoder::new(schema, sink, 1)?;
        for batch in batches {
            encoder.write(&batch)?;
        }
        return encoder.finish();
    }
    let encoder = RowEncoder::new(schema, format)?;
    let mut text = Vec::new();
    let mut rows = 0;
    encoder.begin(&mut text);
    for batch in batches {
        encoder.rows(&batch, rows, &mut text)?;
        rows += batch.num_rows() as u64;
        sink.write_all(&text).map_err(crate::error::Cause::Sink)?;
        text.clear();
    }
    encoder.end(rows, &mut text);
    sink.write_all(&text).map_err(crate::error::Cause::Sink)?;
    sink.flush().map_err(crate::error::Cause::Sink)?;
    Ok((sink, rows))
}
