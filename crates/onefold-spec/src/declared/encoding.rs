//! Encodings: what people call them.

use encoding_rs::Encoding;

use super::names::folded;
use crate::scalar::InvalidScalar;

/// The encodings that are offered, by their labels.
const LABELS: &[&str] = &[
    "utf-8",
    "utf-16le",
    "utf-16be",
    "windows-1252",
    "windows-1250",
    "windows-1251",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "windows-874",
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-10",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "macintosh",
    "ibm866",
    "koi8-r",
    "koi8-u",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "euc-kr",
    "gbk",
    "gb18030",
    "big5",
];

/// What else they are called, folded.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("ansi", "windows-1252"),
    ("western", "windows-1252"),
    ("westerneuropean", "windows-1252"),
    ("windows", "windows-1252"),
    ("excel", "windows-1252"),
    ("win1250", "windows-1250"),
    ("win1251", "windows-1251"),
    ("win1252", "windows-1252"),
    ("latin", "iso-8859-1"),
    ("latin9", "iso-8859-15"),
    ("iso8859", "iso-8859-1"),
    ("utf", "utf-8"),
    ("utf8sig", "utf-8"),
    ("utf8bom", "utf-8"),
    ("utf8mb4", "utf-8"),
    ("utf8mb3", "utf-8"),
    ("ucs2", "utf-16le"),
    ("macroman", "macintosh"),
    ("mac", "macintosh"),
    ("cp932", "shift_jis"),
    ("cp936", "gbk"),
    ("cp949", "euc-kr"),
    ("cp950", "big5"),
];

/// A label of the WHATWG standard.
pub(crate) fn encoding(text: &str) -> Result<(), InvalidScalar> {
    if Encoding::for_label(text.as_bytes()).is_some() {
        return Ok(());
    }
    let invalid = InvalidScalar::new("not an encoding that is read");
    Err(match label(text) {
        Some(label) => invalid.with_hint(format!("did you mean `{label}`?")),
        None => invalid.with_hint(
            "write a WHATWG label such as `utf-8`, `windows-1252`, `utf-16le` or `shift_jis`",
        ),
    })
}

fn label(text: &str) -> Option<&'static str> {
    let text = folded(text);
    let other = OTHER_NAMES.iter().find(|(name, _)| *name == text);
    let ours = || {
        let labels = LABELS.iter().copied();
        // `cp-1252`, `windows_1252`
        let is = |label: &&str| {
            let label = folded(label);
            label == text
                || label.strip_prefix("windows") == text.strip_prefix("cp")
                    && text.starts_with("cp")
        };
        labels.clone().find(is)
    };
    other.map(|(_, label)| *label).or_else(ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_by_what_people_call_them() {
        for (text, expected) in [
            ("ansi", Some("windows-1252")),
            ("ANSI", Some("windows-1252")),
            ("windows_1252", Some("windows-1252")),
            ("CP-1252", Some("windows-1252")),
            ("UTF_8", Some("utf-8")),
            ("utf-8-sig", Some("utf-8")),
            ("iso 8859 15", Some("iso-8859-15")),
            ("utf-32", None),
            ("cp850", None),
            ("cp", None),
        ] {
            assert_eq!(label(text), expected, "{text}");
        }
    }

    #[test]
    fn every_label_that_is_offered_is_one() {
        for label in LABELS.iter().chain(OTHER_NAMES.iter().map(|(_, l)| l)) {
            assert!(encoding(label).is_ok(), "{label}");
        }
    }
}
