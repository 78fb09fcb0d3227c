//! Customers under decisions: links join records, and decisions part them.
//!
//! # Algorithm
//! All links are joined. A component that holds two records which are decided to be different is made anew: link by link, the dearest
//! first, and a link that would bring the two together is left out. `same` decisions come first, then the rules in their order, within a
//! rule the value with the first record by source and key. So a component is cut at its cheapest links, of equal ones at the latest, and
//! everybody else stays where dearer links lead. (Kruskal's algorithm, with pairs that must not meet.)
//!
//! A value is not a star here but a clique: a record that must not be with the first of a value is tried with the others.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::bonds::Bonds;
use crate::decided::Decided;
use crate::error::Error;
use crate::match_groups::{Link, MatchGroups};
use crate::records::Records;
use crate::union_find::UnionFind;

/// Joins what rules and decisions link, and leaves in `matched` the links within a component only.
pub(crate) fn join(
    records: &Records,
    matched: &mut [MatchGroups],
    decided: &Decided,
) -> Result<UnionFind, Error> {
    let mut union_find = UnionFind::new(records.len() as u32);
    for link in matched.iter().flat_map(|matched| &matched.links) {
        union_find.union(link.record, link.first);
    }
    for pair in &decided.same {
        union_find.union(pair.a, pair.b);
    }
    let mut torn = HashSet::new();
    for pair in &decided.different {
        let root = union_find.root(pair.a);
        if root == union_find.root(pair.b) {
            torn.insert(root);
        }
    }
    if torn.is_empty() {
        return Ok(union_find);
    }
    let of_torn: Vec<u32> = (0..records.len() as u32)
        .filter(|record| torn.contains(&union_find.root(*record)))
        .collect();
    let ranks = ranks(records, &of_torn)?;
    let mut bonds = decided.bonds.clone();
    for matched in matched.iter() {
        join_values(matched, &ranks, &mut bonds);
    }
    let mut joined = UnionFind::new(records.len() as u32);
    for record in 0..records.len() as u32 {
        let root = match ranks.contains_key(&record) {
            true => bonds.root(record),
            false => union_find.root(record),
        };
        joined.union(record, root);
    }
    within(matched, &mut joined);
    Ok(joined)
}

/// The places of records by source and key, then by number, so that the order of the input does not matter.
fn ranks(records: &Records, of: &[u32]) -> Result<HashMap<u32, u32>, Error> {
    let mut named = Vec::with_capacity(of.len());
    for record in of {
        let at = records.at(*record);
        let source = records.sources[records.source_at(at)].name.as_str();
        named.push((
            source,
            records.keys(at.part)?.value(at.row as usize),
            *record,
        ));
    }
    named.sort_unstable();
    let ranked = named.into_iter().zip(0..);
    Ok(ranked.map(|((.., record), rank)| (record, rank)).collect())
}

/// Joins the records of each value of a rule, as far as nothing parts them.
fn join_values(matched: &MatchGroups, ranks: &HashMap<u32, u32>, bonds: &mut Bonds) {
    let mut values: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
    for link in &matched.links {
        let (Some(first), Some(record)) = (ranks.get(&link.first), ranks.get(&link.record)) else {
            continue;
        };
        let value = values.entry(link.first);
        value
            .or_insert_with(|| vec![(*first, link.first)])
            .push((*record, link.record));
    }
    let mut values: Vec<Vec<(u32, u32)>> = values.into_values().collect();
    values.iter_mut().for_each(|value| value.sort_unstable());
    values.sort_unstable();
    for value in values {
        let mut heads: Vec<u32> = Vec::new();
        for (_, record) in value {
            if !heads.iter().any(|head| bonds.join(record, *head).is_ok()) {
                heads.push(record);
            }
        }
    }
}

/// Makes links that lead out of their component lead to the first record in it that has the same value.
pub(crate) fn within(matched: &mut [MatchGroups], union_find: &mut UnionFind) {
    for matched in matched {
        let mut strays: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
        matched.links.retain(|link| {
            let root = union_find.root(link.record);
            let is_within = root == union_find.root(link.first);
            if !is_within {
                let stray = strays.entry((link.first, root));
                stray.or_default().push(link.record);
            }
            is_within
        });
        for mut strays in strays.into_values() {
            strays.sort_unstable();
            if let Some((first, others)) = strays.split_first() {
                matched.links.extend(others.iter().map(|record| Link {
                    record: *record,
                    first: *first,
                }));
            }
        }
    }
}
