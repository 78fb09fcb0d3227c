//! `aggregate:` batch by batch: rows are added to their groups as they pass by, and only the groups are kept.
//!
//! DataFusion plans the query and keeps the aggregates; this drives it without a plan of execution, so that the rows can come from the
//! reading threads and the groups stay in the order of their first rows. Each batch is dealt by the hash of its groups to partitions, whose
//! groups and aggregates fit the cache and which several threads work on. A call that wants its rows in an order, or that has no form for
//! many groups at once, keeps what it reads of each row until the end; then its rows are put group after group, in the order wanted, and
//! added.

mod accumulators;
mod input;
mod planned;
mod string_agg;

pub(crate) use accumulators::Accumulators;
pub(crate) use input::Read;
pub(crate) use planned::Aggregation;

#[cfg(test)]
mod tests;
