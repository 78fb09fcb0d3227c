//! Streams: bytes that can be read once, in order.

use std::io::{BufRead, Cursor, Read};

/// Bytes that can be read once, in order.
pub(crate) trait Stream: Read + Send {
    /// Appends the next `most` bytes; fewer only where the stream ends. How many they are.
    fn append(&mut self, most: usize, to: &mut Vec<u8>) -> std::io::Result<usize> {
        <&mut Self as Read>::take(self, most as u64).read_to_end(to)
    }
}

/// What has been looked at, then the rest.
pub(super) struct Again<S> {
    head: Cursor<Vec<u8>>,
    rest: S,
}

impl<S> Again<S> {
    pub(super) fn new(head: Vec<u8>, rest: S) -> Self {
        let head = Cursor::new(head);
        Again { head, rest }
    }
}

impl<S: Read> Read for Again<S> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.head.read(buffer)? {
            0 => self.rest.read(buffer),
            n => Ok(n),
        }
    }
}

impl<S: Stream> Stream for Again<S> {
    fn append(&mut self, most: usize, to: &mut Vec<u8>) -> std::io::Result<usize> {
        let n = self.head.by_ref().take(most as u64).read_to_end(to)?;
        match n < most {
            true => Ok(n + self.rest.append(most - n, to)?),
            false => Ok(n),
        }
    }
}

impl<S: Stream + ?Sized> Stream for Box<S> {
    fn append(&mut self, most: usize, to: &mut Vec<u8>) -> std::io::Result<usize> {
        self.as_mut().append(most, to)
    }
}

impl Stream for Cursor<Vec<u8>> {}
impl Stream for std::fs::File {}
impl<R: BufRead + Send> Stream for flate2::bufread::MultiGzDecoder<R> {}
impl<R: BufRead + Send> Stream for zstd::Decoder<'_, R> {}

/// Reads until the buffer is full or the input ends.
pub(crate) fn fill(from: &mut impl Read, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match from.read(&mut buffer[n..]) {
            Ok(0) => break,
            Ok(k) => n += k,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(n)
}
