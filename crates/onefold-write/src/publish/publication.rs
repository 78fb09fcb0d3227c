//! The files of one run, staged and then published together.

use std::collections::{HashMap, HashSet};
use std::fs::Permissions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::checksums::{self, CHECKSUMS};
use super::commits::Commit;
use super::disk::{Disk, RealDisk};
use super::home::{self, STAGING};
use super::identity::{FilePlace, exists};
use super::journal::{Journal, Kind, Move};
use super::place::{COMMIT_JOURNAL, Place, UNDO_JOURNAL};
use super::staged::{Finished, StagedFile, Written};
use super::together::together;
use super::{lock, target};
use crate::error::{Cause, Error};

/// The outputs and records of one run. Dropped without [`commit`](Self::commit), it leaves nothing behind.
#[derive(Debug)]
pub struct Publication {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) place: Place,
    pub(super) run_id: String,
    files: Mutex<Files>,
    /// Files that are synced together.
    unsynced: Mutex<Vec<Written>>,
    /// What is staged must stay: it is published, or the next run needs it.
    pub(super) settled: bool,
    _lock: lock::Lock,
}

/// Files that wait to be synced together. Each is open, and a process may not open many.
const TOGETHER: usize = 128;

/// What the publication does.
#[derive(Debug, Default)]
struct Files {
    /// In the order of their numbers.
    staged: Vec<Staged>,
    targets: HashSet<PathBuf>,
    /// By folder of targets the first of them.
    folders: HashMap<PathBuf, PathBuf>,
}

#[derive(Debug, Clone)]
pub(super) struct Staged {
    number: usize,
    /// Relative to the output folder, without `.` and `..`.
    target: PathBuf,
    kind: Kind,
    /// A file that goes needs no work.
    finished: Arc<Finished>,
}

impl Files {
    /// Adds a target as the next number; `relative` is what messages call it.
    fn add(&mut self, relative: &Path, target: &Path, kind: Kind) -> Result<Staged, Error> {
        let mut ancestors = target.ancestors().filter(|path| *path != Path::new(""));
        let other = ancestors
            .find_map(|path| self.targets.get(path))
            .or_else(|| self.folders.get(target));
        if let Some(other) = other {
            let reason = format!("collides with output {}", other.display());
            return Err(Error::path(relative, reason));
        }
        for folder in target.ancestors().skip(1) {
            if folder != Path::new("") && !self.folders.contains_key(folder) {
                self.folders.insert(folder.to_owned(), target.to_owned());
            }
        }
        self.targets.insert(target.to_owned());
        let finished = match kind {
            Kind::Gone => Finished::from(None),
            _ => Finished::new(),
        };
        let staged = Staged {
            number: self.staged.len(),
            target: target.to_owned(),
            kind,
            finished: Arc::new(finished),
        };
        self.staged.push(staged.clone());
        Ok(staged)
    }
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

    pub(super) fn begin_on(
        disk: Arc<dyn Disk>,
        out_dir: &Path,
        run_id: &str,
    ) -> Result<Self, Error> {
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
        disk.create_dir_all(&staging)?;
        disk.create_private_dir(&place.staging(run_id))?;
        Ok(Self {
            disk,
            place,
            run_id: run_id.to_owned(),
            files: Mutex::default(),
            unsynced: Mutex::default(),
            settled: false,
            _lock: lock,
        })
    }

    /// Gives up all that is staged, and makes room: what is staged from now on is the account of a run that failed. The folder stays locked.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn start_over(&mut self) -> Result<(), Error> {
        let files = self.files.get_mut();
        *files.unwrap_or_else(PoisonError::into_inner) = Files::default();
        self.take_unsynced();
        let staging = self.place.staging(&self.run_id);
        self.disk.remove_dir_all(&staging)?;
        self.disk.create_private_dir(&staging)
    }

    /// A new output that [`commit`](Self::commit) puts at `relative` inside the output folder. Files may be written on any threads.
    ///
    /// # Errors
    /// [`ErrorKind::Path`](crate::ErrorKind::Path) where `relative` leads outside the output folder or into `.onefold`, is a folder, lies
    /// on another file system, or collides with another output; [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn stage(&self, relative: &Path) -> Result<StagedFile, Error> {
        self.stage_at(relative, target::of_output(relative)?, None)
    }

    /// As [`stage`](Self::stage). Where no file is yet, the new one gets these permissions.
    ///
    /// # Errors
    /// Those of [`stage`](Self::stage).
    pub fn stage_with(
        &self,
        relative: &Path,
        permissions: Option<Permissions>,
    ) -> Result<StagedFile, Error> {
        self.stage_at(relative, target::of_output(relative)?, permissions)
    }

    /// The permissions of an output of an earlier run; `None` where it is not there any more.
    ///
    /// # Errors
    /// Those of [`stage`](Self::stage).
    pub fn permissions_of(&self, relative: &Path) -> Result<Option<Permissions>, Error> {
        target::inspect(&self.place.out_dir, &target::of_output(relative)?)
    }

    /// As [`StagedFile::finish`], for one of many small files: it is synced together with others, at the latest by the commit.
    ///
    /// # Errors
    /// Those of [`StagedFile::finish`], for this file or one before it.
    pub fn finish_with_others(&self, file: StagedFile) -> Result<u64, Error> {
        let bytes = file.bytes();
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        unsynced.push(file.written());
        let is_enough = unsynced.len() == TOGETHER;
        drop(unsynced);
        if is_enough {
            self.sync_together()?;
        }
        Ok(bytes)
    }

    fn take_unsynced(&self) -> Vec<Written> {
        let mut unsynced = self.unsynced.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *unsynced)
    }

    /// Syncs the files that wait for it.
    fn sync_together(&self) -> Result<(), Error> {
        together(&self.take_unsynced(), Written::sync)
    }

    /// A new record of the run that [`commit`](Self::commit) puts at `relative` inside `.onefold/runs/RUN_ID`, such as
    /// `rejects/crm.parquet`.
    ///
    /// # Errors
    /// [`ErrorKind::Path`](crate::ErrorKind::Path) where `relative` leads outside the folder of the run, meets a symbolic link, or
    /// collides with another record; [`ErrorKind::Io`](crate::ErrorKind::Io).
    pub fn stage_record(&self, relative: &Path) -> Result<StagedFile, Error> {
        self.stage_at(relative, target::of_record(&self.run_id, relative)?, None)
    }

    /// A folder for files of the run that are not published. Only their owner can read them, and they are gone when the run is over.
    pub fn staging_folder(&self) -> PathBuf {
        self.place.staging(&self.run_id)
    }

    /// A whole record at once, such as `report.json`.
    ///
    /// # Errors
    /// Those of [`stage_record`](Self::stage_record), and [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace).
    pub fn record(&self, relative: &Path, bytes: &[u8]) -> Result<(), Error> {
        let mut file = self.stage_record(relative)?;
        file.write_all(bytes).map_err(Cause::Sink)?;
        file.finish().map(drop)
    }

    /// Puts a file at `relative` inside the output folder at once, whatever becomes of the publication.
    ///
    /// # Errors
    /// Those of [`stage`](Self::stage), and [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace). The old file is then in place.
    pub fn put(&self, relative: &Path, bytes: &[u8]) -> Result<(), Error> {
        let target = target::of_output(relative)?;
        let permissions = target::inspect(&self.place.out_dir, &target)?;
        self.place.create_parent(&*self.disk, &target)?;
        let draft = self.place.staging(&self.run_id).join("put");
        if let Err(error) = self.disk.write_new(&draft, bytes) {
            // Half a draft is in the way of the next one.
            drop(self.disk.remove_file(&draft));
            return Err(error);
        }
        if let Some(permissions) = permissions {
            std::fs::set_permissions(&draft, permissions)
                .map_err(|error| Error::io("set permissions of", &draft, error))?;
        }
        let target = self.place.out_dir.join(target);
        self.disk.rename(&draft, &target)?;
        match target.parent() {
            Some(folder) => self.disk.sync_dir(folder),
            None => Ok(()),
        }
    }

    /// Removes an output of an earlier run with the publication: until the commit it stays. One that is not there is no error.
    ///
    /// # Errors
    /// Those of [`stage`](Self::stage).
    pub fn remove(&self, relative: &Path) -> Result<(), Error> {
        let target = target::of_output(relative)?;
        if exists(&self.place.out_dir.join(&target))? {
            target::inspect(&self.place.out_dir, &target)?;
        }
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.add(relative, &target, Kind::Gone).map(drop)
    }

    /// `permissions`: those of a file that is new.
    fn stage_at(
        &self,
        relative: &Path,
        target: PathBuf,
        permissions: Option<Permissions>,
    ) -> Result<StagedFile, Error> {
        let permissions = target::inspect(&self.place.out_dir, &target)?.or(permissions);
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let Staged {
            number, finished, ..
        } = files.add(relative, &target, Kind::Put)?;
        drop(files);
        let staged = self.place.staged(&self.run_id, number);
        let file = self.disk.create_new(&staged)?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)
                .map_err(|error| Error::io("set permissions of", &staged, error))?;
        }
        Ok(StagedFile::new(
            Arc::clone(&self.disk),
            file,
            target,
            finished,
        ))
    }

    /// Publishes all outputs and records together. When it returns, they survive a loss of power.
    ///
    /// # Errors
    /// [`ErrorKind::Unfinished`](crate::ErrorKind::Unfinished) where a staged file was not [finished](StagedFile::finish);
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) and [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace): all old files are in place;
    /// [`ErrorKind::Interrupted`](crate::ErrorKind::Interrupted): old and new files are mixed until the next [`begin`](Self::begin).
    pub fn commit(self) -> Result<(), Error> {
        let files = self.staged();
        self.publish(files)
    }

    /// Gives the outputs up and publishes the records alone: the account of a run that may not publish.
    ///
    /// # Errors
    /// Those of [`commit`](Self::commit), about the records.
    pub fn commit_records(self) -> Result<(), Error> {
        let mut files = self.staged();
        files.retain(|file| target::is_record(&file.target));
        self.publish(files)
    }

    fn staged(&self) -> Vec<Staged> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.staged.clone()
    }

    /// Stages the checksums of the records among files, and says which files there are then.
    fn with_checksums(&self, mut files: Vec<Staged>) -> Result<Vec<Staged>, Error> {
        let mut lines = String::new();
        for file in &files {
            let Some(digest) = file.finished.get() else {
                return Err(Cause::Unfinished(file.target.clone()).into());
            };
            if let Some(digest) = digest {
                let record = target::in_run(&self.run_id, &file.target);
                lines.push_str(&checksums::line(*digest, record));
            }
        }
        if !lines.is_empty() {
            self.record(Path::new(CHECKSUMS), lines.as_bytes())?;
            files.extend(self.staged().pop());
        }
        Ok(files)
    }

    fn publish(mut self, files: Vec<Staged>) -> Result<(), Error> {
        self.sync_together()?;
        let files = self.with_checksums(files)?;
        let disk = Arc::clone(&self.disk);
        let disk = &*disk;
        let journal = self.prepare(&files)?;
        let commit_journal = self.place.home().join(COMMIT_JOURNAL);
        let undo_journal = self.place.home().join(UNDO_JOURNAL);

        // Nobody ends the process between here and the end.
        let _commit = Commit::begin();
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

    /// Everything that can fail for reasons of its own, before the commit point.
    fn prepare(&self, files: &[Staged]) -> Result<Journal, Error> {
        let disk = &*self.disk;
        let mut moves = Vec::with_capacity(files.len());
        let puts = self.places_of_puts(files)?;
        for Staged {
            number,
            target,
            kind,
            ..
        } in files
        {
            if *kind == Kind::Gone {
                if !exists(&self.place.out_dir.join(target))? {
                    continue;
                }
                target::inspect(&self.place.out_dir, target)?;
                if self
                    .file_place(target)?
                    .is_some_and(|place| puts.contains_key(&place))
                {
                    // A new file takes its place under another name.
                    continue;
                }
            }
            let old = self.place.keep_old(disk, &self.run_id, *number, target)?;
            moves.push(Move {
                number: *number,
                kind: *kind,
                old,
                target: target.clone(),
            });
        }
        let staging = self.place.staging(&self.run_id);
        let home = self.place.home();
        for dir in [&staging, &home.join(STAGING), &home, &self.place.out_dir] {
            disk.sync_dir(dir)?;
        }
        Ok(Journal {
            run_id: self.run_id.clone(),
            moves,
        })
    }

    /// Makes the folders of the files that come, and says where each will be. Two may not be one: the second would take the place of the
    /// first.
    fn places_of_puts<'a>(
        &self,
        files: &'a [Staged],
    ) -> Result<HashMap<FilePlace, &'a Path>, Error> {
        let mut places = HashMap::with_capacity(files.len());
        for Staged { target, kind, .. } in files {
            if *kind != Kind::Put {
                continue;
            }
            // Its folders may have been replaced since it was staged.
            target::inspect(&self.place.out_dir, target)?;
            self.place.create_parent(&*self.disk, target)?;
            if let Some(place) = self.file_place(target)?
                && let Some(other) = places.insert(place, target.as_path())
            {
                let reason = format!("it is the same file as output {}", other.display());
                return Err(Error::path(target, reason));
            }
        }
        Ok(places)
    }

    fn file_place(&self, target: &Path) -> Result<Option<FilePlace>, Error> {
        let path = self.place.out_dir.join(target);
        FilePlace::of(&path).map_err(|error| Error::io("look at the folder of", &path, error))
    }

    /// What is on the disk after a death right behind the commit point.
    #[cfg(test)]
    pub(super) fn die_at_the_commit_point(mut self) {
        let journal = self.prepare(&self.staged()).expect("prepared");
        let path = self.place.home().join(COMMIT_JOURNAL);
        std::fs::write(path, journal.to_bytes()).expect("journal");
        self.settled = true;
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        if !self.settled {
            // What cannot be removed now is removed by the next run.
            drop(self.disk.remove_dir_all(&self.place.staging(&self.run_id)));
            let files = self.staged();
            let targets = files.iter().map(|file| file.target.as_path());
            self.place.remove_empty_run_folders(&*self.disk, targets);
        }
    }
}
