//! Customers by what people know of them.
//!
//! # Algorithm
//! An id, an old id and the key of a record are compared as a whole. Values are searched: each word must be in some text of one record,
//! in capitals or not, or of the customer. A text of digits and of what stands between them in telephone numbers is compared by its
//! digits, without zeros in front. All texts of a row are joined and searched at once, on all processors.

use std::collections::{HashMap, HashSet};

use arrow::array::{Array, AsArray, StringViewArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use serde::Serialize;

use super::{Customers, RECORD_KEY, SOURCE, rows_with, value};
use crate::browse::table::Table;
use crate::error::Error;
use crate::fault;
use crate::places::record_name;

/// Digits from which a text is taken for a telephone number.
const PHONE_DIGITS: usize = 5;

/// Most records of one key that are told of.
const MOST_KEYS: usize = 20;

/// Why a customer was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is the id.
    Id,
    /// It was an id, and the customer has taken it over.
    OldId,
    /// It is the key of a record: source and key.
    Record(String),
    /// It is in a value of the customer or of a record.
    Value,
}

/// Customers that were found.
#[derive(Debug, Default)]
pub struct Found {
    /// Numbers of their rows: those that were meant by an id first, then by a record, then by values, each in the order of the table.
    pub rows: Vec<u32>,
    why: HashMap<u32, Why>,
}

impl Found {
    /// Why a customer was found, by the number of its row; `None` where nothing was searched.
    pub fn why(&self, row: u32) -> Option<&Why> {
        self.why.get(&row)
    }

    fn add(&mut self, rows: impl IntoIterator<Item = u32>, why: &Why) {
        for row in rows {
            if let std::collections::hash_map::Entry::Vacant(free) = self.why.entry(row) {
                free.insert(why.clone());
                self.rows.push(row);
            }
        }
    }
}

impl Customers {
    /// The customers that a text means; an empty one means all. `now` tells which ids stand for an id that was given once.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn search(&self, text: &str, now: impl Fn(&str) -> Vec<String>) -> Result<Found, Error> {
        fault::caught(|| self.found(text.trim(), now))
    }

    fn found(&self, text: &str, now: impl Fn(&str) -> Vec<String>) -> Result<Found, Error> {
        let mut found = Found::default();
        if text.is_empty() {
            found.rows = (0..self.golden.rows() as u32).collect();
            return Ok(found);
        }
        let (upper, lower) = (text.to_uppercase(), text.to_lowercase());
        let is_id = rows_with(&self.golden, &self.id_column, &[text, &upper, &lower])?;
        if is_id.is_empty() && !text.contains(char::is_whitespace) {
            let ids = now(text);
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            found.add(rows_with(&self.golden, &self.id_column, &ids)?, &Why::OldId);
        }
        found.add(is_id, &Why::Id);
        self.add_by_key(text, &mut found)?;
        self.add_by_values(text, &mut found)?;
        Ok(found)
    }

    /// By the key of a record, alone or with its source: `17`, `crm:17`.
    fn add_by_key(&self, text: &str, found: &mut Found) -> Result<(), Error> {
        let mut rows = rows_with(&self.members, RECORD_KEY, &[text])?;
        // A key may have a colon of its own.
        if let Some((source, key)) = text.split_once(':')
            && let Some(members) = self.members_of(source)
        {
            let of_key = rows_with(&self.members, RECORD_KEY, &[key])?.into_iter();
            rows.extend(of_key.filter(|row| members.contains(&u64::from(*row))));
            rows.sort_unstable();
        }
        rows.truncate(MOST_KEYS);
        for member in super::objects(&self.members, &rows)? {
            let told = |column: &str| value(&member, column).unwrap_or_default();
            let ids = rows_with(&self.golden, &self.id_column, &[told(&self.id_column)])?;
            let name = record_name(told(SOURCE), told(RECORD_KEY));
            found.add(ids, &Why::Record(name));
        }
        Ok(())
    }

    fn add_by_values(&self, text: &str, found: &mut Found) -> Result<(), Error> {
        let needle = Needle::new(text);
        let mut rows: HashSet<u32> = needle.rows(&self.golden)?.into_iter().collect();
        let mut ids: HashSet<String> = HashSet::new();
        for (name, first) in &self.inputs {
            let Some(table) = self.table(name)? else {
                continue;
            };
            let records = needle.rows(&table)?;
            let members: Vec<u32> = records.iter().map(|row| row + *first as u32).collect();
            ids.extend(self.ids_of(&members)?);
        }
        if !ids.is_empty() {
            let numbers =
                self.golden
                    .scan(&[self.golden_id], Vec::new, |numbers, first, batch| {
                        let column = cast(batch.column(0), &DataType::Utf8View)?;
                        for (row, id) in column.as_string_view().iter().enumerate() {
                            if id.is_some_and(|id| ids.contains(id)) {
                                numbers.push((first + row as u64) as u32);
                            }
                        }
                        Ok(true)
                    })?;
            rows.extend(numbers.into_iter().flatten());
        }
        let mut rows: Vec<u32> = rows.into_iter().collect();
        rows.sort_unstable();
        found.add(rows, &Why::Value);
        Ok(())
    }
}

/// What is searched in values.
struct Needle {
    words: Vec<String>,
    /// Digits of a telephone number.
    digits: Option<String>,
}

impl Needle {
    fn new(text: &str) -> Self {
        let words = text.split_whitespace().map(str::to_lowercase);
        let digits = digits(text).filter(|digits| digits.len() >= PHONE_DIGITS);
        let digits = digits.map(|digits| digits.trim_start_matches('0').to_owned());
        Self {
            words: words.collect(),
            digits: digits.filter(|digits| digits.len() >= PHONE_DIGITS),
        }
    }

    /// Numbers of the rows of a table that have it, ascending.
    fn rows(&self, table: &Table) -> Result<Vec<u32>, Error> {
        let columns = table.schema().fields().iter().enumerate();
        let texts = columns.filter(|(_, field)| field.data_type().is_string());
        let visible = table.columns().len();
        let columns: Vec<usize> = texts
            .map(|(place, _)| place)
            .filter(|p| *p < visible)
            .collect();
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let found = table.scan(&columns, Vec::new, |found, first, batch| {
            let texts = batch.columns().iter();
            let texts = texts.map(|column| cast(column, &DataType::Utf8View));
            let texts = texts.collect::<Result<Vec<_>, _>>()?;
            let texts: Vec<&StringViewArray> = texts.iter().map(|c| c.as_string_view()).collect();
            let mut line = String::new();
            for row in 0..batch.num_rows() {
                if self.is_in(&texts, row, &mut line) {
                    found.push((first + row as u64) as u32);
                }
            }
            Ok(true)
        })?;
        let mut found: Vec<u32> = found.into_iter().flatten().collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Whether the texts of a row have it. `line` is room to join them in.
    fn is_in(&self, texts: &[&StringViewArray], row: usize, line: &mut String) -> bool {
        line.clear();
        for column in texts.iter().filter(|column| column.is_valid(row)) {
            let text = column.value(row);
            if let Some(wanted) = &self.digits
                && digits(text).is_some_and(|digits| digits.contains(wanted.as_str()))
            {
                return true;
            }
            lowered(text, line);
            line.push('\n');
        }
        self.words.iter().all(|word| line.contains(word.as_str()))
    }
}

/// Adds a text in small letters.
fn lowered(text: &str, line: &mut String) {
    match text.is_ascii() {
        true => {
            let start = line.len();
            line.push_str(text);
            if let Some(added) = line.get_mut(start..) {
                added.make_ascii_lowercase();
            }
        }
        false => line.extend(text.chars().flat_map(char::to_lowercase)),
    }
}

/// The digits of a text that has only digits and what stands between those of a telephone number.
fn digits(text: &str) -> Option<String> {
    let is_between = |byte: u8| matches!(byte, b' ' | b'+' | b'-' | b'.' | b'/' | b'(' | b')');
    let is_number = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || is_between(byte));
    is_number.then(|| text.chars().filter(char::is_ascii_digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_telephone_numbers_are_found() {
        let cases = [
            ("ann lee", "Lee|Ann M.|x", true),
            ("ann lee", "Ann|x", false),
            ("ÉMILE", "Émile Zola", true),
            ("0113 496-0001", "+441134960001", true),
            ("+44 113 496 0001", "441134960001", true),
            ("1980-04", "1980-04-07", true),
            ("@example", "ann@example.org", true),
            ("12345", "+1 (23) 45", true),
            ("1234", "+1 (23) 4", false),
            ("00000", "1|2", false),
        ];
        for (text, values, is_there) in cases {
            let columns: Vec<StringViewArray> = values
                .split('|')
                .map(|value| StringViewArray::from(vec![value]))
                .collect();
            let columns: Vec<&StringViewArray> = columns.iter().collect();
            let found = Needle::new(text).is_in(&columns, 0, &mut String::new());
            assert_eq!(found, is_there, "{text} in {values}");
        }
    }
}
