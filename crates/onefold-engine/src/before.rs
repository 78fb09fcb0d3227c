//! The runs of before, as their folders tell of them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind};
use crate::report::{Report, Status};

/// The last published run of each pipeline whose runs are kept in an output folder, the latest first.
///
/// A run without a report, or with one that is damaged or not understood, was not published as far as anybody can tell.
pub(crate) fn published(output_dir: &Path) -> Vec<Report> {
    let mut seen = HashSet::new();
    let reports = runs_in(output_dir).into_iter();
    let published = reports.filter(|report| report.status == Status::Published);
    published
        .filter(|report| seen.insert(report.pipeline.clone()))
        .collect()
}

/// The accounts of all runs whose folders stay in an output folder, the latest first. Those that cannot be read are left out.
pub fn runs_in(output_dir: &Path) -> Vec<Report> {
    let reports = runs(output_dir).filter_map(|(_, report)| report.ok());
    reports.collect()
}

/// The runs whose folders stay in an output folder.
#[derive(Debug, Default)]
pub struct Runs {
    /// Folders and accounts, the latest first.
    pub readable: Vec<(PathBuf, Report)>,
    /// What is wrong with the accounts that cannot be read.
    pub unreadable: Vec<Error>,
}

impl Runs {
    /// Those in an output folder.
    pub fn read(output_dir: &Path) -> Self {
        let mut found = Self::default();
        for (folder, report) in runs(output_dir) {
            match report {
                Ok(report) => found.readable.push((folder, report)),
                Err(error) => found.unreadable.push(error),
            }
        }
        found
    }

    /// Folders and accounts of those that were published, the latest first.
    pub(crate) fn published(&self) -> impl Iterator<Item = &(PathBuf, Report)> {
        let runs = self.readable.iter();
        runs.filter(|(_, report)| report.status == Status::Published)
    }
}

/// The last run in an output folder, whatever became of it: its folder and its report.
///
/// # Errors
/// Its report cannot be read.
pub(crate) fn last(output_dir: &Path) -> Result<Option<(PathBuf, Report)>, Error> {
    let last = runs(output_dir).next();
    last.map(|(folder, report)| Ok((folder, report?)))
        .transpose()
}

/// Runs that have a report, with their folders, the latest first.
pub(crate) fn runs(output_dir: &Path) -> impl Iterator<Item = (PathBuf, Result<Report, Error>)> {
    let mut folders: Vec<PathBuf> = folders(output_dir).collect();
    // Run ids begin with their time.
    folders.sort();
    folders.into_iter().rev().filter_map(with_report)
}

/// The run with an id, if it has a report. No other report is read.
pub(crate) fn named(output_dir: &Path, id: &str) -> Option<(PathBuf, Result<Report, Error>)> {
    let is_called = |folder: &PathBuf| folder.file_name().is_some_and(|name| name == id);
    folders(output_dir).find(is_called).and_then(with_report)
}

/// The folders of the runs, in no order.
fn folders(output_dir: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(output_dir.join(".onefold/runs"));
    let entries = entries.into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}

fn with_report(folder: PathBuf) -> Option<(PathBuf, Result<Report, Error>)> {
    let report = report(&folder)?;
    Some((folder, report))
}

/// The report in the folder of a run, if it has one.
fn report(folder: &Path) -> Option<Result<Report, Error>> {
    let path = folder.join(REPORT);
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        bytes => bytes,
    };
    let read = || {
        let bytes = bytes.map_err(|e| unreadable(&path, &e))?;
        verify(folder, REPORT)?;
        let text = std::str::from_utf8(&bytes).map_err(|e| unreadable(&path, &e))?;
        Report::parse(text).map_err(|e| unreadable(&path, &e))
    };
    Some(read())
}

const REPORT: &str = "report.json";

/// Makes sure that a file in the folder of a run is as it was published.
pub(crate) fn verify(folder: &Path, file: &str) -> Result<(), Error> {
    onefold_write::verify_record(folder, file).map_err(|error| {
        Error::from(error).hint(
            "put back a copy of it, or remove the folder of that run; `onefold runs` lists the others",
        )
    })
}

pub(crate) fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Error {
    let message = format!("could not read `{}`: {why}", path.display());
    Error::new(Kind::Unreadable, message)
}
