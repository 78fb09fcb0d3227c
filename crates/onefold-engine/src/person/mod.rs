//! One person's data: all that is known of a customer as one document, and a customer erased for good.

mod debts;
mod erase;

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use onefold_spec::model::{Source, Step};
use serde_json::{Map, Value, json};

use crate::error::{Error, Kind};
use crate::mentions::{Mentions, Wanted};
use crate::suppression::identifying;
use crate::texts::Rows;
use crate::trace::{Courses, KeptTable};

pub(crate) use debts::settle;
pub use erase::{Erasure, Receipt};
pub(crate) use erase::{erase, erasure};

/// How the names of side tables of bad records end.
const REJECTS: &str = ".rejects";

/// A record of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    /// The source or table that the customer was found in.
    source: String,
    key: String,
    /// Number of its row in the table that it is of.
    row: usize,
    file: Option<String>,
    line: Option<u64>,
    is_kept: bool,
}

/// Rows that are looked at together.
const BATCH: usize = 8192;

/// What is a person's in a source.
struct Own<'a> {
    person: &'a Person,
    source: &'a str,
}

impl Wanted for Own<'_> {
    fn has_value(&self, value: &str) -> bool {
        self.person.values.contains(value)
    }

    fn has_key(&self, key: &str) -> bool {
        let mut records = self.person.records.iter();
        records.any(|record| record.source == self.source && record.key == key)
    }
}

/// A customer and their records.
struct Person {
    table: String,
    /// The column of the customers' ids.
    id_column: String,
    id: String,
    /// The tables that customers were found in.
    inputs: Vec<String>,
    records: Vec<Record>,
    /// E-mail addresses, telephone numbers and UUIDs of the records.
    values: BTreeSet<String>,
}

impl Person {
    /// The customer with an id.
    fn find(courses: &mut Courses<'_>, table: Option<&str>, id: &str) -> Result<Self, Error> {
        let resolved = courses.pipeline.tables.iter();
        let resolved = resolved.filter_map(|known| match &known.step {
            Step::Resolve(step) => Some((known.name.value.clone(), step.clone())),
            _ => None,
        });
        let resolved = resolved.filter(|(name, _)| table.is_none_or(|table| table == name));
        for (table, step) in resolved.collect::<Vec<_>>() {
            let id_column = step.id.name;
            let members = courses.table(&format!("{table}.members"))?;
            let found = like(&members, &id_column, id)?;
            if found.is_empty() {
                continue;
            }
            let mut person = Self {
                table,
                id_column,
                id: id.to_owned(),
                inputs: step.from.into_iter().map(|from| from.value).collect(),
                records: Vec::new(),
                values: BTreeSet::new(),
            };
            let rows = members.take(&found)?;
            for (row, number) in found.into_iter().enumerate() {
                let record = person.record(courses, &rows, row, number)?;
                person.values.extend(values(courses, &record)?);
                person.records.push(record);
            }
            return Ok(person);
        }
        let message = format!("there is no customer `{id}` in the run");
        let hint = "`onefold trace` finds the customer of a record, and `onefold resolve-id` what became of an id";
        Err(Error::new(Kind::Configuration, message).hint(hint))
    }

    /// The record of a row of the member table. Members are in the order of the records, input after input, so its `number` among them
    /// tells its row.
    fn record(
        &self,
        courses: &mut Courses<'_>,
        members: &RecordBatch,
        row: usize,
        number: usize,
    ) -> Result<Record, Error> {
        let mut record = Record {
            source: text(members, 1, row)?.unwrap_or_default(),
            key: text(members, 2, row)?.unwrap_or_default(),
            row: number,
            file: None,
            line: None,
            is_kept: members.column(4).as_boolean().value(row),
        };
        for input in self
            .inputs
            .iter()
            .take_while(|input| **input != record.source)
        {
            let place = record.row.checked_sub(courses.table(input)?.rows);
            record.row = place.ok_or_else(|| Error::internal("a member behind all records"))?;
        }
        let address = courses.table(&record.source)?.address(record.row)?;
        if let Some(address) = address
            && let Some(source) = courses.source(&record.source)
            && let Some(locator) = courses.locator(&source)
            && let Ok(place) = locator.locate(address)
        {
            record.file = Some(place.file);
            record.line = Some(place.line);
        }
        Ok(record)
    }

    /// The rows of a side table that tell of the person.
    fn rows_beside(&self, side: &str, table: &KeptTable) -> Result<Vec<usize>, Error> {
        let mut rows = BTreeSet::new();
        let of_ids: &[&str] = match side {
            "lineage" => &["old_id", "new_id"],
            "duplicates" => &["kept_id"],
            // Its pairs are of records.
            "possible" => &[],
            _ => &[&self.id_column],
        };
        for column in of_ids {
            rows.extend(like(table, column, &self.id)?);
        }
        if side == "possible" {
            for names in [["source", "record_key"], ["other_source", "other_key"]] {
                let [source, key] = names.map(|name| table.schema.index_of(name));
                let columns = [source?, key?];
                for record in &self.records {
                    let values = [&record.source, &record.key];
                    let values = values.map(|v| Arc::new(StringViewArray::from(vec![v.as_str()])));
                    rows.extend(table.matching(&columns, &values.map(|value| value as ArrayRef))?);
                }
            }
        }
        Ok(rows.into_iter().collect())
    }

    /// The rows of a table that have an identifying value or the id of the person.
    fn naming_rows(&self, table: &KeptTable) -> Result<BTreeSet<usize>, Error> {
        let mut rows = BTreeSet::new();
        let ids = table.schema.index_of(&self.id_column).ok();
        table.texts(|column, row, text| {
            let is_id = ids == Some(column) && text == self.id;
            if is_id || self.values.contains(text) {
                rows.insert(row);
            }
        })?;
        Ok(rows)
    }

    /// The rows of the bad records of a source that are the person's.
    fn bad_rows(&self, source: &Source, table: &KeptTable) -> Result<BTreeSet<usize>, Error> {
        let mentions = Mentions::of(source);
        let own = Own {
            person: self,
            source: &source.name.value,
        };
        // The fields stand between what is told of a bad record and its text.
        let raw = table.schema.fields().len().saturating_sub(1);
        let fields = table.schema.index_of("errors")? + 1..raw;
        let name = |column: usize| {
            let name = table.schema.field(column).name().as_str();
            // A field with the name of another column stands here under this one.
            let own = name.strip_prefix("field_");
            let own = own.filter(|own| table.schema.index_of(own).is_ok());
            own.unwrap_or(name)
        };
        let names: Vec<&str> = fields.clone().map(name).collect();
        let mut found = BTreeSet::new();
        for start in (0..table.rows).step_by(BATCH) {
            let rows: Vec<usize> = (start..table.rows.min(start + BATCH)).collect();
            let batch = table.take(&rows)?;
            let texts = |column: usize| cast(batch.column(column), &DataType::Utf8View);
            let cells: Vec<ArrayRef> = fields.clone().map(texts).collect::<Result<_, _>>()?;
            let raw = texts(raw)?;
            for (row, number) in rows.into_iter().enumerate() {
                let cells = names.iter().zip(&cells);
                let cells = cells.filter_map(|(name, cells)| Some((*name, cell(cells, row)?)));
                if mentions.is_of(&own, cells, cell(&raw, row).unwrap_or_default()) {
                    found.insert(number);
                }
            }
        }
        Ok(found)
    }

    /// The rows of a table that are the person's.
    fn rows_in(&self, table: &str) -> Vec<usize> {
        let records = self.records.iter();
        let records = records.filter(|record| record.source == table);
        records.map(|record| record.row).collect()
    }
}

/// What identifies the person in a record, wherever it stands: the columns that some source declares as an identifier.
fn values(courses: &Courses<'_>, record: &Record) -> Result<BTreeSet<String>, Error> {
    let table = courses.table(&record.source)?;
    let row = table.take(&[record.row])?;
    let mut values = BTreeSet::new();
    for name in courses.pipeline.sources.iter().flat_map(identifying) {
        if let Ok(column) = table.schema.index_of(name) {
            values.extend(text(&row, column, 0)?);
        }
    }
    Ok(values)
}

/// All that is known of a customer.
pub(crate) fn export(
    courses: &mut Courses<'_>,
    table: Option<&str>,
    id: &str,
    run_id: &str,
) -> Result<Value, Error> {
    let person = Person::find(courses, table, id)?;
    let golden = courses.table(&person.table)?;
    let golden_rows = like(&golden, &person.id_column, id)?;
    let mut records = Vec::new();
    for record in &person.records {
        let table = courses.table(&record.source)?;
        let values = objects(&table, &[record.row])?.pop();
        records.push(json!({
            "source": record.source,
            "record_key": record.key,
            "file": record.file,
            "line": record.line,
            "kept": record.is_kept,
            "values": values,
        }));
    }
    let mut beside = Map::new();
    for side in ["provenance", "links", "possible", "lineage", "duplicates"] {
        let name = format!("{}.{side}", person.table);
        if courses.has(&name) {
            let table = courses.table(&name)?;
            let rows = person.rows_beside(side, &table)?;
            beside.insert(side.to_owned(), objects(&table, &rows)?.into());
        }
    }
    let mut elsewhere = Map::new();
    for (name, rows) in others(courses, &person)? {
        let table = courses.table(&name)?;
        elsewhere.insert(name, objects(&table, &rows)?.into());
    }
    let mut document = Map::new();
    document.insert("id".to_owned(), id.into());
    document.insert("table".to_owned(), person.table.clone().into());
    document.insert(
        "pipeline".to_owned(),
        courses.pipeline.name.value.clone().into(),
    );
    document.insert("run_id".to_owned(), run_id.into());
    document.insert(
        "customer".to_owned(),
        objects(&golden, &golden_rows)?.into(),
    );
    document.insert("records".to_owned(), records.into());
    document.extend(beside);
    document.insert("elsewhere".to_owned(), elsewhere.into());
    Ok(document.into())
}

/// Rows of other tables that have something of the person: an identifying value, the customer's id, or rows that come of their records.
fn others(courses: &mut Courses<'_>, person: &Person) -> Result<Vec<(String, Vec<usize>)>, Error> {
    let beside = format!("{}.", person.table);
    let names: Vec<String> = courses.names();
    let mut found = Vec::new();
    for name in names {
        if name == person.table || name.starts_with(&beside) {
            continue;
        }
        let table = courses.table(&name)?;
        let source = name.strip_suffix(REJECTS);
        let mut rows = match source.and_then(|name| courses.source(name)) {
            Some(source) => person.bad_rows(&source, &table)?,
            None => person.naming_rows(&table)?,
        };
        // The person's own records are told of already.
        for row in person.rows_in(&name) {
            rows.remove(&row);
        }
        if !rows.is_empty() {
            found.push((name, rows.into_iter().collect()));
        }
    }
    Ok(found)
}

/// Files and lines that hold records of others that name the person: rows of sources, and rejects.
fn places_elsewhere(courses: &mut Courses<'_>, person: &Person) -> Result<Vec<String>, Error> {
    let mut places = Vec::new();
    for (name, rows) in others(courses, person)? {
        let table = courses.table(&name)?;
        if let Some(source) = courses.source(&name) {
            let Some(locator) = courses.locator(&source) else {
                continue;
            };
            for row in rows {
                if let Some(address) = table.address(row)?
                    && let Ok(place) = locator.locate(address)
                {
                    places.push(format!("{}:{}", place.file, place.line));
                }
            }
        } else if name.ends_with(REJECTS) {
            let (file, line) = (
                table.schema.index_of("file")?,
                table.schema.index_of("line")?,
            );
            let rejects = table.take(&rows)?;
            for row in 0..rejects.num_rows() {
                let cell =
                    |column| Ok::<_, Error>(text(&rejects, column, row)?.unwrap_or_default());
                places.push(format!("{}:{}", cell(file)?, cell(line)?));
            }
        }
    }
    Ok(places)
}

/// A text of a column.
fn cell(column: &ArrayRef, row: usize) -> Option<&str> {
    let column = column.as_string_view();
    column.is_valid(row).then(|| column.value(row))
}

/// The rows that have a text in a column.
fn like(table: &KeptTable, column: &str, value: &str) -> Result<Vec<usize>, Error> {
    let Ok(column) = table.schema.index_of(column) else {
        return Ok(Vec::new());
    };
    let value: ArrayRef = Arc::new(StringViewArray::from(vec![value]));
    let value = cast(&value, table.schema.field(column).data_type())?;
    match value.is_valid(0) {
        true => table.matching(&[column], &[value]),
        false => Ok(Vec::new()),
    }
}

/// Rows as objects of texts; what is missing is null.
fn objects(table: &KeptTable, rows: &[usize]) -> Result<Vec<Value>, Error> {
    let batch = table.take(rows)?;
    let texts = Rows::of(&table.schema, std::iter::once(Ok(batch)))?;
    let object = |row: usize| {
        let cells = texts.names().zip(texts.row(row));
        let cells = cells.map(|(name, cell)| (name.to_owned(), cell.into()));
        Value::Object(cells.collect())
    };
    Ok((0..texts.len()).map(object).collect())
}

fn text(batch: &RecordBatch, column: usize, row: usize) -> Result<Option<String>, Error> {
    let column = cast(batch.column(column), &DataType::Utf8View)?;
    let column = column.as_string_view();
    Ok(column.is_valid(row).then(|| column.value(row).to_owned()))
}
