//! Relational operators over Arrow tables in memory, whose results depend on the rows alone.
//!
//! In go [`Table`]s: batches of one schema, whose rows are numbered. Out come row numbers, and batches of at most [`BATCH_ROWS`] rows. The
//! number of threads, the batch boundaries and hash values change nothing.
//!
//! The one idea: rows meet by a hash of their key and are the same only where their values are. Hashing and comparing is done a column at
//! a time over stretches of rows, and tables are cut by hash into partitions that fit the cache, so that memory is waited for rarely and
//! by many rows at once.
//!
//! | module | answers |
//! |---|---|
//! | [`lookup`] | which row of another table has this key |
//! | [`asof`] | which row of another table was true at this time |
//! | [`dedupe`](mod@dedupe) | which rows are the same, and which of them stays |
//! | [`sessionize`](mod@sessionize) | which events belong to one visit |
//! | `sort` | in which order rows come |
//! | `table` | where is row *n* |
//! | `gather` | what are these rows together |
//! | `keys`, `column`, `text`, `time` | are two keys equal, what is their hash, how far are two times apart |
//! | `compact` | what a batch holds besides its own values |
//! | `distinct`, `uuid` | which texts have been seen before, batch after batch |
//! | `groups` | which rows of a table have the same key |
//! | `index` | which key of another table is this |
//! | `schema` | what may be compared, and what columns a join has |
//!
//! A null in a key equals nothing, nor does a NaN; -0.0 equals 0.0. An empty text is a value. Keys are texts, integers, floats, decimals,
//! booleans, dates and timestamps in microseconds; other columns may be of any type.
//!
//! ```
//! use std::sync::Arc;
//! use arrow::array::{Int64Array, RecordBatch, StringViewArray};
//! use arrow::datatypes::{DataType, Field, Schema};
//! use onefold_operators::{DedupeOptions, Preference, Table, dedupe};
//!
//! let schema = Arc::new(Schema::new(vec![
//!     Field::new("email", DataType::Utf8View, true),
//!     Field::new("version", DataType::Int64, true),
//! ]));
//! let emails = StringViewArray::from(vec![Some("ann@x.org"), None, Some("ann@x.org"), None]);
//! let versions = Int64Array::from(vec![1, 1, 2, 1]);
//! let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(emails), Arc::new(versions)])?;
//!
//! let batches = [batch];
//! let leads = Table::new(&schema, &batches)?;
//! let newest = DedupeOptions { by: vec![0], keep: vec![Preference::Latest(1)], ..Default::default() };
//! let found = dedupe(&leads, &newest, 2)?;
//! assert_eq!(found.kept, [1, 2, 3]);
//! assert_eq!((&found.removed[..], &found.replaced_by[..]), (&[0][..], &[2][..]));
//! assert_eq!(leads.gather(&found.kept, 2)?[0].num_rows(), 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod asof;
mod batch;
mod chunks;
mod column;
mod compact;
pub mod dedupe;
mod distinct;
mod error;
mod gather;
mod groups;
mod index;
mod keys;
pub mod lookup;
mod schema;
pub mod sessionize;
mod sort;
mod table;
mod text;
mod time;
mod uuid;

pub use onefold_rows::{BATCH_ROWS, NO_ROW};

pub use asof::{
    AsOf, AsOfJoin, AsOfJoined, AsOfKind, AsOfMatches, AsOfOptions, AsOfReport, AsOfTally,
    Direction, Distances, TimeKey, Unmatched, asof_schema,
};
pub use compact::compact;
pub use dedupe::{DedupeOptions, Deduped, Preference, check_dedupe, dedupe};
pub use distinct::{DistinctTexts, TextKeys};
pub use error::{DuplicateKey, DuplicateKeys, Error, ErrorKind};
pub use gather::Gatherer;
pub use lookup::{Expect, Join, JoinCounts, JoinKind, Joined, Lookup, Matches, Pairs, join_schema};
pub use schema::check_keys;
pub use sessionize::{SessionOptions, Sessions, events_schema, sessionize, sessions_schema};
pub use sort::{SortKey, sort_rows, sort_rows_within};
pub use table::Table;
