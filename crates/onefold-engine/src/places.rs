//! Where a row stands, for people: its file and line where it came straight from one, otherwise what it begins with.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt64Type};
use arrow::util::display::array_value_to_string;
use onefold_read::{Locator, NoExpressions, Options, Scan, shown_text};
use onefold_spec::model::Source;

use crate::report::{FileReport, Report};

/// Columns by which a row is told that has no address.
const TOLD: usize = 3;
/// Longest text of such a column.
const TEXT: usize = 40;

/// Name of the hidden column of addresses.
pub(crate) const ADDRESS: &str = "_at";

/// The hidden column of addresses that rows of a source have, the last of all.
pub(crate) fn address(schema: &SchemaRef) -> Option<usize> {
    let last = schema.fields().len().checked_sub(1)?;
    let field = schema.field(last);
    (field.name() == ADDRESS && *field.data_type() == DataType::UInt64).then_some(last)
}

/// These columns, and then the hidden one of addresses.
pub(crate) fn with_address(schema: &SchemaRef) -> SchemaRef {
    let hidden = Arc::new(Field::new(ADDRESS, DataType::UInt64, false));
    let fields = schema.fields().iter().map(Arc::clone).chain([hidden]);
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The columns without the hidden one of addresses.
pub(crate) fn without_addresses(schema: &SchemaRef) -> SchemaRef {
    match address(schema) {
        None => Arc::clone(schema),
        Some(hidden) => Arc::new(Schema::new(schema.fields()[..hidden].to_vec())),
    }
}

/// What people call a record: `crm:17`. One that has no key is called so already.
pub fn record_name(source: &str, key: &str) -> String {
    match key.strip_prefix(source) {
        Some(row) if row.starts_with(':') => key.to_owned(),
        _ => format!("{source}:{key}"),
    }
}

/// Finds rows of a table.
#[derive(Clone, Default)]
pub(crate) struct Places {
    locator: Option<Locator>,
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Places")
            .field("in_files", &self.locator.is_some())
            .finish()
    }
}

impl Places {
    /// Of rows that may still have the addresses of a source.
    pub(crate) fn of(locator: Option<Locator>) -> Self {
        Self { locator }
    }

    /// `orders.csv:17`, or `row with id 7, name Ann`.
    pub(crate) fn place(&self, batch: &RecordBatch, row: usize) -> String {
        self.line(batch, row)
            .unwrap_or_else(|| beginning("row", batch, row))
    }

    /// `orders.csv:17`, where the row has an address.
    pub(crate) fn line(&self, batch: &RecordBatch, row: usize) -> Option<String> {
        let column = address(&batch.schema())?;
        let address = batch.column(column).as_primitive::<UInt64Type>().value(row);
        let place = self.locator.as_ref()?.locate(address).ok()?;
        Some(format!("{}:{}", place.file, place.line))
    }
}

/// The first columns of a row that have values.
pub(crate) fn beginning(what: &str, batch: &RecordBatch, row: usize) -> String {
    let schema = batch.schema();
    let visible = address(&schema).unwrap_or(batch.num_columns());
    let mut told = Vec::new();
    for (field, column) in schema.fields().iter().zip(batch.columns()).take(visible) {
        if column.is_null(row) || told.len() == TOLD {
            continue;
        }
        let value = array_value_to_string(column, row).unwrap_or_default();
        let value = shown_text(&value);
        let shown: String = value.chars().take(TEXT).collect();
        let more = if shown.len() < value.len() { "..." } else { "" };
        told.push(format!("`{}` {shown}{more}", field.name()));
    }
    match told.is_empty() {
        true => format!("{what} {}", row + 1),
        false => format!("{what} with {}", told.join(", ")),
    }
}

/// Finds lines in the files of a source, where these are what they were in a run. In standard input nothing is found.
pub(crate) fn locator(
    source: &Source,
    input_dir: &Path,
    report: &Report,
    threads: usize,
) -> Option<Locator> {
    if source.reads_stdin() {
        return None;
    }
    let options = Options {
        threads: 1,
        needed: None,
        stdin: None,
    };
    let scan = Scan::open(source, input_dir, Arc::new(NoExpressions), &options).ok()?;
    let locator = scan.locator();
    let mut sources = report.sources.iter();
    let known = sources.find(|known| known.name == source.name.value)?;
    let is_same = |file: &FileReport| {
        let digest = locator.digest(&file.name, threads).ok().flatten();
        // Of Parquet files there is none.
        file.xxh3.is_empty() || digest.is_some_and(|digest| format!("{digest:032x}") == file.xxh3)
    };
    known.files.iter().all(is_same).then_some(locator)
}
