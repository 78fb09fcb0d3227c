//! The lines of ids and of their records, as they are written.
//!
//! They lie in parts of some thousand ids each. A part in which nothing changes from run to run is taken over as it is.

use std::borrow::Cow;
use std::ops::{Deref, Range};
use std::sync::Arc;

use super::error::Kind;
use super::escape::{escape, unescape};

/// Ids of a new part.
pub(super) const PART_IDS: usize = 4096;

/// Lines of ids, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    parts: Vec<Arc<Part>>,
    /// By part: the number of its first id.
    firsts: Vec<u32>,
    ids: u32,
}

/// The text of a part.
#[derive(Debug, Default)]
struct Text {
    /// A stretch of a text that is shared with other parts, which all keep it alive. It is copied when something is added.
    shared: Option<(Arc<String>, Range<usize>)>,
    own: String,
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.shared {
            Some((text, range)) => text.get(range.clone()).unwrap_or_default(),
            None => &self.own,
        }
    }
}

impl Text {
    /// The text, to be added to.
    fn own(&mut self) -> &mut String {
        if self.shared.is_some() {
            self.own = self.to_string();
            self.shared = None;
        }
        &mut self.own
    }
}

/// Lines of some ids, each with those of its records after it.
#[derive(Debug, Default)]
pub(super) struct Part {
    text: Text,
    /// Whether no key needs to be unescaped. It may be false without need.
    is_plain: bool,
    ids: Vec<Id>,
    records: Vec<Record>,
}

#[derive(Debug, Clone, Copy)]
struct Id {
    /// Where its line starts.
    start: u32,
    /// Where its records start among those of the part.
    records: u32,
}

#[derive(Debug, Clone, Copy)]
struct Record {
    source: u32,
    /// Where its key starts in the text, and where it ends.
    key: u32,
    end: u32,
}

impl Lines {
    pub(super) fn push(&mut self, part: Arc<Part>) {
        self.firsts.push(self.ids);
        self.ids += part.id_count() as u32;
        self.parts.push(part);
    }

    pub(super) fn parts(&self) -> &[Arc<Part>] {
        &self.parts
    }

    /// The parts, each with the number of its first id.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (u32, &Arc<Part>)> {
        self.firsts.iter().copied().zip(&self.parts)
    }

    pub(super) fn record_count(&self) -> usize {
        self.parts.iter().map(|part| part.record_count()).sum()
    }

    /// By id: how many records it has.
    pub(super) fn sizes(&self) -> Vec<u32> {
        let parts = self.parts.iter();
        let sizes = parts.flat_map(|part| (0..part.id_count()).map(|id| part.of(id).len() as u32));
        sizes.collect()
    }

    /// The part with an id, and the number of the id in it.
    pub(super) fn find(&self, id: u32) -> Option<(&Part, usize)> {
        let after = self.firsts.partition_point(|first| *first <= id);
        let at = after.checked_sub(1)?;
        Some((self.parts.get(at)?, (id - self.firsts.get(at)?) as usize))
    }

    /// Which of so many sources have records.
    pub(super) fn used(&self, sources: usize) -> Vec<bool> {
        let mut is_used = vec![false; sources];
        for record in self.parts.iter().flat_map(|part| &part.records) {
            if let Some(is_used) = is_used.get_mut(record.source as usize) {
                *is_used = true;
            }
        }
        is_used
    }
}

impl PartialEq for Lines {
    /// Parts may be divided otherwise. For tests: it joins all texts.
    fn eq(&self, other: &Self) -> bool {
        let bytes = |lines: &Self| {
            lines
                .parts
                .iter()
                .map(|part| part.text.len())
                .sum::<usize>()
        };
        let texts = |lines: &Self| -> String { lines.parts.iter().map(|p| p.text()).collect() };
        bytes(self) == bytes(other) && texts(self) == texts(other)
    }
}

impl Part {
    /// An empty part with room for so many ids, records, and bytes.
    pub(super) fn with_room(ids: usize, records: usize, bytes: usize) -> Self {
        Self {
            text: Text {
                shared: None,
                own: String::with_capacity(bytes),
            },
            is_plain: true,
            ids: Vec::with_capacity(ids),
            records: Vec::with_capacity(records),
        }
    }

    /// An empty part with room for about as much as another has.
    pub(super) fn like(other: &Self) -> Self {
        let bytes = other.text.len() + other.text.len() / 16;
        Self::with_room(other.ids.len(), other.records.len(), bytes)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn id_count(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn record_count(&self) -> usize {
        self.records.len()
    }

    /// The records of an id.
    pub(super) fn of(&self, id: usize) -> Range<usize> {
        let start = |id: usize| self.ids.get(id).map(|id| id.records as usize);
        let end = start(id + 1).unwrap_or(self.records.len());
        start(id).unwrap_or(end)..end
    }

    /// By record: its id, where `first` is that of the part.
    pub(super) fn record_ids(&self, first: u32) -> impl Iterator<Item = u32> {
        let ids = (first..).zip((0..self.id_count()).map(|id| self.of(id)));
        ids.flat_map(|(id, of)| of.map(move |_| id))
    }

    /// Source and key of a record.
    pub(super) fn record(&self, record: usize) -> (u32, Cow<'_, str>) {
        let (source, written) = self.written(record);
        let key = match self.is_plain {
            true => Ok(Cow::Borrowed(written)),
            false => unescape(written),
        };
        (source, key.unwrap_or(Cow::Borrowed(written)))
    }

    /// Source and key of a record, the key as it is written.
    fn written(&self, record: usize) -> (u32, &str) {
        let Some(record) = self.records.get(record) else {
            return (0, "");
        };
        let key = self.text.get(record.key as usize..record.end as usize);
        (record.source, key.unwrap_or_default())
    }

    /// The lines of an id.
    fn lines(&self, id: usize) -> &str {
        let start = |id: usize| self.ids.get(id).map(|id| id.start as usize);
        let end = start(id + 1).unwrap_or(self.text.len());
        let lines = self.text.get(start(id).unwrap_or(end)..end);
        lines.unwrap_or_default()
    }

    /// Begins the lines of the next id; `rest` is what stands after the word `id`.
    pub(super) fn id(&mut self, rest: &str) -> Result<(), Kind> {
        let (start, records) = (self.end()?, self.records.len() as u32);
        self.ids.push(Id { start, records });
        self.text.own().push_str("id\t");
        self.text.own().push_str(rest);
        self.text.own().push('\n');
        Ok(())
    }

    /// Adds a record of the last id.
    pub(super) fn push(&mut self, source: u32, key: &str) -> Result<(), Kind> {
        let key = escape(key);
        self.is_plain &= matches!(key, Cow::Borrowed(_));
        self.push_written(source, &key)
    }

    fn push_written(&mut self, source: u32, key: &str) -> Result<(), Kind> {
        self.text.own().push_str(itoa::Buffer::new().format(source));
        self.text.own().push('\t');
        let start = self.end()?;
        self.text.own().push_str(key);
        let (key, end) = (start, self.end()?);
        self.records.push(Record { source, key, end });
        self.text.own().push('\n');
        Ok(())
    }

    /// Adds a record of the last id whose line has been added to the text: where its key is.
    pub(super) fn push_line(&mut self, source: u32, key: Range<usize>) -> Result<(), Kind> {
        let (key, end) = (place(key.start)?, place(key.end)?);
        self.records.push(Record { source, key, end });
        Ok(())
    }

    /// Begins the lines of the next id, of which the first has been added to the text.
    pub(super) fn id_line(&mut self, start: usize) -> Result<(), Kind> {
        let (start, records) = (place(start)?, self.records.len() as u32);
        self.ids.push(Id { start, records });
        Ok(())
    }

    /// Adds the lines of an id of another part.
    pub(super) fn copy(&mut self, from: &Self, id: usize) -> Result<(), Kind> {
        let (start, records) = (self.end()?, self.records.len() as u32);
        let start_there = from.ids.get(id).map_or(0, |id| id.start);
        self.text.own().push_str(from.lines(id));
        self.is_plain &= from.is_plain;
        self.end()?;
        self.ids.push(Id { start, records });
        let copied = from.records.get(from.of(id)).unwrap_or_default();
        self.records.extend(copied.iter().map(|record| Record {
            key: record.key - start_there + start,
            end: record.end - start_there + start,
            ..*record
        }));
        Ok(())
    }

    /// Adds records of an id of another part, with other numbers for their sources.
    pub(super) fn copy_records(
        &mut self,
        from: &Self,
        records: impl Iterator<Item = usize>,
        number: impl Fn(u32) -> u32,
    ) -> Result<(), Kind> {
        self.is_plain &= from.is_plain;
        for record in records {
            let (source, key) = from.written(record);
            self.push_written(number(source), key)?;
        }
        Ok(())
    }

    /// The lines with some of their records only, and other numbers for their sources.
    pub(super) fn select(
        &self,
        is_kept: impl Fn(usize) -> bool,
        number: impl Fn(u32) -> u32,
    ) -> Result<Self, Kind> {
        let mut part = Self::with_room(self.ids.len(), self.records.len(), self.text.len());
        for id in 0..self.id_count() {
            let line = self.lines(id).split('\n').next().unwrap_or_default();
            part.id(line.strip_prefix("id\t").unwrap_or(line))?;
            part.copy_records(self, self.of(id).filter(|record| is_kept(*record)), &number)?;
        }
        Ok(part)
    }

    /// A part with a stretch of a text; `id_line` and `push_line` then say where its lines are.
    pub(super) fn of_text(text: &Arc<String>, range: Range<usize>) -> Self {
        let mut part = Self::with_room(0, range.len() / 20, 0);
        part.text.shared = Some((Arc::clone(text), range));
        part.is_plain = !part.text.contains('\\');
        part
    }

    fn end(&self) -> Result<u32, Kind> {
        place(self.text.len())
    }
}

/// A place in the text of a part.
fn place(place: usize) -> Result<u32, Kind> {
    u32::try_from(place).map_err(|_| Kind::TooMany)
}
