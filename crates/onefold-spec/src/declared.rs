//! Texts that a library judges: encodings, time zones, countries, formats of dates, regular expressions, patterns of files.
//!
//! Each rule says what the readers would say of the text once a run has begun. Where it is wrong, the hint is what the author most
//! likely meant, and is itself right.

mod encoding;
mod format;
mod names;
mod region;
mod timezone;

pub(crate) use encoding::encoding;
pub(crate) use format::format;
pub(crate) use region::region;
pub(crate) use timezone::timezone;

use crate::scalar::InvalidScalar;

/// A regular expression.
pub(crate) fn pattern(text: &str) -> Result<(), InvalidScalar> {
    let Err(error) = regex::Regex::new(text) else {
        return Ok(());
    };
    // What stands before is a drawing of the place.
    let said = error.to_string();
    let what = said.lines().rev().find_map(|l| l.strip_prefix("error: "));
    let what = what.unwrap_or(&said).to_owned();
    let invalid = InvalidScalar::new(format!("not a regular expression: {what}"));
    Err(match what.as_str() {
        what if what.contains("look-around") => invalid
            .with_hint("a condition under `checks` can say what must not be there: `NOT ...`"),
        what if what.contains("repetition operator missing") => {
            invalid.with_hint("it is not a file pattern: `.*` is any text, `\\*` the character")
        }
        _ => invalid.with_hint(
            "a character with a meaning of its own stands behind `\\` where it means itself: `\\(`",
        ),
    })
}

/// A pattern of file names.
pub(crate) fn glob(text: &str) -> Result<(), InvalidScalar> {
    match glob::Pattern::new(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(
            InvalidScalar::new(format!("not a file pattern: {}", error.msg)).with_hint(
                "`*` is any text, `**` any folders, `[0-9]` one such character, `[[]` a bracket",
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_and_globs() {
        assert!(pattern(r"^\d{5}$").is_ok());
        let of = |text| pattern(text).expect_err("an error").to_string();
        assert_eq!(of("(a"), "not a regular expression: unclosed group");
        assert!(of("*@x").contains("repetition operator missing"));
        assert!(of("(?!a)").contains("look-around"));
        assert!(glob("in/**/*.csv").is_ok());
        assert!(glob("a[").is_err() && glob("a***").is_err());
    }
}
