//! Readers: dirty bytes in, typed Arrow batches and rejects out.
//!
//! Two stages. *Split* turns bytes into records, each a row of raw text cells with an address, and finds the broken ones
//! ([`delimited`], [`json`]). *Conform* turns raw columns into typed ones, a column at a time, with the value rules of
//! `onefold-values`; what a rule refuses becomes a reject too ([`conform`]). A record is never an `Err`: only an unreadable file or a
//! source declared wrongly is.
//!
//! A file is cut into chunks of about a mebibyte where a record *seems* to begin, and the chunks are split in parallel. The cut is a
//! guess (a line break may lie inside a quoted field); the driver checks each against where the chunk before it really ended and splits
//! again where the guess was wrong ([`scan`]). So the result is that of one pass from the first byte to the last, whatever the number of
//! threads.
//!
//! A source may have several schemas: which fields a record is read by is chosen for each file, or for each record of JSON
//! ([`versions`]). What the files have and nobody mentions is reported, never dropped in silence ([`drift`]).
//!
//! Memory: a few chunks a thread, and the batches that the caller keeps.

mod address;
mod chunk;
mod conform;
mod delimited;
mod drift;
mod error;
mod fields;
mod input;
mod json;
mod locate;
mod parquet;
mod raw;
mod reject;
mod remarks;
mod scan;
mod simd;
mod versions;
mod views;
mod written;

pub use drift::{Drift, Place};
pub use error::{Error, Kind};
pub use fields::{Expressions, NoExpressions, RawInputs, RowValues};
pub use input::{LeftOut, Overlap, is_binary_name, overlaps};
pub use locate::{Location, Locator};
pub use reject::{FieldError, Reject, rejects_batch, rejects_schema};
pub use scan::{Batch, FileDialect, FileStats, Options, Scan, Summary};

/// Splitters alone, for fuzzing and benchmarks: bytes in, counts of records and faults out.
pub mod bare {
    pub use crate::delimited::{rows_bare as delimited_rows, split_bare as delimited};
    pub use crate::json::disagreement as json_disagreement;
    pub use crate::json::split_bare as json;
}
