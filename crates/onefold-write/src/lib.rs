//! What leaves Onefold: tables as bytes, and the bytes as files that appear together.
//!
//! Two subjects that know nothing of each other:
//!
//! - **Encoding.** Arrow batches go in, the bytes of CSV, JSON, JSON Lines or Parquet come out. [`RowEncoder`] formats the text
//!   formats and is a pure function of a batch, so any number of threads may format batches at once; [`ParquetEncoder`] writes
//!   Parquet; [`Workbook`] makes workbooks of Excel, a sheet a table; [`Masks`] hides values; [`TableWriter`] is the door for most callers: batches in, in order, one file out, all threads busy. The same rows give
//!   the same bytes however they are cut into batches and whatever the number of threads.
//! - **Publication.** [`Publication`] stages every output and record of a run under `OUT/.onefold/staging`, and
//!   [`Publication::commit`] makes them appear together; a process that dies leaves all old files or, after the next start, all new ones
//!   with the report of their run. [`prune_runs`] removes the records of old runs.

mod compressed;
mod error;
mod format;
mod masks;
mod ordered;
mod parquet;
mod publish;
mod table;
mod text;
mod workbook;

pub use compressed::TextFile;
pub use error::{Error, ErrorKind};
pub use format::Format;
pub use masks::Masks;
pub use ordered::OrderedWriter;
pub use parquet::ParquetEncoder;
pub use publish::{Publication, StagedFile, commit_steps, hold_commits, prune_runs, verify_record};
pub use table::{TableWriter, write_table};
pub use text::RowEncoder;
pub use workbook::{Sheet, Workbook};
