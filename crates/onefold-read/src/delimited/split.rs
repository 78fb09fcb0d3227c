//! Bytes to records.

use super::Dialect;
use super::syntax::{Quoted, Syntax};
use crate::chunk::MAX_RECORD;
use crate::raw::{Between, Cell, Fault, Records, Split, Splitter};
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
            pad,
        }
    }
}

/// The end of the line that holds `at`: end of its text, and start of the next line.
pub(super) fn line_end(text: &[u8], at: usize) -> (usize, usize) {
    match memchr::memchr2(b'\n', b'\r', &text[at..]) {
        Some(i) => (at + i, after_break(text, at + i)),
        None => (text.len(), text.len()),
    }
}

/// Start of the line after the break at `at`.
#[inline]
pub(super) fn after_break(text: &[u8], at: usize) -> usize {
    if text[at] == b'\r' && text.get(at + 1) == Some(&b'\n') {
        at + 2
    } else {
        at + 1
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
            records: Records::new(self.width),
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
        split.tolerated.padded += u64::from(is_padded);
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
mod tests {
    use super::*;
    use crate::delimited::sniff;
    use onefold_spec::model;
    use proptest::prelude::*;

    fn reads(header: &str, declared: &model::Dialect) -> (DelimitedSplitter, usize) {
        let declared = model::Dialect {
            delimiter: declared.delimiter.or(Some(model::Delimiter::plain(b','))),
            header: model::Header::Rows(1),
            ..declared.clone()
        };
        let dialect = sniff(header.as_bytes(), true, &declared, &[]);
        let dialect = dialect.expect("a line").expect("a header");
        let width = dialect.layout.names.len();
        let wanted = (0..width).map(Some).collect();
        let pad = declared.pad;
        (DelimitedSplitter::new(&dialect, wanted, width, pad), width)
    }

    fn splitter(header: &str) -> (DelimitedSplitter, usize) {
        reads(header, &model::Dialect::default())
    }

    fn rows(split: &Split, text: &str) -> Vec<Vec<String>> {
        let r = &split.records;
        (0..r.len())
            .map(|i| {
                (0..r.width)
                    .map(|c| r.get(text, i, c).unwrap_or("<none>").to_owned())
                    .collect()
            })
            .collect()
    }

    fn read(text: &str) -> (Vec<Vec<String>>, Vec<(&'static str, String)>) {
        let (splitter, _) = splitter("a,b\n");
        let split = splitter.split(text.as_bytes(), Between::Ready, true);
        assert_eq!(split.rest, text.len());
        let faults = split
            .faults
            .iter()
            .map(|f| (f.code, text[f.start..f.end].to_owned()))
            .collect();
        (rows(&split, text), faults)
    }

    #[test]
    fn records_and_faults() {
        type Case = (
            &'static str,
            &'static [[&'static str; 2]],
            &'static [(&'static str, &'static str)],
        );
        let table: &[Case] = &[
            ("1,2\n3,4\n", &[["1", "2"], ["3", "4"]], &[]),
            ("1,2\r\n3,4", &[["1", "2"], ["3", "4"]], &[]),
            ("1,2\r3,4\r", &[["1", "2"], ["3", "4"]], &[]),
            ("\n1,2\n\n\n3,4\n\n", &[["1", "2"], ["3", "4"]], &[]),
            (
                "\"x,y\",\"p\nq\"\n3,4\n",
                &[["x,y", "p\nq"], ["3", "4"]],
                &[],
            ),
            ("\"ha \"\"ha\"\" ha\",2\n", &[["ha \"ha\" ha", "2"]], &[]),
            (
                "Ann \"The Hammer\" Lee,2\n",
                &[["Ann \"The Hammer\" Lee", "2"]],
                &[],
            ),
            ("\"Ann \"The\" Lee\",2\n", &[["Ann \"The\" Lee", "2"]], &[]),
            ("1,\"\"\n", &[["1", ""]], &[]),
            ("1,2,,\n", &[], &[("too_many_fields", "1,2,,")]),
            ("1\n2,3\n", &[["2", "3"]], &[("too_few_fields", "1")]),
            (
                "1,2,3\n4,5\n",
                &[["4", "5"]],
                &[("too_many_fields", "1,2,3")],
            ),
            (
                "1,\"never\n2,3\n4,5\n",
                &[["2", "3"], ["4", "5"]],
                &[("unterminated_quote", "1,\"never")],
            ),
            (
                "1,\"open\n2,\"x\"\n4,5\n",
                &[["2", "x"], ["4", "5"]],
                &[("unterminated_quote", "1,\"open")],
            ),
            (
                "1,2\na,b\n3,4\n",
                &[["1", "2"], ["3", "4"]],
                &[("repeated_header", "a,b")],
            ),
            ("\u{feff}1,2\n", &[["1", "2"]], &[]),
            ("", &[], &[]),
        ];
        for (text, good, bad) in table {
            let (rows, faults) = read(text);
            let good: Vec<Vec<String>> = good
                .iter()
                .map(|r| r.iter().map(|c| (*c).to_owned()).collect())
                .collect();
            let bad: Vec<(&str, String)> = bad.iter().map(|(c, t)| (*c, (*t).to_owned())).collect();
            assert_eq!((rows, faults), (good, bad), "{text:?}");
        }
    }

    #[test]
    fn a_line_too_long_costs_itself_however_many_chunks_it_fills() {
        let (splitter, _) = splitter("a,b\n");
        let long = "x".repeat(MAX_RECORD + 1);
        let head = splitter.split(format!("1,2\n{long}").as_bytes(), Between::Ready, false);
        assert_eq!((head.records.len(), head.between), (1, Between::Within));
        assert_eq!(
            head.faults
                .iter()
                .map(|f| (f.start, f.code))
                .collect::<Vec<_>>(),
            [(4, "record_too_long")]
        );
        let middle = splitter.split(b"3,\"4", Between::Within, false);
        assert_eq!(
            (
                middle.records.len(),
                middle.faults.len(),
                middle.between,
                middle.rest
            ),
            (0, 0, Between::Within, 4)
        );
        let tail = "5,6\n7,8\n";
        let split = splitter.split(tail.as_bytes(), Between::Within, true);
        assert_eq!(
            (rows(&split, tail), split.faults.len()),
            (vec![vec!["7".to_owned(), "8".to_owned()]], 0)
        );
        assert_eq!(
            splitter.split(b"5,6", Between::Within, true).records.len(),
            0
        );
    }

    proptest! {
        /// Written by the rules and read back, every cell is what it was.
        #[test]
        fn reads_what_a_writer_writes(table in proptest::collection::vec(proptest::array::uniform2("[ab,\"\n\r é]{0,6}"), 1..20)) {
            let quote = |c: &str| format!("\"{}\"", c.replace('"', "\"\""));
            let text: String = table.iter().map(|r| format!("{},{}\n", quote(&r[0]), quote(&r[1]))).collect();
            let (splitter, _) = splitter("x,y\n");
            let split = splitter.split(text.as_bytes(), Between::Ready, true);
            let expected: Vec<Vec<String>> = table.iter().map(|r| r.to_vec()).collect();
            prop_assert_eq!(rows(&split, &text), expected);
        }

        /// A chunk that ends anywhere, followed by the rest, gives what one pass gives, whatever the dialect.
        #[test]
        fn a_cut_anywhere_changes_nothing(text in TEXT, cut in 0usize..60, dialect in dialects()) {
            let (splitter, _) = reads("x,y\n", &dialect);
            let whole = splitter.split(text.as_bytes(), Between::Ready, true);
            let mut cut = cut.min(text.len());
            // Between \r and \n the cut would make two line ends of one, and chunks are never cut there.
            while cut > 0 && text.as_bytes()[cut - 1] == b'\r' {
                cut -= 1;
            }
            let head = splitter.split(&text.as_bytes()[..cut], Between::Ready, false);
            let tail = splitter.split(&text.as_bytes()[head.rest..], Between::Ready, true);
            let mut both = rows(&head, &text[..cut]);
            both.extend(rows(&tail, &text[head.rest..]));
            prop_assert_eq!(both, rows(&whole, &text));
            prop_assert_eq!(head.faults.len() + tail.faults.len(), whole.faults.len());
            let mut tolerated = head.tolerated;
            tolerated.add(tail.tolerated);
            prop_assert_eq!(tolerated, whole.tolerated);
        }

        /// A record that is read has the fields that the plain way of reading one record finds.
        #[test]
        fn records_are_those_of_the_plain_reading(text in TEXT, dialect in dialects()) {
            let (splitter, width) = reads("x,y\n", &dialect);
            let split = splitter.split(text.as_bytes(), Between::Ready, true);
            prop_assume!(split.tolerated.quotes == 0);
            for (row, (start, _)) in rows(&split, &text).iter().zip(&split.records.spans) {
                let plain = splitter.syntax.row(text.as_bytes(), *start as usize);
                let mut plain = plain.expect("a record").texts();
                plain.resize(width.max(plain.len()), "<none>".to_owned());
                prop_assert_eq!(&plain[..width], row.as_slice());
                prop_assert!(plain[width..].iter().all(|beyond| beyond.is_empty()));
            }
        }
    }

    const TEXT: &str = "[a1,\"'\\\\# \n\r]{0,60}";

    fn dialects() -> impl Strategy<Value = model::Dialect> {
        let base = model::Dialect::default;
        proptest::sample::select(vec![
            base(),
            model::Dialect {
                escape: Some(b'\\'),
                ..base()
            },
            model::Dialect {
                quote: Some(model::Quote::Character(b'\'')),
                ..base()
            },
            model::Dialect {
                quote: Some(model::Quote::None),
                escape: Some(b'\\'),
                comment: Some(b'#'),
                ..base()
            },
            model::Dialect {
                delimiter: Some(model::Delimiter {
                    byte: b',',
                    spaces: true,
                }),
                ..base()
            },
            model::Dialect {
                comment: Some(b'#'),
                pad: true,
                trailing_delimiter: Some(model::TrailingDelimiter::Allow),
                blank_lines: model::BlankLines::Record,
                ..base()
            },
        ])
    }
}
