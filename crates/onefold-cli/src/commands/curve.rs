//! How good the customers are at other thresholds: the pipeline is run up to its `resolve` table again, once for each.

use std::collections::HashMap;

use onefold_engine::evaluate::{Ratios, pairwise};
use onefold_engine::{Error, Project};
use serde_json::{Value, json};

use super::resolution::{Folders, Resolution, tables};
use super::truth::Truth;

/// Thresholds that are looked at, beside that of the pipeline.
const THRESHOLDS: [f64; 10] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99];

/// The customers at a threshold.
pub(super) struct Point {
    pub(super) threshold: f64,
    /// Whether it is the threshold of the pipeline.
    pub(super) is_own: bool,
    /// Customers of records with a truth.
    pub(super) customers: u64,
    /// Over pairs of records.
    pub(super) ratios: Ratios,
}

impl Point {
    pub(super) fn json(&self) -> Value {
        json!({
            "threshold": self.threshold,
            "is_own": self.is_own,
            "customers": self.customers,
            "precision": self.ratios.precision,
            "recall": self.ratios.recall,
            "f1": self.ratios.f1,
        })
    }
}

/// The curve; empty without a model, which alone has a threshold.
pub(super) fn curve(
    project: &Project,
    found: &Resolution,
    truth: &Truth,
    asked: Folders<'_>,
) -> anyhow::Result<Result<Vec<Point>, Error>> {
    let Some(model) = &found.step.likeness else {
        return Ok(Ok(Vec::new()));
    };
    let mut thresholds = THRESHOLDS.to_vec();
    thresholds.push(model.threshold);
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    let members = format!("{}.members", found.table);
    let mut points = Vec::with_capacity(thresholds.len());
    for threshold in thresholds {
        let project = project.with_threshold(&found.table, threshold);
        let made = match tables(&project, asked, &[(&members, None)])? {
            Ok(made) => made,
            Err(error) => return Ok(Err(error)),
        };
        // Records come in the same order in every run, and the customer's id is the first column.
        let rows = made.iter().flat_map(|table| &table.rows);
        let ids = rows.map(|row| row.first().cloned().flatten().unwrap_or_default());
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for (id, entity) in ids.zip(&truth.of) {
            if let Some(entity) = entity {
                let next = numbers.len() as u32;
                ours.push(*numbers.entry(id).or_insert(next));
                theirs.push(*entity);
            }
        }
        points.push(Point {
            threshold,
            is_own: threshold == model.threshold,
            customers: numbers.len() as u64,
            ratios: pairwise(&ours, &theirs)?.pairwise,
        });
    }
    Ok(Ok(points))
}
