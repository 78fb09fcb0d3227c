//! The reference manual of the pipeline file, made of the tables of keys.

use std::fmt::{self, Write as _};

use crate::keys::{Key, Leaf, Need, SOURCE_SIDES, STEPS, Shape, Value, Word, shapes};
use crate::types::TYPES;

const INTRODUCTION: &str = "\
# The pipeline file

A pipeline file is YAML with three sections: `sources` are read, `tables` are made of them, `outputs` are published. Every source
and table is a table with a name; tables read each other by name, in any order. Names have letters, digits and `_`. Expressions are
SQL. A key that is not listed here is an error.

- A scalar is taken as it is written: `null: N/A` is the text `N/A`, and `value: 007` is `007`.
- Where one or a list is taken, `email` is the same as `[email]`.
- A length of time has whole numbers with a unit, longest first: `90s`, `30m`, `1h30m`, `7d`; units are `w`, `d`, `h`, `m`, `s`, `ms`, `us`.
- `${NAME}` in any value is the environment variable `NAME`, if `env` lists it; `$${` is the text `${`.
- Anchors and aliases work; merge keys (`<<`) do not.
";

/// The reference manual of the pipeline file as Markdown: every mapping with its keys, the steps, the field types.
pub fn reference() -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    write(&mut out).unwrap_or_default();
    out
}

fn write(out: &mut String) -> fmt::Result {
    out.push_str(INTRODUCTION);
    for shape in shapes() {
        write_shape(out, shape)?;
    }
    out.push_str("\n## Field types\n\n");
    for ty in TYPES {
        write!(out, "- `{}`: {}", ty.name, ty.doc)?;
        match ty.options {
            [] => out.push('\n'),
            options => writeln!(out, " Options: {}.", quoted(options))?,
        }
    }
    out.push_str("\n## Steps\n");
    for step in STEPS {
        write!(
            out,
            "\n### `{}`\n\n```yaml\n{}```\n",
            step.name, step.example
        )?;
        write_sides(out, "TABLE", step.sides)?;
    }
    out.push_str("\n## Side tables of a source\n");
    write_sides(out, "SOURCE", SOURCE_SIDES)
}

fn write_sides(out: &mut String, owner: &str, sides: &[Word]) -> fmt::Result {
    if !sides.is_empty() {
        out.push('\n');
    }
    for side in sides {
        writeln!(out, "- `{owner}.{}`: {}", side.name, side.doc)?;
    }
    Ok(())
}

fn write_shape(out: &mut String, shape: &Shape) -> fmt::Result {
    write!(out, "\n## {}\n\n{}\n\n", shape.name, shape.doc)?;
    for key in shape.keys {
        write_key(out, key)?;
    }
    for group in shape.groups {
        let rule = match group.need {
            Need::One => "Exactly one of",
            Need::ZeroOrOne => "At most one of",
            Need::OneOrMore => "At least one of",
        };
        write!(out, "\n{rule} {}.\n", quoted(group.keys))?;
    }
    Ok(())
}

fn write_key(out: &mut String, key: &Key) -> fmt::Result {
    let required = if key.required { ", required" } else { "" };
    writeln!(
        out,
        "- `{}` ({}{required}): {}",
        key.name,
        takes(&key.value),
        key.doc
    )?;
    for word in words(&key.value) {
        writeln!(out, "  - `{}`: {}", word.name, word.doc)?;
    }
    Ok(())
}

/// What a key takes, with links to the mappings.
fn takes(value: &Value) -> String {
    match value {
        Value::Leaf(Leaf::Word(_)) => "a word".to_owned(),
        Value::Leaf(leaf) => leaf.describe(),
        Value::List(item) => format!("list of: {}", takes(item)),
        Value::Many(item) => format!("{}; or a list of such", takes(item)),
        Value::Named(item) => format!("mapping from a name to: {}", takes(item)),
        Value::Object(shape) => format!("[{}](#{})", shape.name, shape.name.to_lowercase()),
        Value::Any(options) => options.iter().map(takes).collect::<Vec<_>>().join(", or "),
    }
}

fn words(value: &Value) -> Vec<&'static Word> {
    match value {
        Value::Leaf(Leaf::Word(words)) => words.iter().collect(),
        Value::Leaf(_) | Value::Object(_) => Vec::new(),
        Value::List(item) | Value::Many(item) | Value::Named(item) => words(item),
        Value::Any(options) => options.iter().flat_map(words).collect(),
    }
}

fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::keys::TABLE;

    #[test]
    fn every_key_type_and_step_is_in_the_reference() {
        let text = reference();
        for shape in shapes() {
            let (_, section) = text
                .split_once(&format!("\n## {}\n", shape.name))
                .expect("a section");
            let section = section.split("\n## ").next().unwrap_or_default();
            for key in shape.keys {
                assert!(
                    section.contains(&format!("\n- `{}` (", key.name)),
                    "{}.{}",
                    shape.name,
                    key.name
                );
            }
        }
        for ty in TYPES {
            assert!(
                text.contains(&format!("\n- `{}`: {}", ty.name, ty.doc)),
                "{}",
                ty.name
            );
        }
    }

    /// A step is a key of a table, and the other way round; its example loads, side tables included.
    #[test]
    fn every_step_has_an_example_that_loads() {
        let group = TABLE.groups.iter().flat_map(|group| group.keys).copied();
        assert_eq!(
            group.collect::<Vec<_>>(),
            STEPS.iter().map(|step| step.name).collect::<Vec<_>>()
        );
        for step in STEPS {
            let name = step.example.split(':').next().unwrap_or_default();
            let mut text =
                "sources: {a: {path: a.csv}, b: {path: b.csv}, c: {path: c.csv}}\ntables:\n"
                    .to_owned();
            for line in step.example.lines() {
                text.push_str(&format!("  {line}\n"));
            }
            text.push_str(&format!("outputs:\n  - {{table: {name}, path: out.csv}}\n"));
            for side in step.sides {
                text.push_str(&format!(
                    "  - {{table: {name}.{0}, path: {0}.csv}}\n",
                    side.name
                ));
            }
            let loaded = crate::load(&text, Path::new("p.yaml"), &|_| None);
            assert!(loaded.is_ok(), "{}: {:?}", step.name, loaded.err());
        }
    }
}
