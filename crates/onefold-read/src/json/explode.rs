//! A record for each element of a nested array: `explode: line_items`.
//!
//! The splitter has read the fields of the records, and the text of the value at the first key of the path (`Paths` of level 0). Here
//! that value is walked, which is known to be JSON. Each further key of the path is a level: its `Paths` read the fields that lie in the
//! value there and not on the way to the next key. Wherever the walk meets an array, it goes into each of its elements. So each element
//! of the last array becomes a row, with the cells of all levels above it.
//!
//! What is wrong with an element is a fault of that element; the rows beside it stay.

use std::sync::Arc;

use super::pass::INVALID;
use super::paths::{Paths, split_places};
use super::record::store;
use super::scan::{Cursor, Scanned, Wrong};
use crate::drift::Ignored;
use crate::raw::{Cell, Fault, Keep, Number, Records, broken_byte, first_broken};

/// How the records of a source become one record for each element.
#[derive(Debug)]
pub(crate) struct Explode {
    /// The record, and the value at each key of the path.
    levels: Vec<Level>,
    path: Vec<String>,
    /// A record without elements is a row all the same.
    keep_empty: bool,
    /// Cells that hold the number of the element.
    numbered: Vec<usize>,
    /// The cell of the text of the value at the next key.
    next: usize,
}

/// A value on the path.
#[derive(Debug)]
struct Level {
    paths: Paths,
    /// Cells that hold the value itself.
    whole: Vec<(usize, Keep)>,
    /// Nothing but an object has what is read of it.
    must_be_object: bool,
    /// Its keys are looked at.
    has_keys: bool,
    /// Its cells hold text of the value at the next key.
    reads_next: bool,
}

/// What records came to.
#[derive(Debug, Default)]
pub(crate) struct Exploded {
    /// A row for each element. Its span is the element's.
    pub(crate) records: Records,
    /// Faults of elements, and of records that have no array where there should be one.
    pub(crate) faults: Vec<Fault>,
    /// Of each row, which record and element it is.
    pub(crate) of_rows: Vec<Number>,
    /// The same of each fault.
    pub(crate) of_faults: Vec<Number>,
    /// What is known of each fault: as many cells as a row has.
    pub(crate) cells_of_faults: Vec<Cell>,
    /// Arrays without elements that made no row.
    pub(crate) empty: u64,
}

/// The code and reason of a value that should have elements.
const NOT_ARRAY: (&str, &str) = ("not_an_array", "not an array");
const NOT_OBJECT: (&str, &str) = ("not_an_object", "not a JSON object");

impl Explode {
    /// `cells`: the path and what is kept of it, for each cell of a record; an empty path is the number of the element.
    pub(crate) fn new(
        path: &[String],
        keep_empty: bool,
        cells: &[(Vec<String>, Keep)],
        ignored: Option<&Arc<Ignored>>,
    ) -> Self {
        let next = cells.len();
        let width = next + 1;
        let mut levels = Vec::with_capacity(path.len() + 1);
        let mut nodes = 0;
        for depth in 0..=path.len() {
            let mut inside = Vec::new();
            let mut whole = Vec::new();
            for (cell, (wanted, keep)) in cells.iter().enumerate() {
                match wanted.strip_prefix(&path[..depth]) {
                    _ if *keep == Keep::Number => {}
                    Some([]) if depth > 0 => whole.push((cell, *keep)),
                    Some(rest) if wanted.get(depth) != path.get(depth) => {
                        inside.push((cell, (rest.to_vec(), *keep)));
                    }
                    _ => {}
                }
            }
            let is_last = depth == path.len();
            let must_be_object = !is_last || !inside.is_empty() && whole.is_empty();
            let has_keys = !is_last || !inside.is_empty() || whole.is_empty();
            let is_next = |(_, (wanted, _)): &(usize, (Vec<String>, Keep))| {
                let first = wanted.first().map(|key| split_places(key).0);
                first == path.get(depth).map(String::as_str)
            };
            let reads_next = !is_last && (!whole.is_empty() || inside.iter().any(is_next));
            if let Some(key) = path.get(depth) {
                inside.push((next, (vec![key.clone()], Keep::Json)));
            }
            let mut paths = Paths::within(&path[..depth], nodes, width, &inside);
            if let Some(ignored) = ignored {
                paths = paths.with_drift(Arc::clone(ignored));
            }
            nodes += paths.nodes();
            levels.push(Level {
                paths,
                whole,
                must_be_object,
                has_keys,
                reads_next,
            });
        }
        let numbered = cells.iter().enumerate();
        Self {
            levels,
            path: path.to_vec(),
            keep_empty,
            numbered: numbered
                .filter(|(_, (_, keep))| *keep == Keep::Number)
                .map(|(cell, _)| cell)
                .collect(),
            next,
        }
    }

    /// What the splitter reads of a record.
    pub(crate) fn of_record(&self) -> Paths {
        let record = self.levels.first();
        record.map_or_else(|| Paths::new(&[]), |level| level.paths.clone())
    }

    /// The cell of a record that has the text of the value to walk, if no other cell has text of that value.
    pub(crate) fn array_cell(&self) -> Option<usize> {
        let reads_next = self.levels.first().is_some_and(|level| level.reads_next);
        (!reads_next).then_some(self.next)
    }

    /// Makes rows of records. `broken`: places of the text that are not UTF-8, ascending. `numbers`: of each record.
    pub(crate) fn rows(
        &self,
        text: &str,
        records: Records,
        broken: &[usize],
        numbers: &[u32],
    ) -> Exploded {
        let Records {
            width,
            cells,
            spans,
            side,
            unknown,
            is_json,
            is_sheet: _,
        } = records;
        let empty = || Records {
            is_json,
            ..Records::new(width)
        };
        let mut walk = Walk {
            explode: self,
            text,
            broken,
            work: Records {
                side,
                unknown,
                ..empty()
            },
            record: 0,
            elements: 0,
            out: Exploded {
                records: empty(),
                ..Exploded::default()
            },
        };
        let starts = spans.iter().zip(numbers);
        for ((span, number), cells) in starts.zip(cells.chunks_exact(width)) {
            walk.record = *number;
            walk.elements = 0;
            walk.work.cells.clear();
            walk.work.cells.extend_from_slice(cells);
            let (start, end) = (span.0 as usize, span.1 as usize);
            let whole = At {
                span: (start, end),
                element: None,
            };
            walk.below(1, 0, whole);
            // The next record's unknown keys are noted under its own row.
            walk.work.spans.push(*span);
        }
        let Walk { work, mut out, .. } = walk;
        out.records.side = work.side;
        out.records.unknown = work.unknown;
        out.records.unknown.sort();
        out
    }
}

/// The values of one chunk, walked.
struct Walk<'a> {
    explode: &'a Explode,
    text: &'a str,
    broken: &'a [usize],
    /// The cells of the values that the walk is in, the outermost first.
    work: Records,
    /// The number of the record that the walk is in.
    record: u32,
    /// Its elements so far that have become rows or faults.
    elements: u32,
    out: Exploded,
}

/// A value that becomes a row or a fault.
#[derive(Clone, Copy)]
struct At {
    span: (usize, usize),
    /// Its number, if it is an element; if not, it stands for the record, and the span is the record's.
    element: Option<u32>,
}

impl At {
    fn noun(self) -> &'static str {
        self.element.map_or("record", |_| "element")
    }
}

impl Walk<'_> {
    /// Goes into what the value with cells at `first` has at the next key, which is of level `depth`.
    fn below(&mut self, depth: usize, first: usize, at: At) {
        let cell = self.work.cells[first + self.explode.next];
        if cell.is_missing() {
            return self.empty(first, at);
        }
        let (start, end) = (cell.start(), cell.end());
        let is_last = depth + 1 == self.explode.levels.len();
        match self.text.as_bytes().get(start) {
            Some(b'[') => self.elements(depth, first, start, at),
            Some(b'{') if !is_last => self.value(depth, first, (start, end), at),
            _ => {
                let keys = self.explode.path.get(..depth).unwrap_or_default();
                let detail = format!("`{}` is not an array", keys.join("."));
                self.fault(at, first, NOT_ARRAY, detail);
            }
        }
    }

    /// Goes into each element of the array that starts at `start`.
    fn elements(&mut self, depth: usize, first: usize, start: usize, at: At) {
        let mut cursor = Cursor::new(self.text.as_bytes(), start + 1);
        cursor.space();
        if cursor.peek() == Some(b']') {
            return self.empty(first, at);
        }
        loop {
            cursor.space();
            let start = cursor.at;
            // The array has been read as JSON: there is no error to meet here.
            if cursor.value().is_err() {
                return;
            }
            let span = (start, cursor.at);
            let element = Some(self.elements + 1);
            self.value(depth, first, span, At { span, element });
            cursor.space();
            if cursor.peek() != Some(b',') {
                return;
            }
            cursor.at += 1;
        }
    }

    /// Reads a value of level `depth` within the one with cells at `above`, and makes a row of it or goes on into it.
    fn value(&mut self, depth: usize, above: usize, span: (usize, usize), at: At) {
        let explode = self.explode;
        let Some(level) = explode.levels.get(depth) else {
            return;
        };
        let first = self.work.cells.len();
        self.work
            .cells
            .extend_from_within(above..above + self.work.width);
        self.work.cells[first + explode.next] = Cell::MISSING;
        let is_last = depth + 1 == explode.levels.len();
        match self.read(level, first, span) {
            Err(wrong) => self.wrong(at, above, wrong),
            Ok(false) => self.fault(at, above, NOT_OBJECT, "expected an object".into()),
            Ok(true) => match self.broken_byte(level, first, span) {
                Some(byte) => {
                    let (code, reason, detail) = broken_byte(byte - at.span.0, at.noun());
                    self.fault(at, above, (code, reason), detail);
                }
                None if is_last => self.row(first, at, at.element),
                None => self.below(depth + 1, first, at),
            },
        }
        self.work.cells.truncate(first);
    }

    /// Reads the cells of a value; whether it is what it should be.
    fn read(&mut self, level: &Level, first: usize, (start, end): (usize, usize)) -> Scanned<bool> {
        let value = &self.text.as_bytes()[start..end];
        for (cell, keep) in &level.whole {
            let escaped = *keep == Keep::Text && value.contains(&b'\\');
            self.work.cells[first + cell] = match keep {
                Keep::Presence | Keep::Number => Cell::text(start, start),
                _ => store(value, start, escaped, *keep == Keep::Json, &mut self.work)?,
            };
        }
        let is_object = value.first() == Some(&b'{');
        if is_object && level.has_keys {
            let mut cursor = Cursor::new(self.text.as_bytes(), start);
            level
                .paths
                .record(&mut cursor, true, first, &mut self.work)?;
        }
        Ok(is_object || !level.must_be_object)
    }

    /// The first byte of a value that is not UTF-8, but for what is of the level below.
    fn broken_byte(&self, level: &Level, first: usize, span: (usize, usize)) -> Option<usize> {
        let below = self.work.cells[first + self.explode.next];
        let is_apart = !below.is_missing() && !level.reads_next;
        let below = is_apart.then(|| below.start()..below.end());
        first_broken(self.broken, span, below)
    }

    /// `position`: the number that the row shows.
    fn row(&mut self, first: usize, at: At, position: Option<u32>) {
        let cells = self.out.records.cells.len();
        let width = self.work.width;
        self.out
            .records
            .cells
            .extend_from_slice(&self.work.cells[first..first + width]);
        if let Some(position) = position {
            for cell in &self.explode.numbered {
                let side = &mut self.work.side;
                let from = side.len();
                side.push_str(&position.to_string());
                self.out.records.cells[cells + cell] = Cell::side(from, side.len());
            }
        }
        self.out.records.close(at.span.0, at.span.1);
        self.out.of_rows.push(Number {
            record: self.record,
            element: at.element,
        });
        self.elements = position.unwrap_or(self.elements);
    }

    /// A value without elements.
    fn empty(&mut self, first: usize, at: At) {
        match self.explode.keep_empty {
            true => self.row(first, at, None),
            false => self.out.empty += 1,
        }
    }

    fn wrong(&mut self, at: At, above: usize, wrong: Wrong) {
        let place = wrong.at.saturating_sub(at.span.0);
        let detail = format!(
            "expected {} at byte {place} of the {}",
            wrong.expected,
            at.noun()
        );
        self.fault(at, above, INVALID, detail);
    }

    /// `first`: the cells of what is known of it.
    fn fault(
        &mut self,
        at: At,
        first: usize,
        (code, reason): (&'static str, &'static str),
        detail: String,
    ) {
        let (start, end) = at.span;
        self.out.faults.push(Fault {
            start,
            end,
            code,
            reason,
            detail,
        });
        self.out.of_faults.push(Number {
            record: self.record,
            element: at.element,
        });
        let cells = self.work.cells.get(first..first + self.work.width);
        let known = cells.unwrap_or_default();
        self.out.cells_of_faults.extend_from_slice(known);
        self.elements = at.element.unwrap_or(self.elements);
    }
}
