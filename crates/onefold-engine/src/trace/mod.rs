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

use std::path::Path;

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
    if let Some((folder, report)) = &run
        && has_all(pipeline, report)
    {
        let saved = std::fs::read_to_string(folder.join(run::PIPELINE));
        if let Ok(saved) = saved
            && saved != text
        {
            let message = format!("the pipeline is not what it was in run {}", report.run_id);
            let was = folder.join(run::PIPELINE);
            let hint = format!("run it again, or follow the record by `{}`", was.display());
            return Err(Error::new(Kind::Configuration, message).hint(hint));
        }
        let mut courses = Courses::new(pipeline, folder, report, options)?;
        return look(&mut courses, Some(&report.run_id), false);
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
        same_inputs(before, &report)?;
    }
    let done = before::last(folder.path())?;
    let (kept, report) = done.ok_or_else(|| Error::internal("a run without a report"))?;
    let run_id = run.map(|(_, report)| report.run_id);
    let mut courses = Courses::new(pipeline, &kept, &report, options)?;
    look(&mut courses, run_id.as_deref(), true)
}

/// The last published run of a pipeline.
fn last(out: &Path, pipeline: &str) -> Option<(std::path::PathBuf, Report)> {
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
        memory: None,
        ..*options
    };
    fault::caught(|| run::run(&only, None, &options))
}

/// Refuses to tell of a run whose inputs are not what they were.
fn same_inputs(before: &Report, now: &Report) -> Result<(), Error> {
    let files = |report: &Report| {
        let files = report
            .sources
            .iter()
            .flat_map(|source| source.files.clone());
        files
            .map(|file| (file.name, file.xxh3, file.records))
            .collect::<Vec<_>>()
    };
    let (then, now) = (files(before), files(now));
    let is_other = |file: &&(String, String, u64)| !now.contains(file);
    let other = then
        .iter()
        .find(is_other)
        .or_else(|| now.iter().find(|f| !then.contains(f)));
    match other {
        None => Ok(()),
        Some((name, ..)) => {
            let message = format!("`{name}` is not what it was in run {}", before.run_id);
            let error = Error::new(Kind::Data, message);
            Err(error.hint("run the pipeline again; with `--keep all`, a run can be asked later whatever becomes of its inputs"))
        }
    }
}
