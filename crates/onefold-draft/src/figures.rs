//! What the transactions of each customer come to, and the customers with it.

use std::collections::HashSet;

use crate::guess::Kind;
use crate::meeting::Meeting;
use crate::people::People;
use crate::source::{Class, Field, Source, free, plain_name};
use crate::table::{Table, lookup};
use crate::words;
use crate::written::{column, expression};

/// A table of customers, and the figures that it looks up.
struct Customers {
    table: String,
    lines: Vec<String>,
    reads: Vec<String>,
}

/// Adds a table of figures for each source of transactions, and one of the customers with all figures.
pub(crate) fn figures(
    sources: &[Source],
    meetings: &[Meeting],
    people: Option<&People>,
    tables: &mut Vec<Table>,
    taken: &mut HashSet<String>,
) {
    let mut all: Vec<Customers> = Vec::new();
    for (number, source) in sources
        .iter()
        .enumerate()
        .filter(|(_, s)| s.class == Class::Transactions)
    {
        let Some(summed) = summed(sources, number, source, meetings, people) else {
            continue;
        };
        let from = match summed.is_of_wide {
            true => format!("{}_wide", source.name),
            false => source.name.clone(),
        };
        let Some(sums) = aggregate(source, &from, &summed.by, taken) else {
            continue;
        };
        if let Some((table, key)) = summed.customers {
            widen(
                &mut all,
                &table,
                lookup(&sums.name, &key, &summed.by, true),
                &sums.name,
            );
        }
        tables.push(sums);
    }
    for customers in all {
        let name = free(taken, &format!("{}_with_figures", customers.table));
        taken.insert(name.clone());
        let table = customers.table;
        let head = [
            "join:".to_owned(),
            format!("  from: {table}"),
            "  left:".to_owned(),
        ];
        tables.push(Table {
            said: Some(format!("`{name}` has each of {table} with its figures")),
            name,
            notes: Vec::new(),
            lines: head.into_iter().chain(customers.lines).collect(),
            reads: [vec![table], customers.reads].concat(),
            is_helper: false,
        });
    }
}

/// By what transactions are summed up.
struct Summed {
    by: String,
    /// The column is not in the source but in what it is joined to.
    is_of_wide: bool,
    /// The table of those who are meant, and its key.
    customers: Option<(String, String)>,
}

fn summed(
    sources: &[Source],
    number: usize,
    source: &Source,
    meetings: &[Meeting],
    people: Option<&People>,
) -> Option<Summed> {
    let owner = source.owner();
    let met = owner.and_then(|owner| {
        let mut of_owner = meetings.iter().filter(|m| m.left.0 == number);
        of_owner.find_map(|meeting| {
            let [(_, field), (other, key)] = meeting.ends(sources)?;
            let is_person = other.class == Class::People
                || other
                    .key
                    .and_then(|k| other.fields.get(k))
                    .is_some_and(|k| k.name == key.name);
            (field.name == owner.name && is_person).then_some((meeting, other, key))
        })
    });
    let resolved = |number: usize| people.filter(|people| people.from.contains(&number));
    match (met, owner) {
        (Some((meeting, other, key)), Some(owner)) => Some(match resolved(meeting.right.0) {
            Some(people) => Summed {
                by: people.id.clone(),
                is_of_wide: true,
                customers: Some((people.table.clone(), people.id.clone())),
            },
            None => Summed {
                by: owner.name.clone(),
                is_of_wide: false,
                customers: Some((other.name.clone(), key.name.clone())),
            },
        }),
        (_, Some(owner)) => Some(Summed {
            by: owner.name.clone(),
            is_of_wide: false,
            customers: None,
        }),
        // Guests are known by their e-mail address.
        (_, None) => {
            let email = source.of_kind(Kind::Email)?;
            let table = people.map(|people| people.table.clone());
            let with = match people {
                Some(people) => people
                    .from
                    .iter()
                    .filter_map(|n| sources.get(*n))
                    .find_map(|s| s.of_kind(Kind::Email)),
                None => None,
            };
            Some(Summed {
                by: email.name.clone(),
                is_of_wide: false,
                customers: table.zip(with.map(|field| field.name.clone())),
            })
        }
    }
}

fn widen(all: &mut Vec<Customers>, table: &str, line: String, reads: &str) {
    match all.iter_mut().find(|known| known.table == table) {
        Some(known) => {
            known.lines.push(line);
            known.reads.push(reads.to_owned());
        }
        None => all.push(Customers {
            table: table.to_owned(),
            lines: vec![line],
            reads: vec![reads.to_owned()],
        }),
    }
}

/// A row a customer: how many transactions, how much, from when to when.
fn aggregate(source: &Source, from: &str, by: &str, taken: &mut HashSet<String>) -> Option<Table> {
    let (amount, time) = (source.amount()?, source.time()?);
    let stem = plain_name(&source.name);
    let price = words::words(&amount.name)
        .iter()
        .any(|word| matches!(word.as_str(), "price" | "preis" | "unit"));
    let is_quantity = |f: &Field| {
        let words = words::words(&f.name);
        f.guess.kind == Kind::Integer
            && words
                .iter()
                .any(|w| matches!(w.as_str(), "quantity" | "qty" | "menge" | "anzahl"))
    };
    let total = match source.find(is_quantity).filter(|_| price) {
        Some(quantity) => format!("sum({} * {})", column(&quantity.name), column(&amount.name)),
        None => format!("sum({})", column(&amount.name)),
    };
    let when = column(&time.name);
    let name = free(taken, &format!("{stem}_by_{by}"));
    taken.insert(name.clone());
    let line = |name: String, sql: String| format!("    {name}: {}", expression(&sql));
    Some(Table {
        notes: vec!["rows without one are counted in a row of their own".to_owned()],
        lines: vec![
            "aggregate:".to_owned(),
            format!("  from: {from}"),
            format!("  by: {by}"),
            "  columns:".to_owned(),
            line(format!("{stem}_count"), "count(*)".to_owned()),
            line(format!("{stem}_total"), total),
            line(format!("{stem}_first"), format!("min({when})")),
            line(format!("{stem}_last"), format!("max({when})")),
        ],
        reads: vec![from.to_owned()],
        is_helper: false,
        said: Some(format!(
            "{} adds up for each `{by}` in `{name}`",
            source.name
        )),
        name,
    })
}
