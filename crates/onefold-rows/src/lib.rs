//! Numbered rows of Arrow batches: where each row is, how its key hashes, which rows share a key, and how threads divide the work.
//!
//! Every operator that groups rows builds on four steps:
//!
//! 1. [`Places`] numbers the rows of many batches and finds the [`Place`] of a row by its number.
//! 2. [`hash`] mixes the values of a key, a column at a time, into one word a row.
//! 3. [`partition`] deals rows to partitions by their hash and groups each partition by itself.
//! 4. [`parallel`] runs ranges and partitions on scoped threads and returns results in the order of the work.
//!
//! The caller brings the columns: this crate sees hashes and a function that compares two rows.
//!
//! | module | answers |
//! |---|---|
//! | `place` | where is row *n* |
//! | [`hash`] | what is the hash of a key, and which rows have none |
//! | [`partition`] | which rows share a key |
//! | [`parallel`] | how is work divided among threads |
//! | `scatter` | how do threads write to one array |
//! | [`ahead`] | how is memory fetched before it is needed |
//! | [`views`] | what does a string view hold, and how does an array come from views |
//! | `batch` | how long is an output batch, which columns does a batch have |
//!
//! ```
//! use onefold_rows::partition::{deal, partitions};
//! use onefold_rows::{Places, hash};
//!
//! let keys = [7u64, 8, 7, 0, 8];
//! let places = Places::in_one_piece(keys.len());
//! let dealt = deal(&places, partitions(keys.len()), 2, |_, first, hashes| {
//!     for (hash, key) in hashes.iter_mut().zip(&keys[first..]) {
//!         *hash = match key {
//!             0 => hash::ABSENT,
//!             key => hash::mix(hash::SEED, *key),
//!         };
//!     }
//! });
//! let only = dealt.into_iter().next().expect("one partition");
//! let found = onefold_rows::partition::group(only, |a, b| keys[a as usize] == keys[b as usize]);
//! let firsts: Vec<(u32, u32)> = found.groups.iter().map(|g| (g.first, g.rows)).collect();
//! assert_eq!(firsts, [(0, 2), (1, 2)]);
//! ```

pub mod ahead;
mod batch;
pub mod hash;
pub mod parallel;
pub mod partition;
mod place;
mod scatter;
pub mod views;

pub use batch::{BATCH_ROWS, batch_ranges, count_nulls, has_columns};
pub use place::{MAX_ROWS, NO_ROW, Place, Places};
pub use scatter::{Scatter, Scatter64};
