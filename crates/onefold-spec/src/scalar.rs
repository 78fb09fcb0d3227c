//! Scalars that are more than text: lengths of time, sizes, limits, counts.

use std::sync::Arc;

use onefold_values::Currency;
use onefold_values::money::currency_of;

use crate::model::{Delimiter, Header, Limit, Quote};

/// Text that is not what it should be. It never holds the text itself, which may be a secret: say that, then this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct InvalidScalar {
    problem: Arc<str>,
    hint: Option<Arc<str>>,
}

impl InvalidScalar {
    pub(crate) fn new(problem: impl Into<Arc<str>>) -> Self {
        Self {
            problem: problem.into(),
            hint: None,
        }
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Arc<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What to write instead.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

/// A currency by its code in ISO 4217; `any` is `None`.
///
/// # Errors
/// Where there is no such code.
pub(crate) fn currency(text: &str) -> Result<Option<Currency>, InvalidScalar> {
    if text == "any" {
        return Ok(None);
    }
    if let Some(currency) = Currency::of_code(text) {
        return Ok(Some(currency));
    }
    let mut code = String::new();
    let invalid = InvalidScalar::new("not a code of ISO 4217");
    Err(match currency_of(text, &mut code) {
        Ok(()) => invalid.with_hint(format!("did you mean `{code}`?")),
        Err(_) => invalid.with_hint("write its three capitals, such as `EUR`"),
    })
}

/// Units of time, longest first, with their length in microseconds.
const TIME_UNITS: &[(&str, i64)] = &[
    ("w", 604_800_000_000),
    ("d", 86_400_000_000),
    ("h", 3_600_000_000),
    ("m", 60_000_000),
    ("s", 1_000_000),
    ("ms", 1_000),
    ("us", 1),
];

/// A length of time in microseconds: whole numbers with a unit, longest unit first, each at most once (`30m`, `1h30m`, `90s`,
/// `250ms`, `7d`, `2w`). `none` is `None`.
///
/// # Errors
/// Where the text is not such a length, or it is longer than 292,000 years.
pub fn duration_micros(text: &str) -> Result<Option<i64>, InvalidScalar> {
    if text == "none" {
        return Ok(None);
    }
    let wrong = || {
        InvalidScalar::new("not a length of time")
            .with_hint("write it as `90s`, `30m`, `1h30m`, `7d`, or `none`")
    };
    let mut rest = text.trim();
    let mut total = 0_i64;
    let mut units = TIME_UNITS;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let (digits, tail) = split_while(rest, |c| c.is_ascii_digit());
        let (unit, tail) = split_while(tail, |c| c.is_ascii_alphabetic());
        if unit.is_empty() && !digits.is_empty() && tail.is_empty() {
            return Err(InvalidScalar::new("a length of time without a unit")
                .with_hint("write it as `90s`, `30m` or `1h30m`"));
        }
        let place = units
            .iter()
            .position(|(name, _)| *name == unit)
            .ok_or_else(wrong)?;
        let (_, micros) = units.get(place).ok_or_else(wrong)?;
        units = units.get(place + 1..).unwrap_or_default();
        if digits.is_empty() {
            return Err(wrong());
        }
        total = digits
            .parse::<i64>()
            .ok()
            .and_then(|number| number.checked_mul(*micros))
            .and_then(|length| total.checked_add(length))
            .ok_or_else(|| InvalidScalar::new("too long a time"))?;
        rest = tail.trim_start();
    }
    Ok(Some(total))
}

/// Units of size, with their number of bytes.
const SIZE_UNITS: &[(&str, u64)] = &[
    ("", 1),
    ("b", 1),
    ("k", 1_000),
    ("kb", 1_000),
    ("kib", 1 << 10),
    ("m", 1_000_000),
    ("mb", 1_000_000),
    ("mib", 1 << 20),
    ("g", 1_000_000_000),
    ("gb", 1_000_000_000),
    ("gib", 1 << 30),
    ("t", 1_000_000_000_000),
    ("tb", 1_000_000_000_000),
    ("tib", 1 << 40),
];

/// A size in bytes: `512MiB`, `2GB`, `1.5g`, `4096`. `KB` is 1,000 bytes and `KiB` 1,024; case does not matter.
///
/// # Errors
/// Where the text is not such a size, or it does not fit 64 bits.
pub fn size_bytes(text: &str) -> Result<u64, InvalidScalar> {
    let wrong = || {
        InvalidScalar::new("not a size")
            .with_hint("write it as `512MiB`, `2GB`, or a number of bytes")
    };
    let (number, unit) = split_while(text.trim(), |c| c.is_ascii_digit() || c == '.');
    let unit = unit.trim().to_ascii_lowercase();
    let (_, factor) = SIZE_UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(wrong)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    // Whole numbers all the way: floating point would round a large size.
    if whole.is_empty() || fraction.len() > 9 || number.ends_with('.') || fraction.contains('.') {
        return Err(wrong());
    }
    let whole = whole.parse::<u128>().map_err(|_| wrong())?;
    let scale = 10_u128.pow(fraction.len() as u32);
    let fraction = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<u128>().map_err(|_| wrong())?
    };
    let bytes = whole
        .checked_mul(u128::from(*factor))
        .and_then(|bytes| bytes.checked_add(fraction * u128::from(*factor) / scale));
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .ok_or_else(|| InvalidScalar::new("too large a size"))
}

/// A number of records, or a share of them in percent (`1%`, `0.5%`).
pub(crate) fn limit(text: &str) -> Result<Limit, InvalidScalar> {
    let wrong = || {
        InvalidScalar::new("not a limit")
            .with_hint("write a share such as `1%`, or a number of records")
    };
    if let Some(percent) = text.strip_suffix('%') {
        let percent = percent.trim_end();
        let is_number = percent.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        return match percent.parse::<f64>() {
            Ok(number) if is_number && number <= 100.0 => Ok(Limit::Share(number / 100.0)),
            Ok(_) if is_number => Err(InvalidScalar::new("more than `100%`")),
            _ => Err(wrong()),
        };
    }
    if text.contains('.') && text.parse::<f64>().is_ok() {
        return Err(InvalidScalar::new("not a whole number of records")
            .with_hint("write a share in percent, such as `1%`"));
    }
    count(text, 0, u64::MAX)
        .map(Limit::Count)
        .map_err(|_| wrong())
}

/// A share in percent, from 0 to 1.
pub(crate) fn share(text: &str) -> Result<f64, InvalidScalar> {
    match limit(text) {
        Ok(Limit::Share(share)) => Ok(share),
        _ => Err(InvalidScalar::new("not a share").with_hint("write one such as `20%`")),
    }
}

/// A whole number from `min` to `max`.
pub(crate) fn count(text: &str, min: u64, max: u64) -> Result<u64, InvalidScalar> {
    let number = if text.bytes().all(|b| b.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    };
    number
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| {
            InvalidScalar::new(match (min, max) {
                (0, u64::MAX) => "not a whole number".to_owned(),
                (_, u64::MAX) => format!("not a whole number from {min}"),
                _ => format!("not a whole number from {min} to {max}"),
            })
        })
}

/// A whole number from 1, or `off`: the greatest number there is.
pub(crate) fn cap(text: &str) -> Result<u64, InvalidScalar> {
    if text == "off" {
        return Ok(u64::MAX);
    }
    count(text, 1, u64::MAX)
        .map_err(|_| InvalidScalar::new("neither a whole number from 1 nor `off`"))
}

/// `true` or `false`.
pub(crate) fn flag(text: &str) -> Result<bool, InvalidScalar> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => {
            let invalid = InvalidScalar::new("neither `true` nor `false`");
            Err(match text.to_ascii_lowercase().as_str() {
                "yes" | "y" | "on" | "1" => invalid.with_hint("did you mean `true`?"),
                "no" | "n" | "off" | "0" => invalid.with_hint("did you mean `false`?"),
                _ => invalid,
            })
        }
    }
}

/// One ASCII character, or `tab`.
pub(crate) fn delimiter(text: &str) -> Result<u8, InvalidScalar> {
    let byte = match text.as_bytes() {
        b"tab" | b"\\t" => b'\t',
        [byte] => *byte,
        _ => {
            return Err(InvalidScalar::new("not a delimiter")
                .with_hint("write one ASCII character in quotes, or `tab`"));
        }
    };
    match byte {
        b'"' | b'\r' | b'\n' | 0 => Err(InvalidScalar::new(
            "not a delimiter: it has a meaning of its own in delimited text",
        )),
        _ if byte.is_ascii_alphanumeric() => Err(InvalidScalar::new(
            "not a delimiter: values hold letters and digits",
        )),
        _ => Ok(byte),
    }
}

/// A delimiter, one with a space behind it where spaces after it do not belong to the field, or `auto`.
pub(crate) fn separator(text: &str) -> Result<Option<Delimiter>, InvalidScalar> {
    let spaced = text.strip_suffix(' ').filter(|rest| !rest.is_empty());
    match (text, spaced) {
        ("auto", _) => Ok(None),
        (_, Some(rest)) => delimiter(rest).map(|byte| Some(Delimiter { byte, spaces: true })),
        _ => delimiter(text).map(|byte| Some(Delimiter::plain(byte))),
    }
}

/// One ASCII character that is not a letter, a digit, a space or a line end.
pub(crate) fn character(text: &str) -> Result<u8, InvalidScalar> {
    match text.as_bytes() {
        [byte] if byte.is_ascii_punctuation() => Ok(*byte),
        _ => Err(InvalidScalar::new("not a character for this")
            .with_hint("write one ASCII punctuation character in quotes, such as `\"#\"`")),
    }
}

/// A character, `none`, or `auto`.
pub(crate) fn quote(text: &str) -> Result<Option<Quote>, InvalidScalar> {
    match text {
        "auto" => Ok(None),
        "none" => Ok(Some(Quote::None)),
        _ => character(text).map(|byte| Some(Quote::Character(byte))),
    }
}

/// `true`, `false`, or how many records the header has.
pub(crate) fn header(text: &str) -> Result<Header, InvalidScalar> {
    match text.parse::<u8>() {
        Ok(rows @ 1..=9) => Ok(Header::Rows(rows)),
        Ok(0) => Ok(Header::None),
        Ok(_) => Err(InvalidScalar::new("too many rows for a header").with_hint("at most 9")),
        Err(_) => flag(text).map(|given| match given {
            true => Header::Rows(1),
            false => Header::None,
        }),
    }
}

/// The name of an environment variable.
pub(crate) fn variable(text: &str) -> Result<&str, InvalidScalar> {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Ok(text);
    }
    Err(
        InvalidScalar::new("not the name of an environment variable")
            .with_hint("names have letters, digits and `_`, without `$`"),
    )
}

/// Most characters of the name of a sheet, as UTF-16 counts them.
pub(crate) const SHEET_NAME: usize = 31;

/// Characters that the name of a sheet may not have.
pub(crate) const NOT_IN_SHEETS: &[char] = &['*', '?', ':', '[', ']', '\\', '/'];

/// The name of a sheet of a workbook, by the rules of Excel.
pub(crate) fn sheet(text: &str) -> Result<&str, InvalidScalar> {
    let invalid = |why: &str| Err(InvalidScalar::new(format!("no name for a sheet: {why}")));
    if text.encode_utf16().count() > SHEET_NAME {
        return invalid("it has more than 31 characters");
    }
    if text.contains(NOT_IN_SHEETS) || text.contains(char::is_control) {
        return invalid("Excel allows none of `*?:[]\\/` in it");
    }
    if text.starts_with('\'') || text.ends_with('\'') {
        return invalid("Excel allows no apostrophe at its ends");
    }
    if text.eq_ignore_ascii_case(RESERVED_SHEET) {
        return invalid("Excel keeps it for itself");
    }
    Ok(text)
}

/// A name that Excel gives to a sheet of its own.
pub(crate) const RESERVED_SHEET: &str = "History";

/// Words of other programs, and the word here that means the same.
const MEANINGS: &[(&str, &str)] = &[
    ("after", "forward"),
    ("any", "first"),
    ("before", "backward"),
    ("closest", "nearest"),
    ("complete", "most_complete"),
    ("day", "day_first"),
    ("dayfirst", "day_first"),
    ("delete", "reject"),
    ("discard", "reject"),
    ("dmy", "day_first"),
    ("drop", "reject"),
    ("error", "fail"),
    ("excel", "xlsx"),
    ("international", "e164"),
    ("left_outer", "left"),
    ("mdy", "month_first"),
    ("monthfirst", "month_first"),
    ("most_recent", "latest"),
    ("ndjson", "jsonl"),
    ("newest", "latest"),
    ("none", "null"),
    ("oldest", "earliest"),
    ("outer", "full"),
    ("recent", "latest"),
    ("stop", "fail"),
    ("text", "csv"),
    ("tsv", "csv"),
];

/// The word that means what `text` means elsewhere; whether a key takes it, the caller looks up.
pub(crate) fn meaning(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let found = MEANINGS.iter().find(|(other, _)| *other == text);
    found.map(|(_, word)| *word)
}

fn split_while(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !belongs(c)).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let cases = [
            ("30m", Some(Some(1_800_000_000))),
            ("1h", Some(Some(3_600_000_000))),
            ("1h30m", Some(Some(5_400_000_000))),
            ("1h 30m", Some(Some(5_400_000_000))),
            ("90s", Some(Some(90_000_000))),
            ("250ms", Some(Some(250_000))),
            ("1w2d", Some(Some(777_600_000_000))),
            ("0s", Some(Some(0))),
            ("none", Some(None)),
            ("30", None),
            ("", None),
            ("m", None),
            ("-5m", None),
            ("1.5h", None),
            ("30m1h", None),
            ("1m1m", None),
            ("5 m", None),
            ("99999999999999w", None),
            ("１m", None),
        ];
        for (text, expected) in cases {
            assert_eq!(duration_micros(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn sizes() {
        let cases = [
            ("4096", Some(4096)),
            ("512MiB", Some(512 << 20)),
            ("2GB", Some(2_000_000_000)),
            ("1.5g", Some(1_500_000_000)),
            ("0.5 KiB", Some(512)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("99999999999TiB", None),
            ("1.", None),
            (".5G", None),
            ("1.2.3", None),
            ("GB", None),
            ("-1", None),
            ("1 XB", None),
        ];
        for (text, expected) in cases {
            assert_eq!(size_bytes(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn limits() {
        let cases = [
            ("1%", Some(Limit::Share(0.01))),
            ("0.5 %", Some(Limit::Share(0.005))),
            ("100%", Some(Limit::Share(1.0))),
            ("0", Some(Limit::Count(0))),
            ("250", Some(Limit::Count(250))),
            ("101%", None),
            ("0.01", None),
            ("-1%", None),
            ("inf%", None),
            ("%", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(limit(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn small_scalars() {
        assert_eq!(count("007", 0, 10).ok(), Some(7));
        assert_eq!(count("", 0, 10).ok(), None);
        assert_eq!(count("+1", 0, 10).ok(), None);
        assert_eq!(count("11", 0, 10).ok(), None);
        assert_eq!(cap("off").ok(), Some(u64::MAX));
        assert_eq!(cap("0").ok(), None);
        assert_eq!(flag("yes").ok(), None);
        assert_eq!(delimiter("tab").ok(), Some(b'\t'));
        assert_eq!(delimiter("|").ok(), Some(b'|'));
        assert_eq!(delimiter(" ").ok(), Some(b' '));
        let spaced = Delimiter {
            byte: b',',
            spaces: true,
        };
        assert_eq!(separator(", ").ok(), Some(Some(spaced)));
        assert_eq!(separator(" ").ok(), Some(Some(Delimiter::plain(b' '))));
        assert_eq!(separator("auto").ok(), Some(None));
        for text in ["\"", "\n", "a", "||", "", "é"] {
            assert_eq!(delimiter(text).ok(), None, "{text:?}");
        }
        assert!(
            variable("A_1").is_ok()
                && variable("1A").is_err()
                && variable("").is_err()
                && variable("$A").is_err()
        );
    }
}
