//! What can be typed.

// These files are compiled into the build tasks, too.
#[path = "arguments/asked.rs"]
mod asked;
#[path = "arguments/records.rs"]
mod records;
#[path = "arguments/serve.rs"]
mod serve;

use std::path::PathBuf;

use clap::{Args, ColorChoice, Parser, Subcommand, ValueEnum};

use super::examples::{
    CHECK_EXAMPLES, COMPLETIONS_EXAMPLES, DECIDE_EXAMPLES, DIFF_EXAMPLES, EVALUATE_EXAMPLES,
    EXAMPLES, EXPLAIN_EXAMPLES, INIT_EXAMPLES, MAN_EXAMPLES, PLAN_EXAMPLES, QUERY_EXAMPLES,
    REJECTS_EXAMPLES, RESOLVE_EXAMPLES, RESOLVE_ID_EXAMPLES, RUN_EXAMPLES, RUNS_EXAMPLES,
    SCHEMA_EXAMPLES, SERVE_EXAMPLES, SESSIONS_EXAMPLES, SHOW_EXAMPLES, SUBJECT_EXAMPLES,
    TEST_EXAMPLES, TRACE_EXAMPLES,
};

use asked::words;
pub(crate) use asked::{AskArgs, PipelineArgs, PlanArgs};
pub(crate) use records::{ExplainArgs, SubjectCommand, TraceArgs};
pub(crate) use serve::ServeArgs;

/// Turns exports and event streams from many systems into one trusted view of each customer.
#[derive(Debug, Parser)]
#[command(name = "onefold", version, before_help = EXAMPLES, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// How results and errors are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Human)]
    pub(crate) format: Format,
    /// When to use colours; `auto`: on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", default_value_t = ColorChoice::Auto)]
    pub(crate) color: ColorChoice,
    /// Print errors only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 the data exceed a limit or fail a check, or a test fails; 2 wrong usage or pipeline file; 3 an input cannot be read;
4 memory or disk does not suffice; 5 a fault of onefold; 130 interrupted";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Human,
    /// For programs: one JSON document on stdout
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Draft a pipeline file from data files: types, keys, and what the files have to do with each other
    #[command(before_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// Run a pipeline and publish its outputs, all or none
    #[command(before_help = RUN_EXAMPLES)]
    Run(RunArgs),
    /// Find which records of some files are one customer, without a pipeline file
    #[command(before_help = RESOLVE_EXAMPLES)]
    Resolve(ResolveArgs),
    /// Find everything that is wrong with a pipeline file, without reading data
    #[command(before_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Show sources and tables with their columns, in the order in which they are made
    #[command(before_help = PLAN_EXAMPLES)]
    Plan(PlanArgs),
    /// Print a file as it is read, or a table of a pipeline; nothing is published
    #[command(before_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
    /// Compare the customers that a pipeline finds with the truth; nothing is published
    #[command(before_help = EVALUATE_EXAMPLES)]
    Evaluate(EvaluateArgs),
    /// Say why records are one customer, or why two records are not; nothing is published
    #[command(before_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Decide that two records are one customer, or are not; every later run obeys
    #[command(before_help = DECIDE_EXAMPLES)]
    Decide(DecideArgs),
    /// Say what became of a customer's id, where ids stay from run to run
    #[command(before_help = RESOLVE_ID_EXAMPLES)]
    ResolveId(ResolveIdArgs),
    /// List the runs in an output folder
    #[command(before_help = RUNS_EXAMPLES)]
    Runs(RunsArgs),
    /// Compare two runs: rows added, removed and changed, customers merged and split
    #[command(before_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
    /// Ask in SQL about the tables that a run has kept; nothing else is read, and nothing is written
    #[command(before_help = QUERY_EXAMPLES)]
    Query(QueryArgs),
    /// Follow a record through a run: rejected, removed, merged, joined, and into which rows of which outputs
    #[command(before_help = TRACE_EXAMPLES)]
    Trace(TraceArgs),
    /// Give out all that is known of a person, or erase a person for good
    #[command(subcommand, before_help = SUBJECT_EXAMPLES)]
    Subject(SubjectCommand),
    /// Look at runs in a browser on this machine: tables, rejects, what changed; start runs and ask in SQL
    #[command(before_help = SERVE_EXAMPLES)]
    Serve(ServeArgs),
    /// Print what the last run rejected, by kind, with the records
    #[command(before_help = REJECTS_EXAMPLES)]
    Rejects(RejectsArgs),
    /// Run the tests of a pipeline file: small inputs, and what they must come to
    #[command(before_help = TEST_EXAMPLES)]
    Test(PipelineArgs),
    /// Check events, drop exact duplicates and summarise them per user, without a pipeline file
    #[command(before_help = SESSIONS_EXAMPLES)]
    Sessions(SessionsArgs),
    /// Print the JSON Schema of pipeline files, for editors
    #[command(before_help = SCHEMA_EXAMPLES)]
    Schema,
    /// Print completions of commands and options for a shell
    #[command(before_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Write manual pages: onefold.1, and one for each command
    #[command(before_help = MAN_EXAMPLES)]
    Man(ManArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Data files, folders of them, or patterns such as 'crm/*.csv'; - is standard input
    #[arg(value_name = "FILE|DIR|PATTERN", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Folder that onefold.yaml is written into
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) output: PathBuf,
    /// Print the pipeline file instead of writing it
    #[arg(long)]
    pub(crate) stdout: bool,
    /// Threads to read with [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// Data files; each is a source of its own
    #[arg(value_name = "FILE", required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Folder for the results; it must not have an onefold.yaml of another kind yet
    #[arg(long = "out", value_name = "DIR")]
    pub(crate) output: PathBuf,
    /// Column that identifies a record of each file [default: guessed]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) key: Option<String>,
    /// Column that is not compared; may be given several times
    #[arg(long, value_name = "COLUMN")]
    pub(crate) ignore: Vec<String>,
    /// Least probability of a match, in percent [default: 50]
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) threshold: Option<f64>,
    /// Threads to work with [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).parse::<f64>();
    let number = number
        .ok()
        .filter(|number| *number > 0.0 && *number < 100.0);
    number.ok_or_else(|| "not a number between 0 and 100".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    /// Folder for outputs: none of them may be an input
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    /// Folder for outputs and .onefold
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) output: PathBuf,
    /// Threads to work with [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Stop when the process holds more memory than this, such as 512MB or 4GB [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(crate) memory: Option<u64>,
    /// Runs whose report, log and rejects stay under .onefold/runs, this run among them; older ones are removed
    #[arg(long, value_name = "N", default_value_t = KEEP_RUNS, value_parser = at_least_one)]
    pub(crate) keep_runs: usize,
    /// Tables that stay in the folder of the run, for `onefold query` and `onefold diff`: those that are published, or all that is
    /// read and made
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Kept::None)]
    pub(crate) keep: Kept,
    /// Give all customers new ids: the states of earlier runs are not read
    #[arg(long)]
    pub(crate) new_ids: bool,
    /// Check the pipeline, its inputs and the place of its outputs, say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Tables that stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kept {
    /// None
    None,
    /// Those that are published, with the columns that are
    Outputs,
    /// Sources, tables and side tables
    All,
}

#[derive(Debug, Args)]
pub(crate) struct RunsArgs {
    /// Folder of the outputs
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) results: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The earlier run [default: the last but one that has kept tables]
    #[arg(value_name = "RUN_A", requires = "after")]
    pub(crate) before: Option<String>,
    /// The later run [default: the last one that has kept tables]
    #[arg(value_name = "RUN_B")]
    pub(crate) after: Option<String>,
    /// Folder of the outputs
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) results: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct QueryArgs {
    /// One SELECT over the tables that a run has kept; - reads it from standard input
    #[arg(value_name = "SQL", allow_hyphen_values = true, value_parser = words)]
    pub(crate) sql: String,
    /// Folder of the outputs
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) results: PathBuf,
    /// The run [default: the last one that has kept tables]
    #[arg(long, value_name = "RUN_ID")]
    pub(crate) run: Option<String>,
    /// How rows are printed
    #[arg(long = "as", value_name = "FORMAT", value_enum, default_value_t = Printed::Table)]
    pub(crate) printed: Printed,
    /// Write the rows to a file instead: .csv, .json, .jsonl or .parquet
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
    /// Most rows [default: 100 as a table, else all]
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) rows: Option<usize>,
    /// Give up after so many seconds
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub(crate) seconds: u64,
    /// Give up where the query would hold more memory than this
    #[arg(long, value_name = "SIZE", value_parser = bytes, default_value = "2GB")]
    pub(crate) memory: u64,
}

/// How the rows of a query are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Printed {
    /// A box, fitted to the terminal
    Table,
    /// Comma-separated values
    Csv,
    /// One array
    Json,
    /// An object a line
    Jsonl,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// A source, a table or a side table such as crm.rejects [default: the only one that no other reads]
    #[arg(value_name = "TABLE")]
    pub(crate) table: Option<String>,
    /// Only rows for which this SQL condition is true
    #[arg(long = "where", value_name = "SQL", allow_hyphen_values = true)]
    pub(crate) filter: Option<String>,
    /// Most rows
    #[arg(short = 'n', long = "rows", value_name = "N", default_value_t = 20)]
    pub(crate) rows: usize,
    /// Show how often the values of a column occur: numbers and times in ranges, others by value
    #[arg(long, value_name = "COLUMN")]
    pub(crate) plot: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// Which records truly are one customer: a file with columns record_key and entity_id, and source where keys need it
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: PathBuf,
    /// The `resolve` table [default: the only one]
    #[arg(long, value_name = "TABLE")]
    pub(crate) table: Option<String>,
    /// Measure at other thresholds of the model too: matching runs once for each
    #[arg(long)]
    pub(crate) curve: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DecideArgs {
    /// What they are
    #[arg(value_name = "same|different", value_enum)]
    pub(crate) decision: Decision,
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// A record: SOURCE:KEY
    #[arg(value_name = "RECORD")]
    pub(crate) a: String,
    /// Another record: SOURCE:KEY
    #[arg(value_name = "RECORD")]
    pub(crate) b: String,
    /// Why, for whoever reads the file later
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) why: String,
    /// Who decides [default: the variable USER]
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(crate) who: Option<String>,
    /// The `resolve` table [default: the only one with decisions]
    #[arg(long, value_name = "TABLE")]
    pub(crate) table: Option<String>,
}

/// What two records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Decision {
    /// One customer
    Same,
    /// Two customers
    Different,
}

#[derive(Debug, Args)]
pub(crate) struct ResolveIdArgs {
    #[command(flatten)]
    pub(crate) ask: AskArgs,
    /// The id, of this run or of any before
    #[arg(value_name = "ID", allow_hyphen_values = true, value_parser = words)]
    pub(crate) id: String,
    /// The `resolve` table [default: the only one with a state]
    #[arg(long, value_name = "TABLE")]
    pub(crate) table: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct RejectsArgs {
    /// Only of this source
    #[arg(value_name = "SOURCE")]
    pub(crate) source: Option<String>,
    /// Folder of the outputs, with .onefold
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) output: PathBuf,
    /// Records shown of each kind
    #[arg(short = 'n', long = "examples", value_name = "N", default_value_t = 3)]
    pub(crate) examples: usize,
}

#[derive(Debug, Args)]
pub(crate) struct SessionsArgs {
    /// Events: JSON objects with user_id, event_time and event_type, in any framing
    #[arg(long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Where the summary per user goes, CSV: a file, where `--out` of other commands is a folder
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where the events that were skipped go, with the reason, CSV
    #[arg(long = "skips-out", alias = "skips_out", value_name = "FILE")]
    pub(crate) skips_out: PathBuf,
    /// A new session after more than this without an event, such as 30m; without it a user is one session
    #[arg(long, value_name = "DURATION", default_value = "none")]
    pub(crate) gap: String,
    /// Threads to work with [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Stop when the process holds more memory than this, such as 512MB or 4GB [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    pub(crate) memory: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// Bash
    Bash,
    /// Zsh
    Zsh,
    /// Fish
    Fish,
    /// PowerShell
    #[value(name = "powershell")]
    Power,
    /// Elvish
    Elvish,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// Folder that the pages are written into; made if it is not there
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) output: PathBuf,
}

/// Runs that `--keep-runs` keeps where it is not given.
pub(crate) const KEEP_RUNS: usize = 20;

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("it is a whole number from 1".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// Bytes from a number with a unit: `512MB`, `1.5 GB`, `2GiB`.
fn bytes(text: &str) -> Result<u64, String> {
    let has_unit = text.contains(|c: char| c.is_ascii_alphabetic());
    match onefold_spec::size_bytes(text) {
        Ok(_) if !has_unit => Err("a size has a unit: 512MB, 4GB, 2GiB".to_owned()),
        Ok(bytes) if bytes > 0 => Ok(bytes),
        _ => Err("a size is a number and a unit: 512MB, 4GB, 2GiB".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes() {
        for (text, expected) in [
            ("512MB", 512_000_000),
            ("1.5 GB", 1_500_000_000),
            ("2gib", 2 << 30),
            ("64KiB", 65_536),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "512",
            "MB",
            "-1MB",
            "0MB",
            "1e400GB",
            "12 parsecs",
            "NaNMB",
            "infMB",
        ] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
