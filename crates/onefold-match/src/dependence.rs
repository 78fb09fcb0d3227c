//! Dependences: what one agreement makes of another, among strangers.
//!
//! An e-mail address is made of the name, a city follows from its postcode. Where strangers who agree on the one often agree on the other,
//! the second agreement is little evidence. Its `u` is then not that of two random records but that of strangers who agree on the first.
//!
//! # Algorithm
//! For each comparison (the *parent*) pairs of records that agree at each of its levels are drawn at random. Pairs that are likely strangers,
//! judged without the child, tell how often the child agrees at each level. A child gets the one parent that tells most of it.

use onefold_rows::hash::mix;
use onefold_rows::parallel::map_items;

use crate::compared::Compared;
use crate::evidence::MISSING;
use crate::features::{Feature, Features};
use crate::fit::{Fit, probability};
use crate::frequencies::level;
use crate::given::{Dependence, Dependences, LEVELS};
use crate::kind::Kind;
use crate::score::Scorer;
use crate::values::NONE;

/// Pairs drawn at a level.
const PAIRS: usize = 6000;
/// Records whose near values are looked for.
const ANCHORS: usize = 120;
/// Values that an anchor is compared with at most.
const REACH: usize = 6_000;
/// Least weight of strangers that a level is learned from.
const LEAST_WEIGHT: f64 = 100.0;
/// Least share of strangers among the pairs of a level.
const LEAST_SHARE: f64 = 0.7;
/// Least gain, in nats, that is a dependence.
const LEAST_GAIN: f64 = 0.5;
/// How often a value is equal among strangers of whom the value that implies it is equal.
const IMPLIED: f32 = 0.8;
/// Least distinct values of a parent.
const LEAST_VALUES: usize = 20;

impl Dependences {
    /// Learns them with what is known so far.
    pub(crate) fn learn(
        scorer: &Scorer,
        fit: &Fit,
        drawn: &[(usize, Compared)],
        threads: usize,
    ) -> Self {
        let features = &scorer.features.all;
        let tables = map_items(threads, drawn.iter().collect(), |(parent, pairs)| {
            (*parent, Table::new(scorer, fit, *parent, pairs))
        });
        let mut of: Vec<Option<Dependence>> = vec![None; features.len()];
        for (child, slot) in of.iter_mut().enumerate() {
            let feature = &features[child];
            if matches!(feature.kind, Kind::Date | Kind::Name) {
                continue;
            }
            let by_chance = scorer.frequencies[child].means();
            for (parent, table) in &tables {
                let theirs = &features[*parent];
                let is_finer = theirs.values.len() > feature.values.len()
                    || theirs.values.len() == feature.values.len() && *parent < child;
                if *parent == child || !(theirs.is_name() || is_finer) {
                    continue;
                }
                let Some(found) = table.dependence(*parent, theirs, child, feature, by_chance)
                else {
                    continue;
                };
                if found.gain > slot.as_ref().map_or(LEAST_GAIN, |held| held.gain) {
                    *slot = Some(found);
                }
            }
        }
        let learned: Vec<(usize, usize)> = of
            .iter()
            .enumerate()
            .filter_map(|(child, slot)| Some((child, slot.as_ref()?.parent)))
            .collect();
        for (child, slot) in of.iter_mut().enumerate() {
            let feature = &features[child];
            // Two values that imply each other would both be taken for nothing.
            let is_mutual = feature
                .implied_by
                .is_some_and(|parent| learned.contains(&(parent, child)));
            if let (None, Some(parent), false) = (&slot, feature.implied_by, is_mutual) {
                let by_chance = scorer.frequencies[child].means();
                *slot = Some(Dependence::implied(
                    parent,
                    &features[parent],
                    feature,
                    by_chance,
                ));
            }
        }
        Self { of }
    }
}

impl Dependence {
    /// What is taken for true where the records do not tell.
    fn implied(parent: usize, theirs: &Feature, feature: &Feature, by_chance: &[f64]) -> Self {
        let mut log_u = [[f32::NEG_INFINITY; LEVELS]; LEVELS];
        let (top, own) = (
            usize::from(theirs.kind.top()),
            usize::from(feature.kind.top()),
        );
        log_u[top][own] = IMPLIED.ln();
        if top > 1 {
            log_u[top - 1][own] = IMPLIED.ln();
        }
        let gain = f64::from(IMPLIED) * (f64::from(IMPLIED) / by_chance[own].max(1e-9)).ln();
        Self {
            parent,
            log_u,
            gain,
        }
    }
}

/// What strangers who agree on a parent agree on.
struct Table {
    /// By level of the parent, then child: the weight of strangers at each level of the child; the weight of all, the number of pairs.
    levels: Vec<Vec<([f64; LEVELS], f64)>>,
}

impl Table {
    fn new(scorer: &Scorer, fit: &Fit, parent: usize, compared: &Compared) -> Self {
        let features = &scorer.features.all;
        let mut evidence = Vec::new();
        let log_odds = fit.log_odds();
        let mut levels = vec![vec![([0.0; LEVELS], 0.0); features.len()]; LEVELS];
        let mut weights = vec![0.0f32; features.len()];
        for pair in 0..compared.len() {
            let agreed = compared.levels(pair);
            let at = agreed[parent];
            if at == MISSING || at == 0 {
                continue;
            }
            compared.given(&scorer.dependences, pair, &mut evidence);
            weights.fill(0.0);
            for e in &evidence {
                weights[usize::from(e.feature)] += fit.log_m[usize::from(e.parameter)] - e.log_u;
            }
            let all: f32 = log_odds + weights.iter().sum::<f32>();
            for (child, (seen, pairs)) in levels[usize::from(at)].iter_mut().enumerate() {
                let level = agreed[child];
                if child == parent || level == MISSING {
                    continue;
                }
                *pairs += 1.0;
                let p = probability(all - weights[child]);
                if p < 0.5 {
                    seen[usize::from(level)] += 1.0 - p;
                }
            }
        }
        Self { levels }
    }

    fn dependence(
        &self,
        parent: usize,
        theirs: &Feature,
        child: usize,
        feature: &Feature,
        by_chance: &[f64],
    ) -> Option<Dependence> {
        let mut log_u = [[f32::NEG_INFINITY; LEVELS]; LEVELS];
        let top = if theirs.is_name() {
            2
        } else {
            usize::from(theirs.kind.top())
        };
        for level in 1..=top {
            let (seen, pairs) = &self.levels[level][child];
            let weight: f64 = seen.iter().sum();
            if weight >= LEAST_WEIGHT && weight >= LEAST_SHARE * pairs {
                for (log_u, seen) in log_u[level].iter_mut().zip(seen) {
                    *log_u = (seen / weight).ln() as f32;
                }
            } else {
                log_u[level] = log_u[level - 1];
            }
        }
        // How much better the parent tells the levels than chance does. Any level may be the one that comes along: of one name, addresses
        // are alike more often than equal.
        let (mut gain, mut rest) = (0.0, 1.0);
        for level in 1..=usize::from(feature.kind.top()) {
            let chance = by_chance[level].max(1e-9);
            let often = f64::from(log_u[top][level].exp());
            rest -= chance;
            if often > 0.0 {
                gain += often * (often / chance).ln();
            }
        }
        let never = f64::from(log_u[top][0].exp());
        if never > 0.0 {
            gain += never * (never / rest.max(0.01)).ln();
        }
        (gain > 0.0).then_some(Dependence {
            parent,
            log_u,
            gain,
        })
    }
}

/// The records of some values. Not of names.
struct Postings {
    /// By code: where its records begin. A value that is not wanted has none.
    bounds: Vec<u32>,
    records: Vec<u32>,
}

impl Postings {
    fn new(features: &Features, feature: &Feature, is_wanted: &[bool]) -> Self {
        let mut bounds = Vec::with_capacity(is_wanted.len() + 1);
        let mut end = 0;
        bounds.push(end);
        for (code, is_wanted) in (0..).zip(is_wanted) {
            end += u32::from(*is_wanted) * feature.values.count(code);
            bounds.push(end);
        }
        let mut next = bounds.clone();
        let mut records = vec![0; end as usize];
        for record in 0..features.records as u32 {
            let code = feature.code(record);
            if code != NONE && is_wanted[code as usize] {
                let place = &mut next[code as usize];
                records[*place as usize] = record;
                *place += 1;
            }
        }
        Self { bounds, records }
    }

    fn of(&self, code: u32) -> &[u32] {
        let code = code as usize;
        &self.records[self.bounds[code] as usize..self.bounds[code + 1] as usize]
    }
}

/// A number below `end`, the same for the same draw.
fn draw(a: u64, b: u64, end: usize) -> usize {
    (mix(a, b) % end.max(1) as u64) as usize
}

/// Pairs of records that agree on a comparison to some degree, by comparison.
pub(crate) struct Drawn(Vec<(usize, Vec<(u32, u32)>)>);

impl Drawn {
    pub(crate) fn new(features: &Features, threads: usize) -> Self {
        let parents: Vec<usize> = (0..features.all.len())
            .filter(|parent| features.all[*parent].values.len() >= LEAST_VALUES)
            .collect();
        Self(map_items(threads, parents, |parent| {
            let feature = &features.all[parent];
            let pairs = match feature.is_name() {
                true => of_one_name(features, feature),
                false => of_values(features, feature),
            };
            (parent, pairs)
        }))
    }

    /// The same, compared.
    pub(crate) fn compared(&self, scorer: &Scorer, threads: usize) -> Vec<(usize, Compared)> {
        map_items(threads, self.0.iter().collect(), |(parent, pairs)| {
            (*parent, Compared::new(scorer, pairs))
        })
    }
}

/// Pairs of records of equal and of near values.
fn of_values(features: &Features, feature: &Feature) -> Vec<(u32, u32)> {
    let lots = || features.lots.iter().copied();
    let is_shared = |record: &u32| {
        let code = feature.code(*record);
        code != NONE && feature.values.count(code) > 1
    };
    // A draw may find the record itself, where there are two each second time. So there are more than are needed.
    let firsts: Vec<u32> = lots().filter(is_shared).take(3 * PAIRS).collect();
    let anchors = lots().filter(|record| feature.code(*record) != NONE);
    let anchors: Vec<u32> = anchors.take(ANCHORS).collect();
    let reach = feature.values.len().min(REACH);
    let mut is_wanted = vec![false; feature.values.len()];
    is_wanted[..reach].fill(true);
    for record in &firsts {
        is_wanted[feature.code(*record) as usize] = true;
    }
    let postings = Postings::new(features, feature, &is_wanted);
    let mut pairs = of_equal_values(feature, &firsts, &postings);
    pairs.extend(of_near_values(feature, &anchors, reach, &postings));
    pairs
}

fn of_equal_values(feature: &Feature, firsts: &[u32], postings: &Postings) -> Vec<(u32, u32)> {
    let pairs = firsts.iter().map(|record| {
        let others = postings.of(feature.code(*record));
        (*record, others[draw(u64::from(*record), 1, others.len())])
    });
    pairs.filter(|(a, b)| a != b).take(PAIRS).collect()
}

fn of_near_values(
    feature: &Feature,
    anchors: &[u32],
    reach: usize,
    postings: &Postings,
) -> Vec<(u32, u32)> {
    let mut pairs = Vec::new();
    let mut near: Vec<Vec<u32>> = vec![Vec::new(); LEVELS];
    for anchor in anchors.iter().copied() {
        let code = feature.code(anchor);
        near.iter_mut().for_each(Vec::clear);
        for other in 0..reach as u32 {
            if other != code {
                let level = level(feature.kind, &feature.values, code, other);
                if level > 0 {
                    near[usize::from(level)].extend_from_slice(postings.of(other));
                }
            }
        }
        for records in &near {
            for turn in 0..(PAIRS / ANCHORS).min(records.len()) {
                pairs.push((
                    anchor,
                    records[draw(u64::from(anchor), turn as u64, records.len())],
                ));
            }
        }
    }
    pairs
}

/// Pairs of records of one name of several words. The commonest names come first: who shares one is likely a stranger.
fn of_one_name(features: &Features, feature: &Feature) -> Vec<(u32, u32)> {
    let mut named: Vec<(u64, u32)> = Vec::new();
    for record in 0..features.records as u32 {
        let words = feature.words(record);
        if words.len() > 1 {
            // The order of the words does not matter, so their hashes are added up.
            let hash = words.iter().fold(0u64, |hash, word| {
                hash.wrapping_add(mix(u64::from(*word), 3))
            });
            named.push((hash, record));
        }
    }
    named.sort_unstable();
    let mut names: Vec<&[(u64, u32)]> = named
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|name| name.len() > 1)
        .collect();
    names.sort_by_key(|name| (std::cmp::Reverse(name.len()), name[0]));
    let mut pairs = Vec::new();
    for name in names {
        for (place, (_, record)) in name.iter().enumerate() {
            for turn in 0..3.min(name.len() - 1) {
                let other =
                    name[(place + 1 + draw(u64::from(*record), turn as u64, name.len() - 1))
                        % name.len()]
                    .1;
                pairs.push((*record, other));
            }
        }
        if pairs.len() >= PAIRS {
            break;
        }
    }
    pairs
}
