//! Which columns of which tables name a customer, as the pipeline says.
//!
//! A column does so where
//! 1. it has the name of the column of ids;
//! 2. a source declares it as an e-mail address, telephone number or UUID;
//! 3. a step joins it with a column of what the customer consists of: the table of customers, its members, the tables of their records,
//!    and tables that have the rows of one of these, one by one;
//! 4. it has the name of such a column in a table from which, or to which, its table carries rows on.
//!
//! A table whose rows are carried on, one by one, into another table of the kind is left out: the same row would be told twice.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use onefold_spec::model::{Column, Pipeline, Step, Table};

/// A table with rows about customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) table: String,
    /// Columns that name the customer, each with what it is compared with.
    pub(super) columns: Vec<(String, Vec<With>)>,
    /// The column of times that a step names.
    pub(super) time: Option<String>,
}

/// With which values of a customer a column is compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum With {
    /// The id.
    Id,
    /// All values that identify somebody.
    Identifying,
    /// The values of a column in the customer's rows of a table.
    Column { table: String, column: String },
}

/// What is asked, of which tables.
pub(super) struct Asked<'a> {
    /// The `resolve` table.
    pub(super) table: &'a str,
    pub(super) id_column: &'a str,
    /// The tables of its records.
    pub(super) inputs: &'a [&'a str],
    /// Columns that some source declares as identifying.
    pub(super) identifying: &'a [String],
    /// Columns of each table that the run has left.
    pub(super) columns: &'a HashMap<String, Vec<String>>,
}

impl Asked<'_> {
    fn has(&self, table: &str, column: &str) -> bool {
        let columns = self.columns.get(table);
        columns.is_some_and(|columns| columns.iter().any(|known| known == column))
    }
}

/// Columns by table and name, with what each is compared with.
type Named = BTreeMap<(String, String), BTreeSet<With>>;

/// The tables with rows about customers, by name.
pub(super) fn references(pipeline: Option<&Pipeline>, asked: &Asked<'_>) -> Vec<Reference> {
    let steps: &[Table] = pipeline.map_or(&[], |pipeline| &pipeline.tables);
    let own = own(steps, asked);
    let mut named = by_name(&own, asked);
    for (left, right) in steps.iter().flat_map(joined) {
        for (one, other) in [(&left, &right), (&right, &left)] {
            if own.contains(&one.0) && !own.contains(&other.0) {
                let with = With::Column {
                    table: one.0.clone(),
                    column: one.1.clone(),
                };
                named.entry(other.clone()).or_default().insert(with);
            }
        }
    }
    carry_on(steps, &own, asked, &mut named);
    let mut found: BTreeMap<String, Vec<(String, Vec<With>)>> = BTreeMap::new();
    for ((table, column), with) in named {
        if asked.has(&table, &column) {
            let columns = found.entry(table).or_default();
            columns.push((column, with.into_iter().collect()));
        }
    }
    let again = told_again(steps, &found);
    let found = found
        .into_iter()
        .filter(|(table, _)| !again.contains(table));
    let reference = |(table, columns): (String, Vec<_>)| Reference {
        time: time(steps, &table, asked),
        table,
        columns,
    };
    found.map(reference).collect()
}

/// What a customer consists of: tables whose rows are customers or their records. Records come from tables before, customers go on to
/// tables behind.
fn own(steps: &[Table], asked: &Asked<'_>) -> HashSet<String> {
    let mut before: HashSet<&str> = asked.inputs.iter().copied().collect();
    let mut behind: HashSet<&str> = HashSet::from([asked.table]);
    // Tables may stand in any order; each round goes one step further.
    for _ in steps {
        for table in steps {
            let name = table.name.value.as_str();
            if before.contains(name) {
                before.extend(row_by_row(table));
            }
            if row_by_row(table).iter().any(|input| behind.contains(input)) {
                behind.insert(name);
            }
        }
    }
    let all = before.into_iter().chain(behind).map(str::to_owned);
    all.chain([format!("{}.members", asked.table)]).collect()
}

/// The tables whose rows a step carries on, one by one.
fn row_by_row(table: &Table) -> Vec<&str> {
    match &table.step {
        Step::From(from) => vec![&from.value],
        Step::Dedupe(dedupe) => vec![&dedupe.from.value],
        Step::Join(join) => vec![&join.from.value],
        Step::AsofJoin(asof) => vec![&asof.left.value],
        Step::Union(tables) => tables.iter().map(|table| table.value.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// Columns that a step carries on under their names: from which table, to which, and which columns; `None`: all.
fn carried(table: &Table) -> Vec<(&str, String, Option<Vec<&str>>)> {
    let to = table.name.value.clone();
    match &table.step {
        Step::Sessionize(step) => {
            let by = step.by.iter().map(|name| name.value.as_str()).collect();
            vec![(&step.from.value, to, Some(by))]
        }
        Step::Aggregate(step) => {
            let by = step.by.iter().map(|name| name.value.as_str()).collect();
            vec![(&step.from.value, to, Some(by))]
        }
        _ => row_by_row(table)
            .into_iter()
            .map(|from| (from, to.clone(), None))
            .collect(),
    }
}

/// Columns that are known by their name.
fn by_name(own: &HashSet<String>, asked: &Asked<'_>) -> Named {
    let mut named = Named::new();
    for (table, columns) in asked.columns {
        // What stands beside a table tells of its rows, or has them once more.
        if own.contains(table) || table.contains('.') {
            continue;
        }
        for column in columns {
            let with = match column {
                column if column == asked.id_column => With::Id,
                column if asked.identifying.contains(column) => With::Identifying,
                _ => continue,
            };
            let place = (table.clone(), column.clone());
            named.entry(place).or_default().insert(with);
        }
    }
    named
}

type Pair = ((String, String), (String, String));

/// Columns that a step compares: table and column on both sides.
fn joined(table: &Table) -> Vec<Pair> {
    let pair =
        |left: &str,
         right: &str,
         on: &(onefold_spec::Spanned<String>, onefold_spec::Spanned<String>)| {
            (
                (left.to_owned(), on.0.value.clone()),
                (right.to_owned(), on.1.value.clone()),
            )
        };
    match &table.step {
        Step::Join(join) => {
            let lookups = join.lookups.iter();
            let pairs = lookups.flat_map(|lookup| {
                lookup
                    .on
                    .iter()
                    .map(|on| pair(&join.from.value, &lookup.table.value, on))
            });
            pairs.collect()
        }
        Step::AsofJoin(asof) => {
            let pairs = asof.by.iter();
            pairs
                .map(|on| pair(&asof.left.value, &asof.right.value, on))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Follows columns to the tables that have them too: where rows come from, and where they go.
fn carry_on(steps: &[Table], own: &HashSet<String>, asked: &Asked<'_>, named: &mut Named) {
    let size = |named: &Named| named.values().map(|with| with.len() + 1).sum::<usize>();
    let mut before = 0;
    // Each round goes one step further, until there is nothing new.
    while before != size(named) {
        before = size(named);
        for table in steps {
            for (from, to, by) in carried(table) {
                for (one, other) in [(from, to.as_str()), (to.as_str(), from)] {
                    let known = named.iter().filter(|((of, _), _)| of == one);
                    let known: Vec<(String, BTreeSet<With>)> = known
                        .map(|((_, column), with)| (column.clone(), with.clone()))
                        .collect();
                    for (column, with) in known {
                        let is_carried = by.as_ref().is_none_or(|by| by.contains(&column.as_str()));
                        let is_there = asked.has(other, &column) && !own.contains(other);
                        if is_carried && is_there && is_named(table, &column) {
                            named
                                .entry((other.to_owned(), column))
                                .or_default()
                                .extend(with);
                        }
                    }
                }
            }
        }
    }
}

/// Whether the `select` of a table leaves a column as it is.
fn is_named(table: &Table, column: &str) -> bool {
    let leaves = |one: &Column| match one {
        Column::All(_) => true,
        Column::Named { name, sql } => {
            name.value == column && sql.value.trim_matches('"') == column
        }
    };
    let redefines = |one: &Column| match one {
        Column::All(_) => false,
        Column::Named { name, sql } => {
            name.value == column && sql.value.trim_matches('"') != column
        }
    };
    table.select.is_empty()
        || (table.select.iter().any(leaves) && !table.select.iter().any(redefines))
}

/// The tables whose rows another table of the kind tells of again.
fn told_again(
    steps: &[Table],
    found: &BTreeMap<String, Vec<(String, Vec<With>)>>,
) -> HashSet<String> {
    let mut again = HashSet::new();
    for table in steps {
        if found.contains_key(&table.name.value) {
            again.extend(row_by_row(table).into_iter().map(str::to_owned));
        }
    }
    again
}

/// The column of times of a table that a step names.
fn time(steps: &[Table], name: &str, asked: &Asked<'_>) -> Option<String> {
    let named = steps.iter().find_map(|table| match &table.step {
        Step::Sessionize(step) if step.from.value == name => Some(&step.time.value),
        Step::AsofJoin(asof) if asof.left.value == name || table.name.value == name => {
            Some(&asof.left_on.value)
        }
        _ => None,
    });
    named.filter(|column| asked.has(name, column)).cloned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const PIPELINE: &str = "
sources:
  crm: {path: crm.csv, key: id, fields: {id: text, email: email, city: text}}
  events: {path: events.csv, fields: {user: text, at: timestamp, city: text}}
  orders: {path: orders.csv, fields: {order: text, email: email, on_day: date}}
  bridge: {path: bridge.csv, fields: {email: email, account: text}}
  payments: {path: payments.csv, fields: {account_no: text, paid: timestamp}}
tables:
  clean: {dedupe: {from: crm, by: id}}
  people: {resolve: {from: clean, match: email, id: {name: customer}}}
  known: {join: {from: people, left: [{table: bridge, on: email, expect: one}]}}
  paid: {join: {from: payments, left: [{table: known, on: {left: account_no, right: account}, expect: first}]}}
  known_events: {join: {from: events, left: [{table: people.members, on: {left: user, right: record_key}, expect: first}]}}
  visits: {sessionize: {from: events, by: user, time: at, gap: 30m}}
  by_city: {aggregate: {from: clean, by: city, columns: {n: count(*)}}}
outputs: [{table: people, path: p.csv}]
";

    fn told(pipeline: Option<&Pipeline>) -> Vec<String> {
        let tables = [
            ("crm", "id email city"),
            ("crm.rejects", "line email"),
            ("events", "user at city"),
            ("orders", "order email on_day"),
            ("bridge", "email account"),
            ("payments", "account_no paid"),
            ("clean", "id email city"),
            ("people", "customer id email city"),
            ("people.members", "customer source record_key"),
            ("people.links", "customer record_key"),
            ("known", "customer id email city account"),
            ("paid", "account_no paid customer email"),
            ("known_events", "user at city customer source"),
            ("visits", "user session_start"),
            ("by_city", "city n"),
        ];
        let columns = tables.map(|(name, columns)| {
            let columns = columns.split(' ').map(str::to_owned).collect();
            (name.to_owned(), columns)
        });
        let asked = Asked {
            table: "people",
            id_column: "customer",
            inputs: &["clean"],
            identifying: &["email".to_owned()],
            columns: &HashMap::from(columns),
        };
        let told = references(pipeline, &asked).into_iter().map(|reference| {
            let columns: Vec<String> = reference
                .columns
                .iter()
                .map(|(name, _)| name.clone())
                .collect();
            let time = reference
                .time
                .map_or_else(String::new, |time| format!(" at {time}"));
            format!("{}: {}{time}", reference.table, columns.join(", "))
        });
        told.collect()
    }

    #[test]
    fn tables_are_found_by_the_joins_of_the_plan() {
        let loaded = onefold_spec::load(PIPELINE, Path::new("p.yaml"), &|_| None);
        let loaded = loaded.unwrap_or_else(|wrong| panic!("{wrong:?}"));
        // Rows of `events` are told by `known_events`; `by_city` counts people and names none.
        assert_eq!(
            told(Some(&loaded.pipeline)),
            [
                "bridge: email",
                "known_events: customer, user",
                "orders: email",
                "paid: account_no, customer, email",
                "visits: user",
            ]
        );
    }

    #[test]
    fn without_a_plan_the_id_tells() {
        let told = told(None);
        assert!(
            told.contains(&"known_events: customer".to_owned()),
            "{told:?}"
        );
        assert!(told.iter().all(|one| !one.contains("user")), "{told:?}");
    }
}
