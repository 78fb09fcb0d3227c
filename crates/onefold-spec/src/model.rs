//! The pipeline, ready to run: every name resolved to a kind, every option checked, every text with its place in the file.
//!
//! Nothing here can be half-written: what the loader could not understand became a [`crate::Diagnostic`] instead. Names of tables in
//! steps and outputs are known to exist; SQL is still text, since only the engine can judge it, and carries its span for that.

use std::path::PathBuf;

use crate::span::Spanned;

mod testing;

pub use testing::{
    Expectation, ExpectedLedger, ExpectedRows, Test, TestContent, TestFiles, TestInput, TestRow,
    TestValue,
};

/// A whole pipeline file.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// `pipeline:`, the name used in logs and reports.
    pub name: Spanned<String>,
    /// The file that it was read from.
    pub path: PathBuf,
    /// `sources:`, in file order.
    pub sources: Vec<Source>,
    /// `tables:`, in file order. The order in which they run follows from what they read.
    pub tables: Vec<Table>,
    /// `outputs:`, in file order.
    pub outputs: Vec<Output>,
    /// `tests:`, in file order.
    pub tests: Vec<Test>,
    /// `limits:` of the whole pipeline.
    pub limits: Limits,
}

/// One kind of record, read from one or many files.
#[derive(Debug, Clone)]
pub struct Source {
    /// The table name of its accepted records.
    pub name: Spanned<String>,
    /// A file, a folder or a glob, relative to the input folder.
    pub path: Spanned<String>,
    /// How reports call it (`CRM`); the name where none is given.
    pub label: String,
    /// The field that identifies a record for people (`customer_id`).
    pub key: Option<Spanned<String>>,
    /// What the bytes are; `None`: the content decides.
    pub format: Option<InputFormat>,
    /// How delimited text is written.
    pub dialect: Dialect,
    /// A WHATWG encoding label (`windows-1252`); `None`: BOM, else UTF-8.
    pub encoding: Option<Spanned<String>>,
    /// Path of the array of records inside a JSON document; empty: the document itself.
    pub records: Vec<String>,
    /// Declared fields; `None`: all columns as they are found.
    pub fields: Option<Vec<Field>>,
    /// Other schemas of the same records, in file order: the first whose `when` holds applies, else `fields` alone.
    pub versions: Vec<Version>,
    /// Columns and keys that are known and not wanted, by name or glob: never drift.
    pub ignore: Vec<Spanned<String>>,
    /// The date or timestamp that says when a record was made; `None`: the first timestamp, if there is one.
    pub freshness: Option<Spanned<String>>,
    /// Conditions on a whole record, in file order.
    pub checks: Vec<Check>,
    /// Texts that mean "missing" instead of the default tokens.
    pub nulls: Option<Vec<String>>,
    /// Zone of time stamps that carry none, and of the dates of numbers since 1970; UTC where not given.
    pub timezone: Option<Spanned<String>>,
    /// Above this many rejects nothing is published.
    pub limits: Limits,
}

/// What the bytes of a source are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputFormat {
    /// Delimited text: comma, tab, pipe, any single byte.
    Csv,
    /// JSON in any framing: one array, an array under a path, lines, objects one after another.
    Json,
    /// Apache Parquet.
    Parquet,
}

/// How delimited text is written, as far as the pipeline says; the content decides the rest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialect {
    /// What separates fields; `None`: the content decides.
    pub delimiter: Option<Delimiter>,
    /// What stands around fields that hold delimiters; `None`: the content decides.
    pub quote: Option<Quote>,
    /// The character that makes the one after it plain; `None`: the content decides.
    pub escape: Option<u8>,
    /// Lines that begin with this character are not read.
    pub comment: Option<u8>,
    /// Where the column names come from.
    pub header: Header,
    /// What stands before the header or the first record.
    pub skip: Skip,
    /// A record with too few fields is filled up with missing values.
    pub pad: bool,
    /// Whether records may have empty fields beyond the header's; `None`: where all records of a file have them.
    pub trailing_delimiter: Option<TrailingDelimiter>,
    /// What a line without a character is.
    pub blank_lines: BlankLines,
}

/// What separates fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiter {
    /// The separator.
    pub byte: u8,
    /// Spaces after it do not belong to the field.
    pub spaces: bool,
}

impl Delimiter {
    /// A separator without spaces.
    pub fn plain(byte: u8) -> Self {
        Self {
            byte,
            spaces: false,
        }
    }
}

/// What stands around fields that hold delimiters or line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// Nothing: every character stands for itself.
    None,
    /// This character.
    Character(u8),
}

/// Where the column names of delimited text come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Header {
    /// The first record that looks like a header.
    #[default]
    Found,
    /// So many records at the start, their texts joined column by column.
    Rows(u8),
    /// There is none; columns are `column_1`, `column_2`, ...
    None,
    /// There is none; the pipeline gives the names.
    Names(Vec<String>),
}

/// Lines of delimited text before the header or the first record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Skip {
    /// The content tells.
    #[default]
    Found,
    /// So many lines.
    Lines(u64),
    /// All lines before the first that holds this text.
    Until(String),
}

/// Whether records may have empty fields beyond the header's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrailingDelimiter {
    /// They are passed over.
    Allow,
    /// The record has too many fields.
    Reject,
}

/// What a line of delimited text without a character is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BlankLines {
    /// Nothing.
    #[default]
    Skip,
    /// A record with one empty field.
    Record,
}

/// One declared field of a source.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name of the column in the table.
    pub name: Spanned<String>,
    /// Where its value comes from.
    pub origin: Origin,
    /// How it is checked and standardised.
    pub ty: Type,
    /// A record without it is rejected.
    pub required: bool,
    /// Value where it is missing.
    pub default: Option<Spanned<String>>,
    /// The only values allowed, after standardising; empty: all.
    pub one_of: Vec<String>,
    /// Least value allowed, in the field's own type.
    pub min: Option<Spanned<String>>,
    /// Greatest value allowed, in the field's own type.
    pub max: Option<Spanned<String>>,
    /// A regular expression that the standardised text must match somewhere.
    pub pattern: Option<Spanned<String>>,
    /// Numbers have a decimal comma: what the field says, or else the source.
    pub decimal_comma: bool,
    /// What a value that is not of the type does.
    pub on_invalid: OnInvalid,
}

/// Where a field's value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A column, or a path into nested JSON.
    Path(Vec<String>),
    /// A SQL expression over the record as it was read.
    Sql(Spanned<String>),
    /// The same text in every record.
    Value(String),
}

/// Another schema of a source's records. It makes the same columns as the source's fields do.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its name, unique within the source.
    pub name: Spanned<String>,
    /// How it is recognised.
    pub when: When,
    /// The fields that it has differently, each at most once.
    pub fields: Vec<VersionField>,
}

/// How a version is recognised.
#[derive(Debug, Clone)]
pub enum When {
    /// The file's name, relative to the input folder, fits this glob.
    Path(Spanned<String>),
    /// All of these columns or paths are there, with or without a value.
    Fields(Vec<Spanned<Vec<String>>>),
}

/// A field as one version has it, what the version does not say filled in from the source's field. Everything else (required,
/// bounds, pattern, allowed values, what an invalid value does) is the source's.
#[derive(Debug, Clone)]
pub struct VersionField {
    /// Index of the field among the source's.
    pub field: usize,
    /// Where its value comes from; `None`: the version has no such field.
    pub origin: Option<Origin>,
    /// The type of the source's field, with this version's way to write it.
    pub ty: Type,
    /// Numbers have a decimal comma in this version.
    pub decimal_comma: bool,
    /// Value where it is missing.
    pub default: Option<Spanned<String>>,
}

/// What an invalid value does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnInvalid {
    /// The record is rejected (the default).
    Reject,
    /// The value becomes missing; the record stays and the report counts it.
    Null,
    /// The run stops.
    Fail,
}

/// A field type: how text is checked and standardised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Text as it stands, outer white space removed.
    Text,
    /// A 64-bit whole number.
    Integer,
    /// A 64-bit binary floating point number.
    Float,
    /// An exact number of `precision` digits, `scale` of them after the point.
    Decimal {
        /// 1 to 38.
        precision: u8,
        /// 0 to `precision`.
        scale: u8,
    },
    /// true/false, yes/no, y/n, t/f, 1/0.
    Boolean,
    /// A calendar date.
    Date {
        /// Which of day and month comes first in `01/02/2024`.
        order: DateOrder,
        /// What is read, in order: strptime patterns, `iso`, `epoch_s` and its like; empty: the usual writings.
        formats: Vec<String>,
    },
    /// A moment, microseconds, UTC.
    Timestamp {
        /// Which of day and month comes first in `01/02/2024 10:00`.
        order: DateOrder,
        /// What is read, in order: strptime patterns, `iso`, `epoch_s` and its like; empty: the usual writings.
        formats: Vec<String>,
    },
    /// RFC 9562, lower case with hyphens.
    Uuid,
    /// An address, lower case.
    Email,
    /// A telephone number.
    Phone {
        /// ISO 3166 code assumed where the number has no country code (`US`).
        region: Option<String>,
        /// How it is written.
        format: PhoneFormat,
    },
    /// A person's full name in title case.
    PersonName,
    /// Any JSON value, kept as its text.
    Json,
}

/// Reading of a date written with numbers only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// Not said: a date that can be read two ways is rejected.
    #[default]
    Undeclared,
    /// `31/12/2024`.
    DayFirst,
    /// `12/31/2024`.
    MonthFirst,
}

/// How a telephone number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PhoneFormat {
    /// `+15555550101`.
    #[default]
    E164,
    /// National notation with the region's usual separators.
    National,
    /// National digits only, without country code.
    Digits,
}

/// A condition that every accepted record fulfils. SQL semantics: only *false* rejects, unknown does not.
#[derive(Debug, Clone)]
pub struct Check {
    /// Condition over the typed fields.
    pub sql: Spanned<String>,
    /// Stable code of the reject.
    pub code: String,
    /// Reason for people; `{field}` stands for the raw value.
    pub reason: String,
}

/// Bounds above which nothing is published.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// Rejected records.
    pub rejects: Option<Limit>,
}

/// A bound on a count of records.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// At most so many.
    Count(u64),
    /// At most this share of the records read, 0 to 1.
    Share(f64),
}

/// A named table: one step, then `where`, `select`, `order_by`.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: Spanned<String>,
    /// What makes it.
    pub step: Step,
    /// `where:`, a SQL condition.
    pub filter: Option<Spanned<String>>,
    /// `select:`; empty: all columns.
    pub select: Vec<Column>,
    /// `order_by:`, SQL sort expressions.
    pub order_by: Vec<Spanned<String>>,
}

/// A column of `select:` or of an output.
#[derive(Debug, Clone)]
pub enum Column {
    /// `"*"`: all columns of the step.
    All(Spanned<()>),
    /// A column by name, or a SQL expression under a new name.
    Named {
        /// Name in the result.
        name: Spanned<String>,
        /// Column or SQL expression.
        sql: Spanned<String>,
    },
}

/// Name of a source, a table, or one of their side tables (`customers.duplicates`), known to exist.
pub type TableRef = Spanned<String>;

/// What makes a table.
#[derive(Debug, Clone)]
pub enum Step {
    /// Find the records that are one customer.
    Resolve(Resolve),
    /// Keep one row a key.
    Dedupe(Dedupe),
    /// Look up columns of other tables.
    Join(Join),
    /// Join with what was true at the time.
    AsofJoin(AsofJoin),
    /// Cut events into sessions.
    Sessionize(Sessionize),
    /// Group and count.
    Aggregate(Aggregate),
    /// Rows of several tables one after another, by column name.
    Union(Vec<TableRef>),
    /// Pair rows of two tables by position: a placeholder, called so in every report.
    Align(Vec<TableRef>),
    /// A SQL query over the other tables.
    Sql(Spanned<String>),
    /// A table as it is (`from:`), for `where`, `select`, `order_by` alone.
    From(TableRef),
}

impl Step {
    /// The tables that the step names, in file order; not those that its SQL reads.
    pub fn inputs(&self) -> Vec<&TableRef> {
        match self {
            Self::Resolve(resolve) => resolve.from.iter().collect(),
            Self::Dedupe(dedupe) => vec![&dedupe.from],
            Self::Join(join) => [&join.from]
                .into_iter()
                .chain(join.lookups.iter().map(|lookup| &lookup.table))
                .collect(),
            Self::AsofJoin(asof) => vec![&asof.left, &asof.right],
            Self::Sessionize(sessionize) => vec![&sessionize.from],
            Self::Aggregate(aggregate) => vec![&aggregate.from],
            Self::Union(tables) | Self::Align(tables) => tables.iter().collect(),
            Self::Sql(_) => Vec::new(),
            Self::From(table) => vec![table],
        }
    }
}

/// `resolve:`.
#[derive(Debug, Clone)]
pub struct Resolve {
    /// The tables whose records are compared.
    pub from: Vec<TableRef>,
    /// Two records are one customer where any of these holds.
    pub rules: Vec<MatchRule>,
    /// Order of the records of a customer; the first is kept.
    pub keep: Vec<Keep>,
    /// Fields with an order of their own.
    pub survivorship: Vec<(Spanned<String>, Vec<Keep>)>,
    /// Missing values of the kept record come from the next ones (default true).
    pub fill: bool,
    /// The identifier column.
    pub id: CustomerId,
    /// `max_shared:` by rule label: a value on more records than this makes no link. `None`: no guard.
    pub max_shared: MaxShared,
    /// Customers of more records than this are flagged in the report.
    pub max_size: u64,
}

/// When a value is shared by too many records to identify anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MaxShared {
    /// 10 for e-mails and phones, 50 for the rest.
    Default,
    /// No cap.
    Off,
    /// One cap for all rules.
    All(u64),
    /// By rule label; others take the default.
    ByRule(Vec<(String, u64)>),
}

/// `label: field` or `label: [field, field]`: equal in all the fields.
#[derive(Debug, Clone)]
pub struct MatchRule {
    /// How reports call it.
    pub label: String,
    /// Fields that must all be equal and present.
    pub fields: Vec<Spanned<String>>,
}

/// How to prefer one record to another.
#[derive(Debug, Clone)]
pub enum Keep {
    /// Fewer missing values first.
    MostComplete,
    /// Greater value of the field first.
    Latest(Spanned<String>),
    /// Smaller value of the field first.
    Earliest(Spanned<String>),
    /// Sources in this order.
    Priority(Vec<Spanned<String>>),
    /// First record read (`dedupe` only needs it; every other order ends with it).
    First,
    /// Last record read.
    Last,
}

/// `id: {name, prefix, digits}`.
#[derive(Debug, Clone)]
pub struct CustomerId {
    /// Column name.
    pub name: String,
    /// Text before the number.
    pub prefix: String,
    /// Least number of digits.
    pub digits: usize,
}

/// `dedupe:`.
#[derive(Debug, Clone)]
pub struct Dedupe {
    /// Input.
    pub from: TableRef,
    /// Key fields; empty: all columns. A record with a missing key is kept.
    pub by: Vec<Spanned<String>>,
    /// Which of the equal records stays.
    pub keep: Vec<Keep>,
}

/// `join:`.
#[derive(Debug, Clone)]
pub struct Join {
    /// The table whose rows are enriched; its order stays.
    pub from: TableRef,
    /// Lookups, in file order.
    pub lookups: Vec<Lookup>,
}

/// One table of a `join:`.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// Which rows stay.
    pub kind: JoinKind,
    /// The other table.
    pub table: TableRef,
    /// Pairs of (left column, right column) that must be equal.
    pub on: Vec<(Spanned<String>, Spanned<String>)>,
    /// What a second right row of a key does.
    pub expect: Expect,
}

/// Kind of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// All left rows.
    Left,
    /// Rows with a partner.
    Inner,
    /// All rows of both.
    Full,
    /// Left rows with a partner, left columns only.
    Semi,
    /// Left rows without a partner, left columns only.
    Anti,
}

/// How many right rows a key may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// A second row stops the run and names the keys.
    One,
    /// The first read is taken.
    First,
    /// The last read is taken.
    Last,
    /// All are taken: rows multiply.
    Many,
}

/// `asof_join:`.
#[derive(Debug, Clone)]
pub struct AsofJoin {
    /// Rows to enrich.
    pub left: TableRef,
    /// What was true, and when.
    pub right: TableRef,
    /// Pairs of (left, right) columns that must be equal.
    pub by: Vec<(Spanned<String>, Spanned<String>)>,
    /// Time column on the left.
    pub left_on: Spanned<String>,
    /// Time column on the right.
    pub right_on: Spanned<String>,
    /// Where to look.
    pub direction: Direction,
    /// Greatest distance, inclusive.
    pub tolerance_micros: Option<i64>,
    /// An equal time matches (default true).
    pub allow_exact: bool,
    /// Left or inner.
    pub kind: JoinKind,
}

/// Direction of an as-of join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The last row at or before.
    Backward,
    /// The first row at or after.
    Forward,
    /// The nearer of both; a tie goes backward.
    Nearest,
}

/// `sessionize:`.
#[derive(Debug, Clone)]
pub struct Sessionize {
    /// Events.
    pub from: TableRef,
    /// Key of a session's owner.
    pub by: Vec<Spanned<String>>,
    /// Time column.
    pub time: Spanned<String>,
    /// A new session starts after more than this without an event; `None`: one session a key.
    pub gap_micros: Option<i64>,
    /// A session longer than this is cut.
    pub max_length_micros: Option<i64>,
    /// Further aggregates over a session's events.
    pub columns: Vec<Column>,
}

/// `aggregate:`.
#[derive(Debug, Clone)]
pub struct Aggregate {
    /// Input.
    pub from: TableRef,
    /// Group columns; empty: one row.
    pub by: Vec<Spanned<String>>,
    /// Aggregates.
    pub columns: Vec<Column>,
}

/// One file that a run publishes.
#[derive(Debug, Clone)]
pub struct Output {
    /// Path relative to the output folder.
    pub path: Spanned<String>,
    /// What goes in.
    pub content: Content,
}

/// What an output holds.
#[derive(Debug, Clone)]
pub enum Content {
    /// Rows of a table.
    Table {
        /// The table.
        table: TableRef,
        /// Columns in order; empty: all.
        columns: Vec<Column>,
        /// How they are written.
        format: OutputFormat,
    },
    /// The run log (`log: run`).
    RunLog,
    /// Metrics in the Prometheus text format (`metrics: run`).
    Metrics,
}

/// How rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputFormat {
    /// Delimited text.
    Csv {
        /// Field separator.
        delimiter: u8,
        /// Text for a missing value.
        null: String,
        /// A first line with the column names.
        header: bool,
    },
    /// One JSON array.
    Json {
        /// Spaces a level; `None`: compact, a record a line.
        indent: Option<u8>,
    },
    /// An object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
}
