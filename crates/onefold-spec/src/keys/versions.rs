//! The versions of a source's schema: what a version may say.

use super::shape::{FLAG, Group, Key, Leaf, Need, Shape, TEXT, TEXTS, Value};
use super::words::{Choice as _, Order};

/// A version.
pub(crate) static VERSION: Shape = Shape {
    name: "Version",
    noun: "a version",
    doc: "Another schema of the same records: how it is recognised, and where it differs from the source's `fields`. All versions make one table, that of the source's `fields`.",
    keys: &[
        Key::required("name", TEXT, "How messages and reports call it."),
        Key::required(
            "when",
            Value::Object(&WHEN),
            "How a file or a record of this version is recognised.",
        ),
        Key::required(
            "fields",
            Value::Named(&Value::Object(&VERSION_FIELD)),
            "The fields of the source that this version has differently, by their names in the source. All others are as in the source.",
        ),
    ],
    groups: &[],
};

/// How a version is recognised.
pub(crate) static WHEN: Shape = Shape {
    name: "When",
    noun: "`when`",
    doc: "How a version is recognised.",
    keys: &[
        Key::new(
            "path",
            Value::Leaf(Leaf::Glob),
            "A glob that the file's name fits, relative to the input folder.",
        ),
        Key::new(
            "fields",
            Value::Many(&TEXTS),
            "Columns that are all there: of a file with a header or a schema, the file's columns; of JSON, the keys of each record, null or not. A path into nested JSON is written as in `from`.",
        ),
    ],
    groups: &[Group {
        need: Need::One,
        keys: &["path", "fields"],
    }],
};

/// A field of a version.
pub(crate) static VERSION_FIELD: Shape = Shape {
    name: "VersionField",
    noun: "a field of a version",
    doc: "Where a version's values come from and how they are written. What is not said here is as in the source's field: its type, its checks, whether it is required.",
    keys: &[
        Key::new(
            "from",
            TEXTS,
            "The column or path in this version, as in a field.",
        ),
        Key::new(
            "value",
            Value::Leaf(Leaf::AnyText),
            "The same text in every record of this version.",
        ),
        Key::new(
            "absent",
            FLAG,
            "`true`: this version has no such field; its value is missing, or the `default`.",
        ),
        Key::new(
            "type",
            Value::Leaf(Leaf::Type),
            "The type of the source's field once more: a table has one type a column. How this version writes it, `formats`, `order`, `pivot`, `true_values`, `false_values`, `decimal_comma` and `region` say.",
        ),
        Key::new(
            "default",
            TEXT,
            "Value where it is missing in this version.",
        ),
        Key::new(
            "region",
            Value::Leaf(Leaf::Region),
            "`phone`, `postcode`: the country assumed in this version.",
        ),
        Key::new(
            "formats",
            Value::Many(&Value::Leaf(Leaf::DateFormat)),
            "`date`, `timestamp`: the writings of this version, instead of the source's `formats` or `order`, as in a field.",
        ),
        Key::new(
            "order",
            Value::Leaf(Leaf::Word(Order::WORDS)),
            "`date`, `timestamp`: which of day and month comes first in this version, instead of the source's `formats` or `order`. `person_name`: which name comes first in this version.",
        ),
        Key::new(
            "pivot",
            Value::Leaf(Leaf::Count { min: 0, max: 100 }),
            "`date`, `timestamp`: the first year of two digits that is one of the 1900s in this version.",
        ),
        Key::new(
            "true_values",
            TEXTS,
            "`boolean`: the words of this version, instead of both lists of the source.",
        ),
        Key::new(
            "false_values",
            TEXTS,
            "`boolean`: the words of this version, instead of both lists of the source.",
        ),
        Key::new(
            "decimal_comma",
            FLAG,
            "`integer`, `float`, `decimal`, `money`: whether numbers have a decimal comma in this version.",
        ),
    ],
    groups: &[
        Group {
            need: Need::ZeroOrOne,
            keys: &["from", "value", "absent"],
        },
        Group {
            need: Need::ZeroOrOne,
            keys: &["formats", "order"],
        },
    ],
};
