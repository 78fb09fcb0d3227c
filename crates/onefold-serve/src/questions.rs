//! Queries that are at work, so that they can be stopped.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Queries that are at work, by the id of each.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    at_work: Mutex<Vec<(String, Arc<AtomicBool>)>>,
}

/// A query at work; it is not any more when this is dropped.
pub(crate) struct AtWork<'q> {
    questions: &'q Questions,
    interrupted: Arc<AtomicBool>,
}

impl Questions {
    /// Notes that a query is at work.
    pub(crate) fn begin(&self, id: &str) -> AtWork<'_> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let mut at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        at_work.push((id.to_owned(), Arc::clone(&interrupted)));
        AtWork {
            questions: self,
            interrupted,
        }
    }

    /// Stops a query, wherever it is at work.
    pub(crate) fn cancel(&self, id: &str) {
        let at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, interrupted) in at_work.iter().filter(|(known, _)| known == id) {
            interrupted.store(true, Ordering::Relaxed);
        }
    }

    /// Stops all queries.
    pub(crate) fn stop(&self) {
        let at_work = self.at_work.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, interrupted) in at_work.iter() {
            interrupted.store(true, Ordering::Relaxed);
        }
    }
}

impl AtWork<'_> {
    /// Set when the query is to stop.
    pub(crate) fn interrupted(&self) -> &AtomicBool {
        &self.interrupted
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        let questions = &self.questions.at_work;
        let mut at_work = questions.lock().unwrap_or_else(PoisonError::into_inner);
        at_work.retain(|(_, known)| !Arc::ptr_eq(known, &self.interrupted));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_stopped_by_its_id() {
        let questions = Questions::default();
        let (a, b) = (questions.begin("a"), questions.begin("b"));
        questions.cancel("a");
        assert!(a.interrupted().load(Ordering::Relaxed));
        assert!(!b.interrupted().load(Ordering::Relaxed));
        drop(a);
        assert_eq!(questions.at_work.lock().expect("a lock").len(), 1);
    }
}
