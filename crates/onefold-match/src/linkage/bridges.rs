//! Bridges: edges without which a cluster falls apart.

use hashbrown::{HashMap, HashSet};
use onefold_rows::hash::{SEED, mix};

/// The edges of some trees, each the lesser end first, that are bridges of all `edges`, and that part their tree into two sides of two
/// records or more each. `edges` has those of the trees too; of two edges between the same ends neither is a bridge.
///
/// An edge beside the trees closes a way through them. Each has a random mark, which both its ends get. The marks below an edge of a tree
/// cancel out where no other edge leaves that side. By chance they do so once in 2^64 times.
pub(super) fn bridges(
    trees: &[(u32, u32)],
    edges: impl Iterator<Item = (u32, u32)>,
) -> HashSet<(u32, u32)> {
    let mut numbers: HashMap<u32, u32, foldhash::fast::FixedState> = HashMap::default();
    let mut records = Vec::new();
    let mut near: Vec<Vec<u32>> = Vec::new();
    for (a, b) in trees {
        let ends = [*a, *b].map(|end| {
            *numbers.entry(end).or_insert_with(|| {
                records.push(end);
                near.push(Vec::new());
                near.len() as u32 - 1
            })
        });
        near[ends[0] as usize].push(ends[1]);
        near[ends[1] as usize].push(ends[0]);
    }
    // By record: its tree, and the record above it. Each stands behind that one in the order.
    let count = records.len();
    let (mut tree, mut above) = (vec![u32::MAX; count], vec![u32::MAX; count]);
    let mut order = Vec::with_capacity(count);
    for start in 0..count as u32 {
        if tree[start as usize] != u32::MAX {
            continue;
        }
        tree[start as usize] = start;
        let mut place = order.len();
        order.push(start);
        while let Some(record) = order.get(place).copied() {
            place += 1;
            for next in &near[record as usize] {
                if tree[*next as usize] == u32::MAX {
                    tree[*next as usize] = start;
                    above[*next as usize] = record;
                    order.push(*next);
                }
            }
        }
    }
    let (mut marks, mut is_met) = (vec![0u64; count], vec![false; count]);
    for (place, (a, b)) in edges.enumerate() {
        let (Some(a), Some(b)) = (numbers.get(&a), numbers.get(&b)) else {
            continue;
        };
        let (i, j) = (*a as usize, *b as usize);
        if tree[i] != tree[j] {
            continue;
        }
        let below = match (above[i] == *b, above[j] == *a) {
            (true, _) => Some(i),
            (_, true) => Some(j),
            _ => None,
        };
        if below.is_some_and(|below| !std::mem::replace(&mut is_met[below], true)) {
            continue;
        }
        let mark = mix(place as u64, SEED);
        marks[i] ^= mark;
        marks[j] ^= mark;
    }
    let mut sizes = vec![1u32; count];
    for record in order.iter().rev().map(|record| *record as usize) {
        if let Some(size) = sizes.get(above[record] as usize).copied() {
            sizes[above[record] as usize] = size + sizes[record];
            marks[above[record] as usize] ^= marks[record];
        }
    }
    let is_bridge = |record: &usize| {
        above[*record] != u32::MAX
            && marks[*record] == 0
            && sizes[*record] > 1
            && sizes[tree[*record] as usize] - sizes[*record] > 1
    };
    let found = (0..count).filter(is_bridge).map(|record| {
        let ends = (records[record], records[above[record] as usize]);
        (ends.0.min(ends.1), ends.0.max(ends.1))
    });
    found.collect()
}

/// The merges of some clusters as trees: each joins two records.
pub(super) struct Tree {
    near: HashMap<u32, Vec<u32>, foldhash::fast::FixedState>,
}

impl Tree {
    pub(super) fn new(merges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut near: HashMap<u32, Vec<u32>, foldhash::fast::FixedState> = HashMap::default();
        for (a, b) in merges {
            near.entry(a).or_default().push(b);
            near.entry(b).or_default().push(a);
        }
        Self { near }
    }

    fn near(&self, record: u32) -> &[u32] {
        self.near.get(&record).map_or(&[], Vec::as_slice)
    }

    /// The records on the side of `a` of the merge of `a` and `b`, ascending.
    pub(super) fn side(&self, a: u32, b: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut way = vec![(a, b)];
        while let Some((record, from)) = way.pop() {
            found.push(record);
            let next = self.near(record).iter().filter(|next| **next != from);
            way.extend(next.map(|next| (*next, record)));
        }
        found.sort_unstable();
        found
    }

    /// Takes a merge back.
    pub(super) fn cut(&mut self, a: u32, b: u32) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(near) = self.near.get_mut(&from) {
                near.retain(|other| *other != to);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use petgraph::graph::UnGraph;
    use proptest::prelude::*;

    /// The edges that join what was apart: a spanning forest.
    fn forest(edges: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let mut joined = petgraph::unionfind::UnionFind::new(200_001);
        edges
            .iter()
            .filter(|(a, b)| joined.union(*a, *b))
            .copied()
            .collect()
    }

    proptest! {
        /// A bridge is an edge without which a graph library finds one more component, here of two records or more on both sides.
        #[test]
        fn bridges_are_those_of_the_library(edges in prop::collection::vec((0u32..12, 0u32..12), 0..24)) {
            let edges: Vec<(u32, u32)> = edges.into_iter().filter(|(a, b)| a != b).collect();
            let graph = |without: Option<usize>| {
                let kept = edges.iter().enumerate().filter(|(place, _)| Some(*place) != without);
                let mut graph = UnGraph::<(), ()>::from_edges(kept.map(|(_, edge)| *edge));
                while graph.node_count() < 12 {
                    graph.add_node(());
                }
                graph
            };
            let all = petgraph::algo::connected_components(&graph(None));
            let is_bridge = |place: &usize| {
                let (graph, (a, b)) = (graph(Some(*place)), edges[*place]);
                let is_lone = |end: u32| graph.neighbors(end.into()).next().is_none();
                petgraph::algo::connected_components(&graph) > all && !is_lone(a) && !is_lone(b)
            };
            let expected = (0..edges.len()).filter(is_bridge).map(|place| {
                let (a, b) = edges[place];
                (a.min(b), a.max(b))
            });
            let expected: HashSet<(u32, u32)> = expected.collect();
            prop_assert_eq!(bridges(&forest(&edges), edges.iter().copied()), expected);
        }
    }

    #[test]
    fn sides_of_a_merge() {
        let mut tree = Tree::new([(1, 2), (2, 7), (2, 3), (5, 3)]);
        assert_eq!(tree.side(2, 3), [1, 2, 7]);
        assert_eq!(tree.side(3, 2), [3, 5]);
        tree.cut(2, 1);
        assert_eq!(tree.side(2, 3), [2, 7]);
        assert_eq!(tree.side(9, 1), [9]);
    }

    #[test]
    fn a_long_chain_is_all_bridges_but_its_ends() {
        let chain: Vec<(u32, u32)> = (0..200_000).map(|end| (end, end + 1)).collect();
        assert_eq!(bridges(&chain, chain.iter().copied()).len(), 199_998);
        let around = chain.iter().copied().chain([(200_000, 0)]);
        assert!(bridges(&chain, around).is_empty());
    }
}
