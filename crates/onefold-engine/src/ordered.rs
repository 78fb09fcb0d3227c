//! Work done on several threads whose results are taken in order.

use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;

use crate::error::Error;

/// Results of a thread that wait to be taken.
const AHEAD: usize = 4;

/// Makes `count` things by their number on several threads, and takes them in order on this one. A thread that is ahead waits.
///
/// # Errors
/// The first of `take`, after which nothing more is made.
pub(crate) fn ordered<T: Send, E: From<Error>>(
    threads: usize,
    count: usize,
    make: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads.clamp(1, count.max(1));
    if threads == 1 {
        return (0..count).try_for_each(|number| take(make(number)));
    }
    std::thread::scope(|scope| {
        let mut lanes = Vec::with_capacity(threads);
        let mut makers = Vec::with_capacity(threads);
        for lane in 0..threads {
            let (made, taken) = sync_channel(AHEAD);
            let make = &make;
            makers.push(scope.spawn(move || {
                for number in (lane..count).step_by(threads) {
                    if made.send(make(number)).is_err() {
                        return;
                    }
                }
            }));
            lanes.push(taken);
        }
        for number in 0..count {
            let Ok(made) = lanes[number % threads].recv() else {
                // It panicked: so does whoever waits for it, with the same words.
                drop(lanes);
                let mut ends = makers.into_iter().map(|maker| maker.join());
                if let Some(panic) = ends.find_map(Result::err) {
                    resume_unwind(panic);
                }
                return Err(Error::internal("a thread stopped unexpectedly").into());
            };
            take(made)?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    #[test]
    fn results_come_in_order() {
        for threads in [1, 2, 3, 50] {
            for count in [0, 1, 2, 100] {
                let mut taken = Vec::new();
                ordered(
                    threads,
                    count,
                    |n| n * 3,
                    |n| {
                        taken.push(n);
                        Ok::<(), Error>(())
                    },
                )
                .expect("taken");
                assert_eq!(taken, (0..count).map(|n| n * 3).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn a_panic_keeps_its_words() {
        let caught = crate::fault::caught(|| {
            let make = |n| match n {
                7 => panic!("seven"),
                n => n,
            };
            ordered(3, 100, make, |_| Ok::<(), Error>(()))
        });
        let error = caught.expect_err("a panic");
        assert_eq!(error.kind(), Kind::Internal);
        assert!(error.to_string().contains("seven"), "{error}");
    }

    #[test]
    fn the_first_error_ends_it() {
        let mut taken = 0;
        let error = ordered(
            3,
            1000,
            |n| n,
            |n| {
                taken += 1;
                if n == 5 {
                    return Err(Error::new(Kind::Data, "five"));
                }
                Ok(())
            },
        );
        assert!(error.is_err());
        assert_eq!(taken, 6);
    }
}
