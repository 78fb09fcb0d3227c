//! Finds the line of an address and the addresses of a line, by reading its input again up to there.
//!
//! Of a text that lies on disk as it is, the beginnings of some lines are remembered, so that whoever asks again reads from the last one
//! before what is asked for, and not from the start.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use encoding_rs::Encoding;
use onefold_spec::model::{InputFormat, Source};
use xxhash_rust::xxh3::Xxh3;

use crate::address::Address;
use crate::error::{Error, Kind};
use crate::form;
use crate::input::{self, Input, Stream};
use crate::passed::{APART, Breaks, Mark, Passed};

/// Finds the lines of a source's records.
#[derive(Clone)]
pub struct Locator {
    pub(crate) source: Arc<Source>,
    pub(crate) inputs: Arc<[Input]>,
    /// Beginnings of lines that have been passed, ascending, by number of the input.
    pub(crate) marks: Arc<Mutex<HashMap<usize, Vec<Mark>>>>,
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
    Lines(Lines),
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
                Counted::Lines(lines) => {
                    let mut waiting = group;
                    let position = |waiting: &[(usize, Address)]| {
                        let (_, address) = waiting.first()?;
                        Some(Target::Position(address.position()))
                    };
                    let Some(first) = position(waiting) else {
                        continue;
                    };
                    let end = self.walk(lines, (number, input), first, |next| {
                        while let Some(((place, address), rest)) = waiting.split_first()
                            && address.position() < next.position
                        {
                            add(*place, next.line - 1);
                            waiting = rest;
                        }
                        position(waiting)
                    })?;
                    // They begin after the last break.
                    for (place, _) in waiting {
                        add(*place, end.line);
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
            Counted::Lines(lines) => {
                let mut start = (line == 1).then_some(0);
                let end = self.walk(lines, (number, input), Target::Line(line), |next| {
                    if next.line == line {
                        start = Some(next.position);
                    }
                    (next.line <= line).then_some(Target::Line(line))
                })?;
                // The end of the text, or of the line.
                let Some(start) = start.filter(|start| *start < end.position) else {
                    return Ok(None);
                };
                let end = end.position;
                (start, end - start)
            }
        };
        let first = Address::of_stretch(number, start, length)?.packed();
        Ok(Some(first..first + length))
    }

    /// XXH3-128 of a file as it lies on disk; `None` where there is no such file. Its lines are counted on the way, so that they are found
    /// soon.
    ///
    /// # Errors
    /// The file is gone or cannot be read any more.
    pub fn digest(&self, file: &str, threads: usize) -> Result<Option<u128>, Error> {
        let mut inputs = self.inputs.iter().enumerate();
        let Some((number, input)) = inputs.find(|(_, input)| input.name() == file) else {
            return Ok(None);
        };
        let mut hash = Xxh3::new();
        let mut passed = Passed::default();
        let see = |piece: &[u8], breaks: Breaks| {
            hash.update(piece);
            passed.add(piece, breaks);
        };
        let bytes = input.open();
        let read = bytes.and_then(|bytes| bytes.pieces(STEP, threads, Breaks::of, see));
        read.map_err(|e| input.label().corrupt(e))?;
        // What is wrong with its text is told where that is asked for.
        if self.is_as_stored(input).unwrap_or(false) {
            self.note(number, passed.marks);
        }
        Ok(Some(hash.digest128()))
    }

    /// Whether the text of an input is its bytes.
    fn is_as_stored(&self, input: &Input) -> Result<bool, Error> {
        let opened = input::open(input)?;
        let format = input::format(&opened, &self.source, input.label())?;
        let is_text = format != InputFormat::Parquet && !format.is_workbook();
        Ok(is_text && opened.is_as_stored(self.encoding()?))
    }

    /// The encoding that the source declares.
    fn encoding(&self) -> Result<Option<&'static Encoding>, Error> {
        let declared = self.source.encoding.as_ref();
        declared.map(|label| input::encoding(label)).transpose()
    }

    fn counted(&self, input: &Input) -> Result<Counted, Error> {
        let label = input.label();
        let opened = input::open(input)?;
        let format = input::format(&opened, &self.source, label)?;
        if format == InputFormat::Parquet {
            return Ok(Counted::Records);
        }
        if format.is_workbook() {
            return Ok(Counted::Lines(Lines {
                text: form::sheet(opened, &self.source, format, label)?.reader,
                is_as_stored: false,
            }));
        }
        let declared = self.encoding()?;
        Ok(Counted::Lines(Lines {
            is_as_stored: opened.is_as_stored(declared),
            text: opened.decode(declared, label)?,
        }))
    }

    /// Reads on from the last mark before a target, and shows the beginnings of lines from there or a little before, until there is no
    /// other target; where that was, or the text ended.
    fn walk(
        &self,
        lines: Lines,
        (number, input): (usize, &Input),
        target: Target,
        see: impl FnMut(Mark) -> Option<Target>,
    ) -> Result<Mark, Error> {
        let marks = || self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = marks().get(&number).cloned().unwrap_or_default();
        // The line itself is to be seen.
        let before = known.partition_point(|mark| match target {
            Target::Position(position) => mark.position <= position,
            Target::Line(line) => mark.line < line,
        });
        let from = before.checked_sub(1).and_then(|last| known.get(last));
        let from = from.copied().unwrap_or(Mark::START);
        let unreadable = |e: io::Error| input.label().corrupt(e);
        let Lines {
            mut text,
            is_as_stored,
        } = lines;
        if from != Mark::START {
            let bytes = input.open().map_err(unreadable)?;
            let bytes = bytes.stream_from(from.position).map_err(unreadable)?;
            text = Box::new(bytes);
        }
        let mut passed = known.last().map_or(0, |mark| mark.position);
        let first_new = known.len();
        let note = |mark: Mark| {
            if is_as_stored && mark.position >= passed + APART {
                passed = mark.position;
                known.push(mark);
            }
        };
        let end = walk_breaks(&mut text, from, target, see, note).map_err(unreadable)?;
        self.note(number, known.drain(first_new..));
        Ok(end)
    }

    /// Notes the beginnings of lines of an input. Somebody else may have come further in the meantime.
    fn note(&self, number: usize, new: impl IntoIterator<Item = Mark>) {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = marks.entry(number).or_default();
        let furthest = marks.last().map_or(0, |mark| mark.position);
        let new = new.into_iter();
        marks.extend(new.filter(|mark| mark.position > furthest));
    }
}

/// What is looked for in a text.
#[derive(Debug, Clone, Copy)]
enum Target {
    /// A byte.
    Position(u64),
    /// The beginning of a line.
    Line(u64),
}

/// The lines of a text.
struct Lines {
    text: Box<dyn Stream>,
    /// Whether the bytes of the text are those of its file, so that it can be read from anywhere.
    is_as_stored: bool,
}

/// Shows the beginnings of lines of a text that begins at `from`, until there is no other target; where that was, or the text ended. Those in
/// pieces that end before the target are counted and not shown; one of each is noted.
fn walk_breaks(
    text: &mut dyn Stream,
    from: Mark,
    mut target: Target,
    mut see: impl FnMut(Mark) -> Option<Target>,
    mut note: impl FnMut(Mark),
) -> io::Result<Mark> {
    let Mark {
        position: mut start,
        mut line,
    } = from;
    let mut piece = Vec::new();
    // A return at the end of a piece may be the half of a line break.
    let mut open = false;
    loop {
        piece.clear();
        let read = text.append(STEP, &mut piece)?;
        if open && piece.first() != Some(&b'\n') {
            line += 1;
            let next = Mark {
                position: start,
                line,
            };
            match see(next) {
                Some(other) => target = other,
                None => return Ok(next),
            }
        }
        open = piece.last() == Some(&b'\r') && read == STEP;
        let breaks = match memchr::memchr(b'\r', &piece) {
            Some(_) => None,
            None => Some(memchr::memchr_iter(b'\n', &piece).count() as u64),
        };
        let is_before = |breaks: u64| match target {
            Target::Position(position) => start + read as u64 <= position,
            Target::Line(wanted) => line + breaks < wanted,
        };
        if let Some(breaks) = breaks.filter(|breaks| is_before(*breaks)) {
            line += breaks;
            if let Some(last) = memchr::memrchr(b'\n', &piece) {
                let position = start + last as u64 + 1;
                note(Mark { position, line });
            }
        } else {
            for at in memchr::memchr2_iter(b'\n', b'\r', &piece) {
                let is_half = piece[at] == b'\r'
                    && (piece.get(at + 1) == Some(&b'\n') || (open && at + 1 == piece.len()));
                if is_half {
                    continue;
                }
                line += 1;
                let next = Mark {
                    position: start + at as u64 + 1,
                    line,
                };
                note(next);
                match see(next) {
                    Some(other) => target = other,
                    None => return Ok(next),
                }
            }
        }
        start += read as u64;
        if read < STEP {
            return Ok(Mark {
                position: start,
                line,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// The beginnings of the lines of a text, as a reader of characters finds them.
    fn beginnings(text: &[u8]) -> Vec<u64> {
        let is_end = |at: &usize| match text[*at] {
            b'\n' => true,
            b'\r' => text.get(at + 1) != Some(&b'\n'),
            _ => false,
        };
        (0..text.len())
            .filter(is_end)
            .map(|at| at as u64 + 1)
            .collect()
    }

    /// Whatever its pieces are, and wherever one begins.
    #[test]
    fn lines_and_positions_are_found_from_any_mark() {
        let mut text = Vec::new();
        for number in 0..500_000 {
            text.extend(format!("line {number}").bytes());
            let end: &[u8] = match number {
                0..200_000 => b"\n",
                _ if number % 7 == 0 => b"\r",
                _ if number % 5 == 0 => b"\n\n",
                _ => b"\r\n",
            };
            text.extend(end);
        }
        // A return that ends a piece, with and without its other half.
        text[4 * STEP - 1] = b'\r';
        text[5 * STEP - 1] = b'\r';
        text[5 * STEP] = b'\n';
        let expected = beginnings(&text);
        let read = |from: Mark, target: Target, note: &mut dyn FnMut(Mark)| {
            let mut stream = Cursor::new(text[from.position as usize..].to_vec());
            let mut found = None;
            let see = |next: Mark| {
                let is_it = match target {
                    Target::Position(position) => next.position > position,
                    Target::Line(line) => next.line == line,
                };
                found = is_it.then_some(next);
                (!is_it).then_some(target)
            };
            walk_breaks(&mut stream, from, target, see, note).expect("read");
            found
        };
        let mut marks = vec![Mark::START];
        let beyond = Target::Line(expected.len() as u64 + 2);
        assert_eq!(
            read(Mark::START, beyond, &mut |mark| marks.push(mark)),
            None
        );
        assert!(marks.len() > 5);
        for from in marks.iter().step_by(marks.len() / 20) {
            for line in (from.line + 1..expected.len() as u64 + 2).step_by(90_001) {
                let position = expected[line as usize - 2];
                let next = Some(Mark { position, line });
                assert_eq!(read(*from, Target::Line(line), &mut |_| {}), next);
                // The last byte before it is of the line before.
                assert_eq!(
                    read(*from, Target::Position(position - 1), &mut |_| {}),
                    next
                );
            }
        }
    }
}
