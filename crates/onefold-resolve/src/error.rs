//! Why a resolution could not be done: the options or the sources do not fit. Values are never the reason.

use arrow::error::ArrowError;

use crate::state::StateError;

/// Why a resolution could not be done. Never about dirty values: those are data.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] Kind);

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The options do not fit the records: an unknown column, a name taken twice, too many rules.
    Options,
    /// The sources do not fit one another or their own schema.
    Schema,
    /// More records than one resolution can number.
    TooLarge,
    /// An Arrow kernel refused: our bug or a type that it cannot handle.
    Arrow,
}

impl Error {
    /// The kind, for exit codes and hints.
    pub fn kind(&self) -> ErrorKind {
        match self.0 {
            Kind::UnknownColumn { .. }
            | Kind::NotComparable { .. }
            | Kind::TooManyRules(_)
            | Kind::EmptyRule(_)
            | Kind::UnknownSource(_)
            | Kind::CountsValues { .. }
            | Kind::NoText(_)
            | Kind::NoTextOfList(_)
            | Kind::TogetherTwice(_)
            | Kind::OrdersDiffer { .. }
            | Kind::IdTaken(_)
            | Kind::Model(_)
            | Kind::Lengths { .. } => ErrorKind::Options,
            Kind::TypeConflict { .. }
            | Kind::DuplicateColumn { .. }
            | Kind::BatchSchema { .. }
            | Kind::NoSuchIndex { .. }
            | Kind::AddressType { .. }
            | Kind::KeyType { .. } => ErrorKind::Schema,
            Kind::TooManyRecords | Kind::State(_) => ErrorKind::TooLarge,
            Kind::Arrow(_) => ErrorKind::Arrow,
        }
    }
}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        Error(Kind::State(error))
    }
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        Error(Kind::Arrow(error))
    }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("{0}")]
    Model(String),
    #[error("{used_by} uses column `{column}`, which no source has")]
    UnknownColumn { column: String, used_by: String },
    #[error("{used_by} uses column `{column}`, whose type {data_type} cannot be compared")]
    NotComparable {
        column: String,
        data_type: String,
        used_by: String,
    },
    #[error("{0} match rules, at most {max} are possible", max = crate::options::MAX_RULES)]
    TooManyRules(usize),
    #[error("match rule `{0}` has no columns")]
    EmptyRule(String),
    #[error("priority names source {0}, which does not exist")]
    UnknownSource(usize),
    #[error("{used_by} uses `{preference}`, which can only be the first preference of a column")]
    CountsValues { preference: String, used_by: String },
    #[error("`longest` is for texts, and column `{0}` is none")]
    NoText(String),
    #[error("`all` is for texts, and column `{0}` is none")]
    NoTextOfList(String),
    #[error("`together` names column `{0}` twice")]
    TogetherTwice(String),
    #[error("columns `{first}` and `{column}` stay together, but their orders differ")]
    OrdersDiffer { first: String, column: String },
    #[error("the records already have a column `{0}`, which is also the name of the customer id")]
    IdTaken(String),
    #[error("{found} labels found but {truth} true labels")]
    Lengths { found: usize, truth: usize },
    #[error(
        "column `{column}` is {first_type} in source `{first}` but {second_type} in source `{second}`"
    )]
    TypeConflict {
        column: String,
        first: String,
        first_type: String,
        second: String,
        second_type: String,
    },
    #[error("source `{source_name}` has two columns `{column}`")]
    DuplicateColumn { source_name: String, column: String },
    #[error("batch {batch} of source `{source_name}` does not have the columns of its schema")]
    BatchSchema { source_name: String, batch: usize },
    #[error(
        "the {role} column of source `{source_name}` has index {index}, but there are {columns} columns"
    )]
    NoSuchIndex {
        source_name: String,
        role: &'static str,
        index: usize,
        columns: usize,
    },
    #[error("the address column of source `{source_name}` is {data_type}, not UInt64")]
    AddressType {
        source_name: String,
        data_type: String,
    },
    #[error("the key column of source `{source_name}` is {data_type}, which has no text form")]
    KeyType {
        source_name: String,
        data_type: String,
    },
    #[error("more than {max} records", max = onefold_rows::MAX_ROWS)]
    TooManyRecords,
    #[error(transparent)]
    State(StateError),
    #[error("arrow: {0}")]
    Arrow(ArrowError),
}
