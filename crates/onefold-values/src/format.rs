//! Declared formats: the word `iso`, numbers since 1970, strptime patterns.

use std::error::Error;
use std::fmt;

use crate::epoch::{self, Unit};
use crate::moment::Moment;
use crate::pattern::Pattern;
use crate::time::WrittenTime;
use crate::usual::iso_date;
use crate::zone::UnknownTimezone;

/// A declared format that cannot read a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFormat {
    format: String,
    detail: String,
}

impl BadFormat {
    /// The format as declared.
    pub fn format(&self) -> &str {
        &self.format
    }

    /// What is wrong with it.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for BadFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bad date format `{}`: {}", self.format, self.detail)
    }
}

impl Error for BadFormat {}

/// Options by which no date can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadTimeRules {
    /// A declared format.
    Format(BadFormat),
    /// The declared time zone.
    Timezone(UnknownTimezone),
}

impl fmt::Display for BadTimeRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Format(error) => error.fmt(f),
            Self::Timezone(error) => error.fmt(f),
        }
    }
}

impl Error for BadTimeRules {}

impl From<BadFormat> for BadTimeRules {
    fn from(error: BadFormat) -> Self {
        Self::Format(error)
    }
}

impl From<UnknownTimezone> for BadTimeRules {
    fn from(error: UnknownTimezone) -> Self {
        Self::Timezone(error)
    }
}

/// One declared format.
#[derive(Debug, Clone)]
enum Format {
    Iso,
    Epoch(Unit),
    Pattern(Pattern),
}

/// Formats that are known to read dates, in the order in which they are tried.
#[derive(Debug, Clone)]
pub(crate) struct Formats(Box<[Format]>);

/// The formats that are words.
const WORDS: [(&str, Format); 5] = [
    ("iso", Format::Iso),
    ("epoch_s", Format::Epoch(Unit::Seconds)),
    ("epoch_ms", Format::Epoch(Unit::Milliseconds)),
    ("epoch_us", Format::Epoch(Unit::Microseconds)),
    ("epoch_ns", Format::Epoch(Unit::Nanoseconds)),
];

impl Formats {
    pub(crate) fn new(formats: &[String]) -> Result<Self, BadFormat> {
        let formats = formats.iter().map(|format| {
            Format::new(format).map_err(|detail| BadFormat {
                format: format.clone(),
                detail,
            })
        });
        Ok(Self(formats.collect::<Result<_, _>>()?))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a text in ISO 8601 is read as such, whatever else is declared.
    pub(crate) fn iso_is_first(&self) -> bool {
        matches!(*self.0, [] | [Format::Iso, ..])
    }

    /// What the first format that fits reads.
    pub(crate) fn read(&self, value: &str) -> Option<Moment> {
        self.0.iter().find_map(|format| match format {
            Format::Iso => {
                let (days, rest) = iso_date(value.as_bytes())?;
                Some(Moment::Written {
                    days,
                    time: WrittenTime::read(rest)?,
                    zone: None,
                })
            }
            Format::Epoch(unit) => epoch::micros(value, *unit).map(Moment::Instant),
            Format::Pattern(pattern) => pattern.read(value),
        })
    }
}

impl Format {
    fn new(text: &str) -> Result<Self, String> {
        if let Some((_, format)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(format.clone());
        }
        if !text.contains('%') {
            let words: Vec<String> = WORDS.iter().map(|(word, _)| format!("`{word}`")).collect();
            return Err(format!(
                "it is neither one of {} nor a pattern such as `%d.%m.%Y`",
                words.join(", ")
            ));
        }
        Pattern::new(text).map(Self::Pattern)
    }
}
