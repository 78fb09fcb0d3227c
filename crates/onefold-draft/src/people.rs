//! People: which sources have them, by which fields they are told, and the step that finds who is who.

use std::collections::HashSet;

use crate::guess::Kind;
use crate::source::{Class, Field, Source, free};
use crate::table::Table;
use crate::words::Role;
use crate::written::{counted, grouped};

/// The table of people, where their records are resolved.
#[derive(Debug, Clone)]
pub(crate) struct People {
    /// The table.
    pub(crate) table: String,
    /// Its identifier.
    pub(crate) id: String,
    /// Numbers of the sources that go into it.
    pub(crate) from: Vec<usize>,
}

/// Drafts the resolution of the people of all sources, if there are several sources of them, or records that share a value.
pub(crate) fn resolve(
    sources: &mut [Source],
    taken: &mut HashSet<String>,
) -> Option<(People, Table)> {
    let has_contact = |source: &Source| source.fields.iter().any(is_contact);
    let all: Vec<usize> = numbers(sources, |source| source.class == Class::People);
    let with_contact: Vec<usize> = all
        .iter()
        .copied()
        .filter(|n| sources.get(*n).is_some_and(has_contact))
        .collect();
    let from = match with_contact.is_empty() {
        true => all,
        false => with_contact,
    };
    share_names(sources, &from);
    let (rules, notes) = rules(sources, &from)?;
    let columns: HashSet<String> = sources
        .iter()
        .flat_map(|s| s.fields.iter().map(|f| f.name.clone()))
        .collect();
    let id = match columns.contains("customer") {
        true => free(&columns, "unified_id"),
        false => "customer".to_owned(),
    };
    let table = ["customers", "people"]
        .into_iter()
        .find(|name| !taken.contains(*name))
        .map(str::to_owned);
    let table = table.unwrap_or_else(|| free(taken, "unified_customers"));
    taken.insert(table.clone());
    let names: Vec<String> = from
        .iter()
        .filter_map(|n| sources.get(*n))
        .map(|s| s.name.clone())
        .collect();
    let rows: usize = from
        .iter()
        .filter_map(|n| sources.get(*n))
        .map(|s| s.rows)
        .sum();
    let table = Table {
        lines: vec![
            "resolve:".to_owned(),
            format!("  from: [{}]", names.join(", ")),
            format!("  match: [{}]   # any one of these equal", rules.join(", ")),
            "  keep: most_complete   # or `{latest: FIELD}`".to_owned(),
            format!("  id: {{name: {id}, prefix: C, digits: 6}}"),
        ],
        said: Some(format!(
            "the people of {} ({}) are found in `{table}`",
            names.join(" and "),
            counted(rows, "record")
        )),
        reads: names,
        name: table.clone(),
        notes,
        is_helper: false,
    };
    let people = People {
        table: table.name.clone(),
        id,
        from,
    };
    Some((people, table))
}

fn is_contact(field: &Field) -> bool {
    matches!(field.guess.kind, Kind::Email | Kind::Phone) && field.present > 0
}

fn numbers(sources: &[Source], is_one: impl Fn(&Source) -> bool) -> Vec<usize> {
    let found = sources
        .iter()
        .enumerate()
        .filter(|(_, source)| is_one(source));
    found.map(|(number, _)| number).collect()
}

/// Gives fields that mean the same the same name in all of the sources, where there are several: their rows become rows of one table.
/// Fields of one name and different types get names of their own.
fn share_names(sources: &mut [Source], from: &[usize]) {
    if from.len() < 2 {
        return;
    }
    for number in from {
        let Some(source) = sources.get_mut(*number) else {
            continue;
        };
        let mut taken: HashSet<String> = source.fields.iter().map(|f| f.name.clone()).collect();
        for field in &mut source.fields {
            let Some(name) = field.role.and_then(|role| role.shared_name()) else {
                continue;
            };
            if taken.insert(name.to_owned()) {
                taken.remove(&field.name);
                name.clone_into(&mut field.name);
            }
        }
    }
    let mut types: Vec<(String, String)> = Vec::new();
    for number in from {
        let Some(source) = sources.get_mut(*number) else {
            continue;
        };
        let mut taken: HashSet<String> = source.fields.iter().map(|f| f.name.clone()).collect();
        taken.extend(types.iter().map(|(name, _)| name.clone()));
        for field in &mut source.fields {
            let known = types.iter().find(|(name, _)| *name == field.name);
            match known {
                Some((_, ty)) if *ty != field.guess.name => {
                    field.name = free(&taken, &format!("{}_{}", source.name, field.name));
                    taken.insert(field.name.clone());
                    types.push((field.name.clone(), field.guess.name.clone()));
                }
                Some(_) => {}
                None => types.push((field.name.clone(), field.guess.name.clone())),
            }
        }
    }
}

/// The rules by which records are one person, and what the sample says of each; `None` where nobody is there twice.
fn rules(sources: &[Source], from: &[usize]) -> Option<(Vec<String>, Vec<String>)> {
    let of = |number: &usize| sources.get(*number);
    let mut rules: Vec<String> = Vec::new();
    let mut notes = Vec::new();
    let mut shared = 0;
    for kind in [Kind::Email, Kind::Phone] {
        let fields: Vec<(&Source, &Field)> = from
            .iter()
            .filter_map(of)
            .flat_map(|s| {
                s.fields
                    .iter()
                    .filter(move |f| f.guess.kind == kind && f.present > 0)
                    .map(move |f| (s, f))
            })
            .collect();
        for (_, field) in &fields {
            let is_new = !rules.contains(&field.name);
            // A second number of a person is compared only where another source calls it so.
            let is_first = !fields.iter().any(|(_, other)| rules.contains(&other.name));
            if is_new && is_first {
                rules.push(field.name.clone());
            }
        }
        let Some(rule) = rules.last().cloned() else {
            continue;
        };
        let what = match kind {
            Kind::Email => "e-mail address",
            _ => "telephone number",
        };
        let compared: Vec<&(&Source, &Field)> =
            fields.iter().filter(|(_, f)| f.name == rule).collect();
        for (place, (source, field)) in compared.iter().enumerate() {
            let twice = field.values.values().filter(|count| **count > 1).count();
            if twice > 0 {
                notes.push(format!(
                    "{} of {} on several of its records",
                    counted(twice, what),
                    source.name
                ));
                shared += twice;
            }
            for (other, theirs) in compared.iter().skip(place + 1) {
                let both = field
                    .values
                    .keys()
                    .filter(|value| theirs.values.contains_key(*value))
                    .count();
                shared += both;
                let all = grouped(field.values.len());
                notes.push(
                    format!(
                        "{both} of {all} {what}es of {} are in {} too",
                        source.name, other.name
                    )
                    .replace("numberes", "numbers"),
                );
            }
        }
    }
    if rules.is_empty() {
        let mut everywhere = from.iter().filter_map(of).map(|source| {
            let fields = source.person()?;
            Some(fields.iter().map(|f| f.name.clone()).collect::<Vec<_>>())
        });
        let first = everywhere.next()??;
        let is_same = everywhere.all(|fields| fields.as_ref() == Some(&first));
        return is_same.then(|| {
            let note = "no e-mail address and no telephone number: a person is who has the name and the date of birth";
            let notes = [vec![note.to_owned()], shared_ids(sources, from)].concat();
            (vec![format!("{{person: [{}]}}", first.join(", "))], notes)
        });
    }
    notes.extend(shared_ids(sources, from));
    (from.len() > 1 || shared > 0).then_some((rules, notes))
}

/// Identifiers that sources of people have in common: whether they mean the same, only a person knows.
fn shared_ids(sources: &[Source], from: &[usize]) -> Vec<String> {
    let fields: Vec<(&Source, &Field)> = from
        .iter()
        .filter_map(|number| sources.get(*number))
        .flat_map(|source| source.fields.iter().map(move |field| (source, field)))
        .filter(|(_, field)| {
            matches!(field.role, Some(Role::Id | Role::Owner)) && field.is_distinct()
        })
        .collect();
    let mut notes = Vec::new();
    for (place, (source, field)) in fields.iter().enumerate() {
        for (other, theirs) in fields.iter().skip(place + 1) {
            let both = field
                .values
                .keys()
                .filter(|value| theirs.values.contains_key(*value))
                .count();
            if source.name != other.name
                && field.name == theirs.name
                && both * 2 >= field.values.len()
            {
                let all = grouped(field.values.len());
                notes.push(format!(
                    "{} of {all} values of `{}` in {} are in {} too: add it to `match` if it means the same in both",
                    grouped(both),
                    field.name,
                    source.name,
                    other.name
                ));
            }
        }
    }
    notes
}
