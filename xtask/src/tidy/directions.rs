//! Which crate may depend on which.

use std::collections::BTreeSet;

use super::{metadata, packages};
use crate::workspace::dependencies;

/// Every crate of ours, and those of ours that it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "onefold-cli",
        &[
            "onefold-draft",
            "onefold-engine",
            "onefold-serve",
            "onefold-spec",
        ],
    ),
    (
        "onefold-serve",
        &["onefold-draft", "onefold-engine", "onefold-spec"],
    ),
    (
        "onefold-draft",
        &[
            "onefold-match",
            "onefold-read",
            "onefold-spec",
            "onefold-values",
        ],
    ),
    (
        "onefold-engine",
        &[
            "onefold-df",
            "onefold-match",
            "onefold-operators",
            "onefold-read",
            "onefold-resolve",
            "onefold-rows",
            "onefold-spec",
            "onefold-values",
            "onefold-write",
        ],
    ),
    ("onefold-df", &["onefold-values"]),
    ("onefold-read", &["onefold-spec", "onefold-values"]),
    (
        "onefold-resolve",
        &["onefold-match", "onefold-rows", "onefold-values"],
    ),
    ("onefold-match", &["onefold-rows"]),
    ("onefold-operators", &["onefold-rows"]),
    ("onefold-rows", &[]),
    ("onefold-spec", &["onefold-values"]),
    ("onefold-values", &[]),
    ("onefold-write", &["onefold-spec"]),
    (
        "onefold-fuzz",
        &["onefold-read", "onefold-spec", "onefold-values"],
    ),
    ("xtask", &["onefold-spec", "onefold-values"]),
];

/// Libraries that only some crates may know, by the start of their names.
const CONFINED: &[(&str, &[&str])] = &[
    ("datafusion", &["onefold-df", "onefold-engine"]),
    ("tokio", &["onefold-engine", "onefold-serve"]),
    (
        "arrow",
        &[
            "onefold-df",
            "onefold-draft",
            "onefold-engine",
            "onefold-operators",
            "onefold-read",
            "onefold-resolve",
            "onefold-rows",
            "onefold-write",
        ],
    ),
    (
        "parquet",
        &["onefold-engine", "onefold-read", "onefold-write"],
    ),
    ("anyhow", &["onefold-cli", "xtask"]),
    ("clap", &["onefold-cli", "xtask"]),
];

#[test]
fn crates_depend_in_the_allowed_directions() {
    let metadata = metadata(&["--no-deps"]);
    let ours: BTreeSet<&str> = packages(&metadata).map(|(name, _)| name).collect();
    let listed: BTreeSet<&str> = ALLOWED.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        ours, listed,
        "the crates of the workspace and the table here"
    );
    let mut wrong = Vec::new();
    for (name, package) in packages(&metadata) {
        let allowed = ALLOWED
            .iter()
            .find(|(listed, _)| *listed == name)
            .expect("listed")
            .1;
        let found = dependencies(package, true);
        wrong.extend(
            found
                .into_iter()
                .filter(|d| ours.contains(d) && !allowed.contains(d))
                .map(|d| format!("{name} -> {d}")),
        );
    }
    assert!(wrong.is_empty(), "not allowed: {wrong:?}");
}

#[test]
fn heavy_libraries_stay_where_they_belong() {
    let metadata = metadata(&["--no-deps"]);
    let mut wrong = Vec::new();
    for (name, package) in packages(&metadata) {
        for library in dependencies(package, false) {
            let confined = CONFINED
                .iter()
                .find(|(start, _)| library.starts_with(start));
            if confined.is_some_and(|(_, allowed)| !allowed.contains(&name)) {
                wrong.push(format!("{name} -> {library}"));
            }
        }
    }
    assert!(wrong.is_empty(), "not allowed: {wrong:?}");
}
