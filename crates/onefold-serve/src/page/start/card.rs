//! A card for each file: what was found, how sure it is, and what can be chosen instead; or why it cannot be read.

use maud::{Markup, html};
use onefold_draft::{RoleChoice, TypeChoice};

use crate::text::{counted, grouped, percent, size};
use crate::upload::{Batch, ChosenColumn, Column, Seen, Stored};

/// Columns of a source that are listed.
pub(super) const MOST_COLUMNS: usize = 200;

/// Files that were not taken.
pub(super) fn refused(batch: &Batch) -> Markup {
    html! {
        @if !batch.refused.is_empty() {
            section.card.file-card.failed {
                div.row-head {
                    h2 { (counted(batch.refused.len() as u64, "file")) " not taken" }
                    form method="post" action="/start/dismiss" {
                        input type="hidden" name="files" value=(batch.id);
                        button.plain type="submit" { "Dismiss" }
                    }
                }
                @for file in &batch.refused {
                    p { strong { (file.given) } ": " (file.why) }
                }
                @if let Some(first) = batch.refused.first() { p.hint { (first.hint) } }
            }
        }
    }
}

/// A file that cannot be read.
pub(super) fn unreadable(file: &Stored, why: &str, hint: Option<&str>) -> Markup {
    html! {
        section.card.file-card.failed {
            (head(&file.given, &file.path, Some(file.bytes), html! { span.bad { "cannot be read" } }))
            p { (why) }
            @if let Some(hint) = hint { p.hint { (hint) } }
            p.quiet { "The other files are used without it." }
        }
    }
}

/// A file that nobody has looked at yet.
pub(super) fn waiting(file: &Stored) -> Markup {
    html! {
        section.card.file-card.loading-card {
            (head(&file.given, &file.path, Some(file.bytes), html! { span.quiet { "being looked at" } }))
        }
    }
}

fn head(name: &str, path: &str, bytes: Option<u64>, state: Markup) -> Markup {
    html! {
        div.row-head {
            h2 {
                bdi { (name) } " "
                @if let Some(bytes) = bytes { span.quiet { (size(bytes)) } " " }
                (state)
            }
            button.plain type="submit" formaction="/start/remove" name="remove" value=(path) {
                "Remove" span.hidden { " " (name) }
            }
        }
    }
}

/// What was found in a source.
pub(super) fn source(batch: &Batch, number: usize, source: &Seen, is_revealed: bool) -> Markup {
    let files: Vec<&Stored> = batch
        .files
        .iter()
        .filter(|file| source.files.contains(&file.path))
        .collect();
    let chosen = batch.chosen(&source.path);
    let prefix = format!("s{number}");
    let listed = source.columns.len().min(MOST_COLUMNS);
    html! {
        section.card.file-card id=(format!("source-{number}")) {
            input type="hidden" name=(format!("{prefix}.path")) value=(source.path);
            @for file in &files {
                (head(&file.given, &file.path, Some(file.bytes), html! {}))
            }
            (about(source, files.len()))
            (broken(source, is_revealed))
            @if source.columns.is_empty() {
                p.note.warn { "No columns were found, so the pipeline leaves this source out." }
            } @else {
                div.controls {
                    label {
                        "Name of the source"
                        input type="text" name=(format!("{prefix}.name")) value=(source.name) maxlength="60" autocomplete="off";
                    }
                    @if !is_revealed {
                        button type="submit" formaction={ "/start/reveal#source-" (number) } name="reveal" value=(source.path) { "Show values" }
                    }
                }
                div.scroll tabindex="0" role="group" aria-label={ "Columns of " (source.name) } {
                    table.list.columns {
                        thead { tr {
                            th scope="col" { "Use" } th scope="col" { "Column" } th scope="col" { "Type" }
                            th scope="col" { "Role" } th scope="col" { "How sure" } th scope="col" { "Values" }
                        } }
                        tbody {
                            @for (place, column) in source.columns.iter().take(listed).enumerate() {
                                @let choice = chosen.and_then(|c| c.columns.iter().find(|c| c.path == column.path));
                                (row(&format!("{prefix}.c{place}"), column, choice, is_revealed))
                            }
                        }
                    }
                }
                @if source.columns.len() > listed {
                    p.quiet {
                        "and " (counted((source.columns.len() - listed) as u64, "more column"))
                        ", as they were found; the text of the pipeline has them all"
                    }
                }
            }
        }
    }
}

/// How the files are written, and how much of them was looked at.
fn about(source: &Seen, files: usize) -> Markup {
    let looked_at = match source.is_whole {
        true => format!("all {} looked at", counted(source.rows as u64, "record")),
        false => format!(
            "a sample of {} looked at",
            counted(source.rows as u64, "record")
        ),
    };
    html! {
        ul.facts {
            @if source.dialect.is_empty() { li { (source.format) } }
            @for part in &source.dialect { li { (part) } }
            li { "encoding " (source.encoding.unwrap_or("utf-8")) }
            @if !source.has_header { li { "no header: the first line has data" } }
            @if !source.records.is_empty() { li { "records lie in " code { (source.records.join(".")) } } }
            @if source.footer > 0 { li { (counted(source.footer, "line")) " at the end left out" } }
            @if files > 1 { li { (counted(files as u64, "file")) " of the same columns, read as one" } }
            li { (looked_at) }
            li { "looks like " strong { (source.records_are) } }
            @if let Some(key) = &source.key { li { "key " code { (key) } } }
        }
    }
}

/// Records that cannot be read.
fn broken(source: &Seen, is_revealed: bool) -> Markup {
    html! {
        @if source.broken > 0 {
            div.note.warn {
                strong { (counted(source.broken, "record")) " cannot be read" }
                ul {
                    @for broken in &source.first_broken {
                        li {
                            span.at { (broken.file.rsplit('/').next().unwrap_or_default()) ":" (broken.line) } " "
                            @if let Some(column) = &broken.column { span.field { (column) } " " }
                            span { (broken.reason) } " " code { (broken.code) }
                            @if is_revealed { pre { mark { (broken.value) } } }
                        }
                    }
                }
                p.hint { "A run keeps these records as rejects, with their text, and reads the others. You can also remove the file, correct it, and drop it again." }
            }
        }
    }
}

fn row(prefix: &str, column: &Column, choice: Option<&ChosenColumn>, is_revealed: bool) -> Markup {
    let name = column.path.join(".");
    let label = |what: &str| format!("{what} of {name}");
    let is_ignored = choice.is_some_and(|choice| choice.is_ignored);
    let as_type = choice.and_then(|choice| choice.as_type.as_deref());
    let role = choice.and_then(|choice| choice.role.as_deref());
    let found_type = match (as_type, &column.type_name) {
        (None, Some(found)) => format!("as found: {found}"),
        _ => "as found".to_owned(),
    };
    let found_role = match (role, column.role_label) {
        (None, Some(found)) => format!("as found: {found}"),
        (None, None) => "as found: none".to_owned(),
        _ => "as found".to_owned(),
    };
    html! {
        tr {
            td {
                input type="hidden" name=(format!("{prefix}.seen")) value="1";
                input type="checkbox" name=(format!("{prefix}.use")) value="1" checked[!is_ignored] aria-label=(label("Use"));
            }
            th scope="row" {
                bdi { (name) }
                @if column.name != name { div.quiet { "becomes " code { (column.name) } } }
            }
            td {
                select name=(format!("{prefix}.type")) aria-label=(label("Type")) {
                    option value="" { (found_type) }
                    @for one in TypeChoice::all() {
                        option value=(one.word()) selected[as_type == Some(one.word())] { (one.label()) }
                    }
                }
            }
            td {
                select name=(format!("{prefix}.role")) aria-label=(label("Role")) {
                    option value="" { (found_role) }
                    @for one in RoleChoice::all() {
                        option value=(one.word()) selected[role == Some(one.word())] { (one.label()) }
                    }
                }
            }
            td.sure { (sure(column)) }
            td.samples {
                @if column.values.is_empty() { span.quiet { "none" } }
                @else if is_revealed {
                    @for value in &column.values { code { (value) } " " }
                } @else {
                    span.quiet title="Show values reveals them" { span aria-hidden="true" { "••••••" } span.hidden { "hidden" } }
                }
            }
        }
    }
}

fn sure(column: &Column) -> Markup {
    let Some(type_name) = &column.type_name else {
        return html! { span.quiet { "left out" } };
    };
    let (fits, of) = (column.fits as u64, column.of as u64);
    html! {
        @if type_name == "text" {
            @if of > 0 { (counted(of, "value")) }
        } @else if fits == of {
            span.good { "all " (counted(of, "value")) }
        } @else {
            span.warn { (grouped(fits)) " of " (counted(of, "value")) } " (" (percent(fits, of)) "), the others become missing"
        }
        @if let Some(note) = &column.note { div.quiet { (note) } }
    }
}
