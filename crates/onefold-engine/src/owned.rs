//! Files that belong to the runs of an output folder, or that they have read, and that nobody else may overwrite.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::before;
use crate::report::{FileReport, SourceReport};
use crate::steps::decisions::COLUMNS;

/// What a file is to the runs of an output folder: an output, a state, a record of a run, a file of decisions, or one that a run has read.
/// `None`: nothing, as far as the folders of the runs tell.
pub fn owned(output_dir: &Path, file: &Path) -> Option<String> {
    let file = &real(file);
    if file.starts_with(real(&output_dir.join(".onefold"))) {
        return Some("a record of a run".to_owned());
    }
    for run in before::runs_in(output_dir) {
        let is_it = |path: &str| *file == real(&output_dir.join(path));
        let is_in = |path: &str| file.starts_with(real(&output_dir.join(path)));
        for output in &run.outputs {
            // One with partitions is a folder.
            if is_it(&output.path) || (output.partitions.is_some() && is_in(&output.path)) {
                return Some(format!("an output of `{}`", run.pipeline));
            }
        }
        for table in &run.tables {
            let ids = table.resolve.as_ref().and_then(|made| made.ids.as_ref());
            if ids.and_then(|ids| ids.state.as_deref()).is_some_and(is_it) {
                return Some(format!("the state of `{}`", table.name));
            }
        }
        let mut sources = run.sources.iter();
        let has_read = |source: &&SourceReport| source.files.iter().any(|read| is_read(file, read));
        if let Some(source) = sources.find(has_read) {
            return Some(format!("named like a file of source `{}`", source.name));
        }
    }
    has_decisions(file).then(|| "a file of decisions".to_owned())
}

/// Whether a file may be one that a run has read, by its name: where it lay the run does not say, and it may have changed since.
fn is_read(file: &Path, read: &FileReport) -> bool {
    file.exists() && Path::new(&read.name).file_name() == file.file_name()
}

/// The path that links lead to; of a file that is not there, as far as its folder is.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let Some(name) = path.file_name() else {
        return path.to_path_buf();
    };
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    match folder.canonicalize() {
        Ok(folder) => folder.join(name),
        // Nothing can be there.
        Err(_) => path.to_path_buf(),
    }
}

/// Bytes in which the names of columns are looked for.
const HEADER: u64 = 4096;

/// Whether a file has the columns of decisions. Where it lies only its pipeline file says, which may be anywhere.
fn has_decisions(file: &Path) -> bool {
    let is_file = file.metadata().is_ok_and(|file| file.is_file());
    let Ok(file) = File::open(file) else {
        return false;
    };
    let mut header = Vec::new();
    let read = BufReader::new(file.take(HEADER)).read_until(b'\n', &mut header);
    let header = String::from_utf8_lossy(&header);
    let names = header.trim_start_matches('\u{feff}').split(',');
    let names: Vec<&str> = names.map(|name| name.trim().trim_matches('"')).collect();
    is_file && read.is_ok() && COLUMNS.iter().all(|column| names.contains(column))
}
