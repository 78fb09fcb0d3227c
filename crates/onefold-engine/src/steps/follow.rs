//! What becomes of one row in a step, for following a record through a run whose tables are kept.
//!
//! A step does its own work again, on the row and on the few rows of its inputs that can change what becomes of it. So what is told is
//! what the step does, and not what somebody else thinks it does.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::error::Error;

/// A row of a table: its number, from 0, and a batch that holds it alone.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) number: usize,
    pub(crate) values: RecordBatch,
}

/// Some rows of a table with their numbers, in their order.
pub(crate) struct Kin {
    pub(crate) numbers: Vec<usize>,
    pub(crate) rows: RecordBatch,
}

impl Kin {
    /// Where a row of the table stands among these.
    pub(crate) fn place(&self, number: usize) -> Result<usize, Error> {
        let place = self.numbers.binary_search(&number);
        place.map_err(|_| Error::internal("a row is not like itself"))
    }

    /// The number that one of these rows has in the table.
    pub(crate) fn number(&self, place: u32) -> Result<usize, Error> {
        let number = self.numbers.get(place as usize).copied();
        number.ok_or_else(|| Error::internal("a row out of reach"))
    }
}

/// The tables that a step reads and makes, as a run has kept them.
pub(crate) trait KeptTables {
    /// How many rows an input has.
    fn rows(&self, input: usize) -> Result<usize, Error>;

    /// The rows of an input that have in `columns` what `row` has in `of_row`; a missing value is like a missing one.
    fn like(
        &self,
        input: usize,
        columns: &[usize],
        row: &RecordBatch,
        of_row: &[usize],
    ) -> Result<Kin, Error>;

    /// The rows of a side table of the step that have this value in a column; all its rows, where no column is named.
    fn side(&self, side: &str, like: Option<(&str, &str)>) -> Result<Kin, Error>;

    /// A row of a side table.
    fn side_row(&self, side: &str, number: usize) -> Result<RecordBatch, Error>;
}

/// What a step does with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// It goes on, as it is or with more columns.
    Passed,
    /// It goes on without a partner.
    Unmatched,
    /// It is no row of the table.
    Removed,
    /// It is part of a row that others are part of, too.
    Grouped,
}

impl Deed {
    /// As programs read it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Unmatched => "unmatched",
            Self::Removed => "removed",
            Self::Grouped => "grouped",
        }
    }
}

/// What has become of a row in a step.
pub(crate) struct Fate {
    pub(crate) deed: Deed,
    /// For people. `{0}`, `{1}`, ... are the rows of `others`.
    pub(crate) told: String,
    /// Rows of inputs that it has to do with: number of the input and of the row.
    pub(crate) others: Vec<(usize, usize)>,
    /// The rows that the step makes with it, each a batch of one row.
    pub(crate) rows: Vec<RecordBatch>,
    /// Instead of them, where a column of the table identifies its row: the column and the value.
    pub(crate) identified: Option<(String, String)>,
}

impl Fate {
    pub(crate) fn new(deed: Deed, told: impl Into<String>) -> Self {
        Self {
            deed,
            told: told.into(),
            others: Vec::new(),
            rows: Vec::new(),
            identified: None,
        }
    }

    pub(crate) fn with(mut self, input: usize, number: usize) -> Self {
        self.others.push((input, number));
        self
    }

    pub(crate) fn made(mut self, rows: RecordBatch) -> Self {
        self.rows.extend(single(&rows));
        self
    }
}

/// The rows of a batch, each alone.
pub(crate) fn single(rows: &RecordBatch) -> impl Iterator<Item = RecordBatch> + '_ {
    (0..rows.num_rows()).map(|row| rows.slice(row, 1))
}

/// Columns by name.
pub(crate) fn numbers<'a>(
    schema: &SchemaRef,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<Vec<usize>> {
    let number = |name: &str| schema.index_of(name).ok();
    names.into_iter().map(number).collect()
}
