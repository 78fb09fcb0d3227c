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
        keys: &["unique", "not_null", "accepted", "references", "sql"],
    }],
};
