//! What is wrong with a pipeline file, and where: collected, not first-one-wins, and rendered with the offending text.
//!
//! A message is lower case, without a full stop, and understandable without colour. Everything that comes from a file is escaped
//! before it is printed: a terminal never sees a control character that a pipeline file carried.

use std::ops::Range;
use std::path::Path;

use crate::nearest::nearest;
use crate::span::Span;
use annotate_snippets::renderer::{AnsiColor, Style as Colour};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthChar as _;

/// Widest excerpt of a source line, in terminal cells; a longer line is cut around the offending text.
const EXCERPT_WIDTH: usize = 160;

/// Cells kept before the offending text of a line that is cut.
const EXCERPT_LEAD: usize = 60;

/// Line numbers and the bars beside them.
const FRAME: Colour = AnsiColor::Blue.on_default().bold();

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The pipeline cannot run.
    Error,
    /// The pipeline runs, and something in it is probably not meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// How diagnostics are rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Text only.
    #[default]
    Plain,
    /// With ANSI colours; whether the terminal wants them is the caller's to decide.
    Ansi,
}

/// One finding about a pipeline file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The offending text; a line of 0 (the default span) means the file as a whole.
    pub span: Span,
    /// What is wrong, in one line.
    pub message: String,
    /// What one has to know to understand the message.
    pub detail: Option<String>,
    /// What to do.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// Something that keeps the pipeline from running.
    pub fn error(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, span, message.into())
    }

    /// Something that is probably not meant.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, span, message.into())
    }

    fn new(severity: Severity, span: Span, message: String) -> Self {
        Self {
            severity,
            span,
            message,
            detail: None,
            hint: None,
        }
    }

    /// Adds what one has to know to understand the message.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds `did you mean` where one of `candidates` is near `word`.
    #[must_use]
    pub fn did_you_mean<'a>(
        self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        match nearest(word, candidates) {
            Some(name) => self.hint(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// The finding as text without colour, ending with a line feed. `source_text` is the content of the file at `path`.
    pub fn render(&self, path: &Path, source_text: &str) -> String {
        self.render_styled(path, source_text, Style::Plain)
    }

    /// [`Diagnostic::render`] in a style.
    pub fn render_styled(&self, path: &Path, source_text: &str, style: Style) -> String {
        let renderer = style.renderer();
        let title = self.severity.level().primary_title(escape(&self.message));
        let mut parts = vec![
            renderer.render(&[Group::with_title(title)]),
            self.place(path, style),
        ];
        if let Some(text) = nth_line(source_text, self.span.line) {
            parts.push(self.excerpt(text, &renderer));
        }
        for (label, text) in [("detail", &self.detail), ("hint", &self.hint)] {
            if let Some(text) = text {
                let title = Level::NOTE.with_name(label).secondary_title(escape(text));
                parts.push(renderer.render(&[Group::with_title(title)]));
            }
        }
        parts.join("\n") + "\n"
    }

    /// ` --> onefold.yaml:7:3`. The renderer would count columns in the excerpt, which may be cut and escaped.
    fn place(&self, path: &Path, style: Style) -> String {
        let path = escape(&path.to_string_lossy());
        let arrow = style.frame("-->");
        let Span { line, column, .. } = self.span;
        match line {
            0 => format!(" {arrow} {path}"),
            _ => {
                let gutter = " ".repeat(line.to_string().len());
                format!("{gutter}{arrow} {path}:{line}:{column}")
            }
        }
    }

    /// A line of the file with the mark under the offending text.
    fn excerpt(&self, line: &str, renderer: &Renderer) -> String {
        let excerpt = Excerpt::new(line, self.span);
        let mark = AnnotationKind::Primary.span(excerpt.mark);
        let snippet = Snippet::source(excerpt.text)
            .line_start(self.span.line)
            .annotation(mark);
        let rendered =
            renderer.render(&[Group::with_level(self.severity.level()).element(snippet)]);
        let lines: Vec<&str> = rendered.lines().map(str::trim_end).collect();
        lines.join("\n")
    }

    /// The finding for machines: `severity`, `file`, `line`, `column`, `length`, `message`, and `detail` and `hint` (null where
    /// there is none). `line`, `column` and `length` are null for the file as a whole.
    pub fn to_json(&self, path: &Path) -> Value {
        let place = |number: usize| {
            if self.span.line == 0 {
                Value::Null
            } else {
                json!(number)
            }
        };
        json!({
            "severity": self.severity.name(),
            "file": path.to_string_lossy(),
            "line": place(self.span.line),
            "column": place(self.span.column),
            "length": place(self.span.length),
            "message": self.message,
            "detail": self.detail,
            "hint": self.hint,
        })
    }
}

/// Several findings, one after another with an empty line between them.
pub fn render_all(
    diagnostics: &[Diagnostic],
    path: &Path,
    source_text: &str,
    style: Style,
) -> String {
    let rendered: Vec<String> = diagnostics
        .iter()
        .map(|d| d.render_styled(path, source_text, style))
        .collect();
    rendered.join("\n")
}

/// The part of a line that is shown.
struct Excerpt {
    text: String,
    /// Bytes of the offending text in it.
    mark: Range<usize>,
}

impl Excerpt {
    fn new(line: &str, span: Span) -> Self {
        let first = span.column.saturating_sub(1);
        let last = first.saturating_add(span.length.max(1));
        let shown: Vec<(String, usize)> = line.chars().map(shown_char).collect();
        let cells = |chars: &[(String, usize)]| -> usize { chars.iter().map(|(_, n)| n).sum() };
        let mut lead = cells(shown.get(..first).unwrap_or(&shown));
        let mut start = 0;
        if cells(&shown) > EXCERPT_WIDTH {
            while lead > EXCERPT_LEAD
                && let Some((_, cells)) = shown.get(start)
            {
                lead -= cells;
                start += 1;
            }
        }
        let mut text = String::new();
        if start > 0 {
            text.push_str("...");
        }
        let mut width = text.len();
        let mut mark = None;
        let mut mark_end = None;
        for (place, (shown, cells)) in shown.iter().enumerate().skip(start) {
            if width + cells > EXCERPT_WIDTH {
                mark_end.get_or_insert(text.len());
                text.push_str("...");
                break;
            }
            if place == first {
                mark = Some(text.len());
            }
            if place == last {
                mark_end = Some(text.len());
            }
            text.push_str(shown);
            width += cells;
        }
        let end = mark_end.unwrap_or(text.len());
        Self {
            mark: mark.unwrap_or(end)..end,
            text,
        }
    }
}

/// A character as it is printed, and its width in terminal cells.
fn shown_char(c: char) -> (String, usize) {
    if c == '\t' {
        // A tab stop depends on what stands before it in the terminal; blanks do not.
        return ("    ".to_owned(), 4);
    }
    if is_unprintable(c) {
        let text: String = c.escape_unicode().collect();
        let cells = text.len();
        return (text, cells);
    }
    (c.to_string(), c.width().unwrap_or(0))
}

/// Control characters, and the invisible ones that reorder or hide the text around them.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) && c != '\n' {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// A line by its 1-based number; a line ends with LF, CR LF or CR, as in YAML.
fn nth_line(text: &str, number: usize) -> Option<&str> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut skipped = 1;
    loop {
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, tail) = rest.split_at(end);
        if skipped == number {
            return Some(line);
        }
        rest = tail
            .strip_prefix("\r\n")
            .or_else(|| tail.strip_prefix(['\n', '\r']))?;
        skipped += 1;
    }
}

impl Severity {
    fn level(self) -> Level<'static> {
        match self {
            Self::Error => Level::ERROR,
            Self::Warning => Level::WARNING,
        }
    }
}

impl Style {
    /// It cuts no lines: [`Excerpt`] has done so.
    fn renderer(self) -> Renderer {
        let renderer = match self {
            Self::Plain => Renderer::plain(),
            Self::Ansi => Renderer::styled()
                .line_num(FRAME)
                .note(Colour::new().bold()),
        };
        renderer.term_width(2 * EXCERPT_WIDTH)
    }

    fn frame(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Ansi => format!("{FRAME}{text}{FRAME:#}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(text: &str, line: usize, column: usize, length: usize) -> String {
        Diagnostic::error(
            Span {
                line,
                column,
                length,
            },
            "bad",
        )
        .render(Path::new("p.yaml"), text)
    }

    #[test]
    fn the_caret_stands_under_the_text() {
        let cases = [
            ("a: bcd", (1, 4, 3), "1 | a: bcd\n  |    ^^^\n"),
            ("\ta: b", (1, 2, 1), "1 |     a: b\n  |     ^\n"),
            ("日本: x", (1, 5, 1), "1 | 日本: x\n  |       ^\n"),
            ("日本: x", (1, 1, 2), "1 | 日本: x\n  | ^^^^\n"),
            ("e\u{301}: x", (1, 5, 1), "1 | e\u{301}: x\n  |    ^\n"),
            (
                "\u{1b}[1m: x",
                (1, 7, 1),
                "1 | \\u{1b}[1m: x\n  |            ^\n",
            ),
            ("x\r\ny: z\r\n", (2, 4, 1), "2 | y: z\n  |    ^\n"),
            ("x\ry: z", (2, 4, 1), "2 | y: z\n  |    ^\n"),
            ("\u{feff}a: b", (1, 1, 1), "1 | a: b\n  | ^\n"),
            ("a", (1, 2, 0), "1 | a\n  |  ^\n"),
            ("a", (1, 1, usize::MAX), "1 | a\n  | ^\n"),
            ("", (1, 1, 0), "1 |\n  | ^\n"),
        ];
        for (text, (line, column, length), expected) in cases {
            let rendered = render(text, line, column, length);
            assert_eq!(
                rendered,
                format!("error: bad\n --> p.yaml:{line}:{column}\n  |\n{expected}"),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_place_outside_the_text_has_no_excerpt() {
        assert_eq!(render("a", 9, 1, 1), "error: bad\n --> p.yaml:9:1\n");
        assert_eq!(render("a", 0, 0, 0), "error: bad\n --> p.yaml\n");
    }

    #[test]
    fn a_long_line_is_cut_around_the_mark() {
        let text = format!("{}bad{}", "x".repeat(500), "y".repeat(500));
        let rendered = render(&text, 1, 501, 3);
        let lines: Vec<&str> = rendered.lines().collect();
        let at = lines[4].find("^^^").expect("a mark");
        assert_eq!(&lines[3][at..at + 3], "bad");
        assert!(lines[3].len() < 180 && lines[3].ends_with("..."));
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let finding = Diagnostic::warning(
            Span {
                line: 1,
                column: 1,
                length: 1,
            },
            "m\u{1b}",
        )
        .detail("d")
        .hint("h");
        let styled = finding.render_styled(Path::new("p"), "a", Style::Ansi);
        let mut plain = String::new();
        let mut rest = styled.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').expect("a whole escape sequence").1;
        }
        plain.push_str(rest);
        assert_eq!(plain, finding.render(Path::new("p"), "a"));
        assert!(plain.contains("m\\u{1b}"));
    }

    #[test]
    fn json_has_all_parts() {
        let place = Span {
            line: 2,
            column: 3,
            length: 4,
        };
        let value = Diagnostic::error(place, "m")
            .hint("h")
            .to_json(Path::new("p.yaml"));
        let expected = json!({"severity": "error", "file": "p.yaml", "line": 2, "column": 3, "length": 4,
            "message": "m", "detail": null, "hint": "h"});
        assert_eq!(value, expected);
        assert_eq!(
            Diagnostic::error(Span::default(), "m").to_json(Path::new("p"))["line"],
            Value::Null
        );
    }
}
