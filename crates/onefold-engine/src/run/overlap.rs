//! Outputs that are inputs: a run would overwrite what it reads, or the next one would read what this one writes.

use std::path::{Path, PathBuf};

use onefold_spec::model::{Content, Output, Pipeline, Source};
use onefold_spec::{Diagnostic, Spanned};

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
        .map(|output| output_dir.join(file_of(output)))
        .collect();
    let files = pipeline.sources.iter().filter(|s| !s.reads_stdin());
    for source in files {
        let (path, name) = (&source.path, &source.name.value);
        let mut refuse = |output: &Spanned<String>, message: String| {
            let error = Diagnostic::error(output.span, message).detail(format!(
                "the path of source `{name}`, `{}`, is in line {}",
                path.value, path.span.line
            ));
            errors.push(error.hint(
                "publish into another folder with `--out DIR`, or change one of the two paths",
            ));
        };
        let read = onefold_read::overlaps(input_dir, path, &outputs);
        for found in &read {
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
            refuse(output, message);
        }
        for (number, output) in pipeline.outputs.iter().enumerate() {
            let is_told = read.iter().any(|found| found.output == number);
            if is_told || !has_partitions(output) {
                continue;
            }
            let folder = output_dir.join(&output.path.value);
            if let Some(file) = onefold_read::reads_in(input_dir, path, &folder) {
                let message = format!(
                    "source `{name}` reads `{file}`, in the folder of output `{}`",
                    output.path.value
                );
                refuse(&output.path, message);
            }
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

/// The file of an output; one of those in its folder, where it has partitions.
fn file_of(output: &Output) -> PathBuf {
    let path = PathBuf::from(&output.path.value);
    match &output.content {
        Content::Table {
            partitions: Some(by),
            ..
        } => {
            let folders = by.columns.iter().map(|name| format!("{}=x", name.value));
            path.join(folders.collect::<PathBuf>())
                .join("part-00000.parquet")
        }
        _ => path,
    }
}

fn has_partitions(output: &Output) -> bool {
    matches!(
        output.content,
        Content::Table {
            partitions: Some(_),
            ..
        }
    )
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
