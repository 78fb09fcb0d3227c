//! Identity resolution: which records are one customer, and what that customer looks like.
//!
//! It takes the records of one or more sources as Arrow batches. It returns one row per customer, a list of what was merged and why, and
//! a report of what the rules and the guards did.
//!
//! The one idea: never compare pairs. Under each rule, the records that share a value form a *star* around the first of them, which one
//! hash table finds. A union-find over dense record numbers joins the stars of all rules into components, and the components are the
//! customers. Work is linear in the records, however many of them share a value.
//!
//! Modules stand on floors. A module imports from its own floor and from lower ones, and no two modules import each other.
//!
//! | floor | module | answers |
//! |---|---|---|
//! | tables | `resolve`, `resolved` | how does a resolution run, and what can be asked of the result |
//! | | `cuts` | who is one customer at other thresholds |
//! | | `customers`, `duplicates`, `lineage`, `links`, `members`, `possible`, `provenance` | what do the result tables hold |
//! | | `columns` | which columns do several tables share |
//! | | `report` | what did the rules and the guards do |
//! | clusters | `likeness` | what does the model compare and find |
//! | | `clusters` | who are the customers, which records and rules made them |
//! | | `survivorship` | which record is kept, and where does each value come from |
//! | | `lists` | which columns keep all values of a customer |
//! | | `order`, `weights` | which record do preferences put first, which count values |
//! | | `merges` | which record did each removed record match |
//! | | [`evaluate`] | how good is a clustering against the truth |
//! | | `ids` | which ids do the customers have |
//! | rules | `match_groups` | which records share a value under a rule |
//! | | `people` | how many people are behind a value |
//! | | `decided`, `parting` | which decisions hold, and where do they cut what rules link |
//! | | `union_find`, `bonds` | which records are connected, and which must not be |
//! | | `rule_set` | which rules matched |
//! | records | `options` | what does the caller ask for |
//! | | `decision` | what did somebody decide of two records |
//! | | `customer_id`, [`state`] | what does an id look like, and which ids stay from run to run |
//! | | `sources`, `records`, `selection` | what are the columns of all sources together, and where is record *n* |
//! | | `values` | are two values equal, which is later, what is its hash |
//! | | `error` | what can be wrong with options and sources |
//!
//! Results depend on the records and the options alone: not on the number of threads, the batch boundaries or hash values.
//!
//! ```
//! use std::sync::Arc;
//! use arrow::array::{RecordBatch, StringViewArray};
//! use arrow::datatypes::{DataType, Field, Schema};
//! use onefold_resolve::{CustomerId, Options, Rule, SourceRecords, resolve};
//!
//! let schema = Arc::new(Schema::new(vec![Field::new("email", DataType::Utf8View, true)]));
//! let emails = StringViewArray::from(vec![Some("ann@x.org"), None, Some("ann@x.org"), None]);
//! let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(emails)])?;
//! let crm = SourceRecords { name: "crm".into(), label: "CRM".into(), schema, batches: vec![batch], key: None, address: None };
//!
//! let options = Options { rules: vec![Rule::on("email", ["email"])], ..Options::new(CustomerId::default()) };
//! let resolved = resolve(vec![crm], &options)?;
//! assert_eq!(resolved.clusters(), [0, 1, 0, 2]);
//! assert_eq!(resolved.report.customers, 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bonds;
mod clusters;
mod columns;
mod customer_id;
mod customers;
mod cuts;
mod decided;
mod decision;
mod duplicates;
mod error;
pub mod evaluate;
mod ids;
mod likeness;
mod lineage;
mod links;
mod lists;
mod match_groups;
mod members;
mod merges;
mod options;
mod order;
mod parting;
mod people;
mod possible;
mod provenance;
mod records;
mod report;
mod resolve;
mod resolved;
mod rule_set;
mod selection;
mod sources;
pub mod state;
mod survivorship;
mod union_find;
mod values;
mod weights;

pub use customer_id::CustomerId;
pub use cuts::{Cuts, Label};
pub use decided::DECISION;
pub use decision::{Decision, DecisionReport, MissingRecord, Overruled, RecordName};
pub use error::{Error, ErrorKind};
pub use likeness::{Found, MODEL, Used};
pub use merges::Merge;
pub use options::{Compare, Compared, Likeness, Options, Preference, Rule, StableIds};
pub use report::{Oversized, Report, RuleReport, SIZE_BUCKETS, SkippedValue};
pub use resolve::{resolve, schemas};
pub use resolved::{Resolved, Schemas};
pub use rule_set::RuleSet;
pub use sources::SourceRecords;
