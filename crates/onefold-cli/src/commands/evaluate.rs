//! `onefold evaluate PIPELINE --truth FILE`

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use onefold_engine::evaluate::{Ratios, Score, pairwise};
use onefold_engine::{Project, SIZE_BUCKETS};
use serde_json::{Value, json};

use super::curve::{Point, curve};
use super::pipeline;
use super::resolution::{Folders, Link, Record, Resolution, resolution, tables};
use super::show::of_file;
use super::truth::{self, Columns, Truth};
use crate::arguments::{EvaluateArgs, Format};
use crate::boxes::{boxed, plain};
use crate::output::Output;
use crate::summary::{counted, grouped};

/// Links and entities that are listed.
const LISTED: usize = 10;
/// Records and possible links of an entity that are listed.
const RECORDS: usize = 20;

pub(crate) fn evaluate(args: &EvaluateArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match pipeline::load(&args.ask.plan.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let file = match of_file(&args.truth, output)? {
        Ok(file) => file,
        Err(code) => return Ok(code),
    };
    let name = file
        .pipeline()
        .sources
        .first()
        .map(|s| s.name.value.clone());
    let name = name.unwrap_or_default();
    let rejects = format!("{name}.rejects");
    let read = match tables(
        &file,
        Folders::default(),
        &[(&name, None), (&rejects, None)],
    )? {
        Ok(read) => read,
        Err(error) => return Ok(output.project_error(&error, &file)),
    };
    let mut read = read.into_iter();
    let (Some(lines), Some(rejects)) = (read.next(), read.next()) else {
        anyhow::bail!("a table of the truth is not there");
    };
    let known = sources(&project);
    let keys: Vec<String> = known.iter().filter_map(|(_, _, key)| key.clone()).collect();
    let Some(columns) = truth::columns(&lines.columns, &keys) else {
        let message = format!(
            "`{}` has fewer than two columns to take",
            args.truth.display()
        );
        let hint = "it has a column with the key of each record, `record_key`, and one with what it truly belongs to, `entity_id`";
        return Ok(output.usage_with_hint(&message, hint));
    };
    let found = resolution(
        &project,
        args.table.as_deref(),
        Folders::from(&args.ask),
        output,
    )?;
    let found = match found {
        Ok(found) => found,
        Err(code) => return Ok(code),
    };
    let labels = known
        .into_iter()
        .map(|(name, label, _)| (label, name))
        .collect();
    let truth = truth::read(&lines.rows, &columns, &found, &labels);
    if let Some(code) = refused(&truth, &found, output) {
        return Ok(code);
    }
    let mut evaluation = Evaluation::new(&found, &truth)?;
    if args.curve {
        match curve(&project, &found, &truth, Folders::from(&args.ask))? {
            Ok(points) => evaluation.curve = Some(points),
            Err(error) => return Ok(output.project_error(&error, &project)),
        }
    }
    let taken = Taken {
        names: &lines.columns,
        columns: &columns,
        malformed: rejects.rows.len() as u64,
    };
    output.say(&match output.format {
        Format::Human => evaluation.text(&found, &truth, &taken),
        Format::Json => format!("{}\n", evaluation.json(&found, &truth, &taken)),
    })?;
    Ok(0)
}

/// Name, label and key of each source.
fn sources(project: &Project) -> Vec<(String, String, Option<String>)> {
    let sources = project.pipeline().sources.iter();
    let sources = sources.map(|s| {
        let key = s.key.as_ref().map(|key| key.value.clone());
        (s.name.value.clone(), s.label.clone(), key)
    });
    sources.collect()
}

/// Says why nothing can be measured; the exit code.
fn refused(truth: &Truth, found: &Resolution, output: &Output) -> Option<u8> {
    if !truth.contradictions.is_empty() {
        let keys: Vec<String> = truth
            .contradictions
            .iter()
            .map(|key| format!("`{key}`"))
            .collect();
        let message = format!(
            "the truth puts a record into two entities: {}",
            keys.join(", ")
        );
        let hint = "give each record one entity; where sources share keys, add a column `source`";
        return Some(output.usage_with_hint(&message, hint));
    }
    if truth.of.iter().any(Option::is_some) {
        return None;
    }
    let hint = match found.members.first() {
        _ if truth.ambiguous > 0 => {
            "several sources have these keys: add a column `source`".to_owned()
        }
        Some((record, _)) => format!(
            "a record is called `{}` of source `{}`",
            record.key, record.source
        ),
        None => format!("`{}` has no records", found.table),
    };
    let message = format!(
        "none of the {} records of the truth can be found in the data",
        truth.records
    );
    Some(output.usage_with_hint(&message, &hint))
}

/// What was taken of the truth file.
struct Taken<'a> {
    names: &'a [String],
    columns: &'a Columns,
    /// Records that could not be read.
    malformed: u64,
}

impl Taken<'_> {
    fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("", String::as_str)
    }
}

/// An entity that was found as several customers.
struct Miss<'a> {
    entity: &'a str,
    customers: Vec<(&'a str, Vec<&'a Record>)>,
    /// Pairs of its records, of two customers, that are possible links.
    possible: Vec<&'a Link>,
}

struct Evaluation<'a> {
    records: u64,
    score: Score,
    /// Sizes of customers found and of entities, records with a truth only.
    found: Vec<u64>,
    entities: Vec<u64>,
    false_links: Vec<&'a Link>,
    misses: Vec<Miss<'a>>,
    /// The same at other thresholds, where that was asked for.
    curve: Option<Vec<Point>>,
}

impl<'a> Evaluation<'a> {
    fn new(found: &'a Resolution, truth: &'a Truth) -> anyhow::Result<Self> {
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // For each record its entity and its customer; for each entity its records by customer.
        let mut of: HashMap<&Record, (u32, u32)> = HashMap::new();
        let mut split: Vec<BTreeMap<u32, (&str, Vec<&Record>)>> = Vec::new();
        split.resize_with(truth.entities.len(), BTreeMap::new);
        for ((record, customer), entity) in found.members.iter().zip(&truth.of) {
            let Some(entity) = entity else { continue };
            let next = numbers.len() as u32;
            let number = *numbers.entry(customer).or_insert(next);
            ours.push(number);
            theirs.push(*entity);
            of.insert(record, (*entity, number));
            if let Some(split) = split.get_mut(*entity as usize) {
                let of_customer = split
                    .entry(number)
                    .or_insert((customer.as_str(), Vec::new()));
                of_customer.1.push(record);
            }
        }
        let score = pairwise(&ours, &theirs)?;
        let both = |link: &Link| Some((*of.get(&link.a)?, *of.get(&link.b)?));
        let is_false = |link: &&Link| both(link).is_some_and(|(a, b)| a.0 != b.0);
        let mut false_links: Vec<&Link> = found.links.iter().filter(is_false).collect();
        // Links of rules alone have no score and are sure.
        false_links.sort_by(|a, b| b.score.unwrap_or(1.0).total_cmp(&a.score.unwrap_or(1.0)));
        false_links.truncate(LISTED);
        let mut worst: Vec<usize> = (0..split.len()).collect();
        let customers = |entity: &usize| split.get(*entity).map_or(0, BTreeMap::len);
        worst.retain(|entity| customers(entity) > 1);
        worst.sort_by_key(|entity| Reverse(customers(entity)));
        worst.truncate(LISTED);
        let misses = worst.into_iter().filter_map(|entity| {
            let missed = |link: &&Link| {
                both(link).is_some_and(|(a, b)| a.0 as usize == entity && b.0 == a.0 && a.1 != b.1)
            };
            Some(Miss {
                entity: truth.entities.get(entity)?,
                customers: split.get(entity)?.values().cloned().collect(),
                possible: found.possible.iter().filter(missed).take(RECORDS).collect(),
            })
        });
        let misses = misses.collect();
        Ok(Evaluation {
            records: ours.len() as u64,
            score,
            found: sizes(&ours),
            entities: sizes(&theirs),
            false_links,
            misses,
            curve: None,
        })
    }

    fn text(&self, found: &Resolution, truth: &Truth, taken: &Taken<'_>) -> String {
        let columns = [
            ("source", taken.columns.source),
            ("record", Some(taken.columns.key)),
            ("entity", Some(taken.columns.entity)),
        ];
        let columns = columns
            .into_iter()
            .filter_map(|(what, column)| Some(format!("{what} `{}`", plain(taken.name(column?)))));
        let mut text = format!("truth      {}\n", columns.collect::<Vec<_>>().join(", "));
        text += &format!("records    {} with truth\n", grouped(self.records));
        for (count, what) in self.notes(found, truth, taken) {
            if count > 0 {
                text += &format!("           {} {what}\n", grouped(count));
            }
        }
        text += &format!(
            "customers  {} found, the largest of {}; {} true, the largest of {}\n\n",
            grouped(self.found.len() as u64),
            counted(largest(&self.found), "record"),
            grouped(self.entities.len() as u64),
            counted(largest(&self.entities), "record"),
        );
        let ratios = |name: &str, ratios: &Ratios| {
            vec![
                name.to_owned(),
                percent(ratios.precision),
                percent(ratios.recall),
                percent(ratios.f1),
            ]
        };
        let rows = vec![
            ratios("pairs", &self.score.pairwise),
            ratios("B-cubed", &self.score.bcubed),
        ];
        text += &boxed(&["", "precision", "recall", "F1"], rows);
        text += &format!(
            "{} pairs found, {} true, {} of them both\n\n",
            grouped(self.score.pairs_found),
            grouped(self.score.pairs_true),
            grouped(self.score.pairs_correct),
        );
        text += &self.curve_text();
        let rows = self
            .buckets()
            .into_iter()
            .filter(|(_, found, entities)| found + entities > 0);
        let rows = rows.map(|(label, found, entities)| {
            vec![label.to_owned(), grouped(found), grouped(entities)]
        });
        text += &boxed(&["records", "customers found", "true"], rows.collect());
        if !self.false_links.is_empty() {
            text += "\nWorst false links\n";
            let rows = self.false_links.iter().map(|link| {
                vec![
                    link.a.name(),
                    link.b.name(),
                    link.reasons.clone(),
                    link.score_text(),
                    link.weights_text(),
                ]
            });
            text += &boxed(
                &["record", "linked to", "by", "score", "weights"],
                rows.collect(),
            );
        }
        if !self.misses.is_empty() {
            text += "\nWorst misses\n";
        }
        for miss in &self.misses {
            text += &format!(
                "  {} is {} customers\n",
                plain(miss.entity),
                miss.customers.len()
            );
            for (customer, records) in miss.customers.iter().take(RECORDS) {
                let names = records
                    .iter()
                    .take(RECORDS)
                    .map(|record| plain(&record.name()));
                let rest = records.len().saturating_sub(RECORDS);
                let rest = if rest > 0 {
                    format!(" and {rest} more")
                } else {
                    String::new()
                };
                text += &format!(
                    "    {customer}: {}{rest}\n",
                    names.collect::<Vec<_>>().join(", ")
                );
            }
            if miss.customers.len() > RECORDS {
                text += &format!("    and {} more\n", miss.customers.len() - RECORDS);
            }
            for link in miss.possible.iter().take(3) {
                let line = format!(
                    "{} and {}: {}, {}",
                    link.a.name(),
                    link.b.name(),
                    link.score_text(),
                    link.weights_text()
                );
                text += &format!("    possible: {}\n", plain(&line));
            }
        }
        text
    }

    /// The customers at other thresholds.
    fn curve_text(&self) -> String {
        let Some(points) = &self.curve else {
            return String::new();
        };
        if points.is_empty() {
            return "rules have no threshold: without a model there is one result\n\n".to_owned();
        }
        let rows = points.iter().map(|point| {
            let own = if point.is_own {
                " (of the pipeline)"
            } else {
                ""
            };
            vec![
                format!("{:.0}%{own}", point.threshold * 100.0),
                percent(point.ratios.precision),
                percent(point.ratios.recall),
                percent(point.ratios.f1),
                grouped(point.customers),
            ]
        });
        let columns = ["threshold", "precision", "recall", "F1", "customers"];
        boxed(&columns, rows.collect()) + "\n"
    }

    /// What was left out, and how much of it.
    fn notes(
        &self,
        found: &Resolution,
        truth: &Truth,
        taken: &Taken<'_>,
    ) -> [(u64, &'static str); 6] {
        [
            (truth.not_in_data, "of the truth not in the data"),
            (
                found.members.len() as u64 - self.records,
                "of the data without truth: left out",
            ),
            (truth.repeated, "of the truth said twice"),
            (
                truth.empty,
                "of the truth without a key or an entity: left out",
            ),
            (
                truth.ambiguous,
                "of the truth with a key of several sources: left out; a column `source` tells them apart",
            ),
            (
                taken.malformed,
                "of the truth that could not be read: left out",
            ),
        ]
    }

    /// Customers and entities by number of records.
    fn buckets(&self) -> Vec<(&'static str, u64, u64)> {
        let mut least = 0;
        let bucket = |(label, most): (&'static str, u64)| {
            let within = |sizes: &[u64]| {
                sizes
                    .iter()
                    .filter(|size| **size > least && **size <= most)
                    .count() as u64
            };
            let counts = (label, within(&self.found), within(&self.entities));
            least = most;
            counts
        };
        SIZE_BUCKETS.into_iter().map(bucket).collect()
    }

    fn json(&self, found: &Resolution, truth: &Truth, taken: &Taken<'_>) -> Value {
        let ratios = |ratios: &Ratios| json!({"precision": ratios.precision, "recall": ratios.recall, "f1": ratios.f1});
        let misses = self.misses.iter().map(|miss| {
            let customers = miss.customers.iter().map(|(customer, records)| {
                let names = records.iter().map(|record| record.name());
                json!({"id": customer, "records": names.collect::<Vec<_>>()})
            });
            json!({
                "entity": miss.entity,
                "customers": customers.collect::<Vec<_>>(),
                "possible": miss.possible.iter().map(|link| link.json()).collect::<Vec<_>>(),
            })
        });
        let sizes = self.buckets().into_iter();
        let sizes = sizes.map(|(records, found, entities)| json!({"records": records, "found": found, "true": entities}));
        json!({
            "table": found.table,
            "truth": {
                "columns": {
                    "source": taken.columns.source.map(|column| taken.name(column)),
                    "record": taken.name(taken.columns.key),
                    "entity": taken.name(taken.columns.entity),
                },
                "records": truth.records,
                "not_in_data": truth.not_in_data,
                "repeated": truth.repeated,
                "empty": truth.empty,
                "ambiguous": truth.ambiguous,
                "malformed": taken.malformed,
            },
            "records": self.records,
            "without_truth": found.members.len() as u64 - self.records,
            "pairs": {"found": self.score.pairs_found, "true": self.score.pairs_true, "both": self.score.pairs_correct},
            "pairwise": ratios(&self.score.pairwise),
            "bcubed": ratios(&self.score.bcubed),
            "customers": {
                "found": self.found.len(),
                "true": self.entities.len(),
                "largest_found": largest(&self.found),
                "largest_true": largest(&self.entities),
            },
            "curve": self.curve.iter().flatten().map(Point::json).collect::<Vec<_>>(),
            "sizes": sizes.collect::<Vec<_>>(),
            "false_links": self.false_links.iter().map(|link| link.json()).collect::<Vec<_>>(),
            "misses": misses.collect::<Vec<_>>(),
        })
    }
}

/// How often each label occurs.
fn sizes(labels: &[u32]) -> Vec<u64> {
    let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
    for label in labels {
        *counts.entry(*label).or_insert(0) += 1;
    }
    counts.into_values().collect()
}

fn largest(sizes: &[u64]) -> u64 {
    sizes.iter().copied().max().unwrap_or(0)
}

/// Two digits after the point. What is not all is never `100.00%`.
fn percent(ratio: f64) -> String {
    let most = if ratio < 1.0 { 9_999.0 } else { 10_000.0 };
    format!("{:.2}%", (ratio * 10_000.0).round().min(most) / 100.0)
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn only_all_is_all() {
        assert_eq!(percent(1.0), "100.00%");
        assert_eq!(percent(0.99999), "99.99%");
        assert_eq!(percent(0.29), "29.00%");
        assert_eq!(percent(0.0), "0.00%");
    }
}
