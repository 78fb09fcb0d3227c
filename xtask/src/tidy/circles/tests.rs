//! The finder on small crates that are made up.

use std::path::Path;

use super::circles;

/// The pairs `from -> to` of the circles of a crate of these files.
fn found(files: &[(&str, &str)]) -> Vec<String> {
    let text = |path: &Path| {
        let file = files.iter().find(|(name, _)| Path::new(name) == path);
        file.map(|(_, text)| (*text).to_owned())
    };
    let circles = circles(Path::new(files[0].0), &text);
    let lines = circles.iter().flat_map(|circle| circle.lines());
    lines
        .filter(|line| line.contains(" -> "))
        .map(|line| line.trim().to_owned())
        .collect()
}

const NONE: &[&str] = &[];

#[test]
fn two_modules_that_import_each_other() {
    let circle = found(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "use super::a::A; pub struct B(Box<A>);"),
    ]);
    assert_eq!(circle, ["a.rs -> b.rs", "b.rs -> a.rs"]);
}

#[test]
fn one_direction_is_no_circle() {
    let circle = found(&[
        ("lib.rs", "mod a; mod b; pub use a::A;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        ("b.rs", "pub struct B;"),
    ]);
    assert_eq!(circle, NONE);
}

#[test]
fn three_in_a_ring_by_nested_braces() {
    let circle = found(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::{b::{self, B}}; pub struct A(B);"),
        ("b.rs", "use super::{c::{C as D}}; pub struct B(D);"),
        ("c.rs", "pub struct C(Box<crate::a::A>);"),
    ]);
    assert_eq!(circle, ["a.rs -> b.rs", "b.rs -> c.rs", "c.rs -> a.rs"]);
}

#[test]
fn the_place_is_told() {
    let text = |path: &Path| {
        let text = match path.to_str()? {
            "lib.rs" => "mod a;\nmod b;\n",
            "a.rs" => "//! A.\nuse crate::{\n    b::B,\n};\npub struct A(B);\n",
            "b.rs" => "pub struct B;\nfn f() {\n    crate::a::g();\n}\n",
            _ => return None,
        };
        Some(text.to_owned())
    };
    assert_eq!(
        circles(Path::new("lib.rs"), &text),
        [
            "a circle of 2 modules:\n  a.rs -> b.rs\n    a.rs:3: crate::b::B\n  b.rs -> a.rs\n    b.rs:3: crate::a::g"
        ]
    );
}

#[test]
fn a_child_that_needs_its_parent_and_is_needed_by_it() {
    let parent = "mod child; pub struct Shared; fn f() { child::work(); }";
    let child = "use super::Shared; pub fn work() -> Shared { Shared }";
    for (file, root) in [("a/mod.rs", "a/child.rs"), ("a.rs", "a/child.rs")] {
        let circle = found(&[("lib.rs", "mod a;"), (file, parent), (root, child)]);
        assert_eq!(
            circle,
            [
                format!("{file} -> a/child.rs"),
                format!("a/child.rs -> {file}")
            ]
        );
    }
}

#[test]
fn a_parent_that_only_shows_its_children_does_not_need_them() {
    let circle = found(&[
        (
            "lib.rs",
            "mod child; pub use child::Child; pub struct Shared;",
        ),
        ("child.rs", "use crate::Shared; pub struct Child(Shared);"),
    ]);
    assert_eq!(circle, NONE);
}

#[test]
fn a_parent_that_uses_what_it_shows_needs_it() {
    let circle = found(&[
        (
            "lib.rs",
            "mod child; pub use child::Child; pub struct Shared; pub fn f() -> Child { todo() }",
        ),
        ("child.rs", "use crate::Shared; pub struct Child(Shared);"),
    ]);
    assert_eq!(circle, ["lib.rs -> child.rs", "child.rs -> lib.rs"]);
}

#[test]
fn a_re_export_leads_to_the_file_that_defines() {
    let circle = found(&[
        (
            "lib.rs",
            "mod a; mod b; pub use a::deep::Thing; pub use b::B;",
        ),
        ("a/mod.rs", "pub mod deep;"),
        ("a/deep.rs", "use crate::B; pub struct Thing(B);"),
        ("b.rs", "use crate::Thing; pub struct B(Box<Thing>);"),
    ]);
    assert_eq!(circle, ["a/deep.rs -> b.rs", "b.rs -> a/deep.rs"]);
}

#[test]
fn a_re_export_from_outside_is_of_the_file_that_has_it() {
    let circle = found(&[
        ("lib.rs", "mod a; pub use other::Thing; fn f() { a::f(); }"),
        ("a.rs", "use crate::Thing; pub fn f() -> Thing { Thing }"),
    ]);
    assert_eq!(circle, ["lib.rs -> a.rs", "a.rs -> lib.rs"]);
}

#[test]
fn globs_count_by_the_names_that_are_used() {
    let lib = "mod a; mod b;";
    let a = "pub struct A; pub fn f() { super::b::g() }";
    let none = found(&[
        ("lib.rs", lib),
        ("a.rs", a),
        ("b.rs", "use crate::a::*; pub fn g() {}"),
    ]);
    assert_eq!(none, NONE);
    let used = "use crate::a::*; pub fn g() -> Vec<A> { vec![] }";
    let circle = found(&[("lib.rs", lib), ("a.rs", a), ("b.rs", used)]);
    assert_eq!(circle, ["a.rs -> b.rs", "b.rs -> a.rs"]);
}

#[test]
fn modules_of_tests_do_not_count() {
    let circle = found(&[
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod tests;"),
        ("a.rs", "use crate::b::B; pub struct A(B);"),
        (
            "b.rs",
            "pub struct B; #[cfg(test)] use crate::a::A; #[cfg(all(test, unix))] mod tests { use crate::a::A; }
             impl B { #[cfg(test)] fn f() -> crate::a::A {} }",
        ),
        ("tests.rs", "this is not Rust, and nobody looks"),
    ]);
    assert_eq!(circle, NONE);
}

#[test]
fn a_module_imported_and_used_by_its_name() {
    let circle = found(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b; pub fn f() { b::g(); }"),
        ("b.rs", "use super::a; pub fn g() { a::f(); }"),
    ]);
    assert_eq!(circle, ["a.rs -> b.rs", "b.rs -> a.rs"]);
}

#[test]
fn code_inside_of_macros_counts() {
    let circle = found(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub fn f() { assert!(crate::b::g(1), \"{}\", 2); }"),
        (
            "b.rs",
            "use crate::a; macro_rules! m { () => { $crate::a::f() } } pub fn g() {}",
        ),
    ]);
    assert_eq!(circle, ["a.rs -> b.rs", "b.rs -> a.rs"]);
}

#[test]
fn a_macro_without_a_path_is_of_its_file() {
    let circle = found(&[
        ("lib.rs", "#[macro_use] mod a; mod b;"),
        ("a.rs", "macro_rules! m { () => { crate::b::g() } }"),
        ("b.rs", "pub fn g() { m!(); }"),
    ]);
    assert_eq!(circle, ["a.rs -> b.rs", "b.rs -> a.rs"]);
}

#[test]
fn modules_within_a_file_are_that_file() {
    let circle = found(&[
        ("lib.rs", "mod a;"),
        (
            "a.rs",
            "mod x { use super::y::Y; pub struct X(Y); } mod y { use super::x::X; pub struct Y(Box<X>); }",
        ),
    ]);
    assert_eq!(circle, NONE);
}

#[test]
fn a_variable_with_the_name_of_an_export_is_none() {
    let circle = found(&[
        (
            "lib.rs",
            "mod a; pub use a::part; pub struct Shared; fn f() { let part = 1; g(part); }",
        ),
        ("a.rs", "use crate::Shared; pub fn part(_: Shared) {}"),
    ]);
    assert_eq!(circle, NONE);
}

#[test]
fn a_name_that_is_a_module_and_an_item() {
    let circle = found(&[
        ("lib.rs", "mod load; mod b; pub use load::load;"),
        ("load.rs", "pub fn load() { crate::b::g() }"),
        ("b.rs", "use crate::load; pub fn g() { load() }"),
    ]);
    assert_eq!(circle, ["load.rs -> b.rs", "b.rs -> load.rs"]);
}
