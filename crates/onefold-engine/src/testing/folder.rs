//! A folder that is gone afterwards.

use std::path::{Path, PathBuf};

use crate::error::{Error, Kind};

/// Most folders of one process that others may have left behind.
const MAX_TAKEN: u32 = 10_000;

/// A new folder of the system's folder for temporary files, removed with all that is in it when dropped.
pub(crate) struct TemporaryFolder {
    path: PathBuf,
}

impl TemporaryFolder {
    pub(crate) fn create() -> Result<Self, Error> {
        let parent = std::env::temp_dir();
        let mut builder = std::fs::DirBuilder::new();
        // Inputs may be cut from real ones.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        for number in 0..MAX_TAKEN {
            let path = parent.join(format!("onefold-test-{}-{number}", std::process::id()));
            match builder.create(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(uncreated(&path, &e)),
            }
        }
        Err(uncreated(&parent, &"too many old folders of tests in it"))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What cannot be removed lies among temporary files.
        std::fs::remove_dir_all(&self.path).ok();
    }
}

fn uncreated(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::new(
        Kind::Resources,
        format!(
            "could not create a folder for the test, `{}`: {why}",
            path.display()
        ),
    )
}
