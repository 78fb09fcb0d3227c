//! The public face of conform: raw records in, rows, rejects and counts out.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Cursor;
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use onefold_spec::model::{InputFormat, Source};

use super::finding::internal;
use super::piece::{self, Piece, StoredRows, Stretch};
use super::tally::{Counts, Tally};
use super::unfinished::Unfinished;
use crate::between::Between;
use crate::chunk::Chunks;
use crate::error::{Error, Kind};
use crate::form::{InputPlan, Text};
use crate::input::{self, Footer, Stream};
use crate::label::Label;
use crate::nulled::Nulled;
use crate::plan::{Expressions, Plan};
use crate::raw::Splitter;
use crate::reject::Reject;

/// A source's declaration made ready to conform raw records, wherever they come from: a file, a message of a stream, an object of a
/// store, a part of a file that a worker has been given. [`Scan`](crate::Scan) conforms each chunk of its files by the same function.
///
/// ```
/// use std::path::Path;
/// use std::sync::Arc;
///
/// use onefold_read::{Conform, Fragment, NoExpressions};
///
/// let pipeline = "
/// sources:
///   customers:
///     path: customers.jsonl
///     fields:
///       id: {type: integer, required: true}
///       email: {type: email, on_invalid: reject}
/// outputs: [{table: customers, path: customers.csv}]
/// ";
/// let loaded = onefold_spec::load(pipeline, Path::new("onefold.yaml"), &|_| None).expect("a pipeline");
/// let source = &loaded.pipeline.sources[0];
/// let conform = Conform::new(source, Arc::new(NoExpressions), None)?;
/// let conformed = conform.input(Fragment {
///     name: "customers/0",
///     input: 0,
///     position: 4711,
///     bytes: b"{\"id\": 1, \"email\": \"ANN@example.com\"}\n{\"id\": \"x\"}\n".to_vec(),
/// })?;
/// assert_eq!(conformed.rows.num_rows(), 1);
/// assert_eq!(conformed.rejects[0].code, "invalid_integer");
/// assert_eq!((conformed.counts.read, conformed.counts.rejected), (2, 1));
/// # Ok::<(), onefold_read::Error>(())
/// ```
pub struct Conform {
    pub(crate) source: Arc<Source>,
    pub(crate) plan: Plan,
}

/// Bytes of whole records, and where they come from.
#[derive(Debug, Clone)]
pub struct Fragment<'a> {
    /// Name of the input. Rejects carry it, and versions that are recognised by the names of files are chosen by it.
    pub name: &'a str,
    /// Number of the input, a file or a partition, among those of its source.
    pub input: usize,
    /// Position of the first byte in the input. A record's address is the input and this plus the bytes before the record.
    pub position: u64,
    /// The records.
    pub bytes: Vec<u8>,
}

/// What raw records came to.
#[derive(Debug)]
pub struct Conformed {
    /// The accepted records: the columns of [`Conform::schema`].
    pub rows: RecordBatch,
    /// The refused records, in order. Their numbers of records and lines count from the start of the bytes.
    pub rejects: Vec<Reject>,
    /// The values that `on_invalid: null` made missing, in order; their numbers count as those of the rejects.
    pub nulled: Vec<Nulled>,
    /// How many records there were, and what else is known of them.
    pub counts: Counts,
}

/// How the records of an input are written, told by its head. For records that have no head of their own: the later parts of a file.
#[derive(Clone)]
pub struct Form {
    splitter: Arc<dyn Splitter>,
    input_plan: Arc<InputPlan>,
    start: usize,
}

/// What stands around the records of an input.
#[derive(Default)]
struct Around {
    /// Line breaks before the first.
    lines: u64,
    /// Lines after the last that are not read, once the end has been reached.
    footer: Option<Arc<OnceLock<Footer>>>,
}

impl Form {
    /// Where in the decoded head the first record begins: behind a header, behind the bracket of a JSON array.
    pub fn start(&self) -> usize {
        self.start
    }
}

impl Conform {
    /// Makes a source's declared fields ready. `needed`: the fields that anyone will read; `None`: all.
    ///
    /// # Errors
    /// The source declares no fields: its columns are known only once all of its inputs have been looked at. Options that no value fits.
    pub fn new(
        source: &Source,
        expressions: Arc<dyn Expressions>,
        needed: Option<&HashSet<String>>,
    ) -> Result<Self, Error> {
        let Some(fields) = &source.fields else {
            let message = format!("source `{}` declares no fields", source.name.value);
            return Err(Error::new(Kind::Declaration, message)
                .hint("name its `fields`: records that come one by one do not tell all columns"));
        };
        if let Some(label) = &source.encoding {
            input::encoding(label)?;
        }
        let plan = Plan::declared(source, fields, expressions, needed)?;
        Ok(Self::of_plan(source, plan))
    }

    pub(crate) fn of_plan(source: &Source, plan: Plan) -> Self {
        Self {
            source: Arc::new(source.clone()),
            plan,
        }
    }

    /// Columns of the rows: the fields, then the record's address (`_at`).
    pub fn schema(&self) -> &SchemaRef {
        &self.plan.schema
    }

    /// Names of the fields, in order, as the rejects have them.
    pub fn fields(&self) -> Vec<String> {
        self.plan.fields.iter().map(|f| f.name.clone()).collect()
    }

    /// Conforms a whole input of text: a file, an object, a message. As of a file, its beginning tells its compression, its encoding, its
    /// format and its header where the source declares none.
    ///
    /// # Errors
    /// The bytes are not records of text, or do not fit the declaration; a field with `on_invalid: fail` met an invalid value.
    pub fn input(&self, fragment: Fragment<'_>) -> Result<Conformed, Error> {
        let Fragment {
            name,
            input,
            position,
            bytes,
        } = fragment;
        let label = Label::of_name(name);
        let text = self.text_of(bytes, &label)?;
        let lines = text.lines();
        let footer = text.footer;
        let carry = text.head[text.start..].to_vec();
        let offset = position.saturating_add(text.start as u64);
        let chunks = Chunks::new(
            text.reader,
            label,
            Arc::clone(&text.splitter),
            carry,
            offset,
        );
        let around = Around { lines, footer };
        self.all(
            &*text.splitter,
            &text.input_plan,
            name,
            input,
            around,
            chunks,
        )
    }

    /// Tells by the head of an input how its records are written, for [`records`](Self::records). `head`: its first mebibyte, or all of it
    /// if it is shorter.
    ///
    /// # Errors
    /// As of [`input`](Self::input); the records are elements of a JSON array or rows of a workbook, whose parts mean nothing by
    /// themselves.
    pub fn form(&self, name: &str, head: &[u8]) -> Result<Form, Error> {
        let label = Label::of_name(name);
        let text = self.text_of(head.to_vec(), &label)?;
        if !text.splitter.has_offsets() {
            let error = label.unreadable("its records are rows of a workbook, which has no parts");
            return Err(error.hint("conform it as a whole"));
        }
        // An array that ends before its bracket is a fault, even without an element.
        let of_nothing = text.splitter.split(&[], Between::Ready, true);
        if !of_nothing.faults.is_empty() {
            let error = label.unreadable("its records are a JSON array, which has no parts");
            return Err(error.hint("conform it as a whole"));
        }
        Ok(Form {
            splitter: text.splitter,
            input_plan: Arc::new(text.input_plan),
            start: text.start,
        })
    }

    /// Conforms whole records that stand somewhere in an input of a known form, decompressed and in UTF-8. They have no header.
    ///
    /// # Errors
    /// A field with `on_invalid: fail` met an invalid value; a place beyond what an address can hold.
    pub fn records(&self, form: &Form, fragment: Fragment<'_>) -> Result<Conformed, Error> {
        let Fragment {
            name,
            input,
            position,
            bytes,
        } = fragment;
        let reader: Box<dyn Stream> = Box::new(Cursor::new(bytes));
        let splitter = Arc::clone(&form.splitter);
        let chunks = Chunks::new(reader, Label::of_name(name), splitter, Vec::new(), position);
        let around = Around::default();
        self.all(
            &*form.splitter,
            &form.input_plan,
            name,
            input,
            around,
            chunks,
        )
    }

    fn text_of(&self, bytes: Vec<u8>, label: &Label) -> Result<Text, Error> {
        let opened = input::open_bytes(bytes, label)?;
        let format = input::format(&opened, &self.source, label)?;
        if format == InputFormat::Parquet {
            return Err(label.unreadable("it is Parquet, which is read from a file"));
        }
        Text::new(&self.plan, &self.source, format, opened, label)
    }

    /// Chunk after chunk of one input.
    fn all(
        &self,
        splitter: &dyn Splitter,
        input_plan: &InputPlan,
        name: &str,
        input: usize,
        around: Around,
        mut chunks: Chunks,
    ) -> Result<Conformed, Error> {
        let shared: Arc<str> = Arc::from(name);
        let mut tally = Tally::new(&self.plan);
        tally.begin(&shared, input_plan, around.lines);
        let mut batches = Vec::new();
        let mut rejects = Vec::new();
        let mut nulled = Vec::new();
        let mut before = Unfinished::default();
        let mut between = Between::Ready;
        while let Some(chunk) = chunks.next()? {
            let (text, broken, start) =
                before.before(Cow::Owned(chunk.text), Vec::new(), chunk.offset);
            let stretch = Stretch {
                input,
                text,
                broken,
                offset: start,
                between,
                last: chunk.last,
            };
            let piece = self.text(splitter, input_plan, stretch);
            let mut piece = piece.map_err(|error| match error.kind() {
                Kind::Data => error.of_file(name),
                _ => error,
            })?;
            tally.add(&shared, &mut piece);
            rejects.append(&mut piece.rejects);
            nulled.append(&mut piece.nulled);
            before = Unfinished::of(&piece, start);
            between = piece.between;
            batches.push(piece.rows);
        }
        if let Some(footer) = around.footer.as_ref().and_then(|footer| footer.get()) {
            tally.end(&shared, footer);
        }
        let rows = match batches.len() {
            1 => batches.swap_remove(0),
            _ => concat_batches(self.schema(), &batches).map_err(internal)?,
        };
        Ok(Conformed {
            rows,
            rejects,
            nulled,
            counts: tally.finish(&self.plan),
        })
    }

    /// Splits and conforms a stretch of text: every record of text passes here, whoever has read it.
    pub(crate) fn text(
        &self,
        splitter: &dyn Splitter,
        input_plan: &InputPlan,
        stretch: Stretch,
    ) -> Result<Piece<RecordBatch>, Error> {
        piece::text(&self.plan, splitter, input_plan, stretch)
    }

    /// Conforms rows of Parquet.
    pub(crate) fn stored(
        &self,
        input_plan: &InputPlan,
        stored: &StoredRows<'_>,
    ) -> Result<Piece<RecordBatch>, Error> {
        piece::rows(&self.plan, input_plan, stored)
    }
}
