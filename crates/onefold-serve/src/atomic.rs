//! Files that are whole at any moment: what was there before, or all of the new text.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::private;

/// Puts a text into the place of a file, which need not be there and keeps its rights. A symbolic link stays, and the file that it leads to is
/// replaced.
///
/// # Errors
/// The link leads nowhere, or the text cannot be written; then everything is as it was.
pub(crate) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = &match path.canonicalize() {
        Ok(path) => path,
        Err(error) if path.is_symlink() => return Err(error),
        Err(_) => path.to_path_buf(),
    };
    let beside = beside(path)?;
    let replaced = (|| {
        let mut file = File::create_new(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(old) = std::fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        std::fs::rename(&beside, path)
    })();
    if replaced.is_err() {
        std::fs::remove_file(&beside).ok();
    }
    replaced
}

/// Makes a file where nothing is, be it a link.
///
/// # Errors
/// Something is there ([`ErrorKind::AlreadyExists`]), or the text cannot be written; then there is no file.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let beside = beside(path)?;
    let created = (|| {
        write_new(&beside, text)?;
        // Unlike a renaming, a link never replaces what somebody else has put there meanwhile.
        match std::fs::hard_link(&beside, path) {
            // There are file systems without links.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => write_new(path, text),
            linked => linked,
        }
    })();
    std::fs::remove_file(&beside).ok();
    created
}

/// Writes a file where none is, or leaves none.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    if written.is_err() {
        std::fs::remove_file(path).ok();
    }
    written
}

/// A hidden place in the same folder.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(path.with_file_name(format!(".{name}.{}", private::id()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("onefold.yaml");
        for text in ["old", "new"] {
            replace(&path, text).expect("written");
            assert_eq!(std::fs::read_to_string(&path).expect("text"), text);
        }
        let nowhere = folder.path().join("none/onefold.yaml");
        assert!(replace(&nowhere, "x").is_err());
        assert_eq!(names(folder.path()), ["onefold.yaml"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_and_rights_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().expect("a folder");
        let elsewhere = tempfile::tempdir().expect("a folder");
        let (file, link) = (
            elsewhere.path().join("real.yaml"),
            folder.path().join("onefold.yaml"),
        );
        symlink(&file, &link).expect("a link");
        assert!(replace(&link, "x").is_err(), "it leads nowhere");
        std::fs::write(&file, "old").expect("written");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o640)).expect("rights");
        replace(&link, "new").expect("written");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&file).expect("text"), "new");
        let mode = file.metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert_eq!(names(folder.path()), ["onefold.yaml"]);
        assert_eq!(names(elsewhere.path()), ["real.yaml"]);
    }

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("onefold.yaml");
        create(&path, "one").expect("written");
        for again in [create(&path, "two"), write_new(&path, "two")] {
            let error = again.expect_err("it is there");
            assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        }
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "one");
        assert_eq!(names(folder.path()), ["onefold.yaml"]);
    }
}
