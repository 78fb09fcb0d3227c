//! Apache Parquet, the same bytes for the same rows.
//!
//! # Algorithm
//! The page boundaries that the `parquet` crate chooses depend on how rows are handed to it. So rows are first cut and joined into
//! *pieces* of a fixed number of rows, counted from the start of the file, and a row group is a fixed number of pieces. A piece that one
//! batch holds whole is passed on as a slice; only one that spans batches is copied. Pieces are collected into a *stretch*, and the
//! columns of a stretch are encoded by several threads, one column after another, each by one thread at a time: the bytes do not depend
//! on the number of threads.
//!
//! A column of which nearly all of the first values differ gets no dictionary: it would be given up when it is full, after every value
//! has been looked up in vain. The file is therefore begun with its first stretch.
//!
//! # Memory
//! The encoded columns of one row group, and the rows of one stretch.

use std::collections::HashSet;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, PoisonError};

use ::parquet::arrow::ArrowSchemaConverter;
use ::parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::{ColumnPath, SchemaDescriptor};
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};

use crate::error::{Cause, Error};
use crate::text::check_batch;

/// Rows that are handed to a column writer at once.
const ROWS_A_PIECE: usize = 8_192;
const PIECES_A_GROUP: usize = 32;
const PIECES_A_STRETCH: usize = 8;

/// Values that a column must have among the rows of the first piece to be told by them. Where nine of ten of so many differ, there are
/// tens of thousands of them, too many for a dictionary.
const SAMPLE: usize = ROWS_A_PIECE / 2;

/// Fixed, so that an upgrade of a library alone does not change files.
const CREATED_BY: &str = "onefold";

/// Writes one Parquet file.
///
/// Text of any Arrow layout becomes a Parquet string, dictionaries their values, seconds milliseconds; names and types follow the Parquet
/// specification and no Arrow schema is embedded, so every reader sees the same plain table. Row groups hold 262,144 rows.
pub struct ParquetEncoder<W: Write + Send> {
    schema: SchemaRef,
    stored: SchemaRef,
    parquet: SchemaDescriptor,
    state: State<W>,
    threads: usize,
    /// Rows that do not yet fill a piece.
    partial: Vec<RecordBatch>,
    partial_rows: usize,
    /// Pieces that do not yet fill a stretch.
    stretch: Vec<RecordBatch>,
    group: Option<Vec<TopColumn>>,
    pieces_in_group: usize,
    groups: usize,
    rows: u64,
}

enum State<W: Write + Send> {
    Waiting(W),
    Begun(Box<File<W>>),
    Ended,
}

struct File<W: Write + Send> {
    writer: SerializedFileWriter<Returned<W>>,
    factory: ArrowRowGroupWriterFactory,
}

/// A sink that the writer lends and gives back: what the writer itself gives back with an error of the disk is the words of it alone.
struct Returned<W>(Option<W>);

impl<W: Write> Returned<W> {
    fn sink(&mut self) -> io::Result<&mut W> {
        let sink = self.0.as_mut();
        sink.ok_or_else(|| io::Error::other("the file is complete"))
    }
}

impl<W: Write> Write for Returned<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sink()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink()?.flush()
    }
}

/// A column of the table with the writers of its Parquet leaves.
struct TopColumn {
    field: FieldRef,
    leaves: Vec<ArrowColumnWriter>,
}

impl<W: Write + Send> std::fmt::Debug for ParquetEncoder<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParquetEncoder")
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl<W: Write + Send> ParquetEncoder<W> {
    /// Starts a file in `sink`, its columns encoded by up to `threads` threads (at least one).
    ///
    /// # Errors
    /// [`ErrorKind::Schema`](crate::ErrorKind::Schema) where Parquet has no type for a column or the table has no columns.
    pub fn new(schema: &SchemaRef, sink: W, threads: usize) -> Result<Self, Error> {
        if schema.fields().is_empty() {
            return Err(Cause::NoColumns("Parquet").into());
        }
        let stored: SchemaRef = Arc::new(Schema::new(
            schema
                .fields()
                .iter()
                .map(|field| {
                    Field::new(
                        field.name(),
                        stored_type(field.data_type()),
                        field.is_nullable(),
                    )
                })
                .collect::<Vec<_>>(),
        ));
        let parquet = ArrowSchemaConverter::new()
            .with_coerce_types(true)
            .convert(&stored)?;
        Ok(Self {
            schema: SchemaRef::clone(schema),
            stored,
            parquet,
            state: State::Waiting(sink),
            threads: threads.max(1),
            partial: Vec::new(),
            partial_rows: 0,
            stretch: Vec::new(),
            group: None,
            pieces_in_group: 0,
            groups: 0,
            rows: 0,
        })
    }

    /// Adds the rows of a batch.
    ///
    /// # Errors
    /// [`ErrorKind::Schema`](crate::ErrorKind::Schema) where the columns are not the table's;
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace).
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        check_batch(&self.schema, batch)?;
        let batch = self.as_stored(batch)?;
        self.rows += batch.num_rows() as u64;
        let mut start = 0;
        while start < batch.num_rows() {
            let len = (ROWS_A_PIECE - self.partial_rows).min(batch.num_rows() - start);
            self.partial.push(batch.slice(start, len));
            self.partial_rows += len;
            start += len;
            if self.partial_rows == ROWS_A_PIECE {
                self.end_piece()?;
            }
        }
        Ok(())
    }

    /// Writes what is left and the footer; the sink and the number of rows.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(mut self) -> Result<(W, u64), Error> {
        if self.partial_rows > 0 {
            self.end_piece()?;
        }
        self.end_stretch()?;
        self.end_group()?;
        self.begin()?;
        let failed_before = || Cause::Batch("the file has failed before".to_owned());
        let State::Begun(mut file) = self.state else {
            return Err(failed_before().into());
        };
        file.writer.finish()?;
        let sink = file.writer.inner_mut().0.take();
        Ok((sink.ok_or_else(failed_before)?, self.rows))
    }

    fn as_stored(&self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let columns = batch.columns().iter().zip(self.stored.fields());
        let columns = columns
            .map(|(array, field)| {
                if array.null_count() > 0 && !field.is_nullable() {
                    return Err(Cause::Batch(format!(
                        "column {} has a missing value and is declared to have none",
                        field.name()
                    ))
                    .into());
                }
                match array.data_type() == field.data_type() {
                    true => Ok(ArrayRef::clone(array)),
                    false => cast(array, field.data_type()).map_err(arrow_error),
                }
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let rows = batch.num_rows();
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(SchemaRef::clone(&self.stored), columns, &options)
            .map_err(arrow_error)
    }

    fn end_piece(&mut self) -> Result<(), Error> {
        let piece = match self.partial.as_slice() {
            [whole] => whole.clone(),
            parts => concat_batches(&self.stored, parts).map_err(arrow_error)?,
        };
        self.partial.clear();
        self.partial_rows = 0;
        self.stretch.push(piece);
        self.pieces_in_group += 1;
        let group_is_full = self.pieces_in_group == PIECES_A_GROUP;
        if self.stretch.len() == PIECES_A_STRETCH || group_is_full || self.threads == 1 {
            self.end_stretch()?;
        }
        if group_is_full {
            self.end_group()?;
        }
        Ok(())
    }

    fn end_stretch(&mut self) -> Result<(), Error> {
        if self.stretch.is_empty() {
            return Ok(());
        }
        let mut columns = match self.group.take() {
            Some(columns) => columns,
            None => self.start_group()?,
        };
        let stretch = std::mem::take(&mut self.stretch);
        on_threads(
            self.threads,
            columns.iter_mut().enumerate(),
            |(i, column)| {
                for piece in &stretch {
                    let leaves = compute_leaves(&column.field, piece.column(i))?;
                    for (writer, leaf) in column.leaves.iter_mut().zip(&leaves) {
                        writer.write(leaf)?;
                    }
                }
                Ok(())
            },
        )?;
        self.group = Some(columns);
        Ok(())
    }

    /// The file, begun with the first stretch.
    fn begin(&mut self) -> Result<&mut File<W>, Error> {
        if let State::Waiting(_) = &self.state {
            let properties = Arc::new(properties(&self.without_dictionary()?)?);
            let root = self.parquet.root_schema_ptr();
            if let State::Waiting(sink) = std::mem::replace(&mut self.state, State::Ended) {
                let sink = Returned(Some(sink));
                let writer = SerializedFileWriter::new(sink, root, properties)?;
                let stored = SchemaRef::clone(&self.stored);
                let factory = ArrowRowGroupWriterFactory::new(&writer, stored);
                self.state = State::Begun(Box::new(File { writer, factory }));
            }
        }
        match &mut self.state {
            State::Begun(file) => Ok(file),
            _ => Err(Cause::Batch("the file has failed before".to_owned()).into()),
        }
    }

    /// Names of the columns whose first values are nearly all different.
    fn without_dictionary(&self) -> Result<Vec<&str>, Error> {
        let Some(piece) = self.stretch.first() else {
            return Ok(Vec::new());
        };
        let mut names = Vec::new();
        for (column, field) in piece.columns().iter().zip(self.stored.fields()) {
            let kind = SortField::new(field.data_type().clone());
            let is_flat = leaf_count(field.data_type()) == 1 && !field.data_type().is_nested();
            let values = column.len() - column.null_count();
            if values < SAMPLE
                || !is_flat
                || !RowConverter::supports_fields(std::slice::from_ref(&kind))
            {
                continue;
            }
            let rows = RowConverter::new(vec![kind])
                .and_then(|converter| converter.convert_columns(&[Arc::clone(column)]))
                .map_err(arrow_error)?;
            let different: HashSet<_> = rows.iter().collect();
            // All nulls are one of them.
            let nulls = usize::from(column.null_count() > 0);
            if (different.len() - nulls) * 10 > values * 9 {
                names.push(field.name().as_str());
            }
        }
        Ok(names)
    }

    fn start_group(&mut self) -> Result<Vec<TopColumn>, Error> {
        let number = self.groups;
        let mut writers = self
            .begin()?
            .factory
            .create_column_writers(number)?
            .into_iter();
        Ok(self
            .stored
            .fields()
            .iter()
            .map(|field| TopColumn {
                field: FieldRef::clone(field),
                leaves: writers
                    .by_ref()
                    .take(leaf_count(field.data_type()))
                    .collect(),
            })
            .collect())
    }

    fn end_group(&mut self) -> Result<(), Error> {
        let Some(columns) = self.group.take() else {
            return Ok(());
        };
        let writers: Vec<_> = columns
            .into_iter()
            .flat_map(|column| column.leaves)
            .collect();
        let mut chunks: Vec<Option<ArrowColumnChunk>> = writers.iter().map(|_| None).collect();
        on_threads(
            self.threads,
            writers.into_iter().zip(&mut chunks),
            |(writer, chunk)| {
                *chunk = Some(writer.close()?);
                Ok(())
            },
        )?;
        let mut group = self.begin()?.writer.next_row_group()?;
        for chunk in chunks.into_iter().flatten() {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.groups += 1;
        self.pieces_in_group = 0;
        Ok(())
    }
}

/// Does the work of every item, items taken in turn by up to `threads` threads; the error of the first item that has one.
fn on_threads<T: Send>(
    threads: usize,
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> Result<(), ParquetError> + Sync,
) -> Result<(), Error> {
    if threads == 1 {
        for item in items {
            work(item)?;
        }
        return Ok(());
    }
    let items = Mutex::new(items.enumerate());
    let first_error = Mutex::new(None::<(usize, ParquetError)>);
    let take = || items.lock().unwrap_or_else(PoisonError::into_inner).next();
    let run = || {
        while let Some((i, item)) = take() {
            if let Err(error) = work(item) {
                let mut first = first_error.lock().unwrap_or_else(PoisonError::into_inner);
                if first.as_ref().is_none_or(|(other, _)| i < *other) {
                    *first = Some((i, error));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        run();
        for other in others {
            // Whoever waits for a thread that panicked panics with its words.
            other.join().unwrap_or_else(|panic| resume_unwind(panic));
        }
    });
    let first_error = first_error.into_inner();
    match first_error.unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error.into()),
        None => Ok(()),
    }
}

/// Parquet has no seconds; everything else is stored as it is.
fn stored_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        other => other.clone(),
    }
}

/// Parquet columns that a type takes.
fn leaf_count(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(fields) => fields
            .iter()
            .map(|field| leaf_count(field.data_type()))
            .sum(),
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::Map(field, _) => leaf_count(field.data_type()),
        DataType::Dictionary(_, values) => leaf_count(values),
        DataType::RunEndEncoded(_, values) => leaf_count(values.data_type()),
        _ => 1,
    }
}

/// Chosen by measurement on a million customers: Zstandard level 1 costs as much time as Snappy and half the space. A dictionary of at
/// most 128 KiB serves columns of few values and gives up early on identifiers, where it only costs (a quarter of the time at 1 MiB).
/// Pages of 256 KiB stay in the cache while they are compressed, for a quarter of a hundredth more space than those of 1 MiB.
fn properties(without_dictionary: &[&str]) -> Result<WriterProperties, Error> {
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_coerce_types(true)
        .set_data_page_size_limit(256 * 1024)
        .set_dictionary_page_size_limit(128 * 1024)
        .set_max_row_group_row_count(Some(ROWS_A_PIECE * PIECES_A_GROUP))
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for name in without_dictionary {
        let path = ColumnPath::new(vec![(*name).to_owned()]);
        properties = properties.set_column_dictionary_enabled(path, false);
    }
    Ok(properties.build())
}

fn arrow_error(error: ArrowError) -> Error {
    ParquetError::from(error).into()
}
