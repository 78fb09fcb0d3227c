//! Rules of the repository that no compiler knows, as tests.

mod circles;
mod code;
mod directions;
mod documents;
mod floors;
mod kinds;
mod licences;
mod lines;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::workspace::{self, packages, root};

/// What `cargo metadata` says.
fn metadata(arguments: &[&str]) -> Value {
    workspace::metadata(arguments).expect("metadata")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

/// The files of the workspace with these extensions, relative to its root, sorted; what is built or published is left out.
fn files(extensions: &[&str]) -> Vec<PathBuf> {
    fn walk(folder: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_dir() {
                if !matches!(
                    &*name,
                    "target" | "out" | ".git" | ".onefold" | "node_modules"
                ) {
                    walk(&path, extensions, found);
                }
            } else if extensions
                .iter()
                .any(|e| path.extension().is_some_and(|found| found == *e))
            {
                found.push(path);
            }
        }
    }
    let root = root();
    let mut found = Vec::new();
    walk(&root, extensions, &mut found);
    found.sort();
    found
        .iter()
        .map(|path| path.strip_prefix(&root).expect("inside").to_path_buf())
        .collect()
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
