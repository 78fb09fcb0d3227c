//! As-of join: each left row finds the right row of the same key that is nearest in time.
//!
//! The rules are those of pandas' `merge_asof`, and a test compares the two. Unlike there, neither side has to be sorted.
//!
//! | direction | candidate | among equal right times |
//! |---|---|---|
//! | [`Direction::Backward`] | the last with `right <= left` | the last row |
//! | [`Direction::Forward`] | the first with `right >= left` | the first row |
//! | [`Direction::Nearest`] | the nearer of the two that are within the tolerance | a tie of distances goes backward |
//!
//! The tolerance is inclusive. Without `allow_exact` the comparisons are strict. Right rows are in order of time, then of row number. A
//! null in a key, and a null time, match nothing.
//!
//! # Algorithm
//! The right rows are grouped by key, and each group is sorted by time. A left row finds its key in a hash index, then its place among the
//! key's times by binary search, many rows in step. Probing changes nothing, so any number of threads may probe at once.
//!
//! # Memory
//! 12 bytes a right row for its time and number (24 more while building), and 16 to 32 bytes a key and its values. The other right columns
//! stay where they are. The left table comes a batch at a time. The report keeps 8 bytes a matched row, for exact quantiles.
//!
//! # Degenerate cases
//! - No key columns: all rows have one key.
//! - One hot key: all threads sort its right rows, and probing is as fast as ever.
//! - An empty right table matches nothing.

mod join;
mod matches;
mod options;
mod probe;
mod report;
mod search;

pub use join::{AsOfJoin, AsOfJoined, AsOfKind, Unmatched, asof_schema};
pub use matches::AsOfMatches;
pub use options::{AsOfOptions, Direction, TimeKey};
pub use probe::AsOf;
pub use report::{AsOfReport, AsOfTally, Distances};
