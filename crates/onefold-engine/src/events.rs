//! What happens in a run, as it happens: progress, log and report all listen to this one list.

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunEvent {
    /// The pipeline is checked and begins.
    Started {
        /// Name of the pipeline.
        pipeline: String,
    },
    /// Records of a source have been read; comes many times.
    Reading {
        /// Name of the source.
        source: String,
        /// Records read so far.
        records: u64,
        /// Bytes of its files read so far, as they are stored.
        bytes: u64,
        /// Bytes of all of its files; 0 where that cannot be told.
        of_bytes: u64,
    },
    /// A file has been read to its end.
    Loaded {
        /// Name relative to the input folder.
        file: String,
        /// Records accepted.
        records: u64,
    },
    /// The files of a source have a column that nothing in the pipeline mentions.
    Drift {
        /// Name of the source.
        source: String,
        /// Name of the column, or the path to it in JSON.
        column: String,
        /// Records that have it.
        records: u64,
        /// File and line of the first of them.
        first: String,
    },
    /// All sources of a `resolve` are read.
    Collected {
        /// Records that go in.
        records: u64,
    },
    /// A table is made.
    Made {
        /// Name of the table.
        table: String,
        /// Its rows.
        rows: u64,
    },
    /// `resolve` found records that are one customer.
    Duplicates {
        /// Customers of more than one record.
        groups: u64,
        /// Records that were not kept.
        removed: u64,
    },
    /// A record went into another.
    Merged {
        /// Its key.
        record: String,
        /// Key of the record that it shares values with.
        into: String,
        /// Labels of the rules, in rule order.
        reasons: Vec<String>,
    },
    /// `resolve` is done.
    Resolved {
        /// Customers.
        customers: u64,
    },
    /// Something that the user should look at.
    Warning {
        /// What it is.
        message: String,
    },
    /// An output is written, not yet published.
    Written {
        /// Path relative to the output folder.
        path: String,
        /// Its rows.
        rows: u64,
    },
    /// All outputs are published.
    Completed,
    /// The run ends, and publishes nothing.
    Stopped {
        /// The error, or what is out of bounds.
        why: String,
    },
}
