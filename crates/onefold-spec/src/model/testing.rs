//! `tests:` of a pipeline: small inputs, and what a run makes of them.

use super::names::TableRef;
use crate::span::Spanned;

/// One test.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name, unique within the file.
    pub name: Spanned<String>,
    /// What the sources read. A source that is not here is empty.
    pub inputs: Vec<TestInput>,
    /// What the run comes to.
    pub expect: Expectation,
}

/// What one source reads in a test.
#[derive(Debug, Clone)]
pub struct TestInput {
    /// The source.
    pub source: Spanned<String>,
    /// Its files.
    pub files: TestFiles,
}

/// The files of a source in a test.
#[derive(Debug, Clone)]
pub enum TestFiles {
    /// One file, named by the source's path.
    One(TestContent),
    /// Files by name: paths relative to the input folder.
    Named(Vec<(Spanned<String>, TestContent)>),
}

/// What a file of a test holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestContent {
    /// This text, in UTF-8.
    Text(String),
    /// Rows as delimited text: the separator, and the rows.
    Delimited(u8, Vec<TestRow>),
    /// Rows as JSON, an object each. The name of a value is a path, as in `from`.
    Json(Vec<TestRow>),
}

/// Values by name, in file order.
pub type TestRow = Vec<(Spanned<String>, TestValue)>;

/// A value in a row of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestValue {
    /// Nothing, `null` or `~`.
    Missing,
    /// Text without quotes: in JSON a number, `true` or `false` where it reads as one.
    Plain(String),
    /// Text in quotes: text.
    Quoted(String),
}

impl TestValue {
    /// Its text; `None` where it is missing.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Missing => None,
            Self::Plain(text) | Self::Quoted(text) => Some(text),
        }
    }
}

/// What a test's run comes to.
#[derive(Debug, Clone)]
pub enum Expectation {
    /// It fails, with a message that contains this.
    Failure(Spanned<String>),
    /// It goes through.
    Success {
        /// Rows of tables and side tables.
        tables: Vec<(TableRef, ExpectedRows)>,
        /// Counts of sources.
        ledger: Vec<ExpectedLedger>,
    },
}

/// What a test says of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedRows {
    /// So many rows.
    Count(u64),
    /// These rows, in order. Columns that a row does not name are not compared.
    Rows(Vec<TestRow>),
}

/// What a test says of the account of a source; what it does not say is not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedLedger {
    /// The source.
    pub source: Spanned<String>,
    /// Records read.
    pub read: Option<u64>,
    /// Records accepted.
    pub accepted: Option<u64>,
    /// Records rejected.
    pub rejected: Option<u64>,
}
