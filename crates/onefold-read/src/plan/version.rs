//! A version of a source's schema made ready to run: how it is recognised, and its fields.

use onefold_spec::model::{self, Source, When};

use super::field::PlannedField;
use crate::error::{Error, Kind};

/// A version, ready to run.
pub(crate) struct PlannedVersion {
    pub(crate) name: String,
    pub(crate) when: PlannedWhen,
    /// All fields of the source, as this version has them.
    pub(crate) fields: Vec<PlannedField>,
}

/// How a version is recognised.
pub(crate) enum PlannedWhen {
    /// The file's name fits.
    Path(glob::Pattern),
    /// These paths are all there; the raw columns say so of each record of JSON.
    Fields {
        paths: Vec<Vec<String>>,
        cells: Vec<usize>,
    },
}

impl PlannedWhen {
    /// `cell` gives the raw column that keeps whether a path is there.
    pub(crate) fn new(
        source: &Source,
        version: &model::Version,
        cell: impl FnMut(&[String]) -> usize,
    ) -> Result<Self, Error> {
        match &version.when {
            When::Path(text) => glob::Pattern::new(text).map(Self::Path).map_err(|e| {
                let (text, version, source) = (&text.value, &version.name.value, &source.name.value);
                let message = format!("`{text}`, the `path` of version `{version}` of source `{source}`, is no file pattern: {}", e.msg);
                Error::new(Kind::Declaration, message)
            }),
            When::Fields(paths) => {
                let paths: Vec<Vec<String>> = paths.iter().map(|path| path.value.clone()).collect();
                let cells = paths.iter().map(Vec::as_slice).map(cell).collect();
                Ok(Self::Fields { paths, cells })
            }
        }
    }
}
