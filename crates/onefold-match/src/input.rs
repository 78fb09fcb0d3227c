//! What is matched: columns of texts, and the comparisons made of them.

use serde::{Deserialize, Serialize};

use crate::kind::Kind;

/// A column of texts, one a record.
pub trait Texts: Sync {
    /// The text of a record; it may be written into `buffer`. `None`: the value is missing.
    fn get<'a>(&'a self, record: u32, buffer: &'a mut String) -> Option<&'a str>;
}

impl Texts for [Option<&str>] {
    fn get<'a>(&'a self, record: u32, _buffer: &'a mut String) -> Option<&'a str> {
        self.get(record as usize).copied().flatten()
    }
}

impl Texts for Vec<Option<String>> {
    fn get<'a>(&'a self, record: u32, _buffer: &'a mut String) -> Option<&'a str> {
        <[_]>::get(self, record as usize)?.as_deref()
    }
}

/// The records to be matched.
pub struct Input<'a> {
    /// How many there are.
    pub records: u32,
    /// Their columns.
    pub columns: Vec<&'a dyn Texts>,
    /// By record: the number of its source. Empty: all are of one.
    pub sources: &'a [u16],
}

/// A comparison: what is compared, and by which rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// How reports call it.
    pub label: String,
    /// What its values mean.
    pub kind: Kind,
    /// Indices of the columns whose texts make up its value, in this order. The words of all name columns make one bag.
    pub columns: Vec<usize>,
    /// Its value is given to one person only, such as a passport's number. Equal values are strong evidence even among few records.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub identifies: bool,
    /// Index of a comparison that implies this one, as an address implies its city. Where the records do not tell how much, most of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implied_by: Option<usize>,
    /// Whether it counts as evidence. Others are there to part records by.
    #[serde(default = "always", skip_serializing_if = "is_true")]
    pub weighs: bool,
}

const fn always() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
const fn is_true(weighs: &bool) -> bool {
    *weighs
}
