//! Tests of whole resolutions.

mod customer_master;
mod guards;
mod oracle;
mod sources;
mod survivorship;
mod tables;
