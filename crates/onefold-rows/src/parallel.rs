//! Work divided among scoped threads. Results come back in the order of the work, whichever thread did it.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::thread;

/// Items that make one more thread worth its start when sorting.
const SORT_ROWS: usize = 1 << 16;

/// Splits `0..len` into one contiguous range per thread and applies `work` to each.
pub fn map_ranges<T: Send>(
    threads: usize,
    len: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    map_items(threads, ranges(threads, len), work)
}

/// Splits `0..len` into `parts` ranges of about equal length. There are fewer ranges where `len` is smaller than `parts`, so that none is
/// empty; an empty `0..len` gives one empty range.
pub fn ranges(parts: usize, len: usize) -> Vec<Range<usize>> {
    let parts = parts.clamp(1, len.max(1));
    let bound = |part: usize| (len as u128 * part as u128 / parts as u128) as usize;
    (0..parts).map(|p| bound(p)..bound(p + 1)).collect()
}

/// Writes zeros to freshly allocated zeroed memory, so that its pages exist before threads use it.
///
/// The system maps a page that is read before it is written to one shared page of zeros. The first write then has to replace that
/// mapping, which interrupts every thread of the process.
pub fn touch(words: &mut [u64]) {
    words.fill(std::hint::black_box(0));
}

/// Applies `work` to each item. A thread that is done takes the next item. A panic of `work` goes on in the calling thread.
pub fn map_items<I: Send, T: Send>(
    threads: usize,
    items: Vec<I>,
    work: impl Fn(I) -> T + Sync,
) -> Vec<T> {
    let threads = threads.clamp(1, items.len().max(1));
    if threads == 1 {
        return items.into_iter().map(work).collect();
    }
    let queue = Mutex::new(items.into_iter().enumerate());
    let take = || match queue.lock() {
        Ok(mut queue) => queue.next(),
        Err(poisoned) => poisoned.into_inner().next(),
    };
    let run = || {
        let mut done = Vec::new();
        while let Some((index, item)) = take() {
            done.push((index, work(item)));
        }
        done
    };
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let mut done = run();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Does two things, at the same time unless there is one thread only. A panic of either goes on in the calling thread.
pub fn both<A, B: Send>(
    threads: usize,
    first: impl FnOnce() -> A,
    second: impl FnOnce() -> B + Send,
) -> (A, B) {
    if threads <= 1 {
        return (first(), second());
    }
    thread::scope(|scope| {
        let second = scope.spawn(second);
        let first = first();
        (
            first,
            second.join().unwrap_or_else(|panic| resume_unwind(panic)),
        )
    })
}

/// As [`map_items`], with the items of the highest cost first, so that no thread is left with a long one at the end.
pub fn map_longest_first<I: Send, T: Send>(
    threads: usize,
    items: Vec<I>,
    cost: impl Fn(&I) -> u64,
    work: impl Fn(I) -> T + Sync,
) -> Vec<T> {
    let mut items: Vec<(usize, I)> = items.into_iter().enumerate().collect();
    items.sort_by_key(|(_, item)| std::cmp::Reverse(cost(item)));
    let mut done = map_items(threads, items, |(index, item)| (index, work(item)));
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Sorts the items, unless they are in order already. Equal items may change places.
pub fn sort<T: Ord + Send>(items: &mut [T], threads: usize) {
    sort_by(items, threads, T::cmp);
}

/// Sorts the items by `compare`, unless they are in order already. Items that compare as equal may change places.
pub fn sort_by<T: Send>(
    items: &mut [T],
    threads: usize,
    compare: impl Fn(&T, &T) -> std::cmp::Ordering + Sync,
) {
    if items.is_sorted_by(|a, b| compare(a, b).is_le()) {
        return;
    }
    let parts = threads.clamp(1, items.len().div_ceil(SORT_ROWS));
    sort_parts(items, parts, &compare);
}

/// Sorts the items as so many parts at the same time. What belongs into which part is found first, so nothing is merged in the end.
fn sort_parts<T: Send>(
    items: &mut [T],
    parts: usize,
    compare: &(impl Fn(&T, &T) -> std::cmp::Ordering + Sync),
) {
    if parts <= 1 {
        return items.sort_unstable_by(compare);
    }
    let middle = items.len() / parts * (parts / 2);
    items.select_nth_unstable_by(middle, compare);
    let (low, high) = items.split_at_mut(middle);
    both(
        parts,
        || sort_parts(low, parts / 2, compare),
        || sort_parts(high, parts - parts / 2, compare),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_the_work() {
        for threads in [0, 1, 3, 8] {
            let doubled = map_items(threads, (0..100).collect(), |n: i32| n * 2);
            assert_eq!(doubled, (0..100).map(|n| n * 2).collect::<Vec<_>>());
            let cost = |n: &i32| u64::from(n.unsigned_abs() % 7);
            let longest_first = map_longest_first(threads, (0..100).collect(), cost, |n| n * 2);
            assert_eq!(longest_first, doubled);
            for len in [0, 1, 2, 7, 1000] {
                let covered: Vec<usize> = map_ranges(threads, len, |range| range)
                    .into_iter()
                    .flatten()
                    .collect();
                assert_eq!(covered, (0..len).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn parts_sorted_apart_are_in_order() {
        let scrambled = |n: u64| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40, n);
        let items: Vec<(u64, u64)> = (0..300_000).map(scrambled).collect();
        let mut expected = items.clone();
        expected.sort_unstable();
        for threads in [0, 1, 2, 3, 7] {
            let mut sorted = items.clone();
            sort(&mut sorted, threads);
            assert!(sorted == expected, "{threads} threads");
        }
    }
}
