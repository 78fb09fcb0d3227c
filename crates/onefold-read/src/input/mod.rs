//! Files in, a stream of UTF-8 bytes out: discovery ([`discover`]), what the bytes are ([`format`]), decompression, decoding.

mod discover;
mod encodings;
mod format;
mod marks;
mod names;

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, Kind};

pub(crate) use discover::{Discovered, discover};
pub use discover::{LeftOut, Overlap, overlaps};
pub(crate) use encodings::likely_encoding;
pub use format::is_binary_name;
pub(crate) use format::{format, is_blank};

/// A file of a source.
#[derive(Debug, Clone)]
pub(crate) struct InputFile {
    pub(crate) path: PathBuf,
    /// As the user would write it: relative to the input folder.
    pub(crate) name: String,
}

/// The encoding that a label of the WHATWG standard names.
pub(crate) fn encoding(label: &str) -> Result<&'static Encoding, Error> {
    Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        Error::new(Kind::Declaration, format!("`{label}` is no known encoding"))
            .hint("use a WHATWG label such as `utf-8`, `windows-1252`, `shift_jis`, `gb18030`")
    })
}

/// Bytes that come in one after another.
pub(crate) trait Stream: Read + Send {
    /// Appends the next `most` bytes; fewer only where the stream ends. How many they are.
    fn append(&mut self, most: usize, to: &mut Vec<u8>) -> std::io::Result<usize> {
        <&mut Self as Read>::take(self, most as u64).read_to_end(to)
    }
}

/// What has been looked at, then the rest.
struct Again<S> {
    head: Cursor<Vec<u8>>,
    rest: S,
}

impl<S> Again<S> {
    fn new(head: Vec<u8>, rest: S) -> Self {
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

impl<R: BufRead + Send> Stream for flate2::bufread::MultiGzDecoder<R> {}
impl<R: BufRead + Send> Stream for zstd::Decoder<'_, R> {}
impl<R: Read + Send> Stream for Decoding<R> {}

/// An open file, decompressed; its first bytes have been looked at.
pub(crate) struct Opened {
    pub(crate) head: Vec<u8>,
    rest: Box<dyn Stream>,
    /// Set once the file has been read to its end.
    pub(crate) digest: Arc<OnceLock<u128>>,
    /// How it is compressed.
    packed: Option<&'static str>,
    /// Its size on disk and its last bytes; nothing where it has no end to go to.
    end: (u64, Vec<u8>),
}

/// Takes the digest of a file as it lies on disk while it is read.
struct Digesting {
    from: File,
    hash: Xxh3,
    digest: Arc<OnceLock<u128>>,
}

impl Read for Digesting {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.from.read(buffer)?;
        if n > 0 {
            self.hash.update(&buffer[..n]);
        } else if !buffer.is_empty() {
            self.digest.get_or_init(|| self.hash.digest128());
        }
        Ok(n)
    }
}

impl Stream for Digesting {
    /// Into memory that nothing has been written to: a reader of any kind could look at what it is given, and gets zeros.
    fn append(&mut self, most: usize, to: &mut Vec<u8>) -> std::io::Result<usize> {
        let before = to.len();
        let read = self.from.by_ref().take(most as u64).read_to_end(to);
        self.hash.update(&to[before..]);
        let n = read?;
        if n < most {
            self.digest.get_or_init(|| self.hash.digest128());
        }
        Ok(n)
    }
}

const HEAD: usize = 64 * 1024;

/// Bytes of the end of a file that are looked at.
const END: usize = 8;

/// Opens a file and undoes its compression, which its first bytes tell.
pub(crate) fn open(file: &InputFile) -> Result<Opened, Error> {
    let path = &file.path;
    let io = |e| Error::io(path, e);
    let mut raw = File::open(path).map_err(io)?;
    let metadata = raw.metadata().map_err(io)?;
    if metadata.is_dir() {
        return Err(Error::unreadable(path, "it is a folder"));
    }
    let mut end = (metadata.len(), Vec::new());
    if metadata.is_file() && metadata.len() >= END as u64 {
        let mut last = [0; END];
        raw.seek(SeekFrom::End(-(END as i64))).map_err(io)?;
        let n = fill(&mut raw, &mut last).map_err(io)?;
        end.1.extend_from_slice(&last[..n]);
        raw.rewind().map_err(io)?;
    }
    let digest = Arc::new(OnceLock::new());
    let mut raw = Digesting {
        from: raw,
        hash: Xxh3::new(),
        digest: Arc::clone(&digest),
    };
    let mut magic = [0u8; 8];
    let n = fill(&mut raw, &mut magic).map_err(io)?;
    let magic = &magic[..n];
    let whole = Again::new(magic.to_vec(), raw);
    let (packed, mut rest): (_, Box<dyn Stream>) = match magic {
        [0x1f, 0x8b, ..] => {
            let whole = BufReader::with_capacity(1 << 16, whole);
            let whole = flate2::bufread::MultiGzDecoder::new(whole);
            (Some("gzip"), Box::new(whole))
        }
        // A frame of data, or one that is to be skipped, with which some programs begin.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            let whole = zstd::Decoder::new(whole).map_err(io)?;
            (Some("zstd"), Box::new(whole))
        }
        _ => (None, Box::new(whole)),
    };
    let mut head = Vec::new();
    rest.append(HEAD, &mut head).map_err(|e| corrupt(path, e))?;
    Ok(Opened {
        head,
        rest,
        digest,
        packed,
        end,
    })
}

pub(crate) fn corrupt(path: &Path, cause: std::io::Error) -> Error {
    match cause.kind() {
        std::io::ErrorKind::UnexpectedEof => Error::unreadable(
            path,
            "the compressed data ends too early, or something else follows it",
        ),
        std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData => Error::unreadable(
            path,
            format_args!("the compressed data is corrupt: {cause}"),
        ),
        _ => Error::io(path, cause),
    }
}

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

impl Opened {
    /// The encoding that the beginning of the file fits, where it is not UTF-8.
    pub(crate) fn likely_encoding(mut self) -> Option<&'static str> {
        const SAMPLE: usize = 1 << 20;
        // As far as it can be read: this is advice.
        drop(self.rest.append(SAMPLE, &mut self.head));
        likely_encoding(&self.head)
    }

    /// A stream of UTF-8: the BOM is gone, other encodings are decoded. A sequence that is malformed in the declared encoding becomes the
    /// byte 0xFF, which no UTF-8 text has, so that the record it stands in is rejected and nothing is replaced in silence.
    pub(crate) fn decode(
        self,
        declared: Option<&'static Encoding>,
        path: &Path,
    ) -> Result<Box<dyn Stream>, Error> {
        let Opened { head, rest, .. } = self;
        if marks::is_utf32(&head) {
            return Err(
                Error::unreadable(path, "UTF-32 is not among the encodings read here")
                    .hint("convert it to UTF-8 first"),
            );
        }
        let (encoding, bom) = match Encoding::for_bom(&head) {
            Some((found, length)) => (found, length),
            None => (
                declared
                    .or_else(|| utf16_without_bom(&head))
                    .unwrap_or(UTF_8),
                0,
            ),
        };
        let bytes = Again::new(head[bom..].to_vec(), rest);
        if encoding == UTF_8 {
            return Ok(Box::new(bytes));
        }
        Ok(Box::new(Decoding {
            from: bytes,
            decoder: encoding.new_decoder_without_bom_handling(),
            input: vec![0; 64 * 1024],
            pending: 0..0,
            output: Vec::new(),
            given: 0,
            ended: false,
        }))
    }
}

/// ASCII text in UTF-16 has a zero in every other byte.
fn utf16_without_bom(head: &[u8]) -> Option<&'static Encoding> {
    let sample = &head[..head.len().min(512) & !1];
    if sample.len() < 8 {
        return None;
    }
    let pairs = sample.len() / 2;
    let zeros = |odd: usize| {
        sample
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|b| **b == 0)
            .count()
    };
    match (zeros(0), zeros(1)) {
        (0, n) if n * 10 >= pairs * 7 => Some(UTF_16LE),
        (n, 0) if n * 10 >= pairs * 7 => Some(UTF_16BE),
        _ => None,
    }
}

struct Decoding<R> {
    from: R,
    decoder: encoding_rs::Decoder,
    input: Vec<u8>,
    pending: std::ops::Range<usize>,
    output: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.output.len() {
            if self.ended {
                return Ok(0);
            }
            let mut last = false;
            if self.pending.is_empty() {
                let n = fill(&mut self.from, &mut self.input)?;
                self.pending = 0..n;
                last = n == 0;
            }
            self.output.clear();
            self.given = 0;
            let source = &self.input[self.pending.clone()];
            let room = self
                .decoder
                .max_utf8_buffer_length_without_replacement(source.len())
                .unwrap_or(1 << 20);
            self.output.resize(room, 0);
            let (result, read, written) =
                self.decoder
                    .decode_to_utf8_without_replacement(source, &mut self.output, last);
            self.pending.start += read;
            self.output.truncate(written);
            match result {
                DecoderResult::Malformed(..) => self.output.push(0xff),
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
            }
        }
        let n = buffer.len().min(self.output.len() - self.given);
        buffer[..n].copy_from_slice(&self.output[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}
