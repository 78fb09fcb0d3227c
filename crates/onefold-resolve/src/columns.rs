//! Columns that several result tables have.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringViewBuilder, UInt64Array};
use arrow::datatypes::{DataType, Field, FieldRef};

use crate::error::Error;
use crate::records::Records;
use crate::selection::Selection;

/// A field of the given name. If the name is taken, it gets the first free suffix of `_2`, `_3`, ...
pub(crate) fn own_field(
    taken: &[FieldRef],
    name: &str,
    data_type: DataType,
    nullable: bool,
) -> FieldRef {
    let is_free = |name: &str| taken.iter().all(|field| field.name() != name);
    let mut free = name.to_owned();
    let mut suffix = 2;
    while !is_free(&free) {
        free = format!("{name}_{suffix}");
        suffix += 1;
    }
    Arc::new(Field::new(free, data_type, nullable))
}

/// Joins the distinct labels of the records' sources by `+`, in order of appearance.
pub(crate) struct SourceLabels<'a> {
    records: &'a Records,
    seen: Vec<usize>,
    text: String,
}

impl<'a> SourceLabels<'a> {
    pub(crate) fn new(records: &'a Records) -> Self {
        SourceLabels {
            records,
            seen: Vec::new(),
            text: String::new(),
        }
    }

    pub(crate) fn join(&mut self, members: impl Iterator<Item = u32>) -> &str {
        self.seen.clear();
        self.text.clear();
        for record in members {
            let source = self.records.source_at(self.records.at(record));
            if self.seen.contains(&source) {
                continue;
            }
            let label = |source: usize| self.records.sources[source].label.as_str();
            let known = self.seen.iter().any(|s| label(*s) == label(source));
            self.seen.push(source);
            if !known {
                if self.seen.len() > 1 {
                    self.text.push('+');
                }
                self.text.push_str(label(source));
            }
        }
        &self.text
    }
}

/// The key, source name and address of some records.
pub(crate) fn identify(records: &Records, of: &[u32]) -> Result<[ArrayRef; 3], Error> {
    let keys = Selection::new(records, of).gather_keys(records)?;
    let mut sources = StringViewBuilder::with_capacity(of.len()).with_deduplicate_strings();
    let mut addresses = Vec::with_capacity(of.len());
    for record in of {
        let at = records.at(*record);
        sources.try_append_value(&records.sources[records.source_at(at)].name)?;
        addresses.push(records.address(at));
    }
    let sources: ArrayRef = Arc::new(sources.finish());
    Ok([keys, sources, Arc::new(UInt64Array::from(addresses))])
}
