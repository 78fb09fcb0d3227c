//! `onefold resolve FILE... --out DIR`: drafts a pipeline that finds who is who in some files, and runs it.

use std::path::Path;

use onefold_draft::{Asked, Limits, Sampled, identity, sample, sample_stdin};
use onefold_engine::{Keep, Project};
use onefold_spec::model::Source;

use super::init::between;
use super::run::{Means, run_project};
use crate::arguments::ResolveArgs;
use crate::output::Output;
use crate::whole;

/// Name of the pipeline file that does the same.
const FILE_NAME: &str = "onefold.yaml";

/// How the pipeline files of this command begin: one that does not was written by somebody else.
const OURS: &str = "# Finds which records are one customer.";

/// Runs whose records stay.
const KEEP_RUNS: usize = 10;

pub(crate) fn resolve(args: &ResolveArgs, output: &Output) -> anyhow::Result<u8> {
    let target = args.output.join(FILE_NAME);
    let is_foreign = std::fs::read_to_string(&target).is_ok_and(|text| !text.starts_with(OURS));
    if is_foreign {
        let hint = "name another folder with --out";
        let message = format!("`{}` is there already", target.display());
        return Ok(output.usage_with_hint(&message, hint));
    }
    let limits = Limits {
        threads: args.threads.map_or_else(
            || std::thread::available_parallelism().map_or(1, usize::from),
            usize::from,
        ),
        ..Limits::default()
    };
    let mut samples: Vec<Sampled> = Vec::new();
    for input in &args.inputs {
        let path = input.to_string_lossy();
        let sampled = match path == Source::STDIN {
            true => sample_stdin(&mut std::io::stdin(), &limits),
            false => sample(
                Path::new("."),
                path.strip_prefix("./").unwrap_or(&path),
                &limits,
            ),
        };
        match sampled {
            Ok(sampled) => samples.push(sampled),
            Err(error) => return Ok(output.unreadable(&error.to_string(), error.hint_text())),
        }
    }
    std::fs::create_dir_all(&args.output)
        .map_err(|e| anyhow::anyhow!("could not make `{}`: {e}", args.output.display()))?;
    for sampled in &mut samples {
        if sampled.path != Source::STDIN {
            sampled.path = between(&args.output, Path::new(&sampled.path));
        }
    }
    let asked = Asked {
        key: args.key.clone(),
        ignore: args.ignore.clone(),
        threshold: args.threshold,
    };
    let found = match identity(&samples, &asked) {
        Ok(found) => found,
        Err(error) => {
            return Ok(
                output.usage_with_hint(&error.to_string(), error.hint_text().unwrap_or_default())
            );
        }
    };
    whole::write(&target, found.yaml.as_bytes())?;
    for column in &found.columns {
        output.note(column);
    }
    let env = |_: &str| None;
    let project = match Project::load(&target, &env) {
        Ok(project) => project,
        Err(failed) => return Ok(output.load_error(&failed)),
    };
    run_project(
        &project,
        None,
        args.output.clone(),
        Means {
            threads: args.threads,
            memory: None,
            new_ids: false,
            keep_runs: KEEP_RUNS,
            keep: Keep::None,
        },
        output,
    )
}
