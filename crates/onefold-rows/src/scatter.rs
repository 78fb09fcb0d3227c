//! Arrays that several threads fill, each at places of its own.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// An array of 32-bit words. Threads may write it at once, at different places.
pub struct Scatter(Vec<AtomicU32>);

impl Scatter {
    /// `len` words that all hold `value`.
    pub fn new(len: usize, value: u32) -> Self {
        Scatter((0..len).map(|_| AtomicU32::new(value)).collect())
    }

    /// Writes a word.
    ///
    /// # Panics
    /// There is no such place.
    #[inline]
    pub fn set(&self, index: u32, value: u32) {
        self.0[index as usize].store(value, Ordering::Relaxed);
    }

    /// The words, once all threads are done.
    pub fn into_vec(self) -> Vec<u32> {
        self.0.into_iter().map(AtomicU32::into_inner).collect()
    }
}

/// An array of 64-bit words, used as [`Scatter`] is.
pub struct Scatter64(Vec<AtomicU64>);

impl Scatter64 {
    /// `len` words that all hold 0.
    pub fn new(len: usize) -> Self {
        Scatter64((0..len).map(|_| AtomicU64::new(0)).collect())
    }

    /// Writes a word.
    ///
    /// # Panics
    /// There is no such place.
    #[inline]
    pub fn set(&self, index: u32, value: u64) {
        self.0[index as usize].store(value, Ordering::Relaxed);
    }

    /// The words, once all threads are done.
    pub fn into_vec(self) -> Vec<u64> {
        self.0.into_iter().map(AtomicU64::into_inner).collect()
    }
}
