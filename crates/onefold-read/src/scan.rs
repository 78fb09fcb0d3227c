//! The driver: files to chunks, chunks to batches on several threads, batches and rejects to the caller in file order.
//!
//! A reading thread cuts files into chunks, workers split and conform them, and the calling thread puts the results in order. It also
//! checks every cut: where a chunk did not end between two records, its last, unfinished record is put in front of the next chunk and
//! that chunk is split again. Record and line numbers are counted within a chunk and made absolute here.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::SchemaRef;
use crossbeam_channel::{Receiver, Sender, bounded};
use onefold_spec::model::{Header, InputFormat, Source};

use crate::chunk::{CHUNK, Chunk, Chunks};
use crate::conform::{Conformed, RawRows, conform};
use crate::delimited::{self, DelimitedSplitter};
use crate::drift::{self, Drift, Place};
use crate::error::{Error, Kind};
use crate::fields::{Expressions, Plan};
use crate::input::{self, InputFile};
use crate::json::{self, FoundColumn, JsonSplitter, Paths, Preamble};
use crate::locate::Locator;
use crate::parquet;
use crate::raw::{Between, Fault, Records, Split, Splitter};
use crate::reject::{FieldError, Reject, capped};
use crate::versions::{self, Choice};

/// How to read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Threads that split and conform; at least one.
    pub threads: usize,
    /// Fields that anyone will read; `None`: all. Others are still checked, but not made where nothing can be wrong with them.
    pub needed: Option<HashSet<String>>,
}

/// Records of one chunk, in file order.
#[derive(Debug)]
pub struct Batch<T> {
    /// What `map` made of the accepted records.
    pub records: T,
    /// Accepted records.
    pub accepted: u64,
    /// Refused records, in order.
    pub rejects: Vec<Reject>,
    /// Bytes of text that they took, decoded and decompressed.
    pub bytes: u64,
}

/// What reading came to.
#[derive(Debug, Default, Clone)]
pub struct Summary {
    /// Records read: accepted and rejected.
    pub read: u64,
    /// Records accepted.
    pub accepted: u64,
    /// Records rejected.
    pub rejected: u64,
    /// Values made missing by `on_invalid: null`, by field, where there are any.
    pub nulled: Vec<(String, u64)>,
    /// Records by the version of the schema that they are of, in declared order, refused ones counted. All others are read by the
    /// source's own fields, or are too broken to be read.
    pub versions: Vec<(String, u64)>,
    /// Columns and keys that the files have and the source does not mention, in order of first appearance. Empty where no fields are
    /// declared: then nothing is unknown.
    pub drift: Vec<Drift>,
    /// Each file, in order.
    pub files: Vec<FileStats>,
}

/// One file of a source.
#[derive(Debug, Clone)]
pub struct FileStats {
    /// Name relative to the input folder.
    pub name: String,
    /// Where it was read from.
    pub path: std::path::PathBuf,
    /// Decoded bytes.
    pub bytes: u64,
    /// Records read.
    pub records: u64,
    /// XXH3-128 of the file as it lies on disk; missing for Parquet, which is not read from end to end.
    pub digest: Option<u128>,
}

/// A source, opened: its files are known, its plan is made.
pub struct Scan {
    source: Source,
    files: Vec<InputFile>,
    plan: Plan,
    threads: usize,
}

impl Scan {
    /// Finds the files of `source` below `dir` and makes its plan. Reads data only where no fields are declared: the columns must be
    /// known before the run starts.
    ///
    /// # Errors
    /// Files that are missing or may not be read; options that no file could fit.
    pub fn open(
        source: &Source,
        dir: &Path,
        expressions: Arc<dyn Expressions>,
        options: &Options,
    ) -> Result<Scan, Error> {
        let files = input::discover(dir, &source.path)?;
        for file in &files {
            std::fs::File::open(&file.path).map_err(|e| Error::io(&file.path, e))?;
        }
        if let Some(label) = &source.encoding {
            input::encoding(label)?;
        }
        let plan = match &source.fields {
            Some(fields) => Plan::declared(source, fields, expressions, options.needed.as_ref())?,
            None => found_plan(source, &files)?,
        };
        Ok(Scan {
            source: source.clone(),
            files,
            plan,
            threads: options.threads.max(1),
        })
    }

    /// Columns of the batches: the fields, then the record's address (`_at`: file number in the upper 16 bits, byte offset below).
    pub fn schema(&self) -> &SchemaRef {
        &self.plan.schema
    }

    /// Finds the lines of this source's records later.
    pub fn locator(&self) -> Locator {
        Locator {
            source: Arc::new(self.source.clone()),
            files: self.files.clone().into(),
        }
    }

    /// Name and size on disk of each file, in reading order.
    pub fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.files.iter().map(|f| {
            (
                f.name.as_str(),
                std::fs::metadata(&f.path).map_or(0, |m| m.len()),
            )
        })
    }

    /// Bytes of all files together, where they are neither compressed, as far as their names say, nor Parquet.
    pub fn bytes(&self) -> Option<u64> {
        let is_text = |name: &str| {
            let packed = [".gz", ".zst", ".zstd", ".parquet"];
            !packed.iter().any(|end| name.ends_with(end))
        };
        self.files()
            .map(|(name, bytes)| is_text(name).then_some(bytes))
            .sum()
    }

    /// Name and pattern of each version that is recognised by the names of files and that no file of the source has.
    pub fn versions_without_files(&self) -> Vec<(&str, &str)> {
        let names: Vec<&str> = self.files.iter().map(|f| f.name.as_str()).collect();
        versions::without_files(&self.plan.versions, &names)
    }

    /// Names of the fields, in order, as the rejects have them.
    pub fn fields(&self) -> Vec<String> {
        self.plan.fields.iter().map(|f| f.name.clone()).collect()
    }

    /// Reads everything. `map` runs on the worker threads, `sink` on the calling thread, in file order; when it answers `false`, reading
    /// stops. What `map` makes of a chunk that was cut in the wrong place is thrown away and made again: only `sink` may count.
    ///
    /// # Errors
    /// A file that cannot be read to its end, a field with `on_invalid: fail` that met an invalid value.
    pub fn run<T: Send>(
        &self,
        map: impl Fn(RecordBatch) -> T + Sync,
        mut sink: impl FnMut(Batch<T>) -> bool,
    ) -> Result<Summary, Error> {
        let (work_in, work_out) = bounded::<Work>(self.threads);
        let (done_in, done_out) = bounded::<Done<T>>(self.threads * 2);
        let stop = AtomicBool::new(false);
        let worker = Worker {
            plan: &self.plan,
            map: &map,
        };
        std::thread::scope(|scope| {
            let reading = scope.spawn({
                let stop = &stop;
                move || self.read_files(&work_in, stop)
            });
            for _ in 0..self.threads {
                let (work, done) = (work_out.clone(), done_in.clone());
                scope.spawn(|| worker.run(work, done));
            }
            drop((work_out, done_in));
            let result = Order::new(self, &worker).collect(&done_out, &mut sink);
            stop.store(true, Ordering::Relaxed);
            drop(done_out);
            let read = reading.join().unwrap_or_else(|_| {
                Err(Error::new(Kind::Internal, "reading stopped unexpectedly"))
            });
            // A file that could not be opened is the cause; that the rest did not arrive is the effect.
            read.and(result)
        })
    }

    /// Sends the chunks of all files to the workers.
    fn read_files(&self, work: &Sender<Work>, stop: &AtomicBool) -> Result<(), Error> {
        let mut number = 0;
        let mut send = |file: usize, context: &Context, piece: Piece, first: bool, last: bool| {
            let item = Work {
                number,
                file,
                first,
                last,
                context: context.clone(),
                piece,
            };
            number += 1;
            // Nobody listens any more: the run is being given up, and its own error tells why.
            work.send(item).is_ok() && !stop.load(Ordering::Relaxed)
        };
        for (index, file) in self.files.iter().enumerate() {
            let going = match self.open_file(file)? {
                OpenFile::Parquet(mut reader, file_plan) => {
                    let context = Context {
                        file_plan: Arc::new(file_plan),
                        text: None,
                    };
                    let mut first = true;
                    let mut row = 0;
                    let mut next = parquet::next(&mut reader, file)?;
                    loop {
                        let rows = next.as_ref().map_or(0, RecordBatch::num_rows);
                        let piece = Piece::Rows {
                            batch: next.take(),
                            row,
                        };
                        row += rows as u64;
                        next = parquet::next(&mut reader, file)?;
                        let going = send(index, &context, piece, first, next.is_none());
                        first = false;
                        if !going || next.is_none() {
                            break going;
                        }
                    }
                }
                OpenFile::Text {
                    reader,
                    head,
                    start,
                    splitter,
                    file_plan,
                    digest,
                } => {
                    let lines = count_lines(&head[..start]);
                    let carry = head[start..].to_vec();
                    let text = TextContext {
                        splitter: Arc::clone(&splitter),
                        lines,
                        digest,
                    };
                    let context = Context {
                        file_plan: Arc::new(file_plan),
                        text: Some(text),
                    };
                    let mut chunks =
                        Chunks::new(reader, file.path.clone(), &*splitter, carry, start as u64);
                    let mut first = true;
                    let mut going = true;
                    while let Some(chunk) = chunks.next()? {
                        let last = chunk.last;
                        going = send(index, &context, Piece::Text(chunk), first, last);
                        first = false;
                        if !going {
                            break;
                        }
                    }
                    going
                }
            };
            if !going {
                break;
            }
        }
        Ok(())
    }

    fn open_file(&self, file: &InputFile) -> Result<OpenFile, Error> {
        let opened = input::open(file)?;
        let format = self
            .source
            .format
            .unwrap_or_else(|| detect(&opened.head, file));
        if format == InputFormat::Parquet {
            let reader = parquet::open(file)?;
            let schema = ::arrow::record_batch::RecordBatchReader::schema(&reader);
            let choice = versions::choose_by_columns(&self.plan.versions, &file.name, |path| {
                parquet::has(&schema, path)
            });
            let unknown = if self.plan.as_found {
                Vec::new()
            } else {
                parquet::unknown(&self.plan, &schema)
            };
            return Ok(OpenFile::Parquet(
                Box::new(reader),
                FilePlan {
                    choice,
                    copies: Vec::new(),
                    unknown,
                },
            ));
        }
        let digest = Arc::clone(&opened.digest);
        let (mut reader, mut head) = decoded(opened, &self.source, file)?;
        let (start, splitter, file_plan): (usize, Arc<dyn Splitter>, FilePlan) = match format {
            InputFormat::Json => {
                let (start, framing, signature) =
                    json_start(&mut reader, &mut head, &self.source, file)?;
                let cells: Vec<_> = self
                    .plan
                    .raw
                    .iter()
                    .map(|c| (c.path.clone(), c.keep))
                    .collect();
                let mut paths = Paths::new(&cells);
                if !self.plan.as_found {
                    paths = paths.with_drift(Arc::clone(&self.plan.ignored));
                }
                if self.plan.as_found
                    && let Some(cell) = self.plan.raw.iter().position(|c| c.path == [json::WHOLE])
                {
                    paths = paths.with_whole(cell);
                }
                let choice = versions::choose_by_record(&self.plan.versions, &file.name);
                let file_plan = FilePlan {
                    choice,
                    copies: Vec::new(),
                    unknown: Vec::new(),
                };
                (
                    start,
                    Arc::new(JsonSplitter::new(
                        paths,
                        framing,
                        signature,
                        self.source.records.is_empty(),
                    )),
                    file_plan,
                )
            }
            _ => {
                let Some(dialect) = dialect(&head, &self.source, file)? else {
                    return Ok(OpenFile::nothing(reader, digest));
                };
                let (wanted, file_plan) = self.wanted(&dialect, file)?;
                (
                    dialect.data,
                    Arc::new(DelimitedSplitter::new(
                        &dialect,
                        wanted,
                        self.plan.raw.len(),
                    )),
                    file_plan,
                )
            }
        };
        Ok(OpenFile::Text {
            reader,
            head,
            start,
            splitter,
            file_plan,
            digest,
        })
    }

    /// For each column of a delimited file, the cell that it goes to.
    fn wanted(
        &self,
        dialect: &delimited::Dialect,
        file: &InputFile,
    ) -> Result<(Vec<Option<usize>>, FilePlan), Error> {
        // Delimited text is flat: a path of several keys can only be a name with dots in it.
        let has = |path: &[String]| dialect.names.contains(&path.join("."));
        let choice = versions::choose_by_columns(&self.plan.versions, &file.name, has);
        let version = choice.of_file();
        let mut copies = Vec::new();
        let mut wanted = vec![None; dialect.names.len()];
        let read = self.plan.read_by(version);
        for (cell, column) in self
            .plan
            .raw
            .iter()
            .enumerate()
            .filter(|(cell, _)| read[*cell])
        {
            let name = column.path.join(".");
            match dialect.names.iter().position(|n| *n == name) {
                Some(position) => match wanted[position] {
                    None => wanted[position] = Some(cell),
                    Some(first) => copies.push((first, cell)),
                },
                None if self.plan.as_found => {}
                None => {
                    let near =
                        onefold_spec::nearest(&name, dialect.names.iter().map(String::as_str));
                    let version = version.and_then(|number| self.plan.versions.get(number));
                    let version = version.map_or(String::new(), |version| {
                        format!("version `{}` of ", version.name)
                    });
                    let error = Error::new(
                        Kind::Declaration,
                        format!(
                            "`{}` has no column `{name}`, which {version}source `{}` reads",
                            file.name, self.source.name.value
                        ),
                    );
                    return Err(match near {
                        Some(near) => error.hint(format!("did you mean `{near}`?")),
                        None => error.hint(format!("its columns are {}", quoted(&dialect.names))),
                    });
                }
            }
        }
        let unknown = match &self.source.header {
            _ if self.plan.as_found => Vec::new(),
            // The pipeline itself gives the names.
            Header::Names(_) => Vec::new(),
            Header::First | Header::None => {
                let mentioned: HashSet<String> = self
                    .plan
                    .raw
                    .iter()
                    .map(|column| column.path.join("."))
                    .collect();
                let names = dialect.names.iter();
                names
                    .filter(|name| !mentioned.contains(*name) && !self.plan.ignored.has(name))
                    .cloned()
                    .collect()
            }
        };
        Ok((
            wanted,
            FilePlan {
                choice,
                copies,
                unknown,
            },
        ))
    }
}

/// How the records of one file are read.
#[derive(Default)]
struct FilePlan {
    choice: Choice,
    /// Cells that have the text of other cells: pairs of (from, to).
    copies: Vec<(usize, usize)>,
    /// Columns of the file that nobody mentions; those of JSON show as it is read.
    unknown: Vec<String>,
}

fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 20;
    let mut list: Vec<String> = names.iter().take(SHOWN).map(|n| format!("`{n}`")).collect();
    if names.len() > SHOWN {
        list.push(format!("and {} more", names.len() - SHOWN));
    }
    list.join(", ")
}

type Digest = Arc<OnceLock<u128>>;

enum OpenFile {
    Text {
        reader: Box<dyn Read + Send>,
        head: Vec<u8>,
        start: usize,
        splitter: Arc<dyn Splitter>,
        file_plan: FilePlan,
        digest: Digest,
    },
    Parquet(
        Box<::parquet::arrow::arrow_reader::ParquetRecordBatchReader>,
        FilePlan,
    ),
}

impl OpenFile {
    /// A file without a single record.
    fn nothing(reader: Box<dyn Read + Send>, digest: Digest) -> Self {
        let dialect = delimited::Dialect {
            delimiter: b',',
            names: Vec::new(),
            header: None,
            data: 0,
        };
        let splitter = DelimitedSplitter::new(&dialect, Vec::new(), 0);
        OpenFile::Text {
            reader,
            head: Vec::new(),
            start: 0,
            splitter: Arc::new(splitter),
            file_plan: FilePlan::default(),
            digest,
        }
    }
}

/// What the bytes are: the content decides, the name only where the content does not.
fn detect(head: &[u8], file: &InputFile) -> InputFormat {
    if head.starts_with(b"PAR1") {
        return InputFormat::Parquet;
    }
    let name = file.name.to_ascii_lowercase();
    let name = name
        .strip_suffix(".gz")
        .or(name.strip_suffix(".zst"))
        .unwrap_or(&name);
    let named_json = [".json", ".jsonl", ".ndjson", ".geojson"]
        .iter()
        .any(|e| name.ends_with(e));
    let named_text = [".csv", ".tsv", ".txt", ".psv"]
        .iter()
        .any(|e| name.ends_with(e));
    let printable = head.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(head);
    let mut marks = printable
        .iter()
        .filter(|b| !b.is_ascii_whitespace() && **b != 0);
    let json = match (marks.next(), marks.next()) {
        (Some(b'{'), Some(b'"' | b'}')) => true,
        (Some(b'['), Some(b'{' | b'[' | b'"' | b']')) => true,
        (Some(b'{' | b'['), _) => !named_text,
        _ => false,
    };
    if json || named_json {
        InputFormat::Json
    } else {
        InputFormat::Csv
    }
}

/// The decoded stream of a file and its first bytes.
fn decoded(
    opened: input::Opened,
    source: &Source,
    file: &InputFile,
) -> Result<(Box<dyn Read + Send>, Vec<u8>), Error> {
    let declared = source
        .encoding
        .as_ref()
        .map(|label| input::encoding(label))
        .transpose()?;
    let mut reader = opened.decode(declared, &file.path)?;
    let mut head = vec![0; CHUNK];
    let n = input::fill(&mut reader, &mut head).map_err(|e| input::corrupt(&file.path, e))?;
    head.truncate(n);
    Ok((reader, head))
}

/// How a delimited file is written. A header is no record that could be set aside: one that cannot be read makes the file unreadable.
fn dialect(
    head: &[u8],
    source: &Source,
    file: &InputFile,
) -> Result<Option<delimited::Dialect>, Error> {
    let found = delimited::sniff(head, source.delimiter, &source.header);
    if let Some(found) = &found
        && source.header == Header::First
    {
        if found.data == head.len() && head.len() == CHUNK {
            return Err(Error::unreadable(
                &file.path,
                "its first line, the header, is longer than 1 MiB",
            ));
        }
        if let Err(e) = std::str::from_utf8(&head[..found.data]) {
            let encoding = source
                .encoding
                .as_ref()
                .map_or("UTF-8", |label| label.as_str());
            let error = Error::unreadable(
                &file.path,
                format_args!(
                    "its header is not valid {encoding} at byte {}",
                    e.valid_up_to() + 1
                ),
            );
            return Err(
                error.hint("name the encoding of the file, such as `encoding: windows-1252`")
            );
        }
    }
    Ok(found)
}

type JsonStart = (usize, json::Framing, Vec<u8>);

/// Finds the first record of a JSON document, reading on as far as that takes.
fn json_start(
    reader: &mut Box<dyn Read + Send>,
    head: &mut Vec<u8>,
    source: &Source,
    file: &InputFile,
) -> Result<JsonStart, Error> {
    let path = &source.records;
    let mut whole = head.len() < CHUNK;
    loop {
        match json::preamble(head, path, whole) {
            Preamble::Found {
                start,
                framing,
                signature,
            } => return Ok((start, framing, signature)),
            Preamble::More => {
                let have = head.len();
                head.resize(have + have.max(CHUNK), 0);
                let n = input::fill(reader, &mut head[have..])
                    .map_err(|e| input::corrupt(&file.path, e))?;
                whole = n < head.len() - have;
                head.truncate(have + n);
            }
            Preamble::NoArray { at, keys } => {
                let error = Error::new(
                    Kind::Declaration,
                    format!("`{}` has no array under `{at}`", file.name),
                );
                let last = path.last().map_or("", String::as_str);
                return Err(
                    match onefold_spec::nearest(last, keys.iter().map(String::as_str)) {
                        Some(near) => error.hint(format!("did you mean `{near}`?")),
                        None if keys.is_empty() => {
                            error.hint("`records:` names the key of an array")
                        }
                        None => error.hint(format!(
                            "`records:` names the key of an array; the keys there are {}",
                            quoted(&keys)
                        )),
                    },
                );
            }
            Preamble::Broken(what) => {
                return Err(Error::unreadable(
                    &file.path,
                    format_args!("no array under `{}`: {what}", path.join(".")),
                ));
            }
        }
    }
}

/// The plan of a source without declared fields: the columns that its files have.
fn found_plan(source: &Source, files: &[InputFile]) -> Result<Plan, Error> {
    let mut names: Vec<String> = Vec::new();
    let mut columns: Vec<FoundColumn> = Vec::new();
    let mut any_json = false;
    let mut schemas = Vec::new();
    for file in files {
        let opened = input::open(file)?;
        let found = match source.format.unwrap_or_else(|| detect(&opened.head, file)) {
            InputFormat::Parquet => {
                let schema =
                    ::arrow::record_batch::RecordBatchReader::schema(&parquet::open(file)?);
                let names = parquet::columns(&schema);
                schemas.push(schema);
                names
            }
            InputFormat::Csv => {
                let (_, head) = decoded(opened, source, file)?;
                dialect(&head, source, file)?
                    .map(|d| d.names)
                    .unwrap_or_default()
            }
            InputFormat::Json => {
                any_json = true;
                discover_json(opened, source, file, &mut columns)?;
                continue;
            }
        };
        for name in found {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if let Some(schema) = schemas.first()
        && schemas.len() == files.len()
        && schemas.iter().all(|s| s == schema)
    {
        return Ok(Plan::of_schema(schema));
    }
    if !any_json {
        return Ok(Plan::of_columns(&names));
    }
    for name in names {
        match columns.iter_mut().find(|c| c.name == name) {
            Some(column) => column.kind = json::FoundKind::Text,
            None => columns.push(FoundColumn {
                name,
                kind: json::FoundKind::Text,
            }),
        }
    }
    Ok(Plan::of_found(&columns))
}

fn discover_json(
    opened: input::Opened,
    source: &Source,
    file: &InputFile,
    found: &mut Vec<FoundColumn>,
) -> Result<(), Error> {
    let (mut reader, mut head) = decoded(opened, source, file)?;
    let (start, framing, signature) = json_start(&mut reader, &mut head, source, file)?;
    let splitter = JsonSplitter::new(
        Paths::new(&[]).with_records(),
        framing,
        signature,
        source.records.is_empty(),
    );
    let mut chunks = Chunks::new(
        reader,
        file.path.clone(),
        &splitter,
        head[start..].to_vec(),
        0,
    );
    let mut rest: Vec<u8> = Vec::new();
    let mut between = Between::Ready;
    while let Some(chunk) = chunks.next()? {
        rest.extend_from_slice(&chunk.text);
        let split = splitter.split(&rest, between, chunk.last);
        for (start, end) in &split.records.spans {
            json::discover(&rest[*start as usize..*end as usize], found);
        }
        between = split.between;
        rest.drain(..split.rest);
    }
    Ok(())
}

/// What the workers must know of a file.
#[derive(Clone)]
struct Context {
    file_plan: Arc<FilePlan>,
    /// `None`: rows of Parquet.
    text: Option<TextContext>,
}

#[derive(Clone)]
struct TextContext {
    splitter: Arc<dyn Splitter>,
    /// Line breaks before the first record.
    lines: u64,
    digest: Digest,
}

enum Piece {
    Text(Chunk),
    /// `row`: rows of the file before these.
    Rows {
        batch: Option<RecordBatch>,
        row: u64,
    },
}

struct Work {
    number: u64,
    file: usize,
    first: bool,
    last: bool,
    context: Context,
    piece: Piece,
}

/// A chunk, split and conformed; numbers of records and lines are relative to its start.
struct Processed<T> {
    records: T,
    accepted: u64,
    rejects: Vec<Reject>,
    read: u64,
    lines: u64,
    nulled: Vec<u64>,
    versions: Vec<u64>,
    drift: Vec<drift::Found>,
    /// Where the unfinished last record starts in `text`.
    rest: usize,
    between: Between,
    text: Buffer,
    /// Positions of bytes that are no UTF-8; `text` has `?` there.
    broken: Vec<usize>,
    bytes: u64,
}

struct Done<T> {
    number: u64,
    file: usize,
    first: bool,
    last: bool,
    context: Context,
    offset: u64,
    result: Result<Processed<T>, Error>,
    /// The chunk itself, where a value in it may stop the run.
    text: Option<Vec<u8>>,
}

struct Worker<'a, M> {
    plan: &'a Plan,
    map: &'a M,
}

impl<M> Worker<'_, M> {
    fn run<T>(&self, work: Receiver<Work>, done: Sender<Done<T>>)
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let keeps_text = self.plan.may_fail();
        for Work {
            number,
            file,
            first,
            last,
            context,
            piece,
        } in work
        {
            let mut offset = 0;
            let mut kept = None;
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                match (piece, &context.text) {
                    (Piece::Text(chunk), Some(TextContext { splitter, .. })) => {
                        offset = chunk.offset;
                        kept = keeps_text.then(|| chunk.text.clone());
                        self.text(
                            &**splitter,
                            &context.file_plan,
                            file,
                            chunk.text,
                            Vec::new(),
                            chunk.offset,
                            Between::Ready,
                            last,
                        )
                    }
                    (Piece::Rows { batch, row }, _) => {
                        self.rows(&context.file_plan, file, batch, row)
                    }
                    (Piece::Text(_), None) => {
                        Err(Error::new(Kind::Internal, "text without a splitter"))
                    }
                }
            }))
            .unwrap_or_else(|_| Err(Error::new(Kind::Internal, "a reader panicked on its input")));
            if done
                .send(Done {
                    number,
                    file,
                    first,
                    last,
                    context,
                    offset,
                    result,
                    text: kept,
                })
                .is_err()
            {
                return;
            }
        }
    }

    /// Splits and conforms a chunk of text. `broken` are positions known to be no UTF-8.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a chunk, which two callers have in different shapes"
    )]
    fn text<T>(
        &self,
        splitter: &dyn Splitter,
        file_plan: &FilePlan,
        file: usize,
        mut text: Vec<u8>,
        mut broken: Vec<usize>,
        offset: u64,
        from: Between,
        last: bool,
    ) -> Result<Processed<T>, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        mend(&mut text, &mut broken);
        let mut split = splitter.split(&text, from, last);
        if !broken.is_empty() {
            set_aside_broken(&mut split, &broken);
        }
        let Split {
            mut records,
            faults,
            rest,
            between,
        } = split;
        for (from, to) in &file_plan.copies {
            records.copy(*from, *to);
        }
        let drift = drift_of_text(file_plan, &records, &faults, &text);
        let spans = records.spans.clone();
        let lines = count_lines(&text[..rest]);
        let bytes = rest as u64;
        let address = spans
            .iter()
            .map(|(start, _)| ((file as u64) << 48) | (offset + u64::from(*start)))
            .collect();
        let text = String::from_utf8(text)
            .map_err(|_| Error::new(Kind::Internal, "mended text is no UTF-8"))?;
        let accepted_or_found = records.len() as u64;
        let conformed = conform(
            self.plan,
            &file_plan.choice,
            RawRows::Cells { text, records },
            address,
        )?;
        let rejects = Rejecting {
            plan: self.plan,
            offset,
            spans: &spans,
            faults: &faults,
            text: &conformed.text,
        }
        .rejects(&conformed);
        let Conformed {
            batch,
            text,
            nulled,
            versions,
            ..
        } = conformed;
        Ok(Processed {
            accepted: batch.num_rows() as u64,
            records: (self.map)(batch),
            rejects,
            read: accepted_or_found + faults.len() as u64,
            lines,
            nulled,
            versions,
            drift,
            rest,
            between,
            text,
            broken,
            bytes,
        })
    }

    fn rows<T>(
        &self,
        file_plan: &FilePlan,
        file: usize,
        batch: Option<RecordBatch>,
        row: u64,
    ) -> Result<Processed<T>, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let named = InputFile {
            path: std::path::PathBuf::new(),
            name: String::new(),
        };
        let rows = batch.as_ref().map_or(0, RecordBatch::num_rows);
        let columns = match &batch {
            Some(batch) => parquet::raw_columns(self.plan, batch, &named)?,
            None => self
                .plan
                .raw
                .iter()
                .map(|_| ::arrow::array::new_null_array(&::arrow::datatypes::DataType::Utf8View, 0))
                .collect(),
        };
        // Parquet records have no byte offset: their address is their number.
        let address = (row..row + rows as u64)
            .map(|row| ((file as u64) << 48) | row)
            .collect();
        let spans: Vec<(u32, u32)> = (0..rows as u32).map(|row| (row, row)).collect();
        let conformed = conform(
            self.plan,
            &file_plan.choice,
            RawRows::Columns { columns, rows },
            address,
        )?;
        let rejects = Rejecting {
            plan: self.plan,
            offset: 0,
            spans: &spans,
            faults: &[],
            text: &conformed.text,
        }
        .rejects(&conformed);
        let Conformed {
            batch,
            text,
            nulled,
            versions,
            ..
        } = conformed;
        Ok(Processed {
            accepted: batch.num_rows() as u64,
            records: (self.map)(batch),
            rejects,
            read: rows as u64,
            lines: rows as u64,
            nulled,
            versions,
            drift: drift_of_columns(file_plan, rows, 1, 0),
            rest: text.len(),
            between: Between::Ready,
            text,
            broken: Vec::new(),
            bytes: 0,
        })
    }
}

/// The drift of a chunk of text.
fn drift_of_text(
    file_plan: &FilePlan,
    records: &Records,
    faults: &[Fault],
    text: &[u8],
) -> Vec<drift::Found> {
    let Some((start, _)) = records.spans.first() else {
        return Vec::new();
    };
    if records.unknown.is_empty() {
        let start = *start as usize;
        let number = faults.partition_point(|f| f.start < start) + 1;
        let lines = if file_plan.unknown.is_empty() {
            0
        } else {
            count_lines(&text[..start])
        };
        return drift_of_columns(file_plan, records.len(), number as u64, lines);
    }
    // In the order of the text, so that its lines are counted once.
    let (mut at, mut lines) = (0, 0);
    let found = records.unknown.columns().into_iter().map(|counted| {
        let start = records.spans[counted.row].0 as usize;
        lines += count_lines(&text[at..start]);
        at = start;
        let record = (counted.row + faults.partition_point(|f| f.start < start) + 1) as u64;
        drift::Found {
            column: counted.column,
            records: counted.records,
            record,
            line: lines,
        }
    });
    found.collect()
}

/// The columns that all records of a file have too many: `record` and `line` are those of the first record.
fn drift_of_columns(
    file_plan: &FilePlan,
    records: usize,
    record: u64,
    line: u64,
) -> Vec<drift::Found> {
    if records == 0 {
        return Vec::new();
    }
    let columns = file_plan.unknown.iter();
    columns
        .map(|column| drift::Found {
            column: column.clone(),
            records: records as u64,
            record,
            line,
        })
        .collect()
}

/// Puts `?` where the text is no UTF-8 and notes the places.
fn mend(text: &mut [u8], broken: &mut Vec<usize>) {
    let mut from = 0;
    while from < text.len() {
        match simdutf8::compat::from_utf8(&text[from..]) {
            Ok(_) => return,
            Err(error) => {
                let at = from + error.valid_up_to();
                let len = error.error_len().unwrap_or(text.len() - at);
                text[at..at + len].fill(b'?');
                broken.extend(at..at + len);
                from = at + len;
            }
        }
    }
}

/// Makes faults of the records that hold broken bytes.
fn set_aside_broken(split: &mut Split, broken: &[usize]) {
    let records = &mut split.records;
    let mut kept = 0;
    let mut numbers: Vec<Option<u32>> = Vec::with_capacity(records.len());
    let mut broken_at = broken.to_vec();
    broken_at.sort_unstable();
    for row in 0..records.len() {
        let (start, end) = records.spans[row];
        let first = broken_at.partition_point(|at| *at < start as usize);
        if broken_at.get(first).is_some_and(|at| *at < end as usize) {
            numbers.push(None);
            split.faults.push(Fault {
                start: start as usize,
                end: end as usize,
                code: "invalid_encoding",
                reason: "invalid encoding",
                detail: format!(
                    "byte {} of the record is not valid in the file's encoding",
                    broken_at[first] - start as usize
                ),
            });
            continue;
        }
        numbers.push(Some(kept as u32));
        records.spans[kept] = records.spans[row];
        records.cells.copy_within(
            row * records.width..(row + 1) * records.width,
            kept * records.width,
        );
        kept += 1;
    }
    records.spans.truncate(kept);
    records.cells.truncate(kept * records.width);
    records.unknown.renumber(&numbers);
    split.faults.sort_by_key(|f| f.start);
}

/// Line breaks: `\n`, `\r\n` and a lone `\r` are one each.
pub(crate) fn count_lines(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text)
        .filter(|i| text.get(i + 1) != Some(&b'\n'))
        .count();
    (feeds + returns) as u64
}

/// Makes rejects of faults and findings.
struct Rejecting<'a> {
    plan: &'a Plan,
    offset: u64,
    spans: &'a [(u32, u32)],
    faults: &'a [Fault],
    text: &'a Buffer,
}

impl Rejecting<'_> {
    fn rejects(&self, conformed: &Conformed) -> Vec<Reject> {
        let mut rejects: Vec<Reject> =
            Vec::with_capacity(self.faults.len() + conformed.raw_fields.len());
        for (number, fault) in self.faults.iter().enumerate() {
            let before = self.spans.partition_point(|s| (s.0 as usize) < fault.start);
            let error = FieldError {
                column: String::new(),
                code: fault.code.into(),
                message: fault.detail.clone(),
                value: None,
            };
            rejects.push(self.reject(
                fault.start,
                fault.end,
                (before + number + 1) as u64,
                vec![error],
                fault.reason.to_owned(),
                vec![None; self.plan.fields.len()],
            ));
        }
        let mut raw_fields = conformed.raw_fields.iter();
        for found in conformed.findings.chunk_by(|a, b| a.row == b.row) {
            let row = found[0].row as usize;
            let (start, end) = self.spans[row];
            let faults_before = self.faults.partition_point(|f| f.start < start as usize);
            let errors: Vec<FieldError> = found.iter().map(|f| f.error.clone()).collect();
            let reason = errors[0].message.clone();
            let raw = raw_fields.next().cloned().unwrap_or_default();
            rejects.push(self.reject(
                start as usize,
                end as usize,
                (row + faults_before + 1) as u64,
                errors,
                reason,
                raw,
            ));
        }
        rejects.sort_by_key(|r| r.record);
        // In the order of the text, so that its lines are counted once.
        let text = self.text.as_slice();
        let (mut at, mut lines) = (0, 0);
        for reject in &mut rejects {
            let start = (reject.byte_offset - self.offset) as usize;
            match text.get(at..start) {
                Some(between) => {
                    lines += count_lines(between);
                    at = start;
                    reject.line = lines;
                }
                // Rows of Parquet have no text: a row is a line.
                None => reject.line = start as u64,
            }
        }
        rejects
    }

    fn reject(
        &self,
        start: usize,
        end: usize,
        record: u64,
        errors: Vec<FieldError>,
        reason: String,
        fields: Vec<Option<String>>,
    ) -> Reject {
        let text = self.text.as_slice();
        let raw = capped(&String::from_utf8_lossy(
            text.get(start..end).unwrap_or_default(),
        ));
        Reject {
            file: Arc::from(""),
            record,
            line: 0,
            byte_offset: self.offset + start as u64,
            code: errors[0].code.clone(),
            reason,
            errors,
            raw,
            fields,
        }
    }
}

/// The unfinished record at the end of a chunk.
struct Unfinished {
    text: Vec<u8>,
    broken: Vec<usize>,
    offset: u64,
}

/// Puts the chunks in order and makes relative numbers absolute.
struct Order<'a, M> {
    scan: &'a Scan,
    worker: &'a Worker<'a, M>,
    names: Vec<Arc<str>>,
    summary: Summary,
    nulled: Vec<u64>,
    versions: Vec<u64>,
    drift: drift::Collected,
    /// Records and lines of the current file before the next chunk.
    records: u64,
    lines: u64,
    between: Between,
    unfinished: Option<Unfinished>,
}

impl<'a, M> Order<'a, M> {
    fn new(scan: &'a Scan, worker: &'a Worker<'a, M>) -> Self {
        let files = scan.files.iter().map(|f| FileStats {
            name: f.name.clone(),
            path: f.path.clone(),
            bytes: 0,
            records: 0,
            digest: None,
        });
        Self {
            scan,
            worker,
            names: scan
                .files
                .iter()
                .map(|f| Arc::from(f.name.as_str()))
                .collect(),
            summary: Summary {
                files: files.collect(),
                ..Summary::default()
            },
            nulled: vec![0; scan.plan.fields.len()],
            versions: vec![0; scan.plan.versions.len()],
            drift: drift::Collected::default(),
            records: 0,
            lines: 0,
            between: Between::Ready,
            unfinished: None,
        }
    }

    fn collect<T>(
        mut self,
        done: &Receiver<Done<T>>,
        sink: &mut impl FnMut(Batch<T>) -> bool,
    ) -> Result<Summary, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let mut early: BTreeMap<u64, Done<T>> = BTreeMap::new();
        let mut next = 0;
        for item in done {
            early.insert(item.number, item);
            while let Some(item) = early.remove(&next) {
                next += 1;
                let batch = self.take(item)?;
                if !sink(batch) {
                    return Ok(self.finish());
                }
            }
        }
        Ok(self.finish())
    }

    fn finish(mut self) -> Summary {
        let fields = self.scan.plan.fields.iter().zip(&self.nulled);
        self.summary.nulled = fields
            .filter(|(_, n)| **n > 0)
            .map(|(f, n)| (f.name.clone(), *n))
            .collect();
        let versions = self.scan.plan.versions.iter().zip(&self.versions);
        self.summary.versions = versions
            .map(|(version, n)| (version.name.clone(), *n))
            .collect();
        self.summary.drift = self.drift.finish();
        self.summary
    }

    fn take<T>(&mut self, item: Done<T>) -> Result<Batch<T>, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let Done {
            file,
            first,
            last,
            context,
            offset,
            result,
            text: kept,
            ..
        } = item;
        let file_name = Arc::clone(&self.names[file]);
        let of_file = |e: Error| {
            if e.kind() == Kind::Data {
                e.of_file(&file_name)
            } else {
                e
            }
        };
        if first {
            self.records = 0;
            self.between = Between::Ready;
            self.unfinished = None;
            self.lines = context.text.as_ref().map_or(0, |text| text.lines);
            for column in &context.file_plan.unknown {
                let header = Place {
                    file: Arc::clone(&self.names[file]),
                    record: 0,
                    line: self.lines.max(1),
                };
                self.drift.add(column, 0, header);
            }
        }
        let mut start = offset;
        let unfinished = self.unfinished.take();
        let mut processed = match &context.text {
            Some(TextContext { splitter, .. })
                if unfinished.is_some() || self.between != Between::Ready =>
            {
                // The chunk was cut inside a record: what was found in it, errors too, may be none.
                let (chunk, marks) = match (result, kept) {
                    (Ok(processed), _) => (processed.text, processed.broken),
                    (Err(e), Some(text)) if e.kind() == Kind::Data => {
                        (Buffer::from_vec(text), Vec::new())
                    }
                    (Err(e), _) => return Err(of_file(e)),
                };
                let before = unfinished.unwrap_or(Unfinished {
                    text: Vec::new(),
                    broken: Vec::new(),
                    offset,
                });
                let shift = before.text.len();
                let mut text = before.text;
                text.extend_from_slice(chunk.as_slice());
                let mut broken = before.broken;
                broken.extend(marks.iter().map(|at| at + shift));
                start = before.offset;
                let again = self.worker.text(
                    &**splitter,
                    &context.file_plan,
                    file,
                    text,
                    broken,
                    start,
                    self.between,
                    last,
                );
                again.map_err(of_file)?
            }
            _ => result.map_err(of_file)?,
        };
        if context.text.is_some() {
            self.note_rest(&processed, start);
            self.between = processed.between;
        }
        let name = &self.names[file];
        let rows = context.text.is_none();
        for reject in &mut processed.rejects {
            reject.file = Arc::clone(name);
            reject.record += self.records;
            reject.line += self.lines + 1;
            if rows {
                reject.byte_offset = 0;
            }
        }
        for found in &processed.drift {
            let first = Place {
                file: Arc::clone(name),
                record: self.records + found.record,
                line: self.lines + found.line + 1,
            };
            self.drift.add(&found.column, found.records, first);
        }
        self.versions
            .iter_mut()
            .zip(&processed.versions)
            .for_each(|(sum, n)| *sum += n);
        self.records += processed.read;
        self.lines += processed.lines;
        self.summary.read += processed.read;
        self.summary.accepted += processed.accepted;
        self.summary.rejected += processed.rejects.len() as u64;
        self.nulled
            .iter_mut()
            .zip(&processed.nulled)
            .for_each(|(sum, n)| *sum += n);
        let stats = &mut self.summary.files[file];
        stats.bytes = start + processed.bytes;
        stats.records += processed.read;
        if let (true, Some(TextContext { digest, .. })) = (last, &context.text) {
            stats.digest = digest.get().copied();
        }
        Ok(Batch {
            records: processed.records,
            accepted: processed.accepted,
            rejects: processed.rejects,
            bytes: processed.bytes,
        })
    }

    fn note_rest<T>(&mut self, processed: &Processed<T>, offset: u64) {
        let text = processed.text.as_slice();
        if processed.rest < text.len() {
            self.unfinished = Some(Unfinished {
                text: text[processed.rest..].to_vec(),
                broken: processed
                    .broken
                    .iter()
                    .filter(|at| **at >= processed.rest)
                    .map(|at| at - processed.rest)
                    .collect(),
                offset: offset + processed.rest as u64,
            });
        }
    }
}
