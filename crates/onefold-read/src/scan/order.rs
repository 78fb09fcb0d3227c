//! What the calling thread does: chunks put in order, cuts checked, numbers made absolute.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use crossbeam_channel::Receiver;

use super::outcome::{Batch, FileStats, Summary};
use super::work::{Done, TextContext};
use super::worker::Worker;
use crate::between::Between;
use crate::conform::{Conform, Stretch, Tally, Unfinished};
use crate::error::{Error, Kind};
use crate::input::Input;

/// Puts the chunks in order and makes relative numbers absolute.
pub(super) struct Order<'a, M> {
    conform: &'a Conform,
    worker: &'a Worker<'a, M>,
    names: Vec<Arc<str>>,
    files: Vec<FileStats>,
    tally: Tally,
    /// Where the chunk before ended, and what it left.
    between: Between,
    unfinished: Unfinished,
}

impl<'a, M> Order<'a, M> {
    pub(super) fn new(conform: &'a Conform, inputs: &[Input], worker: &'a Worker<'a, M>) -> Self {
        let files = inputs.iter().map(|input| FileStats {
            name: input.name().to_owned(),
            path: input.place().to_path_buf(),
            bytes: 0,
            records: 0,
            digest: None,
        });
        Self {
            conform,
            worker,
            names: inputs.iter().map(|i| Arc::from(i.name())).collect(),
            files: files.collect(),
            tally: Tally::new(&conform.plan),
            between: Between::Ready,
            unfinished: Unfinished::default(),
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

    fn finish(self) -> Summary {
        Summary::new(self.tally.finish(&self.conform.plan), self.files)
    }

    fn take<T>(&mut self, item: Done<T>) -> Result<Batch<T>, Error>
    where
        M: Fn(RecordBatch) -> T + Sync,
    {
        let Done {
            input,
            first,
            last,
            context,
            offset,
            stored,
            result,
            text: kept,
            ..
        } = item;
        let name = Arc::clone(&self.names[input]);
        let of_file = |e: Error| match e.kind() {
            Kind::Data => e.of_file(&name),
            _ => e,
        };
        if first {
            self.between = Between::Ready;
            self.unfinished = Unfinished::default();
            let lines = context.text.as_ref().map_or(0, |text| text.lines);
            self.tally.begin(&name, &context.input_plan, lines);
        }
        let mut start = offset;
        let unfinished = std::mem::take(&mut self.unfinished);
        let text = match (&result, &kept) {
            (Ok(piece), _) => piece.text.as_slice(),
            (Err(_), kept) => kept.as_deref().unwrap_or_default(),
        };
        let is_as_guessed = context
            .text
            .as_ref()
            .is_none_or(|of_input| of_input.splitter.agrees(self.between, text));
        let mut piece = match &context.text {
            Some(TextContext { splitter, .. }) if !unfinished.is_empty() || !is_as_guessed => {
                // The chunk was cut inside a record: what was found in it, errors too, may be none.
                let (chunk, mut broken) = match (result, kept) {
                    (Ok(piece), _) => (piece.text, piece.broken),
                    (Err(e), Some(text)) if e.kind() == Kind::Data => {
                        (Buffer::from_vec(text), Vec::new())
                    }
                    (Err(e), _) => return Err(of_file(e)),
                };
                let text;
                (text, broken, start) =
                    unfinished.before(Cow::Borrowed(chunk.as_slice()), broken, offset);
                let stretch = Stretch {
                    input,
                    text,
                    broken,
                    offset: start,
                    between: self.between,
                    last,
                };
                let again = self.worker.text(&**splitter, &context.input_plan, stretch);
                again.map_err(of_file)?
            }
            _ => result.map_err(of_file)?,
        };
        if context.text.is_some() {
            self.unfinished = Unfinished::of(&piece, start);
            self.between = piece.between;
        } else {
            // Rows of Parquet have no byte offset.
            piece.rejects.iter_mut().for_each(|r| r.byte_offset = 0);
            piece.nulled.iter_mut().for_each(|n| n.byte_offset = 0);
        }
        self.tally.add(&name, &mut piece);
        let stats = &mut self.files[input];
        stats.bytes = start + piece.bytes;
        stats.records += piece.read;
        if let (true, Some(of_text)) = (last, &context.text) {
            stats.digest = of_text.stored.digest();
            if let Some(footer) = of_text.footer.as_ref().and_then(|footer| footer.get()) {
                self.tally.end(&name, footer);
            }
        }
        Ok(Batch {
            records: piece.rows,
            accepted: piece.accepted,
            rejects: piece.rejects,
            nulled: piece.nulled,
            bytes: piece.bytes,
            stored,
        })
    }
}
