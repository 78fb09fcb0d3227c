//! Files that people give to the page: taken into the folder `uploads` of the project, looked at, and drafted into a pipeline.
//!
//! Each set of files has a folder of its own, named by an id; the names of the files are made from the given ones
//! ([`name`]). What was given and chosen is kept in the folder too, in a hidden file, so that an address leads to the same after a restart.
//! One thread looks at one file after another ([`look`]), so that neither the server waits nor the memory grows with their number.

mod batch;
mod look;
mod name;
mod part;
mod seen;
mod shared;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

pub(crate) use batch::{Batch, Chosen, ChosenColumn, MOST_FILES, Outcome, Refused, Stored};
pub(crate) use name::{on_disk, shown};
pub(crate) use part::{Part, Piece};
pub(crate) use seen::{Column, Seen};
use shared::{Known, Shared};

use crate::private;

/// Folder of the files, in the folder that input paths start from.
const FOLDER: &str = "uploads";
/// What was given and chosen; hidden, so that no pattern takes it for data.
const MANIFEST: &str = ".onefold.json";
/// Most refusals that are remembered.
const MOST_REFUSED: usize = 100;
/// Digits of the id of a set.
const DIGITS: usize = 12;

/// Files that people have given.
#[derive(Debug)]
pub(crate) struct Uploads {
    shared: Arc<Shared>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    files: Vec<Stored>,
    refused: Vec<Refused>,
    chosen: Vec<Chosen>,
}

/// Why files that have arrived are not kept.
#[derive(Debug)]
pub(crate) enum Unkept {
    /// They are too large beside those of the set, which have so many bytes.
    TooLarge(u64),
    Disk(io::Error),
}

impl From<io::Error> for Unkept {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// Gives files that have arrived their places, and adds them to a set.
fn place(batch: &mut Batch, folder: &Path, parts: Vec<(String, Part)>) -> io::Result<()> {
    for (given, part) in parts {
        let wanted = on_disk(&given);
        let numbered = (2..10_000).map(|number| name::numbered(&wanted, number));
        let mut names = std::iter::once(wanted.clone()).chain(numbered);
        let is_free = |name: &String| folder.join(name).symlink_metadata().is_err();
        let free = names.find(is_free);
        let free = free.ok_or_else(|| io::Error::from(io::ErrorKind::AlreadyExists))?;
        let bytes = part.keep(&folder.join(&free))?;
        batch.files.push(Stored {
            given: shown(&given),
            path: format!("{FOLDER}/{}/{free}", batch.id),
            bytes,
            outcome: Outcome::Waiting,
        });
    }
    Ok(())
}

impl Uploads {
    /// Of a project: the folder that its input paths start from, and that of its outputs.
    pub(crate) fn new(base: PathBuf, results: PathBuf) -> Self {
        part::remove_broken_off(&base.join(FOLDER));
        Self {
            shared: Arc::new(Shared::new(base, results)),
        }
    }

    /// An id for a new set.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(crate) fn new_id() -> io::Result<String> {
        private::random::<{ DIGITS / 2 }>()
    }

    /// The folder of a set.
    pub(crate) fn folder(&self, id: &str) -> PathBuf {
        self.shared.base.join(FOLDER).join(id)
    }

    /// A set by its id, as far as it has been looked at.
    pub(crate) fn batch(&self, id: &str) -> Option<Batch> {
        let mut known = self.shared.lock();
        let at = self.position(&mut known, id)?;
        let batch = known.batches.get(at).cloned();
        self.wake(known);
        batch
    }

    /// Has a set looked at, and waits until that is done, but not longer than this.
    pub(crate) fn wait(&self, id: &str, most: Duration) {
        let until = Instant::now() + most;
        let mut known = self.shared.lock();
        self.position(&mut known, id);
        self.wake(known);
        let mut known = self.shared.lock();
        let is_busy = |known: &Known| known.batches.iter().any(|b| b.id == id && b.is_busy());
        while is_busy(&known) {
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return;
            };
            let waited = self.shared.changed.wait_timeout(known, left);
            known = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Forgets what was found in files; it is found again when somebody asks for it.
    pub(crate) fn forget(&self) {
        self.shared.forget();
    }

    /// Adds files that have arrived to a set, which is made where there is none of the id, and notes what was not taken.
    ///
    /// # Errors
    /// The files of the set would be larger than the most that is allowed, or one cannot be given its place. None of them is then kept.
    pub(crate) fn add(
        &self,
        id: &str,
        mut parts: Vec<(String, Part)>,
        mut refused: Vec<Refused>,
        most: u64,
    ) -> Result<(), Unkept> {
        let folder = self.folder(id);
        private::folder(&folder)?;
        self.keep_out_of_git();
        let mut known = self.shared.lock();
        let at = match self.position(&mut known, id) {
            Some(at) => at,
            None => {
                let batch = Batch {
                    id: id.to_owned(),
                    ..Batch::default()
                };
                known.insert(batch);
                0
            }
        };
        let Some(batch) = known.batches.get_mut(at) else {
            return Ok(());
        };
        // Others may have been added to the set while these came.
        let room = MOST_FILES.saturating_sub(batch.files.len());
        for (given, _) in parts.drain(room.min(parts.len())..) {
            refused.push(Refused::too_many(&given));
        }
        let come: u64 = parts.iter().map(|(_, part)| part.bytes).sum();
        if batch.bytes().saturating_add(come) > most {
            return Err(Unkept::TooLarge(batch.bytes()));
        }
        let before = (batch.files.len(), batch.refused.clone());
        let placed = place(batch, &folder, parts);
        batch.refused.extend(refused);
        batch.refused.truncate(MOST_REFUSED);
        if let Err(error) = placed.and_then(|()| self.keep(batch)) {
            for file in batch.files.drain(before.0..) {
                std::fs::remove_file(self.shared.base.join(&file.path)).ok();
            }
            // The folder stays if anything else is in it.
            std::fs::remove_dir(&folder).ok();
            batch.refused = before.1;
            return Err(Unkept::Disk(error));
        }
        batch.is_stale = true;
        self.wake(known);
        Ok(())
    }

    /// Takes a file out of a set, and removes it.
    ///
    /// # Errors
    /// It cannot be removed.
    pub(crate) fn remove(&self, id: &str, path: &str) -> io::Result<()> {
        self.change(id, |batch| {
            let Some(at) = batch.files.iter().position(|file| file.path == path) else {
                return Ok(());
            };
            private::leads_nowhere_else(&self.shared.base, path)?;
            match std::fs::remove_file(self.shared.base.join(path)) {
                // Somebody has removed it already.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
            batch.files.remove(at);
            // Another file of the same name is judged by what is in it.
            let is_gone = |source: &Seen| source.files.iter().all(|file| file == path);
            let gone = batch.sources.iter().filter(|source| is_gone(source));
            let gone: Vec<String> = gone.map(|source| source.path.clone()).collect();
            batch.chosen.retain(|chosen| !gone.contains(&chosen.path));
            batch.sources.clear();
            batch.draft = None;
            Ok(())
        })
    }

    /// Forgets what was not taken.
    ///
    /// # Errors
    /// The manifest cannot be written.
    pub(crate) fn dismiss(&self, id: &str) -> io::Result<()> {
        self.change(id, |batch| {
            batch.refused.clear();
            Ok(())
        })
    }

    /// Keeps what somebody has chosen, and drafts anew.
    ///
    /// # Errors
    /// The manifest cannot be written.
    pub(crate) fn choose(&self, id: &str, chosen: Vec<Chosen>) -> io::Result<()> {
        self.change(id, |batch| {
            let is_other = |known: &Chosen| chosen.iter().all(|new| new.path != known.path);
            batch.chosen.retain(is_other);
            batch.chosen.extend(chosen);
            Ok(())
        })
    }

    /// Sets whose files lie in the folder, by their ids, and what their files are called. The one that was changed last comes first.
    pub(crate) fn all(&self) -> Vec<(String, Vec<String>)> {
        let entries = std::fs::read_dir(self.shared.base.join(FOLDER));
        let ids = entries.into_iter().flatten().flatten();
        let ids = ids.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let known = ids.filter_map(|id| {
            let manifest = self.manifest(&id)?;
            let changed = std::fs::metadata(self.folder(&id).join(MANIFEST)).ok()?;
            let names = manifest.files.into_iter().map(|file| file.given).collect();
            Some((changed.modified().ok(), id, names))
        });
        let mut known: Vec<(_, String, Vec<String>)> = known.collect();
        known.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        known
            .into_iter()
            .map(|(_, id, names)| (id, names))
            .collect()
    }

    fn change(
        &self,
        id: &str,
        change: impl FnOnce(&mut Batch) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut known = self.shared.lock();
        let Some(at) = self.position(&mut known, id) else {
            return Ok(());
        };
        let Some(batch) = known.batches.get_mut(at) else {
            return Ok(());
        };
        change(batch)?;
        batch.is_stale = true;
        let kept = self.keep(batch);
        self.wake(known);
        kept
    }

    /// Where a set is among those that are known, after its manifest was read if need be. A draft is stale whose folder of outputs a run has
    /// filled since.
    fn position(&self, known: &mut Known, id: &str) -> Option<usize> {
        let at = known.batches.iter().position(|batch| batch.id == id);
        if let Some(batch) = at.and_then(|at| known.batches.get_mut(at)) {
            let draft = batch.draft.as_ref();
            batch.is_stale |= draft.is_some_and(|draft| self.shared.is_taken(&draft.folder));
            return at;
        }
        let manifest = self.manifest(id)?;
        let batch = Batch {
            id: id.to_owned(),
            files: manifest.files,
            refused: manifest.refused,
            chosen: manifest.chosen,
            is_stale: true,
            ..Batch::default()
        };
        known.insert(batch);
        Some(0)
    }

    fn manifest(&self, id: &str) -> Option<Manifest> {
        let is_id = id.len() == DIGITS && id.bytes().all(|b| b.is_ascii_hexdigit());
        if !is_id {
            return None;
        }
        let place = format!("{FOLDER}/{id}/{MANIFEST}");
        private::leads_nowhere_else(&self.shared.base, &place).ok()?;
        let text = std::fs::read_to_string(self.shared.base.join(place)).ok()?;
        let manifest: Manifest = serde_json::from_str(&text).ok()?;
        // Whoever wrote something else into it does not lead the page elsewhere.
        let start = format!("{FOLDER}/{id}/");
        let is_here = |file: &Stored| {
            let name = file.path.strip_prefix(&start);
            let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
            name.is_some_and(|name| !name.starts_with('.') && name.chars().all(is_plain))
        };
        Some(Manifest {
            files: manifest.files.into_iter().filter(is_here).collect(),
            ..manifest
        })
    }

    fn keep(&self, batch: &Batch) -> io::Result<()> {
        let manifest = Manifest {
            files: batch.files.clone(),
            refused: batch.refused.clone(),
            chosen: batch.chosen.clone(),
        };
        let text = serde_json::to_vec(&manifest).map_err(io::Error::other)?;
        let folder = self.folder(&batch.id);
        private::leads_nowhere_else(&self.shared.base, &format!("{FOLDER}/{}", batch.id))?;
        let beside = folder.join(format!("{MANIFEST}.part"));
        std::fs::remove_file(&beside).ok();
        private::new_file(&beside)?.write_all(&text)?;
        std::fs::rename(&beside, folder.join(MANIFEST))
    }

    /// Nobody wants people's data in a repository by accident.
    fn keep_out_of_git(&self) {
        let path = self.shared.base.join(FOLDER).join(".gitignore");
        if let Ok(mut file) = std::fs::File::create_new(path) {
            // Without it, files are only not ignored.
            file.write_all(b"*\n").ok();
        }
    }

    /// Starts the thread that looks at files, where there is something to look at and none is at work.
    fn wake(&self, mut known: MutexGuard<'_, Known>) {
        if known.is_working || !known.batches.iter().any(Batch::is_busy) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("look".to_owned());
        let started = thread.spawn(move || look::all(&shared));
        known.is_working = started.is_ok();
    }
}
