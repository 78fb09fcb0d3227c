//! Workbooks: bytes of an Excel (`.xlsx`, `.xlsm`) or OpenDocument (`.ods`) file in, the rows of one sheet as text out.
//!
//! The text is delimited text of a kind of its own, so that titles, headers, types, rejects and versions work as for any other file
//! ([`crate::delimited`] reads it). A row is one line, blank rows too: the line of a record is the number of its row. A cell of text stands
//! in quotes; a number, a date, a truth value and an error stand without, so that a date is known to be one, whatever the pipeline says of
//! dates in text. In a text `\n` stands for a line break and `\\` for a backslash. Empty cells at the end of a row are left out.
//!
//! The parts of a workbook are read as streams, and no table of cells is made: a cell far away from the others costs nothing. What a file
//! can ask for is bounded by [`limits`].
//!
//! Memory: the file, its shared texts, and the text of the sheet.

mod archive;
mod cell;
mod grid;
mod limits;
mod listed;
mod ods;
mod read;
mod trouble;
mod xlsx;
mod xml;

pub(crate) use limits::MAX_FILE;
pub(crate) use read::{Read, read};
