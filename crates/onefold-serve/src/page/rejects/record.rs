//! A rejected record.

use maud::{Markup, html};
use serde::Deserialize;
use serde_json::json;

/// Columns of the rejects of a source that say what a record is.
pub(super) const COLUMNS: [&str; 7] = ["record", "file", "line", "code", "reason", "errors", "raw"];

/// A rejected record.
pub(super) struct Record {
    /// Its number among those that are looked at, from 0.
    pub(super) place: u64,
    record: String,
    file: String,
    line: String,
    code: String,
    reason: String,
    errors: Vec<FieldError>,
    raw: String,
}

/// An error of a field.
#[derive(Debug, Deserialize)]
struct FieldError {
    #[serde(default)]
    column: String,
    #[serde(default)]
    value: Option<String>,
}

impl Record {
    /// From a row of [`COLUMNS`].
    pub(super) fn of(place: u64, row: Vec<Option<String>>) -> Self {
        let mut values = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || values.next().unwrap_or_default();
        Self {
            place,
            record: next(),
            file: next(),
            line: next(),
            code: next(),
            reason: next(),
            errors: serde_json::from_str(&next()).unwrap_or_default(),
            raw: next(),
        }
    }

    /// What is told of it without being asked: not its text, and no value of it.
    pub(super) fn masked(&self) -> serde_json::Value {
        json!({
            "record": self.record.parse::<u64>().ok(),
            "file": self.file,
            "line": self.line.parse::<u64>().ok(),
            "code": self.code,
            "reason": self.reason,
            "fields": self.errors.iter().map(|error| &error.column).collect::<Vec<_>>(),
        })
    }

    /// The record in a list, with a button that asks for its text, or with the text.
    pub(super) fn shown(&self, query: &[(String, String)], is_revealed: bool) -> Markup {
        let fields: Vec<&str> = self
            .errors
            .iter()
            .map(|error| error.column.as_str())
            .filter(|column| !column.is_empty())
            .collect();
        html! {
            li.reject {
                div.about {
                    span.at { (self.file) ":" (self.line) }
                    @if !fields.is_empty() { span.field { (fields.join(", ")) } }
                    span { (self.reason) }
                    code { (self.code) }
                }
                @if is_revealed { (self.text()) } @else {
                    form.masked method="post" action="/rejects/reveal" {
                        @for (name, value) in query { input type="hidden" name=(name) value=(value); }
                        input type="hidden" name="place" value=(self.place);
                        span aria-hidden="true" { "••••••••••••••••" }
                        button.plain type="submit" { "Show the text" span.hidden { " of " (self.file) " line " (self.line) } }
                    }
                }
            }
        }
    }

    /// Its text, with the values at fault marked where the text says which they are; other values stand below.
    pub(super) fn text(&self) -> Markup {
        let mut spans: Vec<(usize, usize)> = Vec::new();
        let mut apart: Vec<&FieldError> = Vec::new();
        for error in &self.errors {
            let value = error.value.as_deref().unwrap_or_default();
            let mut found = self.raw.match_indices(value);
            match (value.is_empty(), found.next(), found.next()) {
                (false, Some((start, _)), None) => spans.push((start, start + value.len())),
                (true, ..) => {}
                _ => apart.push(error),
            }
        }
        spans.sort_unstable();
        let mut done = 0;
        let mut parts: Vec<(&str, bool)> = Vec::new();
        for (start, end) in spans {
            if start >= done {
                parts.push((&self.raw[done..start], false));
                parts.push((&self.raw[start..end], true));
                done = end;
            }
        }
        parts.push((&self.raw[done..], false));
        html! {
            div.text {
                pre tabindex="0" {
                    @for (part, is_marked) in parts {
                        @if is_marked { mark { (part) } } @else { (part) }
                    }
                }
                @for error in apart {
                    p { span.field { (error.column) } " " mark { (error.value.as_deref().unwrap_or_default()) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(raw: &str, errors: &str) -> Record {
        let row = ["7", "a.csv", "3", "invalid_email", "no e-mail", errors, raw];
        Record::of(4, row.iter().map(|text| Some((*text).to_owned())).collect())
    }

    #[test]
    fn the_value_at_fault_is_marked() {
        let one = record("1,ann@,x", r#"[{"column":"email","value":"ann@"}]"#);
        let text = one.text().into_string();
        assert!(text.contains("1,<mark>ann@</mark>,x"), "{text}");
        let twice = record("5,5", r#"[{"column":"age","value":"5"}]"#);
        let text = twice.text().into_string();
        assert!(
            text.contains("5,5</pre>") && text.contains("<mark>5</mark>"),
            "{text}"
        );
    }

    #[test]
    fn nothing_of_a_record_is_shown_before_it_is_asked_for() {
        let secret = record("1,ann@,secret", r#"[{"column":"email","value":"ann@"}]"#);
        let shown = secret.shown(&[], false).into_string();
        let masked = secret.masked().to_string();
        for text in [shown, masked] {
            assert!(!text.contains("ann@") && !text.contains("secret"), "{text}");
            assert!(text.contains("a.csv") && text.contains("email"), "{text}");
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let hostile = record(
            "<script>alert(1)</script>\"><img src=x>",
            r#"[{"column":"<b>","value":"<img src=x>"}]"#,
        );
        let shown = hostile
            .shown(&[("a".to_owned(), "\"><script>".to_owned())], true)
            .into_string();
        for tag in ["<script", "<img", "<b>"] {
            assert!(!shown.contains(tag), "{shown}");
        }
    }
}
