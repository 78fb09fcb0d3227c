//! Customers who are as they were: nothing has to be decided of them.

use onefold_rows::ahead::{AHEAD, fetch};

use super::State;
use super::numbers::{ASIDE, NONE, at};

/// In place of the number of an old customer's records: a customer of the run has all of them, and the id.
pub(super) const SETTLED: u32 = NONE;

/// The id of each customer who has all records of one old customer and no others; [`NONE`] for all others. In `sizes`, the records of each
/// old customer, these are marked as [`SETTLED`].
///
/// The records of the run are given by their customers and the ids that they had.
pub(super) fn settle(
    state: &State,
    customers: u32,
    (customer_of, before): (&[u32], &[u32]),
    sizes: &mut [u32],
) -> Vec<u32> {
    if sizes.is_empty() {
        return vec![NONE; customers as usize];
    }
    /// The records of a customer so far.
    #[derive(Clone)]
    struct Seen {
        /// The id that all of them had; [`NONE`] where they had several, or none.
        id: u32,
        records: u32,
    }
    let mut seen = vec![Seen { id: 0, records: 0 }; customers as usize];
    for (place, (customer, before)) in customer_of.iter().zip(before).enumerate() {
        if let Some(later) = customer_of.get(place + AHEAD) {
            fetch(seen.get(*later as usize));
        }
        if let Some(seen) = seen.get_mut(*customer as usize)
            && *before != ASIDE
        {
            seen.id = match seen.records == 0 || seen.id == *before {
                true => *before,
                false => NONE,
            };
            seen.records += 1;
        }
    }
    let mut is_open: Vec<bool> = vec![true; sizes.len()];
    for id in state.retired.keys() {
        at(&mut is_open, *id, |is_open| *is_open = false);
    }
    let id_of = |Seen { id, records }| {
        let open = is_open.get(id as usize).copied().unwrap_or(false);
        match sizes.get_mut(id as usize) {
            Some(size) if open && records > 0 && *size == records => {
                *size = SETTLED;
                id
            }
            _ => NONE,
        }
    };
    seen.into_iter().map(id_of).collect()
}
