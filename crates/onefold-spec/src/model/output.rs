//! Files that a run publishes.

use super::names::{Column, TableRef};
use crate::span::Spanned;

/// One file that a run publishes.
#[derive(Debug, Clone)]
pub struct Output {
    /// Path relative to the output folder.
    pub path: Spanned<String>,
    /// What goes in.
    pub content: Content,
    /// It stays in the folder of the run, where its path begins, and is not published. No pipeline file says so: a run adds such outputs.
    pub is_kept: bool,
}

/// What an output holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// Rows of a table.
    Table {
        /// The table.
        table: TableRef,
        /// Columns in order; empty: all.
        columns: Vec<Column>,
        /// How they are written.
        format: OutputFormat,
        /// Columns whose values are hidden, each once.
        masks: Vec<(Spanned<String>, Mask)>,
        /// Dealt out to a folder of files; only Parquet is.
        partitions: Option<PartitionBy>,
    },
    /// The run log (`log: run`).
    RunLog,
    /// Metrics in the Prometheus text format (`metrics: run`).
    Metrics,
    /// A page on how the records of a table were matched (`report: TABLE`).
    Page(TableRef),
}

impl Output {
    /// The parts of its path: `./a//b.csv` and `a/b.csv` are one place.
    pub fn place(&self) -> Vec<String> {
        path_parts(&self.path)
    }
}

impl Content {
    /// The name of the sheet that it is, of a workbook.
    pub fn sheet(&self) -> Option<&str> {
        match self {
            Self::Table {
                format: OutputFormat::Xlsx { sheet },
                ..
            } => Some(sheet),
            _ => None,
        }
    }
}

/// The parts of a path below the output folder, however it is written.
pub fn path_parts(path: &str) -> Vec<String> {
    path.split(['/', '\\'])
        .filter(|part| !part.is_empty() && *part != ".")
        .map(str::to_owned)
        .collect()
}

/// How a table is dealt out to files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionBy {
    /// The columns, at least one, each once.
    pub columns: Vec<Spanned<String>>,
    /// Most partitions.
    pub most: usize,
}

/// How a value is hidden. A missing value stays missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mask {
    /// HMAC-SHA-256 of it with the key of the pipeline, as 64 hexadecimal digits: equal values are hidden alike.
    Hash,
    /// `***`.
    Redact,
    /// `***` and its last characters; `***` alone where it has no more than these.
    KeepLast(u8),
    /// `***` and what stands behind the last `@`, with it.
    KeepDomain,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for who needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// How rows are written. Text formats are UTF-8 and end every line with `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputFormat {
    /// Delimited text after RFC 4180: quotes only where a value needs them, a quote inside doubled.
    Csv {
        /// Field separator: an ASCII character other than a letter, a digit, a quote, CR, LF and NUL.
        delimiter: u8,
        /// What a missing value looks like. A text value that looks the same is quoted, so the two stay apart.
        null: String,
        /// A first line with the column names.
        header: bool,
        /// A byte order mark at the start of the file, by which Excel tells that it is UTF-8.
        bom: bool,
        /// An apostrophe stands in front of texts that a spreadsheet takes as a formula.
        spreadsheet_safe: bool,
    },
    /// One array of objects.
    Json {
        /// Spaces a level, laid out like Python's `json.dump(..., indent=n)`; `None`: an object a line, no other white space.
        indent: Option<u8>,
    },
    /// An object a line, no other white space.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// A sheet of a workbook of Excel. Outputs with one path are the sheets of one workbook.
    Xlsx {
        /// Name of the sheet.
        sheet: String,
    },
}
