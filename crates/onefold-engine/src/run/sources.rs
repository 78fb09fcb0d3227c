//! Sources: each is read once; its rows go on, its rejects are kept.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::UInt64Type;
use onefold_read::{Scan, shown_text};

use super::branch::{Branch, Passed, pass};
use super::doubts::{doubts, likely_cause};
use super::executor::Executor;
use super::limits::{self, Reading};
use super::rejects::{Counted, NulledValues, Rejects};
use crate::error::{Error, Kind};
use crate::events::RunEvent;
use crate::fault;
use crate::freshness::MadeAt;
use crate::report::{
    DriftReport, ExplodeReport, FieldCount, FileReport, LeftOutReport, SourceReport, VersionCount,
};
use crate::suppression::SourceFilter;

impl Executor<'_, '_> {
    /// Reads a source to its end, once: its rows take the branches, its rejects go to their table and their file.
    pub(super) fn scan(&mut self, index: usize, branches: &[Branch]) -> Result<(), Error> {
        let began = Instant::now();
        let pipeline = self.pipeline;
        let source = &pipeline.sources[index];
        let scan = self.scans[index].take().ok_or_else(|| {
            Error::internal(format!("source `{}` is read twice", source.name.value))
        })?;
        let mut rejects = Rejects::new(
            source,
            &scan.fields(),
            &self.graph,
            &self.prepared,
            self.publication,
        );
        let mut nulled =
            NulledValues::new(&source.name, &self.graph, &self.prepared, self.publication);
        let prepared = Arc::clone(&self.prepared);
        let made_at = MadeAt::of(source, scan.schema());
        let mut newest = None;
        let mut failed: Option<Error> = None;
        let mut read = 0;
        let options = self.options;
        let mut reading = Reading {
            source: &source.name,
            held_before: limits::held(options),
            bytes: scan.bytes(),
            bytes_read: 0,
        };
        let name = &source.name.value;
        let suppressed = self.suppression.clone();
        let suppressed = suppressed.as_ref();
        let suppressed =
            suppressed.map(|list| list.of_source(&pipeline.name.value, source, scan.schema()));
        let fields = scan.fields();
        let passed = |batch: RecordBatch| {
            fault::point("reader", name);
            let (batch, gone) = match &suppressed {
                None => (batch, Vec::new()),
                Some(filter) => without(batch, filter)?,
            };
            let newest = made_at.as_ref().and_then(|column| column.newest(&batch));
            // A panic here is none of the reader's.
            fault::caught(|| {
                let mut passed = Passed::default();
                match pass(branches, &prepared, batch, &mut passed) {
                    Ok(()) => Ok((passed, newest, gone)),
                    Err(why) => Err(Error::new(Kind::Data, format!("source `{name}`: {why}"))),
                }
            })
        };
        let of_bytes = scan.files().map(|(_, bytes)| bytes).sum();
        let (mut gone, mut gone_rejects) = (0, 0);
        let summary = scan.run(passed, |mut batch| {
            if let Some(filter) = &suppressed {
                let before = batch.rejects.len();
                batch
                    .rejects
                    .retain(|reject| filter.is_free(reject, &fields));
                gone_rejects += (before - batch.rejects.len()) as u64;
            }
            read += batch.accepted + batch.rejects.len() as u64;
            (options.on_event)(&RunEvent::Reading {
                source: source.name.value.clone(),
                records: read,
                bytes: batch.stored,
                of_bytes,
            });
            reading.bytes_read += batch.bytes;
            let done = batch.records.and_then(|(passed, newest_here, gone_here)| {
                gone += gone_here.len() as u64;
                batch
                    .nulled
                    .retain(|value| !gone_here.contains(&value.byte_offset));
                rejects.take(batch.rejects)?;
                nulled.take(batch.nulled)?;
                limits::check(options, &self.store, Some(&reading))?;
                newest = newest.max(newest_here);
                self.take(passed)
            });
            failed = done.err();
            failed.is_none()
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        let (Counted { counts, kinds }, rejects) = rejects.finish()?;
        let nulled = nulled.finish()?;
        for file in &summary.files {
            let records = if summary.files.len() == 1 {
                summary.accepted - gone
            } else {
                file.records
            };
            self.ledger.event(RunEvent::Loaded {
                file: file.name.clone(),
                records,
            });
        }
        for remark in &summary.remarks {
            self.ledger
                .warn(format!("source {}: {remark}", source.name.value));
        }
        for (version, path) in scan.versions_without_files() {
            self.ledger.warn(format!(
                "source {}: no file fits `{path}`, the path of version {version}",
                source.name.value
            ));
        }
        let likely_cause = likely_cause(source, &scan, &summary, &counts);
        for doubt in doubts(source, &summary, &counts, likely_cause.as_deref()) {
            self.ledger.warn(doubt);
        }
        let drift: Vec<DriftReport> = summary
            .drift
            .iter()
            .map(|d| DriftReport {
                // Where a file has no header, its first record gives the names.
                column: shown_text(&d.column).into_owned(),
                records: d.records,
                first: format!("{}:{}", d.first.file, d.first.line),
            })
            .collect();
        for unknown in &drift {
            self.ledger.event(RunEvent::Drift {
                source: source.name.value.clone(),
                column: unknown.column.clone(),
                records: unknown.records,
                first: unknown.first.clone(),
            });
        }
        let report = SourceReport {
            name: source.name.value.clone(),
            label: source.label.clone(),
            read: summary.read,
            accepted: summary.accepted - gone,
            rejected: summary.rejected - gone_rejects,
            suppressed: gone + gone_rejects,
            exploded: source.explode.as_ref().map(|explode| ExplodeReport {
                path: explode.path.join("."),
                added: summary.added,
                empty: summary.empty,
            }),
            rejects: counts,
            likely_cause,
            kinds,
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
            freshness: made_at.and_then(|column| column.report(newest, self.ledger.started())),
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
        };
        self.ledger.enter_source(index, report);
        for (side, rows) in [("rejects", rejects), ("nulled", nulled)] {
            let name = format!("{}.{side}", source.name.value);
            if !self.graph.readers(&name).is_empty() {
                self.store.put(&name, rows);
            }
        }
        Ok(())
    }
}

/// The rows of a batch that are of nobody who was erased, and where the others stand in their input.
fn without(
    batch: RecordBatch,
    filter: &SourceFilter<'_>,
) -> Result<(RecordBatch, Vec<u64>), Error> {
    let Some(staying) = filter.staying(&batch)? else {
        return Ok((batch, Vec::new()));
    };
    let addresses = batch.columns().last();
    let addresses = addresses.and_then(|column| column.as_primitive_opt::<UInt64Type>());
    let addresses = addresses.ok_or_else(|| Error::internal("rows without addresses"))?;
    let rows = staying.values().iter().zip(addresses.values());
    let gone = rows.filter(|(stays, _)| !stays);
    let gone = gone.map(|(_, address)| onefold_read::position(*address));
    let gone = gone.collect();
    Ok((filter_record_batch(&batch, &staying)?, gone))
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
