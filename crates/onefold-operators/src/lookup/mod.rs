//! Lookup join: each left row finds the row of another table that has the same key.
//!
//! # Algorithm
//! The right table is indexed once: its rows are partitioned by hash, grouped by key, and put into one open-addressing table of words.
//! Where one row of each key is expected, the rows go into that table at once, and are grouped only if two of a key meet. A left batch is
//! probed in passes over stretches of rows, so that the cache misses of many rows overlap. A hash only says where to look; equality is
//! always that of real values. Probing changes nothing, so any number of threads may probe at once.
//!
//! # Memory
//! 16 to 32 bytes a key, its values (16 bytes for a text, which stays where it is unless it is a UUID), and under [`Expect::Many`] 4 bytes a
//! right row. The right columns stay where they are, except UUIDs in rows that pass by. The left table comes a batch at a time.
//!
//! # Degenerate cases
//! - A null (or NaN) in a key equals nothing: such a left row finds nothing, and such a right row is never found.
//! - One key on many right rows costs nothing extra under `First` and `Last`. Under `Many` each left row of that key becomes as many rows.
//! - An empty right table finds nothing.

mod duplicates;
mod join;
mod probe;

pub use join::{Join, JoinCounts, JoinKind, Joined, join_schema};
pub use probe::{Expect, Lookup, Matches, Pairs};
