//! The commit journal: the moves that make a run visible, as text that people can read and a damaged byte betrays.
//!
//! ```text
//! onefold commit 3
//! run 20240710T100000Z
//! kept    0    customer_master.csv
//! absent  1    reports/duplicates.csv
//! absent  2    .onefold/runs/20240710T100000Z/report.json
//! removed 3    people/day=2024-07-09/part-00000.parquet
//! end 9d2c5a8e0f1b7c34
//! ```
//! A file that goes away with the run has `removed` in front, or `erased` where it has no second name.
//! Fields are separated by tabs; `\` and line ends in paths are escaped; the last line is the XXH3 of all bytes before it. Version 1
//! had no records of runs, version 2 removed nothing; they are otherwise the same. A journal that removes nothing is of version 2, so
//! that the releases before version 3 can carry it out.

use std::io;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use super::{home, target};
use crate::error::{Cause, Error};

const HEAD: &str = "onefold commit 3";
/// Of a journal that removes nothing.
const HEAD_OF_PUTS: &str = "onefold commit 2";
const OLD_HEADS: [&str; 2] = ["onefold commit 1", HEAD_OF_PUTS];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Journal {
    pub(super) run_id: String,
    pub(super) moves: Vec<Move>,
}

/// Staged file `number` goes to `target`, or the file there goes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) number: usize,
    pub(super) kind: Kind,
    pub(super) old: Old,
    /// Relative to the output folder, for records too.
    pub(super) target: PathBuf,
}

/// What becomes of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A staged file takes its place.
    Put,
    /// It goes away.
    Gone,
}

/// What was at the target before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    /// Nothing.
    Absent,
    /// A file that has a second name beside the staged one.
    Kept,
    /// A file on a file system without hard links: once replaced or removed, it is gone.
    Replaced,
}

impl Journal {
    pub(super) fn can_be_undone(&self) -> bool {
        self.moves.iter().all(|step| step.old != Old::Replaced)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let head = match self.moves.iter().any(|step| step.kind == Kind::Gone) {
            true => HEAD,
            false => HEAD_OF_PUTS,
        };
        let mut text = format!("{head}\nrun {}\n", self.run_id);
        for step in &self.moves {
            let old = match (step.kind, step.old) {
                (Kind::Put, Old::Absent) => "absent",
                (Kind::Put, Old::Kept) => "kept",
                (Kind::Put, Old::Replaced) => "replaced",
                (Kind::Gone, Old::Replaced) => "erased",
                (Kind::Gone, _) => "removed",
            };
            // `target` takes UTF-8 only.
            let path = escaped(&step.target.to_string_lossy());
            text.push_str(&format!("{old}\t{}\t{path}\n", step.number));
        }
        let digest = xxh3_64(text.as_bytes());
        text.push_str(&format!("end {digest:016x}\n"));
        text.into_bytes()
    }

    /// The journal at `path`; `None` where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, Error> {
        home::refuse_other_than_file(path)?;
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("read", path, error)),
        };
        match Self::parse(&bytes) {
            Ok(journal) => Ok(Some(journal)),
            Err(reason) => {
                let path = path.to_owned();
                Err(Cause::Journal { path, reason }.into())
            }
        }
    }

    fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not text")?;
        let end = text.rfind("end ").ok_or("its end is missing")?;
        let (body, last) = text.split_at(end);
        if last != format!("end {:016x}\n", xxh3_64(body.as_bytes())) {
            return Err("its checksum is wrong");
        }
        let mut lines = body.lines();
        let head = lines.next().ok_or("it is empty")?;
        if head != HEAD && !OLD_HEADS.contains(&head) {
            return Err("its version is unknown");
        }
        let run_id = lines.next().and_then(|line| line.strip_prefix("run "));
        let run_id = run_id.ok_or("its run is missing")?.to_owned();
        target::check_run_id(&run_id).map_err(|_| "its run is no name")?;
        let moves = lines
            .map(|line| parse_move(&run_id, line).ok_or("a line is not understood"))
            .collect::<Result<_, _>>()?;
        Ok(Self { run_id, moves })
    }
}

fn parse_move(run_id: &str, line: &str) -> Option<Move> {
    let (old, rest) = line.split_once('\t')?;
    let (number, path) = rest.split_once('\t')?;
    let (kind, old) = match old {
        "absent" => (Kind::Put, Old::Absent),
        "kept" => (Kind::Put, Old::Kept),
        "replaced" => (Kind::Put, Old::Replaced),
        "removed" => (Kind::Gone, Old::Kept),
        "erased" => (Kind::Gone, Old::Replaced),
        _ => return None,
    };
    Some(Move {
        number: number.parse().ok()?,
        kind,
        old,
        target: target::parse(run_id, Path::new(&unescaped(path)?)).ok()?,
    })
}

fn escaped(path: &str) -> String {
    path.replace('\\', "\\\\")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}

fn unescaped(text: &str) -> Option<String> {
    let mut path = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        path.push(match char {
            '\\' => match chars.next()? {
                '\\' => '\\',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Journal {
        let step = |number, kind, old, target: &str| Move {
            number,
            kind,
            old,
            target: target.into(),
        };
        Journal {
            run_id: "run-7".into(),
            moves: vec![
                step(0, Kind::Put, Old::Kept, "a.csv"),
                step(1, Kind::Put, Old::Absent, "deep/line\nend \\n.json"),
                step(2, Kind::Put, Old::Replaced, "tab\there"),
                step(
                    3,
                    Kind::Put,
                    Old::Absent,
                    ".onefold/runs/run-7/rejects/crm.parquet",
                ),
                step(4, Kind::Gone, Old::Kept, "day=1/part-00000.parquet"),
                step(5, Kind::Gone, Old::Replaced, "day=2/part-00000.parquet"),
            ],
        }
    }

    #[test]
    fn reads_what_it_writes() {
        assert_eq!(Journal::parse(&sample().to_bytes()), Ok(sample()));
        assert!(sample().to_bytes().starts_with(HEAD.as_bytes()));
    }

    #[test]
    fn what_removes_nothing_is_for_older_releases_too() {
        let mut journal = sample();
        journal.moves.retain(|step| step.kind == Kind::Put);
        assert!(journal.to_bytes().starts_with(HEAD_OF_PUTS.as_bytes()));
        assert_eq!(Journal::parse(&journal.to_bytes()), Ok(journal));
    }

    fn signed(body: &str) -> Vec<u8> {
        format!("{body}end {:016x}\n", xxh3_64(body.as_bytes())).into_bytes()
    }

    #[test]
    fn reads_the_versions_before() {
        for head in OLD_HEADS {
            let old = signed(&format!("{head}\nrun r\nkept\t0\ta.csv\n"));
            let journal = Journal::parse(&old).expect("understood");
            assert_eq!(journal.moves[0].target, Path::new("a.csv"));
        }
    }

    #[test]
    fn own_files_other_than_records_of_the_run_are_no_targets() {
        for target in [
            ".onefold/lock",
            ".onefold/runs/s/report.json",
            ".onefold/runs/r/../../lock",
            ".onefold/runs/r",
        ] {
            let journal = signed(&format!("{HEAD}\nrun r\nabsent\t0\t{target}\n"));
            assert_eq!(
                Journal::parse(&journal),
                Err("a line is not understood"),
                "{target}"
            );
        }
    }

    #[test]
    fn every_damaged_byte_and_every_cut_is_seen() {
        let bytes = sample().to_bytes();
        for at in 0..bytes.len() {
            for flip in [1, 0x20, 0x80] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                assert!(Journal::parse(&damaged).is_err(), "byte {at} ^ {flip}");
            }
            assert!(Journal::parse(&bytes[..at]).is_err(), "cut at {at}");
        }
    }
}
