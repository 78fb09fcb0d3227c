//! Session ids. An id is the same in every run, whatever else is in the table.

use onefold_rows::Place;
use xxhash_rust::xxh3::xxh3_64;

use crate::keys::Keys;

/// Ids of the sessions of one key after another.
#[derive(Default)]
pub(crate) struct SessionId {
    /// The text of the key, `@`, and the start that was written last.
    text: Vec<u8>,
    key_len: usize,
}

impl SessionId {
    /// Sets the key to that of this row.
    pub(crate) fn key(&mut self, keys: &Keys, at: Place) {
        self.text.clear();
        keys.write(at, &mut self.text);
        self.text.push(b'@');
        self.key_len = self.text.len();
    }

    /// The id of the session whose first event was at this time.
    pub(crate) fn at(&mut self, start: i64) -> u64 {
        self.text.truncate(self.key_len);
        let mut digits = itoa::Buffer::new();
        self.text.extend_from_slice(digits.format(start).as_bytes());
        xxh3_64(&self.text)
    }
}

/// Hexadecimal digits of an id.
pub(crate) const DIGITS: usize = 16;

/// The id in hexadecimal digits, in lower case.
pub(crate) fn hex(id: u64, digits: &mut [u8; DIGITS]) -> &str {
    for (place, digit) in digits.iter_mut().rev().enumerate() {
        *digit = b"0123456789abcdef"[(id >> (4 * place)) as usize & 0xf];
    }
    // The digits are ASCII, so they are UTF-8.
    str::from_utf8(digits).unwrap_or_default()
}
