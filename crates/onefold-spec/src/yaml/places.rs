//! Where the parser's marks lie in the text, in lines and characters.

use saphyr_parser::{ScanError, Span as ParserSpan};

use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// Places of the parser to places for people.
pub(super) struct Places<'a> {
    lines: Vec<&'a str>,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut lines = Vec::new();
        let mut rest = text;
        while let Some(end) = rest.find(['\n', '\r']) {
            let (line, tail) = rest.split_at(end);
            lines.push(line);
            rest = tail
                .strip_prefix("\r\n")
                .or_else(|| tail.strip_prefix(['\n', '\r']))
                .unwrap_or_default();
        }
        lines.push(rest);
        Self { lines }
    }

    pub(super) fn line(&self, number: usize) -> &'a str {
        self.lines
            .get(number.wrapping_sub(1))
            .copied()
            .unwrap_or_default()
    }

    /// A range that goes over several lines ends with the first. At the end of the file the parser stands on a line that is not
    /// there; that is the end of the last.
    pub(super) fn span(&self, span: ParserSpan) -> Span {
        let (start, end) = (span.start, span.end);
        let last = self.lines.len();
        if start.line() > last {
            let column = self.line(last).chars().count() + 1;
            return Span {
                line: last,
                column,
                length: 0,
            };
        }
        let length = if start.line() == end.line() {
            end.col().saturating_sub(start.col())
        } else {
            let line = self.line(start.line());
            line.trim_end().chars().count().saturating_sub(start.col())
        };
        Span {
            line: start.line(),
            column: start.col() + 1,
            length,
        }
    }

    pub(super) fn syntax_error(&self, error: &ScanError) -> Diagnostic {
        let marker = error.marker();
        // At the end of the file the parser stands on a line that is not there.
        let line = marker.line().clamp(1, self.lines.len());
        let at_line_end = self.line(line).chars().count();
        let column = if line == marker.line() {
            marker.col().min(at_line_end)
        } else {
            at_line_end
        };
        let span = Span {
            line,
            column: column + 1,
            length: 1,
        };
        let finding = Diagnostic::error(span, format!("invalid YAML: {}", error.info()));
        let text = self.line(line);
        let rest: String = text.chars().skip(column).collect();
        let indent: String = text.chars().take_while(|c| c.is_whitespace()).collect();
        if indent.contains('\t') {
            return finding.hint("YAML is indented with spaces, not with tabs");
        }
        match rest.chars().next() {
            Some(c @ ('*' | '@' | '`' | '%' | '&')) => {
                finding.hint(format!("put text that starts with `{c}` in quotes"))
            }
            _ if error.info().contains("mapping values") => {
                finding.hint("put text that holds `: ` in quotes")
            }
            // Alone it is standard input, which the parser takes for an entry of a list.
            Some('-') if is_alone(&rest) => {
                finding.hint("put `-` in quotes where it is text, as in `path: \"-\"`")
            }
            _ => finding,
        }
    }
}

/// Whether nothing follows a `-` that would make it the start of an entry.
fn is_alone(rest: &str) -> bool {
    let after = rest.get(1..).unwrap_or_default().trim_start();
    after.is_empty() || after.starts_with([',', '}', ']', '#'])
}
