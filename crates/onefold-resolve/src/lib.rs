//! Identity resolution: which records are one customer, and what that customer looks like.
//!
//! In go the records of one or more sources as Arrow batches; out come one row a customer, a list of what was merged and why, and a
//! report of what the rules and the guards did.
//!
//! The one idea: never compare pairs. Under each rule the records that share a value form a *star* around the first of them, found
//! with one hash table; a union-find over dense record numbers joins the stars of all rules into components, which are the customers.
//! Work is linear in the records, however many of them share one value.
//!
//! | module | answers |
//! |---|---|
//! | `options` | what the caller asks for |
//! | `records` | where is record *n*, and what are the columns of all sources together |
//! | `values` | are two values equal, which is later, what is its hash |
//! | `share` | which records share a value under a rule |
//! | `forest` | which records are connected |
//! | `clusters` | customers, their members and the rules that made them |
//! | `survive` | which record is kept and where each value comes from |
//! | `customers`, `duplicates`, `links`, `members` | the result tables |
//! | `report` | counts, guards, sizes |
//! | [`evaluate`] | how good a clustering is against the truth |
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

mod clusters;
mod customers;
mod duplicates;
mod error;
pub mod evaluate;
mod forest;
mod links;
mod members;
mod options;
mod parallel;
mod records;
mod report;
mod resolved;
mod share;
mod survive;
mod values;

pub use error::{Error, ErrorKind};
pub use links::{Merge, RuleSet};
pub use members::Members;
pub use options::{CustomerId, Options, Preference, Rule};
pub use records::SourceRecords;
pub use report::{Oversized, Report, RuleReport, SIZE_BUCKETS, SkippedValue};
pub use resolved::{Resolved, Schemas, resolve, schemas};
