//! Text formatted on many threads and written in order by one.

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use arrow::array::RecordBatch;

use crate::error::{Cause, Error};
use crate::text::RowEncoder;

/// Rows that a thread formats at once: large enough to hide the hand-over, small enough that the pieces under way stay in cache.
const ROWS_A_PIECE: usize = 8_192;

/// Pieces that wait before and after each formatting thread.
const QUEUED: usize = 2;

/// Batches in, in order; the bytes of one text file out, in the same order.
///
/// # Algorithm
/// Batches are cut into pieces of a few thousand rows and dealt to the formatting threads in turn; the writing thread collects the texts
/// in the same turn. The turn is the order, so nothing is ever sorted or held back.
///
/// # Memory
/// A handful of pieces a thread. [`write`](Self::write) waits while the queues are full. Text buffers go round and are reused.
///
/// # Errors
/// The first error stops the threads and is returned by the next call.
#[derive(Debug)]
pub struct OrderedWriter<W> {
    lanes: Vec<SyncSender<Piece>>,
    next_lane: usize,
    rows: u64,
    formatters: Vec<JoinHandle<()>>,
    /// `None` after the writer's result has been taken.
    writer: Option<JoinHandle<Result<W, Error>>>,
    encoder: Arc<RowEncoder>,
    /// Hands the text after the last row to the writer.
    closing: Option<Sender<Vec<u8>>>,
}

#[derive(Debug)]
struct Piece {
    batch: RecordBatch,
    rows_before: u64,
}

/// What the writer reads from one formatting thread, and where it returns the buffers.
struct Lane {
    texts: Receiver<Result<Vec<u8>, Error>>,
    empty: Sender<Vec<u8>>,
}

impl<W: Write + Send + 'static> OrderedWriter<W> {
    /// Starts `threads` formatting threads (at least one) and one that writes to `sink`, which needs no buffer.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) where the system gives no thread.
    pub fn start(encoder: RowEncoder, sink: W, threads: usize) -> Result<Self, Error> {
        let encoder = Arc::new(encoder);
        let mut lanes = Vec::new();
        let mut formatters = Vec::new();
        let mut collected = Vec::new();
        for _ in 0..threads.max(1) {
            let (lane, pieces) = sync_channel::<Piece>(QUEUED);
            let (texts, formatted) = sync_channel(QUEUED);
            let (empty, buffers) = channel::<Vec<u8>>();
            let encoder = Arc::clone(&encoder);
            formatters.push(spawn("onefold-format", move || {
                for piece in pieces {
                    let mut text = buffers.try_recv().unwrap_or_default();
                    text.clear();
                    let result = encoder.rows(&piece.batch, piece.rows_before, &mut text);
                    if texts.send(result.map(|_| text)).is_err() {
                        return;
                    }
                }
            })?);
            lanes.push(lane);
            collected.push(Lane {
                texts: formatted,
                empty,
            });
        }
        let mut head = Vec::new();
        encoder.begin(&mut head);
        let (closing, tail) = channel();
        let writer = spawn("onefold-write", move || {
            collect(sink, &head, &collected, &tail)
        })?;
        Ok(Self {
            lanes,
            next_lane: 0,
            rows: 0,
            formatters,
            writer: Some(writer),
            encoder,
            closing: Some(closing),
        })
    }

    /// Adds the rows of a batch; waits while too much is under way.
    ///
    /// # Errors
    /// Of this batch or of one before it: [`ErrorKind::Schema`](crate::ErrorKind::Schema), [`ErrorKind::Io`](crate::ErrorKind::Io),
    /// [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace).
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let mut start = 0;
        while start < batch.num_rows() {
            let len = ROWS_A_PIECE.min(batch.num_rows() - start);
            let piece = Piece {
                batch: batch.slice(start, len),
                rows_before: self.rows,
            };
            if self.lanes[self.next_lane].send(piece).is_err() {
                return Err(self.stop().err().unwrap_or_else(stopped));
            }
            self.next_lane = (self.next_lane + 1) % self.lanes.len();
            self.rows += len as u64;
            start += len;
        }
        Ok(())
    }

    /// Waits until everything is written; the sink, flushed, and the number of rows.
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub fn finish(mut self) -> Result<(W, u64), Error> {
        let mut tail = Vec::new();
        self.encoder.end(self.rows, &mut tail);
        if let Some(closing) = self.closing.take() {
            // A writer that is gone has an error, which `stop` returns.
            drop(closing.send(tail));
        }
        let sink = self.stop()?;
        Ok((sink, self.rows))
    }
}

impl<W> OrderedWriter<W> {
    /// Ends all threads; what the writer came to.
    fn stop(&mut self) -> Result<W, Error> {
        self.lanes.clear();
        self.closing = None;
        let result = match self.writer.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(Cause::Internal("the writing thread panicked").into()),
            None => Err(stopped()),
        };
        let mut panicked = false;
        for formatter in self.formatters.drain(..) {
            panicked |= formatter.join().is_err();
        }
        if panicked {
            return Err(Cause::Internal("a formatting thread panicked").into());
        }
        result
    }
}

impl<W> Drop for OrderedWriter<W> {
    fn drop(&mut self) {
        if self.writer.is_some() {
            // The file is given up: there is no one to tell.
            drop(self.stop());
        }
    }
}

fn stopped() -> Error {
    Cause::Internal("the writer has stopped").into()
}

fn spawn<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>, Error> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread
        .spawn(body)
        .map_err(|error| Cause::Sink(error).into())
}

fn collect<W: Write>(
    mut sink: W,
    head: &[u8],
    lanes: &[Lane],
    tail: &Receiver<Vec<u8>>,
) -> Result<W, Error> {
    sink.write_all(head).map_err(Cause::Sink)?;
    for lane in lanes.iter().cycle() {
        // The first lane without a next text is the end: the turn ends there.
        let Ok(text) = lane.texts.recv() else {
            break;
        };
        let text = text?;
        sink.write_all(&text).map_err(Cause::Sink)?;
        // The thread may have ended already; then the buffer is not needed.
        drop(lane.empty.send(text));
    }
    let tail = tail.recv().map_err(|_| stopped())?;
    sink.write_all(&tail).map_err(Cause::Sink)?;
    sink.flush().map_err(Cause::Sink)?;
    Ok(sink)
}
