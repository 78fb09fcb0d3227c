//! A source opened, and read from end to end.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use crossbeam_channel::bounded;
use onefold_spec::model::Source;

use super::found::found_plan;
use super::open::describe;
use super::order::Order;
use super::outcome::{Batch, FileDialect, Options, Summary};
use super::reading::Reading;
use super::work::Done;
use super::worker::Worker;
use crate::conform::Conform;
use crate::error::Error;
use crate::input::{self, Discovered, Input, LeftOut, Spooled};
use crate::locate::Locator;
use crate::plan::{Expressions, Plan};
use crate::versions;

fn stdin(spooled: &Arc<Spooled>) -> Input {
    Input::stdin(Arc::clone(spooled), Source::STDIN)
}

/// A source, opened: its files are known, its plan is made.
pub struct Scan {
    conform: Conform,
    inputs: Vec<Input>,
    left_out: Vec<LeftOut>,
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
        let Discovered { inputs, left_out } = match source.reads_stdin() {
            true => Discovered {
                inputs: options.stdin.iter().map(stdin).collect(),
                left_out: Vec::new(),
            },
            false => input::discover(dir, &source.path)?,
        };
        for input in &inputs {
            input.open().map_err(|e| input.label().io(e))?;
        }
        if let Some(label) = &source.encoding {
            input::encoding(label)?;
        }
        let plan = match &source.fields {
            Some(fields) => Plan::declared(source, fields, expressions, options.needed.as_ref())?,
            None => found_plan(source, &inputs)?,
        };
        Ok(Scan {
            conform: Conform::of_plan(source, plan),
            inputs,
            left_out,
            threads: options.threads.max(1),
        })
    }

    /// Columns of the batches: the fields, then the record's address (`_at`), which [`locator`](Self::locator) understands.
    pub fn schema(&self) -> &SchemaRef {
        self.conform.schema()
    }

    /// Finds the lines of this source's records later.
    pub fn locator(&self) -> Locator {
        Locator {
            marks: Arc::default(),
            source: Arc::clone(&self.conform.source),
            inputs: self.inputs.clone().into(),
        }
    }

    /// Name and size on disk of each file, in reading order.
    pub fn files(&self) -> impl Iterator<Item = (&str, u64)> {
        self.inputs.iter().map(|input| (input.name(), input.size()))
    }

    /// What the source's folder or pattern has beside its files and is not read, hidden files aside.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The encoding that the first file which is not UTF-8 fits, by its beginning; for advice, since many encodings fit any bytes.
    pub fn likely_encoding(&self) -> Option<&'static str> {
        const LOOKED_AT: usize = 20;
        let mut inputs = self.inputs.iter().take(LOOKED_AT);
        inputs.find_map(|input| input::open(input).ok()?.likely_encoding())
    }

    /// Bytes of all files together, where they are neither compressed, as far as their names say, nor Parquet or workbooks. Standard
    /// input has no name that would say it.
    pub fn bytes(&self) -> Option<u64> {
        let is_text = |name: &str| {
            let packed = [".gz", ".zst", ".zstd", ".parquet", ".xlsx", ".xlsm", ".ods"];
            name != Source::STDIN && !packed.iter().any(|end| name.ends_with(end))
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
        for input in &self.inputs {
            let Some(parts) = describe(&self.conform, input)? else {
                continue;
            };
            match found.iter_mut().find(|other| other.parts == parts) {
                Some(other) => other.files += 1,
                None => found.push(FileDialect {
                    file: input.name().to_owned(),
                    files: 1,
                    parts,
                }),
            }
        }
        Ok(found)
    }

    /// Name and pattern of each version that is recognised by the names of files and that no file of the source has.
    pub fn versions_without_files(&self) -> Vec<(&str, &str)> {
        let names: Vec<&str> = self.inputs.iter().map(Input::name).collect();
        versions::without_files(&self.conform.plan.versions, &names)
    }

    /// Names of the fields, in order, as the rejects have them.
    pub fn fields(&self) -> Vec<String> {
        self.conform.fields()
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
        let reading = Mutex::new(Reading::new(&self.conform, &self.inputs));
        let lock = || reading.lock().unwrap_or_else(PoisonError::into_inner);
        let worker = Worker {
            conform: &self.conform,
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
            let result =
                Order::new(&self.conform, &self.inputs, &worker).collect(&done_out, &mut sink);
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
