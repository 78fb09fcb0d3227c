//! Steps that look up rows of other tables: `join`, `asof_join`.

use super::shape::{COLUMN, COLUMN_NAMES, FLAG, Group, Key, Leaf, Need, Shape, TABLE_NAME, Value};
use super::words::{Choice as _, word};
use crate::model::{Direction, Expect};

const LOOKUPS: Value = Value::Many(&Value::Object(&LOOKUP));

/// `join:`.
pub(crate) static JOIN: Shape = Shape {
    name: "Join",
    noun: "`join`",
    doc: "Lookups one after another, in the order of the file; the order of the rows of `from` stays.",
    keys: &[
        Key::required("from", TABLE_NAME, "The table whose rows are enriched."),
        Key::new(
            "left",
            LOOKUPS,
            "All rows stay, with missing values where the other table has none.",
        ),
        Key::new("inner", LOOKUPS, "Rows with a partner stay."),
        Key::new("full", LOOKUPS, "All rows of both tables stay."),
        Key::new(
            "semi",
            LOOKUPS,
            "Rows with a partner stay, without its columns.",
        ),
        Key::new("anti", LOOKUPS, "Rows without a partner stay."),
    ],
    groups: &[Group {
        need: Need::OneOrMore,
        keys: &["left", "inner", "full", "semi", "anti"],
    }],
};

const PAIRS: Value = Value::Many(&Value::Any(&[COLUMN, Value::Object(&KEY_PAIRS)]));

/// A lookup of `join`.
pub(crate) static LOOKUP: Shape = Shape {
    name: "Lookup",
    noun: "a lookup",
    doc: "One table to look up.",
    keys: &[
        Key::required("table", TABLE_NAME, "The other table."),
        Key::required(
            "on",
            PAIRS,
            "Columns that must be equal: `column`, `[column, column]`, or `{left: column, right: column}`.",
        ),
        Key::new(
            "expect",
            Value::Leaf(Leaf::Word(Expect::WORDS)),
            "How many rows a key has in the other table; not for `semi` and `anti`. Default: `one`.",
        ),
    ],
    groups: &[],
};

/// Columns of two tables that must be equal.
pub(crate) static KEY_PAIRS: Shape = Shape {
    name: "KeyPairs",
    noun: "a pair of keys",
    doc: "Columns of different names: as many on the left as on the right.",
    keys: &[
        Key::required("left", COLUMN_NAMES, "Column of the left table, or a list."),
        Key::required(
            "right",
            COLUMN_NAMES,
            "Column of the right table, or a list.",
        ),
    ],
    groups: &[],
};

/// `asof_join:`.
pub(crate) static ASOF_JOIN: Shape = Shape {
    name: "AsofJoin",
    noun: "`asof_join`",
    doc: "Each left row with at most one right row of its key: the one that is right by time. Inputs need no order.",
    keys: &[
        Key::required("left", TABLE_NAME, "Rows to enrich."),
        Key::required("right", TABLE_NAME, "What was true, and when."),
        Key::required(
            "by",
            PAIRS,
            "Columns that must be equal, as in `join`; `[]` for none.",
        ),
        Key::required(
            "on",
            Value::Any(&[COLUMN, Value::Object(&TIME_PAIR)]),
            "Time column: its name, or `{left: column, right: column}`.",
        ),
        Key::new(
            "direction",
            Value::Leaf(Leaf::Word(Direction::WORDS)),
            "Where to look. Default: `backward`.",
        ),
        Key::new(
            "tolerance",
            Value::Leaf(Leaf::Duration),
            "Greatest distance, itself included, such as `1h`. Default: `none`.",
        ),
        Key::new(
            "allow_exact",
            FLAG,
            "An equal time matches. Default: `true`.",
        ),
        Key::new(
            "kind",
            Value::Leaf(Leaf::Word(&[
                word("left", "all left rows"),
                word("inner", "left rows with a partner"),
            ])),
            "Which rows stay. Default: `left`.",
        ),
    ],
    groups: &[],
};

/// Time columns of `asof_join`.
pub(crate) static TIME_PAIR: Shape = Shape {
    name: "TimePair",
    noun: "a pair of time columns",
    doc: "Time columns of different names.",
    keys: &[
        Key::required("left", COLUMN, "Time column of the left table."),
        Key::required("right", COLUMN, "Time column of the right table."),
    ],
    groups: &[],
};
