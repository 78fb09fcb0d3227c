//! Remarks for people on files that are irregular and are read nevertheless.

use std::sync::Arc;

use crate::delimited::Remark;
use crate::raw::Tolerated;

/// The remarks on a source's files, each once, with the first file and the number of files that it applies to.
#[derive(Default)]
pub(crate) struct Remarks(Vec<(Remark, Arc<str>, u64)>);

impl Remarks {
    pub(crate) fn add(&mut self, remark: &Remark, file: &Arc<str>) {
        let same = |(other, ..): &&mut (Remark, Arc<str>, u64)| {
            std::mem::discriminant(other) == std::mem::discriminant(remark)
        };
        match self.0.iter_mut().find(same) {
            Some((.., files)) => *files += 1,
            None => self.0.push((remark.clone(), Arc::clone(file), 1)),
        }
    }

    /// All remarks for people, and those on the records.
    pub(crate) fn finish(self, tolerated: Tolerated) -> Vec<String> {
        let of_files = self.0.into_iter().map(|(remark, file, files)| match files {
            1 => format!("{file}: {remark}"),
            _ => format!(
                "{file}: {remark}; the like holds for {} more files",
                files - 1
            ),
        });
        let of_records = [
            (
                tolerated.padded,
                "fewer fields than the header, filled up with missing values",
            ),
            (
                tolerated.trailing,
                "empty fields beyond the header, passed over",
            ),
            (
                tolerated.quotes,
                "a quote that is never closed, read as a character",
            ),
        ];
        let of_records = of_records
            .into_iter()
            .filter(|(records, _)| *records > 0)
            .map(|(records, what)| match records {
                1 => format!("1 record has {what}"),
                _ => format!("{records} records have {what}"),
            });
        of_files.chain(of_records).collect()
    }
}
