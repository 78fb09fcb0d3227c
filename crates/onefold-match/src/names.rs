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

/// The words of a record's names: each once, those of the column with most words first, so that a full name beside its parts adds nothing.
#[derive(Default)]
pub(crate) struct Bag {
    columns: Vec<Vec<String>>,
    used: usize,
    bag: Vec<String>,
    folded: String,
    generation: u8,
}

impl Bag {
    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.bag.clear();
        self.generation = 0;
    }

    /// The generation that the names tell, as in `Jr`; 0: none.
    pub(crate) fn generation(&self) -> u8 {
        self.generation
    }

    /// Adds the text of a column.
    pub(crate) fn column(&mut self, text: &str) {
        self.folded.clear();
        fold(text, &mut self.folded);
        if is_null(&self.folded) {
            return;
        }
        if self.columns.len() == self.used {
            self.columns.push(Vec::new());
        }
        let column = &mut self.columns[self.used];
        self.used += 1;
        column.clear();
        // "Lee, Ann" is "Ann Lee".
        let mut parts = self.folded.splitn(2, ',');
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
                let is_apart = words.len() == 1 && self.used > 1;
                let generation = match word.as_ref() {
                    "sr" | "i" if is_last || is_apart => Some(1),
                    word if place > 0 || is_apart => generation(word),
                    _ => None,
                };
                self.generation = generation.unwrap_or(self.generation);
                if !is_rank && is_name_word(word) {
                    column.push(word.to_string());
                }
            }
        };
        match second {
            Some(given) if is_turned => {
                add(given);
                add(first);
            }
            _ => add(&self.folded),
        }
        self.bag.clear();
    }

    /// The words of all columns.
    pub(crate) fn words(&mut self) -> &[String] {
        if !self.bag.is_empty() {
            return &self.bag;
        }
        let columns = &mut self.columns[..self.used];
        if columns.iter().any(|column| column.len() > 2) {
            columns.sort_by_key(|column| std::cmp::Reverse(column.len()));
        }
        for word in columns.iter().flatten() {
            if self.bag.len() < MAX_WORDS && !self.bag.contains(word) {
                self.bag.push(word.clone());
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

    fn bag(columns: &[&str]) -> Vec<String> {
        let mut bag = Bag::default();
        bag.clear();
        columns.iter().for_each(|column| bag.column(column));
        bag.words().to_vec()
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
            assert_eq!(bag(columns).join(" "), expected);
        }
    }

    #[test]
    fn a_record_without_a_name_has_not_the_name_of_the_one_before() {
        let mut bag = Bag::default();
        bag.column("Ann Lee");
        assert_eq!(bag.words().len(), 2);
        bag.clear();
        assert!(bag.words().is_empty());
        bag.column("n/a");
        assert!(bag.words().is_empty());
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
            let mut bag = Bag::default();
            columns.iter().for_each(|column| bag.column(column));
            assert_eq!(bag.generation(), expected, "{columns:?}");
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
