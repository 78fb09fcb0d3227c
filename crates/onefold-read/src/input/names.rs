//! Names of files that hold no data: folders and patterns pass over them.
//!
//! Systems and programs leave files beside the data: a lock, a checksum, an unfinished download. `exports/*.csv` or `exports` does not mean
//! these. Only their names give them away, so the list holds only names that nobody gives to data. A path that names such a file, or a
//! pattern that spells out its mark (`.hidden/*.csv`, `*.part`), does mean it.

/// What marks a name.
#[derive(Debug, Clone, Copy)]
enum Mark {
    Start(&'static str),
    End(&'static str),
    /// The whole name, whatever the case of its letters.
    Is(&'static str),
}

impl Mark {
    fn fits(self, name: &str) -> bool {
        match self {
            Mark::Start(start) => name.starts_with(start),
            Mark::End(end) => ends_with(name, end),
            Mark::Is(whole) => name.eq_ignore_ascii_case(whole),
        }
    }

    /// Whether a part of a pattern has the mark itself, so that its writer meant such names.
    fn spelled(self, part: &str) -> bool {
        match self {
            Mark::Start(start) => part.starts_with(start),
            Mark::End(end) => ends_with(part, end),
            Mark::Is(whole) => part.starts_with('_') && whole.starts_with('_'),
        }
    }
}

fn ends_with(name: &str, end: &str) -> bool {
    let start = name.len().checked_sub(end.len());
    let tail = start.and_then(|start| name.get(start..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

const HIDDEN: &str = "hidden";
const UNFINISHED: &str = "unfinished by its name";
const BACKUP: &str = "a lock or a backup of an editor by its name";
const CHECKSUM: &str = "a checksum by its name";
const BOOKKEEPING: &str = "another program's bookkeeping by its name";

/// Files that hold no data, and why.
const FILES: &[(Mark, &str)] = &[
    (Mark::Start("."), HIDDEN),
    (Mark::Start("~$"), BACKUP),
    (Mark::End("~"), BACKUP),
    (Mark::End(".tmp"), UNFINISHED),
    (Mark::End(".part"), UNFINISHED),
    (Mark::End(".partial"), UNFINISHED),
    (Mark::End(".filepart"), UNFINISHED),
    (Mark::End(".crdownload"), UNFINISHED),
    (Mark::End(".crc"), CHECKSUM),
    (Mark::End(".md5"), CHECKSUM),
    (Mark::End(".sha1"), CHECKSUM),
    (Mark::End(".sha256"), CHECKSUM),
    (Mark::End(".sha512"), CHECKSUM),
    (Mark::Is("_SUCCESS"), BOOKKEEPING),
    (Mark::Is("_metadata"), BOOKKEEPING),
    (Mark::Is("_common_metadata"), BOOKKEEPING),
    (Mark::Start("_committed_"), BOOKKEEPING),
    (Mark::Start("_started_"), BOOKKEEPING),
    (Mark::Is("Thumbs.db"), BOOKKEEPING),
    (Mark::Is("desktop.ini"), BOOKKEEPING),
];

/// Folders whose files hold no data, and why.
const FOLDERS: &[(Mark, &str)] = &[
    (Mark::Start("."), HIDDEN),
    (Mark::Is("__MACOSX"), BOOKKEEPING),
    (Mark::Is("_delta_log"), BOOKKEEPING),
    (Mark::Is("_spark_metadata"), BOOKKEEPING),
    (Mark::Is("_temporary"), UNFINISHED),
];

/// Why a file or a folder that `part` of a pattern fits is passed over; `part` is empty where a folder is read.
pub(crate) fn passed_over(name: &str, is_folder: bool, part: &str) -> Option<&'static str> {
    let marks = if is_folder { FOLDERS } else { FILES };
    let (_, why) = marks
        .iter()
        .find(|(mark, _)| mark.fits(name) && !mark.spelled(part))?;
    Some(why)
}

/// Whether a reason is one that nobody wants to hear of.
pub(crate) fn is_quiet(why: &str) -> bool {
    why == HIDDEN
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_no_data() {
        for name in [
            "._a.csv",
            ".~lock.a.csv#",
            ".DS_Store",
            "~$a.xlsx",
            "a.csv~",
            "a.csv.tmp",
            "a.csv.PART",
            "a.csv.crdownload",
            "a.csv.filepart",
            "part-0000.csv.crc",
            "_SUCCESS",
            "_metadata",
            "_common_metadata",
            "_committed_123",
            "Thumbs.db",
            "desktop.ini",
        ] {
            assert!(passed_over(name, false, "*").is_some(), "{name}");
            assert!(passed_over(name, false, "").is_some(), "{name}");
        }
        for name in [
            "a.csv",
            "_a.csv",
            "a.b.csv",
            "tmp.csv",
            "part-1.csv",
            "SUCCESS.csv",
            "a~b.csv",
            "é~é",
            "crc",
            "metadata",
        ] {
            assert_eq!(passed_over(name, false, "*"), None, "{name}");
        }
    }

    #[test]
    fn folders_that_hold_none() {
        for name in [
            ".git",
            ".onefold",
            ".ipynb_checkpoints",
            "__MACOSX",
            "_delta_log",
            "_temporary",
        ] {
            assert!(passed_over(name, true, "**").is_some(), "{name}");
        }
        for name in ["a.csv", "_2024", "data.tmp"] {
            assert_eq!(passed_over(name, true, "*"), None, "{name}");
        }
    }

    #[test]
    fn a_pattern_that_spells_the_mark_means_it() {
        for (name, is_folder, part) in [
            (".a.csv", false, ".*.csv"),
            (".hidden", true, ".h*"),
            ("a.tmp", false, "*.tmp"),
            ("~$a.xlsx", false, "~$*"),
            ("_SUCCESS", false, "_S*"),
            ("_delta_log", true, "_d*"),
            ("a.csv.crc", false, "*.crc"),
        ] {
            assert_eq!(passed_over(name, is_folder, part), None, "{name} {part}");
        }
    }
}
