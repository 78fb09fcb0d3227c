//! Files that commands write themselves: whole, or as they were.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context as _;
use onefold_engine::durable::{self, Access};

/// Replaces a file by one with these bytes. What is no file, such as `/dev/stdout`, is written to.
///
/// # Errors
/// The bytes cannot be written; a file that was there is then as it was.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    replace(path, bytes).with_context(|| format!("could not write `{}`", path.display()))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let before = match fs::metadata(path) {
        Ok(before) if !before.is_file() => return fs::write(path, bytes),
        Ok(before) => Some(before),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    // A link stays one: what it leads to is replaced.
    let target = match (&before, fs::symlink_metadata(path)) {
        (Some(_), _) => path.canonicalize()?,
        // It leads nowhere, so there is nothing to keep whole.
        (None, Ok(link)) if link.is_symlink() => return fs::write(path, bytes),
        (None, _) => path.to_path_buf(),
    };
    let access = before.as_ref().map_or(Access::AsNew, Access::Like);
    durable::replace(&target, bytes, access)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let (path, link) = (folder.path().join("answer"), folder.path().join("link"));
        std::os::unix::fs::symlink(&path, &link).expect("a link");
        for text in ["one", "two"] {
            write(&link, text.as_bytes()).expect("written");
            assert_eq!(fs::read_to_string(&path).expect("a file"), text);
            assert!(link.is_symlink());
        }
    }

    #[test]
    fn a_file_is_replaced_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("answer.csv");
        for text in ["one", "two"] {
            write(&path, text.as_bytes()).expect("written");
            assert_eq!(fs::read_to_string(&path).expect("a file"), text);
        }
        let nowhere = folder.path().join("nowhere/answer.csv");
        let error = write(&nowhere, b"x").expect_err("no folder");
        assert!(error.to_string().contains("nowhere"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_stays_a_device() {
        let error = write(Path::new("/dev/full"), b"x").expect_err("full");
        assert!(format!("{error:#}").contains("/dev/full"), "{error:#}");
        assert!(!fs::metadata("/dev/full").expect("a device").is_file());
    }
}
