//! `onefold check FILE`

use super::pipeline;
use crate::arguments::{CheckArgs, Format};
use crate::output::Output;

pub(crate) fn check(args: &CheckArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match pipeline::load(&args.plan.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    if let Err(error) = project.check_between(args.plan.input.as_deref(), &args.output) {
        return Ok(output.project_error(&error, &project));
    }
    match output.format {
        Format::Human => output.tell(&format!("{}: nothing wrong\n", project.path().display()))?,
        Format::Json => output.say("{\"diagnostics\":[]}\n")?,
    }
    Ok(0)
}
