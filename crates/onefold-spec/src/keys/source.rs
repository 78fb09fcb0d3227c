//! Sources: what is read, and how its fields are checked.

use super::shape::{COLUMN, FLAG, Group, Key, Leaf, Need, SQL, Shape, TEXT, TEXTS, Value};
use super::versions::VERSION;
use super::words::{Choice as _, Order, Word, word};
use crate::model::{BlankLines, InputFormat, OnInvalid, PhoneFormat, TrailingDelimiter};

/// A source.
pub(crate) static SOURCE: Shape = Shape {
    name: "Source",
    noun: "a source",
    doc: "One kind of record, read from one or many files. Broken and invalid records go to its side table `rejects`, values that a field made missing to `nulled`.",
    keys: &[
        Key::required(
            "path",
            TEXT,
            "A file, a folder or a glob, relative to the input folder. `\"-\"`: standard input, for one source of a pipeline.",
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
            "Delimited text, and rows of a sheet: lines before the header, or before the first record where there is no header. Default: lines of a title are found where the records after them settle on a width.",
        ),
        Key::new(
            "skip_until",
            TEXT,
            "Delimited text, and rows of a sheet: the header is the first line that holds this text; lines before it are not read.",
        ),
        Key::new(
            "footer",
            Value::Leaf(Leaf::Count { min: 0, max: 1000 }),
            "Delimited text, and rows of a sheet: lines at the end that are not records, such as a total; blank lines do not count. The run says what they are. Default: 0.",
        ),
        Key::new(
            "header",
            Value::Any(&[Value::Leaf(Leaf::HeaderRows), Value::List(&TEXT)]),
            "Delimited text, and rows of a sheet: `true` where the first record names the columns; a number where so many records do, their texts joined by spaces; `false` for `column_1`, `column_2`, ...; the list of names where the file has none. Default: one record, after lines of a title if there are any.",
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
            "Delimited text, and rows of a sheet: what a line without a character is. Default: `skip`.",
        ),
        Key::new(
            "sheet",
            TEXT,
            "Workbooks: the sheet to read: its name, or its number from 1 where no sheet has that name. Default: the only visible sheet that holds anything; of several the first, and the run names the others.",
        ),
        Key::new(
            "encoding",
            Value::Leaf(Leaf::Encoding),
            "A WHATWG encoding label such as `windows-1252`. Default: a byte order mark, else UTF-8.",
        ),
        Key::new(
            "records",
            TEXTS,
            "Where in a JSON document the array of records lies: `data.customers`, or a list of keys where a key holds a point.",
        ),
        Key::new(
            "explode",
            Value::Any(&[TEXT, Value::List(&TEXT), Value::Object(&EXPLODE)]),
            "JSON and Parquet: the array in each record whose elements become the records, by its path (`line_items`, `order.lines`), or `{path, ..}`. Fields whose paths go on from there (`line_items.sku`) are read in the element, all others in the record around it; the path alone (`tags`) is the element itself. An array on the way to it is exploded too.",
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
            Value::Many(&Value::Object(&VERSION)),
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
            Value::Leaf(Leaf::Timezone),
            "Zone of time stamps that carry none, such as `Europe/Paris`, and of the calendar by which a number since 1970 becomes a date. Default: UTC.",
        ),
        Key::new(
            "decimal_comma",
            FLAG,
            "`true`: numbers have a decimal comma (`1.234,56`, `1 234,56`), where a field does not say otherwise. Default: `false`.",
        ),
        Key::new(
            "limits",
            Value::Object(&SOURCE_LIMITS),
            "Bounds outside of which nothing is published.",
        ),
        Key::new(
            "allow_empty",
            FLAG,
            "`true`: the source may have no records though the last published run read some. Default: `false`, nothing is published.",
        ),
    ],
    groups: &[Group {
        need: Need::ZeroOrOne,
        keys: &["skip", "skip_until"],
    }],
};

/// How a source explodes an array.
pub(crate) static EXPLODE: Shape = Shape {
    name: "Explode",
    noun: "`explode`",
    doc: "A record for each element of an array in JSON records, with the fields of the record around it.",
    keys: &[
        Key::required(
            "path",
            TEXTS,
            "Where in a record the array lies: `line_items`, `order.lines`, or a list of keys where a key holds a point.",
        ),
        Key::new(
            "position",
            TEXT,
            "Name of a further column: the number of the element in its record, from 1. Default: none.",
        ),
        Key::new(
            "keep_empty",
            FLAG,
            "`true`: a record whose array is empty, null or missing is one row, without values of an element. Default: `false`, it is no row, and the ledger counts it.",
        ),
    ],
    groups: &[],
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
            "A column, or a path into nested JSON (`contact.email`, `line_items.0.sku` or `line_items[0].sku` for the first element of an array). A list is taken literally: `[\"a.b\"]` is the column `a.b`. Default: the column of the field's name.",
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
            Value::Leaf(Leaf::Pattern),
            "A regular expression that the standardised text must match somewhere.",
        ),
        Key::new(
            "on_invalid",
            Value::Leaf(Leaf::Word(OnInvalid::WORDS)),
            "What a value that is not of the type does. Default: `reject`.",
        ),
        Key::new(
            "region",
            Value::Leaf(Leaf::Region),
            "`phone`: ISO 3166 code of the country assumed where a number has no country code, such as `US`. `postcode`: of the country whose forms are accepted. Default: those of all countries.",
        ),
        Key::new(
            "format",
            Value::Leaf(Leaf::Word(PhoneFormat::WORDS)),
            "`phone`: how it is written. Default: `e164`.",
        ),
        Key::new(
            "formats",
            Value::Many(&Value::Leaf(Leaf::DateFormat)),
            "`date`, `timestamp`: the only writings that are read, tried in order; the first that fits wins. Each is a strptime pattern (`%d.%m.%Y`), `iso` for ISO 8601, `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns` for numbers since 1970, or `excel`, `excel1904` for the serial dates of spreadsheets (45292 is 2024-01-01 in the system of 1900; times to the millisecond). `%Y` takes four digits, `%y` two. `min`, `max`, `one_of`, `default` and `value` may be in ISO 8601 whatever stands here.",
        ),
        Key::new(
            "order",
            Value::Leaf(Leaf::Word(Order::WORDS)),
            "`date`, `timestamp`: which of day and month comes first in `01/02/2024`, where no `formats` say it. Default: a date that can be read both ways is rejected. `person_name`: which name comes first in the files; with `last_first`, and without a comma, the family name is the first word, with particles before it (`van der`). Default: a comma tells.",
        ),
        Key::new(
            "pivot",
            Value::Leaf(Leaf::Count { min: 0, max: 100 }),
            "`date`, `timestamp`: the first year of two digits (`%y`) that is one of the 1900s. Default: 69, so that 69 to 99 are 1969 to 1999 and 00 to 68 are 2000 to 2068. Where all dates are in the past, the year after this one (`pivot: 26` in 2025) puts none into the future.",
        ),
        Key::new(
            "true_values",
            TEXTS,
            "`boolean`: the words for true, instead of the usual words. Case and outer white space do not matter; they count before `nulls`.",
        ),
        Key::new(
            "false_values",
            TEXTS,
            "`boolean`: the words for false, instead of the usual words. Where one of the two lists is given, no other word is read.",
        ),
        Key::new(
            "currency",
            Value::Leaf(Leaf::Currency),
            "`money`: the one currency accepted, by its code in ISO 4217 (`EUR`); amounts without a currency are in it. `any`: all are accepted, and a field of the type `currency`, from the same column, says which each is.",
        ),
        Key::new(
            "decimal_comma",
            FLAG,
            "`integer`, `float`, `decimal`, `money`: `true` for a decimal comma, points or spaces between thousands (`1.234,56`, `1 234,56`); `1.5` is then rejected as ambiguous, and `1.234` is 1234. JSON numbers, numbers in Parquet and numbers that SQL makes have their point all the same. Default: as the source says; where it says nothing either, numbers have a point and amounts of money show their mark.",
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

const ROWS: Value = Value::Leaf(Leaf::Count {
    min: 0,
    max: u64::MAX,
});

const SHARE: Value = Value::Leaf(Leaf::Share);

static ROWS_FORMS: [Value; 2] = [ROWS, Value::Object(&MIN_ROWS)];
const ROWS_BY_SEVERITY: Value = Value::Any(&ROWS_FORMS);
static SHARE_FORMS: [Value; 2] = [SHARE, Value::Object(&DROP)];
const SHARE_BY_SEVERITY: Value = Value::Any(&SHARE_FORMS);

const MIN_ROWS_KEY: Key = Key::new("min_rows", ROWS_BY_SEVERITY, "Fewest rows.");

const DROP_KEY: Key = Key::new(
    "drop",
    SHARE_BY_SEVERITY,
    "Share of the rows of the last published run that may be gone, such as `20%`.",
);

/// `min_rows:` by severity.
pub(crate) static MIN_ROWS: Shape = Shape {
    name: "MinRows",
    noun: "`min_rows`",
    doc: "Fewest rows, by what fewer mean.",
    keys: &[
        Key::new("warn", ROWS, "With fewer the run warns."),
        Key::new("error", ROWS, "With fewer nothing is published."),
    ],
    groups: &[BY_SEVERITY],
};

/// `drop:` by severity.
pub(crate) static DROP: Shape = Shape {
    name: "Drop",
    noun: "`drop`",
    doc: "Share of the rows of the last published run that may be gone, by what a greater one means.",
    keys: &[
        Key::new("warn", SHARE, "If more are gone, the run warns."),
        Key::new("error", SHARE, "If more are gone, nothing is published."),
    ],
    groups: &[BY_SEVERITY],
};

const BY_SEVERITY: Group = Group {
    need: Need::OneOrMore,
    keys: &["warn", "error"],
};

/// Limits of the pipeline.
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

/// Limits of a source.
pub(crate) static SOURCE_LIMITS: Shape = Shape {
    name: "SourceLimits",
    noun: "limits",
    doc: "Bounds of a source; outside of them nothing is published and the exit code is 1. Rows are its accepted records.",
    keys: &[
        Key::new(
            "rejects",
            Value::Leaf(Leaf::Limit),
            "Rejected records: a number, or a share of the records read such as `1%`. Default: `50%`, unless the pipeline has a limit of its own.",
        ),
        MIN_ROWS_KEY,
        DROP_KEY,
    ],
    groups: &[],
};

/// Limits of a table.
pub(crate) static TABLE_LIMITS: Shape = Shape {
    name: "TableLimits",
    noun: "limits",
    doc: "Bounds on the rows of a table; outside of them nothing is published and the exit code is 1.",
    keys: &[MIN_ROWS_KEY, DROP_KEY],
    groups: &[],
};

/// Side tables of every source: name and what is in them.
pub(crate) static SOURCE_SIDES: &[Word] = &[
    word(
        "rejects",
        "records that were not accepted: their address, code, reason, and the declared fields as raw text",
    ),
    word(
        "nulled",
        "values of accepted records that `on_invalid: null` made missing: their address, field, raw value, code and reason",
    ),
];
