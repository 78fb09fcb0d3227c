//! Texts as they are compared: ASCII letters in lower case, digits, and the few signs that tell something.

use any_ascii::any_ascii_char;

/// Words that stand where nothing is known. They are no evidence.
const NULLS: &[&str] = &[
    "",
    "-",
    "--",
    ".",
    "?",
    "n/a",
    "na",
    "nan",
    "nil",
    "none",
    "null",
    "unknown",
    "tbd",
    "test",
    "xxx",
    "not available",
];

/// Appends a text in lower case, without accents, in Latin letters, with single blanks between words and none around.
///
/// Letters of other scripts are written as they sound, sign by sign (`any_ascii`).
pub(crate) fn fold(text: &str, out: &mut String) {
    let start = out.len();
    if is_plain(text) {
        out.push_str(text);
        return out[start..].make_ascii_lowercase();
    }
    let mut blank = false;
    let mut push = |out: &mut String, c: char| {
        if c.is_ascii_whitespace() || c.is_ascii_control() {
            blank = true;
            return;
        }
        if blank && out.len() > start {
            out.push(' ');
        }
        blank = false;
        out.push(c.to_ascii_lowercase());
    };
    for c in text.chars() {
        if c.is_ascii() {
            push(out, c);
        } else if is_invisible(c) {
            continue;
        } else if c.is_whitespace() {
            push(out, ' ');
        } else {
            any_ascii_char(c).chars().for_each(|c| push(out, c));
        }
    }
}

/// Whether folding changes no more than the case of a text.
fn is_plain(text: &str) -> bool {
    let mut before = b' ';
    let is_kept = |sign: u8| {
        let is_first_blank = sign == b' ' && before != b' ';
        before = sign;
        sign.is_ascii_graphic() || is_first_blank
    };
    text.bytes().all(is_kept) && before != b' '
}

/// Signs that nobody sees: they part nothing and mean nothing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Whether a folded text says that nothing is known.
pub(crate) fn is_null(folded: &str) -> bool {
    NULLS.contains(&folded) || folded.bytes().all(|c| !c.is_ascii_alphanumeric())
}

/// The words of a folded text: runs of letters and digits. An apostrophe inside of a word is left out of it (`o'neil` is `oneil`).
pub(crate) fn words(folded: &str) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '\'';
    folded.split(move |c| !is_part(c)).filter_map(|word| {
        let word = word.trim_matches('\'');
        match word {
            "" => None,
            word if word.contains('\'') => Some(word.replace('\'', "").into()),
            word => Some(word.into()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A sign that nobody sees changes nothing, but makes the text none that is plain.
        #[test]
        fn plain_texts_are_folded_like_others(text in "[ -~\t\x7f]{0,6}") {
            let (mut short, mut long) = (String::new(), String::new());
            fold(&text, &mut short);
            fold(&format!("\u{200b}{text}"), &mut long);
            prop_assert_eq!(short, long);
        }
    }

    #[test]
    fn texts_are_folded() {
        for (text, expected) in [
            ("  Ann\u{200b}  Lee ", "ann lee"),
            ("Müller", "muller"),
            ("Straße", "strasse"),
            ("José", "jose"),
            ("Jose\u{301}", "jose"),
            ("Ольга", "ol'ga"),
            ("Ann\u{a0}Lee\n", "ann lee"),
        ] {
            let mut folded = String::new();
            fold(text, &mut folded);
            assert_eq!(folded, expected);
        }
    }

    #[test]
    fn words_of_texts() {
        let words: Vec<_> = words("o'neil-smith, 'st. john's'").collect();
        assert_eq!(words, ["oneil", "smith", "st", "johns"]);
    }
}
