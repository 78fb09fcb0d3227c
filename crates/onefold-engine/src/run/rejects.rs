//! Rejects of a source: all saved in the folder of the run, and those kept that an output or a table reads.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{Field, Schema, SchemaRef};
use onefold_read::Reject;
use onefold_spec::model::Source;
use onefold_write::{Format, Publication, StagedFile, TableWriter};

use super::graph::Reader;
use crate::error::Error;
use crate::prepare::Prepared;
use crate::report::{RejectCount, RejectKind};
use crate::stored::Stored;

/// Rejects that are made rows together: as many as are encoded together, so that they need not be put together again.
const TOGETHER: usize = 8192;

/// Bytes of rejects that wait at most: a record may have megabytes.
const WAITING: usize = 64 << 20;

/// Collects the rejects of a source as rows, so that a million of them cost no million small strings.
pub(super) struct Rejects<'p> {
    schema: SchemaRef,
    waiting: Vec<Reject>,
    waiting_bytes: usize,
    counts: HashMap<String, (RejectCount, Vec<RejectKind>)>,
    publication: &'p Publication,
    /// Path in the folder of the run.
    path: PathBuf,
    /// There is none where nothing is rejected.
    file: Option<TableWriter<StagedFile>>,
    /// By column whether anyone reads it; `None`: nobody reads any.
    read: Option<Vec<bool>>,
    kept: Vec<RecordBatch>,
}

/// Which columns of the rejects are read, as far as only outputs read them; `None`: nobody reads any.
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

impl<'p> Rejects<'p> {
    /// Those of a source whose files have these fields, for these readers; they are saved in the folder of the run.
    pub(super) fn new(
        source: &Source,
        fields: &[String],
        readers: &[Reader],
        prepared: &Prepared,
        publication: &'p Publication,
    ) -> Self {
        let names = fields.iter().map(String::as_str);
        let schema = onefold_read::rejects_schema(names, source.explode.is_some());
        Self {
            read: columns_read(readers, prepared, schema.fields().len()),
            schema,
            waiting: Vec::new(),
            waiting_bytes: 0,
            counts: HashMap::new(),
            publication,
            path: Path::new("rejects").join(format!("{}.parquet", source.name.value)),
            file: None,
            kept: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, rejects: Vec<Reject>) -> Result<(), Error> {
        for reject in &rejects {
            match self.counts.get_mut(reject.code.as_ref()) {
                Some((count, kinds)) => {
                    count.records += 1;
                    let field = reject.errors.first().map_or("", |error| &error.column);
                    match kinds.iter_mut().find(|kind| kind.field == field) {
                        Some(kind) => kind.records += 1,
                        None => kinds.push(kind(reject)),
                    }
                }
                None => {
                    let count = RejectCount {
                        code: reject.code.to_string(),
                        reason: reject.reason.clone(),
                        records: 1,
                    };
                    let kinds = vec![kind(reject)];
                    self.counts.insert(count.code.clone(), (count, kinds));
                }
            }
        }
        for reject in rejects {
            self.waiting_bytes += bytes(&reject);
            self.waiting.push(reject);
            if self.waiting.len() == TOGETHER || self.waiting_bytes >= WAITING {
                self.make_rows()?;
            }
        }
        Ok(())
    }

    fn make_rows(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let rows = onefold_read::rejects_batch(&self.schema, &self.waiting)?;
        self.waiting.clear();
        self.waiting_bytes = 0;
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

    /// Completes the file; how many there are of each code and of each kind, the most first, and the rows for their readers.
    pub(super) fn finish(mut self) -> Result<(Counted, Stored), Error> {
        self.make_rows()?;
        if let Some(file) = self.file.take() {
            file.finish()?.0.finish()?;
        }
        let (mut counts, kinds): (Vec<RejectCount>, Vec<Vec<RejectKind>>) =
            self.counts.into_values().unzip();
        let mut kinds: Vec<RejectKind> = kinds.into_iter().flatten().collect();
        kinds.sort_by(|a, b| {
            let names = |kind: &RejectKind| (kind.field.clone(), kind.code.clone());
            let most_first = b.records.cmp(&a.records);
            most_first.then_with(|| names(a).cmp(&names(b)))
        });
        counts.sort_by(|a, b| b.records.cmp(&a.records).then_with(|| a.code.cmp(&b.code)));
        let schema = match self.kept.first() {
            Some(rows) => rows.schema(),
            None => self.schema,
        };
        Ok((Counted { counts, kinds }, Stored::new(schema, self.kept)))
    }
}

/// How many rejects there are.
pub(super) struct Counted {
    /// By code.
    pub(super) counts: Vec<RejectCount>,
    /// By field and code.
    pub(super) kinds: Vec<RejectKind>,
}

/// The kind of which a reject is the first.
fn kind(reject: &Reject) -> RejectKind {
    let error = reject.errors.first();
    RejectKind {
        field: error.map(|error| error.column.clone()).unwrap_or_default(),
        code: reject.code.to_string(),
        reason: reject.reason.clone(),
        value: error.and_then(|error| error.value.clone()),
        records: 1,
        first: format!("{}:{}", reject.file, reject.line),
    }
}

/// Bytes of its texts.
fn bytes(reject: &Reject) -> usize {
    let errors = reject.errors.iter();
    let errors = errors.map(|e| e.message.len() + e.value.as_ref().map_or(0, String::len));
    let fields = reject.fields.iter().flatten().map(String::len);
    reject.raw.len() + reject.reason.len() + errors.sum::<usize>() + fields.sum::<usize>()
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
