//! Outputs that are inputs: a run would overwrite what it reads, or the next one would read what this one writes.

use std::path::{Path, PathBuf};

use onefold_spec::Diagnostic;
use onefold_spec::model::{Pipeline, Source};

/// Finds the outputs that a source reads, or would read once they are there, between an input and an output folder. Looks at names
/// alone.
pub(crate) fn refuse(
    pipeline: &Pipeline,
    input_dir: &Path,
    output_dir: &Path,
    errors: &mut Vec<Diagnostic>,
) {
    let outputs: Vec<PathBuf> = pipeline
        .outputs
        .iter()
        .filter(|output| !output.is_kept)
        .map(|output| output_dir.join(&output.path.value))
        .collect();
    let files = pipeline.sources.iter().filter(|s| !s.reads_stdin());
    for source in files {
        let (path, name) = (&source.path, &source.name.value);
        for found in onefold_read::overlaps(input_dir, path, &outputs) {
            let output = &pipeline.outputs[found.output].path;
            let message = match found.exists {
                true => format!(
                    "output `{}` would overwrite `{}`, an input of source `{name}`",
                    output.value, found.file
                ),
                false => format!(
                    "source `{name}` would read output `{}` in the next run",
                    output.value
                ),
            };
            let error = Diagnostic::error(output.span, message).detail(format!(
                "the path of source `{name}`, `{}`, is in line {}",
                path.value, path.span.line
            ));
            errors.push(error.hint(
                "publish into another folder with `--out DIR`, or change one of the two paths",
            ));
        }
        refuse_pipeline(pipeline, source, input_dir, errors);
    }
    let (own, here) = (pipeline.path.to_string_lossy(), Path::new("."));
    if pipeline.path.is_file() {
        for found in onefold_read::overlaps(here, &own, &outputs) {
            let output = &pipeline.outputs[found.output].path;
            let message = format!(
                "output `{}` would overwrite the pipeline file",
                output.value
            );
            errors.push(Diagnostic::error(output.span, message));
        }
    }
}

/// A folder or a pattern that fits the pipeline file itself.
fn refuse_pipeline(
    pipeline: &Pipeline,
    source: &Source,
    input_dir: &Path,
    errors: &mut Vec<Diagnostic>,
) {
    let is_named = input_dir.join(&source.path.value).is_file();
    let own = std::slice::from_ref(&pipeline.path);
    if is_named || !pipeline.path.is_file() {
        return;
    }
    if !onefold_read::overlaps(input_dir, &source.path, own).is_empty() {
        let message = format!(
            "source `{}` reads the pipeline file itself",
            source.name.value
        );
        let error = Diagnostic::error(source.path.span, message);
        errors.push(error.hint("name the data with a pattern such as `*.csv`"));
    }
}
