//! The language as tables: every mapping of the pipeline file, its keys, what each takes, and what it means.
//!
//! The loader refuses what is not in these tables, [`crate::json_schema`] and [`crate::reference`] print them: a key exists once.

mod checks;
mod joins;
mod output;
mod resolve;
mod shape;
mod source;
mod steps;
mod testing;
mod versions;
mod words;

use shape::TEXT;

pub(crate) use checks::FAILURES;
pub(crate) use output::OUTPUT;
pub(crate) use resolve::{LONGEST, MOST_COMPLETE, MOST_FREQUENT};
pub(crate) use shape::{Group, Key, Leaf, Need, Shape, Value};
pub(crate) use source::{FIELD, LIMITS, SOURCE, SOURCE_SIDES};
pub(crate) use steps::{STEPS, StepDef, TABLE};
pub(crate) use versions::VERSION_FIELD;
pub(crate) use words::{Choice, FileFormat, Order, Word};

/// The whole file.
pub(crate) static PIPELINE: Shape = Shape {
    name: "Pipeline",
    noun: "a pipeline",
    doc: "The file: `sources` are read, `tables` are made of them, `outputs` are published.",
    keys: &[
        Key::new(
            "pipeline",
            TEXT,
            "Name in logs and reports. Default: the name of the folder that the file is in.",
        ),
        Key::new(
            "env",
            Value::Many(&Value::Leaf(Leaf::Variable)),
            "Environment variables that the file may use as `${NAME}` in any value. `$${` stands for `${`.",
        ),
        Key::required(
            "sources",
            Value::Named(&Value::Object(&SOURCE)),
            "What is read, by name. Each is a table of its accepted records.",
        ),
        Key::new(
            "tables",
            Value::Named(&Value::Object(&TABLE)),
            "What is made of the sources and of other tables, by name, in any order.",
        ),
        Key::new(
            "outputs",
            Value::List(&Value::Object(&OUTPUT)),
            "Files that a run publishes, all of them or none.",
        ),
        Key::new(
            "mask_key",
            TEXT,
            "`${NAME}`: the environment variable with the key of masks by `hash`, at least 16 bytes. `env` lists it.",
        ),
        Key::new(
            "limits",
            Value::Object(&LIMITS),
            "Bounds over all sources together.",
        ),
        Key::new(
            "tests",
            Value::List(&Value::Object(&testing::TEST)),
            "Tests of the pipeline, run by `onefold test`.",
        ),
    ],
    groups: &[],
};

/// The names of the side tables of a source, or of the tables that a step makes.
pub fn side_tables(step: Option<&str>) -> impl Iterator<Item = &'static str> {
    let step = step.map(|name| STEPS.iter().find(|step| step.name == name));
    let sides = match step {
        None => SOURCE_SIDES,
        Some(step) => step.map_or(&[][..], |step| step.sides),
    };
    sides.iter().map(|side| side.name)
}

/// All mappings, each before those that its keys hold. This is the order of the reference.
pub(crate) fn shapes() -> Vec<&'static Shape> {
    fn add(shape: &'static Shape, shapes: &mut Vec<&'static Shape>) {
        if shapes.iter().any(|listed| std::ptr::eq(*listed, shape)) {
            return;
        }
        shapes.push(shape);
        for key in shape.keys {
            for inner in objects(&key.value) {
                add(inner, shapes);
            }
        }
    }
    let mut shapes = Vec::new();
    add(&PIPELINE, &mut shapes);
    shapes
}

/// The mappings that a value may be made of.
fn objects(value: &'static Value) -> Vec<&'static Shape> {
    match value {
        Value::Leaf(_) => Vec::new(),
        Value::Object(shape) => vec![shape],
        Value::List(item) | Value::Many(item) | Value::Named(item) => objects(item),
        Value::Any(items) => items.iter().flat_map(objects).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_table_is_whole() {
        let mut names = HashSet::new();
        for shape in shapes() {
            assert!(names.insert(shape.name), "{} is there twice", shape.name);
            assert!(shape.doc.ends_with('.'), "{}", shape.name);
            let keys: HashSet<_> = shape.keys.iter().map(|key| key.name).collect();
            assert_eq!(
                keys.len(),
                shape.keys.len(),
                "{} has a key twice",
                shape.name
            );
            for key in shape.keys {
                assert!(
                    key.doc.ends_with('.') || key.doc.ends_with(')'),
                    "{}.{}: {}",
                    shape.name,
                    key.name,
                    key.doc
                );
            }
            for key in shape.groups.iter().flat_map(|group| group.keys) {
                assert!(keys.contains(key), "{} has no key {key}", shape.name);
            }
        }
    }
}
