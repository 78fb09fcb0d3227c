//! The customers of a run with their ids, and what happened to customers and ids.

use std::collections::BTreeMap;

use arrow::buffer::{Buffer, ScalarBuffer};

use onefold_rows::ahead::{ahead_twice, fetch};

use super::State;
use super::numbers::{ASIDE, NONE, get};

/// What happened to a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// A customer with records that no customer had before.
    Created,
    /// A customer still has its id, but not the same records.
    Changed,
    /// A customer that was gone has records again.
    Returned,
    /// All that is there of an old customer is now part of another one, whose id is the new one.
    Merged,
    /// Some records of an old customer went to another one, whose id is the new one.
    Split,
    /// None of an old customer's records is there any more.
    Gone,
}

impl Event {
    /// What tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Returned => "returned",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Gone => "gone",
        }
    }
}

/// Something that happened to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage<'a> {
    /// The id before; none for a new customer.
    pub old: Option<&'a str>,
    /// The id now; none for a customer that is gone.
    pub new: Option<&'a str>,
    /// What happened.
    pub event: Event,
    /// Why, in words: `2 records new`, `all 3 records`, `1 of 4 records`.
    pub cause: String,
}

/// Something that happened, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Happened {
    pub(super) old: u32,
    pub(super) new: u32,
    pub(super) event: Event,
    pub(super) counts: Counts,
}

/// Records by where they come from or go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// Of the old customer, in the new one.
    pub(super) shared: u32,
    /// Of the old customer in all.
    pub(super) before: u32,
    /// Of the old customer, in no customer of this run.
    pub(super) absent: u32,
    /// Of the old customer, in others.
    pub(super) left: u32,
    /// Of the new customer, in none before.
    pub(super) new: u32,
    /// Of the new customer, in others before.
    pub(super) joined: u32,
}

/// The customers of a run with their ids.
#[derive(Debug, Clone, PartialEq)]
pub struct Assigned {
    /// What the next run starts from.
    pub next: State,
    /// Records without a key.
    pub without_key: u64,
    /// Records whose key an earlier record of their source has.
    pub repeated: u64,
    /// By customer.
    pub(super) ids: Vec<u32>,
    /// By record: the id of its customer before, or [`NONE`], or [`ASIDE`].
    pub(super) before: Vec<u32>,
    /// By old id, then new id.
    pub(super) happened: Vec<Happened>,
    /// By id.
    pub(super) created: Vec<Created>,
}

/// A customer with records that no customer had before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Created {
    pub(super) id: u32,
    pub(super) records: u32,
}

impl Assigned {
    /// The id of a customer by its number in the run; empty for a number that no customer has.
    pub fn id(&self, customer: u32) -> &str {
        let id = self.ids.get(customer as usize);
        id.map_or("", |id| self.next.ids.get(*id as usize))
    }

    /// The views of the ids of some customers, into [`buffers`](Self::buffers).
    pub(crate) fn views(&self, customers: &[u32]) -> ScalarBuffer<u128> {
        let id = |customer: &u32| get(&self.ids, *customer) as usize;
        let customers = ahead_twice(
            customers,
            |customer| fetch(self.ids.get(*customer as usize)),
            |customer| self.next.ids.fetch(id(customer)),
        );
        let views = customers.map(|customer| self.next.ids.view(id(customer)));
        views.collect()
    }

    /// What the views of long ids point into.
    pub(crate) fn buffers(&self) -> Vec<Buffer> {
        self.next.ids.buffers()
    }

    /// The ids, by customer.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.ids.iter().map(|id| self.next.ids.get(*id as usize))
    }

    /// The id that the customer of a record had before, by the number of the record among those given. `None`: it had none.
    pub fn id_before(&self, record: usize) -> Option<&str> {
        let id = self.before.get(record).filter(|id| **id < ASIDE)?;
        Some(self.next.ids.get(*id as usize))
    }

    /// How much happened.
    pub fn lineage_len(&self) -> usize {
        self.happened.len() + self.created.len()
    }

    /// How often each thing happened, where it did.
    pub fn counts(&self) -> BTreeMap<Event, u64> {
        let mut counts = BTreeMap::new();
        if !self.created.is_empty() {
            counts.insert(Event::Created, self.created.len() as u64);
        }
        for happened in &self.happened {
            *counts.entry(happened.event).or_default() += 1;
        }
        counts
    }

    /// What happened, by age of the old id, then of the new one; new customers last. A customer with the id and the records that it had
    /// is not among them.
    pub fn lineage(&self) -> impl Iterator<Item = Lineage<'_>> {
        let id = |id: u32| (id != NONE).then(|| self.next.ids.get(id as usize));
        let happened = self.happened.iter().copied();
        let all = happened.chain(self.created.iter().map(Created::happened));
        all.map(move |happened| Lineage {
            old: id(happened.old),
            new: id(happened.new),
            event: happened.event,
            cause: happened.cause(),
        })
    }
}

impl Created {
    fn happened(&self) -> Happened {
        Happened {
            old: NONE,
            new: self.id,
            event: Event::Created,
            counts: Counts {
                new: self.records,
                ..Counts::default()
            },
        }
    }
}

impl Happened {
    fn cause(&self) -> String {
        let Counts {
            shared,
            before,
            absent,
            left,
            new,
            joined,
        } = self.counts;
        let mut parts = Vec::new();
        let mut part = |count: u32, what: &str| {
            if count > 0 {
                let noun = if count == 1 { "record" } else { "records" };
                parts.push(format!("{count} {noun} {what}"));
            }
        };
        match self.event {
            Event::Created if new == 0 => return "no record with a key of its own".to_owned(),
            Event::Created => part(new, "new"),
            Event::Gone if before == 0 => return "no record with a key of its own".to_owned(),
            Event::Gone => part(before, "absent"),
            Event::Merged | Event::Split => {
                let noun = if before == 1 { "record" } else { "records" };
                let text = match shared == before {
                    true if before == 1 => "its only record".to_owned(),
                    true => format!("all {before} records"),
                    false => format!("{shared} of {before} {noun}"),
                };
                return text;
            }
            Event::Changed | Event::Returned => {
                if self.event == Event::Returned {
                    part(shared, "back");
                }
                part(new, "new");
                part(joined, "from other customers");
                part(left, "to other customers");
                part(absent, "absent");
            }
        }
        parts.join(", ")
    }
}
