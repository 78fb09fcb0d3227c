//! One file a command.

pub(crate) mod check;
pub(crate) mod plan;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod sessions;
pub(crate) mod test;

use onefold_engine::Project;

use crate::arguments::PipelineArgs;
use crate::output::Output;

/// Loads the pipeline file; the exit code where it cannot be.
fn load(args: &PipelineArgs, output: &Output) -> Result<Project, u8> {
    let env = |name: &str| std::env::var(name).ok();
    match Project::load(&args.pipeline, &env) {
        Ok(project) => {
            output.warnings(&project);
            Ok(project)
        }
        Err(failed) => Err(output.load_error(&failed)),
    }
}
