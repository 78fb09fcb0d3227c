//! Modules stand on floors: they import from their own floor and from lower ones, and never in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::{files, read};

/// A crate, and its modules by floor, the lowest first.
type Floors = (&'static str, &'static [&'static [&'static str]]);

/// The crates whose modules stand on floors. Their `lib.rs` says what each module answers.
const FLOORS: &[Floors] = &[
    (
        "onefold-rows",
        &[
            &[
                "ahead", "batch", "hash", "parallel", "place", "scatter", "views",
            ],
            &["partition"],
        ],
    ),
    (
        "onefold-operators",
        &[
            &["error", "uuid"],
            &[
                "batch", "chunks", "column", "compact", "distinct", "schema", "text", "time",
            ],
            &["groups", "index", "keys"],
            &["gather", "table"],
            &["asof", "dedupe", "lookup", "sessionize", "sort"],
        ],
    ),
    (
        "onefold-resolve",
        &[
            &[
                "customer_id",
                "decision",
                "error",
                "options",
                "records",
                "selection",
                "sources",
                "state",
                "values",
            ],
            &[
                "bonds",
                "decided",
                "match_groups",
                "parting",
                "people",
                "rule_set",
                "union_find",
            ],
            &[
                "clusters",
                "evaluate",
                "ids",
                "likeness",
                "lists",
                "merges",
                "order",
                "survivorship",
                "weights",
            ],
            &[
                "columns",
                "customers",
                "cuts",
                "duplicates",
                "lineage",
                "links",
                "members",
                "possible",
                "provenance",
                "report",
                "resolve",
                "resolved",
            ],
        ],
    ),
];

/// The paths after `crate::` and `super::` in the code of a module, its tests left out. `module` is empty for `lib.rs`.
fn imports(module: &str, code: &str) -> Vec<String> {
    let code = code.split("#[cfg(test)]\nmod tests").next();
    let lines = code.unwrap_or_default().lines();
    let code: String = lines
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let parent = module
        .rsplit_once("::")
        .map_or("", |(parent, _)| parent)
        .to_owned();
    let mut found = Vec::new();
    for (start, base) in [("crate::", String::new()), ("super::", parent)] {
        for rest in code.split(start).skip(1) {
            let names = match rest.strip_prefix('{') {
                Some(list) => list.split('}').next().unwrap_or_default(),
                None => rest
                    .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                    .next()
                    .unwrap_or_default(),
            };
            let names = names.split(',').map(str::trim);
            found.extend(names.filter(|name| !name.is_empty()).map(|name| {
                let separator = if base.is_empty() { "" } else { "::" };
                format!("{base}{separator}{name}")
            }));
        }
    }
    found
}

/// The modules of a crate, each with those that it imports from. An import of an item of the crate's root, or of a folder's `mod.rs`, is one
/// of the root or the folder.
fn modules(package: &str) -> BTreeMap<String, BTreeSet<String>> {
    let root = format!("crates/{package}/src/");
    let mut texts = BTreeMap::new();
    for path in files(&["rs"]) {
        let name = path.to_string_lossy().replace('\\', "/");
        if let Some(module) = name.strip_prefix(&root) {
            let module = module.trim_end_matches(".rs").trim_end_matches("/mod");
            let module = module.replace('/', "::");
            let module = if module == "lib" { "" } else { &module };
            texts.insert(module.to_owned(), read(&path));
        }
    }
    let owner = |path: &str| {
        let mut path = path;
        while !texts.contains_key(path) {
            path = path.rsplit_once("::").map_or("", |(parent, _)| parent);
        }
        path.to_owned()
    };
    let found = texts.iter().map(|(module, text)| {
        let targets = imports(module, text)
            .iter()
            .map(|path| owner(path))
            .collect();
        (module.clone(), targets)
    });
    found.collect()
}

/// The first circle of imports that is reached from a module.
fn circle(
    modules: &BTreeMap<String, BTreeSet<String>>,
    module: &str,
    path: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = path.iter().position(|known| known == module) {
        return Some(path[start..].to_vec());
    }
    if done.contains(module) {
        return None;
    }
    path.push(module.to_owned());
    let found = modules[module]
        .iter()
        .find_map(|next| circle(modules, next, path, done));
    path.pop();
    done.insert(module.to_owned());
    found
}

#[test]
fn modules_import_downwards() {
    let mut wrong = Vec::new();
    for (package, floors) in FLOORS {
        let modules = modules(package);
        let floor = |module: &str| {
            let top = module.split("::").next().unwrap_or_default();
            floors.iter().position(|floor| floor.contains(&top))
        };
        let found: BTreeSet<&str> = modules
            .keys()
            .map(String::as_str)
            .filter(|module| !module.is_empty() && !module.contains("::"))
            .collect();
        let listed: BTreeSet<&str> = floors.iter().copied().flatten().copied().collect();
        assert_eq!(found, listed, "the modules of {package} and the table here");
        for (module, targets) in &modules {
            for target in targets {
                if target.is_empty() || floor(target) > floor(module) {
                    wrong.push(format!("{package}: `{module}` imports from `{target}`"));
                }
            }
        }
        let mut done = BTreeSet::new();
        for module in modules.keys() {
            if let Some(circle) = circle(&modules, module, &mut Vec::new(), &mut done) {
                wrong.push(format!("{package}: a circle of {circle:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn imports_are_found() {
    let code = "use super::probe::{A, B};\n// crate::not\nuse crate::{c, d};\nfn f() { crate::e::g() }\n\
                #[cfg(test)]\nmod tests {\n    use crate::h;\n}\n";
    let found = imports("a::b", code);
    assert_eq!(found, ["c", "d", "e::g", "a::probe::"]);
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let modules = |pairs: &[(&str, &[&str])]| -> BTreeMap<String, BTreeSet<String>> {
        let pairs = pairs.iter();
        pairs
            .map(|(module, targets)| ((*module).to_owned(), of(targets)))
            .collect()
    };
    let round = modules(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
    let found = circle(&round, "a", &mut Vec::new(), &mut BTreeSet::new());
    assert_eq!(found, Some(vec!["b".to_owned(), "c".to_owned()]));
    let straight = modules(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]);
    assert_eq!(
        circle(&straight, "a", &mut Vec::new(), &mut BTreeSet::new()),
        None
    );
}
