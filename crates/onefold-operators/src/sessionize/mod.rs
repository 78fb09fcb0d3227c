//! Sessions: the events of a key, cut where it was silent for long.
//!
//! A new session starts iff the time since the previous event of the key is greater than the gap (an event exactly 30 minutes after the
//! last belongs to a session with a gap of 30 minutes), or where the session would become longer than its greatest length. There is no
//! cut at midnight. Events are in order of time, then of row number, whatever their order in the table.
//!
//! Sessions are in order of the first row of their key, those of one key in order of time.
//!
//! # Algorithm
//! Rows are grouped by key, partition by partition; each group is sorted by time and cut in one pass. The number of sessions of each key
//! is written at the key's first row, so that a running sum over the rows numbers all sessions without sorting the keys.
//!
//! # Memory
//! 24 bytes a row, 40 a session, and 16 more a row of the partitions at work.
//!
//! # Degenerate cases
//! - A row with a null (or NaN) in its key, or without a time, is in no session.
//! - No key columns: all events are of one key.
//! - One hot key: its events are sorted by all threads, and cut by one.

mod id;
mod sessions;
mod tables;

pub use sessions::{SessionOptions, Sessions, sessionize};
pub use tables::{events_schema, sessions_schema};
