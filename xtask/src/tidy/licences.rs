//! Licences of all dependencies, against the list in `deny.toml`. `cargo deny` knows more; this needs no tool.

use std::collections::BTreeSet;
use std::process::Command;

use super::{metadata, packages, read};

/// The quoted texts of the list `allow` in the section `[licenses]`.
fn allowed(deny: &str) -> BTreeSet<&str> {
    let section = deny
        .split_once("[licenses]")
        .expect("a section on licences")
        .1;
    let list = section.split_once("\nallow = [").expect("a list").1;
    let list = list.split_once(']').expect("an end").0;
    list.split('"').skip(1).step_by(2).collect()
}

/// Whether an SPDX expression can be met: `AND` binds closer than `OR`, `/` is an old way to write `OR`.
fn is_met(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words, allowed)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words<'_>, allowed: &BTreeSet<&str>) -> bool {
    match words.next() {
        Some("(") => {
            let met = any(words, allowed);
            words.next() == Some(")") && met
        }
        Some(licence) => match words.next_if_eq(&"WITH") {
            Some(_) => {
                let exception = words.next().unwrap_or_default();
                allowed.contains(format!("{licence} WITH {exception}").as_str())
            }
            None => allowed.contains(licence),
        },
        None => false,
    }
}

#[test]
fn expressions() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Unicode-3.0"]);
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("(MIT OR GPL-3.0) AND Unicode-3.0", true),
        ("MIT AND (GPL-3.0 OR LGPL-3.0)", false),
        ("GPL-3.0 OR MIT AND Unicode-3.0", true),
        ("Apache-2.0 WITH LLVM-exception", false),
        ("Apache-2.0 WITH LLVM-exception OR MIT", true),
        ("", false),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}

#[test]
fn every_dependency_has_an_allowed_licence() {
    let deny = read("deny.toml");
    let allowed = allowed(&deny);
    assert!(allowed.contains("Apache-2.0"), "{allowed:?}");
    // What is built here is there already; the crates of other platforms might have to be downloaded.
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let version = Command::new(rustc)
        .arg("-vV")
        .output()
        .expect("rustc starts")
        .stdout;
    let version = String::from_utf8(version).expect("text");
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("a host");
    let metadata = metadata(&["--filter-platform", host]);
    let mut wrong = Vec::new();
    for (name, package) in packages(&metadata) {
        let licence = package["license"].as_str().unwrap_or_default();
        if !is_met(licence, &allowed) {
            wrong.push(format!("{name}: {licence}"));
        }
    }
    assert!(wrong.is_empty(), "not allowed by deny.toml: {wrong:?}");
}
