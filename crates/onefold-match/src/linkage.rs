//! Clusters by profile linkage: a merge is judged on all that is known of both clusters.
//!
//! # Algorithm
//! Edges, strongest first, ask whether the clusters of their two records are one. The answer is the evidence of all their records together:
//! for each comparison the mean weight of the values known on either side. So a vague record does not bridge two people, and a record with
//! gaps gains what its cluster knows. What the caller tells comes first, and what somebody decided before that. Passes with falling thresholds let certain merges happen before doubtful ones.
//!
//! Connected parts of the edges do not touch each other, so threads work on them apart.

mod bridges;
mod clusters;
mod judge;
mod known;
#[cfg(test)]
mod oracle;
mod pairs;

use bridges::{Tree, bridges};
use clusters::Clusters;
use hashbrown::{HashMap, HashSet};
pub use judge::PARTED_BY_DECISION;
use judge::{Guard, Judge, Judgement};
pub(crate) use known::Known;
use onefold_rows::hash::mix;
use onefold_rows::parallel::{map_items, sort_by};

use crate::edge::Edge;

/// Examples of what a guard prevented.
const EXAMPLES: usize = 5;

/// Edges of a part that is large.
const LARGE: usize = 20_000;
/// Edges that threads look at ahead of their turn.
const AHEAD: usize = 2048;
/// Judgements that are worth the start of threads.
const WORTH_THREADS: usize = 64;

/// Thresholds of the passes above the last one, in nats.
const PASSES: [f32; 4] = [12.0, 8.0, 4.0, 2.0];

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

/// Joins records along the edges that were scored and those that are told.
pub(crate) fn link(known: Known<'_>, told: &[Edge], threshold: f32, threads: usize) -> Linked {
    let records = known.scorer.features.records;
    let mut parts = parts(records, [&known.scored.all, told], threads);
    // All threads work together on a large part, and on small ones each for itself.
    let large = parts.iter().take_while(|part| part.len() > LARGE).count();
    let small = parts.split_off(large);
    let link = |part: Vec<Edge>, threads: usize| Part::new(known, threads).link(&part, threshold);
    let mut done: Vec<_> = parts.into_iter().map(|part| link(part, threads)).collect();
    done.extend(map_items(threads, small, |part| link(part, 1)));
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
fn parts(records: usize, edges: [&[Edge]; 2], threads: usize) -> Vec<Vec<Edge>> {
    let mut roots = Roots::new(records as u32);
    let edges = || edges.into_iter().flatten();
    for edge in edges() {
        roots.join(edge.a, edge.b);
    }
    let rooted = edges().map(|edge| (roots.root(edge.a), *edge));
    let mut rooted: Vec<(u32, Edge)> = rooted.collect();
    sort_by(&mut rooted, threads, |(x, a), (y, b)| {
        x.cmp(y)
            .then(b.log_odds.total_cmp(&a.log_odds))
            .then((a.a, a.b).cmp(&(b.a, b.b)))
    });
    let mut parts: Vec<Vec<Edge>> = Vec::new();
    let mut room = 0usize;
    for part in rooted.chunk_by(|(x, _), (y, _)| x == y) {
        if room == 0 {
            parts.push(Vec::new());
            room = 4000;
        }
        if let Some(together) = parts.last_mut() {
            together.extend(part.iter().map(|(_, edge)| *edge));
        }
        room = room.saturating_sub(part.len());
    }
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts
}

/// Works on some connected parts.
struct Part<'a> {
    /// One a thread; each has its share of the clusters.
    judges: Vec<Judge<'a>>,
    known: Known<'a>,
    /// Made by evidence and by what was told.
    clusters: Clusters,
    /// The same, and what was decided, if anything was. Two records that are decided to be one person need not be alike, and those who
    /// are like one of them need not be like the other. So evidence is not asked for clusters that a decision made.
    decided: Option<Clusters>,
    /// What was judged: by clusters and their sizes.
    judged: HashMap<(u32, u32), Judged, foldhash::fast::FixedState>,
}

/// A judgement, and the sizes of the clusters then.
#[derive(Debug, Clone, Copy)]
struct Judged {
    sizes: (u32, u32),
    judgement: Judgement,
}

impl<'a> Part<'a> {
    fn new(known: Known<'a>, threads: usize) -> Self {
        let judges = (0..threads.max(1)).map(|_| Judge::new(known));
        Self {
            judges: judges.collect(),
            known,
            clusters: Clusters::default(),
            decided: None,
            judged: HashMap::default(),
        }
    }

    fn link(mut self, edges: &[Edge], threshold: f32) -> (Vec<Merge>, Vec<Prevented>) {
        if edges.iter().any(Edge::is_decided) {
            self.decided = Some(Clusters::default());
        }
        let mut merges = Vec::new();
        let passes = PASSES.into_iter().filter(|pass| *pass > threshold);
        for pass in passes.chain([threshold]) {
            for ahead in edges.chunks(AHEAD) {
                self.look_ahead(ahead);
                for edge in ahead {
                    let Some(Judgement { log_odds, guard }) = self.ask(edge) else {
                        continue;
                    };
                    if log_odds > pass && guard.is_none() {
                        self.merge(edge);
                        merges.push(Merge {
                            edge: *edge,
                            log_odds,
                        });
                    }
                }
            }
        }
        let cut = self.cut(edges, &mut merges, threshold);
        let mut prevented = self.prevented(edges, threshold);
        prevented[Guard::WeakBridge as usize].add(cut);
        (merges, prevented)
    }

    /// Takes back merges over weak bridges: edges that alone hold two parts of a cluster together, of two records or more each, where the
    /// two parts as they came to be speak against it. The merge was right when little was known of either.
    fn cut(&mut self, edges: &[Edge], merges: &mut Vec<Merge>, threshold: f32) -> Prevented {
        let mut cut = Prevented::by(Guard::WeakBridge);
        // Only clusters of four records or more have two sides of two.
        let is_large = |record: u32| self.clusters.size(self.clusters.of(record)) > 3;
        let ends = |edge: &Edge| (edge.a, edge.b);
        let trees = merges.iter().map(|merge| ends(&merge.edge));
        let trees: Vec<(u32, u32)> = trees.filter(|(a, _)| is_large(*a)).collect();
        if trees.is_empty() {
            return cut;
        }
        let found = bridges(&trees, edges.iter().map(ends));
        if found.is_empty() {
            return cut;
        }
        let mut tree = Tree::new(trees);
        let (mut taken, mut changed) = (HashSet::new(), HashSet::new());
        // The last merges were the most doubtful ones.
        for merge in merges.iter().rev() {
            let Edge { a, b, .. } = merge.edge;
            if merge.edge.is_told() || !found.contains(&(a.min(b), a.max(b))) {
                continue;
            }
            let sides = [tree.side(a, b), tree.side(b, a)];
            if sides.iter().any(|side| side.len() < 2) {
                continue;
            }
            let apart = Clusters::of_sides(&sides);
            let (x, y) = apart.apart(a, b).unwrap_or((a, b));
            if self.judges[0].judge(&apart, x, y).log_odds < threshold {
                tree.cut(a, b);
                taken.insert((a, b));
                self.clusters.part(&sides);
                changed.extend(sides.iter().filter_map(|side| side.first().copied()));
                cut.add(Prevented {
                    count: 1,
                    examples: vec![(a, b)],
                    ..Prevented::by(Guard::WeakBridge)
                });
            }
        }
        // Judgements are held by clusters and sizes, which stood for other records before.
        if !changed.is_empty() {
            self.judged
                .retain(|(a, b), _| !changed.contains(a) && !changed.contains(b));
        }
        merges.retain(|merge| !taken.contains(&(merge.edge.a, merge.edge.b)));
        cut
    }

    /// What stayed apart in the end for a guard's sake.
    fn prevented(&mut self, edges: &[Edge], threshold: f32) -> Vec<Prevented> {
        let mut prevented: Vec<Prevented> = Guard::ALL.into_iter().map(Prevented::by).collect();
        let mut seen = HashSet::new();
        for edge in edges {
            let Some(pair) = self.all().apart(edge.a, edge.b) else {
                continue;
            };
            if !seen.insert(pair) {
                continue;
            }
            if let Some(Judgement { log_odds, guard }) = self.ask(edge)
                && let (true, Some(guard)) = (log_odds > threshold, guard)
            {
                prevented[guard as usize].add(Prevented {
                    count: 1,
                    examples: vec![(edge.a, edge.b)],
                    ..Prevented::by(guard)
                });
            }
        }
        prevented
    }

    /// The clusters with all that is known.
    fn all(&self) -> &Clusters {
        self.decided.as_ref().unwrap_or(&self.clusters)
    }

    /// Whether the clusters of an edge are one person. None if they are one cluster.
    fn ask(&mut self, edge: &Edge) -> Option<Judgement> {
        let pair = self.all().apart(edge.a, edge.b)?;
        let (a, b) = self.clusters.apart(edge.a, edge.b)?;
        let mut judgement = if edge.is_decided() {
            Judgement::DECIDED
        } else if edge.is_told() {
            self.judges[0].told(&self.clusters, a, b)
        } else {
            self.judge(a, b)
        };
        if judgement.guard.is_none() && self.are_others(pair) {
            judgement.guard = Some(Guard::Decided);
        }
        Some(judgement)
    }

    /// Whether somebody decided that a record of one cluster is never one person with one of the other.
    fn are_others(&self, (a, b): (u32, u32)) -> bool {
        if self.known.vetoes.is_undecided() {
            return false;
        }
        let clusters = self.all();
        let (few, many) = match clusters.size(a) <= clusters.size(b) {
            true => (a, b),
            false => (b, a),
        };
        let members = clusters.members(&few).iter();
        let mut others = members.flat_map(|record| self.known.vetoes.others(*record));
        others.any(|other| clusters.of(*other) == many)
    }

    fn merge(&mut self, edge: &Edge) {
        let evidence = (!edge.is_decided()).then_some(&mut self.clusters);
        for clusters in evidence.into_iter().chain(&mut self.decided) {
            if let Some((a, b)) = clusters.apart(edge.a, edge.b) {
                clusters.merge(a, b);
            }
        }
    }

    /// The judgement of two clusters as they are, if there is one.
    fn held(&self, a: u32, b: u32) -> Option<Judgement> {
        let sizes = (self.clusters.size(a), self.clusters.size(b));
        let held = self.judged.get(&(a, b))?;
        (held.sizes == sizes).then_some(held.judgement)
    }

    fn hold(&mut self, (a, b): (u32, u32), judgement: Judgement) {
        let sizes = (self.clusters.size(a), self.clusters.size(b));
        self.judged.insert((a, b), Judged { sizes, judgement });
    }

    fn judge(&mut self, a: u32, b: u32) -> Judgement {
        if let Some(held) = self.held(a, b) {
            return held;
        }
        let share = share(a, self.judges.len());
        let judgement = self.judges[share].judge(&self.clusters, a, b);
        self.hold((a, b), judgement);
        judgement
    }

    /// Judges what some edges are going to ask, unless a merge comes between. A judgement depends on the clusters alone, so nothing is
    /// decided here: threads only do early what is done anyway.
    fn look_ahead(&mut self, edges: &[Edge]) {
        let shares = self.judges.len();
        if shares == 1 {
            return;
        }
        let mut asked: Vec<Vec<(u32, u32)>> = vec![Vec::new(); shares];
        let mut seen: HashSet<(u32, u32), foldhash::fast::FixedState> = HashSet::default();
        for edge in edges {
            if let Some((a, b)) = self.clusters.apart(edge.a, edge.b)
                && !edge.is_told()
                && self.held(a, b).is_none()
                && seen.insert((a, b))
            {
                asked[share(a, shares)].push((a, b));
            }
        }
        if seen.len() < WORTH_THREADS {
            return;
        }
        let clusters = &self.clusters;
        let work = self.judges.iter_mut().zip(asked).collect();
        let judged = map_items(shares, work, |(judge, asked): (&mut Judge<'_>, Vec<_>)| {
            let judge = |(a, b)| ((a, b), judge.judge(clusters, a, b));
            asked.into_iter().map(judge).collect::<Vec<_>>()
        });
        for (pair, judgement) in judged.into_iter().flatten() {
            self.hold(pair, judgement);
        }
    }
}

/// The judge of a cluster's merges, so that a pair of records is compared once.
fn share(cluster: u32, judges: usize) -> usize {
    (mix(u64::from(cluster), 0) % judges as u64) as usize
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
}
