//! A whole pipeline file.

use std::path::PathBuf;

use super::limit::Limits;
use super::output::{Output, Secret};
use super::source::Source;
use super::table::Table;
use super::testing::Test;
use crate::secrets::Secrets;
use crate::span::Spanned;

/// A whole pipeline file.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// `pipeline:`, the name used in logs and reports.
    pub name: Spanned<String>,
    /// The file that it was read from.
    pub path: PathBuf,
    /// `sources:`, in file order.
    pub sources: Vec<Source>,
    /// `tables:`, in file order. The order in which they run follows from what they read.
    pub tables: Vec<Table>,
    /// `mask_key:`, the key of masks by hash.
    pub mask_key: Option<Secret>,
    /// `outputs:`, in file order.
    pub outputs: Vec<Output>,
    /// `tests:`, in file order.
    pub tests: Vec<Test>,
    /// `limits:` of the whole pipeline.
    pub limits: Limits,
    /// Values of `env:` that nobody is to see.
    pub secrets: Secrets,
}
