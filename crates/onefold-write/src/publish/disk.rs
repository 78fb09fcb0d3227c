//! What a publication does to the disk, so that tests can fail or stop it at every step.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::home;
use crate::durable;
use crate::error::Error;

/// Every operation that changes the disk. Errors name the path.
pub(super) trait Disk: Debug + Send + Sync {
    fn create_dir_all(&self, path: &Path) -> Result<(), Error>;
    /// Like `create_dir_all`, for the owner's eyes only.
    fn create_private_dir(&self, path: &Path) -> Result<(), Error>;
    fn create_new(&self, path: &Path) -> Result<File, Error>;
    fn write(&self, file: &File, bytes: &[u8]) -> io::Result<usize>;
    fn sync_file(&self, file: &File) -> io::Result<()>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, path: &Path) -> Result<(), Error>;
    /// Writes and syncs a whole file that is not there yet.
    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), Error>;
    fn hard_link(&self, from: &Path, to: &Path) -> Result<(), Error>;
    fn rename(&self, from: &Path, to: &Path) -> Result<(), Error>;
    fn remove_file(&self, path: &Path) -> Result<(), Error>;
    /// Removes an empty folder.
    fn remove_dir(&self, path: &Path) -> Result<(), Error>;
    fn remove_dir_all(&self, path: &Path) -> Result<(), Error>;
}

/// The operating system's.
#[derive(Debug)]
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn create_dir_all(&self, path: &Path) -> Result<(), Error> {
        fs::create_dir_all(path).map_err(|error| Error::io("create folder", path, error))
    }

    fn create_private_dir(&self, path: &Path) -> Result<(), Error> {
        home::create_private(path)
    }

    fn create_new(&self, path: &Path) -> Result<File, Error> {
        File::create_new(path).map_err(|error| Error::io("create", path, error))
    }

    fn write(&self, mut file: &File, bytes: &[u8]) -> io::Result<usize> {
        file.write(bytes)
    }

    fn sync_file(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn sync_dir(&self, path: &Path) -> Result<(), Error> {
        durable::sync_folder(path).map_err(|error| Error::io("sync folder", path, error))
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        durable::write_new(path, bytes).map_err(|error| Error::io("write", path, error))
    }

    fn hard_link(&self, from: &Path, to: &Path) -> Result<(), Error> {
        fs::hard_link(from, to).map_err(|error| Error::io("link", from, error))
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), Error> {
        fs::rename(from, to).map_err(|error| Error::io("rename a file to", to, error))
    }

    fn remove_file(&self, path: &Path) -> Result<(), Error> {
        fs::remove_file(path).map_err(|error| Error::io("remove", path, error))
    }

    fn remove_dir(&self, path: &Path) -> Result<(), Error> {
        fs::remove_dir(path).map_err(|error| Error::io("remove folder", path, error))
    }

    fn remove_dir_all(&self, path: &Path) -> Result<(), Error> {
        fs::remove_dir_all(path).map_err(|error| Error::io("remove folder", path, error))
    }
}
