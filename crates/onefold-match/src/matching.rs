//! The whole of it, step by step.

use onefold_rows::parallel::{map_items, ranges};

use crate::blocking::{BlockReport, Blocks, Seen};
use crate::dependence::Dependences;
use crate::features::Features;
use crate::fit::{Fit, Pairs};
use crate::frequencies::{Counts, Frequencies};
use crate::input::{Comparison, Input};
use crate::linkage::{Edge, link};
use crate::score::{Parameters, Scorer, Scratch, weight};

/// Pairs that are learned from, about.
const SAMPLE: usize = 400_000;

/// How to match.
#[derive(Debug, Clone)]
pub struct Options {
    /// What is compared.
    pub comparisons: Vec<Comparison>,
    /// Least log odds of a merge, in nats; 0 is a probability of one half.
    pub threshold: f32,
    /// Threads to work with. The result does not depend on it.
    pub threads: usize,
}

/// The clusters that were found.
pub struct Matched {
    /// By record: the number of its cluster, in order of first records.
    pub clusters: Vec<u32>,
    /// What blocking did.
    pub blocking: BlockReport,
    /// Pairs that were compared.
    pub pairs: u64,
    /// Seconds by step.
    pub seconds: Vec<(&'static str, f64)>,
    /// Lines on what was learned.
    pub said: Vec<String>,
}

/// Finds the records that are one person.
pub fn find(input: &Input<'_>, options: &Options) -> Matched {
    let threads = options.threads;
    let mut clock = std::time::Instant::now();
    let mut seconds = Vec::new();
    let mut lap = |what: &'static str| {
        seconds.push((what, clock.elapsed().as_secs_f64()));
        clock = std::time::Instant::now();
    };
    let features = Features::new(input, &options.comparisons, threads);
    lap("encode");
    let blocks = Blocks::new(&features, threads);
    lap("block");
    let frequencies = features
        .all
        .iter()
        .map(|feature| Frequencies::new(feature, &features, &Counts::of_records(feature), threads))
        .collect();
    lap("frequencies");
    let parameters = Parameters::new(&features);
    let mut scorer = Scorer {
        features: &features,
        frequencies,
        parameters,
        dependences: Dependences::default(),
    };
    let (sample, share) = sample(&features, &blocks);
    let mut fit = Fit::start(&features, &scorer.parameters);
    for _ in 0..2 {
        scorer.dependences = Dependences::learn(&scorer, &fit, threads);
        lap("dependence");
        let pairs = evidence(&scorer, &sample, threads);
        fit.learn(&features, &scorer.parameters, &pairs, 1.0 / share, threads);
        lap("learn");
    }
    scorer.dependences = Dependences::learn(&scorer, &fit, threads);
    let pairs = evidence(&scorer, &sample, threads);
    fit.learn(&features, &scorer.parameters, &pairs, 1.0 / share, threads);
    drop(pairs);
    lap("learn");
    let (edges, compared) = edges(&scorer, &fit, &blocks, options.threshold - 4.0, threads);
    lap("score");
    let mut said = said(&scorer, &fit, edges.len());
    if let Ok(pairs) = std::env::var("PAIRS") {
        let mut scratch = Scratch::new();
        for pair in pairs.split(',') {
            let Some((a, b)) = pair.split_once('-') else {
                continue;
            };
            let at = |n: &str| {
                features
                    .order
                    .iter()
                    .position(|o| *o == n.parse().unwrap_or(0))
                    .unwrap_or(0) as u32
            };
            scorer.compare(at(a), at(b), &mut scratch);
            let mut line = format!(
                "{pair}: prior {:.1} sum {:.1}:",
                fit.log_odds(),
                fit.log_odds() + weight(&scratch.evidence, &fit.log_m)
            );
            for e in &scratch.evidence {
                let f = &features.all[usize::from(e.feature)];
                line += &format!(
                    " {}[{}] {:.1}",
                    f.label,
                    scratch.levels[usize::from(e.feature)],
                    fit.log_m[usize::from(e.parameter)] - e.log_u
                );
            }
            said.push(line);
        }
    }
    let mut linked = link(&scorer, &fit, edges.clone(), options.threshold, threads);
    lap("link");
    if std::env::var("TWO").is_ok() {
        let mut grouped: Vec<u32> = (0..features.records as u32).collect();
        grouped.sort_unstable_by_key(|record| (linked.cluster[*record as usize], *record));
        scorer.frequencies = features
            .all
            .iter()
            .map(|feature| {
                Frequencies::new(
                    feature,
                    &features,
                    &Counts::of_clusters(feature, &grouped, &linked.cluster),
                    threads,
                )
            })
            .collect();
        lap("frequencies");
        scorer.dependences = Dependences::learn(&scorer, &fit, threads);
        let pairs = evidence(&scorer, &sample, threads);
        fit.learn(&features, &scorer.parameters, &pairs, 1.0 / share, threads);
        drop(pairs);
        lap("learn");
        let (edges, _) = self::edges(&scorer, &fit, &blocks, options.threshold - 4.0, threads);
        lap("score");
        linked = link(&scorer, &fit, edges, options.threshold, threads);
        lap("link");
    }
    said.extend(linked.prevented.iter().map(|prevented| {
        format!(
            "prevented by {}: {}, as {:?}",
            prevented.guard, prevented.count, prevented.examples
        )
    }));
    let mut clusters = vec![0; features.records];
    for (place, record) in features.order.iter().enumerate() {
        clusters[*record as usize] = features.order[linked.cluster[place] as usize];
    }
    Matched {
        clusters,
        blocking: blocks.report,
        pairs: compared,
        seconds,
        said,
    }
}

fn said(scorer: &Scorer<'_>, fit: &Fit, edges: usize) -> Vec<String> {
    let mut lines = vec![format!(
        "prior {:.3e}, {} rounds, {} edges",
        fit.prior, fit.rounds, edges
    )];
    for (index, feature) in scorer.features.all.iter().enumerate() {
        let levels = feature.kind.levels().len();
        let first = usize::from(scorer.parameters.number(index, 0, levels, 0));
        let classes = if feature.is_name() { 4 } else { 1 };
        let m: Vec<String> = fit.log_m[first..first + levels * classes]
            .iter()
            .map(|m| format!("{:.3}", m.exp()))
            .collect();
        let on = scorer.dependences.of(index).map(|d| {
            format!(
                " given {} (lift {:.1})",
                scorer.features.all[d.parent].label, d.lift
            )
        });
        lines.push(format!(
            "{} {:?} {} values {} present: m {}{}",
            feature.label,
            feature.kind,
            feature.values.len(),
            feature.present,
            m.join(" "),
            on.unwrap_or_default()
        ));
    }
    lines
}

/// The candidates of the first records of the order, and the share of all pairs that have one of these records first.
fn sample(features: &Features, blocks: &Blocks) -> (Vec<(u32, u32)>, f64) {
    let mut seen = Seen::new(features.records);
    let (mut pairs, mut found) = (Vec::new(), Vec::new());
    let mut taken = 0;
    for record in 0..features.records as u32 {
        blocks.candidates(record, &mut seen, &mut found);
        pairs.extend(found.iter().map(|other| (record, *other)));
        taken += 1;
        if pairs.len() >= SAMPLE {
            break;
        }
    }
    let rest = 1.0 - f64::from(taken) / features.records.max(1) as f64;
    (pairs, (1.0 - rest * rest).max(f64::MIN_POSITIVE))
}

fn evidence(scorer: &Scorer<'_>, sample: &[(u32, u32)], threads: usize) -> Pairs {
    let parts = map_items(threads, ranges(threads * 4, sample.len()), |range| {
        let mut scratch = Scratch::new();
        let mut pairs = Pairs::default();
        for (a, b) in &sample[range] {
            scorer.compare(*a, *b, &mut scratch);
            pairs.push(&scratch.evidence);
        }
        pairs
    });
    let mut all = Pairs::default();
    parts.into_iter().for_each(|part| all.append(part));
    all
}

/// Scores all candidates; those above `least` stay.
fn edges(
    scorer: &Scorer<'_>,
    fit: &Fit,
    blocks: &Blocks,
    least: f32,
    threads: usize,
) -> (Vec<Edge>, u64) {
    let records = scorer.features.records;
    let log_odds = fit.log_odds();
    let parts = map_items(threads, ranges(threads * 16, records), |range| {
        let mut scratch = Scratch::new();
        let mut seen = Seen::new(records);
        let (mut edges, mut found, mut compared) = (Vec::new(), Vec::new(), 0u64);
        for record in range {
            let a = record as u32;
            blocks.candidates(a, &mut seen, &mut found);
            compared += found.len() as u64;
            for b in &found {
                scorer.compare(a, *b, &mut scratch);
                let log_odds = log_odds + weight(&scratch.evidence, &fit.log_m);
                if log_odds > least {
                    edges.push(Edge { a, b: *b, log_odds });
                }
            }
        }
        (edges, compared)
    });
    let mut all = (Vec::new(), 0);
    for (edges, compared) in parts {
        all.0.extend(edges);
        all.1 += compared;
    }
    all
}
