//! Which paths the files of a run may have: outputs anywhere in the output folder, records in the folder of the run.

use std::fs::Permissions;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::home::{self, HOME, RUNS};
use crate::error::Error;

/// A run id becomes a folder name.
pub(super) fn check_run_id(run_id: &str) -> Result<(), Error> {
    let mut components = Path::new(run_id).components();
    let one_name = matches!(components.next(), Some(Component::Normal(name)) if name == run_id)
        && components.next().is_none();
    if one_name && !run_id.contains(['\n', '\r']) {
        return Ok(());
    }
    Err(Error::path(Path::new(run_id), "a run id is one file name"))
}

/// The path of an output without `.`, by its text alone.
pub(super) fn of_output(relative: &Path) -> Result<PathBuf, Error> {
    let target = plain(relative)?;
    if target.starts_with(HOME) {
        return Err(Error::path(relative, ".onefold is Onefold's own folder"));
    }
    Ok(target)
}

/// The path of a run's record, such as `rejects/crm.parquet`, relative to the output folder.
pub(super) fn of_record(run_id: &str, relative: &Path) -> Result<PathBuf, Error> {
    Ok(run_folder(run_id).join(plain(relative)?))
}

/// The path of an output or of a record of `run_id`, from one that is relative to the output folder.
pub(super) fn parse(run_id: &str, target: &Path) -> Result<PathBuf, Error> {
    match target.strip_prefix(run_folder(run_id)) {
        Ok(record) => of_record(run_id, record),
        Err(_) => of_output(target),
    }
}

/// Whether a target is a record and not an output.
pub(super) fn is_record(target: &Path) -> bool {
    target.starts_with(HOME)
}

/// The path of a record in the folder of its run.
pub(super) fn in_run<'a>(run_id: &str, target: &'a Path) -> &'a Path {
    target.strip_prefix(run_folder(run_id)).unwrap_or(target)
}

fn run_folder(run_id: &str) -> PathBuf {
    Path::new(HOME).join(RUNS).join(run_id)
}

fn plain(relative: &Path) -> Result<PathBuf, Error> {
    if relative.to_str().is_none() {
        return Err(Error::path(relative, "the name is not UTF-8"));
    }
    let mut target = PathBuf::new();
    for component in relative.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => target.push(name),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => {
                return Err(Error::path(relative, "it leads outside the output folder"));
            }
        }
    }
    if target.as_os_str().is_empty() {
        return Err(Error::path(relative, "it names no file"));
    }
    Ok(target)
}

/// Looks at what is there: refuses a target that cannot be replaced by a rename inside `out_dir`; the permissions of an old output.
pub(super) fn inspect(out_dir: &Path, target: &Path) -> Result<Option<Permissions>, Error> {
    match is_record(target) {
        true => inspect_record(out_dir, target).map(|()| None),
        false => inspect_output(out_dir, target),
    }
}

/// Refuses links and other things in the place of a record or of its folders.
fn inspect_record(out_dir: &Path, target: &Path) -> Result<(), Error> {
    let path = out_dir.join(target);
    home::refuse_other_than_file(&path)?;
    for folder in path.ancestors().skip(1) {
        if folder == out_dir {
            break;
        }
        home::refuse_other_than_folder(folder)?;
    }
    Ok(())
}

fn inspect_output(out_dir: &Path, target: &Path) -> Result<Option<Permissions>, Error> {
    let path = out_dir.join(target);
    let permissions = match path.symlink_metadata() {
        Ok(old) if old.is_symlink() => None,
        Ok(old) if old.is_file() => Some(old.permissions()),
        Ok(old) if old.is_dir() => return Err(Error::path(target, "it is a folder")),
        Ok(_) => return Err(Error::path(target, "it is not a regular file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::io("look at", &path, error)),
    };
    // The nearest folder that is already there decides where the new ones will be.
    for folder in path.ancestors().skip(1) {
        match folder.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("look at", folder, error)),
            Ok(_) => {}
        }
        let real = folder
            .canonicalize()
            .map_err(|error| Error::io("look at", folder, error))?;
        if !real.starts_with(out_dir) {
            return Err(Error::path(target, "it leads outside the output folder"));
        }
        if real.starts_with(out_dir.join(HOME)) {
            return Err(Error::path(target, ".onefold is Onefold's own folder"));
        }
        let metadata = real
            .metadata()
            .map_err(|error| Error::io("look at", &real, error))?;
        if !metadata.is_dir() {
            let reason = format!("{} is not a folder", folder.display());
            return Err(Error::path(target, reason));
        }
        if !same_file_system(&real, &out_dir.join(HOME))? {
            return Err(Error::path(
                target,
                "it lies on another file system than the output folder",
            ));
        }
        break;
    }
    Ok(permissions)
}

#[cfg(unix)]
fn same_file_system(a: &Path, b: &Path) -> Result<bool, Error> {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| {
        path.metadata()
            .map(|metadata| metadata.dev())
            .map_err(|error| Error::io("look at", path, error))
    };
    Ok(device(a)? == device(b)?)
}

#[cfg(not(unix))]
fn same_file_system(_a: &Path, _b: &Path) -> Result<bool, Error> {
    Ok(true)
}
