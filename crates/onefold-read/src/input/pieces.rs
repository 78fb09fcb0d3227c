//! The pieces of a file, in order, where threads read beside each other.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

use super::files::Bytes;

/// Whose turn it is.
struct Turn<S> {
    /// Number of the piece that is next.
    next: u64,
    is_over: bool,
    failed: Option<io::Error>,
    see: S,
}

impl Bytes {
    /// Shows all bytes in pieces of `size`, of which the last one has fewer. What `look` finds in a piece, at the same time as others look
    /// at other pieces, comes with it; `see` gets the pieces one after another.
    pub(crate) fn pieces<T>(
        &self,
        size: usize,
        threads: usize,
        look: impl Fn(&[u8]) -> T + Sync,
        see: impl FnMut(&[u8], T) + Send,
    ) -> io::Result<()> {
        let threads = match self.is_read_anywhere() {
            true => threads.max(1),
            false => 1,
        };
        let turn = Mutex::new(Turn {
            next: 0,
            is_over: false,
            failed: None,
            see,
        });
        let (moved, taken) = (Condvar::new(), AtomicU64::new(0));
        let lock = || turn.lock().unwrap_or_else(PoisonError::into_inner);
        let work = || {
            // Nobody waits for the turn of a thread that panics.
            let _end = Ending(|| {
                lock().is_over = true;
                moved.notify_all();
            });
            let mut piece = vec![0; size];
            loop {
                let number = taken.fetch_add(1, Ordering::Relaxed);
                let read = self.fill_at(number * size as u64, &mut piece);
                let read = read.map(|read| &piece[..read]);
                let found = read.as_ref().ok().map(|read| look(read));
                let mut turn = lock();
                while turn.next != number && !turn.is_over {
                    turn = moved.wait(turn).unwrap_or_else(PoisonError::into_inner);
                }
                if turn.is_over {
                    return;
                }
                turn.next += 1;
                match (read, found) {
                    (Ok(read), Some(found)) => {
                        turn.is_over = read.len() < size;
                        (turn.see)(read, found);
                    }
                    (read, _) => {
                        turn.is_over = true;
                        turn.failed = read.err();
                    }
                }
                moved.notify_all();
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        let turn = turn.into_inner().unwrap_or_else(PoisonError::into_inner);
        turn.failed.map_or(Ok(()), Err)
    }
}

/// Does something when a thread panics.
struct Ending<F: Fn()>(F);

impl<F: Fn()> Drop for Ending<F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::Input;
    use super::*;

    #[test]
    fn pieces_come_in_order_whoever_reads_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("numbers");
        for length in [0, 1, 9, 10, 11, 95, 100] {
            let bytes: Vec<u8> = (0..length).collect();
            std::fs::write(&path, &bytes).expect("written");
            for threads in [1, 2, 5] {
                let input = Input::file(path.clone(), "numbers".to_owned());
                let opened = input.open().expect("open");
                let mut all = Vec::new();
                // The first piece comes last, as far as somebody else reads the others.
                let others = AtomicU64::new(0);
                let look = |piece: &[u8]| {
                    match piece.first() {
                        Some(0) if threads > 1 => (0..100_000)
                            .take_while(|_| others.load(Ordering::Relaxed) == 0)
                            .chain(0..1000)
                            .for_each(|_| std::thread::yield_now()),
                        _ => _ = others.fetch_add(1, Ordering::Relaxed),
                    }
                    piece.first().copied()
                };
                let see = |piece: &[u8], first: Option<u8>| {
                    assert_eq!(first, piece.first().copied());
                    all.extend_from_slice(piece);
                };
                opened.pieces(10, threads, look, see).expect("read");
                assert_eq!(all, bytes, "{threads} threads");
            }
        }
    }

    #[test]
    fn a_panic_of_one_thread_ends_all() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("numbers");
        std::fs::write(&path, [7; 1000]).expect("written");
        let opened = || Input::file(path.clone(), "numbers".to_owned()).open();
        let number = AtomicU64::new(0);
        let is_third = || number.fetch_add(1, Ordering::Relaxed) == 3;
        for looks in [true, false] {
            number.store(0, Ordering::Relaxed);
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let look = |_: &[u8]| assert!(!looks || !is_third(), "on purpose");
                let see = |_: &[u8], ()| assert!(looks || !is_third(), "on purpose");
                opened().expect("open").pieces(10, 4, look, see)
            }));
            assert!(done.is_err(), "{looks}");
        }
    }
}
