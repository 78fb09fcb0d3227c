//! People who were erased, and whom an old export must not bring back.
//!
//! The list holds no personal data: of each record its source and key, and of each e-mail address, telephone number and UUID its value,
//! as an HMAC-SHA-256 under a key that lies beside the list. Both are in `.onefold` in the output folder, for their owner alone. Whoever has
//! both can try values out; whoever has the list alone learns nothing.
//!
//! One of the two without the other is an error. The first list has a new key, and the two cannot appear at once. So the key comes first,
//! under another name, then the list, and then the key in its place: after a crash, both count or neither does.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::array::{AsArray, BooleanArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use hmac::{Hmac, KeyInit, Mac};
use onefold_read::Reject;
use onefold_spec::model::{Source, Type};
use onefold_write::durable::{self, Access};
use sha2::Sha256;

use crate::error::{Error, Kind};
use crate::mentions::{Mentions, Wanted};

const LIST: &str = ".onefold/suppressed";
const KEY: &str = ".onefold/suppression.key";
/// The key of a first list that is being saved.
const NEW_KEY: &str = ".onefold/suppression.key.new";
const HEAD: &str = "onefold suppressed people\t1\n";

/// Half of a SHA-256, which is plenty for telling people apart.
type Mark = [u8; 16];

/// The people who were erased from the runs in an output folder.
#[derive(Clone)]
pub(crate) struct Suppression {
    key: [u8; 32],
    marks: BTreeSet<Mark>,
}

impl Suppression {
    /// The list of an output folder; `None` where nobody was erased.
    pub(crate) fn load(output_dir: &Path) -> Result<Option<Self>, Error> {
        let path = output_dir.join(LIST);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            // A key without a list: somebody has removed the list.
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound
                    && !output_dir.join(KEY).exists() =>
            {
                return Ok(None);
            }
            Err(error) => return Err(unusable(&path, &error)),
        };
        let key_path = output_dir.join(KEY);
        let key = match std::fs::read_to_string(&key_path) {
            // The end of the list tells whether it is the right one.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let new = std::fs::read_to_string(output_dir.join(NEW_KEY));
                new.map_err(|_| unusable(&key_path, &error))?
            }
            key => key.map_err(|error| unusable(&key_path, &error))?,
        };
        let key = bytes(key.trim_end()).ok_or_else(|| unusable(&key_path, &"it is not a key"))?;
        let damaged = || unusable(&path, &"it is damaged");
        let body = text.strip_prefix(HEAD).ok_or_else(damaged)?;
        let (lines, end) = body
            .trim_end_matches('\n')
            .rsplit_once('\n')
            .unwrap_or(("", body.trim_end()));
        let marks: Option<BTreeSet<Mark>> = lines.lines().map(bytes).collect();
        let list = Self {
            key,
            marks: marks.ok_or_else(damaged)?,
        };
        match end == list.end() {
            true => Ok(Some(list)),
            false => Err(damaged()),
        }
    }

    /// The list of an output folder, or an empty one with a new key.
    pub(crate) fn load_or_new(output_dir: &Path) -> Result<Self, Error> {
        if let Some(list) = Self::load(output_dir)? {
            return Ok(list);
        }
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(Error::internal)?;
        Ok(Self {
            key,
            marks: BTreeSet::new(),
        })
    }

    /// Saves it, whole or not at all.
    pub(crate) fn save(&self, output_dir: &Path) -> Result<(), Error> {
        let mut text = HEAD.to_owned();
        for mark in &self.marks {
            text += &hex::encode(mark);
            text.push('\n');
        }
        text += &self.end();
        text.push('\n');
        let [list, key, new_key] = [LIST, KEY, NEW_KEY].map(|name| output_dir.join(name));
        if key.exists() {
            return put(&list, &text);
        }
        let own_key = format!("{}\n", hex::encode(self.key));
        put(&new_key, &own_key)?;
        put(&list, &text)?;
        put(&key, &own_key)?;
        // Where it stays, it is the same key.
        std::fs::remove_file(new_key).ok();
        Ok(())
    }

    /// The last line, by which a list is known to be whole.
    fn end(&self) -> String {
        let marks: Vec<u8> = self.marks.iter().flatten().copied().collect();
        let end = self.mark(&["end", &hex::encode(marks)]);
        format!("end\t{}", hex::encode(end))
    }

    /// Adds a record of a source of a pipeline.
    pub(crate) fn add_record(&mut self, pipeline: &str, source: &str, key: &str) {
        let mark = self.mark(&["record", pipeline, source, key]);
        self.marks.insert(mark);
    }

    pub(crate) fn add_value(&mut self, value: &str) {
        let mark = self.mark(&["value", value]);
        self.marks.insert(mark);
    }

    /// Whether a record is one of a person on the list.
    pub(crate) fn has_record(&self, pipeline: &str, source: &str, key: &str) -> bool {
        let mark = self.mark(&["record", pipeline, source, key]);
        self.marks.contains(&mark)
    }

    fn has_value(&self, value: &str) -> bool {
        self.marks.contains(&self.mark(&["value", value]))
    }

    fn mark(&self, parts: &[&str]) -> Mark {
        let mut mark = Mark::default();
        // Any key has a length that HMAC takes.
        if let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(&self.key) {
            for part in parts {
                hmac.update(&(part.len() as u64).to_le_bytes());
                hmac.update(part.as_bytes());
            }
            let whole = hmac.finalize().into_bytes();
            mark.copy_from_slice(&whole[..16]);
        }
        mark
    }

    /// What of it concerns a source.
    pub(crate) fn of_source<'s>(
        &'s self,
        pipeline: &'s str,
        source: &'s Source,
        schema: &Schema,
    ) -> SourceFilter<'s> {
        let identifying = identifying(source);
        let column = |name: &&str| schema.index_of(name).ok();
        SourceFilter {
            list: self,
            pipeline,
            source: &source.name.value,
            key: source
                .key
                .as_ref()
                .and_then(|key| schema.index_of(key).ok()),
            values: identifying.iter().filter_map(column).collect(),
            mentions: Mentions::of(source),
        }
    }
}

/// A lock that is held while somebody is erased, so that two people who erase at the same time do not undo each other's work.
pub(crate) fn lock(output_dir: &Path) -> Result<std::fs::File, Error> {
    let path = output_dir.join(".onefold/erase.lock");
    let failed = |error: std::io::Error| {
        let message = format!("could not lock `{}`: {error}", path.display());
        Error::new(Kind::Resources, message)
    };
    let mut options = std::fs::OpenOptions::new();
    let options = options.create(true).truncate(false).write(true);
    let file = options.open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            let message = "somebody else is being erased from the runs in this folder";
            Err(Error::new(Kind::Configuration, message).hint("try again in a moment"))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// The fields of a source whose values identify a person wherever they stand.
pub(crate) fn identifying(source: &Source) -> Vec<&str> {
    let fields = source.fields.iter().flatten();
    let identify =
        fields.filter(|field| matches!(field.ty, Type::Email | Type::Phone { .. } | Type::Uuid));
    identify.map(|field| field.name.as_str()).collect()
}

/// Finds the records of a source that are of people on the list.
pub(crate) struct SourceFilter<'s> {
    list: &'s Suppression,
    pipeline: &'s str,
    source: &'s str,
    key: Option<usize>,
    values: Vec<usize>,
    mentions: Mentions<'s>,
}

impl SourceFilter<'_> {
    /// Which rows stay; `None`: all.
    pub(crate) fn staying(&self, batch: &RecordBatch) -> Result<Option<BooleanArray>, Error> {
        let mut stay = vec![true; batch.num_rows()];
        let columns = self.key.iter().map(|column| (*column, true));
        for (column, is_key) in columns.chain(self.values.iter().map(|column| (*column, false))) {
            let texts = cast(batch.column(column), &DataType::Utf8View)?;
            for (stays, text) in stay.iter_mut().zip(texts.as_string_view()) {
                let is_listed = text.is_some_and(|text| match is_key {
                    true => self.list.has_record(self.pipeline, self.source, text),
                    false => self.list.has_value(text),
                });
                *stays &= !is_listed;
            }
        }
        let goes = stay.iter().any(|stays| !stays);
        Ok(goes.then(|| BooleanArray::from(stay)))
    }

    /// Whether a rejected record is of nobody on the list, as far as its fields and its text as they stand in the file tell.
    pub(crate) fn is_free(&self, reject: &Reject, fields: &[String]) -> bool {
        let cells = fields.iter().zip(&reject.fields);
        let cells = cells.filter_map(|(name, value)| Some((name.as_str(), value.as_deref()?)));
        !self.mentions.is_of(self, cells, &reject.raw)
    }
}

impl Wanted for SourceFilter<'_> {
    fn has_value(&self, value: &str) -> bool {
        self.list.has_value(value)
    }

    fn has_key(&self, key: &str) -> bool {
        self.list.has_record(self.pipeline, self.source, key)
    }
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> Error {
    let message = format!(
        "cannot use the list of erased people: `{}`: {why}",
        path.display()
    );
    let error = Error::new(Kind::Unreadable, message);
    error.hint("restore both files from a backup; without them, erased people would come back")
}

fn put(path: &Path, text: &str) -> Result<(), Error> {
    let failed = |error: std::io::Error| {
        let message = format!("could not write `{}`: {error}", path.display());
        Error::new(Kind::Resources, message)
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    durable::replace(path, text.as_bytes(), Access::Private).map_err(failed)
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> Suppression {
        let mut list = Suppression {
            key: [7; 32],
            marks: BTreeSet::new(),
        };
        list.add_record("p", "crm", "C1");
        list.add_value("ann@example.org");
        list
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Suppression::load(folder.path()).expect("none").is_none());
        list().save(folder.path()).expect("saved");
        let loaded = Suppression::load(folder.path())
            .expect("usable")
            .expect("a list");
        assert!(loaded.has_record("p", "crm", "C1") && loaded.has_value("ann@example.org"));
        assert!(
            !loaded.has_record("p", "shop", "C1")
                && !loaded.has_record("q", "crm", "C1")
                && !loaded.has_value("C1")
        );
        let text = std::fs::read_to_string(folder.path().join(LIST)).expect("text");
        assert!(!text.contains("ann") && !text.contains("C1"));
    }

    #[test]
    fn a_first_list_that_was_saved_by_half_counts_or_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        list().save(folder.path()).expect("saved");
        let [whole, key, new_key] = [LIST, KEY, NEW_KEY].map(|name| folder.path().join(name));
        assert!(key.exists() && !new_key.exists());
        // Before the key was in its place.
        std::fs::rename(&key, &new_key).expect("moved");
        let loaded = Suppression::load(folder.path()).expect("usable");
        let loaded = loaded.expect("a list");
        assert!(loaded.has_record("p", "crm", "C1"));
        loaded.save(folder.path()).expect("saved");
        assert!(key.exists() && !new_key.exists());
        // Before the list was there.
        std::fs::rename(&key, &new_key).expect("moved");
        std::fs::remove_file(&whole).expect("removed");
        assert!(Suppression::load(folder.path()).expect("none").is_none());
        // A key of another list is not one of this list.
        list().save(folder.path()).expect("saved");
        std::fs::remove_file(&key).expect("removed");
        std::fs::write(&new_key, format!("{}\n", hex::encode([8; 32]))).expect("written");
        assert!(Suppression::load(folder.path()).is_err());
    }

    #[test]
    fn a_damaged_list_is_no_empty_list() {
        let folder = tempfile::tempdir().expect("a folder");
        list().save(folder.path()).expect("saved");
        let path = folder.path().join(LIST);
        let text = std::fs::read_to_string(&path).expect("text");
        for cut in 0..text.len() - 1 {
            std::fs::write(&path, &text[..cut]).expect("written");
            assert!(Suppression::load(folder.path()).is_err(), "cut at {cut}");
        }
        std::fs::write(&path, &text).expect("written");
        std::fs::remove_file(&path).expect("removed");
        assert!(
            Suppression::load(folder.path()).is_err(),
            "a key without a list"
        );
        std::fs::write(&path, &text).expect("written");
        std::fs::remove_file(folder.path().join(KEY)).expect("removed");
        assert!(Suppression::load(folder.path()).is_err(), "without its key");
    }
}
