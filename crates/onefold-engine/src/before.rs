//! The runs of before, as their folders tell of them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::report::{Report, Status};

/// The last published run of each pipeline whose runs are kept in an output folder, the latest first.
///
/// A run without a report, or with one that is not understood, was not published as far as anybody can tell.
pub(crate) fn published(output_dir: &Path) -> Vec<Report> {
    let mut seen = HashSet::new();
    let reports = runs(output_dir).map(|(_, report)| report);
    let published = reports.filter(|report| report.status == Status::Published);
    published
        .filter(|report| seen.insert(report.pipeline.clone()))
        .collect()
}

/// The accounts of all runs whose folders stay in an output folder, the latest first.
pub fn runs_in(output_dir: &Path) -> Vec<Report> {
    runs(output_dir).map(|(_, report)| report).collect()
}

/// The last run in an output folder, whatever became of it: its folder and its report.
pub(crate) fn last(output_dir: &Path) -> Option<(PathBuf, Report)> {
    runs(output_dir).next()
}

/// Runs that have a report, with their folders, the latest first.
pub(crate) fn runs(output_dir: &Path) -> impl Iterator<Item = (PathBuf, Report)> {
    let entries = std::fs::read_dir(output_dir.join(".onefold/runs"));
    let entries = entries.into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    // Run ids begin with their time.
    folders.sort();
    folders.into_iter().rev().filter_map(|folder| {
        let text = std::fs::read_to_string(folder.join("report.json")).ok()?;
        let report = Report::parse(&text).ok()?;
        Some((folder, report))
    })
}
