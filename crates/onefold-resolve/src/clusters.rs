//! Customers as sets of records.

use crate::match_groups::MatchGroups;
use crate::rule_set::RuleSet;

const SINGLE: u32 = u32::MAX;

/// Which records are which customer. Customers are numbered in order of their first record.
pub(crate) struct Clusters {
    /// Customer of each record.
    pub(crate) customer_of: Vec<u32>,
    /// The record that each customer keeps.
    pub(crate) kept: Vec<u32>,
    pub(crate) groups: Groups,
}

/// The customers of more than one record.
#[derive(Default)]
pub(crate) struct Groups {
    /// Customer of each group, ascending.
    pub(crate) customers: Vec<u32>,
    /// Group of each customer; [`SINGLE`] for one of one record.
    of_customer: Vec<u32>,
    /// Rules that linked something in each group.
    pub(crate) rules: Vec<RuleSet>,
    /// Bounds of each group in `members`.
    bounds: Vec<u32>,
    /// Records by group, ascending in each.
    pub(crate) members: Vec<u32>,
}

impl Groups {
    /// Groups the records by their customers. No rule is noted yet.
    pub(crate) fn new(customer_of: &[u32], customers: usize) -> Self {
        let mut sizes = vec![0u32; customers];
        for customer in customer_of {
            sizes[*customer as usize] += 1;
        }
        let mut groups = Groups {
            bounds: vec![0],
            of_customer: sizes,
            ..Groups::default()
        };
        let mut end = 0;
        for (customer, size) in groups.of_customer.iter_mut().enumerate() {
            if *size < 2 {
                *size = SINGLE;
                continue;
            }
            end += *size;
            *size = groups.customers.len() as u32;
            groups.customers.push(customer as u32);
            groups.bounds.push(end);
        }

        groups.members = vec![0; end as usize];
        let mut next = groups.bounds.clone();
        for (record, customer) in customer_of.iter().enumerate() {
            let group = groups.of_customer[*customer as usize];
            if group != SINGLE {
                let place = &mut next[group as usize];
                groups.members[*place as usize] = record as u32;
                *place += 1;
            }
        }
        groups.rules = vec![RuleSet::default(); groups.customers.len()];
        groups
    }

    /// Notes which rules linked something: those of the match groups.
    pub(crate) fn note(&mut self, customer_of: &[u32], matched: &[MatchGroups]) {
        for (rule, matched) in matched.iter().enumerate() {
            for link in &matched.links {
                let customer = customer_of[link.record as usize];
                let group = self.of_customer[customer as usize];
                if let Some(rules) = self.rules.get_mut(group as usize) {
                    rules.insert(rule);
                }
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.customers.len()
    }

    /// Place of a group in `members`.
    pub(crate) fn range(&self, group: usize) -> std::ops::Range<usize> {
        self.bounds[group] as usize..self.bounds[group + 1] as usize
    }

    /// Records of a group, ascending.
    pub(crate) fn members(&self, group: usize) -> &[u32] {
        &self.members[self.range(group)]
    }

    /// The groups of the customers in `range`.
    pub(crate) fn of_customers(&self, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
        let bound = |end: usize| self.customers.partition_point(|c| (*c as usize) < end);
        bound(range.start)..bound(range.end)
    }
}

impl Clusters {
    /// Records of a customer, ascending.
    pub(crate) fn members(&self, customer: u32) -> &[u32] {
        match self.groups.of_customer.get(customer as usize) {
            None => &[],
            // A customer's only record is also its kept one.
            Some(&SINGLE) => std::slice::from_ref(&self.kept[customer as usize]),
            Some(group) => self.groups.members(*group as usize),
        }
    }
}
