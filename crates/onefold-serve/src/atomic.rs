//! Files that are whole at any moment: what was there before, or all of the new text.

use std::io::{self, ErrorKind};
use std::path::Path;

use onefold_engine::durable::{self, Access};

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
    let old = path.metadata().ok();
    let access = old.as_ref().map_or(Access::AsNew, Access::Like);
    durable::replace(path, text.as_bytes(), access)
}

/// Makes a file where nothing is, be it a link.
///
/// # Errors
/// Something is there ([`ErrorKind::AlreadyExists`]), or the text cannot be written; then there is no file.
pub(crate) fn create(path: &Path, text: &str) -> io::Result<()> {
    match durable::create(path, text.as_bytes(), Access::AsNew)? {
        true => Ok(()),
        false => Err(ErrorKind::AlreadyExists.into()),
    }
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
        let error = create(&path, "two").expect_err("it is there");
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).expect("text"), "one");
        assert_eq!(names(folder.path()), ["onefold.yaml"]);
    }
}
