//! Which keys may be on two records: most are on one, and need not be sorted.
//!
//! A Bloom filter of one hash that counts to two (Bloom 1970). It never misses a key that was noted twice; of the others it lets a few
//! through, which do no harm. What it says does not depend on the order in which keys were noted.

use std::sync::atomic::{AtomicU64, Ordering};

/// Slots of a word: two bits each.
const SLOTS: u64 = 32;

/// Keys noted once, and keys noted more often.
pub(super) struct Repeated {
    words: Vec<AtomicU64>,
}

impl Repeated {
    /// For about so many keys: four slots and more a key.
    pub(super) fn new(keys: u64) -> Self {
        let words = (keys * 4 / SLOTS).next_power_of_two().max(1);
        Self {
            words: (0..words).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    /// The word of a key, and the place of its slot there. Other bits of the key choose its pass, its part and its place when it is sorted.
    fn slot(&self, key: u64) -> (usize, u64) {
        let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let word = (spread >> 20) as usize & (self.words.len() - 1);
        (word, (spread >> 59) * 2)
    }

    pub(super) fn note(&self, key: u64) {
        let (word, place) = self.slot(key);
        let Some(word) = self.words.get(word) else {
            return;
        };
        let before = word.fetch_or(1 << place, Ordering::Relaxed);
        if before >> place & 0b11 == 0b01 {
            word.fetch_or(0b10 << place, Ordering::Relaxed);
        }
    }

    /// Whether a key may have been noted twice.
    pub(super) fn has(&self, key: u64) -> bool {
        let (word, place) = self.slot(key);
        let word = self.words.get(word);
        word.is_some_and(|word| word.load(Ordering::Relaxed) >> place & 0b10 != 0)
    }
}

#[cfg(test)]
mod tests {
    use onefold_rows::hash::mix;

    use super::*;

    #[test]
    fn what_is_noted_twice_is_found_and_little_else() {
        let keys = 100_000;
        let repeated = Repeated::new(keys);
        for key in 0..keys {
            repeated.note(mix(key, 1));
            if key % 10 == 0 {
                repeated.note(mix(key, 1));
            }
        }
        let found = |key: &u64| repeated.has(mix(*key, 1));
        assert!((0..keys).step_by(10).all(|key| found(&key)));
        let others = (0..keys).filter(|key| key % 10 != 0);
        let wrong = others.filter(found).count();
        assert!(wrong < 90_000 / 4, "{wrong}");
    }
}
