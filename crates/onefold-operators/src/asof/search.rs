//! Binary searches, many in step.

/// Searches under way at a time.
const LANES: usize = 32;

/// For each wanted time, the first place in its range of `times` that is not `before` it. Each range of `times` is sorted.
///
/// Many searches run in step and without branches, so that their loads overlap.
pub(super) fn partition_points(
    times: &[i64],
    mut ranges: impl Iterator<Item = (u32, u32)>,
    wanted: &[i64],
    before: impl Fn(i64, i64) -> bool,
) -> Vec<u32> {
    let mut found = Vec::with_capacity(wanted.len());
    let mut lens = [0usize; LANES];
    for wanted in wanted.chunks(LANES) {
        let lane = found.len();
        for (len, (start, end)) in lens.iter_mut().zip(ranges.by_ref().take(wanted.len())) {
            *len = (end - start) as usize;
            found.push(start);
        }
        let bases = &mut found[lane..];
        let longest = lens[..bases.len()].iter().copied().max().unwrap_or(0);
        // The length of a range after a step depends only on its length before, so the longest range decides how many steps there are.
        let steps = longest.next_power_of_two().trailing_zeros();
        for _ in 0..steps {
            for ((base, len), wanted) in bases.iter_mut().zip(&mut lens).zip(wanted) {
                let half = *len / 2;
                let middle = (*base as usize + half).saturating_sub(1);
                *base += if before(times[middle], *wanted) {
                    half as u32
                } else {
                    0
                };
                *len -= half;
            }
        }
        for ((base, len), wanted) in bases.iter_mut().zip(&lens).zip(wanted) {
            if *len > 0 && before(times[*base as usize], *wanted) {
                *base += 1;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_in_step_find_what_one_would() {
        let times: Vec<i64> = (0..1000).map(|i| i / 3 * 10).collect();
        let mut state = 1u64;
        let mut next = |below: u64| {
            let step = state.wrapping_mul(6_364_136_223_846_793_005);
            state = step.wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for searches in [0, 1, LANES - 1, LANES, 10_000] {
            let ranges: Vec<(u32, u32)> = (0..searches)
                .map(|_| {
                    let longest = [0, 1, 2, 3, 17, 1000][next(6) as usize];
                    let start = next(1001) as u32;
                    (start, (start + next(longest + 1) as u32).min(1000))
                })
                .collect();
            let wanted: Vec<i64> = ranges.iter().map(|_| next(3500) as i64 - 50).collect();
            for inclusive in [false, true] {
                let before = |a: i64, b: i64| a < b || (inclusive && a == b);
                let found = partition_points(&times, ranges.iter().copied(), &wanted, before);
                for ((range, wanted), found) in ranges.iter().zip(&wanted).zip(found) {
                    let range = range.0 as usize..range.1 as usize;
                    let place = times[range.clone()].partition_point(|time| before(*time, *wanted));
                    assert_eq!(found as usize, range.start + place, "{wanted} in {range:?}");
                }
            }
        }
    }
}
