//! The rows of a side table of a source: all saved in the folder of the run, and those kept that an output or a table reads.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{Field, Schema, SchemaRef};
use onefold_write::{Format, Publication, StagedFile, TableWriter};

use super::graph::Reader;
use crate::error::Error;
use crate::prepare::Prepared;
use crate::stored::Stored;

/// Records that are made rows together: as many as are encoded together, so that they need not be put together again.
pub(super) const TOGETHER: usize = 8192;

/// Bytes of records that wait at most: a record may have megabytes.
pub(super) const WAITING: usize = 64 << 20;

/// The rows of a side table, as they come.
pub(super) struct Beside<'p> {
    schema: SchemaRef,
    publication: &'p Publication,
    /// Path in the folder of the run.
    path: PathBuf,
    /// There is none where there are no rows.
    file: Option<TableWriter<StagedFile>>,
    /// By column whether anyone reads it; `None`: nobody reads any.
    read: Option<Vec<bool>>,
    kept: Vec<RecordBatch>,
}

impl<'p> Beside<'p> {
    /// A table of these columns for these readers, which is saved at `path` in the folder of the run.
    pub(super) fn new(
        schema: SchemaRef,
        readers: &[Reader],
        prepared: &Prepared,
        publication: &'p Publication,
        path: PathBuf,
    ) -> Self {
        Self {
            read: columns_read(readers, prepared, schema.fields().len()),
            schema,
            publication,
            path,
            file: None,
            kept: Vec::new(),
        }
    }

    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub(super) fn take(&mut self, rows: RecordBatch) -> Result<(), Error> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = self.publication.stage_record(&self.path)?;
                let file = TableWriter::start(&self.schema, &Format::Parquet, file, 1)?;
                self.file.insert(file)
            }
        };
        file.write(&rows)?;
        if let Some(read) = &self.read {
            self.kept.push(only(rows, read)?);
        }
        Ok(())
    }

    /// Completes the file; the rows for their readers.
    pub(super) fn finish(self) -> Result<Stored, Error> {
        if let Some(file) = self.file {
            file.finish()?.0.finish()?;
        }
        let schema = match self.kept.first() {
            Some(rows) => rows.schema(),
            None => self.schema,
        };
        Ok(Stored::new(schema, self.kept))
    }
}

/// Which columns are read, as far as only outputs read them; `None`: nobody reads any.
fn columns_read(readers: &[Reader], prepared: &Prepared, columns: usize) -> Option<Vec<bool>> {
    if readers.is_empty() {
        return None;
    }
    let mut read = vec![false; columns];
    for reader in readers {
        let projection = match reader {
            Reader::Output(number) => prepared.outputs[*number].as_ref(),
            Reader::Step { .. } => None,
        };
        let Some(projection) = projection else {
            return Some(vec![true; columns]);
        };
        for column in &projection.columns {
            match column.value.column {
                Some(column) => read[column] = true,
                None => return Some(vec![true; columns]),
            }
        }
    }
    Some(read)
}

/// The rows with nulls in the columns that nobody reads.
fn only(rows: RecordBatch, read: &[bool]) -> Result<RecordBatch, Error> {
    if read.iter().all(|read| *read) {
        return Ok(rows);
    }
    let schema = rows.schema();
    let columns = rows.columns().iter().zip(schema.fields()).zip(read);
    let columns = columns.map(|((column, field), read)| match read {
        true => (Arc::clone(field), Arc::clone(column)),
        false => {
            let field = Field::clone(field).with_nullable(true);
            let nulls = new_null_array(field.data_type(), rows.num_rows());
            (Arc::new(field), nulls)
        }
    });
    let (fields, columns): (Vec<_>, Vec<_>) = columns.unzip();
    Ok(RecordBatch::try_new(
        Arc::new(Schema::new(fields)),
        columns,
    )?)
}
