//! The seam to what lies outside: an [`Input`] has a name and gives its bytes, whole or by ranges. Today every input is a file; standard
//! input has been kept in one.
//!
//! Nothing else in this crate touches the file system. Inputs of another kind, such as the objects of a store, have their place here:
//! they list themselves, tell their length and give ranges of their bytes.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::file::reader::ChunkReader;

use super::spooled::Spooled;
use super::stream::fill;
use crate::label::Label;

/// A named thing that holds bytes.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    label: Label,
    /// Standard input, which lies where its label does not say.
    spooled: Option<Arc<Spooled>>,
}

impl Input {
    /// The file at a path. `name`: relative to the input folder.
    pub(super) fn file(path: PathBuf, name: String) -> Self {
        Self {
            label: Label { name, place: path },
            spooled: None,
        }
    }

    /// Standard input. Messages and rejects call it `name`, as the pipeline does.
    pub(crate) fn stdin(spooled: Arc<Spooled>, name: &str) -> Self {
        Self {
            label: Label::of_name(name),
            spooled: Some(spooled),
        }
    }

    pub(crate) fn label(&self) -> &Label {
        &self.label
    }

    pub(crate) fn name(&self) -> &str {
        &self.label.name
    }

    /// Where it lies.
    pub(crate) fn place(&self) -> &Path {
        match &self.spooled {
            Some(spooled) => spooled.path(),
            None => &self.label.place,
        }
    }

    /// Its stored size in bytes; 0 where that cannot be told.
    pub(crate) fn size(&self) -> u64 {
        std::fs::metadata(self.place()).map_or(0, |m| m.len())
    }

    pub(crate) fn open(&self) -> io::Result<Bytes> {
        let file = File::open(self.place())?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            let kind = io::ErrorKind::IsADirectory;
            return Err(io::Error::new(kind, "it is a folder"));
        }
        Ok(Bytes {
            length: metadata.is_file().then_some(metadata.len()),
            file,
        })
    }
}

/// The bytes of an open input.
pub(crate) struct Bytes {
    file: File,
    length: Option<u64>,
}

impl Bytes {
    /// `None`: a pipe or the like, which can only be read from its start to its end.
    pub(crate) fn length(&self) -> Option<u64> {
        self.length
    }

    /// `length` bytes from `start`; fewer where the input ends before.
    pub(crate) fn range(&self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Whether threads can read it at the same time, each from another place.
    pub(super) fn is_read_anywhere(&self) -> bool {
        cfg!(unix) && self.length.is_some()
    }

    /// Fills a buffer from `start`; how many bytes there are. What cannot be read from anywhere is read on.
    pub(super) fn fill_at(&self, start: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut file = &self.file;
        #[cfg(unix)]
        if self.is_read_anywhere() {
            let mut at = At { file, at: start };
            return fill(&mut at, buffer);
        }
        if self.length.is_some() {
            file.seek(SeekFrom::Start(start))?;
        }
        fill(&mut file, buffer)
    }

    /// All bytes from a position on.
    pub(crate) fn stream_from(mut self, start: u64) -> io::Result<File> {
        self.file.seek(SeekFrom::Start(start))?;
        Ok(self.file)
    }

    /// All bytes from the first to the last.
    pub(crate) fn stream(mut self) -> io::Result<impl Read + Send + 'static> {
        if self.length.is_some() {
            self.file.rewind()?;
        }
        Ok(self.file)
    }

    /// For the library that reads Parquet, which asks for ranges in its own way.
    pub(crate) fn chunks(self) -> impl ChunkReader + 'static {
        self.file
    }
}

/// A file that is read from a place of its own.
#[cfg(unix)]
struct At<'a> {
    file: &'a File,
    at: u64,
}

#[cfg(unix)]
impl Read for At<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = std::os::unix::fs::FileExt::read_at(self.file, buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// What is at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    File,
    Folder,
    Nothing,
    Other,
}

/// What is at a path, links followed; `None`: nothing that can be looked at.
pub(super) fn look(path: &Path) -> Option<Is> {
    let found = path.metadata().ok()?;
    Some(match found {
        _ if found.is_file() => Is::File,
        _ if found.is_dir() => Is::Folder,
        _ => Is::Other,
    })
}

/// Whether a path is a symbolic link.
pub(super) fn is_link(path: &Path) -> bool {
    path.is_symlink()
}

/// A name in a folder.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// `None`: a symbolic link.
    pub(super) is: Option<Is>,
}

/// Lists a folder; a folder that does not exist is empty.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Listed>> {
    let found = match std::fs::read_dir(folder) {
        Ok(found) => found,
        Err(e)
            if matches!(
                e.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Vec::new());
        }
        Err(e) => return Err(e),
    };
    let listed = found.map(|entry| {
        let entry = entry?;
        let kind = entry.file_type()?;
        Ok(Listed {
            name: entry.file_name().to_string_lossy().into_owned(),
            path: entry.path(),
            is: match kind {
                _ if kind.is_symlink() => None,
                _ if kind.is_file() => Some(Is::File),
                _ if kind.is_dir() => Some(Is::Folder),
                _ => Some(Is::Other),
            },
        })
    });
    listed.collect()
}

/// A path without links; the path itself where nothing is there.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

/// What tells two names of one file: its place on the device.
#[cfg(unix)]
pub(super) type Identity = (u64, u64);

#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// What tells two names of one file: its path without links.
#[cfg(not(unix))]
pub(super) type Identity = PathBuf;

#[cfg(not(unix))]
pub(super) fn identity(path: &Path) -> Option<Identity> {
    path.canonicalize().ok()
}

/// A path without links in its folders, as far as these are there; its last name stays as it is.
pub(super) fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return absolute.canonicalize().unwrap_or(absolute);
    };
    parent
        .canonicalize()
        .unwrap_or_else(|_| resolved(parent))
        .join(name)
}

/// A folder without links, as far as it is there.
pub(super) fn resolved_folder(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| resolved(path))
}
