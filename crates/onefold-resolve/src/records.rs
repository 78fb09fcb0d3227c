//! The records of all sources as one numbered table.
//!
//! A record is a `u32`: sources count in input order, then rows in order. A *part* is one non-empty input batch. The columns are the
//! union of the sources' columns by name, in order of first appearance. Nothing is copied.

use std::sync::{Arc, OnceLock};

use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StringViewArray, StringViewBuilder, new_null_array,
};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef, UInt64Type};
use onefold_rows::{MAX_ROWS, Place, Places};

use crate::error::{Error, Kind};
use crate::sources::{SourceRecords, record_fields};

/// A column of all records.
pub(crate) struct Column {
    pub(crate) field: FieldRef,
    /// By part; all null where the source lacks the column.
    pub(crate) chunks: Vec<ArrayRef>,
    /// Whether every record has a value.
    pub(crate) complete: bool,
}

impl Column {
    pub(crate) fn is_null(&self, at: Place) -> bool {
        self.chunks[at.part as usize].is_null(at.row as usize)
    }
}

pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) first: u32,
    key: Option<usize>,
    address: Option<usize>,
}

/// Which rows of a part have a key of their own.
pub(crate) struct OwnKeys<'a>(Option<&'a ArrayRef>);

impl OwnKeys<'_> {
    pub(crate) fn at(&self, row: usize) -> bool {
        self.0.is_some_and(|keys| keys.is_valid(row))
    }
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
    places: Places,
}

impl Records {
    pub(crate) fn new(sources: Vec<SourceRecords>) -> Result<Self, Error> {
        let fields = record_fields(&sources)?;
        let mut records = Records {
            sources: Vec::with_capacity(sources.len()),
            columns: Vec::new(),
            parts: Vec::new(),
            places: Places::in_one_piece(0),
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
                if len > MAX_ROWS {
                    return Err(Kind::TooManyRecords.into());
                }
                records.parts.push(Part {
                    source: index as u32,
                    batch,
                    keys: OnceLock::new(),
                });
            }
        }
        records.places = Places::new(records.parts.iter().map(|part| part.batch.num_rows()));
        records.columns = fields
            .into_iter()
            .map(|field| records.column(field))
            .collect();
        Ok(records)
    }

    fn column(&self, field: FieldRef) -> Column {
        // The batches of a source share its schema, so one look-up by name a part finds the column.
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

    /// How many there are.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.places.rows()
    }

    /// How many parts there are.
    pub(crate) fn part_count(&self) -> usize {
        self.parts.len()
    }

    /// How many records a part has.
    pub(crate) fn rows(&self, part: usize) -> usize {
        self.parts[part].batch.num_rows()
    }

    /// Where each record is.
    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// The place of a record.
    #[inline]
    pub(crate) fn at(&self, record: u32) -> Place {
        self.places.at(record)
    }

    pub(crate) fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.field.name() == name)
    }

    /// Whether a column is the key of a source.
    pub(crate) fn is_key(&self, name: &str) -> bool {
        self.parts.iter().any(|part| {
            let key = self.sources[part.source as usize].key;
            let field = key.and_then(|key| part.batch.schema_ref().fields().get(key).cloned());
            field.is_some_and(|field| field.name() == name)
        })
    }

    /// Index of the source of the record at this place.
    pub(crate) fn source_at(&self, at: Place) -> usize {
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

    /// Keys of a part as text, null where a record has none of its own.
    pub(crate) fn own_keys(&self, part: u32) -> Result<StringViewArray, Error> {
        let keys = self.keys(part)?;
        let nulls = match self.are_keyed(part).0 {
            None => Some(NullBuffer::new_null(keys.len())),
            Some(keys) => keys.logical_nulls(),
        };
        if nulls.is_none() {
            return Ok(keys.clone());
        }
        let (views, buffers) = (keys.views().clone(), keys.data_buffers().to_vec());
        Ok(StringViewArray::try_new(views, buffers, nulls)?)
    }

    /// Whether each row of a part has a key of its own.
    pub(crate) fn are_keyed(&self, part: u32) -> OwnKeys<'_> {
        let part = &self.parts[part as usize];
        let key = self.sources[part.source as usize].key;
        OwnKeys(key.map(|key| part.batch.column(key)))
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
            .map_or(0, |index| self.places.first_of(index));
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
    pub(crate) fn address(&self, at: Place) -> Option<u64> {
        let part = &self.parts[at.part as usize];
        let column = self.sources[part.source as usize].address?;
        let addresses = part.batch.column(column).as_primitive::<UInt64Type>();
        let row = at.row as usize;
        addresses.is_valid(row).then(|| addresses.value(row))
    }
}
