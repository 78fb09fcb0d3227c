//! How to run, apart from what the pipeline says.

use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use crate::events::RunEvent;

/// Where and how to run, and who watches.
pub struct RunOptions<'a> {
    /// Where relative input paths start; `None`: the folder of the pipeline file.
    pub input_dir: Option<PathBuf>,
    /// Where outputs and `.onefold` go.
    pub output_dir: PathBuf,
    /// Where the states of tables are found that an earlier run has published there; `None`: there are none.
    pub state_dir: Option<PathBuf>,
    /// Whether all customers get new ids: no state is read, and none is missed.
    pub new_ids: bool,
    /// Opens standard input, for a source that reads it; `None`: there is none. It is read once, to its end, before any source.
    pub stdin: Option<fn() -> Box<dyn Read>>,
    /// Threads that read, make and write rows.
    pub threads: usize,
    /// The time.
    pub clock: &'a (dyn Fn() -> jiff::Timestamp + Sync),
    /// Hears what happens, on any thread.
    pub on_event: &'a (dyn Fn(&RunEvent) + Sync),
    /// Set to stop the run; the old outputs stay.
    pub interrupted: &'a AtomicBool,
    /// Runs whose folders stay in the output folder, this one among them; older ones are removed.
    pub keep_runs: usize,
    /// What stays of its tables in its folder, to be asked about later.
    pub keep: Keep,
    /// Memory that it may hold; `None`: as much as there is.
    pub memory: Option<MemoryLimit<'a>>,
}

/// How much memory a run may hold. It then ends with an error of kind [`Kind::Resources`](crate::Kind::Resources) that says what it was at, and the old outputs
/// stay.
pub struct MemoryLimit<'a> {
    /// Most bytes.
    pub bytes: u64,
    /// Bytes that the process holds.
    pub held: &'a (dyn Fn() -> u64 + Sync),
}

/// Which tables of a run stay in its folder, as Parquet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// None.
    #[default]
    None,
    /// Those that are published, with the columns that are.
    Outputs,
    /// All that the run reads and makes, side tables too.
    All,
}
