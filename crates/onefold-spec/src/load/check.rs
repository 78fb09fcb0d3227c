//! Holds a tree of nodes against the tables of keys: unknown and missing keys, wrong kinds, scalars that are not what they should be.
//!
//! What passes here can be decoded without another look at its form, and what does not has been reported: the decoders return
//! `None` for it and say nothing.

use crate::declared;
use crate::diagnostic::Diagnostic;
use crate::keys::{
    FIELD, Key, LONGEST, Leaf, MOST_COMPLETE, MOST_FREQUENT, Need, Shape, TABLE, VERSION_FIELD,
    Value, Word,
};
use crate::scalar::{self, InvalidScalar};
use crate::span::Span;
use crate::types;
use crate::yaml::{Kind, Node};

use super::context::{Context, Expanded, join_quoted, quoted};

/// What a value belongs to, for messages.
#[derive(Clone)]
pub(crate) struct Subject {
    label: String,
    span: Span,
}

impl Subject {
    /// The value of a key; the label is how a message calls it.
    pub(crate) fn key(label: impl Into<String>, span: Span) -> Self {
        Self {
            label: label.into(),
            span,
        }
    }
}

/// Reports everything about `node` that does not fit `value`.
pub(crate) fn check(cx: &mut Context<'_>, node: &Node, value: &'static Value, subject: &Subject) {
    match (value, &node.kind) {
        _ if cx.is_full() => {}
        (Value::Leaf(leaf), Kind::Scalar { text, .. }) => check_leaf(cx, node, text, leaf, subject),
        (Value::List(item) | Value::Many(item), Kind::List(items)) => {
            for node in items {
                let subject = Subject::key(format!("an item of {}", subject.label), node.span);
                check(cx, node, item, &subject);
            }
        }
        (Value::Many(item), _) if accepts(item, node) => check(cx, node, item, subject),
        (Value::Named(item), Kind::Map(entries)) => {
            for entry in entries {
                let subject = Subject::key(quoted(&entry.key), entry.key_span);
                check(cx, &entry.value, item, &subject);
            }
        }
        (Value::Object(shape), Kind::Map(_)) => check_object(cx, node, shape, subject),
        (Value::Any(options), Kind::Scalar { text, .. })
            if let Some(key) = bare_key(options, text) =>
        {
            let message = format!("{}: {} needs a value", subject.label, quoted(text));
            let example = format!("{{{}: {}}}", key.name, example(&key.value));
            cx.report(Diagnostic::error(node.span, message).hint(format!("write `{example}`")));
        }
        (Value::Any(options), _) if options.iter().any(|option| accepts(option, node)) => {
            if let Some(option) = options.iter().find(|option| accepts(option, node)) {
                check(cx, node, option, subject);
            }
        }
        _ if node.is_empty() => {
            let finding =
                Diagnostic::error(subject.span, format!("{} has no value", subject.label));
            cx.report(finding.hint(takes(value)));
        }
        _ => {
            let message = format!("{} is {}", subject.label, node.kind_name());
            cx.report(Diagnostic::error(node.span, message).hint(takes(value)));
        }
    }
}

/// The key of a mapping that stands alone, as a word, where such a mapping may stand: `latest` for `{latest: field}`.
fn bare_key(options: &'static [Value], text: &str) -> Option<&'static Key> {
    let takes_words = |option: &Value| matches!(option, Value::Leaf(Leaf::Word(_)));
    if !options.iter().any(takes_words) {
        return None;
    }
    let word = scalar::meaning(text).unwrap_or(text);
    let keys = options.iter().flat_map(|option| match option {
        Value::Object(shape) => shape.keys,
        _ => &[],
    });
    let mut found = keys.into_iter().filter(|key| key.name == word);
    found.next()
}

/// What may stand at a key, for an example.
fn example(value: &Value) -> &'static str {
    match value {
        Value::Leaf(Leaf::Column) => "COLUMN",
        Value::Leaf(Leaf::Table) => "TABLE",
        Value::List(item) | Value::Many(item) => match example(item) {
            "COLUMN" => "[COLUMN, ..]",
            "TABLE" => "[TABLE, ..]",
            _ => "[..]",
        },
        _ => "..",
    }
}

/// Whether a value is of this form, as far as YAML tells.
fn accepts(value: &Value, node: &Node) -> bool {
    match value {
        Value::Leaf(Leaf::AnyText) => node.scalar().is_some(),
        Value::Leaf(_) => node.scalar().is_some() && !node.is_empty(),
        Value::List(_) => matches!(node.kind, Kind::List(_)),
        Value::Many(item) => matches!(node.kind, Kind::List(_)) || accepts(item, node),
        Value::Named(_) | Value::Object(_) => matches!(node.kind, Kind::Map(_)),
        Value::Any(options) => options.iter().any(|option| accepts(option, node)),
    }
}

fn takes(value: &Value) -> String {
    format!("it takes {}", describe(value))
}

fn describe(value: &Value) -> String {
    match value {
        Value::Leaf(leaf) => leaf.describe(),
        Value::List(item) => format!("a list, each {}", describe(item)),
        Value::Many(item) => format!("{}, or a list", describe(item)),
        Value::Named(_) => "a mapping from names".to_owned(),
        Value::Object(shape) => format!(
            "a mapping with {}",
            join_quoted(shape.keys.iter().map(|key| key.name))
        ),
        Value::Any(options) => options
            .iter()
            .map(describe)
            .collect::<Vec<_>>()
            .join(", or "),
    }
}

fn check_leaf(cx: &mut Context<'_>, node: &Node, raw: &str, leaf: &Leaf, subject: &Subject) {
    let label = &subject.label;
    let text = match cx.expand(raw) {
        Expanded::Text(text) => text,
        Expanded::Unset => return,
        Expanded::Invalid(invalid) => {
            return report_invalid(cx, node.span, format!("{label} is {invalid}"), &invalid);
        }
    };
    let is_empty = match leaf {
        Leaf::AnyText => false,
        Leaf::Delimiter | Leaf::Separator => text.is_empty(),
        _ => text.trim().is_empty(),
    };
    if is_empty {
        let span = if node.is_empty() {
            subject.span
        } else {
            node.span
        };
        let hint = format!("it takes {}", leaf.describe());
        return cx.report(Diagnostic::error(span, format!("{label} has no value")).hint(hint));
    }
    if let Err(invalid) = leaf.check(&text) {
        report_invalid(
            cx,
            node.span,
            format!("{label}: {} is {invalid}", quoted(raw)),
            &invalid,
        );
    }
}

fn report_invalid(cx: &mut Context<'_>, span: Span, message: String, invalid: &InvalidScalar) {
    let finding = Diagnostic::error(span, message);
    cx.report(match invalid.hint() {
        Some(hint) => finding.hint(hint),
        None => finding,
    });
}

/// Whether a leaf takes no such text.
#[cfg(test)]
pub(super) fn refuses(leaf: &Leaf, text: &str) -> bool {
    leaf.check(text).is_err()
}

impl Leaf {
    /// What a scalar that is not empty must be.
    fn check(&self, text: &str) -> Result<(), InvalidScalar> {
        match self {
            Self::Text | Self::AnyText | Self::Column | Self::Table | Self::Sql => Ok(()),
            Self::Flag => scalar::flag(text).map(drop),
            Self::Count { min, max } => scalar::count(text, *min, *max).map(drop),
            Self::Cap => scalar::cap(text).map(drop),
            Self::Duration => scalar::duration_micros(text).map(drop),
            Self::Limit => scalar::limit(text).map(drop),
            Self::Share => scalar::share(text).map(drop),
            Self::Type => types::parse(text).map(drop),
            Self::Currency => scalar::currency(text).map(drop),
            Self::Delimiter => scalar::delimiter(text).map(drop),
            Self::Separator => scalar::separator(text).map(drop),
            Self::Character => scalar::character(text).map(drop),
            Self::Quote => scalar::quote(text).map(drop),
            Self::HeaderRows => scalar::header(text).map(drop),
            Self::Variable => scalar::variable(text).map(drop),
            Self::Encoding => declared::encoding(text),
            Self::Timezone => declared::timezone(text),
            Self::Region => declared::region(text),
            Self::DateFormat => declared::format(text),
            Self::Pattern => declared::pattern(text),
            Self::Glob => declared::glob(text),
            Self::Sheet => scalar::sheet(text).map(drop),
            Self::Word(words) if words.iter().any(|word| word.name == text) => Ok(()),
            Self::Word(words) => {
                let names = || words.iter().map(|word| word.name);
                let invalid = InvalidScalar::new("not a word for this key");
                if let Some(hint) = of_a_field(words, text) {
                    return Err(invalid.with_hint(hint));
                }
                let meant = scalar::meaning(text).filter(|word| names().any(|name| name == *word));
                Err(match meant.or_else(|| crate::nearest(text, names())) {
                    Some(name) => invalid.with_hint(format!("did you mean `{name}`?")),
                    None => invalid.with_hint(format!("it takes {}", join_quoted(names()))),
                })
            }
        }
    }

    /// `a whole number`, for messages and the reference.
    pub(crate) fn describe(&self) -> String {
        let text = match self {
            Self::Text => "text",
            Self::AnyText => "text, also empty",
            Self::Column => "a column",
            Self::Table => "a table",
            Self::Sql => "SQL",
            Self::Flag => "`true` or `false`",
            Self::Count { min, max: u64::MAX } => return format!("a whole number from {min}"),
            Self::Count { min, max } => return format!("a whole number from {min} to {max}"),
            Self::Cap => "a whole number or `off`",
            Self::Word(words) => return join_quoted(words.iter().map(|word| word.name)),
            Self::Duration => "a length of time such as `30m`, or `none`",
            Self::Limit => "a share such as `1%`, or a number",
            Self::Share => "a share such as `20%`",
            Self::Type => "a type",
            Self::Currency => "a code of ISO 4217 such as `EUR`, or `any`",
            Self::Delimiter => "a character, or `tab`",
            Self::Separator => "a character, `tab`, or a character and a space",
            Self::Character => "a punctuation character",
            Self::Quote => "a punctuation character, or `none`",
            Self::HeaderRows => "`true`, `false` or a number of rows",
            Self::Variable => "the name of an environment variable",
            Self::Encoding => "an encoding such as `windows-1252`",
            Self::Timezone => "a time zone such as `Europe/Paris`",
            Self::Region => "the code of a country such as `US`",
            Self::DateFormat => "a format such as `%d.%m.%Y`, or `iso`",
            Self::Pattern => "a regular expression",
            Self::Glob => "a file pattern such as `*_v2.csv`",
            Self::Sheet => "the name of a sheet",
        };
        text.to_owned()
    }
}

/// What to do with a preference that counts values where whole records are ordered.
fn of_a_field(words: &[Word], text: &str) -> Option<String> {
    let orders_records = words.iter().any(|word| word.name == MOST_COMPLETE.name);
    let counts_values = [MOST_FREQUENT, LONGEST].iter().any(|w| w.name == text);
    (orders_records && counts_values).then(|| {
        format!(
            "`{text}` chooses the value of one field: `survivorship: {{FIELD: {text}}}` of `resolve`"
        )
    })
}

fn check_object(cx: &mut Context<'_>, node: &Node, shape: &'static Shape, subject: &Subject) {
    for entry in node.entries() {
        match shape.keys.iter().find(|key| key.name == entry.key) {
            Some(key) => {
                let subject = Subject::key(quoted(key.name), entry.key_span);
                check(cx, &entry.value, &key.value, &subject);
            }
            None => report_unknown_key(cx, &entry.key, entry.key_span, shape),
        }
    }
    let required = shape.keys.iter().filter(|key| key.required);
    let missing: Vec<&str> = required
        .filter(|key| node.get(key.name).is_none())
        .map(|key| key.name)
        .collect();
    if !missing.is_empty() {
        cx.error(
            subject.span,
            format!("{} needs {}", shape.noun, join_quoted(missing)),
        );
    }
    for group in shape.groups {
        let given: Vec<_> = node
            .entries()
            .iter()
            .filter(|entry| group.keys.contains(&entry.key.as_str()))
            .collect();
        match (group.need, given.as_slice()) {
            (Need::One | Need::OneOrMore, []) => {
                cx.error(
                    subject.span,
                    format!(
                        "{} needs one of {}",
                        shape.noun,
                        join_quoted(group.keys.iter().copied())
                    ),
                );
            }
            (Need::One | Need::ZeroOrOne, [first, others @ ..]) => {
                for other in others {
                    let message = format!(
                        "`{}` and `{}` exclude each other in {}",
                        first.key, other.key, shape.noun
                    );
                    cx.error(other.key_span, message);
                }
            }
            _ => {}
        }
    }
}

fn report_unknown_key(cx: &mut Context<'_>, key: &str, span: Span, shape: &Shape) {
    let message = format!("unknown key {} in {}", quoted(key), shape.noun);
    let belongs_beside_the_step = ["where", "select", "order_by", "limits"].contains(&key);
    let in_a_step = TABLE
        .keys
        .iter()
        .any(|step| matches!(&step.value, Value::Object(inner) if std::ptr::eq(*inner, shape)));
    if key == "<<" {
        let finding = Diagnostic::error(span, message);
        cx.report(finding.hint("merge keys are not read; an alias can stand for a whole value"));
    } else if belongs_beside_the_step && in_a_step {
        let finding = Diagnostic::error(span, message);
        cx.report(finding.hint(format!("`{key}` stands beside the step, not in it")));
    } else if let Some(hint) = of_the_source(key, shape) {
        cx.report(Diagnostic::error(span, message).hint(hint));
    } else {
        cx.unknown(span, message, key, shape.keys.iter().map(|key| key.name));
    }
}

/// What to do with a key that a field of a source has and a field of a version has not.
fn of_the_source(key: &str, shape: &Shape) -> Option<String> {
    let in_version = std::ptr::eq(shape, &VERSION_FIELD);
    if !in_version || !FIELD.keys.iter().any(|known| known.name == key) {
        return None;
    }
    Some(match key {
        "sql" => "a version takes a value from a column (`from`) or a fixed text (`value`); `sql` stands in the source's `fields`".to_owned(),
        _ => format!("`{key}` is the same in all versions: it stands in the source's `fields`"),
    })
}
