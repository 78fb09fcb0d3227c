//! `onefold explain PIPELINE ID` and `onefold explain PIPELINE RECORD RECORD`

use std::collections::{BTreeMap, HashMap, HashSet};

use onefold_engine::{Error, Project};

use super::explained::{Answer, Shown, Values};
use super::pipeline;
use super::resolution::{Folders, Link, Record, Resolution, path, resolution, tables};
use crate::arguments::{ExplainArgs, Format};
use crate::output::Output;

/// What cannot be found, and what to do.
type NotFound = (String, String);

pub(crate) fn explain(args: &ExplainArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match pipeline::load(&args.ask.plan.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let sources = &project.pipeline().sources;
    if let Some(source) = sources.iter().find(|source| source.reads_stdin()) {
        let message = format!(
            "source `{}` reads standard input, and explain reads its inputs twice",
            source.name.value
        );
        return Ok(output.usage_with_hint(
            &message,
            "save the input in a file and name it in the pipeline",
        ));
    }
    let asked_of = Folders::from(&args.ask);
    let found = match resolution(&project, args.table.as_deref(), asked_of, output)? {
        Ok(found) => found,
        Err(code) => return Ok(code),
    };
    let asked = match &args.other {
        Some(other) => pair(&found, &project, &args.what, other),
        None => customer(&found, &project, &args.what),
    };
    let mut answer = match asked {
        Ok(answer) => answer,
        Err((message, hint)) => return Ok(output.usage_with_hint(&message, &hint)),
    };
    if let Answer::Two { pair, parted, .. } = &mut answer {
        *parted = match super::parted::parted(&project, &found, *pair, asked_of, output)? {
            Ok(found) => found,
            Err(code) => return Ok(code),
        };
    }
    let values = match values(&project, &found, asked_of, &answer.records())? {
        Ok(values) => values,
        Err(error) => return Ok(output.project_error(&error, &project)),
    };
    let shown = Shown {
        found: &found,
        values: &values,
    };
    output.say(&match output.format {
        Format::Human => shown.text(&answer),
        Format::Json => format!("{}\n", shown.json(&answer)),
    })?;
    Ok(0)
}

fn customer<'a>(
    found: &'a Resolution,
    project: &Project,
    what: &str,
) -> Result<Answer<'a>, NotFound> {
    let id = found
        .members
        .iter()
        .map(|(_, id)| id.as_str())
        .find(|id| *id == what);
    let id = match id {
        Some(id) => id,
        None => match record(found, project, what)? {
            Some((_, id)) => id,
            None => return Err(not_found(found, &format!("customer or record `{what}`"))),
        },
    };
    let members = found.members.iter().filter(|(_, of)| of == id);
    let members: Vec<&Record> = members.map(|(record, _)| record).collect();
    let are_members: HashSet<&Record> = members.iter().copied().collect();
    let mut by_end: HashMap<&Record, Vec<&Link>> = HashMap::new();
    let mut linked = HashSet::new();
    for link in found
        .links
        .iter()
        .filter(|link| are_members.contains(&link.a))
    {
        by_end.entry(&link.b).or_default().push(link);
        linked.insert(&link.a);
    }
    let kept = members.iter().find(|record| !linked.contains(*record));
    let Some(kept) = kept.copied() else {
        return Err(not_found(found, &format!("kept record of `{id}`")));
    };
    let (mut links, mut reached, mut next) = (Vec::new(), vec![kept], 0);
    while let Some(record) = reached.get(next) {
        next += 1;
        for link in by_end.remove(record).unwrap_or_default() {
            links.push(link);
            reached.push(&link.a);
        }
    }
    Ok(Answer::Customer { id, kept, links })
}

fn pair<'a>(
    found: &'a Resolution,
    project: &Project,
    one: &str,
    other: &str,
) -> Result<Answer<'a>, NotFound> {
    let find = |what: &str| {
        let record = record(found, project, what)?;
        record.ok_or_else(|| not_found(found, &format!("record `{what}`")))
    };
    let ((a, id), (b, other_id)) = (find(one)?, find(other)?);
    let pair = [a, b];
    if a == b {
        let hint = "name two records, or a customer by its id".to_owned();
        return Err((format!("`{one}` and `{other}` are one record"), hint));
    }
    if id == other_id {
        let links = path(&found.links, a, b);
        return Ok(Answer::One { pair, id, links });
    }
    let is_it = |link: &&Link| (&link.a == a && &link.b == b) || (&link.a == b && &link.b == a);
    Ok(Answer::Two {
        pair,
        ids: [id, other_id],
        possible: found.possible.iter().find(is_it),
        parted: None,
    })
}

/// The record that is called so: `SOURCE:KEY`, or a key that one source has.
fn record<'a>(
    found: &'a Resolution,
    project: &Project,
    what: &str,
) -> Result<Option<(&'a Record, &'a str)>, NotFound> {
    let parts = what.split_once(':');
    let label = |source: &str| {
        let sources = project.pipeline().sources.iter();
        let mut sources = sources.filter(|s| s.name.value == source);
        sources.next().map(|s| s.label.clone())
    };
    let is_meant = |record: &Record| {
        let full = parts.is_some_and(|(source, key)| {
            record.key == key
                && (record.source == source || label(&record.source).as_deref() == Some(source))
        });
        full || record.key == what
    };
    let mut all = found.members.iter().filter(|(record, _)| is_meant(record));
    let Some((first, id)) = all.next() else {
        return Ok(None);
    };
    let others = all.map(|(record, _)| record.name());
    let mut names: Vec<String> = std::iter::once(first.name()).chain(others).collect();
    names.dedup();
    if names.len() > 1 {
        let names: Vec<String> = names
            .iter()
            .take(10)
            .map(|name| format!("`{name}`"))
            .collect();
        let hint = format!("say which: {}", names.join(", "));
        return Err((format!("several sources have a record `{what}`"), hint));
    }
    Ok(Some((first, id.as_str())))
}

fn not_found(found: &Resolution, what: &str) -> NotFound {
    let hint = match found.members.first() {
        Some((record, id)) => format!(
            "a customer is called `{id}`, and a record `{}`",
            record.name()
        ),
        None => format!("`{}` has no records", found.table),
    };
    (format!("there is no {what} in `{}`", found.table), hint)
}

/// Reads the values of some records.
fn values(
    project: &Project,
    found: &Resolution,
    asked: Folders<'_>,
    records: &[&Record],
) -> anyhow::Result<Result<Values, Error>> {
    let wanted: HashSet<&Record> = records.iter().copied().collect();
    let mut names: Vec<&str> = wanted.iter().map(|record| record.source.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let sources = &project.pipeline().sources;
    let key = |name: &str| sources.iter().find(|s| s.name.value == name)?.key.as_ref();
    let looks = names.iter().map(|name| {
        let keys = wanted.iter().filter(|record| record.source == **name);
        let mut keys: Vec<&str> = keys.map(|record| record.key.as_str()).collect();
        keys.sort_unstable();
        keys.dedup();
        // Rows without a key are told by their number: all are read.
        let row = format!("{name}:");
        let is_by_row = keys.iter().any(|key| key.starts_with(&row));
        let filter = key(name).filter(|_| !is_by_row).map(|column| {
            let list: Vec<String> = keys
                .iter()
                .map(|key| format!("'{}'", key.replace('\'', "''")))
                .collect();
            format!(
                "CAST(\"{}\" AS VARCHAR) IN ({})",
                column.value.replace('"', "\"\""),
                list.join(", ")
            )
        });
        (*name, filter)
    });
    let looks: Vec<(&str, Option<String>)> = looks.collect();
    let looks: Vec<(&str, Option<&str>)> = looks
        .iter()
        .map(|(name, filter)| (*name, filter.as_deref()))
        .collect();
    let read = match tables(project, asked, &looks)? {
        Ok(read) => read,
        Err(error) => return Ok(Err(error)),
    };
    /// Rows of a source by key, the last first.
    type ByKey = HashMap<String, Vec<BTreeMap<String, String>>>;
    let mut rows: HashMap<&str, ByKey> = HashMap::new();
    for table in &read {
        let of_table = rows.entry(table.table.as_str()).or_default();
        let place = key(&table.table)
            .and_then(|key| table.columns.iter().position(|name| *name == key.value));
        for (number, row) in table.rows.iter().enumerate().rev() {
            let of_key = place.and_then(|place| row.get(place).cloned().flatten());
            let of_key = of_key.unwrap_or_else(|| format!("{}:{}", table.table, number + 1));
            let cells = table.columns.iter().zip(row);
            let cells = cells.filter_map(|(name, cell)| Some((name.clone(), cell.clone()?)));
            of_table.entry(of_key).or_default().push(cells.collect());
        }
    }
    // Records of one key come in the order of their rows.
    let mut values = Values::new();
    for (record, _) in &found.members {
        let of_source = rows.get_mut(record.source.as_str());
        let of_key = of_source.and_then(|rows| rows.get_mut(&record.key));
        if let Some(row) = of_key.and_then(Vec::pop)
            && wanted.contains(record)
        {
            values.insert(record.clone(), row);
        }
    }
    Ok(Ok(values))
}
