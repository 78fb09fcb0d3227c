//! `checks:` of a table.

use super::shape::{COLUMN, Group, Key, Leaf, Need, SQL, Shape, TEXT, Value};
use super::words::{Choice as _, Word, word};
use crate::model::Severity;

/// Side table of a table with checks.
pub(crate) const FAILURES: Word = word(
    "failures",
    "where a table has `checks`: the rows that fail, with `failed_check` and `failed_severity` in front",
);

/// A check of a table.
pub(crate) static TABLE_CHECK: Shape = Shape {
    name: "TableCheck",
    noun: "a check of a table",
    doc: "What all rows of a table fulfil. Rows that do not are in the side table `failures`.",
    keys: &[
        Key::new(
            "unique",
            Value::Many(&COLUMN),
            "No two rows have the same values in these columns; a missing value equals nothing.",
        ),
        Key::new(
            "not_null",
            Value::Many(&COLUMN),
            "None of these columns has a missing value.",
        ),
        Key::new(
            "accepted",
            Value::Named(&Value::List(&Value::Leaf(Leaf::AnyText))),
            "By column: the values that it may have, as texts, or a missing one.",
        ),
        Key::new(
            "references",
            Value::Named(&TEXT),
            "By column: `TABLE.COLUMN`, where each of its values is found.",
        ),
        Key::new(
            "sql",
            SQL,
            "Condition over the columns. As in SQL, a row fails where it is false, not where it is unknown.",
        ),
        Key::new(
            "freshness",
            Value::Object(&FRESHNESS),
            "How old the newest value of a column may be when the run starts. A table without one is not fresh.",
        ),
        Key::new(
            "name",
            TEXT,
            "What reports call it. Default: made of what it checks.",
        ),
        Key::new(
            "severity",
            Value::Leaf(Leaf::Word(Severity::WORDS)),
            "What failing rows mean. Default: `error`.",
        ),
    ],
    groups: &[Group {
        need: Need::One,
        keys: &[
            "unique",
            "not_null",
            "accepted",
            "references",
            "sql",
            "freshness",
        ],
    }],
};

/// `freshness:` of a check.
pub(crate) static FRESHNESS: Shape = Shape {
    name: "Freshness",
    noun: "`freshness`",
    doc: "How old the newest value of a column may be. Its newest rows fail where it is older.",
    keys: &[
        Key::required(
            "column",
            COLUMN,
            "A date or timestamp. A date is as old as its first moment, UTC.",
        ),
        Key::new(
            "warn",
            Value::Leaf(Leaf::Duration),
            "Age above which the run warns, such as `1d`.",
        ),
        Key::new(
            "error",
            Value::Leaf(Leaf::Duration),
            "Age above which nothing is published, such as `3d`.",
        ),
    ],
    groups: &[Group {
        need: Need::OneOrMore,
        keys: &["warn", "error"],
    }],
};
