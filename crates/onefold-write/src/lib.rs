//! What leaves Onefold: tables as bytes, and the bytes as files that appear together.
//!
//! Two subjects, of which the second knows nothing of the first:
//!
//! - **Encoding.** Arrow batches go in, the bytes of CSV, JSON, JSON Lines, Parquet or a workbook of Excel come out. [`TableWriter`] is
//!   the door for most callers: batches in, in order, one file out, all threads busy. [`RowEncoder`] formats the text formats and is a
//!   pure function of a batch, so any number of threads may format batches at once. [`ParquetEncoder`] writes Parquet,
//!   [`PartitionedWriter`] a folder of Parquet files, [`Workbook`] a sheet a table. [`Masks`] hides values. The same rows give the same
//!   bytes however they are cut into batches and whatever the number of threads.
//! - **Publication.** [`Publication`] stages every output and record of a run under `OUT/.onefold/staging`, and
//!   [`Publication::commit`] makes them appear together; a process that dies leaves all old files or, after the next start, all new ones
//!   with the report of their run. Outputs of earlier runs that [`Publication::remove`] names go away in the same commit. [`prune_runs`]
//!   removes the records of old runs.
//!
//! Beside them, [`durable`] replaces single files, such as lists that outlive a run.

mod compressed;
pub mod durable;
mod error;
mod format;
mod masks;
mod ordered;
mod parquet;
mod partitioned;
mod publish;
mod row_sizes;
mod table;
mod text;
mod workbook;

pub use compressed::TextFile;
pub use error::{Error, ErrorKind};
pub use format::Format;
pub use masks::Masks;
pub use ordered::OrderedWriter;
pub use parquet::ParquetEncoder;
pub use partitioned::{PartitionedWriter, Partitions};
pub use publish::{
    FilePlace, Publication, StagedFile, commit_steps, hold_commits, prune_runs, verify_record,
};
pub use table::{TableWriter, write_table};
pub use text::RowEncoder;
pub use workbook::{Sheet, Workbook};
