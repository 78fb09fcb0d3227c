//! A run: sources are read, tables made, outputs staged and published together.
//!
//! [`graph`] says who reads whom, [`store`] keeps rows for readers to come, [`executor`] pushes rows from the sources to the outputs, and
//! the ledger ([`crate::ledger`]) accounts for them. Whatever happens, the folder of the run tells how far it came.

mod beside;
mod branch;
mod doubts;
mod executor;
mod graph;
pub(crate) mod kept;
mod limits;
mod located;
mod options;
mod outputs;
pub(crate) mod overlap;
mod partitioned;
mod rejects;
mod shaping;
pub(crate) mod sources;
mod spool;
mod store;
mod workbooks;
mod written;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use onefold_read::{Options as ReadOptions, Scan, Spooled};
use onefold_spec::Diagnostic;
use onefold_spec::model::{Content, Output, Pipeline, Source, Step};
use onefold_write::{ErrorKind, Publication, prune_runs};

use crate::before::{self, Runs};
use crate::catalog::session;
use crate::checks;
use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::fault;
use crate::ledger::Ledger;
use crate::metrics;
use crate::prepare::{self, Prepared};
use crate::report::{OutputReport, Report, Status};
use crate::steps::continuity;
use crate::suppression::Suppression;
pub(crate) use branch::shaped as shape_batch;
use executor::Executor;
pub use options::{Keep, MemoryLimit, RunOptions};
use outputs::write_text;
pub(crate) use shaping::shape as shape_table;

/// Opens the sources and prepares the pipeline: the part of a run that `plan` shows. Where the output folder is known, outputs that are
/// inputs are refused. `stdin` reads standard input, where a source needs it and nothing is wrong; where it gives nothing, the columns of
/// that source are known by its declared fields alone.
pub(crate) fn open(
    pipeline: &Pipeline,
    input_dir: &Path,
    output_dir: Option<&Path>,
    threads: usize,
    stdin: &dyn Fn() -> Result<Option<Arc<Spooled>>, Error>,
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
        stdin: match pipeline.sources.iter().any(Source::reads_stdin) {
            true => stdin()?,
            false => None,
        },
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
        let is_unread = source.reads_stdin() && options.stdin.is_none();
        if source.fields.is_none() && !is_unread {
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

/// Name of the pipeline file in the folder of a run that keeps tables.
pub(crate) const PIPELINE: &str = "pipeline.yaml";

/// Runs a pipeline. Where it keeps tables, it keeps the `text` of the pipeline file with them.
pub(crate) fn run(
    pipeline: &Pipeline,
    text: Option<&str>,
    options: &RunOptions<'_>,
) -> Result<Report, Error> {
    let began = Instant::now();
    let mut with_kept = kept::with_kept(pipeline, options.keep);
    let mut ledger = Ledger::new(&with_kept, options.clock, options.on_event);
    checks::count_from(&mut with_kept, ledger.started());
    let pipeline = &with_kept;
    let run_id = ledger.started().strftime("%Y%m%dT%H%M%S.%3fZ").to_string();
    let mut publication = None;
    let mut is_published = false;
    // Of a publication that stopped half-way the next run makes a whole one, with the account that is part of it.
    let mut is_half_way = false;
    let done = fault::caught(|| {
        let (prepared, scans) = begin(pipeline, options, &run_id, &mut publication)?;
        let staged = publication
            .as_ref()
            .ok_or_else(|| Error::internal("no publication"))?;
        ledger.event(RunEvent::Started {
            pipeline: pipeline.name.value.clone(),
        });
        for shown in pipeline.secrets.warnings() {
            ledger.warn(shown);
        }
        let earlier = Runs::read(&options.output_dir);
        for unreadable in &earlier.unreadable {
            ledger.warn(format!(
                "{unreadable}: limits compare with another run, or with none"
            ));
        }
        let mut reports = earlier.published().map(|(_, report)| report);
        let before = reports.find(|run| run.pipeline == pipeline.name.value);
        ledger.enter_before(before.cloned());
        let run = (run_id.as_str(), staged);
        let state_dir = options.state_dir.as_deref();
        match (options.new_ids, state_dir) {
            (true, _) => warn_of_new_ids(pipeline, &mut ledger),
            // After an interrupted publication was completed, of which it may be part.
            (false, Some(state_dir)) => continuity::refuse_lost(pipeline, state_dir)?,
            (false, None) => {}
        }
        let suppression = state_dir.map(Suppression::load).transpose()?.flatten();
        Executor::new(
            pipeline,
            options,
            prepared,
            scans,
            &mut ledger,
            suppression,
            run,
        )
        .run(&earlier)?;
        let report = report(pipeline, &run_id, &mut ledger, began, staged)?;
        record(staged, &report, &ledger)?;
        if let (Some(text), true) = (text, options.keep != Keep::None) {
            staged.record(Path::new(PIPELINE), text.as_bytes())?;
        }
        let Some(staged) = publication.take() else {
            return Err(Error::internal("no publication"));
        };
        let committed = match report.status {
            Status::Published => staged.commit(),
            Status::Refused | Status::Failed => staged.commit_records(),
        };
        is_half_way = matches!(&committed, Err(error) if error.kind() == ErrorKind::Interrupted);
        committed?;
        is_published = true;
        if report.status == Status::Published {
            (options.on_event)(&RunEvent::Completed);
        }
        Ok(report)
    });
    // What had no folder for its account yet gets one: an input that is missing at night is told of like any other failure.
    if let (Err(error), None, false) = (&done, &publication, is_published || is_half_way)
        && (error.kind() != Kind::Configuration || !is_wrong_by_itself(pipeline, options))
    {
        publication = Publication::begin(&options.output_dir, &run_id).ok();
    }
    let has_begun = is_published || publication.is_some();
    let done = match done {
        Err(error) if !is_published && !is_half_way => {
            let error = error.before_publishing().hide(&pipeline.secrets);
            let mut report = ledger.report(pipeline, &run_id, Status::Failed);
            let why = error.to_string();
            ledger.note(&RunEvent::Stopped { why: why.clone() });
            report.error = Some(why);
            report.seconds = began.elapsed().as_secs_f64();
            report.outputs.clear();
            report.kept.clear();
            if let Some(publication) = publication {
                // The error itself is what the user must see, not that its account could not be saved.
                account(publication, pipeline, &report, &ledger).ok();
            }
            Err(error)
        }
        done => done,
    };
    if has_begun {
        let published = before::published(&options.output_dir);
        let kept: Vec<&str> = published.iter().map(|run| run.run_id.as_str()).collect();
        // What cannot be removed harms nobody.
        prune_runs(&options.output_dir, options.keep_runs, &run_id, &kept).ok();
    }
    done
}

/// Warns that ids which were given before may stand for others from now on.
fn warn_of_new_ids(pipeline: &Pipeline, ledger: &mut Ledger<'_>) {
    for table in &pipeline.tables {
        if matches!(&table.step, Step::Resolve(step) if step.state.is_some()) {
            ledger.warn(format!(
                "table {}: ids start again, so ids given before may stand for other people",
                table.name.value
            ));
        }
    }
}

/// Opens the sources, prepares the pipeline, and locks the output folder.
fn begin(
    pipeline: &Pipeline,
    options: &RunOptions<'_>,
    run_id: &str,
    publication: &mut Option<Publication>,
) -> Result<(Prepared, Vec<Scan>), Error> {
    let given = options.input_dir.clone();
    let input_dir = given.unwrap_or_else(|| folder(&pipeline.path));
    let output_dir = options.output_dir.as_path();
    let stdin = || spool::spool(options);
    let opened = open(
        pipeline,
        &input_dir,
        Some(output_dir),
        options.threads,
        &stdin,
    )?;
    *publication = Some(Publication::begin(output_dir, run_id)?);
    Ok(opened)
}

/// Whether a pipeline is wrong whatever its inputs are, as `check` finds it.
fn is_wrong_by_itself(pipeline: &Pipeline, options: &RunOptions<'_>) -> bool {
    let input_dir = options.input_dir.clone();
    let input_dir = input_dir.unwrap_or_else(|| folder(&pipeline.path));
    let (context, mut errors) = (session(), Vec::new());
    prepare::source_sql(&context, pipeline, &mut errors);
    let prepared = prepare::prepare(pipeline, context, &HashMap::new(), &mut errors);
    overlap::refuse(pipeline, &input_dir, &options.output_dir, &mut errors);
    prepared.is_err() || !errors.is_empty()
}

/// The report of a run whose outputs are staged: it is published, unless it is out of bounds. Its metrics are written.
fn report(
    pipeline: &Pipeline,
    run_id: &str,
    ledger: &mut Ledger<'_>,
    began: Instant,
    publication: &Publication,
) -> Result<Report, Error> {
    let exceeded = ledger.exceeded(pipeline);
    let status = match exceeded.is_empty() {
        true => Status::Published,
        false => Status::Refused,
    };
    let mut report = ledger.report(pipeline, run_id, status);
    if let Some(difference) = report.imbalance() {
        return Err(Error::internal(format!(
            "the ledger does not add up: {difference}"
        )));
    }
    report.seconds = began.elapsed().as_secs_f64();
    if status == Status::Refused {
        report.outputs.clear();
        // What must be known is why nothing is published, not that its metrics have no place.
        let unwritten = put_metrics(pipeline, &report, publication).err();
        let unwritten = unwritten.map(|error| format!("the metrics are not written: {error}"));
        let reasons: Vec<String> = exceeded.into_iter().chain(unwritten).collect();
        let why = pipeline.secrets.hide(&reasons.join("; ")).into_owned();
        ledger.note(&RunEvent::Stopped { why: why.clone() });
        report.refused = Some(why);
        return Ok(report);
    }
    for (number, output) in metrics_outputs(pipeline) {
        let text = metrics::text(&report);
        let written = OutputReport {
            path: output.path.value.clone(),
            table: None,
            rows: text.lines().count() as u64,
            bytes: write_text(&output.path, &text, publication)?,
            sheet: None,
            partitions: None,
            guarded_cells: None,
        };
        ledger.enter_output(number, written);
    }
    report.outputs = ledger.report(pipeline, run_id, status).outputs;
    let is_log = |content: &Content| matches!(content, Content::RunLog);
    if !pipeline.outputs.iter().any(|o| is_log(&o.content)) {
        ledger.note(&RunEvent::Completed);
    }
    Ok(report)
}

/// Puts the metrics of a run that publishes nothing in their place: an alert rests on them.
fn put_metrics(
    pipeline: &Pipeline,
    report: &Report,
    publication: &Publication,
) -> Result<(), Error> {
    for (_, output) in metrics_outputs(pipeline) {
        let text = metrics::text(report);
        publication.put(Path::new(&output.path.value), text.as_bytes())?;
    }
    Ok(())
}

fn metrics_outputs(pipeline: &Pipeline) -> impl Iterator<Item = (usize, &Output)> {
    let outputs = pipeline.outputs.iter().enumerate();
    outputs.filter(|(_, output)| matches!(output.content, Content::Metrics))
}

/// Makes report, log and models part of what is published.
fn record(publication: &Publication, report: &Report, ledger: &Ledger<'_>) -> Result<(), Error> {
    record_account(publication, report, ledger)?;
    for table in &report.tables {
        let Some(model) = table.resolve.as_ref().and_then(|r| r.model.as_ref()) else {
            continue;
        };
        let learned = serde_json::to_string_pretty(&model.learned).map_err(Error::internal)?;
        let path = format!("models/{}.json", table.name);
        publication.record(Path::new(&path), (learned + "\n").as_bytes())?;
    }
    Ok(())
}

fn record_account(
    publication: &Publication,
    report: &Report,
    ledger: &Ledger<'_>,
) -> Result<(), Error> {
    publication.record(Path::new("report.json"), text(report)?.as_bytes())?;
    let log = ledger.log().json_lines();
    Ok(publication.record(Path::new("log.jsonl"), log.as_bytes())?)
}

/// Gives up what is staged, which may have filled the disk, and saves metrics, report and log of the run.
fn account(
    mut publication: Publication,
    pipeline: &Pipeline,
    report: &Report,
    ledger: &Ledger<'_>,
) -> Result<(), Error> {
    publication.start_over()?;
    put_metrics(pipeline, report, &publication).ok();
    record_account(&publication, report, ledger)?;
    Ok(publication.commit_records()?)
}

fn text(report: &Report) -> Result<String, Error> {
    let text = serde_json::to_string_pretty(report).map_err(Error::internal)?;
    Ok(text + "\n")
}

/// The folder that a pipeline file lies in.
pub(crate) fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_path_buf(),
        _ => PathBuf::from("."),
    }
}
