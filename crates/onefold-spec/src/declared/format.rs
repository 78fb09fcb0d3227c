//! Formats of dates: what other programs write for the strptime pattern.

use onefold_values::{BadTimeRules, DateOrder, DateRules};

use super::names::folded;
use crate::scalar::InvalidScalar;

/// What the formats that are words are called elsewhere, folded.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("iso8601", "iso"),
    ("isodate", "iso"),
    ("rfc3339", "iso"),
    ("epoch", "epoch_s"),
    ("unix", "epoch_s"),
    ("unixtime", "epoch_s"),
    ("unixtimestamp", "epoch_s"),
    ("timestamp", "epoch_s"),
    ("seconds", "epoch_s"),
    ("epochseconds", "epoch_s"),
    ("unixms", "epoch_ms"),
    ("epochmillis", "epoch_ms"),
    ("milliseconds", "epoch_ms"),
    ("millis", "epoch_ms"),
    ("microseconds", "epoch_us"),
    ("nanoseconds", "epoch_ns"),
];

/// A format that reads a full date.
pub(crate) fn format(text: &str) -> Result<(), InvalidScalar> {
    let Err(detail) = judge(text) else {
        return Ok(());
    };
    let hint = match meant(text) {
        Some(format) => format!("did you mean `{format}`?"),
        None => "write a strptime pattern such as `%d.%m.%Y`, or `iso`, or `epoch_s`".to_owned(),
    };
    let problem = match text.contains('%') {
        true => format!("not a format of dates: {detail}"),
        false => "not a format of dates".to_owned(),
    };
    Err(InvalidScalar::new(problem).with_hint(hint))
}

fn judge(text: &str) -> Result<(), String> {
    match DateRules::new(DateOrder::Undeclared, &[text.to_owned()], None) {
        Ok(_) => Ok(()),
        Err(BadTimeRules::Format(bad)) => Err(bad.detail().to_owned()),
        Err(bad) => Err(bad.to_string()),
    }
}

fn meant(text: &str) -> Option<String> {
    let word = folded(text);
    if let Some((_, format)) = OTHER_NAMES.iter().find(|(name, _)| *name == word) {
        return Some((*format).to_owned());
    }
    if judge(&word).is_ok() {
        return Some(word);
    }
    let format = match text.contains('%') {
        // The commonest slip: minutes for months.
        true if !text.contains("%m") => text.replacen("%M", "%m", 1),
        true => return None,
        false => from_letters(text)?,
    };
    (judge(&format).is_ok() && format.contains('%')).then_some(format)
}

/// `dd.MM.yyyy HH:mm:ss` and the like, as Excel, Java, PHP and people write them, also in German, French and Spanish.
fn from_letters(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let in_german = lower.contains("tt") && lower.contains('j');
    let year_is_a = lower.contains("aa");
    let meridiem = !year_is_a && lower.contains('a') || lower.contains("tt") && !in_german;
    let mut out = String::new();
    let mut months = 0;
    let mut after_hours = false;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| c != first).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        let length = run.chars().count();
        let directive = match (first.to_ascii_lowercase(), length) {
            ('y', 2) => "%y",
            ('y', 1 | 4) | ('a', 4) => "%Y",
            ('j', 4) => "%Y",
            ('j', 2) if year_is_a || lower.contains('y') => "%d",
            ('j', 2) => "%y",
            ('j', 1) => "%d",
            ('m', 1 | 2) if after_hours || months > 0 => "%M",
            ('m' | 'n', 1 | 2) => "%m",
            ('m', 3) => "%b",
            ('m', _) => "%B",
            ('d', 1 | 2) => "%d",
            ('d', 3) => "%a",
            ('d', 4) => "%A",
            ('h', 1 | 2) if meridiem && first == 'h' => "%I",
            ('h', 1 | 2) => "%H",
            ('i', 1 | 2) => "%M",
            ('s', 1 | 2) => "%S",
            ('s', 3 | 6 | 9) | ('f', 3 | 6 | 9) => "%f",
            ('t', 2) if in_german => "%d",
            ('t', 2) => "%p",
            ('a', 1) => "%p",
            ('t', 1) if first == 'T' => "T",
            ('z' | 'x', _) => "%z",
            (letter, _) if letter.is_alphanumeric() => return None,
            ('%', _) => return None,
            ('\'', _) => continue,
            _ => {
                out += run;
                continue;
            }
        };
        months += usize::from(matches!(directive, "%m" | "%b" | "%B"));
        after_hours = matches!(directive, "%H" | "%I");
        out += directive;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_other_programs() {
        for (text, expected) in [
            ("dd.mm.yyyy", Some("%d.%m.%Y")),
            ("DD/MM/YYYY", Some("%d/%m/%Y")),
            ("YYYY-MM-DD", Some("%Y-%m-%d")),
            ("d/m/Y", Some("%d/%m/%Y")),
            ("d.n.Y H:i:s", Some("%d.%m.%Y %H:%M:%S")),
            ("dd.MM.yyyy HH:mm", Some("%d.%m.%Y %H:%M")),
            ("HH:mm dd.MM.yyyy", Some("%H:%M %d.%m.%Y")),
            ("yyyy-MM-dd'T'HH:mm:ss.SSS", Some("%Y-%m-%dT%H:%M:%S.%f")),
            ("MM/dd/yyyy hh:mm a", Some("%m/%d/%Y %I:%M %p")),
            ("dd-MMM-yyyy", Some("%d-%b-%Y")),
            ("TT.MM.JJJJ", Some("%d.%m.%Y")),
            ("jj/mm/aaaa", Some("%d/%m/%Y")),
            ("ISO", Some("iso")),
            ("ISO 8601", Some("iso")),
            ("unix", Some("epoch_s")),
            ("%Y-%M-%d", Some("%Y-%m-%d")),
            ("%q", None),
            ("whatever", None),
            ("", None),
        ] {
            assert_eq!(meant(text).as_deref(), expected, "{text}");
        }
        for (_, format) in OTHER_NAMES {
            assert!(judge(format).is_ok(), "{format}");
        }
    }
}
