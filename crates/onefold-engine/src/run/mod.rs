//! A run: sources are read, tables made, outputs staged and published together.
//!
//! Work is driven from the outputs. A table with one reader that makes rows batch by batch is never stored: its batches flow from the
//! reading threads through its expressions into the encoder of the output. What several read, or what needs all rows at once, is stored;
//! where such a table is a choice or an order of rows, these are numbers, and the rows are put together on their way to the reader.

mod account;
mod aggregate;
mod doubts;
pub(crate) mod freshness;
mod joins;
mod keys;
mod memory;
mod outputs;
pub(crate) mod overlap;
mod passing;
mod rejects;
mod resolve;
pub(crate) mod sources;
mod stored;
mod tables;
mod tally;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use arrow::array::RecordBatch;
use onefold_read::{Locator, Options as ReadOptions, Scan};
use onefold_spec::Diagnostic;
use onefold_spec::model::{Content, Limit, Pipeline};
use onefold_write::Publication;

use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::fault;
use crate::log::Log;
use crate::prepare::{self, Prepared};
use crate::report::{REPORT_VERSION, Report, SourceReport, Status, TableReport};
use crate::sql;
pub use memory::MemoryLimit;
use stored::Stored;
use tally::Tally;

/// How to run, apart from what the pipeline says.
pub struct RunOptions<'a> {
    /// Where relative input paths start; `None`: the folder of the pipeline file.
    pub input_dir: Option<PathBuf>,
    /// Where outputs and `.onefold` go.
    pub output_dir: PathBuf,
    /// Threads that read, make and write rows.
    pub threads: usize,
    /// The time.
    pub clock: &'a (dyn Fn() -> jiff::Timestamp + Sync),
    /// Hears what happens, on any thread.
    pub on_event: &'a (dyn Fn(&RunEvent) + Sync),
    /// Set to stop the run; the old outputs stay.
    pub interrupted: &'a AtomicBool,
    /// Memory that it may hold; `None`: as much as there is.
    pub memory: Option<MemoryLimit<'a>>,
}

/// What becomes of a batch on its way. It may be done in vain, where a chunk has to be split again, so it counts into a tally of its own.
type Map<'m, T> = dyn Fn(RecordBatch, &mut Tally) -> Result<T, String> + Sync + 'm;

struct Run<'a> {
    pipeline: &'a Pipeline,
    options: &'a RunOptions<'a>,
    started: jiff::Timestamp,
    prepared: Prepared,
    scans: Vec<Option<Scan>>,
    /// Finds the line of a record, by source.
    locators: Vec<Locator>,
    stored: HashMap<String, Arc<Stored>>,
    /// Tables that are looked up, with their rows, by the table that looks.
    looked_up: HashMap<String, Vec<(String, u64)>>,
    tally: Tally,
    log: Log,
    wants_log: bool,
    run_dir: PathBuf,
    sources: Vec<Option<SourceReport>>,
    tables: Vec<TableReport>,
    warnings: Vec<String>,
}

/// Opens the sources and prepares the pipeline: the part of a run that `plan` shows. Where the output folder is known, outputs that are
/// inputs are refused.
pub(crate) fn open(
    pipeline: &Pipeline,
    input_dir: &Path,
    output_dir: Option<&Path>,
    threads: usize,
) -> Result<(Prepared, Vec<Scan>), Error> {
    let context = sql::session();
    let mut errors = Vec::new();
    let source_sql = prepare::source_sql(&context, pipeline, &mut errors);
    let known = prepare::prepare(pipeline, context, &HashMap::new(), &mut errors)?;
    if let Some(output_dir) = output_dir {
        overlap::refuse(pipeline, input_dir, output_dir, &mut errors);
    }
    if !errors.is_empty() {
        return Err(Error::configuration(errors));
    }
    let options = ReadOptions {
        threads,
        needed: None,
    };
    let mut scans = Vec::new();
    let mut found = HashMap::new();
    for (source, sql) in pipeline.sources.iter().zip(&source_sql) {
        let scan = Scan::open(
            source,
            input_dir,
            Arc::clone(sql) as Arc<dyn onefold_read::Expressions>,
            &options,
        )?;
        if source.fields.is_none() {
            let visible: Vec<usize> = (0..scan.schema().fields().len() - 1).collect();
            found.insert(
                source.name.value.clone(),
                Arc::new(scan.schema().project(&visible)?),
            );
        }
        scans.push(scan);
    }
    if found.is_empty() {
        return Ok((known, scans));
    }
    let prepared = prepare::prepare(pipeline, sql::session(), &found, &mut errors)?;
    if errors.is_empty() {
        return Ok((prepared, scans));
    }
    // Columns that are not there are mostly those of files that hold nothing.
    for (source, scan) in pipeline.sources.iter().zip(&scans) {
        if scan.schema().fields().len() == 1 {
            let files: Vec<String> = scan.files().map(|(name, _)| format!("`{name}`")).collect();
            let message = format!(
                "source `{}` has no columns: {} holds no records",
                source.name.value,
                files.join(", ")
            );
            let warning = Diagnostic::warning(source.path.span, message);
            errors.push(warning.hint("declare its `fields`"));
        }
    }
    Err(Error::configuration(errors))
}

/// Runs a pipeline.
pub(crate) fn run(pipeline: &Pipeline, options: &RunOptions<'_>) -> Result<Report, Error> {
    let began = Instant::now();
    let made = fault::caught(|| make(pipeline, options));
    let made = made.map_err(Error::before_publishing)?;
    made.publish(began, options)
}

/// A run whose outputs are staged and whose ledger adds up.
struct Made {
    publication: Publication,
    report: Report,
    folder: PathBuf,
    log: Log,
    wants_log: bool,
}

/// The folder of a run, which is gone again where the run does not get as far as its report.
struct RunFolder {
    path: PathBuf,
    kept: bool,
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed harms nobody.
            std::fs::remove_dir_all(&self.path).ok();
        }
    }
}

/// Reads, makes tables and stages the outputs.
fn make(pipeline: &Pipeline, options: &RunOptions<'_>) -> Result<Made, Error> {
    let started = (options.clock)();
    let input_dir = options
        .input_dir
        .clone()
        .unwrap_or_else(|| folder(&pipeline.path));
    let output_dir = Some(options.output_dir.as_path());
    let (prepared, scans) = open(pipeline, &input_dir, output_dir, options.threads)?;

    let run_id = started.strftime("%Y%m%dT%H%M%S.%3fZ").to_string();
    let mut publication = Publication::begin(&options.output_dir, &run_id)?;
    let mut folder = RunFolder {
        path: publication.run_folder()?,
        kept: false,
    };
    create_private_dir(&folder.path.join("rejects"))?;

    let mut run = Run {
        pipeline,
        options,
        started,
        prepared,
        sources: scans.iter().map(|_| None).collect(),
        locators: scans.iter().map(Scan::locator).collect(),
        scans: scans.into_iter().map(Some).collect(),
        stored: HashMap::new(),
        looked_up: HashMap::new(),
        tally: Tally::default(),
        log: Log::default(),
        wants_log: pipeline
            .outputs
            .iter()
            .any(|o| matches!(o.content, Content::RunLog)),
        run_dir: folder.path.clone(),
        tables: Vec::new(),
        warnings: Vec::new(),
    };
    run.locate_failures();
    run.event(RunEvent::Started {
        pipeline: pipeline.name.value.clone(),
    });
    let outputs = run.write_outputs(&mut publication)?;
    folder.kept = true;
    let limit = run.exceeded_limit();
    let report = Report {
        version: REPORT_VERSION,
        run_id,
        pipeline: pipeline.name.value.clone(),
        onefold: env!("CARGO_PKG_VERSION").to_owned(),
        status: if limit.is_some() {
            Status::Refused
        } else {
            Status::Published
        },
        refused: limit,
        started: started.to_string(),
        seconds: 0.0,
        sources: run.sources.iter_mut().filter_map(Option::take).collect(),
        tables: std::mem::take(&mut run.tables),
        outputs,
        warnings: std::mem::take(&mut run.warnings),
    };
    if let Some(difference) = report.imbalance() {
        return Err(Error::internal(format!(
            "the ledger does not add up: {difference}"
        )));
    }
    Ok(Made {
        publication,
        report,
        folder: folder.path.clone(),
        log: run.log,
        wants_log: run.wants_log,
    })
}

impl Made {
    /// Publishes the outputs, unless a limit is exceeded, and saves the report.
    fn publish(self, began: Instant, options: &RunOptions<'_>) -> Result<Report, Error> {
        let Made {
            publication,
            mut report,
            folder,
            mut log,
            wants_log,
        } = self;
        if report.refused.is_some() {
            publication.abandon();
            report.seconds = began.elapsed().as_secs_f64();
            report.outputs.clear();
            save_report(&folder, &report, &log)?;
            return Ok(report);
        }
        publication.commit()?;
        report.seconds = began.elapsed().as_secs_f64();
        if !wants_log {
            log.note((options.clock)(), &RunEvent::Completed);
        }
        save_report(&folder, &report, &log)?;
        (options.on_event)(&RunEvent::Completed);
        Ok(report)
    }
}

/// The folder that a pipeline file lies in.
pub(crate) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// Rejects hold raw personal data: only their owner may read them.
fn create_private_dir(path: &Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| {
        Error::new(
            Kind::Resources,
            format!("could not create `{}`: {e}", path.display()),
        )
    })
}

fn save_report(run_dir: &Path, report: &Report, log: &Log) -> Result<(), Error> {
    let path = run_dir.join("report.json");
    let text = serde_json::to_string_pretty(report).map_err(Error::internal)?;
    let unwritable = |e: std::io::Error| {
        Error::new(
            Kind::Resources,
            format!("could not write `{}`: {e}", path.display()),
        )
    };
    std::fs::write(run_dir.join("log.jsonl"), log.json_lines()).map_err(unwritable)?;
    let draft = run_dir.join("report.json.new");
    std::fs::write(&draft, text + "\n").map_err(unwritable)?;
    std::fs::rename(&draft, &path).map_err(unwritable)
}

impl Run<'_> {
    fn event(&mut self, event: RunEvent) {
        self.log.note((self.options.clock)(), &event);
        (self.options.on_event)(&event);
    }

    fn warn(&mut self, message: String) {
        self.event(RunEvent::Warning {
            message: message.clone(),
        });
        self.warnings.push(message);
    }

    /// The first limit that the sources exceed.
    fn exceeded_limit(&self) -> Option<String> {
        let over = |limit: Option<Limit>, rejected: u64, read: u64| match limit {
            Some(Limit::Count(most)) => (rejected > most).then(|| format!("{most}")),
            Some(Limit::Share(most)) => {
                (rejected as f64 > most * read as f64).then(|| format!("{}%", most * 100.0))
            }
            None => None,
        };
        let reports = || self.sources.iter().flatten();
        for (source, report) in self.pipeline.sources.iter().zip(reports()) {
            if let Some(most) = over(source.limits.rejects, report.rejected, report.read) {
                return Some(format!(
                    "source `{}` has {} rejects among {} records, more than its limit of {most}",
                    report.name, report.rejected, report.read
                ));
            }
        }
        let (rejected, read) = reports().fold((0, 0), |(a, b), r| (a + r.rejected, b + r.read));
        let most = over(self.pipeline.limits.rejects, rejected, read)?;
        Some(format!(
            "the sources have {rejected} rejects among {read} records, more than the limit of {most}"
        ))
    }
}
