//! The steps, a file a kind: what it reads, what is wrong with it, the columns of its rows and side tables, how it makes its rows, and how
//! it accounts for them. [`step`] says what a kind has to answer; a new one is a file and a line in [`kind`].

mod aggregate;
mod align;
mod asof_join;
mod columns;
pub(crate) mod continuity;
pub(crate) mod decisions;
mod dedupe;
pub(crate) mod follow;
mod from;
pub(crate) mod grouping;
mod join;
mod likeness;
mod membership;
mod resolve;
mod resolved;
mod saved;
mod sessionize;
mod sql;
pub(crate) mod step;
mod union;

pub(crate) use columns::{has_column, without_address};

use onefold_spec::model::Step;
use step::Kind;

/// The kind of a step.
pub(crate) fn kind(step: &Step) -> Box<dyn Kind + '_> {
    match step {
        Step::From(input) => Box::new(from::Copy(input)),
        Step::Join(step) => Box::new(join::Join(step)),
        Step::AsofJoin(step) => Box::new(asof_join::AsofJoin(step)),
        Step::Union(inputs) => Box::new(union::Union(inputs)),
        Step::Dedupe(step) => Box::new(dedupe::Dedupe(step)),
        Step::Sessionize(step) => Box::new(sessionize::Sessionize(step)),
        Step::Aggregate(step) => Box::new(aggregate::Aggregate(step)),
        Step::Resolve(step) => Box::new(resolve::Resolve(step)),
        Step::Align(inputs) => Box::new(align::Align(inputs)),
        Step::Sql(query) => Box::new(sql::Sql(query)),
    }
}
