//! The records of all sources as one numbered table.
//!
//! A record is a `u32`: sources in input order, then rows in order. A *part* is one non-empty input batch. Columns are the union of
//! the sources' columns by name, in order of first appearance; nothing is copied.

use std::sync::{Arc, OnceLock};

use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StringViewArray, StringViewBuilder, new_null_array,
};
use arrow::compute::{can_cast_types, cast, interleave};
use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef, UInt64Type};

use crate::error::{Error, Kind};

pub(crate) const MAX_RECORDS: usize = u32::MAX as usize - 1;

/// Records per entry of the index from record to part.
const BLOCK: usize = 4096;

/// The records of one source.
#[derive(Debug, Clone)]
pub struct SourceRecords {
    /// Name of its table, unique (`crm`).
    pub name: String,
    /// How reports call it (`CRM`).
    pub label: String,
    /// Schema of all batches.
    pub schema: SchemaRef,
    /// The records.
    pub batches: Vec<RecordBatch>,
    /// Index of the column that identifies a record for people. A record without a key is called `NAME:ROW`, counted from 1.
    pub key: Option<usize>,
    /// Index of a `UInt64` column with the place of each record in its file. It is passed on, not understood, and is no record column.
    pub address: Option<usize>,
}

/// Place of a record: part and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) part: u32,
    pub(crate) row: u32,
}

/// A column of all records.
pub(crate) struct Column {
    pub(crate) field: FieldRef,
    /// By part; all null where the source lacks the column.
    pub(crate) chunks: Vec<ArrayRef>,
    /// No record lacks a value.
    pub(crate) complete: bool,
}

impl Column {
    pub(crate) fn is_null(&self, at: At) -> bool {
        self.chunks[at.part as usize].is_null(at.row as usize)
    }
}

pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) label: String,
    first: u32,
    key: Option<usize>,
    address: Option<usize>,
}

struct Part {
    source: u32,
    batch: RecordBatch,
    /// Keys as text, made when first asked for.
    keys: OnceLock<StringViewArray>,
}

/// All records.
pub(crate) struct Records {
    pub(crate) sources: Vec<Source>,
    pub(crate) columns: Vec<Column>,
    parts: Vec<Part>,
    /// First record of each part, then the number of records.
    starts: Vec<u32>,
    /// Part of the first record of each block of `BLOCK` records, then the last part.
    blocks: Vec<u32>,
}

impl Records {
    pub(crate) fn new(sources: Vec<SourceRecords>) -> Result<Self, Error> {
        let fields = record_fields(&sources)?;
        let mut records = Records {
            sources: Vec::with_capacity(sources.len()),
            columns: Vec::new(),
            parts: Vec::new(),
            starts: vec![0],
            blocks: Vec::new(),
        };
        let mut len = 0usize;
        for (index, source) in sources.into_iter().enumerate() {
            records.sources.push(Source {
                name: source.name,
                label: source.label,
                first: len as u32,
                key: source.key,
                address: source.address,
            });
            for batch in source.batches {
                if batch.num_rows() == 0 {
                    continue;
                }
                len += batch.num_rows();
                if len > MAX_RECORDS {
                    return Err(Kind::TooManyRecords.into());
                }
                records.starts.push(len as u32);
                records.parts.push(Part {
                    source: index as u32,
                    batch,
                    keys: OnceLock::new(),
                });
            }
        }
        records.blocks = (0..len)
            .step_by(BLOCK)
            .map(|record| records.starts.partition_point(|s| *s as usize <= record) as u32 - 1)
            .chain([records.parts.len().saturating_sub(1) as u32])
            .collect();
        records.columns = fields
            .into_iter()
            .map(|field| records.column(field))
            .collect();
        Ok(records)
    }

    fn column(&self, field: FieldRef) -> Column {
        // A source's batches share its schema, so the place of the column is looked up by name once a part.
        let found: Vec<Option<&ArrayRef>> = self
            .parts
            .iter()
            .map(|part| {
                let address = self.sources[part.source as usize].address;
                let (index, _) = part.batch.schema_ref().column_with_name(field.name())?;
                (Some(index) != address).then(|| part.batch.column(index))
            })
            .collect();
        let longest_absent = self
            .parts
            .iter()
            .zip(&found)
            .filter(|(_, chunk)| chunk.is_none())
            .map(|(part, _)| part.batch.num_rows())
            .max();
        let absent = longest_absent.map(|rows| new_null_array(field.data_type(), rows));
        let complete = absent.is_none()
            && found
                .iter()
                .flatten()
                .all(|chunk| chunk.logical_null_count() == 0);
        let chunks = self
            .parts
            .iter()
            .zip(found)
            .filter_map(|(part, chunk)| match chunk {
                Some(chunk) => Some(Arc::clone(chunk)),
                None => absent.as_ref().map(|a| a.slice(0, part.batch.num_rows())),
            })
            .collect();
        Column {
            field,
            chunks,
            complete,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.last().copied().unwrap_or(0) as usize
    }

    /// Place of a record.
    pub(crate) fn at(&self, record: u32) -> At {
        let block = record as usize / BLOCK;
        let low = self.blocks[block] as usize;
        let high = self.blocks[block + 1] as usize;
        let part = low + self.starts[low + 1..=high].partition_point(|start| *start <= record);
        At {
            part: part as u32,
            row: record - self.starts[part],
        }
    }

    /// The records `range` as stretches of one part each: part, first row, number of rows.
    pub(crate) fn stretches(
        &self,
        range: std::ops::Range<usize>,
        longest: usize,
    ) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let mut next = range.start;
        std::iter::from_fn(move || {
            if next >= range.end {
                return None;
            }
            let at = self.at(next as u32);
            let end = (self.starts[at.part as usize + 1] as usize)
                .min(range.end)
                .min(next + longest);
            let stretch = (at.part as usize, at.row as usize, end - next);
            next = end;
            Some(stretch)
        })
    }

    pub(crate) fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.field.name() == name)
    }

    /// Index of the source of the record at this place.
    pub(crate) fn source_at(&self, at: At) -> usize {
        self.parts[at.part as usize].source as usize
    }

    /// Keys of a part as text.
    pub(crate) fn keys(&self, part: u32) -> Result<&StringViewArray, Error> {
        let part = &self.parts[part as usize];
        if let Some(keys) = part.keys.get() {
            return Ok(keys);
        }
        let keys = self.key_texts(part)?;
        Ok(part.keys.get_or_init(|| keys))
    }

    fn key_texts(&self, part: &Part) -> Result<StringViewArray, Error> {
        let source = &self.sources[part.source as usize];
        let texts = match source.key {
            None => None,
            Some(key) => Some(cast(part.batch.column(key), &DataType::Utf8View)?),
        };
        let texts = texts.as_ref().map(|t| t.as_string_view());
        if let Some(texts) = texts
            && texts.null_count() == 0
        {
            return Ok(texts.clone());
        }
        let start = self
            .parts
            .iter()
            .position(|p| std::ptr::eq(p, part))
            .map_or(0, |index| self.starts[index]);
        let mut named = StringViewBuilder::with_capacity(part.batch.num_rows());
        let mut name = format!("{}:", source.name);
        let prefix = name.len();
        let mut digits = itoa::Buffer::new();
        for row in 0..part.batch.num_rows() {
            match texts {
                Some(texts) if texts.is_valid(row) => named.try_append_value(texts.value(row))?,
                _ => {
                    name.truncate(prefix);
                    name.push_str(digits.format(u64::from(start - source.first) + row as u64 + 1));
                    named.try_append_value(&name)?;
                }
            }
        }
        Ok(named.finish())
    }

    /// Address of a record, where its source has addresses.
    pub(crate) fn address(&self, at: At) -> Option<u64> {
        let part = &self.parts[at.part as usize];
        let column = self.sources[part.source as usize].address?;
        let addresses = part.batch.column(column).as_primitive::<UInt64Type>();
        let row = at.row as usize;
        addresses.is_valid(row).then(|| addresses.value(row))
    }
}

/// Rows of several parts to be copied together: the parts touched and, for each row, its index among them and its row there.
#[derive(Clone)]
pub(crate) struct Selection {
    parts: Vec<u32>,
    rows: Vec<(usize, usize)>,
    /// Index of a part in `parts`, plus one.
    slots: Vec<u32>,
}

impl Selection {
    pub(crate) fn new(records: &Records, selected: &[u32]) -> Self {
        let mut selection = Selection {
            parts: Vec::new(),
            rows: Vec::with_capacity(selected.len()),
            slots: vec![0; records.parts.len()],
        };
        for record in selected {
            let row = selection.row(records.at(*record));
            selection.rows.push(row);
        }
        selection
    }

    fn row(&mut self, at: At) -> (usize, usize) {
        let slot = &mut self.slots[at.part as usize];
        if *slot == 0 {
            self.parts.push(at.part);
            *slot = self.parts.len() as u32;
        }
        (*slot as usize - 1, at.row as usize)
    }

    /// Takes another record for the row at `index`.
    pub(crate) fn replace(&mut self, index: usize, at: At) {
        self.rows[index] = self.row(at);
    }

    /// The rows of a column. Texts are not copied: views point into the input's buffers.
    pub(crate) fn gather(&self, column: &Column) -> Result<ArrayRef, Error> {
        let chunks: Vec<&dyn Array> = self
            .parts
            .iter()
            .map(|part| column.chunks[*part as usize].as_ref())
            .collect();
        self.interleave(&chunks, column.field.data_type())
    }

    /// The keys of the rows.
    pub(crate) fn gather_keys(&self, records: &Records) -> Result<ArrayRef, Error> {
        let chunks = self
            .parts
            .iter()
            .map(|part| records.keys(*part).map(|keys| keys as &dyn Array))
            .collect::<Result<Vec<_>, _>>()?;
        self.interleave(&chunks, &DataType::Utf8View)
    }

    fn interleave(&self, chunks: &[&dyn Array], data_type: &DataType) -> Result<ArrayRef, Error> {
        if chunks.is_empty() {
            return Ok(new_null_array(data_type, 0));
        }
        Ok(interleave(chunks, &self.rows)?)
    }
}

/// The union of the sources' columns by name, after checking that sources fit their schema and one another.
pub(crate) fn record_fields(sources: &[SourceRecords]) -> Result<Vec<FieldRef>, Error> {
    let mut fields: Vec<(FieldRef, &str)> = Vec::new();
    for source in sources {
        check_source(source)?;
        for (index, field) in source.schema.fields().iter().enumerate() {
            if Some(index) == source.address {
                continue;
            }
            let known = fields.iter().find(|(f, _)| f.name() == field.name());
            match known {
                None => fields.push((
                    Arc::new(Field::new(field.name(), field.data_type().clone(), true)),
                    &source.name,
                )),
                Some((first, _)) if first.data_type() == field.data_type() => {}
                Some((first, first_source)) => {
                    return Err(Kind::TypeConflict {
                        column: field.name().clone(),
                        first: (*first_source).to_owned(),
                        first_type: first.data_type().to_string(),
                        second: source.name.clone(),
                        second_type: field.data_type().to_string(),
                    }
                    .into());
                }
            }
        }
    }
    Ok(fields.into_iter().map(|(field, _)| field).collect())
}

fn check_source(source: &SourceRecords) -> Result<(), Error> {
    let fields = source.schema.fields();
    for (index, field) in fields.iter().enumerate() {
        if fields[..index].iter().any(|f| f.name() == field.name()) {
            return Err(Kind::DuplicateColumn {
                source_name: source.name.clone(),
                column: field.name().clone(),
            }
            .into());
        }
    }
    for (role, index) in [("key", source.key), ("address", source.address)] {
        if let Some(index) = index
            && index >= fields.len()
        {
            return Err(Kind::NoSuchIndex {
                source_name: source.name.clone(),
                role,
                index,
                columns: fields.len(),
            }
            .into());
        }
    }
    if let Some(data_type) = source.address.map(|index| fields[index].data_type())
        && *data_type != DataType::UInt64
    {
        return Err(Kind::AddressType {
            source_name: source.name.clone(),
            data_type: data_type.to_string(),
        }
        .into());
    }
    if let Some(data_type) = source.key.map(|index| fields[index].data_type())
        && !can_cast_types(data_type, &DataType::Utf8View)
    {
        return Err(Kind::KeyType {
            source_name: source.name.clone(),
            data_type: data_type.to_string(),
        }
        .into());
    }
    let fits = |batch: &RecordBatch| {
        let found = batch.schema_ref().fields();
        found.len() == fields.len()
            && found
                .iter()
                .zip(fields)
                .all(|(f, s)| f.name() == s.name() && f.data_type() == s.data_type())
    };
    match source.batches.iter().position(|batch| !fits(batch)) {
        None => Ok(()),
        Some(batch) => Err(Kind::BatchSchema {
            source_name: source.name.clone(),
            batch,
        }
        .into()),
    }
}
