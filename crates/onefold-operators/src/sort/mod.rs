//! The order of rows by one or several columns.
//!
//! # Algorithm
//! Numbers, times and booleans are packed. Each value becomes its distance from the least value of its column, in as few bits as the
//! greatest distance needs; a null becomes one code below or above. The codes of a row side by side, with the row's number last, make one
//! integer of 64 or 128 bits, and those integers are sorted. The row's number keeps equal rows in order.
//!
//! Keys that do not fit, and texts, go through Arrow's row format. Its first eight bytes decide most comparisons; the rest decides between
//! equal ones. Within groups, texts are sorted as numbers if all of them lie in their views.
//!
//! # Memory
//! 8 or 16 bytes a row if keys pack, otherwise 16 bytes a row and the encoded keys. Merging sorted runs takes half of the 8 or 16 bytes
//! again.

mod encoded;
mod key;
mod packed;
mod rows;
mod within;

pub use key::SortKey;
pub use rows::sort_rows;
pub use within::sort_rows_within;
