//! What a new id looks like.

use sha2::{Digest, Sha256};

use super::ids::Ids;
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

impl IdScheme {
    /// Adds a new id to `ids`, for the customer with this first record. `given` counts. `None`: there are too many ids.
    pub(super) fn mint(
        &self,
        ids: &mut Ids,
        given: &mut u64,
        first: Option<(&str, &str)>,
    ) -> Option<u32> {
        let mut text = String::new();
        for attempt in 0u64.. {
            text.clear();
            match (self, first) {
                (Self::Numbers { prefix, digits }, _) => {
                    *given = given.checked_add(1)?;
                    write_number(prefix, *digits, *given, &mut text);
                }
                (Self::Uuids, Some((source, key))) => {
                    let name = format!("{attempt}:{}:{source}:{key}", source.len());
                    write_uuid(&name, &mut text);
                    *given = given.checked_add(u64::from(attempt == 0))?;
                }
                (Self::Uuids, None) => {
                    *given = given.checked_add(1)?;
                    write_uuid(&format!("new:{given}"), &mut text);
                }
            }
            if let Some(id) = ids.add(&text) {
                return Some(id);
            }
            if ids.len() > u32::MAX as usize {
                return None;
            }
        }
        None
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
        ids: &mut Ids,
        given: &mut u64,
        first: Option<(&str, &str)>,
    ) -> String {
        let id = scheme.mint(ids, given, first).expect("room");
        ids.get(id).to_owned()
    }

    #[test]
    fn a_number_that_was_given_is_passed_over() {
        let (mut ids, mut given) = (Ids::default(), 0);
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
        let (mut ids, mut given) = (Ids::default(), 0);
        let mut next = |first| mint(&IdScheme::Uuids, &mut ids, &mut given, first);
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
