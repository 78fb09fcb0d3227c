//! Outputs: what a run publishes.

use super::shape::{
    COLUMN_NAMES, COLUMNS, FLAG, Group, Key, Leaf, Need, Shape, TABLE_NAME, TEXT, Value,
};
use super::words::{Choice as _, FileFormat, word};
use crate::model::Mask;

/// An output.
pub(crate) static OUTPUT: Shape = Shape {
    name: "Output",
    noun: "an output",
    doc: "One file: rows of a table, the run log, the run's metrics, or a page on matching.",
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
        Key::new(
            "report",
            TABLE_NAME,
            "A table made by `resolve` with a `model`: a page (HTML) on how its records were matched. It holds values of the records.",
        ),
        Key::required(
            "path",
            TEXT,
            "Where, relative to the output folder; its own for each output, but for the sheets of a workbook. A text whose name ends in `.gz` or `.zst` is compressed.",
        ),
        Key::new(
            "columns",
            COLUMNS,
            "Columns in order: `name`, `\"*\"`, `{new_name: column or SQL expression}`. Default: all.",
        ),
        Key::new(
            "mask",
            Value::Named(&Value::Any(&[
                Value::Leaf(Leaf::Word(Mask::WORDS)),
                Value::Object(&MASK),
            ])),
            "Columns whose values are hidden, by name, and how; they become text, and a missing value stays missing.",
        ),
        Key::new(
            "format",
            Value::Leaf(Leaf::Word(FileFormat::WORDS)),
            "Default: by the extension: `.csv`, `.tsv`, `.json`, `.jsonl`, `.ndjson`, `.parquet`, `.xlsx`; `.txt` and `.log` are delimited text with a `delimiter`.",
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
            "bom",
            FLAG,
            "`csv`: the file begins with a byte order mark, by which Excel tells that it is UTF-8. Default: `false`.",
        ),
        Key::new(
            "spreadsheet_safe",
            FLAG,
            "`csv`: for people who open it in a spreadsheet. A text that one takes as a formula (`=`, `+`, `-`, `@`, a tab or a line end in front) gets an apostrophe in front, and so does a text that begins with one. Default: `false`.",
        ),
        Key::new(
            "indent",
            Value::Leaf(Leaf::Count { min: 0, max: 16 }),
            "`json`: spaces a level. Default: compact, a record a line.",
        ),
        Key::new(
            "partition_by",
            COLUMN_NAMES,
            "`parquet`: `path` is a folder, and in it is a folder for each value of these columns, such as `day=2026-01-05/part-00000.parquet`. The columns are text, integer, boolean or date; they are not in the files.",
        ),
        Key::new(
            "max_partitions",
            Value::Leaf(Leaf::Count {
                min: 1,
                max: 1_000_000,
            }),
            "With `partition_by`: most partitions; a table that has more is an error. Default: 10000.",
        ),
        Key::new(
            "sheet",
            Value::Leaf(Leaf::Sheet),
            "`xlsx`: name of the sheet. Outputs with one path and different sheets are one workbook. Default: the name of the table, cut to 31 characters.",
        ),
    ],
    groups: &[Group {
        need: Need::One,
        keys: &["table", "log", "metrics", "report"],
    }],
};

/// How a value is hidden, with a number.
pub(crate) static MASK: Shape = Shape {
    name: "Mask",
    noun: "a mask",
    doc: "A mask that keeps a part of the value.",
    keys: &[Key::required(
        "keep_last",
        Value::Leaf(Leaf::Count { min: 1, max: 64 }),
        "`***` and so many characters of its end; `***` alone for a value that has no more.",
    )],
    groups: &[],
};
