//! Relational operators over Arrow tables in memory. Their results depend on the rows alone.
//!
//! An operator takes [`Table`]s: batches of one schema, whose rows are numbered. It returns row numbers, or batches of at most
//! [`BATCH_ROWS`] rows. Neither the number of threads nor batch boundaries nor hash values change a result.
//!
//! The one idea: rows meet by a hash of their key, and they are the same only where their values are. Hashing and comparing go a column
//! at a time over stretches of rows, and hash tables are cut into partitions that fit the cache. So few rows wait for memory, and many
//! wait at once.
//!
//! Modules stand on floors. A module imports from its own floor and from lower ones, and no two modules import each other.
//!
//! | floor | module | answers |
//! |---|---|---|
//! | operators | [`lookup`] | which row of another table has this key |
//! | | [`asof`] | which row of another table was true at this time |
//! | | [`dedupe`](mod@dedupe) | which rows are the same, and which of them stays |
//! | | [`sessionize`](mod@sessionize) | which events belong to one visit |
//! | | `sort` | in which order do rows come |
//! | tables | `table` | which batches are one table |
//! | | `gather` | how do rows come out of a table by number |
//! | keys | `keys` | are two keys equal, and what is their hash |
//! | | `groups` | which rows of a table have the same key |
//! | | `index` | which key of another table is this |
//! | columns | `column`, `text`, `time` | how is a column hashed, compared and ordered |
//! | | `chunks`, `batch` | how are rows taken from a column, and batches made of columns |
//! | | `compact` | what does a batch hold besides its own values |
//! | | `distinct` | which texts came before, batch after batch |
//! | | `schema` | what can be compared, and which columns does a join have |
//! | rows and hashes | `onefold_rows` | where is row *n*, which rows share a hash, how do threads divide work |
//! | | `uuid` | which number is this UUID |
//! | | `error` | what can be wrong with a request |
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
