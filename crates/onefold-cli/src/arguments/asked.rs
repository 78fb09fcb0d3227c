//! Which pipeline is meant, and where its inputs and results are.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct PipelineArgs {
    /// A pipeline file, or a folder with an onefold.yaml
    #[arg(value_name = "FILE|DIR")]
    pub(crate) pipeline: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    pub(crate) pipeline: PipelineArgs,
    /// Folder that relative input paths start from [default: the folder of the pipeline file]
    #[arg(long = "in", value_name = "DIR")]
    pub(crate) input: Option<PathBuf>,
}

/// What commands have in common that ask about a pipeline's results.
#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    #[command(flatten)]
    pub(crate) plan: PlanArgs,
    /// Folder of the outputs of its runs, where the states of tables are
    #[arg(long = "out", value_name = "DIR", default_value = ".")]
    pub(crate) results: PathBuf,
}
