//! The JSON Schema of the pipeline file, for editors, made of the tables of keys.
//!
//! It says what form can say. Names of tables, circles, places of outputs and the like are the loader's.

use serde_json::{Map, Value as Json, json};

use crate::keys::{FIELD, Group, Key, Leaf, Need, PIPELINE, Shape, Value, shapes};
use crate::types::{TYPE_OPTIONS, TYPES};

#[cfg(test)]
mod tests;

/// The dialect of the schema.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The JSON Schema (draft 2020-12) of a pipeline file.
pub fn json_schema() -> Json {
    let mut definitions = Map::new();
    for shape in shapes() {
        definitions.insert(shape.name.to_owned(), object(shape));
    }
    definitions.insert(
        "Variable".to_owned(),
        json!({
            "description": "Holds a variable that is listed under `env`.",
            "type": "string",
            "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_]*\}",
        }),
    );
    json!({
        "$schema": DIALECT,
        "title": "Onefold pipeline",
        "$ref": reference_to(PIPELINE.name),
        "$defs": definitions,
    })
}

fn reference_to(name: &str) -> String {
    format!("#/$defs/{name}")
}

fn object(shape: &Shape) -> Json {
    let mut properties = Map::new();
    for key in shape.keys {
        properties.insert(key.name.to_owned(), property(key));
    }
    let mut schema = json!({
        "description": shape.doc,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    let required: Vec<&str> = shape
        .keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    let mut conditions: Vec<Json> = shape.groups.iter().flat_map(group).collect();
    if std::ptr::eq(shape, &FIELD) {
        conditions.extend(TYPE_OPTIONS.iter().map(|option| type_of_option(option)));
    }
    if let Json::Object(schema) = &mut schema {
        if !required.is_empty() {
            schema.insert("required".to_owned(), json!(required));
        }
        if !conditions.is_empty() {
            schema.insert("allOf".to_owned(), json!(conditions));
        }
    }
    schema
}

fn property(key: &Key) -> Json {
    let mut schema = value(&key.value);
    if let Json::Object(schema) = &mut schema {
        schema.insert("description".to_owned(), json!(key.doc));
    }
    schema
}

/// Conditions of keys that need or exclude each other.
fn group(group: &Group) -> Vec<Json> {
    let given = |keys: &[&str]| json!({ "required": keys });
    let each: Vec<Json> = group.keys.iter().map(|key| given(&[key])).collect();
    match group.need {
        Need::One => vec![json!({ "oneOf": each })],
        Need::OneOrMore => vec![json!({ "anyOf": each })],
        Need::ZeroOrOne => {
            let later = |place: usize| group.keys.iter().skip(place + 1);
            let pairs = group
                .keys
                .iter()
                .enumerate()
                .flat_map(|(place, one)| later(place).map(move |other| [*one, *other]));
            pairs.map(|pair| json!({ "not": given(&pair) })).collect()
        }
    }
}

/// An option needs a type that takes it; a field without `type` is text.
fn type_of_option(option: &str) -> Json {
    let types: Vec<&str> = TYPES
        .iter()
        .filter(|ty| ty.options.contains(&option))
        .map(|ty| ty.name)
        .collect();
    let pattern = format!(r"^({})(\(|$)|\$\{{", types.join("|"));
    let mut then = json!({ "properties": { "type": { "pattern": pattern } } });
    if let (Json::Object(then), false) = (&mut then, types.contains(&"text")) {
        then.insert("required".to_owned(), json!(["type"]));
    }
    json!({ "if": { "required": [option] }, "then": then })
}

fn value(value: &Value) -> Json {
    match value {
        Value::Leaf(kind) => leaf(kind),
        Value::List(item) => json!({ "type": "array", "items": self::value(item) }),
        Value::Many(item) => {
            let item = self::value(item);
            json!({ "anyOf": [item, { "type": "array", "items": item }] })
        }
        Value::Named(item) => {
            json!({ "type": "object", "additionalProperties": self::value(item) })
        }
        Value::Object(shape) => json!({ "$ref": reference_to(shape.name) }),
        Value::Any(options) => {
            let options: Vec<Json> = options.iter().map(self::value).collect();
            json!({ "anyOf": options })
        }
    }
}

fn leaf(leaf: &Leaf) -> Json {
    // YAML reads `007` and `yes: true` as more than text; the loader takes both as they are written.
    let text = || json!({ "type": ["string", "number", "boolean"], "minLength": 1 });
    let strict = match leaf {
        Leaf::Text
        | Leaf::Column
        | Leaf::Table
        | Leaf::Sql
        | Leaf::Encoding
        | Leaf::Timezone
        | Leaf::Region
        | Leaf::DateFormat
        | Leaf::Pattern
        | Leaf::Glob => return text(),
        Leaf::AnyText => return json!({ "type": ["string", "number", "boolean", "null"] }),
        Leaf::Flag => json!({ "type": "boolean" }),
        Leaf::Count { min, max: u64::MAX } => json!({ "type": "integer", "minimum": min }),
        Leaf::Count { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Leaf::Cap => json!({ "anyOf": [{ "type": "integer", "minimum": 1 }, { "const": "off" }] }),
        Leaf::Word(words) => {
            let words: Vec<Json> = words
                .iter()
                .map(|word| json!({ "const": word.name, "description": word.doc }))
                .collect();
            json!({ "anyOf": words })
        }
        Leaf::Duration => {
            json!({ "type": "string", "pattern": r"^(none|(\d+(w|d|h|m|s|ms|us) ?)+)$" })
        }
        Leaf::Limit => {
            json!({ "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": r"^\d+(\.\d+)? ?%$" }] })
        }
        Leaf::Share => json!({ "type": "string", "pattern": r"^\d+(\.\d+)? ?%$" }),
        Leaf::Type => {
            let names: Vec<Json> = TYPES
                .iter()
                .filter(|ty| ty.name != "decimal")
                .map(|ty| json!({ "const": ty.name, "description": ty.doc }))
                .collect();
            let decimal = json!({ "type": "string", "pattern": r"^(decimal|money) ?\( *\d+ *(, *\d+ *)?\)$" });
            json!({ "anyOf": [{ "anyOf": names }, decimal] })
        }
        Leaf::Currency => json!({ "type": "string", "pattern": "^(any|[A-Z]{3})$" }),
        Leaf::Delimiter => json!({ "type": "string", "pattern": r"^(tab|\t|[^A-Za-z0-9])$" }),
        Leaf::Separator => {
            json!({ "type": "string", "pattern": r"^(auto|tab|\\t|[^A-Za-z0-9] ?)$" })
        }
        Leaf::Character => json!({ "type": "string", "pattern": r"^[!-/:-@\[-`{-~]$" }),
        Leaf::Quote => json!({ "type": "string", "pattern": r"^(auto|none|[!-/:-@\[-`{-~])$" }),
        Leaf::HeaderRows => {
            json!({ "anyOf": [{ "type": "boolean" }, { "type": "integer", "minimum": 0, "maximum": 9 }] })
        }
        Leaf::Sheet => {
            json!({ "type": "string", "pattern": r"^[^*?:\[\]\\/]{1,31}$" })
        }
        Leaf::Variable => return json!({ "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" }),
    };
    json!({ "anyOf": [strict, { "$ref": reference_to("Variable") }] })
}
