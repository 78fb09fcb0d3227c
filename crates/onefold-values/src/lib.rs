//! Rules on single values: what a text is, and how its standard form is written.
//!
//! In goes the text of one field, valid UTF-8, as a customer typed it. Out comes either a number (days, microseconds, an integer) or
//! the standard form, appended to a `String` of the caller so that a column allocates nothing per row; or one [`Invalid`], a reason
//! with a stable code. Every rule is a total function: no text makes it panic, and no text is an error of ours.
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
//! | [`name`], [`name_order`] | person name | title case, given names first |
//! | [`date`], [`timestamp`] | date, moment | days, microseconds since 1970-01-01 UTC |
//! | [`money`] | amount of money, currency | `i128` of a scale, code of ISO 4217 |
//! | [`number`] | integer, float, decimal | `i64`, `f64`, `i128` of a scale |
//! | [`boolean`] | truth value | `bool` |
//! | [`uuid`] | UUID | lower case, hyphenated |
//! | [`country`] | country | code of ISO 3166-1, two letters |
//! | [`postcode`] | postcode | capitals, with the blank or hyphen of its country |
//! | [`url`] | address of a web page or file | the serialisation of the URL standard, with `https://` where no scheme stands |
//! | [`ip`] | IP address | IPv4 as four numbers, IPv6 by RFC 5952 |
//! | [`address`] | postal address | single blanks, capitals first, street words abbreviated |
//! | [`company`] | name of a company | single blanks, legal form in its usual spelling |
//!
//! [`disposable`] knows the domains of mailboxes for minutes. [`civil`] has the calendar arithmetic and writes dates and timestamps back as text.
//!
//! # Floors
//!
//! A module uses modules of the floors below it only:
//!
//! - 6: `date`, `timestamp`
//! - 5: `format` (declared formats)
//! - 4: `pattern` (strptime patterns)
//! - 3: `moment` (what a format reads), `name_order`
//! - 2: `epoch` (numbers since 1970), `excel` (serial dates), `usual` (dates that need no format), `zone`, `name`, `money`
//! - 1: `boolean`, `email`, `null`, `number`, `phone`, `uuid`, `name_plain` (the fast path of names), `time`, `words`, `country`, `postcode`, `url`, `ip`, `address`, `company`
//! - 0: `invalid`, `text`, `scan`, `civil`, `magnitude` (digits as a number), `name_words`, `currency`, `disposable`

pub mod address;
pub mod boolean;
pub mod civil;
pub mod company;
pub mod country;
mod currency;
pub mod date;
pub mod disposable;
pub mod email;
mod epoch;
mod excel;
mod format;
pub mod invalid;
pub mod ip;
mod magnitude;
mod moment;
pub mod money;
pub mod name;
pub mod name_order;
mod name_plain;
mod name_words;
pub mod null;
pub mod number;
mod pattern;
pub mod phone;
pub mod postcode;
mod scan;
pub mod text;
mod time;
pub mod timestamp;
pub mod url;
mod usual;
pub mod uuid;
mod words;
mod zone;

pub use boolean::BooleanRules;
pub use date::{BadFormat, BadTimeRules, DateOrder, DateRules};
pub use invalid::Invalid;
pub use moment::Pivot;
pub use money::{Currency, MoneyRules};
pub use name_order::NameOrder;
pub use null::NullTokens;
pub use number::DecimalMark;
pub use phone::{PhoneFormat, PhoneRules, UnknownRegion};
pub use postcode::PostcodeRules;
pub use timestamp::TimestampRules;
pub use zone::{UnknownTimezone, timezone_names};
