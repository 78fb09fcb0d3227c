//! Text on its way into a staged file, compressed where the name of the file says so.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use zstd::stream::write::Encoder;

use crate::error::{Cause, Error};
use crate::publish::StagedFile;

/// Level of zstd that is about as quick as writing.
const ZSTD: i32 = 3;

/// A text that is written to a staged file. The same text gives the same bytes.
pub enum TextFile {
    /// As it is.
    Plain(StagedFile),
    /// A name that ends in `.gz`.
    Gzip(Box<GzEncoder<StagedFile>>),
    /// A name that ends in `.zst`.
    Zstd(Box<Encoder<'static, StagedFile>>),
}

impl TextFile {
    /// `path` is how the file is called.
    ///
    /// # Errors
    /// Those of the first bytes.
    pub fn new(file: StagedFile, path: &str) -> io::Result<Self> {
        let end = path.rsplit_once('.').map(|(_, end)| end.to_lowercase());
        Ok(match end.as_deref() {
            Some("gz") => Self::Gzip(Box::new(GzEncoder::new(file, Compression::default()))),
            Some("zst") => Self::Zstd(Box::new(Encoder::new(file, ZSTD)?)),
            _ => Self::Plain(file),
        })
    }

    /// Completes the file; its size as it is stored.
    ///
    /// # Errors
    /// Those of [`StagedFile::finish`].
    pub fn finish(self) -> Result<u64, Error> {
        let file = match self {
            Self::Plain(file) => file,
            Self::Gzip(encoder) => encoder.finish().map_err(Cause::Sink)?,
            Self::Zstd(encoder) => encoder.finish().map_err(Cause::Sink)?,
        };
        file.finish()
    }
}

impl Write for TextFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
        }
    }
}
