//! Bytes to UTF-8.

use std::io::Read;

use encoding_rs::{DecoderResult, Encoding, UTF_8};

use super::encodings::{likely_encoding, utf16_without_bom};
use super::marks;
use super::open::Opened;
use super::stream::{Again, Stream, fill};
use crate::error::{Error, Kind};
use crate::label::Label;

/// The encoding that a label of the WHATWG standard names.
pub(crate) fn encoding(label: &str) -> Result<&'static Encoding, Error> {
    Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        Error::new(Kind::Declaration, format!("`{label}` is no known encoding"))
            .hint("use a WHATWG label such as `utf-8`, `windows-1252`, `shift_jis`, `gb18030`")
    })
}

impl Opened {
    /// The encoding that the beginning of the file fits, where it is not UTF-8.
    pub(crate) fn likely_encoding(mut self) -> Option<&'static str> {
        const SAMPLE: usize = 1 << 20;
        if marks::workbook(&self.head, &self.directory).is_some() {
            return None;
        }
        // As far as it can be read: this is advice.
        drop(self.rest.append(SAMPLE, &mut self.head));
        likely_encoding(&self.head)
    }

    /// Whether [`decode`](Self::decode) gives the bytes as they lie on disk, of a file that can be read from anywhere.
    pub(crate) fn is_as_stored(&self, declared: Option<&'static Encoding>) -> bool {
        let is_marked = Encoding::for_bom(&self.head).is_some();
        let found = declared.or_else(|| utf16_without_bom(&self.head));
        self.packed.is_none()
            && self.end.0 > 0
            && !is_marked
            && found.is_none_or(|encoding| encoding == UTF_8)
    }

    /// A stream of UTF-8: the BOM is gone, other encodings are decoded. A sequence that is malformed in the declared encoding becomes the
    /// byte 0xFF, which no UTF-8 text has, so that the record it stands in is rejected and nothing is replaced in silence.
    pub(crate) fn decode(
        self,
        declared: Option<&'static Encoding>,
        label: &Label,
    ) -> Result<Box<dyn Stream>, Error> {
        let Opened { head, rest, .. } = self;
        if marks::is_utf32(&head) {
            return Err(label
                .unreadable("UTF-32 is not among the encodings read here")
                .hint("convert it to UTF-8 first"));
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

impl<R: Read + Send> Stream for Decoding<R> {}
