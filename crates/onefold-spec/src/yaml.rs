//! YAML text to a tree of nodes, each with its place in the text.
//!
//! Scalars stay as they are written: whether `007` is a number is for the key that it stands at to say. An alias is a second handle
//! on the same node, so a file of nested aliases costs no more memory than its text; how much it stands for is counted, and bounded.

mod node;
mod places;

use std::collections::{HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as ParserSpan, StrInput, Tag};
use std::rc::Rc;

pub(crate) use node::{Entry, Kind, Node};
use places::Places;

/// Longest file, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// Deepest nesting of lists and mappings, aliases included.
const MAX_DEPTH: usize = 64;

/// Most nodes of a file, each alias counted as the nodes that it stands for.
const MAX_NODES: usize = 500_000;

/// Reads the only document of `text`. `None` with at least one error: there is no tree to look at.
pub(crate) fn compose(text: &str, findings: &mut Vec<Diagnostic>) -> Option<Rc<Node>> {
    if text.len() > MAX_BYTES {
        findings.push(Diagnostic::error(
            Span::default(),
            format!("the file is larger than {} MiB", MAX_BYTES >> 20),
        ));
        return None;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut composer = Composer {
        places: Places::new(text),
        anchors: HashMap::new(),
        open: Vec::new(),
        root: None,
        findings,
    };
    match composer.run(text) {
        Ok(()) => composer.root,
        Err(finding) => {
            composer.findings.push(*finding);
            None
        }
    }
}

struct Composer<'a> {
    places: Places<'a>,
    anchors: HashMap<usize, Rc<Node>>,
    open: Vec<Open>,
    root: Option<Rc<Node>>,
    findings: &'a mut Vec<Diagnostic>,
}

/// A list or mapping whose end has not been read.
struct Open {
    anchor: usize,
    start: Marker,
    depth: usize,
    size: usize,
    content: Content,
}

enum Content {
    List(Vec<Rc<Node>>),
    Map {
        entries: Vec<Entry>,
        seen: HashSet<String>,
        key: Option<Rc<Node>>,
    },
}

type Composed<T> = Result<T, Box<Diagnostic>>;

impl Composer<'_> {
    fn run(&mut self, text: &str) -> Composed<()> {
        let mut parser = Parser::new(StrInput::new(text));
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) =
                event.map_err(|error| Box::new(self.places.syntax_error(&error)))?;
            match event {
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let finding = Diagnostic::error(
                            self.places.span(span),
                            "a second YAML document in the file",
                        );
                        return Err(Box::new(
                            finding.hint("a file holds one pipeline: remove the `---` line"),
                        ));
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.refuse_tag(tag.as_deref(), span);
                    let kind = Kind::Scalar {
                        text: text.into_owned(),
                        plain: style == ScalarStyle::Plain,
                    };
                    let node = Node {
                        span: self.places.span(span),
                        kind,
                        depth: 0,
                        size: 1,
                    };
                    self.close(anchor, Rc::new(node))?;
                }
                Event::SequenceStart(anchor, tag) => {
                    self.refuse_tag(tag.as_deref(), span);
                    self.open(anchor, span, Content::List(Vec::new()))?;
                }
                Event::MappingStart(anchor, tag) => {
                    self.refuse_tag(tag.as_deref(), span);
                    let content = Content::Map {
                        entries: Vec::new(),
                        seen: HashSet::new(),
                        key: None,
                    };
                    self.open(anchor, span, content)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(span)?,
                Event::Alias(anchor) => self.alias(anchor, span)?,
            }
        }
        Ok(())
    }

    fn open(&mut self, anchor: usize, span: ParserSpan, content: Content) -> Composed<()> {
        self.open.push(Open {
            anchor,
            start: span.start,
            depth: 1,
            size: 1,
            content,
        });
        if self.open.len() > MAX_DEPTH {
            return Err(Box::new(too_deep(self.places.span(span))));
        }
        Ok(())
    }

    fn end(&mut self, span: ParserSpan) -> Composed<()> {
        let Some(Open {
            anchor,
            start,
            depth,
            size,
            content,
        }) = self.open.pop()
        else {
            return Ok(());
        };
        let kind = match content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, .. } => Kind::Map(entries),
        };
        let span = self.places.span(ParserSpan::new(start, span.end));
        self.close(
            anchor,
            Rc::new(Node {
                span,
                kind,
                depth,
                size,
            }),
        )
    }

    fn alias(&mut self, anchor: usize, span: ParserSpan) -> Composed<()> {
        let place = self.places.span(span);
        let Some(node) = self.anchors.get(&anchor).map(Rc::clone) else {
            return Err(Box::new(Diagnostic::error(
                place,
                "an alias inside the value that it stands for",
            )));
        };
        if self.open.len() + node.depth > MAX_DEPTH {
            return Err(Box::new(too_deep(place)));
        }
        self.add(node)
    }

    fn close(&mut self, anchor: usize, node: Rc<Node>) -> Composed<()> {
        if anchor > 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        self.add(node)
    }

    /// Puts a whole node where it belongs.
    fn add(&mut self, node: Rc<Node>) -> Composed<()> {
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        parent.depth = parent.depth.max(node.depth + 1);
        parent.size = parent.size.saturating_add(node.size);
        if parent.size > MAX_NODES {
            let finding = Diagnostic::error(
                node.span,
                format!("the file stands for more than {MAX_NODES} values"),
            );
            return Err(Box::new(
                finding.hint("an alias counts as everything that it stands for"),
            ));
        }
        match &mut parent.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, seen, key } => match key.take() {
                None => *key = Some(node),
                Some(name) => match name.scalar() {
                    None => {
                        let message = format!("a key is text, this is {}", name.kind_name());
                        self.findings.push(Diagnostic::error(name.span, message));
                    }
                    Some(text) if !seen.insert(text.to_owned()) => {
                        let first = entries
                            .iter()
                            .find(|entry| entry.key == text)
                            .map_or(0, |entry| entry.key_span.line);
                        let finding = Diagnostic::error(
                            name.span,
                            format!("the key `{text}` is given twice"),
                        );
                        self.findings
                            .push(finding.detail(format!("it is also in line {first}")));
                    }
                    Some(text) => entries.push(Entry {
                        key: text.to_owned(),
                        key_span: name.span,
                        value: node,
                    }),
                },
            },
        }
        Ok(())
    }

    /// `!!str` and its like say nothing that the key does not say; other tags would be ignored in silence.
    fn refuse_tag(&mut self, tag: Option<&Tag>, span: ParserSpan) {
        if let Some(tag) = tag.filter(|tag| !tag.is_yaml_core_schema()) {
            let finding = Diagnostic::error(
                self.places.span(span),
                format!("the tag `{tag}` means nothing here"),
            );
            self.findings
                .push(finding.hint("put text that starts with `!` in quotes"));
        }
    }
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::error(
        span,
        format!("lists and mappings are nested more than {MAX_DEPTH} levels deep"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Result<Rc<Node>, Vec<String>> {
        let mut findings = Vec::new();
        let root = compose(text, &mut findings);
        match root {
            Some(root) if findings.is_empty() => Ok(root),
            _ => Err(findings
                .into_iter()
                .map(|finding| finding.message)
                .collect()),
        }
    }

    fn outline(node: &Node) -> String {
        match &node.kind {
            Kind::Scalar { text, .. } => format!(
                "{text}@{}:{}+{}",
                node.span.line, node.span.column, node.span.length
            ),
            Kind::List(items) => format!(
                "[{}]",
                items
                    .iter()
                    .map(|item| outline(item))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Kind::Map(entries) => {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|entry| format!("{}: {}", entry.key, outline(&entry.value)))
                    .collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
    }

    #[test]
    fn scalars_keep_their_text_and_place() {
        let cases = [
            ("a: 007", "{a: 007@1:4+3}"),
            ("{null: N/A, on: yes}", "{null: N/A@1:8+3, on: yes@1:17+3}"),
            (
                "a:\n  - 'it''s'\n  - \"x\\ty\"\n",
                "{a: [it's@2:5+7, x\ty@3:5+6]}",
            ),
            ("\u{feff}é: [ü, z]", "{é: [ü@1:5+1, z@1:8+1]}"),
            (
                "a: &x {b: c}\nd: *x\n",
                "{a: {b: c@1:11+1}, d: {b: c@1:11+1}}",
            ),
            ("a: >\n  one\n  two\n", "{a: one two\n@2:3+3}"),
            ("{a: -1, b: .5}", "{a: -1@1:5+2, b: .5@1:12+2}"),
            ("a: -1\n", "{a: -1@1:4+2}"),
            ("a: !!str 1", "{a: 1@1:4+7}"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                tree(text).map(|root| outline(&root)).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_one_document_is_refused() {
        let cases = [
            ("a: 1\na: 2\n", "the key `a` is given twice"),
            ("? [a]\n: b\n", "a key is text, this is a list"),
            (
                "a: &x [*x]\n",
                "an alias inside the value that it stands for",
            ),
            ("a: !secret x\n", "the tag `!secret` means nothing here"),
            ("a: 1\n---\nb: 2\n", "a second YAML document in the file"),
        ];
        for (text, expected) in cases {
            assert_eq!(tree(text).err(), Some(vec![expected.to_owned()]), "{text}");
        }
    }

    #[test]
    fn nesting_and_aliases_are_bounded() {
        let deep = "[".repeat(100_000);
        assert_eq!(tree(&deep).err().map(|messages| messages.len()), Some(1));
        let block: String = (0..200)
            .map(|level| format!("{}a:\n", " ".repeat(level)))
            .collect();
        assert!(tree(&block).is_err_and(|messages| messages[0].contains("nested")));
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(tree(&bomb).is_err_and(|messages| messages[0].contains("stands for more")));
        assert!(tree(&" ".repeat(MAX_BYTES + 1)).is_err());
    }
}
