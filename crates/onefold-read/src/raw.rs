//! Records as raw text: what the splitters make and conform reads.

use std::ops::Range;

use crate::between::Between;
use crate::drift::UnknownKeys;

/// A raw value: a range of the chunk's text or of its side buffer, or nothing.
///
/// The side buffer holds values whose text in the file is not their value: JSON strings with escapes, quoted fields with `""`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    start: u32,
    len: u32,
}

const SIDE: u32 = 1 << 31;

/// A record longer than this is a fault: without a bound, one open quote would pull a whole file into memory.
pub(crate) const MAX_RECORD: usize = 16 << 20;

/// Largest text that cells can address.
pub(crate) const MAX_TEXT: usize = SIDE as usize - 1;

impl Cell {
    pub(crate) const MISSING: Cell = Cell {
        start: 0,
        len: u32::MAX,
    };

    /// The range `start..end` of the chunk's text.
    #[inline]
    pub(crate) fn text(start: usize, end: usize) -> Cell {
        debug_assert!(start <= end && end <= MAX_TEXT);
        Cell {
            start: start as u32,
            len: (end - start) as u32,
        }
    }

    /// The range `start..end` of the side buffer.
    pub(crate) fn side(start: usize, end: usize) -> Cell {
        debug_assert!(start <= end && end <= MAX_TEXT);
        Cell {
            start: start as u32 | SIDE,
            len: (end - start) as u32,
        }
    }

    #[inline]
    pub(crate) fn is_missing(self) -> bool {
        self.len == u32::MAX
    }

    #[inline]
    pub(crate) fn is_side(self) -> bool {
        self.start & SIDE != 0
    }

    #[inline]
    pub(crate) fn start(self) -> usize {
        (self.start & !SIDE) as usize
    }

    #[inline]
    pub(crate) fn end(self) -> usize {
        self.start() + self.len as usize
    }
}

/// What a cell keeps of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Its text.
    Text,
    /// Its text as JSON: a string with its quotes.
    Json,
    /// Only that it is present, even if null, and not its text.
    Presence,
    /// The number of the element that a row is.
    Number,
}

/// The records of a chunk that are whole, row after row.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// Cells a record.
    pub(crate) width: usize,
    /// `width` cells for each record.
    pub(crate) cells: Vec<Cell>,
    /// Byte range of each record in the chunk's text.
    pub(crate) spans: Vec<(u32, u32)>,
    /// Values that are not verbatim in the text.
    pub(crate) side: String,
    /// Keys that nobody asked for.
    pub(crate) unknown: UnknownKeys,
    /// The text is JSON: cells that keep JSON have been read as such, and a value in it without quotes was not text.
    pub(crate) is_json: bool,
    /// The text is that of a sheet: what is in the side buffer was a text, and the rest something else.
    pub(crate) is_sheet: bool,
}

impl Records {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Opens a record with all cells missing; returns the index of its first cell.
    #[inline]
    pub(crate) fn open(&mut self) -> usize {
        let first = self.cells.len();
        self.cells.resize(first + self.width, Cell::MISSING);
        first
    }

    /// Takes back the record opened last.
    pub(crate) fn discard(&mut self, first: usize) {
        self.cells.truncate(first);
        self.unknown.undo(self.spans.len());
    }

    /// Takes back the record closed last.
    pub(crate) fn take_back(&mut self) {
        self.spans.pop();
        self.discard(self.cells.len().saturating_sub(self.width));
    }

    #[inline]
    pub(crate) fn close(&mut self, start: usize, end: usize) {
        self.spans.push((start as u32, end as u32));
    }

    /// Gives the cell `to` of each record what its cell `from` has.
    pub(crate) fn copy(&mut self, from: usize, to: usize) {
        for cells in self.cells.chunks_exact_mut(self.width) {
            cells[to] = cells[from];
        }
    }

    /// Some of the records, which keep the places of their text.
    pub(crate) fn pick(&self, rows: &[u32]) -> Self {
        let mut picked = Self {
            side: self.side.clone(),
            is_json: self.is_json,
            is_sheet: self.is_sheet,
            ..Self::new(self.width)
        };
        for row in rows.iter().map(|row| *row as usize) {
            picked
                .cells
                .extend_from_slice(&self.cells[row * self.width..(row + 1) * self.width]);
            picked.spans.push(self.spans[row]);
        }
        picked
    }

    /// Whether a cell has a value.
    pub(crate) fn has(&self, row: usize, column: usize) -> bool {
        !self.cells[row * self.width + column].is_missing()
    }

    /// Whether a cell of a sheet has a number, a date, a truth value or an error, not a text.
    pub(crate) fn is_bare(&self, row: usize, column: usize) -> bool {
        let cell = self.cells[row * self.width + column];
        self.is_sheet && !cell.is_missing() && !cell.is_side()
    }

    /// Whether a cell of a sheet shows an error.
    pub(crate) fn is_error(&self, text: &str, row: usize, column: usize) -> bool {
        let starts = |text: &str| text.starts_with('#');
        self.is_bare(row, column) && self.get(text, row, column).is_some_and(starts)
    }

    /// The text of a cell.
    #[inline]
    pub(crate) fn get<'a>(&'a self, text: &'a str, row: usize, column: usize) -> Option<&'a str> {
        self.text_of(text, self.cells[row * self.width + column])
    }

    /// The text of a cell, wherever it is kept.
    #[inline]
    pub(crate) fn text_of<'a>(&'a self, text: &'a str, cell: Cell) -> Option<&'a str> {
        if cell.is_missing() {
            return None;
        }
        let from = if cell.is_side() {
            self.side.as_str()
        } else {
            text
        };
        from.get(cell.start()..cell.end())
    }
}

/// A stretch of text that is not a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) code: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) detail: String,
}

/// Which record of a chunk a row or a fault is of, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number {
    pub(crate) record: u32,
    /// The element of its array; `None`: it is the record as a whole.
    pub(crate) element: Option<u32>,
}

/// The first of the bytes that are not UTF-8, which ascend, in a stretch of text but not in what is set apart in it.
pub(crate) fn first_broken(
    broken: &[usize],
    (start, end): (usize, usize),
    apart: Option<Range<usize>>,
) -> Option<usize> {
    let apart = apart.unwrap_or(end..end);
    let in_range = |range: Range<usize>| {
        let first = broken.partition_point(|at| *at < range.start);
        broken.get(first).copied().filter(|at| *at < range.end)
    };
    in_range(start..apart.start).or_else(|| in_range(apart.end..end))
}

/// Code, reason and detail of what holds a byte that is not of its encoding.
pub(crate) fn broken_byte(place: usize, of: &str) -> (&'static str, &'static str, String) {
    let detail = format!("byte {place} of the {of} is not valid in the file's encoding");
    ("invalid_encoding", "invalid encoding", detail)
}

/// Counts of records that are irregular and are read nevertheless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tolerated {
    /// Too few fields, filled up.
    pub(crate) padded: u64,
    /// Empty fields beyond the header's.
    pub(crate) trailing: u64,
    /// A quote that opens a field and never closes, read as a character.
    pub(crate) quotes: u64,
}

impl Tolerated {
    pub(crate) fn add(&mut self, other: Self) {
        self.padded += other.padded;
        self.trailing += other.trailing;
        self.quotes += other.quotes;
    }
}

/// What became of records whose array was exploded: records and `added` are rows and `empty`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ExplodedCounts {
    /// Elements beyond the first of each record.
    pub(crate) added: u64,
    /// Arrays without elements that made no row.
    pub(crate) empty: u64,
}

impl ExplodedCounts {
    pub(crate) fn add(&mut self, other: Self) {
        self.added += other.added;
        self.empty += other.empty;
    }
}

/// What one chunk came to.
#[derive(Debug, Default)]
pub(crate) struct Split {
    pub(crate) records: Records,
    pub(crate) faults: Vec<Fault>,
    pub(crate) tolerated: Tolerated,
    /// Start of a last record that the chunk does not hold whole; the text's length if there is no such record.
    pub(crate) rest: usize,
    pub(crate) between: Between,
}

/// Reads one chunk.
pub(crate) trait Splitter: Send + Sync {
    /// Cells a record.
    fn width(&self) -> usize;

    /// Splits `text`. With `last`, nothing follows: an unfinished record is a fault. `from` is where the text before it ended.
    fn split(&self, text: &[u8], from: Between, last: bool) -> Split;

    /// Whether the places of its text are places of the input.
    fn has_offsets(&self) -> bool {
        true
    }

    /// Whether `text`, split from [`Between::Ready`], came to what it would have come to from `between`.
    fn agrees(&self, between: Between, _text: &[u8]) -> bool {
        between == Between::Ready
    }

    /// The last place in `text` where a record seems to begin; `None`: nowhere after the first byte.
    fn cut(&self, text: &[u8]) -> Option<usize>;
}
