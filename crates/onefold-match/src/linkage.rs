//! Clusters by profile linkage: a merge is judged on all that is known of both clusters.
//!
//! # Algorithm
//! Edges, strongest first, ask whether the clusters of their two records are one. The answer is the evidence of all their records together:
//! for each comparison the mean weight of the values known on either side. So a vague record does not bridge two people, and a record with
//! gaps gains what its cluster knows. Passes with falling thresholds let certain merges happen before doubtful ones.
//!
//! Connected parts of the edges do not touch each other, so threads work on them apart.

use std::collections::HashMap;

use onefold_rows::parallel::map_items;

use crate::fit::Fit;
use crate::score::{Scorer, Scratch};
use crate::vetoes::Vetoes;

/// Records of a cluster that are looked at to judge a merge.
const WITNESSES: usize = 12;

/// Least evidence beside names, in nats: a name alone makes nobody the same person.
const LEAST_BESIDE_NAMES: f64 = 1.4;

static LB: std::sync::LazyLock<f64> =
    std::sync::LazyLock::new(|| std::env::var("LB").map_or(1.4, |s| s.parse().unwrap()));
static LX: std::sync::LazyLock<f32> =
    std::sync::LazyLock::new(|| std::env::var("LX").map_or(12.0, |s| s.parse().unwrap()));
/// Thresholds of the passes above the last one, in nats.
const PASSES: [f32; 4] = [12.0, 8.0, 4.0, 2.0];

/// Two records that may be one person, and how strong the evidence for it is, in nats of log odds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Edge {
    pub(crate) a: u32,
    pub(crate) b: u32,
    pub(crate) log_odds: f32,
}

/// A merge that was made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Merge {
    /// The edge that asked.
    pub(crate) edge: Edge,
    /// The evidence of both clusters together, in nats of log odds.
    pub(crate) log_odds: f32,
}

/// Clusters, and how they came to be.
pub(crate) struct Linked {
    /// By record: the least record of its cluster.
    pub(crate) cluster: Vec<u32>,
    pub(crate) merges: Vec<Merge>,
}

/// Joins records along edges.
pub(crate) fn link(
    scorer: &Scorer,
    fit: &Fit,
    mut edges: Vec<Edge>,
    must: &[(u32, u32)],
    vetoes: &Vetoes,
    threshold: f32,
    threads: usize,
) -> Linked {
    let records = scorer.features.records;
    edges.extend(must.iter().map(|(a, b)| Edge {
        a: *a,
        b: *b,
        log_odds: f32::INFINITY,
    }));
    let parts = parts(records, edges);
    let merges = map_items(threads, parts, |part| {
        Part::new(scorer, fit, vetoes).link(&part, threshold)
    });
    let mut roots = Roots::new(records as u32);
    let merges: Vec<Merge> = merges.into_iter().flatten().collect();
    for merge in &merges {
        roots.join(merge.edge.a, merge.edge.b);
    }
    Linked {
        cluster: (0..records as u32)
            .map(|record| roots.root(record))
            .collect(),
        merges,
    }
}

/// Union-find in which the least record is the root.
struct Roots(Vec<u32>);

impl Roots {
    fn new(records: u32) -> Self {
        Self((0..records).collect())
    }

    fn root(&mut self, mut record: u32) -> u32 {
        while self.0[record as usize] != record {
            let up = self.0[self.0[record as usize] as usize];
            self.0[record as usize] = up;
            record = up;
        }
        record
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// Edges by connected part, strongest first in each; small parts together.
fn parts(records: usize, mut edges: Vec<Edge>) -> Vec<Vec<Edge>> {
    let mut roots = Roots::new(records as u32);
    for edge in &edges {
        roots.join(edge.a, edge.b);
    }
    let root: Vec<u32> = edges.iter().map(|edge| roots.root(edge.a)).collect();
    let mut order: Vec<u32> = (0..edges.len() as u32).collect();
    order.sort_unstable_by(|x, y| {
        let (i, j) = (*x as usize, *y as usize);
        let (a, b) = (&edges[i], &edges[j]);
        root[i]
            .cmp(&root[j])
            .then(b.log_odds.total_cmp(&a.log_odds))
            .then((a.a, a.b).cmp(&(b.a, b.b)))
    });
    let mut parts: Vec<Vec<Edge>> = Vec::new();
    let mut last = None;
    let mut room = 0usize;
    for index in order {
        let index = index as usize;
        let is_new = last != Some(root[index]);
        if is_new && room == 0 {
            parts.push(Vec::new());
            room = 4000;
        }
        if let Some(part) = parts.last_mut() {
            part.push(edges[index]);
        }
        room = room.saturating_sub(1);
        last = Some(root[index]);
    }
    edges.clear();
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
}

/// Works on some connected parts.
struct Part<'a> {
    scorer: &'a Scorer,
    fit: &'a Fit,
    vetoes: &'a Vetoes,
    scratch: Scratch,
    /// By pair of records: the weight of each comparison; NaN where a value is missing.
    known: HashMap<(u32, u32), Box<[f32]>, foldhash::fast::FixedState>,
    /// By record: its cluster; absent: alone.
    cluster_of: HashMap<u32, u32, foldhash::fast::FixedState>,
    /// By cluster.
    members: HashMap<u32, Vec<u32>, foldhash::fast::FixedState>,
    /// What was judged: by clusters and their sizes.
    judged: HashMap<(u32, u32), (u32, u32, f32), foldhash::fast::FixedState>,
}

impl<'a> Part<'a> {
    fn new(scorer: &'a Scorer, fit: &'a Fit, vetoes: &'a Vetoes) -> Self {
        Self {
            scorer,
            fit,
            vetoes,
            scratch: Scratch::new(),
            known: HashMap::default(),
            cluster_of: HashMap::default(),
            members: HashMap::default(),
            judged: HashMap::default(),
        }
    }

    fn link(mut self, edges: &[Edge], threshold: f32) -> Vec<Merge> {
        let mut merges = Vec::new();
        let passes = PASSES.into_iter().filter(|pass| *pass > threshold);
        for pass in passes.chain([threshold]) {
            for edge in edges {
                let (a, b) = (self.cluster(edge.a), self.cluster(edge.b));
                if a == b {
                    continue;
                }
                let log_odds = match edge.log_odds == f32::INFINITY {
                    true if self.is_parted(a, b) => f32::NEG_INFINITY,
                    true => f32::INFINITY,
                    false => self.judge(a.min(b), a.max(b)),
                };
                if log_odds > pass {
                    self.merge(a.min(b), a.max(b));
                    merges.push(Merge {
                        edge: *edge,
                        log_odds,
                    });
                }
            }
        }
        merges
    }

    fn cluster(&self, record: u32) -> u32 {
        self.cluster_of.get(&record).copied().unwrap_or(record)
    }

    fn merge(&mut self, into: u32, from: u32) {
        let moved = self.members.remove(&from).unwrap_or_else(|| vec![from]);
        for record in &moved {
            self.cluster_of.insert(*record, into);
        }
        self.members
            .entry(into)
            .or_insert_with(|| vec![into])
            .extend(moved);
    }

    fn size(&self, cluster: u32) -> u32 {
        self.members
            .get(&cluster)
            .map_or(1, |members| members.len() as u32)
    }

    /// The evidence that two clusters are one person.
    fn judge(&mut self, a: u32, b: u32) -> f32 {
        let sizes = (self.size(a), self.size(b));
        if let Some((x, y, held)) = self.judged.get(&(a, b))
            && (*x, *y) == sizes
        {
            return *held;
        }
        let (left, right) = (self.witnesses(a), self.witnesses(b));
        let features = self.scorer.features.all.len();
        // By feature and record: the sum of likelihood ratios, and of how many.
        let mut rows = vec![vec![(0.0f64, 0u32); left.len()]; features];
        let mut columns = vec![vec![(0.0f64, 0u32); right.len()]; features];
        for (i, x) in left.iter().enumerate() {
            for (j, y) in right.iter().enumerate() {
                for (feature, weight) in self.weights(*x, *y).iter().enumerate() {
                    if !weight.is_nan() {
                        let ratio = f64::from(*weight).exp();
                        let (row, column) = (&mut rows[feature][i], &mut columns[feature][j]);
                        *row = (row.0 + ratio, row.1 + 1);
                        *column = (column.0 + ratio, column.1 + 1);
                    }
                }
            }
        }
        let mut sum = f64::from(self.fit.log_odds());
        let mut beside_names = 0.0;
        for feature in 0..features {
            let weight = 0.5 * (mean_log(&rows[feature]) + mean_log(&columns[feature]));
            sum += weight;
            if !self.scorer.features.all[feature].is_name() {
                beside_names += weight;
            }
        }
        let mut sum = sum as f32;
        if beside_names < *LB
            && f64::from(sum) - f64::from(self.fit.log_odds()) - beside_names < f64::from(*LX)
            || self.is_vetoed(&left, &right)
            || self.is_parted(a, b)
        {
            sum = f32::NEG_INFINITY;
        }
        self.judged.insert((a, b), (sizes.0, sizes.1, sum));
        sum
    }

    /// Whether records of two clusters are parted by what the caller says.
    fn is_parted(&self, a: u32, b: u32) -> bool {
        if self.vetoes.is_empty() {
            return false;
        }
        let of = |cluster: u32| match self.members.get(&cluster) {
            Some(members) => members.clone(),
            None => vec![cluster],
        };
        let features = &self.scorer.features;
        let right = of(b);
        of(a).iter().any(|x| {
            right
                .iter()
                .any(|y| self.vetoes.part(features, *x, *y).is_some())
        })
    }

    /// Whether something speaks against a merge whatever speaks for it.
    fn is_vetoed(&self, left: &[u32], right: &[u32]) -> bool {
        self.scorer
            .features
            .all
            .iter()
            .filter(|feature| feature.is_name())
            .any(|feature| {
                left.iter()
                    .any(|a| right.iter().any(|b| feature.is_other_generation(*a, *b)))
            })
    }

    fn witnesses(&self, cluster: u32) -> Vec<u32> {
        match self.members.get(&cluster) {
            None => vec![cluster],
            Some(members) if members.len() <= WITNESSES => members.clone(),
            Some(members) => {
                let step = members.len() as f64 / WITNESSES as f64;
                (0..WITNESSES)
                    .map(|i| members[(i as f64 * step) as usize])
                    .collect()
            }
        }
    }

    fn weights(&mut self, a: u32, b: u32) -> &[f32] {
        let key = (a.min(b), a.max(b));
        let Self {
            known,
            scratch,
            scorer,
            fit,
            ..
        } = self;
        known.entry(key).or_insert_with(|| {
            scorer.compare(key.0, key.1, scratch);
            let mut weights = vec![f32::NAN; scorer.features.all.len()];
            for e in &scratch.evidence {
                let weight = &mut weights[usize::from(e.feature)];
                let added = fit.log_m[usize::from(e.parameter)] - e.log_u;
                *weight = if weight.is_nan() {
                    added
                } else {
                    *weight + added
                };
            }
            weights.into_boxed_slice()
        })
    }
}

/// The mean over the records of one side of the logarithm of the mean ratio to the other side.
fn mean_log(sums: &[(f64, u32)]) -> f64 {
    let known = sums.iter().filter(|(_, count)| *count > 0);
    let (mut sum, mut count) = (0.0, 0.0);
    for (ratios, number) in known {
        sum += (ratios / f64::from(*number)).ln();
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}
