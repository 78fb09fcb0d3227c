//! Atoms: the parts of a record's values by which it can be found.
//!
//! A whole value, a word of a name and how it sounds, the year of a date, a code without its last signs. Two records that share a rare atom,
//! or two common ones, are worth comparing.

use std::collections::HashMap;

use onefold_rows::hash::{SEED, hash_bytes, mix};
use onefold_rows::parallel::{map_items, map_ranges};

use crate::features::{Feature, Features};
use crate::kind::{Kind, parts};
use crate::similarity::soundex;
use crate::values::NONE;

/// Atoms of a value at most.
const MAX: usize = 3;

/// What an atom is a part of. Atoms of two different groups may be paired, and two words of one name.
pub(crate) type Group = u16;

const WORD: Group = 0;
const SOUND: Group = 1;
const INITIALS: Group = 2;
const VALUE: Group = 3;
const GROUPS: Group = 4;

/// The atoms of all values.
pub(crate) struct Atoms {
    /// By feature and code: numbers of the atoms; `NONE` where there are fewer.
    of_values: Vec<Vec<[u32; MAX]>>,
    /// By record: number of the atom of its initials; empty without names.
    initials: Vec<u32>,
    /// By atom: on how many records it is.
    pub(crate) frequency: Vec<u32>,
}

/// An atom of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Atom {
    pub(crate) number: u32,
    pub(crate) group: Group,
}

impl Atom {
    /// Whether the two together say more than each alone.
    pub(crate) fn pairs_with(self, other: Atom) -> bool {
        let (feature, other_feature) = (self.group / GROUPS, other.group / GROUPS);
        feature != other_feature
            || (self.group == other.group && matches!(self.group % GROUPS, WORD | SOUND))
    }
}

/// Numbers atoms by their hashes.
#[derive(Default)]
struct Numbers {
    of_hash: HashMap<u64, u32, foldhash::fast::FixedState>,
    frequency: Vec<u32>,
}

impl Numbers {
    fn add(&mut self, hash: u64, count: u32) -> u32 {
        let next = self.frequency.len() as u32;
        let number = *self.of_hash.entry(hash).or_insert(next);
        if number == next {
            self.frequency.push(0);
        }
        self.frequency[number as usize] += count;
        number
    }
}

impl Atoms {
    pub(crate) fn new(features: &Features, threads: usize) -> Self {
        let found = map_items(threads, features.all.iter().collect(), |feature| {
            of_feature(feature, features.records)
        });
        let mut atoms = Atoms {
            of_values: Vec::new(),
            initials: Vec::new(),
            frequency: Vec::new(),
        };
        for (mut values, mut initials, frequency) in found {
            let offset = atoms.frequency.len() as u32;
            let shift = |number: &mut u32| {
                if *number != NONE {
                    *number += offset;
                }
            };
            values.iter_mut().flatten().for_each(shift);
            initials.iter_mut().for_each(shift);
            if !initials.is_empty() {
                atoms.initials = initials;
            }
            atoms.of_values.push(values);
            atoms.frequency.extend(frequency);
        }
        atoms
    }

    /// The atoms of a record that are on other records too.
    pub(crate) fn of_record(&self, features: &Features, record: u32, out: &mut Vec<Atom>) {
        out.clear();
        for (index, feature) in features.all.iter().enumerate().filter(|(_, f)| f.weighs) {
            let group = index as Group * GROUPS;
            let values = &self.of_values[index];
            for code in feature.words(record) {
                for (place, number) in values[*code as usize].iter().enumerate() {
                    let group = match place {
                        _ if !feature.is_name() => group + VALUE,
                        1 => group + SOUND,
                        _ => group + WORD,
                    };
                    self.push(*number, group, out);
                }
            }
            if feature.is_name()
                && let Some(number) = self.initials.get(record as usize)
            {
                self.push(*number, group + INITIALS, out);
            }
        }
    }

    /// For each pair of atoms: the records that have both, ascending.
    pub(crate) fn members(
        &self,
        features: &Features,
        pairs: &[[u32; 2]],
        threads: usize,
    ) -> Vec<Vec<u32>> {
        if pairs.is_empty() {
            return Vec::new();
        }
        let parts = map_ranges(threads, features.records, |range| {
            let (mut found, mut members) = (Vec::new(), vec![Vec::new(); pairs.len()]);
            for record in range {
                self.of_record(features, record as u32, &mut found);
                let has = |number: &u32| found.iter().any(|atom: &Atom| atom.number == *number);
                for (pair, members) in pairs.iter().zip(&mut members) {
                    if pair.iter().all(has) {
                        members.push(record as u32);
                    }
                }
            }
            members
        });
        let mut all = vec![Vec::new(); pairs.len()];
        for part in parts {
            for (all, part) in all.iter_mut().zip(part) {
                all.extend(part);
            }
        }
        all
    }

    /// What an atom of a record is: the label of its comparison, and what of the value it is.
    pub(crate) fn name(
        &self,
        features: &Features,
        record: u32,
        number: u32,
    ) -> Option<(String, String)> {
        for (index, feature) in features.all.iter().enumerate() {
            for code in feature.words(record) {
                let atoms = self.of_values[index][*code as usize];
                if let Some(place) = atoms.iter().position(|atom| *atom == number) {
                    let part = part(feature.kind, feature.values.get(*code), place);
                    return Some((feature.label.clone(), part));
                }
            }
        }
        let names = features.all.iter().find(|feature| feature.is_name())?;
        let is_initials = self.initials.get(record as usize) == Some(&number);
        let words = names
            .words(record)
            .iter()
            .map(|code| names.values.get(*code));
        let initials: Vec<&str> = words.filter_map(|word| word.get(..1)).collect();
        match initials.as_slice() {
            [first, .., last] if is_initials => {
                Some((names.label.clone(), format!("initials {first} {last}")))
            }
            _ => None,
        }
    }

    fn push(&self, number: u32, group: Group, out: &mut Vec<Atom>) {
        let is_shared = self.frequency.get(number as usize).is_some_and(|n| *n > 1);
        if is_shared && out.iter().all(|atom| atom.number != number) {
            out.push(Atom { number, group });
        }
    }
}

type Found = (Vec<[u32; MAX]>, Vec<u32>, Vec<u32>);

fn of_feature(feature: &Feature, records: usize) -> Found {
    let mut numbers = Numbers::default();
    let values = &feature.values;
    let mut of_values = Vec::with_capacity(values.len());
    for code in 0..values.len() as u32 {
        let mut atoms = [NONE; MAX];
        let count = values.count(code);
        let mut add = |place: usize, bytes: &[u8]| {
            let hash = mix(hash_bytes(bytes), SEED + place as u64);
            atoms[place] = numbers.add(hash, count);
        };
        let text = values.get(code);
        let bytes = text.as_bytes();
        // An initial finds nobody.
        if feature.kind != Kind::Name || bytes.len() > 1 {
            add(0, bytes);
        }
        match feature.kind {
            Kind::Name => {
                if let Some(sound) = soundex(bytes).filter(|_| bytes.len() > 2) {
                    add(1, &sound);
                }
            }
            Kind::Date if bytes.len() == 8 => {
                add(1, &bytes[..4]);
                if &bytes[4..] != b"0101" {
                    add(2, &bytes[4..]);
                }
            }
            Kind::Code if bytes.len() > 4 => add(1, &bytes[..bytes.len() - 3]),
            Kind::Phone if bytes.len() > 7 => add(1, &bytes[bytes.len() - 7..]),
            Kind::Email => {
                let (local, domain) = parts(text);
                if local.len() > 3 && !domain.is_empty() {
                    add(1, local.as_bytes());
                }
            }
            Kind::Address => {
                if let Some(door) = door(text) {
                    add(1, door.as_bytes());
                }
            }
            Kind::Company => {
                let mut words = text.split(' ');
                if let (Some(first), Some(second)) = (words.next(), words.next()) {
                    add(1, format!("{first} {second}").as_bytes());
                }
            }
            Kind::Text | Kind::Date | Kind::Code | Kind::Phone => {}
        }
        of_values.push(atoms);
    }
    let mut initials = Vec::new();
    if feature.is_name() {
        initials.reserve(records);
        for record in 0..records as u32 {
            let first = |code: Option<&u32>| values.get(*code?).bytes().next();
            let words = feature.words(record);
            initials.push(match (first(words.first()), first(words.last())) {
                (Some(a), Some(b)) if words.len() > 1 => {
                    numbers.add(mix(u64::from(a), u64::from(b)), 1)
                }
                _ => NONE,
            });
        }
    }
    (of_values, initials, numbers.frequency)
}

/// What an atom of a value is, as a report says it.
fn part(kind: Kind, value: &str, place: usize) -> String {
    let beginning = |count: usize| value.get(..count).unwrap_or(value).to_owned();
    match (kind, place) {
        (_, 0) => value.to_owned(),
        (Kind::Name, _) => format!("sounds like {value}"),
        (Kind::Date, 1) => beginning(4),
        (Kind::Date, _) => value
            .get(4..)
            .map_or_else(String::new, |day| format!("month and day {day}")),
        (Kind::Code, _) => format!("begins with {}", beginning(value.len().saturating_sub(3))),
        (Kind::Phone, _) => format!(
            "ends with {}",
            value.get(value.len().saturating_sub(7)..).unwrap_or(value)
        ),
        (Kind::Email, _) => format!("{}@", parts(value).0),
        (Kind::Address, _) => door(value).unwrap_or_default(),
        (Kind::Company, _) => {
            let words: Vec<&str> = value.split(' ').take(2).collect();
            format!("begins with {}", words.join(" "))
        }
        (Kind::Text, _) => value.to_owned(),
    }
}

/// House number and street word of an address.
fn door(address: &str) -> Option<String> {
    let number = address
        .split(' ')
        .find(|word| word.as_bytes().first().is_some_and(u8::is_ascii_digit))?;
    let word = address
        .split(' ')
        .filter(|word| word.bytes().all(|c| c.is_ascii_alphabetic()))
        .max_by_key(|word| word.len())?;
    Some(format!("{number} {word}"))
}
