//! Union-find over dense record numbers.
//!
//! # Algorithm
//! Tarjan's disjoint sets with path halving. The smaller root wins, so the root of a tree is the first record of its component, whatever
//! the order of the unions. Without union by rank, a step takes O(log n) amortised; links are stars around first records, which keeps
//! trees flat.
//!
//! # Memory
//! 4 bytes a record.

/// Components of records, as trees.
pub(crate) struct UnionFind {
    /// `parent[r] <= r`, equal for a root.
    parent: Vec<u32>,
}

impl UnionFind {
    /// `records` components of one record each.
    pub(crate) fn new(records: u32) -> Self {
        UnionFind {
            parent: (0..records).collect(),
        }
    }

    /// Components that are known already: by record, the first of its component.
    pub(crate) fn of_firsts(firsts: Vec<u32>) -> Self {
        UnionFind { parent: firsts }
    }

    /// The first record of the component.
    pub(crate) fn root(&mut self, mut record: u32) -> u32 {
        let parent = &mut self.parent;
        while parent[record as usize] != record {
            let above = parent[parent[record as usize] as usize];
            parent[record as usize] = above;
            record = above;
        }
        record
    }

    /// Joins the components of `a` and `b`.
    pub(crate) fn union(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }

    /// Numbers the components from 0 in order of their first record. Returns the component of each record, and the first record of each
    /// component.
    pub(crate) fn into_components(self) -> (Vec<u32>, Vec<u32>) {
        let mut label = self.parent;
        let mut firsts = Vec::new();
        for record in 0..label.len() {
            let parent = label[record] as usize;
            // A parent comes before its children, so it has its label already.
            label[record] = if parent == record {
                firsts.push(record as u32);
                firsts.len() as u32 - 1
            } else {
                label[parent]
            };
        }
        (label, firsts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_numbered_by_first_record_in_any_order_of_unions() {
        let unions = [(5, 2), (6, 3), (2, 6), (1, 4)];
        for rotation in 0..unions.len() {
            let mut union_find = UnionFind::new(8);
            for step in 0..unions.len() {
                let (a, b) = unions[(step + rotation) % unions.len()];
                union_find.union(a, b);
            }
            let (label, firsts) = union_find.into_components();
            assert_eq!(label, [0, 1, 2, 2, 1, 2, 2, 3]);
            assert_eq!(firsts, [0, 1, 2, 7]);
        }
    }

    #[test]
    fn a_long_chain_is_one_component() {
        let mut union_find = UnionFind::new(100_000);
        for record in (1..100_000).rev() {
            union_find.union(record, record - 1);
        }
        let (label, firsts) = union_find.into_components();
        assert!(label.iter().all(|l| *l == 0));
        assert_eq!(firsts, [0]);
    }
}
