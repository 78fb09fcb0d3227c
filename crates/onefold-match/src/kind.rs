//! What a comparison compares, and the levels at which two values agree.

use serde::{Deserialize, Serialize};

/// What the values of a comparison mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person's name: a bag of words, compared word by word.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A day, such as a date of birth.
    Date,
    /// A number or a code that says the more the longer it is equal: a postcode, an id, a house number.
    Code,
    /// Street and house number, or a whole postal address.
    Address,
    /// The name of a company.
    Company,
    /// Any other text.
    Text,
}

impl Kind {
    /// The levels from the lowest, "differ", to the highest, "equal". A level is a condition that no higher level meets.
    pub fn levels(self) -> &'static [&'static str] {
        match self {
            Self::Name => &[
                "another given name",
                "another word",
                "initial, beginning or similar",
                "a slip of the pen",
                "nickname",
                "equal word",
            ],
            Self::Email => &[
                "differ",
                "equal domain",
                "equal local part, or similar",
                "up to two edits",
                "equal",
            ],
            Self::Phone => &["differ", "last seven digits equal", "one edit", "equal"],
            Self::Date => &[
                "differ",
                "two edits",
                "equal year",
                "equal year and month",
                "one edit, or day and month swapped",
                "equal",
            ],
            Self::Code => &[
                "differ",
                "all but three signs equal",
                "all but two signs equal",
                "one edit",
                "equal",
            ],
            Self::Address => &[
                "differ",
                "a street word in common",
                "house number and a street word in common",
                "up to two edits, or one within the other",
                "equal",
            ],
            Self::Company => &[
                "differ",
                "part of the words in common",
                "most of the words in common",
                "equal",
            ],
            Self::Text => &["differ", "a word in common", "up to two edits", "equal"],
        }
    }

    /// How often matches are expected at each level, before the records are asked: the weight of a few matched pairs.
    pub(crate) fn expected(self) -> &'static [f32] {
        match self {
            Self::Name => &[0.03, 0.06, 0.05, 0.09, 0.08, 0.69],
            Self::Email => &[0.15, 0.05, 0.05, 0.05, 0.70],
            Self::Phone => &[0.19, 0.02, 0.04, 0.75],
            Self::Date => &[0.05, 0.02, 0.03, 0.03, 0.12, 0.75],
            Self::Code => &[0.06, 0.02, 0.02, 0.08, 0.82],
            Self::Address => &[0.14, 0.08, 0.12, 0.16, 0.50],
            Self::Company => &[0.15, 0.15, 0.25, 0.45],
            Self::Text => &[0.12, 0.08, 0.15, 0.65],
        }
    }

    /// How many strangers, besides the two of a pair, have an equal value though none was seen: little where values are meant to be one
    /// person's.
    pub(crate) fn unseen(self) -> f64 {
        match self {
            Self::Email | Self::Phone => 0.1,
            Self::Code | Self::Address => 0.3,
            Self::Name | Self::Date => 0.5,
            Self::Company | Self::Text => 1.0,
        }
    }

    /// The highest level.
    pub(crate) fn top(self) -> u8 {
        self.levels().len() as u8 - 1
    }
}

/// Local part and domain of an address.
pub(crate) fn parts(email: &str) -> (&str, &str) {
    email.rsplit_once('@').unwrap_or((email, ""))
}
