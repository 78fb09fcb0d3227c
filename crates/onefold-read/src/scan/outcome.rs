//! How to read, and what reading comes to.

use std::collections::HashSet;
use std::sync::Arc;

use crate::conform::Counts;
use crate::drift::Drift;
use crate::input::Spooled;
use crate::nulled::Nulled;
use crate::reject::Reject;

/// How to read.
#[derive(Debug, Clone)]
pub struct Options {
    /// Threads that split and conform; at least one.
    pub threads: usize,
    /// Fields that anyone will read; `None`: all. Others are still checked, but not made where nothing can be wrong with them.
    pub needed: Option<HashSet<String>>,
    /// What standard input gave, for a source that reads it; `None`: it is not to be read, and the source has no files.
    pub stdin: Option<Arc<Spooled>>,
}

/// Records of one chunk, in file order.
#[derive(Debug)]
pub struct Batch<T> {
    /// What `map` made of the accepted records.
    pub records: T,
    /// Accepted records.
    pub accepted: u64,
    /// Refused records, in order.
    pub rejects: Vec<Reject>,
    /// Values of accepted records that `on_invalid: null` made missing, in order.
    pub nulled: Vec<Nulled>,
    /// Bytes of text that they took, decoded and decompressed.
    pub bytes: u64,
    /// Bytes of the source's files, as they are stored, that have been read up to the end of these records.
    pub stored: u64,
}

/// What reading came to.
#[derive(Debug, Default, Clone)]
pub struct Summary {
    /// Records read: accepted and rejected. Where the source explodes an array: `read + added = accepted + rejected + empty`.
    pub read: u64,
    /// Elements beyond the first of each record, where the source explodes an array.
    pub added: u64,
    /// Arrays without elements, which made no row, where the source explodes an array.
    pub empty: u64,
    /// Records accepted.
    pub accepted: u64,
    /// Records rejected.
    pub rejected: u64,
    /// Values of accepted records made missing by `on_invalid: null`, by field, where there are any.
    pub nulled: Vec<(String, u64)>,
    /// Records by the version of the schema that they are of, in declared order, refused ones counted. All others are read by the
    /// source's own fields, or are too broken to be read.
    pub versions: Vec<(String, u64)>,
    /// What was found out about how the files are written that their reader should know of, for people.
    pub remarks: Vec<String>,
    /// Columns and keys that the files have and the source does not mention, in order of first appearance. Empty where no fields are
    /// declared: then nothing is unknown.
    pub drift: Vec<Drift>,
    /// Each file, in order.
    pub files: Vec<FileStats>,
}

/// One file of a source.
#[derive(Debug, Clone)]
pub struct FileStats {
    /// Name relative to the input folder.
    pub name: String,
    /// Where it was read from.
    pub path: std::path::PathBuf,
    /// Decoded bytes.
    pub bytes: u64,
    /// Records read.
    pub records: u64,
    /// XXH3-128 of the file as it lies on disk; missing for Parquet, which is not read from end to end.
    pub digest: Option<u128>,
}

/// How files of delimited text are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDialect {
    /// Name of the first file.
    pub file: String,
    /// Files that are read so.
    pub files: usize,
    /// Delimiter, quote, header and the like, each for people, with how sure it is.
    pub parts: Vec<String>,
}

impl Summary {
    pub(super) fn new(counts: Counts, files: Vec<FileStats>) -> Self {
        Self {
            read: counts.read,
            added: counts.added,
            empty: counts.empty,
            accepted: counts.accepted,
            rejected: counts.rejected,
            nulled: counts.nulled,
            versions: counts.versions,
            remarks: counts.remarks,
            drift: counts.drift,
            files,
        }
    }
}
