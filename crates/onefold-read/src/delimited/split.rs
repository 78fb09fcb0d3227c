//! Bytes of delimited text to records.

use super::dialect::Dialect;
use super::syntax::{Quoted, Syntax};
use crate::between::Between;
use crate::lines::{after_break, line_end};
use crate::raw::{Cell, Fault, MAX_RECORD, Records, Split, Splitter};
use crate::simd;

/// A byte that UTF-8 never has.
const NO_QUOTE: u8 = 0xff;

/// Splits the chunks of one file.
#[derive(Debug)]
pub(crate) struct DelimitedSplitter {
    syntax: Syntax,
    /// For each column of the file, the cell that it goes to.
    wanted: Vec<Option<usize>>,
    width: usize,
    header: Option<Vec<String>>,
    /// Empty fields beyond the header's are passed over.
    trailing: bool,
    /// A record with too few fields is filled up.
    pad: bool,
}

impl DelimitedSplitter {
    /// `pad`: records with too few fields are filled up.
    pub(crate) fn new(
        dialect: &Dialect,
        wanted: Vec<Option<usize>>,
        width: usize,
        pad: bool,
    ) -> Self {
        let layout = &dialect.layout;
        // A header of one column would make every record that repeats its name look like a header.
        let header = layout.header.clone().filter(|h| h.len() > 1);
        Self {
            syntax: dialect.sniffed.syntax,
            wanted,
            width,
            header,
            trailing: layout.trailing,
            pad: pad || dialect.sniffed.syntax.is_sheet,
        }
    }
}

/// What became of one record.
enum Outcome {
    Good,
    /// No record: a blank line or a comment.
    Nothing,
    Header,
    /// It has so many fields, which do not fit. Where the first quoted field starts that has a quote inside.
    Fields(usize, Option<usize>),
    Unclosed,
}

struct Walk<'a> {
    text: &'a [u8],
    stops: &'a [u32],
    /// Index of the first stop at or after the current position.
    stop: usize,
    syntax: Syntax,
    /// The quote, or a byte that no text has.
    quote: u8,
    last: bool,
    /// Set once a field was never closed: the last quote of the text that could close one. Without it, a text full of open quotes
    /// would be searched to its end for each.
    last_closing: Option<usize>,
    /// A field that starts here is not quoted, whatever it begins with.
    unquoted: Option<usize>,
}

impl Walk<'_> {
    fn quoted(&mut self, start: usize) -> Option<Quoted> {
        if self.last_closing.is_some_and(|last| start > last) {
            return None;
        }
        let found = self.syntax.quoted(self.text, start);
        if found.is_none() && self.last_closing.is_none() {
            let closes = |at: &usize| match self.text.get(at + 1) {
                None | Some(b'\n' | b'\r') => true,
                Some(b) => *b == self.syntax.delimiter,
            };
            self.last_closing = Some(
                memchr::memrchr_iter(self.quote, self.text)
                    .find(closes)
                    .unwrap_or(0),
            );
        }
        found
    }

    /// Whether a quoted field starts at `at`.
    #[inline]
    fn opens(&self, at: usize) -> bool {
        self.text.get(at) == Some(&self.quote) && self.unquoted != Some(at)
    }

    /// First stop at or after `at` that ends a field; `None`: the text ends first.
    #[inline]
    fn field_end(&mut self, at: usize) -> Option<usize> {
        while let Some(stop) = self.stops.get(self.stop) {
            let stop = *stop as usize;
            self.stop += 1;
            let byte = self.text[stop];
            if stop < at || byte == self.quote {
                continue;
            }
            if self.syntax.escape.is_some() && self.syntax.is_plain(self.text, at, stop) {
                continue;
            }
            return Some(stop);
        }
        None
    }

    fn seek(&mut self, at: usize) {
        self.stop += self.stops[self.stop..].partition_point(|s| (*s as usize) < at);
    }

    fn rewind(&mut self, at: usize) {
        self.stop = self.stops.partition_point(|s| (*s as usize) < at);
    }
}

impl Splitter for DelimitedSplitter {
    fn width(&self) -> usize {
        self.width
    }

    fn has_offsets(&self) -> bool {
        !self.syntax.is_sheet
    }

    fn cut(&self, text: &[u8]) -> Option<usize> {
        let cut = match memchr::memrchr(b'\n', text) {
            Some(i) => i + 1,
            // Only where there is no line feed at all is a carriage return sure not to be half a line end.
            None => memchr::memrchr(b'\r', &text[..text.len().saturating_sub(1)])? + 1,
        };
        (cut < text.len() || cut > 0).then_some(cut)
    }

    fn split(&self, text: &[u8], from: Between, last: bool) -> Split {
        let mut split = Split {
            records: Records {
                is_sheet: self.syntax.is_sheet,
                ..Records::new(self.width)
            },
            ..Split::default()
        };
        let mut stops = Vec::with_capacity(text.len() / 6);
        simd::positions(text, self.syntax.stops(), &mut stops);
        let mut walk = Walk {
            text,
            stops: &stops,
            stop: 0,
            syntax: self.syntax,
            quote: self.syntax.quote.unwrap_or(NO_QUOTE),
            last,
            last_closing: None,
            unquoted: None,
        };
        let mut at = 0;
        if from == Between::Within {
            let (end, next) = line_end(text, 0);
            if end == text.len() && !last {
                split.rest = end;
                split.between = Between::Within;
                return split;
            }
            at = next;
            walk.seek(at);
        }
        while at < text.len() {
            let start = at;
            if Some(text[start]) == self.syntax.comment {
                let (end, next) = line_end(text, start);
                if end == text.len() && !last {
                    split.rest = start;
                    return split;
                }
                at = next;
                walk.seek(at);
                continue;
            }
            let (outcome, end, next) = self.record(&mut walk, start, &mut split);
            if let Outcome::Fields(_, Some(field)) = outcome
                && self.reread(&walk, (start, end), field, &mut split)
            {
                split.records.close(start, end);
                at = next;
                continue;
            }
            at = next;
            let mut fault = |end: usize, code, reason, detail: String| {
                split.faults.push(Fault {
                    start,
                    end,
                    code,
                    reason,
                    detail,
                });
            };
            match outcome {
                Outcome::Good => split.records.close(start, end),
                Outcome::Nothing => {}
                Outcome::Header => {
                    fault(
                        end,
                        "repeated_header",
                        "repeated header",
                        "the record equals the header of the file".into(),
                    );
                }
                Outcome::Unclosed => {
                    if !last && text.len() - start <= MAX_RECORD {
                        split.rest = start;
                        return split;
                    }
                    let (end, next) = line_end(text, start);
                    if end == text.len() && !last {
                        fault(
                            end,
                            "record_too_long",
                            "record too long",
                            format!("more than {} MiB on one line", MAX_RECORD >> 20),
                        );
                        split.rest = end;
                        split.between = Between::Within;
                        return split;
                    }
                    fault(
                        end,
                        "unterminated_quote",
                        "unterminated quote",
                        "a quoted field is never closed".into(),
                    );
                    at = next;
                    walk.rewind(at);
                }
                Outcome::Fields(found, _) => {
                    let several_lines = memchr::memchr2(b'\n', b'\r', &text[start..end]).is_some();
                    if several_lines {
                        let (end, next) = line_end(text, start);
                        fault(end, "unterminated_quote", "unterminated quote",
                            "a quoted field runs over the end of the line and the record does not fit the header".into());
                        at = next;
                        walk.rewind(at);
                    } else {
                        let (code, reason) = if found < self.wanted.len() {
                            ("too_few_fields", "too few fields")
                        } else {
                            ("too_many_fields", "too many fields")
                        };
                        fault(
                            end,
                            code,
                            reason,
                            format!("expected {} fields, found {found}", self.wanted.len()),
                        );
                    }
                }
            }
        }
        split.rest = text.len();
        split
    }
}

impl DelimitedSplitter {
    /// Reads the record at `start` into `records`; on any outcome but `Good` it leaves nothing there. Gives the end of the record's text
    /// and the start of the next record. Part of the innermost loop, which the compiler does not see because `reread` calls it too.
    #[inline(always)]
    fn record(
        &self,
        walk: &mut Walk<'_>,
        start: usize,
        split: &mut Split,
    ) -> (Outcome, usize, usize) {
        let text = walk.text;
        let syntax = self.syntax;
        let records = &mut split.records;
        let first = records.open();
        let mut at = start;
        if text[start..].starts_with("\u{feff}".as_bytes()) {
            at += 3;
        }
        let mut column = 0;
        let mut beyond = false;
        let mut stray = None;
        let (end, next) = loop {
            let (cell, stop) = if walk.opens(at) {
                let Some(q) = walk.quoted(at + 1) else {
                    records.discard(first);
                    return (Outcome::Unclosed, text.len(), text.len());
                };
                // A quote as the last byte of a chunk may be the first half of a doubled one.
                if q.next == text.len() && !walk.last {
                    records.discard(first);
                    return (Outcome::Unclosed, text.len(), text.len());
                }
                if q.is_stray && stray.is_none() {
                    stray = Some(at);
                }
                walk.seek(q.next);
                let cell = if q.is_escaped {
                    self.unescaped(&text[at + 1..q.end], true, &mut records.side)
                } else {
                    Cell::text(at + 1, q.end)
                };
                walk.stop += usize::from(q.next < text.len());
                (cell, q.next)
            } else {
                let stop = match walk.field_end(at) {
                    Some(stop) => stop,
                    None if walk.last => text.len(),
                    None => {
                        records.discard(first);
                        return (Outcome::Unclosed, text.len(), text.len());
                    }
                };
                let cell = match syntax.escape {
                    Some(escape) if memchr::memchr(escape, &text[at..stop]).is_some() => {
                        self.unescaped(&text[at..stop], false, &mut records.side)
                    }
                    _ => Cell::text(at, stop),
                };
                (cell, stop)
            };
            match self.wanted.get(column) {
                Some(Some(slot)) => records.cells[first + slot] = cell,
                Some(None) => {}
                None => beyond |= cell.start() < cell.end(),
            }
            column += 1;
            match text.get(stop) {
                Some(b) if *b == syntax.delimiter => at = syntax.field_start(text, stop + 1),
                None => break (stop, stop),
                Some(_) => {
                    let next = after_break(text, stop);
                    if next == stop + 2 {
                        walk.stop += 1;
                    }
                    break (stop, next);
                }
            }
        };
        if column == 1 && self.is_nothing(&text[start..end]) {
            records.discard(first);
            return (Outcome::Nothing, end, next);
        }
        let is_one_line = || memchr::memchr2(b'\n', b'\r', &text[start..end]).is_none();
        let expected = self.wanted.len();
        let is_padded = column < expected && self.pad && stray.is_none() && is_one_line();
        let is_trailing = column > expected && self.trailing && !beyond;
        let fits = column == expected || is_padded || is_trailing;
        if !fits || (stray.is_some() && !is_one_line()) {
            records.discard(first);
            return (Outcome::Fields(column, stray), end, next);
        }
        if self.repeats_header(&text[start..end]) {
            records.discard(first);
            return (Outcome::Header, end, next);
        }
        // A row of a sheet ends with its last cell that holds something.
        split.tolerated.padded += u64::from(is_padded && !syntax.is_sheet);
        split.tolerated.trailing += u64::from(is_trailing);
        (Outcome::Good, end, next)
    }

    /// Reads the line `start..end` again, its quoted field at `field`, which has a quote inside, as one that is not quoted: its opening
    /// quote was never closed, so that it ran on into the fields behind it. Whether the line fits then.
    #[inline(never)]
    fn reread(
        &self,
        walk: &Walk<'_>,
        (start, end): (usize, usize),
        field: usize,
        split: &mut Split,
    ) -> bool {
        let text = &walk.text[..end];
        if memchr::memchr2(b'\n', b'\r', &text[start..]).is_some() {
            return false;
        }
        let within = |at: usize| walk.stops.partition_point(|stop| (*stop as usize) < at);
        let mut line = Walk {
            text,
            stops: &walk.stops[..within(end)],
            stop: within(start),
            syntax: walk.syntax,
            quote: walk.quote,
            last: true,
            last_closing: None,
            unquoted: Some(field),
        };
        let fits = matches!(self.record(&mut line, start, split).0, Outcome::Good);
        split.tolerated.quotes += u64::from(fits);
        fits
    }

    /// Whether a line of one field is not a record: it is empty, or blank among records of several fields.
    fn is_nothing(&self, line: &[u8]) -> bool {
        if line.is_empty() {
            return !self.syntax.blank_records;
        }
        self.wanted.len() > 1
            && !self.syntax.blank_records
            && line.iter().all(|b| matches!(b, b' ' | b'\t'))
    }

    fn repeats_header(&self, record: &[u8]) -> bool {
        let Some(header) = &self.header else {
            return false;
        };
        let Some(name) = header.first().map(|n| n.as_bytes()) else {
            return false;
        };
        // Nearly every record differs in the first bytes, and many in the first of all.
        let is_quoted = self.syntax.is_quote(record.first());
        if let (Some(first), Some(of_name)) = (record.first(), name.first())
            && !is_quoted
            && *first != 0xef
            && first != of_name
        {
            return false;
        }
        let record = record.strip_prefix("\u{feff}".as_bytes()).unwrap_or(record);
        if !record.starts_with(name) && !self.syntax.is_quote(record.first()) {
            return false;
        }
        let row = self.syntax.row(record, 0);
        row.is_some_and(|row| row.texts() == *header)
    }

    /// Writes a field's value to the side buffer where its text is not its value.
    #[inline(never)]
    fn unescaped(&self, text: &[u8], is_quoted: bool, side: &mut String) -> Cell {
        let from = side.len();
        // The driver has made sure that the text is UTF-8; the halves around an ASCII byte are too.
        let text = std::str::from_utf8(text).unwrap_or_default();
        self.syntax.unescape(text, is_quoted, side);
        Cell::side(from, side.len())
    }
}

#[cfg(test)]
mod tests;
