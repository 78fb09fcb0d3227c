//! What can be asked about one record, and about one person.

use clap::{Args, Subcommand};

use super::asked::{AskArgs, words};

#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// A record: FILE:LINE or SOURCE:KEY; or the id of a customer
    #[arg(
        value_name = "FILE:LINE|SOURCE:KEY|ID",
        allow_hyphen_values = true,
        value_parser = words
    )]
    pub(crate) what: String,
    /// The run [default: the last one that was published]
    #[arg(long, value_name = "RUN_ID")]
    pub(crate) run: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SubjectCommand {
    /// Print all that is known of a customer as JSON: records, values and where they come from, links, rows of other tables
    Export(SubjectArgs),
    /// Erase a customer from outputs, states and earlier runs, and leave their records out of all later runs
    Erase(SubjectArgs),
}

#[derive(Debug, Args)]
pub(crate) struct SubjectArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// The id of the customer
    #[arg(value_name = "ID", allow_hyphen_values = true, value_parser = words)]
    pub(crate) id: String,
    /// The `resolve` table [default: the first that has the id]
    #[arg(long, value_name = "TABLE")]
    pub(crate) table: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// The id of a customer, or a record: SOURCE:KEY, or its key where one source has it
    #[arg(value_name = "ID|RECORD", allow_hyphen_values = true, value_parser = words)]
    pub(crate) what: String,
    /// Another record, to be explained beside the first
    #[arg(value_name = "RECORD", allow_hyphen_values = true, value_parser = words)]
    pub(crate) other: Option<String>,
    /// The `resolve` table [default: the only one]
    #[arg(long, value_name = "TABLE")]
    pub(crate) table: Option<String>,
}
