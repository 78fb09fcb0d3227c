//! The pipeline, ready to run: every name resolved to a kind, every option checked, every text with its place in the file.
//!
//! Nothing here can be half-written: what the loader could not understand became a [`crate::Diagnostic`] instead. Names of tables in
//! steps and outputs are known to exist. SQL is still text with its span because only the engine can judge it.
//!
//! Options of single values (`order: dmy`, `format: e164`) are types of `onefold-values`, which applies them.

mod dialect;
mod field;
mod limit;
mod names;
mod output;
mod pipeline;
mod source;
mod step;
mod table;
mod testing;

pub use dialect::{
    BlankLines, Delimiter, Dialect, Header, InputFormat, Quote, Skip, TrailingDelimiter,
};
pub use field::{Field, OnInvalid, Origin, Type};
pub use limit::{Graded, Limit, Limits, RowLimits};
pub use names::{Column, TableRef};
pub use onefold_values::{Currency, DateOrder, NameOrder, PhoneFormat, Pivot};
pub use output::{Content, Mask, Output, OutputFormat, PartitionBy, Secret, path_parts};
pub use pipeline::Pipeline;
pub use source::{Check, Explode, Source, Version, VersionField, When};
pub use step::*;
pub use table::{Checked, Severity, Table, TableCheck};
pub use testing::{
    Expectation, ExpectedLedger, ExpectedRows, Test, TestContent, TestFiles, TestInput, TestRow,
    TestValue,
};
