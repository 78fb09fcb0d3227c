//! Why records are one customer, or may be: their values side by side, and what each comparison adds to the evidence.

mod difference;
mod links;
mod waterfall;

use maud::{Markup, html};
use onefold_engine::browse::{Condition, Member, Operator, Table, View};

use crate::app::App;
use crate::failure::Failure;
use crate::text::named;
use difference::difference;

pub(crate) use links::{Linked, links};
pub(crate) use waterfall::{Reason, Weights, percent, probability, waterfall};

/// A record, as it stands beside others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// What it is called: source and key.
    pub(crate) name: String,
    /// Fields with their values, in the order of its table.
    pub(crate) fields: Vec<(String, Option<String>)>,
    /// The table that it is of, and what that calls it.
    pub(crate) called: (String, String),
    /// The field that holds its key; `None`: it has no key by which it is known again.
    pub(crate) key: Option<String>,
    /// Others of its table have the same key: it may be one of them.
    pub(crate) is_one_of_several: bool,
}

impl Record {
    /// A record of a customer. `key` is the column of the keys of its table.
    pub(crate) fn of(member: &Member, key: Option<&str>) -> Self {
        let is_own = |(field, value): &&(String, Option<String>)| {
            Some(field.as_str()) == key && value.as_deref() == Some(member.record_key.as_str())
        };
        let own = member.values.iter().find(is_own);
        Self {
            name: member.name(),
            fields: member.values.clone(),
            called: (member.source.clone(), member.record_key.clone()),
            key: own.map(|(field, _)| field.clone()),
            is_one_of_several: false,
        }
    }

    /// Why nobody can decide on it. Its place tells it where its name is hidden.
    pub(crate) fn obstacle(&self, place: usize, is_hidden: bool) -> Option<String> {
        let name = match is_hidden {
            true => format!("Record {}", place + 1),
            false => self.name.clone(),
        };
        match &self.key {
            None => Some(format!(
                "{name} has no key, so the next run could not find it again. Give its source a `key`, and each record a value in it."
            )),
            Some(_) if self.is_one_of_several => Some(format!(
                "{name} shares its key with other records, so a decision could mean any of them. Give each record a key of its own."
            )),
            Some(_) => None,
        }
    }

    /// The same without its key, which tells its source.
    pub(crate) fn masked(&self) -> Self {
        let mut masked = self.clone();
        let fields = &mut masked.fields;
        fields.retain(|(field, _)| Some(field) != self.key.as_ref());
        masked
    }
}

/// The record of a table of a run that a `resolve` calls by this key. `key` is the column of the keys; a record without a value there is
/// called `TABLE:ROW`.
pub(crate) fn record(
    app: &App,
    run: &str,
    (name, key): (&str, Option<&str>),
    called: &str,
) -> Result<Option<Record>, Failure> {
    if !app.has_left(run, name)? {
        return Ok(None);
    }
    let table = app.table(run, name)?;
    if let Some(column) = key {
        let condition = Condition {
            column: column.to_owned(),
            operator: Operator::Is,
            values: vec![Some(called.to_owned())],
        };
        // A name that is no value of the column's type is that of a row.
        if let Ok(view) = table.view(&[condition], &[])
            && let Some(found) = at(&table, &view, 0)?
        {
            return Ok(Some(Record {
                name: named(name, called),
                called: (name.to_owned(), called.to_owned()),
                fields: found,
                key: key.map(str::to_owned),
                is_one_of_several: view.rows() > 1,
            }));
        }
    }
    let row = called
        .strip_prefix(name)
        .and_then(|row| row.strip_prefix(':'));
    let row = row.and_then(|row| row.parse::<u64>().ok()?.checked_sub(1));
    match row {
        Some(row) => record_at(app, run, (name, key), row),
        None => Ok(None),
    }
}

/// The record in a row of a table of a run, from 0.
pub(crate) fn record_at(
    app: &App,
    run: &str,
    (name, key): (&str, Option<&str>),
    row: u64,
) -> Result<Option<Record>, Failure> {
    if !app.has_left(run, name)? {
        return Ok(None);
    }
    let table = app.table(run, name)?;
    let found = at(&table, &table.view(&[], &[])?, row)?;
    Ok(found.map(|fields| {
        let mut keys = fields
            .iter()
            .filter(|(field, _)| Some(field.as_str()) == key);
        let called = keys.next().and_then(|(_, value)| value.clone());
        let key = called.as_ref().and(key).map(str::to_owned);
        let called = called.unwrap_or_else(|| format!("{name}:{}", row + 1));
        Record {
            name: named(name, &called),
            called: (name.to_owned(), called),
            key,
            fields,
            is_one_of_several: false,
        }
    }))
}

/// Why two records are linked in a run; empty where no link joins the two directly.
pub(crate) fn reasons(
    app: &App,
    (run, table): (&str, &str),
    a: (&str, &str),
    b: (&str, &str),
) -> Result<Vec<Reason>, Failure> {
    let name = format!("{table}.links");
    if !app.has_left(run, &name)? {
        return Ok(Vec::new());
    }
    let links = app.table(run, &name)?;
    let is = |column: &str, value: &str| Condition {
        column: column.to_owned(),
        operator: Operator::Is,
        values: vec![Some(value.to_owned())],
    };
    for ((source, key), (linked_source, linked_key)) in [(a, b), (b, a)] {
        let conditions = [
            is("record_key", key),
            is("source", source),
            is("linked_key", linked_key),
            is("linked_source", linked_source),
        ];
        let view = links.view(&conditions, &[])?;
        if let Some(fields) = at(&links, &view, 0)? {
            let value = |name: &str| {
                let mut fields = fields.iter().filter(|(field, _)| field == name);
                fields.next().and_then(|(_, value)| value.clone())
            };
            return Ok(Reason::all(value));
        }
    }
    Ok(Vec::new())
}

/// The fields of a row of a view, if there is such a row.
fn at(table: &Table, view: &View, row: u64) -> Result<Option<Fields>, Failure> {
    let columns: Vec<usize> = (0..table.columns().len()).collect();
    let found = table.page(view, &columns, row, 1)?.pop();
    let names = table.columns().iter().map(|column| column.name.clone());
    Ok(found.map(|values| names.zip(values).collect()))
}

type Fields = Vec<(String, Option<String>)>;

/// Records side by side, one row a field: what differs is marked, what is equal is muted, what is missing says so. Where there are more than
/// two, each is held against the first that has a value. `hides_names` leaves out which records they are.
pub(crate) fn beside(records: &[Record], hides_names: bool) -> Markup {
    let mut fields: Vec<&str> = Vec::new();
    for (field, _) in records.iter().flat_map(|record| &record.fields) {
        if !fields.contains(&field.as_str()) {
            fields.push(field);
        }
    }
    html! {
        div.scroll tabindex="0" role="group" aria-label="Records side by side" {
            table.list.beside {
                thead { tr {
                    th scope="col" { "Field" }
                    @for (place, record) in records.iter().enumerate() {
                        th scope="col" {
                            @if hides_names { "Record " (place + 1) } @else { (record.name) }
                        }
                    }
                } }
                tbody { @for field in fields { (row(field, records)) } }
            }
        }
    }
}

fn row(field: &str, records: &[Record]) -> Markup {
    let value = |record: &Record| {
        let mut fields = record.fields.iter();
        let found = fields.find(|(known, _)| known == field);
        let value = found.and_then(|(_, value)| value.clone());
        value.filter(|value| !value.is_empty())
    };
    let values: Vec<Option<String>> = records.iter().map(value).collect();
    let known: Vec<&String> = values.iter().flatten().collect();
    let first = known.first().copied();
    let is_equal = known.len() == values.len() && known.iter().all(|value| Some(*value) == first);
    let other = known.iter().find(|value| Some(**value) != first).copied();
    html! {
        tr class=[is_equal.then_some("same")] {
            th scope="row" { (field) @if is_equal { span.hidden { ", equal" } } }
            @for value in &values {
                td {
                    @match (value, first) {
                        (None, _) => span.missing { "missing" },
                        (Some(value), Some(first)) if value != first => (marked(value, first)),
                        // Of two, each is held against the other.
                        (Some(value), _) => @match other {
                            Some(other) if records.len() == 2 => (marked(value, other)),
                            _ => (value),
                        },
                    }
                }
            }
        }
    }
}

/// A value with what another one lacks marked.
fn marked(value: &str, other: &str) -> Markup {
    let [pieces, _] = difference(value, other);
    html! {
        @for (text, differs) in &pieces {
            @if *differs { mark { (seen(text)) } } @else { (text) }
        }
        @if pieces.iter().any(|(_, differs)| *differs) { span.hidden { ", differs" } }
    }
}

/// A text with the signs that nobody sees written as what they are: only they tell two values apart.
fn seen(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{ad}'
            | '\u{a0}' => {
                out += &format!("<U+{:04X}>", u32::from(sign));
            }
            sign if sign.is_control() => out += &format!("<U+{:04X}>", u32::from(sign)),
            sign => out.push(sign),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, fields: &[(&str, Option<&str>)]) -> Record {
        let fields = fields.iter();
        let fields = fields.map(|(field, value)| ((*field).to_owned(), value.map(str::to_owned)));
        Record {
            name: name.to_owned(),
            fields: fields.collect(),
            called: (String::new(), String::new()),
            key: None,
            is_one_of_several: false,
        }
    }

    #[test]
    fn equal_differing_and_missing_values_are_told_apart() {
        let records = [
            record(
                "crm:1",
                &[
                    ("name", Some("Ann")),
                    ("city", Some("Rome")),
                    ("phone", None),
                ],
            ),
            record(
                "shop:2",
                &[
                    ("name", Some("Anne")),
                    ("city", Some("Rome")),
                    ("note", Some("x")),
                ],
            ),
        ];
        let text = beside(&records, false).into_string();
        assert!(
            text.contains(
                "<tr><th scope=\"row\">name</th><td>Ann</td><td>Ann<mark>e</mark><span class=\"hidden\">, differs</span></td></tr>"
            ),
            "{text}"
        );
        assert!(
            text.contains("<tr class=\"same\"><th scope=\"row\">city"),
            "{text}"
        );
        assert!(
            text.contains("<td><span class=\"missing\">missing</span></td><td>x</td>"),
            "{text}"
        );
        assert!(text.contains("crm:1") && text.contains("shop:2"));
        let blind = beside(&records, true).into_string();
        assert!(
            !blind.contains("crm:1") && blind.contains("Record 2"),
            "{blind}"
        );
    }

    #[test]
    fn of_many_each_is_held_against_the_first_that_is_known() {
        let records = [
            record("a:1", &[("name", None)]),
            record("a:2", &[("name", Some("Ann"))]),
            record("a:3", &[("name", Some("Anna"))]),
        ];
        let text = beside(&records, false).into_string();
        assert!(
            text.contains(
                "<td>Ann</td><td>Ann<mark>a</mark><span class=\"hidden\">, differs</span></td>"
            ),
            "{text}"
        );
    }

    #[test]
    fn values_are_text_and_what_nobody_sees_is_shown() {
        let records = [
            record("a:1", &[("name", Some("<script>"))]),
            record("a:2", &[("name", Some("<script>\u{200b}"))]),
        ];
        let text = beside(&records, false).into_string();
        assert!(!text.contains("<script>"), "{text}");
        assert!(text.contains("<mark>&lt;U+200B&gt;</mark>"), "{text}");
    }
}
