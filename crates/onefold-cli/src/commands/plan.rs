//! `onefold plan FILE`

use onefold_engine::FileDialect;

use super::pipeline;
use crate::arguments::{Format, PlanArgs};
use crate::output::Output;
use crate::summary::left_out;

pub(crate) fn plan(args: &PlanArgs, output: &Output) -> anyhow::Result<u8> {
    let project = match pipeline::load(&args.pipeline, output) {
        Ok(project) => project,
        Err(code) => return Ok(code),
    };
    let (sources, tables) = match project.plan(args.input.as_deref()) {
        Ok(plan) => plan,
        Err(error) => return Ok(output.project_error(&error, &project)),
    };
    if output.format == Format::Json {
        let columns = |columns: &Option<Vec<(String, String)>>| -> Option<Vec<_>> {
            let columns = columns.as_ref()?.iter();
            let columns =
                columns.map(|(name, kind)| serde_json::json!({"name": name, "type": kind}));
            Some(columns.collect())
        };
        let files = |files: &[(String, u64)]| -> Vec<_> {
            files
                .iter()
                .map(|(name, bytes)| serde_json::json!({"name": name, "bytes": bytes}))
                .collect()
        };
        let dialects = |found: &[FileDialect]| -> Vec<_> {
            found
                .iter()
                .map(|d| serde_json::json!({"file": d.file, "files": d.files, "read_as": d.parts}))
                .collect()
        };
        let body = serde_json::json!({
            "sources": sources.iter().map(|s| {
                let mut source = serde_json::json!({"name": s.name, "files": files(&s.files), "left_out": s.left_out, "dialects": dialects(&s.dialects), "columns": columns(&s.columns)});
                if s.stdin {
                    source["stdin"] = true.into();
                }
                source
            }).collect::<Vec<_>>(),
            "tables": tables.iter().map(|t| serde_json::json!({
                "name": t.name, "step": t.step, "inputs": t.inputs, "columns": columns(&t.columns)
            })).collect::<Vec<_>>(),
        });
        output.say(&format!("{}\n", project.hidden(body)))?;
        return Ok(0);
    }
    let mut text = String::new();
    let columns = |list: &Option<Vec<(String, String)>>, text: &mut String| match list {
        Some(list) => {
            for (name, kind) in list {
                *text += &format!("  {name}: {kind}\n");
            }
        }
        None => {
            *text += "  the columns are known only in a run: they are those of standard input\n"
        }
    };
    for source in &sources {
        let bytes: u64 = source.files.iter().map(|f| f.1).sum();
        let files: Vec<&str> = source.files.iter().map(|f| f.0.as_str()).collect();
        text += &match source.stdin {
            true => format!("source {} from - (standard input)\n", source.name),
            false => format!(
                "source {} from {} ({bytes} bytes)\n",
                source.name,
                files.join(", ")
            ),
        };
        for dialect in &source.dialects {
            let also = match dialect.files {
                1 => String::new(),
                files => format!(" and {} more", files - 1),
            };
            text += &format!("  {}{also}: {}\n", dialect.file, dialect.parts.join("; "));
        }
        for line in left_out(&source.left_out) {
            text += &format!("  {line}\n");
        }
        columns(&source.columns, &mut text);
    }
    for table in &tables {
        text += &format!(
            "table {} = {} of {}\n",
            table.name,
            table.step,
            table.inputs.join(", ")
        );
        columns(&table.columns, &mut text);
    }
    output.say(&project.hide(&text))?;
    Ok(0)
}
