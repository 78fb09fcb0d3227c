//! A file on its way into a publication.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::behind::Behind;
use super::checksums::Hasher;
use super::disk::Disk;
use super::target;
use crate::error::Error;

/// A file of a [`Publication`](crate::Publication) that is not yet visible. It has no buffer: write large pieces.
#[derive(Debug)]
pub struct StagedFile {
    disk: Arc<dyn Disk>,
    file: File,
    /// As the user knows it, for messages.
    target: PathBuf,
    bytes: u64,
    behind: Behind,
    /// Of a record.
    hasher: Option<Box<Hasher>>,
    finished: Arc<Finished>,
}

/// A file of which all is written, and that is not yet synced.
#[derive(Debug)]
pub(super) struct Written {
    disk: Arc<dyn Disk>,
    file: File,
    target: PathBuf,
    digest: Option<u128>,
    finished: Arc<Finished>,
}

impl Written {
    /// Syncs it to the disk and marks it whole.
    pub(super) fn sync(&self) -> Result<(), Error> {
        self.disk
            .sync_file(&self.file)
            .map_err(|error| Error::io("sync", &self.target, error))?;
        // Nobody else finishes it.
        self.finished.set(self.digest).ok();
        Ok(())
    }
}

/// That a file is whole and synced; of a record its checksum.
pub(super) type Finished = OnceLock<Option<u128>>;

impl StagedFile {
    /// `file` is new and empty; [`finish`](Self::finish) sets `finished`.
    pub(super) fn new(
        disk: Arc<dyn Disk>,
        file: File,
        target: PathBuf,
        finished: Arc<Finished>,
    ) -> Self {
        Self {
            disk,
            file,
            hasher: target::is_record(&target).then(Box::default),
            target,
            bytes: 0,
            behind: Behind::default(),
            finished,
        }
    }

    /// Bytes written so far.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Syncs the file to the disk and marks it whole; its size in bytes. A file that is dropped instead makes the commit fail.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io), [`ErrorKind::OutOfSpace`](crate::ErrorKind::OutOfSpace).
    pub fn finish(self) -> Result<u64, Error> {
        let bytes = self.bytes;
        self.written().sync()?;
        Ok(bytes)
    }

    /// The file, of which all is written.
    pub(super) fn written(self) -> Written {
        Written {
            digest: self.hasher.map(|hasher| hasher.digest()),
            disk: self.disk,
            file: self.file,
            target: self.target,
            finished: self.finished,
        }
    }

    fn named(&self, source: io::Error) -> io::Error {
        io::Error::new(source.kind(), Error::io("write", &self.target, source))
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.disk.write(&self.file, bytes) {
            Ok(written) => {
                self.bytes += written as u64;
                if let (Some(hasher), Some(bytes)) = (&mut self.hasher, bytes.get(..written)) {
                    hasher.update(bytes);
                }
                let handed = self.behind.written(&self.file, self.bytes);
                handed.map_err(|error| self.named(error))?;
                Ok(written)
            }
            // The caller tries again by itself, and knows it by the kind alone.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.named(error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
