//! Versions of a source's schema: which fields a record is read by.
//!
//! All versions share the raw columns and the typed schema. They differ in where a field's text comes from and how it is written. All
//! records of a file with a header are of one version. In JSON the keys of each record may decide: a raw column keeps whether the key is
//! present, and the rows of a chunk are typed version by version and then put back in order.

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::UInt64Type;

use crate::plan::{Plan, PlannedVersion, PlannedWhen};

/// The versions of which the records of one file can be; numbers count the versions of the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// Recognised record by record, in order.
    by_record: Vec<usize>,
    /// All other records; `None`: the source's own fields.
    otherwise: Option<usize>,
}

impl Choice {
    /// The version of all records, where it is one.
    pub(crate) fn of_file(&self) -> Option<usize> {
        self.otherwise.filter(|_| self.by_record.is_empty())
    }
}

/// As in the paths of sources, `*` stands for no separator.
const FILE_NAMES: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// Chooses for a file whose columns are known. `has` tells whether a column is among them.
pub(crate) fn choose_by_columns(
    versions: &[PlannedVersion],
    file: &str,
    has: impl Fn(&[String]) -> bool,
) -> Choice {
    let holds = |version: &PlannedVersion| match &version.when {
        PlannedWhen::Path(glob) => glob.matches_with(file, FILE_NAMES),
        PlannedWhen::Fields { paths, .. } => paths.iter().all(|path| has(path)),
    };
    Choice {
        by_record: Vec::new(),
        otherwise: versions.iter().position(holds),
    }
}

/// Chooses for a file whose records have keys of their own.
pub(crate) fn choose_by_record(versions: &[PlannedVersion], file: &str) -> Choice {
    let mut by_record = Vec::new();
    for (number, version) in versions.iter().enumerate() {
        match &version.when {
            PlannedWhen::Path(glob) if glob.matches_with(file, FILE_NAMES) => {
                return Choice {
                    by_record,
                    otherwise: Some(number),
                };
            }
            PlannedWhen::Path(_) => {}
            PlannedWhen::Fields { .. } => by_record.push(number),
        }
    }
    Choice {
        by_record,
        otherwise: None,
    }
}

/// Name and pattern of each version whose pattern none of the files fits.
pub(crate) fn without_files<'a>(
    versions: &'a [PlannedVersion],
    files: &[&str],
) -> Vec<(&'a str, &'a str)> {
    let unfit = |version: &'a PlannedVersion| match &version.when {
        PlannedWhen::Path(glob) => {
            let fits = files.iter().any(|file| glob.matches_with(file, FILE_NAMES));
            (!fits).then_some((version.name.as_str(), glob.as_str()))
        }
        PlannedWhen::Fields { .. } => None,
    };
    versions.iter().filter_map(unfit).collect()
}

/// Rows of a chunk that are of one version.
pub(crate) enum Rows {
    All,
    Some(Vec<u32>),
}

/// The rows of each version that a chunk has, the source's own fields first. `has` tells whether a raw column of a row has a value.
pub(crate) fn group(
    plan: &Plan,
    choice: &Choice,
    rows: usize,
    has: impl Fn(usize, usize) -> bool,
) -> Vec<(Option<usize>, Rows)> {
    if choice.by_record.is_empty() || rows == 0 {
        return vec![(choice.otherwise, Rows::All)];
    }
    let mut groups: Vec<Vec<u32>> = vec![Vec::new(); plan.versions.len() + 1];
    for row in 0..rows {
        let holds = |number: &&usize| match plan.versions.get(**number).map(|version| &version.when)
        {
            Some(PlannedWhen::Fields { cells, .. }) => cells.iter().all(|cell| has(row, *cell)),
            _ => false,
        };
        let version = choice
            .by_record
            .iter()
            .find(holds)
            .copied()
            .or(choice.otherwise);
        groups[version.map_or(0, |number| number + 1)].push(row as u32);
    }
    let found = groups
        .into_iter()
        .enumerate()
        .filter(|(_, group)| !group.is_empty());
    let whole = |group: Vec<u32>| {
        if group.len() == rows {
            Rows::All
        } else {
            Rows::Some(group)
        }
    };
    found
        .map(|(slot, group)| (slot.checked_sub(1), whole(group)))
        .collect()
}

/// Puts the rows of several batches in the order of their addresses, the last column.
pub(crate) fn in_order(batches: &[RecordBatch]) -> Result<RecordBatch, arrow::error::ArrowError> {
    let mut order: Vec<(u64, usize, usize)> =
        Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for (number, batch) in batches.iter().enumerate() {
        let last = batch
            .columns()
            .last()
            .and_then(|column| column.as_primitive_opt::<UInt64Type>());
        let addresses = last.ok_or_else(|| {
            arrow::error::ArrowError::SchemaError("a batch without addresses".into())
        })?;
        order.extend((0..addresses.len()).map(|row| (addresses.value(row), number, row)));
    }
    order.sort_unstable();
    let places: Vec<(usize, usize)> = order
        .into_iter()
        .map(|(_, number, row)| (number, row))
        .collect();
    interleave_record_batch(&batches.iter().collect::<Vec<_>>(), &places)
}
