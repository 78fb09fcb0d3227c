//! JSON in whatever framing it comes: arrays, arrays under a path, an object a line, objects one after another on one line or over many. A
//! file is a sequence of documents, however they follow each other ([`document`]). Its beginning tells how they are written ([`preamble`]).
//!
//! The splitter is strict inside a record (RFC 8259: what is not JSON is a fault) and forgiving between records. A broken record ends where
//! its braces close, or else where the next line starts an object or another document begins; no other record is lost ([`recovery`]). If a
//! key repeats, its last value counts, as a whole ([`record`]). Numbers keep their text. If no fields are declared, values that are not
//! objects go to a column `value`, unless the stream starts with an object: then they are faults.
//!
//! If a source explodes a nested array, each of its elements becomes a record of its own ([`explode`]).
//!
//! [`split`] puts it together: a pass over a chunk continues where the pass before it stopped. Wherever the chunks are cut, the records and
//! faults are those of a single pass over the whole file.

mod around;
mod bare;
mod differential;
mod discover;
mod document;
mod elements;
mod explode;
mod layout;
mod pass;
mod paths;
mod preamble;
mod record;
mod recovery;
mod scan;
mod split;
mod splitter;

pub use bare::split_bare;
pub use differential::disagreement;
pub(crate) use discover::{WHOLE, discover};
pub(crate) use explode::Explode;
pub(crate) use layout::Layout;
pub(crate) use paths::Paths;
pub(crate) use preamble::{Preamble, preamble};
pub(crate) use scan::is_value;
pub(crate) use splitter::JsonSplitter;
