//! The order that preferences give to the records of a customer.

use std::cmp::Ordering;

use onefold_rows::parallel::map_items;
use onefold_rows::{Place, count_nulls};

use crate::error::{Error, Kind};
use crate::options::Preference;
use crate::records::Records;
use crate::values::{Values, comparable};
use crate::weights::Weigh;

/// A record of the customer in question.
#[derive(Clone, Copy)]
pub(crate) struct Member {
    pub(crate) record: u32,
    pub(crate) at: Place,
}

enum Criterion<'a> {
    MostComplete,
    Column {
        values: Values<'a>,
        latest: bool,
    },
    /// Rank by source.
    Priority(Vec<usize>),
    First,
    Last,
}

impl<'a> Criterion<'a> {
    fn new(records: &'a Records, preference: &Preference, used_by: &str) -> Result<Self, Error> {
        let column = |name: &str| comparable(records, name, used_by);
        Ok(match preference {
            Preference::MostComplete => Criterion::MostComplete,
            Preference::Latest(name) => Criterion::Column {
                values: column(name)?,
                latest: true,
            },
            Preference::Earliest(name) => Criterion::Column {
                values: column(name)?,
                latest: false,
            },
            Preference::Priority(sources) => {
                let mut ranks = vec![sources.len(); records.sources.len()];
                for (rank, source) in sources.iter().enumerate().rev() {
                    let slot = ranks.get_mut(*source);
                    *slot.ok_or(Kind::UnknownSource(*source))? = rank;
                }
                Criterion::Priority(ranks)
            }
            Preference::First => Criterion::First,
            Preference::Last => Criterion::Last,
            Preference::MostFrequent { .. } | Preference::Longest => {
                return Err(Kind::CountsValues {
                    preference: preference.label(),
                    used_by: used_by.to_owned(),
                }
                .into());
            }
        })
    }

    #[inline]
    fn compare(&self, records: &Records, missing: &[u16], a: Member, b: Member) -> Ordering {
        match self {
            Criterion::MostComplete => missing[a.record as usize].cmp(&missing[b.record as usize]),
            Criterion::Column { values, latest } => values.compare(a.at, b.at, *latest),
            Criterion::Priority(ranks) => {
                ranks[records.source_at(a.at)].cmp(&ranks[records.source_at(b.at)])
            }
            Criterion::First => a.record.cmp(&b.record),
            Criterion::Last => b.record.cmp(&a.record),
        }
    }
}

/// An order of records.
pub(crate) struct Order<'a> {
    /// What counts values. It comes before the criteria; where they decide nothing either, `keep` does.
    weigh: Option<Weigh<'a>>,
    criteria: Vec<Criterion<'a>>,
    /// What the preferences are called, in their order.
    labels: Vec<String>,
}

impl<'a> Order<'a> {
    /// An order of whole records.
    pub(crate) fn of_records(
        records: &'a Records,
        preferences: &[Preference],
        used_by: &str,
    ) -> Result<Self, Error> {
        let criteria = preferences
            .iter()
            .map(|preference| Criterion::new(records, preference, used_by))
            .collect::<Result<_, _>>()?;
        Ok(Order {
            weigh: None,
            criteria,
            labels: preferences.iter().map(Preference::label).collect(),
        })
    }

    /// An order of records for the sake of one column, whose values the first preference may count.
    pub(crate) fn of_column(
        records: &'a Records,
        column: &str,
        preferences: &[Preference],
        used_by: &str,
    ) -> Result<Self, Error> {
        let values = || comparable(records, column, used_by);
        let (weigh, others) = match preferences {
            [Preference::MostFrequent { fold_case }, others @ ..] => {
                let (values, fold_case) = (values()?, *fold_case);
                (Weigh::Frequency { values, fold_case }, others)
            }
            [Preference::Longest, others @ ..] => match values()? {
                Values::Text(chunks) => (Weigh::Length(chunks), others),
                _ => return Err(Kind::NoText(column.to_owned()).into()),
            },
            _ => return Order::of_records(records, preferences, used_by),
        };
        Ok(Order {
            weigh: Some(weigh),
            labels: preferences.iter().map(Preference::label).collect(),
            ..Order::of_records(records, others, used_by)?
        })
    }

    /// What the criteria say of two records.
    #[inline]
    fn by_criteria(&self, records: &Records, missing: &[u16], a: Member, b: Member) -> Ordering {
        for criterion in &self.criteria {
            let ordering = criterion.compare(records, missing, a, b);
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        Ordering::Equal
    }

    /// Sorts records; the first read wins a tie.
    pub(crate) fn sort_records(&self, records: &Records, missing: &[u16], members: &mut [Member]) {
        members.sort_unstable_by(|a, b| {
            self.by_criteria(records, missing, *a, *b)
                .then(a.record.cmp(&b.record))
        });
    }

    /// Sorts the records of a customer, which are in the order of `keep`, into `sorted`.
    pub(crate) fn sort_into(
        &self,
        records: &Records,
        missing: &[u16],
        members: &[Member],
        sorted: &mut Vec<Member>,
    ) {
        sorted.clear();
        let Some(weigh) = &self.weigh else {
            sorted.extend_from_slice(members);
            return self.sort_records(records, missing, sorted);
        };
        let weights = weigh.weights(&places(members));
        let mut weighed: Vec<(u32, Member)> = weights.into_iter().zip(members.to_vec()).collect();
        // A stable sort leaves ties in the order of `keep`.
        weighed.sort_by(|(weight_a, a), (weight_b, b)| {
            weight_b
                .cmp(weight_a)
                .then_with(|| self.by_criteria(records, missing, *a, *b))
        });
        sorted.extend(weighed.into_iter().map(|(_, member)| member));
    }

    /// The preference that puts one of a customer's records before another. `None` where the other is the first of the two, or `keep` is
    /// what decides.
    pub(crate) fn decides(
        &self,
        records: &Records,
        missing: &[u16],
        members: &[Member],
        (first, second): (u32, u32),
    ) -> Option<&str> {
        let place = |record: u32| members.iter().position(|member| member.record == record);
        let (first, second) = (place(first)?, place(second)?);
        let mut labels = self.labels.iter().map(String::as_str);
        if let Some(weigh) = &self.weigh {
            let weights = weigh.weights(&places(members));
            let label = labels.next();
            match weights[second].cmp(&weights[first]) {
                Ordering::Less => return label,
                Ordering::Equal => {}
                Ordering::Greater => return None,
            }
        }
        let (a, b) = (members[first], members[second]);
        for (criterion, label) in self.criteria.iter().zip(labels) {
            match criterion.compare(records, missing, a, b) {
                Ordering::Less => return Some(label),
                Ordering::Equal => {}
                Ordering::Greater => return None,
            }
        }
        let is_first = self.weigh.is_none() && a.record < b.record;
        is_first.then_some("first")
    }

    pub(crate) fn counts_missing(&self) -> bool {
        self.criteria
            .iter()
            .any(|c| matches!(c, Criterion::MostComplete))
    }
}

fn places(members: &[Member]) -> Vec<Place> {
    members.iter().map(|member| member.at).collect()
}

/// By record: how many of its columns are null.
pub(crate) fn missing_values(records: &Records, threads: usize) -> Vec<u16> {
    let parts = (0..records.part_count()).collect();
    let missing = map_items(threads, parts, |part: usize| {
        let mut missing = vec![0u16; records.rows(part)];
        for column in &records.columns {
            count_nulls(&column.chunks[part..=part], &mut missing);
        }
        missing
    });
    missing.concat()
}
