//! What matches, and the columns that decide it.

use arrow::datatypes::SchemaRef;

use crate::error::Error;
use crate::schema::{check_keys, check_times};

/// Where to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// At or before the left time.
    Backward,
    /// At or after the left time.
    Forward,
    /// Either way.
    Nearest,
}

/// What matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsOfOptions {
    /// Where to look.
    pub direction: Direction,
    /// Greatest distance that matches: microseconds for timestamps and dates, else in units of the time column. `None`: any.
    pub tolerance: Option<u64>,
    /// An equal time matches.
    pub allow_exact: bool,
}

impl AsOfOptions {
    /// Any distance in this direction, equal times included.
    pub fn new(direction: Direction) -> Self {
        AsOfOptions {
            direction,
            tolerance: None,
            allow_exact: true,
        }
    }
}

/// The columns of one side that decide what matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeKey<'a> {
    /// Key columns, which may be none.
    pub by: &'a [usize],
    /// Time column: timestamps, dates or integers, the same on both sides.
    pub on: usize,
}

impl AsOfOptions {
    /// Whether a right row of an equal time is on the left row's backward side.
    pub(super) fn equal_is_before(&self) -> bool {
        match self.direction {
            Direction::Backward | Direction::Nearest => self.allow_exact,
            Direction::Forward => !self.allow_exact,
        }
    }
}

/// Whether the columns of two tables can be joined as of time. This needs no data.
pub(super) fn check_asof(
    left: &SchemaRef,
    left_key: TimeKey<'_>,
    right: &SchemaRef,
    right_key: TimeKey<'_>,
) -> Result<(), Error> {
    check_keys(left, left_key.by, right, right_key.by)?;
    check_times(left, left_key.on, right, right_key.on)
}
