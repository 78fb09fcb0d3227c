//! What the sources have to do with each other: people, keys that meet, sessions of events, figures of each customer.

use std::collections::{HashMap, HashSet};

use crate::figures::figures;
use crate::meeting::{Meeting, meetings};
use crate::people::{self, People};
use crate::source::{Class, Source, free};
use crate::table::{Table, lookup};
use crate::words::Role;
use crate::written::counted;

/// Drafts the tables.
pub(crate) fn tables(sources: &mut [Source]) -> Vec<Table> {
    let mut taken: HashSet<String> = sources.iter().map(|source| source.name.clone()).collect();
    let mut tables = Vec::new();
    let mut customers = None;
    if let Some((people, table)) = people::resolve(sources, &mut taken) {
        tables.push(table);
        customers = Some(people);
    }
    let meetings = meetings(sources);
    // A record of a person is called by the key that others know it by.
    for meeting in &meetings {
        let (number, field) = meeting.right;
        if let Some(source) = sources
            .get_mut(number)
            .filter(|source| source.class == Class::People)
        {
            source.key = Some(field);
        }
    }
    let mut sessions: HashMap<usize, Vec<Table>> = HashMap::new();
    for (number, source) in sources.iter_mut().enumerate() {
        if source.class == Class::Events {
            sessions.insert(number, self::sessions(source, &mut taken));
        }
    }
    let sources: &[Source] = sources;
    let mut wide = Wide {
        sources,
        meetings: &meetings,
        customers: customers.as_ref(),
        members: HashMap::new(),
    };
    for number in 0..sources.len() {
        tables.extend(sessions.remove(&number).unwrap_or_default());
        tables.extend(wide.tables(number, &mut taken));
    }
    figures(
        sources,
        &meetings,
        customers.as_ref(),
        &mut tables,
        &mut taken,
    );
    tables
}

/// Sessions of events; before them the events without those that are there twice.
fn sessions(source: &mut Source, taken: &mut HashSet<String>) -> Vec<Table> {
    let (Some(time), owner) = (source.time(), source.owner()) else {
        return Vec::new();
    };
    let session = source.of_role(Role::Session);
    let (by, gap, note) = match (owner, session) {
        (Some(owner), _) => (
            owner,
            "30m",
            "a visit ends after half an hour without an event",
        ),
        (None, Some(session)) => (session, "none", "a row a session"),
        (None, None) => return Vec::new(),
    };
    // Of files that became others in between, the time belongs to those that name somebody.
    let beside = match source.forms {
        0 | 1 => None,
        _ => source.time_beside(by),
    };
    let (who, when) = (by.name.clone(), beside.unwrap_or(time).name.clone());
    let counts = format!(
        "{} by {}",
        counted(source.rows, "event"),
        counted(by.values.len(), "value")
    );
    for name in [&who, &when] {
        source.need(name);
    }
    let mut own_name = |end: &str| {
        let name = free(taken, &format!("{}_{end}", source.name));
        taken.insert(name.clone());
        name
    };
    let mut made = Vec::new();
    let mut from = source.name.clone();
    if source.repeated > 0 {
        let fields = source.fields.iter().map(|field| field.name.as_str());
        let fields: Vec<&str> = fields.collect();
        let name = own_name("once");
        made.push(Table {
            notes: vec![format!(
                "{} {} the same in every field as an earlier one",
                counted(source.repeated, "event"),
                if source.repeated == 1 { "is" } else { "are" }
            )],
            lines: vec![format!(
                "dedupe: {{from: {from}, by: [{}]}}",
                fields.join(", ")
            )],
            reads: vec![from],
            is_helper: true,
            said: Some(format!(
                "{} that are there twice count once in `{name}`",
                source.name
            )),
            name: name.clone(),
        });
        from = name;
    }
    let name = own_name("sessions");
    made.push(Table {
        notes: vec![format!("{counts} of `{who}`; {note}")],
        lines: vec![format!(
            "sessionize: {{from: {from}, by: {who}, time: {when}, gap: {gap}}}"
        )],
        reads: vec![from],
        is_helper: false,
        said: Some(format!("{} becomes sessions in `{name}`", source.name)),
        name,
    });
    made
}

/// Makes sources wider by what other sources say of their keys.
struct Wide<'s> {
    sources: &'s [Source],
    meetings: &'s [Meeting],
    customers: Option<&'s People>,
    /// The table that says which customer the records of a resolved source went into, by the number of the source.
    members: HashMap<usize, (String, String)>,
}

impl Wide<'_> {
    fn resolved(&self, number: usize) -> Option<&People> {
        self.customers
            .filter(|people| people.from.contains(&number))
    }

    /// The source with what is looked up; before it, what has to be made for that.
    fn tables(&mut self, number: usize, taken: &mut HashSet<String>) -> Vec<Table> {
        let Some(source) = self
            .sources
            .get(number)
            .filter(|_| self.resolved(number).is_none())
        else {
            return Vec::new();
        };
        let mut made = Vec::new();
        let mut lines = vec![
            "join:".to_owned(),
            format!("  from: {}", source.name),
            "  left:".to_owned(),
        ];
        let (mut notes, mut reads, mut said) = (Vec::new(), vec![source.name.clone()], Vec::new());
        for meeting in self
            .meetings
            .iter()
            .filter(|meeting| meeting.left.0 == number)
        {
            let Some([(_, field), (other, key)]) = meeting.ends(self.sources) else {
                continue;
            };
            if said.contains(&other.name) {
                continue;
            }
            let (table, key) = match self.resolved(meeting.right.0).cloned() {
                Some(people) => self.members(meeting.right.0, other, &people, taken, &mut made),
                None => (other.name.clone(), key.name.clone()),
            };
            lines.push(lookup(&table, &field.name, &key, other.is_whole));
            notes.extend(meeting.note(self.sources));
            reads.push(table);
            said.push(other.name.clone());
        }
        if said.is_empty() {
            return Vec::new();
        }
        let name = free(taken, &format!("{}_wide", source.name));
        taken.insert(name.clone());
        made.push(Table {
            said: Some(format!(
                "{} is joined with {} in `{name}`",
                source.name,
                said.join(" and ")
            )),
            name,
            notes,
            lines,
            reads,
            is_helper: false,
        });
        made
    }

    /// The table and the column in which a resolved source's records are found by their key.
    fn members(
        &mut self,
        number: usize,
        other: &Source,
        people: &People,
        taken: &mut HashSet<String>,
        made: &mut Vec<Table>,
    ) -> (String, String) {
        if let Some(known) = self.members.get(&number) {
            return known.clone();
        }
        let name = free(taken, &format!("{}_of_{}", people.table, other.name));
        taken.insert(name.clone());
        let columns: HashSet<String> = self
            .sources
            .iter()
            .flat_map(|s| s.fields.iter().map(|f| f.name.clone()))
            .collect();
        let key = free(&columns, "member_key");
        made.push(Table {
            name: name.clone(),
            notes: vec![format!(
                "the customer that each record of {} went into",
                other.name
            )],
            lines: vec![
                format!("from: {}.members", people.table),
                format!("where: \"source = '{}'\"", other.name),
                format!("select: [{}, {{{key}: record_key}}]", people.id),
            ],
            reads: vec![people.table.clone()],
            is_helper: true,
            said: None,
        });
        self.members.insert(number, (name.clone(), key.clone()));
        (name, key)
    }
}
