//! What a file's columns are: its schema as a tree of names and meanings, and the paths into it.
//!
//! The library gets a schema without annotations and so returns what is stored: groups as structs, repeated fields as lists, values as
//! their physical types. This module decides what is a list, a map or a value.

use std::ops::Range;
use std::sync::Arc;

use arrow::datatypes::{DataType, Fields};
use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::errors::ParquetError;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use super::kind::Kind;
use crate::found::Natural;

/// A column, a field of a struct, an element of a list.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) name: String,
    pub(crate) shape: Shape,
    /// The leaves below it, by their numbers in the file.
    pub(crate) leaves: Range<usize>,
    /// Its elements are rows: which of the exploded lists it is, the outermost first.
    pub(crate) each: Option<usize>,
}

#[derive(Debug)]
pub(crate) enum Shape {
    Leaf(Kind, Physical),
    Struct(Vec<Node>),
    List(Stored, Box<Node>),
    Map(Box<Node>, Box<Node>),
    /// A group without a value in it.
    Empty,
}

/// How a list is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// As a repeated field.
    Bare,
    /// As a group with a repeated field, which is the element.
    InGroup,
    /// As a group with a repeated group, whose first field is the element.
    InGroups,
}

/// A step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// The field of a struct with this number.
    Field(usize),
    /// The element of a list with this number, from 0.
    Element(usize),
    /// The value of a map under this key.
    Key(String),
    /// The element of the exploded list with this number that the row is of.
    Each(usize),
}

/// Deepest nesting that is read.
pub(super) const MAX_DEPTH: usize = 200;

/// The columns of a file. `hints`: its schema as the writer had it in Arrow.
pub(crate) fn columns(root: &Type, hints: Option<&Fields>) -> Result<Vec<Node>, ParquetError> {
    Builder { leaves: 0 }.fields(root.get_fields(), hints, 0)
}

/// Numbers the leaves from left to right.
struct Builder {
    leaves: usize,
}

impl Builder {
    fn fields(
        &mut self,
        fields: &[TypePtr],
        hints: Option<&Fields>,
        depth: usize,
    ) -> Result<Vec<Node>, ParquetError> {
        let fields = fields.iter().map(|field| {
            let hint = hints.and_then(|hints| Some(hints.find(field.name())?.1.data_type()));
            self.node(field, hint, depth)
        });
        fields.collect()
    }

    fn node(
        &mut self,
        of: &Type,
        hint: Option<&DataType>,
        depth: usize,
    ) -> Result<Node, ParquetError> {
        if !is_repeated(of) {
            return self.once(of, hint, depth);
        }
        let first = self.leaves;
        let element = self.once(of, element(hint), depth)?;
        let shape = Shape::List(Stored::Bare, Box::new(element));
        Ok(Node::new(of.name(), shape, first..self.leaves))
    }

    /// The type as if it were not repeated.
    fn once(
        &mut self,
        of: &Type,
        hint: Option<&DataType>,
        depth: usize,
    ) -> Result<Node, ParquetError> {
        if depth > MAX_DEPTH {
            let what = format!("its types are nested more than {MAX_DEPTH} deep");
            return Err(ParquetError::General(what));
        }
        let first = self.leaves;
        let depth = depth + 1;
        let shape = if of.is_primitive() {
            self.leaves += 1;
            Shape::Leaf(Kind::of(of, hint), of.get_physical_type())
        } else {
            match (annotation(of), of.get_fields()) {
                (Annotation::List, [repeated]) if is_repeated(repeated) => {
                    let hint = element(hint);
                    match wrapped(of, repeated) {
                        Some(within) => {
                            let element = self.node(within, hint, depth)?;
                            Shape::List(Stored::InGroups, Box::new(element))
                        }
                        None => {
                            let element = self.once(repeated, hint, depth)?;
                            Shape::List(Stored::InGroup, Box::new(element))
                        }
                    }
                }
                (Annotation::Map, [entries]) if is_repeated(entries) && entries.is_group() => {
                    let hints = match hint {
                        Some(DataType::Map(entries, _)) => fields_of(Some(entries.data_type())),
                        _ => None,
                    };
                    let hint = |n: usize| hints.and_then(|fields| Some(fields.get(n)?.data_type()));
                    match entries.get_fields() {
                        [key, value] => {
                            let key = self.node(key, hint(0), depth)?;
                            let value = self.node(value, hint(1), depth)?;
                            Shape::Map(Box::new(key), Box::new(value))
                        }
                        // A set: keys without values.
                        [key] => {
                            let key = self.node(key, hint(0), depth)?;
                            Shape::List(Stored::InGroups, Box::new(key))
                        }
                        _ => Shape::Struct(self.fields(of.get_fields(), None, depth)?),
                    }
                }
                (_, fields) => Shape::Struct(self.fields(fields, fields_of(hint), depth)?),
            }
        };
        Ok(Node::new(of.name(), shape, first..self.leaves))
    }
}

fn fields_of(hint: Option<&DataType>) -> Option<&Fields> {
    match hint {
        Some(DataType::Struct(fields)) => Some(fields),
        _ => None,
    }
}

/// The hint of a list's elements.
fn element(hint: Option<&DataType>) -> Option<&DataType> {
    match hint? {
        DataType::List(of)
        | DataType::LargeList(of)
        | DataType::ListView(of)
        | DataType::LargeListView(of)
        | DataType::FixedSizeList(of, _) => Some(of.data_type()),
        _ => None,
    }
}

fn is_repeated(of: &Type) -> bool {
    let info = of.get_basic_info();
    info.has_repetition() && info.repetition() == Repetition::REPEATED
}

enum Annotation {
    List,
    Map,
    None,
}

fn annotation(of: &Type) -> Annotation {
    let info = of.get_basic_info();
    match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::List), _) | (_, ConvertedType::LIST) => Annotation::List,
        (Some(LogicalType::Map), _) | (_, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => {
            Annotation::Map
        }
        _ => Annotation::None,
    }
}

/// The element of a list whose repeated field is a group around it; `None`: the repeated field is the element itself. The rules for files of
/// old writers are those of the format (LogicalTypes.md, "Backward-compatibility rules").
fn wrapped<'a>(list: &Type, repeated: &'a Type) -> Option<&'a Type> {
    if repeated.is_primitive() {
        return None;
    }
    let [only] = repeated.get_fields() else {
        return None;
    };
    let is_named_so =
        repeated.name() == "array" || repeated.name().strip_suffix("_tuple") == Some(list.name());
    let is_list = is_repeated(only) || matches!(annotation(repeated), Annotation::List);
    (!is_named_so || is_list).then_some(only)
}

/// The schema without annotations. Times of 96 bits become the 12 bytes that they are: the library has no type that holds all of them.
/// Groups without a value in them are left out: they have no type.
pub(crate) fn stored(root: &Type) -> Result<SchemaDescriptor, ParquetError> {
    let fields = root.get_fields().iter().map(|field| stored_type(field));
    let fields: Vec<Option<TypePtr>> = fields.collect::<Result<_, _>>()?;
    let root = Type::group_type_builder(root.name())
        .with_fields(fields.into_iter().flatten().collect())
        .build()?;
    Ok(SchemaDescriptor::new(Arc::new(root)))
}

fn stored_type(of: &Type) -> Result<Option<TypePtr>, ParquetError> {
    let info = of.get_basic_info();
    let repetition = match info.has_repetition() {
        true => info.repetition(),
        false => Repetition::REQUIRED,
    };
    let stored = match of {
        Type::PrimitiveType {
            physical_type,
            type_length,
            ..
        } => {
            let (physical, length) = match physical_type {
                Physical::INT96 => (Physical::FIXED_LEN_BYTE_ARRAY, 12),
                other => (*other, *type_length),
            };
            Type::primitive_type_builder(of.name(), physical)
                .with_repetition(repetition)
                .with_length(length)
                .build()?
        }
        Type::GroupType { fields, .. } => {
            let fields = fields.iter().map(|field| stored_type(field));
            let fields: Vec<Option<TypePtr>> = fields.collect::<Result<_, _>>()?;
            let fields: Vec<TypePtr> = fields.into_iter().flatten().collect();
            if fields.is_empty() {
                return Ok(None);
            }
            Type::group_type_builder(of.name())
                .with_repetition(repetition)
                .with_fields(fields)
                .build()?
        }
    };
    Ok(Some(Arc::new(stored)))
}

impl Node {
    fn new(name: &str, shape: Shape, leaves: Range<usize>) -> Self {
        Self {
            name: name.to_owned(),
            shape: if leaves.is_empty() {
                Shape::Empty
            } else {
                shape
            },
            leaves,
            each: None,
        }
    }

    /// What it is where no field is declared.
    pub(crate) fn natural(&self) -> Natural {
        match &self.shape {
            Shape::Leaf(kind, physical) => Natural::of(*kind, *physical),
            Shape::Empty => Natural::Nothing,
            _ => Natural::Text,
        }
    }

    fn resolve(&self, path: &[String]) -> Option<(Vec<Step>, &Node)> {
        if let (Some(each), Shape::List(_, element)) = (self.each, &self.shape) {
            let of_row = after(Step::Each(each), element.resolve(path));
            // A place in the list is the same for all of its rows.
            if of_row.is_some() {
                return of_row;
            }
        }
        let Some((first, rest)) = path.split_first() else {
            return Some((Vec::new(), self));
        };
        match &self.shape {
            Shape::Struct(fields) => resolve(fields, path),
            Shape::List(_, element) => match number(first) {
                Some(number) => after(Step::Element(number), element.resolve(rest)),
                None => self.resolve(&expanded(path)?),
            },
            Shape::Map(_, value) => match expanded(path) {
                Some(path) if matches!(value.shape, Shape::List(..)) => self.resolve(&path),
                _ => after(Step::Key(first.clone()), value.resolve(rest)),
            },
            Shape::Leaf(..) | Shape::Empty => None,
        }
    }

    /// A name that stands twice in a struct of it.
    pub(crate) fn repeated_name(&self) -> Option<&str> {
        match &self.shape {
            Shape::Struct(fields) => {
                repeated_name(fields).or_else(|| fields.iter().find_map(Node::repeated_name))
            }
            Shape::List(_, element) => element.repeated_name(),
            Shape::Map(key, value) => key.repeated_name().or_else(|| value.repeated_name()),
            Shape::Leaf(..) | Shape::Empty => None,
        }
    }
}

/// The first name that several of the nodes have.
pub(crate) fn repeated_name(nodes: &[Node]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    let repeated = nodes.iter().find(|node| !seen.insert(node.name.as_str()));
    repeated.map(|node| node.name.as_str())
}

/// The steps of a path from a struct's fields, and what it leads to. A name with points in it takes as many parts of the path as it needs;
/// `name[0]` is `name` and then `0`.
pub(crate) fn resolve<'a>(fields: &'a [Node], path: &[String]) -> Option<(Vec<Step>, &'a Node)> {
    for parts in 1..=path.len() {
        let name = path[..parts].join(".");
        let found = fields.iter().position(|field| field.name == name);
        let found = found.and_then(|number| {
            let inside = fields[number].resolve(&path[parts..]);
            after(Step::Field(number), inside)
        });
        if found.is_some() {
            return found;
        }
    }
    resolve(fields, &expanded(path)?)
}

fn after(step: Step, inside: Option<(Vec<Step>, &Node)>) -> Option<(Vec<Step>, &Node)> {
    let (mut steps, node) = inside?;
    steps.insert(0, step);
    Some((steps, node))
}

/// The path with `name[0][1]`, its first part, as `name`, `0`, `1`.
fn expanded(path: &[String]) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    let (name, indexes) = first.strip_suffix(']')?.split_once('[')?;
    let numbers = indexes.split("][");
    let numbers: Vec<String> = numbers
        .map(|text| number(text).map(|n| n.to_string()))
        .collect::<Option<_>>()?;
    let name = (!name.is_empty()).then(|| name.to_owned());
    Some(
        name.into_iter()
            .chain(numbers)
            .chain(rest.iter().cloned())
            .collect(),
    )
}

fn number(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
