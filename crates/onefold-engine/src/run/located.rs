//! Lets expressions say in which line of which file the row stands for which they fail.

use onefold_read::Locator;
use onefold_spec::model::{Content, Pipeline};

use super::graph::{Graph, Maker};
use crate::places::Places;
use crate::prepare::Prepared;
use crate::steps::step::Way;

/// The pipeline with expressions that find their rows.
pub(super) fn located(
    pipeline: &Pipeline,
    graph: &Graph,
    mut prepared: Prepared,
    locators: &[Locator],
) -> Prepared {
    let inputs = prepared.tables.iter().map(|table| match &table.way {
        Way::Batchwise(step) if step.keeps_rows() => table.reads.first(),
        _ => None,
    });
    let places = inputs.map(|name| Some(places_of(name?, graph, &prepared, locators)));
    let places: Vec<Option<Places>> = places.collect();
    let by_output = pipeline.outputs.iter().map(|output| match &output.content {
        Content::Table { table, .. } => Some(places_of(table, graph, &prepared, locators)),
        _ => None,
    });
    let by_output: Vec<Option<Places>> = by_output.collect();
    for (table, places) in prepared.tables.iter_mut().zip(places) {
        if let Some(places) = places {
            table.shape.found_at(&places);
        }
    }
    for (columns, places) in prepared.outputs.iter_mut().zip(by_output) {
        if let (Some(columns), Some(places)) = (columns, places) {
            columns.found_at(&places);
        }
    }
    prepared
}

/// Finds the rows of a table in their files, where they come from one as they are.
pub(super) fn places_of(
    name: &str,
    graph: &Graph,
    prepared: &Prepared,
    locators: &[Locator],
) -> Places {
    let mut name = name;
    loop {
        match graph.maker(name) {
            Some(Maker::Source(index)) if !name.contains('.') => {
                return Places::of(locators.get(index).cloned());
            }
            Some(Maker::Table(table)) if prepared.tables[table].shape.select.is_none() => {
                let table = &prepared.tables[table];
                match (&table.way, table.reads.first()) {
                    (Way::Batchwise(step), Some(input)) if step.keeps_rows() => name = input,
                    _ => return Places::default(),
                }
            }
            _ => return Places::default(),
        }
    }
}
