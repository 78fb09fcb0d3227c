//! Bytes as a state.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::str::Split;
use std::sync::Arc;

use memchr::{memchr_iter, memchr3, memmem};
use onefold_rows::MAX_ROWS;
use onefold_rows::parallel::{both, map_items};
use xxhash_rust::xxh3::xxh3_128;

use super::error::{Kind, StateError};
use super::escape::unescape;
use super::format::{END, HEAD, VERSION};
use super::lines::Part;
use super::numbers::ASIDE;
use super::texts::Texts;
use super::{Fate, State};

impl State {
    /// Reads what [`State::to_bytes`] wrote.
    ///
    /// # Errors
    /// The bytes are not exactly those that were written, or another version wrote them.
    pub fn parse(bytes: Vec<u8>, threads: usize) -> Result<Self, StateError> {
        let (length, digest) = framed(&bytes)?;
        let digest = digest.to_vec();
        let is_whole = |bytes: &[u8]| {
            let body = bytes.get(..length).unwrap_or_default();
            digest == format!("{:032x}", xxh3_128(body)).as_bytes()
        };
        let (is_whole, found) = match String::from_utf8(bytes) {
            Ok(text) => {
                let text = Arc::new(text);
                let is_whole = || is_whole(text.as_bytes());
                both(threads, is_whole, || read(&text, length, threads))
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let what = "it is no text";
                let bytes = error.as_bytes();
                (is_whole(bytes), Err(Wrong { at, what }.in_line(bytes)))
            }
        };
        // What is wrong in bytes that were changed does not matter.
        match is_whole {
            true => Ok(found?),
            false => Err(Kind::Changed.into()),
        }
    }
}

/// How many bytes come before the last line, and the digest that it has of them.
fn framed(bytes: &[u8]) -> Result<(usize, &[u8]), Kind> {
    let Some(rest) = bytes.strip_prefix(HEAD.as_bytes()) else {
        return Err(match HEAD.as_bytes().starts_with(bytes) {
            true => Kind::Cut,
            false => Kind::Foreign,
        });
    };
    let end = rest.iter().position(|byte| *byte == b'\n');
    let version = rest.get(..end.ok_or(Kind::Cut)?).unwrap_or_default();
    if version != VERSION.as_bytes() {
        let version = String::from_utf8_lossy(version);
        return Err(Kind::Version(version.chars().take(20).collect()));
    }
    let lines = bytes.strip_suffix(b"\n").ok_or(Kind::Cut)?;
    let last = lines.iter().rposition(|byte| *byte == b'\n');
    let (body, last) = lines.split_at(last.ok_or(Kind::Cut)? + 1);
    Ok((body.len(), last.strip_prefix(END).ok_or(Kind::Cut)?))
}

/// Bytes that are read at a time.
const PIECE: usize = 1 << 17;

/// A line that is wrong, by the place of one of its bytes.
struct Wrong {
    at: usize,
    what: &'static str,
}

impl Wrong {
    /// The same with the number of the line.
    fn in_line(self, bytes: &[u8]) -> Kind {
        let before = bytes.get(..self.at).unwrap_or_default();
        Kind::Line {
            line: before.iter().filter(|byte| **byte == b'\n').count() + 1,
            what: self.what,
        }
    }
}

/// As [`read_lines`], with the number of the line that is wrong.
fn read(text: &Arc<String>, length: usize, threads: usize) -> Result<State, Kind> {
    read_lines(text, length, threads).map_err(|wrong| wrong.in_line(text.as_bytes()))
}

/// Reads the lines of the first bytes of a text. The first line is known.
fn read_lines(text: &Arc<String>, length: usize, threads: usize) -> Result<State, Wrong> {
    let mut state = State::default();
    let body = text.get(..length).unwrap_or_default();
    let ids = memmem::find(body.as_bytes(), b"\nid\t").map_or(length, |place| place + 1);
    let (head, rest) = body.split_at(ids);
    read_head(head, &mut state)?;
    let pieces = rest.len().div_ceil(PIECE).max(threads);
    let stretches = split(rest, ids, pieces);
    let parts = map_items(threads, stretches, |stretch| {
        Piece::read(text, stretch, &state)
    });
    let pieces: Vec<Piece<'_>> = parts.into_iter().collect::<Result<_, _>>()?;
    let sum = |of: fn(&Piece<'_>) -> usize| pieces.iter().map(of).sum::<usize>();
    let (count, records) = (sum(|p| p.ids.len()), sum(|p| p.lines.record_count()));
    if records > MAX_ROWS || count >= ASIDE as usize {
        return Err(Wrong {
            at: ids,
            what: "there are too many ids or records",
        });
    }
    let mut all = Texts::default();
    all.reserve(count);
    let mut fates = Vec::new();
    let (mut ascend, mut last) = (true, Vec::new());
    for mut piece in pieces {
        ascend &= piece.ascend && (all.len() == 0 || is_less(&last, piece.ids.bytes(0)));
        last = piece
            .ids
            .bytes(piece.ids.len().saturating_sub(1))
            .to_owned();
        let first = all.len() as u32;
        for fate in &mut piece.fates {
            fate.id += first;
        }
        all.append(&piece.ids);
        state.lines.push(Arc::new(piece.lines));
        fates.append(&mut piece.fates);
    }
    if !ascend {
        check_different(&all).map_err(|what| Wrong { at: ids, what })?;
    }
    state.retired = retired(&all, &fates)?;
    state.ids = Arc::new(all);
    Ok(state)
}

/// Reads all lines before those of the ids.
fn read_head(head: &str, state: &mut State) -> Result<(), Wrong> {
    let mut section = 0;
    let mut at = 0;
    for line in head.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let wrong = |what| Wrong { at: start, what };
        if start == 0 {
            continue;
        }
        let mut fields = line.strip_suffix('\n').unwrap_or(line).split('\t');
        let (of, is_single) = match fields.next() {
            Some("run") => (1, true),
            Some("given") => (2, true),
            Some("past") => (3, false),
            Some("source") => (4, false),
            _ => return Err(wrong("its first word is unknown")),
        };
        if of < section || is_single && of != section + 1 {
            return Err(wrong("it stands in the wrong place"));
        }
        section = of;
        read_field(of, &mut fields, state).map_err(wrong)?;
        end(&mut fields).map_err(wrong)?;
    }
    match section >= 2 {
        true => Ok(()),
        false => Err(Wrong {
            at: head.find('\n').map_or(0, |end| end + 1),
            what: "the run or the count of ids is missing",
        }),
    }
}

fn read_field(section: u8, fields: &mut Fields<'_>, state: &mut State) -> Result<(), &'static str> {
    match section {
        1 => {
            state.run = count(fields)?;
            state.label = text(fields)?.into_owned();
        }
        2 => state.given = count(fields)?,
        3 => {
            let run = count(fields)?;
            let last = state.past.last_key_value();
            if last.is_some_and(|(last, _)| *last >= run) || run >= state.run {
                return Err("the runs are out of order");
            }
            let label = text(fields)?.into_owned();
            state.past.insert(run, label);
        }
        _ => {
            let name = text(fields)?;
            if state.sources.last().is_some_and(|last| **last >= *name) {
                return Err("the sources are out of order");
            }
            state.sources.push(name.into_owned());
        }
    }
    Ok(())
}

/// Splits lines, of which the first stands at `first`, into about so many stretches that begin with an id.
fn split(lines: &str, first: usize, parts: usize) -> Vec<Range<usize>> {
    let (lines, length) = (lines.as_bytes(), lines.len() / parts.max(1));
    let mut split = Vec::with_capacity(parts + 1);
    let mut at = 0;
    loop {
        let rest = lines.get(at + length..).unwrap_or_default();
        let end = memmem::find(rest, b"\nid\t").map(|end| at + length + end + 1);
        split.push(first + at..first + end.unwrap_or(lines.len()));
        match end {
            Some(end) => at = end,
            None => return split,
        }
    }
}

type Fields<'a> = Split<'a, char>;

/// What became of an id, as it is written.
struct Written<'a> {
    /// Where its line starts.
    at: usize,
    id: u32,
    run: u64,
    into: Vec<Cow<'a, str>>,
}

/// Some ids and their records.
struct Piece<'a> {
    ids: Texts,
    /// Whether each id comes before the next one.
    ascend: bool,
    lines: Part,
    fates: Vec<Written<'a>>,
}

impl<'a> Piece<'a> {
    fn read(text: &'a Arc<String>, stretch: Range<usize>, state: &State) -> Result<Self, Wrong> {
        let start = stretch.start;
        let lines = text.get(stretch.clone()).unwrap_or_default();
        let mut piece = Self {
            ids: Texts::default(),
            ascend: true,
            lines: Part::of_text(text, stretch),
            fates: Vec::new(),
        };
        piece.ids.reserve(lines.len() / 20);
        let mut has_records = true;
        let mut last = None;
        let mut at = 0;
        for end in memchr_iter(b'\n', lines.as_bytes()) {
            let wrong = |what| Wrong {
                at: start + at,
                what,
            };
            let too_long = |_| wrong("too many records follow it");
            let line = lines.get(at..end).unwrap_or_default();
            if let Some(id) = line.strip_prefix("id\t") {
                has_records = piece.id(id, start + at, state).map_err(wrong)?;
                if let Some(before) = piece.ids.len().checked_sub(2) {
                    piece.ascend &= is_less(piece.ids.bytes(before), piece.ids.bytes(before + 1));
                }
                piece.lines.id_line(at).map_err(too_long)?;
                last = None;
            } else {
                let (record, key) = record(line, state.sources.len()).map_err(wrong)?;
                if !has_records {
                    return Err(wrong("the id is not in use"));
                }
                if last.as_ref().is_some_and(|last| *last >= record) {
                    return Err(wrong("the records are out of order"));
                }
                piece
                    .lines
                    .push_line(record.0, at + key..end)
                    .map_err(too_long)?;
                last = Some(record);
            }
            at = end + 1;
        }
        Ok(piece)
    }

    /// Reads an id. Whether it may have records.
    fn id(&mut self, line: &'a str, at: usize, state: &State) -> Result<bool, &'static str> {
        let id = self.ids.len() as u32;
        if memchr3(b'\t', b'\\', b'\r', line.as_bytes()).is_none() {
            self.ids.push(line);
            return Ok(true);
        }
        let mut fields = line.split('\t');
        self.ids.push(&text(&mut fields)?);
        let Some(word) = fields.next() else {
            return Ok(true);
        };
        let run = count(&mut fields)?;
        if run != state.run && !state.past.contains_key(&run) {
            return Err("the run is unknown");
        }
        let into: Result<Vec<Cow<'_, str>>, _> = fields.map(field).collect();
        let into = into?;
        let fits = match word {
            "gone" => into.is_empty(),
            "merged" => into.len() == 1,
            "split" => into.len() > 1,
            _ => false,
        };
        if !fits {
            return Err("what became of the id is not understood");
        }
        let is_gone = into.is_empty();
        self.fates.push(Written { at, id, run, into });
        Ok(is_gone)
    }
}

/// The source and the key of a record, and where the key stands in its line.
fn record(line: &str, sources: usize) -> Result<((u32, Cow<'_, str>), usize), &'static str> {
    let tab = line.bytes().position(|byte| byte == b'\t');
    let tab = tab.ok_or("its first word is unknown")?;
    let (number, key) = (line.get(..tab), line.get(tab + 1..));
    let (number, key) = (number.unwrap_or_default(), key.unwrap_or_default());
    if number.len() > 1 && number.starts_with('0') || number.starts_with('+') {
        return Err("its first word is unknown");
    }
    let source: u32 = number.parse().map_err(|_| "its first word is unknown")?;
    if source as usize >= sources {
        return Err("the source is unknown");
    }
    if memchr3(b'\t', b'\\', b'\r', key.as_bytes()).is_none() {
        return Ok(((source, Cow::Borrowed(key)), tab + 1));
    }
    match key.contains('\t') {
        true => Err("it has too many fields"),
        false => Ok(((source, field(key)?), tab + 1)),
    }
}

/// Whether an id comes before another: numbers of one prefix ascend.
fn is_less(a: &[u8], b: &[u8]) -> bool {
    (a.len(), a) < (b.len(), b)
}

/// No two ids are the same.
fn check_different(ids: &Texts) -> Result<(), &'static str> {
    let mut seen = HashSet::with_capacity(ids.len());
    match ids.iter().all(|id| seen.insert(id)) {
        true => Ok(()),
        false => Err("an id stands there twice"),
    }
}

/// What became of ids, with the numbers of those that others became.
fn retired(ids: &Texts, fates: &[Written<'_>]) -> Result<BTreeMap<u32, Fate>, Wrong> {
    let named = fates.iter().flat_map(|fate| &fate.into);
    let mut numbers: HashMap<&str, Option<u32>> = named.map(|id| (&**id, None)).collect();
    if !numbers.is_empty() {
        for (id, number) in ids.iter().zip(0..) {
            if let Some(place) = numbers.get_mut(id) {
                *place = Some(number);
            }
        }
    }
    let fate = |written: &Written<'_>| {
        let number = |id: &Cow<'_, str>| numbers.get(&**id).copied().flatten();
        let into = written.into.iter().map(number);
        let into: Option<Vec<u32>> = into.map(|id| id.filter(|id| *id != written.id)).collect();
        let into = into.ok_or(Wrong {
            at: written.at,
            what: "an id that it names is unknown",
        })?;
        let run = written.run;
        Ok((written.id, Fate { run, into }))
    };
    fates.iter().map(fate).collect()
}

/// A number as [`State::to_bytes`] writes it.
fn count(fields: &mut Fields<'_>) -> Result<u64, &'static str> {
    let written = fields.next().ok_or("a field is missing")?;
    let number: u64 = written.parse().map_err(|_| "a number is not understood")?;
    match number.to_string() == written {
        true => Ok(number),
        false => Err("a number is not understood"),
    }
}

fn text<'a>(fields: &mut Fields<'a>) -> Result<Cow<'a, str>, &'static str> {
    field(fields.next().ok_or("a field is missing")?)
}

fn end(fields: &mut Fields<'_>) -> Result<(), &'static str> {
    match fields.next() {
        None => Ok(()),
        Some(_) => Err("it has too many fields"),
    }
}

/// A field as the text that it stands for. It is refused where that text would be written otherwise.
fn field(written: &str) -> Result<Cow<'_, str>, &'static str> {
    match written.contains('\r') {
        true => Err("a carriage return stands there as it is"),
        false => unescape(written),
    }
}
