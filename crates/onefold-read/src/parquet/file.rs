//! A file of Parquet: what it is, which of its columns are read, its rows batch by batch.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Fields, Schema};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::arrow::{ProjectionMask, parquet_to_arrow_schema};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetStatisticsPolicy;

use crate::error::Error;
use crate::fields::{Plan, RawColumn};
use crate::input::InputFile;
use crate::raw::Keep;

use super::column::{Column, Form};
use super::guard::guarded;
use super::kind::Natural;
use super::tree::{self, Node, Shape, Step};
use super::values::Values;

/// Rows of a batch, at most.
const ROWS: usize = 16 * 1024;
/// Stored bytes of a batch, about.
const BATCH_BYTES: u64 = 64 << 20;

/// A file whose footer has been read.
pub(crate) struct ParquetFile {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    columns: Arc<[Node]>,
}

/// Where the raw columns of a plan lie in a file.
pub(crate) struct Places {
    columns: Arc<[Node]>,
    /// Of each raw column, the steps from the top; `None`: the file has no such column.
    steps: Vec<Option<Vec<Step>>>,
    /// How the values of each are written.
    forms: Vec<Form>,
}

/// The rows of a file.
pub(crate) struct Rows {
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    reader: ParquetRecordBatchReader,
    leaves: Vec<usize>,
    /// Read, not given out.
    ready: VecDeque<RecordBatch>,
    /// Rows that the footer promises, and those that have been read.
    promised: u64,
    read: u64,
}

/// Opens a file and reads its footer.
pub(crate) fn open(file: &InputFile) -> Result<ParquetFile, Error> {
    let mut handle = File::open(&file.path).map_err(|e| Error::io(&file.path, e))?;
    look(&mut handle, &file.path)?;
    let footer = guarded(|| footer(&handle));
    let (metadata, columns) = unpanicked(footer, "its footer cannot be read")
        .map_err(|what| unsound(&file.path, &what))?;
    let groups = metadata.metadata().row_groups();
    let counts = groups.iter().map(|group| u64::try_from(group.num_rows()));
    let rows = counts.sum::<Result<u64, _>>().ok();
    let footer_rows = metadata.metadata().file_metadata().num_rows();
    if rows.is_none() || rows != u64::try_from(footer_rows).ok() {
        let counted = rows.map_or("an impossible number".to_owned(), |rows| rows.to_string());
        let what = format!("its footer says {footer_rows} rows, its row groups have {counted}");
        return Err(unsound(&file.path, &what));
    }
    Ok(ParquetFile {
        path: file.path.clone(),
        metadata,
        columns: columns.into(),
    })
}

fn unsound(path: &Path, what: &str) -> Error {
    Error::unreadable(path, format_args!("it is not a sound Parquet file: {what}"))
}

/// What came of work that may have panicked, with what is said then.
fn unpanicked<T>(done: Option<Result<T, ParquetError>>, panicked: &str) -> Result<T, String> {
    match done {
        Some(done) => done.map_err(|error| said(&error)),
        None => Err(panicked.to_owned()),
    }
}

/// The library's words without its own name.
fn said(error: &ParquetError) -> String {
    let text = error.to_string();
    let mut words = text.as_str();
    for prefix in [
        "Parquet error: ",
        "Parquet argument error: ",
        "External: ",
        "Arrow: ",
    ] {
        words = words.strip_prefix(prefix).unwrap_or(words);
    }
    words.trim_end_matches('.').to_owned()
}

const MAGIC: [u8; 4] = *b"PAR1";
const ENCRYPTED: [u8; 4] = *b"PARE";

/// Looks at both ends of a file.
fn look(handle: &mut File, path: &Path) -> Result<(), Error> {
    let io = |e| Error::io(path, e);
    let length = handle.metadata().map_err(io)?.len();
    let (mut head, mut tail) = ([0; 4], [0; 4]);
    if length >= 12 {
        handle.read_exact(&mut head).map_err(io)?;
        handle.seek(SeekFrom::End(-4)).map_err(io)?;
        handle.read_exact(&mut tail).map_err(io)?;
    }
    let error = |what: &str| Error::unreadable(path, what);
    match (head, tail) {
        (MAGIC, MAGIC) => Ok(()),
        _ if length < 12 => Err(error(
            "it is too short for a Parquet file, which has 12 bytes at least",
        )),
        (ENCRYPTED, _) | (_, ENCRYPTED) => Err(error("it is an encrypted Parquet file")
            .hint("decrypt it first: no keys are known here")),
        ([0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd], _) => {
            Err(error("it is a Parquet file inside of another compression")
                .hint("decompress it first: Parquet compresses its columns itself"))
        }
        (MAGIC, _) => Err(error(
            "it is a Parquet file whose end is missing: it does not end with `PAR1`",
        )
        .hint("copy it again; its columns are described at its end")),
        (_, MAGIC) => Err(error(
            "it is a Parquet file whose beginning is damaged: it does not begin with `PAR1`",
        )),
        _ => Err(error(
            "it is not a Parquet file: it neither begins nor ends with `PAR1`",
        )),
    }
}

fn footer(handle: &File) -> Result<(ArrowReaderMetadata, Vec<Node>), ParquetError> {
    // Statistics are not used; corrupt ones do no harm.
    let options = || {
        ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll)
    };
    let reader = parquet::file::metadata::ParquetMetaDataReader::new();
    let described = reader.parse_and_finish(handle)?;
    let file = described.file_metadata();
    let schema = file.schema_descr();
    let hints = guarded(|| parquet_to_arrow_schema(schema, file.key_value_metadata()));
    let hints = hints.and_then(Result::ok);
    let columns = tree::columns(schema.root_schema(), hints.as_ref().map(Schema::fields))?;
    let stored = Arc::new(tree::stored(schema.root_schema())?);
    let types = parquet_to_arrow_schema(&stored, None)?;
    let fields: Fields = types.fields().iter().map(|f| viewed(f)).collect();
    let options = options()
        .with_parquet_schema(stored)
        .with_schema(Arc::new(Schema::new(fields)));
    let metadata = ArrowReaderMetadata::load(handle, options)?;
    Ok((metadata, columns))
}

/// Bytes are read as views: they stay in their page, and no batch has too many of them.
fn viewed(field: &Field) -> Field {
    let of = match field.data_type() {
        DataType::Binary => DataType::BinaryView,
        DataType::List(element) => DataType::List(Arc::new(viewed(element))),
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().map(|field| viewed(field)).collect())
        }
        other => other.clone(),
    };
    field.clone().with_data_type(of)
}

impl ParquetFile {
    /// Names of the columns, and what each is.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&str, Natural)> {
        let columns = self.columns.iter();
        columns.map(|column| (column.name.as_str(), column.natural()))
    }

    /// Refuses a file in which several columns have one name, which therefore names none of them.
    pub(crate) fn refuse_repeated_names(&self) -> Result<(), Error> {
        let repeated = tree::repeated_name(&self.columns);
        let within = || self.columns.iter().find_map(Node::repeated_name);
        match repeated.or_else(within) {
            Some(name) => Err(self.repeats(name)),
            None => Ok(()),
        }
    }

    fn repeats(&self, name: &str) -> Error {
        let what = format_args!("several of its columns have the name `{name}`");
        Error::unreadable(&self.path, what).hint("write it again with a name of its own for each")
    }

    /// Whether there is a column, or a path into one.
    pub(crate) fn has(&self, path: &[String]) -> bool {
        tree::resolve(&self.columns, path).is_some()
    }

    /// Columns, and fields of the structs that a plan looks into, that the plan does not mention.
    pub(crate) fn unknown(&self, plan: &Plan) -> Vec<String> {
        let paths = plan.raw.iter();
        let mentioned: Vec<Vec<Step>> = paths
            .filter_map(|column| Some(tree::resolve(&self.columns, &column.path)?.0))
            .collect();
        let mentioned: Vec<&[Step]> = mentioned.iter().map(Vec::as_slice).collect();
        let mut found = Vec::new();
        gather_unknown(plan, &self.columns, &mentioned, "", &mut found);
        found
    }

    /// Begins to read what a plan needs. `version`: by which of its versions.
    pub(crate) fn rows(
        &self,
        plan: &Plan,
        version: Option<usize>,
    ) -> Result<(Rows, Places), Error> {
        let needed = plan.read_by(version);
        let mut leaves = Vec::new();
        let mut steps = Vec::with_capacity(plan.raw.len());
        for (column, needed) in plan.raw.iter().zip(needed) {
            let found = tree::resolve(&self.columns, &column.path);
            let found = found.filter(|_| needed && column.keep != Keep::Presence);
            if let Some((steps, node)) = &found {
                self.refuse_doubt(steps, node)?;
                leaves.extend(node.leaves.clone());
                leaves.extend(keys(&self.columns, steps));
            }
            steps.push(found.map(|(steps, _)| steps));
        }
        leaves.sort_unstable();
        leaves.dedup();
        let groups = self.metadata.metadata().row_groups();
        let promised = groups
            .iter()
            .map(|group| group.num_rows().cast_unsigned())
            .sum();
        let bytes = groups.iter().flat_map(|group| {
            let column = |leaf: &usize| group.columns().get(*leaf);
            let bytes = leaves.iter().filter_map(column);
            bytes.map(|column| column.uncompressed_size().max(0).cast_unsigned())
        });
        let bytes: u64 = bytes.fold(0, u64::saturating_add);
        let per_row = bytes / u64::max(promised, 1) + 1;
        let batch = (BATCH_BYTES / per_row).clamp(1, ROWS as u64) as usize;
        let reader = guarded(|| reader(&self.path, &self.metadata, &leaves, batch, None));
        let reader = unpanicked(reader, "its columns cannot be read");
        let reader = reader.map_err(|what| unsound(&self.path, &what))?;
        let rows = Rows {
            path: self.path.clone(),
            metadata: self.metadata.clone(),
            reader,
            leaves,
            ready: VecDeque::new(),
            promised,
            read: 0,
        };
        let form = |column: &RawColumn| match column.keep {
            _ if plan.as_found => Form::Found,
            Keep::Json => Form::Json,
            Keep::Text | Keep::Presence => Form::Text,
        };
        let places = Places {
            columns: Arc::clone(&self.columns),
            steps,
            forms: plan.raw.iter().map(form).collect(),
        };
        Ok((rows, places))
    }

    /// Refuses what is found under a name that stands twice, and structs with such names.
    fn refuse_doubt(&self, steps: &[Step], found: &Node) -> Result<(), Error> {
        let mut fields: Option<&[Node]> = Some(&self.columns);
        let mut node: Option<&Node> = None;
        for step in steps {
            node = match (step, fields, node.map(|node| &node.shape)) {
                (Step::Field(number), Some(fields), _) => {
                    let field = &fields[*number];
                    if fields
                        .iter()
                        .filter(|other| other.name == field.name)
                        .count()
                        > 1
                    {
                        return Err(self.repeats(&field.name));
                    }
                    Some(field)
                }
                (Step::Element(_), _, Some(Shape::List(_, element))) => Some(element),
                (Step::Key(_), _, Some(Shape::Map(_, value))) => Some(value),
                _ => None,
            };
            fields = match node.map(|node| &node.shape) {
                Some(Shape::Struct(fields)) => Some(fields),
                _ => None,
            };
        }
        match found.repeated_name() {
            Some(name) => Err(self.repeats(name)),
            None => Ok(()),
        }
    }
}

/// The leaves of the keys that a path looks up.
fn keys(columns: &[Node], steps: &[Step]) -> Vec<usize> {
    let mut leaves = Vec::new();
    let mut fields = columns;
    let mut node: Option<&Node> = None;
    for step in steps {
        node = match (step, node.map(|node| &node.shape)) {
            (Step::Field(number), _) => fields.get(*number),
            (Step::Element(_), Some(Shape::List(_, element))) => Some(element),
            (Step::Key(_), Some(Shape::Map(key, value))) => {
                leaves.extend(key.leaves.clone());
                Some(value)
            }
            _ => None,
        };
        if let Some(Shape::Struct(inside)) = node.map(|node| &node.shape) {
            fields = inside;
        }
    }
    leaves
}

fn gather_unknown(
    plan: &Plan,
    fields: &[Node],
    mentioned: &[&[Step]],
    trail: &str,
    found: &mut Vec<String>,
) {
    for (number, field) in fields.iter().enumerate() {
        let path = match trail {
            "" => field.name.clone(),
            _ => format!("{trail}.{}", field.name),
        };
        let inside = mentioned
            .iter()
            .filter_map(|steps| match steps.split_first() {
                Some((Step::Field(n), rest)) if *n == number => Some(rest),
                _ => None,
            });
        let inside: Vec<&[Step]> = inside.collect();
        if inside.is_empty() {
            if !plan.ignored.has(&path) {
                found.push(path);
            }
        } else if let Shape::Struct(fields) = &field.shape
            && !inside.iter().any(|steps| steps.is_empty())
        {
            gather_unknown(plan, fields, &inside, &path, found);
        }
    }
}

fn reader(
    path: &Path,
    metadata: &ArrowReaderMetadata,
    leaves: &[usize],
    batch: usize,
    group: Option<usize>,
) -> Result<ParquetRecordBatchReader, ParquetError> {
    let handle = File::open(path)?;
    let schema = metadata.metadata().file_metadata().schema_descr();
    let mask = ProjectionMask::leaves(schema, leaves.iter().copied());
    let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(handle, metadata.clone())
        .with_projection(mask)
        .with_batch_size(batch);
    if let Some(group) = group {
        builder = builder.with_row_groups(vec![group]);
    }
    builder.build()
}

impl Rows {
    /// The next rows; `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<RecordBatch>, Error> {
        if self.ready.is_empty()
            && let Some(batch) = self.read()?
        {
            self.read += batch.num_rows() as u64;
            light(batch, &mut self.ready);
        }
        if let Some(batch) = self.ready.pop_front() {
            return Ok(Some(batch));
        }
        if self.read != self.promised {
            let what = format!(
                "its row groups have {} rows, its pages {}",
                self.promised, self.read
            );
            return Err(unsound(&self.path, &what));
        }
        Ok(None)
    }

    fn read(&mut self) -> Result<Option<RecordBatch>, Error> {
        let read = guarded(|| self.reader.next().transpose());
        let what = match read {
            Some(Ok(batch)) => return Ok(batch),
            Some(Err(error)) => said(&ParquetError::from(error)),
            None => "a page is corrupt".to_owned(),
        };
        Err(unsound(&self.path, &self.place_of_fault().unwrap_or(what)))
    }

    /// Reads the columns one by one to say which of them cannot be read.
    fn place_of_fault(&self) -> Option<String> {
        let metadata = self.metadata.metadata();
        for group in 0..metadata.num_row_groups() {
            for leaf in &self.leaves {
                let done = guarded(|| {
                    let mut reader =
                        reader(&self.path, &self.metadata, &[*leaf], ROWS, Some(group))?;
                    reader.try_for_each(|batch| batch.map(|_| ()).map_err(ParquetError::from))
                });
                if let Err(what) = unpanicked(done, "a page is corrupt") {
                    let column = metadata.file_metadata().schema_descr().column(*leaf);
                    let path = column.path().parts().join(".");
                    return Some(format!(
                        "column `{path}` in row group {}: {what}",
                        group + 1
                    ));
                }
            }
        }
        None
    }
}

/// Largest text of a batch, as it is stored: written as JSON it may be six times as long, and must be addressed by 32 bits.
const MAX_BYTES: usize = 256 << 20;

/// Cuts a batch until no piece is too heavy.
fn light(batch: RecordBatch, pieces: &mut VecDeque<RecordBatch>) {
    let rows = batch.num_rows();
    let bytes: usize = batch.columns().iter().map(bytes_of).sum();
    if bytes <= MAX_BYTES || rows <= 1 {
        pieces.push_back(batch);
        return;
    }
    light(batch.slice(0, rows / 2), pieces);
    light(batch.slice(rows / 2, rows - rows / 2), pieces);
}

/// Bytes of the texts of an array: those of a dictionary as often as they occur.
fn bytes_of(array: &ArrayRef) -> usize {
    if let Some(views) = array.as_binary_view_opt() {
        return views.lengths().map(|length| length as usize).sum();
    }
    if let Some(group) = array.as_struct_opt() {
        return group.columns().iter().map(bytes_of).sum();
    }
    match array.as_list_opt::<i32>() {
        Some(lists) => {
            let offsets = lists.offsets();
            let (first, last) = (offsets[0] as usize, offsets[lists.len()] as usize);
            bytes_of(&lists.values().slice(first, last - first))
        }
        None => array.len(),
    }
}

impl Places {
    /// The raw columns of a batch; without one, of no rows.
    pub(crate) fn columns(&self, batch: Option<&RecordBatch>) -> Vec<Column> {
        let rows = batch.map_or(0, RecordBatch::num_rows);
        let columns = self.steps.iter().zip(&self.forms).map(|(steps, form)| {
            let (first, inside) = steps.as_ref()?.split_first()?;
            let Step::Field(number) = first else {
                return None;
            };
            let column = self.columns.get(*number)?;
            let array = batch?.column_by_name(&column.name)?;
            let values = Values::new(column, array);
            let (found, places) = values.at(inside, rows);
            Some(Column::new(found.clone(), places, rows, *form))
        });
        columns
            .map(|column| column.unwrap_or_else(|| Column::missing(rows)))
            .collect()
    }
}
