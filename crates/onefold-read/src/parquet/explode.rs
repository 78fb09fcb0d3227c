//! A row for each element of a list: `explode: line_items`.
//!
//! The lists on the path are levels, the outermost first. Each list is a column of its own, with the place of its first and its last
//! element; so a row is the place of its element at each level, and no value is copied: the columns of the rows look up their values by
//! these places.

use std::ops::Range;

use arrow::array::{ArrayRef, Int64Array};

use super::column::{Column, Form};
use super::kind::Kind;
use super::leaf::{Leaf, Stored};
use super::tree::{Node, Shape, Step};
use super::values::Values;

/// How the rows of a file become one for each element.
pub(crate) struct Explode {
    /// The steps to each list: from the top, then from the element of the list before.
    pub(super) lists: Vec<Vec<Step>>,
    /// The path ends at the last of the lists; if not, the file has no such column.
    pub(super) is_there: bool,
    /// A row without elements is a row all the same.
    pub(super) keep_empty: bool,
    /// Something is read in the elements, so that one without fields is none.
    pub(super) must_have_fields: bool,
}

/// Rows, or faults, of a batch.
#[derive(Default)]
pub(crate) struct Elements {
    /// Of each, the row of the batch that it is of.
    pub(super) records: Vec<Option<u32>>,
    /// At each level, the place of its element.
    pub(super) places: Vec<Vec<Option<u32>>>,
    /// Its number in its record, from 1.
    numbers: Vec<Option<u32>>,
}

/// What the rows of a batch came to.
pub(crate) struct Exploded {
    pub(crate) rows: Elements,
    /// Elements that are missing where something is read in them.
    pub(crate) faults: Elements,
    /// Lists without elements that made no row.
    pub(crate) empty: u64,
}

impl Elements {
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// The row of the batch that each is of, and its number in it.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (u32, Option<u32>)> {
        let records = self.records.iter().map(|record| record.unwrap_or_default());
        records.zip(self.numbers.iter().copied())
    }

    /// The column of the numbers.
    pub(super) fn column(&self) -> Column {
        let numbers = self.numbers.iter().map(|number| number.map(i64::from));
        let leaf = Leaf {
            kind: Kind::Integer,
            values: Stored::Int64(numbers.collect::<Int64Array>()),
        };
        Column::new(Values::Leaf(leaf), None, self.len(), Form::Text)
    }

    fn push(&mut self, record: u32, path: &[u32], levels: usize, number: Option<u32>) {
        self.records.push(Some(record));
        self.numbers.push(number);
        self.places.resize_with(levels, Vec::new);
        for (level, places) in self.places.iter_mut().enumerate() {
            places.push(path.get(level).copied());
        }
    }
}

/// The lists of one level.
struct Level<'v> {
    lists: &'v Values,
    /// The place of the list in each row, or each element of the level before; `None`: the same.
    places: Option<Vec<Option<u32>>>,
}

impl Level<'_> {
    /// The places of the elements of a row, or of an element of the level before; `None`: there are none.
    fn of(&self, above: u32) -> Option<Range<u32>> {
        let place = match &self.places {
            None => above,
            Some(places) => (*places.get(above as usize)?)?,
        } as usize;
        let Values::List { offsets, .. } = self.lists else {
            return None;
        };
        let is_there = place + 1 < offsets.len() && self.lists.is_valid(place);
        let elements = is_there.then(|| offsets[place] as u32..offsets[place + 1] as u32)?;
        (!elements.is_empty()).then_some(elements)
    }

    fn has(&self, element: u32) -> bool {
        match self.lists {
            Values::List { elements, .. } => elements.is_valid(element as usize),
            _ => false,
        }
    }
}

struct Walk<'a> {
    explode: &'a Explode,
    levels: Vec<Level<'a>>,
    /// The row of the batch that it is in.
    record: u32,
    /// The places of the elements that it is in.
    path: Vec<u32>,
    /// The elements of the row so far.
    number: u32,
    out: Exploded,
}

impl Explode {
    /// Makes rows of a batch. `top`: the column that the lists lie in.
    pub(super) fn rows(&self, top: Option<(&Node, &ArrayRef)>, records: usize) -> Exploded {
        let top = top.map_or(Values::Nothing, |(node, array)| Values::new(node, array));
        let mut levels: Vec<Level<'_>> = Vec::with_capacity(self.lists.len());
        let mut within = (&top, records);
        for (level, steps) in self.lists.iter().enumerate() {
            // The first step of all is the column.
            let steps = steps.get(usize::from(level == 0)..).unwrap_or_default();
            let (lists, places) = within.0.at(steps, None, within.1, &[]);
            if let Values::List {
                offsets, elements, ..
            } = lists
            {
                let count = offsets.last().map_or(0, |last| *last as usize);
                within = (elements.as_ref(), count);
            } else {
                within = (&Values::Nothing, 0);
            }
            levels.push(Level { lists, places });
        }
        let mut walk = Walk {
            explode: self,
            levels,
            record: 0,
            path: Vec::new(),
            number: 0,
            out: Exploded {
                rows: Elements::default(),
                faults: Elements::default(),
                empty: 0,
            },
        };
        for record in 0..records as u32 {
            walk.record = record;
            walk.number = 0;
            walk.below(record);
        }
        let mut out = walk.out;
        for elements in [&mut out.rows, &mut out.faults] {
            elements.places.resize_with(self.lists.len(), Vec::new);
        }
        out
    }
}

impl Walk<'_> {
    /// Goes into what a row, or an element of a list, has at the next level.
    fn below(&mut self, above: u32) {
        let depth = self.path.len();
        let Some(elements) = self.levels.get(depth).and_then(|level| level.of(above)) else {
            return self.empty();
        };
        let is_last = self.explode.is_there && depth + 1 == self.levels.len();
        for element in elements {
            let has = self
                .levels
                .get(depth)
                .is_some_and(|level| level.has(element));
            self.path.push(element);
            if !has && (!is_last || self.explode.must_have_fields) {
                self.number += 1;
                // What is known of it is what is around it.
                self.path.pop();
                let number = Some(self.number);
                let levels = self.levels.len();
                self.out
                    .faults
                    .push(self.record, &self.path, levels, number);
                continue;
            }
            match is_last {
                true => {
                    self.number += 1;
                    self.row(Some(self.number));
                }
                false => self.below(element),
            }
            self.path.pop();
        }
    }

    fn row(&mut self, number: Option<u32>) {
        let levels = self.levels.len();
        self.out.rows.push(self.record, &self.path, levels, number);
    }

    /// A list without elements, or none.
    fn empty(&mut self) {
        match self.explode.keep_empty {
            true => self.row(None),
            false => self.out.empty += 1,
        }
    }
}

/// Where a path leads: to a list, to no column, or to one of another type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leads {
    List,
    Nothing,
    Other,
}

/// Marks the lists on a path below a struct's fields as exploded, and adds the steps to each.
pub(super) fn mark(
    fields: &mut [Node],
    path: &[String],
    mut steps: Vec<Step>,
    lists: &mut Vec<Vec<Step>>,
) -> Leads {
    for parts in 1..=path.len() {
        let name = path[..parts].join(".");
        let mut found = fields.iter_mut().enumerate();
        if let Some((number, node)) = found.find(|(_, node)| node.name == name) {
            steps.push(Step::Field(number));
            return mark_node(node, &path[parts..], steps, lists);
        }
    }
    Leads::Nothing
}

fn mark_node(
    node: &mut Node,
    path: &[String],
    steps: Vec<Step>,
    lists: &mut Vec<Vec<Step>>,
) -> Leads {
    match &mut node.shape {
        Shape::List(_, element) => {
            node.each = Some(lists.len());
            lists.push(steps);
            match &mut element.shape {
                _ if path.is_empty() => Leads::List,
                Shape::Struct(fields) => mark(fields, path, Vec::new(), lists),
                Shape::Empty => Leads::Nothing,
                _ => Leads::Other,
            }
        }
        Shape::Struct(fields) if !path.is_empty() => mark(fields, path, steps, lists),
        Shape::Empty => Leads::Nothing,
        _ => Leads::Other,
    }
}
