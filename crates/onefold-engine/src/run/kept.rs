//! Tables that stay in the folder of a run.

use std::collections::HashSet;

use onefold_spec::model::{Content, Mask, Output, OutputFormat, Pipeline, Step};
use onefold_spec::{Span, Spanned, side_tables};

use super::options::Keep;
use crate::checks::{FAILURES, is_added};
use crate::steps;

/// Folder of the tables within that of the run.
pub(crate) const TABLES: &str = "tables";

/// The pipeline, with outputs for the tables that stay.
pub(crate) fn with_kept(pipeline: &Pipeline, keep: Keep) -> Pipeline {
    let mut kept = pipeline.clone();
    match keep {
        Keep::None => {}
        Keep::Outputs => {
            let mut seen = HashSet::new();
            for output in &pipeline.outputs {
                if let Content::Table { table, columns, .. } = &output.content
                    && seen.insert(table.value.clone())
                {
                    kept.outputs.push(Output {
                        path: Spanned::new(path(&table.value), Span::default()),
                        content: Content::Table {
                            table: table.clone(),
                            columns: columns.clone(),
                            format: OutputFormat::Parquet,
                            masks: masks_of(pipeline, &table.value),
                            partitions: None,
                        },
                        is_kept: true,
                    });
                }
            }
        }
        Keep::All => kept
            .outputs
            .extend(all(pipeline).into_iter().map(|table| Output {
                path: Spanned::new(path(&table), Span::default()),
                content: Content::Table {
                    table: Spanned::new(table, Span::default()),
                    columns: Vec::new(),
                    format: OutputFormat::Parquet,
                    masks: Vec::new(),
                    partitions: None,
                },
                is_kept: true,
            })),
    }
    kept.outputs.extend(failures(pipeline));
    kept
}

/// The masks of all outputs of a table: what one of them hides, the kept table hides.
fn masks_of(pipeline: &Pipeline, of: &str) -> Vec<(Spanned<String>, Mask)> {
    let mut all: Vec<(Spanned<String>, Mask)> = Vec::new();
    for output in &pipeline.outputs {
        if let Content::Table { table, masks, .. } = &output.content
            && table.value == of
        {
            let new = masks
                .iter()
                .filter(|(column, _)| all.iter().all(|(known, _)| known.value != column.value));
            let new: Vec<_> = new.cloned().collect();
            all.extend(new);
        }
    }
    all
}

/// The rows that fail checks stay like rejects.
fn failures(pipeline: &Pipeline) -> impl Iterator<Item = Output> {
    let checked = pipeline
        .tables
        .iter()
        .filter(|table| !table.checks.is_empty());
    checked.map(|table| {
        let name = format!("{}.{FAILURES}", table.name.value);
        Output {
            path: Spanned::new(
                format!("{FAILURES}/{}.parquet", table.name.value),
                Span::default(),
            ),
            content: Content::Table {
                table: Spanned::new(name, Span::default()),
                columns: Vec::new(),
                format: OutputFormat::Parquet,
                masks: Vec::new(),
                partitions: None,
            },
            is_kept: true,
        }
    })
}

/// The file of a table, in the folder of the run.
pub(crate) fn path(table: &str) -> String {
    format!("{TABLES}/{table}.parquet")
}

/// Sources, tables, and what is beside them.
fn all(pipeline: &Pipeline) -> Vec<String> {
    let mut names = Vec::new();
    for source in &pipeline.sources {
        let name = &source.name.value;
        names.push(name.clone());
        names.extend(side_tables(None).map(|side| format!("{name}.{side}")));
    }
    let written = pipeline.tables.iter();
    for table in written.filter(|table| !is_added(&table.name.value)) {
        let name = &table.name.value;
        names.push(name.clone());
        let sides = side_tables(Some(steps::kind(&table.step).name()));
        let is_made = |side: &&str| match &table.step {
            Step::Resolve(resolve) => match *side {
                "possible" => resolve.likeness.is_some(),
                "lineage" => resolve.state.is_some(),
                _ => true,
            },
            _ => true,
        };
        names.extend(sides.filter(is_made).map(|side| format!("{name}.{side}")));
    }
    names
}
