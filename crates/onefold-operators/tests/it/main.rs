//! The operators against stupid implementations of the same rules, pandas' answers, and tables of cases.

mod asof;
mod asof_pandas;
mod dedupe;
mod lookup;
mod sessionize;
mod tables;
