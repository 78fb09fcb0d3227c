//! The language as tables: every mapping of the pipeline file, its keys, what each takes, and what it means.
//!
//! The loader refuses what is not in these tables, [`crate::json_schema`] and [`crate::reference`] print them: a key exists once.

use crate::model::{BlankLines, DateOrder, InputFormat, OnInvalid, PhoneFormat, TrailingDelimiter};
use words::word;

mod steps;
mod testing;
mod versions;
mod words;

pub(crate) use steps::{STEPS, StepDef, TABLE};
pub(crate) use versions::VERSION_FIELD;
pub(crate) use words::{Choice, FileFormat, Word};

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
    const fn new(name: &'static str, value: Value, doc: &'static str) -> Self {
        Self {
            name,
            value,
            required: false,
            doc,
        }
    }

    const fn required(name: &'static str, value: Value, doc: &'static str) -> Self {
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
    /// A field type.
    Type,
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
}

const TEXT: Value = Value::Leaf(Leaf::Text);
const TEXTS: Value = Value::Many(&TEXT);
const COLUMN: Value = Value::Leaf(Leaf::Column);
const SQL: Value = Value::Leaf(Leaf::Sql);
const FLAG: Value = Value::Leaf(Leaf::Flag);
const TABLE_NAME: Value = Value::Leaf(Leaf::Table);

/// Columns in order: `name`, `"*"`, `{new_name: column or expression}`.
const COLUMNS: Value = Value::Many(&Value::Any(&[SQL, Value::Named(&SQL)]));

/// The whole file.
pub(crate) static PIPELINE: Shape = Shape {
    name: "Pipeline",
    noun: "a pipeline",
    doc: "The file: `sources` are read, `tables` are made of them, `outputs` are published.",
    keys: &[
        Key::new(
            "pipeline",
            TEXT,
            "Name in logs and reports. Default: the name of the folder that the file is in.",
        ),
        Key::new(
            "env",
            Value::Many(&Value::Leaf(Leaf::Variable)),
            "Environment variables that the file may use as `${NAME}` in any value. `$${` stands for `${`.",
        ),
        Key::required(
            "sources",
            Value::Named(&Value::Object(&SOURCE)),
            "What is read, by name. Each is a table of its accepted records.",
        ),
        Key::new(
            "tables",
            Value::Named(&Value::Object(&TABLE)),
            "What is made of the sources and of other tables, by name, in any order.",
        ),
        Key::new(
            "outputs",
            Value::List(&Value::Object(&OUTPUT)),
            "Files that a run publishes, all of them or none.",
        ),
        Key::new(
            "limits",
            Value::Object(&LIMITS),
            "Bounds over all sources together.",
        ),
        Key::new(
            "tests",
            Value::List(&Value::Object(&testing::TEST)),
            "Tests of the pipeline, run by `onefold test`.",
        ),
    ],
    groups: &[],
};

/// A source.
pub(crate) static SOURCE: Shape = Shape {
    name: "Source",
    noun: "a source",
    doc: "One kind of record, read from one or many files. Broken and invalid records go to its side table `rejects`.",
    keys: &[
        Key::required(
            "path",
            TEXT,
            "A file, a folder or a glob, relative to the input folder.",
        ),
        Key::new("label", TEXT, "How reports call it. Default: its name."),
        Key::new(
            "key",
            COLUMN,
            "The field that identifies a record for people.",
        ),
        Key::new(
            "format",
            Value::Leaf(Leaf::Word(InputFormat::WORDS)),
            "What the bytes are. Default: the content decides.",
        ),
        Key::new(
            "delimiter",
            Value::Leaf(Leaf::Separator),
            "Delimited text: what separates fields: one character, `tab`, or a character and a space (`\", \"`) where spaces after it do not belong to the field. Default: `auto`, the content decides.",
        ),
        Key::new(
            "quote",
            Value::Leaf(Leaf::Quote),
            "Delimited text: the character around fields that hold delimiters or line ends; `none` where every character stands for itself. Default: `auto`, `\"` or, where the content shows it, `'`.",
        ),
        Key::new(
            "escape",
            Value::Leaf(Leaf::Character),
            "Delimited text: the character that makes a delimiter, quote, line end or itself plain when it stands before it, such as `\\`. Default: a quote in a quoted field is written twice, or behind a backslash where the content shows it.",
        ),
        Key::new(
            "comment",
            Value::Leaf(Leaf::Character),
            "Delimited text: lines that begin with this character are not read, such as `#`. Default: none.",
        ),
        Key::new(
            "skip",
            Value::Leaf(Leaf::Count {
                min: 0,
                max: 1_000_000,
            }),
            "Delimited text: lines before the header, or before the first record where there is no header. Default: lines of a title are found where the records after them settle on a width.",
        ),
        Key::new(
            "skip_until",
            TEXT,
            "Delimited text: the header is the first line that holds this text; lines before it are not read.",
        ),
        Key::new(
            "header",
            Value::Any(&[Value::Leaf(Leaf::HeaderRows), Value::List(&TEXT)]),
            "Delimited text: `true` where the first record names the columns; a number where so many records do, their texts joined by spaces; `false` for `column_1`, `column_2`, ...; the list of names where the file has none. Default: one record, after lines of a title if there are any.",
        ),
        Key::new(
            "pad",
            FLAG,
            "Delimited text: `true` fills records of too few fields up with missing values; the run tells how many. Default: `false`, they are rejected.",
        ),
        Key::new(
            "trailing_delimiter",
            Value::Leaf(Leaf::Word(TrailingDelimiter::WORDS)),
            "Delimited text: what empty fields beyond the header's are. Default: `allow` where all records of the file have them, else `reject`.",
        ),
        Key::new(
            "blank_lines",
            Value::Leaf(Leaf::Word(BlankLines::WORDS)),
            "Delimited text: what a line without a character is. Default: `skip`.",
        ),
        Key::new(
            "encoding",
            TEXT,
            "A WHATWG encoding label such as `windows-1252`. Default: a byte order mark, else UTF-8.",
        ),
        Key::new(
            "records",
            TEXTS,
            "Where in a JSON document the array of records lies: `data.customers`, or a list of keys where a key holds a point.",
        ),
        Key::new(
            "fields",
            Value::Named(&Value::Any(&[
                Value::Leaf(Leaf::Type),
                Value::Object(&FIELD),
            ])),
            "The columns of the table, by name: `name: type`, or `name: {..}`. Default: all columns as they are found.",
        ),
        Key::new(
            "versions",
            Value::Many(&Value::Object(&versions::VERSION)),
            "Other schemas of the same records. The first whose `when` holds applies; where none does, `fields` alone.",
        ),
        Key::new(
            "ignore",
            TEXTS,
            "Columns and keys that are known and not wanted, by name or glob (`utm_*`, `meta.*`). All others that the pipeline does not mention are reported as drift.",
        ),
        Key::new(
            "checks",
            Value::Many(&Value::Any(&[SQL, Value::Object(&CHECK)])),
            "Conditions that every record fulfils: a SQL condition, or `{sql, code, reason}`.",
        ),
        Key::new(
            "freshness",
            COLUMN,
            "The date or timestamp that says when a record was made: the report has the age of the newest. Default: the first field of type `timestamp`.",
        ),
        Key::new(
            "nulls",
            Value::Many(&Value::Leaf(Leaf::AnyText)),
            "Texts that mean \"missing\", instead of the usual ones (N/A, null, none, -, ...).",
        ),
        Key::new(
            "timezone",
            TEXT,
            "Zone of time stamps that carry none, such as `Europe/Paris`, and of the calendar by which a number since 1970 becomes a date. Default: UTC.",
        ),
        Key::new(
            "decimal_comma",
            FLAG,
            "`true`: numbers have a decimal comma (`1.234,56`, `1 234,56`), where a field does not say otherwise. Default: `false`.",
        ),
        Key::new(
            "limits",
            Value::Object(&LIMITS),
            "Bounds above which nothing is published.",
        ),
    ],
    groups: &[Group {
        need: Need::ZeroOrOne,
        keys: &["skip", "skip_until"],
    }],
};

/// A declared field.
pub(crate) static FIELD: Shape = Shape {
    name: "Field",
    noun: "a field",
    doc: "One column of a source: where its value comes from, and how it is checked and standardised.",
    keys: &[
        Key::new(
            "from",
            TEXTS,
            "A column, or a path into nested JSON (`contact.email`). A list is taken literally: `[\"a.b\"]` is the column `a.b`. Default: the column of the field's name.",
        ),
        Key::new(
            "sql",
            SQL,
            "A SQL expression over the record as it was read, instead of `from`.",
        ),
        Key::new(
            "value",
            Value::Leaf(Leaf::AnyText),
            "The same text in every record, instead of `from`.",
        ),
        Key::new(
            "type",
            Value::Leaf(Leaf::Type),
            "See the field types. Default: `text`.",
        ),
        Key::new(
            "required",
            FLAG,
            "A record without it is rejected. Default: `false`.",
        ),
        Key::new("default", TEXT, "Value where it is missing."),
        Key::new(
            "one_of",
            Value::Many(&TEXT),
            "The only values allowed, after standardising.",
        ),
        Key::new("min", TEXT, "Least value allowed, itself included."),
        Key::new("max", TEXT, "Greatest value allowed, itself included."),
        Key::new(
            "pattern",
            TEXT,
            "A regular expression that the standardised text must match somewhere.",
        ),
        Key::new(
            "on_invalid",
            Value::Leaf(Leaf::Word(OnInvalid::WORDS)),
            "What a value that is not of the type does. Default: `reject`.",
        ),
        Key::new(
            "region",
            TEXT,
            "`phone`: ISO 3166 code of the country assumed where a number has no country code, such as `US`.",
        ),
        Key::new(
            "format",
            Value::Leaf(Leaf::Word(PhoneFormat::WORDS)),
            "`phone`: how it is written. Default: `e164`.",
        ),
        Key::new(
            "formats",
            TEXTS,
            "`date`, `timestamp`: the only writings that are read, tried in order; the first that fits wins. Each is a strptime pattern (`%d.%m.%Y`), `iso` for ISO 8601, or `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns` for numbers since 1970. `min`, `max`, `one_of`, `default` and `value` may be in ISO 8601 whatever stands here.",
        ),
        Key::new(
            "order",
            Value::Leaf(Leaf::Word(DateOrder::WORDS)),
            "`date`, `timestamp`: which of day and month comes first in `01/02/2024`, where no `formats` say it. Default: a date that can be read both ways is rejected.",
        ),
        Key::new(
            "decimal_comma",
            FLAG,
            "`integer`, `float`, `decimal`: `true` for a decimal comma, points or spaces between thousands (`1.234,56`, `1 234,56`); `1.5` is then rejected as ambiguous, and `1.234` is 1234. JSON numbers, numbers in Parquet and numbers that SQL makes have their point all the same. Default: as the source says.",
        ),
    ],
    groups: &[
        Group {
            need: Need::ZeroOrOne,
            keys: &["from", "sql", "value"],
        },
        Group {
            need: Need::ZeroOrOne,
            keys: &["formats", "order"],
        },
    ],
};

/// A check.
pub(crate) static CHECK: Shape = Shape {
    name: "Check",
    noun: "a check",
    doc: "A condition that every accepted record fulfils. As in SQL, a record is rejected where it is false, not where it is unknown.",
    keys: &[
        Key::required("sql", SQL, "Condition over the typed fields."),
        Key::new(
            "code",
            TEXT,
            "Stable code of the reject: lower-case letters, digits, `_`. Default: `check_failed`.",
        ),
        Key::new(
            "reason",
            TEXT,
            "Reason for people; `{field}` stands for the raw value. Default: `check failed: ` and the condition.",
        ),
    ],
    groups: &[],
};

/// Limits.
pub(crate) static LIMITS: Shape = Shape {
    name: "Limits",
    noun: "limits",
    doc: "Bounds above which nothing is published and the exit code is 1.",
    keys: &[Key::new(
        "rejects",
        Value::Leaf(Leaf::Limit),
        "Rejected records: a number, or a share of the records read such as `1%`.",
    )],
    groups: &[],
};

/// An output.
pub(crate) static OUTPUT: Shape = Shape {
    name: "Output",
    noun: "an output",
    doc: "One file: rows of a table, the run log, or the run's metrics.",
    keys: &[
        Key::new(
            "table",
            TABLE_NAME,
            "The source, table or side table whose rows are written.",
        ),
        Key::new(
            "log",
            Value::Leaf(Leaf::Word(&[word("run", "this run")])),
            "`run`: the run log as text.",
        ),
        Key::new(
            "metrics",
            Value::Leaf(Leaf::Word(&[word("run", "this run")])),
            "`run`: the run's metrics in the Prometheus text format.",
        ),
        Key::required("path", TEXT, "Where, relative to the output folder."),
        Key::new(
            "columns",
            COLUMNS,
            "Columns in order: `name`, `\"*\"`, `{new_name: column or SQL expression}`. Default: all.",
        ),
        Key::new(
            "format",
            Value::Leaf(Leaf::Word(FileFormat::WORDS)),
            "Default: by the extension: `.csv`, `.tsv`, `.json`, `.jsonl`, `.ndjson`, `.parquet`; `.txt` and `.log` are delimited text with a `delimiter`.",
        ),
        Key::new(
            "delimiter",
            Value::Leaf(Leaf::Delimiter),
            "`csv`: one character, or `tab`. Default: comma, in `.tsv` a tab.",
        ),
        Key::new(
            "null",
            Value::Leaf(Leaf::AnyText),
            "`csv`: text for a missing value. Default: nothing.",
        ),
        Key::new(
            "header",
            FLAG,
            "`csv`: a first line with the column names. Default: `true`.",
        ),
        Key::new(
            "indent",
            Value::Leaf(Leaf::Count { min: 0, max: 16 }),
            "`json`: spaces a level. Default: compact, a record a line.",
        ),
    ],
    groups: &[Group {
        need: Need::One,
        keys: &["table", "log", "metrics"],
    }],
};

/// Side tables of every source: name and what is in them.
pub(crate) static SOURCE_SIDES: &[Word] = &[word(
    "rejects",
    "records that were not accepted: their address, code, reason, and the declared fields as raw text",
)];

/// All mappings, in the order of the reference.
pub(crate) static SHAPES: &[&Shape] = &[
    &PIPELINE,
    &SOURCE,
    &FIELD,
    &versions::VERSION,
    &versions::WHEN,
    &VERSION_FIELD,
    &CHECK,
    &LIMITS,
    &TABLE,
    &steps::RESOLVE,
    &steps::PREFERENCE,
    &steps::ID,
    &steps::GUARDS,
    &steps::DEDUPE,
    &steps::ROW_PREFERENCE,
    &steps::JOIN,
    &steps::LOOKUP,
    &steps::KEY_PAIRS,
    &steps::ASOF_JOIN,
    &steps::TIME_PAIR,
    &steps::SESSIONIZE,
    &steps::AGGREGATE,
    &OUTPUT,
    &testing::TEST,
    &testing::TEST_FILES,
    &testing::TEST_LEDGER,
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_table_is_whole() {
        let mut names = HashSet::new();
        for shape in SHAPES {
            assert!(names.insert(shape.name), "{} is there twice", shape.name);
            assert!(shape.doc.ends_with('.'), "{}", shape.name);
            let keys: HashSet<_> = shape.keys.iter().map(|key| key.name).collect();
            assert_eq!(
                keys.len(),
                shape.keys.len(),
                "{} has a key twice",
                shape.name
            );
            for key in shape.keys {
                assert!(
                    key.doc.ends_with('.') || key.doc.ends_with(')'),
                    "{}.{}: {}",
                    shape.name,
                    key.name,
                    key.doc
                );
                for object in objects(&key.value) {
                    assert!(
                        SHAPES.iter().any(|listed| std::ptr::eq(*listed, object)),
                        "{} is not listed",
                        object.name
                    );
                }
            }
            for key in shape.groups.iter().flat_map(|group| group.keys) {
                assert!(keys.contains(key), "{} has no key {key}", shape.name);
            }
        }
    }

    fn objects(value: &'static Value) -> Vec<&'static Shape> {
        match value {
            Value::Leaf(_) => Vec::new(),
            Value::Object(shape) => vec![shape],
            Value::List(item) | Value::Many(item) | Value::Named(item) => objects(item),
            Value::Any(items) => items.iter().flat_map(objects).collect(),
        }
    }
}
