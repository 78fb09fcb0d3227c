//! Delimited text: CSV, TSV and their kin, as forgiving as can be without guessing values.
//!
//! What RFC 4180 says is read as it says. Beyond it: any one-byte delimiter, with spaces behind it or not; another quote or none; an
//! escape; comments; line ends `\n`, `\r\n` and `\r`, mixed; a quote inside an unquoted field, or one inside a quoted field that no
//! delimiter follows, is a character; blank lines are not records; a header repeated among the records (files joined end to end) and a
//! BOM in front of a record are recognised. What the pipeline leaves open the head of the file tells: its characters ([`sniff`](mod@sniff)),
//! then where its header stands and how wide its records are ([`layout`]).
//!
//! A record with too few or too many fields is a fault, unless all records of a file end with delimiters too many. A record of one line
//! that does not fit because of a quote that is never closed is read again with that quote as a character. A record spread over several
//! lines that turns out wrong, or is never closed, costs its first line only: reading goes on at the next.

mod dialect;
mod layout;
mod sniff;
mod split;
mod syntax;

pub(crate) use dialect::{Dialect, sniff};
pub(crate) use layout::Remark;
pub(crate) use split::DelimitedSplitter;

/// Splits a whole text with a comma and a header; counts of records and faults.
pub fn split_bare(text: &[u8]) -> (usize, usize) {
    use crate::raw::{Between, Splitter};
    use onefold_spec::model::{self, Delimiter, Header};
    let declared = model::Dialect {
        delimiter: Some(Delimiter::plain(b',')),
        header: Header::Rows(1),
        ..model::Dialect::default()
    };
    let Ok(Some(dialect)) = sniff(text, true, &declared, &[]) else {
        return (0, 0);
    };
    let layout = &dialect.layout;
    let wanted = (0..layout.names.len()).map(Some).collect();
    let splitter = DelimitedSplitter::new(&dialect, wanted, layout.names.len(), false);
    let split = splitter.split(
        text.get(layout.data..).unwrap_or_default(),
        Between::Ready,
        true,
    );
    (split.records.len(), split.faults.len())
}
