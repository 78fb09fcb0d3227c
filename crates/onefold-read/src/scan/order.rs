//! What the calling thread does: chunks put in order, cuts checked, numbers made absolute.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use crossbeam_channel::Receiver;

use crate::drift::{self, Place};
use crate::error::{Error, Kind};
use crate::raw::{Between, Tolerated};
use crate::remarks::Remarks;

use super::worker::{Done, Processed, TextContext, Worker};
use super::{Batch, FileStats, Scan, Summary};

/// The unfinished record at the end of a chunk.
struct Unfinished {
    text: Vec<u8>,
    broken: Vec<usize>,
    offset: u64,
}

/// Puts the chunks in order and makes relative numbers absolute.
pub(super) struct Order<'a, M> {
    scan: &'a Scan,
    worker: &'a Worker<'a, M>,
    names: Vec<Arc<str>>,
    summary: Summary,
    nulled: Vec<u64>,
    versions: Vec<u64>,
    drift: drift::Collected,
    remarks: Remarks,
    tolerated: Tolerated,
    /// Records and lines of the current file before the next chunk.
    records: u64,
    lines: u64,
    between: Between,
    unfinished: Option<Unfinished>,
}

impl<'a, M> Order<'a, M> {
    pub(super) fn new(scan: &'a Scan, worker: &'a Worker<'a, M>) -> Self {
        let files = scan.files.iter().map(|f| FileStats {
            name: f.name.clone(),
            path: f.path.clone(),
            bytes: 0,
            records: 0,
            digest: None,
        });
        Self {
            scan,
            worker,
            names: scan
                .files
                .iter()
                .map(|f| Arc::from(f.name.as_str()))
                .collect(),
            summary: Summary {
                files: files.collect(),
                ..Summary::default()
            },
            nulled: vec![0; scan.plan.fields.len()],
            versions: vec![0; scan.plan.versions.len()],
            drift: drift::Collected::default(),
            remarks: Remarks::default(),
            tolerated: Tolerated::default(),
            records: 0,
            lines: 0,
            between: Between::Ready,
            unfinished: None,
        }
    }

    pub(super) fn collect<T>(
        mut self,
        done: &Receiver<Done<T>>,
        sink: &mut impl FnMut(Batch<T>) -> bool,
    ) -> Result<Summary, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let mut early: BTreeMap<u64, Done<T>> = BTreeMap::new();
        let mut next = 0;
        for item in done {
            early.insert(item.number, item);
            while let Some(item) = early.remove(&next) {
                next += 1;
                let batch = self.take(item)?;
                if !sink(batch) {
                    return Ok(self.finish());
                }
            }
        }
        Ok(self.finish())
    }

    fn finish(mut self) -> Summary {
        let fields = self.scan.plan.fields.iter().zip(&self.nulled);
        self.summary.nulled = fields
            .filter(|(_, n)| **n > 0)
            .map(|(f, n)| (f.name.clone(), *n))
            .collect();
        let versions = self.scan.plan.versions.iter().zip(&self.versions);
        self.summary.versions = versions
            .map(|(version, n)| (version.name.clone(), *n))
            .collect();
        self.summary.drift = self.drift.finish();
        self.summary.remarks = self.remarks.finish(self.tolerated);
        self.summary
    }

    fn take<T>(&mut self, item: Done<T>) -> Result<Batch<T>, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let Done {
            file,
            first,
            last,
            context,
            offset,
            result,
            text: kept,
            ..
        } = item;
        let file_name = Arc::clone(&self.names[file]);
        let of_file = |e: Error| {
            if e.kind() == Kind::Data {
                e.of_file(&file_name)
            } else {
                e
            }
        };
        if first {
            self.records = 0;
            self.between = Between::Ready;
            self.unfinished = None;
            self.lines = context.text.as_ref().map_or(0, |text| text.lines);
            for column in &context.file_plan.unknown {
                let header = Place {
                    file: Arc::clone(&self.names[file]),
                    record: 0,
                    line: self.lines.max(1),
                };
                self.drift.add(column, 0, header);
            }
            for remark in &context.file_plan.remarks {
                self.remarks.add(remark, &self.names[file]);
            }
        }
        let mut start = offset;
        let unfinished = self.unfinished.take();
        let text = match (&result, &kept) {
            (Ok(processed), _) => processed.text.as_slice(),
            (Err(_), kept) => kept.as_deref().unwrap_or_default(),
        };
        let is_as_guessed = context
            .text
            .as_ref()
            .is_none_or(|of_file| of_file.splitter.agrees(self.between, text));
        let mut processed = match &context.text {
            Some(TextContext { splitter, .. }) if unfinished.is_some() || !is_as_guessed => {
                // The chunk was cut inside a record: what was found in it, errors too, may be none.
                let (chunk, marks) = match (result, kept) {
                    (Ok(processed), _) => (processed.text, processed.broken),
                    (Err(e), Some(text)) if e.kind() == Kind::Data => {
                        (Buffer::from_vec(text), Vec::new())
                    }
                    (Err(e), _) => return Err(of_file(e)),
                };
                let before = unfinished.unwrap_or(Unfinished {
                    text: Vec::new(),
                    broken: Vec::new(),
                    offset,
                });
                let shift = before.text.len();
                let mut text = before.text;
                text.extend_from_slice(chunk.as_slice());
                let mut broken = before.broken;
                broken.extend(marks.iter().map(|at| at + shift));
                start = before.offset;
                let again = self.worker.text(
                    &**splitter,
                    &context.file_plan,
                    file,
                    text,
                    broken,
                    start,
                    self.between,
                    last,
                );
                again.map_err(of_file)?
            }
            _ => result.map_err(of_file)?,
        };
        if context.text.is_some() {
            self.note_rest(&processed, start);
            self.between = processed.between;
        }
        let name = &self.names[file];
        let rows = context.text.is_none();
        for reject in &mut processed.rejects {
            reject.file = Arc::clone(name);
            reject.record += self.records;
            reject.line += self.lines + 1;
            if rows {
                reject.byte_offset = 0;
            }
        }
        for found in &processed.drift {
            let first = Place {
                file: Arc::clone(name),
                record: self.records + found.record,
                line: self.lines + found.line + 1,
            };
            self.drift.add(&found.column, found.records, first);
        }
        self.versions
            .iter_mut()
            .zip(&processed.versions)
            .for_each(|(sum, n)| *sum += n);
        self.tolerated.add(processed.tolerated);
        self.records += processed.read;
        self.lines += processed.lines;
        self.summary.read += processed.read;
        self.summary.accepted += processed.accepted;
        self.summary.rejected += processed.rejects.len() as u64;
        self.nulled
            .iter_mut()
            .zip(&processed.nulled)
            .for_each(|(sum, n)| *sum += n);
        let stats = &mut self.summary.files[file];
        stats.bytes = start + processed.bytes;
        stats.records += processed.read;
        if let (true, Some(TextContext { digest, .. })) = (last, &context.text) {
            stats.digest = digest.get().copied();
        }
        Ok(Batch {
            records: processed.records,
            accepted: processed.accepted,
            rejects: processed.rejects,
            bytes: processed.bytes,
        })
    }

    fn note_rest<T>(&mut self, processed: &Processed<T>, offset: u64) {
        let text = processed.text.as_slice();
        if processed.rest < text.len() {
            self.unfinished = Some(Unfinished {
                text: text[processed.rest..].to_vec(),
                broken: processed
                    .broken
                    .iter()
                    .filter(|at| **at >= processed.rest)
                    .map(|at| at - processed.rest)
                    .collect(),
                offset: offset + processed.rest as u64,
            });
        }
    }
}
