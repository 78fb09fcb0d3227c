//! Which files a source's path stands for, now and once the outputs of a run are there.
//!
//! A path names a file, a folder or a pattern. A pattern is walked part by part: a part without `*`, `?` and `[` is a name, `**` is any
//! number of folders, anything else is held against the names in a folder. Names that no data has are passed over ([`super::names`]).
//!
//! Symbolic links are followed. What is reached through one and stands among the files already is not read a second time, and a link to a
//! folder that the walk is in ends there.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::InputFile;
use super::names;
use crate::address::{MAX_FILES, too_many_files};
use crate::error::{Error, Kind};

/// What a path stands for.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// In order of their names.
    pub(crate) files: Vec<InputFile>,
    /// In order of their names.
    pub(crate) left_out: Vec<LeftOut>,
}

/// Something that a folder or a pattern has and that is not read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// Its name, relative to the input folder.
    pub name: String,
    /// Why: it is this.
    pub why: String,
}

/// Finds the files that `pattern` (a file, a folder or a pattern, relative to `dir`) stands for.
pub(crate) fn discover(dir: &Path, pattern: &str) -> Result<Discovered, Error> {
    let full = dir.join(pattern);
    let mut walk = Walk::new(dir, &[]);
    match Target::of(dir, pattern)? {
        Target::File => {
            walk.add(full.clone(), false, None);
            Ok(())
        }
        Target::Folder => walk.folder(&full, &[Part::all()]),
        Target::Pattern { base, parts } => walk.folder(&base, &parts),
    }
    .map_err(|(path, e)| Error::io(&path, e))?;
    if let Some(dangling) = walk.dangling.first() {
        return Err(Error::unreadable(
            dangling,
            "it is a symbolic link to a file that is not there",
        ));
    }
    let found = walk.finish();
    if found.files.len() > MAX_FILES {
        return Err(too_many_files(found.files.len()));
    }
    if !found.files.is_empty() {
        return Ok(found);
    }
    let what = match full.is_dir() {
        true => "the folder holds no file",
        false => "no file has a name like that",
    };
    let error = Error::unreadable(&full, what);
    Err(match found.left_out.first() {
        Some(first) => error.hint(format!("`{}` is not read: it is {}", first.name, first.why)),
        None => error,
    })
}

/// An output that a source reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// Its place among the outputs.
    pub output: usize,
    /// Name of the file as the source calls it, relative to the input folder.
    pub file: String,
    /// The file is there now, so the output would take its place.
    pub exists: bool,
}

/// Which outputs a source that reads `pattern` below `dir` reads now, or will read once they are there. A path that leads nowhere
/// reads nothing.
pub fn overlaps(dir: &Path, pattern: &str, outputs: &[PathBuf]) -> Vec<Overlap> {
    let planned: Vec<PathBuf> = outputs.iter().map(|path| resolved(path)).collect();
    let mut walk = Walk::new(dir, &planned);
    let full = dir.join(pattern);
    // A path that an output has is that file, even if it could be read as a pattern.
    walk.add(full.clone(), false, walk.output(&full));
    let walked = match Target::of(dir, pattern) {
        Ok(Target::File) if full.exists() => Ok(()),
        // An output may make the folder.
        Ok(Target::File | Target::Folder) => walk.folder(&full, &[Part::all()]),
        Ok(Target::Pattern { base, parts }) => walk.folder(&base, &parts),
        Err(_) => return Vec::new(),
    };
    // What cannot be looked at now is an error when it is read.
    drop(walked);
    let identities: Vec<(usize, Identity)> = outputs
        .iter()
        .enumerate()
        .filter_map(|(number, path)| Some((number, identity(path)?)))
        .collect();
    let mut found: Vec<Overlap> = Vec::new();
    for Found { file, planned, .. } in walk.files {
        // Other names of the file, too, where any output is there at all.
        let this = match identities.is_empty() {
            true => None,
            false => identity(&file.path),
        };
        let same = identities
            .iter()
            .filter(|(_, other)| Some(other) == this.as_ref());
        for output in planned.into_iter().chain(same.map(|(output, _)| *output)) {
            if found.iter().all(|other| other.output != output) {
                found.push(Overlap {
                    output,
                    exists: file.path.is_file(),
                    file: file.name.clone(),
                });
            }
        }
    }
    found.sort_by_key(|overlap| overlap.output);
    found
}

/// What tells two names of one file: its place on the device.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// What tells two names of one file: its path without links.
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    path.canonicalize().ok()
}

/// A path without links in its folders, as far as these are there; its last name stays as it is.
fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let (Some(parent), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        return absolute.canonicalize().unwrap_or(absolute);
    };
    parent
        .canonicalize()
        .unwrap_or_else(|_| resolved(parent))
        .join(name)
}

/// What a path is.
enum Target {
    File,
    Folder,
    Pattern { base: PathBuf, parts: Vec<Part> },
}

impl Target {
    fn of(dir: &Path, pattern: &str) -> Result<Self, Error> {
        let full = dir.join(pattern);
        if full.is_dir() {
            return Ok(Target::Folder);
        }
        if full.exists() || !pattern.contains(PATTERN) {
            return Ok(Target::File);
        }
        let malformed = |e: glob::PatternError| {
            Error::new(
                Kind::Declaration,
                format!("`{pattern}` is not a file pattern: {}", e.msg),
            )
        };
        glob::Pattern::new(pattern).map_err(malformed)?;
        let mut base = dir.to_path_buf();
        if Path::new(pattern).has_root() {
            base.push(std::path::MAIN_SEPARATOR_STR);
        }
        let mut parts = Vec::new();
        for text in pattern.split(std::path::is_separator) {
            match text {
                "" | "." => {}
                "**" if matches!(parts.last(), Some(Part::Folders)) => {}
                "**" => parts.push(Part::Folders),
                text if text.contains(PATTERN) => {
                    let glob = glob::Pattern::new(text).map_err(malformed)?;
                    parts.push(Part::Like(glob, text.to_owned()));
                }
                text => parts.push(Part::Name(text.to_owned())),
            }
        }
        if matches!(parts.last(), Some(Part::Folders)) {
            parts.push(Part::all());
        }
        Ok(Target::Pattern { base, parts })
    }
}

/// Characters that make a path a pattern.
const PATTERN: [char; 3] = ['*', '?', '['];

/// A part of a pattern, between two separators.
enum Part {
    Name(String),
    Like(glob::Pattern, String),
    /// `**`: any number of folders.
    Folders,
}

impl Part {
    /// Every name in a folder.
    fn all() -> Self {
        Part::Like(glob::Pattern::default(), String::new())
    }

    fn fits(&self, name: &str) -> bool {
        match self {
            Part::Name(own) => own == name,
            Part::Like(_, text) if text.is_empty() => true,
            Part::Like(glob, _) => glob.matches(name),
            Part::Folders => true,
        }
    }

    fn text(&self) -> &str {
        match self {
            Part::Name(text) | Part::Like(_, text) => text,
            Part::Folders => "",
        }
    }
}

/// A failure, and the path that was looked at.
type Failure = (PathBuf, std::io::Error);

struct Found {
    file: InputFile,
    /// Reached through a symbolic link below the start.
    linked: bool,
    /// The output that it is.
    planned: Option<usize>,
}

/// A walk through folders.
struct Walk<'a> {
    dir: &'a Path,
    /// Outputs that will be there, resolved.
    planned: &'a [PathBuf],
    files: Vec<Found>,
    left_out: Vec<LeftOut>,
    /// Links to nothing.
    dangling: Vec<PathBuf>,
    /// The folders in which the walk started and to which links led it, without links.
    within: Vec<PathBuf>,
}

/// A name in a folder.
struct Entry {
    name: String,
    path: PathBuf,
    is: Is,
    linked: bool,
    /// The output that it is.
    planned: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    File,
    Folder,
    Nothing,
    Other,
}

impl<'a> Walk<'a> {
    fn new(dir: &'a Path, planned: &'a [PathBuf]) -> Self {
        Walk {
            dir,
            planned,
            files: Vec::new(),
            left_out: Vec::new(),
            dangling: Vec::new(),
            within: Vec::new(),
        }
    }

    fn name(&self, path: &Path) -> String {
        let name = path.strip_prefix(self.dir).unwrap_or(path);
        name.to_string_lossy().into_owned()
    }

    /// The output that a path is.
    fn output(&self, path: &Path) -> Option<usize> {
        if self.planned.is_empty() {
            return None;
        }
        let resolved = resolved(path);
        self.planned.iter().position(|output| *output == resolved)
    }

    fn add(&mut self, path: PathBuf, linked: bool, planned: Option<usize>) {
        let name = self.name(&path);
        self.files.push(Found {
            file: InputFile { path, name },
            linked,
            planned,
        });
    }

    fn leave_out(&mut self, path: &Path, why: impl Into<String>) {
        let name = self.name(path);
        self.left_out.push(LeftOut {
            name,
            why: why.into(),
        });
    }

    /// Walks `parts` from a folder.
    fn folder(&mut self, folder: &Path, parts: &[Part]) -> Result<(), Failure> {
        self.within.push(resolved_folder(folder));
        let walked = self.walk(folder, parts, false);
        self.within.pop();
        walked
    }

    fn walk(&mut self, folder: &Path, parts: &[Part], linked: bool) -> Result<(), Failure> {
        let Some((part, rest)) = parts.split_first() else {
            return Ok(());
        };
        match part {
            Part::Name(name) => {
                let path = folder.join(name);
                let is_link = path.is_symlink();
                let entry = Entry {
                    is: self.is(&path),
                    linked: is_link,
                    planned: self.output(&path),
                    name: name.clone(),
                    path,
                };
                self.take(entry, rest, linked)
            }
            Part::Like(..) => {
                for entry in self.list(folder)? {
                    if !part.fits(&entry.name) {
                        continue;
                    }
                    let is_folder = entry.is == Is::Folder;
                    match names::passed_over(&entry.name, is_folder, part.text()) {
                        Some(why) if names::is_quiet(why) || is_folder => {}
                        Some(why) if rest.is_empty() => self.leave_out(&entry.path, why),
                        Some(_) => {}
                        None => self.take(entry, rest, linked)?,
                    }
                }
                Ok(())
            }
            Part::Folders => {
                self.walk(folder, rest, linked)?;
                for entry in self.list(folder)? {
                    let is_data = names::passed_over(&entry.name, true, "").is_none();
                    if entry.is != Is::Folder || !is_data {
                        continue;
                    }
                    let is_above = |real: PathBuf| {
                        let mut within = self.within.iter();
                        within.any(|folder| folder.starts_with(&real))
                    };
                    if !(entry.linked && is_above(resolved_folder(&entry.path))) {
                        self.enter(entry, parts, linked)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Goes on from what a part fits.
    fn take(&mut self, entry: Entry, rest: &[Part], linked: bool) -> Result<(), Failure> {
        match (entry.is, rest.is_empty()) {
            (Is::Folder, false) => self.enter(entry, rest, linked),
            (Is::File, true) => {
                self.add(entry.path, linked || entry.linked, entry.planned);
                Ok(())
            }
            (Is::Folder, true) => {
                // A folder that is read has folders of its own; a pattern fits one where files are meant.
                self.leave_out(&entry.path, "a folder");
                Ok(())
            }
            (Is::Nothing, _) if entry.linked => {
                self.dangling.push(entry.path);
                Ok(())
            }
            (Is::Other, true) => {
                self.leave_out(&entry.path, "not a regular file");
                Ok(())
            }
            (Is::File | Is::Nothing | Is::Other, _) => Ok(()),
        }
    }

    fn enter(&mut self, entry: Entry, parts: &[Part], linked: bool) -> Result<(), Failure> {
        if !entry.linked {
            return self.walk(&entry.path, parts, linked);
        }
        self.within.push(resolved_folder(&entry.path));
        let walked = self.walk(&entry.path, parts, true);
        self.within.pop();
        walked
    }

    fn is(&self, path: &Path) -> Is {
        match path.metadata() {
            Ok(found) if found.is_file() => Is::File,
            Ok(found) if found.is_dir() => Is::Folder,
            Ok(_) => Is::Other,
            Err(_) if self.planned.is_empty() => Is::Nothing,
            Err(_) => {
                let resolved = resolved(path);
                match self.planned.iter().find(|p| p.starts_with(&resolved)) {
                    Some(output) if *output == resolved => Is::File,
                    Some(_) => Is::Folder,
                    None => Is::Nothing,
                }
            }
        }
    }

    /// What is in a folder, and what will be.
    fn list(&self, folder: &Path) -> Result<Vec<Entry>, Failure> {
        let mut entries = Vec::new();
        let failed = |e| (folder.to_path_buf(), e);
        match std::fs::read_dir(folder) {
            Ok(found) => {
                for entry in found {
                    let entry = entry.map_err(failed)?;
                    let kind = entry.file_type().map_err(failed)?;
                    let path = entry.path();
                    let is = match kind {
                        _ if kind.is_symlink() => self.is(&path),
                        _ if kind.is_file() => Is::File,
                        _ if kind.is_dir() => Is::Folder,
                        _ => Is::Other,
                    };
                    entries.push(Entry {
                        name: entry.file_name().to_string_lossy().into_owned(),
                        path,
                        is,
                        linked: kind.is_symlink(),
                        planned: None,
                    });
                }
            }
            Err(e)
                if matches!(
                    e.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) => {}
            Err(e) => return Err(failed(e)),
        }
        if self.planned.is_empty() {
            return Ok(entries);
        }
        let here = resolved_folder(folder);
        for (number, output) in self.planned.iter().enumerate() {
            let Ok(below) = output.strip_prefix(&here) else {
                continue;
            };
            let Some(first) = below.components().next() else {
                continue;
            };
            let name = first.as_os_str().to_string_lossy().into_owned();
            let (is, planned) = match below.components().count() {
                1 => (Is::File, Some(number)),
                _ => (Is::Folder, None),
            };
            match entries.iter_mut().find(|entry| entry.name == name) {
                Some(there) => there.planned = there.planned.or(planned),
                None => entries.push(Entry {
                    path: folder.join(first.as_os_str()),
                    name,
                    is,
                    linked: false,
                    planned,
                }),
            }
        }
        Ok(entries)
    }

    /// Each file once, in order of the names.
    fn finish(mut self) -> Discovered {
        self.files.sort_by(|a, b| {
            let by_name = a.file.name.cmp(&b.file.name);
            by_name.then_with(|| a.file.path.cmp(&b.file.path))
        });
        self.files.dedup_by(|a, b| a.file.path == b.file.path);
        if self.files.iter().any(|found| found.linked) {
            self.drop_second_names();
        }
        self.left_out.sort();
        self.left_out.dedup();
        Discovered {
            files: self.files.into_iter().map(|found| found.file).collect(),
            left_out: self.left_out,
        }
    }

    /// What a link leads to is left out where it is there under its own name, or was reached by a link before.
    fn drop_second_names(&mut self) {
        let real = |found: &Found| {
            let path = &found.file.path;
            path.canonicalize().unwrap_or_else(|_| path.clone())
        };
        let mut first: HashMap<PathBuf, String> = HashMap::new();
        for found in self.files.iter().filter(|found| !found.linked) {
            first.insert(real(found), found.file.name.clone());
        }
        let files = std::mem::take(&mut self.files);
        for found in files {
            if found.linked {
                let real = real(&found);
                if let Some(other) = first.get(&real) {
                    let why = format!("a link to `{other}`, which is read");
                    self.leave_out(&found.file.path, why);
                    continue;
                }
                first.insert(real, found.file.name.clone());
            }
            self.files.push(found);
        }
    }
}

/// A folder without links, as far as it is there.
fn resolved_folder(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| resolved(path))
}
