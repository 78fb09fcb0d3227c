//! `model:` of a `resolve:`: the options of matching by likeness, and its part of the report.

use onefold_match::page::{Blocking, ColumnUse, Example, Page, Prevented};
use onefold_match::roles::Declared;
use onefold_match::{Kind, Link, Matched};
use onefold_resolve::{Compare, Compared, Likeness, Options, Resolved};
use onefold_spec::model::{self, Likened, Type};

use super::saved::{Saved, saved};
use super::step::Known;
use crate::error::Error;
use crate::report::{FieldUse, GuardCount, ModelReport, ResolveReport, SkippedBlock};

/// How the records of a step are matched by likeness, and what a run warns of.
#[derive(Default)]
pub(super) struct Asked {
    /// `None`: nobody asks for it.
    pub(super) likeness: Option<Likeness>,
    pub(super) warnings: Vec<String>,
}

/// How the records of a step are matched by likeness. `None`: an error was found.
pub(super) fn likeness(step: &model::Resolve, known: &mut Known<'_>) -> Option<Asked> {
    let distinct: Vec<usize> = step
        .distinct
        .iter()
        .filter_map(|table| step.from.iter().position(|from| from.value == table.value))
        .collect();
    let never: Vec<String> = step.never.iter().map(|field| field.value.clone()).collect();
    let Some(asked) = &step.likeness else {
        let parts = !distinct.is_empty() || !never.is_empty();
        let likeness = parts.then_some(Likeness {
            compare: Compare::Nothing,
            threshold: 1.0,
            possible: 1.0,
            never,
            distinct,
            learned: None,
        });
        return Some(Asked {
            likeness,
            ..Asked::default()
        });
    };
    let saved = match &asked.file {
        None => Saved::default(),
        Some(file) => saved(file, step, !asked.compare.is_empty(), known)?,
    };
    let compare = match (saved.compare, asked.compare.is_empty()) {
        (Some(compare), _) => compare,
        (None, true) => Compare::Auto(declared(step, known)),
        (None, false) => Compare::Given(asked.compare.iter().map(compared).collect()),
    };
    let likeness = Likeness {
        compare,
        threshold: asked.threshold,
        possible: asked.possible,
        never,
        distinct: saved.distinct.unwrap_or(distinct),
        learned: saved.learned,
    };
    Some(Asked {
        likeness: Some(likeness),
        warnings: saved.warnings,
    })
}

fn compared(one: &model::Compared) -> Compared {
    let kind = match one.kind {
        Likened::Name => Kind::Name,
        Likened::Email => Kind::Email,
        Likened::Phone => Kind::Phone,
        Likened::Date => Kind::Date,
        Likened::Id | Likened::Code => Kind::Code,
        Likened::Address => Kind::Address,
        Likened::Company => Kind::Company,
        Likened::Text => Kind::Text,
    };
    Compared {
        label: one.label.clone(),
        kind,
        columns: one.fields.iter().map(|field| field.value.clone()).collect(),
        identifies: one.kind == Likened::Id,
        given: one.given.as_ref().map(|given| given.value.clone()),
    }
}

/// The declared types of the sources' fields, as far as they say what a field is for.
fn declared(step: &model::Resolve, known: &Known<'_>) -> Vec<(String, Declared)> {
    let sources = known.pipeline.sources.iter();
    let sources = sources.filter(|s| step.from.iter().any(|from| from.value == s.name.value));
    let mut declared: Vec<(String, Declared)> = Vec::new();
    for field in sources.flat_map(|source| source.fields.iter().flatten()) {
        let ty = match &field.ty {
            Type::PersonName { .. } => Declared::PersonName,
            Type::Email => Declared::Email,
            Type::Phone { .. } => Declared::Phone,
            Type::Date { .. } => Declared::Date,
            Type::Timestamp { .. } => Declared::Timestamp,
            Type::Money { .. } | Type::Currency => Declared::Money,
            Type::Boolean { .. } => Declared::Boolean,
            Type::Uuid => Declared::Uuid,
            Type::Address => Declared::Address,
            Type::Postcode { .. } => Declared::Postcode,
            Type::Country => Declared::Country,
            Type::Company => Declared::Company,
            Type::Url => Declared::Url,
            Type::Ip => Declared::Ip,
            // Numbers may be identifiers and postcodes, and texts anything.
            _ => continue,
        };
        if !declared.iter().any(|(name, _)| *name == field.name.value) {
            declared.push((field.name.value.clone(), ty));
        }
    }
    declared
}

/// The part of the report; `None` without a model.
pub(super) fn report(resolved: &Resolved, options: &Options) -> Result<Option<ModelReport>, Error> {
    let (Some(found), Some(likeness)) = (resolved.found(), &options.likeness) else {
        return Ok(None);
    };
    if likeness.compare == Compare::Nothing {
        return Ok(None);
    }
    let matched = &found.matched;
    let learned = serde_json::to_value(matched.trained.model()).map_err(Error::internal)?;
    let records = resolved.report.records;
    let fields = found.columns.iter().map(|used| FieldUse {
        field: used.column.clone(),
        role: snake(&format!("{:?}", used.guess.role)),
        confidence: used.guess.confidence,
        because: used.guess.because.clone(),
    });
    Ok(Some(ModelReport {
        yaml: yaml(&found.compared, likeness),
        fields: fields.collect(),
        learned: serde_json::from_value(learned).map_err(Error::internal)?,
        threshold: likeness.threshold,
        possible: likeness.possible,
        compared: matched.report.compared,
        pairs: records * records.saturating_sub(1) / 2,
        probabilities: matched.report.probabilities.to_vec(),
        possible_pairs: matched.possible.len() as u64,
        empty: matched.report.empty,
        block_cap: matched.report.blocking.cap,
        blocks: matched.report.blocking.blocks,
        blocks_skipped: matched.report.blocking.skipped,
        block_largest: matched.report.blocking.largest,
        skipped_blocks: skipped_blocks(matched),
        prevented: prevented(resolved, &matched.prevented)?,
    }))
}

/// Blocks above the cap, without values: a report has no personal data.
fn skipped_blocks(matched: &Matched) -> Vec<SkippedBlock> {
    let blocks = matched.report.blocking.skipped_blocks.iter();
    let told = blocks.map(|block| SkippedBlock {
        shared: block
            .values
            .iter()
            .map(|(label, _)| label.clone())
            .collect(),
        records: block.records,
        not_compared: block.not_compared,
    });
    told.collect()
}

/// What guards prevented, with the names of the records.
fn prevented(
    resolved: &Resolved,
    prevented: &[onefold_match::Prevented],
) -> Result<Vec<GuardCount>, Error> {
    let mut counts = Vec::new();
    for one in prevented {
        let mut examples = Vec::new();
        for (a, b) in &one.examples {
            examples.push((name(resolved, *a)?, name(resolved, *b)?));
        }
        counts.push(GuardCount {
            guard: one.guard.to_owned(),
            merges: one.merges,
            examples,
        });
    }
    Ok(counts)
}

/// Source and key of a record.
fn name(resolved: &Resolved, record: u32) -> Result<String, Error> {
    let name = resolved.record_name(record).map_err(Error::internal)?;
    Ok(name.unwrap_or_default())
}

/// The page on how the records of a table were matched. `None` without a model.
pub(super) fn page(
    table: &str,
    resolved: &Resolved,
    report: &ResolveReport,
    sources: Vec<(String, u64)>,
) -> Result<Option<String>, Error> {
    let (Some(found), Some(model)) = (resolved.found(), &report.model) else {
        return Ok(None);
    };
    let matched = &found.matched;
    let comparison = |column: &str| {
        let uses = |one: &&Compared| one.columns.iter().any(|name| name == column);
        found
            .compared
            .iter()
            .find(uses)
            .map(|one| one.label.clone())
    };
    let columns = found.columns.iter().map(|used| ColumnUse {
        name: used.column.clone(),
        role: snake(&format!("{:?}", used.guess.role)).replace('_', " "),
        confidence: used.guess.confidence,
        because: used.guess.because.clone(),
        comparison: comparison(&used.column),
    });
    let seconds = matched.report.seconds.iter();
    let largest = report
        .oversized
        .iter()
        .map(|one| (one.id.clone(), one.records));
    let page = Page {
        title: format!("How the records of `{table}` were matched"),
        records: report.records,
        customers: report.customers,
        sources,
        model: matched.trained.model(),
        thresholds: [model.possible, model.threshold],
        compared: model.compared,
        probabilities: matched.report.probabilities,
        blocking: Blocking {
            cap: model.block_cap,
            blocks: model.blocks,
            skipped: model.blocks_skipped,
            largest: model.block_largest,
            skipped_blocks: matched.report.blocking.skipped_blocks.clone(),
            compared_of: model.pairs,
        },
        sizes: report.sizes.clone(),
        examples: examples(resolved, matched)?,
        possible: model.possible_pairs,
        empty: model.empty,
        prevented: model
            .prevented
            .iter()
            .map(|one| Prevented {
                guard: one.guard.clone(),
                count: one.merges,
                examples: one.examples.clone(),
            })
            .collect(),
        columns: columns.collect(),
        seconds: seconds
            .map(|(step, seconds)| ((*step).to_owned(), *seconds))
            .collect(),
        largest: largest.collect(),
    };
    Ok(Some(onefold_match::page::html(&page)))
}

/// Pairs that tell most: the weakest links, ordinary ones, and the likeliest of those that were not made.
fn examples(resolved: &Resolved, matched: &Matched) -> Result<Vec<Example>, Error> {
    let mut links: Vec<&Link> = matched.links.iter().filter(|link| !link.is_told).collect();
    links.sort_by(|x, y| {
        x.merged
            .total_cmp(&y.merged)
            .then((x.a, x.b).cmp(&(y.a, y.b)))
    });
    let weak = links
        .iter()
        .take(6)
        .map(|link| ("linked, though weakly", *link));
    let middle = links.len() / 2;
    let usual = links
        .iter()
        .skip(middle.max(6))
        .take(3)
        .map(|link| ("linked", *link));
    let possible = matched
        .possible
        .iter()
        .take(6)
        .map(|link| ("possible, not linked", link));
    let mut examples = Vec::new();
    for (what, link) in usual.chain(weak).chain(possible) {
        examples.push(Example {
            what: what.to_owned(),
            a: name(resolved, link.a)?,
            b: name(resolved, link.b)?,
            explanation: matched.trained.explain(link.a, link.b),
        });
    }
    Ok(examples)
}

/// `FirstName` as `first_name`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// A `model` with all that was used, as it stands in a pipeline file.
fn yaml(compared: &[Compared], likeness: &Likeness) -> String {
    let mut yaml = String::from("model:\n  compare:\n");
    for one in compared {
        let kind = match (one.kind, one.identifies) {
            (_, true) => "id",
            (Kind::Name, _) => "name",
            (Kind::Email, _) => "email",
            (Kind::Phone, _) => "phone",
            (Kind::Date, _) => "date",
            (Kind::Code, _) => "code",
            (Kind::Address, _) => "address",
            (Kind::Company, _) => "company",
            (Kind::Text, _) => "text",
        };
        // A text in double quotes of JSON is one of YAML.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let fields: Vec<String> = one.columns.iter().map(|field| quoted(field)).collect();
        yaml += &format!("    - {{as: {kind}, fields: [{}]", fields.join(", "));
        if let Some(given) = &one.given {
            yaml += &format!(", given: {}", quoted(given));
        }
        yaml.push_str("}\n");
    }
    let percent = |share: f64| (share * 10_000.0).round() / 100.0;
    yaml += &format!("  threshold: {}%\n", percent(likeness.threshold));
    yaml += &format!("  possible: {}%\n", percent(likeness.possible));
    yaml
}
