//! Which row fails.

/// The first of `rows` rows that fails. `fails` says whether one of a range of rows does, given its first row and its number of rows; one
/// of them all does.
pub(super) fn first_failure(rows: usize, fails: impl Fn(usize, usize) -> bool) -> usize {
    let (mut start, mut end) = (0, rows);
    while end - start > 1 {
        let middle = start + (end - start) / 2;
        match fails(start, middle - start) {
            true => end = middle,
            false => start = middle,
        }
    }
    start
}
