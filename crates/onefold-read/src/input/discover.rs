//! Which files a source's path stands for, now and after the run has written its outputs.
//!
//! A path names a file, a folder or a pattern. A pattern is walked part by part: a part without `*`, `?` and `[` is a name, `**` is any
//! number of folders, and any other part is matched against the names in a folder. Names of files that hold no data are passed over
//! ([`super::names`]).
//!
//! Symbolic links are followed. A file that is reached twice is read once, and the walk does not enter a folder that it is already in.

use std::path::{Path, PathBuf};

use super::files::{Identity, Is, identity, look, resolved, resolved_folder};
use super::target::{Part, Target};
use super::walk::{Discovered, Found, Walk};
use crate::address::{MAX_INPUTS, too_many_inputs};
use crate::error::Error;

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
    if found.inputs.len() > MAX_INPUTS {
        return Err(too_many_inputs(found.inputs.len()));
    }
    if !found.inputs.is_empty() {
        return Ok(found);
    }
    let what = match look(&full) == Some(Is::Folder) {
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
        Ok(Target::File) if look(&full).is_some() => Ok(()),
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
    for Found { input, planned, .. } in walk.files {
        // Other names of the file, too, where any output is there at all.
        let this = match identities.is_empty() {
            true => None,
            false => identity(input.place()),
        };
        let same = identities
            .iter()
            .filter(|(_, other)| Some(other) == this.as_ref());
        for output in planned.into_iter().chain(same.map(|(output, _)| *output)) {
            if found.iter().all(|other| other.output != output) {
                found.push(Overlap {
                    output,
                    exists: look(input.place()) == Some(Is::File),
                    file: input.name().to_owned(),
                });
            }
        }
    }
    found.sort_by_key(|overlap| overlap.output);
    found
}

/// What a source that reads `pattern` below `dir` reads, or would read, in `folder`: a file, or the path itself where it leads there
/// whatever is in it. A path that leads nowhere reads nothing.
pub fn reads_in(dir: &Path, pattern: &str, folder: &Path) -> Option<String> {
    let folder = resolved_folder(folder);
    let mut walk = Walk::new(dir, &[]);
    let full = dir.join(pattern);
    let (fixed, parts) = match Target::of(dir, pattern).ok()? {
        Target::File => (full.clone(), None),
        Target::Folder => (full.clone(), Some((full, vec![Part::all()]))),
        Target::Pattern { base, parts } => {
            let mut fixed = base.clone();
            for part in &parts {
                let Part::Name(name) = part else { break };
                fixed.push(name);
            }
            (fixed, Some((base, parts)))
        }
    };
    if resolved_folder(&fixed).starts_with(&folder) {
        return Some(pattern.to_owned());
    }
    let (base, parts) = parts?;
    // What cannot be looked at now is an error when it is read.
    drop(walk.folder(&base, &parts));
    let mut files = walk.files.iter().map(|found| &found.input);
    let within = files.find(|input| {
        let place = input.place();
        [resolved(place), resolved_folder(place)]
            .iter()
            .any(|path| path.starts_with(&folder))
    });
    within.map(|input| input.name().to_owned())
}
