//! The tree that a YAML text is composed to.

use std::rc::Rc;

use crate::span::Span;

/// A scalar, a list or a mapping.
#[derive(Debug)]
pub(crate) struct Node {
    /// Where it is written; of a list or mapping, its first line.
    pub(crate) span: Span,
    /// What it is.
    pub(crate) kind: Kind,
    /// Levels of lists and mappings in it.
    pub(super) depth: usize,
    /// Nodes in it, itself included.
    pub(super) size: usize,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Text, unescaped, and whether it stood without quotes.
    Scalar { text: String, plain: bool },
    /// Items in order.
    List(Vec<Rc<Node>>),
    /// Entries in order, each key once.
    Map(Vec<Entry>),
}

/// One `key: value` of a mapping.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) value: Rc<Node>,
}

impl Node {
    /// `a list`, for messages.
    pub(crate) fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { text, plain: true } if text.is_empty() => "nothing",
            Kind::Scalar { .. } => "text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// Whether nothing is written where a value could be.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if text.is_empty())
    }

    /// The text of a scalar, as written.
    pub(crate) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The entries of the mapping at a key; none where there is no mapping.
    pub(crate) fn entries_at(&self, key: &str) -> &[Entry] {
        self.get(key).map(Self::entries).unwrap_or_default()
    }

    /// The entries of a mapping; none of anything else.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key of a mapping.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &*entry.value)
    }

    /// The items of a list, or the node itself where one item may stand for a list of one.
    pub(crate) fn items(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::List(items) => items.iter().map(|item| &**item).collect(),
            _ => vec![self],
        }
    }
}
