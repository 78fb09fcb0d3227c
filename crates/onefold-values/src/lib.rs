//! Rules on single values: what a text is, and how its standard form is written.
//!
//! In goes the text of one field, valid UTF-8, as a customer typed it. Out comes either a number (days, microseconds, an integer) or
//! the standard form appended to a `String` of the caller, so that a column costs no allocation a row; or one [`Invalid`], a reason
//! with a stable code. Every rule is a total function: no text panics, none is an error of ours.
//!
//! The one idea: each rule has a byte-level path for the plain ASCII shapes that make up nearly all of a real column, and a full path
//! (Unicode, libphonenumber, time zones, declared formats) for the rest. Tests hold the two to the same answers.
//!
//! | module | a value of type | standard form |
//! |---|---|---|
//! | [`text`] | text | without outer white space |
//! | [`null`] | any | missing or not |
//! | [`email`] | e-mail address | lower case, ASCII domain |
//! | [`phone`] | telephone number | E.164, national notation or national digits |
//! | [`name`] | person name | title case |
//! | [`date`], [`timestamp`] | date, moment | days, microseconds since 1970-01-01 UTC |
//! | [`number`] | integer, float, decimal | `i64`, `f64`, `i128` of a scale |
//! | [`boolean`] | truth value | `bool` |
//! | [`uuid`] | UUID | lower case, hyphenated |
//!
//! [`civil`] has the calendar arithmetic and writes dates and timestamps back as text.

pub mod boolean;
pub mod civil;
pub mod date;
pub mod email;
mod epoch;
mod format;
pub mod invalid;
mod magnitude;
pub mod name;
mod name_plain;
mod name_words;
pub mod null;
pub mod number;
mod pattern;
pub mod phone;
mod scan;
pub mod text;
mod time;
pub mod timestamp;
pub mod uuid;
mod words;
mod zone;

pub use date::{BadFormat, BadTimeRules, DateOrder, DateRules};
pub use invalid::Invalid;
pub use null::NullTokens;
pub use number::DecimalMark;
pub use phone::{PhoneFormat, PhoneRules, UnknownRegion};
pub use timestamp::TimestampRules;
pub use zone::UnknownTimezone;
