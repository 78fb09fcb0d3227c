//! Delimited text: CSV, TSV and their kin, as forgiving as can be without guessing values.
//!
//! Text that follows RFC 4180 is read as the RFC says. Beyond it: any one-byte delimiter, with or without spaces after it; another quote or
//! none; an escape; comments; line ends `\n`, `\r\n` and `\r`, even mixed. A quote inside an unquoted field is a character, and so is one
//! inside a quoted field that no delimiter follows. Blank lines are not records. A header repeated among the records (files joined end to
//! end) and a BOM in front of a record are recognised. The head of the file tells what the pipeline leaves open: first the syntax
//! ([`sniff`](mod@sniff)), then where the header is and how wide the records are ([`layout`]).
//!
//! A record with too few or too many fields is a fault, unless all records of the file end with extra delimiters. If a record of one line
//! does not fit because a quote is never closed, it is read again with that quote as a character. If a record over several lines does not
//! fit or is never closed, only its first line is lost: reading continues at the next line.

mod bare;
mod dialect;
mod layout;
mod sniff;
mod split;
mod syntax;

pub use bare::{rows_bare, split_bare};
pub(crate) use dialect::{Dialect, sniff, sniff_sheet};
pub(crate) use layout::{Remark, shown};
pub(crate) use split::DelimitedSplitter;
