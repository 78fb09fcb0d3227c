//! What paths are on the disk: on some file systems two names are one folder, and everywhere a link can make them one.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use crate::error::Error;

/// Where a file is or would be: its folder, by whatever name it is reached, and its name there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FilePlace {
    folder: Folder,
    name: OsString,
}

#[cfg(unix)]
type Folder = (u64, u64);
#[cfg(not(unix))]
type Folder = std::path::PathBuf;

impl FilePlace {
    /// The place of a path; `None` where its folder is not there, and for a path without a name.
    ///
    /// # Errors
    /// Its folder cannot be looked at.
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(None);
        };
        match folder(parent) {
            Ok(folder) => Ok(Some(Self {
                folder,
                name: name.to_owned(),
            })),
            Err(error) if is_absence(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

#[cfg(unix)]
fn folder(path: &Path) -> io::Result<Folder> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata()?;
    Ok((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn folder(path: &Path) -> io::Result<Folder> {
    path.canonicalize()
}

/// Whether two paths are names of one file. A link is itself, not what it leads to.
#[cfg(unix)]
pub(super) fn are_one_file(a: &Path, b: &Path) -> Result<bool, Error> {
    use std::os::unix::fs::MetadataExt;
    let identity = |path: &Path| match path.symlink_metadata() {
        Ok(metadata) => Ok(Some((metadata.dev(), metadata.ino()))),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(Error::io("look at", path, error)),
    };
    let a = identity(a)?;
    Ok(a.is_some() && a == identity(b)?)
}

/// Elsewhere the standard library does not tell: two files that are there count as one.
#[cfg(not(unix))]
pub(super) fn are_one_file(a: &Path, b: &Path) -> Result<bool, Error> {
    Ok(exists(a)? && exists(b)?)
}

/// Whether a file, a folder or a link is there.
pub(super) fn exists(path: &Path) -> Result<bool, Error> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if is_absence(&error) => Ok(false),
        Err(error) => Err(Error::io("look at", path, error)),
    }
}

/// Below a file there is nothing either.
fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
