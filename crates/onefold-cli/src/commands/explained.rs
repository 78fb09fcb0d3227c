//! What `onefold explain` has found out, in words.

use std::collections::{BTreeMap, HashMap};

use onefold_spec::model::MatchRule;
use serde_json::{Value, json};

use super::parted::Parted;
use super::resolution::{Link, Record, Resolution};
use crate::boxes::{boxed, plain};
use crate::summary::counted;

/// Values of records by field.
pub(super) type Values = HashMap<Record, BTreeMap<String, String>>;

/// What is so.
pub(super) enum Answer<'a> {
    /// A customer: its kept record, and the links by which the others came, in their order.
    Customer {
        id: &'a str,
        kept: &'a Record,
        links: Vec<&'a Link>,
    },
    /// Two records of one customer, and the links from one to the other.
    One {
        pair: [&'a Record; 2],
        id: &'a str,
        links: Vec<&'a Link>,
    },
    /// Two records of two customers, their possible link, and the decisions that keep them apart.
    Two {
        pair: [&'a Record; 2],
        ids: [&'a str; 2],
        possible: Option<&'a Link>,
        parted: Option<Parted>,
    },
}

impl Answer<'_> {
    pub(super) fn records(&self) -> Vec<&Record> {
        fn ends<'l>(links: impl IntoIterator<Item = &'l Link>) -> Vec<&'l Record> {
            let links = links.into_iter();
            links.flat_map(|link| [&link.a, &link.b]).collect()
        }
        match self {
            Answer::Customer { kept, links, .. } => {
                [vec![*kept], ends(links.iter().copied())].concat()
            }
            Answer::One { pair, links, .. } => {
                [pair.to_vec(), ends(links.iter().copied())].concat()
            }
            Answer::Two { pair, parted, .. } => {
                let links = parted.iter().flat_map(|parted| &parted.links);
                [pair.to_vec(), ends(links)].concat()
            }
        }
    }
}

/// How far a shown score may be from the true one.
const HALF_A_DIGIT: f64 = 5e-7;
/// What may keep two records apart whose values alone do not tell.
const INDIRECT: &str =
    "a guard keeps them apart: `max_shared`, or `never` or `distinct` for records that link them";

/// Puts an answer into words.
pub(super) struct Shown<'a> {
    pub(super) found: &'a Resolution,
    pub(super) values: &'a Values,
}

impl Shown<'_> {
    pub(super) fn text(&self, answer: &Answer<'_>) -> String {
        match answer {
            Answer::Customer { id, kept, links } => {
                let records = counted(links.len() as u64 + 1, "record");
                let mut text = format!(
                    "{} has {records}\n\n{} is kept\n",
                    plain(id),
                    plain(&kept.name())
                );
                for link in links {
                    text += &format!("\n{}", self.link("joins", link));
                }
                if links.is_empty() {
                    text += &boxed(&["field", "value"], self.fields(kept));
                }
                text
            }
            Answer::One {
                pair: [a, b],
                id,
                links,
            } => {
                let through = match links.len() {
                    1 => String::new(),
                    many => format!(", through {}", counted(many as u64, "link")),
                };
                let mut text = format!(
                    "{} and {} are one customer, {}{through}\n",
                    plain(&a.name()),
                    plain(&b.name()),
                    plain(id)
                );
                for link in links {
                    text += &format!("\n{}", self.link("is linked to", link));
                }
                text
            }
            Answer::Two {
                pair: [a, b],
                ids: [id, other],
                possible,
                parted,
            } => {
                let mut text = format!(
                    "{} and {} are two customers, {} and {}\n",
                    plain(&a.name()),
                    plain(&b.name()),
                    plain(id),
                    plain(other)
                );
                if let Some(parted) = parted {
                    for sentence in parted.sentences(a, b) {
                        text += &format!("{}\n", plain(&sentence));
                    }
                    let through = counted(parted.links.len() as u64, "link");
                    text +=
                        &format!("without that they would be one customer, through {through}\n");
                    for link in &parted.links {
                        text += &format!("\n{}", self.link("would be linked to", link));
                    }
                    return text;
                }
                text += &format!("{}\n\n", self.why([a, b], *possible));
                match possible {
                    Some(link) => text += &self.link("may be", link),
                    None => {
                        let rows = self.compared(None).into_iter();
                        let rows = rows.map(|label| {
                            vec![label.clone(), self.value(a, &label), self.value(b, &label)]
                        });
                        text += &boxed(
                            &["compared", &plain(&a.name()), &plain(&b.name())],
                            rows.collect(),
                        );
                    }
                }
                text
            }
        }
    }

    /// Why two records are two customers.
    fn why(&self, pair: [&Record; 2], possible: Option<&Link>) -> String {
        let step = &self.found.step;
        let by_guard = || {
            self.guard(pair)
                .unwrap_or_else(|| "a guard keeps them apart".to_owned())
        };
        match (possible.and_then(|link| link.score), &step.likeness) {
            (Some(score), Some(model)) if score < model.threshold => {
                let threshold = model.threshold;
                format!("their score {score} is less than the threshold {threshold}")
            }
            // Scores are shown with six digits.
            (Some(score), Some(model)) if score - HALF_A_DIGIT < model.threshold => {
                let guard = self.guard(pair).map(|guard| format!(", and {guard}"));
                format!(
                    "their score is about the threshold {}{}",
                    model.threshold,
                    guard.unwrap_or_default()
                )
            }
            (Some(score), _) => format!("their score {score} would do, but {}", by_guard()),
            (None, Some(model)) => format!(
                "they were not compared, or are too unlike to be a possible link, which takes a score of {}",
                model.possible
            ),
            (None, None) => match step.rules.iter().find(|rule| self.are_equal(pair, rule)) {
                None => "no rule links them, neither directly nor through other records".to_owned(),
                Some(rule) => format!(
                    "`{}` is equal, but {}",
                    rule.label,
                    self.guard(pair).unwrap_or_else(|| INDIRECT.to_owned())
                ),
            },
        }
    }

    /// The condition of the pipeline that parts two records, where one does.
    fn guard(&self, pair: [&Record; 2]) -> Option<String> {
        let step = &self.found.step;
        let [a, b] = pair;
        let differs = step.never.iter().find(|field| {
            let [a, b] = self.values_of(pair, field);
            matches!((a, b), (Some(a), Some(b)) if a != b)
        });
        if let Some(field) = differs {
            return Some(format!("`never: {}` parts them", field.value));
        }
        let is_one = a.source == b.source;
        let is_distinct = step.distinct.iter().any(|table| table.value == a.source);
        (is_one && is_distinct)
            .then(|| format!("`distinct: {}` parts records of one table", a.source))
    }

    /// Whether a rule would link two records by their values.
    fn are_equal(&self, pair: [&Record; 2], rule: &MatchRule) -> bool {
        rule.fields.iter().all(|field| {
            let [a, b] = self.values_of(pair, field);
            a.is_some() && a == b
        })
    }

    /// The values of two records in a field, in lower case.
    fn values_of(&self, pair: [&Record; 2], field: &str) -> [Option<String>; 2] {
        pair.map(|record| Some(self.values.get(record)?.get(field)?.to_lowercase()))
    }

    /// A link with what each comparison adds.
    fn link(&self, how: &str, link: &Link) -> String {
        let (a, b) = (plain(&link.a.name()), plain(&link.b.name()));
        let by = match link.reasons.as_str() {
            "" => String::new(),
            reasons => format!(" by {}", plain(reasons)),
        };
        let scored = link
            .score
            .map_or_else(String::new, |_| format!(", score {}", link.score_text()));
        let mut text = format!("{a} {how} {b}{by}{scored}\n");
        let (prior, weights) = (link.prior(), link.weights());
        let mut sum = prior.unwrap_or_default();
        let before = prior.map(|prior| {
            let prior = format!("{prior:+.2}");
            let cells = ["prior", "", "", "two random records", &prior, &prior];
            cells.map(str::to_owned).to_vec()
        });
        let rows = self.compared(Some(link)).into_iter().map(|label| {
            let weight = weights.iter().find(|weight| weight.comparison == label);
            let (level, added) = match weight {
                Some(weight) => {
                    sum += weight.weight;
                    (weight.level.clone(), format!("{:+.2}", weight.weight))
                }
                None if self.is_rule(&label) => ("equal".to_owned(), String::new()),
                None => ("missing".to_owned(), String::new()),
            };
            let total = if added.is_empty() {
                String::new()
            } else {
                format!("{sum:+.2}")
            };
            let (of_a, of_b) = (self.value(&link.a, &label), self.value(&link.b, &label));
            vec![label, of_a, of_b, level, added, total]
        });
        let mut rows: Vec<Vec<String>> = before.into_iter().chain(rows).collect();
        let mut columns = vec!["compared", &a, &b, "level", "weight", "sum"];
        if weights.is_empty() {
            columns.truncate(4);
            rows.iter_mut().for_each(|row| row.truncate(4));
        }
        text += &boxed(&columns, rows);
        text
    }

    fn is_rule(&self, label: &str) -> bool {
        self.found.step.rules.iter().any(|rule| rule.label == label)
    }

    /// What was compared: of a link first what has a weight, then what has none, then the rules that made it; otherwise everything.
    fn compared(&self, link: Option<&Link>) -> Vec<String> {
        let weights = link.into_iter().flat_map(Link::weights);
        let model = self
            .found
            .step
            .likeness
            .iter()
            .flat_map(|model| &model.compare);
        let reasons = link.map(|link| format!("+{}+", link.reasons));
        let made = |rule: &&MatchRule| {
            let label = format!("+{}+", rule.label);
            reasons
                .as_ref()
                .is_none_or(|reasons| reasons.contains(&label))
        };
        let rules = self.found.step.rules.iter().filter(made);
        let all = weights.map(|weight| weight.comparison);
        let all = all.chain(model.map(|one| one.label.clone()));
        let mut labels: Vec<String> = Vec::new();
        for label in all.chain(rules.map(|rule| rule.label.clone())) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels
    }

    /// The values of a record that a comparison looks at.
    fn value(&self, record: &Record, label: &str) -> String {
        let values = self.values.get(record);
        let fields = self.found.fields_of(label);
        let of_fields = fields.iter().filter_map(|field| values?.get(field));
        of_fields.map(String::as_str).collect::<Vec<_>>().join(" ")
    }

    /// All values of a record.
    fn fields(&self, record: &Record) -> Vec<Vec<String>> {
        let values = self.values.get(record).into_iter().flatten();
        values
            .map(|(field, value)| vec![field.clone(), value.clone()])
            .collect()
    }

    pub(super) fn json(&self, answer: &Answer<'_>) -> Value {
        let links = |links: &[&Link]| links.iter().map(|link| link.json()).collect::<Vec<_>>();
        let record =
            |record: &Record| json!({"record": record.name(), "values": self.values.get(record)});
        match answer {
            Answer::Customer {
                id,
                kept,
                links: of,
            } => {
                let records = std::iter::once(*kept).chain(of.iter().map(|link| &link.a));
                json!({
                    "table": self.found.table,
                    "customer": id,
                    "records": records.map(record).collect::<Vec<_>>(),
                    "links": links(of),
                })
            }
            Answer::One {
                pair,
                id,
                links: of,
            } => json!({
                "table": self.found.table,
                "one_customer": true,
                "customers": [id],
                "records": pair.map(record),
                "links": links(of),
            }),
            Answer::Two {
                pair,
                ids,
                possible,
                parted,
            } => json!({
                "table": self.found.table,
                "one_customer": false,
                "customers": ids,
                "records": pair.map(record),
                "why": match parted {
                    Some(parted) => parted.sentences(pair[0], pair[1]).join("; "),
                    None => self.why(*pair, *possible),
                },
                "decisions": parted.as_ref().map(Parted::json),
                "links_without": parted.as_ref().map(|parted| {
                    parted.links.iter().map(Link::json).collect::<Vec<_>>()
                }),
                "threshold": self.found.step.likeness.as_ref().map(|model| model.threshold),
                "possible": possible.map(Link::json),
            }),
        }
    }
}
