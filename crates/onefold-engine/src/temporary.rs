//! Folders among temporary files.

use tempfile::TempDir;

use crate::error::{Error, Kind};

/// A new folder, gone when dropped. Only its owner can read it: inputs may be cut from real ones.
pub(crate) fn temporary_folder() -> Result<TempDir, Error> {
    let folder = tempfile::Builder::new().prefix("onefold-").tempdir();
    folder.map_err(|e| {
        let message = format!("could not create a temporary folder: {e}");
        Error::new(Kind::Resources, message)
    })
}
