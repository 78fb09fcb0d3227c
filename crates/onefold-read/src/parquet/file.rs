//! A file of Parquet: what it is, what its columns are, which of them a plan reads.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema};
use onefold_spec::model;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::parquet_to_arrow_schema;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy,
};
use parquet::file::reader::ChunkReader;

use crate::error::Error;
use crate::found::Natural;
use crate::input::{Bytes, Input};
use crate::label::Label;
use crate::plan::{Plan, RawColumn};
use crate::raw::Keep;

use super::column::Form;
use super::explode::{self, Explode, Leads};
use super::footer;
use super::guard::{guarded, unpanicked, unsound};
use super::rows::{Places, Rows};
use super::tree::{self, Node, Shape, Step};

/// A file whose footer has been read.
pub(crate) struct ParquetFile {
    input: Input,
    is_encrypted: bool,
    metadata: ArrowReaderMetadata,
    columns: Arc<[Node]>,
    /// The steps to the lists that are exploded, and whether the path ends at the last of them.
    exploded: Option<(Vec<Vec<Step>>, bool)>,
}

/// Opens a file and reads its footer.
pub(crate) fn open(input: &Input) -> Result<ParquetFile, Error> {
    let label = input.label();
    let bytes = input.open().map_err(|e| label.io(e))?;
    look(&bytes, label)?;
    let footer =
        footer::look(&footer_bytes(&bytes, label)?).map_err(|what| unsound(label, &what))?;
    let read = guarded(|| read_footer(&bytes.chunks()));
    let (metadata, columns) =
        unpanicked(read, "its footer cannot be read").map_err(|what| unsound(label, &what))?;
    let groups = metadata.metadata().row_groups();
    let counts = groups.iter().map(|group| u64::try_from(group.num_rows()));
    let rows = counts.sum::<Result<u64, _>>().ok();
    let footer_rows = metadata.metadata().file_metadata().num_rows();
    if rows.is_none() || rows != u64::try_from(footer_rows).ok() {
        let counted = rows.map_or("an impossible number".to_owned(), |rows| rows.to_string());
        let what = format!("its footer says {footer_rows} rows, its row groups have {counted}");
        return Err(unsound(label, &what));
    }
    Ok(ParquetFile {
        input: input.clone(),
        is_encrypted: footer.is_encrypted,
        metadata,
        columns: columns.into(),
        exploded: None,
    })
}

/// The bytes of the footer: its length stands before the mark at the end.
fn footer_bytes(bytes: &Bytes, label: &Label) -> Result<Vec<u8>, Error> {
    let io = |e| label.io(e);
    let end = bytes.length().unwrap_or(0).saturating_sub(8);
    let length = bytes.range(end, 4).map_err(io)?;
    let length = <[u8; 4]>::try_from(length.as_slice())
        .map_err(|_| io(std::io::ErrorKind::UnexpectedEof.into()))?;
    let length = u32::from_le_bytes(length);
    let Some(start) = end.checked_sub(length.into()) else {
        let what = format!("its footer has {length} bytes, more than the file");
        return Err(unsound(label, &what));
    };
    bytes.range(start, length as usize).map_err(io)
}

const MAGIC: &[u8] = b"PAR1";
const ENCRYPTED: &[u8] = b"PARE";

/// Looks at both ends of a file.
fn look(bytes: &Bytes, label: &Label) -> Result<(), Error> {
    let io = |e| label.io(e);
    let length = bytes.length().unwrap_or(0);
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    if length >= 12 {
        head = bytes.range(0, 4).map_err(io)?;
        tail = bytes.range(length - 4, 4).map_err(io)?;
    }
    let error = |what: &str| label.unreadable(what);
    match (head.as_slice(), tail.as_slice()) {
        (MAGIC, MAGIC) => Ok(()),
        _ if length < 12 => Err(error(
            "it is too short for a Parquet file, which has 12 bytes at least",
        )),
        (ENCRYPTED, _) | (_, ENCRYPTED) => Err(error("it is an encrypted Parquet file")
            .hint("decrypt it first: no keys are known here")),
        ([0x1f, 0x8b, ..] | [0x28, 0xb5, 0x2f, 0xfd], _) => {
            Err(error("it is compressed as a whole")
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

fn read_footer(
    handle: &impl ChunkReader,
) -> Result<(ArrowReaderMetadata, Vec<Node>), ParquetError> {
    // Statistics are not used; corrupt ones do no harm.
    let unread = ParquetStatisticsPolicy::SkipAll;
    let metadata_options = ParquetMetaDataOptions::new()
        .with_column_stats_policy(unread.clone())
        .with_encoding_stats_policy(unread.clone())
        .with_size_stats_policy(unread.clone());
    let described = ParquetMetaDataReader::new()
        .with_metadata_options(Some(metadata_options))
        .parse_and_finish(handle)?;
    let file = described.file_metadata();
    let schema = file.schema_descr();
    let hints = guarded(|| parquet_to_arrow_schema(schema, file.key_value_metadata()));
    let hints = hints.and_then(Result::ok);
    let columns = tree::columns(schema.root_schema(), hints.as_ref().map(Schema::fields))?;
    let stored = Arc::new(tree::stored(schema.root_schema())?);
    let types = parquet_to_arrow_schema(&stored, None)?;
    let fields: Fields = types.fields().iter().map(|f| viewed(f)).collect();
    let options = ArrowReaderOptions::new()
        .with_column_stats_policy(unread.clone())
        .with_encoding_stats_policy(unread.clone())
        .with_size_stats_policy(unread)
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
        self.input
            .label()
            .unreadable(what)
            .hint("write it again with a name of its own for each")
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

    /// Makes the elements of a list the rows: `path` leads to it from a record, as the paths of fields do.
    ///
    /// # Errors
    /// The path leads to something else. A file without such a column is one whose lists are all empty.
    pub(crate) fn explode(&mut self, explode: &model::Explode) -> Result<(), Error> {
        let mut lists = Vec::new();
        let columns = Arc::get_mut(&mut self.columns);
        let columns = columns.unwrap_or_default();
        let leads = explode::mark(columns, &explode.path, Vec::new(), &mut lists);
        if leads == Leads::Other {
            let what = format_args!("`{}` is not a list", explode.path.join("."));
            let error = self.input.label().unreadable(what);
            return Err(error.hint("`explode` names a list, whose elements become the records"));
        }
        self.exploded = Some((lists, leads == Leads::List));
        Ok(())
    }

    /// Begins to read what a plan needs. `version`: by which of its versions.
    pub(crate) fn rows(
        &self,
        plan: &Plan,
        version: Option<usize>,
        source: &model::Source,
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
        // How many elements there are, any leaf in them tells.
        if let (Some((lists, _)), Some(explode)) = (&self.exploded, &source.explode) {
            let innermost = (0..=explode.path.len()).rev().find_map(|length| {
                let (_, node) = tree::resolve(&self.columns, explode.path.get(..length)?)?;
                Some(node)
            });
            let is_any = !lists.is_empty();
            let innermost = innermost.filter(|node| is_any && !node.leaves.is_empty());
            leaves.extend(innermost.map(|node| node.leaves.start));
        }
        leaves.sort_unstable();
        leaves.dedup();
        let rows = Rows::open(
            &self.input,
            self.is_encrypted,
            self.metadata.clone(),
            leaves,
        )?;
        let form = |column: &RawColumn| match column.keep {
            _ if plan.as_found => Form::Found,
            Keep::Json => Form::Json,
            Keep::Text | Keep::Presence | Keep::Number => Form::Text,
        };
        let numbered = plan.raw.iter().enumerate();
        let numbered = numbered.filter(|(_, column)| column.keep == Keep::Number);
        let places = Places {
            columns: Arc::clone(&self.columns),
            steps,
            forms: plan.raw.iter().map(form).collect(),
            explode: self.explode_of(plan, source),
            numbered: numbered.map(|(cell, _)| cell).collect(),
        };
        Ok((rows, places))
    }

    /// How rows become one for each element.
    fn explode_of(&self, plan: &Plan, source: &model::Source) -> Option<Explode> {
        let declared = source.explode.as_ref()?;
        let (lists, is_there) = self.exploded.clone()?;
        let paths = plan.raw.iter().filter(|c| c.keep != Keep::Number);
        let inside = paths.filter_map(|c| c.path.strip_prefix(declared.path.as_slice()));
        let (whole, inside): (Vec<_>, Vec<_>) = inside.partition(|rest| rest.is_empty());
        Some(Explode {
            lists,
            is_there,
            keep_empty: declared.keep_empty,
            must_have_fields: whole.is_empty() && !inside.is_empty(),
        })
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
                (Step::Element(_) | Step::Each(_), _, Some(Shape::List(_, element))) => {
                    Some(element)
                }
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
            (Step::Element(_) | Step::Each(_), Some(Shape::List(_, element))) => Some(element),
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

/// What a row has at a field, and the steps on from there: the elements of an exploded list are rows.
fn of_row<'a, 's>(field: &'a Node, inside: Vec<&'s [Step]>) -> (&'a Shape, Vec<&'s [Step]>) {
    let (Some(_), Shape::List(_, element)) = (field.each, &field.shape) else {
        return (&field.shape, inside);
    };
    let steps = inside.into_iter();
    let steps = steps.filter_map(|steps| match steps.split_first() {
        Some((Step::Each(_), rest)) => Some(rest),
        _ => None,
    });
    (&element.shape, steps.collect())
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
            // What is exploded is mentioned.
            if field.each.is_none() && !plan.ignored.has(&path) {
                found.push(path);
            }
        } else {
            let (shape, inside) = of_row(field, inside);
            if let Shape::Struct(fields) = shape
                && !inside.iter().any(|steps| steps.is_empty())
            {
                gather_unknown(plan, fields, &inside, &path, found);
            }
        }
    }
}
