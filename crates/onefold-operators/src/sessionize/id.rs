//! Session ids: the same in every run, whatever else is in the table.

use xxhash_rust::xxh3::xxh3_64;

use crate::keys::Keys;
use crate::parallel::map_ranges;
use crate::table::Places;
use crate::time::Times;

pub(crate) fn session_ids(
    keys: &Keys,
    times: &Times,
    places: &Places,
    first_rows: &[u32],
    threads: usize,
) -> Vec<u64> {
    let ids = map_ranges(threads, first_rows.len(), |range| {
        let mut text = Vec::new();
        let id = |row: &u32| {
            let at = places.at(*row);
            text.clear();
            keys.write(at, &mut text);
            text.push(b'@');
            text.extend_from_slice(times.at(at).to_string().as_bytes());
            xxh3_64(&text)
        };
        first_rows[range].iter().map(id).collect::<Vec<_>>()
    });
    ids.concat()
}

/// 16 hexadecimal digits.
pub(crate) fn hex(id: u64) -> String {
    format!("{id:016x}")
}
