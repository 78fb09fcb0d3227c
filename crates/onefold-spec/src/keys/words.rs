//! The words that keys take, and the values of the model that they stand for.

use onefold_values::NameOrder;

use crate::model::{
    BlankLines, DateOrder, Direction, Expect, InputFormat, JoinKind, Likened, Mask, OnInvalid,
    PhoneFormat, Severity, TrailingDelimiter,
};

/// A word that a key takes, and what it means.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
}

pub(super) const fn word(name: &'static str, doc: &'static str) -> Word {
    Word { name, doc }
}

/// Words with the values that they stand for.
pub(crate) trait Choice: Copy + 'static {
    /// In the order of the values.
    const WORDS: &'static [Word];
    /// In the order of the words.
    const VALUES: &'static [Self];

    /// The value of a word.
    fn of(text: &str) -> Option<Self> {
        Self::WORDS
            .iter()
            .zip(Self::VALUES)
            .find(|(word, _)| word.name == text)
            .map(|(_, value)| *value)
    }
}

impl Choice for InputFormat {
    const WORDS: &'static [Word] = &[
        word(
            "csv",
            "delimited text: comma, tab, pipe, any single character",
        ),
        word(
            "json",
            "JSON: one array, an array under `records`, objects one after another",
        ),
        word("parquet", "Apache Parquet"),
        word(
            "xlsx",
            "a workbook of Excel since 2007, with macros (`.xlsm`) too",
        ),
        word("ods", "an OpenDocument spreadsheet, as of LibreOffice"),
    ];
    const VALUES: &'static [Self] = &[Self::Csv, Self::Json, Self::Parquet, Self::Xlsx, Self::Ods];
}

impl Choice for Severity {
    const WORDS: &'static [Word] = &[
        word("error", "nothing is published"),
        word("warn", "the run warns"),
    ];
    const VALUES: &'static [Self] = &[Self::Error, Self::Warn];
}

impl Choice for Mask {
    const WORDS: &'static [Word] = &[
        word(
            "hash",
            "64 hexadecimal digits, HMAC-SHA-256 with the key `mask_key`; equal values are hidden alike",
        ),
        word("redact", "`***`"),
        word(
            "keep_domain",
            "of an e-mail address, `***` and what stands behind the `@`",
        ),
    ];
    const VALUES: &'static [Self] = &[Self::Hash, Self::Redact, Self::KeepDomain];
}

impl Choice for TrailingDelimiter {
    const WORDS: &'static [Word] = &[
        word("allow", "they are passed over"),
        word("reject", "the record has too many fields"),
    ];
    const VALUES: &'static [Self] = &[Self::Allow, Self::Reject];
}

impl Choice for BlankLines {
    const WORDS: &'static [Word] = &[
        word("skip", "nothing"),
        word("record", "a record with one empty field"),
    ];
    const VALUES: &'static [Self] = &[Self::Skip, Self::Record];
}

impl Choice for Likened {
    const WORDS: &'static [Word] = &[
        word(
            "name",
            "a person's name; the words of all its fields together",
        ),
        word("email", "an e-mail address"),
        word("phone", "a telephone number"),
        word("date", "a day, such as a date of birth"),
        word(
            "id",
            "a number that one person has: a passport, a tax id; equal values are strong evidence",
        ),
        word("code", "another code, such as a postcode"),
        word(
            "address",
            "a street with its number, or a whole postal address",
        ),
        word("company", "the name of a company"),
        word("text", "any other text"),
    ];
    const VALUES: &'static [Self] = &[
        Self::Name,
        Self::Email,
        Self::Phone,
        Self::Date,
        Self::Id,
        Self::Code,
        Self::Address,
        Self::Company,
        Self::Text,
    ];
}

impl Choice for OnInvalid {
    const WORDS: &'static [Word] = &[
        word("reject", "the record goes to the rejects"),
        word(
            "null",
            "the value becomes missing, the record stays, and the side table `nulled` keeps what stood there",
        ),
        word("fail", "the run stops"),
    ];
    const VALUES: &'static [Self] = &[Self::Reject, Self::Null, Self::Fail];
}

impl Choice for PhoneFormat {
    const WORDS: &'static [Word] = &[
        word("e164", "`+15555550101`"),
        word("national", "as in the region: `(555) 555-0101`"),
        word("digits", "national digits only: `5555550101`"),
    ];
    const VALUES: &'static [Self] = &[Self::E164, Self::National, Self::Digits];
}

impl Choice for Expect {
    const WORDS: &'static [Word] = &[
        word(
            "one",
            "a second row of a key stops the run and names the keys",
        ),
        word("first", "the first row read is taken"),
        word("last", "the last row read is taken"),
        word("many", "all are taken: rows multiply"),
    ];
    const VALUES: &'static [Self] = &[Self::One, Self::First, Self::Last, Self::Many];
}

impl Choice for Direction {
    const WORDS: &'static [Word] = &[
        word("backward", "the last row at or before"),
        word("forward", "the first row at or after"),
        word("nearest", "the nearer of both; a tie goes backward"),
    ];
    const VALUES: &'static [Self] = &[Self::Backward, Self::Forward, Self::Nearest];
}

impl Choice for JoinKind {
    const WORDS: &'static [Word] = &[
        word(
            "left",
            "all rows, with missing values where there is no partner",
        ),
        word("inner", "rows with a partner"),
        word("full", "all rows of both tables"),
        word("semi", "rows with a partner, without the partner's columns"),
        word("anti", "rows without a partner"),
    ];
    const VALUES: &'static [Self] = &[Self::Left, Self::Inner, Self::Full, Self::Semi, Self::Anti];
}

/// What `order:` of a field names: of a date, or of a person's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Date(DateOrder),
    Name(NameOrder),
}

impl Choice for Order {
    const WORDS: &'static [Word] = &[
        word("day_first", "`31/12/2024`"),
        word("month_first", "`12/31/2024`"),
        word("last_first", "`Müller, Anna`, `Müller Anna`"),
        word("first_last", "`Anna Müller`; a comma means nothing"),
    ];
    const VALUES: &'static [Self] = &[
        Self::Date(DateOrder::DayFirst),
        Self::Date(DateOrder::MonthFirst),
        Self::Name(NameOrder::LastFirst),
        Self::Name(NameOrder::FirstLast),
    ];
}

/// What `format:` of an output names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileFormat {
    Csv,
    Json,
    JsonLines,
    Parquet,
    Xlsx,
}

impl Choice for FileFormat {
    const WORDS: &'static [Word] = &[
        word("csv", "delimited text"),
        word("json", "one JSON array"),
        word("jsonl", "JSON, an object a line"),
        word("parquet", "Apache Parquet"),
        word("xlsx", "a workbook of Excel"),
    ];
    const VALUES: &'static [Self] = &[
        Self::Csv,
        Self::Json,
        Self::JsonLines,
        Self::Parquet,
        Self::Xlsx,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_values_pair_up() {
        fn check<T: Choice>() {
            assert_eq!(T::WORDS.len(), T::VALUES.len());
            assert!(T::WORDS.iter().all(|word| T::of(word.name).is_some()));
        }
        check::<InputFormat>();
        check::<OnInvalid>();
        check::<PhoneFormat>();
        check::<Order>();
        check::<Expect>();
        check::<Direction>();
        check::<JoinKind>();
        check::<FileFormat>();
        check::<Mask>();
    }
}
