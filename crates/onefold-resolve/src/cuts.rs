//! Who is one customer at other thresholds of a model. Records are compared once; a threshold asks only who is merged.

use onefold_match::{Prepared, Told, Weighed};

use crate::decided::{Decided, Pair};
use crate::error::Error;
use crate::likeness::asked;
use crate::options::{Compare, Options};
use crate::parting;
use crate::possible::{brief, score};
use crate::records::Records;
use crate::resolve::{by_rules, check_likeness, keys, told};
use crate::sources::SourceRecords;

/// Records that are compared, to be asked who is one customer at a threshold. Record numbers are those of [`resolve`](crate::resolve).
pub struct Cuts {
    prepared: Prepared,
    told: Told,
    /// The same as if nobody had decided anything; `None`: nobody has.
    undecided: Option<Told>,
    /// Pairs that somebody decided on, and whether they are one customer.
    labels: Vec<Label>,
    /// By source: its first record, and the number of records at the end.
    starts: Vec<u32>,
}

/// What somebody decided of two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// A record.
    pub a: u32,
    /// Another record.
    pub b: u32,
    /// Whether they are one customer.
    pub same: bool,
}

impl Cuts {
    /// Compares the records. `None`: no model compares them, so no threshold decides.
    ///
    /// # Errors
    /// Those of [`resolve`](crate::resolve), or `is_over` says that nobody wants to know any more.
    pub fn new(
        sources: Vec<SourceRecords>,
        options: &Options,
        is_over: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Self>, Error> {
        let likeness = options.likeness.as_ref();
        let Some(likeness) = likeness.filter(|likeness| likeness.compare != Compare::Nothing)
        else {
            return Ok(None);
        };
        let records = Records::new(sources)?;
        check_likeness(&records, options)?;
        let keys = keys(&records, options)?;
        let (decided, _) = Decided::new(&records, options.decisions())?;
        let links = |decided: &Decided| {
            let mut matched = by_rules(&records, &keys, options);
            parting::join(&records, &mut matched, decided)?;
            Ok::<_, Error>(told(&matched, decided))
        };
        let label = |pair: &Pair, same| Label {
            a: pair.a.min(pair.b),
            b: pair.a.max(pair.b),
            same,
        };
        let same = decided.same.iter().map(|pair| label(pair, true));
        let different = decided.different.iter().map(|pair| label(pair, false));
        // A pair may be decided more than once.
        let mut labels: Vec<Label> = same.chain(different).collect();
        labels.sort_unstable_by_key(|label| (label.a, label.b));
        labels.dedup();
        let without = match labels.is_empty() {
            true => None,
            false => Some(links(&Decided::default())?),
        };
        let with = links(&decided)?;
        let ((prepared, told, undecided), ..) = asked(
            &records,
            likeness,
            with,
            options.threads,
            |input, options| {
                let prepared = Prepared::new(input, options, is_over)?;
                let with = prepared.told(input, options);
                let without = without.map(|without| {
                    let options = onefold_match::Options {
                        must: without.must,
                        decided: Vec::new(),
                        apart: Vec::new(),
                        ..options.clone()
                    };
                    prepared.told(input, &options)
                });
                Ok((prepared, with, without))
            },
        )?;
        let mut starts: Vec<u32> = records.sources.iter().map(|source| source.first).collect();
        starts.push(records.len() as u32);
        Ok(Some(Self {
            prepared,
            told,
            undecided,
            labels,
            starts,
        }))
    }

    /// By record: the least record of its customer, at a threshold above 0 and below 1.
    pub fn clusters(&self, threshold: f64) -> Vec<u32> {
        self.prepared.clusters(&self.told, threshold)
    }

    /// The same as if nobody had decided anything; `None`: nobody has.
    pub fn undecided(&self, threshold: f64) -> Option<Vec<u32>> {
        let told = self.undecided.as_ref()?;
        Some(self.prepared.clusters(told, threshold))
    }

    /// What somebody decided, as far as it holds and its records are there.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// The probability that two records by themselves are one customer.
    pub fn score(&self, a: u32, b: u32) -> f64 {
        self.weigh(a, b).probability
    }

    /// The same with what each comparison adds, as `links` and `possible` have them in the columns `score` and `weights`.
    pub fn weights(&self, a: u32, b: u32) -> (f64, String) {
        let weighed = self.weigh(a, b);
        (score(&weighed), brief(&weighed))
    }

    fn weigh(&self, a: u32, b: u32) -> Weighed<'_> {
        self.prepared.trained().explainer().weigh(a, b)
    }

    /// The source of a record, by its number, and its row there, from 0.
    pub fn place(&self, record: u32) -> Option<(usize, u32)> {
        let after = self.starts.partition_point(|start| *start <= record);
        let source = after.checked_sub(1)?;
        let is_there = source + 1 < self.starts.len();
        is_there.then(|| (source, record - self.starts[source]))
    }
}
