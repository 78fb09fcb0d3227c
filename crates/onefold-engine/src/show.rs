//! One table of a pipeline, to be looked at: what it needs is read and made, and nothing is published.

pub(crate) mod plot;

use std::path::PathBuf;

use onefold_spec::Spanned;
use onefold_spec::model::{
    Content, Limits, Output, OutputFormat, Pipeline, RowLimits, Step, Table, TableRef,
};

use crate::checks::owner;
use crate::error::{Error, Kind};
use crate::explain::type_name;
use crate::report::{Report, SourceReport};
use crate::run::{self, RunOptions};
use crate::steps;
use crate::temporary::temporary_folder;
use crate::texts::Rows;

pub use plot::{Bar, Plot};

/// What to look at.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// A source, a table or a side table; `None`: the only one that is not read by another.
    pub table: Option<String>,
    /// Rows for which this SQL condition is true.
    pub filter: Option<String>,
    /// Most rows.
    pub rows: usize,
    /// A column to be counted by its values.
    pub plot: Option<String>,
}

/// Rows of a table, as texts.
#[derive(Debug)]
pub struct Shown {
    /// The table.
    pub table: String,
    /// Name and type of each column.
    pub columns: Vec<(String, String)>,
    /// The first rows; missing values are `None`.
    pub rows: Vec<Vec<Option<String>>>,
    /// Rows that there are.
    pub total: u64,
    /// The account of what was read and made.
    pub report: Report,
    /// How often the values of the column occur.
    pub plot: Option<Plot>,
}

/// All rows of a table, as texts.
#[derive(Debug)]
pub struct Whole {
    /// The table.
    pub table: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows, in their order; missing values are `None`.
    pub rows: Vec<Vec<Option<String>>>,
}

/// Reads and makes a table. `options` says how; its folders are not written to.
pub(crate) fn show(
    pipeline: &Pipeline,
    look: &Look,
    options: &RunOptions<'_>,
) -> Result<Shown, Error> {
    let name = match &look.table {
        Some(name) => name.clone(),
        None => the_last(pipeline)?,
    };
    let made = make(pipeline, &[(&name, look.filter.as_deref())], options)?;
    let path = made.path(0);
    let rows = Rows::read(&path, look.rows)?;
    let plot = match &look.plot {
        Some(column) => Some(plot::plot(&path, column)?),
        None => None,
    };
    let types = rows.types.iter().map(type_name);
    let report = made.report;
    Ok(Shown {
        columns: rows.names().map(str::to_owned).zip(types).collect(),
        rows: (0..rows.len()).map(|row| rows.row(row)).collect(),
        total: report.outputs.first().map_or(0, |output| output.rows),
        table: name,
        report,
        plot,
    })
}

/// Reads and makes some tables in one run, each with the condition that its rows must meet.
pub(crate) fn tables(
    pipeline: &Pipeline,
    wanted: &[(&str, Option<&str>)],
    options: &RunOptions<'_>,
) -> Result<Vec<Whole>, Error> {
    let made = make(pipeline, wanted, options)?;
    let whole = wanted.iter().enumerate().map(|(place, (name, _))| {
        let rows = Rows::read(&made.path(place), usize::MAX)?;
        Ok(Whole {
            table: (*name).to_owned(),
            columns: rows.names().map(str::to_owned).collect(),
            rows: rows.into_rows().collect(),
        })
    });
    whole.collect()
}

/// Tables that were made, each in a file of its own.
struct MadeTables {
    folder: tempfile::TempDir,
    report: Report,
}

impl MadeTables {
    fn path(&self, place: usize) -> PathBuf {
        self.folder.path().join(file_name(place))
    }
}

/// The file in which a table comes out.
fn file_name(place: usize) -> String {
    format!("shown{place}.parquet")
}

fn make(
    pipeline: &Pipeline,
    wanted: &[(&str, Option<&str>)],
    options: &RunOptions<'_>,
) -> Result<MadeTables, Error> {
    for (name, _) in wanted {
        check_name(pipeline, name)?;
    }
    let mut only = pipeline.clone();
    keep_what_they_need(&mut only, wanted.iter().map(|(name, _)| *name));
    without_limits(&mut only);
    only.tests.clear();
    only.outputs.clear();
    for (place, (name, filter)) in wanted.iter().enumerate() {
        let shown = match filter {
            Some(filter) => filtered(&mut only, name, filter),
            None => (*name).to_owned(),
        };
        only.outputs.push(Output {
            is_kept: false,
            path: plain(file_name(place)),
            content: Content::Table {
                table: plain(shown),
                columns: Vec::new(),
                format: OutputFormat::Parquet,
                masks: Vec::new(),
                partitions: None,
            },
        });
    }
    let folder = temporary_folder()?;
    let report = run::run(
        &only,
        None,
        &RunOptions {
            input_dir: options
                .input_dir
                .clone()
                .or_else(|| Some(run::folder(&pipeline.path))),
            output_dir: folder.path().to_path_buf(),
            keep: run::Keep::None,
            state_dir: options.state_dir.clone(),
            new_ids: false,
            memory: None,
            ..*options
        },
    )?;
    Ok(MadeTables { folder, report })
}

impl Shown {
    /// The account of the source, where the table is one.
    pub fn source(&self) -> Option<&SourceReport> {
        let sources = self.report.sources.iter();
        sources.into_iter().find(|source| source.name == self.table)
    }
}

/// Nobody wrote it.
fn plain<T>(value: T) -> Spanned<T> {
    Spanned::new(value, onefold_spec::Span::default())
}

/// The only table, or else the only source, that no other table reads.
fn the_last(pipeline: &Pipeline) -> Result<String, Error> {
    let reads = pipeline
        .tables
        .iter()
        .flat_map(|t| steps::kind(&t.step).reads(pipeline));
    let read: Vec<String> = reads.collect();
    let names = match pipeline.tables.is_empty() {
        true => pipeline
            .sources
            .iter()
            .map(|s| &s.name.value)
            .collect::<Vec<_>>(),
        false => pipeline.tables.iter().map(|t| &t.name.value).collect(),
    };
    let last: Vec<&String> = names
        .iter()
        .filter(|name| !read.contains(name))
        .copied()
        .collect();
    match last.as_slice() {
        [name] => Ok((*name).clone()),
        _ => {
            let error = Error::new(
                Kind::Configuration,
                "the pipeline has several tables: say which one to show",
            );
            Err(error.hint(format!("one of {}", all(pipeline).join(", "))))
        }
    }
}

/// Names of sources and tables.
fn all(pipeline: &Pipeline) -> Vec<String> {
    let sources = pipeline.sources.iter().map(|s| &s.name.value);
    let tables = pipeline.tables.iter().map(|t| &t.name.value);
    sources
        .chain(tables)
        .map(|name| format!("`{name}`"))
        .collect()
}

/// Refuses a name that is none of a source, a table, or a side table of one.
fn check_name(pipeline: &Pipeline, name: &str) -> Result<(), Error> {
    let source = pipeline
        .sources
        .iter()
        .find(|s| s.name.value == owner(name));
    let table = pipeline.tables.iter().find(|t| t.name.value == owner(name));
    let step = table.map(|table| steps::kind(&table.step).name());
    if source.is_none() && step.is_none() {
        let error = Error::new(Kind::Configuration, format!("there is no table `{name}`"));
        return Err(error.hint(format!("there are {}", all(pipeline).join(", "))));
    }
    let sides = onefold_spec::side_tables(step);
    let sides: Vec<String> = sides
        .map(|side| format!("{}.{side}", owner(name)))
        .collect();
    if name == owner(name) || sides.iter().any(|side| side == name) {
        return Ok(());
    }
    let error = Error::new(Kind::Configuration, format!("there is no table `{name}`"));
    let known = sides.iter().map(|side| format!("`{side}`"));
    Err(match sides.is_empty() {
        true => error.hint(format!("`{}` has no side tables", owner(name))),
        false => error.hint(format!("there is {}", known.collect::<Vec<_>>().join(", "))),
    })
}

fn keep_what_they_need<'a>(pipeline: &mut Pipeline, names: impl Iterator<Item = &'a str>) {
    let mut needed: Vec<String> = names.map(|name| owner(name).to_owned()).collect();
    let mut next = 0;
    while let Some(name) = needed.get(next) {
        next += 1;
        let table = pipeline.tables.iter().find(|t| t.name.value == *name);
        let reads = table.map(|t| steps::kind(&t.step).reads(pipeline));
        for read in reads.into_iter().flatten() {
            let read = owner(&read).to_owned();
            if !needed.contains(&read) {
                needed.push(read);
            }
        }
    }
    pipeline.sources.retain(|s| needed.contains(&s.name.value));
    pipeline.tables.retain(|t| needed.contains(&t.name.value));
}

/// What is only looked at may be as bad as it is.
pub(crate) fn without_limits(pipeline: &mut Pipeline) {
    let all = Limits {
        rejects: Some(onefold_spec::model::Limit::Share(1.0)),
    };
    pipeline.limits = Limits::default();
    for source in &mut pipeline.sources {
        source.limits = all;
        source.rows = RowLimits::default();
    }
    for table in &mut pipeline.tables {
        table.rows = RowLimits::default();
        table.checks.clear();
    }
}

/// Adds a table of the rows for which a condition holds; its name.
fn filtered(pipeline: &mut Pipeline, name: &str, filter: &str) -> String {
    let mut shown = "shown".to_owned();
    let taken = all(pipeline);
    while taken.contains(&format!("`{shown}`")) {
        shown.push('_');
    }
    pipeline.tables.push(Table {
        name: plain(shown.clone()),
        step: Step::From(TableRef::new(
            name.to_owned(),
            onefold_spec::Span::default(),
        )),
        filter: Some(plain(filter.to_owned())),
        select: Vec::new(),
        order_by: Vec::new(),
        rows: RowLimits::default(),
        checks: Vec::new(),
    });
    shown
}
