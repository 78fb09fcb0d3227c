//! Onefold's own folder in the output folder, and that it is there and nowhere else.
//!
//! Whoever may write to the output folder could plant a symbolic link in it, and a run of another user would write through the link. So
//! nothing of the folder may be one. What an output replaces is another matter: see [`target`](super::target).

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Cause, Error};

/// The folder's name.
pub(super) const HOME: &str = ".onefold";
pub(super) const STAGING: &str = "staging";
const RUNS: &str = "runs";

/// Refuses what is there and is not a folder.
pub(super) fn refuse_other_than_folder(path: &Path) -> Result<(), Error> {
    refuse(path, |found| found.is_dir(), "is not a folder")
}

/// Refuses what is there and is not a file.
pub(super) fn refuse_other_than_file(path: &Path) -> Result<(), Error> {
    refuse(path, |found| found.is_file(), "is not a file")
}

fn refuse(
    path: &Path,
    is_right: fn(&std::fs::Metadata) -> bool,
    otherwise: &'static str,
) -> Result<(), Error> {
    let reason = match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => "is a symbolic link",
        Ok(found) if is_right(&found) => return Ok(()),
        Ok(_) => otherwise,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("look at", path, error)),
    };
    let path = path.to_owned();
    Err(Cause::Home { path, reason }.into())
}

/// Makes the folder for what a run leaves beside its outputs. It holds personal data: only its owner may look into it.
pub(super) fn run_folder(home: &Path, run_id: &str) -> Result<PathBuf, Error> {
    let runs = home.join(RUNS);
    let folder = runs.join(run_id);
    for path in [&runs, &folder] {
        refuse_other_than_folder(path)?;
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder
            .create(path)
            .map_err(|error| Error::io("create folder", path, error))?;
    }
    Ok(folder)
}
