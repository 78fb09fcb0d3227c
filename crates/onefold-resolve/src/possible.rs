//! The table of possible links: pairs that may be one person, for somebody to look at.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Builder, RecordBatch, StringViewBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use onefold_match::{Trained, Weighed};
use onefold_rows::batch_ranges;
use onefold_rows::parallel::map_items;
use serde::Serialize;

use crate::columns::identify;
use crate::error::Error;
use crate::resolved::Resolved;

/// `record_key`, `source`, `other_key`, `other_source`, `score`, `weights`, `address`, `other_address`.
pub(crate) fn schema() -> SchemaRef {
    let fields = [
        ("record_key", DataType::Utf8View, false),
        ("source", DataType::Utf8View, false),
        ("other_key", DataType::Utf8View, false),
        ("other_source", DataType::Utf8View, false),
        ("score", DataType::Float64, true),
        ("weights", DataType::Utf8View, true),
        ("address", DataType::UInt64, true),
        ("other_address", DataType::UInt64, true),
    ];
    let fields = fields.map(|(name, data_type, nullable)| Field::new(name, data_type, nullable));
    Arc::new(Schema::new(fields.to_vec()))
}

impl Resolved {
    /// The table of possible links, the likeliest first. Made when asked.
    ///
    /// # Errors
    /// An Arrow kernel refuses.
    pub fn possible(&self) -> Result<Vec<RecordBatch>, Error> {
        let Some(found) = &self.found else {
            return Ok(Vec::new());
        };
        let possible = &found.matched.possible;
        let batch = |range: std::ops::Range<usize>| {
            let links = &possible[range];
            let records: Vec<u32> = links.iter().map(|link| link.a).collect();
            let others: Vec<u32> = links.iter().map(|link| link.b).collect();
            let [keys, sources, addresses] = identify(&self.records, &records)?;
            let [other_keys, other_sources, other_addresses] = identify(&self.records, &others)?;
            let pairs = links.iter().map(|link| (link.a, link.b));
            let [score, weights] = scored(&found.matched.trained, pairs)?;
            let schema = Arc::clone(&self.schemas.possible);
            Ok(RecordBatch::try_new(
                schema,
                vec![
                    keys,
                    sources,
                    other_keys,
                    other_sources,
                    score,
                    weights,
                    addresses,
                    other_addresses,
                ],
            )?)
        };
        let ranges = batch_ranges(possible.len());
        map_items(self.options.threads, ranges, batch)
            .into_iter()
            .collect()
    }
}

/// The score of each pair, and what each comparison adds, as JSON.
pub(crate) fn scored(
    trained: &Trained,
    pairs: impl Iterator<Item = (u32, u32)>,
) -> Result<[ArrayRef; 2], Error> {
    let mut explainer = trained.explainer();
    let mut scores = Float64Builder::new();
    let mut weights = StringViewBuilder::new();
    for (a, b) in pairs {
        let weighed = explainer.weigh(a, b);
        scores.append_value(score(&weighed));
        weights.try_append_value(brief(&weighed))?;
    }
    Ok([Arc::new(scores.finish()), Arc::new(weights.finish())])
}

/// The probability of a pair. Six digits tell all that one can.
pub(crate) fn score(weighed: &Weighed<'_>) -> f64 {
    (weighed.probability * 1e6).round() / 1e6
}

/// What is known of a pair: `[{"prior":-16.6},{"comparison":"email","level":"equal","weight":12.1},...]`.
pub(crate) fn brief(weighed: &Weighed<'_>) -> String {
    #[derive(Serialize)]
    #[serde(untagged)]
    enum Item<'a> {
        Prior {
            prior: f64,
        },
        Part {
            comparison: &'a str,
            level: &'a str,
            weight: f64,
        },
    }
    let rounded = |bits: f32| (f64::from(bits) * 100.0).round() / 100.0;
    let prior = Item::Prior {
        prior: rounded(weighed.prior),
    };
    let known = weighed.parts.iter().filter(|part| part.is_known());
    let parts = known.map(|part| Item::Part {
        comparison: part.comparison,
        level: &part.level,
        weight: rounded(part.weight),
    });
    let items: Vec<Item<'_>> = std::iter::once(prior).chain(parts).collect();
    // Texts and numbers can always be written.
    serde_json::to_string(&items).unwrap_or_default()
}
