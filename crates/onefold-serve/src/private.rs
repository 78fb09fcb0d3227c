//! What only the owner of this server sees on the disk, and ids that nobody guesses.
//!
//! A symbolic link in the place of a folder or a file would lead what is written elsewhere, or have another file read. It is refused.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// So many random bytes, in hexadecimal.
///
/// # Errors
/// The system gives no random bytes.
pub(crate) fn random<const BYTES: usize>() -> io::Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// An id that nobody guesses.
///
/// # Errors
/// The system gives no random bytes.
pub(crate) fn id() -> io::Result<String> {
    random::<12>()
}

/// Makes a folder, with those around it, for the owner's eyes only.
///
/// # Errors
/// It, or the folder around it, is a link; or it cannot be made.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    path.ancestors().take(2).try_for_each(is_no_link)?;
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a file that is not there yet.
///
/// # Errors
/// Something is in its place, be it a link; or it cannot be made.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    own(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// Opens a file to add to, and makes it where it is not there.
///
/// # Errors
/// It is a link, or cannot be opened.
pub(crate) fn file_to_add_to(path: &Path) -> io::Result<File> {
    is_no_link(path)?;
    own(OpenOptions::new().create(true).append(true)).open(path)
}

fn own(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Fails where a part of a path below a folder is a link.
pub(crate) fn leads_nowhere_else(base: &Path, path: &str) -> io::Result<()> {
    let mut place = base.to_path_buf();
    path.split('/').try_for_each(|part| {
        place.push(part);
        is_no_link(&place)
    })
}

/// Fails where a path is a link, whatever it leads to.
pub(crate) fn is_no_link(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => {
            let message = format!("`{}` is a symbolic link", path.display());
            Err(io::Error::other(message))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ() {
        let (a, b) = (id().expect("an id"), id().expect("an id"));
        assert_ne!(a, b);
        assert_eq!(a.len(), 24);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_and_links_are_refused() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let base = tempfile::tempdir().expect("a folder");
        let inner = base.path().join("a/b");
        folder(&inner).expect("made");
        let file = inner.join("x");
        new_file(&file).expect("made");
        file_to_add_to(&file).expect("opened");
        assert!(new_file(&file).is_err());
        let mode = |path: &Path| path.metadata().expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&inner), mode(&file)), (0o700, 0o600));
        let link = base.path().join("link");
        symlink(&inner, &link).expect("a link");
        assert!(folder(&link).is_err() && folder(&link.join("c")).is_err());
        let nowhere = base.path().join("nowhere");
        symlink(base.path().join("not there"), &nowhere).expect("a link");
        assert!(new_file(&nowhere).is_err() && file_to_add_to(&nowhere).is_err());
        assert!(leads_nowhere_else(base.path(), "a/b/x").is_ok());
        assert!(leads_nowhere_else(base.path(), "link/x").is_err());
    }
}
