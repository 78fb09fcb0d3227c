//! The columns of JSON records when no fields are declared: the keys in order of first appearance, each with the kind of its values.

use super::scan::{Cursor, Scanned, unescape};
use crate::found::{FoundColumn, FoundKind, MAX_FOUND};

impl FoundKind {
    fn of(value: &[u8]) -> Self {
        match value.first() {
            Some(b'n') => Self::Null,
            Some(b't' | b'f') => Self::Boolean,
            Some(b'-' | b'0'..=b'9') => {
                let text = std::str::from_utf8(value).unwrap_or_default();
                let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
                if text.parse::<i64>().is_ok() {
                    Self::Integer
                } else if digits <= 15 && text.parse::<f64>().is_ok_and(f64::is_finite) {
                    Self::Float
                } else {
                    Self::Text
                }
            }
            _ => Self::Text,
        }
    }

    fn with(self, other: Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Null, kind) | (kind, Self::Null) => kind,
            (Self::Integer, Self::Float) | (Self::Float, Self::Integer) => Self::Float,
            _ => Self::Text,
        }
    }
}

/// Name of the column for records that are not objects.
pub(crate) const WHOLE: &str = "value";

/// Adds the keys of one well-formed record to `found`. Of a repeated key the last value counts.
pub(crate) fn discover(record: &[u8], found: &mut Vec<FoundColumn>) {
    // Number of the column and kind of the record's value.
    let mut kinds: Vec<(usize, FoundKind)> = Vec::new();
    // One more than the highest number so far: beyond it no key is one that is repeated.
    let mut top = 0;
    let mut note = |name: String, kind: FoundKind| {
        // One more than there may be is enough to tell.
        if found.len() > MAX_FOUND {
            return;
        }
        let number = found.iter().position(|c| c.name == name);
        let number = number.unwrap_or_else(|| {
            let kind = FoundKind::Null;
            found.push(FoundColumn { name, kind });
            found.len() - 1
        });
        let known = match number < top {
            true => kinds.iter_mut().find(|known| known.0 == number),
            false => None,
        };
        top = top.max(number + 1);
        match known {
            Some(known) => known.1 = kind,
            None => kinds.push((number, kind)),
        }
    };
    let mut cursor = Cursor::new(record, 0);
    if cursor.eat(b'{', "").is_err() {
        note(WHOLE.to_owned(), FoundKind::of(record));
    } else {
        _ = each_key(&mut cursor, &mut note);
    }
    for (number, kind) in kinds {
        found[number].kind = found[number].kind.with(kind);
    }
}

/// The keys of an object and the kinds of their values, the cursor behind its brace.
fn each_key(cursor: &mut Cursor<'_>, note: &mut impl FnMut(String, FoundKind)) -> Scanned<()> {
    loop {
        cursor.space();
        let key = cursor.string()?;
        let mut name = String::new();
        let raw = std::str::from_utf8(&cursor.text[key.start..key.end]).unwrap_or_default();
        if unescape(raw, &mut name).is_err() {
            return Ok(());
        }
        cursor.space();
        cursor.at += 1;
        cursor.space();
        let start = cursor.at;
        cursor.value()?;
        note(name, FoundKind::of(&cursor.text[start..cursor.at]));
        cursor.space();
        cursor.at += 1;
    }
}
