//! A file has one subject and rarely more than 500 lines; a longer one says why.

use std::path::Path;

use super::{files, read};

/// The most lines of a file that needs no reason.
const MOST: usize = 500;
/// How the reason begins; it stands in the first lines of the file.
const REASON: &str = "//! Long because ";
const HEAD: usize = 15;

/// Files that are longer and do not say why, still.
const NOT_YET: &[&str] = &[];

/// Whether a file is longer than it may be.
fn is_too_long(text: &str) -> bool {
    let has_reason = text.lines().take(HEAD).any(|line| {
        line.strip_prefix(REASON)
            .is_some_and(|reason| !reason.trim().is_empty())
    });
    text.lines().count() > MOST && !has_reason
}

#[test]
fn what_is_too_long() {
    let lines = |count: usize| "x\n".repeat(count);
    let reason = "//! Long because a table is one table.\n";
    assert!(!is_too_long(&lines(500)));
    assert!(is_too_long(&lines(501)));
    assert!(!is_too_long(&format!(
        "{}{reason}{}",
        lines(14),
        lines(500)
    )));
    assert!(is_too_long(&format!("{}{reason}{}", lines(15), lines(500))));
    assert!(is_too_long(&format!("//! Long because \n{}", lines(500))));
}

#[test]
fn a_long_file_says_why() {
    let of_ours = |path: &Path| {
        let mut parts = path.iter().filter_map(|part| part.to_str());
        match parts.next() {
            Some("crates") => parts.nth(1) == Some("src"),
            Some("xtask") => parts.next() == Some("src"),
            Some("fuzz") => true,
            _ => false,
        }
    };
    let long: Vec<String> = files(&["rs"])
        .iter()
        .filter(|path| of_ours(path) && is_too_long(&read(path)))
        .map(|path| path.display().to_string())
        .collect();
    let new: Vec<_> = long
        .iter()
        .filter(|path| !NOT_YET.contains(&path.as_str()))
        .collect();
    let done: Vec<_> = NOT_YET
        .iter()
        .filter(|path| !long.iter().any(|long| long == *path))
        .collect();
    assert!(
        new.is_empty(),
        "more than {MOST} lines, and no `{REASON}...` in the first {HEAD}: {new:#?}"
    );
    assert!(done.is_empty(), "take out of `NOT_YET`: {done:#?}");
}
