//! Records that hold together and records that stay apart.
//!
//! # Algorithm
//! A union-find over few records, each tree with the list of pairs that keep it apart from others. Before two trees are joined, the
//! shorter list is searched for the other tree.
//!
//! # Memory
//! That of a hash table of the records it was told of.

use hashbrown::HashMap;

type Table<V> = HashMap<u32, V, foldhash::fast::FixedState>;

/// Components of records that must not all be joined.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bonds {
    /// Absent: a root.
    parent: Table<u32>,
    /// By root: what keeps the component apart from others.
    apart: Table<Vec<Apart>>,
}

/// A pair that stays apart, seen from one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Apart {
    pub(crate) own: u32,
    pub(crate) other: u32,
    /// Whose pair it is.
    pub(crate) place: usize,
}

impl Bonds {
    /// A record that stands for its component.
    pub(crate) fn root(&mut self, mut record: u32) -> u32 {
        while let Some(up) = self.parent.get(&record).copied() {
            if let Some(above) = self.parent.get(&up).copied() {
                self.parent.insert(record, above);
            }
            record = up;
        }
        record
    }

    /// Whether two records hold together.
    pub(crate) fn are_joined(&mut self, a: u32, b: u32) -> bool {
        self.root(a) == self.root(b)
    }

    /// Joins the components of two records, unless a pair keeps them apart.
    pub(crate) fn join(&mut self, a: u32, b: u32) -> Result<(), Apart> {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return Ok(());
        }
        let count = |bonds: &Self, root| bonds.apart.get(&root).map_or(0, Vec::len);
        let (few, many) = match count(self, a) <= count(self, b) {
            true => (a, b),
            false => (b, a),
        };
        for place in 0..count(self, few) {
            let apart = self.apart.get(&few).and_then(|list| list.get(place));
            if let Some(apart) = apart.copied()
                && self.root(apart.other) == many
            {
                return Err(apart);
            }
        }
        self.parent.insert(few, many);
        if let Some(list) = self.apart.remove(&few) {
            self.apart.entry(many).or_default().extend(list);
        }
        Ok(())
    }

    /// Keeps two records apart from now on. Whether they are.
    pub(crate) fn part(&mut self, a: u32, b: u32, place: usize) -> bool {
        let roots = (self.root(a), self.root(b));
        if roots.0 == roots.1 {
            return false;
        }
        for (root, own, other) in [(roots.0, a, b), (roots.1, b, a)] {
            let apart = Apart { own, other, place };
            self.apart.entry(root).or_default().push(apart);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_apart_is_never_joined_through_others() {
        let mut bonds = Bonds::default();
        assert!(bonds.part(1, 9, 7));
        assert_eq!(bonds.join(1, 2), Ok(()));
        assert_eq!(bonds.join(9, 8), Ok(()));
        assert_eq!(bonds.join(2, 3), Ok(()));
        let apart = bonds.join(8, 3).expect_err("apart");
        assert_eq!((apart.place, apart.own + apart.other), (7, 10));
        assert!(!bonds.part(1, 3, 0));
        assert!(bonds.are_joined(1, 3) && !bonds.are_joined(1, 8));
        assert_eq!(bonds.join(4, 3), Ok(()));
    }
}
