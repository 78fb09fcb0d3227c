//! A model that has learned, with the records that it learned from.

use crate::fit::Fit;
use crate::input::Comparison;
use crate::model::{Learned, Level, Model};
use crate::score::{CLASSES, Scorer};

/// A model that has learned.
pub struct Trained {
    pub(crate) scorer: Scorer,
    pub(crate) fit: Fit,
    pub(crate) comparisons: Vec<Comparison>,
    /// By record in the caller's numbers: its place in the order.
    pub(crate) places: Vec<u32>,
}

impl Trained {
    /// The place of a record in the order.
    pub(crate) fn place(&self, record: u32) -> u32 {
        self.places[record as usize]
    }

    /// What is compared.
    pub fn comparisons(&self) -> &[Comparison] {
        &self.comparisons
    }

    /// What was learned.
    pub fn model(&self) -> Model {
        let features = &self.scorer.features;
        let records = features.records as f64;
        let mut comparisons = Vec::new();
        for (index, feature) in features.all.iter().enumerate() {
            let names = feature.kind.levels();
            let means = self.scorer.frequencies[index].means();
            let mut levels = Vec::new();
            for class in 0..if feature.is_name() { CLASSES } else { 1 } {
                for (level, name) in names.iter().enumerate() {
                    let number =
                        self.scorer
                            .parameters
                            .number(index, class, names.len(), level as u8);
                    let rest = 1.0 - means.iter().skip(1).sum::<f64>();
                    levels.push(Level {
                        name: (*name).to_owned(),
                        m: f64::from(self.fit.log_m[usize::from(number)].exp()),
                        u: if level == 0 {
                            rest.max(0.0)
                        } else {
                            means[level]
                        },
                    });
                }
            }
            comparisons.push(Learned {
                label: feature.label.clone(),
                kind: feature.kind,
                filled: f64::from(feature.present) / records.max(1.0),
                distinct: feature.values.len() as u64,
                depends_on: self
                    .scorer
                    .dependences
                    .of(index)
                    .map(|d| features.all[d.parent].label.clone()),
                levels,
            });
        }
        Model {
            matches_per_record: self.fit.prior * (records - 1.0).max(0.0) / 2.0,
            comparisons,
        }
    }
}
