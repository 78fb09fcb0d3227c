//! What becomes of the customers of a `resolve` at other thresholds of its model, from the tables that a run has kept.
//!
//! # Algorithm
//! The records are compared once more, as the run did. Each threshold then asks who is merged, as a run with that threshold would: the
//! numbers are exact. What somebody has decided since the run counts as well. Precision and recall are measured on the pairs that somebody
//! decided on, with customers as they would be without these decisions: obeyed, they would always be right.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use onefold_resolve::Cuts;
use onefold_resolve::evaluate::pairwise;
use onefold_spec::model::{Pipeline, Step};
use serde::Serialize;

use crate::ask;
use crate::error::{Error, Kind};
use crate::places::Places;
use crate::run::RunOptions;
use crate::steps::step::{Input, Way};
use crate::trace;

/// Thresholds that can be asked about: below, pairs are not kept; above, no evidence is enough.
pub const RANGE: [f64; 2] = [0.02, 0.9999];
/// Thresholds whose customers are remembered.
const REMEMBERED: usize = 200;
/// Pairs of each kind that are shown.
const SHOWN: usize = 10;
/// Records of a customer that are held against those of another one to find their likeliest pair.
const HELD: usize = 8;

/// The records of a `resolve` table of a run, compared.
pub struct Thresholds {
    cuts: Cuts,
    /// The tables that it reads, in order.
    from: Vec<String>,
    own: f64,
    own_clusters: Vec<u32>,
    done: Mutex<HashMap<u64, Arc<Cut>>>,
}

/// The customers at a threshold, and what is other than at that of the pipeline.
#[derive(Debug, Clone, Serialize)]
pub struct Cut {
    /// The threshold, from 0 to 1.
    pub threshold: f64,
    /// Whether it is that of the pipeline.
    pub is_own: bool,
    /// Records.
    pub records: u64,
    /// Customers.
    pub customers: u64,
    /// Links: records that are removed because they are of a customer that another one stands for.
    pub links: u64,
    /// Records of customers of more than one record.
    pub merged: u64,
    /// Records of the largest customer.
    pub largest: u64,
    /// Pairs of records that are of one customer here and are not at the threshold of the pipeline.
    pub added: u64,
    /// The other way round.
    pub removed: u64,
    /// How many pairs that somebody decided on come out as decided; `None`: there are none.
    pub decided: Option<Agreement>,
    /// Some of the pairs that are added: the likeliest of two customers that become one.
    pub added_pairs: Vec<Pair>,
    /// Some of the pairs that are removed.
    pub removed_pairs: Vec<Pair>,
}

/// Agreement with what somebody decided, as if it had not been decided.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Agreement {
    /// Pairs that are decided to be the same.
    pub same: u64,
    /// Pairs that are decided to be different.
    pub different: u64,
    /// Of the pairs that are one customer, how many are decided to be; `None`: no pair is.
    pub precision: Option<f64>,
    /// Of the pairs that are decided to be one customer, how many are; `None`: no pair is decided to be.
    pub recall: Option<f64>,
}

/// Two records. They are named by their numbers: those of all tables that the `resolve` reads, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pair {
    /// A record.
    pub a: u32,
    /// Another record.
    pub b: u32,
    /// The probability of this pair alone.
    pub score: f64,
}

/// The records of a `resolve` table of a run, compared again.
pub(crate) fn thresholds(
    pipeline: &Pipeline,
    text: &str,
    (table, run): (&str, &str),
    options: &RunOptions<'_>,
) -> Result<Thresholds, Error> {
    let (_, report) = ask::run(&options.output_dir, Some(run))?;
    if !trace::has_all(pipeline, &report) {
        let message = format!("run {run} has not kept its tables");
        return Err(Error::new(Kind::Configuration, message).hint(ask::KEEP));
    }
    let mut tables = pipeline.tables.iter();
    let step = tables.find_map(|known| match &known.step {
        Step::Resolve(step) if known.name.value == table => Some(step),
        _ => None,
    });
    let without = || {
        let message = format!("no model of `{table}` has a threshold");
        let error = Error::new(Kind::Configuration, message);
        error.hint("rules link records whatever their likeness; `model: auto` links more")
    };
    let step = step.ok_or_else(without)?;
    let own = step.likeness.as_ref().ok_or_else(without)?.threshold;
    trace::with_tables(pipeline, text, Some(run), options, |courses, _, _| {
        let prepared = courses.maker(table);
        let prepared = prepared.ok_or_else(|| Error::internal(format!("no step `{table}`")))?;
        let Way::Whole(whole) = &prepared.way else {
            return Err(without());
        };
        let mut inputs = Vec::new();
        for name in &prepared.reads {
            inputs.push(Input {
                name: name.clone(),
                rows: Arc::new(courses.rows(name)?),
                places: Places::default(),
            });
        }
        let is_over = || options.interrupted.load(Ordering::Relaxed);
        let cuts = whole.cuts(inputs, options.threads, &is_over);
        if is_over() {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        let cuts = cuts?.ok_or_else(without)?;
        Ok(Thresholds {
            own_clusters: cuts.clusters(own),
            cuts,
            from: prepared.reads.clone(),
            own,
            done: Mutex::default(),
        })
    })
}

impl Thresholds {
    /// The threshold of the pipeline.
    pub fn own(&self) -> f64 {
        self.own
    }

    /// The customers at a threshold, which is put into [`RANGE`].
    pub fn at(&self, threshold: f64) -> Arc<Cut> {
        // A share that was written in per cent may be a little off.
        let threshold = match (threshold - self.own).abs() < 1e-9 {
            true => self.own,
            false => threshold.clamp(RANGE[0], RANGE[1]),
        };
        let done = || self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = done().get(&threshold.to_bits()) {
            return Arc::clone(known);
        }
        let cut = Arc::new(self.cut(threshold));
        let mut done = done();
        if done.len() >= REMEMBERED {
            done.clear();
        }
        done.insert(threshold.to_bits(), Arc::clone(&cut));
        cut
    }

    /// The table of a record, and its row there, from 0.
    pub fn place(&self, record: u32) -> Option<(&str, u64)> {
        let (source, row) = self.cuts.place(record)?;
        Some((self.from.get(source)?, u64::from(row)))
    }

    /// The probability of a pair, and what each comparison adds, as `links` has them.
    pub fn weights(&self, a: u32, b: u32) -> Option<(f64, String)> {
        self.place(a).and(self.place(b))?;
        Some(self.cuts.weights(a, b))
    }

    fn cut(&self, threshold: f64) -> Cut {
        let clusters = self.cuts.clusters(threshold);
        let own = &self.own_clusters;
        let mut sizes: HashMap<u32, u64> = HashMap::new();
        for cluster in &clusters {
            *sizes.entry(*cluster).or_default() += 1;
        }
        let (records, customers) = (clusters.len() as u64, sizes.len() as u64);
        // Both have one entry a record.
        let score = pairwise(&clusters, own).ok();
        let pairs = score.map_or((0, 0), |score| {
            (
                score.pairs_found - score.pairs_correct,
                score.pairs_true - score.pairs_correct,
            )
        });
        Cut {
            threshold,
            is_own: threshold == self.own,
            records,
            customers,
            links: records - customers,
            merged: sizes.values().filter(|size| **size > 1).sum(),
            largest: sizes.values().copied().max().unwrap_or(0),
            added: pairs.0,
            removed: pairs.1,
            decided: self.agreement(threshold),
            added_pairs: self.between(&clusters, own),
            removed_pairs: self.between(own, &clusters),
        }
    }

    fn agreement(&self, threshold: f64) -> Option<Agreement> {
        let clusters = self.cuts.undecided(threshold)?;
        let [mut right, mut wrong, mut missed, mut different] = [0u64; 4];
        for label in self.cuts.labels() {
            let of = |record: u32| clusters.get(record as usize);
            different += u64::from(!label.same);
            match (of(label.a) == of(label.b), label.same) {
                (true, true) => right += 1,
                (true, false) => wrong += 1,
                (false, true) => missed += 1,
                (false, false) => {}
            }
        }
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        Some(Agreement {
            same: right + missed,
            different,
            precision: share(right, right + wrong),
            recall: share(right, right + missed),
        })
    }

    /// Pairs that are of one cluster in `joined` and of two in `parted`: of each cluster, by its first record, the likeliest that is found.
    fn between(&self, joined: &[u32], parted: &[u32]) -> Vec<Pair> {
        let mut torn: Vec<u32> = Vec::new();
        for (record, cluster) in joined.iter().enumerate() {
            let is_torn = parted.get(record) != parted.get(*cluster as usize);
            if is_torn && !torn.contains(cluster) {
                torn.push(*cluster);
                if torn.len() == SHOWN {
                    break;
                }
            }
        }
        let empty = torn.iter().map(|cluster| (*cluster, Vec::new()));
        let mut members: HashMap<u32, Vec<u32>> = empty.collect();
        for (record, cluster) in joined.iter().enumerate() {
            if let Some(records) = members.get_mut(cluster) {
                records.push(record as u32);
            }
        }
        let pairs = torn
            .iter()
            .filter_map(|cluster| self.likeliest(members.get(cluster)?, parted));
        pairs.collect()
    }

    fn likeliest(&self, records: &[u32], parted: &[u32]) -> Option<Pair> {
        let mut best: Option<Pair> = None;
        let of = |record: u32| parted.get(record as usize);
        for (place, a) in records.iter().enumerate() {
            let others = records[place + 1..].iter().filter(|b| of(**b) != of(*a));
            for b in others.take(HELD) {
                let score = self.cuts.score(*a, *b);
                if best.is_none_or(|best| score > best.score) {
                    best = Some(Pair {
                        a: *a,
                        b: *b,
                        score,
                    });
                }
            }
            if place >= HELD && best.is_some() {
                break;
            }
        }
        best
    }
}
