//! Old run folders, which would otherwise fill the disk: each holds the rejects of a run.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;

use super::home::{self, HOME, RUNS};
use crate::error::Error;

/// Removes run folders under `output_dir/.onefold/runs` until at most `keep` are left, `current` among them; how many it removed. Those
/// called in `kept` stay besides, such as the last run that was published.
///
/// Run ids begin with the time of their run, so the folder whose name sorts first is the oldest. Only folders that sort before `current`
/// are removed: not `current` itself, and no run that began after it. A symbolic link is neither followed nor removed. A folder that
/// vanishes meanwhile counts as removed by somebody else.
///
/// # Errors
/// [`ErrorKind::Path`](crate::ErrorKind::Path) where `.onefold` or its folder `runs` is a symbolic link;
/// [`ErrorKind::Io`](crate::ErrorKind::Io), the first of them, after every folder was tried.
pub fn prune_runs(
    output_dir: &Path,
    keep: usize,
    current: &str,
    kept: &[&str],
) -> Result<usize, Error> {
    let home = output_dir.join(HOME);
    let runs = home.join(RUNS);
    for folder in [&home, &runs] {
        home::refuse_other_than_folder(folder)?;
    }
    let unreadable = |error| Error::io("read folder", &runs, error);
    let mut older = Vec::new();
    let entries = match fs::read_dir(&runs) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(unreadable)?,
    };
    for entry in entries {
        let entry = entry.map_err(unreadable)?;
        // The type of the entry itself, not of what a link leads to. What has vanished has none.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && entry.file_name().as_encoded_bytes() < current.as_bytes() {
            older.push(entry.file_name());
        }
    }
    older.sort();
    let too_many = older.len().saturating_sub(keep.saturating_sub(1));
    let mut removed = 0;
    let mut failed = None;
    let is_kept = |name: &OsString| kept.iter().any(|kept| name == *kept);
    for name in older.iter().take(too_many).filter(|name| !is_kept(name)) {
        let folder = runs.join(name);
        match fs::remove_dir_all(&folder) {
            Ok(()) => removed += 1,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                failed.get_or_insert(Error::io("remove folder", &folder, error));
            }
        }
    }
    match failed {
        None => Ok(removed),
        Some(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::ErrorKind;

    fn with_runs(names: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().expect("temporary folder");
        for name in names {
            let run = folder.path().join(HOME).join(RUNS).join(name);
            fs::create_dir_all(run.join("rejects")).expect("folder");
            fs::write(run.join("report.json"), "{}").expect("file");
        }
        folder
    }

    fn left(folder: &TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder.path().join(HOME).join(RUNS)).expect("folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("entry").file_name().into_string())
            .collect::<Result<_, _>>()
            .expect("text");
        names.sort();
        names
    }

    #[test]
    fn the_oldest_go() {
        let cases: [(usize, &[&str]); 5] = [
            (0, &["3", "4"]),
            (1, &["3", "4"]),
            (2, &["2", "3", "4"]),
            (3, &["1", "2", "3", "4"]),
            (20, &["1", "2", "3", "4"]),
        ];
        for (keep, expected) in cases {
            let folder = with_runs(&["4", "1", "3", "2"]);
            let removed = prune_runs(folder.path(), keep, "3", &[]).expect("pruned");
            assert_eq!(left(&folder), expected, "keep {keep}");
            assert_eq!(removed, 4 - expected.len());
        }
    }

    #[test]
    fn some_stay_besides() {
        let folder = with_runs(&["4", "1", "3", "2"]);
        assert_eq!(
            prune_runs(folder.path(), 1, "3", &["1"]).expect("pruned"),
            1
        );
        assert_eq!(left(&folder), ["1", "3", "4"]);
    }

    #[test]
    fn a_folder_without_runs_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("temporary folder");
        assert_eq!(prune_runs(folder.path(), 1, "3", &[]).expect("nothing"), 0);
        assert_eq!(fs::read_dir(folder.path()).expect("folder").count(), 0);
    }

    #[test]
    fn files_stay() {
        let folder = with_runs(&["1", "3"]);
        fs::write(folder.path().join(".onefold/runs/0.txt"), "mine").expect("file");
        assert_eq!(prune_runs(folder.path(), 1, "3", &[]).expect("pruned"), 1);
        assert_eq!(left(&folder), ["0.txt", "3"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        use std::os::unix::fs::symlink;
        let elsewhere = with_runs(&["0"]);
        let private = elsewhere.path().join(HOME).join(RUNS);

        let folder = with_runs(&["1", "3"]);
        let runs = folder.path().join(HOME).join(RUNS);
        symlink(&private, runs.join("0")).expect("link");
        symlink(&private, runs.join("1").join("link")).expect("link");
        assert_eq!(prune_runs(folder.path(), 1, "3", &[]).expect("pruned"), 1);
        assert_eq!(left(&folder), ["0", "3"]);
        assert!(private.join("0/report.json").exists());

        for link in [HOME, ".onefold/runs"] {
            let folder = tempfile::tempdir().expect("temporary folder");
            let link = folder.path().join(link);
            fs::create_dir_all(link.parent().expect("a folder")).expect("folder");
            let to = match link.ends_with(HOME) {
                true => elsewhere.path().join(HOME),
                false => private.clone(),
            };
            symlink(to, &link).expect("link");
            let error = prune_runs(folder.path(), 1, "3", &[]).expect_err("a link");
            assert_eq!(error.kind(), ErrorKind::Path);
            assert!(private.join("0/report.json").exists());
        }
    }
}
