//! What was made of texts before, where texts recur: a city is cleaned once and not for every record.

use std::collections::HashMap;

/// Texts that are remembered at most.
const MOST: usize = 1 << 17;
/// Texts between two looks at whether remembering pays.
const LOOK: u32 = 1 << 12;
/// Texts that are remembered before it has to pay: there are 36,525 days in a century.
const LEAST: usize = 1 << 16;

/// What was made of texts before. It changes nothing but the time.
pub(crate) struct Memo<T> {
    known: HashMap<Box<str>, T, foldhash::fast::FixedState>,
    asked: u32,
    found: u32,
    is_off: bool,
}

impl<T: Copy> Memo<T> {
    pub(crate) fn new() -> Self {
        Self {
            known: HashMap::default(),
            asked: 0,
            found: 0,
            is_off: false,
        }
    }

    /// Whether it gave up: the texts do not recur.
    pub(crate) fn is_off(&self) -> bool {
        self.is_off
    }

    pub(crate) fn get(&mut self, text: &str) -> Option<T> {
        if self.is_off {
            return None;
        }
        if self.asked == LOOK {
            // Most texts are new: to remember them costs more than it saves.
            if self.found < LOOK / 2 && self.known.len() >= LEAST {
                self.is_off = true;
                self.known = HashMap::default();
                return None;
            }
            (self.asked, self.found) = (0, 0);
        }
        self.asked += 1;
        let known = self.known.get(text).copied();
        self.found += u32::from(known.is_some());
        known
    }

    pub(crate) fn put(&mut self, text: &str, value: T) {
        if !self.is_off && self.known.len() < MOST {
            self.known.insert(text.into(), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_recur_are_remembered() {
        let mut memo: Memo<u32> = Memo::new();
        for round in 0..3u32 {
            for text in 0..LOOK {
                let text = (text % 100).to_string();
                let known = memo.get(&text);
                let expected = text.parse().ok();
                assert!(known == expected || known.is_none() && round == 0);
                if known.is_none() {
                    memo.put(&text, text.parse().expect("a number"));
                }
            }
        }
        assert!(!memo.is_off);
    }

    #[test]
    fn texts_that_do_not_recur_are_not() {
        let mut memo: Memo<u32> = Memo::new();
        for text in 0..LEAST as u32 + 2 * LOOK {
            let text = text.to_string();
            assert_eq!(memo.get(&text), None);
            memo.put(&text, 1);
        }
        assert!(memo.is_off && memo.known.is_empty());
    }
}
