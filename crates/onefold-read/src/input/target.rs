//! What a source's path stands for: a file, a folder or a pattern.

use std::path::{Path, PathBuf};

use super::files::{Is, look};
use crate::error::{Error, Kind};

/// What a path is.
pub(super) enum Target {
    File,
    Folder,
    Pattern { base: PathBuf, parts: Vec<Part> },
}

impl Target {
    pub(super) fn of(dir: &Path, pattern: &str) -> Result<Self, Error> {
        let full = dir.join(pattern);
        if look(&full) == Some(Is::Folder) {
            return Ok(Target::Folder);
        }
        if look(&full).is_some() || !pattern.contains(PATTERN) {
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
pub(super) enum Part {
    Name(String),
    Like(glob::Pattern, String),
    /// `**`: any number of folders.
    Folders,
}

impl Part {
    /// Every name in a folder.
    pub(super) fn all() -> Self {
        Part::Like(glob::Pattern::default(), String::new())
    }

    pub(super) fn fits(&self, name: &str) -> bool {
        match self {
            Part::Name(own) => own == name,
            Part::Like(_, text) if text.is_empty() => true,
            Part::Like(glob, _) => glob.matches(name),
            Part::Folders => true,
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Part::Name(text) | Part::Like(_, text) => text,
            Part::Folders => "",
        }
    }
}
