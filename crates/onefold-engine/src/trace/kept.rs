//! A table as a run has kept it: single rows, and rows that have certain values, without reading the rest.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float32Array, Float64Array, RecordBatch, Scalar};
use arrow::compute::kernels::cmp::not_distinct;
use arrow::compute::kernels::numeric;
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Schema, SchemaRef, UInt64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection};

use crate::before::unreadable;
use crate::error::Error;
use crate::places::address;

/// Rows that are decoded at once.
const DECODED: usize = 65_536;

/// A kept table.
pub(crate) struct KeptTable {
    path: PathBuf,
    /// Columns as steps have them, without the addresses.
    pub(crate) schema: SchemaRef,
    /// Number of the column of addresses.
    addresses: Option<usize>,
    pub(crate) rows: usize,
}

impl KeptTable {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let length = std::fs::metadata(path)
            .map_err(|e| unreadable(path, &e))?
            .len();
        let mut table = Self {
            path: path.to_path_buf(),
            schema: Arc::new(Schema::empty()),
            addresses: None,
            rows: 0,
        };
        // A table without columns is an empty file.
        if length > 0 {
            let reader = table.reader()?;
            let stored = Arc::clone(reader.schema());
            table.rows = reader.metadata().file_metadata().num_rows().max(0) as usize;
            table.addresses = address(&stored);
            let visible = table.addresses.unwrap_or(stored.fields().len());
            let fields = stored.fields().iter().take(visible);
            let fields = fields.map(|field| match field.data_type().is_string() {
                true => field.as_ref().clone().with_data_type(DataType::Utf8View),
                false => field.as_ref().clone(),
            });
            table.schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        }
        Ok(table)
    }

    fn reader(&self) -> Result<ParquetRecordBatchReaderBuilder<File>, Error> {
        let file = File::open(&self.path).map_err(|e| unreadable(&self.path, &e))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file);
        reader.map_err(|e| unreadable(&self.path, &e))
    }

    /// Some columns of some rows; `None`: of all rows.
    fn read(
        &self,
        columns: &[usize],
        rows: Option<&[usize]>,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + use<>, Error> {
        let reader = self.reader()?;
        let mask = ProjectionMask::roots(reader.parquet_schema(), columns.iter().copied());
        let mut reader = reader.with_projection(mask).with_batch_size(DECODED);
        if let Some(rows) = rows {
            let ranges = rows.iter().map(|row| *row..row + 1);
            let chosen = RowSelection::from_consecutive_ranges(ranges, self.rows);
            reader = reader.with_row_selection(chosen);
        }
        let reader = reader.build().map_err(|e| unreadable(&self.path, &e))?;
        let path = self.path.clone();
        Ok(reader.map(move |batch| batch.map_err(|e| unreadable(&path, &e))))
    }

    /// Some rows, by ascending number.
    pub(crate) fn take(&self, numbers: &[usize]) -> Result<RecordBatch, Error> {
        let columns: Vec<usize> = (0..self.schema.fields().len()).collect();
        let mut batches = Vec::new();
        if !numbers.is_empty() {
            for batch in self.read(&columns, Some(numbers))? {
                batches.push(conformed(&batch?, &self.schema)?);
            }
        }
        Ok(concat_batches(&self.schema, &batches)?)
    }

    /// Shows all texts: column, row and text, column by column.
    pub(crate) fn texts(&self, mut see: impl FnMut(usize, usize, &str)) -> Result<(), Error> {
        for (column, field) in self.schema.fields().iter().enumerate() {
            if !field.data_type().is_string() {
                continue;
            }
            let mut start = 0;
            for batch in self.read(&[column], None)? {
                let texts = cast(batch?.column(0), &DataType::Utf8View)?;
                for (row, text) in texts.as_string_view().iter().enumerate() {
                    if let Some(text) = text {
                        see(column, start + row, text);
                    }
                }
                start += texts.len();
            }
        }
        Ok(())
    }

    /// All rows.
    pub(crate) fn all(&self) -> Result<Vec<RecordBatch>, Error> {
        if self.rows == 0 {
            return Ok(Vec::new());
        }
        let columns: Vec<usize> = (0..self.schema.fields().len()).collect();
        let batches = self.read(&columns, None)?;
        batches
            .map(|batch| conformed(&batch?, &self.schema))
            .collect()
    }

    /// The numbers of the rows that have in `columns` the values of one row, a missing value being like a missing one.
    pub(crate) fn matching(
        &self,
        columns: &[usize],
        values: &[ArrayRef],
    ) -> Result<Vec<usize>, Error> {
        let mut found: Option<Vec<usize>> = None;
        for (column, value) in columns.iter().zip(values) {
            if found.as_ref().map_or(self.rows, Vec::len) == 0 {
                return Ok(Vec::new());
            }
            let mut start = 0;
            let mut next = Vec::new();
            for batch in self.read(&[*column], found.as_deref())? {
                let batch = batch?;
                let wanted = Scalar::new(unsigned(&cast(value, batch.column(0).data_type())?)?);
                let alike = not_distinct(&unsigned(batch.column(0))?, &wanted)?;
                let places = (0..alike.len()).filter(|row| alike.value(*row));
                next.extend(places.map(|row| start + row));
                start += batch.num_rows();
            }
            found = Some(match found {
                Some(before) => next.into_iter().map(|place| before[place]).collect(),
                None => next,
            });
        }
        Ok(found.unwrap_or_else(|| (0..self.rows).collect()))
    }

    /// The addresses of the rows, where they have any.
    pub(crate) fn addresses(&self) -> Result<Option<Vec<u64>>, Error> {
        let Some(column) = self.addresses else {
            return Ok(None);
        };
        let mut addresses = Vec::with_capacity(self.rows);
        for batch in self.read(&[column], None)? {
            let batch = batch?;
            let Some(column) = batch.column(0).as_primitive_opt::<UInt64Type>() else {
                return Err(Error::internal("addresses of another type"));
            };
            addresses.extend(column.values());
        }
        Ok(Some(addresses))
    }

    /// The address of a row, where it has one.
    pub(crate) fn address(&self, number: usize) -> Result<Option<u64>, Error> {
        let Some(column) = self.addresses else {
            return Ok(None);
        };
        let mut batches = self.read(&[column], Some(&[number]))?;
        let Some(batch) = batches.next().transpose()? else {
            return Ok(None);
        };
        let column = batch.column(0).as_primitive_opt::<UInt64Type>();
        Ok(column.and_then(|column| column.iter().next().flatten()))
    }
}

/// Zeros without a sign: steps take both for one number.
fn unsigned(column: &ArrayRef) -> Result<ArrayRef, Error> {
    Ok(match column.data_type() {
        DataType::Float64 => numeric::add(column, &Float64Array::new_scalar(0.0))?,
        DataType::Float32 => numeric::add(column, &Float32Array::new_scalar(0.0))?,
        _ => ArrayRef::clone(column),
    })
}

/// A batch with the types of a schema that has the same columns.
pub(super) fn conformed(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
