//! Counts of tables whose rows pass by.

use std::collections::BTreeMap;

use onefold_operators::{AsOfMatches, AsOfTally, JoinCounts};

/// Rows of one passing table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Passed {
    /// Rows of its input.
    pub(super) rows_in: u64,
    /// Rows of its step.
    pub(super) made: u64,
    /// Rows after `where`.
    pub(super) rows_out: u64,
}

/// Counts of one batch, or of all so far, by number of the table.
#[derive(Debug, Default)]
pub(super) struct Tally {
    passed: BTreeMap<usize, Passed>,
    joins: BTreeMap<(usize, usize), JoinCounts>,
    asof: BTreeMap<usize, AsOfTally>,
}

impl Tally {
    pub(super) fn pass(&mut self, table: usize, passed: Passed) {
        let sum = self.passed.entry(table).or_default();
        sum.rows_in += passed.rows_in;
        sum.made += passed.made;
        sum.rows_out += passed.rows_out;
    }

    pub(super) fn join(&mut self, table: usize, lookup: usize, counts: JoinCounts) {
        *self.joins.entry((table, lookup)).or_default() += counts;
    }

    pub(super) fn asof(&mut self, table: usize, matches: &AsOfMatches) {
        self.asof.entry(table).or_default().add(matches);
    }

    /// Adds the counts of a batch that has arrived.
    pub(super) fn append(&mut self, other: Tally) {
        other
            .passed
            .into_iter()
            .for_each(|(table, passed)| self.pass(table, passed));
        other
            .joins
            .into_iter()
            .for_each(|((table, lookup), counts)| self.join(table, lookup, counts));
        for (table, tally) in other.asof {
            self.asof.entry(table).or_default().append(tally);
        }
    }

    /// The counts of a table whose rows have all passed.
    pub(super) fn take(&mut self, table: usize) -> (Passed, Vec<JoinCounts>, AsOfTally) {
        let joins = self
            .joins
            .range((table, 0)..(table + 1, 0))
            .map(|(_, counts)| *counts)
            .collect();
        (
            self.passed.remove(&table).unwrap_or_default(),
            joins,
            self.asof.remove(&table).unwrap_or_default(),
        )
    }
}
