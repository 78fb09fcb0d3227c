//! Merges: which record each removed record matched, and under which rules.

use std::collections::VecDeque;

use crate::clusters::Groups;
use crate::match_groups::MatchGroups;
use crate::rule_set::RuleSet;

/// How a removed record came to its customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// Number of the customer, from 0.
    pub customer: u32,
    /// The removed record.
    pub record: u32,
    /// The record that it shares values with: the kept record where it shares any with that, else the next on a shortest chain of
    /// shared values to the kept record.
    pub into: u32,
    /// The rules under which `record` and `into` share a value that is not above the cap.
    pub rules: RuleSet,
}

/// All merges, by customer, then by removed record. `detour` has the record that comes before `into` on the way there, if any.
///
/// # Algorithm
/// Two records share a value under a rule if and only if the first record of their value is the same. A breadth-first walk over values,
/// which expands each value once, reaches the records that share nothing with the kept record.
///
/// # Memory
/// 4 bytes a record and 4 bytes a grouped record and rule, until it returns.
pub(crate) fn merges(
    groups: &Groups,
    kept: &[u32],
    matched: &[MatchGroups],
    records: usize,
    detour: impl Fn(&Merge) -> Option<u32>,
) -> Vec<Merge> {
    let mut place_of = vec![0u32; records];
    for (place, record) in groups.members.iter().enumerate() {
        place_of[*record as usize] = place as u32;
    }
    // By rule: the first place with the value of each place, which is the place itself if no other has the value.
    let firsts: Vec<Vec<u32>> = matched
        .iter()
        .map(|matched| {
            let mut firsts: Vec<u32> = (0..groups.members.len() as u32).collect();
            for link in &matched.links {
                firsts[place_of[link.record as usize] as usize] = place_of[link.first as usize];
            }
            firsts
        })
        .collect();
    let shared = |a: u32, b: u32| {
        let mut rules = RuleSet::default();
        for (rule, firsts) in firsts.iter().enumerate() {
            if firsts[a as usize] == firsts[b as usize] {
                rules.insert(rule);
            }
        }
        rules
    };

    let mut merges = Vec::with_capacity(groups.members.len() - groups.len());
    for (group, customer) in groups.customers.iter().enumerate() {
        let range = groups.range(group);
        let kept = kept[*customer as usize];
        let kept_place = place_of[kept as usize];
        let start = merges.len();
        let mut indirect = false;
        for place in range.start as u32..range.end as u32 {
            if place == kept_place {
                continue;
            }
            let rules = shared(place, kept_place);
            indirect |= rules == RuleSet::default();
            merges.push(Merge {
                customer: *customer,
                record: groups.members[place as usize],
                into: kept,
                rules,
            });
        }
        if indirect {
            let into = walk(&firsts, range.clone(), kept_place);
            for merge in &mut merges[start..] {
                let place = place_of[merge.record as usize];
                let next = into[place as usize - range.start];
                merge.into = groups.members[next as usize];
                merge.rules = shared(place, next);
            }
        }
    }
    for merge in &mut merges {
        if let Some(into) = detour(merge) {
            let [from, to] = [merge.record, into].map(|record| place_of[record as usize]);
            merge.into = into;
            merge.rules = shared(from, to);
        }
    }
    merges
}

/// For each place in `range`, the next on a shortest chain to `kept`.
fn walk(firsts: &[Vec<u32>], range: std::ops::Range<usize>, kept: u32) -> Vec<u32> {
    // Sorted by rule and value, so that the places of one value are neighbours.
    let mut by_value: Vec<(u32, u32, u32)> = Vec::with_capacity(firsts.len() * range.len());
    for (rule, firsts) in firsts.iter().enumerate() {
        for place in range.clone() {
            by_value.push((rule as u32, firsts[place], place as u32));
        }
    }
    by_value.sort_unstable();

    const UNSEEN: u32 = u32::MAX;
    let mut into = vec![UNSEEN; range.len()];
    into[kept as usize - range.start] = kept;
    let mut expanded = vec![false; by_value.len()];
    let mut queue = VecDeque::from([kept]);
    while let Some(place) = queue.pop_front() {
        for (rule, firsts) in firsts.iter().enumerate() {
            let value = (rule as u32, firsts[place as usize]);
            let start = by_value.partition_point(|(r, first, _)| (*r, *first) < value);
            if std::mem::replace(&mut expanded[start], true) {
                continue;
            }
            for (_, _, other) in by_value[start..]
                .iter()
                .take_while(|(r, first, _)| (*r, *first) == value)
            {
                let slot = &mut into[*other as usize - range.start];
                if *slot == UNSEEN {
                    *slot = place;
                    queue.push_back(*other);
                }
            }
        }
    }
    into
}
