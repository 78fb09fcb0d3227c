//! A walk through folders, part by part of a pattern.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use super::files::{Input, Is, Listed, is_link, list, look, real, resolved, resolved_folder};
use super::names;
use super::target::Part;

/// What a path stands for.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// In order of their names.
    pub(crate) inputs: Vec<Input>,
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

/// A failure, and the path that was looked at.
pub(super) type Failure = (PathBuf, io::Error);

pub(super) struct Found {
    pub(super) input: Input,
    /// Reached through a symbolic link below the start.
    linked: bool,
    /// The output that it is.
    pub(super) planned: Option<usize>,
}

/// A walk through folders.
pub(super) struct Walk<'a> {
    dir: &'a Path,
    /// Outputs that will be there, resolved.
    planned: &'a [PathBuf],
    pub(super) files: Vec<Found>,
    left_out: Vec<LeftOut>,
    /// Links to nothing.
    pub(super) dangling: Vec<PathBuf>,
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

impl<'a> Walk<'a> {
    pub(super) fn new(dir: &'a Path, planned: &'a [PathBuf]) -> Self {
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
    pub(super) fn output(&self, path: &Path) -> Option<usize> {
        if self.planned.is_empty() {
            return None;
        }
        let resolved = resolved(path);
        self.planned.iter().position(|output| *output == resolved)
    }

    pub(super) fn add(&mut self, path: PathBuf, linked: bool, planned: Option<usize>) {
        let name = self.name(&path);
        self.files.push(Found {
            input: Input::file(path, name),
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
    pub(super) fn folder(&mut self, folder: &Path, parts: &[Part]) -> Result<(), Failure> {
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
                let is_link = is_link(&path);
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
        if let Some(found) = look(path) {
            return found;
        }
        if self.planned.is_empty() {
            return Is::Nothing;
        }
        let resolved = resolved(path);
        match self.planned.iter().find(|p| p.starts_with(&resolved)) {
            Some(output) if *output == resolved => Is::File,
            Some(_) => Is::Folder,
            None => Is::Nothing,
        }
    }

    /// What is in a folder, and what will be.
    fn list(&self, folder: &Path) -> Result<Vec<Entry>, Failure> {
        let listed = list(folder).map_err(|e| (folder.to_path_buf(), e))?;
        let entry = |listed: Listed| Entry {
            is: listed.is.unwrap_or_else(|| self.is(&listed.path)),
            linked: listed.is.is_none(),
            name: listed.name,
            path: listed.path,
            planned: None,
        };
        let mut entries: Vec<Entry> = listed.into_iter().map(entry).collect();
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
    pub(super) fn finish(mut self) -> Discovered {
        self.files.sort_by(|a, b| {
            let by_name = a.input.name().cmp(b.input.name());
            by_name.then_with(|| a.input.place().cmp(b.input.place()))
        });
        self.files
            .dedup_by(|a, b| a.input.place() == b.input.place());
        if self.files.iter().any(|found| found.linked) {
            self.drop_second_names();
        }
        self.left_out.sort();
        self.left_out.dedup();
        Discovered {
            inputs: self.files.into_iter().map(|found| found.input).collect(),
            left_out: self.left_out,
        }
    }

    /// What a link leads to is left out where it is there under its own name, or was reached by a link before.
    fn drop_second_names(&mut self) {
        let real = |found: &Found| real(found.input.place());
        let mut first: HashMap<PathBuf, String> = HashMap::new();
        for found in self.files.iter().filter(|found| !found.linked) {
            first.insert(real(found), found.input.name().to_owned());
        }
        let files = std::mem::take(&mut self.files);
        for found in files {
            if found.linked {
                let real = real(&found);
                if let Some(other) = first.get(&real) {
                    let why = format!("a link to `{other}`, which is read");
                    self.leave_out(found.input.place(), why);
                    continue;
                }
                first.insert(real, found.input.name().to_owned());
            }
            self.files.push(found);
        }
    }
}
