//! Checks a footer before the library reads it. The library believes the counts in a footer: it allocates, or recurses, that many times.
//!
//! A footer is a struct in the compact protocol of Thrift; everything except the schema is skipped.

use super::tree::MAX_DEPTH;

/// What is to be known of a footer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Footer {
    /// Some of its columns are encrypted.
    pub(super) is_encrypted: bool,
}

/// `Err`: what is wrong with it.
pub(super) fn look(footer: &[u8]) -> Result<Footer, String> {
    let corrupt = || "its footer is corrupt".to_owned();
    let mut thrift = Thrift(footer);
    let mut found = Footer::default();
    let mut children = Vec::new();
    let mut last = 0;
    while let Some((id, kind)) = thrift.field(&mut last).ok_or_else(corrupt)? {
        match (id, kind) {
            (SCHEMA, LIST) => children = thrift.schema().ok_or_else(corrupt)?,
            _ => thrift.skip(kind, 0).ok_or_else(corrupt)?,
        }
        found.is_encrypted |= id == ENCRYPTION;
    }
    if depth(&children).ok_or_else(corrupt)? > MAX_DEPTH {
        return Err(format!("its types are nested more than {MAX_DEPTH} deep"));
    }
    Ok(found)
}

/// Fields of a footer.
const SCHEMA: i64 = 2;
const ENCRYPTION: i64 = 8;
/// The field of a type that says how many fields it has itself.
const CHILDREN: i64 = 5;

/// Types of the protocol.
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// How deep the types of a schema are nested, which are listed from the top with the number of fields of each; `None`: there are fewer.
fn depth(children: &[i64]) -> Option<usize> {
    let mut open: Vec<i64> = Vec::new();
    let mut deepest = 0;
    for count in children {
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        if *count > children.len() as i64 {
            return None;
        }
        if *count > 0 {
            open.push(*count);
        }
        deepest = deepest.max(open.len());
        while open.last() == Some(&0) {
            open.pop();
        }
    }
    Some(deepest)
}

struct Thrift<'a>(&'a [u8]);

impl Thrift<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn pass(&mut self, bytes: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn zigzag(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// Number and type of a struct's next field; the inner `None` ends it. `last` is the number of the field before it.
    fn field(&mut self, last: &mut i64) -> Option<Option<(i64, u8)>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *last = match head >> 4 {
            0 => self.zigzag()?,
            step => last.checked_add(step.into())?,
        };
        Some(Some((*last, head & 15)))
    }

    /// How many elements a list has, and their type. Each takes a byte at least.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.varint()?,
            few => few.into(),
        };
        (count <= self.0.len() as u64).then_some((count, head & 15))
    }

    /// The number of fields of each type of a schema.
    fn schema(&mut self) -> Option<Vec<i64>> {
        let (count, kind) = self.list()?;
        let mut all = Vec::new();
        for _ in 0..count {
            if kind != STRUCT {
                return None;
            }
            let mut children = 0;
            let mut last = 0;
            while let Some((id, kind)) = self.field(&mut last)? {
                match (id, kind) {
                    (CHILDREN, 4..=6) => children = self.zigzag()?,
                    _ => self.skip(kind, 0)?,
                }
            }
            all.push(children);
        }
        Some(all)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match kind {
            // A truth value stands in the head of its field.
            1 | 2 => Some(()),
            3 => self.pass(1),
            4..=6 => self.varint().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.varint()?;
                self.pass(length)
            }
            LIST | 10 => {
                let (count, kind) = self.list()?;
                for _ in 0..count {
                    match kind {
                        1 | 2 => self.pass(1)?,
                        kind => self.skip(kind, depth + 1)?,
                    }
                }
                Some(())
            }
            11 => {
                let count = self.varint()?;
                if count == 0 {
                    return Some(());
                }
                let kinds = self.byte()?;
                for _ in 0..count {
                    for kind in [kinds >> 4, kinds & 15] {
                        match kind {
                            1 | 2 => self.pass(1)?,
                            kind => self.skip(kind, depth + 1)?,
                        }
                    }
                }
                Some(())
            }
            STRUCT => {
                let mut last = 0;
                while let Some((_, kind)) = self.field(&mut last)? {
                    self.skip(kind, depth + 1)?;
                }
                Some(())
            }
            13 => self.pass(16),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A schema of one type in another, so many times.
    fn nested(levels: usize) -> Vec<u8> {
        let mut footer = vec![0x15, 2, 0x19, 0xfc];
        let mut count = levels + 1;
        while count > 0x7f {
            footer.push(count as u8 | 0x80);
            count >>= 7;
        }
        footer.push(count as u8);
        for _ in 0..levels {
            // One field, by its own number.
            footer.extend([0x55, 2, 0]);
        }
        footer.extend([0x15, 2, 0]);
        footer.extend([0x16, 0, 0]);
        footer
    }

    #[test]
    fn depth_and_counts_are_bounded() {
        assert_eq!(look(&nested(5)), Ok(Footer::default()));
        assert_eq!(look(&nested(MAX_DEPTH)), Ok(Footer::default()));
        let deep = look(&nested(MAX_DEPTH + 1)).expect_err("too deep");
        assert!(deep.contains("nested"), "{deep}");
        let corrupt = Err("its footer is corrupt".to_owned());
        // A list of 2^31 row groups.
        let many = [0x15, 2, 0x49, 0xfc, 0xff, 0xff, 0xff, 0xff, 7, 0];
        assert_eq!(look(&many), corrupt);
        // A type of 2^30 fields.
        let wide = [0x29, 0x1c, 0x55, 0xfe, 0xff, 0xff, 0xff, 7, 0, 0];
        assert_eq!(look(&wide), corrupt);
        assert_eq!(look(&[]), corrupt);
        assert_eq!(look(&[0x1c].repeat(100_000)), corrupt);
        assert_eq!(look(&[0x8c, 0, 0]), Ok(Footer { is_encrypted: true }));
    }
}
