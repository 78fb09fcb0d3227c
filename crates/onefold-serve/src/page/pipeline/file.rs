//! The pipeline file: its text with what is wrong under the lines where it is, and a form to change it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use axum::http::StatusCode;
use maud::{Markup, html};
use onefold_engine::Project;
use onefold_spec::{Diagnostic, Severity, Span};

use crate::app::App;
use crate::atomic::replace;
use crate::failure::Failure;
use crate::form::Form;
use crate::text::counted;

/// The text that is shown.
pub(super) struct Text {
    /// The text of the pipeline file, as it is or as somebody is changing it.
    pub(super) text: String,
    /// Whether it is somebody's change, not yet in the file.
    pub(super) is_changed: bool,
    /// What to say of it.
    pub(super) said: Option<&'static str>,
}

/// The text of a pipeline in a form.
pub(crate) fn text(form: &Form) -> Result<String, Failure> {
    let text = form.lines("text");
    text.ok_or_else(|| Failure::wrong("the form has no text"))
}

/// Writes a changed text into the pipeline file, unless something is wrong with it; whether it was written.
///
/// # Errors
/// The file is not what it was when the page was shown, or it cannot be written.
pub(super) fn save(app: &App, form: &Form) -> Result<bool, Failure> {
    let text = text(form)?;
    app.may_be_written(&text)?;
    let path = app.pipeline_path();
    if Project::from_text(text.clone(), path.clone(), &app.options.env).is_err() {
        return Ok(false);
    }
    let now = std::fs::read_to_string(&path).unwrap_or_default();
    if form.value("before") != Some(&digest(&now)) {
        let failure = Failure {
            status: StatusCode::CONFLICT,
            ..Failure::wrong("the file has been changed since this page was shown")
        };
        return Err(failure.hint("go back, copy what you have written, and load the page again"));
    }
    replace(&path, &text).map_err(|error| {
        Failure::unwritable(format!("could not write `{}`", path.display()), &error)
    })?;
    Ok(true)
}

/// Tells whether a text is another one; not whether somebody has made it look the same.
fn digest(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{:016x}-{}", hasher.finish(), text.len())
}

/// The text, what is wrong with it, and the form.
pub(super) fn shown(text: &Text, path: &Path, findings: &[Diagnostic]) -> Markup {
    let errors = findings
        .iter()
        .filter(|found| found.severity == Severity::Error)
        .count();
    let warnings = findings.len() - errors;
    let before = digest(&std::fs::read_to_string(path).unwrap_or_default());
    html! {
        section.card id="file" {
            header.row-head {
                h2 {
                    (path.file_name().unwrap_or_default().to_string_lossy()) " "
                    @if errors > 0 { span.bad { (counted(errors as u64, "error")) } }
                    @else if warnings > 0 { span.warn { (counted(warnings as u64, "warning")) } }
                    @else { span.good { "nothing wrong" } }
                    @if text.is_changed { " " span.quiet { "not saved" } }
                }
            }
            @if let Some(said) = text.said { div.note.good role="status" { (said) } }
            @for found in findings.iter().filter(|found| found.span.line == 0) { (told(found)) }
            (listing(&text.text, findings))
            details open[text.is_changed] {
                summary { "Change it" }
                form.edit method="post" action="/pipeline/check#file" {
                    input type="hidden" name="before" value=(before);
                    label for="text" { "The pipeline file" }
                    textarea id="text" name="text" rows="24" spellcheck="false" autocomplete="off" { (text.text) }
                    div.buttons {
                        button type="submit" { "Check" }
                        button.primary type="submit" formaction="/pipeline/save" { "Save" }
                    }
                }
            }
        }
    }
}

/// The text, line by line.
pub(crate) fn listing(text: &str, findings: &[Diagnostic]) -> Markup {
    let mut by_line: BTreeMap<usize, Vec<&Diagnostic>> = BTreeMap::new();
    for found in findings {
        by_line.entry(found.span.line).or_default().push(found);
    }
    html! {
        div.listing tabindex="0" role="group" aria-label="The pipeline file" {
            @for (place, line) in text.lines().enumerate() {
                @let found = by_line.get(&(place + 1));
                div.line.wrong[found.is_some()] {
                    span.at aria-hidden="true" { (place + 1) }
                    code { (parts(line, found)) }
                }
                @for found in found.into_iter().flatten() { (told(found)) }
            }
        }
    }
}

/// A line with what is wrong in it marked.
fn parts(line: &str, found: Option<&Vec<&Diagnostic>>) -> Markup {
    let Some(first) = found.and_then(|found| found.first()) else {
        return html! { @if line.is_empty() { "\u{200b}" } @else { (comment(line)) } };
    };
    let Span { column, length, .. } = first.span;
    let byte = |place: usize| {
        line.char_indices()
            .nth(place)
            .map_or(line.len(), |(byte, _)| byte)
    };
    let (start, end) = (
        byte(column.saturating_sub(1)),
        byte(column.saturating_sub(1) + length.max(1)),
    );
    html! { (line[..start]) mark { (line[start..end]) } (line[end..]) }
}

/// A line with its comment apart.
fn comment(line: &str) -> Markup {
    let is_comment = line.trim_start().starts_with('#');
    html! { @if is_comment { span.quiet { (line) } } @else { (line) } }
}

fn told(found: &Diagnostic) -> Markup {
    let class = match found.severity {
        Severity::Error => "finding bad",
        Severity::Warning => "finding warn",
    };
    html! {
        div class=(class) {
            strong { (found.severity.name()) ": " (found.message) }
            @if let Some(detail) = &found.detail { p { (detail) } }
            @if let Some(hint) = &found.hint { p.hint { (hint) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_stands_under_its_line() {
        let found = Diagnostic::error(
            Span {
                line: 2,
                column: 3,
                length: 4,
            },
            "no <such> key",
        )
        .hint("did you mean");
        let text = listing("a: 1\n  path: x\n", &[found]).into_string();
        assert!(text.contains("<mark>path</mark>: x"), "{text}");
        assert!(text.contains("no &lt;such&gt; key"), "{text}");
        let outside = Diagnostic::error(
            Span {
                line: 1,
                column: 90,
                length: 9,
            },
            "m",
        );
        listing("é", &[outside]).into_string();
    }
}
