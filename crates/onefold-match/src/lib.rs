//! Which records are the same person: a model of how values agree, learned from the records themselves.
//!
//! *In* go columns of texts, and what each means ([`roles`] guesses it, [`auto`] makes comparisons of it). *Out* come clusters of records,
//! the merges that made them, pairs that may be one person, and the model, which explains every pair. The crate knows no files, no tables
//! of Arrow and no pipeline language.
//!
//! The one idea: evidence is worth what the records say it is worth. How often a value meets its like by chance is counted, how often
//! matches agree is learned, and a merge is judged on all that is known of both sides.
//!
//! | step | modules | answers |
//! |---|---|---|
//! | what is compared | [`roles`], [`auto`], `input`, `kind` | what is a column for, what can two values agree on |
//! | values | `fold`, `clean`, `names`, `nicknames`, `sketch`, `memo`, `values`, `order`, `features` | what is the form in which a value is compared |
//! | pairs | `atoms`, `blocking` | which records are worth comparing |
//! | evidence | [`similarity`], `near`, `frequencies`, `given`, `evidence`, `ratios`, `score`, `bound`, `scored` | at which levels does a pair agree, how likely is that by chance |
//! | learning | `compared`, `fit`, `dependence`, `model` | how often do matches agree, which agreements come together |
//! | clusters | `edge`, `linkage`, `vetoes`, `matching` | who is one person |
//! | looking | `explain`, `trained`, [`page`] | why |
//! | other runs | `saved`, [`splink`] | what is in a file of a model |
//!
//! Results depend on the records and the options alone: not on the order of the records, nor on the number of threads.
//!
//! ```
//! use onefold_match::{Input, Options, Texts, auto, find, roles::Role};
//!
//! let texts = |values: &[&str]| values.iter().map(|v| Some((*v).to_owned())).collect::<Vec<_>>();
//! let names = texts(&["Robert Miller", "Bob Miller", "Maria Garcia"]);
//! let emails = texts(&["rm@example.org", "rm@example.org", "mg@example.org"]);
//! let columns: Vec<&dyn Texts> = vec![&names, &emails];
//! let input = Input { records: 3, columns, sources: &[] };
//!
//! let comparisons = auto::comparisons(&["name", "email"], &[Role::FullName, Role::Email]);
//! let options = Options { comparisons, threshold: 0.5, possible: 0.2, threads: 1, ..Options::default() };
//! let found = find(&input, &options)?;
//! assert_eq!(found.clusters, [0, 0, 2]);
//! assert_eq!(found.trained.explain(0, 1).evidence[1].level, "equal");
//! # Ok::<(), String>(())
//! ```

mod atoms;
pub mod auto;
mod blocking;
mod bound;
mod clean;
mod compared;
mod dependence;
mod edge;
mod encode;
mod evidence;
mod explain;
mod features;
mod fit;
mod fold;
mod frequencies;
mod given;
#[cfg(test)]
mod hostile;
mod input;
mod kind;
mod linkage;
mod matching;
mod memo;
mod model;
mod names;
mod near;
mod nicknames;
mod options;
mod order;
pub mod page;
mod ratios;
#[cfg(test)]
mod recovery;
pub mod roles;
mod saved;
mod score;
mod scored;
pub mod similarity;
mod sketch;
pub mod splink;
mod trained;
#[cfg(test)]
mod traps;
mod values;
mod vetoes;

pub use blocking::{BlockReport, SkippedBlock};
pub use explain::{Agreement, Explainer, Explanation, Part, Weighed};
pub use input::{Comparison, Input, Texts};
pub use kind::Kind;
pub use linkage::PARTED_BY_DECISION;
pub use matching::{Link, Matched, Prepared, Prevented, Report, Told, find};
pub use model::{Learned, Level, Model};
pub use options::Options;
pub use saved::Saved;
pub use trained::Trained;
