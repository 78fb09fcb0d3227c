//! Many small things made durable at once.
//!
//! A sync waits for the disk, however little it has to write. A file system with a journal lets all who wait at a time share one entry of
//! it, so the syncs of several threads take hardly longer than one. `syncfs` would be one call for all of them, but it does not do: on
//! some file systems (FUSE, stacked ones) it syncs nothing or does not tell of errors, and it writes what every other program has left
//! unwritten.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::Builder;

use crate::error::Error;

/// Syncs that wait at a time.
const THREADS: usize = 16;

/// Things that are worth another thread.
const WORTH: usize = 4;

/// Syncs each of them, in any order. Of several errors, the one about the first of them is returned, and not all others may be synced.
pub(super) fn together<T: Sync>(
    all: &[T],
    sync: impl Fn(&T) -> Result<(), Error> + Sync,
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<(usize, Error)>> = Mutex::default();
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = all.get(place) else {
                return;
            };
            if let Err(error) = sync(one) {
                // Those before it are synced or being synced.
                next.store(all.len(), Ordering::Relaxed);
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                if failed.as_ref().is_none_or(|(first, _)| place < *first) {
                    *failed = Some((place, error));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..THREADS.min(all.len() / WORTH) {
            let thread = Builder::new().name("onefold-sync".to_owned());
            // Where the system gives no more threads, those that are there do it.
            if thread.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    failed.map_or(Ok(()), |(_, error)| Err(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;

    #[test]
    fn each_is_synced_once() {
        for count in [0, 1, 2, 7, 8, 9, 1_000] {
            let synced: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            let sync = |one: &AtomicUsize| {
                one.fetch_add(1, Ordering::Relaxed);
                Ok(())
            };
            together(&synced, sync).expect("no error");
            let times = synced.iter().map(|one| one.load(Ordering::Relaxed));
            assert!(times.into_iter().all(|times| times == 1), "of {count}");
        }
    }

    #[test]
    fn the_first_error_is_told() {
        let all: Vec<usize> = (0..1_000).collect();
        let sync = |number: &usize| match number {
            300 => Err(Cause::Internal("the first").into()),
            301.. => Err(Cause::Internal("a later one").into()),
            _ => Ok(()),
        };
        for _ in 0..20 {
            let error = together(&all, sync).expect_err("an error");
            assert_eq!(error.to_string(), "the first");
        }
    }
}
