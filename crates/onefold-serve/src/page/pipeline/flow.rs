//! How many rows of a run went from part to part of the pipeline.

use onefold_engine::{Part as Written, PartKind, Project, Removed, Report};
use serde_json::json;

use crate::text::{counted, grouped, verb};

/// The parts of a pipeline with the rows of a run.
pub(super) struct Flow {
    pub(super) parts: Vec<Part>,
}

/// A source, a table or an output.
pub(super) struct Part {
    pub(super) name: String,
    pub(super) step: &'static str,
    kind: PartKind,
    pub(super) reads: Vec<Read>,
    pub(super) rows_in: Option<u64>,
    pub(super) added: Vec<Removed>,
    pub(super) removed: Vec<Removed>,
    pub(super) rows_out: Option<u64>,
    /// What a limit or a check has against it.
    pub(super) trouble: Option<String>,
}

/// What a part reads.
pub(super) struct Read {
    /// The table, or side table.
    pub(super) name: String,
    /// The part that it is of.
    pub(super) owner: String,
    pub(super) rows: Option<u64>,
}

impl Flow {
    /// The parts of a pipeline, with the rows of a run of it where there is one.
    pub(super) fn of(project: &Project, run: Option<&Report>) -> Self {
        let name = &project.pipeline().name.value;
        let run = run.filter(|run| run.pipeline == *name);
        let lineage = project.lineage();
        let parts = lineage.iter().map(|part| of(part, run));
        Self {
            parts: parts.collect(),
        }
    }

    /// The parts as data.
    pub(super) fn json(&self) -> serde_json::Value {
        let parts = self.parts.iter().map(|part| {
            let reads = part.reads.iter();
            json!({
                "name": part.name,
                "step": part.step,
                "reads": reads.map(|read| json!({"table": read.name, "rows": read.rows})).collect::<Vec<_>>(),
                "rows_in": part.rows_in,
                "added": part.added,
                "removed": part.removed,
                "rows_out": part.rows_out,
                "adds_up": part.adds_up(),
            })
        });
        parts.collect()
    }
}

impl Part {
    /// Whether rows in and added are rows out and removed; `None` where a step may do anything with its rows.
    pub(super) fn adds_up(&self) -> Option<bool> {
        let sum = |of: &[Removed]| -> u64 { of.iter().map(|removed| removed.rows).sum() };
        let (rows_in, rows_out) = (self.rows_in?, self.rows_out?);
        Some(rows_in + sum(&self.added) == rows_out + sum(&self.removed))
    }

    /// Whether its rows are a table.
    pub(super) fn is_table(&self) -> bool {
        self.kind != PartKind::Output
    }

    /// Whether it is a table of the run: before the first run there is nothing to look at.
    pub(super) fn has_rows(&self) -> bool {
        self.is_table() && self.rows_out.is_some()
    }

    /// Whether it is a file that is read.
    pub(super) fn is_source(&self) -> bool {
        self.kind == PartKind::Source
    }
}

fn of(written: &Written, run: Option<&Report>) -> Part {
    let reads = written.reads.iter().zip(written_owners(written));
    let reads = reads.map(|(name, owner)| Read {
        rows: run.and_then(|run| rows(run, name)),
        name: name.clone(),
        owner,
    });
    let mut part = Part {
        name: written.name.clone(),
        step: match written.kind {
            PartKind::Source => "source",
            PartKind::Table(step) => step,
            PartKind::Output => "output",
        },
        kind: written.kind,
        reads: reads.collect(),
        rows_in: None,
        added: Vec::new(),
        removed: Vec::new(),
        rows_out: None,
        trouble: None,
    };
    if let Some(run) = run {
        match written.kind {
            PartKind::Source => source(&mut part, run),
            PartKind::Table(_) => table(&mut part, run),
            PartKind::Output => {
                let output = run.outputs.iter().find(|output| output.path == part.name);
                part.rows_in = output.map(|output| output.rows);
                part.rows_out = part.rows_in;
            }
        }
    }
    part
}

/// The owner of each thing that is read: a side table's is the table before the point.
fn written_owners(written: &Written) -> impl Iterator<Item = String> {
    let owners = written.owners();
    written.reads.iter().map(move |name| {
        let owner = owners.iter().find(|owner| {
            name == *owner
                || name
                    .strip_prefix(*owner)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
        owner.map_or_else(|| name.clone(), |owner| (*owner).to_owned())
    })
}

fn source(part: &mut Part, run: &Report) {
    let Some(source) = run.sources.iter().find(|source| source.name == part.name) else {
        return;
    };
    part.rows_in = Some(source.read);
    part.rows_out = Some(source.accepted);
    let mut removed = |reason: &str, rows: u64| {
        if rows > 0 {
            let reason = reason.to_owned();
            part.removed.push(Removed { reason, rows });
        }
    };
    removed("rejected", source.rejected);
    if let Some(exploded) = &source.exploded {
        removed("empty", exploded.empty);
        part.added.push(Removed {
            reason: "exploded".to_owned(),
            rows: exploded.added,
        });
    }
    part.trouble = refused(run, &part.name);
}

fn table(part: &mut Part, run: &Report) {
    if let Some(table) = run.tables.iter().find(|table| table.name == part.name) {
        part.rows_in = table.rows_in;
        part.rows_out = Some(table.rows_out);
        part.added.clone_from(&table.added);
        part.removed.clone_from(&table.removed);
    }
    let failing = run
        .checks
        .iter()
        .find(|check| check.table == part.name && check.rows > 0);
    part.trouble = match failing {
        Some(check) => Some(format!(
            "{} {} {}",
            counted(check.rows, "row"),
            verb(check.rows, "fails", "fail"),
            check.check
        )),
        None => refused(run, &part.name),
    };
}

/// Why nothing was published, where it is about this part.
fn refused(run: &Report, name: &str) -> Option<String> {
    let why = run.refused.as_ref()?;
    let mut words = why.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.any(|word| word == name).then(|| why.clone())
}

/// Rows of a table, or of a side table that the report counts.
fn rows(run: &Report, name: &str) -> Option<u64> {
    let table = run.tables.iter().find(|table| table.name == name);
    let source = run.sources.iter().find(|source| source.name == name);
    let kept = run.kept.iter().find(|kept| kept.table == name);
    let output = run
        .outputs
        .iter()
        .find(|output| output.table.as_deref() == Some(name));
    table
        .map(|table| table.rows_out)
        .or_else(|| source.map(|source| source.accepted))
        .or_else(|| kept.map(|kept| kept.rows))
        .or_else(|| output.map(|output| output.rows))
}

/// The sum of rows; nothing where it is none.
pub(super) fn sum(of: &[Removed]) -> String {
    match of.iter().map(|removed| removed.rows).sum::<u64>() {
        0 => String::new(),
        rows => grouped(rows),
    }
}

/// What rows were added or removed for.
pub(super) fn reasons(of: &[Removed]) -> String {
    let parts = of.iter().filter(|removed| removed.rows > 0);
    let parts = parts.map(|removed| format!("{} {}", grouped(removed.rows), removed.reason));
    parts.collect::<Vec<_>>().join(", ")
}
