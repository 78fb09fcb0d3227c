//! A state as bytes.
//!
//! Lines of text, each ended by a line feed; fields separated by tabs. In a field, `\t`, `\n`, `\r` and `\\` stand for a tab, a line feed,
//! a carriage return and a backslash. In this order:
//!
//! | line | how often |
//! |---|---|
//! | `onefold customer ids`, version of the format | once |
//! | `run`, number, label | once |
//! | `given`, new ids so far | once |
//! | `past`, number, label of a run that retired ids | each, ascending |
//! | `id`, id | each id in use, in the order in which they were given |
//! | `id`, id, `gone`, run | among them |
//! | `id`, id, `merged`, run, id | |
//! | `id`, id, `split`, run, ids | |
//! | `record`, source, key, id | each, by source, then key, ascending as bytes |
//! | `end`, XXH3 (128 bits) of all bytes before this line, 32 digits | once |
//!
//! The same state makes the same bytes, so that two states can be compared line by line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::Split;

use xxhash_rust::xxh3::xxh3_128;

use super::error::{Kind, StateError};
use super::ids::Ids;
use super::texts::Texts;
use super::{Fate, Known, State};

const HEAD: &str = "onefold customer ids\t";
const VERSION: &str = "1";
const END: &[u8] = b"end\t";

impl State {
    /// The state as plain text, for [`State::parse`].
    pub fn to_bytes(&self) -> Vec<u8> {
        let names: Vec<Cow<'_, str>> = self.sources.iter().map(|name| escape(name)).collect();
        let room = self.ids.bytes() * 2 + self.keys.bytes() + self.ids.len() * 4;
        let mut text = String::with_capacity(room + self.records.len() * 24 + 256);
        text.push_str(HEAD);
        text.push_str(VERSION);
        text.push_str(&format!("\nrun\t{}\t{}", self.run, escape(&self.label)));
        text.push_str(&format!("\ngiven\t{}", self.given));
        for (run, label) in &self.past {
            text.push_str(&format!("\npast\t{run}\t{}", escape(label)));
        }
        for (id, written) in self.ids.iter().enumerate() {
            text.push_str("\nid\t");
            text.push_str(&escape(written));
            if let Some(fate) = self.retired.get(&(id as u32)) {
                let word = match fate.into.len() {
                    0 => "gone",
                    1 => "merged",
                    _ => "split",
                };
                text.push_str(&format!("\t{word}\t{}", fate.run));
                for into in &fate.into {
                    text.push('\t');
                    text.push_str(&escape(self.ids.get(*into)));
                }
            }
        }
        for (place, known) in self.records.iter().enumerate() {
            text.push_str("\nrecord\t");
            text.push_str(names.get(known.source as usize).map_or("", |name| name));
            text.push('\t');
            text.push_str(&escape(self.keys.get(place)));
            text.push('\t');
            text.push_str(&escape(self.ids.get(known.id)));
        }
        text.push('\n');
        let digest = xxh3_128(text.as_bytes());
        text.push_str(&format!("end\t{digest:032x}\n"));
        text.into_bytes()
    }

    /// Reads what [`State::to_bytes`] wrote.
    ///
    /// # Errors
    /// The bytes are not exactly those that were written, or another version wrote them.
    pub fn parse(bytes: &[u8]) -> Result<Self, StateError> {
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
        if digest != format!("{:032x}", xxh3_128(body)).as_bytes() {
            return Err(Kind::Changed.into());
        }
        let body = std::str::from_utf8(body).map_err(|_| Kind::Changed)?;
        let body = body.strip_suffix('\n').unwrap_or(body);
        Reader::default().read(body)
    }
}

/// The sections of a state, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Section {
    #[default]
    Head,
    Run,
    Given,
    Past,
    Ids,
    Records,
}

type Fields<'a> = Split<'a, char>;

/// Reads lines into a state.
#[derive(Default)]
struct Reader<'a> {
    section: Section,
    state: State,
    /// What became of ids, with the ids as written: they may come later.
    fates: Vec<(usize, u32, u64, Vec<&'a str>)>,
}

impl<'a> Reader<'a> {
    fn read(mut self, body: &'a str) -> Result<State, StateError> {
        let lines = body
            .as_bytes()
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        self.state.records = Vec::with_capacity(lines);
        self.state.keys = Texts::with_capacity(lines, 0);
        for (index, line) in body.split('\n').enumerate().skip(1) {
            self.line(line, index + 1).map_err(|what| Kind::Line {
                line: index + 1,
                what,
            })?;
        }
        if self.section < Section::Given {
            return Err(Kind::Line {
                line: 2,
                what: "the run or the count of ids is missing",
            }
            .into());
        }
        self.retire()?;
        self.state.records.shrink_to_fit();
        Ok(self.state)
    }

    fn line(&mut self, line: &'a str, number: usize) -> Result<(), &'static str> {
        let mut fields = line.split('\t');
        let (section, is_single) = match fields.next() {
            Some("run") => (Section::Run, true),
            Some("given") => (Section::Given, true),
            Some("past") => (Section::Past, false),
            Some("id") => (Section::Ids, false),
            Some("record") => (Section::Records, false),
            _ => return Err("its first word is unknown"),
        };
        if section < self.section || is_single && section == self.section {
            return Err("it stands in the wrong place");
        }
        if section == Section::Records && self.section < Section::Records {
            self.retire()
                .map_err(|_| "an id above says what is not so")?;
        }
        self.section = section;
        match section {
            Section::Head => {}
            Section::Run => {
                self.state.run = count(&mut fields)?;
                self.state.label = text(&mut fields)?.into_owned();
            }
            Section::Given => self.state.given = count(&mut fields)?,
            Section::Past => {
                let run = count(&mut fields)?;
                let last = self.state.past.last_key_value();
                if last.is_some_and(|(last, _)| *last >= run) || run >= self.state.run {
                    return Err("the runs are out of order");
                }
                let label = text(&mut fields)?.into_owned();
                self.state.past.insert(run, label);
            }
            Section::Ids => self.id(&mut fields, number)?,
            Section::Records => self.record(&mut fields)?,
        }
        match fields.next() {
            None => Ok(()),
            Some(_) => Err("it has too many fields"),
        }
    }

    fn id(&mut self, fields: &mut Fields<'a>, line: usize) -> Result<(), &'static str> {
        let id = self.state.ids.add(&text(fields)?);
        let id = id.ok_or("the id stands there already")?;
        let Some(word) = fields.next() else {
            return Ok(());
        };
        let run = count(fields)?;
        if run != self.state.run && !self.state.past.contains_key(&run) {
            return Err("the run is unknown");
        }
        let into: Vec<&str> = fields.by_ref().collect();
        let fits = match word {
            "gone" => into.is_empty(),
            "merged" => into.len() == 1,
            "split" => into.len() > 1,
            _ => false,
        };
        if !fits {
            return Err("what became of the id is not understood");
        }
        self.fates.push((line, id, run, into));
        Ok(())
    }

    fn record(&mut self, fields: &mut Fields<'a>) -> Result<(), &'static str> {
        let (source, key, id) = (text(fields)?, text(fields)?, text(fields)?);
        let State {
            sources,
            records,
            keys,
            ids,
            retired,
            ..
        } = &mut self.state;
        let id = ids.find(&id).ok_or("the id is unknown")?;
        if retired.get(&id).is_some_and(|fate| !fate.is_gone()) {
            return Err("the id is not in use");
        }
        match sources.last() {
            Some(last) if *last == source => {
                let before = records.len().checked_sub(1).map(|place| keys.get(place));
                if before.is_some_and(|before| before >= &*key) {
                    return Err("the records are out of order");
                }
            }
            Some(last) if **last > *source => return Err("the records are out of order"),
            _ => sources.push(source.into_owned()),
        }
        keys.push(&key);
        let source = sources.len() as u32 - 1;
        records.push(Known { source, id });
        Ok(())
    }

    /// Finds the ids that others became.
    fn retire(&mut self) -> Result<(), Kind> {
        let State { ids, retired, .. } = &mut self.state;
        let mut fates: BTreeMap<u32, Fate> = BTreeMap::new();
        for (line, id, run, into) in self.fates.drain(..) {
            let what = "an id that it names is unknown";
            let find = |written: &&str| find(ids, written).filter(|other| *other != id);
            let into: Option<Vec<u32>> = into.iter().map(find).collect();
            let into = into.ok_or(Kind::Line { line, what })?;
            fates.insert(id, Fate { run, into });
        }
        retired.append(&mut fates);
        Ok(())
    }
}

fn find(ids: &Ids, written: &str) -> Option<u32> {
    ids.find(&unescape(written).ok()?)
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
    unescape(fields.next().ok_or("a field is missing")?)
}

fn escape(text: &str) -> Cow<'_, str> {
    let is_special = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b'\\');
    if !text.bytes().any(is_special) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\t' => escaped.push_str("\\t"),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\\' => escaped.push_str("\\\\"),
            c => escaped.push(c),
        }
    }
    Cow::Owned(escaped)
}

fn unescape(text: &str) -> Result<Cow<'_, str>, &'static str> {
    if !text.contains('\\') {
        return Ok(Cow::Borrowed(text));
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match (c, c == '\\') {
            (c, false) => c,
            (_, true) => match chars.next() {
                Some('t') => '\t',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('\\') => '\\',
                _ => {
                    return Err(
                        "a backslash stands before something else than `t`, `n`, `r` or `\\`",
                    );
                }
            },
        });
    }
    Ok(Cow::Owned(plain))
}
