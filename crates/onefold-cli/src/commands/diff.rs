//! `onefold diff [RUN_A RUN_B]`

use onefold_engine::diff;

use crate::arguments::{DiffArgs, Format};
use crate::boxes::{boxed, plain};
use crate::output::Output;
use crate::summary::grouped;

pub(crate) fn run(args: &DiffArgs, output: &Output) -> anyhow::Result<u8> {
    let runs = args.before.as_deref().zip(args.after.as_deref());
    let found = match diff::diff(&args.results, runs) {
        Ok(found) => found,
        Err(error) => return Ok(output.plain_error(&error)),
    };
    if output.format == Format::Json {
        output.say(&format!("{}\n", serde_json::to_string(&found)?))?;
        return Ok(0);
    }
    let mut text = format!("{} and {}\n", found.before, found.after);
    let rows = found.tables.iter().map(|table| {
        vec![
            plain(&table.table),
            grouped(table.rows_before),
            grouped(table.rows_after),
            grouped(table.added),
            grouped(table.removed),
            match &table.key {
                Some(_) => grouped(table.changed),
                None => String::new(),
            },
        ]
    });
    let columns = [
        "table",
        "rows before",
        "rows after",
        "added",
        "removed",
        "changed",
    ];
    text += &boxed(&columns, rows.collect());
    for table in &found.tables {
        for (columns, what) in [
            (&table.columns_added, "new or of another type"),
            (&table.columns_removed, "gone or of another type"),
        ] {
            if !columns.is_empty() {
                let line = format!("{}: columns {}: {what}", table.table, columns.join(", "));
                text += &format!("{}\n", plain(&line));
            }
        }
    }
    if !found.customers.is_empty() {
        let rows = found.customers.iter().map(|of| {
            let counts = [
                of.unchanged,
                of.changed,
                of.merged,
                of.split,
                of.created,
                of.gone,
            ];
            let counts = counts.into_iter().map(grouped);
            std::iter::once(plain(&of.table)).chain(counts).collect()
        });
        let columns = [
            "customers of",
            "unchanged",
            "changed",
            "merged",
            "split",
            "created",
            "gone",
        ];
        text += &boxed(&columns, rows.collect());
    }
    if !found.not_compared.is_empty() {
        let names = plain(&found.not_compared.join(", "));
        text += &format!("only one of them has kept {names}\n");
    }
    output.say(&text)?;
    Ok(0)
}
