//! `onefold check FILE`

use crate::arguments::{Format, PipelineArgs};
use crate::output::Output;

pub(crate) fn check(args: &PipelineArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match super::load(args, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    if let Err(error) = project.check() {
        return Ok(output.project_error(&error, &project));
    }
    match output.format {
        Format::Human => output.say(&format!("{}: nothing wrong\n", project.path().display()))?,
        Format::Json => output.say("{\"diagnostics\":[]}\n")?,
    }
    Ok(0)
}
