//! Of which customer a record is, by which link, and which values the customer has of it: for following a record through a `resolve`.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, UInt64Type};

use super::follow::{Deed, Fate, KeptTables, Row};
use crate::error::Error;

/// A record, as the side tables of a `resolve` name it.
#[derive(PartialEq, Eq)]
struct Record {
    source: String,
    key: String,
    address: Option<u64>,
}

/// Where the columns of a side table are that name a record: source, key, address.
type Names = [usize; 3];

const OF_MEMBERS: Names = [1, 2, 3];
const OF_LINKS: Names = [2, 1, 6];
const OF_PROVENANCE: Names = [3, 4, 5];
const KEPT: usize = 4;
const LINKED: Names = [4, 3, 7];
const REASONS: usize = 5;
const FIELD: usize = 1;

/// Follows a row of an input. `id` is the column of the customers' ids.
pub(super) fn follow(
    id: &str,
    input: usize,
    row: &Row,
    kept: &dyn KeptTables,
) -> Result<Fate, Error> {
    let before = (0..input).map(|input| kept.rows(input));
    let before: usize = before.sum::<Result<usize, Error>>()?;
    let member = kept.side_row("members", before + row.number)?;
    let customer = text(&member, 0, 0)?.unwrap_or_default();
    let record = record(&member, 0, OF_MEMBERS)?;
    let is_kept = member.column(KEPT).as_boolean().value(0);
    let members = kept.side("members", Some((id, &customer)))?.rows.num_rows();
    let links = kept.side("links", Some((id, &customer)))?.rows;
    let mut told = match (members, is_kept) {
        (1, _) => format!("customer {customer}, and its only record"),
        (_, true) => format!("customer {customer}: the record that is kept of {members}"),
        (_, false) => format!("merged into customer {customer}"),
    };
    for link in 0..links.num_rows() {
        if self::record(&links, link, OF_LINKS)? == record {
            let to = self::record(&links, link, LINKED)?;
            let why = text(&links, link, REASONS)?.unwrap_or_default();
            told += &format!(", linked to {}:{} by {why}", to.source, to.key);
        }
    }
    let values = kept.side("provenance", Some((id, &customer)))?.rows;
    let mut fields = Vec::new();
    for value in 0..values.num_rows() {
        if self::record(&values, value, OF_PROVENANCE)? == record {
            fields.extend(text(&values, value, FIELD)?);
        }
    }
    if !fields.is_empty() && members > 1 {
        told += &format!("; gives it {}", fields.join(", "));
    }
    let mut fate = Fate::new(Deed::Grouped, told);
    fate.identified = Some((id.to_owned(), customer));
    Ok(fate)
}

fn record(batch: &RecordBatch, row: usize, [source, key, address]: Names) -> Result<Record, Error> {
    let addresses = batch.column(address).as_primitive_opt::<UInt64Type>();
    let address = addresses.filter(|column| column.is_valid(row));
    Ok(Record {
        source: text(batch, row, source)?.unwrap_or_default(),
        key: text(batch, row, key)?.unwrap_or_default(),
        address: address.map(|column| column.value(row)),
    })
}

fn text(batch: &RecordBatch, row: usize, column: usize) -> Result<Option<String>, Error> {
    let column = cast(batch.column(column), &DataType::Utf8View)?;
    let column = column.as_string_view();
    Ok(column.is_valid(row).then(|| column.value(row).to_owned()))
}
