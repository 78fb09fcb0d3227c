//! A run: sources are read, tables made, outputs staged and published together.
//!
//! [`graph`] says who reads whom, [`store`] keeps rows for readers to come, [`executor`] pushes rows from the sources to the outputs, and
//! the ledger ([`crate::ledger`]) accounts for them. Whatever happens, the folder of the run tells how far it came.

mod branch;
mod doubts;
mod executor;
mod graph;
mod limits;
mod located;
mod options;
mod outputs;
pub(crate) mod overlap;
mod rejects;
mod shaping;
pub(crate) mod sources;
mod store;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use onefold_read::{Options as ReadOptions, Scan};
use onefold_spec::Diagnostic;
use onefold_spec::model::{Content, Pipeline};
use onefold_write::Publication;

use crate::catalog::session;
use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::fault;
use crate::ledger::Ledger;
use crate::prepare::{self, Prepared};
use crate::report::{Report, Status};
use executor::Executor;
pub use options::{MemoryLimit, RunOptions};

/// Opens the sources and prepares the pipeline: the part of a run that `plan` shows. Where the output folder is known, outputs that are
/// inputs are refused.
pub(crate) fn open(
    pipeline: &Pipeline,
    input_dir: &Path,
    output_dir: Option<&Path>,
    threads: usize,
) -> Result<(Prepared, Vec<Scan>), Error> {
    let context = session();
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
    let prepared = prepare::prepare(pipeline, session(), &found, &mut errors)?;
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
    let mut ledger = Ledger::new(pipeline, options.clock, options.on_event);
    let run_id = ledger.started().strftime("%Y%m%dT%H%M%S.%3fZ").to_string();
    let mut folder = None;
    let mut is_published = false;
    let done = fault::caught(|| {
        let staged = stage(pipeline, options, &run_id, &mut ledger, &mut folder)?;
        publish(
            pipeline,
            options,
            &run_id,
            &mut ledger,
            staged,
            began,
            &mut is_published,
        )
    });
    match done {
        Err(error) if !is_published => {
            let error = error.before_publishing();
            if let Some(folder) = folder {
                let mut report = ledger.report(pipeline, &run_id, Status::Failed);
                report.error = Some(error.to_string());
                report.seconds = began.elapsed().as_secs_f64();
                report.outputs.clear();
                // The error itself is what the user must see.
                save_report(&folder, &report, &ledger).ok();
            }
            Err(error)
        }
        done => done,
    }
}

/// Outputs that are staged.
struct Staged {
    publication: Publication,
    folder: PathBuf,
}

/// Reads, makes tables and stages the outputs. `folder` becomes that of the run, as soon as there is one.
fn stage(
    pipeline: &Pipeline,
    options: &RunOptions<'_>,
    run_id: &str,
    ledger: &mut Ledger<'_>,
    folder: &mut Option<PathBuf>,
) -> Result<Staged, Error> {
    let given = options.input_dir.clone();
    let input_dir = given.unwrap_or_else(|| self::folder(&pipeline.path));
    let output_dir = Some(options.output_dir.as_path());
    let (prepared, scans) = open(pipeline, &input_dir, output_dir, options.threads)?;
    let mut publication = Publication::begin(&options.output_dir, run_id)?;
    let path = publication.run_folder()?;
    create_private_dir(&path.join("rejects"))?;
    *folder = Some(path.clone());
    ledger.event(RunEvent::Started {
        pipeline: pipeline.name.value.clone(),
    });
    let executor = Executor::new(
        pipeline,
        options,
        prepared,
        scans,
        ledger,
        &mut publication,
        &path,
    );
    executor.run()?;
    Ok(Staged {
        publication,
        folder: path,
    })
}

/// Publishes the outputs, unless the ledger does not add up or a limit is exceeded, and saves the report.
fn publish(
    pipeline: &Pipeline,
    options: &RunOptions<'_>,
    run_id: &str,
    ledger: &mut Ledger<'_>,
    staged: Staged,
    began: Instant,
    is_published: &mut bool,
) -> Result<Report, Error> {
    let Staged {
        publication,
        folder,
    } = staged;
    let refused = ledger.exceeded_limit(pipeline);
    let status = match &refused {
        Some(_) => Status::Refused,
        None => Status::Published,
    };
    let mut report = ledger.report(pipeline, run_id, status);
    if let Some(difference) = report.imbalance() {
        return Err(Error::internal(format!(
            "the ledger does not add up: {difference}"
        )));
    }
    if refused.is_some() {
        publication.abandon();
        report.refused = refused;
        report.outputs.clear();
        report.seconds = began.elapsed().as_secs_f64();
        save_report(&folder, &report, ledger)?;
        return Ok(report);
    }
    publication.commit()?;
    *is_published = true;
    report.seconds = began.elapsed().as_secs_f64();
    let is_log = |content: &Content| matches!(content, Content::RunLog);
    if !pipeline.outputs.iter().any(|o| is_log(&o.content)) {
        ledger.note(&RunEvent::Completed);
    }
    save_report(&folder, &report, ledger)?;
    (options.on_event)(&RunEvent::Completed);
    Ok(report)
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

fn save_report(folder: &Path, report: &Report, ledger: &Ledger<'_>) -> Result<(), Error> {
    let path = folder.join("report.json");
    let text = serde_json::to_string_pretty(report).map_err(Error::internal)?;
    let unwritable = |e: std::io::Error| {
        Error::new(
            Kind::Resources,
            format!("could not write `{}`: {e}", path.display()),
        )
    };
    std::fs::write(folder.join("log.jsonl"), ledger.log().json_lines()).map_err(unwritable)?;
    let draft = folder.join("report.json.new");
    std::fs::write(&draft, text + "\n").map_err(unwritable)?;
    std::fs::rename(&draft, &path).map_err(unwritable)
}
