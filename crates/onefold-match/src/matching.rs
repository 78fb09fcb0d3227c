//! The whole of it, step by step.

use std::collections::HashSet;

use onefold_rows::parallel::{both, map_items, map_ranges, ranges};

use crate::blocking::{BlockReport, Blocks};
use crate::compared::Compared;
use crate::dependence::Drawn;
use crate::edge::{DECIDED, Edge, TOLD};
use crate::features::Features;
use crate::fit::{Fit, probability};
use crate::frequencies::Frequencies;
use crate::given::Dependences;
use crate::input::Input;
use crate::linkage::{Known, Linked, link};
use crate::options::Options;
use crate::score::{Parameters, Scorer};
use crate::scored::{Edges, score};
use crate::trained::Trained;
use crate::vetoes::Vetoes;

/// Pairs that are learned from, about.
const SAMPLE: usize = 250_000;
/// Parts of the pairs that are learned from.
const PARTS: usize = 64;

/// Two records that are, or may be, one person. Numbers are those of the caller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// A record.
    pub a: u32,
    /// Another record.
    pub b: u32,
    /// The probability that the pair by itself is one person; 1 where it was told so.
    pub probability: f64,
    /// The probability of the merge, judged on the clusters of both; that of the pair where they were not merged.
    pub merged: f64,
    /// Whether the caller told that they are one person.
    pub is_told: bool,
}

/// What was found.
pub struct Matched {
    /// By record: the least record of its cluster.
    pub clusters: Vec<u32>,
    /// The merges, in the order in which they were made within each cluster.
    pub links: Vec<Link>,
    /// Pairs that may be one person but were not merged, the likeliest first.
    pub possible: Vec<Link>,
    /// The model, which can explain every pair.
    pub trained: Trained,
    /// Merges that guards prevented.
    pub prevented: Vec<Prevented>,
    /// How it was done.
    pub report: Report,
}

/// Merges that a guard prevented though the evidence was for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prevented {
    /// The guard.
    pub guard: &'static str,
    /// How often it decided.
    pub merges: u64,
    /// Two records of each of a few of them.
    pub examples: Vec<(u32, u32)>,
}

/// How matching was done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What blocking did.
    pub blocking: BlockReport,
    /// Pairs that were compared.
    pub compared: u64,
    /// By tenth of a probability, from 0 to 1: compared pairs.
    pub probabilities: [u64; 10],
    /// Records without a value in any comparison: nobody can link them.
    pub empty: u64,
    /// Seconds by step.
    pub seconds: Vec<(&'static str, f64)>,
}

/// Finds the records that are one person.
///
/// # Errors
/// The model was learned of other comparisons.
pub fn find(input: &Input<'_>, options: &Options) -> Result<Matched, String> {
    let mut prepared = Prepared::new(input, options, &|| false)?;
    let began = std::time::Instant::now();
    let told = prepared.told(input, options);
    let linked = prepared.link(&told, options.threshold);
    let seconds = began.elapsed().as_secs_f64();
    prepared.report.seconds.push(("link", seconds));
    Ok(prepared.matched(linked, options))
}

/// Records that are compared, with what was learned of them. Which of them are one person is asked for each threshold.
pub struct Prepared {
    trained: Trained,
    edges: Edges,
    report: Report,
    threads: usize,
}

/// What a caller tells of records, whatever the evidence says.
pub struct Told {
    edges: Vec<Edge>,
    vetoes: Vetoes,
}

impl Prepared {
    /// Compares the records, unless nobody wants to know any more.
    ///
    /// # Errors
    /// The model was learned of other comparisons, or `is_over` says so.
    pub fn new(
        input: &Input<'_>,
        options: &Options,
        is_over: &(dyn Fn() -> bool + Sync),
    ) -> Result<Self, String> {
        let go_on = || match is_over() {
            true => Err("interrupted".to_owned()),
            false => Ok(()),
        };
        let threads = options.threads;
        let mut clock = std::time::Instant::now();
        let mut seconds = Vec::new();
        let mut lap = |what: &'static str| {
            seconds.push((what, clock.elapsed().as_secs_f64()));
            clock = std::time::Instant::now();
        };
        let features = Features::new(input, &options.comparisons, threads);
        let mut places = vec![0; features.records];
        for (place, record) in features.order.iter().enumerate() {
            places[*record as usize] = place as u32;
        }
        lap("encode");
        go_on()?;
        // Blocks do not keep all threads busy all the time. The rest is made meanwhile.
        let (blocks, (frequencies, drawn)) = both(
            threads,
            || Blocks::new(&features, threads),
            || {
                let half = threads.div_ceil(2);
                let all = features.all.iter();
                let frequencies = all.map(|feature| Frequencies::new(feature, &features, half));
                (frequencies.collect(), Drawn::new(&features, half))
            },
        );
        lap("block");
        go_on()?;
        let mut scorer = Scorer {
            parameters: Parameters::new(&features),
            features,
            frequencies,
            dependences: Dependences::default(),
        };
        let fit = learn(&mut scorer, &blocks, &drawn, options, &go_on)?;
        lap("learn");
        let scored = score(&scorer, &fit, &blocks, threads, is_over);
        lap("score");
        go_on()?;
        let is_empty = |record: &usize| {
            let mut features = scorer.features.all.iter();
            features.all(|f| f.words(*record as u32).is_empty())
        };
        let empty = map_ranges(threads, scorer.features.records, |range| {
            range.filter(is_empty).count() as u64
        });
        Ok(Self {
            edges: scored.edges,
            report: Report {
                blocking: blocks.report,
                compared: scored.compared,
                probabilities: scored.probabilities,
                empty: empty.into_iter().sum(),
                seconds,
            },
            trained: Trained {
                scorer,
                fit,
                comparisons: options.comparisons.clone(),
                places,
            },
            threads,
        })
    }

    /// What the options tell of the records.
    pub fn told(&self, input: &Input<'_>, options: &Options) -> Told {
        let places = &self.trained.places;
        let mut edges = Vec::new();
        for (told, log_odds) in [(&options.must, TOLD), (&options.decided, DECIDED)] {
            edges.extend(told.iter().map(|(a, b)| Edge {
                a: places[*a as usize],
                b: places[*b as usize],
                log_odds,
            }));
        }
        Told {
            edges,
            vetoes: Vetoes::new(input, &self.trained.scorer.features, options, places),
        }
    }

    /// By record: the least record of its cluster, at a threshold above 0 and below 1.
    pub fn clusters(&self, told: &Told, threshold: f64) -> Vec<u32> {
        self.clusters_of(&self.link(told, threshold))
    }

    /// What was learned, which can explain every pair.
    pub fn trained(&self) -> &Trained {
        &self.trained
    }

    fn link(&self, told: &Told, threshold: f64) -> Linked {
        let Trained { scorer, fit, .. } = &self.trained;
        let known = Known {
            scorer,
            fit,
            scored: &self.edges,
            vetoes: &told.vetoes,
        };
        link(known, &told.edges, log_odds(threshold), self.threads)
    }

    fn clusters_of(&self, linked: &Linked) -> Vec<u32> {
        let mut firsts = vec![u32::MAX; linked.cluster.len()];
        let places = (0..).zip(&self.trained.places);
        let clusters = places.map(|(record, place)| {
            let first = &mut firsts[linked.cluster[*place as usize] as usize];
            // Records come in ascending order.
            *first = record.min(*first);
            *first
        });
        clusters.collect()
    }

    fn matched(self, linked: Linked, options: &Options) -> Matched {
        let (clusters, (links, possible)) = both(
            self.threads,
            || self.clusters_of(&linked),
            || (self.links(&linked), self.possible(&linked, options)),
        );
        let prevented = linked.prevented.iter().map(|prevented| Prevented {
            guard: prevented.guard,
            merges: prevented.count,
            examples: prevented
                .examples
                .iter()
                .map(|(a, b)| self.caller(*a, *b))
                .collect(),
        });
        let prevented = prevented.filter(|prevented| prevented.merges > 0);
        Matched {
            clusters,
            links,
            possible,
            prevented: prevented.collect(),
            report: self.report,
            trained: self.trained,
        }
    }

    /// Two records by the caller's numbers.
    fn caller(&self, a: u32, b: u32) -> (u32, u32) {
        let order = &self.trained.scorer.features.order;
        (order[a as usize], order[b as usize])
    }

    fn links(&self, linked: &Linked) -> Vec<Link> {
        let links = linked.merges.iter().map(|merge| {
            let (a, b) = self.caller(merge.edge.a, merge.edge.b);
            Link {
                a,
                b,
                probability: probability(merge.edge.log_odds),
                merged: probability(merge.log_odds),
                is_told: merge.edge.is_told(),
            }
        });
        links.collect()
    }

    /// What may be one person and was not merged, the likeliest first.
    fn possible(&self, linked: &Linked, options: &Options) -> Vec<Link> {
        let clusters = |[a, b]: [u32; 2]| {
            let [a, b] = [a, b].map(|place| linked.cluster[place as usize]);
            (a.min(b), a.max(b))
        };
        // What somebody decided is not asked again, nor whether others of the same clusters are one.
        let place = |record: &u32| self.trained.places[*record as usize];
        let apart = options.apart.iter();
        let decided: HashSet<(u32, u32)> =
            apart.map(|(a, b)| clusters([place(a), place(b)])).collect();
        let least = log_odds(options.possible);
        let edges = self.edges.all.iter().filter(|edge| {
            let (a, b) = clusters([edge.a, edge.b]);
            a != b && edge.log_odds >= least && !decided.contains(&(a, b))
        });
        let possible = edges.map(|edge| {
            let (a, b) = self.caller(edge.a, edge.b);
            let probability = probability(edge.log_odds);
            Link {
                a: a.min(b),
                b: a.max(b),
                probability,
                merged: probability,
                is_told: false,
            }
        });
        let mut possible: Vec<Link> = possible.collect();
        possible.sort_by(|x, y| {
            y.probability
                .total_cmp(&x.probability)
                .then((x.a, x.b).cmp(&(y.a, y.b)))
        });
        possible
    }
}

/// Rounds of learning; what depends on what is learned before each.
const ROUNDS: usize = 3;

fn learn(
    scorer: &mut Scorer,
    blocks: &Blocks,
    drawn: &Drawn,
    options: &Options,
    go_on: &dyn Fn() -> Result<(), String>,
) -> Result<Fit, String> {
    let threads = options.threads;
    let drawn = drawn.compared(scorer, threads);
    if let Some(model) = &options.model {
        let fit = Fit::of_model(&scorer.features, &scorer.parameters, model)?;
        scorer.dependences = Dependences::learn(scorer, &fit, &drawn, threads);
        return Ok(fit);
    }
    let (sample, share) = sample(&scorer.features, blocks);
    let compared = compared(scorer, &sample, threads);
    let mut fit = Fit::start(&scorer.features, &scorer.parameters);
    for _ in 0..ROUNDS {
        go_on()?;
        scorer.dependences = Dependences::learn(scorer, &fit, &drawn, threads);
        let parts = compared.iter().collect();
        let pairs = map_items(threads, parts, |part: &Compared| {
            part.all_given(&scorer.dependences)
        });
        fit.learn(
            &scorer.features,
            &scorer.parameters,
            &pairs,
            1.0 / share,
            threads,
        );
    }
    Ok(fit)
}

/// Log odds of a probability.
fn log_odds(probability: f64) -> f32 {
    let probability = probability.clamp(1e-9, 1.0 - 1e-9);
    (probability / (1.0 - probability)).ln() as f32
}

/// The candidates of some records drawn by lot, and the share of all pairs that they are.
fn sample(features: &Features, blocks: &Blocks) -> (Vec<(u32, u32)>, f64) {
    let mut pairs = Vec::new();
    let mut taken = 0;
    for record in &features.lots {
        let others = blocks.candidates(*record).iter();
        pairs.extend(others.map(|other| (*record, *other)));
        taken += 1;
        if pairs.len() >= SAMPLE {
            break;
        }
    }
    let share = f64::from(taken) / features.records.max(1) as f64;
    (pairs, share.max(f64::MIN_POSITIVE))
}

fn compared(scorer: &Scorer, sample: &[(u32, u32)], threads: usize) -> Vec<Compared> {
    // Parts do not depend on the number of threads, so sums over them do not either.
    map_items(threads, ranges(PARTS, sample.len()), |range| {
        Compared::new(scorer, &sample[range])
    })
}
