//! Whether a publication is being committed in this process, for whoever wants to end it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

static TURN: Mutex<()> = Mutex::new(());
/// Beginnings and ends of commits.
static STEPS: AtomicU64 = AtomicU64::new(0);

/// A commit that goes on.
pub(super) struct Commit {
    _turn: MutexGuard<'static, ()>,
}

impl Commit {
    pub(super) fn begin() -> Self {
        let turn = hold_commits();
        STEPS.fetch_add(1, Ordering::SeqCst);
        Self { _turn: turn }
    }
}

impl Drop for Commit {
    fn drop(&mut self) {
        STEPS.fetch_add(1, Ordering::SeqCst);
    }
}

/// A number that changes whenever a commit begins or ends in this process.
pub fn commit_steps() -> u64 {
    STEPS.load(Ordering::SeqCst)
}

/// Waits until no publication is being committed in this process; none is as long as the result is held.
pub fn hold_commits() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
