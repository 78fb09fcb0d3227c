//! A resolution, run to be asked about: its members, its links and its possible links. Nothing is published.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use onefold_engine::{Error, Keep, Project, RunOptions, Whole, record_name};
use onefold_spec::model::{MatchRule, Resolve, Step};
use serde_json::{Value, json};

use crate::arguments::AskArgs;
use crate::output::Output;
use crate::signals;

/// A record of an input table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Record {
    pub(super) source: String,
    pub(super) key: String,
    /// Its place in the files of the source, which tells records with one key apart.
    address: Option<String>,
}

impl Record {
    pub(super) fn name(&self) -> String {
        record_name(&self.source, &self.key)
    }
}

/// What a comparison adds to a link.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Weight {
    pub(super) comparison: String,
    pub(super) level: String,
    pub(super) weight: f64,
}

/// Two records that are, or may be, one customer.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) a: Record,
    pub(super) b: Record,
    /// Labels of the rules; empty for a possible link.
    pub(super) reasons: String,
    pub(super) score: Option<f64>,
    /// Prior and weights as JSON, which is read of the links that are shown.
    weighed: Option<String>,
}

impl Link {
    /// Log odds of two random records, in bits.
    pub(super) fn prior(&self) -> Option<f64> {
        let items = self.items();
        items.iter().find_map(|item| item.get("prior")?.as_f64())
    }

    pub(super) fn weights(&self) -> Vec<Weight> {
        let weight = |item: &Value| {
            Some(Weight {
                comparison: item.get("comparison")?.as_str()?.to_owned(),
                level: item.get("level")?.as_str()?.to_owned(),
                weight: item.get("weight")?.as_f64()?,
            })
        };
        self.items().iter().filter_map(weight).collect()
    }

    fn items(&self) -> Vec<Value> {
        let items = self.weighed.as_deref();
        items.map_or_else(Vec::new, |text| {
            serde_json::from_str(text).unwrap_or_default()
        })
    }

    pub(super) fn json(&self) -> Value {
        let weights = self.weights();
        let weights = weights.iter().map(|weight| {
            json!({"comparison": weight.comparison, "level": weight.level, "weight": weight.weight})
        });
        json!({
            "records": [self.a.name(), self.b.name()],
            "reasons": self.reasons,
            "score": self.score,
            "prior": self.prior(),
            "weights": weights.collect::<Vec<_>>(),
        })
    }

    /// The score; empty where no model gave one.
    pub(super) fn score_text(&self) -> String {
        self.score
            .map_or_else(String::new, |score| score.to_string())
    }

    /// `email equal +12.13, dob equal year +2.5`
    pub(super) fn weights_text(&self) -> String {
        let weights = self.weights().into_iter();
        let weights = weights.map(|w| format!("{} {} {:+.2}", w.comparison, w.level, w.weight));
        weights.collect::<Vec<_>>().join(", ")
    }
}

/// The links between two records of a customer. Each link leads towards the kept record, so both ways up meet.
pub(super) fn path<'a>(links: &'a [Link], a: &Record, b: &Record) -> Vec<&'a Link> {
    let up: HashMap<&Record, &Link> = links.iter().map(|link| (&link.a, link)).collect();
    let way = |from: &Record| {
        let mut way: Vec<&Link> = Vec::new();
        let mut next = up.get(from).copied();
        while let Some(link) = next {
            way.push(link);
            // A way is never longer than there are links.
            next = up.get(&link.b).copied().filter(|_| way.len() < links.len());
        }
        way
    };
    let (mut one, mut other) = (way(a), way(b));
    while let (Some(x), Some(y)) = (one.last(), other.last())
        && x.a == y.a
    {
        one.pop();
        other.pop();
    }
    one.extend(other.into_iter().rev());
    one
}

/// What a `resolve` table has found.
pub(super) struct Resolution {
    /// The table.
    pub(super) table: String,
    pub(super) step: Resolve,
    /// Records with their customers, in reading order.
    pub(super) members: Vec<(Record, String)>,
    pub(super) links: Vec<Link>,
    pub(super) possible: Vec<Link>,
}

impl Resolution {
    /// Fields of a comparison or of a rule.
    pub(super) fn fields_of(&self, label: &str) -> Vec<String> {
        let compared = self.step.likeness.iter().flat_map(|model| &model.compare);
        let compared = compared
            .filter(|one| one.label == label)
            .map(|one| &one.fields);
        let is_meant = |rule: &&MatchRule| rule.label == label;
        let rules = self
            .step
            .rules
            .iter()
            .filter(is_meant)
            .map(|rule| &rule.fields);
        match compared.chain(rules).next() {
            Some(fields) => fields.iter().map(|field| field.value.clone()).collect(),
            // A comparison that was chosen by itself is called by its fields.
            None => label.split('+').map(str::to_owned).collect(),
        }
    }
}

/// The folders that a question is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Folders<'a> {
    /// Of the inputs; `None`: that of the pipeline file.
    pub(super) input: Option<&'a Path>,
    /// Of the outputs, where states are; `None`: no states.
    pub(super) results: Option<&'a Path>,
}

impl<'a> From<&'a AskArgs> for Folders<'a> {
    fn from(args: &'a AskArgs) -> Self {
        Self {
            input: args.plan.input.as_deref(),
            results: Some(&args.results),
        }
    }
}

/// Runs some tables of a pipeline, whole.
pub(super) fn tables(
    project: &Project,
    asked: Folders<'_>,
    wanted: &[(&str, Option<&str>)],
) -> anyhow::Result<Result<Vec<Whole>, Error>> {
    let interrupted = signals::interrupted()?;
    Ok(project.tables(
        wanted,
        &RunOptions {
            input_dir: asked.input.map(PathBuf::from),
            output_dir: PathBuf::new(),
            keep: Keep::None,
            state_dir: asked.results.map(PathBuf::from),
            new_ids: false,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            clock: &|| jiff::Timestamp::UNIX_EPOCH,
            on_event: &|_| {},
            keep_runs: 1,
            interrupted: &interrupted,
            stdin: Some(|| Box::new(std::io::stdin())),
            memory: None,
        },
    ))
}

/// Runs a pipeline up to its `resolve` table: the only one, or the one that is named. The exit code where that cannot be.
pub(super) fn resolution(
    project: &Project,
    table: Option<&str>,
    asked: Folders<'_>,
    output: &Output,
) -> anyhow::Result<Result<Resolution, u8>> {
    let all = project.pipeline().tables.iter();
    let all = all.filter_map(|table| match &table.step {
        Step::Resolve(step) => Some((&table.name.value, step.as_ref())),
        _ => None,
    });
    let all: Vec<(&String, &Resolve)> = all.collect();
    let names = all.iter().map(|(name, _)| format!("`{name}`"));
    let names = names.collect::<Vec<_>>().join(", ");
    let meant = match (table, all.as_slice()) {
        (None, [only]) => Some(*only),
        (None, _) => None,
        (Some(table), _) => all.iter().copied().find(|(name, _)| *name == table),
    };
    let Some((name, step)) = meant else {
        let (message, hint) = match (table, all.is_empty()) {
            (_, true) => (
                "the pipeline has no `resolve` table".to_owned(),
                "`onefold resolve FILE... --out DIR` makes a pipeline with one".to_owned(),
            ),
            (None, _) => (
                "the pipeline has several `resolve` tables".to_owned(),
                format!("name one with --table: {names}"),
            ),
            (Some(table), _) => (
                format!("there is no `resolve` table `{table}`"),
                format!("there is {names}"),
            ),
        };
        return Ok(Err(output.usage_with_hint(&message, &hint)));
    };
    let side = |side: &str| format!("{name}.{side}");
    let (members, links, possible) = (side("members"), side("links"), side("possible"));
    let mut wanted = vec![(members.as_str(), None), (links.as_str(), None)];
    if step.likeness.is_some() {
        wanted.push((possible.as_str(), None));
    }
    let made = match tables(project, asked, &wanted)? {
        Ok(made) => made,
        Err(error) => return Ok(Err(output.project_error(&error, project))),
    };
    let mut made = made.into_iter().map(|table| table.rows);
    let mut next = || made.next().unwrap_or_default();
    // By place: a column whose name is that of the customer's id has another name. The id is the first, where there is one.
    Ok(Ok(Resolution {
        table: name.clone(),
        step: step.clone(),
        members: next()
            .into_iter()
            .map(|row| (record(&row, 2, 1, 3), text(&row, 0)))
            .collect(),
        links: next()
            .iter()
            .map(|row| Link {
                a: record(row, 1, 2, 6),
                b: record(row, 3, 4, 7),
                reasons: text(row, 5),
                score: number(row, 8),
                weighed: row.get(9).cloned().flatten(),
            })
            .collect(),
        possible: next()
            .iter()
            .map(|row| Link {
                a: record(row, 0, 1, 6),
                b: record(row, 2, 3, 7),
                reasons: String::new(),
                score: number(row, 4),
                weighed: row.get(5).cloned().flatten(),
            })
            .collect(),
    }))
}

type Row = [Option<String>];

fn text(row: &Row, column: usize) -> String {
    row.get(column).cloned().flatten().unwrap_or_default()
}

fn record(row: &Row, key: usize, source: usize, address: usize) -> Record {
    Record {
        source: text(row, source),
        key: text(row, key),
        address: row.get(address).cloned().flatten(),
    }
}

fn number(row: &Row, column: usize) -> Option<f64> {
    text(row, column).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_read_as_they_are_written() {
        let cell = r#"[{"prior":-16.61},{"comparison":"email","level":"equal","weight":12.13}]"#;
        let link = |weighed: Option<&str>| Link {
            a: record(&[], 0, 1, 2),
            b: record(&[], 0, 1, 2),
            reasons: String::new(),
            score: None,
            weighed: weighed.map(str::to_owned),
        };
        let expected = Weight {
            comparison: "email".to_owned(),
            level: "equal".to_owned(),
            weight: 12.13,
        };
        assert_eq!(link(Some(cell)).weights(), [expected]);
        assert_eq!(link(Some(cell)).prior(), Some(-16.61));
        for nothing in [None, Some("x")] {
            let link = link(nothing);
            assert_eq!((link.prior(), link.weights()), (None, Vec::new()));
        }
    }

    #[test]
    fn records_without_a_key_are_called_by_their_row() {
        let named =
            |key: &str| record(&[Some(key.to_owned()), Some("crm".to_owned())], 0, 1, 2).name();
        assert_eq!(named("crm:3"), "crm:3");
        assert_eq!(named("crm3"), "crm:crm3");
    }
}
