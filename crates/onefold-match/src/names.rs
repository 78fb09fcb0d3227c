//! Names of persons: bags of words, and how alike two words are.

use crate::fold::{fold, is_null, words};
use crate::nicknames::{are_nicknames, may_be_nicknames};
use crate::similarity::jaro_winkler;
use crate::sketch::Text;

/// Words of a bag at most; further ones are left out.
pub(crate) const MAX_WORDS: usize = 8;

/// Words around names that tell no person from another: titles, degrees, and the particles between names.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "dame",
    "lady",
    "hon",
    "honourable",
    "rev",
    "reverend",
    "herr",
    "frau",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "sr",
    "sra",
    "srta",
    "senor",
    "senora",
    "capt",
    "captain",
    "col",
    "colonel",
    "lt",
    "sgt",
    "baronet",
    "bart",
    "bt",
    "esq",
    "esquire",
    "phd",
    "md",
    "dds",
    "mba",
    "obe",
    "mbe",
    "cbe",
    "kbe",
    "kcb",
    "of",
    "the",
    "and",
    "de",
    "der",
    "den",
    "van",
    "von",
    "zu",
    "del",
    "della",
    "di",
    "da",
    "du",
    "la",
    "y",
];

/// Ranks that are names too: they are ranks after an ordinal and before `of`.
const RANKS: &[&str] = &[
    "baron",
    "baroness",
    "earl",
    "duke",
    "duchess",
    "count",
    "countess",
    "viscount",
    "viscountess",
    "marquess",
    "marquis",
    "prince",
    "princess",
    "king",
    "queen",
    "lord",
    "major",
    "general",
];

/// Words after a name that tell the generations apart.
pub(crate) fn generation(word: &str) -> Option<u8> {
    Some(match word {
        "jr" | "junior" | "jun" | "jnr" => 2,
        "senior" | "snr" | "sen" => 1,
        "ii" | "2nd" => 2,
        "iii" | "3rd" => 3,
        "iv" | "4th" => 4,
        _ => return None,
    })
}

fn is_ordinal(word: &str) -> bool {
    word.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

fn is_name_word(word: &str) -> bool {
    !is_ordinal(word) && !TITLES.contains(&word) && generation(word).is_none()
}

/// What the text of a column says of a name.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) words: Vec<String>,
    /// The generation that it tells, as in `Jr`.
    pub(crate) generation: Option<u8>,
    folded: String,
}

impl Said {
    /// Reads a text; `is_first` unless another column of the record said something. `false`: nothing is known.
    pub(crate) fn read(&mut self, text: &str, is_first: bool) -> bool {
        let Self {
            words: found,
            generation: told,
            folded,
        } = self;
        found.clear();
        *told = None;
        folded.clear();
        fold(text, folded);
        if is_null(folded) {
            return false;
        }
        // "Lee, Ann" is "Ann Lee".
        let mut parts = folded.splitn(2, ',');
        let (first, second) = (parts.next().unwrap_or_default(), parts.next());
        let is_turned = second.is_some_and(|given| {
            words(given).next().is_some_and(|w| is_name_word(&w)) && words(first).count() <= 3
        });
        let mut add = |text: &str| {
            let words: Vec<_> = words(text).collect();
            for (place, word) in words.iter().enumerate() {
                let before = place.checked_sub(1).and_then(|place| words.get(place));
                let is_rank = RANKS.contains(&word.as_ref())
                    && (before.is_some_and(|before| is_ordinal(before))
                        || words.get(place + 1).is_some_and(|after| after == "of"));
                // `Sr` is a senior behind a name and a señor before one.
                let is_last = place > 0 && place + 1 == words.len();
                // A column of its own may have it.
                let is_apart = words.len() == 1 && !is_first;
                let generation = match word.as_ref() {
                    "sr" | "i" if is_last || is_apart => Some(1),
                    word if place > 0 || is_apart => generation(word),
                    _ => None,
                };
                *told = generation.or(*told);
                if !is_rank && is_name_word(word) {
                    found.push(word.to_string());
                }
            }
        };
        match second {
            Some(given) if is_turned => {
                add(given);
                add(first);
            }
            _ => add(folded),
        }
        true
    }
}

/// The words of a record's names, by their numbers: each once, those of the column with most words first, so that a full name beside its
/// parts adds nothing.
#[derive(Default)]
pub(crate) struct Bag {
    columns: Vec<Vec<u32>>,
    used: usize,
    bag: Vec<u32>,
    /// The generation that the names tell; 0: none.
    pub(crate) generation: u8,
}

impl Bag {
    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.generation = 0;
    }

    /// Whether no column said anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Adds what a column says.
    pub(crate) fn column(&mut self, words: &[u32], generation: Option<u8>) {
        if self.columns.len() == self.used {
            self.columns.push(Vec::new());
        }
        let column = &mut self.columns[self.used];
        self.used += 1;
        column.clear();
        column.extend_from_slice(words);
        self.generation = generation.unwrap_or(self.generation);
    }

    /// The words of all columns.
    pub(crate) fn words(&mut self) -> &[u32] {
        self.bag.clear();
        let columns = &mut self.columns[..self.used];
        if columns.iter().any(|column| column.len() > 2) {
            columns.sort_by_key(|column| std::cmp::Reverse(column.len()));
        }
        for word in columns.iter().flatten() {
            if self.bag.len() < MAX_WORDS && !self.bag.contains(word) {
                self.bag.push(*word);
            }
        }
        &self.bag
    }
}

/// Least similarity of two known given names one of which may be a slip of the other.
const SAME_GIVEN_NAME: f64 = 0.92;

/// The level at which two different words of names agree.
pub(crate) fn word_level(a: &Text<'_>, b: &Text<'_>) -> u8 {
    let (x, y) = (a.bytes, b.bytes);
    let (short, long) = if x.len() <= y.len() { (x, y) } else { (y, x) };
    let (given, other_given) = (a.sketch.parts as u32, b.sketch.parts as u32);
    if given != 0 && other_given != 0 {
        let may_be = may_be_nicknames(a.sketch.parts, b.sketch.parts);
        if may_be && are_nicknames(given, other_given) {
            return 4;
        }
        // `Mark` is no slip of `Mary`.
        if jaro_winkler(x, y) < SAME_GIVEN_NAME {
            return 0;
        }
    }
    let near = a.edits(b, 2);
    match near {
        Some(0 | 1) if short.len() >= 4 => return 3,
        Some(2) if short.len() >= 8 => return 3,
        _ => {}
    }
    let is_beginning =
        long.starts_with(short) && (short.len() == 1 || long.len() - short.len() >= 2);
    let is_close = near == Some(2) && short.len() >= 5 && jaro_winkler(x, y) >= 0.9;
    let is_short_slip = near == Some(1) && short.len() == 3;
    match is_beginning || is_close || is_short_slip {
        true => 2,
        false => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    /// The words of a record's names, and the generation that they tell.
    fn bag(columns: &[&str]) -> (String, u8) {
        let (mut bag, mut said) = (Bag::default(), Said::default());
        let mut known: Vec<String> = Vec::new();
        // Of the record before.
        bag.column(&[7], Some(3));
        bag.clear();
        for column in columns {
            if said.read(column, bag.is_empty()) {
                let numbers = said.words.iter().map(|word| {
                    known.push(word.clone());
                    let place = known.iter().position(|other| other == word);
                    place.expect("known by now") as u32
                });
                bag.column(&numbers.collect::<Vec<u32>>(), said.generation);
            }
        }
        let words = bag.words().iter();
        let words: Vec<&str> = words.map(|word| known[*word as usize].as_str()).collect();
        (words.join(" "), bag.generation)
    }

    #[test]
    fn bags_of_names() {
        for (columns, expected) in [
            (
                &[
                    "thomas clifford, 1st baron clifford of chudleigh",
                    "thomas chudleigh",
                    "thomas",
                    "chudleigh",
                ][..],
                "thomas clifford chudleigh",
            ),
            (&["Lee, Ann"], "ann lee"),
            (&["Ann", "Lee"], "ann lee"),
            (&["Sir Robert Smith Jr."], "robert smith"),
            (&["sir", "baronet"], ""),
            (&["O'Neil", "Anna-Maria"], "oneil anna maria"),
            (&["Dr. José Müller"], "jose muller"),
        ] {
            assert_eq!(bag(columns).0, expected);
        }
    }

    #[test]
    fn a_record_without_a_name_has_not_the_name_of_the_one_before() {
        let mut bag = Bag::default();
        bag.column(&[3, 5], None);
        assert_eq!(bag.words(), [3, 5]);
        bag.clear();
        assert!(bag.words().is_empty() && bag.is_empty());
        assert!(!Said::default().read("n/a", true));
    }

    #[test]
    fn generations_of_names() {
        for (columns, expected) in [
            (&["Robert Smith"][..], 0),
            (&["Robert Smith I"], 1),
            (&["Robert Smith II"], 2),
            (&["Robert Smith Jr."], 2),
            (&["Robert", "Smith", "Sr"], 1),
            (&["Robert", "Smith", "III"], 3),
            (&["Sr. Robert Smith"], 0),
            (&["Robert I. Smith"], 0),
        ] {
            assert_eq!(bag(columns).1, expected, "{columns:?}");
        }
    }

    #[test]
    fn levels_of_words() {
        for (a, b, level) in [
            ("robert", "bob", 4),
            ("mark", "susan", 0),
            ("mark", "mary", 0),
            ("maria", "marie", 3),
            ("smith", "smyth", 3),
            ("smith", "smiht", 3),
            ("r", "robert", 2),
            ("rob", "robertson", 2),
            ("ann", "anna", 4),
            ("ann", "jim", 0),
            ("ann", "amn", 2),
            ("johansson", "johanson", 3),
            ("miller", "milner", 3),
            ("li", "lu", 1),
        ] {
            let (x, y) = (Text::new(Kind::Name, a), Text::new(Kind::Name, b));
            assert_eq!(word_level(&x, &y), level, "{a} {b}");
            assert_eq!(word_level(&y, &x), level, "{b} {a}");
        }
    }
}
