//! Declared formats: the word `iso`, numbers since 1970, serial dates of spreadsheets, strptime patterns.

use std::error::Error;
use std::fmt;

use crate::epoch::{self, Unit};
use crate::excel::{self, Serial, System};
use crate::moment::{Moment, Pivot};
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
    Excel(System),
    Pattern(Pattern),
}

/// Formats that are known to read dates, in the order in which they are tried.
#[derive(Debug, Clone)]
pub(crate) struct Formats {
    list: Box<[Format]>,
    pivot: Pivot,
}

/// The formats that are words.
const WORDS: [(&str, Format); 7] = [
    ("iso", Format::Iso),
    ("epoch_s", Format::Epoch(Unit::Seconds)),
    ("epoch_ms", Format::Epoch(Unit::Milliseconds)),
    ("epoch_us", Format::Epoch(Unit::Microseconds)),
    ("epoch_ns", Format::Epoch(Unit::Nanoseconds)),
    ("excel", Format::Excel(System::From1900)),
    ("excel1904", Format::Excel(System::From1904)),
];

impl Formats {
    pub(crate) fn new(formats: &[String]) -> Result<Self, BadFormat> {
        let mut list: Vec<Format> = Vec::with_capacity(formats.len());
        for (number, text) in formats.iter().enumerate() {
            let bad = |detail| BadFormat {
                format: text.clone(),
                detail,
            };
            let format = Format::new(text).map_err(bad)?;
            if let Some(before) = list.iter().position(|before| before.hides(&format)) {
                let before = formats.get(before..number).and_then(<[String]>::first);
                let before = before.map_or("", String::as_str);
                return Err(bad(format!(
                    "it never reads a value: `{before}` before it reads every number"
                )));
            }
            list.push(format);
        }
        Ok(Self {
            list: list.into(),
            pivot: Pivot::default(),
        })
    }

    /// The same formats with another century of years of two digits.
    pub(crate) fn with_pivot(self, pivot: Pivot) -> Self {
        Self { pivot, ..self }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Whether a text in ISO 8601 is read as such, whatever else is declared.
    pub(crate) fn iso_is_first(&self) -> bool {
        matches!(*self.list, [] | [Format::Iso, ..])
    }

    /// What the first format that fits reads. A number that is none of a day where serial dates are declared is not read as another number.
    pub(crate) fn read(&self, value: &str) -> Option<Moment> {
        for format in &self.list {
            let moment = match format {
                Format::Iso => iso(value),
                Format::Epoch(unit) => epoch::micros(value, *unit).map(Moment::Instant),
                Format::Excel(system) => match excel::read(value, *system) {
                    Some(Serial::Moment(days, time)) => Some(Moment::Written {
                        days,
                        time,
                        zone: None,
                    }),
                    Some(Serial::NoDay) => return None,
                    None => None,
                },
                Format::Pattern(pattern) => pattern.read(value, self.pivot),
            };
            if moment.is_some() {
                return moment;
            }
        }
        None
    }
}

fn iso(value: &str) -> Option<Moment> {
    let (days, rest) = iso_date(value.as_bytes())?;
    Some(Moment::Written {
        days,
        time: WrittenTime::read(rest)?,
        zone: None,
    })
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

    /// Whether it reads all that a later format could.
    fn hides(&self, later: &Self) -> bool {
        let reads_all_numbers = match self {
            Self::Epoch(_) => true,
            Self::Pattern(pattern) => pattern.is_seconds(),
            // A serial date ends with the year 9999: larger numbers are left to a later format.
            Self::Excel(_) => return matches!(later, Self::Excel(_)),
            Self::Iso => false,
        };
        reads_all_numbers && matches!(later, Self::Epoch(_) | Self::Excel(_))
    }
}
