//! Whatever the text is, the loader answers: no panic, no endless work, and never a refusal without an error.

use std::path::Path;
use std::time::{Duration, Instant};

use onefold_spec::{Severity, Style, load, render_all};
use proptest::prelude::*;

const EXAMPLES: &[&str] = &[
    include_str!("../examples/customer-master.yaml"),
    include_str!("../examples/event-sessions.yaml"),
    include_str!("../examples/stream-enrichment.yaml"),
    include_str!("../examples/customer-360.yaml"),
];

/// Pieces with a meaning in YAML or in a pipeline.
const PIECES: &[&str] = &[
    "",
    "\n",
    "  ",
    "\t",
    ":",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "#",
    "&a ",
    "*a",
    "!x ",
    "? ",
    "| ",
    ">\n",
    "---\n",
    "...\n",
    "%",
    "${",
    "${X}",
    "null",
    "~",
    "*",
    ",",
    "\r",
    "\u{feff}",
    "\u{0}",
    "é",
    "日",
    "tables: ",
    "from: ",
    "resolve: ",
    "99999999999999999999",
    "sql: x",
];

fn answer(text: &str) {
    let path = Path::new("p.yaml");
    let started = Instant::now();
    match load(text, path, &|name| (name == "X").then(|| "{".to_owned())) {
        Ok(loaded) => {
            assert!(
                loaded
                    .warnings
                    .iter()
                    .all(|finding| finding.severity == Severity::Warning),
                "{text:?}"
            );
            render_all(&loaded.warnings, path, text, Style::Ansi);
        }
        Err(findings) => {
            assert!(
                findings
                    .iter()
                    .any(|finding| finding.severity == Severity::Error),
                "{text:?}"
            );
            let lines = text.split(['\n', '\r']).count();
            assert!(
                findings.iter().all(|finding| finding.span.line <= lines),
                "{findings:?}\n{text:?}"
            );
            let rendered = render_all(&findings, path, text, Style::Plain);
            assert!(
                !rendered.contains(|c: char| c.is_control() && c != '\n'),
                "{rendered:?}"
            );
        }
    }
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "too slow: {} bytes",
        text.len()
    );
}

/// `text` with the characters from `start` on, `length` of them, replaced.
fn replaced(text: &str, start: usize, length: usize, piece: &str) -> String {
    let count = text.chars().count();
    let start = start % (count + 1);
    let head = text.chars().take(start);
    let tail = text.chars().skip(start + length);
    head.chain(piece.chars()).chain(tail).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        answer(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_pieces(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        answer(&text);
    }

    #[test]
    fn mutated_examples(
        example in 0..EXAMPLES.len(),
        edits in proptest::collection::vec((any::<u16>(), 0..12_usize, 0..PIECES.len()), 1..6),
    ) {
        let mut text = EXAMPLES[example].to_owned();
        for (start, length, piece) in edits {
            text = replaced(&text, usize::from(start), length, PIECES[piece]);
        }
        answer(&text);
    }

    /// A line that is lost, doubled or moved is the slip of an editor.
    #[test]
    fn shuffled_lines(example in 0..EXAMPLES.len(), picks in proptest::collection::vec(any::<u16>(), 1..40)) {
        let lines: Vec<&str> = EXAMPLES[example].lines().collect();
        let text: Vec<&str> = picks.into_iter().map(|pick| lines[usize::from(pick) % lines.len()]).collect();
        answer(&text.join("\n"));
    }
}

#[test]
fn large_and_deep_files_are_answered() {
    let fields: String = (0..5000)
        .map(|field| format!("      f{field}: text\n"))
        .collect();
    let mut aliased = format!("sources:\n  s0:\n    path: x\n    fields: &f\n{fields}");
    for source in 1..90 {
        aliased.push_str(&format!("  s{source}: {{path: x, fields: *f}}\n"));
    }
    answer(&aliased);
    let chain: String = (1..5000)
        .map(|table| format!("  t{table}: {{from: t{}}}\n", table - 1))
        .collect();
    answer(&format!("sources: {{t0: {{path: x}}}}\ntables:\n{chain}"));
    let circle: String = (0..5000)
        .map(|table| format!("  t{table}: {{from: t{}}}\n", (table + 1) % 5000))
        .collect();
    answer(&format!("sources: {{s: {{path: x}}}}\ntables:\n{circle}"));
    let unknown: String = (0..5000)
        .map(|table| format!("  t{table}: {{from: u{table}}}\n"))
        .collect();
    answer(&format!("sources: {{s: {{path: x}}}}\ntables:\n{unknown}"));
    for piece in [
        "[", "{", "- ", "a: ", "? ", "[{a: ", "\"", "&a ", "*a ", "!a ", "'", "a:\n ", "|\n",
    ] {
        answer(&piece.repeat(20_000));
    }
}
