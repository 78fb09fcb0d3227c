//! Sources: one kind of record each, and the versions of its schema.

use super::dialect::{Dialect, InputFormat};
use super::field::{Field, Origin, Type};
use super::limit::{Limits, RowLimits};
use crate::secrets::Secrets;
use crate::span::Spanned;

/// One kind of record, read from one or many files.
#[derive(Debug, Clone)]
pub struct Source {
    /// The table name of its accepted records.
    pub name: Spanned<String>,
    /// A file, a folder or a glob, relative to the input folder; `-`: standard input.
    pub path: Spanned<String>,
    /// How reports call it (`CRM`); the name where none is given.
    pub label: String,
    /// The field that identifies a record for people (`customer_id`).
    pub key: Option<Spanned<String>>,
    /// What the bytes are; `None`: the content decides.
    pub format: Option<InputFormat>,
    /// How delimited text is written, and how the rows of a sheet are laid out.
    pub dialect: Dialect,
    /// The sheet of a workbook: its name, or its number from 1; `None`: the content decides.
    pub sheet: Option<Spanned<String>>,
    /// A WHATWG encoding label (`windows-1252`); `None`: BOM, else UTF-8.
    pub encoding: Option<Spanned<String>>,
    /// Path of the array of records inside a JSON document; empty: the document itself.
    pub records: Vec<String>,
    /// The array inside a record each of whose elements becomes a record; `None`: records are as they stand.
    pub explode: Option<Explode>,
    /// Declared fields; `None`: all columns as they are found.
    pub fields: Option<Vec<Field>>,
    /// Other schemas of the same records, in file order: the first whose `when` holds applies, else `fields` alone.
    pub versions: Vec<Version>,
    /// Columns and keys that are known and not wanted, by name or glob: never drift.
    pub ignore: Vec<Spanned<String>>,
    /// The date or timestamp that says when a record was made; `None`: the first timestamp, if there is one.
    pub freshness: Option<Spanned<String>>,
    /// Conditions on a whole record, in file order.
    pub checks: Vec<Check>,
    /// Texts that mean "missing" instead of the default tokens.
    pub nulls: Option<Vec<String>>,
    /// Zone of time stamps that carry none, and of the dates of numbers since 1970; UTC where not given.
    pub timezone: Option<Spanned<String>>,
    /// Above this many rejects nothing is published.
    pub limits: Limits,
    /// `limits:` on its accepted records.
    pub rows: RowLimits,
    /// `allow_empty:`, whether it may have no records though it had some.
    pub allow_empty: bool,
    /// What no message about its records shows.
    pub secrets: Secrets,
}

impl Source {
    /// Keeps secrets out of what is said of its records.
    pub(crate) fn hide(&mut self, secrets: &Secrets) {
        for check in &mut self.checks {
            check.code = secrets.hide(&check.code).into_owned();
            check.reason = secrets.hide(&check.reason).into_owned();
        }
        self.secrets = secrets.clone();
    }

    /// The path that stands for standard input.
    pub const STDIN: &str = "-";

    /// Whether it reads standard input.
    pub fn reads_stdin(&self) -> bool {
        self.path.value == Self::STDIN
    }
}

/// A record for each element of an array inside records of JSON or Parquet.
#[derive(Debug, Clone)]
pub struct Explode {
    /// Keys from the record to the array. An array met on the way is exploded too.
    pub path: Spanned<Vec<String>>,
    /// A record without elements stays, its fields of the element missing.
    pub keep_empty: bool,
}

/// Another schema of a source's records. It makes the same columns as the source's fields do.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its name, unique within the source.
    pub name: Spanned<String>,
    /// How it is recognised.
    pub when: When,
    /// The fields that it has differently, each at most once.
    pub fields: Vec<VersionField>,
}

/// How a version is recognised.
#[derive(Debug, Clone)]
pub enum When {
    /// The file's name, relative to the input folder, fits this glob.
    Path(Spanned<String>),
    /// All of these columns or paths are there, with or without a value.
    Fields(Vec<Spanned<Vec<String>>>),
}

/// A field as one version has it, what the version does not say filled in from the source's field. Everything else (required,
/// bounds, pattern, allowed values, what an invalid value does) is the source's.
#[derive(Debug, Clone)]
pub struct VersionField {
    /// Index of the field among the source's.
    pub field: usize,
    /// Where its value comes from; `None`: the version has no such field.
    pub origin: Option<Origin>,
    /// The type of the source's field, with this version's way to write it.
    pub ty: Type,
    /// Whether numbers have a decimal comma in this version, as of the field.
    pub decimal_comma: Option<bool>,
    /// Value where it is missing.
    pub default: Option<Spanned<String>>,
}

/// A condition that every accepted record fulfils. SQL semantics: only *false* rejects, unknown does not.
#[derive(Debug, Clone)]
pub struct Check {
    /// Condition over the typed fields.
    pub sql: Spanned<String>,
    /// Stable code of the reject.
    pub code: String,
    /// Reason for people; `{field}` stands for the raw value.
    pub reason: String,
}
