//! Records by customer, source and key, as a run has them.

use arrow::array::StringViewArray;
use onefold_resolve::state::{Assigned, IdScheme, Keyed, State, StateError};

/// The number of a record's customer, its source and its key.
pub(crate) type Row<'a> = (u32, &'a str, Option<&'a str>);

/// Gives ids to the customers of some rows.
pub(crate) fn assign(
    state: &State,
    customers: u32,
    rows: &[Row<'_>],
    (scheme, run, threads): (&IdScheme, &str, usize),
) -> Result<Assigned, StateError> {
    let parts = rows.chunk_by(|a, b| a.1 == b.1);
    let parts = parts.map(|rows| (rows[0].1, rows.iter().map(|(.., key)| *key).collect()));
    let parts: Vec<(&str, StringViewArray)> = parts.collect();
    let keyed = parts.iter().map(|(source, keys)| Keyed { source, keys });
    let keyed: Vec<Keyed<'_>> = keyed.collect();
    let customer_of: Vec<u32> = rows.iter().map(|(customer, ..)| *customer).collect();
    let met = state.meet(&keyed, threads)?;
    met.assign(customers, &customer_of, scheme, run, threads)
}
