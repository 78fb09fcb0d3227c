//! Records that are compared for other thresholds, which takes as long as in the run: at once or in the background, one comparison at a
//! time, and stopped on demand.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;

use crate::cache::Cache;
use crate::failure::Failure;
use crate::questions::Questions;

/// What all comparisons are called, to be stopped together.
const ID: &str = "comparison";

/// What was compared last, by its key, and what is compared now.
#[derive(Debug)]
pub(crate) struct Comparing<K, V> {
    known: Cache<K, V>,
    /// Held while records are compared: that takes memory for all of them.
    alone: Mutex<()>,
    at_work: Questions,
    background: Mutex<Background>,
}

/// The comparison in the background.
#[derive(Debug, Default)]
struct Background {
    /// When it began, while it is at work.
    began: Option<Instant>,
    /// Why it came to nothing, until somebody has seen it.
    failed: Option<Failure>,
}

impl<K: PartialEq, V> Comparing<K, V> {
    pub(crate) fn new() -> Self {
        Self {
            known: Cache::of(1),
            alone: Mutex::default(),
            at_work: Questions::default(),
            background: Mutex::default(),
        }
    }

    /// What is known under a key.
    pub(crate) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.known.get(key)
    }

    /// What is known under a key, or else what `compare` finds, which stops when its flag is set.
    ///
    /// # Errors
    /// Those of `compare`.
    pub(crate) fn now(
        &self,
        key: K,
        compare: impl FnOnce(&AtomicBool) -> Result<V, Failure>,
    ) -> Result<Arc<V>, Failure> {
        let at_work = self.at_work.begin(ID);
        let _alone = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
        self.known.open(key, |_| compare(at_work.interrupted()))
    }

    /// Compares in the background, unless that is done already.
    ///
    /// # Errors
    /// There is no thread for it.
    pub(crate) fn start(
        self: &Arc<Self>,
        key: K,
        compare: impl FnOnce(&AtomicBool) -> Result<V, Failure> + Send + 'static,
    ) -> Result<(), Failure>
    where
        K: Send + 'static,
        V: Send + Sync + 'static,
    {
        let mut background = self.background();
        if background.began.is_some() {
            return Ok(());
        }
        let all = Arc::clone(self);
        let work = move || {
            let done = all.now(key, compare);
            let mut background = all.background();
            background.began = None;
            // Whoever cancels it knows.
            let failed = done.err();
            background.failed = failed.filter(|failed| failed.status != StatusCode::CONFLICT);
        };
        let thread = std::thread::Builder::new().name("compare".to_owned());
        thread
            .spawn(work)
            .map_err(|error| Failure::fault(format!("no thread for the comparison: {error}")))?;
        *background = Background {
            began: Some(Instant::now()),
            failed: None,
        };
        Ok(())
    }

    /// How long the comparison in the background has been at work, if one is.
    pub(crate) fn waits(&self) -> Option<Duration> {
        self.background().began.map(|began| began.elapsed())
    }

    /// Why the last one in the background came to nothing; told once.
    pub(crate) fn failed(&self) -> Option<Failure> {
        self.background().failed.take()
    }

    /// Stops all comparisons.
    pub(crate) fn cancel(&self) {
        self.at_work.cancel(ID);
    }

    /// Forgets what is known, and what is being compared now.
    pub(crate) fn forget(&self) {
        self.known.forget();
    }

    fn background(&self) -> MutexGuard<'_, Background> {
        let background = self.background.lock();
        background.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;
    use std::sync::mpsc::channel;

    use super::*;

    /// Compares until it is stopped.
    fn endless(stop: &AtomicBool) -> Result<u32, Failure> {
        while !stop.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
        Err(Failure {
            status: StatusCode::CONFLICT,
            ..Failure::wrong("interrupted")
        })
    }

    /// Waits for the comparison in the background.
    fn end(all: &Comparing<&'static str, u32>) {
        while all.waits().is_some() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_comparison_in_the_background_is_cancelled() {
        let all = Arc::new(Comparing::new());
        let (says, hears) = channel();
        let compare = move |stop: &AtomicBool| {
            says.send(()).expect("somebody hears");
            endless(stop)
        };
        all.start("a", compare).expect("a thread");
        hears.recv().expect("it has begun");
        assert!(all.waits().is_some() && all.get(&"a").is_none());
        // One at a time.
        all.start("b", |_| Ok(1)).expect("nothing to do");
        all.cancel();
        end(&all);
        assert!(all.failed().is_none());
        assert_eq!((all.get(&"a"), all.get(&"b")), (None, None));
        // The next one is not cancelled with it.
        all.start("a", |_| Ok(7)).expect("a thread");
        end(&all);
        assert_eq!(all.get(&"a").as_deref(), Some(&7));
    }

    #[test]
    fn what_goes_wrong_in_the_background_is_told_once() {
        let all = Arc::new(Comparing::<_, u32>::new());
        let compare = |_: &AtomicBool| Err(Failure::wrong("no such table"));
        all.start("a", compare).expect("a thread");
        end(&all);
        let failed = all.failed().expect("a failure");
        assert_eq!(failed.message, "no such table");
        assert!(all.failed().is_none());
    }
}
