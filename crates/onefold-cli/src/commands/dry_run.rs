//! `onefold run --dry-run FILE`

use std::path::{Path, PathBuf};

use onefold_engine::{Error, Kind, Project};
use onefold_spec::model::Content;

use crate::arguments::{Format, RunArgs};
use crate::output::Output;

/// Says what a run would read, make and write. It opens the inputs as `plan` does, and writes nothing.
pub(super) fn dry_run(args: &RunArgs, project: &Project, output: &Output) -> anyhow::Result<u8> {
    let input = args.plan.input.as_deref();
    let found = project
        .check_between(input, &args.output)
        .and_then(|()| match args.new_ids {
            true => Ok(()),
            false => project.check_states(&args.output),
        })
        .and_then(|()| project.plan(input))
        .and_then(|plan| Ok((plan, targets(project, &args.output)?)));
    let ((sources, tables), targets) = match found {
        Ok(found) => found,
        Err(error) => return Ok(output.project_error(&error, project)),
    };
    if output.format == Format::Json {
        let read = sources.iter().map(|source| {
            let files = source.files.iter();
            let files =
                files.map(|(name, bytes)| serde_json::json!({"name": name, "bytes": bytes}));
            let mut read =
                serde_json::json!({"source": source.name, "files": files.collect::<Vec<_>>()});
            if source.stdin {
                read["stdin"] = true.into();
            }
            read
        });
        let made: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let written = targets
            .iter()
            .map(|target| serde_json::json!({"path": target.path, "replaces": target.is_there}));
        let body = serde_json::json!({
            "read": read.collect::<Vec<_>>(), "made": made, "written": written.collect::<Vec<_>>(),
        });
        output.say(&format!("{}\n", project.hidden(body)))?;
        return Ok(0);
    }
    let mut text = String::new();
    for source in &sources {
        if source.stdin {
            text += &format!("would read   - (standard input) as {}\n", source.name);
        }
        for (name, bytes) in &source.files {
            text += &format!("would read   {name} ({bytes} bytes) as {}\n", source.name);
        }
    }
    for table in &tables {
        text += &format!("would make   {} ({})\n", table.name, table.step);
    }
    for target in &targets {
        let old = if target.is_there {
            " in place of the old one"
        } else {
            ""
        };
        text += &format!("would write  {}{old}\n", target.path.display());
    }
    output.tell(&project.hide(&text))?;
    Ok(0)
}

/// Where an output would go.
struct Target {
    path: PathBuf,
    is_there: bool,
}

/// The outputs, where all of them can be written as far as can be told without writing.
fn targets(project: &Project, folder: &Path) -> Result<Vec<Target>, Error> {
    let outputs = project.pipeline().outputs.iter();
    let targets = outputs.map(|output| {
        let path = folder.join(output.path.as_str());
        let kind = match output.content {
            Content::Table { .. } => "output",
            _ => "file",
        };
        if path.is_dir() {
            let message = format!("the {kind} `{}` is a folder", path.display());
            return Err(Error::new(Kind::Resources, message));
        }
        // Folders that are not there are made; the first that is must take them.
        if let Some(home) = path.ancestors().skip(1).find(|above| above.exists()) {
            let metadata = std::fs::metadata(home);
            let takes_files = metadata.is_ok_and(|m| m.is_dir() && !m.permissions().readonly());
            if !takes_files {
                let message = format!("nothing can be written into `{}`", home.display());
                return Err(Error::new(Kind::Resources, message));
            }
        }
        let is_there = path.exists();
        Ok(Target { path, is_there })
    });
    targets.collect()
}
