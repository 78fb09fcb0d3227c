//! What people decide of two records: written into the file that every later run obeys, and taken back.
//!
//! A decision is one line at the end of the file. The file is locked while it is written, so that of two people who decide at the same time
//! none loses a line. It is replaced as a whole: after a crash, or where the disk is full, it is as it was. A decision is taken back by
//! cutting its line off again, as long as the file is what it was then.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use onefold_resolve::Decision;
use onefold_spec::model::{Pipeline, Resolve, Step};
use onefold_write::durable::{self, Access};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, Kind};
use crate::steps::continuity::key_column;
use crate::steps::decisions::{self, COLUMNS};

/// A `resolve` table, as whoever decides on its records has to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct Decidable {
    /// Its name.
    pub table: String,
    /// The tables of its records, each with the column of their keys.
    pub from: Vec<(String, Option<String>)>,
    /// The file of the decisions; `None`: the pipeline names none.
    pub decisions: Option<PathBuf>,
    /// The probabilities from which pairs are linked, and listed as possible; `None`: it has no model.
    pub thresholds: Option<(f64, f64)>,
}

/// The `resolve` tables of a pipeline.
pub(crate) fn decidable(pipeline: &Pipeline) -> Vec<Decidable> {
    let folder = pipeline.path.parent().unwrap_or_else(|| Path::new(""));
    let of = |step: &Resolve, table: &str| {
        let from = step.from.iter().map(|from| {
            let key = key_column(&from.value, pipeline);
            (from.value.clone(), key.map(str::to_owned))
        });
        let decisions = step.decisions.as_ref();
        let model = step.likeness.as_ref();
        Decidable {
            table: table.to_owned(),
            from: from.collect(),
            decisions: decisions.map(|path| folder.join(&path.value)),
            thresholds: model.map(|model| (model.threshold, model.possible)),
        }
    };
    let tables = pipeline.tables.iter();
    let tables = tables.filter_map(|table| match &table.step {
        Step::Resolve(step) => Some(of(step, table.name.as_str())),
        _ => None,
    });
    tables.collect()
}

/// A decision as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// The byte at which it begins.
    start: u64,
    /// The digest of the file with it at its end.
    digest: String,
}

/// What a file of decisions holds.
pub struct Decisions {
    /// The decisions, in the order of the file.
    pub all: Vec<Decision>,
    digest: String,
}

impl Decisions {
    /// Reads a file; one that is not there has none.
    ///
    /// # Errors
    /// It cannot be read, or a line of it is no decision.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(path, "read", &error)),
        };
        Ok(Self {
            all: decisions::read(path)?,
            digest: digest(&bytes),
        })
    }

    /// Tells whether the file is another one.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether the file still ends with a decision, and is what it was then.
    pub fn end_with(&self, written: &Written) -> bool {
        self.digest == written.digest
    }
}

/// Appends a decision to a file, which is made where it is not there; durable when this returns.
///
/// # Errors
/// The file has other columns, or it cannot be written; then it is as it was.
pub fn decide(path: &Path, decision: &Decision, at: Timestamp) -> Result<Written, Error> {
    decide_all(path, std::slice::from_ref(decision), at)
}

/// Appends decisions that belong together, a line each: all of them or none. They are taken back together.
///
/// # Errors
/// As [`decide`].
pub fn decide_all(path: &Path, decisions: &[Decision], at: Timestamp) -> Result<Written, Error> {
    let path = &real(path);
    for _ in 0..ATTEMPTS {
        let found = locked(path)?;
        let mut text = match &found {
            Some((_, before)) => with_header(path, before)?,
            None => header(),
        };
        let start = text.len();
        for decision in decisions {
            text.extend(line(decision, at).into_bytes());
        }
        let written = Written {
            start: start as u64,
            digest: digest(&text),
        };
        let is_done = match found {
            Some((file, _)) => replace(path, &text, &file).map(|()| true),
            None if path.is_symlink() => break,
            None => durable::create(path, &text, Access::AsNew),
        };
        // Another may have made the file in the meantime.
        if is_done.map_err(|error| failed(path, "write", &error))? {
            return Ok(written);
        }
    }
    let message = format!(
        "could not write `{}`: something is in its place",
        path.display()
    );
    Err(Error::new(Kind::Resources, message))
}

/// Takes the last decision of a file back; whether it did: not where the file is no longer what it was when the decision was written.
///
/// # Errors
/// The file cannot be read or written.
pub fn take_back(path: &Path, written: &Written) -> Result<bool, Error> {
    let path = &real(path);
    let Some((file, now)) = locked(path)? else {
        return Ok(false);
    };
    let before = usize::try_from(written.start).ok();
    let before = before.and_then(|start| now.get(..start));
    let Some(before) = before.filter(|_| digest(&now) == written.digest) else {
        return Ok(false);
    };
    replace(path, before, &file).map_err(|error| failed(path, "write", &error))?;
    Ok(true)
}

/// How often a file may be replaced by others before the one who waits gives up.
const ATTEMPTS: usize = 1_000;

/// The file itself where a link leads to it: it is the file that is replaced.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

fn header() -> Vec<u8> {
    format!("{}\n", COLUMNS.join(",")).into_bytes()
}

/// What a file holds, ready for another line.
fn with_header(path: &Path, before: &[u8]) -> Result<Vec<u8>, Error> {
    if decisions::is_blank(before) {
        return Ok(header());
    }
    let known = before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(before);
    let first = known.trim_ascii_start().split(|byte| *byte == b'\n').next();
    if first.map(<[u8]>::trim_ascii) != Some(header().trim_ascii()) {
        let message = format!("`{}` has other columns: edit it by hand", path.display());
        let error = Error::new(Kind::Configuration, message);
        return Err(error.hint(format!("its first line is `{}`", COLUMNS.join(","))));
    }
    let mut text = before.to_vec();
    if !before.ends_with(b"\n") {
        text.push(b'\n');
    }
    Ok(text)
}

/// A decision as a line.
fn line(decision: &Decision, at: Timestamp) -> String {
    let same = if decision.same { "same" } else { "different" };
    let at = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (a, b) = (&decision.a, &decision.b);
    let values = [
        same,
        &a.source,
        &a.key,
        &b.source,
        &b.key,
        &decision.who,
        &at,
        &decision.why,
    ];
    format!("{}\n", values.map(cell).join(","))
}

/// A file that nobody else writes to, and what it holds; `None` where it is not there.
fn locked(path: &Path) -> Result<Option<(File, Vec<u8>)>, Error> {
    for _ in 0..ATTEMPTS {
        let mut file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(|error| failed(path, "open", &error))?,
        };
        match file.lock() {
            // Some file systems of networks have no locks.
            Err(error) if error.kind() == ErrorKind::Unsupported => {}
            locked => locked.map_err(|error| failed(path, "lock", &error))?,
        }
        // Whoever had the lock before has replaced the file.
        if !is_at(&file, path).map_err(|error| failed(path, "look at", &error))? {
            continue;
        }
        let mut bytes = Vec::new();
        let read = file.read_to_end(&mut bytes);
        read.map_err(|error| failed(path, "read", &error))?;
        return Ok(Some((file, bytes)));
    }
    let message = format!(
        "could not lock `{}`: others keep replacing it",
        path.display()
    );
    Err(Error::new(Kind::Resources, message))
}

/// Whether an open file is the one that its path leads to now.
fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    let there = match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        there => there?,
    };
    Ok(identity(&file.metadata()?)? == identity(&there)?)
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> std::io::Result<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Ok((metadata.dev(), metadata.ino()))
}

/// Elsewhere the standard library does not tell which file it is.
#[cfg(not(unix))]
fn identity(metadata: &Metadata) -> std::io::Result<(u64, std::time::SystemTime)> {
    Ok((metadata.len(), metadata.modified()?))
}

/// Puts a text in the place of a file, which is locked. Who may read and write it stays.
fn replace(path: &Path, text: &[u8], old: &File) -> std::io::Result<()> {
    durable::replace(path, text, Access::Like(&old.metadata()?))
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> Error {
    let message = format!("could not {what} `{}`: {error}", path.display());
    Error::new(Kind::Resources, message)
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn cell(value: &str) -> String {
    match value.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", value.replace('"', "\"\"")),
        false => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use onefold_resolve::RecordName;

    use super::*;

    fn decision(same: bool, why: &str) -> Decision {
        Decision {
            same,
            a: RecordName::new("crm", "1"),
            b: RecordName::new("shop", "a,b"),
            who: "eve".to_owned(),
            at: None,
            why: why.to_owned(),
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        assert_eq!(cell("a b"), "a b");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
    }

    #[test]
    fn decisions_are_taken_back_one_after_another_as_long_as_nobody_writes_between() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("decisions.csv");
        let at = Timestamp::from_second(1_700_000_000).expect("a time");
        assert!(Decisions::read(&path).expect("none").all.is_empty());
        let first = decide(&path, &decision(true, "called"), at).expect("written");
        let one = std::fs::read_to_string(&path).expect("a file");
        let second =
            decide(&path, &decision(false, "two\nlines, \"quoted\""), at).expect("written");
        let read = Decisions::read(&path).expect("decisions");
        assert_eq!(read.all.len(), 2);
        assert_eq!(read.all[1].why, "two\nlines, \"quoted\"");
        assert!(read.end_with(&second) && !read.end_with(&first));
        // The first is not the last.
        assert!(!take_back(&path, &first).expect("read"));
        assert!(take_back(&path, &second).expect("taken back"));
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), one);
        let changed = format!("{one}same,crm,5,crm,6,bob,,\n");
        std::fs::write(&path, &changed).expect("written");
        assert!(!take_back(&path, &first).expect("read"));
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), changed);
        std::fs::write(&path, &one).expect("written");
        assert!(take_back(&path, &first).expect("taken back"));
        assert!(Decisions::read(&path).expect("none").all.is_empty());
        assert!(!take_back(&folder.path().join("none.csv"), &first).expect("nothing"));
    }

    #[test]
    fn a_blank_file_has_no_decisions_and_takes_some() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("decisions.csv");
        let header = header();
        let with_mark = [b"\xef\xbb\xbf", header.as_slice()].concat();
        let cases: [(&[u8], &[u8]); 8] = [
            (b"", &header),
            (b"\xef\xbb\xbf", &header),
            (b"\n", &header),
            (b" \r\n\t\n\n", &header),
            (b"\xef\xbb\xbf\r\n", &header),
            (&header, &header),
            (header.trim_ascii(), &header),
            (&with_mark, &with_mark),
        ];
        for (before, expected) in cases {
            let shown = String::from_utf8_lossy(before);
            std::fs::write(&path, before).expect("written");
            let none = Decisions::read(&path).unwrap_or_else(|e| panic!("{shown:?}: {e}"));
            assert!(none.all.is_empty(), "{shown:?}");
            let written = decide(&path, &decision(true, "called"), Timestamp::UNIX_EPOCH);
            let written = written.unwrap_or_else(|e| panic!("{shown:?}: {e}"));
            let text = std::fs::read(&path).expect("a file");
            assert!(text.starts_with(expected), "{shown:?}");
            let read = Decisions::read(&path).expect("decisions");
            assert_eq!(read.all.len(), 1, "{shown:?}");
            assert!(take_back(&path, &written).expect("taken back"), "{shown:?}");
            assert_eq!(std::fs::read(&path).expect("a file"), expected);
        }
    }

    #[test]
    fn decisions_that_belong_together_are_taken_back_together() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("decisions.csv");
        let at = Timestamp::UNIX_EPOCH;
        decide(&path, &decision(true, "before"), at).expect("written");
        let one = std::fs::read_to_string(&path).expect("a file");
        let both = [decision(false, "first"), decision(false, "second")];
        let written = decide_all(&path, &both, at).expect("written");
        let read = Decisions::read(&path).expect("decisions");
        assert!(read.all.len() == 3 && read.end_with(&written));
        assert!(take_back(&path, &written).expect("taken back"));
        assert_eq!(std::fs::read_to_string(&path).expect("a file"), one);
    }

    #[test]
    fn keys_that_look_like_missing_values_are_keys() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("decisions.csv");
        let mut of_na = decision(true, "-");
        of_na.a = RecordName::new("crm", "NA");
        of_na.b = RecordName::new("null", "none");
        decide(&path, &of_na, Timestamp::UNIX_EPOCH).expect("written");
        let read = Decisions::read(&path).expect("decisions").all;
        assert_eq!(read.len(), 1);
        assert_eq!((&read[0].a, &read[0].b), (&of_na.a, &of_na.b));
        assert_eq!(read[0].why, "-");
    }

    #[test]
    fn of_those_who_decide_at_once_none_loses_a_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("decisions.csv");
        std::thread::scope(|scope| {
            for who in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    for number in 0..5 {
                        let decision = decision(true, &format!("{who} {number}"));
                        decide(path, &decision, Timestamp::UNIX_EPOCH).expect("written");
                    }
                });
            }
        });
        assert_eq!(Decisions::read(&path).expect("decisions").all.len(), 40);
        let files = std::fs::read_dir(folder.path()).expect("a folder");
        assert_eq!(files.count(), 1, "no draft is left");
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let (path, link) = (
            folder.path().join("all.csv"),
            folder.path().join("link.csv"),
        );
        symlink(&path, &link).expect("a link");
        decide(&link, &decision(true, ""), Timestamp::UNIX_EPOCH).expect_err("leads nowhere");
        let first = decide(&path, &decision(true, ""), Timestamp::UNIX_EPOCH).expect("written");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o660)).expect("mode");
        let second = decide(&link, &decision(false, ""), Timestamp::UNIX_EPOCH).expect("written");
        assert!(take_back(&link, &second).expect("taken back"));
        assert!(Decisions::read(&path).expect("one").end_with(&first));
        assert!(link.is_symlink());
        let mode = std::fs::metadata(&path)
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o660);
    }

    #[test]
    fn a_file_of_other_columns_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("decisions.csv");
        let at = Timestamp::from_second(0).expect("a time");
        std::fs::write(&path, "why,decision\nx,same").expect("written");
        let error = decide(&path, &decision(true, ""), at).expect_err("refused");
        assert!(error.to_string().contains("has other columns"), "{error}");
        let text = std::fs::read_to_string(&path).expect("a file");
        assert_eq!(text, "why,decision\nx,same");
    }
}
