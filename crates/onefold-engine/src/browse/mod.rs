//! The tables that a run has left, to be looked at: a page of rows, rows that meet conditions, rows in another order, how often values
//! occur, and all of it as a file.
//!
//! # Algorithm
//! Rows are numbered as they lie in the file. A page reads its rows by their numbers and skips the pages of the file that have none of
//! them, so row 5,000,000 costs as much as row 0. Everything that has to see all rows (`scan`) reads only the columns that it needs, the
//! row groups dealt to all processors.
//!
//! # Memory
//! Four bytes a row for a view that is narrowed or sorted. Counting stops at [`MOST_VALUES`] different values.

mod condition;
mod counts;
mod customers;
mod export;
mod profile;
mod table;
mod timeline;
mod view;
mod whole;

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::before;
use crate::error::{Error, Kind};
use crate::report::Report;
use crate::run::PIPELINE;
use crate::run::kept::TABLES;

pub use condition::{Condition, Operator};
pub use counts::{Counts, MOST_VALUES, ValueCount};
pub use customers::{
    Customer, Customers, Fields, Found, Golden, Member, Moment, Moments, Opened, Why,
};
pub use export::Export;
pub use profile::{Bin, Profile};
pub use table::{Column, Shape, Table};
pub use timeline::{Bucket, Series, Timeline};
pub use view::{Sort, View};

/// A table that a run has left.
#[derive(Debug, Clone, Serialize)]
pub struct Left {
    /// Its name; side tables are `TABLE.SIDE`.
    pub table: String,
    /// Its size.
    pub bytes: u64,
    #[serde(skip)]
    path: PathBuf,
}

/// Folders of tables in that of a run, beside those that are kept: what stays of every run, by the side table that it is.
const BESIDE: [(&str, &str); 3] = [
    ("rejects", "rejects"),
    ("nulled", "nulled"),
    ("failures", "failures"),
];

/// The account of a run; without a name, of the last one.
///
/// # Errors
/// There is no such run.
pub fn report(output_dir: &Path, run: Option<&str>) -> Result<Report, Error> {
    find(output_dir, run).map(|(_, report)| report)
}

/// The tables that a run has left: those that it kept, its rejects, the values that it made missing, and rows that fail checks.
///
/// # Errors
/// There is no such run.
pub fn tables(output_dir: &Path, run: &str) -> Result<Vec<Left>, Error> {
    find(output_dir, Some(run)).map(|(folder, _)| tables_in(&folder))
}

/// The tables in the folder of a run.
fn tables_in(folder: &Path) -> Vec<Left> {
    let mut tables = Vec::new();
    in_folder(&folder.join(TABLES), "", &mut tables);
    for (name, side) in BESIDE {
        let mut beside = Vec::new();
        in_folder(&folder.join(name), &format!(".{side}"), &mut beside);
        // A run that keeps everything has them twice.
        beside.retain(|left| tables.iter().all(|known| known.table != left.table));
        tables.append(&mut beside);
    }
    tables.sort_by(|a, b| a.table.cmp(&b.table));
    tables
}

/// The text of the pipeline that a run has carried out, if it was kept.
pub fn pipeline(output_dir: &Path, run: &str) -> Option<String> {
    let (folder, _) = find(output_dir, Some(run)).ok()?;
    std::fs::read_to_string(folder.join(PIPELINE)).ok()
}

/// Opens a table that a run has left.
///
/// # Errors
/// There is no such run, it has not left that table, or its file cannot be read.
pub fn open(output_dir: &Path, run: &str, table: &str) -> Result<Table, Error> {
    let left = tables(output_dir, run)?;
    match left.iter().find(|left| left.table == table) {
        Some(found) => Table::open(&found.path),
        None => {
            let message = format!("run {run} has left no table `{table}`");
            let error = Error::new(Kind::Configuration, message);
            let names = left.iter().map(|left| left.table.as_str());
            Err(match onefold_spec::nearest(table, names) {
                Some(near) => error.hint(format!("did you mean `{near}`?")),
                None => error.hint(crate::ask::KEEP),
            })
        }
    }
}

fn find(output_dir: &Path, run: Option<&str>) -> Result<(PathBuf, Report), Error> {
    let found = match run {
        Some(id) => before::named(output_dir, id),
        None => before::runs(output_dir).next(),
    };
    if let Some((folder, report)) = found {
        return Ok((folder, report?));
    }
    let folder = output_dir.display();
    let message = match run {
        Some(id) => format!("there is no run {id} in `{folder}`"),
        None => format!("there has been no run in `{folder}`"),
    };
    let error = Error::new(Kind::Configuration, message);
    Err(error.hint("`--out` names the folder of the outputs"))
}

fn in_folder(folder: &Path, side: &str, tables: &mut Vec<Left>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries {
        // A table without columns is an empty file.
        let Some(file) = entry.metadata().ok().filter(|file| file.len() > 0) else {
            continue;
        };
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(".parquet") {
            tables.push(Left {
                table: format!("{name}{side}"),
                bytes: file.len(),
                path: entry.path(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
