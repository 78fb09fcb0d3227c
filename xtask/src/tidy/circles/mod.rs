//! No circle among the modules of a crate: a file may need another only if that one, by whatever way, does not need it.
//!
//! A module is a file; a parent and its children are files of their own. What a file needs is what it imports of its own crate and what its
//! code names of it, tests left out. A name counts for the file that defines it, however it is re-exported on the way. `mod` and, in a
//! file with child modules, `pub use` only name.
//!
//! What is not seen: methods, whose file only the compiler knows; what macros of other crates make; paths in attributes.

mod graph;
mod names;
mod resolve;
mod source;
mod tests;

use std::path::Path;

use super::{metadata, packages, text};
use source::Source;

/// Crates that still have circles.
const NOT_YET: &[&str] = &[];

/// The circles of the crate with this root: a paragraph each, with the places that close it.
fn circles(root: &Path, text: &dyn Fn(&Path) -> Option<String>) -> Vec<String> {
    let source = Source::read(root, text);
    let needs = graph::needs(&source);
    let shown = |file: usize| source.files[file].display();
    let circles = graph::circles(source.files.len(), &needs);
    let circles = circles.iter().map(|circle| {
        let mut lines = vec![format!("a circle of {} modules:", circle.len())];
        for ((from, to), places) in &needs {
            if circle.contains(from) && circle.contains(to) {
                lines.push(format!("  {} -> {}", shown(*from), shown(*to)));
                let places = places.iter();
                let places =
                    places.map(|(line, what)| format!("    {}:{line}: {what}", shown(*from)));
                lines.extend(places);
            }
        }
        lines.join("\n")
    });
    circles.collect()
}

/// Every crate of the workspace with its circles; a crate may have several roots, such as a library and a program.
fn all() -> Vec<(String, Vec<String>)> {
    let metadata = metadata(&["--no-deps"]);
    let folder = crate::root().canonicalize().expect("a folder");
    let read = |path: &Path| std::fs::read_to_string(folder.join(path)).ok();
    let mut all = Vec::new();
    for (name, package) in packages(&metadata) {
        let mut found = Vec::new();
        for target in package["targets"].as_array().expect("targets") {
            let kinds = target["kind"].as_array().expect("kinds");
            if kinds.iter().any(|kind| kind == "lib" || kind == "bin") {
                let root = Path::new(text(&target["src_path"]));
                let root = root.strip_prefix(&folder).expect("inside");
                found.extend(circles(root, &read));
            }
        }
        all.push((name.to_owned(), found));
    }
    all
}

#[test]
fn modules_need_each_other_in_one_direction() {
    let all = all();
    let mut wrong = Vec::new();
    for (name, circles) in &all {
        let allowed = NOT_YET.contains(&name.as_str());
        if allowed && circles.is_empty() {
            wrong.push(format!(
                "{name} has no circle any more: take it out of `NOT_YET`"
            ));
        }
        if !allowed {
            wrong.extend(circles.iter().map(|circle| format!("{name}: {circle}")));
        }
    }
    let unknown = NOT_YET
        .iter()
        .filter(|listed| !all.iter().any(|(name, _)| name == *listed));
    wrong.extend(unknown.map(|name| format!("`NOT_YET` has {name}, which is no crate")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
