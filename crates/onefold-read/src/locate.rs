//! Finds the line of an address and the addresses of a line, by reading its input again up to there.

use std::io::{self, BufRead as _, BufReader};
use std::ops::Range;
use std::sync::Arc;

use onefold_spec::model::{InputFormat, Source};
use xxhash_rust::xxh3::Xxh3;

use crate::address::Address;
use crate::error::{Error, Kind};
use crate::form;
use crate::input::{self, Bytes, Input, Stream};

/// Finds the lines of a source's records.
#[derive(Clone)]
pub struct Locator {
    pub(crate) source: Arc<Source>,
    pub(crate) inputs: Arc<[Input]>,
}

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Name of the file, relative to the input folder.
    pub file: String,
    /// 1-based line on which the record starts; of a Parquet file the 1-based number of the record.
    pub line: u64,
}

const STEP: usize = 1 << 20;

/// How the records of an input are counted.
enum Counted {
    /// By lines of its text.
    Lines(Box<dyn Stream>),
    /// By number.
    Records,
}

impl Locator {
    /// Finds the record with an address (`_at`).
    ///
    /// # Errors
    /// The file is gone or cannot be read any more.
    pub fn locate(&self, address: u64) -> Result<Location, Error> {
        let found = self.locate_all(&[address])?.pop();
        found.ok_or_else(|| Error::new(Kind::Internal, "an address without a place"))
    }

    /// Finds the records with some addresses, in their order. A file is read once, whatever their number.
    ///
    /// # Errors
    /// A file is gone or cannot be read any more.
    pub fn locate_all(&self, addresses: &[u64]) -> Result<Vec<Location>, Error> {
        let mut found: Vec<(usize, Location)> = Vec::with_capacity(addresses.len());
        let unpacked = addresses.iter().map(|address| Address::unpacked(*address));
        let mut ordered: Vec<(usize, Address)> = unpacked.enumerate().collect();
        ordered.sort_unstable_by_key(|(_, address)| (address.input(), address.position()));
        for group in ordered.chunk_by(|(_, a), (_, b)| a.input() == b.input()) {
            let number = group.first().map_or(0, |(_, address)| address.input());
            let input = self
                .inputs
                .get(number)
                .ok_or_else(|| Error::new(Kind::Internal, "an address without a file"))?;
            let label = input.label();
            let mut add = |place: usize, line: u64| {
                let file = label.name.clone();
                found.push((place, Location { file, line }));
            };
            match self.counted(input)? {
                Counted::Records => {
                    for (place, address) in group {
                        add(*place, address.position() + 1);
                    }
                }
                Counted::Lines(mut text) => {
                    let mut line = 1;
                    let mut waiting = group;
                    walk_breaks(&mut text, |end| {
                        while let Some(((place, address), rest)) = waiting.split_first()
                            && address.position() < end
                        {
                            add(*place, line);
                            waiting = rest;
                        }
                        line += u64::from(!waiting.is_empty());
                        !waiting.is_empty()
                    })
                    .map_err(|e| label.corrupt(e))?;
                    // They begin after the last break.
                    for (place, _) in waiting {
                        add(*place, line);
                    }
                }
            }
        }
        found.sort_unstable_by_key(|(place, _)| *place);
        Ok(found.into_iter().map(|(_, location)| location).collect())
    }

    /// The addresses of records that begin on a line of a file; `None` where there is no such file or line.
    ///
    /// # Errors
    /// The file is gone or cannot be read any more.
    pub fn on_line(&self, file: &str, line: u64) -> Result<Option<Range<u64>>, Error> {
        let mut inputs = self.inputs.iter().enumerate();
        let Some((number, input)) = inputs.find(|(_, input)| input.name() == file) else {
            return Ok(None);
        };
        let Some(before) = line.checked_sub(1) else {
            return Ok(None);
        };
        let (start, length) = match self.counted(input)? {
            Counted::Records => (before, 1),
            Counted::Lines(mut text) => {
                let (mut breaks, mut start, mut next) = (0, 0, None);
                let end = walk_breaks(&mut text, |end| {
                    breaks += 1;
                    if breaks == before {
                        start = end;
                    }
                    if breaks == line {
                        next = Some(end);
                    }
                    breaks < line
                })
                .map_err(|e| input.label().corrupt(e))?;
                let end = next.unwrap_or(end);
                if breaks < before || end == start {
                    return Ok(None);
                }
                (start, end - start)
            }
        };
        let first = Address::of_stretch(number, start, length)?.packed();
        Ok(Some(first..first + length))
    }

    /// XXH3-128 of a file as it lies on disk; `None` where there is no such file.
    ///
    /// # Errors
    /// The file is gone or cannot be read any more.
    pub fn digest(&self, file: &str) -> Result<Option<u128>, Error> {
        let mut inputs = self.inputs.iter();
        let Some(input) = inputs.find(|input| input.name() == file) else {
            return Ok(None);
        };
        let unreadable = |e: io::Error| input.label().corrupt(e);
        let bytes = input.open().and_then(Bytes::stream).map_err(unreadable)?;
        let mut bytes = BufReader::with_capacity(STEP, bytes);
        let mut hash = Xxh3::new();
        loop {
            let read = bytes.fill_buf().map_err(unreadable)?;
            if read.is_empty() {
                return Ok(Some(hash.digest128()));
            }
            hash.update(read);
            let length = read.len();
            bytes.consume(length);
        }
    }

    fn counted(&self, input: &Input) -> Result<Counted, Error> {
        let label = input.label();
        let opened = input::open(input)?;
        let format = input::format(&opened, &self.source, label)?;
        if format == InputFormat::Parquet {
            return Ok(Counted::Records);
        }
        if format.is_workbook() {
            return Ok(Counted::Lines(
                form::sheet(opened, &self.source, format, label)?.reader,
            ));
        }
        let declared = self.source.encoding.as_ref();
        let declared = declared.map(|label| input::encoding(label)).transpose()?;
        Ok(Counted::Lines(opened.decode(declared, label)?))
    }
}

/// Gives the end of each line break of a text, until it has enough; the length of what was read.
fn walk_breaks(text: &mut dyn Stream, mut is_wanted: impl FnMut(u64) -> bool) -> io::Result<u64> {
    let mut start = 0;
    let mut piece = Vec::new();
    // A return at the end of a piece may be the half of a line break.
    let mut open = false;
    loop {
        piece.clear();
        let read = text.append(STEP, &mut piece)?;
        if open && piece.first() != Some(&b'\n') && !is_wanted(start) {
            return Ok(start);
        }
        open = piece.last() == Some(&b'\r') && read == STEP;
        for at in memchr::memchr2_iter(b'\n', b'\r', &piece) {
            let is_half = piece[at] == b'\r'
                && (piece.get(at + 1) == Some(&b'\n') || (open && at + 1 == piece.len()));
            if !is_half && !is_wanted(start + at as u64 + 1) {
                return Ok(start + at as u64 + 1);
            }
        }
        start += read as u64;
        if read < STEP {
            return Ok(start);
        }
    }
}
