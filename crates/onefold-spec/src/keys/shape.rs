//! What a mapping of the pipeline file is made of: keys, what each takes, and which need or exclude each other.

use super::words::Word;

/// A kind of mapping: which keys it may have.
#[derive(Debug)]
pub(crate) struct Shape {
    /// Its name in the JSON Schema and the reference.
    pub(crate) name: &'static str,
    /// What it is in a message: `a source`.
    pub(crate) noun: &'static str,
    /// What it is for.
    pub(crate) doc: &'static str,
    /// Its keys.
    pub(crate) keys: &'static [Key],
    /// Keys that exclude or need each other.
    pub(crate) groups: &'static [Group],
}

/// One key of a mapping.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) value: Value,
    pub(crate) required: bool,
    /// What it means, and what holds without it.
    pub(crate) doc: &'static str,
}

impl Key {
    pub(super) const fn new(name: &'static str, value: Value, doc: &'static str) -> Self {
        Self {
            name,
            value,
            required: false,
            doc,
        }
    }

    pub(super) const fn required(name: &'static str, value: Value, doc: &'static str) -> Self {
        Self {
            name,
            value,
            required: true,
            doc,
        }
    }
}

/// Keys of one mapping that depend on each other.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) need: Need,
    pub(crate) keys: &'static [&'static str],
}

/// How many keys of a group there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    One,
    ZeroOrOne,
    OneOrMore,
}

/// What may stand at a key.
#[derive(Debug)]
pub(crate) enum Value {
    /// A scalar.
    Leaf(Leaf),
    /// A list.
    List(&'static Value),
    /// A list, or one item without the list.
    Many(&'static Value),
    /// A mapping whose keys are names of the user's.
    Named(&'static Value),
    /// A mapping with keys of ours.
    Object(&'static Shape),
    /// One of several, told apart by what they are in YAML: a scalar, a list, a mapping.
    Any(&'static [Value]),
}

/// What a scalar stands for.
#[derive(Debug)]
pub(crate) enum Leaf {
    /// Text, not empty.
    Text,
    /// Text, empty too.
    AnyText,
    /// A column of a table.
    Column,
    /// A source, a table or a side table.
    Table,
    /// A SQL expression, condition or query.
    Sql,
    /// `true` or `false`.
    Flag,
    /// A whole number within bounds.
    Count { min: u64, max: u64 },
    /// A whole number from 1, or `off`.
    Cap,
    /// One of some words.
    Word(&'static [Word]),
    /// A length of time, or `none`.
    Duration,
    /// A number or a share of records.
    Limit,
    /// A share in percent.
    Share,
    /// A field type.
    Type,
    /// A code of ISO 4217, or `any`.
    Currency,
    /// One character.
    Delimiter,
    /// What separates the fields of an input.
    Separator,
    /// One punctuation character.
    Character,
    /// One punctuation character, or `none`.
    Quote,
    /// `true`, `false`, or a number of rows.
    HeaderRows,
    /// The name of an environment variable.
    Variable,
    /// A label of an encoding.
    Encoding,
    /// A time zone.
    Timezone,
    /// The code of a country.
    Region,
    /// How dates are written.
    DateFormat,
    /// A regular expression.
    Pattern,
    /// A pattern of file names.
    Glob,
    /// The name of a sheet of a workbook.
    Sheet,
}

pub(super) const TEXT: Value = Value::Leaf(Leaf::Text);
pub(super) const TEXTS: Value = Value::Many(&TEXT);
pub(super) const COLUMN: Value = Value::Leaf(Leaf::Column);
pub(super) const SQL: Value = Value::Leaf(Leaf::Sql);
pub(super) const FLAG: Value = Value::Leaf(Leaf::Flag);
pub(super) const TABLE_NAME: Value = Value::Leaf(Leaf::Table);

/// Columns in order: `name`, `"*"`, `{new_name: column or expression}`.
pub(super) const COLUMNS: Value = Value::Many(&Value::Any(&[SQL, Value::Named(&SQL)]));

/// One or more.
pub(super) const TABLE_NAMES: Value = Value::Many(&TABLE_NAME);
pub(super) const COLUMN_NAMES: Value = Value::Many(&COLUMN);
pub(super) const CAP: Value = Value::Leaf(Leaf::Cap);
