//! What all parts of the loader share: the findings so far, and the environment variables that the file may use.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Diagnostic, Severity};
use crate::keys::Choice;
use crate::nearest::nearest;
use crate::scalar::{InvalidScalar, variable};
use crate::secrets::Secrets;
use crate::span::{Span, Spanned};
use crate::yaml::{Kind, Node};

/// Findings after which the loader goes silent: nobody reads on, and near names cost time.
const MAX_FINDINGS: usize = 100;
/// Longest quotation of the file in a message, in characters.
const MAX_QUOTED: usize = 60;

/// Findings and environment.
pub(crate) struct Context<'a> {
    findings: Vec<Diagnostic>,
    environment: &'a dyn Fn(&str) -> Option<String>,
    /// The variables under `env:`, those that are not set without a value.
    variables: HashMap<String, Option<String>>,
    used: HashSet<String>,
}

/// A scalar with its variables put in.
pub(crate) enum Expanded<'t> {
    Text(Cow<'t, str>),
    /// Names a variable that is not set, which is said where it is listed.
    Unset,
    Invalid(InvalidScalar),
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        environment: &'a dyn Fn(&str) -> Option<String>,
        findings: Vec<Diagnostic>,
    ) -> Self {
        Self {
            findings,
            environment,
            variables: HashMap::new(),
            used: HashSet::new(),
        }
    }

    pub(crate) fn report(&mut self, finding: Diagnostic) {
        if !self.is_full() {
            self.findings.push(finding);
        }
    }

    pub(crate) fn error(&mut self, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(span, message));
    }

    /// Whether one of the findings so far is an error.
    pub(crate) fn has_errors(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }

    /// Whether nothing more is reported.
    pub(crate) fn is_full(&self) -> bool {
        self.findings.len() >= MAX_FINDINGS
    }

    /// An error about a name that is not one of `known`.
    pub(crate) fn unknown<'n>(
        &mut self,
        span: Span,
        message: String,
        word: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        if self.is_full() {
            return;
        }
        let mut known: Vec<&str> = known.into_iter().collect();
        known.dedup();
        let finding = Diagnostic::error(span, message);
        self.report(match nearest(word, known.iter().copied()) {
            Some(name) => finding.hint(format!("did you mean `{name}`?")),
            None if known.is_empty() || known.len() > 40 => finding,
            None => finding.hint(format!("one of {}", join_quoted(known))),
        });
    }

    /// All findings in the order of the file, each once.
    pub(crate) fn into_findings(self) -> Vec<Diagnostic> {
        let mut findings = self.findings;
        findings.sort_by(|a, b| {
            let order =
                |finding: &Diagnostic| (finding.span.line, finding.span.column, finding.severity);
            order(a)
                .cmp(&order(b))
                .then_with(|| a.message.cmp(&b.message))
        });
        findings.dedup();
        findings
    }

    /// Reads `env:`. A variable that is not set is an error at its place in the list.
    pub(crate) fn read_environment(&mut self, list: &Node) {
        for node in list.items() {
            let Some(name) = node.scalar() else { continue };
            if variable(name).is_err() {
                continue;
            }
            let value = (self.environment)(name);
            if value.is_none() {
                let finding = Diagnostic::error(
                    node.span,
                    format!("the environment variable `{name}` is not set"),
                );
                self.report(finding.hint(format!(
                    "set it, or remove it from `env`: `export {name}=..`"
                )));
            }
            self.variables.insert(name.to_owned(), value);
        }
    }

    /// The values of listed variables that nobody is to see.
    /// `mask_key` is the variable of the key of masks.
    pub(crate) fn secrets(&self, mask_key: Option<&str>) -> Secrets {
        Secrets::of(&self.variables, mask_key)
    }

    /// Warns about listed variables that no value uses.
    pub(crate) fn check_environment(&mut self, list: &Node) {
        for node in list.items() {
            let Some(name) = node.scalar() else { continue };
            if self.variables.contains_key(name) && !self.used.contains(name) {
                self.report(Diagnostic::warning(
                    node.span,
                    format!("no value uses `${{{name}}}`"),
                ));
            }
        }
    }

    /// Puts variables in: `${NAME}` is the value, `$${` is `${`.
    pub(crate) fn expand<'t>(&mut self, raw: &'t str) -> Expanded<'t> {
        if !raw.contains("${") {
            return Expanded::Text(Cow::Borrowed(raw));
        }
        let mut text = String::with_capacity(raw.len());
        let mut rest = raw;
        let mut unset = false;
        while let Some((before, after)) = rest.split_once("${") {
            if let Some(before) = before.strip_suffix('$') {
                text.push_str(before);
                text.push_str("${");
                rest = after;
                continue;
            }
            text.push_str(before);
            let name = after
                .split_once('}')
                .filter(|(name, _)| variable(name).is_ok());
            let Some((name, after)) = name else {
                let invalid = InvalidScalar::new("text with an unfinished `${NAME}`");
                return Expanded::Invalid(
                    invalid.with_hint("write `$${` for the text `${` itself"),
                );
            };
            match self.variables.get(name) {
                Some(Some(value)) => text.push_str(value),
                Some(None) => unset = true,
                None => {
                    let invalid = InvalidScalar::new(format!(
                        "text with a variable that is not listed: `{name}`"
                    ));
                    return Expanded::Invalid(
                        invalid
                            .with_hint(format!("add it at the top of the file: `env: [{name}]`")),
                    );
                }
            }
            self.used.insert(name.to_owned());
            rest = after;
        }
        text.push_str(rest);
        if unset {
            Expanded::Unset
        } else {
            Expanded::Text(Cow::Owned(text))
        }
    }

    /// The text of a scalar. `None` where the check has already said why.
    pub(crate) fn text(&mut self, node: &Node) -> Option<Spanned<String>> {
        match self.expand(node.scalar()?) {
            Expanded::Text(text) => Some(Spanned::new(text.into_owned(), node.span)),
            Expanded::Unset | Expanded::Invalid(_) => None,
        }
    }

    /// The text of a key, where it is there.
    pub(crate) fn text_of(&mut self, map: &Node, key: &str) -> Option<Spanned<String>> {
        self.text(map.get(key)?)
    }

    /// The texts of a key that takes one or a list; none where it is not there.
    pub(crate) fn texts_of(&mut self, map: &Node, key: &str) -> Vec<Spanned<String>> {
        let items = map.get(key).map(Node::items).unwrap_or_default();
        items
            .into_iter()
            .filter_map(|item| self.text(item))
            .collect()
    }

    /// The value of a key whose text stands for something.
    pub(crate) fn parsed<T, E>(
        &mut self,
        map: &Node,
        key: &str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        parse(&self.text_of(map, key)?).ok()
    }

    /// The value of a key that takes one of some words.
    pub(crate) fn choice<T: Choice>(&mut self, map: &Node, key: &str) -> Option<T> {
        T::of(&self.text_of(map, key)?)
    }
}

/// Text of the file as it is quoted in a message, cut where it is long.
pub(crate) fn quoted(raw: &str) -> String {
    let line = raw.lines().next().unwrap_or_default();
    if raw.chars().count() <= MAX_QUOTED && line.len() == raw.len() {
        return format!("`{raw}`");
    }
    let start: String = line.chars().take(MAX_QUOTED).collect();
    format!("`{start}..`")
}

/// A node as it is quoted in a message: as it is written, without the values of variables.
pub(crate) fn quoted_node(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar { text, .. } => quoted(text),
        Kind::List(_) | Kind::Map(_) => node.kind_name().to_owned(),
    }
}

/// `` `a`, `b` ``
pub(crate) fn join_quoted<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(quoted).collect();
    quoted.join(", ")
}

/// The items, if none is missing; what is missing has been reported.
pub(super) fn all<T>(items: Vec<Option<T>>) -> Option<Vec<T>> {
    items.into_iter().collect()
}
