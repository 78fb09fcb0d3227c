//! A kind of step has all it needs: cases for it and for each of its options, an entry in the guide, an example.
//!
//! The kinds and their options are read from the JSON Schema, which is made of the tables that the loader works with.

use std::collections::BTreeSet;
use std::path::PathBuf;

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

use super::{files, read};

/// Options, as `KIND: SHAPE.KEY`.
type Options = BTreeSet<String>;

/// A YAML document as JSON; scalars are texts.
fn parsed(yaml: &str) -> Result<Value, String> {
    let events: Result<Vec<Event<'_>>, String> = Parser::new_from_str(yaml)
        .map(|event| event.map(|(event, _)| event).map_err(|e| e.to_string()))
        .collect();
    let mut events = events?.into_iter().filter(|event| {
        let is_frame = matches!(
            event,
            Event::StreamStart | Event::DocumentStart(_) | Event::Nothing
        );
        !is_frame
    });
    let first = events.next().ok_or("an empty document")?;
    node(first, &mut events)
}

fn node<'a>(first: Event<'a>, rest: &mut impl Iterator<Item = Event<'a>>) -> Result<Value, String> {
    const OPEN: &str = "a document that breaks off";
    match first {
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            loop {
                match rest.next().ok_or(OPEN)? {
                    Event::SequenceEnd => return Ok(Value::Array(items)),
                    event => items.push(node(event, rest)?),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut entries = Map::new();
            loop {
                let key = match rest.next().ok_or(OPEN)? {
                    Event::MappingEnd => return Ok(Value::Object(entries)),
                    Event::Scalar(key, ..) => key.into_owned(),
                    other => return Err(format!("a key that is no text: {other:?}")),
                };
                let value = node(rest.next().ok_or(OPEN)?, rest)?;
                entries.insert(key, value);
            }
        }
        Event::Scalar(text, ..) => Ok(Value::String(text.into_owned())),
        // What an alias stands for is looked at where its anchor is.
        _ => Ok(Value::String(String::new())),
    }
}

/// The language, as its JSON Schema.
struct Language(Value);

impl Language {
    fn new() -> Self {
        Self(onefold_spec::json_schema())
    }

    fn shape(&self, name: &str) -> &Value {
        &self.0["$defs"][name]
    }

    /// The kinds of steps: the keys of a table of which there must be one.
    fn kinds(&self) -> Vec<&str> {
        let one = self.shape("Table")["allOf"][0]["oneOf"].as_array();
        let one = one.into_iter().flatten();
        one.filter_map(|key| key["required"][0].as_str()).collect()
    }

    /// Every option of every kind.
    fn options(&self) -> Options {
        let mut found = Options::new();
        for kind in self.kinds() {
            let mut seen = BTreeSet::new();
            self.add_options(kind, &self.shape("Table")["properties"][kind], &mut seen);
            found.extend(seen);
        }
        found
    }

    fn add_options(&self, kind: &str, schema: &Value, found: &mut Options) {
        match schema {
            Value::Object(parts) => {
                if let Some(name) = schema["$ref"].as_str().and_then(shape_name) {
                    let keys = self.shape(name)["properties"].as_object();
                    for (key, value) in keys.into_iter().flatten() {
                        if found.insert(format!("{kind}: {name}.{key}")) {
                            self.add_options(kind, value, found);
                        }
                    }
                }
                for part in parts.values() {
                    self.add_options(kind, part, found);
                }
            }
            Value::Array(parts) => parts
                .iter()
                .for_each(|part| self.add_options(kind, part, found)),
            _ => {}
        }
    }

    /// The options that a value of a step uses.
    fn add_used(&self, kind: &str, schema: &Value, value: &Value, found: &mut Options) {
        if let Some(any) = schema["anyOf"].as_array() {
            for one in any {
                self.add_used(kind, one, value, found);
            }
        }
        match value {
            Value::Array(items) => {
                for item in items {
                    self.add_used(kind, &schema["items"], item, found);
                }
            }
            Value::Object(entries) => {
                if let Some(name) = schema["$ref"].as_str().and_then(shape_name) {
                    let keys = &self.shape(name)["properties"];
                    for (key, value) in entries.iter().filter(|(key, _)| keys.get(key).is_some()) {
                        found.insert(format!("{kind}: {name}.{key}"));
                        self.add_used(kind, &keys[key], value, found);
                    }
                }
                for value in entries.values() {
                    self.add_used(kind, &schema["additionalProperties"], value, found);
                }
            }
            _ => {}
        }
    }

    /// The kinds that a pipeline uses, and their options.
    fn used(&self, pipeline: &Value) -> (BTreeSet<&str>, Options) {
        let (mut kinds, mut options) = (BTreeSet::new(), Options::new());
        let tables = pipeline["tables"].as_object().into_iter().flatten();
        for (_, table) in tables {
            for kind in self.kinds() {
                if let Some(step) = table.get(kind) {
                    kinds.insert(kind);
                    let schema = &self.shape("Table")["properties"][kind];
                    self.add_used(kind, schema, step, &mut options);
                }
            }
        }
        (kinds, options)
    }
}

fn shape_name(reference: &str) -> Option<&str> {
    reference.strip_prefix("#/$defs/")
}

fn below(folder: &str, extension: &str) -> impl Iterator<Item = PathBuf> {
    files(&[extension])
        .into_iter()
        .filter(move |path| path.starts_with(folder))
}

/// The pipelines of the cases in which something comes out, which those of mistakes do not.
fn cases() -> Vec<Value> {
    let mut found = Vec::new();
    for path in below("tests/cases", "yaml") {
        let cases = parsed(&read(&path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for case in cases.as_array().into_iter().flatten() {
            if case.get("exit").is_none() {
                let text = case["pipeline"].as_str().expect("a pipeline");
                let pipeline = parsed(text);
                found.push(pipeline.unwrap_or_else(|e| panic!("{}: {e}", path.display())));
            }
        }
    }
    found
}

/// Whether a page of the guide has an entry for a kind: a heading or an item of a list that begins with it.
fn has_entry(page: &str, kind: &str) -> bool {
    let name = format!("`{kind}`");
    page.lines().any(|line| {
        let heading = line.starts_with('#') && line.contains(&name);
        heading
            || line
                .strip_prefix("- ")
                .is_some_and(|item| item.starts_with(&name))
    })
}

/// What the kinds miss in these places.
fn missing(
    language: &Language,
    cases: &[Value],
    pages: &[String],
    examples: &[Value],
) -> Vec<String> {
    let mut in_cases = (BTreeSet::new(), Options::new());
    for case in cases {
        let (kinds, options) = language.used(case);
        in_cases.0.extend(kinds);
        in_cases.1.extend(options);
    }
    let in_examples: BTreeSet<&str> = examples
        .iter()
        .flat_map(|example| language.used(example).0)
        .collect();
    let mut missing = Vec::new();
    for kind in language.kinds() {
        if !in_cases.0.contains(kind) {
            missing.push(format!("{kind}: no case under tests/cases"));
        }
        if !pages.iter().any(|page| has_entry(page, kind)) {
            missing.push(format!("{kind}: no entry in docs/guide"));
        }
        if !in_examples.contains(kind) {
            missing.push(format!("{kind}: no example in examples"));
        }
    }
    let options = language.options();
    let unused = options.difference(&in_cases.1);
    missing.extend(unused.map(|option| format!("{option}: in no case under tests/cases")));
    missing
}

/// What is missing still.
const NOT_YET: &[&str] = &[];

#[test]
fn every_kind_of_step_has_cases_a_page_and_an_example() {
    let pages: Vec<String> = below("docs/guide", "md").map(read).collect();
    let examples: Vec<Value> = below("examples", "yaml")
        .map(|path| parsed(&read(path)).expect("a pipeline"))
        .collect();
    let missing = missing(&Language::new(), &cases(), &pages, &examples);
    let new: Vec<_> = missing
        .iter()
        .filter(|m| !NOT_YET.contains(&m.as_str()))
        .collect();
    let done: Vec<_> = NOT_YET
        .iter()
        .filter(|listed| !missing.iter().any(|m| m == *listed))
        .collect();
    assert!(new.is_empty(), "{new:#?}");
    assert!(done.is_empty(), "take out of `NOT_YET`: {done:#?}");
}

#[test]
fn what_is_missing_is_found() {
    let language = Language::new();
    let kinds = language.kinds();
    assert!(
        kinds.contains(&"join") && kinds.contains(&"from"),
        "{kinds:?}"
    );
    assert!(!kinds.contains(&"where"), "{kinds:?}");

    let nothing = missing(&language, &[], &[], &[]);
    assert_eq!(nothing.len(), 3 * kinds.len() + language.options().len());

    let pipeline = "tables: {t: {join: {from: a, left: [{table: b, on: [{left: x, right: y}]}]}}}";
    let pipeline = parsed(pipeline).expect("YAML");
    let page = "# Steps\n\n- `join`: looks up\n".to_owned();
    let less = missing(
        &language,
        std::slice::from_ref(&pipeline),
        &[page],
        std::slice::from_ref(&pipeline),
    );
    let mut found: Vec<&String> = nothing.iter().filter(|was| !less.contains(was)).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "join: Join.from: in no case under tests/cases",
            "join: Join.left: in no case under tests/cases",
            "join: KeyPairs.left: in no case under tests/cases",
            "join: KeyPairs.right: in no case under tests/cases",
            "join: Lookup.on: in no case under tests/cases",
            "join: Lookup.table: in no case under tests/cases",
            "join: no case under tests/cases",
            "join: no entry in docs/guide",
            "join: no example in examples",
        ]
    );
}
