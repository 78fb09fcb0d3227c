//! What a new id looks like.

use std::collections::HashSet;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use onefold_rows::hash::hash_bytes;
use sha2::{Digest, Sha256};

use super::numbers::ASIDE;
use super::texts::Texts;
use crate::customer_id::{CustomerId, write_number};

/// What a new id looks like. It may change between runs: ids that were given stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdScheme {
    /// `prefix`, then the number of ids given so far with at least `digits` digits. The number never goes back; one that would write an
    /// id which was given before is passed over.
    Numbers {
        /// Text before the number.
        prefix: String,
        /// Least number of digits.
        digits: usize,
    },
    /// UUIDs of version 8 (RFC 9562), which do not depend on what else is in the run: the first 16 bytes of the SHA-256 of the text
    /// `ATTEMPT:LENGTH:SOURCE:KEY`, with the bits of version and variant set. `SOURCE` and `KEY` are those of the customer's first
    /// record by source and key, `LENGTH` is that of the source's name in bytes, and `ATTEMPT` is 0. Where the customer who has that id
    /// already is another one, `ATTEMPT` counts up until the id is free. For a customer without any key the text is `new:NUMBER`, with
    /// the number of ids given so far.
    Uuids,
}

impl From<&CustomerId> for IdScheme {
    fn from(id: &CustomerId) -> Self {
        Self::Numbers {
            prefix: id.prefix.clone(),
            digits: id.digits,
        }
    }
}

/// Makes new ids.
pub(super) struct Minter<'a> {
    scheme: &'a IdScheme,
    ids: &'a mut Texts,
    given: &'a mut u64,
    taken: Taken,
    text: String,
}

/// Which new ids would be old ones.
enum Taken {
    /// Numbers to come that would write an id which was given before.
    Numbers(HashSet<u64>),
    /// All ids by their text.
    Ids(HashTable<u32>),
}

impl<'a> Minter<'a> {
    /// Adds new ids to `ids`. `given` counts them.
    pub(super) fn new(scheme: &'a IdScheme, ids: &'a mut Texts, given: &'a mut u64) -> Self {
        let taken = match scheme {
            IdScheme::Numbers { prefix, digits } => {
                let mut text = String::new();
                let mut number_of = |id: &str| {
                    let number: u64 = id.strip_prefix(prefix.as_str())?.parse().ok()?;
                    text.clear();
                    write_number(prefix, *digits, number, &mut text);
                    (number > *given && text == id).then_some(number)
                };
                Taken::Numbers(ids.iter().filter_map(&mut number_of).collect())
            }
            IdScheme::Uuids => {
                let hash = |id: &str| hash_bytes(id.as_bytes());
                let mut numbers = HashTable::with_capacity(ids.len());
                for (id, number) in ids.iter().zip(0u32..) {
                    numbers
                        .insert_unique(hash(id), number, |number| hash(ids.get(*number as usize)));
                }
                Taken::Ids(numbers)
            }
        };
        Self {
            scheme,
            ids,
            given,
            taken,
            text: String::new(),
        }
    }

    /// Adds an id for a customer. `first` tells its first record, by source and key, if it has one. `None`: there are too many.
    pub(super) fn mint<'r>(
        &mut self,
        first: impl FnOnce() -> Option<(&'r str, &'r str)>,
    ) -> Option<u32> {
        let number = u32::try_from(self.ids.len()).ok()?;
        if number >= ASIDE {
            return None;
        }
        let first = match self.scheme {
            IdScheme::Numbers { .. } => None,
            IdScheme::Uuids => first(),
        };
        let mut text = std::mem::take(&mut self.text);
        for attempt in 0u64.. {
            text.clear();
            match (self.scheme, first) {
                (IdScheme::Numbers { prefix, digits }, _) => {
                    *self.given = self.given.checked_add(1)?;
                    write_number(prefix, *digits, *self.given, &mut text);
                }
                (IdScheme::Uuids, Some((source, key))) => {
                    let name = format!("{attempt}:{}:{source}:{key}", source.len());
                    write_uuid(&name, &mut text);
                    *self.given = self.given.checked_add(u64::from(attempt == 0))?;
                }
                (IdScheme::Uuids, None) => {
                    *self.given = self.given.checked_add(1)?;
                    write_uuid(&format!("new:{}", self.given), &mut text);
                }
            }
            if self.is_free(&text, number) {
                self.ids.push(&text);
                self.text = text;
                return Some(number);
            }
        }
        None
    }

    /// Whether nobody was given an id so far, which then is that of `number`.
    fn is_free(&mut self, id: &str, number: u32) -> bool {
        match &mut self.taken {
            Taken::Numbers(taken) => !taken.contains(self.given),
            Taken::Ids(numbers) => {
                let ids = &*self.ids;
                let hash = |id: &str| hash_bytes(id.as_bytes());
                let is_same = |other: &u32| ids.get(*other as usize) == id;
                let rehash = |other: &u32| match *other == number {
                    true => hash(id),
                    false => hash(ids.get(*other as usize)),
                };
                match numbers.entry(hash(id), is_same, rehash) {
                    Entry::Occupied(_) => false,
                    Entry::Vacant(entry) => {
                        entry.insert(number);
                        true
                    }
                }
            }
        }
    }
}

fn write_uuid(name: &str, text: &mut String) {
    let digest = Sha256::digest(name.as_bytes());
    let digits = b"0123456789abcdef";
    for (place, byte) in digest.iter().take(16).enumerate() {
        let byte = match place {
            6 => byte & 0x0f | 0x80,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for half in [byte >> 4, byte & 0x0f] {
            text.push(
                digits
                    .get(usize::from(half))
                    .copied()
                    .map_or('0', char::from),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mint(
        scheme: &IdScheme,
        ids: &mut Texts,
        given: &mut u64,
        first: Option<(&str, &str)>,
    ) -> String {
        let id = Minter::new(scheme, ids, given)
            .mint(|| first)
            .expect("room");
        ids.get(id as usize).to_owned()
    }

    #[test]
    fn a_number_that_was_given_is_passed_over() {
        let (mut ids, mut given) = (Texts::default(), 0);
        let scheme = |prefix: &str, digits| IdScheme::Numbers {
            prefix: prefix.to_owned(),
            digits,
        };
        let first = Some(("s", "k"));
        assert_eq!(mint(&scheme("C", 3), &mut ids, &mut given, first), "C001");
        assert_eq!(mint(&scheme("C0", 2), &mut ids, &mut given, first), "C002");
        given = 0;
        assert_eq!(mint(&scheme("C0", 2), &mut ids, &mut given, first), "C003");
        assert_eq!(given, 3);
    }

    /// `printf 0:3:crm:17 | sha256sum`, and so on.
    #[test]
    fn uuids_are_made_as_written() {
        let (mut ids, mut given) = (Texts::default(), 0);
        let mut minter = Minter::new(&IdScheme::Uuids, &mut ids, &mut given);
        let mut next = |first| {
            let id = minter.mint(|| first).expect("room");
            minter.ids.get(id as usize).to_owned()
        };
        assert_eq!(
            next(Some(("crm", "17"))),
            "ae935d32-9a73-8a1d-a24b-5de6516ff5d4"
        );
        assert_eq!(
            next(Some(("crm", "17"))),
            "588f5418-0152-88d0-b722-8b462b51a1c2"
        );
        assert_eq!(next(None), "1af7fcb2-6795-84c6-90da-02999dcbf2be");
    }
}
