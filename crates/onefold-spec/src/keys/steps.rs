//! The steps: what can make a table.

use super::checks::TABLE_CHECK;
use super::joins::{ASOF_JOIN, JOIN};
use super::resolve::{FIRST, LAST, MOST_COMPLETE, RESOLVE};
use super::shape::{
    COLUMN, COLUMN_NAMES, COLUMNS, Group, Key, Leaf, Need, SQL, Shape, TABLE_NAME, Value,
};
use super::source::TABLE_LIMITS;
use super::words::{Word, word};

/// A step: the key that it has in a table.
#[derive(Debug)]
pub(crate) struct StepDef {
    pub(crate) name: &'static str,
    /// Side tables: name and what is in them.
    pub(crate) sides: &'static [Word],
    /// A table with the step, as YAML; `a` and `b` are tables.
    pub(crate) example: &'static str,
}

/// All steps, in the order of the reference.
pub(crate) static STEPS: &[StepDef] = &[
    StepDef {
        name: "resolve",
        sides: &[
            word(
                "duplicates",
                "a row for each customer of several records: kept and removed ids, reasons, sources",
            ),
            word(
                "links",
                "a row for each record that was not kept: the record that it is linked to, the rules that link them, their addresses",
            ),
            word(
                "members",
                "every record with the customer that it belongs to",
            ),
            word(
                "possible",
                "with a `model`: pairs of records that may be one customer but were not linked, the likeliest first",
            ),
            word(
                "lineage",
                "with a `state`: a row for each customer that was created, merged, split, changed or is gone since the last run: old id, new id, event, cause, run",
            ),
            word(
                "provenance",
                "a row for each value of a customer of several records: the record that it comes from, and `rule`: `kept`, `filled`, `together`, or the preference that decided",
            ),
        ],
        example: "\
customers:
  resolve:
    from: [a, b]
    match: [email, phone, {name+city: [name, city]}]
    keep: [{priority: [a, b]}, most_complete]
    survivorship: {phone: {latest: updated}, name: [most_frequent, {latest: updated}]}
    together: [[street, postcode, city]]
    id: {name: customer, prefix: CUST, digits: 5}
    guards: {max_shared: {email: 5}, max_size: 20}
",
    },
    StepDef {
        name: "dedupe",
        sides: &[word(
            "removed",
            "the rows that are not in the table; last, as `kept_NAME`, the columns outside the key of the row kept instead",
        )],
        example: "newest: {dedupe: {from: a, by: email, keep: {latest: updated}}}\n",
    },
    StepDef {
        name: "join",
        sides: &[],
        example: "\
wide:
  join:
    from: a
    left: [{table: b, on: id, expect: one}]
    anti: [{table: c, on: {left: email, right: address}}]
",
    },
    StepDef {
        name: "asof_join",
        sides: &[word(
            "unmatched",
            "the left rows without a partner; last, `reason`: `no_candidate` (no row of the key in the direction), `outside_tolerance`, or `null_key` (no key or no time)",
        )],
        example: "priced: {asof_join: {left: a, right: b, by: id, on: {left: sold, right: since}, tolerance: 7d}}\n",
    },
    StepDef {
        name: "sessionize",
        sides: &[word("events", "the events, each with its session")],
        example: "visits: {sessionize: {from: a, by: id, time: sold, gap: 30m, columns: {pages: \"count(*)\"}}}\n",
    },
    StepDef {
        name: "aggregate",
        sides: &[],
        example: "totals: {aggregate: {from: a, by: id, columns: {total: sum(amount)}}}\n",
    },
    StepDef {
        name: "union",
        sides: &[],
        example: "all: {union: [a, b]}\n",
    },
    StepDef {
        name: "align",
        sides: &[],
        example: "pairs: {align: [a, b]}\n",
    },
    StepDef {
        name: "sql",
        sides: &[],
        example: "adults: {sql: SELECT * FROM a WHERE age >= 18}\n",
    },
    StepDef {
        name: "from",
        sides: &[],
        example: "some: {from: a, where: amount > 0, select: [id, {total: amount * 2}], order_by: [id]}\n",
    },
];

/// Named expressions: `{name: expression}`, or a list of such.
const EXPRESSIONS: Value = Value::Many(&Value::Named(&SQL));

/// A table.
pub(crate) static TABLE: Shape = Shape {
    name: "Table",
    noun: "a table",
    doc: "One step, then `where`, `select` and `order_by`, in this order.",
    keys: &[
        Key::new(
            "resolve",
            Value::Object(&RESOLVE),
            "Find the records that are one customer, and make one row of them.",
        ),
        Key::new("dedupe", Value::Object(&DEDUPE), "Keep one row per key."),
        Key::new(
            "join",
            Value::Object(&JOIN),
            "Look up columns of other tables.",
        ),
        Key::new(
            "asof_join",
            Value::Object(&ASOF_JOIN),
            "Join each row with the one row of its key that is right by time.",
        ),
        Key::new(
            "sessionize",
            Value::Object(&SESSIONIZE),
            "Cut the events of each key into sessions, a row a session.",
        ),
        Key::new(
            "aggregate",
            Value::Object(&AGGREGATE),
            "Group rows, and compute a value a group.",
        ),
        Key::new(
            "union",
            Value::List(&TABLE_NAME),
            "Rows of several tables one after another, by column name.",
        ),
        Key::new(
            "align",
            Value::List(&TABLE_NAME),
            "Pair the rows of tables by position: a placeholder where there is no key, called so in every report.",
        ),
        Key::new("sql", SQL, "A SQL query over the other tables."),
        Key::new(
            "from",
            TABLE_NAME,
            "A table as it is, for `where`, `select` and `order_by` alone.",
        ),
        Key::new(
            "where",
            SQL,
            "SQL condition: rows for which it is true stay.",
        ),
        Key::new(
            "select",
            COLUMNS,
            "Columns in order: `name`, `\"*\"`, `{new_name: column or SQL expression}`. Default: all.",
        ),
        Key::new(
            "order_by",
            Value::Many(&SQL),
            "SQL sort expressions, such as `created DESC`.",
        ),
        Key::new(
            "limits",
            Value::Object(&TABLE_LIMITS),
            "Bounds outside of which nothing is published.",
        ),
        Key::new(
            "checks",
            Value::List(&Value::Object(&TABLE_CHECK)),
            "What all rows fulfil.",
        ),
    ],
    groups: &[Group {
        need: Need::One,
        keys: &[
            "resolve",
            "dedupe",
            "join",
            "asof_join",
            "sessionize",
            "aggregate",
            "union",
            "align",
            "sql",
            "from",
        ],
    }],
};

/// `dedupe:`.
pub(crate) static DEDUPE: Shape = Shape {
    name: "Dedupe",
    noun: "`dedupe`",
    doc: "One row of each key stays; the others are in the side table `removed`.",
    keys: &[
        Key::required("from", TABLE_NAME, "Input."),
        Key::new(
            "by",
            COLUMN_NAMES,
            "Key columns; a row with a missing key stays. Default: all columns.",
        ),
        Key::new(
            "keep",
            Value::Many(&Value::Any(&[
                Value::Leaf(Leaf::Word(&[FIRST, LAST, MOST_COMPLETE])),
                Value::Object(&ROW_PREFERENCE),
            ])),
            "Which row stays: a word, `{latest: column}`, `{earliest: column}`, or a list of those. Default: `first`.",
        ),
    ],
    groups: &[],
};

/// One preference of `dedupe`.
pub(crate) static ROW_PREFERENCE: Shape = Shape {
    name: "RowPreference",
    noun: "a preference",
    doc: "Which row comes first.",
    keys: &[
        Key::new(
            "latest",
            COLUMN,
            "The greatest value of the column first, missing ones last.",
        ),
        Key::new(
            "earliest",
            COLUMN,
            "The smallest value of the column first, missing ones last.",
        ),
    ],
    groups: &[Group {
        need: Need::One,
        keys: &["latest", "earliest"],
    }],
};

/// `sessionize:`.
pub(crate) static SESSIONIZE: Shape = Shape {
    name: "Sessionize",
    noun: "`sessionize`",
    doc: "A new session starts where more time than `gap` has passed since the key's previous event. A row a session: the key, `session_id`, `session_start`, `session_end`, `event_count`.",
    keys: &[
        Key::required("from", TABLE_NAME, "Events, in any order."),
        Key::required("by", COLUMN_NAMES, "Key of a session's owner."),
        Key::required("time", COLUMN, "Time column."),
        Key::required(
            "gap",
            Value::Leaf(Leaf::Duration),
            "Longest pause within a session, such as `30m`; `none`: one session a key.",
        ),
        Key::new(
            "max_length",
            Value::Leaf(Leaf::Duration),
            "A session longer than this is cut. Default: `none`.",
        ),
        Key::new(
            "columns",
            EXPRESSIONS,
            "Further aggregates over a session's events: `{name: expression}`.",
        ),
    ],
    groups: &[],
};

/// `aggregate:`.
pub(crate) static AGGREGATE: Shape = Shape {
    name: "Aggregate",
    noun: "`aggregate`",
    doc: "One row a group: the columns of `by`, then the aggregates.",
    keys: &[
        Key::required("from", TABLE_NAME, "Input."),
        Key::new(
            "by",
            COLUMN_NAMES,
            "Group columns. Default: the whole table is one group.",
        ),
        Key::new("columns", EXPRESSIONS, "Aggregates: `{name: expression}`."),
    ],
    groups: &[Group {
        need: Need::OneOrMore,
        keys: &["by", "columns"],
    }],
};
