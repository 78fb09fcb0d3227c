//! What was opened last, so that it need not be opened again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Opened things by their keys. Those that nobody has asked for longest go first.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    known: Mutex<Known<K, V>>,
    /// Most things, and most bytes of them; the one that was asked for last stays, however large it is.
    most: usize,
    most_bytes: usize,
    bytes: fn(&V) -> usize,
}

#[derive(Debug)]
struct Known<K, V> {
    /// The one that was asked for last first.
    all: VecDeque<(K, Arc<V>)>,
    /// How often everything was forgotten.
    forgotten: u64,
}

impl<K: PartialEq, V> Cache<K, V> {
    /// A cache of so many things.
    pub(crate) fn of(most: usize) -> Self {
        Self::weighed(most, usize::MAX, |_| 0)
    }

    /// A cache of so many things, which have so many bytes together.
    pub(crate) fn weighed(most: usize, most_bytes: usize, bytes: fn(&V) -> usize) -> Self {
        Self {
            known: Mutex::new(Known {
                all: VecDeque::new(),
                forgotten: 0,
            }),
            most,
            most_bytes,
            bytes,
        }
    }

    /// What is known under a key.
    pub(crate) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.lock().get(key)
    }

    /// What is known under a key, or else what opening it comes to. Nobody else waits while it is opened. What was opened before everything
    /// was forgotten is not known after.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) fn open<E>(
        &self,
        key: K,
        open: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let forgotten = {
            let mut known = self.lock();
            if let Some(found) = known.get(&key) {
                return Ok(found);
            }
            known.forgotten
        };
        let opened = Arc::new(open(&key)?);
        let mut known = self.lock();
        // Another may have opened it meanwhile.
        if let Some(found) = known.get(&key) {
            return Ok(found);
        }
        if known.forgotten == forgotten {
            known.all.push_front((key, Arc::clone(&opened)));
            known.all.truncate(self.most);
            let bytes = |all: &VecDeque<(K, Arc<V>)>| {
                let sizes = all.iter().map(|(_, one)| (self.bytes)(one));
                sizes.fold(0, usize::saturating_add)
            };
            while known.all.len() > 1 && bytes(&known.all) > self.most_bytes {
                known.all.pop_back();
            }
        }
        Ok(opened)
    }

    /// Forgets everything, and what is being opened now.
    pub(crate) fn forget(&self) {
        let mut known = self.lock();
        known.all.clear();
        known.forgotten += 1;
    }

    fn lock(&self) -> MutexGuard<'_, Known<K, V>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: PartialEq, V> Known<K, V> {
    fn get(&mut self, key: &K) -> Option<Arc<V>> {
        let place = self.all.iter().position(|(known, _)| known == key)?;
        let found = self.all.remove(place)?;
        let value = Arc::clone(&found.1);
        self.all.push_front(found);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(cache: &Cache<&'static str, usize>, key: &'static str, value: usize) -> usize {
        let found = cache.open(key, |_| Ok::<_, ()>(value));
        *found.expect("it opens")
    }

    #[test]
    fn those_that_were_asked_for_last_stay() {
        let cache = Cache::of(2);
        assert_eq!(opened(&cache, "a", 1), 1);
        assert_eq!(opened(&cache, "b", 2), 2);
        assert_eq!(opened(&cache, "a", 9), 1);
        assert_eq!(opened(&cache, "c", 3), 3);
        assert!(cache.get(&"b").is_none() && cache.get(&"a").is_some());
        let failed = cache.open("d", |_| Err("no"));
        assert_eq!(failed, Err("no"));
        assert!(cache.get(&"d").is_none());
    }

    #[test]
    fn large_ones_go_but_for_the_last() {
        let cache = Cache::weighed(9, 10, |size: &usize| *size);
        for (key, size) in [("a", 4), ("b", 5), ("c", 6)] {
            opened(&cache, key, size);
        }
        let is_known = |key| cache.get(&key).is_some();
        assert_eq!(["a", "b", "c"].map(is_known), [false, false, true]);
        opened(&cache, "d", 99);
        assert_eq!(["c", "d"].map(is_known), [false, true]);
    }

    #[test]
    fn what_is_opened_while_everything_is_forgotten_is_not_known() {
        let cache = Cache::of(9);
        let found = cache.open("a", |_| {
            cache.forget();
            Ok::<_, ()>(1)
        });
        assert_eq!(found.as_deref(), Ok(&1));
        assert!(cache.get(&"a").is_none());
    }
}
