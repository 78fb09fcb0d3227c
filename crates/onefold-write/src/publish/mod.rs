//! All outputs of a run appear together, or none does.
//!
//! # Story
//! A run locks the output folder, settles what a killed run left, and writes its outputs as *staged* files under
//! `OUT/.onefold/staging/RUN_ID`, on the file system of their targets. [`Publication::commit`] then
//!
//! 1. makes sure that every staged file was finished, that is, written whole and synced;
//! 2. creates the folders of the targets and keeps each old file under a second name (a hard link, no copy);
//! 3. writes and syncs the *commit journal*, the list of all moves, and renames it to `OUT/.onefold/commit.journal`: **the commit point**;
//! 4. renames every staged file to its target and syncs the folders;
//! 5. removes the journal, the second names and the staging folder.
//!
//! What is there if the process dies or the power fails:
//!
//! | at | a reader sees | the next [`Publication::begin`] |
//! |---|---|---|
//! | 1 to 3 | all old files | removes the staging folder |
//! | 4 | some new files beside old ones, each whole | finishes the renames: all new |
//! | 5 | all new files | removes the rest |
//!
//! If a rename or a sync fails in 4 while the process lives, the old files come back: the journal is renamed to `undo.journal`, so that a
//! death on the way back is settled backwards too. No reader ever sees part of a file. A reader that opens several files *during* step
//! 4, some microseconds, can meet both runs; names in a directory cannot be swapped all at once.
//!
//! # Decisions
//! A new file takes the permissions of the file that it replaces (not its owner). A symbolic link at the place of an output is replaced
//! by the file; what it points to stays untouched, so nothing outside the output folder is ever written. Folders that are symbolic
//! links are followed if they lead to a place inside the output folder, which is looked at when an output is staged and again when it is
//! published. Nothing of `.onefold` may be a link.

mod behind;
mod disk;
mod home;
mod journal;
mod lock;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Cause, Error};
use behind::Behind;
use disk::{Disk, RealDisk};
use home::{HOME, STAGING};
use journal::{Journal, Move, Old};

const COMMIT_JOURNAL: &str = "commit.journal";
const UNDO_JOURNAL: &str = "undo.journal";

/// The outputs of one run. Dropped without [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct Publication {
    disk: Arc<dyn Disk>,
    place: Place,
    run_id: String,
    outputs: Vec<Output>,
    /// What is staged must stay: it is published, or the next run needs it.
    settled: bool,
    _lock: File,
}

#[derive(Debug)]
struct Output {
    /// Relative to the output folder, without `.` and `..`.
    target: PathBuf,
    finished: Arc<AtomicBool>,
}

/// A file of a [`Publication`] that is not yet visible. It has no buffer: write large pieces.
#[derive(Debug)]
pub struct StagedFile {
    disk: Arc<dyn Disk>,
    file: File,
    /// As the user knows it, for messages.
    target: PathBuf,
    bytes: u64,
    behind: Behind,
    finished: Arc<AtomicBool>,
}

impl Publication {
    /// Locks `out_dir` for a run (the folder is created where it is missing), after completing or removing what killed runs left.
    ///
    /// The lock ends with the process, however it ends.
    ///
    /// # Errors
    /// [`ErrorKind::Locked`](crate::ErrorKind::Locked), naming process and start, while another run holds the folder;
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) where a killed run cannot be completed;
    /// [`ErrorKind::Path`](crate::ErrorKind::Path) for a `run_id` that is no file name, and where `.onefold` or something in it is a
    /// symbolic link; [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn begin(out_dir: &Path, run_id: &str) -> Result<Self, Error> {
        Self::begin_on(Arc::new(RealDisk), out_dir, run_id)
    }

    fn begin_on(disk: Arc<dyn Disk>, out_dir: &Path, run_id: &str) -> Result<Self, Error> {
        target::check_run_id(run_id)?;
        disk.create_dir_all(out_dir)?;
        let out_dir = out_dir
            .canonicalize()
            .map_err(|error| Error::io("open", out_dir, error))?;
        let place = Place { out_dir };
        let staging = place.home().join(STAGING);
        for folder in [&place.home(), &staging] {
            home::refuse_other_than_folder(folder)?;
        }
        disk.create_dir_all(&staging)?;
        let lock = lock::acquire(&place.out_dir, &place.home().join("lock"))?;
        place.recover(&*disk)?;
        disk.create_dir_all(&place.staging(run_id))?;
        Ok(Self {
            disk,
            place,
            run_id: run_id.to_owned(),
            outputs: Vec::new(),
            settled: false,
            _lock: lock,
        })
    }

    /// The folder for what the run leaves beside its outputs, made now: `.onefold/runs/RUN_ID`. It can be read by its owner only, and stays
    /// whatever becomes of the publication.
    ///
    /// # Errors
    /// [`ErrorKind::Path`](crate::ErrorKind::Path) where a symbolic link is in its place; [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn run_folder(&self) -> Result<PathBuf, Error> {
        home::run_folder(&self.place.home(), &self.run_id)
    }

    /// A new file that [`commit`](Self::commit) puts at `relative` inside the output folder. Files may be written on any threads.
    ///
    /// # Errors
    /// [`ErrorKind::Path`](crate::ErrorKind::Path) where `relative` leads outside the output folder or into `.onefold`, is a folder, lies
    /// on another file system, or collides with another output; [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn stage(&mut self, relative: &Path) -> Result<StagedFile, Error> {
        let target = target::normalise(relative)?;
        for output in &self.outputs {
            if output.target.starts_with(&target) || target.starts_with(&output.target) {
                let reason = format!("collides with output {}", output.target.display());
                return Err(Error::path(relative, reason));
            }
        }
        let permissions = target::inspect(&self.place.out_dir, &target)?;
        let staged = self.place.staged(&self.run_id, self.outputs.len());
        let file = self.disk.create_new(&staged)?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)
                .map_err(|error| Error::io("set permissions of", &staged, error))?;
        }
        let finished = Arc::new(AtomicBool::new(false));
        self.outputs.push(Output {
            target: target.clone(),
            finished: Arc::clone(&finished),
        });
        Ok(StagedFile {
            disk: Arc::clone(&self.disk),
            file,
            target,
            bytes: 0,
            behind: Behind::default(),
            finished,
        })
    }

    /// Publishes all staged files together. When it returns, they survive a loss of power.
    ///
    /// # Errors
    /// [`ErrorKind::Unfinished`](crate::ErrorKind::Unfinished) where a staged file was not [finished](StagedFile::finish);
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) and [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace): all old files are in place;
    /// [`ErrorKind::Interrupted`](crate::ErrorKind::Interrupted): old and new files are mixed until the next [`begin`](Self::begin).
    pub fn commit(mut self) -> Result<(), Error> {
        for output in &self.outputs {
            if !output.finished.load(Ordering::Acquire) {
                return Err(Cause::Unfinished(output.target.clone()).into());
            }
        }
        let disk = Arc::clone(&self.disk);
        let disk = &*disk;
        let journal = self.prepare()?;
        let commit_journal = self.place.home().join(COMMIT_JOURNAL);
        let undo_journal = self.place.home().join(UNDO_JOURNAL);

        let prepared = self.place.home().join("commit.journal.new");
        disk.write_new(&prepared, &journal.to_bytes())?;
        disk.rename(&prepared, &commit_journal)?;
        // From here on the journal decides, and it needs the staged files.
        self.settled = true;

        let place = &self.place;
        let published = disk
            .sync_dir(&place.home())
            .and_then(|()| place.roll_forward(disk, &journal));
        if let Err(error) = published {
            let undone = match journal.can_be_undone() {
                true => disk
                    .rename(&commit_journal, &undo_journal)
                    .and_then(|()| disk.sync_dir(&place.home()))
                    .and_then(|()| place.roll_back(disk, &journal))
                    .and_then(|()| disk.remove_file(&undo_journal))
                    .is_ok(),
                false => false,
            };
            self.settled = !undone;
            return Err(match undone {
                true => error,
                false => Cause::Interrupted(error).into(),
            });
        }
        // Everything is published; what cannot be tidied now is tidied by the next run.
        self.settled = disk.remove_file(&commit_journal).is_err();
        Ok(())
    }

    /// Gives the run up: nothing is published, nothing staged is left. The same as dropping it.
    pub fn abandon(self) {
        drop(self);
    }

    /// Everything that can fail for reasons of its own, before the commit point.
    fn prepare(&self) -> Result<Journal, Error> {
        let disk = &*self.disk;
        let staging = self.place.staging(&self.run_id);
        let mut moves = Vec::with_capacity(self.outputs.len());
        for (number, output) in self.outputs.iter().enumerate() {
            // Its folders may have been replaced since it was staged.
            target::inspect(&self.place.out_dir, &output.target)?;
            let target = self.place.out_dir.join(&output.target);
            if let Some(parent) = target.parent() {
                disk.create_dir_all(parent)?;
            }
            let old = match target.symlink_metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Old::Absent,
                Err(error) => return Err(Error::io("look at", &target, error)),
                Ok(_) => match disk.hard_link(&target, &self.place.kept(&self.run_id, number)) {
                    Ok(()) => Old::Kept,
                    Err(_) => Old::Replaced,
                },
            };
            moves.push(Move {
                number,
                old,
                target: output.target.clone(),
            });
        }
        let home = self.place.home();
        for dir in [&staging, &home.join(STAGING), &home, &self.place.out_dir] {
            disk.sync_dir(dir)?;
        }
        Ok(Journal {
            run_id: self.run_id.clone(),
            moves,
        })
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        if !self.settled {
            // What cannot be removed now is removed by the next run.
            drop(self.disk.remove_dir_all(&self.place.staging(&self.run_id)));
        }
    }
}

impl StagedFile {
    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Syncs the file to the disk and marks it whole; its size in bytes. A file that is dropped instead makes the commit fail.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace).
    pub fn finish(self) -> Result<u64, Error> {
        self.disk
            .sync_file(&self.file)
            .map_err(|error| Error::io("sync", &self.target, error))?;
        self.finished.store(true, Ordering::Release);
        Ok(self.bytes)
    }

    fn named(&self, source: io::Error) -> io::Error {
        io::Error::new(source.kind(), Error::io("write", &self.target, source))
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.disk.write(&self.file, bytes) {
            Ok(written) => {
                self.bytes += written as u64;
                let handed = self.behind.written(&self.file, self.bytes);
                handed.map_err(|error| self.named(error))?;
                Ok(written)
            }
            // The caller tries again by itself, and knows it by the kind alone.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.named(error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The output folder and where things lie in it.
#[derive(Debug)]
struct Place {
    /// Absolute, without symbolic links.
    out_dir: PathBuf,
}

impl Place {
    fn home(&self) -> PathBuf {
        self.out_dir.join(HOME)
    }

    fn staging(&self, run_id: &str) -> PathBuf {
        self.home().join(STAGING).join(run_id)
    }

    fn staged(&self, run_id: &str, number: usize) -> PathBuf {
        self.staging(run_id).join(number.to_string())
    }

    /// The second name of an old file.
    fn kept(&self, run_id: &str, number: usize) -> PathBuf {
        self.staging(run_id).join(format!("{number}.old"))
    }

    /// Settles what a killed run left. The lock is held, so every staging folder is a dead run's.
    fn recover(&self, disk: &dyn Disk) -> Result<(), Error> {
        let commit_journal = self.home().join(COMMIT_JOURNAL);
        let undo_journal = self.home().join(UNDO_JOURNAL);
        if let Some(journal) = Journal::read(&undo_journal)? {
            self.inspect(&journal)?;
            self.roll_back(disk, &journal)?;
            disk.remove_file(&undo_journal)?;
        }
        if let Some(journal) = Journal::read(&commit_journal)? {
            self.inspect(&journal)?;
            self.roll_forward(disk, &journal)?;
            disk.remove_file(&commit_journal)?;
        }
        disk.sync_dir(&self.home())?;
        let unfinished = self.home().join("commit.journal.new");
        if unfinished.exists() {
            disk.remove_file(&unfinished)?;
        }
        disk.remove_dir_all(&self.home().join(STAGING))
    }

    /// Refuses a journal whose targets no longer lie in the output folder.
    fn inspect(&self, journal: &Journal) -> Result<(), Error> {
        let mut targets = journal.moves.iter().map(|step| &step.target);
        targets.try_for_each(|target| target::inspect(&self.out_dir, target).map(drop))
    }

    /// Moves what is still staged to its target. What is no longer staged has been moved.
    fn roll_forward(&self, disk: &dyn Disk, journal: &Journal) -> Result<(), Error> {
        for step in &journal.moves {
            let staged = self.staged(&journal.run_id, step.number);
            if exists(&staged)? {
                let target = self.out_dir.join(&step.target);
                if let Some(parent) = target.parent() {
                    disk.create_dir_all(parent)?;
                }
                disk.rename(&staged, &target)?;
            }
        }
        self.sync_targets(disk, journal)
    }

    /// Gives the targets their old files back. Moving the second name to the target does nothing where both are still one file.
    fn roll_back(&self, disk: &dyn Disk, journal: &Journal) -> Result<(), Error> {
        for step in &journal.moves {
            let target = self.out_dir.join(&step.target);
            let kept = self.kept(&journal.run_id, step.number);
            match step.old {
                Old::Kept if exists(&kept)? => disk.rename(&kept, &target)?,
                Old::Absent
                    if !exists(&self.staged(&journal.run_id, step.number))? && exists(&target)? =>
                {
                    disk.remove_file(&target)?;
                }
                _ => {}
            }
        }
        self.sync_targets(disk, journal)
    }

    /// Syncs the folders of all targets, up to the output folder since some may be new.
    fn sync_targets(&self, disk: &dyn Disk, journal: &Journal) -> Result<(), Error> {
        let folders: BTreeSet<&Path> = journal
            .moves
            .iter()
            .flat_map(|step| step.target.ancestors().skip(1))
            .collect();
        for folder in folders {
            disk.sync_dir(&self.out_dir.join(folder))?;
        }
        Ok(())
    }
}

fn exists(path: &Path) -> Result<bool, Error> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(Error::io("look at", path, error)),
    }
}
