//! Who reads whom: the tables that the outputs need, and how rows get from one to the next.

use std::collections::{HashMap, HashSet};

use arrow::compute::SortOptions;
use onefold_spec::model::{Content, Pipeline};

use crate::checks::owner;
use crate::prepare::{Prepared, PreparedTable};
use crate::steps::step::Way;

/// A reader of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Reader {
    /// An output, by its number.
    Output(usize),
    /// An input of the step of a table, both by number.
    Step { table: usize, input: usize },
}

/// What makes a table or side table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Maker {
    /// A source, by its number; its rejects come with it.
    Source(usize),
    /// The step of a table, by its number; its side tables come with it.
    Table(usize),
}

/// How the rows of a table get to its readers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Passage {
    /// Batch by batch, as those of its first input come.
    AsTheyCome,
    /// The same, once the rows of the input are sorted by these columns.
    Sorted(Vec<(usize, SortOptions)>),
    /// All together, when the step is done.
    Together,
}

/// The tables that the outputs need.
pub(super) struct Graph {
    makers: HashMap<String, Maker>,
    readers: HashMap<String, Vec<Reader>>,
    reads: Vec<Vec<String>>,
    passages: Vec<Passage>,
}

impl Graph {
    pub(super) fn new(pipeline: &Pipeline, prepared: &Prepared) -> Self {
        let sources = pipeline.sources.iter().enumerate();
        let sources = sources.map(|(i, source)| (source.name.value.clone(), Maker::Source(i)));
        let tables = prepared.tables.iter().enumerate();
        let tables = tables.map(|(n, table)| (table.name.clone(), Maker::Table(n)));
        let mut graph = Self {
            makers: sources.chain(tables).collect(),
            readers: HashMap::new(),
            reads: prepared.tables.iter().map(|t| t.reads.clone()).collect(),
            passages: prepared
                .tables
                .iter()
                .map(|t| passage(t, prepared))
                .collect(),
        };
        for (number, output) in pipeline.outputs.iter().enumerate() {
            if let Content::Table { table, .. } = &output.content {
                graph.add(table, Reader::Output(number));
            }
        }
        graph
    }

    /// Adds a reader of a table; the first one makes the step of the table a reader of its inputs.
    fn add(&mut self, name: &str, reader: Reader) {
        let mut waiting = vec![(name.to_owned(), reader)];
        let mut seen: HashSet<usize> = self.steps().collect();
        while let Some((name, reader)) = waiting.pop() {
            if let Some(Maker::Table(table)) = self.maker(&name)
                && seen.insert(table)
            {
                let inputs = self.reads[table].iter().cloned().enumerate().rev();
                waiting.extend(inputs.map(|(input, of)| (of, Reader::Step { table, input })));
            }
            self.readers.entry(name).or_default().push(reader);
        }
    }

    /// The tables whose steps read something.
    fn steps(&self) -> impl Iterator<Item = usize> {
        self.readers.values().flatten().filter_map(|r| match r {
            Reader::Step { table, .. } => Some(*table),
            Reader::Output(_) => None,
        })
    }

    /// What makes a table or side table.
    pub(super) fn maker(&self, name: &str) -> Option<Maker> {
        self.makers.get(owner(name)).copied()
    }

    /// Who reads a table or side table.
    pub(super) fn readers(&self, name: &str) -> &[Reader] {
        self.readers.get(name).map_or(&[], Vec::as_slice)
    }

    /// What the step of a table reads, by number of the input.
    pub(super) fn reads(&self, table: usize) -> &[String] {
        &self.reads[table]
    }

    pub(super) fn passage(&self, table: usize) -> &Passage {
        &self.passages[table]
    }
}

fn passage(table: &PreparedTable, prepared: &Prepared) -> Passage {
    let shape = &table.shape;
    let step = match &table.way {
        Way::Batchwise(step) => step,
        _ => return Passage::Together,
    };
    if shape.order.is_empty() {
        return Passage::AsTheyCome;
    }
    let input = table
        .reads
        .first()
        .and_then(|name| prepared.schemas.get(name));
    let Some(columns) = input.map(|schema| schema.fields().len()) else {
        return Passage::Together;
    };
    // Rows can be sorted before they grow where all keys are columns of the input.
    let before = shape.order.iter().map(|key| {
        let column = key.value.column?;
        let column = match &shape.select {
            Some(select) if shape.order_selected => select.columns[column].value.column?,
            _ => column,
        };
        (column < columns).then_some((column, key.options))
    });
    match before.collect() {
        Some(before) if !step.marks() => Passage::Sorted(before),
        _ => Passage::Together,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::catalog::session;
    use crate::prepare::prepare;

    fn graph(tables: &str, outputs: &str) -> Graph {
        let text = format!(
            "pipeline: p\nsources:\n  a: {{path: a.csv, fields: {{id: integer, n: text}}}}\n  b: {{path: b.csv, fields: {{id: integer, m: text}}}}\ntables:\n{tables}outputs:\n{outputs}"
        );
        let loaded = onefold_spec::load(&text, Path::new("p.yaml"), &|_| None);
        let pipeline = loaded.expect("a pipeline").pipeline;
        let mut errors = Vec::new();
        let prepared = prepare(&pipeline, session(), &HashMap::new(), &mut errors);
        assert!(errors.is_empty(), "{errors:?}");
        Graph::new(&pipeline, &prepared.expect("prepared"))
    }

    #[test]
    fn only_what_outputs_need_reads() {
        let graph = graph(
            "  dead: {from: a}\n  live: {join: {from: a, left: [{table: b, on: id, expect: one}]}}\n",
            "  - {table: live, path: live.csv}\n  - {table: a, path: a2.csv}\n",
        );
        let table = match graph.maker("live") {
            Some(Maker::Table(table)) => table,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            graph.readers("a"),
            [Reader::Step { table, input: 0 }, Reader::Output(1)]
        );
        assert_eq!(graph.readers("b"), [Reader::Step { table, input: 1 }]);
        assert_eq!(graph.readers("live"), [Reader::Output(0)]);
        assert_eq!(graph.readers("dead"), []);
        assert_eq!(graph.maker("a.rejects"), Some(Maker::Source(0)));
    }

    #[test]
    fn how_rows_get_to_their_readers() {
        let passage = |table: &str| {
            let graph = graph(&format!("  t: {table}\n"), "  - {table: t, path: t.csv}\n");
            graph.passage(0).clone()
        };
        assert_eq!(passage("{from: a, where: id > 1}"), Passage::AsTheyCome);
        assert_eq!(passage("{dedupe: {from: a}}"), Passage::Together);
        let sorted = passage("{from: a, order_by: [n]}");
        assert!(
            matches!(&sorted, Passage::Sorted(by) if by.len() == 1 && by[0].0 == 1),
            "{sorted:?}"
        );
        let computed = "{from: a, select: [{x: id + 1}], order_by: [x]}";
        assert_eq!(passage(computed), Passage::Together);
        let of_the_lookup =
            "{join: {from: a, left: [{table: b, on: id, expect: one}]}, order_by: [m]}";
        assert_eq!(passage(of_the_lookup), Passage::Together);
        let full = "{join: {from: a, full: [{table: b, on: id, expect: one}]}, order_by: [n]}";
        assert_eq!(passage(full), Passage::Together);
    }
}
