//! A pipeline that finds who is who in some files: one `resolve` over all of them.
//!
//! Every field stays text: the comparisons of the model bring values to a common form themselves, so no record is rejected and no value is
//! changed. Columns of several files that mean the same get one name.

use std::collections::{HashMap, HashSet};

use onefold_match::roles::{Guess, Role, Seen, guess};
use onefold_match::{Comparison, Kind, auto};

use crate::error::Error;
use crate::sample::Sampled;
use crate::source::{free, plain_name};
use crate::written::{counted, quoted};
use crate::yaml::{noted, path, scalar};

/// Values of a column that are looked at.
const SEEN: usize = 4000;

/// What the user says about the files.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Column that identifies a record of each file.
    pub key: Option<String>,
    /// Columns that are not compared.
    pub ignore: Vec<String>,
    /// Least probability of a match, in percent.
    pub threshold: Option<f64>,
}

/// A file as a source.
struct Source<'a> {
    sampled: &'a Sampled,
    name: String,
    fields: Vec<Field>,
    key: Option<usize>,
}

/// A column as a field.
struct Field {
    name: String,
    path: Vec<String>,
    role: Role,
}

/// The pipeline, and what it takes the columns for.
pub struct Identity {
    /// The text of the pipeline file.
    pub yaml: String,
    /// A line for each column that is compared: what it is taken for, and why.
    pub columns: Vec<String>,
}

/// Drafts it.
///
/// # Errors
/// A column that the user names is in no file, or nothing can be compared.
pub fn identity(samples: &[Sampled], asked: &Asked) -> Result<Identity, Error> {
    let mut taken = HashSet::new();
    let mut sources = Vec::new();
    for sampled in samples {
        let name = free(&taken, &crate::source_name(&sampled.path));
        taken.insert(name.clone());
        sources.push(Source::of(sampled, name));
    }
    for column in asked.key.iter().chain(&asked.ignore) {
        let has = |source: &Source<'_>| source.find(column).is_some();
        if !sources.iter().any(has) {
            return Err(Error::no_column(column));
        }
    }
    share_names(&mut sources);
    for source in &mut sources {
        source.key = match &asked.key {
            Some(key) => source.find(key),
            None => source
                .fields
                .iter()
                .position(|field| field.role == Role::Key),
        };
    }
    let columns = columns(&sources, asked);
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let roles: Vec<Role> = columns.iter().map(|(_, guess)| guess.role).collect();
    let compared = auto::comparisons(&names, &roles);
    if compared.is_empty() {
        return Err(Error::nothing_to_compare());
    }
    let said = columns.iter().map(|(name, guess)| {
        format!(
            "{name}: {} ({:.0}% sure: {})",
            words(guess.role),
            guess.confidence * 100.0,
            guess.because
        )
    });
    Ok(Identity {
        columns: said.collect(),
        yaml: yaml(&sources, &columns, &compared, asked),
    })
}

impl<'a> Source<'a> {
    fn of(sampled: &'a Sampled, name: String) -> Self {
        let guesses = guesses(sampled.columns.iter().map(|column| {
            let name = column.path.join(".");
            let values = column.values.iter().flatten().map(String::as_str);
            (name, values.collect(), sampled.rows)
        }));
        let mut taken = HashSet::new();
        let mut fields = Vec::new();
        for (column, guess) in sampled.columns.iter().zip(guesses) {
            let name = free(&taken, &plain_name(&column.path.join("_")));
            taken.insert(name.clone());
            fields.push(Field {
                name,
                path: column.path.clone(),
                role: guess.role,
            });
        }
        Self {
            sampled,
            name,
            fields,
            key: None,
        }
    }

    /// The field of a column that the user names, as the file or as the pipeline calls it.
    fn find(&self, column: &str) -> Option<usize> {
        let is_it = |field: &Field| field.path.join(".") == column || field.name == column;
        self.fields.iter().position(is_it)
    }
}

/// Guesses the roles of columns, each with its name, its values, and the number of records.
fn guesses<'a>(columns: impl Iterator<Item = (String, Vec<&'a str>, usize)>) -> Vec<Guess> {
    let columns: Vec<(String, Vec<&str>, usize)> = columns.collect();
    let mut samples = Vec::new();
    for (_, values, _) in &columns {
        let step = values.len().div_ceil(SEEN).max(1);
        samples.push(values.iter().step_by(step).copied().collect::<Vec<&str>>());
    }
    let seen: Vec<Seen<'_>> = columns
        .iter()
        .zip(&samples)
        .map(|((name, values, records), sample)| Seen {
            name,
            declared: None,
            values: sample,
            filled: values.len() as u64,
            records: *records as u64,
            distinct: values.iter().collect::<HashSet<_>>().len() as u64,
        })
        .collect();
    guess(&seen)
}

/// Gives columns of several files that have one role one name, unless the files agree on names already.
fn share_names(sources: &mut [Source<'_>]) {
    if sources.len() < 2 {
        return;
    }
    for (role, shared) in [
        (Role::FullName, "full_name"),
        (Role::FirstName, "first_name"),
        (Role::MiddleName, "middle_name"),
        (Role::LastName, "last_name"),
        (Role::Email, "email"),
        (Role::Phone, "phone"),
        (Role::BirthDate, "birth_date"),
        (Role::HouseNumber, "house_number"),
        (Role::Street, "street"),
        (Role::Address, "address"),
        (Role::Postcode, "postcode"),
        (Role::City, "city"),
        (Role::State, "state"),
        (Role::Country, "country"),
        (Role::Company, "company"),
        (Role::Gender, "gender"),
    ] {
        let of = |source: &Source<'_>| {
            let fields = source.fields.iter();
            fields
                .filter(|field| field.role == role)
                .map(|field| field.name.clone())
                .collect::<Vec<_>>()
        };
        let all: Vec<Vec<String>> = sources
            .iter()
            .map(of)
            .filter(|names| !names.is_empty())
            .collect();
        // Where the files have a name in common for it, they need no other.
        let Some(first) = all.first() else { continue };
        if all.len() < 2
            || all.iter().any(|names| names.len() > 1)
            || first
                .iter()
                .any(|name| all.iter().all(|names| names.contains(name)))
        {
            continue;
        }
        for source in sources.iter_mut() {
            let is_taken = source
                .fields
                .iter()
                .any(|field| field.name == shared && field.role != role);
            if let Some(field) = source.fields.iter_mut().find(|field| field.role == role)
                && !is_taken
            {
                shared.clone_into(&mut field.name);
            }
        }
    }
}

/// The columns of all sources together, by name, with what they are taken for.
fn columns(sources: &[Source<'_>], asked: &Asked) -> Vec<(String, Guess)> {
    let mut order: Vec<String> = Vec::new();
    let mut values: HashMap<String, Vec<&str>> = HashMap::new();
    let records: usize = sources.iter().map(|source| source.sampled.rows).sum();
    for source in sources {
        for (number, (field, column)) in source
            .fields
            .iter()
            .zip(&source.sampled.columns)
            .enumerate()
        {
            let is_ignored = asked
                .ignore
                .iter()
                .any(|name| source.find(name) == Some(number));
            if source.key == Some(number) || is_ignored {
                continue;
            }
            if !order.contains(&field.name) {
                order.push(field.name.clone());
            }
            let all = values.entry(field.name.clone()).or_default();
            all.extend(column.values.iter().flatten().map(String::as_str));
        }
    }
    let guesses = guesses(order.iter().map(|name| {
        (
            name.clone(),
            values.get(name).cloned().unwrap_or_default(),
            records,
        )
    }));
    order.into_iter().zip(guesses).collect()
}

/// A role in words.
fn words(role: Role) -> String {
    let mut words = String::new();
    for c in format!("{role:?}").chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    match role {
        Role::Ignore | Role::Key => "not compared".to_owned(),
        _ => words,
    }
}

fn yaml(
    sources: &[Source<'_>],
    columns: &[(String, Guess)],
    compared: &[Comparison],
    asked: &Asked,
) -> String {
    let mut text = String::from(
        "# Finds which records are one customer. Written by `onefold resolve`; change what is wrong, then `onefold run`.\n\
         sources:\n",
    );
    for source in sources {
        text += &one_source(source);
    }
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let table = match names.contains(&"customers") {
        true => "resolved",
        false => "customers",
    };
    text += &format!("\ntables:\n  {table}:\n    resolve:\n");
    text += &format!("      from: [{}]\n", names.join(", "));
    text += "      model:\n        compare:\n";
    for one in compared {
        let of = |column: &usize| columns.get(*column);
        let fields: Vec<&str> = one
            .columns
            .iter()
            .filter_map(of)
            .map(|(name, _)| name.as_str())
            .collect();
        let given = one.implied_by.and_then(|index| compared.get(index));
        let given = given.map(|given| format!(", given: {}", scalar(&given.label)));
        let line = format!(
            "          - {{as: {}, fields: [{}]{}}}",
            kind(one),
            fields.join(", "),
            given.unwrap_or_default()
        );
        let least = one
            .columns
            .iter()
            .filter_map(of)
            .map(|(_, guess)| guess.confidence)
            .fold(1.0, f32::min);
        let because: Vec<&str> = one
            .columns
            .iter()
            .filter_map(of)
            .map(|(_, guess)| guess.because.as_str())
            .collect();
        text += &noted(
            line,
            &format!("{:.0}% sure: {}", least * 100.0, because.join("; ")),
        );
    }
    let left: Vec<&str> = columns
        .iter()
        .enumerate()
        .filter(|(number, _)| !compared.iter().any(|one| one.columns.contains(number)))
        .map(|(_, (name, _))| name.as_str())
        .collect();
    if !left.is_empty() {
        text += &format!(
            "          # not compared, since they do not say who it is: {}\n",
            left.join(", ")
        );
    }
    let threshold = asked.threshold.unwrap_or(50.0);
    text += &noted(
        format!("        threshold: {threshold}%"),
        "least probability of a match",
    );
    text += &noted(
        format!("        possible: {}%", threshold.min(20.0)),
        "pairs from here on are listed in possible.csv",
    );
    let is_taken = |name: &str| {
        sources
            .iter()
            .any(|s| s.fields.iter().any(|field| field.name == name))
    };
    let id = match is_taken("customer_id") {
        true => "unified_id",
        false => "customer_id",
    };
    text += &format!("      id: {{name: {id}, prefix: CUST, digits: 6}}\n");
    text += &format!("\noutputs:\n  - {{table: {table}, path: customers.csv}}\n");
    text += &format!(
        "  - {{table: {table}.members, path: members.csv, columns: [source, record_key, {id}]}}\n"
    );
    text += &format!("  - {{table: {table}.links, path: links.csv}}\n");
    text += &format!("  - {{table: {table}.possible, path: possible.csv}}\n");
    text += &format!("  - {{report: {table}, path: report.html}}\n");
    for source in sources {
        text += &format!(
            "  - {{table: {0}.rejects, path: {0}_rejects.csv}}\n",
            source.name
        );
    }
    text
}

const fn kind(one: &Comparison) -> &'static str {
    match one.kind {
        Kind::Code if one.identifies => "id",
        Kind::Name => "name",
        Kind::Email => "email",
        Kind::Phone => "phone",
        Kind::Date => "date",
        Kind::Code => "code",
        Kind::Address => "address",
        Kind::Company => "company",
        Kind::Text => "text",
    }
}

fn one_source(source: &Source<'_>) -> String {
    let sampled = source.sampled;
    let mut text = format!("  {}:\n", source.name);
    text += &noted(
        format!("    path: {}", scalar(&sampled.path)),
        &format!("{} looked at", counted(sampled.rows, "record")),
    );
    if let Some(encoding) = sampled.encoding {
        text += &format!("    encoding: {encoding}\n");
    }
    if let Some(footer) = &sampled.footer {
        text += &format!("    footer: {}\n", footer.lines);
    }
    if !sampled.has_header {
        text += "    header: false\n";
    }
    if !sampled.records.is_empty() {
        text += &format!("    records: {}\n", path(&sampled.records));
    }
    if let Some(key) = source.key.and_then(|key| source.fields.get(key)) {
        text += &format!("    key: {}\n", key.name);
    }
    text += "    fields:\n";
    for field in &source.fields {
        let is_own = field.path.as_slice() == [field.name.clone()];
        let value = match is_own {
            true => "text".to_owned(),
            false => format!("{{from: {}}}", path(&field.path)),
        };
        text += &format!("      {}: {value}\n", quoted_name(&field.name));
    }
    text
}

/// A name of a field as a key of YAML.
fn quoted_name(name: &str) -> String {
    match scalar(name) {
        plain if plain == name => plain,
        _ => quoted(name),
    }
}
