//! What two runs have in common: rows of their kept tables, and who is one customer.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::hash::BuildHasher;
use std::path::Path;

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::row::{RowConverter, SortField};
use foldhash::quality::FixedState;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;

use crate::ask;
use crate::before::{self, unreadable};
use crate::error::{Error, Kind};
use crate::places::without_addresses;
use crate::report::{KeptReport, Report};
use crate::run::kept;

/// What two runs have in common.
#[derive(Debug, Serialize)]
pub struct Diff {
    /// The earlier run.
    pub before: String,
    /// The later run.
    pub after: String,
    /// By table that both have kept.
    pub tables: Vec<TableDiff>,
    /// By `resolve` table whose members both have kept.
    pub customers: Vec<CustomerDiff>,
    /// Tables that only one of them has kept.
    pub not_compared: Vec<String>,
}

/// What became of the rows of a table.
#[derive(Debug, Default, Serialize)]
pub struct TableDiff {
    /// The table.
    pub table: String,
    /// The column by which rows are known again; without one, a changed row is a row removed and a row added.
    pub key: Option<String>,
    /// Rows before.
    pub rows_before: u64,
    /// Rows after.
    pub rows_after: u64,
    /// Rows that were not there before.
    pub added: u64,
    /// Rows that are not there any more.
    pub removed: u64,
    /// Rows with the same key and other values.
    pub changed: u64,
    /// Columns that were not there before, or had another type; they are not compared.
    pub columns_added: Vec<String>,
    /// Columns that are not there any more, or have another type.
    pub columns_removed: Vec<String>,
}

/// What became of the customers of a table, whatever their ids are.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct CustomerDiff {
    /// The table.
    pub table: String,
    /// Customers with the same records.
    pub unchanged: u64,
    /// Customers with more or fewer records, of one customer before.
    pub changed: u64,
    /// Customers with records of several customers before.
    pub merged: u64,
    /// Customers before whose records are now of several.
    pub split: u64,
    /// Customers none of whose records was there before.
    pub created: u64,
    /// Customers before none of whose records is there any more.
    pub gone: u64,
}

/// Compares two runs in an output folder; without names, the last two that have kept tables.
///
/// # Errors
/// There are no such runs, or a table cannot be read.
pub fn diff(output_dir: &Path, runs: Option<(&str, &str)>) -> Result<Diff, Error> {
    let (before, after) = match runs {
        Some((before, after)) => (named(output_dir, before)?, named(output_dir, after)?),
        None => last_two(output_dir)?,
    };
    let mut diff = Diff {
        before: before.1.run_id.clone(),
        after: after.1.run_id.clone(),
        tables: Vec::new(),
        customers: Vec::new(),
        not_compared: Vec::new(),
    };
    let then_kept: BTreeMap<&str, &KeptReport> = by_name(&before.1);
    for (name, now) in by_name(&after.1) {
        let Some(then) = then_kept.get(name) else {
            diff.not_compared.push(name.to_owned());
            continue;
        };
        let file = kept::path(name);
        for (folder, _) in [&before, &after] {
            before::verify(folder, &file)?;
        }
        let paths = [before.0.join(&file), after.0.join(&file)];
        let key = now
            .key
            .as_ref()
            .filter(|key| then.key.as_ref() == Some(key));
        diff.tables.push(table(
            name,
            key.map(String::as_str),
            [&paths[0], &paths[1]],
        )?);
        if let Some(resolved) = name.strip_suffix(".members") {
            let [then, now] = [members(&paths[0])?, members(&paths[1])?];
            let table = resolved.to_owned();
            diff.customers.push(CustomerDiff {
                table,
                ..customers(&then, &now)
            });
        }
    }
    let now = by_name(&after.1);
    let gone = then_kept.keys().filter(|name| !now.contains_key(**name));
    diff.not_compared
        .extend(gone.map(|name| (*name).to_owned()));
    diff.not_compared.sort();
    Ok(diff)
}

type Kept = (std::path::PathBuf, Report);

fn named(output_dir: &Path, id: &str) -> Result<Kept, Error> {
    ask::run(output_dir, Some(id))
}

fn last_two(output_dir: &Path) -> Result<(Kept, Kept), Error> {
    let mut kept = Vec::new();
    for (folder, report) in before::runs(output_dir) {
        // A run whose report is damaged may be one of the two.
        let report = report?;
        if !report.kept.is_empty() {
            kept.push((folder, report));
        }
        if kept.len() == 2 {
            break;
        }
    }
    match (kept.pop(), kept.pop()) {
        (Some(before), Some(after)) => Ok((before, after)),
        _ => {
            let message = format!(
                "there are no two runs in `{}` that have kept tables",
                output_dir.display()
            );
            Err(Error::new(Kind::Configuration, message).hint(ask::KEEP))
        }
    }
}

fn by_name(report: &Report) -> BTreeMap<&str, &KeptReport> {
    // A table without columns has no bytes.
    let kept = report.kept.iter().filter(|table| table.bytes > 0);
    kept.map(|table| (table.table.as_str(), table)).collect()
}

/// Rows of a table as they are compared: by key, the hashes of the rows that have it.
struct Hashed {
    rows: u64,
    by_key: HashMap<Box<[u8]>, Vec<u64>, FixedState>,
}

fn table(name: &str, key: Option<&str>, paths: [&Path; 2]) -> Result<TableDiff, Error> {
    let [then, now] = [schema(paths[0])?, schema(paths[1])?];
    let has = |schema: &SchemaRef, field: &arrow::datatypes::Field| {
        let other = schema.field_with_name(field.name());
        other.is_ok_and(|other| other.data_type() == field.data_type())
    };
    let columns: Vec<String> = then
        .fields()
        .iter()
        .filter(|field| has(&now, field))
        .map(|field| field.name().clone())
        .collect();
    let others = |schema: &SchemaRef| {
        let names = schema.fields().iter().map(|field| field.name().clone());
        names.filter(|name| !columns.contains(name)).collect()
    };
    let key = key.filter(|key| columns.iter().any(|column| column == key));
    let mut diff = TableDiff {
        table: name.to_owned(),
        key: key.map(str::to_owned),
        columns_added: others(&now),
        columns_removed: others(&then),
        ..TableDiff::default()
    };
    let mut then = hashed(paths[0], &columns, key)?;
    let now = hashed(paths[1], &columns, key)?;
    (diff.rows_before, diff.rows_after) = (then.rows, now.rows);
    for (key, mut rows) in now.by_key {
        let mut before = then.by_key.remove(&key).unwrap_or_default();
        let same = common(&mut before, &mut rows);
        let [gone, new] = [before.len(), rows.len()].map(|rows| (rows - same) as u64);
        let changed = gone.min(new);
        diff.changed += changed;
        diff.added += new - changed;
        diff.removed += gone - changed;
    }
    let left = then.by_key.values().map(|rows| rows.len() as u64);
    diff.removed += left.sum::<u64>();
    Ok(diff)
}

/// How many rows two lists have in common, a row as often as both have it. Sorts them.
fn common(one: &mut [u64], other: &mut [u64]) -> usize {
    one.sort_unstable();
    other.sort_unstable();
    let mut others = other.iter().peekable();
    let is_there = |row: &&u64| {
        while others.next_if(|other| other < row).is_some() {}
        others.next_if(|other| other == row).is_some()
    };
    one.iter().filter(is_there).count()
}

fn open(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, Error> {
    let file = File::open(path).map_err(|e| unreadable(path, &e))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| unreadable(path, &e))
}

fn schema(path: &Path) -> Result<SchemaRef, Error> {
    Ok(without_addresses(open(path)?.schema()))
}

fn hashed(path: &Path, columns: &[String], key: Option<&str>) -> Result<Hashed, Error> {
    let reader = open(path)?;
    let schema = SchemaRef::clone(reader.schema());
    let mut hashed = Hashed {
        rows: reader.metadata().file_metadata().num_rows().max(0) as u64,
        by_key: HashMap::default(),
    };
    if columns.is_empty() {
        return Ok(hashed);
    }
    let all: Vec<&str> = columns.iter().map(String::as_str).collect();
    let of_key = key.map_or_else(|| all.clone(), |key| vec![key]);
    let converter = |names: &[&str]| -> Result<RowConverter, Error> {
        let fields = names.iter().map(|name| schema.field_with_name(name));
        let fields = fields.map(|field| Ok(SortField::new(field?.data_type().clone())));
        Ok(RowConverter::new(fields.collect::<Result<_, Error>>()?)?)
    };
    let (keys, rows) = (converter(&of_key)?, converter(&all)?);
    let places = all.iter().map(|name| schema.index_of(name));
    let places = places.collect::<Result<Vec<_>, _>>()?;
    let mask = ProjectionMask::roots(reader.parquet_schema(), places);
    let reader = reader.with_projection(mask).build();
    let state = FixedState::default();
    for batch in reader.map_err(|e| unreadable(path, &e))? {
        let batch = batch?;
        let held = |names: &[&str]| -> Vec<ArrayRef> {
            let held = names.iter().map(|name| batch.column_by_name(name));
            held.flatten().cloned().collect()
        };
        let keys = keys.convert_columns(&held(&of_key))?;
        let rows = rows.convert_columns(&held(&all))?;
        for (key, row) in keys.iter().zip(rows.iter()) {
            let rows = hashed.by_key.entry(key.as_ref().into()).or_default();
            rows.push(state.hash_one(row.as_ref()));
        }
    }
    Ok(hashed)
}

/// The customer of each record, by source and key.
type Members = HashMap<(String, String), String>;

fn members(path: &Path) -> Result<Members, Error> {
    let reader = open(path)?;
    // Id, source and key, whatever they are called.
    let mask = ProjectionMask::roots(reader.parquet_schema(), [0, 1, 2]);
    let reader = reader.with_projection(mask).build();
    let mut members = Members::new();
    for batch in reader.map_err(|e| unreadable(path, &e))? {
        let batch = batch?;
        let texts = batch.columns().iter();
        let texts = texts.map(|column| cast(column, &DataType::Utf8View));
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        let [ids, sources, keys] = texts.as_slice() else {
            return Err(unreadable(path, &"it is no table of members"));
        };
        let [ids, sources, keys] = [ids, sources, keys].map(|texts| texts.as_string_view());
        for row in 0..batch.num_rows() {
            let [id, source, key] = [ids, sources, keys].map(|texts| texts.value(row).to_owned());
            members.insert((source, key), id);
        }
    }
    Ok(members)
}

fn customers(then: &Members, now: &Members) -> CustomerDiff {
    let mut diff = CustomerDiff::default();
    let [before, after] = [by_customer(then), by_customer(now)];
    for records in after.values() {
        let from = records.iter().filter_map(|record| then.get(*record));
        let from: BTreeSet<&String> = from.collect();
        let mut from = from.into_iter();
        match (from.next(), from.next()) {
            (None, _) => diff.created += 1,
            (Some(_), Some(_)) => diff.merged += 1,
            (Some(one), None) => match before.get(one) == Some(records) {
                true => diff.unchanged += 1,
                false => diff.changed += 1,
            },
        }
    }
    for records in before.values() {
        let into = records.iter().filter_map(|record| now.get(*record));
        match into.collect::<BTreeSet<_>>().len() {
            0 => diff.gone += 1,
            1 => {}
            _ => diff.split += 1,
        }
    }
    diff
}

fn by_customer(members: &Members) -> BTreeMap<&String, BTreeSet<&(String, String)>> {
    let mut customers: BTreeMap<&String, BTreeSet<&(String, String)>> = BTreeMap::new();
    for (record, customer) in members {
        customers.entry(customer).or_default().insert(record);
    }
    customers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_common_as_often_as_both_have_it() {
        let cases: [(&[u64], &[u64], usize); 6] = [
            (&[], &[], 0),
            (&[1], &[], 0),
            (&[1, 2, 3], &[3, 1], 2),
            (&[5, 5, 5], &[5, 4, 5], 2),
            (&[9, 7], &[8, 6], 0),
            (&[1, 1, 2], &[2, 1, 2], 2),
        ];
        for (one, other, expected) in cases {
            let found = |a: &[u64], b: &[u64]| common(&mut a.to_vec(), &mut b.to_vec());
            assert_eq!(found(one, other), expected, "{one:?} {other:?}");
            assert_eq!(found(other, one), expected, "{other:?} {one:?}");
        }
    }

    #[test]
    fn customers_are_their_records() {
        let members = |list: &[(&str, &str)]| -> Members {
            let members = list.iter();
            members
                .map(|(key, id)| (("s".to_owned(), (*key).to_owned()), (*id).to_owned()))
                .collect()
        };
        let then = members(&[
            ("1", "A"),
            ("2", "A"),
            ("3", "B"),
            ("4", "C"),
            ("5", "D"),
            ("6", "E"),
        ]);
        // 1 and 2 part, 3 and 4 meet, 5 is the same under another id, 6 is gone, 7 is new.
        let now = members(&[
            ("1", "A"),
            ("2", "F"),
            ("3", "B"),
            ("4", "B"),
            ("5", "X"),
            ("7", "Y"),
        ]);
        let found = customers(&then, &now);
        let expected = CustomerDiff {
            table: String::new(),
            unchanged: 1,
            changed: 2,
            merged: 1,
            split: 1,
            created: 1,
            gone: 1,
        };
        assert_eq!(found, expected);
    }
}
