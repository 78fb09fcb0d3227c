//! Names of plain words: the byte-level path for nearly every name of a column.
//!
//! Plain is a name of ASCII letters with one space between words, no word of which [`crate::name_words`] knows, and no capital after
//! a small letter (`LeBron`). Nothing then depends on how it was typed: each word begins with its one capital.

use crate::name_words::{LONGEST_WORD, first_initials, is_particle, mac_prefix, suffix};

/// Bytes of the longest name looked at: a bit each, and one for its end.
const NAME_MAX: usize = u64::BITS as usize - 1;

/// Appends a plain name in title case. `false` says nothing about the name, and nothing is appended.
pub(crate) fn push_title(name: &str, out: &mut String) -> bool {
    let Some(shape) = Shape::of(name.as_bytes()) else {
        return false;
    };
    let start = out.len();
    out.push_str(name);
    out[start..].make_ascii_lowercase();
    let mut at = start;
    let mut ends = shape.ends;
    while ends != 0 {
        let end = start + ends.trailing_zeros() as usize;
        ends &= ends - 1;
        if is_listed(&out.as_bytes()[at..end], at == start, ends == 0) {
            out.truncate(start);
            return false;
        }
        out[at..=at].make_ascii_uppercase();
        at = end + 1;
    }
    true
}

/// Where the words of a name of letters and single spaces end, a bit for each byte from the lowest on.
struct Shape {
    ends: u64,
}

impl Shape {
    fn of(name: &[u8]) -> Option<Self> {
        let len = name.len();
        if len > NAME_MAX {
            return None;
        }
        let (mut spaces, mut capitals) = (0, 0);
        let mut look = |chunk: [u8; 8], at: usize| {
            let chunk = Chunk::of(chunk)?;
            spaces |= chunk.spaces << at;
            capitals |= chunk.capitals << at;
            Some(())
        };
        let (chunks, rest) = name.as_chunks();
        for (index, chunk) in chunks.iter().enumerate() {
            look(*chunk, index * 8)?;
        }
        match name.last_chunk() {
            // Bytes that were looked at before give the same bits.
            Some(last) => look(*last, len - 8)?,
            None => {
                let mut padded = [b' '; 8];
                padded[..len].copy_from_slice(rest);
                look(padded, 0)?;
                spaces &= (1 << len) - 1;
            }
        }
        let ends = spaces | 1 << len;
        let starts = spaces << 1 | 1;
        let capital_after_small = capitals & !(starts | capitals << 1);
        (ends & starts == 0 && capital_after_small == 0).then_some(Self { ends })
    }
}

/// Eight bytes, a bit for each.
struct Chunk {
    spaces: u64,
    capitals: u64,
}

impl Chunk {
    /// `None`: there is something else than letters and spaces.
    ///
    /// Adding 0x80 - x to bytes below 0x80 sets the top bit of those from x on, and nothing is carried into the next byte.
    fn of(bytes: [u8; 8]) -> Option<Self> {
        const EACH: u64 = 0x0101_0101_0101_0101;
        const TOP: u64 = 0x80 * EACH;
        const SPACES: u64 = 0x20 * EACH;
        let typed = u64::from_le_bytes(bytes);
        // A small letter is its capital with the bit of a space.
        let small = typed | SPACES;
        let from_a = (small & !TOP) + (0x80 - u64::from(b'a')) * EACH;
        let above_z = (small & !TOP) + (0x7f - u64::from(b'z')) * EACH;
        let letters = from_a & !above_z & TOP;
        let spaces = !((typed ^ SPACES) + 0x7f * EACH) & TOP;
        if typed & TOP != 0 || letters | spaces != TOP {
            return None;
        }
        Some(Self {
            spaces: top_bits(spaces),
            capitals: top_bits(letters & !(typed << 2)),
        })
    }
}

/// The top bits of eight bytes that have no other, as one byte.
const fn top_bits(bytes: u64) -> u64 {
    (bytes >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Whether a word, in lower case, may be more than simply capitalised where it stands.
fn is_listed(word: &[u8], first: bool, last: bool) -> bool {
    if word.len() <= LONGEST_WORD {
        if is_particle(word) || suffix(word).is_some() {
            return true;
        }
        if word.len() == 2 && first && !last && is_initials(word) {
            return true;
        }
    }
    mac_prefix(word).is_some()
}

/// Whether two letters may be two initials: listed, or without a vowel.
fn is_initials(word: &[u8]) -> bool {
    first_initials(word).is_some() || !word.iter().any(|letter| b"aeiouy".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::standardise_any;
    use proptest::prelude::*;

    /// The title of a plain name; fails where the full rule gives another.
    fn plain(name: &str) -> Result<Option<String>, String> {
        let (mut fast, mut full) = ("before ".to_owned(), "before ".to_owned());
        if !push_title(name, &mut fast) {
            return if fast == full {
                Ok(None)
            } else {
                Err(format!("{name:?} is not plain, but left {fast:?}"))
            };
        }
        if standardise_any(name, &mut full) == Ok(()) && fast == full {
            Ok(Some(fast.split_off("before ".len())))
        } else {
            Err(format!("{name:?} gave {fast:?}, by the full rule {full:?}"))
        }
    }

    fn capitalised(word: &str) -> String {
        let mut word = word.to_owned();
        word[..1].make_ascii_uppercase();
        word
    }

    #[test]
    fn plain_names() {
        for (value, expected) in [
            ("Maria Lopez", "Maria Lopez"),
            ("JOHN SMITH", "John Smith"),
            ("john smith", "John Smith"),
            ("John SMITH", "John Smith"),
            ("Li Wei", "Li Wei"),
            ("X", "X"),
            (
                "Christopher Alexander Montgomery",
                "Christopher Alexander Montgomery",
            ),
        ] {
            assert_eq!(plain(value), Ok(Some(expected.to_owned())), "{value:?}");
        }
        let longest = capitalised(&"a".repeat(NAME_MAX));
        assert_eq!(plain(&longest), Ok(Some(longest)));
    }

    #[test]
    fn names_left_to_the_full_rule() {
        for value in [
            "",
            " ",
            " Ann",
            "Ann ",
            "Ann  Lee",
            "Ann\tLee",
            "O'Brien",
            "Smith-Jones",
            "John E. Smith",
            "José",
            "LeBron James",
            "jOHN",
            "mcdonald",
            "MACDONALD",
            "Jan van Dyk",
            "John Smith III",
            "AJ Smith",
            "TC Boyle",
            "[",
            "`",
            "{",
            "@",
        ] {
            assert_eq!(plain(value), Ok(None), "{value:?}");
        }
        assert_eq!(plain(&"a".repeat(NAME_MAX + 1)), Ok(None));
    }

    /// All words of one to three letters, in every place and case.
    #[test]
    fn short_words() {
        let letters = || (b'a'..=b'z').map(char::from);
        let one = letters().map(String::from);
        let two = letters().flat_map(|a| letters().map(move |b| format!("{a}{b}")));
        let three = letters().flat_map(|a| {
            letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}")))
        });
        for small in one.chain(two).chain(three) {
            for word in [small.to_uppercase(), capitalised(&small), small] {
                for name in [
                    word.clone(),
                    format!("{word} Lopez"),
                    format!("Nguyen {word} Lopez"),
                    format!("MARIA {word}"),
                ] {
                    assert!(plain(&name).is_ok(), "{:?}", plain(&name));
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        #[test]
        fn agrees_with_the_full_rule(
            name in "((van|der|de|bin|Van|VAN|vander|della|bint|VIII|iii|PhD|AJ|tc|mc|Mac|macdonald|MCCOY|ng|[A-Z][a-z]{1,8}|[A-Z]{1,9}|[a-z]{1,9}|[A-Za-z]{1,4}|[ -~]) ?){1,5}",
        ) {
            prop_assert_eq!(plain(&name).err(), None);
        }

        #[test]
        fn ordinary_words_are_plain(name in "[A-Z][d-l]{6,9}( [A-Z][d-l]{6,9}){0,4}") {
            prop_assert_eq!(plain(&name), Ok(Some(name)));
        }
    }
}
