//! Checksums of a run's records, so that a damaged record is seen for what it is.
//!
//! A publication leaves them beside the records, in the file `checksums`: a line for each with its XXH3 of 128 bits and its path in the
//! folder of the run, as `xxhsum -c` reads them.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use xxhash_rust::xxh3::Xxh3;

use crate::error::{Cause, Error};

/// The file's name in the folder of a run.
pub(super) const CHECKSUMS: &str = "checksums";

/// Bytes that are read together.
const PIECE: usize = 1 << 20;

/// The checksum of a record while it is written.
#[derive(Default)]
pub(super) struct Hasher(Xxh3);

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(super) fn digest(&self) -> u128 {
        self.0.digest128()
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hasher({:032x})", self.digest())
    }
}

pub(super) fn line(digest: u128, record: &Path) -> String {
    format!("{digest:032x}  {}\n", record.display())
}

/// Makes sure that a record of a run, such as `tables/crm.parquet` in `OUT/.onefold/runs/RUN_ID`, is as it was published. What an
/// earlier version has published has no checksums, and passes.
///
/// # Errors
/// [`ErrorKind::Damaged`](crate::ErrorKind::Damaged), [`ErrorKind::Io`](crate::ErrorKind::Io).
pub fn verify_record(run_folder: &Path, record: &str) -> Result<(), Error> {
    let checksums = run_folder.join(CHECKSUMS);
    let lines = match std::fs::read(&checksums) {
        Ok(lines) => lines,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", &checksums, error)),
    };
    let path = run_folder.join(record);
    let digest = digest(&path).map_err(|error| Error::io("read", &path, error))?;
    let expected = line(digest, Path::new(record));
    let mut lines = lines.split_inclusive(|byte| *byte == b'\n');
    match lines.any(|line| line == expected.as_bytes()) {
        true => Ok(()),
        false => Err(Cause::Damaged { path, checksums }.into()),
    }
}

fn digest(path: &Path) -> io::Result<u128> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::default();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hasher.digest()),
            Ok(read) => hasher.update(piece.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{ErrorKind, Publication};

    #[test]
    fn every_damaged_byte_and_every_cut_is_seen() {
        let out = tempfile::tempdir().expect("temporary folder");
        let publication = Publication::begin(out.path(), "run").expect("begins");
        let record = "tables/crm.parquet";
        let content = b"not really Parquet";
        for (path, bytes) in [(record, &content[..]), ("report.json", b"{}")] {
            publication.record(Path::new(path), bytes).expect("staged");
        }
        publication.commit().expect("published");
        let run = out.path().join(".onefold/runs/run");
        for path in [record, "report.json"] {
            verify_record(&run, path).expect("as it was published");
        }
        let lines = fs::read_to_string(run.join(CHECKSUMS)).expect("checksums");
        assert_eq!(lines.lines().count(), 2);
        let refused = |what: &str| {
            let error = verify_record(&run, record).expect_err(what);
            assert_eq!(error.kind(), ErrorKind::Damaged, "{what}");
            assert!(error.to_string().contains(record), "{error}");
        };
        let line = lines.lines().position(|line| line.ends_with(record));
        assert_eq!(line, Some(0));
        let own = lines.find('\n').expect("a line") + 1;
        // Damage elsewhere among the checksums is that of other records.
        for (name, bytes, end) in [
            (record, &content[..], content.len()),
            (CHECKSUMS, lines.as_bytes(), own),
        ] {
            let path = run.join(name);
            for at in 0..end {
                for flip in [1, 0x20, 0x80] {
                    let mut damaged = bytes.to_vec();
                    damaged[at] ^= flip;
                    fs::write(&path, &damaged).expect("damaged");
                    refused(&format!("byte {at} ^ {flip} of {name}"));
                }
                fs::write(&path, &bytes[..at]).expect("cut");
                refused(&format!("{name} cut at {at}"));
            }
            fs::write(&path, bytes).expect("mended");
        }
        fs::remove_file(run.join(CHECKSUMS)).expect("removed");
        verify_record(&run, record).expect("as an earlier version leaves it");
    }
}
