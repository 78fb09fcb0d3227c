//! Pipeline text to [`Pipeline`], or everything that is wrong with it.
//!
//! Four passes over one tree of nodes: compose it from the text, hold it against the tables of keys, decode it into the model, and
//! look at the tables together (cycles, unused ones). Each reports and goes on, so that all errors of a file come at once.

mod bounds;
mod check;
mod checks;
mod columns;
mod context;
mod explode;
mod fields;
mod graph;
mod keep;
mod limits;
mod masks;
mod names;
mod outputs;
mod resolve;
mod sources;
mod steps;
mod testing;
mod together;
mod versions;
mod writing;

use crate::diagnostic::{Diagnostic, Severity};
use crate::keys::{PIPELINE, Value};
use crate::model::Pipeline;
use crate::span::{Span, Spanned};
use crate::yaml::{self, Node};
use check::{Subject, check};
use context::Context;
use limits::limits;
use names::Names;
use std::path::Path;

/// A pipeline that can run.
#[derive(Debug)]
pub struct Loaded {
    /// The pipeline.
    pub pipeline: Pipeline,
    /// What is probably not meant, in the order of the file.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a pipeline file.
///
/// `path` is where the text comes from: it names the pipeline where `pipeline:` does not (its folder; without one, the file without
/// its extension). `environment` gives the value of an environment variable; it is only asked for the ones under `env:`, and no
/// value of it is ever in a diagnostic.
///
/// # Errors
/// All findings in the order of the file, at least one of them an error.
pub fn load(
    text: &str,
    path: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Loaded, Vec<Diagnostic>> {
    let mut findings = Vec::new();
    let root = yaml::compose(text, &mut findings);
    let mut cx = Context::new(environment, findings);
    let pipeline = root.and_then(|root| decode(&mut cx, &root, path));
    let findings = cx.into_findings();
    let failed = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    match pipeline {
        Some(pipeline) if !failed => Ok(Loaded {
            pipeline,
            warnings: findings,
        }),
        _ if failed => Err(findings),
        // Nothing to decode and nothing wrong with it: an empty file.
        _ => {
            let finding = Diagnostic::error(Span::default(), "the file holds no pipeline");
            Err(vec![finding.hint("it starts with `sources:`")])
        }
    }
}

/// The whole file.
static FILE: Value = Value::Object(&PIPELINE);

fn decode(cx: &mut Context<'_>, root: &Node, path: &Path) -> Option<Pipeline> {
    if root.is_empty() {
        return None;
    }
    if let Some(list) = root.get("env") {
        cx.read_environment(list);
    }
    let file = Subject::key("the file", root.span);
    check(cx, root, &FILE, &file);
    let names = Names::collect(cx, root);
    let name = cx.text_of(root, "pipeline");
    let limits = limits(cx, root);
    let secrets = cx.secrets(root.get("mask_key").and_then(masks::variable));
    let mut sources: Vec<_> = root
        .entries_at("sources")
        .iter()
        .filter_map(|entry| sources::source(cx, entry))
        .collect();
    sources.iter_mut().for_each(|source| source.hide(&secrets));
    sources::refuse_second_stdin(cx, &sources);
    let mut tables: Vec<_> = root
        .entries_at("tables")
        .iter()
        .filter_map(|entry| steps::table(cx, &names, entry))
        .collect();
    for check in tables.iter_mut().flat_map(|table| &mut table.checks) {
        check.name = secrets.hide(&check.name).into_owned();
    }
    let outputs = outputs::outputs(cx, &names, root, &tables);
    let mask_key = masks::mask_key(cx, root, &outputs);
    let tests = testing::tests(cx, &names, root, &sources);
    if let Some(list) = root
        .get("sources")
        .filter(|list| matches!(&list.kind, yaml::Kind::Map(entries) if entries.is_empty()))
    {
        cx.error(list.span, "a pipeline needs a source");
    }
    if let Some(list) = root.get("env") {
        cx.check_environment(list);
    }
    let pipeline = Pipeline {
        name: name.unwrap_or_else(|| Spanned::new(default_name(path), Span::default())),
        path: path.to_owned(),
        sources,
        tables,
        mask_key,
        outputs,
        tests,
        limits,
        secrets,
    };
    graph::check_cycles(cx, &pipeline.tables);
    // A part that could not be decoded reads nothing.
    if !cx.has_errors() {
        graph::check_use(cx, &pipeline);
    }
    Some(pipeline)
}

fn default_name(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    let name = folder.or_else(|| path.file_stem());
    name.map_or_else(
        || "pipeline".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests;
