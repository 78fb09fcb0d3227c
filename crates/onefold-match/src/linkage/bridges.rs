//! Bridges: edges without which a graph falls apart.

use hashbrown::HashMap;

/// For each edge of a graph, whether it is a bridge: no other way leads from one of its ends to the other. Of two edges between the same
/// ends neither is.
///
/// Tarjan (1974), without recursion: a graph may be a long chain.
pub(super) fn bridges(edges: &[(u32, u32)]) -> Vec<bool> {
    let mut numbers: HashMap<u32, usize, foldhash::fast::FixedState> = HashMap::default();
    let mut near: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut number = |end: u32, near: &mut Vec<Vec<(usize, usize)>>| {
        *numbers.entry(end).or_insert_with(|| {
            near.push(Vec::new());
            near.len() - 1
        })
    };
    for (edge, (a, b)) in edges.iter().enumerate() {
        let (a, b) = (number(*a, &mut near), number(*b, &mut near));
        near[a].push((b, edge));
        near[b].push((a, edge));
    }
    let mut is_bridge = vec![false; edges.len()];
    // When an end was first met, from 1; and the earliest end that is reached from it and those behind it.
    let (mut met, mut least) = (vec![0usize; near.len()], vec![0usize; near.len()]);
    let mut clock = 0;
    for start in 0..near.len() {
        if met[start] != 0 {
            continue;
        }
        clock += 1;
        (met[start], least[start]) = (clock, clock);
        // Ends on the way, the edge that led to each, and how many of its neighbours were looked at.
        let mut way = vec![(start, usize::MAX, 0usize)];
        while let Some((end, by, looked)) = way.last_mut() {
            let (end, by) = (*end, *by);
            let Some((next, edge)) = near[end].get(*looked).copied() else {
                way.pop();
                if let Some((before, ..)) = way.last() {
                    least[*before] = least[*before].min(least[end]);
                    is_bridge[by] = least[end] > met[*before];
                }
                continue;
            };
            *looked += 1;
            if edge == by {
                continue;
            }
            if met[next] == 0 {
                clock += 1;
                (met[next], least[next]) = (clock, clock);
                way.push((next, edge, 0));
            } else {
                least[end] = least[end].min(met[next]);
            }
        }
    }
    is_bridge
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

    proptest! {
        /// A bridge is an edge without which a graph library finds one more component.
        #[test]
        fn bridges_are_those_of_the_library(edges in prop::collection::vec((0u32..12, 0u32..12), 0..24)) {
            let edges: Vec<(u32, u32)> = edges.into_iter().filter(|(a, b)| a != b).collect();
            let components = |without: Option<usize>| {
                let kept = edges.iter().enumerate().filter(|(place, _)| Some(*place) != without);
                let mut graph = UnGraph::<(), ()>::from_edges(kept.map(|(_, edge)| *edge));
                while graph.node_count() < 12 {
                    graph.add_node(());
                }
                petgraph::algo::connected_components(&graph)
            };
            let all = components(None);
            let expected: Vec<bool> = (0..edges.len()).map(|edge| components(Some(edge)) > all).collect();
            prop_assert_eq!(bridges(&edges), expected);
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
    fn a_long_chain_is_all_bridges() {
        let chain: Vec<(u32, u32)> = (0..200_000).map(|end| (end, end + 1)).collect();
        assert!(bridges(&chain).into_iter().all(|is_bridge| is_bridge));
    }
}
