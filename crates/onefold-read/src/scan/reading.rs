//! The pieces of all files, one after another: whichever worker is free takes the next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow::array::RecordBatch;

use crate::chunk::Chunks;
use crate::error::{Error, Kind};
use crate::input::InputFile;
use crate::parquet;

use super::Scan;
use super::open::OpenFile;
use super::worker::{Context, Piece, TextContext, Work, count_lines};

/// Stands somewhere in the files of a source.
pub(super) struct Reading<'a> {
    scan: &'a Scan,
    /// The file to be opened next.
    next_file: usize,
    open: Option<Open>,
    /// Pieces given out.
    given: u64,
    ended: Option<Error>,
    stopped: bool,
}

struct Open {
    file: usize,
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
    pub(super) fn new(scan: &'a Scan) -> Self {
        Reading {
            scan,
            next_file: 0,
            open: None,
            given: 0,
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
            if let Some(open) = &mut self.open
                && let Some((piece, last)) = open.rest.next()?
            {
                let work = Work {
                    number: self.given,
                    file: open.file,
                    first: std::mem::take(&mut open.first),
                    last,
                    context: open.context.clone(),
                    piece,
                };
                self.given += 1;
                if last {
                    self.open = None;
                }
                return Ok(Some(work));
            }
            let Some(file) = self.scan.files.get(self.next_file) else {
                return Ok(None);
            };
            self.open = Some(Open::new(self.scan, self.next_file, file)?);
            self.next_file += 1;
        }
    }
}

impl Open {
    fn new(scan: &Scan, number: usize, file: &InputFile) -> Result<Self, Error> {
        let (context, rest) = match scan.open_file(file)? {
            OpenFile::Parquet {
                mut rows,
                places,
                file_plan,
            } => {
                let context = Context {
                    file_plan: Arc::new(file_plan),
                    text: None,
                };
                let next = rows.next()?;
                (
                    context,
                    Rest::Rows {
                        rows,
                        places,
                        next,
                        row: 0,
                    },
                )
            }
            OpenFile::Text {
                reader,
                head,
                start,
                splitter,
                file_plan,
                digest,
            } => {
                let carry = head[start..].to_vec();
                let path = file.path.clone();
                let chunks = Chunks::new(reader, path, Arc::clone(&splitter), carry, start as u64);
                let text = TextContext {
                    splitter,
                    lines: count_lines(&head[..start]),
                    digest,
                };
                let context = Context {
                    file_plan: Arc::new(file_plan),
                    text: Some(text),
                };
                (context, Rest::Text(chunks))
            }
        };
        Ok(Open {
            file: number,
            context,
            first: true,
            rest,
        })
    }
}

impl Rest {
    /// The next piece, and whether it is the last; every file has at least one.
    fn next(&mut self) -> Result<Option<(Piece, bool)>, Error> {
        match self {
            Rest::Text(chunks) => {
                let chunk = chunks.next()?;
                Ok(chunk.map(|chunk| {
                    let last = chunk.last;
                    (Piece::Text(chunk), last)
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
                let piece = Piece::Rows {
                    batch,
                    places: Arc::clone(places),
                    row: *row,
                };
                *row += taken as u64;
                // To know whether this piece is the last.
                *next = rows.next()?;
                Ok(Some((piece, next.is_none())))
            }
        }
    }
}
