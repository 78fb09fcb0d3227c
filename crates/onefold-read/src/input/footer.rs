//! Lines at the end of a text that are no records.

use std::io::Read;
use std::sync::{Arc, OnceLock};

use super::stream::Stream;

/// Lines that were left out at the end of a text; set once its end has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Footer {
    pub(crate) lines: u64,
    /// The text of the first.
    pub(crate) first: String,
}

/// A text without its last lines. Those that may be the last are held until it is known; blank lines do not count.
pub(crate) struct WithoutFooter {
    from: Box<dyn Stream>,
    lines: u64,
    held: Vec<u8>,
    /// Bytes of `held` that have been given out, and those that may be.
    given: usize,
    ready: usize,
    ended: bool,
    found: Arc<OnceLock<Footer>>,
}

const STEP: usize = 1 << 18;

impl WithoutFooter {
    /// Leaves out the last `lines`, and tells `found` what they were.
    pub(crate) fn new(from: Box<dyn Stream>, lines: u64, found: Arc<OnceLock<Footer>>) -> Self {
        Self {
            from,
            lines,
            held: Vec::new(),
            given: 0,
            ready: 0,
            ended: false,
            found,
        }
    }

    fn end(&mut self) {
        self.ended = true;
        let text = String::from_utf8_lossy(self.held.get(self.ready..).unwrap_or_default());
        let lines = text
            .split(['\n', '\r'])
            .filter(|line| !is_blank(line.as_bytes()));
        let mut lines = lines.peekable();
        if let Some(first) = lines.peek() {
            let first = (*first).to_owned();
            let lines = lines.count() as u64;
            self.found.get_or_init(|| Footer { lines, first });
        }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// Where the last `lines` of a text begin.
fn start(text: &[u8], lines: u64) -> usize {
    let mut left = lines;
    let mut at = text.len();
    while left > 0 && at > 0 {
        let line = text.get(..at).unwrap_or_default();
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        at = memchr::memrchr2(b'\n', b'\r', line).map_or(0, |i| i + 1);
        left -= u64::from(!is_blank(line.get(at..).unwrap_or_default()));
    }
    at
}

impl Read for WithoutFooter {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.ready {
            if self.ended {
                return Ok(0);
            }
            self.held.drain(..self.ready);
            self.given = 0;
            let n = self.from.append(STEP, &mut self.held)?;
            self.ready = start(&self.held, self.lines);
            if n < STEP {
                self.end();
            }
        }
        let ready = self.held.get(self.given..self.ready).unwrap_or_default();
        let n = ready.len().min(buffer.len());
        buffer[..n].copy_from_slice(&ready[..n]);
        self.given += n;
        Ok(n)
    }
}

impl Stream for WithoutFooter {}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, lines: u64) -> (String, Option<Footer>) {
        let found = Arc::default();
        let from = Box::new(Cursor::new(text.as_bytes().to_vec()));
        let mut rest = String::new();
        WithoutFooter::new(from, lines, Arc::clone(&found))
            .read_to_string(&mut rest)
            .expect("text");
        (rest, found.get().cloned())
    }

    #[test]
    fn the_last_lines_are_left_out_and_blank_ones_do_not_count() {
        for (text, lines, expected, first) in [
            ("a\nb\nc\n", 1, "a\nb\n", Some("c")),
            ("a\nb\nc", 1, "a\nb\n", Some("c")),
            ("a\r\nb\r\nc\r\n", 2, "a\r\n", Some("b")),
            ("a\rb\rc\r", 2, "a\r", Some("b")),
            ("a\nTotal\n\n \n", 1, "a\n", Some("Total")),
            ("a\n\nTotal\n\nby Ann\n", 2, "a\n\n", Some("Total")),
            ("a\n", 3, "", Some("a")),
            ("", 1, "", None),
            ("\n\n", 1, "", None),
        ] {
            let (rest, footer) = read(text, lines);
            assert_eq!(rest, expected, "{text:?}");
            assert_eq!(footer.map(|f| f.first).as_deref(), first, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn long_texts_lose_their_last_lines_only(
            lengths in prop::collection::vec(1usize..100_000, 1..20),
            lines in 0u64..4,
        ) {
            let all: Vec<String> = lengths.iter().map(|n| "x".repeat(*n)).collect();
            let kept = all.len().saturating_sub(lines as usize);
            let expected: String = all[..kept].iter().map(|line| format!("{line}\n")).collect();
            let (rest, footer) = read(&format!("{}\n", all.join("\n")), lines);
            prop_assert_eq!(rest.len(), expected.len());
            prop_assert_eq!(rest, expected);
            prop_assert_eq!(footer.map_or(0, |f| f.lines), (all.len() - kept) as u64);
        }
    }
}
