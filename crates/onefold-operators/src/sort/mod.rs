//! The order of rows by one or several columns.
//!
//! # Algorithm
//! Numbers, times and booleans are packed: each value becomes its distance from the least of its column, in as few bits as the greatest
//! distance needs, a null one code below or above; the columns side by side and the row's number last make one integer of 64 or 128 bits
//! a row, and those are sorted. The row's number keeps equal rows in their order. Keys that do not fit, and texts, go through Arrow's row
//! format: eight bytes of it decide most comparisons, the rest is looked at where they are equal. Within groups, texts that all lie within their
//! views are sorted as numbers.
//!
//! # Memory
//! 8 or 16 bytes a row where keys pack, else 16 bytes a row and the encoded keys; half of the former again while runs are merged.

mod encoded;
mod key;
mod packed;
mod rows;
mod within;

pub use key::SortKey;
pub use rows::sort_rows;
pub use within::sort_rows_within;
