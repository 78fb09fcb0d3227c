//! Tests of whole resolutions.

mod customer_master;
mod decided;
mod decisions;
mod guards;
mod keyed;
mod oracle;
mod sources;
mod stable_ids;
mod state;
mod state_bytes;
mod survivorship;
mod tables;
