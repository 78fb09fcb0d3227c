//! Who reads whom in a pipeline, as its file says, without looking at any input.

use crate::checks::{is_added, owner};
use crate::project::Project;
use crate::steps;
use onefold_spec::model::Content;

/// A part of a pipeline and what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of the source or table, path of the output.
    pub name: String,
    /// What it is.
    pub kind: PartKind,
    /// Sources and tables that it reads, each once; a side table `t.rejects` stands under its whole name.
    pub reads: Vec<String>,
}

/// What a part of a pipeline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartKind {
    /// Files that are read.
    Source,
    /// A table and its step.
    Table(&'static str),
    /// A file that is published.
    Output,
}

impl Project {
    /// Sources, tables and outputs, each with what it reads, in the order of the file.
    pub fn lineage(&self) -> Vec<Part> {
        let pipeline = self.pipeline();
        let sources = pipeline.sources.iter().map(|source| Part {
            name: source.name.value.clone(),
            kind: PartKind::Source,
            reads: Vec::new(),
        });
        let written = pipeline.tables.iter();
        let written = written.filter(|table| !is_added(&table.name.value));
        let tables = written.map(|table| {
            let step = steps::kind(&table.step);
            let mut reads = Vec::new();
            for name in step.reads(pipeline) {
                // A table may read another twice.
                if !reads.contains(&name) {
                    reads.push(name);
                }
            }
            Part {
                name: table.name.value.clone(),
                kind: PartKind::Table(step.name()),
                reads,
            }
        });
        let outputs = pipeline.outputs.iter().filter_map(|output| {
            let table = match &output.content {
                Content::Table { table, .. } | Content::Page(table) => table,
                Content::RunLog | Content::Metrics => return None,
            };
            Some(Part {
                name: output.path.value.clone(),
                kind: PartKind::Output,
                reads: vec![table.value.clone()],
            })
        });
        sources.chain(tables).chain(outputs).collect()
    }
}

impl Part {
    /// The sources and tables that it reads, each once, a side table being its owner's.
    pub fn owners(&self) -> Vec<&str> {
        let mut owners: Vec<&str> = Vec::new();
        for name in self.reads.iter().map(|name| owner(name)) {
            if !owners.contains(&name) {
                owners.push(name);
            }
        }
        owners
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_what_they_read() {
        let text = "
sources: {a: {path: a.csv, fields: {id: integer}}, b: {path: b.csv, fields: {id: integer}}}
tables: {t: {union: [a, b]}, u: {from: t}}
outputs: [{table: u, path: u.csv}, {table: a.rejects, path: r.csv}, {log: run, path: l.txt}]
";
        let project = Project::from_text(text.to_owned(), "p.yaml".into(), &|_| None);
        let project = project.map_err(|e| e.error.to_string()).expect("a project");
        let parts = project.lineage();
        let told: Vec<_> = parts
            .iter()
            .map(|p| (p.name.as_str(), p.reads.join(" ")))
            .collect();
        let expected = [
            ("a", ""),
            ("b", ""),
            ("t", "a b"),
            ("u", "t"),
            ("u.csv", "u"),
            ("r.csv", "a.rejects"),
        ];
        assert_eq!(told, expected.map(|(name, reads)| (name, reads.to_owned())));
        assert_eq!(parts[5].owners(), ["a"]);
        assert_eq!(parts[2].kind, PartKind::Table("union"));
    }
}
