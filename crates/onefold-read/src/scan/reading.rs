//! The pieces of all inputs, one after another: the next free worker takes the next piece.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;

use super::open::{self, Open};
use super::work::{Context, RawPiece, TextContext, Work};
use crate::chunk::Chunks;
use crate::conform::Conform;
use crate::error::{Error, Kind};
use crate::input::Input;
use crate::parquet;

/// Stands somewhere in the files of a source.
pub(super) struct Reading<'a> {
    conform: &'a Conform,
    inputs: &'a [Input],
    /// Number of the input to be opened next.
    next_input: usize,
    current: Option<Current>,
    /// Pieces given out.
    given: u64,
    /// Stored bytes of the inputs before the current one.
    before: u64,
    ended: Option<Error>,
    stopped: bool,
}

/// The input that is being read.
struct Current {
    input: usize,
    /// Stored bytes; 0 where that cannot be told.
    size: u64,
    context: Context,
    first: bool,
    rest: Rest,
}

enum Rest {
    Text(Chunks),
    Rows {
        rows: Box<parquet::Rows>,
        places: Arc<parquet::Places>,
        next: Option<RecordBatch>,
        /// Rows of the file before `next`.
        row: u64,
    },
}

impl<'a> Reading<'a> {
    pub(super) fn new(conform: &'a Conform, inputs: &'a [Input]) -> Self {
        Reading {
            conform,
            inputs,
            next_input: 0,
            current: None,
            given: 0,
            before: 0,
            ended: None,
            stopped: false,
        }
    }

    /// The next piece; `None` after the last, after an error, and after [`stop`](Self::stop).
    pub(super) fn next(&mut self) -> Option<Work> {
        if self.stopped {
            return None;
        }
        let next = catch_unwind(AssertUnwindSafe(|| self.read()));
        let next = next.unwrap_or_else(|_| {
            let what = "reading stopped unexpectedly";
            Err(Error::new(Kind::Internal, what))
        });
        self.stopped = !matches!(next, Ok(Some(_)));
        next.unwrap_or_else(|error| {
            self.ended = Some(error);
            None
        })
    }

    /// Nobody listens any more: no further piece is given.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// What ended the reading before its time.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.ended.map_or(Ok(()), Err)
    }

    fn read(&mut self) -> Result<Option<Work>, Error> {
        loop {
            if let Some(current) = &mut self.current
                && let Some((raw, last)) = current.rest.next()?
            {
                let read = match last {
                    true => current.size,
                    false => current.read(),
                };
                let stored = self.before + read;
                let work = Work {
                    number: self.given,
                    input: current.input,
                    first: std::mem::take(&mut current.first),
                    last,
                    context: current.context.clone(),
                    raw,
                    stored,
                };
                self.given += 1;
                if last {
                    self.before = stored;
                    self.current = None;
                }
                return Ok(Some(work));
            }
            let Some(input) = self.inputs.get(self.next_input) else {
                return Ok(None);
            };
            self.current = Some(Current::new(self.conform, self.next_input, input)?);
            self.next_input += 1;
        }
    }
}

impl Current {
    fn new(conform: &Conform, number: usize, input: &Input) -> Result<Self, Error> {
        let (context, rest) = match open::open(conform, input)? {
            Open::Parquet {
                mut rows,
                places,
                input_plan,
            } => {
                let context = Context {
                    input_plan: Arc::new(input_plan),
                    text: None,
                };
                let next = rows.next()?;
                let rest = Rest::Rows {
                    rows,
                    places,
                    next,
                    row: 0,
                };
                (context, rest)
            }
            Open::Text(text) => {
                let context = TextContext {
                    splitter: Arc::clone(&text.splitter),
                    lines: text.lines(),
                    stored: text.stored,
                    footer: text.footer,
                };
                let carry = text.head[text.start..].to_vec();
                let label = input.label().clone();
                let start = text.start as u64;
                let chunks = Chunks::new(text.reader, label, text.splitter, carry, start);
                let context = Context {
                    input_plan: Arc::new(text.input_plan),
                    text: Some(context),
                };
                (context, Rest::Text(chunks))
            }
        };
        Ok(Self {
            input: number,
            size: input.size(),
            context,
            first: true,
            rest,
        })
    }
}

impl Current {
    /// Stored bytes that have been read.
    fn read(&self) -> u64 {
        match (&self.rest, &self.context.text) {
            (Rest::Rows { rows, .. }, _) => (rows.share() * self.size as f64) as u64,
            (Rest::Text(_), Some(text)) => text.stored.read().min(self.size),
            (Rest::Text(_), None) => 0,
        }
    }
}

impl Rest {
    /// The next piece, and whether it is the last; every file has at least one.
    fn next(&mut self) -> Result<Option<(RawPiece, bool)>, Error> {
        match self {
            Rest::Text(chunks) => {
                let chunk = chunks.next()?;
                Ok(chunk.map(|chunk| {
                    let last = chunk.last;
                    (RawPiece::Text(chunk), last)
                }))
            }
            Rest::Rows {
                rows,
                places,
                next,
                row,
            } => {
                let batch = next.take();
                let taken = batch.as_ref().map_or(0, RecordBatch::num_rows);
                let raw = RawPiece::Rows {
                    batch,
                    places: Arc::clone(places),
                    row: *row,
                };
                *row += taken as u64;
                // To know whether this piece is the last.
                *next = rows.next()?;
                Ok(Some((raw, next.is_none())))
            }
        }
    }
}
