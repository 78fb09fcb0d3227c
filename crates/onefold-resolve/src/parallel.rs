//! Work split over scoped threads. Results come back in the order of the work, whoever did it.

use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::thread;

/// Splits `0..len` into one contiguous range a thread.
pub(crate) fn map_ranges<T: Send>(
    threads: usize,
    len: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let threads = threads.clamp(1, len.max(1));
    let bound = |thread: usize| (len as u128 * thread as u128 / threads as u128) as usize;
    let ranges = (0..threads).map(|t| bound(t)..bound(t + 1)).collect();
    map_items(threads, ranges, work)
}

/// Applies `work` to each item; a thread that is done takes the next item.
pub(crate) fn map_items<I: Send, T: Send>(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_that_of_the_work() {
        for threads in [0, 1, 3, 8] {
            let doubled = map_items(threads, (0..100).collect(), |n: i32| n * 2);
            assert_eq!(doubled, (0..100).map(|n| n * 2).collect::<Vec<_>>());
            for len in [0, 1, 2, 7, 1000] {
                let covered: Vec<usize> = map_ranges(threads, len, |range| range)
                    .into_iter()
                    .flatten()
                    .collect();
                assert_eq!(covered, (0..len).collect::<Vec<_>>());
            }
        }
    }
}
