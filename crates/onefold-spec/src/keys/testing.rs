//! The tests of a pipeline: what a test may say.

use super::shape::{Group, Key, Leaf, Need, Shape, TEXT, Value};

const COUNT: Value = Value::Leaf(Leaf::Count {
    min: 0,
    max: u64::MAX,
});
const ROWS: Value = Value::List(&Value::Named(&Value::Leaf(Leaf::AnyText)));
const CONTENT: Value = Value::Any(&[Value::Leaf(Leaf::AnyText), ROWS]);

/// A test.
pub(crate) static TEST: Shape = Shape {
    name: "Test",
    noun: "a test",
    doc: "Small inputs, and what a run makes of them. `onefold test` runs each in a folder of its own.",
    keys: &[
        Key::required("name", TEXT, "What it shows, as the command prints it."),
        Key::new(
            "inputs",
            Value::Named(&Value::Any(&[
                Value::Leaf(Leaf::AnyText),
                ROWS,
                Value::Object(&TEST_FILES),
            ])),
            "What the sources read, by name: the text of a file, or rows (`[{id: 1}]`), written as delimited text where the source or its path says so and as JSON elsewhere, where `a.b` is a path. A source that is not named is empty.",
        ),
        Key::new(
            "expect",
            Value::Named(&Value::Any(&[COUNT, ROWS])),
            "Rows of tables and side tables, by name: all rows in order (`[{user_id: 1}]`), or how many there are. Only the columns that a row names are compared, as the text that a CSV file would hold; `null` and empty are the same.",
        ),
        Key::new(
            "ledger",
            Value::Named(&Value::Object(&TEST_LEDGER)),
            "Counts of records, by source.",
        ),
        Key::new(
            "error",
            TEXT,
            "The run fails, or is refused by a limit, with a message that contains this text.",
        ),
    ],
    groups: &[
        Group {
            need: Need::OneOrMore,
            keys: &["expect", "ledger", "error"],
        },
        Group {
            need: Need::ZeroOrOne,
            keys: &["expect", "error"],
        },
        Group {
            need: Need::ZeroOrOne,
            keys: &["ledger", "error"],
        },
    ],
};

/// Several files of a source.
pub(crate) static TEST_FILES: Shape = Shape {
    name: "TestFiles",
    noun: "the input of a test",
    doc: "Several files of one source, for sources whose path is a folder or a glob.",
    keys: &[Key::required(
        "files",
        Value::Named(&CONTENT),
        "Text or rows, by file name relative to the input folder.",
    )],
    groups: &[],
};

/// Counts of a source.
pub(crate) static TEST_LEDGER: Shape = Shape {
    name: "TestLedger",
    noun: "a ledger",
    doc: "What a run counts for a source. What is not said is not compared.",
    keys: &[
        Key::new("read", COUNT, "Records found."),
        Key::new("accepted", COUNT, "Records that are in the table."),
        Key::new("rejected", COUNT, "Records that are in `SOURCE.rejects`."),
    ],
    groups: &[],
};
