//! Truth values.

use crate::invalid::Invalid;
use crate::text::trim;

/// Which words are truth values: those that are declared, or the usual ones where none are.
#[derive(Debug, Clone, Default)]
pub struct BooleanRules {
    /// Trimmed, in lower case, none empty.
    words: Box<[(Box<str>, bool)]>,
}

impl BooleanRules {
    /// Words for true and for false; case and outer white space do not matter. A word that is among both is true.
    pub fn new(true_words: &[String], false_words: &[String]) -> Self {
        let folded = |words: &[String], truth: bool| -> Vec<(Box<str>, bool)> {
            let words = words.iter().map(|word| fold(word));
            let words = words.filter(|word| !word.is_empty());
            words.map(|word| (word.into(), truth)).collect()
        };
        let mut words = folded(true_words, true);
        words.extend(folded(false_words, false));
        Self {
            words: words.into(),
        }
    }

    /// Whether words are declared, which then are the only ones.
    pub fn has_words(&self) -> bool {
        !self.words.is_empty()
    }

    /// What a declared word stands for.
    pub fn declared(&self, value: &str) -> Option<bool> {
        let value = trim(value);
        let same = |word: &str| match value.is_ascii() {
            true => word.eq_ignore_ascii_case(value),
            false => word == fold(value),
        };
        let found = self.words.iter().find(|(word, _)| same(word));
        found.map(|(_, truth)| *truth)
    }

    /// Reads a declared word, or as [`parse`] where none are.
    ///
    /// # Errors
    /// [`Invalid::Boolean`] for every other text.
    #[inline]
    pub fn parse(&self, value: &str) -> Result<bool, Invalid> {
        match self.has_words() {
            true => self.declared(value).ok_or(Invalid::Boolean),
            false => parse(value),
        }
    }

    /// Reads a truth value that does not come from the column itself: a declared word, or a usual one.
    ///
    /// # Errors
    /// [`Invalid::Boolean`] for every other text.
    pub fn parse_standard(&self, value: &str) -> Result<bool, Invalid> {
        self.declared(value).map_or_else(|| parse(value), Ok)
    }
}

/// A word as words are compared: without outer white space, in lower case.
pub fn fold(word: &str) -> String {
    trim(word).to_lowercase()
}

/// Reads `true`/`false`, `yes`/`no`, `y`/`n`, `t`/`f`, `1`/`0`; ASCII case does not matter.
///
/// # Errors
/// [`Invalid::Boolean`] for every other text.
pub fn parse(value: &str) -> Result<bool, Invalid> {
    const TRUE: [&str; 5] = ["true", "1", "t", "y", "yes"];
    const FALSE: [&str; 5] = ["false", "0", "f", "n", "no"];
    let value = trim(value);
    if TRUE.iter().any(|t| t.eq_ignore_ascii_case(value)) {
        Ok(true)
    } else if FALSE.iter().any(|f| f.eq_ignore_ascii_case(value)) {
        Ok(false)
    } else {
        Err(Invalid::Boolean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules(true_words: &[&str], false_words: &[&str]) -> BooleanRules {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let (true_words, false_words): (Vec<_>, Vec<_>) = (owned(true_words), owned(false_words));
        BooleanRules::new(&true_words, &false_words)
    }

    #[test]
    fn declared_words_are_the_only_ones() {
        let rules = rules(&["ja", " Oui ", "ОК", "1"], &["nein", "0", "nej"]);
        for value in ["ja", "JA", " Ja", "oui", "ок", "1"] {
            assert_eq!(rules.parse(value), Ok(true), "{value:?}");
        }
        for value in ["nein", "NEJ", "0\u{a0}"] {
            assert_eq!(rules.parse(value), Ok(false), "{value:?}");
        }
        for value in ["", "true", "yes", "f", "jaja", "2"] {
            assert_eq!(rules.parse(value), Err(Invalid::Boolean), "{value:?}");
        }
        assert_eq!(rules.parse_standard("true"), Ok(true));
        assert_eq!(rules.parse_standard("nein"), Ok(false));
    }

    #[test]
    fn a_declared_word_means_what_is_declared() {
        let rules = rules(&["0"], &["1", "-"]);
        assert_eq!(rules.parse("0"), Ok(true));
        assert_eq!(rules.parse_standard("1"), Ok(false));
        assert_eq!(rules.declared("-"), Some(false));
    }

    proptest! {
        #[test]
        fn case_and_outer_space_do_not_matter(word in "[a-zäöüßéа-я]{1,6}", before in "[ \u{a0}]{0,2}", capitals: bool) {
            // A letter whose capital is two is another word in capitals.
            prop_assume!(word.to_uppercase().to_lowercase() == word);
            let rules = rules(&[&word], &["~"]);
            let typed = if capitals { word.to_uppercase() } else { word };
            prop_assert_eq!(rules.parse(&format!("{before}{typed}")), Ok(true));
        }

        #[test]
        fn without_words_the_usual_ones_are_read(value in "[ tTrRuUeE01yYnNoOfFaAlLsS]{0,6}") {
            prop_assert_eq!(BooleanRules::default().parse(&value), parse(&value));
        }
    }

    #[test]
    fn reads() {
        for value in ["true", "TRUE", " Yes ", "y", "T", "1"] {
            assert_eq!(parse(value), Ok(true), "{value:?}");
        }
        for value in ["false", "False", "no", "N", "f", "0"] {
            assert_eq!(parse(value), Ok(false), "{value:?}");
        }
        for value in ["", "2", "on", "ja", "truee", "1.0", "-", "tru"] {
            assert_eq!(parse(value), Err(Invalid::Boolean), "{value:?}");
        }
    }
}
