//! Sources: each is read once; its rows go on, its rejects are kept.

use std::time::Instant;

use arrow::array::RecordBatch;
use onefold_read::Scan;

use super::doubts::doubts;
use super::freshness::MadeAt;
use super::memory::Reading;
use super::tally::Tally;
use super::{Map, Run};
use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::report::{
    DriftReport, FieldCount, FileReport, LeftOutReport, SourceReport, VersionCount,
};

impl Run<'_> {
    /// Reads a source to its end, once: rows go through `map` to `sink`, rejects to their table and their file.
    pub(super) fn scan<T: Send>(
        &mut self,
        index: usize,
        map: &Map<'_, T>,
        sink: &mut dyn FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let began = Instant::now();
        let source = &self.pipeline.sources[index];
        let scan = self.scans[index].take().ok_or_else(|| {
            Error::internal(format!("source `{}` is read twice", source.name.value))
        })?;
        let mut rejects = self.rejects(&source.name, &scan.fields());
        let made_at = MadeAt::of(source, scan.schema());
        let mut newest = None;
        let mut failed: Option<Error> = None;
        let mut read = 0;
        let options = self.options;
        let mut reading = Reading {
            source: &source.name,
            held_before: self.held(),
            bytes: scan.bytes(),
            bytes_read: 0,
        };
        let counted = |batch: RecordBatch| {
            let mut tally = Tally::default();
            let newest = made_at.as_ref().and_then(|column| column.newest(&batch));
            map(batch, &mut tally).map(|made| (made, tally, newest))
        };
        let summary = scan.run(counted, |batch| {
            read += batch.accepted + batch.rejects.len() as u64;
            (options.on_event)(&RunEvent::Reading {
                source: source.name.value.clone(),
                records: read,
            });
            reading.bytes_read += batch.bytes;
            let done = rejects
                .take(batch.rejects)
                .and_then(|()| self.check_on(Some(&reading)))
                .and_then(|()| {
                    let (made, tally, newest_here) = batch.records.map_err(|e| {
                        Error::new(Kind::Data, format!("source `{}`: {e}", source.name.value))
                    })?;
                    self.tally.append(tally);
                    newest = newest.max(newest_here);
                    sink(made)
                });
            failed = done.err();
            failed.is_none()
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        let (counts, rejects) = rejects.finish()?;
        for file in &summary.files {
            let records = if summary.files.len() == 1 {
                summary.accepted
            } else {
                file.records
            };
            self.event(RunEvent::Loaded {
                file: file.name.clone(),
                records,
            });
        }
        for (field, values) in &summary.nulled {
            self.warn(format!(
                "source {}: {values} invalid values of field {field} were made missing",
                source.name.value
            ));
        }
        for remark in &summary.remarks {
            self.warn(format!("source {}: {remark}", source.name.value));
        }
        for (version, path) in scan.versions_without_files() {
            self.warn(format!(
                "source {}: no file fits `{path}`, the path of version {version}",
                source.name.value
            ));
        }
        for doubt in doubts(&source.name, &scan, &summary, &counts) {
            self.warn(doubt);
        }
        let drift: Vec<DriftReport> = summary
            .drift
            .iter()
            .map(|d| DriftReport {
                column: d.column.clone(),
                records: d.records,
                first: format!("{}:{}", d.first.file, d.first.line),
            })
            .collect();
        for unknown in &drift {
            self.event(RunEvent::Drift {
                source: source.name.value.clone(),
                column: unknown.column.clone(),
                records: unknown.records,
                first: unknown.first.clone(),
            });
        }
        self.sources[index] = Some(SourceReport {
            name: source.name.value.clone(),
            label: source.label.clone(),
            read: summary.read,
            accepted: summary.accepted,
            rejected: summary.rejected,
            rejects: counts,
            nulled: summary
                .nulled
                .into_iter()
                .map(|(field, values)| FieldCount { field, values })
                .collect(),
            versions: summary
                .versions
                .into_iter()
                .map(|(version, records)| VersionCount { version, records })
                .collect(),
            freshness: made_at.and_then(|column| column.report(newest, self.started)),
            drift,
            files: summary
                .files
                .into_iter()
                .map(|f| FileReport {
                    name: f.name,
                    bytes: f.bytes,
                    records: f.records,
                    xxh3: f.digest.map_or_else(String::new, |d| format!("{d:032x}")),
                })
                .collect(),
            left_out: left_out(&scan),
            seconds: began.elapsed().as_secs_f64(),
        });
        self.store(&format!("{}.rejects", source.name.value), rejects);
        Ok(())
    }
}

/// What is beside the files of a source.
pub(crate) fn left_out(scan: &Scan) -> Vec<LeftOutReport> {
    let found = scan.left_out().iter();
    found
        .map(|left_out| LeftOutReport {
            name: left_out.name.clone(),
            why: left_out.why.clone(),
        })
        .collect()
}
