//! What can be wrong with a state.

/// Why a state cannot be read, or has no room.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct StateError(#[from] Kind);

/// What kind of thing is wrong with a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StateErrorKind {
    /// The bytes are no state at all.
    Foreign,
    /// A version of the format that this version does not know.
    Version,
    /// The bytes are not those that were written.
    Damaged,
    /// The bytes are as they were written, and contradict themselves.
    Contradiction,
    /// The caller's customers do not fit, or there are more than can be numbered.
    Customers,
}

impl StateError {
    /// The kind, for exit codes.
    pub fn kind(&self) -> StateErrorKind {
        match self.0 {
            Kind::Foreign => StateErrorKind::Foreign,
            Kind::Version(_) => StateErrorKind::Version,
            Kind::Cut | Kind::Changed => StateErrorKind::Damaged,
            Kind::Line { .. } | Kind::TwoIds => StateErrorKind::Contradiction,
            Kind::TooMany | Kind::Uneven { .. } | Kind::NoSuchCustomer { .. } => {
                StateErrorKind::Customers
            }
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self.0 {
            Kind::Foreign => "name the file in which an earlier run left its ids",
            Kind::Version(_) => {
                "use the version of onefold that wrote it; without the file all customers get new ids"
            }
            Kind::Cut | Kind::Changed | Kind::Line { .. } | Kind::TwoIds => {
                "put back the file that the last good run left, or a copy of it; without it all customers get new ids"
            }
            Kind::TooMany => "start over without a state",
            Kind::Uneven { .. } | Kind::NoSuchCustomer { .. } => "this is a bug, please report it",
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub(super) enum Kind {
    #[error("this is no state of customer ids")]
    Foreign,
    #[error("the state of customer ids has version `{0}`, which is unknown")]
    Version(String),
    #[error("the state of customer ids is cut off: its last line is missing")]
    Cut,
    #[error("the state of customer ids is damaged or was changed by hand: its checksum is wrong")]
    Changed,
    #[error("line {line} of the state of customer ids is wrong: {what}")]
    Line { line: usize, what: &'static str },
    #[error("there are more ids or records than can be numbered, or too many bytes of keys")]
    TooMany,
    #[error("a record stands under two ids in the state of customer ids")]
    TwoIds,
    #[error("there are {records} records, but customers of {given}")]
    Uneven { given: usize, records: usize },
    #[error("a record has customer {customer}, but there are {customers}")]
    NoSuchCustomer { customer: u32, customers: u32 },
}
