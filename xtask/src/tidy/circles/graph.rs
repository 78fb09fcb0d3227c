//! Which file of a crate needs which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::resolve::Found;
use super::source::{Import, Source};

/// Files and what they need: from and to, and the places where the need is written.
pub(super) type Needs = BTreeMap<(usize, usize), BTreeSet<(usize, String)>>;

/// What each file names of the others.
pub(super) fn needs(source: &Source) -> Needs {
    let mut needs = Needs::new();
    let macros: BTreeMap<String, usize> = macros(source);
    for (id, module) in source.modules.iter().enumerate() {
        let mut need = |to: usize, line: usize, what: String| {
            if to != module.file {
                let places = needs.entry((module.file, to)).or_default();
                places.insert((line, what));
            }
        };
        let mut import = |import: &Import| {
            let whole = import.path.join("::");
            match source.resolve(id, &import.path) {
                Some(Found::Item(to)) => need(to, import.line, whole),
                // A module that is imported is used where code names something of it.
                Some(Found::Module(_)) | None => {}
            }
        };
        // Where a parent shows what its children have, it names and does not use.
        let shows = !module.children.is_empty();
        let imports = module.imports.iter().filter(|i| !(i.public && shows));
        imports.for_each(&mut import);
        let names = Names::of(&module.items);
        names.imports.iter().for_each(&mut import);
        // An item that is imported has been counted where it is imported.
        let imported = |name: &String| {
            let same = |i: &&Import| i.name.as_ref() == Some(name) && !(i.public && shows);
            let import = module.imports.iter().find(same);
            import.is_some_and(|i| matches!(source.resolve(id, &i.path), Some(Found::Item(_))))
        };
        for (path, line) in names.paths.iter().filter(|(path, _)| !imported(&path[0])) {
            if let Some(Found::Item(to)) = source.resolve(id, path) {
                need(to, *line, path.join("::"));
            }
        }
        for (name, line) in &names.macros {
            if let Some(to) = macros.get(name) {
                need(*to, *line, format!("{name}!"));
            }
        }
    }
    needs
}

/// The files that define macros, which are in scope below their definition without a path.
fn macros(source: &Source) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for module in &source.modules {
        for item in &module.items {
            if let syn::Item::Macro(item) = item
                && let Some(name) = &item.ident
            {
                found.insert(name.to_string(), module.file);
            }
        }
    }
    found
}

/// Sets of files each of which needs every other, itself or by way of others. Sorted.
pub(super) fn circles(files: usize, needs: &Needs) -> Vec<Vec<usize>> {
    let mut reach: Vec<BTreeSet<usize>> = Vec::new();
    for file in 0..files {
        let mut found = BTreeSet::new();
        let mut open = vec![file];
        while let Some(at) = open.pop() {
            let next = needs.keys().filter(|(from, _)| *from == at);
            open.extend(next.map(|(_, to)| *to).filter(|to| found.insert(*to)));
        }
        reach.push(found);
    }
    let mut circles: Vec<Vec<usize>> = (0..files)
        .map(|a| {
            let both = |b: &usize| reach[a].contains(b) && reach[*b].contains(&a);
            (0..files).filter(both).collect()
        })
        .filter(|circle: &Vec<usize>| circle.len() > 1)
        .collect();
    circles.sort();
    circles.dedup();
    circles
}
