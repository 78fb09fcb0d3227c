//! The `onefold` command, run as a user runs it: real files, real processes.
//!
//! `ONEFOLD_BLESS=1 cargo test` writes down what the command does now; the difference is then there to be judged.

mod badinput;
mod cases;
mod command;
mod commands;
mod examples;
mod freshness;
mod killed;
mod stability;
mod testing;
mod yaml;
