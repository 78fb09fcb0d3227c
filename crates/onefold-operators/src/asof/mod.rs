//! As-of join: for each left row the right row of the same key that is nearest in time.
//!
//! The rules are those of pandas' `merge_asof`, which a test holds them to; unlike there, neither side has to be sorted.
//!
//! | direction | candidate | among equal right times |
//! |---|---|---|
//! | [`Direction::Backward`] | the last with `right <= left` | the last row |
//! | [`Direction::Forward`] | the first with `right >= left` | the first row |
//! | [`Direction::Nearest`] | the nearer of both, each after the tolerance | a tie of distances goes backward |
//!
//! The tolerance is inclusive. Without `allow_exact` the comparisons are strict. Right rows are in order of time, then of row number. A
//! null in a key, and a null time, match nothing.
//!
//! # Algorithm
//! The right rows are grouped by key, and each group is sorted by time. A left batch is probed against the hash index of the keys, then
//! by binary search in its key's times, many rows in step. Probing changes nothing: any number of threads may probe at once.
//!
//! # Memory
//! 12 bytes a right row for its time and number (while building, 24 more), and 16 to 32 bytes a key and its values. The other right
//! columns stay where they are. The left table is seen a batch at a time; the report keeps 8
//! bytes a matched row, for exact quantiles.
//!
//! # Degenerate cases
//! - No key columns: all rows are of one key.
//! - One hot key: its right rows are sorted by all threads, and probed as any others.
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
