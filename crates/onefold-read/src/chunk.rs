//! Cutting a stream into chunks where records seem to begin.

use std::sync::Arc;

use crate::error::Error;
use crate::input::Stream;
use crate::label::Label;
use crate::raw::{MAX_RECORD, Splitter};

/// A stretch of one file, from what seems to be the start of a record to the start of another.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) text: Vec<u8>,
    /// Offset of the first byte in the decoded file.
    pub(crate) offset: u64,
    /// Nothing of the file follows.
    pub(crate) last: bool,
}

/// Bytes asked for at a time: large enough that the work on a chunk dwarfs its handling and the waiting for one another.
pub(crate) const CHUNK: usize = 2 << 20;

/// The chunks of one file, in order.
pub(crate) struct Chunks {
    from: Box<dyn Stream>,
    label: Label,
    splitter: Arc<dyn Splitter>,
    /// What has been read and not yet given out.
    carry: Vec<u8>,
    offset: u64,
    done: bool,
}

impl Chunks {
    /// `carry` is what has been read already; its first byte stands at `offset` in the file.
    pub(crate) fn new(
        from: Box<dyn Stream>,
        label: Label,
        splitter: Arc<dyn Splitter>,
        carry: Vec<u8>,
        offset: u64,
    ) -> Self {
        Self {
            from,
            label,
            splitter,
            carry,
            offset,
            done: false,
        }
    }

    /// The next chunk; `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Chunk>, Error> {
        if self.done {
            return Ok(None);
        }
        let mut text = std::mem::take(&mut self.carry);
        loop {
            let have = text.len();
            let want = if have < CHUNK { CHUNK - have } else { CHUNK };
            match have < CHUNK {
                true => text.reserve_exact(want),
                // Of a long record: what has been read is not copied again and again.
                false => text.reserve(want),
            }
            let read = self.from.append(want, &mut text);
            let n = read.map_err(|e| self.label.corrupt(e))?;
            if n < want {
                self.done = true;
                return Ok(Some(self.chunk(text, true)));
            }
            // A stretch without any place to cut is one record too long, which splitting finds out: hand it over in parts.
            let cut = self
                .splitter
                .cut(&text)
                .or((text.len() > MAX_RECORD).then_some(text.len()));
            if let Some(cut) = cut {
                self.carry = Vec::with_capacity(CHUNK.max(text.len() - cut));
                self.carry.extend_from_slice(&text[cut..]);
                text.truncate(cut);
                return Ok(Some(self.chunk(text, false)));
            }
        }
    }

    fn chunk(&mut self, text: Vec<u8>, last: bool) -> Chunk {
        let offset = self.offset;
        self.offset += text.len() as u64;
        Chunk { text, offset, last }
    }
}
