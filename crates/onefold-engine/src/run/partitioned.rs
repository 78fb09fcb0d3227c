//! Folders of partitioned outputs: which of their files earlier runs have put there, and which of these go away.
//!
//! A run that publishes such a folder leaves the list of its files in its own folder, in the same commit. The next run removes those that
//! it does not make again, in its commit. It never touches a file that is in no list. Where such a file would be read as a part of the
//! table, nothing is published.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use onefold_spec::model::{Content, Pipeline, path_parts};
use onefold_write::{FilePlace, Publication};
use serde::{Deserialize, Serialize};

use crate::before::{self, Runs};
use crate::error::{Error, Kind};

/// Where the lists are in the folder of a run.
const LISTS: &str = "partitions";

/// The list of the files in a folder.
#[derive(Serialize, Deserialize)]
struct List {
    /// Path of the folder, relative to the output folder.
    folder: String,
    /// Paths of the files, relative to the output folder.
    files: Vec<String>,
}

/// The folders of the partitioned outputs of a run, by number of the output, until they are written.
#[derive(Default)]
pub(super) struct PartitionedFolders(HashMap<usize, PartitionedFolder>);

/// A folder that is being written.
pub(super) struct PartitionedFolder {
    number: usize,
    path: String,
    /// The files of the run before.
    before: Vec<String>,
    /// One of them that is still there.
    example: Option<PathBuf>,
    /// Files that earlier runs have made and the run before has not: whoever has put them back, they must be made again.
    unsure: Vec<String>,
}

impl PartitionedFolders {
    /// Looks at the folders. The output folder is locked, so no other run changes them.
    pub(super) fn open(
        pipeline: &Pipeline,
        output_dir: &Path,
        earlier: &Runs,
    ) -> Result<Self, Error> {
        let mut folders = HashMap::new();
        for (number, output) in pipeline.outputs.iter().enumerate() {
            if let Content::Table {
                partitions: Some(_),
                ..
            } = output.content
            {
                let path = path_parts(&output.path).join("/");
                let listed = listed(earlier, &path)?;
                let folder = PartitionedFolder::open((number, path), listed, output_dir)?;
                folders.insert(number, folder);
            }
        }
        Ok(Self(folders))
    }

    /// The folder of an output.
    pub(super) fn take(&mut self, number: usize) -> Result<PartitionedFolder, Error> {
        let folder = self.0.remove(&number);
        folder.ok_or_else(|| Error::internal("a partitioned output without its folder"))
    }
}

impl PartitionedFolder {
    fn open(
        (number, path): (usize, String),
        Listed { before, earlier }: Listed,
        output_dir: &Path,
    ) -> Result<Self, Error> {
        let mut unsure = Vec::new();
        for file in unknown(output_dir, &path, &before)? {
            match earlier.contains(&file) {
                true => unsure.push(file),
                false => return Err(foreign(&path, &file)),
            }
        }
        let mut files = before.iter();
        let example = files.find(|file| output_dir.join(file).is_file());
        Ok(Self {
            number,
            path,
            example: example.map(PathBuf::from),
            before,
            unsure,
        })
    }

    /// Its path, with `/` between its parts.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// A file of the run before that is still there.
    pub(super) fn example(&self) -> Option<&Path> {
        self.example.as_deref()
    }

    /// Lists the files that are made, and lets the others go.
    pub(super) fn end(self, made: Vec<String>, publication: &Publication) -> Result<(), Error> {
        let names: HashSet<&str> = made.iter().map(String::as_str).collect();
        let mut unsure = self.unsure.iter();
        if let Some(stays) = unsure.find(|file| !names.contains(file.as_str())) {
            return Err(foreign(&self.path, stays));
        }
        let gone = self.before.iter().filter(|f| !names.contains(f.as_str()));
        for file in gone {
            publication.remove(Path::new(file))?;
        }
        let list = List {
            folder: self.path,
            files: made,
        };
        let text = serde_json::to_string_pretty(&list).map_err(Error::internal)?;
        let path = format!("{LISTS}/{}.json", self.number);
        Ok(publication.record(Path::new(&path), (text + "\n").as_bytes())?)
    }
}

/// What published runs have listed of a folder.
#[derive(Default)]
struct Listed {
    /// The files of the last one that wrote the folder.
    before: Vec<String>,
    /// The files of those before it, as far as their lists can be read.
    earlier: HashSet<String>,
}

/// What the published runs of any pipeline have listed of a folder.
fn listed(earlier: &Runs, path: &str) -> Result<Listed, Error> {
    let mut listed = Listed::default();
    let mut is_first = true;
    // A run whose report cannot be read is warned of; what it alone has made is not known.
    for (run, _) in earlier.published() {
        match list_of(run, path) {
            Ok(None) => {}
            Ok(Some(files)) if is_first => {
                listed.before = files;
                is_first = false;
            }
            Ok(Some(files)) => listed.earlier.extend(files),
            Err(error) if is_first => return Err(error),
            Err(_) => {}
        }
    }
    Ok(listed)
}

/// The files that a run has put into a folder. The list says itself of which folder it is: a report hides secrets in paths.
fn list_of(run: &Path, path: &str) -> Result<Option<Vec<String>>, Error> {
    let lists = run.join(LISTS);
    let entries = match std::fs::read_dir(&lists) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries.map_err(|e| before::unreadable(&lists, &e))?,
    };
    for entry in entries {
        let entry = entry.map_err(|e| before::unreadable(&lists, &e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        before::verify(run, &format!("{LISTS}/{name}"))?;
        let text = std::fs::read_to_string(entry.path());
        let text = text.map_err(|e| before::unreadable(&entry.path(), &e))?;
        let list: List =
            serde_json::from_str(&text).map_err(|e| before::unreadable(&entry.path(), &e))?;
        if list.folder == path {
            let below = format!("{path}/");
            let files = list.files.into_iter();
            let files = files.filter(|file| file.starts_with(&below));
            return Ok(Some(files.collect()));
        }
    }
    Ok(None)
}

/// The Parquet files and linked folders in a folder that are not known, in order. DuckDB and Polars read those whose names begin with a
/// dot too, and those in folders with such names.
fn unknown(output_dir: &Path, path: &str, known: &[String]) -> Result<Vec<String>, Error> {
    let names: HashSet<&str> = known.iter().map(String::as_str).collect();
    let mut folders = vec![(output_dir.join(path), path.to_owned())];
    let mut found = Vec::new();
    while let Some((place, folder)) = folders.pop() {
        let unreadable = |error: &io::Error| before::unreadable(&place, error);
        let entries = match std::fs::read_dir(&place) {
            Ok(entries) => entries,
            // What else is in the way, the publication says.
            Err(error) if folder == path && error.kind() != io::ErrorKind::PermissionDenied => {
                return Ok(Vec::new());
            }
            Err(error) => return Err(unreadable(&error)),
        };
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&error))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let kind = entry.file_type().map_err(|error| unreadable(&error))?;
            let inner = format!("{folder}/{name}");
            let is_parquet = name.to_lowercase().ends_with(".parquet");
            if kind.is_dir() {
                folders.push((entry.path(), inner));
            } else if kind.is_symlink() && entry.path().is_dir()
                || is_parquet && !names.contains(inner.as_str())
            {
                found.push((entry.path(), inner));
            }
        }
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    // A file may be known by another name, where capitals do not count.
    let mut places = HashSet::new();
    for file in known {
        places.extend(file_place(&output_dir.join(file))?);
    }
    let mut unknown = Vec::new();
    for (place, name) in found {
        if file_place(&place)?.is_none_or(|place| !places.contains(&place)) {
            unknown.push(name);
        }
    }
    unknown.sort();
    Ok(unknown)
}

fn file_place(path: &Path) -> Result<Option<FilePlace>, Error> {
    FilePlace::of(path).map_err(|error| before::unreadable(path, &error))
}

/// Something in a folder that must not be read as a part of the table.
fn foreign(path: &str, found: &str) -> Error {
    let message = format!(
        "output `{path}`: no run has put `{found}` there, and whoever reads the folder would read it as a part of the table"
    );
    let hint = "move it away, remove the folder if nobody needs it, or choose another path";
    Error::new(Kind::Configuration, message).hint(hint)
}
