//! Every key of every table: a value that a run would refuse is refused here, at its place.

use std::path::Path;

use super::*;
use crate::diagnostic::Severity;
use crate::keys::{Leaf, shapes};
use crate::types::{TYPE_OPTIONS, TYPES};

/// Keys that take any text, and why nothing can be said of it without data, or who says it.
const FREE: &[(&str, &[(&str, &str)])] = &[
    (
        "names of people's own",
        &[
            ("Pipeline", "pipeline"),
            ("Source", "label"),
            ("Version", "name"),
            ("Test", "name"),
            ("Test", "error"),
            ("Id", "prefix"),
            ("Check", "reason"),
            ("Comparison", "given"),
            ("Comparison", "label"),
            ("TableCheck", "name"),
            ("TableCheck", "references"),
            ("Model", "file"),
            ("Resolve", "state"),
            ("Resolve", "decisions"),
        ],
    ),
    (
        "texts that may stand in the data",
        &[
            ("Source", "skip_until"),
            ("Source", "header"),
            ("Source", "nulls"),
            ("Source", "records"),
            ("Field", "true_values"),
            ("Field", "false_values"),
            ("VersionField", "true_values"),
            ("VersionField", "false_values"),
            ("Source", "explode"),
            ("Explode", "path"),
            ("Explode", "position"),
            ("Source", "ignore"),
            ("Field", "from"),
            ("VersionField", "from"),
            ("When", "fields"),
            ("Output", "null"),
            ("FieldPreference", "joined"),
            ("TableCheck", "accepted"),
            ("Test", "inputs"),
            ("Test", "expect"),
            ("TestFiles", "files"),
        ],
    ),
    (
        "judged beyond their form, with a case of its own",
        &[
            // A file may be called so: a warning.
            ("Source", "path"),
            ("Source", "sheet"),
            ("Output", "path"),
            // Its value comes from the environment.
            ("Pipeline", "mask_key"),
            ("Check", "code"),
            ("Field", "value"),
            ("Field", "default"),
            ("Field", "one_of"),
            ("Field", "min"),
            ("Field", "max"),
            ("VersionField", "value"),
            ("VersionField", "default"),
        ],
    ),
];

/// What no key takes that does not take any text.
const WRONG: &str = "(?! [no such";

/// The leaves of a value.
fn leaves(value: &'static Value) -> Vec<&'static Leaf> {
    match value {
        Value::Leaf(leaf) => vec![leaf],
        Value::Object(_) => Vec::new(),
        Value::List(item) | Value::Many(item) | Value::Named(item) => leaves(item),
        Value::Any(items) => items.iter().flat_map(leaves).collect(),
    }
}

#[test]
fn every_key_refuses_what_a_run_would_refuse() {
    let is_free = |shape: &str, key: &str| {
        let mut groups = FREE.iter().flat_map(|(_, keys)| *keys);
        groups.any(|free| *free == (shape, key))
    };
    let mut unused: Vec<_> = FREE.iter().flat_map(|(_, keys)| *keys).collect();
    for shape in shapes() {
        for key in shape.keys {
            let free = is_free(shape.name, key.name);
            unused.retain(|free| **free != (shape.name, key.name));
            for leaf in leaves(&key.value) {
                match leaf {
                    // The names of columns and tables are known to whoever knows the tables, and SQL is for the query engine.
                    Leaf::Column | Leaf::Table | Leaf::Sql => {}
                    Leaf::Text | Leaf::AnyText => {
                        assert!(free, "{}.{} takes any text", shape.name, key.name);
                    }
                    leaf => assert!(
                        check::refuses(leaf, WRONG),
                        "{}.{} takes `{WRONG}`",
                        shape.name,
                        key.name
                    ),
                }
            }
        }
    }
    assert!(unused.is_empty(), "no such keys: {unused:?}");
}

#[test]
fn every_option_of_every_type_is_judged() {
    for def in TYPES {
        let ty = match def.name {
            "decimal" => "decimal(5,2)",
            name => name,
        };
        let options = TYPE_OPTIONS.iter().filter(|o| def.options.contains(*o));
        for option in options.chain(&["value"]) {
            let any_text = matches!(def.name, "text" | "json");
            // Text stays as its author wrote it.
            let as_written = *option == "default"
                && [
                    "email",
                    "phone",
                    "uuid",
                    "person_name",
                    "currency",
                    "company",
                    "address",
                    "ip",
                    "url",
                    "postcode",
                    "country",
                ]
                .contains(&def.name);
            let any_words = ["true_values", "false_values"].contains(option);
            if any_text && *option != "pattern" || as_written || any_words {
                continue;
            }
            let text = format!(
                "sources:\n  s:\n    path: x\n    fields:\n      f:\n        type: {ty}\n        {option}: '(?!'\n"
            );
            let found = load(&text, Path::new("p.yaml"), &|_| None);
            let findings = found.expect_err(&format!("{ty}.{option}"));
            let column = 11 + option.len();
            let at_place = findings.iter().any(|finding| {
                finding.severity == Severity::Error
                    && (finding.span.line, finding.span.column) == (7, column)
            });
            assert!(at_place, "{ty}.{option}: {findings:?}");
        }
    }
}
