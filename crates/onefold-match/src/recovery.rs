//! What was put into records is learned from them; neither threads nor the order of the records change what is found.

use onefold_rows::hash::mix;

use crate::{Comparison, Input, Kind, Matched, Options, Texts, find};

/// Numbers that look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % sides
    }

    fn chance(&mut self, share: f64) -> bool {
        (self.roll(1 << 30) as f64) < share * f64::from(1 << 30)
    }

    fn word(&mut self, letters: u64) -> String {
        (0..letters)
            .map(|_| char::from(b'a' + self.roll(26) as u8))
            .collect()
    }
}

/// Share of matches whose values are equal, by column.
///
/// With one long code less, `m` comes out up to three hundredths too high: matches that agree in one code only stay in doubt.
const EQUAL: [f64; 5] = [0.9, 0.85, 0.8, 0.8, 0.6];
/// The column of few values.
const LAST: usize = EQUAL.len() - 1;
/// Values of the last column, which strangers share one in so many.
const SHARED: u64 = 40;

/// Two records of each of so many people, side by side: four columns of long codes and one of few values.
fn people(count: usize) -> Vec<Vec<Option<String>>> {
    let mut dice = Dice(7);
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); EQUAL.len()];
    for _ in 0..count {
        for (index, (column, equal)) in columns.iter_mut().zip(EQUAL).enumerate() {
            let is_last = index == LAST;
            let value = |dice: &mut Dice| match is_last {
                true => {
                    let number = dice.roll(SHARED) as u8;
                    let letters = [b'a' + number % 26, b'k' + number / 26].map(char::from);
                    letters.iter().collect()
                }
                false => dice.word(12),
            };
            let first = value(&mut dice);
            let second = match dice.chance(equal) {
                true => first.clone(),
                false => value(&mut dice),
            };
            column.extend([Some(first), Some(second)]);
        }
    }
    columns
}

fn matched(columns: &[Vec<Option<String>>], threads: usize) -> Matched {
    let comparisons = (0..columns.len()).map(|index| Comparison {
        label: format!("c{index}"),
        // Long codes of which nearly none is shared by chance.
        kind: if index < LAST {
            Kind::Email
        } else {
            Kind::Text
        },
        columns: vec![index],
        identifies: false,
        implied_by: None,
        weighs: true,
    });
    let options = Options {
        comparisons: comparisons.collect(),
        threshold: 0.5,
        possible: 0.2,
        threads,
        ..Options::default()
    };
    let input = Input {
        records: columns[0].len() as u32,
        columns: columns.iter().map(|column| column as &dyn Texts).collect(),
        sources: &[],
    };
    find(&input, &options).expect("a model of its own")
}

#[test]
fn shares_are_estimated_within_two_hundredths() {
    let columns = people(8000);
    let model = matched(&columns, 2).trained.model();
    for (comparison, column) in model.comparisons.iter().zip(&columns) {
        let top = comparison.levels.last().expect("levels");
        let pairs = column.chunks_exact(2);
        let equal = pairs.filter(|pair| pair[0] == pair[1]).count();
        let m = equal as f64 / (column.len() / 2) as f64;
        assert!(
            (top.m - m).abs() < 0.02,
            "{} m {} {m}",
            comparison.label,
            top.m
        );
        let mut sorted = column.clone();
        sorted.sort_unstable();
        let same = sorted.chunk_by(|a, b| a == b);
        let u: f64 = same
            .map(|same| (same.len() as f64 / column.len() as f64).powi(2))
            .sum();
        assert!(
            (top.u - u).abs() < 0.02,
            "{} u {} {u}",
            comparison.label,
            top.u
        );
    }
    // The same beside what the records were made with. Few values are equal by chance too.
    for (index, comparison) in model.comparisons.iter().enumerate() {
        let u = if index == LAST {
            1.0 / SHARED as f64
        } else {
            0.0
        };
        let m = EQUAL[index] + (1.0 - EQUAL[index]) * u;
        let [lowest, .., top] = comparison.levels.as_slice() else {
            panic!("levels");
        };
        // Two of the short words are often one edit apart.
        let levels = [(top, m, u), (lowest, 1.0 - m, 1.0 - u)];
        for (level, m, u) in levels.into_iter().take(if index == LAST { 1 } else { 2 }) {
            let is_near = (level.m - m).abs() < 0.02 && (level.u - u).abs() < 0.02;
            assert!(
                is_near,
                "{} {}: m {} {m}, u {} {u}",
                comparison.label, level.name, level.m, level.u
            );
        }
    }
    let matches = model.matches_per_record;
    assert!((matches - 0.5).abs() < 0.05, "{matches}");
}

#[test]
fn neither_threads_nor_order_change_what_is_found() {
    let columns = people(2000);
    let one = matched(&columns, 1);
    assert!(one.links.len() > 1500);
    for threads in [2, 8] {
        let many = matched(&columns, threads);
        assert_eq!(one.clusters, many.clusters);
        assert_eq!(one.links, many.links);
        assert_eq!(one.possible, many.possible);
        assert_eq!(one.trained.model(), many.trained.model());
    }
    let records = columns[0].len();
    let mut order: Vec<usize> = (0..records).collect();
    order.sort_by_key(|record| mix(*record as u64, 5));
    let shuffled: Vec<Vec<Option<String>>> = columns
        .iter()
        .map(|column| order.iter().map(|record| column[*record].clone()).collect())
        .collect();
    let found = matched(&shuffled, 2).clusters;
    let mut back = vec![0; records];
    for (place, record) in order.iter().enumerate() {
        back[*record] = order[found[place] as usize];
    }
    // The same records are together, whichever of them is the first.
    for record in 0..records {
        let (a, b) = (one.clusters[record] as usize, back[record]);
        assert_eq!(back[a], back[record], "{record}");
        assert_eq!(one.clusters[b], one.clusters[record], "{record}");
    }
}

#[test]
fn a_model_is_used_again() {
    let columns = people(2000);
    let first = matched(&columns, 2);
    let text = serde_json::to_string(&first.trained.model()).expect("JSON");
    let input = Input {
        records: columns[0].len() as u32,
        columns: columns.iter().map(|column| column as &dyn Texts).collect(),
        sources: &[],
    };
    let mut options = Options {
        comparisons: first.trained.comparisons().to_vec(),
        threshold: 0.5,
        possible: 0.2,
        model: Some(serde_json::from_str(&text).expect("a model")),
        threads: 2,
        ..Options::default()
    };
    let again = find(&input, &options).expect("the same comparisons");
    assert_eq!(first.clusters, again.clusters);
    options.comparisons[0].label = "other".to_owned();
    let refused = find(&input, &options)
        .map(|_| ())
        .expect_err("other comparisons");
    assert_eq!(refused, "the model has no comparison `other`");
}

#[test]
fn what_the_caller_says_holds() {
    let texts = |values: &[&str]| -> Vec<Option<String>> {
        values.iter().map(|v| Some((*v).to_owned())).collect()
    };
    let columns = [texts(&["a", "b", "c", "d"]), texts(&["1", "2", "2", "1"])];
    let input = Input {
        records: 4,
        columns: columns.iter().map(|column| column as &dyn Texts).collect(),
        sources: &[0, 0, 1, 1],
    };
    let parting = Comparison {
        label: "number".to_owned(),
        kind: Kind::Text,
        columns: vec![1],
        identifies: false,
        implied_by: None,
        weighs: false,
    };
    let options = Options {
        comparisons: vec![parting],
        threshold: 1.0,
        possible: 1.0,
        must: vec![(0, 3), (0, 1), (1, 2), (2, 3)],
        never: vec![0],
        threads: 1,
        ..Options::default()
    };
    let found = find(&input, &options).expect("no model");
    assert_eq!(found.clusters, [0, 1, 1, 0]);
    assert_eq!(found.prevented.len(), 1);
    let options = Options {
        never: Vec::new(),
        distinct: vec![0],
        ..options
    };
    let found = find(&input, &options).expect("no model");
    assert_ne!(found.clusters[0], found.clusters[1]);
    // What somebody decided comes before both, and what is told yields to it.
    let options = Options {
        never: vec![0],
        decided: vec![(0, 1)],
        apart: vec![(1, 2), (3, 0)],
        ..options
    };
    let found = find(&input, &options).expect("no model");
    assert_eq!(found.clusters, [0, 0, 2, 3]);
    assert!(found.links.iter().all(|link| link.is_told));
    let guards: Vec<&str> = found.prevented.iter().map(|p| p.guard).collect();
    assert!(guards.contains(&"parted by a decision"), "{guards:?}");
}

#[test]
fn nothing_to_compare_links_nobody() {
    let input = Input {
        records: 5,
        columns: Vec::new(),
        sources: &[],
    };
    let options = Options {
        threshold: 0.5,
        possible: 0.2,
        threads: 2,
        ..Options::default()
    };
    let found = find(&input, &options).expect("no model");
    assert_eq!(found.clusters, [0, 1, 2, 3, 4]);
    assert!(found.possible.is_empty());
}

/// Where nobody is there twice, strangers who are alike by chance are not taken for matches.
#[test]
fn a_table_without_duplicates_stays_as_it_is() {
    let mut dice = Dice(11);
    let words = |dice: &mut Dice, count: usize| -> Vec<String> {
        (0..count).map(|_| dice.word(7)).collect()
    };
    let (firsts, lasts) = (words(&mut dice, 300), words(&mut dice, 2000));
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); 2];
    for _ in 0..20_000 {
        let first = &firsts[dice.roll(300) as usize];
        let last = &lasts[dice.roll(2000) as usize];
        columns[0].push(Some(format!("{first} {last}")));
        let (year, month, day) = (1940 + dice.roll(65), 1 + dice.roll(12), 1 + dice.roll(28));
        columns[1].push(Some(format!("{year}-{month:02}-{day:02}")));
    }
    let comparison = |index: usize, kind| Comparison {
        label: format!("c{index}"),
        kind,
        columns: vec![index],
        identifies: false,
        implied_by: None,
        weighs: true,
    };
    let options = Options {
        comparisons: vec![comparison(0, Kind::Name), comparison(1, Kind::Date)],
        threshold: 0.5,
        possible: 0.2,
        threads: 2,
        ..Options::default()
    };
    let input = Input {
        records: 20_000,
        columns: columns.iter().map(|column| column as &dyn Texts).collect(),
        sources: &[],
    };
    let found = find(&input, &options).expect("a model of its own");
    let merged = found.links.len();
    assert!(merged < 400, "{merged} of 20,000 are merged");
}

/// What common values the records of a block share that is too large is told, with the pairs that were never compared.
#[test]
fn the_largest_blocks_that_are_skipped_are_listed() {
    let mut dice = Dice(3);
    let mut columns: Vec<Vec<Option<String>>> = vec![Vec::new(); 2];
    for record in 0..2000 {
        let group = if record < 60 { 0 } else { 1 + record % 20 };
        let other = if record < 60 { 0 } else { 1 + record / 20 % 20 };
        let (family, city) = (
            format!("family{}", char::from(b'a' + group as u8)),
            format!("city{other}"),
        );
        columns[0].push(Some(format!("q{} {family}", dice.word(7))));
        columns[1].push(Some(city));
    }
    let comparisons = [("name", Kind::Name), ("city", Kind::Text)];
    let comparisons = comparisons
        .iter()
        .enumerate()
        .map(|(index, (label, kind))| Comparison {
            label: (*label).to_owned(),
            kind: *kind,
            columns: vec![index],
            identifies: false,
            implied_by: None,
            weighs: true,
        });
    let mut options = Options {
        comparisons: comparisons.collect(),
        threshold: 0.5,
        possible: 0.2,
        threads: 1,
        ..Options::default()
    };
    let input = Input {
        records: 2000,
        columns: columns.iter().map(|column| column as &dyn Texts).collect(),
        sources: &[],
    };
    let report = find(&input, &options)
        .expect("a model of its own")
        .report
        .blocking;
    let shared = [("name", "familya"), ("city", "city0")]
        .map(|(label, value)| (label.to_owned(), value.to_owned()));
    let listed = report
        .skipped_blocks
        .iter()
        .find(|block| block.values == shared);
    let listed = listed.expect("the block of the sixty");
    assert_eq!(listed.records, 60);
    assert!(
        (1600..=60 * 59 / 2).contains(&listed.not_compared),
        "{}",
        listed.not_compared
    );
    let sizes: Vec<u32> = report
        .skipped_blocks
        .iter()
        .map(|block| block.records)
        .collect();
    assert!(
        sizes.len() <= 10 && sizes.is_sorted_by(|a, b| a >= b),
        "{sizes:?}"
    );
    assert_eq!(sizes.first(), Some(&report.largest));
    options.threads = 3;
    let again = find(&input, &options)
        .expect("a model of its own")
        .report
        .blocking;
    assert_eq!(report, again);
}
