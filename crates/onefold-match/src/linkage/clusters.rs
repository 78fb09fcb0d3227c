//! The clusters as they grow.

use hashbrown::HashMap;

/// Records of a cluster that are looked at to judge a merge.
const WITNESSES: usize = 12;

/// Clusters of some connected parts.
#[derive(Default)]
pub(super) struct Clusters {
    /// By record: its cluster; absent: alone.
    of_record: HashMap<u32, u32, foldhash::fast::FixedState>,
    /// By cluster; absent: alone.
    members: HashMap<u32, Vec<u32>, foldhash::fast::FixedState>,
}

impl Clusters {
    /// Two clusters.
    pub(super) fn of_sides(sides: &[Vec<u32>; 2]) -> Self {
        let mut clusters = Self::default();
        clusters.part(sides);
        clusters
    }

    /// Makes two clusters of the records of one. Each has its records ascending.
    pub(super) fn part(&mut self, sides: &[Vec<u32>; 2]) {
        for side in sides {
            let Some(least) = side.first() else {
                continue;
            };
            for record in side {
                self.of_record.insert(*record, *least);
                self.members.remove(record);
            }
            self.members.insert(*least, side.clone());
        }
    }

    /// The cluster of a record: its least record.
    pub(super) fn of(&self, record: u32) -> u32 {
        self.of_record.get(&record).copied().unwrap_or(record)
    }

    /// The clusters of two records, the lesser one first; none if they are in one.
    pub(super) fn apart(&self, a: u32, b: u32) -> Option<(u32, u32)> {
        let (a, b) = (self.of(a), self.of(b));
        (a != b).then_some((a.min(b), a.max(b)))
    }

    pub(super) fn merge(&mut self, into: u32, from: u32) {
        let moved = self.members.remove(&from).unwrap_or_else(|| vec![from]);
        for record in &moved {
            self.of_record.insert(*record, into);
        }
        self.members
            .entry(into)
            .or_insert_with(|| vec![into])
            .extend(moved);
    }

    pub(super) fn size(&self, cluster: u32) -> u32 {
        self.members
            .get(&cluster)
            .map_or(1, |members| members.len() as u32)
    }

    /// The records of a cluster.
    pub(super) fn members<'a>(&'a self, cluster: &'a u32) -> &'a [u32] {
        match self.members.get(cluster) {
            Some(members) => members,
            None => std::slice::from_ref(cluster),
        }
    }

    /// Puts the records of a cluster that are looked at into `out`.
    pub(super) fn witnesses(&self, cluster: u32, out: &mut Vec<u32>) {
        out.clear();
        let members = self.members(&cluster);
        if members.len() <= WITNESSES {
            return out.extend_from_slice(members);
        }
        let step = members.len() as f64 / WITNESSES as f64;
        out.extend((0..WITNESSES).map(|i| members[(i as f64 * step) as usize]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_parted() {
        let mut clusters = Clusters::default();
        for (into, from) in [(1, 4), (2, 3), (1, 2)] {
            clusters.merge(into, from);
        }
        assert_eq!((clusters.of(3), clusters.size(1)), (1, 4));
        clusters.part(&[vec![2, 4], vec![1, 3]]);
        assert_eq!(clusters.apart(4, 3), Some((1, 2)));
        assert_eq!(
            (clusters.members(&1), clusters.members(&2)),
            (&[1, 3][..], &[2, 4][..])
        );
        clusters.part(&[vec![4], vec![2]]);
        assert_eq!(clusters.apart(2, 4), Some((2, 4)));
        assert_eq!((clusters.size(2), clusters.size(4)), (1, 1));
    }
}
