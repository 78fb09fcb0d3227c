//! Lines at the end of a file that are no records: a total, a note of the system that wrote it.

use std::collections::VecDeque;

use arrow::array::{Array, AsArray, RecordBatch};
use onefold_read::Reject;

use crate::words;

/// Lines at the end of a file that are no records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footer {
    /// How many there are, blank ones not counted.
    pub lines: u64,
    /// What the first says.
    pub first: String,
}

/// Most lines of a footer.
const MOST: usize = 5;

/// With fewer columns, a line of one value says nothing.
const LEAST_COLUMNS: usize = 3;

/// The end of a file, as its records pass.
#[derive(Debug, Default)]
pub(crate) struct End {
    /// Records so far, those that could not be read among them.
    records: u64,
    /// The last records, by their values.
    rows: VecDeque<Vec<Option<String>>>,
    /// Records with one value at most.
    narrow: u64,
    /// By column: values of several words.
    phrases: Vec<u64>,
    /// Number and text of the last records that have too few fields.
    short: VecDeque<(u64, String)>,
    /// Records that have too few fields.
    all_short: u64,
}

impl End {
    pub(crate) fn see(&mut self, batch: &RecordBatch, rejects: &[Reject]) {
        self.records += (batch.num_rows() + rejects.len()) as u64;
        let columns: Vec<_> = batch
            .columns()
            .iter()
            .map(|column| column.as_string_view_opt())
            .collect();
        let is_there = |row: usize| {
            let filled = columns.iter().flatten().filter(move |c| c.is_valid(row));
            filled.take(2).count()
        };
        self.narrow += (0..batch.num_rows())
            .filter(|row| is_there(*row) < 2)
            .count() as u64;
        self.phrases.resize(columns.len(), 0);
        for (phrases, column) in self.phrases.iter_mut().zip(&columns) {
            let values = column.iter().flat_map(|column| column.iter().flatten());
            *phrases += values.filter(|value| is_phrase(value)).count() as u64;
        }
        for row in batch.num_rows().saturating_sub(MOST)..batch.num_rows() {
            let value = |column: &Option<&arrow::array::StringViewArray>| {
                column
                    .filter(|c| c.is_valid(row))
                    .map(|c| c.value(row).to_owned())
            };
            keep(&mut self.rows, columns.iter().map(value).collect());
        }
        for reject in rejects.iter().filter(|r| r.code == "too_few_fields") {
            self.all_short += 1;
            keep(&mut self.short, (reject.record, reject.raw.clone()));
        }
    }

    /// Records, those that could not be read among them.
    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    /// What stands at the end and nowhere else: lines with too few fields or a single value, and totals.
    pub(crate) fn footer(&self, columns: usize) -> Option<Footer> {
        if columns < LEAST_COLUMNS {
            return None;
        }
        let mut rows = self.rows.iter().rev();
        let mut short = self.short.iter().rev().peekable();
        let (mut lines, mut shorts, mut narrows) = (0, 0, 0);
        let mut phrases = vec![0; self.phrases.len()];
        let mut first = None;
        for number in (1..=self.records).rev().take(MOST + 1) {
            if let Some((_, text)) = short.next_if(|(at, _)| *at == number) {
                shorts += 1;
                first = Some(text.trim());
            } else {
                let row = rows.next()?;
                let filled = row.iter().flatten().count();
                let place = row.iter().position(Option::is_some);
                let text = row.iter().flatten().next().map_or("", |text| text.trim());
                let is_total = words::begins_total(text) && filled * 2 <= columns;
                // A record of which only the key is known is a record: a note has words where the records have none.
                if !is_total && (filled > 1 || !is_phrase(text)) {
                    break;
                }
                narrows += u64::from(filled < 2);
                if let Some(count) = place.and_then(|place| phrases.get_mut(place))
                    && is_phrase(text)
                {
                    *count += 1;
                }
                first = Some(text).filter(|text| !text.is_empty()).or(first);
            }
            lines += 1;
        }
        let mut of_columns = phrases.iter().zip(&self.phrases);
        let has_words_only_there = of_columns.all(|(here, all)| *here == 0 || here == all);
        let is_only_there =
            shorts == self.all_short && narrows == self.narrow && has_words_only_there;
        let leaves_records = self.records > 2 * lines;
        let is_footer = lines as usize <= MOST && is_only_there && leaves_records;
        let first = first?.to_owned();
        is_footer.then_some(Footer { lines, first })
    }
}

fn is_phrase(text: &str) -> bool {
    text.trim().contains(char::is_whitespace)
}

/// Keeps the last that may be of a footer, and one before them.
fn keep<T>(last: &mut VecDeque<T>, next: T) {
    if last.len() > MOST {
        last.pop_front();
    }
    last.push_back(next);
}
