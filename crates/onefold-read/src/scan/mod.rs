//! Scan: inputs to chunks, chunks to batches on several threads, batches and rejects to the caller in order.
//!
//! Workers take turns to read the next chunk of a file; each then conforms its own. The calling thread puts the results in order and checks
//! every cut. If a chunk did not end between two records, its unfinished last record is put in front of the next chunk, and that chunk is
//! split again. Records and lines are counted within a chunk, and made absolute in order.
//!
//! No thread only reads: the worker that reads a chunk has it in its cache, and no core waits while a chunk waits for another core.

mod found;
mod open;
mod order;
mod outcome;
mod reading;
mod run;
mod work;
mod worker;

pub use outcome::{Batch, FileDialect, FileStats, Options, Summary};
pub use run::Scan;
