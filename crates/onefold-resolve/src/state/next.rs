//! The state that a run leaves.

use std::ops::Range;
use std::sync::Arc;

use onefold_rows::parallel::map_items;

use super::by_customer::ByCustomer;
use super::error::Kind;
use super::escape::escape;
use super::lines::{Lines, PART_IDS, Part};
use super::met::Met;
use super::numbers::{NONE, at, get};
use super::overlap::Old;
use super::settled::SETTLED;
use super::{Fate, State};

impl State {
    /// Takes the records of the run, and those that `before` has of customers who are gone. `ids` are those of the customers, and `settled`
    /// those of customers who are as they were.
    pub(super) fn know(
        &mut self,
        before: &State,
        met: &Met<'_>,
        (by_customer, old): (&ByCustomer, &Old),
        (ids, settled): (&[u32], &[u32]),
        threads: usize,
    ) -> Result<(), Kind> {
        let numbers = self.take_sources(before, met);
        let mut owners = vec![NONE; self.ids.len()];
        for ((id, settled), customer) in ids.iter().zip(settled).zip(0u32..) {
            if *settled == NONE {
                at(&mut owners, *id, |owner| *owner = customer);
            }
        }
        let next = Next {
            same: self.same_lines(before, old, &numbers),
            state: self,
            met,
            by_customer,
            owners,
            numbers,
        };
        let old = before.lines.numbered();
        let old = old.map(|(first, part)| (first..first + part.id_count() as u32, Some(part)));
        let end = self.ids.len() as u32;
        let new = (before.ids.len() as u32..end).step_by(PART_IDS);
        let new = new.map(|first| (first..end.min(first + PART_IDS as u32), None));
        let parts = map_items(threads, old.chain(new).collect(), |(ids, old)| {
            next.part(ids, old)
        });
        let mut lines = Lines::default();
        for part in parts {
            lines.push(part?);
        }
        self.lines = lines;
        Ok(())
    }

    /// Takes the names of the sources whose records the next state has.
    fn take_sources(&mut self, before: &State, met: &Met<'_>) -> Numbers {
        let mut is_used = met.used();
        for (id, _) in self.retired.iter().filter(|(_, fate)| fate.is_gone()) {
            let Some((part, id)) = before.lines.find(*id) else {
                continue;
            };
            for record in part.of(id) {
                let source = get(&met.of_state, part.record(record).0);
                at(&mut is_used, source, |is_used| *is_used = true);
            }
        }
        let mut of_met = Vec::with_capacity(is_used.len());
        for (name, is_used) in met.sources.iter().zip(is_used) {
            of_met.push(self.sources.len() as u32);
            if is_used {
                self.sources.push(name.clone());
            }
        }
        let of_state = met.of_state.iter().map(|source| get(&of_met, *source));
        let of_state: Vec<u32> = of_state.collect();
        // A name that is gone has no lines to copy, so its number does not matter.
        let names = before.sources.iter().zip(&of_state).zip(0u32..);
        let mut names = names;
        let are_same =
            names.all(|((name, number), old)| *number == old || !self.sources.contains(name));
        Numbers {
            of_met,
            of_state,
            are_same,
        }
    }

    /// By old id: whether its lines are those that it had.
    fn same_lines(&self, before: &State, old: &Old, numbers: &Numbers) -> Vec<bool> {
        if !numbers.are_same {
            return vec![false; old.before.len()];
        }
        let is_settled = |before: &u32| *before == SETTLED;
        let mut same: Vec<bool> = old.before.iter().map(is_settled).collect();
        for (id, fate) in &self.retired {
            if before.retired.get(id) == Some(fate) {
                at(&mut same, *id, |is_same| *is_same = true);
            }
        }
        same
    }
}

/// Ids whose records are fetched together.
const FETCHED: usize = 128;

/// Numbers of sources in the next state.
struct Numbers {
    /// By source of [`Met`].
    of_met: Vec<u32>,
    /// By source of the state before.
    of_state: Vec<u32>,
    /// Whether the state before has the same numbers.
    are_same: bool,
}

/// The lines that a state gets.
struct Next<'a> {
    /// The state, but for its lines.
    state: &'a State,
    met: &'a Met<'a>,
    by_customer: &'a ByCustomer,
    /// By id: its customer, but for those whose ids were settled.
    owners: Vec<u32>,
    numbers: Numbers,
    /// By old id: whether its lines are those that it had.
    same: Vec<bool>,
}

impl Next<'_> {
    /// The lines of some ids. `old` are those that they had.
    fn part(&self, ids: Range<u32>, old: Option<&Arc<Part>>) -> Result<Arc<Part>, Kind> {
        let is_same = |id: u32| self.same.get(id as usize).copied().unwrap_or(false);
        if let Some(old) = old
            && ids.clone().all(is_same)
        {
            return Ok(Arc::clone(old));
        }
        let mut part = match old {
            Some(old) => Part::like(old),
            None => Part::with_room(ids.len(), ids.len() * 2, ids.len() * 48),
        };
        let mut places = 0..;
        for first in ids.clone().step_by(FETCHED) {
            let ids = first..ids.end.min(first + FETCHED as u32);
            // Each step fetches what the next one reads, for all of them at the same time.
            let owners = self.owners.get(ids.start as usize..ids.end as usize);
            let records = owners.unwrap_or_default().iter();
            let records: Vec<&[u32]> = records.map(|owner| self.by_customer.of(*owner)).collect();
            let keys = records.iter().copied().flatten();
            let keys: Vec<_> = keys.map(|record| self.met.key(*record)).collect();
            let mut keys = keys.into_iter();
            for (id, records) in ids.zip(records) {
                let keys = keys.by_ref().take(records.len()).flatten();
                let old = old.zip(places.next());
                match old {
                    Some((old, at)) if is_same(id) => part.copy(old, at)?,
                    _ => self.write(id, keys, old, &mut part)?,
                }
            }
        }
        Ok(Arc::new(part))
    }

    /// Writes the lines of an id. `keys` are the sources and keys of its records in the run.
    fn write<'k>(
        &self,
        id: u32,
        keys: impl Iterator<Item = (u32, &'k str)>,
        old: Option<(&Arc<Part>, usize)>,
        part: &mut Part,
    ) -> Result<(), Kind> {
        let fate = self.state.retired.get(&id);
        let name = escape(self.state.ids.get(id as usize));
        match fate {
            None => part.id(&name)?,
            Some(fate) => part.id(&format!("{name}\t{}", self.state.written(fate)))?,
        }
        if get(&self.owners, id) != NONE {
            for (source, key) in keys {
                part.push(get(&self.numbers.of_met, source), key)?;
            }
        } else if let Some((old, at)) = old
            && fate.is_none_or(Fate::is_gone)
        {
            // A customer who is gone, or as it was where sources have other numbers.
            part.copy_records(old, old.of(at), |source| {
                get(&self.numbers.of_state, source)
            })?;
        }
        Ok(())
    }
}
