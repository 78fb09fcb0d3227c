//! Reading a text from the left, byte by byte.

/// What is left of a text. Each method takes what it names from the left, or takes nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scan<'a> {
    pub(crate) rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next byte where `wanted` accepts it.
    pub(crate) fn byte(&mut self, wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        wanted(first).then(|| {
            self.rest = rest;
            first
        })
    }

    /// All next bytes that `wanted` accepts; may be none.
    pub(crate) fn run(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let len = self
            .rest
            .iter()
            .position(|&byte| !wanted(byte))
            .unwrap_or(self.rest.len());
        let (run, rest) = self.rest.split_at(len);
        self.rest = rest;
        run
    }

    /// A number of `min` to `max` digits (at most 9) that no further digit follows.
    pub(crate) fn number(&mut self, min: usize, max: usize) -> Option<u32> {
        let before = self.rest;
        let digits = self.run(|byte| byte.is_ascii_digit());
        if !(min..=max).contains(&digits.len()) {
            self.rest = before;
            return None;
        }
        Some(decimal(digits))
    }

    /// A run of ASCII letters, lower case; longer words than any of ours are cut.
    pub(crate) fn word(&mut self) -> Word {
        let letters = self.run(|byte| byte.is_ascii_alphabetic());
        let mut word = Word {
            letters: [0; Word::MAX],
            len: letters.len().min(Word::MAX),
        };
        for (to, from) in word.letters.iter_mut().zip(letters) {
            *to = from.to_ascii_lowercase();
        }
        word
    }
}

/// A few lower-case ASCII letters.
pub(crate) struct Word {
    letters: [u8; Self::MAX],
    len: usize,
}

impl Word {
    /// One more than `september` and `wednesday` have, so that a cut word equals none.
    const MAX: usize = 10;

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.letters[..self.len]
    }
}

/// The number that at most 9 digits write.
pub(crate) fn decimal(digits: &[u8]) -> u32 {
    digits
        .iter()
        .fold(0, |number, &digit| number * 10 + u32::from(digit - b'0'))
}
