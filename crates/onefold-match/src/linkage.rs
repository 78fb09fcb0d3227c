//! Clusters by profile linkage: a merge is judged on all that is known of both clusters.
//!
//! # Algorithm
//! Edges, strongest first, ask whether the clusters of their two records are one. The answer is the evidence of all their records together:
//! for each comparison the mean weight of the values known on either side. So a vague record does not bridge two people, and a record with
//! gaps gains what its cluster knows. Passes with falling thresholds let certain merges happen before doubtful ones.
//!
//! Connected parts of the edges do not touch each other, so threads work on them apart.

mod pairs;

use hashbrown::HashMap;
use onefold_rows::parallel::map_items;

use crate::fit::Fit;
use crate::kind::Kind;
use crate::score::Scorer;
use crate::vetoes::Vetoes;
use pairs::{Pairs, Sum};

/// Records of a cluster that are looked at to judge a merge.
const WITNESSES: usize = 12;

/// Least evidence beside names, in nats.
const LEAST_BESIDE_NAMES: f64 = 1.4;
/// Evidence of names so rare that they are enough, in nats, unless the rest is below [`CONTRADICTION`].
const RARE_NAMES: f64 = 9.0;
/// Evidence beside names that contradicts them, in nats.
const CONTRADICTION: f64 = -2.0;
/// Examples of what a guard prevented.
const EXAMPLES: usize = 5;

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
    /// What the guards kept apart, a guard each.
    pub(crate) prevented: Vec<Prevented>,
}

/// Pairs of clusters that a guard kept apart though the evidence was for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prevented {
    pub(crate) guard: &'static str,
    pub(crate) count: u64,
    /// A record of each of the two clusters.
    pub(crate) examples: Vec<(u32, u32)>,
}

/// What keeps two clusters apart whatever the evidence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Guard {
    /// A name alone makes nobody the same person: many people are called alike.
    NamesAlone,
    /// `Jr` and `Sr` share a name, and often an address.
    Generations,
    /// Relatives of one home, or of two birth dates, share all but the given name. A value that is given to one person only outweighs it.
    GivenNames,
    /// The caller says that these are never one person: they differ in a value, or are of one source without duplicates.
    Parted,
}

impl Guard {
    const ALL: [Self; 4] = [
        Self::NamesAlone,
        Self::Generations,
        Self::GivenNames,
        Self::Parted,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::NamesAlone => "names alone",
            Self::Generations => "another generation",
            Self::GivenNames => "another given name",
            Self::Parted => "parted by `never` or `distinct`",
        }
    }
}

/// How a merge of two clusters is judged.
#[derive(Debug, Clone, Copy)]
struct Judgement {
    log_odds: f32,
    guard: Option<Guard>,
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
    let done = map_items(threads, parts, |part| {
        Part::new(scorer, fit, vetoes).link(&part, threshold)
    });
    let mut roots = Roots::new(records as u32);
    let mut prevented: Vec<Prevented> = Guard::ALL.into_iter().map(Prevented::by).collect();
    let mut merges: Vec<Merge> = Vec::new();
    for (part, kept_apart) in done {
        merges.extend(part);
        for (all, part) in prevented.iter_mut().zip(kept_apart) {
            all.add(part);
        }
    }
    for merge in &merges {
        roots.join(merge.edge.a, merge.edge.b);
    }
    Linked {
        cluster: (0..records as u32)
            .map(|record| roots.root(record))
            .collect(),
        merges,
        prevented,
    }
}

impl Prevented {
    fn by(guard: Guard) -> Self {
        Self {
            guard: guard.name(),
            count: 0,
            examples: Vec::new(),
        }
    }

    fn add(&mut self, other: Self) {
        self.count += other.count;
        let room = EXAMPLES.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.into_iter().take(room));
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
    pairs: Pairs<'a>,
    /// By record: its cluster; absent: alone.
    cluster_of: HashMap<u32, u32, foldhash::fast::FixedState>,
    /// By cluster.
    members: HashMap<u32, Vec<u32>, foldhash::fast::FixedState>,
    /// What was judged: by clusters and their sizes.
    judged: HashMap<(u32, u32), (u32, u32, Judgement), foldhash::fast::FixedState>,
    /// Sums by record of one side, then comparison; used again by each judgement.
    rows: Vec<Sum>,
    columns: Vec<Sum>,
}

impl<'a> Part<'a> {
    fn new(scorer: &'a Scorer, fit: &'a Fit, vetoes: &'a Vetoes) -> Self {
        Self {
            scorer,
            fit,
            vetoes,
            pairs: Pairs::new(scorer, fit),
            cluster_of: HashMap::default(),
            members: HashMap::default(),
            judged: HashMap::default(),
            rows: Vec::new(),
            columns: Vec::new(),
        }
    }

    fn link(mut self, edges: &[Edge], threshold: f32) -> (Vec<Merge>, Vec<Prevented>) {
        let mut merges = Vec::new();
        let passes = PASSES.into_iter().filter(|pass| *pass > threshold);
        for pass in passes.chain([threshold]) {
            for edge in edges {
                let (a, b) = (self.cluster(edge.a), self.cluster(edge.b));
                if a == b {
                    continue;
                }
                let Judgement { log_odds, guard } = self.asked(edge, a, b);
                if log_odds > pass && guard.is_none() {
                    self.merge(a.min(b), a.max(b));
                    merges.push(Merge {
                        edge: *edge,
                        log_odds,
                    });
                }
            }
        }
        let prevented = self.prevented(edges, threshold);
        (merges, prevented)
    }

    /// What stayed apart in the end for a guard's sake.
    fn prevented(&mut self, edges: &[Edge], threshold: f32) -> Vec<Prevented> {
        let mut prevented: Vec<Prevented> = Guard::ALL.into_iter().map(Prevented::by).collect();
        let mut seen = std::collections::HashSet::new();
        for edge in edges {
            let (a, b) = (self.cluster(edge.a), self.cluster(edge.b));
            if a == b || !seen.insert((a.min(b), a.max(b))) {
                continue;
            }
            let Judgement { log_odds, guard } = self.asked(edge, a, b);
            if let (true, Some(guard)) = (log_odds > threshold, guard) {
                prevented[guard as usize].add(Prevented {
                    count: 1,
                    examples: vec![(edge.a, edge.b)],
                    ..Prevented::by(guard)
                });
            }
        }
        prevented
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
    fn judge(&mut self, a: u32, b: u32) -> Judgement {
        let sizes = (self.size(a), self.size(b));
        if let Some((x, y, held)) = self.judged.get(&(a, b))
            && (*x, *y) == sizes
        {
            return *held;
        }
        let (left, right) = (self.witnesses(a), self.witnesses(b));
        let features = self.scorer.features.all.len();
        let Self {
            pairs,
            rows,
            columns,
            ..
        } = self;
        rows.clear();
        rows.resize(left.len() * features, Sum::default());
        columns.clear();
        columns.resize(right.len() * features, Sum::default());
        let (mut same_given, mut other_given, mut is_identified) = (0u32, 0u32, false);
        for (x, row) in left.iter().zip(rows.chunks_exact_mut(features)) {
            for (y, column) in right.iter().zip(columns.chunks_exact_mut(features)) {
                let (ratios, signs) = pairs.of(*x, *y);
                is_identified |= signs.is_identified;
                same_given += u32::from(signs.given == Some(true));
                other_given += u32::from(signs.given == Some(false));
                Sum::add(row, ratios);
                Sum::add(column, ratios);
            }
        }
        let (mut of_names, mut beside_names) = (0.0, 0.0);
        // What couples and twins share, or what tells parents from children.
        let mut are_related = false;
        for feature in 0..features {
            let weight = 0.5
                * (mean_log(&self.rows, feature, features)
                    + mean_log(&self.columns, feature, features));
            match self.scorer.features.all[feature].is_name() {
                true => of_names += weight,
                false => beside_names += weight,
            }
            let kind = self.scorer.features.all[feature].kind;
            are_related |= match kind {
                Kind::Address | Kind::Email | Kind::Phone => weight > 0.0,
                Kind::Date => weight < 0.0,
                _ => false,
            };
        }
        let is_name_enough = of_names >= RARE_NAMES && beside_names >= CONTRADICTION;
        let guard = if beside_names < LEAST_BESIDE_NAMES && !is_name_enough {
            Some(Guard::NamesAlone)
        } else if self.are_other_generations(&left, &right) {
            Some(Guard::Generations)
        } else if are_related && other_given > same_given && !is_identified {
            Some(Guard::GivenNames)
        } else if self.is_parted(a, b) {
            Some(Guard::Parted)
        } else {
            None
        };
        let log_odds = f64::from(self.fit.log_odds()) + of_names + beside_names;
        let judgement = Judgement {
            log_odds: log_odds as f32,
            guard,
        };
        self.judged.insert((a, b), (sizes.0, sizes.1, judgement));
        judgement
    }

    /// The answer to an edge between two clusters. What the caller tells needs no evidence, unless the caller also parts the two.
    fn asked(&mut self, edge: &Edge, a: u32, b: u32) -> Judgement {
        match edge.log_odds == f32::INFINITY {
            true => Judgement {
                log_odds: f32::INFINITY,
                guard: self.is_parted(a, b).then_some(Guard::Parted),
            },
            false => self.judge(a.min(b), a.max(b)),
        }
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
        of(a)
            .iter()
            .any(|x| right.iter().any(|y| self.vetoes.part(features, *x, *y)))
    }

    /// Whether a name of one side is of another generation than one of the other side.
    fn are_other_generations(&self, left: &[u32], right: &[u32]) -> bool {
        let mut names = self.scorer.features.all.iter().filter(|f| f.is_name());
        names.any(|feature| {
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
}

/// The mean over the records of one side of the logarithm of the mean ratio of a comparison to the other side.
fn mean_log(sums: &[Sum], feature: usize, features: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    let of_feature = sums.iter().skip(feature).step_by(features);
    for log in of_feature.filter_map(|sum| sum.log()) {
        sum += log;
        count += 1.0;
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_prevented_counts_and_some_are_examples() {
        let mut all = Prevented::by(Guard::GivenNames);
        for pair in 0..7 {
            all.add(Prevented {
                count: 1,
                examples: vec![(pair, pair + 1)],
                ..Prevented::by(Guard::GivenNames)
            });
        }
        assert_eq!((all.guard, all.count), ("another given name", 7));
        assert_eq!(all.examples, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]);
    }

    #[test]
    fn guards_are_counted_in_their_order() {
        for (place, guard) in Guard::ALL.into_iter().enumerate() {
            assert_eq!(guard as usize, place);
        }
    }
}
