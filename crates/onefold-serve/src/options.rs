//! What to serve, and to whom.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use onefold_engine::{Keep, RunOptions, Timestamp};

use crate::public::PublicUrl;

/// What to serve, and to whom.
pub struct Options {
    /// A pipeline file, or a folder with an `onefold.yaml`; it need not be there.
    pub pipeline: PathBuf,
    /// Where relative input paths start; `None`: the folder of the pipeline file.
    pub input_dir: Option<PathBuf>,
    /// Folder of the outputs and of `.onefold`.
    pub output_dir: PathBuf,
    /// The port; `None`: the first free one from 8640 on.
    pub port: Option<u16>,
    /// Another address than those of this machine; needs a password.
    pub host: Option<IpAddr>,
    /// The address under which a proxy shows it to others; needs a password.
    pub public_url: Option<PublicUrl>,
    /// What opens the server beside its token.
    pub password: Option<String>,
    /// Bytes of files that can be given to the page at a time.
    pub max_upload: u64,
    /// Threads of a run.
    pub threads: usize,
    /// The time.
    pub clock: fn() -> Timestamp,
    /// Bytes of memory that the process holds.
    pub held: fn() -> u64,
    /// The environment variables that a pipeline may ask for.
    pub env: fn(&str) -> Option<String>,
}

impl Options {
    /// A run that keeps no tables, removes no runs and tells nothing on its way.
    pub(crate) fn quiet_run<'a>(&'a self, interrupted: &'a AtomicBool) -> RunOptions<'a> {
        RunOptions {
            input_dir: self.input_dir.clone(),
            output_dir: self.output_dir.clone(),
            state_dir: Some(self.output_dir.clone()),
            new_ids: false,
            stdin: None,
            threads: self.threads,
            clock: &self.clock,
            on_event: &|_| {},
            interrupted,
            keep_runs: usize::MAX,
            keep: Keep::None,
            memory: None,
        }
    }
}
