//! What is known of pairs of records, each compared once.

use hashbrown::HashMap;

use super::known::Known;
use crate::ratios::{Ratios, Signs};
use crate::score::Scratch;

/// Pairs that linking asks for. What scoring found is looked up; the others are compared, each once.
pub(super) struct Pairs<'a> {
    known: Known<'a>,
    scratch: Scratch,
    /// By both records: the number of a pair that was not scored.
    numbers: HashMap<u64, u32, foldhash::fast::FixedState>,
    ratios: Ratios,
}

/// Sums of known ratios by comparison, and of how many.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Sum {
    ratios: f64,
    count: f64,
}

impl Sum {
    /// Adds the ratios of a pair to the sums of one of its records.
    pub(super) fn add(sums: &mut [Self], ratios: &[f32]) {
        for (sum, ratio) in sums.iter_mut().zip(ratios) {
            let is_known = *ratio > 0.0;
            sum.ratios += f64::from(if is_known { *ratio } else { 0.0 });
            sum.count += if is_known { 1.0 } else { 0.0 };
        }
    }

    /// The logarithm of the mean, where anything is known.
    pub(super) fn log(self) -> Option<f64> {
        (self.count > 0.0).then(|| (self.ratios / self.count).ln())
    }
}

impl<'a> Pairs<'a> {
    pub(super) fn new(known: Known<'a>) -> Self {
        Self {
            known,
            scratch: Scratch::new(),
            numbers: HashMap::default(),
            ratios: Ratios::default(),
        }
    }

    /// The ratios of two records by comparison, and their signs.
    pub(super) fn of(&mut self, a: u32, b: u32) -> (&[f32], Signs) {
        let (low, high) = (a.min(b), a.max(b));
        let Known {
            scorer,
            fit,
            scored,
            ..
        } = self.known;
        if let Some(scored) = scored.ratios(low, high) {
            return scored;
        }
        let key = u64::from(low) << 32 | u64::from(high);
        let next = self.ratios.len() as u32;
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            scorer.compare(low, high, &mut self.scratch);
            self.ratios.add(scorer, fit, (low, high), &self.scratch);
        }
        self.ratios.get(number as usize)
    }
}
