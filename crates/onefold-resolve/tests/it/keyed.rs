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
    let parts = rows.chunk_by(|a, b| a.1 == b.1).map(|rows| {
        let customers: Vec<u32> = rows.iter().map(|(customer, ..)| *customer).collect();
        let keys: StringViewArray = rows.iter().map(|(.., key)| *key).collect();
        (rows[0].1, customers, keys)
    });
    let parts: Vec<_> = parts.collect();
    let keyed = parts.iter().map(|(source, customers, keys)| Keyed {
        source,
        customers,
        keys,
    });
    let keyed: Vec<_> = keyed.collect();
    state.assign(customers, &keyed, scheme, run, threads)
}
