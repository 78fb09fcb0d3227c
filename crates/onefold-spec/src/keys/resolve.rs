//! `resolve`, and the preferences between records.

use super::shape::{
    CAP, COLUMN, COLUMN_NAMES, FLAG, Group, Key, Leaf, Need, Shape, TABLE_NAMES, TEXT, Value,
};
use super::words::{Choice as _, Word, word};
use crate::model::Likened;

pub(crate) const MOST_COMPLETE: Word =
    word("most_complete", "the record with fewer missing values");
pub(super) const FIRST: Word = word("first", "the record read first");
pub(super) const LAST: Word = word("last", "the record read last");
const PREFERENCES: Value = Value::Many(&Value::Any(&[
    Value::Leaf(Leaf::Word(&[MOST_COMPLETE, FIRST, LAST])),
    Value::Object(&PREFERENCE),
]));

pub(crate) const MOST_FREQUENT: Word = word(
    "most_frequent",
    "the value on most of the customer's records; only first in a list",
);
pub(crate) const LONGEST: Word = word(
    "longest",
    "the text of most characters; only first in a list",
);
const ALL: Word = word(
    "all",
    "all distinct values of the customer, with `; ` between two (`{joined: \", \"}` says another); alone",
);
/// The preferences of a field: those between records, those that count its values, and all values.
const FIELD_PREFERENCES: Value = Value::Many(&Value::Any(&[
    Value::Leaf(Leaf::Word(&[
        MOST_FREQUENT,
        LONGEST,
        ALL,
        MOST_COMPLETE,
        FIRST,
        LAST,
    ])),
    Value::Object(&FIELD_PREFERENCE),
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
        Key::new(
            "match",
            Value::Many(&Value::Any(&[COLUMN, Value::Named(&COLUMN_NAMES)])),
            "Rules: a field, `{label: field}`, or `{label: [field, field]}`: equal in all of the fields. A missing value equals nothing. `auto` alone: no rules, and `model: auto`.",
        ),
        Key::new(
            "model",
            Value::Any(&[
                Value::Leaf(Leaf::Word(&[word(
                    "auto",
                    "comparisons are chosen from the fields",
                )])),
                Value::Object(&MODEL),
            ]),
            "Match by likeness too: records whose values agree more than those of strangers do. What agreement is worth is learned from the records.",
        ),
        Key::new(
            "never",
            COLUMNS_OF_PARTING,
            "Fields whose values never differ within a customer: two records with two values are never linked, by rules neither.",
        ),
        Key::new(
            "distinct",
            TABLE_NAMES,
            "Tables without duplicates: two of their records are never one customer.",
        ),
        Key::new(
            "keep",
            PREFERENCES,
            "Which record of a customer is kept: a word, `{latest: field}`, `{earliest: field}`, `{priority: [table, ..]}`, or a list of those; ties go to the record read first. Default: `most_complete`.",
        ),
        Key::new(
            "survivorship",
            Value::Named(&FIELD_PREFERENCES),
            "Fields that take their value by an order of their own, by field; `keep` decides ties of `most_frequent` and `longest`. `all` keeps every value of a text field.",
        ),
        Key::new(
            "together",
            Value::List(&Value::List(&COLUMN)),
            "Groups of fields that take their values from one record: the first that has any of them, in the order of the group's field in `survivorship`, else of `keep`; with `fill`, the first of those that have most of them.",
        ),
        Key::new(
            "fill",
            FLAG,
            "Missing values of the kept record come from the customer's next ones. Default: `true`.",
        ),
        Key::new(
            "id",
            Value::Any(&[COLUMN, Value::Object(&ID)]),
            "The identifier column: its name, or `{name, prefix, digits, uuid}`.",
        ),
        Key::new(
            "state",
            TEXT,
            "File, relative to the output folder, in which the ids of customers stay from run to run: the same people keep their id. It is published with the outputs. Every record needs a key.",
        ),
        Key::new(
            "decisions",
            TEXT,
            "CSV file, relative to the pipeline file, of what people have decided: columns `decision` (`same` or `different`), `source_a`, `key_a`, `source_b`, `key_b`, `who`, `at`, `why`. Every run obeys it. A file that is not there is empty. Every record needs a key.",
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
    groups: &[Group {
        need: Need::OneOrMore,
        keys: &["match", "model"],
    }],
};

const COLUMNS_OF_PARTING: Value = Value::Many(&COLUMN);

/// The model of `resolve`.
pub(crate) static MODEL: Shape = Shape {
    name: "Model",
    noun: "`model`",
    doc: "How records are matched by likeness.",
    keys: &[
        Key::new(
            "compare",
            Value::List(&Value::Object(&COMPARISON)),
            "What is compared. Default: chosen from names, types and values of the fields; the run says what it chose.",
        ),
        Key::new(
            "threshold",
            Value::Leaf(Leaf::Share),
            "Least probability of a match. Default: `50%`.",
        ),
        Key::new(
            "possible",
            Value::Leaf(Leaf::Share),
            "Pairs from this probability on that are no match go to the side table `possible`. Default: `20%`.",
        ),
        Key::new(
            "file",
            TEXT,
            "A model that an earlier run has learned, with which nothing is learned; or settings of Splink, of which the comparisons are taken. Relative to the pipeline file.",
        ),
    ],
    groups: &[],
};

/// A comparison of a model.
pub(crate) static COMPARISON: Shape = Shape {
    name: "Comparison",
    noun: "a comparison",
    doc: "Fields that are compared together, and what their values mean.",
    keys: &[
        Key::required(
            "as",
            Value::Leaf(Leaf::Word(Likened::WORDS)),
            "What the values mean, which decides how alike two can be.",
        ),
        Key::required(
            "fields",
            COLUMNS_OF_PARTING,
            "The field, or fields whose texts are joined: first and last name, house number and street.",
        ),
        Key::new(
            "label",
            TEXT,
            "How reports call it. Default: the fields joined by `+`.",
        ),
        Key::new(
            "given",
            TEXT,
            "Label of a comparison that implies this one, as a postcode implies its city: agreeing on both is then little more evidence than agreeing on one.",
        ),
    ],
    groups: &[],
};

const LATEST: Key = Key::new(
    "latest",
    COLUMN,
    "The greatest value of the field first, missing ones last.",
);
const EARLIEST: Key = Key::new(
    "earliest",
    COLUMN,
    "The smallest value of the field first, missing ones last.",
);
const PRIORITY: Key = Key::new(
    "priority",
    TABLE_NAMES,
    "Records of these tables first, in this order.",
);

/// One preference of `resolve`.
pub(crate) static PREFERENCE: Shape = Shape {
    name: "Preference",
    noun: "a preference",
    doc: "Which record comes first.",
    keys: &[LATEST, EARLIEST, PRIORITY],
    groups: &[Group {
        need: Need::One,
        keys: &["latest", "earliest", "priority"],
    }],
};

/// A preference of a field.
pub(crate) static FIELD_PREFERENCE: Shape = Shape {
    name: "FieldPreference",
    noun: "a preference of a field",
    doc: "Which record comes first, or that all values are kept.",
    keys: &[
        LATEST,
        EARLIEST,
        PRIORITY,
        Key::new(
            "joined",
            Value::Leaf(Leaf::AnyText),
            "All distinct values, in the order of `keep`, with this text between two.",
        ),
    ],
    groups: &[Group {
        need: Need::One,
        keys: &["latest", "earliest", "priority", "joined"],
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
        Key::new(
            "uuid",
            FLAG,
            "With a `state`: new ids are UUIDs (version 8) made of the customer's first record, instead of prefix and number. Default: `false`.",
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
            "A value on records of more people than this makes no links (records with the same names and telephone numbers are one person): a number, `off`, or by rule label. Default: 10 for e-mail addresses and telephone numbers, 50 for the rest.",
        ),
        Key::new(
            "max_size",
            CAP,
            "A customer of more records than this is flagged in the report. Default: 50.",
        ),
    ],
    groups: &[],
};
