//! All outputs of a run appear together with the account of the run, or nothing appears.
//!
//! # Story
//! A run locks the output folder, settles what a killed run left, and writes its files as *staged* files under
//! `OUT/.onefold/staging/RUN_ID`, on the file system of their targets. Two kinds of files are staged: *outputs* go to places in the output
//! folder, *records* (report, log, rejects) go to `OUT/.onefold/runs/RUN_ID`. [`Publication::commit`] then
//!
//! 1. syncs the files that wait to be [synced together](Publication::finish_with_others), makes sure that every staged file was finished,
//!    that is, written whole and synced, and stages the checksums of the records;
//! 2. creates the folders of the targets and keeps each old file under a second name (a hard link, no copy);
//! 3. writes and syncs the *commit journal*, the list of all moves, and renames it to `OUT/.onefold/commit.journal`: **the commit point**;
//! 4. renames every staged file to its target, removes the outputs of earlier runs that go away, and syncs the folders;
//! 5. removes the journal, the second names and the staging folder.
//!
//! What is there if the process dies or the power fails:
//!
//! | at | a reader sees | the next [`Publication::begin`] |
//! |---|---|---|
//! | 1 to 3 | all old files, no report of the run | removes the staging folder |
//! | 4 | some new files beside old ones, each whole | finishes the renames: all new, with the report |
//! | 5 | all new files and the report | removes the rest |
//!
//! If a rename or a sync fails in 4 while the process lives, the old files come back and the records go: the journal is renamed to
//! `undo.journal`, so that a death on the way back is settled backwards too. No reader ever sees part of a file. A reader that opens
//! several files *during* step 4, some microseconds, can meet both runs, because a file system cannot swap several names at once.
//!
//! A run that may not publish its outputs still leaves an account: [`Publication::commit_records`] takes the same steps with the records
//! alone.
//!
//! # Decisions
//! A new file takes the permissions of the file that it replaces (not its owner). Staged files and records can be read by their owner only
//! because rejects hold personal data. A symbolic link at the place of an output is replaced by the file; what it points to stays
//! untouched, so nothing outside the output folder is ever written. Folders that are symbolic links are followed if they lead to a place
//! inside the output folder; this is checked when an output is staged and again when it is published. Nothing in `.onefold` may be a link.
//! Two outputs that are one file on the disk, where capitals do not count or a link leads, are an error before the commit point.

mod behind;
mod checksums;
mod commits;
mod disk;
mod home;
mod identity;
mod journal;
mod lock;
mod place;
mod prune;
mod publication;
mod staged;
mod target;
#[cfg(test)]
mod tests;
mod together;

pub use checksums::verify_record;
pub use commits::{commit_steps, hold_commits};
pub use identity::FilePlace;
pub use prune::prune_runs;
pub use publication::Publication;
pub use staged::StagedFile;
