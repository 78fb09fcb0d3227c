//! The values of each comparison as codes, in the order of the records in their files.

use std::collections::HashSet;

use onefold_rows::ahead::fetch;

use crate::clean::{Cleaner, day_order};
use crate::input::{Comparison, Input, Texts};
use crate::kind::Kind;
use crate::memo::Memo;
use crate::names;
use crate::values::{NONE, Numbering, Waiting};

/// Values of a column that are looked at to see how it writes days.
const SEEN_DAYS: u32 = 10_000;

/// Records that are looked at to see what the values of a comparison cost.
const SEEN_COSTS: u32 = 1000;

/// The records of a comparison before their order is known.
pub(crate) struct Encoded {
    pub(crate) numbering: Numbering,
    /// Codes by record: one each, or, of names, those between its bounds.
    codes: Vec<u32>,
    bounds: Vec<u32>,
    /// Records with a value.
    pub(crate) present: u32,
    /// Of names, by record; empty otherwise.
    pub(crate) generations: Vec<u8>,
}

impl Encoded {
    /// Whether a record has any number of codes, as names do.
    pub(crate) fn is_bag(&self) -> bool {
        !self.bounds.is_empty()
    }

    /// How many codes there are, about.
    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    /// Begins to fetch where the codes of a record are.
    pub(crate) fn fetch(&self, record: u32) {
        let starts = if self.is_bag() {
            &self.bounds
        } else {
            &self.codes
        };
        fetch(starts.get(record as usize));
    }

    /// The codes of a record.
    pub(crate) fn codes(&self, record: usize) -> &[u32] {
        match self.bounds.get(record..record + 2) {
            Some([from, to]) => &self.codes[*from as usize..*to as usize],
            _ => match &self.codes[record..=record] {
                [NONE] => &[],
                code => code,
            },
        }
    }

    /// How the last word of a name begins, then the first, in 40 bits: alike in like names.
    pub(crate) fn name(&self, record: usize) -> u64 {
        let words = self.codes(record);
        let text = |code: Option<&u32>| {
            let text = code.map_or(&[][..], |code| self.numbering.values.bytes(*code));
            text.iter().chain(std::iter::repeat(&0))
        };
        let letters = text(words.last())
            .take(5)
            .chain(text(words.first()).take(3));
        letters.fold(0, |all, letter| all << 5 | u64::from(*letter & 31))
    }
}

fn columns<'a>(input: &Input<'a>, comparison: &Comparison) -> Vec<&'a dyn Texts> {
    let columns = comparison.columns.iter();
    let columns = columns.filter_map(|column| input.columns.get(*column).copied());
    columns.collect()
}

/// What encoding costs, about: by the first values, of which those that recur cost little.
pub(crate) fn cost(input: &Input<'_>, comparison: &Comparison) -> u64 {
    let columns = columns(input, comparison);
    let mut buffer = String::new();
    let mut seen = HashSet::new();
    let mut cost = 0;
    for record in 0..input.records.min(SEEN_COSTS) {
        for column in &columns {
            let text = column.get(record, &mut buffer).unwrap_or_default();
            cost += 2;
            if !seen.contains(text) {
                seen.insert(text.to_owned());
                cost += text.len() as u64 + 4;
            }
        }
    }
    match comparison.kind {
        // There are few days.
        Kind::Date => cost / 4,
        _ => cost,
    }
}

/// The values of a comparison as codes.
pub(crate) fn encode(input: &Input<'_>, comparison: &Comparison) -> Encoded {
    let columns = columns(input, comparison);
    match comparison.kind {
        Kind::Name => names(input.records, &columns),
        kind => values(input.records, &columns, kind),
    }
}

fn names(records: u32, columns: &[&dyn Texts]) -> Encoded {
    let mut encoded = Encoded {
        numbering: Numbering::default(),
        codes: Vec::with_capacity(records as usize * 2),
        bounds: Vec::with_capacity(records as usize + 1),
        present: 0,
        generations: Vec::new(),
    };
    encoded.bounds.push(0);
    let mut buffer = String::new();
    let (mut bag, mut said) = (names::Bag::default(), names::Said::default());
    // What a text says depends on whether another column of its record said something.
    let mut memos = [Memo::new(), Memo::new()];
    // Words of the texts that are remembered.
    let mut words: Vec<u32> = Vec::new();
    for record in 0..records {
        bag.clear();
        for column in columns {
            let Some(text) = column.get(record, &mut buffer) else {
                continue;
            };
            let is_first = bag.is_empty();
            let memo = &mut memos[usize::from(is_first)];
            let known = match memo.get(text) {
                Some(known) => known,
                None => {
                    let is_known = said.read(text, is_first);
                    let start = words.len();
                    words.extend(
                        said.words
                            .iter()
                            .map(|word| encoded.numbering.code(word, 0)),
                    );
                    let known = is_known.then_some(Known {
                        start: start as u32,
                        end: words.len() as u32,
                        generation: said.generation,
                    });
                    memo.put(text, known);
                    known
                }
            };
            if let Some(known) = known {
                let words = &words[known.start as usize..known.end as usize];
                bag.column(words, known.generation);
            }
        }
        for code in bag.words() {
            encoded.numbering.again(*code);
            encoded.codes.push(*code);
        }
        encoded.present += u32::from(!bag.words().is_empty());
        encoded.bounds.push(encoded.codes.len() as u32);
        encoded.generations.push(bag.generation);
    }
    encoded
}

/// What a text is known to say of a name.
#[derive(Clone, Copy)]
struct Known {
    /// Its words are between these places.
    start: u32,
    end: u32,
    generation: Option<u8>,
}

fn values(records: u32, columns: &[&dyn Texts], kind: Kind) -> Encoded {
    let mut encoded = Encoded {
        numbering: Numbering::default(),
        codes: Vec::with_capacity(records as usize),
        bounds: Vec::new(),
        present: 0,
        generations: Vec::new(),
    };
    let (mut buffer, mut text, mut cleaned) = (String::new(), String::new(), String::new());
    let mut days = Default::default();
    if let (Kind::Date, [column]) = (kind, columns) {
        let mut seen = Vec::new();
        for record in 0..records.min(SEEN_DAYS) {
            seen.extend(column.get(record, &mut buffer).map(str::to_owned));
        }
        days = day_order(seen.iter().map(String::as_str));
    }
    let mut cleaner = Cleaner::new(kind, days);
    let (mut memo, mut waiting) = (Memo::new(), Waiting::default());
    for record in 0..records {
        let given = match columns {
            [column] => column.get(record, &mut buffer).unwrap_or_default(),
            _ => {
                text.clear();
                for column in columns {
                    if let Some(part) = column.get(record, &mut buffer) {
                        text.push_str(part);
                        text.push(' ');
                    }
                }
                text.as_str()
            }
        };
        let is_recurring = !memo.is_off();
        let code = match memo.get(given) {
            Some(code) => code,
            None if !cleaner.clean(given, &mut cleaned) => {
                memo.put(given, NONE);
                NONE
            }
            None if memo.is_off() => {
                if is_recurring {
                    // Most of those to come are new.
                    encoded.numbering.reserve((records - record) as usize / 2);
                }
                encoded.present += 1;
                encoded.codes.push(NONE);
                if waiting.add(&cleaned, record as usize) {
                    encoded.numbering.codes(&mut waiting, &mut encoded.codes);
                }
                continue;
            }
            None => {
                let code = encoded.numbering.code(&cleaned, 0);
                memo.put(given, code);
                code
            }
        };
        if code != NONE {
            encoded.numbering.again(code);
            encoded.present += 1;
        }
        encoded.codes.push(code);
    }
    encoded.numbering.codes(&mut waiting, &mut encoded.codes);
    encoded
}
