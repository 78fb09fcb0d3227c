//! The values of a column, batch by batch, and the way down a path to some of them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, OffsetBuffer};

use super::kind::Kind;
use super::leaf::Leaf;
use super::tree::{Node, Shape, Step, Stored};
use crate::unreadable::Unreadable;

/// Values of any shape.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    Leaf(Leaf),
    Struct {
        nulls: Option<NullBuffer>,
        fields: Vec<(String, Values)>,
    },
    List {
        nulls: Option<NullBuffer>,
        offsets: OffsetBuffer<i32>,
        elements: Box<Values>,
    },
    Map {
        nulls: Option<NullBuffer>,
        offsets: OffsetBuffer<i32>,
        keys: Box<Values>,
        values: Box<Values>,
    },
    /// All are missing.
    Nothing,
}

impl Values {
    /// What an array of the library means. Fields that were not read are missing.
    pub(crate) fn new(node: &Node, array: &ArrayRef) -> Values {
        Self::read(node, array).unwrap_or(Values::Nothing)
    }

    fn read(node: &Node, array: &ArrayRef) -> Option<Values> {
        Some(match &node.shape {
            Shape::Leaf(kind, _) => Values::Leaf(Leaf::new(*kind, array)?),
            Shape::Struct(fields) => {
                let group = array.as_struct_opt()?;
                let fields = fields.iter().map(|field| {
                    let values = group.column_by_name(&field.name);
                    let values = values.map_or(Values::Nothing, |array| Self::new(field, array));
                    (field.name.clone(), values)
                });
                Values::Struct {
                    nulls: group.nulls().cloned(),
                    fields: fields.collect(),
                }
            }
            Shape::List(stored, element) => {
                let (nulls, offsets, mut elements) = list(array, *stored != Stored::Bare)?;
                if *stored == Stored::InGroups {
                    elements = Arc::clone(elements.as_struct_opt()?.columns().first()?);
                }
                Values::List {
                    nulls,
                    offsets,
                    elements: Box::new(Self::new(element, &elements)),
                }
            }
            Shape::Map(key, value) => {
                let (nulls, offsets, entries) = list(array, true)?;
                let entries = entries.as_struct_opt()?;
                let part = |node: &Node| {
                    let array = entries.column_by_name(&node.name);
                    Box::new(array.map_or(Values::Nothing, |array| Self::new(node, array)))
                };
                Values::Map {
                    nulls,
                    offsets,
                    keys: part(key),
                    values: part(value),
                }
            }
            Shape::Empty => Values::Nothing,
        })
    }

    pub(crate) fn is_valid(&self, row: usize) -> bool {
        match self {
            Values::Leaf(leaf) => leaf.is_valid(row),
            Values::Struct { nulls, .. }
            | Values::List { nulls, .. }
            | Values::Map { nulls, .. } => nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)),
            Values::Nothing => false,
        }
    }

    /// The values that a path leads to, and the place of each row among them; `None`: every row has its own place.
    ///
    /// `places`: where each row starts; `each`: of each exploded list, the element of each row.
    pub(crate) fn at(
        &self,
        steps: &[Step],
        mut places: Option<Vec<Option<u32>>>,
        rows: usize,
        each: &[Vec<Option<u32>>],
    ) -> (&Values, Option<Vec<Option<u32>>>) {
        let mut values = self;
        for step in steps {
            if let Step::Each(list) = step {
                places = each.get(*list).cloned();
            } else if let Values::Struct { nulls: None, .. } = values {
            } else {
                let from = places.unwrap_or_else(|| (0..rows as u32).map(Some).collect());
                let place = |place: Option<u32>| {
                    let row = place.filter(|row| values.is_valid(*row as usize))?;
                    values.place(step, row as usize)
                };
                places = Some(from.into_iter().map(place).collect());
            }
            values = match (values, step) {
                (Values::Struct { fields, .. }, Step::Field(number)) => match fields.get(*number) {
                    Some((_, values)) => values,
                    None => &Values::Nothing,
                },
                (Values::List { elements, .. }, Step::Element(_) | Step::Each(_)) => elements,
                (Values::Map { values, .. }, Step::Key(_)) => values,
                _ => &Values::Nothing,
            };
        }
        (values, places)
    }

    /// Where a step leads from a row.
    fn place(&self, step: &Step, row: usize) -> Option<u32> {
        match (self, step) {
            (Values::Struct { .. }, Step::Field(_)) => Some(row as u32),
            (Values::List { offsets, .. }, Step::Element(number)) => {
                let (from, to) = (offsets[row] as usize, offsets[row + 1] as usize);
                (*number < to - from).then_some((from + number) as u32)
            }
            (Values::Map { offsets, keys, .. }, Step::Key(wanted)) => {
                let (from, to) = (offsets[row] as usize, offsets[row + 1] as usize);
                let mut text = String::new();
                // Of a repeated key the last value counts.
                let found = (from..to).rev().find(|at| {
                    text.clear();
                    keys.is_valid(*at) && keys.write(*at, &mut text).is_ok() && text == *wanted
                });
                found.map(|at| at as u32)
            }
            _ => None,
        }
    }

    /// Appends the text of a value that is there: nested ones as JSON.
    fn write(&self, row: usize, out: &mut String) -> Result<(), Unreadable> {
        match self {
            Values::Leaf(leaf) => leaf.write(row, out),
            _ => self.write_json(row, out),
        }
    }

    /// Appends a value as JSON. Numbers have all their digits; numbers that JSON does not have are text, and all other values are, too.
    pub(crate) fn write_json(&self, row: usize, out: &mut String) -> Result<(), Unreadable> {
        if !self.is_valid(row) {
            out.push_str("null");
            return Ok(());
        }
        match self {
            Values::Leaf(leaf) => write_json_leaf(leaf, row, out),
            Values::Struct { fields, .. } => {
                out.push('{');
                for (number, (name, values)) in fields.iter().enumerate() {
                    if number > 0 {
                        out.push(',');
                    }
                    write_json_text(name, out);
                    out.push(':');
                    values.write_json(row, out)?;
                }
                out.push('}');
                Ok(())
            }
            Values::List {
                offsets, elements, ..
            } => {
                out.push('[');
                let first = offsets[row];
                for at in first..offsets[row + 1] {
                    if at > first {
                        out.push(',');
                    }
                    elements.write_json(at as usize, out)?;
                }
                out.push(']');
                fits(out)
            }
            Values::Map {
                offsets,
                keys,
                values,
                ..
            } => {
                out.push('{');
                let first = offsets[row];
                let mut key = String::new();
                for at in first..offsets[row + 1] {
                    if at > first {
                        out.push(',');
                    }
                    key.clear();
                    let at = at as usize;
                    match keys.as_ref() {
                        keys if !keys.is_valid(at) => key.push_str("null"),
                        Values::Leaf(leaf) if leaf.kind == Kind::Bytes => {
                            leaf.write_bytes(at, &mut key);
                        }
                        keys => keys.write(at, &mut key)?,
                    }
                    write_json_text(&key, out);
                    out.push(':');
                    values.write_json(at, out)?;
                }
                out.push('}');
                fits(out)
            }
            Values::Nothing => Ok(()),
        }
    }
}

/// Longest text of one value.
const MAX_TEXT: usize = 1 << 30;

fn fits(out: &str) -> Result<(), Unreadable> {
    match out.len() <= MAX_TEXT {
        true => Ok(()),
        false => Err(Unreadable::TooLong),
    }
}

type Lists = (Option<NullBuffer>, OffsetBuffer<i32>, ArrayRef);

/// The lists of an array. Those that stand in a group are missing where the group is.
fn list(array: &ArrayRef, in_group: bool) -> Option<Lists> {
    let group = if in_group {
        Some(array.as_struct_opt()?)
    } else {
        None
    };
    let lists = match group {
        Some(group) => group.columns().first()?.as_list_opt::<i32>()?,
        None => array.as_list_opt::<i32>()?,
    };
    let nulls = NullBuffer::union(group.and_then(Array::nulls), lists.nulls());
    Some((nulls, lists.offsets().clone(), Arc::clone(lists.values())))
}

fn write_json_leaf(leaf: &Leaf, row: usize, out: &mut String) -> Result<(), Unreadable> {
    if leaf.is_finite(row) {
        return leaf.write(row, out);
    }
    let mut text = String::new();
    match leaf.kind {
        Kind::Bytes => leaf.write_bytes(row, &mut text),
        _ => leaf.write(row, &mut text)?,
    }
    let is_json =
        leaf.kind == Kind::Json && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
    match is_json {
        true => out.push_str(&text),
        false => write_json_text(&text, out),
    }
    Ok(())
}

fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                use std::fmt::Write;
                // Writing to a string cannot fail.
                write!(out, "\\u{:04x}", c as u32).unwrap_or_default();
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
