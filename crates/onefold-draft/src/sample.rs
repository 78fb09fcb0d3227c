//! Samples of files, read by the product's own readers: every field as text, every row of a small file.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::{AsArray, RecordBatch};
use onefold_read::{NoExpressions, Options, Scan, Spooled};
use onefold_spec::model::Source;

use crate::broken::{self, Broken};
use crate::column::Column;
use crate::error::Error;
use crate::footer::{End, Footer};
use crate::nested;
use crate::written::{path_list, quoted};

/// How much is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// All rows of a file that decodes to at most so many bytes are looked at; of a larger one, rows all through it.
    pub whole_bytes: u64,
    /// Reading stops here.
    pub most_bytes: u64,
    /// No more values are kept: a file of very many columns has fewer rows looked at.
    pub most_values: usize,
    /// Threads to read with.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            whole_bytes: 16 << 20,
            most_bytes: 1 << 30,
            most_values: 32 << 20,
            threads: 1,
        }
    }
}

/// Rows that are kept of each chunk of a large file.
const ROWS_A_CHUNK: usize = 200;

/// Rows that are kept in any case.
const MOST_ROWS: usize = 400_000;

/// What the bytes of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Delimited text.
    Delimited,
    /// JSON.
    Json,
    /// Parquet.
    Parquet,
}

/// One file, or several that have the same columns and alike names: what was seen of it.
#[derive(Debug, Clone)]
pub struct Sampled {
    /// What a pipeline's `path` says: a file, or a pattern.
    pub path: String,
    /// Its files.
    pub files: Vec<String>,
    /// What the bytes are.
    pub format: Format,
    /// How delimited text is written, each part for people; empty for other formats.
    pub dialect: Vec<String>,
    /// The encoding, where it has to be declared.
    pub encoding: Option<&'static str>,
    /// The first record names the columns.
    pub has_header: bool,
    /// Where the array of records lies.
    pub records: Vec<String>,
    /// Lines at the end that are no records.
    pub footer: Option<Footer>,
    /// The columns.
    pub columns: Vec<Column>,
    /// Rows that were looked at: each column has so many values.
    pub rows: usize,
    /// Records that could not be read.
    pub broken: u64,
    /// The first of them.
    pub first_broken: Vec<Broken>,
    /// How many sets of columns its files have.
    pub forms: usize,
    /// All records were looked at.
    pub is_whole: bool,
}

impl Sampled {
    /// Bytes of memory that its values take, about.
    pub fn bytes(&self) -> usize {
        const OF_A_VALUE: usize = size_of::<Option<String>>() + 16;
        let texts = self.columns.iter().flat_map(|column| &column.values);
        texts
            .map(|text| OF_A_VALUE + text.as_ref().map_or(0, String::len))
            .sum()
    }

    /// Keeps rows all through it, so that its values take at most so many bytes.
    pub fn thin(&mut self, most_bytes: usize) {
        let step = self.bytes().div_ceil(most_bytes.max(1));
        if step <= 1 {
            return;
        }
        for column in &mut self.columns {
            let values = std::mem::take(&mut column.values);
            column.values = values.into_iter().step_by(step).collect();
        }
        self.rows = self.rows.div_ceil(step);
        self.is_whole = false;
    }
}

/// How a file is declared while it is sampled.
#[derive(Debug, Clone, Default)]
struct Declared {
    path: String,
    encoding: Option<&'static str>,
    no_header: bool,
    records: Vec<String>,
    footer: Option<Footer>,
    /// Paths of fields; `None`: as they are found.
    fields: Option<Vec<Vec<String>>>,
}

impl Declared {
    fn text(&self) -> String {
        let mut text = format!("sources:\n  s:\n    path: {}\n", quoted(&self.path));
        if let Some(encoding) = self.encoding {
            text += &format!("    encoding: {encoding}\n");
        }
        if self.no_header {
            text += "    header: false\n";
        }
        if let Some(footer) = &self.footer {
            text += &format!("    footer: {}\n", footer.lines);
        }
        if !self.records.is_empty() {
            text += &format!("    records: {}\n", path_list(&self.records));
        }
        if let Some(fields) = &self.fields {
            text += "    fields:\n";
            for (number, path) in fields.iter().enumerate() {
                text += &format!("      c{number}: {{from: {}}}\n", path_list(path));
            }
        }
        text
    }

    fn open(&self, dir: &Path) -> Result<Scan, Error> {
        let loaded = onefold_spec::load(&self.text(), Path::new("draft.yaml"), &|_| None);
        let loaded = loaded.map_err(|findings| Error::declaration(&self.path, &findings))?;
        let source = loaded.pipeline.sources.first();
        let source = source.ok_or_else(|| Error::declaration(&self.path, &[]))?;
        let options = Options {
            threads: 1,
            needed: None,
            stdin: None,
        };
        Ok(Scan::open(source, dir, Arc::new(NoExpressions), &options)?)
    }
}

/// The files that a file, a folder or a pattern stands for, relative to `dir`; what is beside them and holds no data is left out.
///
/// # Errors
/// There is none, or a folder may not be read.
pub fn files_of(dir: &Path, path: &str) -> Result<Vec<String>, Error> {
    let declared = Declared {
        path: path.to_owned(),
        fields: Some(vec![vec!["x".to_owned()]]),
        ..Declared::default()
    };
    let scan = declared.open(dir)?;
    Ok(scan.files().map(|(name, _)| name.to_owned()).collect())
}

/// Looks at what a stream gives, as at a file. A pipeline reads it from standard input.
///
/// # Errors
/// As [`sample`].
pub fn sample_stdin(from: &mut dyn Read, limits: &Limits) -> Result<Sampled, Error> {
    let spooled = Spooled::of(from, &AtomicBool::new(false))?;
    // Nothing interrupts it.
    let spooled = spooled.ok_or_else(|| Error::declaration(Source::STDIN, &[]))?;
    let place = spooled.path().to_string_lossy();
    let sampled = sample(Path::new("."), &place, limits)
        .map_err(|error| error.called(&place, Source::STDIN))?;
    Ok(Sampled {
        path: Source::STDIN.to_owned(),
        files: vec![Source::STDIN.to_owned()],
        ..sampled
    })
}

/// Looks at one file, relative to `dir`.
///
/// # Errors
/// It cannot be read, or is of a kind that is not read.
pub fn sample(dir: &Path, path: &str, limits: &Limits) -> Result<Sampled, Error> {
    let mut declared = Declared {
        path: path.to_owned(),
        ..Declared::default()
    };
    // With declared fields nothing is read before the encoding is known.
    let unread = Declared {
        fields: Some(vec![vec!["x".to_owned()]]),
        ..declared.clone()
    };
    declared.encoding = unread.open(dir)?.likely_encoding();
    let mut scan = declared.open(dir)?;
    let format = format_of(&scan, dir, path)?;
    let mut seen = look(dir, &mut declared, &scan, limits)?;
    if format == Format::Delimited {
        let wrong = seen.codes.get("invalid_encoding").copied().unwrap_or(0);
        if wrong > 0 && declared.encoding.is_none() && seen.is_ascii() {
            declared.encoding = Some("windows-1252");
            scan = declared.open(dir)?;
            seen = look(dir, &mut declared, &scan, limits)?;
        }
        if header_is_data(&seen) {
            declared.no_header = true;
            scan = declared.open(dir)?;
            seen = look(dir, &mut declared, &scan, limits)?;
        }
        if let Some(footer) = seen.footer() {
            let lines = footer.lines;
            declared.footer = Some(footer);
            scan = declared.open(dir)?;
            let without = look(dir, &mut declared, &scan, limits)?;
            // A record of several lines ends where a line of its own does not begin.
            match without.end.records() + lines == seen.end.records() {
                true => seen = without,
                false => declared.footer = None,
            }
        }
    }
    if format == Format::Json
        && let Some(records) = nested::records_of(&seen.columns, seen.rows)
            .or_else(|| records_of_large(dir, path, &seen))
    {
        let mut within = Declared {
            records,
            ..declared.clone()
        };
        // What looks like the records of a document may be a part of one: where it is, the file is read as it was.
        if let Ok(scan) = within.open(dir)
            && let Ok(records) = look(dir, &mut within, &scan, limits)
        {
            (declared, seen) = (within, records);
        }
    }
    if format != Format::Delimited {
        flatten(dir, &mut declared, &mut seen, limits)?;
    }
    Ok(Sampled {
        path: path.to_owned(),
        files: vec![path.to_owned()],
        dialect: match format {
            Format::Delimited => scan.dialects()?.pop().map_or_else(Vec::new, |d| d.parts),
            Format::Json | Format::Parquet => Vec::new(),
        },
        format,
        encoding: declared.encoding,
        has_header: !declared.no_header,
        records: declared.records,
        footer: declared.footer,
        columns: seen.columns,
        rows: seen.rows,
        broken: seen.broken,
        first_broken: seen.first_broken,
        forms: 1,
        is_whole: seen.is_whole,
    })
}

fn format_of(scan: &Scan, dir: &Path, path: &str) -> Result<Format, Error> {
    if !scan.dialects()?.is_empty() {
        return Ok(Format::Delimited);
    }
    let mut start = [0u8; 4];
    let file = std::fs::File::open(dir.join(path));
    let read = file.and_then(|mut file| Read::read(&mut file, &mut start));
    Ok(match read {
        Ok(4) if &start == b"PAR1" => Format::Parquet,
        _ => Format::Json,
    })
}

/// Where the records of a document lie that is too long to be one.
fn records_of_large(dir: &Path, path: &str, seen: &Seen) -> Option<Vec<String>> {
    const HEAD: u64 = 1 << 20;
    if seen.rows > 0 || seen.columns.len() > 1 {
        return None;
    }
    let mut head = Vec::new();
    let file = std::fs::File::open(dir.join(path)).ok()?;
    Read::read_to_end(&mut Read::take(file, HEAD), &mut head).ok()?;
    nested::records_in_head(&head)
}

/// What was seen of a file.
#[derive(Debug, Default)]
struct Seen {
    columns: Vec<Column>,
    rows: usize,
    broken: u64,
    first_broken: Vec<Broken>,
    codes: HashMap<String, u64>,
    end: End,
    is_whole: bool,
    /// Reading stopped before the end.
    is_stopped: bool,
}

impl Seen {
    /// Lines at the end that are no records, where the end was looked at.
    fn footer(&self) -> Option<Footer> {
        let footer = self.end.footer(self.columns.len());
        footer.filter(|_| !self.is_stopped)
    }

    fn is_ascii(&self) -> bool {
        let mut values = self.columns.iter().flat_map(|c| c.values.iter().flatten());
        values.all(|value| value.is_ascii())
    }
}

/// Reads the columns that `scan` found, each as text.
fn look(dir: &Path, declared: &mut Declared, scan: &Scan, limits: &Limits) -> Result<Seen, Error> {
    // No path leads to a key without a name.
    let names = scan.fields().into_iter();
    let names = names.filter(|name| !name.trim().is_empty());
    let fields = names.map(|name| vec![name]).collect();
    declared.fields = Some(fields);
    let seen = read(dir, declared, limits);
    let fields = declared.fields.take().unwrap_or_default();
    let mut seen = seen?;
    name(&mut seen, fields);
    Ok(seen)
}

fn name(seen: &mut Seen, fields: Vec<Vec<String>>) {
    broken::name(&mut seen.first_broken, &fields);
    for (column, path) in seen.columns.iter_mut().zip(fields) {
        column.path = path;
    }
}

fn read(dir: &Path, declared: &Declared, limits: &Limits) -> Result<Seen, Error> {
    let count = declared.fields.as_ref().map_or(0, Vec::len);
    let mut seen = Seen {
        columns: vec![
            Column {
                path: Vec::new(),
                values: Vec::new()
            };
            count
        ],
        is_whole: true,
        ..Seen::default()
    };
    if count == 0 {
        return Ok(seen);
    }
    let scan = declared.open(dir)?;
    let mut bytes = 0;
    scan.run(
        |batch| batch,
        |batch| {
            bytes += batch.bytes;
            seen.broken += batch.rejects.len() as u64;
            broken::note(&mut seen.first_broken, &batch.rejects);
            for reject in &batch.rejects {
                *seen.codes.entry(reject.code.to_string()).or_default() += 1;
            }
            seen.end.see(&batch.records, &batch.rejects);
            take(&mut seen, &batch.records, bytes <= limits.whole_bytes);
            let goes_on = bytes < limits.most_bytes
                && seen.rows < MOST_ROWS
                && seen.rows.saturating_mul(count) < limits.most_values;
            seen.is_whole &= goes_on;
            seen.is_stopped |= !goes_on;
            goes_on
        },
    )?;
    Ok(seen)
}

/// Keeps all rows of a batch, or some all through it.
fn take(seen: &mut Seen, batch: &RecordBatch, all: bool) {
    let rows = batch.num_rows();
    let step = match all {
        true => 1,
        false => rows.div_ceil(ROWS_A_CHUNK).max(1),
    };
    seen.is_whole &= step == 1;
    seen.rows += rows.div_ceil(step);
    for (column, array) in seen.columns.iter_mut().zip(batch.columns()) {
        match array.as_string_view_opt() {
            Some(texts) => {
                let values = texts.iter().step_by(step);
                column.values.extend(values.map(|v| v.map(str::to_owned)));
            }
            None => column.values.extend((0..rows).step_by(step).map(|_| None)),
        }
    }
}

/// A header whose names are data: an e-mail address among them, or half of them numbers and dates. Years head columns.
fn header_is_data(seen: &Seen) -> bool {
    let names: Vec<&str> = seen
        .columns
        .iter()
        .filter_map(|c| c.path.first())
        .map(String::as_str)
        .collect();
    let is_email =
        |name: &&str| onefold_values::email::standardise(name, &mut String::new()).is_ok();
    let is_number = |name: &str| {
        onefold_values::number::parse_float(name, onefold_values::DecimalMark::Point).is_ok()
    };
    let is_date = |name: &str| date_rules().is_some_and(|rules| rules.parse(name).is_ok());
    let data = names
        .iter()
        .filter(|name| name.len() != 4 && (is_number(name) || is_date(name)))
        .count();
    names.iter().any(is_email) || data > 0 && data * 2 >= names.len()
}

fn date_rules() -> Option<onefold_values::DateRules> {
    onefold_values::DateRules::new(onefold_values::DateOrder::DayFirst, &[], None).ok()
}

/// Rounds in which objects are replaced by what is in them.
const DEPTH: usize = 4;

fn flatten(
    dir: &Path,
    declared: &mut Declared,
    seen: &mut Seen,
    limits: &Limits,
) -> Result<(), Error> {
    // Texts that hold objects, and objects of any keys: they stay.
    let mut closed: Vec<Vec<String>> = Vec::new();
    for _ in 0..DEPTH {
        let mut fields = Vec::new();
        let mut opened: Vec<Vec<String>> = Vec::new();
        for column in &seen.columns {
            match nested::keys_of(column) {
                Some(keys) if !closed.contains(&column.path) => {
                    let deeper = |key| [column.path.as_slice(), &[key]].concat();
                    fields.extend(keys.into_iter().map(deeper));
                    opened.push(column.path.clone());
                }
                _ => fields.push(column.path.clone()),
            }
        }
        if opened.is_empty() {
            break;
        }
        declared.fields = Some(fields);
        let next = read(dir, declared, limits);
        let fields = declared.fields.take().unwrap_or_default();
        let mut next = next?;
        name(&mut next, fields);
        let is_hollow = |path: &Vec<String>| {
            let mut below = next.columns.iter().filter(|c| c.path.starts_with(path));
            below.all(|c| c.values.iter().all(Option::is_none))
        };
        let hollow: Vec<Vec<String>> = opened.into_iter().filter(is_hollow).collect();
        if hollow.is_empty() {
            *seen = next;
        } else {
            closed.extend(hollow);
        }
    }
    Ok(())
}
