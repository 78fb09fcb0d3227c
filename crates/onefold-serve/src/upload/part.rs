//! A file that is on its way: written beside its place, and gone if it does not arrive whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use crate::private;

/// Time after which nobody sends the rest of a file any more.
const BROKEN_OFF: Duration = Duration::from_secs(60 * 60);

/// A piece of a file.
pub(crate) enum Piece {
    Bytes(axum::body::Bytes),
    /// Nothing more comes: the file is whole.
    End,
}

/// A file that has arrived, or is about to; it is removed unless somebody keeps it.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    pub(crate) bytes: u64,
}

impl Part {
    /// Writes what arrives into a folder, which is made where it is not there.
    ///
    /// # Errors
    /// It cannot be written, or it breaks off.
    pub(crate) fn receive(folder: &Path, pieces: &mut Receiver<Piece>) -> io::Result<Self> {
        private::folder(folder)?;
        let mut part = Self {
            path: folder.join(format!(".{}.part", private::id()?)),
            bytes: 0,
        };
        let mut file = private::new_file(&part.path)?;
        while let Some(piece) = pieces.blocking_recv() {
            match piece {
                Piece::Bytes(bytes) => {
                    file.write_all(&bytes)?;
                    part.bytes += bytes.len() as u64;
                }
                Piece::End => {
                    // A full disk is told of here at the latest, not when the file is read.
                    file.sync_data()?;
                    return Ok(part);
                }
            }
        }
        Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the upload broke off",
        ))
    }

    /// Gives it its place.
    pub(super) fn keep(self, place: &Path) -> io::Result<u64> {
        std::fs::rename(&self.path, place)?;
        Ok(self.bytes)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
        // The folders stay if anything else is in them.
        for folder in self.path.ancestors().skip(1).take(2) {
            std::fs::remove_dir(folder).ok();
        }
    }
}

/// Removes files that have not arrived whole and that nobody is receiving any more: the server was killed meanwhile.
pub(super) fn remove_broken_off(uploads: &Path) {
    let is_folder = |path: &Path| path.symlink_metadata().is_ok_and(|found| found.is_dir());
    let entries = |path: &Path| {
        let entries = is_folder(path).then(|| std::fs::read_dir(path));
        let entries = entries.into_iter().flatten().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    for folder in entries(uploads) {
        for path in entries(&folder).iter().filter(|path| is_broken_off(path)) {
            std::fs::remove_file(path).ok();
            // The folder stays if anything else is in it.
            std::fs::remove_dir(&folder).ok();
        }
    }
}

/// Whether a file has not arrived whole, and has got nothing for an hour.
fn is_broken_off(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let id = name
        .strip_prefix('.')
        .and_then(|name| name.strip_suffix(".part"));
    let is_part = id.is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_hexdigit()));
    let changed = path.symlink_metadata().and_then(|found| found.modified());
    let age = changed.ok().and_then(|changed| changed.elapsed().ok());
    is_part && age.is_some_and(|age| age > BROKEN_OFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::channel;

    fn sent(pieces: &[&'static [u8]], is_whole: bool) -> Receiver<Piece> {
        let (sender, receiver) = channel(8);
        for piece in pieces {
            let piece = Piece::Bytes(axum::body::Bytes::from_static(piece));
            assert!(sender.try_send(piece).is_ok());
        }
        if is_whole {
            assert!(sender.try_send(Piece::End).is_ok());
        }
        receiver
    }

    #[test]
    fn a_whole_file_is_kept_and_a_broken_one_leaves_nothing() {
        let base = tempfile::tempdir().expect("a folder");
        let folder = base.path().join("uploads/1");
        let broken = Part::receive(&folder, &mut sent(&[b"a,b\n", b"1"], false));
        assert!(broken.is_err());
        assert!(!base.path().join("uploads").exists());
        let whole = Part::receive(&folder, &mut sent(&[b"a,b\n", b"1,2\n"], true));
        let place = folder.join("x.csv");
        let bytes = whole.and_then(|part| part.keep(&place)).expect("kept");
        assert_eq!(bytes, 8);
        assert_eq!(std::fs::read(&place).expect("a file"), b"a,b\n1,2\n");
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 1);
    }

    #[test]
    fn what_a_killed_server_has_left_is_removed() {
        let base = tempfile::tempdir().expect("a folder");
        let uploads = base.path().join("uploads");
        let put = |path: &str, hours: u64| {
            let path = uploads.join(path);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            let file = std::fs::File::create_new(path).expect("a file");
            let then = std::time::SystemTime::now() - Duration::from_secs(hours * 3600 + 60);
            file.set_modified(then).expect("a time");
        };
        put("1/.0a1b.part", 2);
        put("2/.0a1b.part", 0);
        put("3/.0a1b.part", 2);
        put("3/x.csv", 2);
        put("3/.onefold.json", 2);
        remove_broken_off(&uploads);
        assert!(!uploads.join("1").exists());
        assert!(uploads.join("2/.0a1b.part").exists());
        let left = std::fs::read_dir(uploads.join("3")).expect("a folder");
        assert_eq!(left.count(), 2);
        remove_broken_off(&base.path().join("nothing"));
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_is_not_followed() {
        let base = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("a folder");
        std::os::unix::fs::symlink(elsewhere.path(), base.path().join("uploads")).expect("a link");
        let folder = base.path().join("uploads/1");
        assert!(Part::receive(&folder, &mut sent(&[], true)).is_err());
        let left = std::fs::read_dir(elsewhere.path()).expect("a folder");
        assert_eq!(left.count(), 0);
    }
}
