//! One run at a time in an output folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::home;
use crate::error::{Cause, Error};
use crate::text::utc_seconds;

/// A lock that is held.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    /// To close the file is not enough: a process that is being started right now has it open too, until it is another program.
    fn drop(&mut self) {
        self.0.unlock().ok();
    }
}

/// Locks the file at `path` and writes into it who holds it. The operating system drops the lock with the process, so the text of a
/// killed run is never mistaken for a lock.
///
/// A symbolic link in its place is refused: the text would go to the file that it leads to.
pub(super) fn acquire(out_dir: &Path, path: &Path) -> Result<Lock, Error> {
    home::refuse_other_than_file(path)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    // It may have become a link in the meantime.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NOFOLLOW);
    let mut file = options
        .open(path)
        .map_err(|error| Error::io("open", path, error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // A holder that has locked but not yet written is simply not named.
            drop(file.read_to_string(&mut holder));
            let holder = match holder.trim() {
                "" => "starting now".to_owned(),
                text => text.to_owned(),
            };
            let out_dir = out_dir.to_owned();
            return Err(Cause::Locked { out_dir, holder }.into());
        }
        Err(TryLockError::Error(error)) => return Err(Error::io("lock", path, error)),
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    let holder = format!(
        "process {}, started {}\n",
        std::process::id(),
        utc_seconds(i64::try_from(now).unwrap_or(i64::MAX))
    );
    file.set_len(0)
        .and_then(|()| file.write_all(holder.as_bytes()))
        .map_err(|error| Error::io("write", path, error))?;
    Ok(Lock(file))
}
