//! `resolve:`: the records that are one customer, found by rules, and what that customer looks like.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use arrow::datatypes::{DataType, SchemaRef};
use onefold_resolve::{CustomerId, Cuts, ErrorKind, Options, Preference, Rule, SourceRecords};
use onefold_spec::model::{self, Keep, MaxShared, Pipeline, Type};
use onefold_spec::{Diagnostic, Spanned};

use super::columns::has_column;
use super::continuity::{self, Continuity};
use super::decisions;
use super::follow::{Fate, KeptTables, Row};
use super::likeness;
use super::membership;
use super::resolved::{log_merges, resolve_report, warn};
use super::step::{Follow, Input, Kind, Known, Made, Ready, Running, Way, Whole};
use crate::error::Error;
use crate::events::RunEvent;
use crate::explain::{type_name, words};
use crate::ledger::Account;
use crate::places::address;
use crate::stored::{Stored, rows};

/// Most records that a value of an identifier may stand on before it stops to identify.
const MAX_SHARED_IDENTIFIER: u64 = 10;
/// The same for anything else, names above all.
const MAX_SHARED_OTHER: u64 = 50;

/// The step, as the pipeline has it.
pub(super) struct Resolve<'a>(pub(super) &'a model::Resolve);

impl Kind for Resolve<'_> {
    fn name(&self) -> &'static str {
        "resolve"
    }

    fn reads(&self, _pipeline: &Pipeline) -> Vec<String> {
        self.0.from.iter().map(|t| t.value.clone()).collect()
    }

    fn ready(&self, known: &mut Known<'_>) -> Option<Ready> {
        let step = self.0;
        let mut sources = Vec::new();
        for table in &step.from {
            let mut source = source(table, known.pipeline, known.columns(table)?);
            if let (None, Some(why)) = (source.key, continuity::needs_keys(step)) {
                source.key = continuity::key_of(table, known.pipeline, &source.schema);
                if source.key.is_none() {
                    known.errors.push(continuity::without_key(table, why));
                }
            }
            sources.push(source);
        }
        let before = known.errors.len();
        for column in self.columns() {
            let has = |s: &SourceRecords| s.schema.column_with_name(column).is_some();
            if !sources.iter().any(has) {
                has_column(column, &sources[0].schema, &step.from[0], known.errors);
            }
        }
        self.check_texts(&sources, known.errors);
        if known.errors.len() > before {
            return None;
        }
        let mut options = options(step, known.pipeline);
        let asked = likeness::likeness(step, known)?;
        options.decisions = step.decisions.as_ref().map(|_| Vec::new());
        options.likeness = asked.likeness;
        match onefold_resolve::schemas(&sources, &options) {
            Ok(made) => Some(Ready {
                rows: made.customers,
                sides: vec![
                    ("duplicates", made.duplicates),
                    ("lineage", made.lineage),
                    ("links", made.links),
                    ("members", made.members),
                    ("possible", made.possible),
                    ("provenance", made.provenance),
                ],
                way: Way::Whole(Box::new(ByRules {
                    sources,
                    options,
                    duplicates: known.is_side_read("duplicates"),
                    links: known.is_side_read("links"),
                    members: known.is_side_read("members"),
                    possible: known.is_side_read("possible"),
                    page: known.has_page(),
                    warnings: asked.warnings,
                    provenance: known.is_side_read("provenance"),
                    lineage: known.is_side_read("lineage"),
                    continuity: Continuity::new(step, known.pipeline),
                })),
            }),
            Err(error) => {
                let finding = Diagnostic::error(step.from[0].span, words(&error.to_string()));
                known.errors.push(match error.kind() {
                    ErrorKind::Schema => finding.hint("give it one type in all the tables"),
                    _ => finding,
                });
                None
            }
        }
    }
}

impl Resolve<'_> {
    /// The columns that it names, each of which some table must have.
    fn columns(&self) -> impl Iterator<Item = &Spanned<String>> {
        let rules = self.0.rules.iter().flat_map(|rule| &rule.fields);
        let compared = self
            .0
            .likeness
            .iter()
            .flat_map(|likeness| &likeness.compare);
        let rules = rules
            .chain(compared.flat_map(|one| &one.fields))
            .chain(&self.0.never);
        let survivorship = &self.0.survivorship;
        let by_column = survivorship.iter().flat_map(|(_, keep)| keep);
        let orders = self.0.keep.iter().chain(by_column);
        let ordering = orders.filter_map(|keep| match keep {
            Keep::Latest(column) | Keep::Earliest(column) => Some(column),
            _ => None,
        });
        let surviving = survivorship.iter().map(|(column, _)| column);
        let together = self.0.together.iter().flatten();
        rules.chain(ordering).chain(surviving).chain(together)
    }

    /// `longest` and `all` are for texts.
    fn check_texts(&self, sources: &[SourceRecords], errors: &mut Vec<Diagnostic>) {
        for (column, keep) in &self.0.survivorship {
            let (word, hint) = match keep.first() {
                Some(Keep::Longest) => ("longest", "`most_frequent` takes values of any type"),
                Some(Keep::All(_)) => (
                    "all",
                    "declare the field as text, or write it as text in SQL",
                ),
                _ => continue,
            };
            let field = |s: &SourceRecords| s.schema.field_with_name(column).ok().cloned();
            let types = sources.iter().filter_map(field);
            let mut types = types.map(|field| field.data_type().clone());
            if let Some(other) = types.find(|t| *t != DataType::Utf8View) {
                let message = format!(
                    "`{word}` is for texts, and `{}` is {}",
                    column.value,
                    type_name(&other)
                );
                let finding = Diagnostic::error(column.span, message);
                errors.push(finding.hint(hint));
            }
        }
    }
}

/// A table as input of a resolution, without its rows.
fn source(table: &str, pipeline: &Pipeline, schema: SchemaRef) -> SourceRecords {
    let declared = pipeline.sources.iter().find(|s| s.name.value == table);
    let key = declared
        .and_then(|s| s.key.as_ref())
        .and_then(|k| schema.column_with_name(k))
        .map(|(i, _)| i);
    SourceRecords {
        name: table.to_owned(),
        label: declared.map_or_else(|| table.to_owned(), |s| s.label.clone()),
        schema,
        batches: Vec::new(),
        key,
        address: None,
    }
}

/// The options of a resolution.
fn options(step: &model::Resolve, pipeline: &Pipeline) -> Options {
    let rules = step
        .rules
        .iter()
        .map(|rule| {
            let types: Vec<&Type> = rule
                .fields
                .iter()
                .flat_map(|f| field_types(f, step, pipeline))
                .collect();
            let identifier = types
                .iter()
                .any(|t| matches!(t, Type::Email | Type::Phone { .. } | Type::Uuid));
            let usual = if identifier {
                MAX_SHARED_IDENTIFIER
            } else {
                MAX_SHARED_OTHER
            };
            let max_shared = match &step.max_shared {
                MaxShared::Default => Some(usual),
                MaxShared::Off => None,
                MaxShared::All(cap) => Some(*cap),
                MaxShared::ByRule(caps) => Some(
                    caps.iter()
                        .find(|(l, _)| *l == rule.label)
                        .map_or(usual, |(_, cap)| *cap),
                ),
            };
            Rule {
                label: rule.label.clone(),
                columns: rule.fields.iter().map(|f| f.value.clone()).collect(),
                fold_case: types.iter().any(|t| matches!(t, Type::PersonName { .. })),
                max_shared,
            }
        })
        .collect();
    Options {
        rules,
        person: person(step, pipeline),
        keep: preferences(&step.keep, step, false),
        survivorship: step
            .survivorship
            .iter()
            .filter(|(_, keep)| !matches!(keep.as_slice(), [Keep::All(_)]))
            .map(|(c, keep)| {
                let types = field_types(c, step, pipeline);
                let fold_case = types.iter().any(|t| matches!(t, Type::PersonName { .. }));
                (c.value.clone(), preferences(keep, step, fold_case))
            })
            .collect(),
        together: step
            .together
            .iter()
            .map(|group| group.iter().map(|c| c.value.clone()).collect())
            .collect(),
        lists: step
            .survivorship
            .iter()
            .filter_map(|(c, keep)| match keep.as_slice() {
                [Keep::All(between)] => Some((c.value.clone(), between.clone())),
                _ => None,
            })
            .collect(),
        fill: step.fill,
        max_size: Some(step.max_size),
        ..Options::new(CustomerId {
            name: step.id.name.clone(),
            prefix: step.id.prefix.clone(),
            digits: step.id.digits,
        })
    }
}

/// The columns that say who somebody is: names and telephone numbers.
fn person(step: &model::Resolve, pipeline: &Pipeline) -> Vec<String> {
    let sources = pipeline
        .sources
        .iter()
        .filter(|s| step.from.iter().any(|t| t.value == s.name.value));
    let fields = sources.flat_map(|s| s.fields.iter().flatten());
    let says_who = |ty: &Type| matches!(ty, Type::PersonName { .. } | Type::Phone { .. });
    let names = fields.filter(|f| says_who(&f.ty)).map(|f| &f.name.value);
    let names: BTreeSet<&String> = names.collect();
    names.into_iter().cloned().collect()
}

fn field_types<'a>(field: &str, step: &model::Resolve, pipeline: &'a Pipeline) -> Vec<&'a Type> {
    let sources = pipeline
        .sources
        .iter()
        .filter(|s| step.from.iter().any(|t| t.value == s.name.value));
    sources
        .flat_map(|s| s.fields.iter().flatten())
        .filter(|f| f.name.value == field)
        .map(|f| &f.ty)
        .collect()
}

fn preferences(keep: &[Keep], step: &model::Resolve, fold_case: bool) -> Vec<Preference> {
    keep.iter()
        .filter_map(|keep| {
            Some(match keep {
                Keep::MostComplete => Preference::MostComplete,
                Keep::Latest(column) => Preference::Latest(column.value.clone()),
                Keep::Earliest(column) => Preference::Earliest(column.value.clone()),
                Keep::Priority(sources) => Preference::Priority(
                    sources
                        .iter()
                        .filter_map(|s| step.from.iter().position(|t| t.value == s.value))
                        .collect(),
                ),
                Keep::First => Preference::First,
                Keep::Last => Preference::Last,
                Keep::MostFrequent => Preference::MostFrequent { fold_case },
                Keep::Longest => Preference::Longest,
                // A list of values prefers none.
                Keep::All(_) => return None,
            })
        })
        .collect()
}

/// The step, ready to run.
struct ByRules {
    /// The tables without their rows.
    sources: Vec<SourceRecords>,
    options: Options,
    /// Whether somebody reads the side tables.
    duplicates: bool,
    links: bool,
    members: bool,
    possible: bool,
    /// Whether a page on it is published.
    page: bool,
    provenance: bool,
    lineage: bool,
    /// What it has from the runs before.
    continuity: Continuity,
    /// What the settings ask for and is not done.
    warnings: Vec<String>,
}

impl ByRules {
    fn records(&self, inputs: Vec<Input>) -> Vec<SourceRecords> {
        let inputs = inputs.into_iter().zip(&self.sources);
        let records = inputs.map(|(input, source)| SourceRecords {
            schema: Arc::clone(&input.rows.schema),
            address: address(&input.rows.schema),
            batches: input.rows.batches.clone(),
            ..source.clone()
        });
        records.collect()
    }
}

impl Whole for ByRules {
    fn cuts(
        &self,
        inputs: Vec<Input>,
        threads: usize,
        is_over: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Cuts>, Error> {
        let options = Options {
            threads,
            decisions: self.continuity.decisions()?,
            ..self.options.clone()
        };
        Ok(Cuts::new(self.records(inputs), &options, is_over)?)
    }

    fn make(&self, inputs: Vec<Input>, run: &mut Running<'_, '_>) -> Result<Made, Error> {
        let records = self.records(inputs);
        let began = Instant::now();
        let options = Options {
            threads: run.threads,
            stable: self.continuity.ids(run)?,
            decisions: self.continuity.decisions()?,
            ..self.options.clone()
        };
        let read_of: Vec<u64> = records.iter().map(|r| rows(&r.batches)).collect();
        let read = read_of.iter().sum();
        run.ledger.event(RunEvent::Collected { records: read });
        let resolved = onefold_resolve::resolve(records, &options)?;
        let customers = resolved.report.customers;
        let [alone, ..] = resolved.report.sizes;
        run.ledger.event(RunEvent::Duplicates {
            groups: customers - alone,
            removed: resolved.report.duplicates,
        });
        if run.is_logged {
            log_merges(&resolved, &options, run)?;
        }
        run.ledger.event(RunEvent::Resolved { customers });
        let mut report = resolve_report(&resolved.report);
        report.model = likeness::report(&resolved, &options)?;
        if self.page {
            let sources = self.sources.iter().zip(&read_of);
            let sources = sources.map(|(source, read)| (source.label.clone(), *read));
            let page = likeness::page(run.table, &resolved, &report, sources.collect())?;
            run.ledger.page(run.table, page);
        }
        for warning in &self.warnings {
            run.ledger.warn(format!("table {}: {warning}", run.table));
        }
        warn(&report, run);
        self.continuity.warn(&resolved, run);
        report.ids = self.continuity.account(&resolved);
        if let Some(decided) = options.decisions.as_ref().filter(|list| !list.is_empty()) {
            let found = &resolved.report.decisions;
            report.decisions = Some(decisions::account(found, decided, run));
        }
        let mut account = Account::new("resolve", Some(read), began);
        account.remove("merged", read - customers);
        account.resolve = Some(report);
        let schemas = resolved.schemas.clone();
        let mut sides = Vec::new();
        if self.duplicates {
            let duplicates = resolved.duplicates().map_err(Error::internal)?;
            let schema = Arc::clone(&schemas.duplicates);
            sides.push(("duplicates", Stored::new(schema, duplicates)));
        }
        if self.links {
            let links = resolved.links().map_err(Error::internal)?;
            sides.push(("links", Stored::new(Arc::clone(&schemas.links), links)));
        }
        if self.members {
            let members = resolved.members().map_err(Error::internal)?;
            let schema = Arc::clone(&schemas.members);
            sides.push(("members", Stored::new(schema, members)));
        }
        if self.possible {
            let possible = resolved.possible().map_err(Error::internal)?;
            let schema = Arc::clone(&schemas.possible);
            sides.push(("possible", Stored::new(schema, possible)));
        }
        if self.lineage {
            let lineage = resolved.lineage().map_err(Error::internal)?;
            sides.push((
                "lineage",
                Stored::new(Arc::clone(&schemas.lineage), lineage),
            ));
        }
        if self.provenance {
            let provenance = resolved.provenance().map_err(Error::internal)?;
            let schema = Arc::clone(&schemas.provenance);
            sides.push(("provenance", Stored::new(schema, provenance)));
        }
        let rows = match run.is_read {
            true => {
                let customers = resolved.customers().map_err(Error::internal)?;
                Stored::new(Arc::clone(&schemas.customers), customers)
            }
            false => Stored::counted(customers)?,
        };
        Ok(Made {
            rows,
            sides,
            state: self.continuity.state(resolved),
            account,
        })
    }
}

impl Follow for ByRules {
    fn follow(
        &self,
        input: usize,
        row: &Row,
        kept: &dyn KeptTables,
        _run: &mut Running<'_, '_>,
    ) -> Result<Option<Fate>, Error> {
        membership::follow(&self.options.id.name, input, row, kept).map(Some)
    }
}
