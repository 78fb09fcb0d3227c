//! Large files on their way to the disk while they are written.
//!
//! A staged file is synced before it is published. Left to itself the system would begin to write it only then, and would keep all of it
//! in memory until it does. So every block is handed to the disk once it is full, and of a large file those that have arrived are
//! dropped from the cache: memory that the next block can have.

use std::fs::File;
use std::io;

/// Bytes that are handed to the disk together.
const BLOCK: u64 = 8 << 20;

/// Blocks that may be on their way at a time.
const WINDOW: u64 = 4;

/// Bytes of a file that stay in the cache: whoever reads it next finds its beginning there, and all of a small one.
const CACHED: u64 = 64 << 20;

/// How far a file has been handed to the disk.
#[derive(Debug, Default)]
pub(super) struct Behind {
    blocks: u64,
    /// The file system has no such operation.
    unsupported: bool,
}

impl Behind {
    /// Takes note that the file has so many bytes now. An error is one of the disk, about bytes written earlier.
    pub(super) fn written(&mut self, file: &File, bytes: u64) -> io::Result<()> {
        while !self.unsupported && (self.blocks + 1) * BLOCK <= bytes {
            let first = self.blocks * BLOCK;
            self.blocks += 1;
            let done = match first.checked_sub(WINDOW * BLOCK) {
                Some(arrived) => start(file, first).and_then(|()| settle(file, arrived)),
                None => start(file, first),
            };
            match done {
                Err(error) if is_refusal(&error) => self.unsupported = true,
                other => other?,
            }
        }
        Ok(())
    }
}

/// Whether the operation itself is refused, not the bytes.
fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput | io::ErrorKind::NotSeekable
    )
}

#[cfg(target_os = "linux")]
fn start(file: &File, first: u64) -> io::Result<()> {
    sync_range(file, first, libc::SYNC_FILE_RANGE_WRITE)
}

/// Waits until a block is on the disk, and drops it from the cache where the file is large.
#[cfg(target_os = "linux")]
fn settle(file: &File, first: u64) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    let all = libc::SYNC_FILE_RANGE_WAIT_BEFORE
        | libc::SYNC_FILE_RANGE_WRITE
        | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    sync_range(file, first, all)?;
    if first >= CACHED {
        #[expect(unsafe_code, reason = "the standard library has no such call")]
        // SAFETY: the descriptor is open as long as `file` is; the call reads and writes no memory of ours. It is advice: what comes of it
        // does not matter.
        unsafe {
            libc::posix_fadvise(
                file.as_raw_fd(),
                first as libc::off_t,
                BLOCK as libc::off_t,
                libc::POSIX_FADV_DONTNEED,
            );
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
fn sync_range(file: &File, first: u64, flags: libc::c_uint) -> io::Result<()> {
    use std::os::fd::AsRawFd;

    loop {
        #[expect(unsafe_code, reason = "the standard library has no such call")]
        // SAFETY: the descriptor is open as long as `file` is; the call reads and writes no memory of ours.
        let done = unsafe {
            libc::sync_file_range(
                file.as_raw_fd(),
                first as libc::off64_t,
                BLOCK as libc::off64_t,
                flags,
            )
        };
        let error = match done {
            0 => return Ok(()),
            _ => io::Error::last_os_error(),
        };
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Elsewhere the system does as it likes until the file is synced.
#[cfg(not(target_os = "linux"))]
fn start(_file: &File, _first: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn settle(_file: &File, _first: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_is_what_was_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("large");
        let mut file = File::create_new(&path).expect("a file");
        let mut behind = Behind::default();
        let piece: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
        let pieces = (CACHED + 6 * BLOCK) / piece.len() as u64 + 1;
        for n in 1..=pieces {
            file.write_all(&piece).expect("written");
            let bytes = n * piece.len() as u64;
            behind.written(&file, bytes).expect("handed to the disk");
            assert!(behind.unsupported || behind.blocks == bytes / BLOCK);
        }
        file.sync_all().expect("synced");
        let found = std::fs::read(&path).expect("the file");
        assert!(found.chunks(piece.len()).all(|chunk| chunk == piece));
        assert_eq!(found.len() as u64, pieces * piece.len() as u64);
    }
}
