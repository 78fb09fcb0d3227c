//! Steps: what makes a table, with all options.

use super::names::{Column, TableRef};
use crate::span::Spanned;

/// What makes a table.
#[derive(Debug, Clone)]
pub enum Step {
    /// Find the records that are one customer.
    Resolve(Box<Resolve>),
    /// Keep one row per key.
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
    /// Records are matched by likeness too.
    pub likeness: Option<Likeness>,
    /// Fields whose values never differ within a customer.
    pub never: Vec<Spanned<String>>,
    /// Tables in which no two records are one customer.
    pub distinct: Vec<TableRef>,
    /// Order of the records of a customer; the first is kept.
    pub keep: Vec<Keep>,
    /// Fields with an order of their own.
    pub survivorship: Vec<(Spanned<String>, Vec<Keep>)>,
    /// Groups of fields whose values come from one record.
    pub together: Vec<Vec<Spanned<String>>>,
    /// Missing values of the kept record come from the next ones (default true).
    pub fill: bool,
    /// The identifier column.
    pub id: CustomerId,
    /// File in which the ids of customers stay, relative to the output folder.
    pub state: Option<Spanned<String>>,
    /// File of what people have decided, relative to the pipeline file.
    pub decisions: Option<Spanned<String>>,
    /// `max_shared:` by rule label: a value on more records than this makes no link. `None`: no guard.
    pub max_shared: MaxShared,
    /// Customers of more records than this are flagged in the report.
    pub max_size: u64,
}

/// `model:`, or `match: auto`.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// What is compared; empty: chosen from the fields.
    pub compare: Vec<Compared>,
    /// Least probability of a match, from 0 to 1.
    pub threshold: f64,
    /// Least probability of a possible match.
    pub possible: f64,
    /// File of a model that was learned before.
    pub file: Option<Spanned<String>>,
}

/// One comparison of a `model:`.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// How reports call it.
    pub label: String,
    /// What its values mean.
    pub kind: Likened,
    /// Its fields.
    pub fields: Vec<Spanned<String>>,
    /// Label of the comparison that implies it.
    pub given: Option<Spanned<String>>,
}

/// What the values of a comparison mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likened {
    /// A person's name.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A day.
    Date,
    /// An identifier that one person has.
    Id,
    /// Another code.
    Code,
    /// A postal address.
    Address,
    /// The name of a company.
    Company,
    /// Any other text.
    Text,
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
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The value on most records; first in the order of a field only.
    MostFrequent,
    /// The longest text; first in the order of a field only.
    Longest,
    /// All values, with what stands between two; alone in the order of a field only.
    All(String),
}

impl Keep {
    /// Whether it counts the values of one field.
    pub fn counts_values(&self) -> bool {
        matches!(self, Self::MostFrequent | Self::Longest)
    }
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
    /// UUIDs instead of numbers.
    pub uuid: bool,
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
