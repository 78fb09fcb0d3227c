//! Onefold's own folder `.onefold` in the output folder.
//!
//! Anybody who may write to the output folder could plant a symbolic link in it, and a run of another user would write through the link.
//! So nothing in `.onefold` may be a link. Links in the place of outputs are another matter: see [`target`](super::target).

use std::fs::DirBuilder;
use std::io;
use std::path::Path;

use crate::error::{Cause, Error};

/// The folder's name.
pub(super) const HOME: &str = ".onefold";
pub(super) const STAGING: &str = "staging";
pub(super) const RUNS: &str = "runs";

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

/// Makes a folder, and those above it, that only its owner may look into. One that is there stays as it is.
pub(super) fn create_private(path: &Path) -> Result<(), Error> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|error| Error::io("create folder", path, error))
}
