//! Sessions: the events of a key, cut at long silences.
//!
//! A new session starts where more time than the gap has passed since the key's previous event, or where the session would exceed its
//! greatest length. With a gap of 30 minutes, an event exactly 30 minutes after the last is in the same session. Midnight cuts nothing.
//! Events are taken in order of time, then of row number, whatever their order in the table.
//!
//! Sessions are in order of the first row of their key, those of one key in order of time.
//!
//! # Algorithm
//! Rows are grouped by key, partition by partition. Each group is sorted by time and cut in one pass. Each key notes its number of sessions
//! at its first row, so that a running sum over the rows numbers all sessions without sorting the keys.
//!
//! # Memory
//! 24 bytes a row, 40 bytes a session, and 16 more a row of the partitions at work.
//!
//! # Degenerate cases
//! - A row with a null (or NaN) in its key, or without a time, is in no session.
//! - No key columns: all events have one key.
//! - One hot key: all threads sort its events, and one cuts them.

mod id;
mod sessions;
mod tables;

pub use sessions::{SessionOptions, Sessions, sessionize};
pub use tables::{events_schema, sessions_schema};
