//! The encoders against exact bytes and against independent parsers; the publication against real processes.

mod cells;
mod csv_read;
mod files;
mod layout;
mod processes;
mod round_trip;
mod workbooks;
