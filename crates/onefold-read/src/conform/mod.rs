//! Conform: raw records to typed rows, rejects and counts.
//!
//! A piece of an input is split, its broken records are set aside, its raw columns become typed ones by the rules of `onefold-values`, and
//! what a rule or a check refuses becomes a reject ([`piece`], [`typed`]). Pieces add up in their order ([`tally`]). [`Conform`] is the
//! public face, for records that do not come from a [`Scan`](crate::Scan).

mod bounds;
mod check;
mod column;
mod drifting;
mod exploded;
mod finding;
mod mended;
mod numbers;
mod piece;
mod raw;
mod records;
mod rejecting;
mod rows;
mod stored;
mod tally;
mod typed;
mod unfinished;

pub(crate) use piece::{Piece, StoredRows, Stretch};
pub use records::{Conform, Conformed, Form, Fragment};
pub use tally::Counts;
pub(crate) use tally::Tally;
pub(crate) use unfinished::Unfinished;
