//! The customers of a `resolve` table, as a run has left them: found by what people know of them, and each with its records, where its
//! values come from, and the rows of other tables that are about it.
//!
//! | module | answers |
//! |---|---|
//! | `search` | which customers has a text: an id, an old id, a record's key, a value |
//! | `customer` | what is known of one customer |
//! | `lines` | in which line of which file does a record stand |
//! | `references` | which columns of other tables name a customer, as the pipeline joins them |
//! | `timeline` | which rows have them, by time |

mod customer;
mod lines;
mod references;
mod search;
mod timeline;

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use onefold_spec::model::{OutputFormat, Pipeline};
use onefold_write::TableWriter;

use super::condition::{Condition, Operator, typed};
use super::table::{Column, Table};
use super::{Left, find, tables_in};
use crate::error::{Error, Kind};
use crate::fault;
use crate::run;
use crate::texts::Rows;
use lines::Lines;
use references::{Reference, references};

pub use customer::{Customer, Golden, Member};
pub use search::{Found, Why};
pub use timeline::{Moment, Moments};

/// Names and values of a row; a missing value is `None`.
pub type Fields = Vec<(String, Option<String>)>;

/// What is opened.
#[derive(Debug)]
pub struct Opened<'a> {
    /// Folder of the outputs.
    pub output_dir: &'a Path,
    /// The run.
    pub run: &'a str,
    /// The `resolve` table.
    pub table: &'a str,
    /// The pipeline of the run. Without it, no lines of files are told, and only rows that have the id itself are a customer's.
    pub pipeline: Option<&'a Pipeline>,
    /// Where relative input paths start; `None`: the folder of the pipeline file.
    pub input_dir: Option<&'a Path>,
}

/// The customers of a `resolve` table.
#[derive(Debug)]
pub struct Customers {
    run_id: String,
    name: String,
    id_column: String,
    golden: Arc<Table>,
    /// Place of the id in it.
    golden_id: usize,
    members: Arc<Table>,
    /// The tables that customers were found in, in order, each with the number of its first row among the members.
    inputs: Vec<(String, u64)>,
    left: Vec<Left>,
    opened: Mutex<HashMap<String, Arc<Table>>>,
    references: Vec<Reference>,
    /// Columns whose values identify somebody wherever they stand.
    identifying: Vec<String>,
    lines: Lines,
}

/// Columns of the member table, after the id.
const SOURCE: &str = "source";
const RECORD_KEY: &str = "record_key";

impl Customers {
    /// Opens the customers of a run.
    ///
    /// # Errors
    /// The run has kept no such table, or it cannot be read.
    pub fn open(what: &Opened<'_>) -> Result<Self, Error> {
        fault::caught(|| Self::opened(what))
    }

    fn opened(what: &Opened<'_>) -> Result<Self, Error> {
        let (folder, report) = find(what.output_dir, Some(what.run))?;
        let left = tables_in(&folder);
        let open = |name: &str| match left.iter().find(|left| left.table == name) {
            Some(found) => Ok(Arc::new(Table::open(&found.path)?)),
            None => {
                let message = format!("run {} has not kept `{name}`", what.run);
                Err(Error::new(Kind::Configuration, message).hint(crate::ask::KEEP))
            }
        };
        let name = what.table;
        let (golden, members) = (open(name)?, open(&format!("{name}.members"))?);
        let first = members.columns().first();
        let id_column = first.map_or_else(String::new, |column| column.name.clone());
        let golden_id = golden.column(&id_column).map_err(|_| {
            let message =
                format!("`{name}` has no column `{id_column}`, by which customers are known");
            Error::new(Kind::Configuration, message).hint("leave it in the `select` of the table")
        })?;
        let inputs = inputs(&members)?;
        let mut customers = Self {
            run_id: report.run_id.clone(),
            name: name.to_owned(),
            id_column,
            golden,
            golden_id,
            members,
            inputs,
            left,
            opened: Mutex::default(),
            references: Vec::new(),
            identifying: Vec::new(),
            lines: Lines::new(what.pipeline, &input_dir(what), &report),
        };
        customers.refer(what.pipeline)?;
        Ok(customers)
    }

    /// Finds out which tables refer to customers.
    fn refer(&mut self, pipeline: Option<&Pipeline>) -> Result<(), Error> {
        let mut columns = HashMap::new();
        for left in self.left.clone() {
            if let Some(table) = self.table(&left.table)? {
                let names = table.columns().iter().map(|column| column.name.clone());
                columns.insert(left.table, names.collect::<Vec<_>>());
            }
        }
        let sources = pipeline.into_iter().flat_map(|pipeline| &pipeline.sources);
        let identifying = sources.flat_map(crate::suppression::identifying);
        self.identifying = identifying.map(str::to_owned).collect();
        self.identifying.sort();
        self.identifying.dedup();
        let of = references::Asked {
            table: &self.name,
            id_column: &self.id_column,
            inputs: &self
                .inputs
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>(),
            identifying: &self.identifying,
            columns: &columns,
        };
        self.references = references(pipeline, &of);
        Ok(())
    }

    /// The run.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// Name of the `resolve` table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the column of ids.
    pub fn id_column(&self) -> &str {
        &self.id_column
    }

    /// How many customers there are.
    pub fn total(&self) -> u64 {
        self.golden.rows()
    }

    /// What is known of each.
    pub fn columns(&self) -> &[Column] {
        self.golden.columns()
    }

    /// Customers by the numbers of their rows, as texts.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn rows(&self, numbers: &[u32]) -> Result<Vec<Fields>, Error> {
        fault::caught(|| objects(&self.golden, numbers))
    }

    /// Customers as a file of a format.
    ///
    /// # Errors
    /// The file cannot be read, or the format cannot hold them.
    pub fn file(&self, numbers: &[u32], format: &OutputFormat) -> Result<Vec<u8>, Error> {
        fault::caught(|| {
            let columns: Vec<usize> = (0..self.golden.columns().len()).collect();
            let rows = self.golden.gather(&columns, numbers)?;
            let mut writer = TableWriter::start(&rows.schema(), format, Vec::new(), 1)?;
            writer.write(&rows)?;
            Ok(writer.finish()?.0)
        })
    }

    /// A table that the run has left, open.
    fn table(&self, name: &str) -> Result<Option<Arc<Table>>, Error> {
        if name == self.name {
            return Ok(Some(Arc::clone(&self.golden)));
        }
        let Some(left) = self.left.iter().find(|left| left.table == name) else {
            return Ok(None);
        };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = opened.get(name) {
            return Ok(Some(Arc::clone(found)));
        }
        let table = Arc::new(Table::open(&left.path)?);
        opened.insert(name.to_owned(), Arc::clone(&table));
        Ok(Some(table))
    }

    /// The rows of the member table that are of an input.
    fn members_of(&self, input: &str) -> Option<Range<u64>> {
        let place = self.inputs.iter().position(|(name, _)| name == input)?;
        let first = |place: usize| self.inputs.get(place).map(|(_, first)| *first);
        Some(first(place)?..first(place + 1).unwrap_or_else(|| self.members.rows()))
    }

    /// The ids of rows of the member table.
    fn ids_of(&self, members: &[u32]) -> Result<Vec<String>, Error> {
        let batch = self.members.gather(&[0], members)?;
        let ids = cast(batch.column(0), &DataType::Utf8View)?;
        let ids = ids.as_string_view().iter();
        Ok(ids.map(|id| id.unwrap_or_default().to_owned()).collect())
    }
}

fn input_dir(what: &Opened<'_>) -> PathBuf {
    let of_file = || what.pipeline.map(|pipeline| run::folder(&pipeline.path));
    let given = what.input_dir.map(Path::to_path_buf);
    given.or_else(of_file).unwrap_or_default()
}

/// The sources of the members in order, each with the number of its first row: members stand input after input.
fn inputs(members: &Table) -> Result<Vec<(String, u64)>, Error> {
    let column = members.column(SOURCE)?;
    let found = members.scan(
        &[column],
        Vec::new,
        |found: &mut Vec<(String, u64)>, first, batch| {
            let names = cast(batch.column(0), &DataType::Utf8View)?;
            let names = names.as_string_view();
            for row in 0..names.len() {
                let name = names.value(row);
                if found.last().is_none_or(|(last, _)| last != name) {
                    found.push((name.to_owned(), first + row as u64));
                }
            }
            Ok(true)
        },
    )?;
    let mut found: Vec<(String, u64)> = found.into_iter().flatten().collect();
    found.sort_by_key(|(_, first)| *first);
    let mut inputs: Vec<(String, u64)> = Vec::new();
    for (name, first) in found {
        if inputs.iter().all(|(known, _)| *known != name) {
            inputs.push((name, first));
        }
    }
    Ok(inputs)
}

/// Numbers of the rows that have one of some values in a column. Values that are not of its type are nowhere.
fn rows_with(table: &Table, column: &str, values: &[&str]) -> Result<Vec<u32>, Error> {
    let Ok(place) = table.column(column) else {
        return Ok(Vec::new());
    };
    let data_type = table.schema().field(place).data_type();
    let fitting = values
        .iter()
        .filter(|value| typed(value, data_type).is_some());
    let fitting: Vec<Option<String>> = fitting.map(|value| Some((*value).to_owned())).collect();
    if fitting.is_empty() || data_type.is_nested() {
        return Ok(Vec::new());
    }
    let condition = Condition {
        column: column.to_owned(),
        operator: Operator::Is,
        values: fitting,
    };
    Ok(table.view(&[condition], &[])?.numbers(0, usize::MAX))
}

/// Rows by their numbers, as texts.
fn objects(table: &Table, numbers: &[u32]) -> Result<Vec<Fields>, Error> {
    let columns: Vec<usize> = (0..table.columns().len()).collect();
    let batch = table.gather(&columns, numbers)?;
    let schema = batch.schema();
    let texts = Rows::of(&schema, std::iter::once(Ok(batch)))?;
    let names: Vec<&str> = texts.names().collect();
    let row = |row: usize| {
        let cells = names.iter().zip(texts.row(row));
        cells
            .map(|(name, cell)| ((*name).to_owned(), cell))
            .collect()
    };
    Ok((0..texts.len()).map(row).collect())
}

/// A value of a row by its name.
fn value<'f>(fields: &'f Fields, name: &str) -> Option<&'f str> {
    let found = fields.iter().find(|(known, _)| known == name);
    found.and_then(|(_, value)| value.as_deref())
}

#[cfg(test)]
mod tests;
