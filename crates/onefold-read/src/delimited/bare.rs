//! The splitter alone, for fuzzing and benchmarks: a text in, counts or cells out.

use onefold_spec::model::{self, Delimiter, Header};

use super::dialect::sniff;
use super::split::DelimitedSplitter;
use crate::between::Between;
use crate::raw::Splitter;

/// Splits a whole text with a comma and a header; counts of records and faults.
pub fn split_bare(text: &[u8]) -> (usize, usize) {
    let Some((splitter, data)) = bare(text) else {
        return (0, 0);
    };
    let rest = text.get(data..).unwrap_or_default();
    let split = splitter.split(rest, Between::Ready, true);
    (split.records.len(), split.faults.len())
}

/// The records of a text with a comma and a header, split in two chunks: at `cut` bytes of its records, or before where that lies in a
/// character or a line break. The number of faults, too.
pub fn rows_bare(text: &str, cut: usize) -> (Vec<Vec<String>>, usize) {
    let Some((splitter, data)) = bare(text.as_bytes()) else {
        return (Vec::new(), 0);
    };
    let rest = text.get(data..).unwrap_or_default();
    let is_place = |at: &usize| rest.is_char_boundary(*at) && !rest[..*at].ends_with('\r');
    let cut = (0..=cut.min(rest.len())).rev().find(is_place).unwrap_or(0);
    let head = splitter.split(&rest.as_bytes()[..cut], Between::Ready, cut == rest.len());
    let tail = &rest[head.rest..];
    let mut rows = Vec::new();
    let mut faults = 0;
    let tail_split = splitter.split(tail.as_bytes(), head.between, true);
    for (split, text) in [(&head, rest), (&tail_split, tail)] {
        faults += split.faults.len();
        rows.extend((0..split.records.len()).map(|row| {
            let cells = (0..split.records.width).map(|column| split.records.get(text, row, column));
            cells
                .map(|cell| cell.unwrap_or_default().to_owned())
                .collect()
        }));
    }
    (rows, faults)
}

/// A splitter of commas for a text, and where its records begin.
fn bare(text: &[u8]) -> Option<(DelimitedSplitter, usize)> {
    let declared = model::Dialect {
        delimiter: Some(Delimiter::plain(b',')),
        header: Header::Rows(1),
        ..model::Dialect::default()
    };
    let dialect = sniff(text, true, &declared, &[]).ok()??;
    let layout = &dialect.layout;
    let wanted = (0..layout.names.len()).map(Some).collect();
    let splitter = DelimitedSplitter::new(&dialect, wanted, layout.names.len(), false);
    Some((splitter, layout.data))
}
