//! Inputs in, a stream of UTF-8 bytes out.
//!
//! A source's path is walked for its inputs ([`discover`]). [`files`] is the seam to the world: what gives its name, its length and ranges
//! of its bytes can be an input; what can be read once is [`spooled`] first. Above it an input is opened and decompressed ([`open`](mod@open)), told what it is ([`format`]) and decoded
//! ([`decode`]); lines at its end may be left out ([`footer`]).

mod decode;
mod discover;
mod encodings;
mod files;
mod footer;
mod format;
mod marks;
mod names;
mod open;
mod pieces;
mod spooled;
mod stream;
mod target;
mod walk;

pub(crate) use decode::encoding;
pub(crate) use discover::discover;
pub use discover::{Overlap, overlaps, reads_in};
pub(crate) use files::{Bytes, Input};
pub(crate) use footer::{Footer, WithoutFooter};
pub use format::is_binary_name;
pub(crate) use format::{format, is_blank};
pub(crate) use open::{Opened, Stored, open, open_bytes};
pub use spooled::Spooled;
pub(crate) use stream::{Stream, fill};
pub(crate) use walk::Discovered;
pub use walk::LeftOut;
