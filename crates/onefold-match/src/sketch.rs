//! Texts with short sketches of them, so that most pairs of texts are known to differ without a look at their letters.

use onefold_rows::hash::hash_bytes;

use crate::kind::{Kind, parts};
use crate::nicknames::{given_name, may_be_nicknames};
use crate::similarity::{edits, edits_in_place};

/// Texts of up to so many bytes are in one number.
pub(crate) const SHORT: usize = 15;

/// What is known of a text at a glance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sketch {
    /// A bit for each letter that is there, and one for each of the first three times that a digit is there. One edit changes two bits at most.
    letters: u64,
    /// What the kind of the text asks for: see [`Sketch::new`].
    pub(crate) parts: u64,
}

/// Where the domain is in the parts of an e-mail address.
const DOMAIN: u32 = 32;

/// Bits of words in the parts of a text; the others are for words that begin with a digit.
const WORDS: u32 = 48;

impl Sketch {
    /// The parts are: of names, what tells nicknames; of e-mail addresses, the domain ([`Sketch::with_domain`]) and the two letters with
    /// which the local part begins and ends; of days, numbers and codes, all signs if they are few; of other texts, a bit for each word of
    /// more than two letters, and one for each number.
    pub(crate) fn new(kind: Kind, text: &str) -> Self {
        let mut letters = 0u64;
        for c in text.bytes() {
            letters |= match c {
                b'0'..=b'9' => {
                    let place = 26 + 3 * u32::from(c - b'0');
                    // The lowest of the three bits that is free.
                    let taken = (letters >> place & 7).count_ones().min(2);
                    1 << (place + taken)
                }
                b'a'..=b'z' => 1 << (c - b'a'),
                c => 1 << (56 + c % 8),
            };
        }
        let parts = match kind {
            Kind::Name => given_name(text),
            Kind::Email => {
                let (local, domain) = parts(text);
                let two = |all: u64, sign: u8| all << 8 | u64::from(sign);
                let start = local.bytes().take(2).fold(0, two);
                let end = local.bytes().rev().take(2).fold(0, two);
                let domain = match domain.is_empty() {
                    true => 0,
                    false => hash_bytes(domain.as_bytes()),
                };
                domain << DOMAIN | end << 16 | start
            }
            Kind::Address | Kind::Text => words(text.as_bytes())
                .map(|word| {
                    let hash = hash_bytes(word) >> 32;
                    let is_long = word.len() > 2;
                    let of_word = u64::from(is_long) << (hash % u64::from(WORDS));
                    let is_number = word.first().is_some_and(u8::is_ascii_digit);
                    let of_number = u64::from(is_number) << (u64::from(WORDS) + hash % 16);
                    of_word | of_number
                })
                .fold(0, |all, word| all | word),
            Kind::Phone | Kind::Date | Kind::Code => pack(text.as_bytes()),
            Kind::Company => 0,
        };
        Self { letters, parts }
    }

    /// The same of an e-mail address, with the number of its domain. Numbers are from 1; 0 is no domain.
    pub(crate) fn with_domain(self, number: u32) -> Self {
        let ends = self.parts & ((1 << DOMAIN) - 1);
        Self {
            parts: u64::from(number) << DOMAIN | ends,
            ..self
        }
    }

    /// The level at which two different texts agree, where their sketches tell. Of names they do not.
    #[inline]
    pub(crate) fn glance(self, other: Self, kind: Kind) -> Option<u8> {
        let (parts, others) = (self.parts, other.parts);
        match kind {
            Kind::Phone | Kind::Date | Kind::Code if parts != 0 && others != 0 => {
                let level = far(kind, parts, others, self.apart(other));
                Some(level.unwrap_or_else(|| {
                    let (a, b) = (Signs::of(self), Signs::of(other));
                    kind.near(&a.text(self), &b.text(other))
                }))
            }
            _ if self.apart(other) <= 4 => None,
            Kind::Text | Kind::Address if parts & others == 0 && parts != 0 && others != 0 => {
                Some(0)
            }
            Kind::Email => {
                // Local parts that are alike have more letters in common at the beginning or the end.
                let ends = parts ^ others;
                let is_level_told = ends & 0xffff != 0 && ends & 0xffff_0000 != 0;
                is_level_told.then(|| u8::from(self.has_domain_of(other)))
            }
            _ => None,
        }
    }

    /// The highest level at which two different texts can agree. Not of names.
    pub(crate) fn highest(self, other: Self, kind: Kind) -> u8 {
        let below_equal = kind.top() - 1;
        if self.apart(other) <= 4 {
            return below_equal;
        }
        // No two edits make one text of the other, and they are not of the same words.
        let is_within = self.parts & !other.parts == 0 || other.parts & !self.parts == 0;
        match kind {
            Kind::Email => below_equal.min(2),
            Kind::Address if !is_within => below_equal.min(2),
            Kind::Text => below_equal.min(1),
            _ => below_equal,
        }
    }

    /// Letters and digits that only one of two texts has.
    fn apart(self, other: Self) -> u32 {
        (self.letters ^ other.letters).count_ones()
    }

    /// Whether two e-mail addresses are of one domain.
    pub(crate) fn has_domain_of(self, other: Self) -> bool {
        let (domain, others) = (self.parts >> DOMAIN, other.parts >> DOMAIN);
        domain == others && domain != 0
    }

    /// The same in four numbers.
    pub(crate) fn bits(self) -> [u32; 4] {
        let Self { letters, parts } = self;
        [letters, letters >> 32, parts, parts >> 32].map(|bits| bits as u32)
    }

    /// What [`bits`](Self::bits) gave.
    pub(crate) fn of_bits(bits: [u32; 4]) -> Self {
        let [a, b, c, d] = bits.map(u64::from);
        Self {
            letters: a | b << 32,
            parts: c | d << 32,
        }
    }
}

/// Signs that are packed: 0 is none.
const SIGNS: &[u8; 37] = b"\x000123456789abcdefghijklmnopqrstuvwxyz";
/// Bits of a packed sign.
const SIGN: u32 = 6;

/// A text of up to ten digits and letters in one number; 0 for any other.
fn pack(text: &[u8]) -> u64 {
    let mut packed = 0;
    for (place, sign) in text.iter().enumerate() {
        let sign = match sign {
            b'0'..=b'9' => sign - b'0' + 1,
            b'a'..=b'z' => sign - b'a' + 11,
            _ => return 0,
        };
        if place == 10 {
            return 0;
        }
        packed |= u64::from(sign) << (SIGN * place as u32);
    }
    packed
}

/// How many signs a packed text has.
fn signs(packed: u64) -> u32 {
    (u64::BITS - packed.leading_zeros()).div_ceil(SIGN)
}

/// The level at which two different packed texts agree, where so many of their letters differ that edits make none of the other.
fn far(kind: Kind, a: u64, b: u64, apart: u32) -> Option<u8> {
    let (signs_of_a, signs_of_b) = (signs(a), signs(b));
    let rest = |packed: u64, place: u32| packed >> (SIGN * place);
    let is_start_equal = |count: u32| (a ^ b) & ((1 << (SIGN * count)) - 1) == 0;
    match kind {
        Kind::Date if apart > 4 => {
            let are_days = signs_of_a == 8 && signs_of_b == 8;
            // Month and day of the first day of a year, which may stand for any.
            let is_new_year = |day: u64| rest(day, 4) == NEW_YEAR;
            Some(match are_days && is_start_equal(4) {
                true if is_start_equal(6) || is_new_year(a) || is_new_year(b) => 3,
                true => 2,
                false => 0,
            })
        }
        // One may have its country code where they are not of one length.
        Kind::Phone if apart > 2 && signs_of_a == signs_of_b => {
            let before = signs_of_a.checked_sub(7);
            let is_end_equal = |before| rest(a, before) == rest(b, before);
            Some(u8::from(before.is_some_and(is_end_equal)))
        }
        Kind::Code if apart > 2 => {
            let common = (a ^ b).trailing_zeros() / SIGN;
            Some(match signs_of_a.max(signs_of_b) - common {
                _ if common == 0 => 0,
                0..=2 => 2,
                3 => 1,
                _ => 0,
            })
        }
        _ => None,
    }
}

/// `0101`, packed.
const NEW_YEAR: u64 = 1 | 2 << SIGN | 1 << (2 * SIGN) | 2 << (3 * SIGN);

/// The signs of a packed text.
struct Signs {
    text: [u8; 16],
    length: usize,
}

impl Signs {
    fn of(sketch: Sketch) -> Self {
        let mut text = [0; 16];
        let (mut rest, mut length) = (sketch.parts, 0);
        while rest != 0 {
            text[length] = SIGNS[(rest & ((1 << SIGN) - 1)) as usize];
            rest >>= SIGN;
            length += 1;
        }
        Self { text, length }
    }

    fn text(&self, sketch: Sketch) -> Text<'_> {
        Text {
            bytes: &self.text[..self.length],
            sketch,
            short: Some(u128::from_le_bytes(self.text)),
        }
    }
}

/// A text with its sketch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) sketch: Sketch,
    /// The bytes of a short text.
    pub(crate) short: Option<u128>,
}

impl<'a> Text<'a> {
    #[cfg(test)]
    pub(crate) fn new(kind: Kind, text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let short = (bytes.len() <= SHORT).then(|| {
            bytes
                .iter()
                .rev()
                .fold(0, |all, byte| all << 8 | u128::from(*byte))
        });
        Self {
            bytes,
            sketch: Sketch::new(kind, text),
            short,
        }
    }

    /// Only texts are put in, whole.
    pub(crate) fn str(&self) -> &'a str {
        std::str::from_utf8(self.bytes).unwrap_or_default()
    }

    /// How many edits make one text of the other, if it is not more than `limit`, of at most 2.
    #[inline]
    pub(crate) fn edits(&self, other: &Self, limit: u8) -> Option<u8> {
        if self.sketch.apart(other.sketch) > 2 * u32::from(limit) {
            return None;
        }
        match (self.short, other.short) {
            (Some(a), Some(b)) if self.bytes.len() == other.bytes.len() => {
                edits_in_place(a, b).filter(|edits| *edits <= limit)
            }
            _ => edits(self.bytes, other.bytes, limit),
        }
    }

    /// The level at which two different words of names agree, where a glance tells that they differ.
    #[inline]
    pub(crate) fn glance_at_names(&self, other: &Self) -> Option<u8> {
        if self.sketch.apart(other.sketch) <= 4 {
            return None;
        }
        // Beginnings and short forms aside, more than two edits are another word. Two given names of other first letters, of at
        // most 15 letters and so far apart have a Jaro similarity of less than 0.9.
        let first = |text: &Self| text.short.map(|short| short as u8);
        let (Some(a), Some(b)) = (first(self), first(other)) else {
            return None;
        };
        let (parts, others) = (self.sketch.parts, other.sketch.parts);
        match parts != 0 && others != 0 {
            _ if a == b => None,
            false => Some(1),
            true => (!may_be_nicknames(parts, others)).then_some(0),
        }
    }

    /// Whether both are of the same letters, as far as the sketch tells.
    pub(crate) fn may_be_turned(&self, other: &Self) -> bool {
        self.bytes.len() == other.bytes.len() && self.sketch == other.sketch
    }

    /// Whether all words of this text may be in the other.
    pub(crate) fn may_be_within(&self, other: &Self) -> bool {
        self.sketch.parts & !other.sketch.parts == 0
    }

    /// Whether a word of more than two letters is in both.
    pub(crate) fn has_common_word(&self, other: &Self) -> bool {
        let both = self.sketch.parts & other.sketch.parts;
        both << (64 - WORDS) != 0
            && words(self.bytes)
                .filter(|word| word.len() > 2)
                .any(|word| words(other.bytes).any(|other| other == word))
    }

    /// Whether a word that begins with a digit is in both.
    pub(crate) fn has_common_number(&self, other: &Self) -> bool {
        let is_number = |word: &&[u8]| word.first().is_some_and(u8::is_ascii_digit);
        (self.sketch.parts & other.sketch.parts) >> WORDS != 0
            && words(self.bytes)
                .filter(is_number)
                .any(|word| words(other.bytes).any(|other| other == word))
    }
}

/// The words of a clean text.
pub(crate) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn edits_are_those_of_the_letters(a in "[ab1 .]{0,18}", b in "[ab1 .]{0,18}", at in 0usize..18, to in "[ab1]{0,2}") {
            let mut near = a.clone();
            near.replace_range(at.min(a.len())..(at + 1).min(a.len()), &to);
            for other in [&b, &near] {
                for limit in 1..=2 {
                    let (x, y) = (Text::new(Kind::Text, &a), Text::new(Kind::Text, other));
                    prop_assert_eq!(x.edits(&y, limit), edits(a.as_bytes(), other.as_bytes(), limit));
                }
            }
        }

        #[test]
        fn what_a_glance_tells_is_so(a in "[a-f1]{1,9}( [a-f1]{1,9}){0,2}", b in "[a-f1]{1,9}( [a-f1]{1,9}){0,2}") {
            for kind in [Kind::Address, Kind::Text] {
                let (x, y) = (Text::new(kind, &a), Text::new(kind, &b));
                if let Some(level) = x.sketch.glance(y.sketch, kind) {
                    prop_assert_eq!(level, kind.near(&x, &y), "{:?}", kind);
                }
            }
        }

        #[test]
        fn what_a_glance_tells_of_addresses_is_so(
            start in "[abc]{0,4}", end in "[abc]{0,4}", middle in "[d-g1-3]{0,4}", other in "[h-k4-6]{0,4}",
            is_start_shared in any::<bool>(), is_end_shared in any::<bool>(),
            domain in "(@[lmn]{1,3}[.]o)?", others in "(@[pqr]{1,3}[.]s)?", is_domain_shared in any::<bool>(),
        ) {
            let shared = |part: &str, is_shared| if is_shared { part.to_owned() } else { String::new() };
            let b = [
                shared(&start, is_start_shared),
                other,
                shared(&end, is_end_shared),
                if is_domain_shared { domain.clone() } else { others },
            ].concat();
            let a = [start, middle, end, domain].concat();
            let (x, y) = (Text::new(Kind::Email, &a), Text::new(Kind::Email, &b));
            if let (true, Some(level)) = (a != b, x.sketch.glance(y.sketch, Kind::Email)) {
                prop_assert_eq!(level, Kind::Email.near(&x, &y), "{} {}", a, b);
            }
        }

        #[test]
        fn what_a_glance_tells_of_short_codes_is_so(a in "[0-2a]{1,12}", b in "[0-2a]{1,12}", days in any::<bool>(), at in 0usize..12) {
            let mut near = a.clone();
            near.replace_range(at.min(a.len())..(at + 1).min(a.len()), "1");
            for other in [&b, &near] {
                for kind in [Kind::Date, Kind::Phone, Kind::Code] {
                    let cut = |text: &str| if days { text.chars().take(8).collect() } else { text.to_owned() };
                    let (a, other): (String, String) = (cut(&a), cut(other));
                    let (x, y) = (Text::new(kind, &a), Text::new(kind, &other));
                    let told = x.sketch.glance(y.sketch, kind);
                    prop_assert_eq!(told.is_some(), a.len() <= 10 && other.len() <= 10);
                    prop_assert!(told.is_none_or(|level| level == kind.near(&x, &y)), "{:?} {} {}", kind, a, other);
                }
            }
        }

        #[test]
        fn common_words_are_those_of_the_letters(a in "[ab1]{1,3}( [ab1]{1,3}){0,3}", b in "[ab1]{1,3}( [ab1]{1,3}){0,3}") {
            let (x, y) = (Text::new(Kind::Address, &a), Text::new(Kind::Address, &b));
            let both = |filter: fn(&str) -> bool| a.split(' ').any(|word| filter(word) && b.split(' ').any(|other| other == word));
            prop_assert_eq!(x.has_common_word(&y), both(|word| word.len() > 2));
            prop_assert_eq!(x.has_common_number(&y), both(|word| word.starts_with('1')));
        }
    }

    #[test]
    fn what_a_glance_tells_of_given_names_is_so() {
        let names = crate::nicknames::given_names();
        for a in names.iter().step_by(7) {
            for b in &names {
                let (x, y) = (Text::new(Kind::Name, a), Text::new(Kind::Name, b));
                if let (true, Some(level)) = (a != b, x.glance_at_names(&y)) {
                    assert_eq!(level, Kind::Name.near(&x, &y), "{a} {b}");
                }
            }
        }
    }
}
