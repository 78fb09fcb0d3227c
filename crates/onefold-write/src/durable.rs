//! Single files that are written whole: after a crash, or where the disk is full, there is the old file or the new one.
//!
//! The bytes go into a draft beside the file, which is synced and renamed; then the folder is synced, for the name. Many files that appear
//! together are the work of a [`Publication`](crate::Publication).

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// Who may read and write a file that is made.
#[derive(Debug, Clone, Copy)]
pub enum Access<'a> {
    /// Whoever the process lets at new files.
    AsNew,
    /// Whoever may read and write the file with this metadata.
    Like(&'a Metadata),
    /// Its owner alone.
    Private,
}

/// Puts a file with these bytes at a path; durable when this returns. A symbolic link there is replaced, not what it leads to.
///
/// # Errors
/// The file cannot be written; what was there is then as it was. If the folder cannot be synced, the new file is there, but a loss of power
/// may bring the old one back.
pub fn replace(path: &Path, bytes: &[u8], access: Access<'_>) -> io::Result<()> {
    let draft = draft(path, bytes, access)?;
    draft.persist(path).map_err(|error| error.error)?;
    sync_folder(folder_of(path))
}

/// Puts a file with these bytes at a path where nothing is; durable when this returns. Whether it did: not where something is there.
///
/// # Errors
/// As [`replace`].
pub fn create(path: &Path, bytes: &[u8], access: Access<'_>) -> io::Result<bool> {
    match draft(path, bytes, access)?.persist_noclobber(path) {
        Ok(_) => sync_folder(folder_of(path)).map(|()| true),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

/// Writes and syncs a file that is not there yet. Its name is not durable yet, and after an error a part of it may be there.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in a folder durable.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // Some file systems of networks cannot.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// Elsewhere a folder cannot be opened as a file, and the file system orders its names itself.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The bytes in a synced file beside another, which is gone if nothing becomes of it.
fn draft(path: &Path, bytes: &[u8], access: Access<'_>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    if let Access::AsNew = access {
        use std::os::unix::fs::PermissionsExt;
        // Less what the process takes away from new files.
        builder.permissions(PermissionsExt::from_mode(0o666));
    }
    let mut draft = builder.prefix(".onefold-").tempfile_in(folder_of(path))?;
    draft.write_all(bytes)?;
    if let Access::Like(old) = access {
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, fchown};
            // The group stays where its owner may say so.
            drop(fchown(draft.as_file(), None, Some(old.gid())));
        }
        draft.as_file().set_permissions(old.permissions())?;
    }
    draft.as_file().sync_all()?;
    Ok(draft)
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list");
        for text in ["one", "two"] {
            replace(&path, text.as_bytes(), Access::AsNew).expect("written");
            assert_eq!(fs::read_to_string(&path).expect("a file"), text);
        }
        let nowhere = folder.path().join("nowhere/list");
        replace(&nowhere, b"x", Access::AsNew).expect_err("no folder");
        let taken = folder.path().join("taken");
        fs::create_dir_all(taken.join("full")).expect("a folder");
        replace(&taken, b"x", Access::AsNew).expect_err("a folder is there");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
    }

    #[test]
    fn a_file_is_made_where_none_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list");
        assert!(create(&path, b"one", Access::AsNew).expect("made"));
        assert!(!create(&path, b"two", Access::AsNew).expect("left alone"));
        assert_eq!(fs::read(&path).expect("a file"), b"one");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn access_is_as_it_was_asked_for() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list");
        let mode = || fs::metadata(&path).expect("a file").permissions().mode() & 0o777;
        fs::write(&path, "of the process").expect("written");
        let of_new = mode();
        replace(&path, b"private", Access::Private).expect("written");
        assert_eq!(mode(), 0o600);
        replace(&path, b"new", Access::AsNew).expect("written");
        assert_eq!(mode(), of_new);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("mode");
        let old = fs::metadata(&path).expect("a file");
        replace(&path, b"like", Access::Like(&old)).expect("written");
        assert_eq!(mode(), 0o640);
    }
}
