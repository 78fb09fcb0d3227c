//! Survivorship: which record of a customer is kept, and from which record each of its values comes.
//!
//! # Algorithm
//! The records of each group are sorted by the `keep` order, and the first is kept. A column with an order of its own takes its value from
//! the first record in that order. If that value is missing and `fill` is on, the next record that has one provides it. Only values that
//! do not come from the kept record are noted.

use std::cmp::Ordering;

use onefold_rows::parallel::map_ranges;
use onefold_rows::{Place, count_nulls};

use crate::clusters::Groups;
use crate::error::{Error, Kind};
use crate::options::{Options, Preference};
use crate::records::Records;
use crate::values::{Values, comparable};

/// Decisions about the groups.
pub(crate) struct Survivors {
    /// Kept record by group.
    pub(crate) kept: Vec<u32>,
    /// By column: customers, ascending, whose value comes from another record than the kept one.
    pub(crate) origins: Vec<Vec<Origin>>,
}

/// A value that does not come from the kept record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) customer: u32,
    pub(crate) record: u32,
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

/// An order of records.
pub(crate) struct Order<'a> {
    criteria: Vec<Criterion<'a>>,
}

impl<'a> Order<'a> {
    pub(crate) fn new(
        records: &'a Records,
        preferences: &[Preference],
        used_by: &str,
    ) -> Result<Self, Error> {
        let column = |name: &str| comparable(records, name, used_by);
        let criteria = preferences
            .iter()
            .map(|preference| {
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
                })
            })
            .collect::<Result<_, Error>>()?;
        Ok(Order { criteria })
    }

    fn compare(&self, records: &Records, missing: &[u16], a: Member, b: Member) -> Ordering {
        for criterion in &self.criteria {
            let ordering = match criterion {
                Criterion::MostComplete => {
                    missing[a.record as usize].cmp(&missing[b.record as usize])
                }
                Criterion::Column { values, latest } => values.compare(a.at, b.at, *latest),
                Criterion::Priority(ranks) => {
                    ranks[records.source_at(a.at)].cmp(&ranks[records.source_at(b.at)])
                }
                Criterion::First => a.record.cmp(&b.record),
                Criterion::Last => b.record.cmp(&a.record),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        a.record.cmp(&b.record)
    }

    fn counts_missing(&self) -> bool {
        self.criteria
            .iter()
            .any(|c| matches!(c, Criterion::MostComplete))
    }
}

/// `keep` and the columns with an order of their own.
pub(crate) struct Orders<'a> {
    keep: Order<'a>,
    own: Vec<(usize, Order<'a>)>,
}

impl<'a> Orders<'a> {
    pub(crate) fn new(records: &'a Records, options: &Options) -> Result<Self, Error> {
        let keep = Order::new(records, &options.keep, "`keep`")?;
        let mut own = Vec::with_capacity(options.survivorship.len());
        for (column, preferences) in &options.survivorship {
            let used_by = format!("survivorship of `{column}`");
            let Some(index) = records.column_index(column) else {
                return Err(Kind::UnknownColumn {
                    column: column.clone(),
                    used_by,
                }
                .into());
            };
            own.push((index, Order::new(records, preferences, &used_by)?));
        }
        Ok(Orders { keep, own })
    }
}

#[derive(Clone, Copy)]
struct Member {
    record: u32,
    at: Place,
}

/// Decides for all groups.
pub(crate) fn survivors(
    records: &Records,
    groups: &Groups,
    orders: &Orders<'_>,
    fill: bool,
    threads: usize,
) -> Survivors {
    let Orders { keep, own } = orders;
    let counts = keep.counts_missing() || own.iter().any(|(_, order)| order.counts_missing());
    let missing = if counts && groups.len() > 0 {
        missing_values(records)
    } else {
        Vec::new()
    };
    let decided = map_ranges(threads, groups.len(), |range| {
        let mut decided = Survivors {
            kept: Vec::with_capacity(range.len()),
            origins: vec![Vec::new(); records.columns.len()],
        };
        let mut members: Vec<Member> = Vec::new();
        let mut reordered: Vec<Member> = Vec::new();
        for group in range {
            let customer = groups.customers[group];
            members.clear();
            members.extend(groups.members(group).iter().map(|record| Member {
                record: *record,
                at: records.at(*record),
            }));
            members.sort_unstable_by(|a, b| keep.compare(records, &missing, *a, *b));
            let kept = members[0].record;
            decided.kept.push(kept);
            for (index, column) in records.columns.iter().enumerate() {
                let own_order = own.iter().find(|(column, _)| *column == index);
                let order = match own_order {
                    Some((_, order)) => {
                        reordered.clone_from(&members);
                        reordered.sort_unstable_by(|a, b| order.compare(records, &missing, *a, *b));
                        &reordered
                    }
                    None if column.complete || !fill => continue,
                    None => &members,
                };
                let chosen = match order.iter().find(|member| !column.is_null(member.at)) {
                    Some(member) if fill => member.record,
                    _ => order[0].record,
                };
                if chosen != kept {
                    decided.origins[index].push(Origin {
                        customer,
                        record: chosen,
                    });
                }
            }
        }
        decided
    });
    let mut all = Survivors {
        kept: Vec::with_capacity(groups.len()),
        origins: vec![Vec::new(); records.columns.len()],
    };
    for mut part in decided {
        all.kept.append(&mut part.kept);
        for (origins, part) in all.origins.iter_mut().zip(&mut part.origins) {
            origins.append(part);
        }
    }
    all
}

/// By record: how many of its columns are null.
fn missing_values(records: &Records) -> Vec<u16> {
    let mut missing = vec![0u16; records.len()];
    for column in &records.columns {
        count_nulls(&column.chunks, &mut missing);
    }
    missing
}
