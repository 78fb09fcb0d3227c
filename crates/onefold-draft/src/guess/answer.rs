//! What guessers are asked, and what they answer.

use onefold_values::DateOrder;

use crate::words::Role;

/// The type of a field, as far as drafting tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Float,
    Decimal,
    Boolean,
    Date,
    Timestamp,
    Uuid,
    Email,
    Phone,
    PersonName,
    Json,
}

/// A type, and how sure it is.
#[derive(Debug, Clone)]
pub(crate) struct Guess {
    pub(crate) kind: Kind,
    /// As the pipeline file writes it.
    pub(crate) name: String,
    /// Further options of the field, each with its value as it is written.
    pub(crate) options: Vec<(&'static str, String)>,
    /// Values that it reads.
    pub(crate) fits: usize,
    /// Values that there are.
    pub(crate) of: usize,
    /// What a person should know.
    pub(crate) note: Option<String>,
}

impl Guess {
    pub(super) fn new(kind: Kind, name: impl Into<String>, fits: usize, of: usize) -> Self {
        Self {
            kind,
            name: name.into(),
            options: Vec::new(),
            fits,
            of,
            note: None,
        }
    }

    pub(super) fn option(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.options.push((key, value.into()));
        self
    }

    pub(super) fn note(mut self, note: impl Into<String>) -> Self {
        let note = note.into();
        self.note = Some(match self.note {
            Some(before) => format!("{before}; {note}"),
            None => note,
        });
        self
    }
}

/// What a guesser makes of a column.
pub(crate) enum Answer {
    /// It is of this type, if enough of its values are.
    Is(Guess),
    /// It may be, and the values do not tell: it stays text, with this reason.
    Doubt(String),
    No,
}

/// A column as guessers see it.
pub(crate) struct Values<'a> {
    /// What its name hints at.
    pub(crate) role: Option<Role>,
    /// The words of its name.
    pub(crate) words: &'a [String],
    /// The values that are there, trimmed.
    pub(crate) texts: Vec<&'a str>,
    /// All values of the column were looked at.
    pub(crate) is_whole: bool,
}

impl Values<'_> {
    pub(super) fn count(&self, reads: impl Fn(&str) -> bool) -> usize {
        self.texts.iter().filter(|text| reads(text)).count()
    }

    pub(super) fn count_by(&self, mut reads: impl FnMut(&str) -> bool) -> usize {
        self.texts.iter().filter(|text| reads(text)).count()
    }

    pub(super) fn all(&self, reads: impl Fn(&str) -> bool) -> bool {
        self.texts.iter().all(|text| reads(text))
    }

    pub(super) fn any(&self, reads: impl Fn(&str) -> bool) -> bool {
        self.texts.iter().any(|text| reads(text))
    }
}

/// What the columns of a source say about each other.
#[derive(Debug, Default, Clone)]
pub(crate) struct Context {
    /// The records are people.
    pub(crate) is_people: bool,
    /// The order of day and month in the columns that leave no doubt.
    pub(crate) order: Option<DateOrder>,
    /// Some column surely has a decimal comma.
    pub(crate) has_decimal_comma: bool,
    /// Where its people are, and what says so.
    pub(crate) regions: Vec<Region>,
}

/// Where numbers without a country code may be from, and what says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) code: &'static str,
    pub(crate) why: String,
    /// How many values say so.
    pub(crate) count: usize,
}

/// `007`: a number that would lose its zeros.
pub(super) fn has_leading_zero(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes, [b'0', second, ..] if second.is_ascii_digit())
}
