//! The parts of a workbook: files in a zip archive, each read as a stream within bounds.

use std::io::{self, BufReader, Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

use super::limits::MAX_UNPACKED;
use super::trouble::{TooLarge, Trouble};
use super::xml::Xml;

/// An open archive.
pub(super) struct Archive {
    zip: ZipArchive<Cursor<Vec<u8>>>,
    /// Bytes that may still be unpacked.
    left: u64,
}

/// A part that is being read.
pub(super) type Part<'a> = BufReader<Bounded<'a>>;

impl Archive {
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, Trouble> {
        let zip = ZipArchive::new(Cursor::new(bytes));
        Ok(Self {
            zip: zip
                .map_err(|e| Trouble::damaged(format_args!("its archive is not whole ({e})")))?,
            left: MAX_UNPACKED,
        })
    }

    /// The number of the part at a path. Some programs write other letters or separators than the paths that lead there.
    fn find(&self, path: &str) -> Option<usize> {
        let path = path.trim_start_matches('/');
        let plain = |name: &str| name.trim_start_matches(['/', '\\']).replace('\\', "/");
        let like = |i: &usize| {
            let name = self.zip.name_for_index(*i);
            name.is_some_and(|name| name.is_ok_and(|name| plain(&name).eq_ignore_ascii_case(path)))
        };
        let exact = self.zip.index_for_name(path);
        exact.or_else(|| (0..self.zip.len()).find(like))
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.find(path).is_some()
    }

    /// The bytes of a part; `None` where there is no such part.
    pub(super) fn part(&mut self, path: &str) -> Result<Option<Part<'_>>, Trouble> {
        let Some(number) = self.find(path) else {
            return Ok(None);
        };
        let file = self.zip.by_index(number).map_err(|e| match e {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Trouble::locked(),
            e => Trouble::damaged(format_args!("`{path}` cannot be unpacked ({e})")),
        })?;
        Ok(Some(BufReader::with_capacity(
            1 << 16,
            Bounded {
                file,
                left: &mut self.left,
            },
        )))
    }

    /// A part of XML; `None` where there is no such part.
    pub(super) fn xml(&mut self, path: &str) -> Result<Option<Xml<Part<'_>>>, Trouble> {
        Ok(self.part(path)?.map(|part| Xml::new(part, path)))
    }

    /// A part of XML without which there is no workbook.
    pub(super) fn required(&mut self, path: &str) -> Result<Xml<Part<'_>>, Trouble> {
        let missing = || Trouble::damaged(format_args!("it has no `{path}`"));
        self.xml(path)?.ok_or_else(missing)
    }
}

/// A stream that may not go on for ever.
pub(super) struct Bounded<'a> {
    file: ZipFile<'a, Cursor<Vec<u8>>>,
    left: &'a mut u64,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        *self.left = self
            .left
            .checked_sub(n as u64)
            .ok_or_else(|| io::Error::other(TooLarge))?;
        Ok(n)
    }
}
