//! The output folder, where things lie in it, and how a commit journal is carried out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::home::{HOME, RUNS, STAGING, refuse_other_than_folder};
use super::identity::{are_one_file, exists};
use super::journal::{Journal, Kind, Old};
use super::target;
use super::together::together;
use crate::error::Error;

pub(super) const COMMIT_JOURNAL: &str = "commit.journal";
pub(super) const UNDO_JOURNAL: &str = "undo.journal";

/// The output folder and where things lie in it.
#[derive(Debug)]
pub(super) struct Place {
    /// Absolute, without symbolic links.
    pub(super) out_dir: PathBuf,
}

impl Place {
    pub(super) fn home(&self) -> PathBuf {
        self.out_dir.join(HOME)
    }

    pub(super) fn staging(&self, run_id: &str) -> PathBuf {
        self.home().join(STAGING).join(run_id)
    }

    pub(super) fn staged(&self, run_id: &str, number: usize) -> PathBuf {
        self.staging(run_id).join(number.to_string())
    }

    /// The second name of an old file.
    pub(super) fn kept(&self, run_id: &str, number: usize) -> PathBuf {
        self.staging(run_id).join(format!("{number}.old"))
    }

    /// Settles what a killed run left. The lock is held, so every staging folder is a dead run's.
    pub(super) fn recover(&self, disk: &dyn Disk) -> Result<(), Error> {
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
        self.remove_folders_of_the_dead(disk);
        disk.remove_dir_all(&self.home().join(STAGING))
    }

    /// Removes the empty folders that runs have made for their records before they died.
    fn remove_folders_of_the_dead(&self, disk: &dyn Disk) {
        let runs = self.home().join(RUNS);
        let entries = std::fs::read_dir(self.home().join(STAGING));
        for run in entries.into_iter().flatten().flatten() {
            let folder = runs.join(run.file_name());
            let are_ours = [&runs, &folder].map(|path| refuse_other_than_folder(path).is_ok());
            if are_ours.contains(&false) {
                continue;
            }
            let within = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            // One that is not empty stays, and so does what is no folder: an empty one that stays harms nobody.
            for path in within.map(|entry| entry.path()) {
                drop(disk.remove_dir(&path));
            }
            drop(disk.remove_dir(&folder));
        }
    }

    /// Refuses a journal whose targets no longer lie in the output folder.
    fn inspect(&self, journal: &Journal) -> Result<(), Error> {
        let mut targets = journal.moves.iter().map(|step| &step.target);
        targets.try_for_each(|target| target::inspect(&self.out_dir, target).map(drop))
    }

    /// Creates the folder that a target lies in.
    pub(super) fn create_parent(&self, disk: &dyn Disk, target: &Path) -> Result<(), Error> {
        match self.out_dir.join(target).parent() {
            Some(parent) if target::is_record(target) => disk.create_private_dir(parent),
            Some(parent) => disk.create_dir_all(parent),
            None => Ok(()),
        }
    }

    /// Keeps the file at a target under a second name, where there is one.
    pub(super) fn keep_old(
        &self,
        disk: &dyn Disk,
        run_id: &str,
        number: usize,
        target: &Path,
    ) -> Result<Old, Error> {
        let path = self.out_dir.join(target);
        if !exists(&path)? {
            return Ok(Old::Absent);
        }
        Ok(match disk.hard_link(&path, &self.kept(run_id, number)) {
            Ok(()) => Old::Kept,
            Err(_) => Old::Replaced,
        })
    }

    /// Removes the folders of a run's records as far as they are empty. A run that published nothing then leaves no folder.
    pub(super) fn remove_empty_run_folders<'a>(
        &self,
        disk: &dyn Disk,
        targets: impl Iterator<Item = &'a Path>,
    ) {
        let runs = Path::new(HOME).join(RUNS);
        let folders: BTreeSet<&Path> = targets
            .filter(|target| target::is_record(target))
            .flat_map(|target| target.ancestors().skip(1))
            .filter(|folder| folder.starts_with(&runs) && *folder != runs)
            .collect();
        // A folder sorts before those in it. An empty folder that stays harms nobody.
        for folder in folders.into_iter().rev() {
            drop(disk.remove_dir(&self.out_dir.join(folder)));
        }
    }

    /// Moves what is still staged to its target. What is no longer staged has been moved. A file goes only if it is the one that was
    /// kept: whoever put another one there since wants to have it.
    pub(super) fn roll_forward(&self, disk: &dyn Disk, journal: &Journal) -> Result<(), Error> {
        for step in &journal.moves {
            let target = self.out_dir.join(&step.target);
            if step.kind == Kind::Gone {
                let kept = self.kept(&journal.run_id, step.number);
                let goes = match step.old {
                    Old::Kept => are_one_file(&target, &kept)?,
                    Old::Absent | Old::Replaced => exists(&target)?,
                };
                if goes {
                    disk.remove_file(&target)?;
                }
                continue;
            }
            let staged = self.staged(&journal.run_id, step.number);
            if exists(&staged)? {
                self.create_parent(disk, &step.target)?;
                disk.rename(&staged, &target)?;
            }
        }
        self.sync_targets(disk, journal)?;
        self.remove_emptied_folders(disk, journal);
        Ok(())
    }

    /// Removes the folders that files went away from, as far as they are empty.
    fn remove_emptied_folders(&self, disk: &dyn Disk, journal: &Journal) {
        let gone = journal.moves.iter().filter(|step| step.kind == Kind::Gone);
        let folders: BTreeSet<&Path> = gone
            .flat_map(|step| step.target.ancestors().skip(1))
            .filter(|folder| *folder != Path::new(""))
            .collect();
        // A folder sorts before those in it. An empty folder that stays harms nobody.
        for folder in folders.into_iter().rev() {
            drop(disk.remove_dir(&self.out_dir.join(folder)));
        }
    }

    /// Gives the targets their old files back. Moving the second name to the target does nothing where both are still one file.
    pub(super) fn roll_back(&self, disk: &dyn Disk, journal: &Journal) -> Result<(), Error> {
        for step in &journal.moves {
            let target = self.out_dir.join(&step.target);
            let kept = self.kept(&journal.run_id, step.number);
            match step.old {
                Old::Kept if exists(&kept)? => {
                    // It may have gone with its file.
                    self.create_parent(disk, &step.target)?;
                    disk.rename(&kept, &target)?;
                }
                Old::Absent
                    if !exists(&self.staged(&journal.run_id, step.number))? && exists(&target)? =>
                {
                    disk.remove_file(&target)?;
                }
                _ => {}
            }
        }
        self.sync_targets(disk, journal)?;
        let targets = journal.moves.iter().map(|step| step.target.as_path());
        self.remove_empty_run_folders(disk, targets);
        Ok(())
    }

    /// Syncs the folders of all targets, up to the output folder since some may be new.
    fn sync_targets(&self, disk: &dyn Disk, journal: &Journal) -> Result<(), Error> {
        let folders: BTreeSet<&Path> = journal
            .moves
            .iter()
            .flat_map(|step| step.target.ancestors().skip(1))
            .collect();
        let folders: Vec<&Path> = folders.into_iter().collect();
        together(&folders, |folder| {
            let folder = self.out_dir.join(folder);
            // A death on the way back may have removed the folder of a run's records.
            match exists(&folder)? {
                true => disk.sync_dir(&folder),
                false => Ok(()),
            }
        })
    }
}
