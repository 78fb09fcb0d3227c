//! Texts that a spreadsheet would take as a formula, and the apostrophe that keeps it from that.
//!
//! A person who opens a delimited text in a spreadsheet runs what its cells say: `=HYPERLINK(...)` sends their data away. Signs and
//! advice are those of OWASP, *CSV Injection*; the full-width signs are what some spreadsheets read as the ASCII ones.

/// Put in front of a text. A text that begins with it gets one more: who takes one away from each that begins with it has all texts back.
pub(super) const GUARD: u8 = b'\'';

/// Whether a text needs the guard: a spreadsheet may read it as a formula, or it begins with a guard itself.
#[inline]
pub(super) fn needs_guard(text: &[u8]) -> bool {
    match text.first() {
        None => false,
        // Nearly all texts begin with a letter or a digit, which nobody takes for anything else.
        Some(first) if first.is_ascii_alphanumeric() => false,
        Some(&(GUARD | b'\t' | b'\r' | b'\n')) => true,
        Some(_) => is_formula(&String::from_utf8_lossy(text)),
    }
}

/// What a text begins with once blanks and invisible characters are passed over.
#[cold]
fn is_formula(text: &str) -> bool {
    let text = text.trim_start_matches(is_passed_over);
    let mut rest = text.chars();
    match rest.next() {
        Some('=' | '@' | '＝' | '＠' | '﹦' | '﹫') => true,
        Some('+' | '-' | '＋' | '－' | '﹢' | '﹣') => !rest.all(is_of_a_number),
        _ => false,
    }
}

/// What follows the sign of a number, or of a telephone number. There is nothing to be computed without a second sign or a letter.
fn is_of_a_number(char: char) -> bool {
    char.is_ascii_digit() || matches!(char, ' ' | '\u{a0}' | '.' | ',' | '(' | ')')
}

fn is_passed_over(char: char) -> bool {
    char.is_whitespace()
        || char.is_control()
        || matches!(char, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded() {
        for text in [
            "=1+1",
            "=cmd|' /C calc'!A0",
            "+1+1",
            "-1+1",
            "+A1",
            "-2-3",
            "+44-20-7946-0000",
            "--1",
            "@SUM(1+1)",
            "@",
            "\t=1+1",
            "\tname",
            "\rname",
            "\n=1+1",
            "＝1+1",
            "＋A1",
            "－A1",
            "＠SUM(1)",
            "﹦1",
            " =1+1",
            "\u{a0}\u{3000}=1+1",
            "\u{feff}=1+1",
            "\u{200b}@x",
            "\u{1}=1",
            "'=1+1",
            "'",
            "-1e5",
        ] {
            assert!(needs_guard(text.as_bytes()), "{text:?}");
        }
    }

    #[test]
    fn all_other_texts_stay() {
        for text in [
            "",
            "Ann",
            "1+1",
            "-",
            "+",
            "-5",
            "-5.25",
            "+1,234.50",
            "＋1",
            "+442079460000",
            "+44 20 7946 0000",
            "+1 (555) 555 0101",
            " -5",
            " Ann",
            "(555) 555-0101",
            "O'Hara",
            "a=1",
            "\"=1\"",
            "é=",
            "#x",
            "—",
            "[\"=1\"]",
        ] {
            assert!(!needs_guard(text.as_bytes()), "{text:?}");
        }
    }
}
