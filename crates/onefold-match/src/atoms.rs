//! Atoms: the parts of a record's values by which it can be found.
//!
//! A whole value, a word of a name and how it sounds, the year of a date, a code without its last signs. Two records that share a rare atom,
//! or two common ones, are worth comparing.

use hashbrown::HashTable;
use onefold_rows::ahead::fetch;
use onefold_rows::hash::{SEED, hash_bytes, mix};
use onefold_rows::parallel::{self, map_items, map_longest_first};

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

/// The atoms that are shared, by rank: first the rare ones, then the common ones by how many records have them.
pub(crate) struct Atoms {
    /// By feature and code: ranks of the atoms; [`NONE`] where there are fewer, or where one finds nobody.
    of_values: Vec<Vec<[u32; MAX]>>,
    /// By record: rank of the atom of its initials; empty without names.
    initials: Vec<u32>,
    /// By rank: on how many records the atom is.
    pub(crate) frequency: Vec<u32>,
    groups: Vec<Group>,
    /// Atoms that are on no more records than a block may have.
    pub(crate) rare: u32,
}

/// The atoms of one feature, numbered as they come.
struct Found {
    of_values: Vec<[u32; MAX]>,
    initials: Vec<u32>,
    frequency: Vec<u32>,
    groups: Vec<Group>,
}

impl Found {
    /// The number of an atom that is a part of values, by the hash of the part.
    fn part(&mut self, numbers: &mut Numbers, hash: u64, group: Group, count: u32) -> u32 {
        let next = self.frequency.len() as u32;
        let number = numbers.number(hash, next);
        if number == next {
            self.frequency.push(0);
            self.groups.push(group);
        }
        self.frequency[number as usize] += count;
        number
    }

    /// The same of the parts of some values.
    fn parts(&mut self, numbers: &mut Numbers, waiting: &mut Vec<Waits>, group: Group) {
        let read = waiting.iter().map(|part| numbers.touch(part.hash));
        std::hint::black_box(read.fold(0, |all, read| all ^ read));
        for part in waiting.drain(..) {
            let number = self.part(numbers, part.hash, group, part.count);
            self.of_values[part.code as usize][part.place] = number;
        }
    }
}

/// Parts of values that are looked up together.
const TOGETHER: usize = 32;

/// A part of a value that waits for its number.
struct Waits {
    code: u32,
    place: usize,
    hash: u64,
    count: u32,
}

/// Numbers by hash.
#[derive(Default)]
struct Numbers(HashTable<(u64, u32)>);

impl Numbers {
    /// The number of a hash: `next` if it is new.
    fn number(&mut self, hash: u64, next: u32) -> u32 {
        let is_it = |(held, _): &(u64, u32)| *held == hash;
        let entry = self.0.entry(hash, is_it, |(held, _)| *held);
        entry.or_insert((hash, next)).get().1
    }

    /// Reads where a hash is. Changes nothing but the time.
    fn touch(&self, hash: u64) -> u32 {
        let found = self.0.find(hash, |(held, _)| *held == hash);
        found.map_or(0, |(_, number)| *number)
    }
}

impl Atoms {
    /// The atoms that some records share, but not most of them. Rare ones are on `cap` records at most.
    pub(crate) fn new(features: &Features, cap: u32, threads: usize) -> Self {
        let weighed = features.all.iter().enumerate().collect();
        // Initials are those of each record; words of addresses are looked for.
        let cost = |(_, feature): &(usize, &Feature)| match feature.kind {
            Kind::Name => (feature.values.len() + features.records) as u64,
            Kind::Address => feature.values.len() as u64 * 2,
            _ => feature.values.len() as u64,
        };
        let found = map_longest_first(threads, weighed, cost, |(index, feature)| {
            let group = index as Group * GROUPS;
            feature
                .weighs
                .then(|| of_feature(feature, features.records, group))
        });
        let most = features.records as u64 / 4 + 64;
        let (mut rare, mut common) = (Vec::new(), Vec::new());
        for (index, found) in found.iter().enumerate() {
            let frequencies = found.iter().flat_map(|found| &found.frequency);
            for (number, frequency) in frequencies.enumerate() {
                match *frequency {
                    0 | 1 => {}
                    frequency if frequency <= cap => rare.push((frequency, index, number)),
                    frequency if u64::from(frequency) < most => {
                        common.push((frequency, index, number))
                    }
                    _ => {}
                }
            }
        }
        parallel::sort(&mut common, threads);
        let mut ranks: Vec<Vec<u32>> = Vec::with_capacity(found.len());
        ranks.extend(
            found
                .iter()
                .map(|found| vec![NONE; found.as_ref().map_or(0, |f| f.frequency.len())]),
        );
        let mut atoms = Atoms {
            rare: rare.len() as u32,
            of_values: Vec::new(),
            initials: Vec::new(),
            frequency: Vec::with_capacity(rare.len() + common.len()),
            groups: Vec::with_capacity(rare.len() + common.len()),
        };
        for (frequency, index, number) in rare.into_iter().chain(common) {
            ranks[index][number] = atoms.frequency.len() as u32;
            atoms.frequency.push(frequency);
            atoms
                .groups
                .extend(found[index].as_ref().map(|found| found.groups[number]));
        }
        let ranked = map_items(
            threads,
            found.into_iter().zip(ranks).collect(),
            |(found, ranks)| {
                let mut found = found?;
                let rank = |number: &mut u32| {
                    *number = ranks.get(*number as usize).copied().unwrap_or(NONE)
                };
                found.of_values.iter_mut().flatten().for_each(rank);
                found.initials.iter_mut().for_each(rank);
                Some(found)
            },
        );
        for found in ranked {
            let (values, initials) = found.map(|f| (f.of_values, f.initials)).unwrap_or_default();
            if !initials.is_empty() {
                atoms.initials = initials;
            }
            atoms.of_values.push(values);
        }
        atoms
    }

    /// Begins to fetch the ranks of a record's atoms.
    pub(crate) fn fetch(&self, features: &Features, record: u32) {
        for (feature, values) in features.all.iter().zip(&self.of_values) {
            for code in feature.words(record) {
                fetch(values.get(*code as usize));
            }
        }
    }

    /// The ranks of a record's atoms, ascending.
    pub(crate) fn of_record(&self, features: &Features, record: u32, out: &mut Vec<u32>) {
        out.clear();
        for (feature, values) in features.all.iter().zip(&self.of_values) {
            // What weighs nothing has no atoms.
            if !values.is_empty() {
                let words = feature.words(record).iter();
                let atoms = words.flat_map(|code| values[*code as usize]);
                out.extend(atoms.filter(|atom| *atom != NONE));
            }
        }
        let initials = self.initials.get(record as usize);
        out.extend(initials.filter(|atom| **atom != NONE));
        out.sort_unstable();
        out.dedup();
    }

    /// Whether two atoms together say more than each alone.
    pub(crate) fn are_pair(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.groups[a as usize], self.groups[b as usize]);
        a / GROUPS != b / GROUPS || (a == b && matches!(a % GROUPS, WORD | SOUND))
    }

    /// What an atom of a record is: the label of its comparison, and what of the value it is.
    pub(crate) fn name(
        &self,
        features: &Features,
        record: u32,
        rank: u32,
    ) -> Option<(String, String)> {
        for (feature, values) in features.all.iter().zip(&self.of_values) {
            for code in feature.words(record) {
                let atoms = values.get(*code as usize).into_iter().flatten();
                if let Some(place) = atoms.copied().position(|atom| atom == rank) {
                    let part = part(feature.kind, feature.values.get(*code), place);
                    return Some((feature.label.clone(), part));
                }
            }
        }
        let names = features.all.iter().find(|feature| feature.is_name())?;
        let is_initials = self.initials.get(record as usize) == Some(&rank);
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
}

/// Atoms are the values themselves, by their codes, and then parts of them.
fn of_feature(feature: &Feature, records: usize, group: Group) -> Found {
    let values = &feature.values;
    let whole = if feature.is_name() { WORD } else { VALUE };
    let mut numbers = Numbers::default();
    let mut found = Found {
        of_values: Vec::with_capacity(values.len()),
        initials: Vec::new(),
        frequency: Vec::with_capacity(values.len()),
        groups: vec![group + whole; values.len()],
    };
    // An initial finds nobody.
    let is_atom = |code: u32| !feature.is_name() || values.get(code).len() > 1;
    let counts = (0..values.len() as u32).map(|code| match is_atom(code) {
        true => values.count(code),
        false => 0,
    });
    found.frequency.extend(counts);
    let mut of_door = String::new();
    let of_part = if feature.is_name() { SOUND } else { VALUE };
    let mut waiting = Vec::with_capacity(TOGETHER + MAX);
    for code in 0..values.len() as u32 {
        found.of_values.push([code, NONE, NONE]);
        let mut add = |place: usize, bytes: &[u8]| {
            waiting.push(Waits {
                code,
                place,
                hash: mix(hash_bytes(bytes), SEED + place as u64),
                count: values.count(code),
            });
        };
        let text = values.get(code);
        let bytes = text.as_bytes();
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
                if door(text, &mut of_door) {
                    add(1, of_door.as_bytes());
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
        if waiting.len() >= TOGETHER {
            found.parts(&mut numbers, &mut waiting, group + of_part);
        }
    }
    found.parts(&mut numbers, &mut waiting, group + of_part);
    if feature.is_name() {
        let firsts: Vec<u8> = (0..values.len() as u32)
            .map(|code| values.get(code).bytes().next().unwrap_or_default())
            .collect();
        found.initials.reserve(records);
        for record in 0..records as u32 {
            let initials = match feature.words(record) {
                [a, .., b] => {
                    let [a, b] = [a, b].map(|code| u64::from(firsts[*code as usize]));
                    found.part(&mut numbers, mix(a, b), group + INITIALS, 1)
                }
                _ => NONE,
            };
            found.initials.push(initials);
        }
    }
    found
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
        (Kind::Address, _) => {
            let mut of_door = String::new();
            door(value, &mut of_door);
            of_door
        }
        (Kind::Company, _) => {
            let words: Vec<&str> = value.split(' ').take(2).collect();
            format!("begins with {}", words.join(" "))
        }
        (Kind::Text, _) => value.to_owned(),
    }
}

/// Writes house number and street word of an address. Whether it has both.
fn door(address: &str, out: &mut String) -> bool {
    out.clear();
    let (mut number, mut street) = (None, None::<&str>);
    for word in address.split(' ') {
        let bytes = word.as_bytes();
        if number.is_none() && bytes.first().is_some_and(u8::is_ascii_digit) {
            number = Some(word);
        } else if bytes.iter().all(u8::is_ascii_alphabetic)
            && street.is_none_or(|longest| word.len() >= longest.len())
        {
            street = Some(word);
        }
    }
    let (Some(number), Some(street)) = (number, street) else {
        return false;
    };
    out.push_str(number);
    out.push(' ');
    out.push_str(street);
    true
}
