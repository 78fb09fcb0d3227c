//! Lookup join: for each left row the row of another table that has the same key.
//!
//! # Algorithm
//! The right table is indexed once: partitioned by hash, grouped, then one open-addressing table of words; where one row of each key is
//! expected, the rows are put into that table at once, and grouped only where two of a key meet. A left batch is probed in
//! passes over stretches of rows, so that the cache misses of many rows overlap. Equality is always of real values; a hash only says where
//! to look. Probing changes nothing, so any number of threads may probe at once.
//!
//! # Memory
//! 16 to 32 bytes a key, its values (16 bytes of a text, which stays where it is but for UUIDs), and under [`Expect::Many`] 4 bytes a right
//! row. The right columns stay where they are, but for UUIDs in rows that pass. The left table is seen a batch at a time.
//!
//! # Degenerate cases
//! - A null (or NaN) in a key equals nothing: a left row with one finds nothing, a right row with one is never found.
//! - One key on many right rows costs nothing under `First` and `Last`; under `Many` each left row of that key becomes as many rows.
//! - An empty right table finds nothing.

mod duplicates;
mod join;
mod probe;

pub use join::{Join, JoinCounts, JoinKind, Joined, join_schema};
pub use probe::{Expect, Lookup, Matches, Pairs};
