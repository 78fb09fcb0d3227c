//! The records as codes of their values, in an order that depends on the values alone.
//!
//! Every sum and every tie below is settled in this order, so the result depends neither on the order of the records in their files nor on
//! the number of threads. Records of like names stand together: they are often compared, and what stands together is in the processor's
//! cache together. What is to be drawn at random is drawn by [`Features::lots`].

use onefold_rows::ahead::{AHEAD, ahead_twice, fetch, fetch_all};
use onefold_rows::hash::{SEED, mix};
use onefold_rows::parallel::{map_items, map_longest_first};

use crate::clean::{LOOK_ALIKE, look_alike};
use crate::encode::{Encoded, cost, encode};
use crate::input::{Comparison, Input};
use crate::kind::Kind;
use crate::order::{FIRST_VALUES, Key, Order};
use crate::sketch::Sketch;
use crate::values::{NONE, Values};

/// The records of all comparisons.
pub(crate) struct Features {
    pub(crate) records: usize,
    /// The record, in the caller's numbers, at each place of the order.
    pub(crate) order: Vec<u32>,
    /// Places of records that are drawn at random, in a random order. All of them, if they are not very many.
    pub(crate) lots: Vec<u32>,
    pub(crate) all: Vec<Feature>,
    /// By record, then comparison: what tells most pairs apart, together where a record is scored.
    rows: Vec<Vec<Cell>>,
}

/// What a record has in a comparison.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cell {
    /// The code of its value; of names, how many words there are.
    pub(crate) code: u32,
    /// The sketch of its value; of names, the codes of the first words.
    bits: [u32; HELD],
}

/// Words of a name that a cell holds.
const HELD: usize = 4;

impl Cell {
    fn new(feature: &Feature, record: u32) -> Self {
        if feature.is_name() {
            let words = feature.words(record);
            let mut bits = [NONE; HELD];
            bits.iter_mut()
                .zip(words)
                .for_each(|(slot, word)| *slot = *word);
            return Self {
                code: words.len() as u32,
                bits,
            };
        }
        let code = feature.code(record);
        let sketch = match code {
            NONE => Sketch::default(),
            code => feature.values.sketch(code),
        };
        Self {
            code,
            bits: sketch.bits(),
        }
    }

    /// The sketch of its value. Not of names.
    pub(crate) fn sketch(&self) -> Sketch {
        Sketch::of_bits(self.bits)
    }

    /// The codes of its words, if the cell holds all of them. Of names only.
    pub(crate) fn words(&self) -> Option<&[u32]> {
        self.bits.get(..self.code as usize)
    }
}

/// The values of one comparison.
pub(crate) struct Feature {
    pub(crate) kind: Kind,
    pub(crate) label: String,
    pub(crate) identifies: bool,
    pub(crate) implied_by: Option<usize>,
    pub(crate) weighs: bool,
    pub(crate) values: Values,
    /// Codes by record: one each, or, of names, those between its bounds.
    codes: Vec<u32>,
    /// Bounds of each record's codes; empty where each record has one code.
    bounds: Vec<u32>,
    /// Records with a value.
    pub(crate) present: u32,
    /// Of names, by record: the generation, as in `Jr`; 0 where none is said.
    generations: Vec<u8>,
    /// Whether some address has letters that only look Latin.
    pub(crate) has_look_alikes: bool,
}

impl Feature {
    /// The value of a record as it is compared.
    pub(crate) fn text(&self, record: u32) -> Option<String> {
        let words: Vec<&str> = self
            .words(record)
            .iter()
            .map(|code| self.values.get(*code))
            .collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// Whether the names of two records are of two generations.
    pub(crate) fn is_other_generation(&self, a: u32, b: u32) -> bool {
        let of = |record: u32| self.generations.get(record as usize).copied().unwrap_or(0);
        of(a) != of(b) && of(a) != 0 && of(b) != 0
    }

    /// Whether the addresses of two records are different and look the same.
    pub(crate) fn look_alike(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.code(a), self.code(b));
        a != b && a != NONE && b != NONE && look_alike(self.values.get(a), self.values.get(b))
    }

    /// The code of a record's value; [`NONE`] without one. Not of names.
    #[inline]
    pub(crate) fn code(&self, record: u32) -> u32 {
        self.codes[record as usize]
    }

    /// Begins to fetch the value of a record. Not of names.
    #[inline]
    pub(crate) fn fetch(&self, record: u32) {
        if !self.is_name() {
            self.values.fetch(self.code(record));
        }
    }

    /// The codes of a record's words.
    #[inline]
    pub(crate) fn words(&self, record: u32) -> &[u32] {
        let record = record as usize;
        match self.kind {
            Kind::Name => {
                &self.codes[self.bounds[record] as usize..self.bounds[record + 1] as usize]
            }
            _ => match &self.codes[record..=record] {
                [NONE] => &[],
                code => code,
            },
        }
    }

    pub(crate) fn is_name(&self) -> bool {
        self.kind == Kind::Name
    }
}

/// Rows that lie together.
const PART_ROWS: usize = 1 << 14;

impl Features {
    pub(crate) fn new(input: &Input<'_>, comparisons: &[Comparison], threads: usize) -> Self {
        let records = input.records as usize;
        let encoded = map_longest_first(
            threads,
            comparisons.iter().collect(),
            |comparison| cost(input, comparison),
            |comparison| encode(input, comparison),
        );
        let Order { order, lots } = order(records, &encoded, comparisons, threads);
        let all = map_longest_first(
            threads,
            encoded.into_iter().zip(comparisons).collect(),
            |(encoded, _)| encoded.numbering.values.len() as u64,
            |(encoded, comparison)| ordered(encoded, comparison, &order, &lots),
        );
        let parts = (0..records).step_by(PART_ROWS).collect();
        let rows = map_items(threads, parts, |first: usize| {
            let part = first..records.min(first + PART_ROWS);
            let mut cells = Vec::with_capacity(part.len() * all.len());
            for record in part.clone() {
                let later = record + AHEAD;
                if later < part.end {
                    all.iter().for_each(|feature| feature.fetch(later as u32));
                }
                let row = all.iter().map(|feature| Cell::new(feature, record as u32));
                cells.extend(row);
            }
            cells
        });
        Self {
            records,
            order,
            lots,
            all,
            rows,
        }
    }

    /// Begins to fetch the cells of a record.
    #[inline]
    pub(crate) fn fetch_row(&self, record: u32) {
        fetch_all(self.row(record));
    }

    /// The cells of a record, by comparison.
    #[inline]
    pub(crate) fn row(&self, record: u32) -> &[Cell] {
        let record = record as usize;
        let start = record % PART_ROWS * self.all.len();
        &self.rows[record / PART_ROWS][start..start + self.all.len()]
    }
}

/// Numbers codes again, as they appear.
struct Renumbering {
    /// By old code: the new one, or [`NONE`] until it appears.
    new: Vec<u32>,
    /// By new code: the old one.
    old: Vec<u32>,
}

impl Renumbering {
    fn number(&mut self, code: u32) -> u32 {
        let slot = &mut self.new[code as usize];
        if *slot == NONE {
            *slot = self.old.len() as u32;
            self.old.push(code);
        }
        *slot
    }

    /// Begins to fetch the number of a code, if it is one.
    fn fetch(&self, code: u32) {
        fetch(self.new.get(code as usize));
    }
}

/// The order of the records, by their names or, where there are none, by their values of the first comparison.
fn order(records: usize, encoded: &[Encoded], comparisons: &[Comparison], threads: usize) -> Order {
    let is_name = |comparison: &Comparison| comparison.kind == Kind::Name;
    let names = encoded.get(comparisons.iter().position(is_name).unwrap_or(0));
    Order::new(records, threads, |range| {
        let mut hashes = vec![SEED; range.len()];
        // Value by value, so that the processor fetches the hashes at the same time and not one after the other.
        for feature in encoded {
            for (hash, record) in hashes.iter_mut().zip(range.clone()) {
                for code in feature.codes(record) {
                    *hash = mix(*hash, feature.numbering.hashes[*code as usize]);
                }
                *hash = mix(*hash, SEED);
            }
        }
        let keys = hashes.into_iter().zip(range);
        let keys = keys.map(|(hash, record)| Key {
            near: names.map_or(0, |names| names.name(record)),
            hash,
        });
        keys.collect()
    })
}

/// Records in their order. Codes are numbered as they appear: those that frequencies are learned from by lot, so that the first ones are a
/// random sample, the others in the order.
fn ordered(encoded: Encoded, comparison: &Comparison, order: &[u32], lots: &[u32]) -> Feature {
    let all = encoded.numbering.values.len();
    let mut numbers = Renumbering {
        new: vec![NONE; all],
        old: Vec::with_capacity(all),
    };
    for lot in lots {
        if numbers.old.len() >= FIRST_VALUES.min(all) {
            break;
        }
        for code in encoded.codes(order[*lot as usize] as usize) {
            numbers.number(*code);
        }
    }
    let is_bag = encoded.is_bag();
    let mut codes = Vec::with_capacity(encoded.len());
    let mut bounds = Vec::with_capacity(if is_bag { order.len() + 1 } else { 0 });
    bounds.extend(is_bag.then_some(0));
    // What comes next of a record depends on numbers that are given on the way, so it is fetched in the loop.
    let records = ahead_twice(order, |record| encoded.fetch(*record), |_| ());
    for (place, record) in records.enumerate() {
        if let Some(later) = order.get(place + AHEAD) {
            match (is_bag, encoded.codes(*later as usize)) {
                (true, words) => fetch_all(words),
                (false, code) => code.iter().for_each(|code| numbers.fetch(*code)),
            }
        }
        let found = encoded.codes(*record as usize);
        codes.extend(found.iter().map(|code| numbers.number(*code)));
        match is_bag {
            true => bounds.push(codes.len() as u32),
            false if found.is_empty() => codes.push(NONE),
            false => {}
        }
    }
    let values = &encoded.numbering.values;
    let mut values = values.reordered(&numbers.old, comparison.kind);
    if comparison.kind == Kind::Company {
        values.weigh_words();
    }
    let has_look_alikes = comparison.kind == Kind::Email
        && (0..values.len() as u32).any(|code| values.get(code).contains(LOOK_ALIKE));
    Feature {
        has_look_alikes,
        kind: comparison.kind,
        label: comparison.label.clone(),
        identifies: comparison.identifies,
        implied_by: comparison.implied_by,
        weighs: comparison.weighs,
        values,
        codes,
        bounds,
        present: encoded.present,
        generations: match is_bag {
            true => order
                .iter()
                .map(|record| encoded.generations[*record as usize])
                .collect(),
            false => Vec::new(),
        },
    }
}
