//! The schema against the loader: what one takes, the other takes.

use std::path::Path;

use serde_json::Value as Json;

use super::*;
use crate::keys::STEPS;
use crate::yaml::{Kind, Node, compose};

/// Pipelines that the loader takes or refuses for their form alone: the schema must agree with it.
const FORMS: &[(&str, bool)] = &[
    (
        "sources: {s: {path: x, fields: {a: text, b: {type: 'decimal(12,2)', required: true}}}}",
        true,
    ),
    (
        "sources: {s: {path: x, limits: {rejects: 1%}, header: [a, b], nulls: ['', 0]}}",
        true,
    ),
    (
        "sources: {s: {path: x, header: false, checks: [a > 0, {sql: b, code: c}]}}",
        true,
    ),
    (
        "sources: {s: {path: x, fields: {p: {type: phone, region: US, format: digits}}}}",
        true,
    ),
    ("sources: {s: {path: x, fields: {p: {region: US}}}}", false),
    (
        "sources: {s: {path: x, fields: {p: {type: date, pattern: y}}}}",
        false,
    ),
    (
        "sources: {s: {path: x, fields: {p: {from: a, sql: b}}}}",
        false,
    ),
    (
        "sources: {s: {path: x, fields: {a: date}, ignore: b, versions: [{name: v2, when: {path: y}, fields: {a: {from: b, formats: '%s'}}}]}}",
        true,
    ),
    (
        "sources: {s: {path: x, fields: {a: date}, versions: {name: v2, when: {fields: [b, [c.d]]}, fields: {a: {absent: true}}}}}",
        true,
    ),
    (
        "sources: {s: {path: x, fields: {a: date}, versions: {name: v2, when: {path: y, fields: b}, fields: {}}}}",
        false,
    ),
    (
        "sources: {s: {path: x, fields: {a: date}, versions: {name: v2, when: {path: y}, fields: {a: {from: b, value: c}}}}}",
        false,
    ),
    (
        "sources: {s: {path: x, fields: {a: date}, versions: {name: v2, when: {path: y}, fields: {a: {sql: b}}}}}",
        false,
    ),
    (
        "sources: {s: {path: x, fields: {a: date}, versions: {name: v2, fields: {}}}}",
        false,
    ),
    (
        "sources: {s: {path: x}}\ntests: [{name: n, inputs: {s: 'a,b'}, expect: {s: 2, s.rejects: [{a: null}]}, ledger: {s: {read: 3}}}]",
        true,
    ),
    (
        "sources: {s: {path: x}}\ntests: [{name: n, inputs: {s: {files: {y: [{a: 1}]}}}, error: no}]",
        true,
    ),
    (
        "sources: {s: {path: x}}\ntests: [{name: n, expect: {s: []}, error: no}]",
        false,
    ),
    ("sources: {s: {path: x}}\ntests: [{name: n}]", false),
    (
        "sources: {s: {path: x}}\ntests: [{name: n, expect: {s: many}}]",
        false,
    ),
    (
        "sources: {s: {path: x}}\ntests: [{name: n, expect: {s: [{a: [1]}]}}]",
        false,
    ),
    ("sources: {s: {path: x, colour: red}}", false),
    ("sources: {s: {label: x}}", false),
    ("sources: {s: {path: [x]}}", false),
    ("sources: {s: {path: x, header: maybe}}", false),
    ("sources: {s: {path: x, format: xml}}", false),
    ("sources: [s]", false),
    ("tables: {}", false),
    (
        "sources: {s: {path: x}}\ntables: {t: {from: s, sql: SELECT 1}}",
        false,
    ),
    ("sources: {s: {path: x}}\ntables: {t: {where: a}}", false),
    (
        "sources: {s: {path: x}}\ntables: {t: {aggregate: {from: s}}}",
        false,
    ),
    (
        "sources: {s: {path: x}}\ntables: {t: {resolve: {from: s, match: a, guards: off}}}",
        true,
    ),
    (
        "sources: {s: {path: x}}\ntables: {t: {resolve: {from: s, match: a, guards: {max_shared: {a: off}}}}}",
        true,
    ),
    (
        "sources: {s: {path: x}}\ntables: {t: {resolve: {from: s, match: a, guards: {max_size: 0}}}}",
        false,
    ),
    (
        "sources: {s: {path: x}}\ntables: {t: {resolve: {from: s, match: a, keep: {latest: a, earliest: b}}}}",
        false,
    ),
    (
        "sources: {s: {path: x}}\noutputs: [{table: s, path: o.json, indent: 4}, {log: run, path: l.txt}]",
        true,
    ),
    (
        "sources: {s: {path: x}}\noutputs: [{table: s, log: run, path: o.json}]",
        false,
    ),
    ("sources: {s: {path: x}}\noutputs: [{path: o.json}]", false),
    (
        "sources: {s: {path: x}}\noutputs: [{table: s, path: o.json, indent: 40}]",
        false,
    ),
];

#[test]
fn the_schema_agrees_with_the_loader_on_forms() {
    let schema = json_schema();
    for (text, accepted) in FORMS {
        let loaded = crate::load(text, Path::new("p.yaml"), &|_| None);
        assert_eq!(loaded.is_ok(), *accepted, "loader: {text}");
        assert_eq!(
            fits(&json(text), &schema, &schema),
            *accepted,
            "schema: {text}"
        );
    }
}

#[test]
fn the_schema_takes_every_example() {
    let schema = json_schema();
    for step in STEPS {
        let indented: String = step
            .example
            .lines()
            .map(|line| format!("  {line}\n"))
            .collect();
        let text = format!("sources: {{a: {{path: a}}}}\ntables:\n{indented}");
        assert!(fits(&json(&text), &schema, &schema), "{}", step.name);
    }
}

#[test]
fn every_reference_has_a_definition() {
    fn check(schema: &Json, definitions: &Json) {
        if let Some(Json::String(target)) = schema.get("$ref") {
            assert!(
                definitions
                    .get(target.trim_start_matches("#/$defs/"))
                    .is_some(),
                "{target}"
            );
        }
        match schema {
            Json::Object(entries) => entries.values().for_each(|value| check(value, definitions)),
            Json::Array(items) => items.iter().for_each(|value| check(value, definitions)),
            _ => {}
        }
    }
    let schema = json_schema();
    check(&schema, &schema["$defs"]);
}

/// Text as an editor's YAML reader gives it to a validator: plain scalars by the core schema.
fn json(text: &str) -> Json {
    fn convert(node: &Node) -> Json {
        match &node.kind {
            Kind::Scalar { text, plain: true } => match text.as_str() {
                "" | "null" | "~" => Json::Null,
                _ => text
                    .parse::<serde_json::Number>()
                    .map(Json::Number)
                    .unwrap_or_else(|_| match text.as_str() {
                        "true" => Json::Bool(true),
                        "false" => Json::Bool(false),
                        _ => Json::String(text.clone()),
                    }),
            },
            Kind::Scalar { text, .. } => Json::String(text.clone()),
            Kind::List(items) => Json::Array(items.iter().map(|item| convert(item)).collect()),
            Kind::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|entry| (entry.key.clone(), convert(&entry.value)))
                    .collect(),
            ),
        }
    }
    convert(&compose(text, &mut Vec::new()).expect("YAML"))
}

/// The part of the JSON Schema semantics that the schema uses; of patterns only the list of types of `type_of_option`.
fn fits(value: &Json, schema: &Json, root: &Json) -> bool {
    let Json::Object(keywords) = schema else {
        return schema.as_bool().unwrap_or(true);
    };
    keywords.iter().all(|(keyword, argument)| {
        let list = argument.as_array().map(Vec::as_slice).unwrap_or_default();
        match keyword.as_str() {
            "$ref" => {
                let pointer = argument.as_str().expect("text").trim_start_matches('#');
                fits(value, root.pointer(pointer).expect("a definition"), root)
            }
            "anyOf" => list.iter().any(|schema| fits(value, schema, root)),
            "oneOf" => {
                list.iter()
                    .filter(|schema| fits(value, schema, root))
                    .count()
                    == 1
            }
            "allOf" => list.iter().all(|schema| fits(value, schema, root)),
            "not" => !fits(value, argument, root),
            "if" => !fits(value, argument, root) || fits(value, &keywords["then"], root),
            "const" => value == argument,
            "type" => match argument {
                Json::String(name) => is_of_type(value, name),
                _ => list
                    .iter()
                    .any(|name| is_of_type(value, name.as_str().expect("text"))),
            },
            "minimum" => value
                .as_u64()
                .is_none_or(|number| number >= argument.as_u64().expect("a number")),
            "maximum" => value
                .as_u64()
                .is_none_or(|number| number <= argument.as_u64().expect("a number")),
            "minLength" => value.as_str().is_none_or(|text| !text.is_empty()),
            "required" => value.as_object().is_none_or(|map| {
                list.iter()
                    .all(|key| map.contains_key(key.as_str().expect("text")))
            }),
            "properties" => value.as_object().is_none_or(|map| {
                map.iter().all(|(key, value)| {
                    argument
                        .get(key)
                        .is_none_or(|schema| fits(value, schema, root))
                })
            }),
            "additionalProperties" => value.as_object().is_none_or(|map| {
                let known = |key: &String| {
                    keywords
                        .get("properties")
                        .is_some_and(|known| known.get(key).is_some())
                };
                map.iter()
                    .filter(|(key, _)| !known(key))
                    .all(|(_, value)| fits(value, argument, root))
            }),
            "items" => value
                .as_array()
                .is_none_or(|items| items.iter().all(|item| fits(item, argument, root))),
            "pattern" => value
                .as_str()
                .is_none_or(|text| matches(text, argument.as_str().expect("text"))),
            _ => true,
        }
    })
}

fn matches(text: &str, pattern: &str) -> bool {
    if pattern.starts_with(r"\$\{") {
        return text.contains("${");
    }
    if pattern.starts_with("^decimal") {
        return text.starts_with("decimal(") && text.ends_with(')');
    }
    let Some((names, _)) = pattern
        .strip_prefix("^(")
        .and_then(|rest| rest.split_once(r")(\(|$)|"))
    else {
        return true;
    };
    names
        .split('|')
        .any(|name| text.split('(').next() == Some(name))
}

fn is_of_type(value: &Json, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
