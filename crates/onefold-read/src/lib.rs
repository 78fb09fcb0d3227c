//! Readers: dirty bytes in, typed Arrow batches and rejects out.
//!
//! *In* goes a source's declaration ([`onefold_spec::model::Source`]) with a folder of files ([`Scan`]), or with raw records that somebody
//! else has read ([`Conform`]). *Out* come Arrow batches of accepted records, [`Reject`]s with the address and text of each refused record,
//! and counts that add up.
//!
//! Two stages. *Split* turns bytes into records, each a row of raw text cells with an address, and finds the broken ones (`delimited`,
//! `json`). *Conform* turns raw columns into typed ones, a column at a time, with the value rules of `onefold-values`; what a rule refuses
//! becomes a reject too (`conform`). A record is never an `Err`: only an unreadable input or a wrongly declared source is.
//!
//! The one idea: a file is cut into chunks of about two mebibytes where a record *seems* to begin, and the chunks are split in parallel. The
//! cut is a guess (a line break may lie inside a quoted field). The scan checks each guess against where the chunk before it really ended,
//! and splits again where the guess was wrong. So the result is that of one pass from the first byte to the last, whatever the number of
//! threads.
//!
//! A source may have several schemas: which fields a record is read by is chosen for each file, or for each record of JSON (`versions`).
//! What the files have and nobody mentions is reported, never dropped in silence (`drift`).
//!
//! Memory: a few chunks a thread, and the batches that the caller keeps.
//!
//! # Floors
//!
//! A module uses modules of the floors below it only, and so do the files of each module among themselves.
//!
//! - 6: `scan` reads all inputs of a source over threads
//! - 5: `conform` types raw records and makes rejects, `locate` finds the line of a record again
//! - 4: `form` tells how the records of one input are written and read
//! - 3: `chunk` cuts a stream, `parquet` says what stored values mean, `versions` chooses fields, `remarks` collects what people should
//!   know
//! - 2: `input` is the seam to files: it finds, opens, decompresses and decodes; `delimited` and `json` split; `workbook` makes text of a
//!   sheet; `plan` is the declaration made ready to run
//! - 1: `raw` (records as raw text), `address`, `label` (what an input is called), `nulled` (values made missing)
//! - 0: `error`, `reject`, `shown`, `passed`, `drift`, `between`, `found`, `lines`, `simd`, `unreadable`, `views`, `written`

mod address;
mod between;
mod chunk;
mod conform;
mod delimited;
mod drift;
mod error;
mod form;
mod found;
mod input;
mod json;
mod label;
mod lines;
mod locate;
mod nulled;
mod parquet;
mod passed;
mod plan;
mod raw;
mod reject;
mod remarks;
mod scan;
mod shown;
mod simd;
mod unreadable;
mod versions;
mod views;
mod workbook;
mod written;

pub use address::position;
pub use conform::{Conform, Conformed, Counts, Form, Fragment};
pub use drift::{Drift, Place};
pub use error::{Error, Kind};
pub use input::{LeftOut, Overlap, Spooled, is_binary_name, overlaps, reads_in};
pub use locate::{Location, Locator};
pub use nulled::{Nulled, nulled_batch, nulled_schema};
pub use plan::{Expressions, NoExpressions, RawInputs, RowValues};
pub use reject::{FieldError, Reject, rejects_batch, rejects_schema};
pub use scan::{Batch, FileDialect, FileStats, Options, Scan, Summary};
pub use shown::{shown_text, shown_value};

/// Splitters alone, for fuzzing and benchmarks: bytes in, counts of records and faults out.
pub mod bare {
    pub use crate::delimited::{rows_bare as delimited_rows, split_bare as delimited};
    pub use crate::json::disagreement as json_disagreement;
    pub use crate::json::split_bare as json;
}
