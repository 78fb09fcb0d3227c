//! Delimited text: CSV, TSV and their kin, as forgiving as can be without guessing values.
//!
//! What RFC 4180 says is read as it says. Beyond it: any one-byte delimiter; line ends `\n`, `\r\n` and `\r`, mixed; a quote inside an
//! unquoted field, or one inside a quoted field that no delimiter follows, is a character; blank lines are no records; empty fields
//! beyond the header's width are ignored; a header repeated among the records (files joined end to end) and a BOM in front of a record
//! are recognised. A record with too few or too many fields is a fault. A record spread over several lines that turns out wrong, or is
//! never closed, costs its first line only: reading goes on at the next.

mod dialect;
mod split;

pub(crate) use dialect::{Dialect, sniff};
pub(crate) use split::DelimitedSplitter;

/// Splits a whole text with a comma and a header; counts of records and faults.
pub fn split_bare(text: &[u8]) -> (usize, usize) {
    use crate::raw::{Between, Splitter};
    let Some(dialect) = sniff(text, Some(b','), &onefold_spec::model::Header::First) else {
        return (0, 0);
    };
    let wanted = (0..dialect.names.len()).map(Some).collect();
    let splitter = DelimitedSplitter::new(&dialect, wanted, dialect.names.len());
    let split = splitter.split(
        text.get(dialect.data..).unwrap_or_default(),
        Between::Ready,
        true,
    );
    (split.records.len(), split.faults.len())
}
