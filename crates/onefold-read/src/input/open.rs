//! Opens an input: its first bytes are looked at, its compression is undone, its digest is taken on the way.

use std::io::{BufReader, Cursor, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use xxhash_rust::xxh3::Xxh3;

use super::files::Input;
use super::stream::{Again, Stream, fill};
use crate::error::Error;
use crate::label::Label;

/// What is known of the bytes of an open input as they are stored.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    digest: OnceLock<u128>,
    read: AtomicU64,
}

impl Stored {
    /// The digest of all of them, once they have been read to their end.
    pub(crate) fn digest(&self) -> Option<u128> {
        self.digest.get().copied()
    }

    /// How many have been read so far.
    pub(crate) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// An open input, decompressed; its first bytes have been looked at.
pub(crate) struct Opened {
    pub(crate) head: Vec<u8>,
    pub(super) rest: Box<dyn Stream>,
    pub(crate) stored: Arc<Stored>,
    /// How it is compressed.
    pub(super) packed: Option<&'static str>,
    /// Its stored size and its last bytes; nothing where it has no end to go to.
    pub(super) end: (u64, Vec<u8>),
    /// More of its last bytes where it may be a zip archive, which lists its parts there.
    pub(super) directory: Vec<u8>,
}

impl Opened {
    /// All of its bytes; an error where there are more than `most`.
    pub(crate) fn bytes(self, most: usize, label: &Label) -> Result<Vec<u8>, Error> {
        let Opened { head, mut rest, .. } = self;
        let mut bytes = head;
        let wanted = (most + 1).saturating_sub(bytes.len());
        rest.append(wanted, &mut bytes)
            .map_err(|e| label.corrupt(e))?;
        if bytes.len() > most {
            let large = format!("it is larger than {} GiB", most >> 30);
            return Err(label
                .unreadable(large)
                .hint("split it, or export its data as CSV"));
        }
        Ok(bytes)
    }
}

/// Takes the digest of an input while it is read.
struct Digesting<R> {
    from: R,
    hash: Xxh3,
    stored: Arc<Stored>,
}

impl<R> Digesting<R> {
    fn new(from: R, stored: &Arc<Stored>) -> Self {
        Self {
            from,
            hash: Xxh3::new(),
            stored: Arc::clone(stored),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        let read = bytes.len() as u64;
        self.stored.read.fetch_add(read, Ordering::Relaxed);
    }

    fn end(&self) {
        self.stored.digest.get_or_init(|| self.hash.digest128());
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.from.read(buffer)?;
        if n > 0 {
            self.take(&buffer[..n]);
        } else if !buffer.is_empty() {
            self.end();
        }
        Ok(n)
    }
}

impl<R: Read + Send> Stream for Digesting<R> {
    /// Into memory that nothing has been written to: a reader of any kind could look at what it is given, and gets zeros.
    fn append(&mut self, most: usize, to: &mut Vec<u8>) -> std::io::Result<usize> {
        let before = to.len();
        let read = self.from.by_ref().take(most as u64).read_to_end(to);
        self.take(&to[before..]);
        let n = read?;
        if n < most {
            self.end();
        }
        Ok(n)
    }
}

const HEAD: usize = 64 * 1024;

/// What a zip archive begins with.
const ZIP: &[u8] = b"PK\x03\x04";

/// Bytes of the end of an input that are looked at.
pub(super) const END: usize = 8;

/// Opens an input and undoes its compression, which its first bytes tell.
pub(crate) fn open(input: &Input) -> Result<Opened, Error> {
    let label = input.label();
    let io = |e| label.io(e);
    let bytes = input.open().map_err(io)?;
    let mut end = (bytes.length().unwrap_or(0), Vec::new());
    if let Some(start) = end.0.checked_sub(END as u64) {
        end.1 = bytes.range(start, END).map_err(io)?;
    }
    let is_zip = end.0 >= ZIP.len() as u64 && bytes.range(0, ZIP.len()).map_err(io)? == ZIP;
    let directory = match is_zip {
        true => bytes.range(end.0.saturating_sub(HEAD as u64), HEAD),
        false => Ok(Vec::new()),
    };
    let directory = directory.map_err(io)?;
    let stored = Arc::default();
    let from = Digesting::new(bytes.stream().map_err(io)?, &stored);
    unpacked(from, end, directory, stored, label)
}

/// Opens bytes that somebody else has read.
pub(crate) fn open_bytes(bytes: Vec<u8>, label: &Label) -> Result<Opened, Error> {
    let last = bytes.len().saturating_sub(END);
    let end = (bytes.len() as u64, bytes[last..].to_vec());
    let directory = match bytes.starts_with(ZIP) {
        true => bytes[bytes.len().saturating_sub(HEAD)..].to_vec(),
        false => Vec::new(),
    };
    unpacked(Cursor::new(bytes), end, directory, Arc::default(), label)
}

fn unpacked(
    mut from: impl Stream + 'static,
    end: (u64, Vec<u8>),
    directory: Vec<u8>,
    stored: Arc<Stored>,
    label: &Label,
) -> Result<Opened, Error> {
    let mut magic = [0u8; 8];
    let n = fill(&mut from, &mut magic).map_err(|e| label.io(e))?;
    let magic = &magic[..n];
    let whole = Again::new(magic.to_vec(), from);
    let (packed, mut rest): (_, Box<dyn Stream>) = match magic {
        [0x1f, 0x8b, ..] => {
            let whole = BufReader::with_capacity(1 << 16, whole);
            let whole = flate2::bufread::MultiGzDecoder::new(whole);
            (Some("gzip"), Box::new(whole))
        }
        // A frame of data, or one that is to be skipped, with which some programs begin.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            let whole = zstd::Decoder::new(whole).map_err(|e| label.io(e))?;
            (Some("zstd"), Box::new(whole))
        }
        _ => (None, Box::new(whole)),
    };
    let mut head = Vec::new();
    rest.append(HEAD, &mut head).map_err(|e| label.corrupt(e))?;
    Ok(Opened {
        head,
        rest,
        stored,
        packed,
        end,
        directory,
    })
}
