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

/// A text that may begin with a hyphen, such as a comment of SQL or the key `-5`; what looks like an option is none of these.
pub(super) fn words(text: &str) -> Result<String, String> {
    let name = text.trim_start_matches('-');
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_option = name.len() < text.len()
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name
            .split('=')
            .next()
            .is_some_and(|name| name.chars().all(is_word));
    match is_option {
        true => {
            Err("there is no such option; put `--` before it if it is not an option".to_owned())
        }
        false => Ok(text.to_owned()),
    }
}
