//! Survivorship: which record of a customer is kept, and from which record each of its values comes.
//!
//! # Algorithm
//! The records of each group are sorted by the `keep` order, and the first is kept. A column with an order of its own takes its value from
//! the first record in that order. If that value is missing and `fill` is on, the next record that has one provides it. Columns that stay
//! together all take theirs from one record: the first in their order that has any, or, with `fill`, that has most of them. A column
//! that keeps all values has them in the order of `keep`. Only values that do not come from the kept record are noted.

use onefold_rows::parallel::map_ranges;

use crate::clusters::Groups;
use crate::error::{Error, Kind};
use crate::lists::{ALL, Joined, List};
use crate::options::{Options, Preference};
use crate::order::{Member, Order, missing_values};
use crate::records::Records;

/// Decisions about the groups.
pub(crate) struct Survivors {
    /// Kept record by group.
    pub(crate) kept: Vec<u32>,
    /// By column: customers, ascending, whose value comes from another record than the kept one.
    pub(crate) origins: Vec<Vec<Origin>>,
    /// By column: customers, ascending, of several values in a column that keeps all.
    pub(crate) joined: Vec<Vec<Joined>>,
}

/// A value that does not come from the kept record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) customer: u32,
    pub(crate) record: u32,
}

/// Columns whose values come from one record.
struct Together<'a> {
    columns: Vec<usize>,
    /// `keep` where there is none.
    order: Option<Order<'a>>,
}

impl Together<'_> {
    /// The record that provides the values, of those of a customer in the order of the columns.
    fn chosen(&self, records: &Records, order: &[Member], fill: bool) -> u32 {
        let mut chosen = order[0].record;
        let mut most = 0;
        for member in order {
            let has_value = |column: &&usize| !records.columns[**column].is_null(member.at);
            let values = self.columns.iter().filter(has_value).count();
            if values > most {
                (chosen, most) = (member.record, values);
                if !fill || most == self.columns.len() {
                    break;
                }
            }
        }
        chosen
    }
}

/// `keep`, the columns with an order of their own, and those that stay together.
pub(crate) struct Orders<'a> {
    keep: Order<'a>,
    /// Without those of columns that stay together.
    own: Vec<(usize, Order<'a>)>,
    together: Vec<Together<'a>>,
    lists: Vec<List>,
}

impl<'a> Orders<'a> {
    pub(crate) fn new(records: &'a Records, options: &Options) -> Result<Self, Error> {
        let index = |column: &str, used_by: &str| {
            let index = records.column_index(column);
            index.ok_or_else(|| {
                Error::from(Kind::UnknownColumn {
                    column: column.to_owned(),
                    used_by: used_by.to_owned(),
                })
            })
        };
        let keep = Order::of_records(records, &options.keep, "`keep`")?;
        let mut own = Vec::with_capacity(options.survivorship.len());
        for (column, preferences) in &options.survivorship {
            let used_by = format!("survivorship of `{column}`");
            let index = index(column, &used_by)?;
            let order = Order::of_column(records, column, preferences, &used_by)?;
            own.push((index, order));
        }
        let mut orders = Orders {
            keep,
            own,
            together: Vec::with_capacity(options.together.len()),
            lists: List::all(records, options)?,
        };
        for names in &options.together {
            one_order(names, options)?;
            let mut together = Together {
                columns: Vec::with_capacity(names.len()),
                order: None,
            };
            for name in names {
                let index = index(name, "`together`")?;
                let is_list = orders.list(index).is_some();
                if together.columns.contains(&index) || orders.is_together(index) || is_list {
                    return Err(Kind::TogetherTwice(name.clone()).into());
                }
                together.columns.push(index);
                if let Some(place) = orders.own.iter().position(|(column, _)| *column == index) {
                    let (_, order) = orders.own.remove(place);
                    together.order.get_or_insert(order);
                }
            }
            orders.together.push(together);
        }
        Ok(orders)
    }

    fn is_together(&self, column: usize) -> bool {
        self.together.iter().any(|t| t.columns.contains(&column))
    }

    /// The column as one that keeps all values.
    pub(crate) fn list(&self, column: usize) -> Option<&List> {
        self.lists.iter().find(|list| list.column == column)
    }

    /// Puts the records of a customer into the order in which lists have their values, where there are lists.
    pub(crate) fn sort_for_lists(
        &self,
        records: &Records,
        missing: &[u16],
        members: &mut [Member],
    ) {
        if !self.lists.is_empty() {
            self.keep.sort_records(records, missing, members);
        }
    }

    /// The own order of a column that stays with no other.
    fn own(&self, column: usize) -> Option<&Order<'a>> {
        let own = self.own.iter().find(|(own, _)| *own == column);
        own.map(|(_, order)| order)
    }

    /// By record: how many of its columns are null. Empty where no order asks.
    pub(crate) fn missing_values(&self, records: &Records, threads: usize) -> Vec<u16> {
        let own = self.own.iter().map(|(_, order)| order);
        let together = self.together.iter().filter_map(|t| t.order.as_ref());
        let mut orders = [&self.keep].into_iter().chain(own).chain(together);
        match orders.any(Order::counts_missing) {
            true => missing_values(records, threads),
            false => Vec::new(),
        }
    }

    /// Why the value of a column comes from a customer's `chosen` record. `members` are all of its records.
    pub(crate) fn reason(
        &self,
        records: &Records,
        missing: &[u16],
        column: usize,
        members: &[Member],
        (chosen, kept): (u32, u32),
    ) -> &str {
        if chosen == kept {
            return "kept";
        }
        if self.is_together(column) {
            return "together";
        }
        if self.list(column).is_some() {
            return ALL;
        }
        self.own(column)
            .and_then(|order| order.decides(records, missing, members, (chosen, kept)))
            .unwrap_or("filled")
    }
}

/// Checks that the orders of columns that stay together are one and the same.
fn one_order(columns: &[String], options: &Options) -> Result<(), Error> {
    let own = options.survivorship.iter();
    let mut own = own.filter(|(column, _)| columns.contains(column));
    let Some((first, order)) = own.next() else {
        return Ok(());
    };
    // What counts the values of one column is not the same for another.
    let counts = order.first().is_some_and(Preference::counts_values);
    match own.find(|(_, other)| counts || other != order) {
        Some((column, _)) => Err(Kind::OrdersDiffer {
            column: column.clone(),
            first: first.clone(),
        }
        .into()),
        None => Ok(()),
    }
}

/// Decides for all groups.
pub(crate) fn survivors(
    records: &Records,
    groups: &Groups,
    orders: &Orders<'_>,
    options: &Options,
) -> Survivors {
    let (fill, threads) = (options.fill, options.threads);
    let missing = if groups.len() > 0 {
        orders.missing_values(records, threads)
    } else {
        Vec::new()
    };
    let decided = map_ranges(threads, groups.len(), |range| {
        let mut decided = Survivors {
            kept: Vec::with_capacity(range.len()),
            origins: vec![Vec::new(); records.columns.len()],
            joined: vec![Vec::new(); records.columns.len()],
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
            orders.keep.sort_records(records, &missing, &mut members);
            let kept = members[0].record;
            decided.kept.push(kept);
            for (index, column) in records.columns.iter().enumerate() {
                let order = match orders.own(index) {
                    Some(order) => {
                        order.sort_into(records, &missing, &members, &mut reordered);
                        &reordered
                    }
                    None if orders.is_together(index) || orders.list(index).is_some() => continue,
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
            for list in &orders.lists {
                match list.values(records, &members).as_slice() {
                    [] => {}
                    [(record, _)] if *record == kept => {}
                    [(record, _)] => decided.origins[list.column].push(Origin {
                        customer,
                        record: *record,
                    }),
                    values => decided.joined[list.column].push(Joined {
                        customer,
                        text: list.joined(values),
                    }),
                }
            }
            for together in &orders.together {
                let order = match &together.order {
                    Some(order) => {
                        order.sort_into(records, &missing, &members, &mut reordered);
                        &reordered
                    }
                    None => &members,
                };
                let record = together.chosen(records, order, fill);
                if record != kept {
                    for column in &together.columns {
                        decided.origins[*column].push(Origin { customer, record });
                    }
                }
            }
        }
        decided
    });
    let mut all = Survivors {
        kept: Vec::with_capacity(groups.len()),
        origins: vec![Vec::new(); records.columns.len()],
        joined: vec![Vec::new(); records.columns.len()],
    };
    for mut part in decided {
        all.kept.append(&mut part.kept);
        for (origins, part) in all.origins.iter_mut().zip(&mut part.origins) {
            origins.append(part);
        }
        for (joined, part) in all.joined.iter_mut().zip(&mut part.joined) {
            joined.append(part);
        }
    }
    all
}
