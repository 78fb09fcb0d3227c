//! Where a record went: followed through every step of a run, from its line in a file to the rows of outputs.
//!
//! What is asked of are the tables that a run has kept. Where it has kept none, it is done again for that, provided that its inputs are
//! what they were. A record is found by its line, by its key, or as a member of a customer ([`subject`]); each step then says what it
//! does with its row ([`crate::steps::follow`]), and the rows that come of it are followed on ([`course`]).

mod course;
mod kept;
mod subject;
mod told;
mod without;

use std::path::{Path, PathBuf};

use onefold_spec::model::Pipeline;

use crate::ask;
use crate::before;
use crate::error::{Error, Kind};
use crate::fault;
use crate::report::{Report, Status};
use crate::run::{self, Keep, RunOptions};
use crate::show;
use crate::temporary::temporary_folder;

pub(crate) use course::Courses;
pub(crate) use kept::KeptTable;
pub use told::{Course, Stage, Trace};

/// Follows what `what` names: `FILE:LINE`, `SOURCE:KEY`, or the id of a customer.
pub(crate) fn trace(
    pipeline: &Pipeline,
    text: &str,
    what: &str,
    wanted: Option<&str>,
    options: &RunOptions<'_>,
) -> Result<Trace, Error> {
    with_tables(
        pipeline,
        text,
        wanted,
        options,
        |courses, run_id, is_redone| {
            Ok(Trace {
                courses: subject::courses(courses, what)?,
                run_id: run_id.map(str::to_owned),
                is_redone,
            })
        },
    )
}

/// Looks at all tables of a run: the last published one, or the one with an id. Where it has kept none, it is done again. `look` also takes
/// the id of the run, and whether it was done again.
pub(crate) fn with_tables<T>(
    pipeline: &Pipeline,
    text: &str,
    wanted: Option<&str>,
    options: &RunOptions<'_>,
    look: impl FnOnce(&mut Courses<'_>, Option<&str>, bool) -> Result<T, Error>,
) -> Result<T, Error> {
    let out = &options.output_dir;
    let run = match wanted {
        Some(id) => Some(ask::run(out, Some(id))?),
        None => last(out, &pipeline.name.value),
    };
    if let Some(run) = &run
        && has_all(pipeline, &run.1)
    {
        let mut courses = of_kept(pipeline, text, run, options)?;
        return look(&mut courses, Some(&run.1.run_id), false);
    }
    if let Some(source) = pipeline.sources.iter().find(|source| source.reads_stdin()) {
        let message = format!(
            "source `{}` reads standard input, and the run has kept no tables",
            source.name.value
        );
        return Err(Error::new(Kind::Configuration, message).hint(ask::KEEP));
    }
    let folder = temporary_folder()?;
    let report = again(pipeline, folder.path(), options)?;
    if let Some((_, before)) = &run {
        same_run(before, &report)?;
    }
    let done = before::last(folder.path())?;
    let (kept, report) = done.ok_or_else(|| Error::internal("a run without a report"))?;
    let run_id = run.map(|(_, report)| report.run_id);
    let mut courses = Courses::new(pipeline, &kept, &report, options)?;
    look(&mut courses, run_id.as_deref(), true)
}

/// Looks at all tables of the last published run, as it has kept them.
pub(crate) fn with_kept_tables<T>(
    pipeline: &Pipeline,
    text: &str,
    options: &RunOptions<'_>,
    look: impl FnOnce(&mut Courses<'_>, &str) -> Result<T, Error>,
) -> Result<T, Error> {
    let run = last_kept(pipeline, &options.output_dir)?;
    let mut courses = of_kept(pipeline, text, &run, options)?;
    look(&mut courses, &run.1.run_id)
}

/// A run: its folder and its report.
type Run = (PathBuf, Report);

/// The last published run of a pipeline, which must have kept all tables.
pub(crate) fn last_kept(pipeline: &Pipeline, out: &Path) -> Result<Run, Error> {
    let Some(run) = last(out, &pipeline.name.value) else {
        let message = format!(
            "no run of `{}` is published in `{}`",
            pipeline.name.value,
            out.display()
        );
        let hint = "`--out` names the folder of the outputs";
        return Err(Error::new(Kind::Configuration, message).hint(hint));
    };
    if !has_all(pipeline, &run.1) {
        let message = format!("run {} has not kept its tables", run.1.run_id);
        return Err(Error::new(Kind::Configuration, message).hint(ask::KEEP));
    }
    Ok(run)
}

/// The tables of a run that has kept all of them. The pipeline must be what it was.
fn of_kept<'r>(
    pipeline: &Pipeline,
    text: &str,
    (folder, report): &'r Run,
    options: &'r RunOptions<'r>,
) -> Result<Courses<'r>, Error> {
    let saved = std::fs::read_to_string(folder.join(run::PIPELINE));
    if let Ok(saved) = saved
        && saved != text
    {
        let message = format!("the pipeline is not what it was in run {}", report.run_id);
        let was = folder.join(run::PIPELINE);
        let hint = format!("run it again, or follow the record by `{}`", was.display());
        return Err(Error::new(Kind::Configuration, message).hint(hint));
    }
    Courses::new(pipeline, folder, report, options)
}

/// The last published run of a pipeline.
fn last(out: &Path, pipeline: &str) -> Option<Run> {
    let runs = before::runs(out);
    let mut runs = runs.filter_map(|(folder, report)| Some((folder, report.ok()?)));
    runs.find(|(_, report)| report.status == Status::Published && report.pipeline == pipeline)
}

/// Whether a run has kept its sources, and so all of its tables.
pub(crate) fn has_all(pipeline: &Pipeline, report: &Report) -> bool {
    let is_kept = |name: &str| report.kept.iter().any(|kept| kept.table == name);
    pipeline.sources.iter().all(|source| {
        is_kept(&source.name.value) && is_kept(&format!("{}.rejects", source.name.value))
    })
}

/// Does a run again, for its tables alone.
fn again(pipeline: &Pipeline, folder: &Path, options: &RunOptions<'_>) -> Result<Report, Error> {
    let mut only = pipeline.clone();
    only.outputs.clear();
    only.tests.clear();
    show::without_limits(&mut only);
    let options = RunOptions {
        input_dir: Some(
            options
                .input_dir
                .clone()
                .unwrap_or_else(|| run::folder(&pipeline.path)),
        ),
        output_dir: folder.to_path_buf(),
        keep: Keep::All,
        keep_runs: 1,
        state_dir: Some(options.output_dir.clone()),
        new_ids: false,
        memory: None,
        ..*options
    };
    fault::caught(|| run::run(&only, None, &options))
}

/// Refuses to tell of a run that is not done again as it was: its inputs are other ones, or what comes of them is.
fn same_run(before: &Report, now: &Report) -> Result<(), Error> {
    let files = |report: &Report| {
        let files = report
            .sources
            .iter()
            .flat_map(|source| source.files.clone());
        files
            .map(|file| (file.name, file.xxh3, file.records))
            .collect::<Vec<_>>()
    };
    let refused = |message: String| {
        let error = Error::new(Kind::Data, message);
        Err(error.hint("run the pipeline again; with `--keep all`, a run can be asked later whatever becomes of its inputs"))
    };
    let (then, again) = (files(before), files(now));
    let mut gone = then.iter().filter(|file| !again.contains(file));
    let mut new = again.iter().filter(|file| !then.contains(file));
    if let Some((name, ..)) = gone.next().or_else(|| new.next()) {
        return refused(format!(
            "`{name}` is not what it was in run {}",
            before.run_id
        ));
    }
    let rows = |report: &Report| {
        let sources = report.sources.iter();
        let sources = sources.map(|s| (s.name.clone(), s.accepted, s.rejected));
        let tables = report.tables.iter();
        let tables = tables.map(|table| (table.name.clone(), table.rows_out, 0));
        sources.chain(tables).collect::<Vec<_>>()
    };
    let again = rows(now);
    match rows(before).into_iter().find(|rows| !again.contains(rows)) {
        None => Ok(()),
        Some((name, ..)) => refused(format!(
            "`{name}` has other rows than in run {}: the pipeline, its decisions or the list of erased people have changed",
            before.run_id
        )),
    }
}
