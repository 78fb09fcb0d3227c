//! The pipeline file that most commands begin with.

use std::path::Path;

use onefold_engine::Project;

use crate::arguments::PipelineArgs;
use crate::output::Output;

/// What the names of data end with; a pipeline file may be JSON.
const DATA: &[&str] = &[
    "csv", "tsv", "txt", "jsonl", "ndjson", "parquet", "xlsx", "xls", "ods", "gz", "zst", "zip",
];

/// Loads the pipeline file; the exit code where it cannot be.
pub(super) fn load(args: &PipelineArgs, output: &Output) -> Result<Project, u8> {
    let path = &args.pipeline;
    if ends_with(path, DATA) && !path.is_dir() {
        return Err(refuse_data(path, output));
    }
    let env = |name: &str| std::env::var(name).ok();
    match Project::load(path, &env) {
        Ok(project) => {
            output.warnings(&project);
            Ok(project)
        }
        Err(failed)
            if ends_with(path, &["json"])
                && !failed.text.is_empty()
                && !failed.text.contains("\"sources\"") =>
        {
            Err(refuse_data(path, output))
        }
        Err(failed) => Err(output.load_error(&failed)),
    }
}

/// Whether a path names a pipeline rather than data.
pub(super) fn is_pipeline(path: &Path) -> bool {
    path.is_dir() || ends_with(path, &["yaml", "yml"])
}

fn ends_with(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
}

fn refuse_data(path: &Path, output: &Output) -> u8 {
    let path = path.display();
    let message = format!(
        "`{path}` holds data: a pipeline is a YAML file that names the files to read, their columns, and what to make of them"
    );
    output.usage_with_hint(&message, &format!("`onefold init {path}` drafts one"))
}
