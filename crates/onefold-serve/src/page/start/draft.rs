//! The pipeline that is drafted: its text with what is wrong in it, and the form that changes it and gives it a name.

use std::path::{Path, PathBuf};

use maud::{Markup, html};
use onefold_engine::Project;
use onefold_spec::Severity;
use serde_json::json;

use super::given::Shown;
use crate::app::App;
use crate::page::pipeline::{findings, listing};
use crate::text::counted;
use crate::upload::Batch;

/// Longest name of a pipeline file without its end.
const NAME: usize = 60;
/// How it is called where nothing else is said.
const USUAL: &str = "onefold.yaml";

/// The draft, where there is one.
pub(super) fn section(app: &App, batch: &Batch, what: &Shown) -> Markup {
    let drafted = batch.draft.as_ref();
    let text = what
        .text
        .as_deref()
        .or(drafted.map(|drafted| drafted.text.as_str()));
    let Some(text) = text else {
        return html! {
            @if !batch.is_busy() && !batch.files.is_empty() {
                section.card { h2 { "The pipeline" } p { "None of the files can be read, so there is no pipeline to draft." } }
            }
        };
    };
    let (name, why) = match &what.name {
        Some((name, why)) => (name.clone(), why.as_deref()),
        None => (free(app), None),
    };
    let path = folder(app).join(&name);
    let found = findings(
        app,
        &Project::from_text(text.to_owned(), path, &app.options.env),
    );
    let errors = found
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .count() as u64;
    html! {
        section.card id="draft" {
            header.row-head {
                h2 {
                    "The pipeline "
                    @if errors > 0 { span.bad { (counted(errors, "error")) } }
                    @else if !found.is_empty() { span.warn { (counted(found.len() as u64, "warning")) } }
                    @else { span.good { "nothing wrong" } }
                    @if what.text.is_some() { " " span.quiet { "changed by you, not saved" } }
                }
            }
            @if let Some(drafted) = drafted { ul.sentences { @for line in &drafted.found { li { (line) } } } }
            @if let Some(why) = why { div.note.bad role="alert" { (why) } }
            (listing(text, &found))
            form.edit method="post" action="/start/save#draft" {
                input type="hidden" name="files" value=(batch.id);
                details open[what.text.is_some()] {
                    summary { "Change it" }
                    label for="text" { "The pipeline file" }
                    textarea id="text" name="text" rows="24" spellcheck="false" autocomplete="off" { (text) }
                    button type="submit" formaction="/start/check#draft" { "Check" }
                }
                div.controls {
                    label {
                        "Save as"
                        input type="text" name="name" value=(name) maxlength="80" autocomplete="off" spellcheck="false";
                    }
                    button type="submit" { "Save" }
                    button.primary type="submit" name="then" value="run" { "Save and run" }
                }
            }
        }
    }
}

/// The draft as data.
pub(super) fn data(app: &App, batch: &Batch) -> serde_json::Value {
    let Some(drafted) = &batch.draft else {
        return serde_json::Value::Null;
    };
    let path = folder(app).join(free(app));
    let loaded = Project::from_text(drafted.text.clone(), path.clone(), &app.options.env);
    let found = findings(app, &loaded);
    json!({
        "text": drafted.text,
        "found": drafted.found,
        "diagnostics": found.iter().map(|one| one.to_json(&path)).collect::<Vec<_>>(),
    })
}

/// The folder in which pipeline files lie.
pub(super) fn folder(app: &App) -> PathBuf {
    let path = app.pipeline_path();
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A name of letters, digits, `-` and `_` that ends as pipeline files do, and leads nowhere else.
pub(super) fn file_name(given: &str) -> Option<String> {
    let given = given.trim();
    let stem = given.strip_suffix(".yaml").or(given.strip_suffix(".yml"));
    let stem = stem.unwrap_or(given);
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_good = stem.chars().count() <= NAME
        && stem.starts_with(char::is_alphanumeric)
        && stem.chars().all(is_plain)
        && crate::upload::on_disk(stem) == stem;
    let end = if given.ends_with(".yml") {
        "yml"
    } else {
        "yaml"
    };
    is_good.then(|| format!("{stem}.{end}"))
}

/// Whether a name is taken, be it by a link that leads nowhere.
pub(super) fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// A name that no file has.
pub(super) fn free(app: &App) -> String {
    let folder = folder(app);
    let path = app.pipeline_path();
    let wanted = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let wanted = wanted.filter(|name| file_name(name).as_ref() == Some(name));
    let stem = USUAL.trim_end_matches(".yaml");
    let numbered = (2..1000).map(|number| format!("{stem}_{number}.yaml"));
    let mut names = wanted.into_iter().chain([USUAL.to_owned()]).chain(numbered);
    let found = names.find(|name| !is_there(&folder.join(name)));
    found.unwrap_or_else(|| USUAL.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pipeline_files() {
        for (given, expected) in [
            ("crm.yaml", Some("crm.yaml")),
            (" crm ", Some("crm.yaml")),
            ("crm.yml", Some("crm.yml")),
            ("Kunden_2024-01", Some("Kunden_2024-01.yaml")),
            ("../crm.yaml", None),
            ("a/b.yaml", None),
            (".yaml", None),
            ("con", None),
            ("-rf", None),
            ("a\0", None),
            ("", None),
        ] {
            assert_eq!(file_name(given).as_deref(), expected, "{given:?}");
        }
    }
}
