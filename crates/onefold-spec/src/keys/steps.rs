//! The steps: what can make a table.

use super::words::{Choice as _, Word, word};
use super::{COLUMN, COLUMNS, FLAG, Group, Key, Leaf, Need, SQL, Shape, TABLE_NAME, Value};
use crate::model::{Direction, Expect};

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
        ],
        example: "\
customers:
  resolve:
    from: [a, b]
    match: [email, phone, {name+city: [name, city]}]
    keep: [{priority: [a, b]}, most_complete]
    survivorship: {phone: {latest: updated}}
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

const TABLE_NAMES: Value = Value::Many(&TABLE_NAME);
const COLUMN_NAMES: Value = Value::Many(&COLUMN);
/// Named expressions: `{name: expression}`, or a list of such.
const EXPRESSIONS: Value = Value::Many(&Value::Named(&SQL));
const CAP: Value = Value::Leaf(Leaf::Cap);

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
        Key::new("dedupe", Value::Object(&DEDUPE), "Keep one row a key."),
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

const MOST_COMPLETE: Word = word("most_complete", "the record with fewer missing values");
const FIRST: Word = word("first", "the record read first");
const LAST: Word = word("last", "the record read last");
const PREFERENCES: Value = Value::Many(&Value::Any(&[
    Value::Leaf(Leaf::Word(&[MOST_COMPLETE, FIRST, LAST])),
    Value::Object(&PREFERENCE),
]));

/// `resolve:`.
pub(crate) static RESOLVE: Shape = Shape {
    name: "Resolve",
    noun: "`resolve`",
    doc: "Records that share a value by any rule, directly or through others, are one customer. Rows come in the order of their first record.",
    keys: &[
        Key::required(
            "from",
            TABLE_NAMES,
            "The tables whose records are compared.",
        ),
        Key::required(
            "match",
            Value::Many(&Value::Any(&[COLUMN, Value::Named(&COLUMN_NAMES)])),
            "Rules: a field, `{label: field}`, or `{label: [field, field]}`: equal in all of the fields. A missing value equals nothing.",
        ),
        Key::new(
            "keep",
            PREFERENCES,
            "Which record of a customer is kept: a word, `{latest: field}`, `{earliest: field}`, `{priority: [table, ..]}`, or a list of those; ties go to the record read first. Default: `most_complete`.",
        ),
        Key::new(
            "survivorship",
            Value::Named(&PREFERENCES),
            "Fields that take their value by an order of their own, by field.",
        ),
        Key::new(
            "fill",
            FLAG,
            "Missing values of the kept record come from the customer's next ones. Default: `true`.",
        ),
        Key::new(
            "id",
            Value::Any(&[COLUMN, Value::Object(&ID)]),
            "The identifier column: its name, or `{name, prefix, digits}`.",
        ),
        Key::new(
            "guards",
            Value::Any(&[
                Value::Leaf(Leaf::Word(&[word("off", "no guards")])),
                Value::Object(&GUARDS),
            ]),
            "Protection against values that many strangers share. Default: on.",
        ),
    ],
    groups: &[],
};

/// One preference of `resolve`.
pub(crate) static PREFERENCE: Shape = Shape {
    name: "Preference",
    noun: "a preference",
    doc: "Which record comes first.",
    keys: &[
        Key::new(
            "latest",
            COLUMN,
            "The greatest value of the field first, missing ones last.",
        ),
        Key::new(
            "earliest",
            COLUMN,
            "The smallest value of the field first, missing ones last.",
        ),
        Key::new(
            "priority",
            TABLE_NAMES,
            "Records of these tables first, in this order.",
        ),
    ],
    groups: &[Group {
        need: Need::One,
        keys: &["latest", "earliest", "priority"],
    }],
};

/// The identifier of `resolve`.
pub(crate) static ID: Shape = Shape {
    name: "Id",
    noun: "`id`",
    doc: "The identifier column: a prefix and a number, from 1.",
    keys: &[
        Key::new("name", COLUMN, "Column name. Default: `id`."),
        Key::new(
            "prefix",
            Value::Leaf(Leaf::AnyText),
            "Text before the number. Default: `CUST`.",
        ),
        Key::new(
            "digits",
            Value::Leaf(Leaf::Count { min: 1, max: 18 }),
            "Least number of digits, filled with zeros. Default: 1.",
        ),
    ],
    groups: &[],
};

/// Guards of `resolve`.
pub(crate) static GUARDS: Shape = Shape {
    name: "Guards",
    noun: "`guards`",
    doc: "A value on very many records (`info@`, a switchboard) identifies nobody: it makes no links, and the report lists it.",
    keys: &[
        Key::new(
            "max_shared",
            Value::Any(&[CAP, Value::Named(&CAP)]),
            "A value on more records than this makes no links: a number, `off`, or by rule label. Default: 10 for e-mail addresses and telephone numbers, 50 for the rest.",
        ),
        Key::new(
            "max_size",
            CAP,
            "A customer of more records than this is flagged in the report. Default: 50.",
        ),
    ],
    groups: &[],
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
