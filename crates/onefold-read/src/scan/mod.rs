//! The driver: files to chunks, chunks to batches on several threads, batches and rejects to the caller in file order.
//!
//! Workers take turns to read the next chunk of a file, which each then splits and conforms; the calling thread puts the results in order.
//! It also checks every cut: where a chunk did not end between two records, its last, unfinished record is put in front of the next chunk
//! and that chunk is split again. Record and line numbers are counted within a chunk and made absolute here.
//!
//! There is no thread that only reads: whoever works on a chunk has it in its cache, and no core waits for a chunk that stands in line for
//! another.

mod open;
mod order;
mod reading;
mod worker;

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use crossbeam_channel::bounded;
use onefold_spec::model::Source;

use crate::drift::Drift;
use crate::error::Error;
use crate::fields::{Expressions, Plan};
use crate::input::{self, Discovered, InputFile, LeftOut};
use crate::locate::Locator;
use crate::reject::Reject;
use crate::versions;
use open::found_plan;
use order::Order;
use reading::Reading;
use worker::{Done, Worker};

pub(crate) use worker::count_lines;

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
    /// What was found out about how the files are written that their reader should know of, for people.
    pub remarks: Vec<String>,
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

/// How files of delimited text are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDialect {
    /// Name of the first file.
    pub file: String,
    /// Files that are read so.
    pub files: usize,
    /// Delimiter, quote, header and the like, each for people, with how sure it is.
    pub parts: Vec<String>,
}

/// A source, opened: its files are known, its plan is made.
pub struct Scan {
    source: Source,
    files: Vec<InputFile>,
    left_out: Vec<LeftOut>,
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
        let Discovered { files, left_out } = input::discover(dir, &source.path)?;
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
            left_out,
            plan,
            threads: options.threads.max(1),
        })
    }

    /// Columns of the batches: the fields, then the record's address (`_at`), which [`locator`](Self::locator) understands.
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

    /// What the source's folder or pattern has beside its files and is not read, hidden files aside.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The encoding that the first file which is not UTF-8 fits, by its beginning; for advice, since many encodings fit any bytes.
    pub fn likely_encoding(&self) -> Option<&'static str> {
        const LOOKED_AT: usize = 20;
        let mut files = self.files.iter().take(LOOKED_AT);
        files.find_map(|file| input::open(file).ok()?.likely_encoding())
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

    /// How the files of delimited text are read, for people: what is the same in several files once, with the first of them and their
    /// number.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn dialects(&self) -> Result<Vec<FileDialect>, Error> {
        let mut found: Vec<FileDialect> = Vec::new();
        for file in &self.files {
            let Some(parts) = self.describe_file(file)? else {
                continue;
            };
            match found.iter_mut().find(|other| other.parts == parts) {
                Some(other) => other.files += 1,
                None => found.push(FileDialect {
                    file: file.name.clone(),
                    files: 1,
                    parts,
                }),
            }
        }
        Ok(found)
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
        let (done_in, done_out) = bounded::<Done<T>>(self.threads * 2);
        let reading = Mutex::new(Reading::new(self));
        let lock = || reading.lock().unwrap_or_else(PoisonError::into_inner);
        let worker = Worker {
            plan: &self.plan,
            map: &map,
        };
        let mut told_to_stop = false;
        let mut sink = |batch| {
            told_to_stop = !sink(batch);
            !told_to_stop
        };
        let result = std::thread::scope(|scope| {
            for _ in 0..self.threads {
                let done = done_in.clone();
                scope.spawn(|| worker.run(|| lock().next(), done));
            }
            drop(done_in);
            let result = Order::new(self, &worker).collect(&done_out, &mut sink);
            lock().stop();
            drop(done_out);
            result
        });
        let summary = result?;
        let reading = reading.into_inner();
        // All that was read before an error has come: what is wrong with that is told first, whoever was quicker.
        match reading.unwrap_or_else(PoisonError::into_inner).finish() {
            Err(error) if !told_to_stop => Err(error),
            _ => Ok(summary),
        }
    }
}
