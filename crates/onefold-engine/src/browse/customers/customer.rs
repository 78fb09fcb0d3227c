//! One customer: the values with where each comes from, the records, and the links between them.

use super::{Customers, Fields, RECORD_KEY, SOURCE, objects, rows_with, value};
use crate::error::{Error, Kind};
use crate::fault;
use crate::places::record_name;

/// Most records of a customer that are read.
const MOST: usize = 1_000;

/// A customer.
#[derive(Debug)]
pub struct Customer {
    /// The id.
    pub id: String,
    /// The row of the table of customers; empty where its `where` has left the customer out.
    pub values: Fields,
    /// Each value, with where it comes from.
    pub golden: Vec<Golden>,
    /// The records, in the order of the member table; the first thousand of them.
    pub records: Vec<Member>,
    /// How many records there are.
    pub total: u64,
    /// The rows of `TABLE.provenance`; of a customer of one record there are none.
    pub provenance: Vec<Fields>,
    /// The rows of `TABLE.links`.
    pub links: Vec<Fields>,
}

/// A value of a customer.
#[derive(Debug, Clone)]
pub struct Golden {
    /// The field.
    pub field: String,
    /// The value; `None`: missing.
    pub value: Option<String>,
    /// Which of [`Customer::records`] it comes from, where that is known.
    pub record: Option<usize>,
    /// By which rule it was chosen, as `TABLE.provenance` calls it.
    pub rule: Option<String>,
}

/// A record of a customer.
#[derive(Debug, Clone)]
pub struct Member {
    /// The table that it was found in.
    pub source: String,
    /// Its key there.
    pub record_key: String,
    /// Number of its row there, from 0.
    pub row: u64,
    /// The file, where it is known and as it was.
    pub file: Option<String>,
    /// The line on which it begins, from 1.
    pub line: Option<u64>,
    /// Whether its values come first.
    pub kept: bool,
    /// Its values; none where the run has not kept its table.
    pub values: Fields,
    address: Option<u64>,
}

impl Member {
    /// `crm:17`
    pub fn name(&self) -> String {
        record_name(&self.source, &self.record_key)
    }

    /// Whether a row names this record in the columns of a source, a key and an address.
    fn is_in(&self, row: &Fields, [source, key, address]: [&str; 3]) -> bool {
        let told = value(row, address).and_then(|address| address.parse().ok());
        value(row, source) == Some(self.source.as_str())
            && value(row, key) == Some(self.record_key.as_str())
            && (self.address == told || self.address.is_none() || told.is_none())
    }
}

impl Customer {
    /// Which of the records a link is of, and which it leads to.
    pub fn ends(&self, link: &Fields) -> [Option<usize>; 2] {
        let end = |names: [&str; 3]| {
            self.records
                .iter()
                .position(|record| record.is_in(link, names))
        };
        [
            end([SOURCE, RECORD_KEY, "address"]),
            end(["linked_source", "linked_key", "linked_address"]),
        ]
    }
}

impl Customers {
    /// A customer by the id.
    ///
    /// # Errors
    /// There is no such customer, or a file cannot be read.
    pub fn customer(&self, id: &str) -> Result<Customer, Error> {
        fault::caught(|| self.read(id))
    }

    fn read(&self, id: &str) -> Result<Customer, Error> {
        let rows = rows_with(&self.golden, &self.id_column, &[id])?;
        let members = rows_with(&self.members, &self.id_column, &[id])?;
        if rows.is_empty() && members.is_empty() {
            let message = format!("there is no customer `{id}` in the run");
            return Err(Error::new(Kind::Configuration, message));
        }
        let values = objects(&self.golden, rows.get(..1).unwrap_or_default())?.pop();
        let mut customer = Customer {
            id: id.to_owned(),
            values: values.unwrap_or_default(),
            golden: Vec::new(),
            records: self.records(members.get(..MOST).unwrap_or(&members))?,
            total: members.len() as u64,
            provenance: self.beside("provenance", id)?,
            links: self.beside("links", id)?,
        };
        customer.golden = self.golden(&customer);
        Ok(customer)
    }

    /// The rows of a side table that are a customer's.
    fn beside(&self, side: &str, id: &str) -> Result<Vec<Fields>, Error> {
        let Some(table) = self.table(&format!("{}.{side}", self.name))? else {
            return Ok(Vec::new());
        };
        objects(&table, &rows_with(&table, &self.id_column, &[id])?)
    }

    fn records(&self, numbers: &[u32]) -> Result<Vec<Member>, Error> {
        let rows = objects(&self.members, numbers)?;
        let rows = rows.iter().zip(numbers);
        let mut records: Vec<Member> = rows
            .map(|(row, number)| self.record(row, *number))
            .collect();
        for (name, _) in &self.inputs {
            let of_it: Vec<usize> = (0..records.len())
                .filter(|at| records[*at].source == *name)
                .collect();
            if of_it.is_empty() {
                continue;
            }
            if let Some(table) = self.table(name)? {
                let numbers: Vec<u32> = of_it.iter().map(|at| records[*at].row as u32).collect();
                for (at, values) in of_it.iter().zip(objects(&table, &numbers)?) {
                    records[*at].values = values;
                }
            }
            let addresses: Option<Vec<u64>> = of_it.iter().map(|at| records[*at].address).collect();
            let places = addresses.and_then(|addresses| self.lines.places(name, &addresses));
            for (at, place) in of_it.iter().zip(places.into_iter().flatten()) {
                records[*at].file = Some(place.file);
                records[*at].line = Some(place.line);
            }
        }
        Ok(records)
    }

    /// A record as the member table has it.
    fn record(&self, row: &Fields, number: u32) -> Member {
        let told = |column: &str| value(row, column).unwrap_or_default().to_owned();
        let source = told(SOURCE);
        let first = self.inputs.iter().find(|(name, _)| *name == source);
        Member {
            row: u64::from(number) - first.map_or(0, |(_, first)| *first),
            record_key: told(RECORD_KEY),
            file: None,
            line: None,
            kept: value(row, "kept") == Some("true"),
            values: Vec::new(),
            address: value(row, "address").and_then(|address| address.parse().ok()),
            source,
        }
    }

    /// The values of a customer, each with where it comes from.
    fn golden(&self, customer: &Customer) -> Vec<Golden> {
        let mut golden = Vec::new();
        let own = [self.id_column.as_str(), "sources", "records", "kept_key"];
        let is_alone = customer.total == 1;
        for (field, value) in &customer.values {
            let given = customer.provenance.iter();
            let given: Vec<&Fields> = given
                .filter(|row| super::value(row, "field") == Some(field.as_str()))
                .collect();
            for row in &given {
                let names = [SOURCE, RECORD_KEY, "address"];
                golden.push(Golden {
                    field: field.clone(),
                    value: super::value(row, "value").map(str::to_owned),
                    record: customer
                        .records
                        .iter()
                        .position(|record| record.is_in(row, names)),
                    rule: super::value(row, "rule").map(str::to_owned),
                });
            }
            if given.is_empty() && !own.contains(&field.as_str()) {
                let is_of_record = is_alone
                    && customer.records.first().is_some_and(|only| {
                        only.values
                            .iter()
                            .any(|(known, held)| known == field && held == value)
                    });
                golden.push(Golden {
                    field: field.clone(),
                    value: value.clone(),
                    record: (is_of_record && value.is_some()).then_some(0),
                    rule: (is_of_record && value.is_some()).then(|| "kept".to_owned()),
                });
            }
        }
        golden
    }
}
