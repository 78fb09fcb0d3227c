//! Bytes as a state.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
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
    pub fn parse(bytes: &[u8], threads: usize) -> Result<Self, StateError> {
        let Some(rest) = bytes.strip_prefix(HEAD.as_bytes()) else {
            return Err(match HEAD.as_bytes().starts_with(bytes) {
                true => Kind::Cut.into(),
                false => Kind::Foreign.into(),
            });
        };
        let end = rest.iter().position(|byte| *byte == b'\n');
        let version = rest.get(..end.ok_or(Kind::Cut)?).unwrap_or_default();
        if version != VERSION.as_bytes() {
            let version = String::from_utf8_lossy(version);
            return Err(Kind::Version(version.chars().take(20).collect()).into());
        }
        let lines = bytes.strip_suffix(b"\n").ok_or(Kind::Cut)?;
        let last = lines.iter().rposition(|byte| *byte == b'\n');
        let (body, last) = lines.split_at(last.ok_or(Kind::Cut)? + 1);
        let digest = last.strip_prefix(END).ok_or(Kind::Cut)?;
        let is_whole = || digest == format!("{:032x}", xxh3_128(body)).as_bytes();
        let (is_whole, found) = both(threads, is_whole, || read(body, threads));
        // What is wrong in bytes that were changed does not matter.
        match is_whole {
            true => Ok(found?),
            false => Err(Kind::Changed.into()),
        }
    }
}

/// Bytes that are read at a time.
const PIECE: usize = 1 << 17;

/// A line that is wrong, by the place of one of its bytes.
struct Wrong {
    at: usize,
    what: &'static str,
}

/// As [`read_lines`], with the number of the line that is wrong.
fn read(body: &[u8], threads: usize) -> Result<State, Kind> {
    read_lines(body, threads).map_err(|wrong| {
        // What is found first depends on the pieces, and these on the threads. What is told does not.
        let Wrong { at, what } = utf8(body, 0).err().unwrap_or(wrong);
        let before = body.get(..at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Kind::Line { line, what }
    })
}

/// Reads lines, of which the first is known.
fn read_lines(body: &[u8], threads: usize) -> Result<State, Wrong> {
    let mut state = State::default();
    let ids = memmem::find(body, b"\nid\t").map_or(body.len(), |place| place + 1);
    let (head, rest) = body.split_at(ids);
    read_head(utf8(head, 0)?, &mut state)?;
    let pieces = rest.len().div_ceil(PIECE).max(threads);
    let parts = map_items(threads, split(rest, pieces), |(at, lines)| {
        Piece::read(utf8(lines, ids + at)?, ids + at, &state)
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
    let (mut ascend, mut last) = (true, String::new());
    for mut piece in pieces {
        ascend &= piece.ascend && (all.len() == 0 || is_less(&last, piece.ids.get(0)));
        last = piece.ids.get(piece.ids.len().saturating_sub(1)).to_owned();
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

fn utf8(bytes: &[u8], at: usize) -> Result<&str, Wrong> {
    std::str::from_utf8(bytes).map_err(|error| Wrong {
        at: at + error.valid_up_to(),
        what: "it is no text",
    })
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

/// Splits lines into about so many parts that begin with an id. Each part has the place of its first byte.
fn split(lines: &[u8], parts: usize) -> Vec<(usize, &[u8])> {
    let length = lines.len() / parts.max(1);
    let mut split = Vec::with_capacity(parts + 1);
    let (mut at, mut rest) = (0, lines);
    loop {
        let start = length.min(rest.len());
        let end = rest
            .get(start..)
            .and_then(|rest| memmem::find(rest, b"\nid\t"));
        let Some((part, after)) = end.and_then(|end| rest.split_at_checked(start + end + 1)) else {
            split.push((at, rest));
            return split;
        };
        split.push((at, part));
        at += part.len();
        rest = after;
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
    fn read(lines: &'a str, start: usize, state: &State) -> Result<Self, Wrong> {
        let mut piece = Self {
            ids: Texts::default(),
            ascend: true,
            lines: Part::of_text(lines),
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
                    piece.ascend &= is_less(piece.ids.get(before), piece.ids.get(before + 1));
                }
                piece.lines.id_line(at).map_err(too_long)?;
                last = None;
            } else {
                let record = record(line, state.sources.len()).map_err(wrong)?;
                if !has_records {
                    return Err(wrong("the id is not in use"));
                }
                if last.as_ref().is_some_and(|last| *last >= record) {
                    return Err(wrong("the records are out of order"));
                }
                let key = line.find('\t').map_or(0, |tab| tab + 1);
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

/// The source and the key of a record.
fn record(line: &str, sources: usize) -> Result<(u32, Cow<'_, str>), &'static str> {
    let tab = line.bytes().position(|byte| byte == b'\t');
    let tab = tab.ok_or("its first word is unknown")?;
    let (number, key) = line.split_at(tab);
    let key = key.get(1..).unwrap_or_default();
    if number.len() > 1 && number.starts_with('0') || number.starts_with('+') {
        return Err("its first word is unknown");
    }
    let source: u32 = number.parse().map_err(|_| "its first word is unknown")?;
    if source as usize >= sources {
        return Err("the source is unknown");
    }
    if memchr3(b'\t', b'\\', b'\r', key.as_bytes()).is_none() {
        return Ok((source, Cow::Borrowed(key)));
    }
    match key.contains('\t') {
        true => Err("it has too many fields"),
        false => Ok((source, field(key)?)),
    }
}

/// Whether an id comes before another: numbers of one prefix ascend.
fn is_less(a: &str, b: &str) -> bool {
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
