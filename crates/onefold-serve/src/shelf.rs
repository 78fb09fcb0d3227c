//! What people have typed and an address leads to: conditions on tables, queries. It may hold personal values, so an address has only the
//! id under which it is kept.
//!
//! Each kind is kept in a file of its own, which only its owner can read, so that an address leads to the same after a restart. The same
//! thing has the same id.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::private;

/// Most things that are kept; of more, the older half goes away, and their addresses lead nowhere.
const MOST: usize = 10_000;
/// Bytes of a shelf, beyond which the same happens.
const MOST_BYTES: u64 = 16 << 20;

/// Things of one kind, by id.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    path: PathBuf,
    known: Mutex<Vec<Kept<T>>>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept<T> {
    id: String,
    what: T,
}

impl<T: Clone + PartialEq + Serialize + DeserializeOwned> Shelf<T> {
    /// Those that were kept beside the runs in an output folder, under the name of their kind.
    pub(crate) fn open(output_dir: &Path, kind: &str) -> Self {
        let path = output_dir.join(format!(".onefold/serve/{kind}.jsonl"));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // A line that is not understood leads nowhere; the others still do.
        let known = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        Self {
            known: Mutex::new(known.collect()),
            path,
        }
    }

    /// What is kept under an id.
    pub(crate) fn get(&self, id: &str) -> Option<T> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|kept| kept.id == id)?;
        Some(found.what.clone())
    }

    /// The last thing that was kept of which this is so.
    pub(crate) fn find(&self, is_it: impl Fn(&T) -> bool) -> Option<T> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().rev().find(|kept| is_it(&kept.what))?;
        Some(found.what.clone())
    }

    /// Forgets everything; the file is somebody else's to remove.
    pub(crate) fn clear(&self) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.clear();
    }

    /// The id of a thing, which is kept under it from now on.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn id(&self, what: &T) -> io::Result<String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.iter().find(|kept| kept.what == *what) {
            return Ok(found.id.clone());
        }
        let kept = Kept {
            id: private::id()?,
            what: what.clone(),
        };
        let id = kept.id.clone();
        let mut file = private_file(&self.path)?;
        file.write_all(line(&kept)?.as_bytes())?;
        known.push(kept);
        if known.len() > MOST || file.metadata()?.len() > MOST_BYTES {
            self.thin_out(&mut known)?;
        }
        Ok(id)
    }

    /// Forgets the older half. What was kept last stays, however large it is.
    fn thin_out(&self, known: &mut Vec<Kept<T>>) -> io::Result<()> {
        known.drain(..known.len() / 2);
        let lines: String = known.iter().map(line).collect::<io::Result<_>>()?;
        let beside = self.path.with_extension("new");
        let mut file = private_file(&beside)?;
        file.set_len(0)?;
        file.write_all(lines.as_bytes())?;
        std::fs::rename(&beside, &self.path)
    }
}

fn line<T: Serialize>(kept: &Kept<T>) -> io::Result<String> {
    let text = serde_json::to_string(kept).map_err(io::Error::other)?;
    Ok(text + "\n")
}

/// A file to add to, in a folder for the owner's eyes only.
fn private_file(path: &Path) -> io::Result<File> {
    private::folder(path.parent().unwrap_or(path))?;
    private::file_to_add_to(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_thing_has_the_same_id_after_a_restart() {
        let folder = tempfile::tempdir().expect("a folder");
        let oslo = vec![Some("Oslo".to_owned()), None];
        let shelf = Shelf::open(folder.path(), "values");
        let id = shelf.id(&oslo).expect("written");
        assert_eq!(shelf.id(&oslo).expect("known"), id);
        assert!(!id.contains("Oslo"));
        let again = Shelf::open(folder.path(), "values");
        assert_eq!(again.get(&id), Some(oslo.clone()));
        assert_eq!(again.id(&oslo).expect("known"), id);
        assert_eq!(again.get("0000"), None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = std::fs::metadata(&again.path).expect("a file");
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_shelf_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf::open(folder.path(), "queries");
        let first = shelf.id(&"first".to_owned()).expect("written");
        let long = "x".repeat(1 << 20);
        let ids: Vec<String> = (0..20)
            .map(|at| shelf.id(&format!("{at}{long}")).expect("written"))
            .collect();
        assert_eq!(shelf.get(&first), None);
        let again = Shelf::<String>::open(folder.path(), "queries");
        let size = std::fs::metadata(&again.path).expect("a file").len();
        assert!(size <= MOST_BYTES, "{size}");
        for shelf in [&shelf, &again] {
            let last = shelf.get(&ids[19]).expect("kept");
            assert!(last.starts_with("19x"));
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_is_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join(".onefold"))
            .expect("a link");
        let shelf = Shelf::open(folder.path(), "queries");
        assert!(shelf.id(&"SELECT 1".to_owned()).is_err());
        assert_eq!(
            std::fs::read_dir(elsewhere.path())
                .expect("a folder")
                .count(),
            0
        );
    }
}
