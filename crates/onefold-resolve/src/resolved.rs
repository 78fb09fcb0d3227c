//! The whole resolution, and what it leaves to be asked.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::clusters::Clusters;
use crate::customers;
use crate::duplicates;
use crate::error::{Error, Kind};
use crate::forest::Forest;
use crate::links::{self, Merge};
use crate::members::{self, Members};
use crate::options::{MAX_RULES, Options};
use crate::records::{Records, SourceRecords};
use crate::report::{Report, report};
use crate::share::{Key, Shares, shares};
use crate::survive::{Orders, Origin, comparable, survivors};

/// Schemas of the result tables. Batches of one table all have the same.
///
/// The customer id's column has the configured name everywhere; a column of ours whose name is taken gets the suffix `_2`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schemas {
    /// Id, the record columns, then `sources` (labels in source order joined by `+`), `records` (how many) and `kept_key` (key of the
    /// kept record).
    pub customers: SchemaRef,
    /// `kept_id` (the customer's id), `removed_ids` (keys in record order joined by `,`), `match_reason` (labels of the rules that
    /// linked anything, in rule order, joined by `+`), `removed_sources` (labels of the removed records' sources).
    pub duplicates: SchemaRef,
    /// Id, `record_key`, `source`, `linked_key`, `linked_source`, `reasons`, `address`, `linked_address`; sources by name.
    pub links: SchemaRef,
    /// Id, `source` (name), `record_key`, `address`, `kept`.
    pub members: SchemaRef,
}

/// A finished resolution. It holds on to the input's buffers, which the customers share anyway.
pub struct Resolved {
    /// One row a customer, in order of their first records; batches of at most 8192 rows.
    pub customers: Vec<RecordBatch>,
    /// One row a customer of more than one record.
    pub duplicates: Vec<RecordBatch>,
    /// Account of what was done.
    pub report: Report,
    /// Schemas of all tables, also of those without rows.
    pub schemas: Schemas,
    records: Records,
    clusters: Clusters,
    shares: Vec<Shares>,
    origins: Vec<Vec<Origin>>,
    options: Options,
}

/// Finds the records that are one customer and what survives of them.
///
/// Record numbers count all records of the sources in input order from 0; customer numbers count customers in order of their first
/// record from 0, and customer 0 has the id with number 1.
///
/// # Errors
/// The options or the sources do not fit; never the values.
pub fn resolve(sources: Vec<SourceRecords>, options: &Options) -> Result<Resolved, Error> {
    let records = Records::new(sources)?;
    let schemas = Schemas {
        customers: customers::schema(&records, &options.id)?,
        duplicates: duplicates::schema(),
        links: links::schema(&options.id),
        members: members::schema(&options.id),
    };
    let keys = keys(&records, options)?;
    let orders = Orders::new(&records, options)?;

    let mut forest = Forest::new(records.len() as u32);
    let mut found = Vec::with_capacity(keys.len());
    for (rule, key) in options.rules.iter().zip(&keys) {
        let shares = shares(&records, key, rule.max_shared, options.threads);
        shares.connect(&mut forest);
        found.push(shares);
    }
    let mut clusters = Clusters::new(forest, &found);
    let survivors = survivors(
        &records,
        &clusters.groups,
        &orders,
        options.fill,
        options.threads,
    );
    for (customer, kept) in clusters.groups.customers.iter().zip(survivors.kept) {
        clusters.kept[*customer as usize] = kept;
    }
    drop((keys, orders));

    let origins = survivors.origins;
    Ok(Resolved {
        customers: customers::customers(
            &records,
            &clusters,
            &origins,
            &schemas.customers,
            options,
        )?,
        duplicates: duplicates::duplicates(&records, &clusters, &schemas.duplicates, options)?,
        report: report(&records, &clusters, &found, options),
        schemas,
        records,
        clusters,
        shares: found,
        origins,
        options: options.clone(),
    })
}

/// Checks the options against the sources' schemas, without looking at any record, and tells the schemas of the result.
///
/// # Errors
/// Those of [`resolve`], as far as they do not depend on the number of records.
pub fn schemas(sources: &[SourceRecords], options: &Options) -> Result<Schemas, Error> {
    let empty = sources.iter().map(|source| SourceRecords {
        batches: Vec::new(),
        name: source.name.clone(),
        label: source.label.clone(),
        schema: SchemaRef::clone(&source.schema),
        ..*source
    });
    Ok(resolve(empty.collect(), options)?.schemas)
}

fn keys<'a>(records: &'a Records, options: &Options) -> Result<Vec<Key<'a>>, Error> {
    if options.rules.len() > MAX_RULES {
        return Err(Kind::TooManyRules(options.rules.len()).into());
    }
    let key = |rule: &crate::options::Rule| {
        if rule.columns.is_empty() {
            return Err(Kind::EmptyRule(rule.label.clone()).into());
        }
        let used_by = format!("match rule `{}`", rule.label);
        let columns = rule
            .columns
            .iter()
            .map(|column| comparable(records, column, &used_by))
            .collect::<Result<_, _>>()?;
        Ok(Key::new(columns, rule.fold_case))
    };
    options.rules.iter().map(key).collect()
}

impl Resolved {
    /// The customer of each record.
    pub fn clusters(&self) -> &[u32] {
        &self.clusters.customer_of
    }

    /// How each removed record came to its customer, by customer, then by record: the matter of a merge log. Worked out when asked.
    pub fn merges(&self) -> Vec<Merge> {
        let Clusters { groups, kept, .. } = &self.clusters;
        links::merges(groups, kept, &self.shares, self.records.len())
    }

    /// The link table: [`Resolved::merges`] as batches. Made when asked.
    ///
    /// # Errors
    /// An Arrow kernel refuses.
    pub fn links(&self) -> Result<Vec<RecordBatch>, Error> {
        links::links(self, &self.merges())
    }

    /// The member table, a batch at a time.
    pub fn members(&self) -> Members<'_> {
        Members::new(self)
    }

    /// Records of a customer, ascending; empty for a number that no customer has.
    pub fn records_of(&self, customer: u32) -> &[u32] {
        self.clusters.members(customer)
    }

    /// The record that a customer keeps.
    pub fn kept(&self, customer: u32) -> Option<u32> {
        self.clusters.kept.get(customer as usize).copied()
    }

    /// The record that a customer's value in a record column (by index among these) comes from.
    pub fn origin(&self, customer: u32, column: usize) -> Option<u32> {
        let moved = self.origins.get(column)?;
        match moved.binary_search_by_key(&customer, |origin| origin.customer) {
            Ok(index) => moved.get(index).map(|origin| origin.record),
            Err(_) => self.kept(customer),
        }
    }

    /// Id of a customer.
    pub fn customer_id(&self, customer: u32) -> String {
        self.options.id.text(customer)
    }

    /// Key of a record; `NAME:ROW` where it has none. `None` for a number that no record has.
    ///
    /// # Errors
    /// An Arrow kernel cannot write the key as text.
    pub fn record_key(&self, record: u32) -> Result<Option<String>, Error> {
        if record as usize >= self.records.len() {
            return Ok(None);
        }
        duplicates::record_key(&self.records, record).map(Some)
    }

    pub(crate) fn records(&self) -> &Records {
        &self.records
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }
}
