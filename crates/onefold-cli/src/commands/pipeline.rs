//! The pipeline file that most commands begin with.

use onefold_engine::Project;

use crate::arguments::PipelineArgs;
use crate::output::Output;

/// Loads the pipeline file; the exit code where it cannot be.
pub(super) fn load(args: &PipelineArgs, output: &Output) -> Result<Project, u8> {
    let env = |name: &str| std::env::var(name).ok();
    match Project::load(&args.pipeline, &env) {
        Ok(project) => {
            output.warnings(&project);
            Ok(project)
        }
        Err(failed) => Err(output.load_error(&failed)),
    }
}
